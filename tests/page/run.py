#!/usr/bin/env python3
"""tests/page/run.py: the web page in a real browser, without a window.

A real rollcalld in a box, Debian's chromium, driven by playwright-core (pinned by
package-lock.json, installed to build/page). Screenshots go to build/page/screenshots.
Skipped, with a line that says so, where node, npm or chromium is not installed.
Example: ROLLCALL_BIN=build/bin tests/page/run.py
"""
import hashlib
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(TOP / "tests" / "integration"))
import box  # noqa: E402

API = """api:
  listen: [127.0.0.1:{port}]
  anonymous: {anonymous}
  tokens:
    - {{name: boss, sha256: {boss}, operate: ["*"]}}
"""
TOKEN = "the token of the boss"


def skip(why):
    print(f"the page in chromium: skipped: {why}")
    sys.exit(0)


def modules():
    """node_modules for the pinned playwright-core, made once."""
    folder = TOP / "build" / "page"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text()
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                              cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            skip("npm cannot fetch playwright-core: " + done.stderr.strip().split("\n")[-1])
        stamp.write_text(lock)
    return folder


def served(anonymous):
    port = box.free_port()
    daemon = box.Box(extra=API.format(port=port, anonymous=anonymous, boss=hashlib.sha256(TOKEN.encode()).hexdigest()))
    daemon.api = port
    return daemon


class Web(http.server.BaseHTTPRequestHandler):
    """A service with a health check that says what `well` says."""
    well = True

    def do_GET(self):
        self.send_response(200 if Web.well else 503)
        body = b"<b>fine</b> & well\n" if Web.well else b"no database\n"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def fill(daemon, port):
    with daemon.connect() as line:
        check = {"kind": "http", "path": "/health", "interval": "200ms", "failure_threshold": 1}
        for n in range(1, 4):
            line.ask("register", service="web", id=f"web-{n}", address="127.0.0.1", port=port,
                     tags=["v1", "<i>"], meta={"team": "shop"}, checks=[check])
        line.ask("register", service="db", id="db-1", address="10.0.0.9", port=5432)
        line.ask("register", service="db", id="db-2", address="10.0.0.10", port=5432,
                 checks=[{"kind": "ttl", "name": "beat", "interval": "1h"}])
        line.ask("renew", id="db-2", check="beat", status="critical",
                 output="<img src=x onerror=\"document.title='broken'\"> disk full")
        line.ask("register", service="long", id="i" * 200, address="2001:db8::1", port=1,
                 tags=["t" * 255], checks=[{"kind": "ttl", "name": "beat", "interval": "1h"}])
        for n in range(40):
            line.ask("register", service=f"worker-{n:02}", id=f"worker-{n:02}", address="10.0.1.1",
                     port=9000 + n)


def main():
    for program in ("node", "npm", "chromium"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    folder = modules()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with served("operate") as daemon, served("read") as guarded:
        fill(daemon, server.server_address[1])
        fill(guarded, server.server_address[1])
        env = {**os.environ, "PAGE": f"http://127.0.0.1:{daemon.api}", "GUARDED": f"http://127.0.0.1:{guarded.api}",
               "TOKEN": TOKEN, "OUT": str(folder / "screenshots"), "MODULES": str(folder / "node_modules")}
        tests = subprocess.Popen(["node", str(HERE / "page.mjs")], env=env, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        # The tests ask for what only this side can do, a line each.
        for line in tests.stdout:
            word = line.strip()
            if word in ("?sick", "?well"):
                Web.well = word == "?well"
            elif word in ("?restart", "?stop"):
                daemon.kill()
                if word == "?restart":
                    daemon.start()
            elif word == "?start":
                daemon.start()
            else:
                print(line, end="", flush=True)
                continue
            tests.stdin.write("done\n")
            tests.stdin.flush()
        code = tests.wait()
    server.shutdown()
    sys.exit(code)


if __name__ == "__main__":
    main()
