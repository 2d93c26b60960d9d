"""contract.txt, line by line: raw requests, and what Consul's clients need to be answered.

How its rows are written is said at the top of that file. Each of its sections is one test
and begins with nothing registered; all of them ask the same daemon.
"""
import http.client
import http.server
import json
import pathlib
import re
import socket
import threading
import time
import unittest

from box import SLOW, Box, free_port

ROWS = pathlib.Path(__file__).with_name("contract.txt")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FILL = re.compile(r"\$([A-Z][A-Z0-9_]*)")
TARGET = re.compile(r"(\??)([A-Z]+) (\S+)((?: \([^)]*\))*)(?: (.*))?$")


class Web(http.server.BaseHTTPRequestHandler):
    """What the checks ask: /429 answers 429, /big much, /go elsewhere, /echo its headers."""

    def do_GET(self):
        word = self.path.strip("/")
        status = int(word) if word.isdigit() else 302 if word == "go" else 200
        body = {"big": "x" * 9000 + "end", "echo": str(self.headers)}.get(word, "fine")
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.send_response(status)
        if word == "go":
            self.send_header("Location", "/503")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:  # the checker may close as soon as it knows enough
            pass
    do_POST = do_GET

    def log_message(self, *_):
        pass


class Raw:
    """One connection; what is asked is sent as it stands."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20 * SLOW)

    def ask(self, method, target, headers=(), body=b""):
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1:8500", *headers]
        if method in ("PUT", "POST") or body:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        return response.status, response.headers, response.read()


def like(wanted, got):
    """Equal, where "<any>", "<int>", "<uuid>" and "<text>" stand for all of their kind."""
    if isinstance(wanted, dict):
        return (isinstance(got, dict) and wanted.keys() == got.keys()
                and all(like(wanted[name], got[name]) for name in wanted))
    if isinstance(wanted, list):
        return isinstance(got, list) and len(got) == len(wanted) and all(map(like, wanted, got))
    if wanted == "<int>":
        return isinstance(got, int) and not isinstance(got, bool)
    if wanted == "<uuid>":
        return isinstance(got, str) and bool(UUID.fullmatch(got))
    if wanted == "<text>":
        return isinstance(got, str)
    return wanted == "<any>" or (type(wanted) is type(got) and wanted == got)


def follow(value, path):
    """What stands at .a.0.*.keys; LookupError: nothing."""
    for number, name in enumerate(path):
        if name == "*":
            values = value.values() if isinstance(value, dict) else value
            return [follow(each, path[number + 1:]) for each in values]
        if name == "#":
            value = len(value)
        elif name == "@keys":
            value = sorted(value)
        elif isinstance(value, list):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value[name]
        else:
            raise LookupError(name)
    return value


def sections():
    """(title, rows) each; a row is (its line, its text)."""
    found = []
    for number, line in enumerate(ROWS.read_text().splitlines(), 1):
        if line.startswith("## "):
            found.append((line[3:], []))
        elif line.strip() and not line.startswith("#"):
            if line.startswith("    "):
                found[-1][1][-1][1] += " ;; " + line.strip()
            else:
                found[-1][1].append([number, line])
    return found


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        threading.Thread(target=cls.web.serve_forever, args=(0.02,), daemon=True).start()
        cls.addClassCleanup(cls.web.server_close)
        cls.addClassCleanup(cls.web.shutdown)
        cls.mute = socket.socket(type=socket.SOCK_DGRAM)
        cls.mute.bind(("127.0.0.1", 0))
        cls.addClassCleanup(cls.mute.close)
        cls.box = Box(start=False)
        cls.box.config.write_text(cls.box.config.read_text() + "  anonymous: operate\n")
        cls.box.start()
        cls.addClassCleanup(cls.box.__exit__, None)

    def setUp(self):
        self.raw = Raw(self.box.api)
        self.addCleanup(self.raw.socket.close)
        self.known = {"WEB": str(self.web.server_port), "MUTE": str(self.mute.getsockname()[1]),
                      "SHUT": str(free_port())}
        self.clean()

    def clean(self):
        def every(path):
            return json.loads(self.raw.ask("GET", path)[2])
        for id_ in every("/v1/agent/services"):
            self.raw.ask("PUT", "/v1/agent/service/deregister/" + id_)
        for node in every("/v1/catalog/nodes")[::-1]:
            if node["Node"] != "n1":
                self.raw.ask("PUT", "/v1/catalog/deregister", body=json.dumps(node).encode())
        self.raw.ask("PUT", "/v1/agent/maintenance?enable=false")
        for check in every("/v1/agent/checks"):
            self.raw.ask("PUT", "/v1/agent/check/deregister/" + check)
        for session in every("/v1/session/list"):
            self.raw.ask("PUT", "/v1/session/destroy/" + session["ID"])
        for query in every("/v1/query"):
            self.raw.ask("DELETE", "/v1/query/" + query["ID"])
        self.raw.ask("DELETE", "/v1/kv/?recurse")

    def fill(self, text):
        return FILL.sub(lambda found: self.known[found[1]], text)

    def ask(self, row):
        request, _, wanted = row.partition(" -> ")
        found = TARGET.match(self.fill(request))
        again, method, target, headers, body = found.groups()
        body = body or ""
        if re.fullmatch(r"<\d+>", body):
            body = "x" * int(body[1:-1])
        body = body[:-2] + "\n" if body.endswith("\\n") else body
        headers = re.findall(r"\(([^)]*)\)", headers)
        end = time.monotonic() + 5 * SLOW
        while True:
            reply = self.raw.ask(method, target, headers, body.encode())
            wrong = self.judge(reply, wanted)
            if not wrong or not again or time.monotonic() > end:
                return wrong, reply
            time.sleep(0.01)

    def judge(self, reply, wanted):
        status, *conditions = wanted.split(" ;; ")
        if str(reply[0]) != status.strip():
            return f"status {status}"
        for condition in conditions:
            if not self.holds(condition.strip(), *reply[1:]):
                return condition
        return None

    def holds(self, condition, headers, body):
        text = body.decode("utf-8", "replace")
        saved = re.match(r"([A-Z][A-Z0-9_]*) := (\S+)$", condition)
        if saved:
            self.known[saved[1]] = str(self.at(saved[2], text) if saved[2][0] == "." else headers[saved[2]])
            return True
        condition = self.fill(condition)
        if condition[0] == "=":
            return text == condition[2:].replace("\\n", "\n")
        if condition[0] == "~":
            return re.search(condition[2:], text) is not None
        if condition[0] == ".":
            return self.json_holds(text, *condition.split(" ", 2))
        name, _, value = condition.partition(": ")
        return self.header_holds(headers[name], value)

    @staticmethod
    def header_holds(got, value):
        if value == "-" or got is None:
            return value == "-" and got is None
        if value[0] == "/":
            return re.fullmatch(value[1:-1], got) is not None
        if value[0] in "<>":
            return int(got) > int(value[2:]) if value[0] == ">" else int(got) < int(value[2:])
        return got == value

    @staticmethod
    def at(path, text):
        return follow(json.loads(text), [name for name in path.split(".") if name])

    def json_holds(self, text, path, operator, value=""):
        try:
            got = self.at(path, text)
        except (LookupError, TypeError, ValueError):
            return operator == "absent"
        if operator == "~":
            return re.search(value, got) is not None
        return operator == "==" and like(json.loads(value), got)

    def run_section(self, rows):
        for number, row in rows:
            with self.subTest(line=number):
                wrong, (status, headers, body) = self.ask(row)
                if wrong:
                    self.fail(f"contract.txt:{number}: {row}\nwanted  {self.fill(wrong)}\n"
                              f"got     {status} {dict(headers)}\n        {body[:2000]!r}")


def add_tests():
    for title, rows in sections():
        name = "test_" + re.sub(r"\W+", "_", title.lower()).strip("_")
        assert not hasattr(Contract, name), title

        def test(self, rows=rows):
            self.run_section(rows)
        setattr(Contract, name, test)


add_tests()

if __name__ == "__main__":
    unittest.main()
