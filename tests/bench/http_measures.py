"""HTTP, for tests/bench/run: many that wait for one change, requests a second beside nginx,
DNS meanwhile, and a soak of everything at once. Standard library and wrk."""
import http.client
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import threading
import time

import servers
from health_measures import Target, descriptors
from measures import EVERYWHERE, LOAD_CPU, SERVER_CPU, fill, processor_time
from measures_dns import write_names

SERVICE = "/v1/health/service/svc0000"


class Served(servers.Rollcall):
    """A daemon whose API is on self.http."""

    def __init__(self, folder, processors, daemon, extra="", **more):
        self.http = servers.free_port()
        api = f"api:\n  listen: [{servers.LOOPBACK}:{self.http}]\n  max_clients_per_address: 16384\n"
        super().__init__(folder, processors, daemon, extra + api, **more)

    def get(self, path, method="GET", body=None, timeout=30):
        connection = http.client.HTTPConnection(servers.LOOPBACK, self.http, timeout=timeout)
        try:
            connection.request(method, path, body=body)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()


class Nginx(servers.Server):
    """One worker that serves `body` as a file, with the headers that a server sends."""
    name = "nginx"
    program = "/usr/sbin/nginx"

    def __init__(self, folder, processors, body):
        super().__init__(folder, processors)
        self.body = body

    def command(self):
        (self.folder / "static").write_bytes(self.body)
        user = "user root;" if os.geteuid() == 0 else ""  # its folder is nobody else's
        (self.folder / "nginx.conf").write_text(f"""\
{user}
daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
  open_file_cache max=10;
  client_body_temp_path {self.folder}; proxy_temp_path {self.folder}; fastcgi_temp_path {self.folder};
  uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
  server {{ listen 127.0.0.1:{self.port}; root {self.folder}; }}
}}
""")
        return [self.program, "-c", self.folder / "nginx.conf", "-p", self.folder]

    def is_ready(self):
        connection = http.client.HTTPConnection(servers.LOOPBACK, self.port, timeout=1)
        try:
            connection.request("GET", "/static")
            return connection.getresponse().status == 200
        except OSError:
            return False


def served(bench, processors, extra=""):
    server = bench.start(Served(bench.folder("served"), processors, bench.daemon, extra))
    fill(bench, server, servers.SERVICES * servers.INSTANCES, servers.SERVICES)
    return server


# --- Those that wait.

def watchers(bench):
    """10,000 wait; one change. Blocking queries, event streams, and the bare kernel."""
    count, rounds = (2000, 3) if bench.quick else (10000, 7)
    pins = ("--cpu", LOAD_CPU)
    ours = served(bench, {SERVER_CPU})
    done = {}
    for name, streams in (("blocking queries", 0), ("event streams", count)):
        done[name] = bench.run("watchers", "--http", f"{servers.LOOPBACK}:{ours.http}", "--socket", ours.socket,
                               "--daemon", ours.process.pid, "--count", count, "--streams", streams,
                               "--rounds", rounds, *pins)
        time.sleep(3)  # the next ones begin with the memory given back
    for name, said in done.items():
        octets = max(said["octets"], 200)
        bare = bench.run("watchers", "--count", count, "--rounds", rounds, "--bare", octets, *pins,
                         "--server-cpu", SERVER_CPU)
        key, what = f"http.watchers.{name.split()[0]}", f"{count:,} {name}, one change"
        bench.row(f"{key}.p50", f"{what}: median", said["p50_ms"], "{:.0f} ms")
        bench.row(f"{key}.last", f"{what}: the last (median of {rounds})", said["last_ms"], "{:.0f} ms", most=250)
        bench.row(f"{key}.worst", f"{what}: the last (worst of {rounds})", said["worst_ms"], "{:.0f} ms")
        bench.row(f"{key}.bare", f"{what}: times a bare write of {octets} octets to each",
                  said["last_ms"] / bare["last_ms"], "{:.2f}")
        bench.row(f"{key}.memory", f"{what}: RssAnon of each that waits", said["kb"] / count, "{:.1f} kB", most=12)


# --- Requests a second.

def wrk(port, path, seconds, connections=16, processor=LOAD_CPU):
    """Requests a second, and how many went wrong."""
    said = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
    if said.returncode != 0:
        raise RuntimeError("wrk: " + said.stdout + said.stderr)
    wrong = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said.stdout)))
    total = int(re.search(r"(\d+) requests in", said.stdout).group(1))
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said.stdout).group(1)), "wrong": wrong, "total": total}


def measured(server, port, path, seconds):
    def spent():
        return sum(processor_time(pid)[1] for pid in server.pids())
    before = spent()
    said = wrk(port, path, seconds)
    said["us"] = (spent() - before) / said["total"] * 1e6
    return said


def http_get(bench):
    """One service of three instances, as JSON, beside nginx with a file of that size."""
    if not shutil.which("wrk") or not os.path.exists(Nginx.program):
        bench.say("http: wrk or nginx is not installed; left out")
        return
    seconds = 1 if bench.quick else 3
    ours = served(bench, {SERVER_CPU})
    status, _, body = ours.get(SERVICE)
    if status != 200 or len(json.loads(body)) != servers.INSTANCES:
        raise RuntimeError(f"GET {SERVICE}: {status} {body[:200]}")
    nginx = bench.start(Nginx(bench.folder("nginx"), {SERVER_CPU}, body))
    rounds = {"rollcall": [], "nginx": []}
    for _ in range(bench.rounds):
        rounds["rollcall"].append(measured(ours, ours.http, SERVICE, seconds))
        rounds["nginx"].append(measured(nginx, nginx.port, "/static", seconds))
    median = {name: {key: statistics.median(one[key] for one in all_of) for key in ("rate", "us")}
              for name, all_of in rounds.items()}
    what = f"GET /v1/health/service/:name ({len(body):,} octets)"
    bench.row("http.get.rate", f"{what}: requests a second, one processor", median["rollcall"]["rate"], "{:,.0f}",
              least=10000)
    bench.row("http.get.us", f"{what}: processor time", median["rollcall"]["us"], "{:.1f} µs")
    bench.row("http.get.nginx", f"nginx, a file of {len(body):,} octets: processor time", median["nginx"]["us"], "{:.1f} µs")
    bench.row("http.get.times", f"{what}: times nginx's", statistics.median(
        a["us"] / b["us"] for a, b in zip(rounds["rollcall"], rounds["nginx"])), "{:.2f}")
    bench.row("http.get.wrong", f"{what}: replies that were not 200", sum(one["wrong"] for one in rounds["rollcall"]), most=0)


# --- DNS meanwhile.

def pin_threads(pid, control, others):
    """The control thread (the process's first) here, all other threads there and, where that
    is allowed, before what else runs there: a busy processor sends its other work next door.
    What the asker is to do in its process to run like them."""
    first = lambda: os.setpriority(os.PRIO_PROCESS, 0, -19)
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {control if int(task) == pid else others})
        try:
            if int(task) != pid:
                os.setpriority(os.PRIO_PROCESS, int(task), -19)
        except PermissionError:
            first = None
    return first


def http_dns(bench):
    """DNS latency with the API idle and with the API busy. DNS worker and asker have one
    processor, control and its HTTP clients the other: what is left is what they share."""
    if not shutil.which("wrk"):
        bench.say("http_dns: wrk is not installed; left out")
        return
    file = write_names(bench)["A"]
    count = 2000 if bench.quick else 10000
    seconds = 1 if bench.quick else 2
    ours = served(bench, EVERYWHERE)
    first = pin_threads(ours.process.pid, SERVER_CPU, LOAD_CPU)
    waiting = subprocess.Popen(
        bench.command("watchers", "--http", f"{servers.LOOPBACK}:{ours.http}", "--socket", ours.socket, "--daemon",
                      ours.process.pid, "--count", count, "--streams", count // 2, "--rounds", 64, "--cpu", SERVER_CPU),
        stdout=subprocess.DEVNULL)

    def ask():
        return bench.run("latency", "--server", f"{ours.address}:{ours.port}", "--names", file, "--mode", "dns",
                         "--cpu", LOAD_CPU, "--rate", 20000, "--seconds", seconds, "--warmup", 0.1,
                         "--pid", str(ours.process.pid), before=first)
    rounds = []
    time.sleep(4)  # until they all wait
    for _ in range(bench.rounds):
        idle = ask()
        busy_for = threading.Thread(target=wrk, args=(ours.http, SERVICE, seconds + 1, 16, SERVER_CPU))
        busy_for.start()
        time.sleep(0.4)
        rounds.append((idle, ask()))
        busy_for.join()
    waiting.kill()
    waiting.wait()
    what = f"DNS with the API busy (wrk, {count:,} that wait, a change every 2 s)"
    for key, words in (("p50", "median"), ("p99", "99th percentile")):
        bench.row(f"http.dns.{key}", f"{what}: {words}", statistics.median(busy[f"{key}_us"] for _, busy in rounds), "{:.0f} µs")
        bench.row(f"http.dns.{key}.times", f"{what}: times that with it idle, {words}", statistics.median(
            busy[f"{key}_us"] / idle[f"{key}_us"] for idle, busy in rounds), "{:.2f}", most=1.1 if key == "p50" else None)
    bench.row("http.dns.lost", f"{what}: lost", sum(busy["lost"] for _, busy in rounds), most=0)


# --- Everything at once, for long.

class Soak:
    """Threads that each do one kind of work until told to stop; every fault is kept."""

    def __init__(self, server, target):
        self.server, self.target = server, target
        self.stop = threading.Event()
        self.faults, self.done = [], {}
        self.threads = []

    def begin(self, name, work, number=1, pause=0.0):
        for i in range(number):
            thread = threading.Thread(target=self.loop, args=(name, work, i, pause), daemon=True)
            thread.start()
            self.threads.append(thread)

    def loop(self, name, work, number, pause):
        while not self.stop.is_set():
            try:
                work(number)
                self.done[name] = self.done.get(name, 0) + 1
            except Exception as fault:  # noqa: BLE001
                if not self.stop.is_set():
                    self.faults.append(f"{name}: {fault!r}")
            time.sleep(pause)

    def put(self, path, body=None, method="PUT"):
        status, _, reply = self.server.get(path, method, None if body is None else json.dumps(body))
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {reply[:120]}")
        return reply

    def register(self, number):
        """A service comes by HTTP, is seen, reports, and goes."""
        name = f"soak-{number}-{random.randrange(50)}"
        self.put("/v1/agent/service/register", {
            "Name": name, "ID": name, "Address": "127.0.0.1", "Port": self.target.port, "Tags": [str(random.random())],
            "Checks": [{"TCP": f"127.0.0.1:{self.target.port}", "Interval": "1s"}, {"CheckID": f"{name}-ttl", "TTL": "30s"}]})
        self.put(f"/v1/agent/check/pass/{name}-ttl?note={random.random()}")
        status, _, body = self.server.get(f"/v1/health/service/{name}")
        if status != 200 or len(json.loads(body)) != 1:
            raise RuntimeError(f"{name} is not to be seen: {body[:100]}")
        self.put(f"/v1/agent/service/deregister/{name}")

    def keys(self, number):
        key = f"/v1/kv/soak/{number}/{random.randrange(200)}"
        session = json.loads(self.put("/v1/session/create", {"TTL": "10s"}))["ID"]
        self.put(f"{key}?acquire={session}", {"at": random.random()})
        self.put(f"{key}?release={session}")
        self.put(f"/v1/session/destroy/{session}")
        if random.random() < 0.3:
            self.put(key, method="DELETE")

    def watch(self, number):
        """A blocking query; half of them on what changes, half on what does not."""
        path = f"/v1/health/service/{'soak-0-1' if number % 2 else 'svc0001'}"
        _, headers, _ = self.server.get(path)
        status, _, _ = self.server.get(f"{path}?index={headers['X-Consul-Index']}&wait={random.randrange(2, 20)}s")
        if status != 200:
            raise RuntimeError(f"a blocking query: {status}")

    def stream(self, _):
        connection = http.client.HTTPConnection(servers.LOOPBACK, self.server.http, timeout=60)
        connection.request("GET", "/v1/rollcall/events", headers={"Accept": "text/event-stream"})
        reply = connection.getresponse()
        end = time.monotonic() + random.randrange(5, 40)
        while time.monotonic() < end and not self.stop.is_set():
            if not reply.readline():
                raise RuntimeError("a stream ended")
        connection.close()

    def look(self, _):
        for path in ("/v1/catalog/services", "/v1/agent/checks", "/v1/rollcall/services", "/metrics", "/readyz",
                     "/v1/health/state/any?filter=Status+%3D%3D+critical", "/v1/kv/soak/?keys"):
            status, _, body = self.server.get(path)
            if status != 200 and not (status == 404 and "/kv/" in path):
                raise RuntimeError(f"{path}: {status} {body[:100]}")


def soak(bench):
    """Registrations, checks, watchers, keys and queries at once; memory and descriptors."""
    seconds = 900 if bench.full else 60
    names = write_names(bench)["A"]
    with Target(bench) as target:
        ours = served(bench, EVERYWHERE)
        fill(bench, ours, 2000, 200, network=127, port=target.port, extra=',"checks":[{"kind":"tcp","interval":"2s"}]')
        work = Soak(ours, target)
        for name, one, number, pause in (("registrations", work.register, 4, 0.02), ("keys", work.keys, 2, 0.05),
                                         ("watchers", work.watch, 60, 0), ("streams", work.stream, 10, 0),
                                         ("reads", work.look, 1, 0.5)):
            work.begin(name, one, number, pause)
        queries, lost, samples = 0, 0, []
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            said = bench.run("load", "--server", f"{ours.address}:{ours.port}", "--names", names, "--seconds", 0.5,
                             "--pid", ours.process.pid)
            queries, lost = queries + said["answered"], lost + said["lost"]
            time.sleep(4.5)
            samples.append((time.monotonic() - begin, ours.anonymous_kb() / 1024, descriptors(ours.process.pid)))
        work.stop.set()
        for thread in work.threads:
            thread.join(65)
        time.sleep(3)
        rest = descriptors(ours.process.pid)
    warm = [one for one in samples if one[0] > seconds / 3]
    third = max(len(warm) // 3, 1)
    first, last = (statistics.median(one[1] for one in part) for part in (warm[:third], warm[-third:]))
    what = f"soak of {seconds} s"
    bench.say(f"{what}: {work.done}, {queries:,} queries; faults: {work.faults[:5]}")
    bench.say("  s, RssAnon MB, descriptors: " + "  ".join(f"{s:.0f} {mb:.1f} {fds}" for s, mb, fds in samples[:: max(len(samples) // 15, 1)]))
    bench.row("soak.work", f"{what}: requests over HTTP", sum(work.done.values()), "{:,}")
    bench.row("soak.queries", f"{what}: DNS queries", queries, "{:,}")
    bench.row("soak.lost", f"{what}: DNS queries lost", lost, "{:,}", most=0)
    bench.row("soak.faults", f"{what}: faults", len(work.faults), most=0)
    bench.row("soak.memory", f"{what}: RssAnon after warm-up", first, "{:.1f} MB")
    bench.row("soak.growth", f"{what}: RssAnon of the last fifth, times that", last / first, "{:.3f}", most=1.03)
    bench.row("soak.descriptors", f"{what}: descriptors at the end, without its clients", rest, "{}",
              most=statistics.median(one[2] for one in samples[:3]))


ALL = {"watchers": watchers, "http": http_get, "http_dns": http_dns, "soak": soak}
