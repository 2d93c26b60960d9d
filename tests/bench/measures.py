"""What tests/bench/run measures, one function each: it starts what it needs, measures, and
adds its rows to the table. Standard library only."""
import json
import os
import pathlib
import statistics
import subprocess
import time

import servers
from servers import SERVICES, INSTANCES, ZONE

LOAD_CPU = min(os.sched_getaffinity(0))
SERVER_CPU = max(os.sched_getaffinity(0))
EVERYWHERE = os.sched_getaffinity(0)


class Bench:
    """Where the programs are, how long to measure, and the rows so far."""

    def __init__(self, build, data, say, quick=False, full=False, rounds=None):
        self.programs = pathlib.Path(build) / "bench"
        self.daemon = pathlib.Path(build) / "bin" / "rollcalld"
        self.data, self.say, self.quick, self.full = pathlib.Path(data), say, quick, full
        self.rounds = rounds or (3 if quick else 7)
        self.turns = 2 if quick else 4  # of each server in a round
        self.seconds = 0.6 if quick else 2  # of one round, for each server and kind
        self.turn = self.seconds / 4
        self.rows, self.figures, self.running, self.made = [], {}, [], 0

    def start(self, server):
        self.running.append(server)
        return server.start()

    def stop_all(self):
        while self.running:
            self.running.pop().stop()

    def folder(self, name):
        self.made += 1
        return self.data / f"{self.made}-{name}"

    def rollcall(self, processors=EVERYWHERE, extra="", **more):
        return self.start(servers.Rollcall(self.folder("rollcall"), processors, self.daemon, extra, **more))

    def peer(self, peer, processors):
        """A peer, or None where it is not installed."""
        return self.start(peer(self.folder(peer.name), processors)) if os.path.exists(peer.program) else None

    def command(self, name, *arguments):
        return [str(part) for part in (self.programs / f"bench_{name}", *arguments)]

    def run(self, name, *arguments, before=None):
        """Run bench_<name>, after `before()` in its process; the JSON line that it prints."""
        done = subprocess.run(self.command(name, *arguments), capture_output=True, text=True, preexec_fn=before)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"bench_{name}: {done.stderr.strip() or 'no figures'}") from None

    def row(self, key, what, value, form="{}", most=None, least=None, target=""):
        met = None
        if most is not None:
            met, target = value <= most, "at most " + form.format(most)
        if least is not None:
            met, target = value >= least, "at least " + form.format(least)
        self.figures[key] = {"value": value, "met": met}
        self.rows.append((what, form.format(value), target, met))


def fill(bench, server, rows, services, **more):
    options = [part for key, value in more.items() for part in (f"--{key.replace('_', '-')}", value)]
    done = bench.run("register", "--socket", server.socket, "--rows", rows, "--services", services, *options)
    if done["refused"]:
        raise RuntimeError(f"rollcall refused {done['refused']} of {rows} registrations")
    return done


def write_names(bench):
    """One file of questions for each kind of answer."""
    kinds = {"A": ("svc{:04d}", "A"), "SRV": ("svc{:04d}", "SRV"), "NXDOMAIN": ("nosuch{:04d}", "A")}
    files = {}
    for kind, (form, qtype) in kinds.items():
        files[kind] = bench.data / f"names-{kind}"
        files[kind].write_text("".join(f"{form.format(i)}.{ZONE} {qtype}\n" for i in range(SERVICES)))
    return files


def load(bench, server, names, seconds, *more, before=None):
    mode = "echo" if server.name == "echo" else "dns"
    return bench.run("load", "--server", f"{server.address}:{server.port}", "--names", names, "--mode", mode, "--cpu", LOAD_CPU,
                     "--seconds", seconds, "--warmup", 0.1, "--pid", ",".join(map(str, server.pids())), *more, before=before)


def check_answers(server, kind, result):
    """A figure for wrong answers is worth nothing."""
    if server.name == "echo":
        return
    wrong = result["nxdomain"] if kind != "NXDOMAIN" else result["noerror"]
    records = 0 if kind == "NXDOMAIN" else INSTANCES
    if wrong or result["other"] or abs(result["records"] - records) > 0.01 or not result["answered"]:
        raise RuntimeError(f"{server.name} does not answer {kind} rightly: {result}")


def alternate(bench, all_servers, kind, file, cost, *more):
    """One round: the servers in several short turns, so that what else the machine does
    meets all of them. Returns how many queries rollcall lost."""
    spent, answered, lost = {}, {}, 0
    for _ in range(bench.turns):
        for server in all_servers:
            result = load(bench, server, file, bench.turn, *more)
            if result["answered"] == 0 and server.name != "rollcall":  # starved, it lost all that was under way
                result = load(bench, server, file, bench.turn, *more)
            check_answers(server, kind, result)
            spent[server] = spent.get(server, 0) + result["cpu_ns_per_query"] * result["answered"]
            answered[server] = answered.get(server, 0) + result["answered"]
            lost += result["lost"] if server.name == "rollcall" else 0
    for server in all_servers:
        cost.setdefault((server.name, kind), []).append(spent[server] / answered[server])
    return lost


LIMITS = {"A": 1.06, "SRV": 1.12, "NXDOMAIN": 1.04}


def times_the_echo(bench, names, all_servers, *more):
    """Rounds of all kinds of question; the first server is the echo. Returns, by name and
    kind, the costs and the ratios of each round, and how many queries rollcall lost."""
    cost, ratio, lost = {}, {}, 0
    for _ in range(bench.rounds):
        for kind, file in names.items():
            lost += alternate(bench, all_servers, kind, file, cost, *more)
            for server in all_servers:
                ratio.setdefault((server.name, kind), []).append(cost[server.name, kind][-1] / cost["echo", kind][-1])
    return cost, ratio, lost


def dns(bench):
    names = write_names(bench)
    pinned = {SERVER_CPU}
    echo = bench.start(servers.Echo(bench.folder("echo"), pinned, bench.programs))
    ours = bench.rollcall(pinned)
    fill(bench, ours, SERVICES * INSTANCES, SERVICES)
    all_servers = [echo, ours] + [started for started in (bench.peer(peer, pinned) for peer in servers.PEERS) if started]
    cost, ratio, lost = times_the_echo(bench, names, all_servers)
    for kind in names:
        for server in all_servers:
            key = server.name, kind
            what = f"{kind}, {server.name}: processor time a query"
            bench.row(f"dns.{kind}.{server.name}.ns", what, statistics.median(cost[key]), "{:.0f} ns")
            if server is not echo:
                bench.row(f"dns.{kind}.{server.name}.ratio", f"{kind}, {server.name}: times the echo",
                          statistics.median(ratio[key]), "{:.3f}", most=LIMITS[kind] if server is ours else None)
    bench.row("dns.lost", "queries lost by rollcall", lost, "{}", most=0)


def churn(bench):
    """The cost of a query while 5,000 registrations a second change the zone."""
    names = write_names(bench)["A"]
    ours = bench.rollcall({SERVER_CPU})
    rows = SERVICES * INSTANCES
    fill(bench, ours, rows, SERVICES)
    rest, busy, ratio, rates, lost = [], [], [], [], 0
    for _ in range(bench.rounds):
        rest.append(load(bench, ours, names, bench.seconds, "--thread", "dns-")["cpu_ns_per_query"])
        changes = subprocess.Popen(bench.command(
            "register", "--socket", ours.socket, "--again", rows, "--services", SERVICES, "--rate", 5000,
            "--clients", 8, "--seconds", bench.seconds + 1, "--cpu", LOAD_CPU), stdout=subprocess.PIPE, text=True)
        result = load(bench, ours, names, bench.seconds, "--thread", "dns-")
        check_answers(ours, "A", result)
        done = json.loads(changes.communicate()[0])
        busy.append(result["cpu_ns_per_query"])
        ratio.append(busy[-1] / rest[-1])
        rates.append(done["rows_per_second"])
        lost += result["lost"] + done["refused"]
    bench.row("churn.rate", "changes: registrations a second meanwhile", statistics.median(rates), "{:.0f}")
    bench.row("churn.rest.ns", "changes: a query at rest", statistics.median(rest), "{:.0f} ns")
    bench.row("churn.busy.ns", "changes: a query meanwhile", statistics.median(busy), "{:.0f} ns")
    bench.row("churn.ratio", "changes: times its figure at rest", statistics.median(ratio), "{:.3f}", most=1.15)
    bench.row("churn.lost", "changes: queries lost", lost, most=0)


def register_in_turns(bench, rows, services, batch, **how):
    """Bare SQLite and rollcall with the same rows, each into an empty database."""
    bare, ours = [], []
    database = bench.folder("bare.db")
    for _ in range(bench.rounds):
        bare.append(bench.run("sqlite_bare", "--database", database, "--rows", rows, "--services", services,
                              "--batch", batch))
        ours.append(fill(bench, bench.rollcall(), rows, services, **how))
        bench.stop_all()
    return bare, ours


def median_of(results, key):
    return statistics.median(result[key] for result in results)


def register(bench):
    """Durable registrations beside SQLite alone, on the same disk, in turns."""
    rows, single = (6000, 1000) if bench.quick else (60000, 6000)
    crowd = dict(clients=64, pipeline=16)
    bare, ours = register_in_turns(bench, rows, rows // INSTANCES, 64, **crowd)
    share = statistics.median(a["rows_per_second"] / b["rows_per_second"] for a, b in zip(ours, bare))
    bench.row("register.bare", "registration: bare SQLite, rows a second in 64s", median_of(bare, "rows_per_second"),
              "{:.0f}")
    bench.row("register.rate", "registration: 64 clients, rows a second", median_of(ours, "rows_per_second"), "{:.0f}")
    bench.row("register.share", "registration: share of bare SQLite", share, "{:.2f}", least=0.5)

    _, ours = register_in_turns(bench, rows, rows // 40, 64, **crowd)
    bench.row("register.large", "registration: the same, services of 40 instances", median_of(ours, "rows_per_second"),
              "{:.0f}")

    bare, ours = register_in_turns(bench, single, single // INSTANCES, 1, clients=1, pipeline=1)
    times = statistics.median(a["p50_us"] / b["p50_us"] for a, b in zip(ours, bare))
    bench.row("register.bare_one", "registration: bare commit of one row", median_of(bare, "p50_us"), "{:.0f} µs")
    bench.row("register.one", "registration: one client, median reply", median_of(ours, "p50_us"), "{:.0f} µs")
    bench.row("register.times", "registration: times the bare commit", times, "{:.2f}", most=3)


def visible(bench):
    ours = bench.rollcall()
    rounds = 5000 if bench.quick else 100000
    done = bench.run("visible", "--socket", ours.socket, "--server", f"127.0.0.1:{ours.port}", "--rounds", rounds)
    bench.row("visible.asked", "read your writes: queries after a reply", done["asked"], "{}")
    bench.row("visible.missed", "read your writes: misses", done["missed"] + done["lost"], "{}", most=0)


def death(bench):
    ours = bench.rollcall()
    for lease in "connection", "pid":
        done = bench.run("death", "--socket", ours.socket, "--server", f"127.0.0.1:{ours.port}", "--lease", lease,
                         "--rounds", 60 if bench.quick else 500)
        bench.row(f"death.{lease}.p50", f"death to DNS, {lease} lease: median", done["p50_us"], "{:.0f} µs", most=1000)
        bench.row(f"death.{lease}.p99", f"death to DNS, {lease} lease: 99th percentile", done["p99_us"], "{:.0f} µs",
                  most=5000)


def processor_time(pid):
    """Seconds on a processor so far: the control thread, and all threads."""
    times = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as line:
            times[int(task)] = int(line.read().split()[0]) / 1e9
    return times[pid], sum(times.values())


def wait_until_healthy(server, count, within):
    """All `count` instances pass their checks: the last of them is in DNS."""
    import socket
    end = time.monotonic() + within
    while True:
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(server.socket))
            door.sendall(b'{"op":"list"}\n')
            reply = b""
            while not reply.endswith(b"\n"):
                reply += door.recv(1 << 20)
        healthy = sum(service["healthy"] for service in json.loads(reply)["services"])
        if healthy == count:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"only {healthy} of {count} instances pass their checks after {within} s")
        time.sleep(0.2)


def check_load(bench, key, what, kind, count, interval, most):
    port = servers.free_port()
    target = subprocess.Popen(bench.command("server", "--listen", f"0.0.0.0:{port}", "--cpu", LOAD_CPU))
    try:
        ours = bench.rollcall({SERVER_CPU})
        check = json.dumps([{"kind": kind, "interval": f"{interval}s"}])
        fill(bench, ours, count, max(1, count // 10), network=127, port=port, extra=f',"checks":{check}')
        wait_until_healthy(ours, count, interval * 2 + 10)
        seconds = interval * (1 if bench.quick else 3) if interval >= 10 else (5 if bench.quick else 30)
        control, everything = processor_time(ours.process.pid)
        time.sleep(seconds)
        after = processor_time(ours.process.pid)
        wait_until_healthy(ours, count, 1)
    finally:
        target.kill()
        target.wait()
        bench.stop_all()
    bench.row(f"{key}.control", f"{what}: share of a processor, control thread",
              (after[0] - control) / seconds * 100, "{:.1f} %")
    bench.row(key, f"{what}: share of a processor, all threads", (after[1] - everything) / seconds * 100, "{:.1f} %",
              most=most)


def checks(bench):
    check_load(bench, "checks.tcp", "10,000 TCP checks every 10 s", "tcp", 10000, 10, 5)
    check_load(bench, "checks.http", "1,000 HTTP checks a second", "http", 1000, 1, 20)


def restart_ms(server):
    """Milliseconds from exec to the first right answer."""
    server.stop()
    begin = time.monotonic()
    server.launch()
    while True:
        reply = servers.ask(server.port, f"svc0000.{ZONE}", timeout=0.02)
        if reply and reply[0] == 0 and servers.row(0)[2] in reply[1]:
            return (time.monotonic() - begin) * 1000
        if server.process.poll() is not None or time.monotonic() - begin > 60:
            server.fail("does not come back")
        time.sleep(0.001)


LAYOUTS = """\
    layout: flat
  - {apex: consul., layout: consul}
  - {apex: cluster.local., layout: kubernetes}
  - {apex: 10.in-addr.arpa., layout: reverse}
"""
NAMED_PORT = ',"ports":{"http":8080}'


def memory_of(bench, key, what, count, most, named=False, all_layouts=False, restarts=0):
    """`count` instances, ten to a service."""
    extra = f"  max_instances: {count * 2}\n" if count > 100000 else ""
    ours = servers.Rollcall(bench.folder("rollcall"), EVERYWHERE, bench.daemon, extra)
    if all_layouts:
        file = ours.folder / "rollcalld.yaml"
        file.write_text(file.read_text().replace("    layout: flat\n", LAYOUTS))
    bench.start(ours)
    if count:
        fill(bench, ours, count, count // 10, **({"extra": NAMED_PORT} if named else {}))
    time.sleep(2.5)  # what changes left behind is given back after a second
    bench.row(f"memory.{key}", f"memory, {what}: RssAnon", ours.anonymous_kb() / 1024, "{:.1f} MB", most=most)
    if restarts:
        took = [restart_ms(ours) for _ in range(restarts)]
        bench.row(f"restart.{key}", f"restart, {what}: first right answer", statistics.median(took), "{:.0f} ms",
                  most=600 if count == 100000 else None)
    bench.stop_all()


def memory(bench):
    memory_of(bench, "0", "idle", 0, 5)
    for count, most in (10000, 13), (100000, 100):
        restarts = min(bench.rounds, 5) if count == 100000 else 0
        memory_of(bench, f"{count}", f"{count:,} instances", count, most, restarts=restarts)
        memory_of(bench, f"{count}.port", f"{count:,} instances, a named port each", count, most, named=True)
    for key, named in ("layouts", False), ("layouts.port", True):
        what = "100,000 instances, all layouts" + (", a named port each" if named else "")
        memory_of(bench, f"100000.{key}", what, 100000, 150, named=named, all_layouts=True)
    if bench.full:
        memory_of(bench, "1000000", "1,000,000 instances", 1000000, None, restarts=1)


ALL = {"dns": dns, "churn": churn, "register": register, "visible": visible, "death": death, "checks": checks,
       "memory": memory}
