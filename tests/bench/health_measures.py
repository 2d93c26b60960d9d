"""Health at scale, for tests/bench/run: many checks, their cost beside libcurl's and
HAProxy's, and how long a failure takes to reach DNS. Standard library only."""
import json
import os
import signal
import socket
import statistics
import subprocess
import time

import servers
from measures import EVERYWHERE, LOAD_CPU, SERVER_CPU, fill, processor_time, wait_until_healthy
from servers import ZONE

# With them on, a flood would be held in DNS: right for people, but not what is measured.
NO_JUDGEMENT = """\
health:
  brake: {share: 1}
  doubt: {services: 0}
  damping: {suppress: 0}
"""
SWITCHED_OFF = "brake, doubt and damping off"


def ask_door(server, operation):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(server.socket))
        door.sendall(json.dumps({"op": operation}).encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            reply += door.recv(1 << 20)
    return json.loads(reply)


def counters(server):
    """The counters of health, by name."""
    return ask_door(server, "stats")["counters"]["health"]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Target:
    """bench_server on one port of every loopback address, on the load's processor."""

    def __init__(self, bench):
        self.port = servers.free_port()
        command = bench.command("server", "--listen", f"0.0.0.0:{self.port}", "--cpu", LOAD_CPU)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def answered(self):
        """Requests answered so far."""
        self.process.send_signal(signal.SIGUSR1)
        return int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def many(bench):
    """TCP checks of 100,000 instances every 10 s, with the default settings."""
    count, seconds = (10000, 20) if bench.quick else (100000, 600 if bench.full else 60)
    most = 40 * count / 100000
    check = json.dumps([{"kind": "tcp", "interval": "10s"}])
    with Target(bench) as target:
        ours = bench.rollcall({SERVER_CPU})
        fill(bench, ours, count, count // 10, network=127, port=target.port, extra=f',"checks":{check}')
        wait_until_healthy(ours, count, 60)
        ours.stop()  # after a restart the counters are those of the steady state
        ours.start()
        time.sleep(12)
        before, open_before = counters(ours), descriptors(ours.process.pid)
        control, everything = processor_time(ours.process.pid)
        begin = time.monotonic()
        time.sleep(seconds)
        after, seconds = counters(ours), time.monotonic() - begin
        ended = processor_time(ours.process.pid)
        wait_until_healthy(ours, count, 1)
        rss = ours.anonymous_kb() / 1024
        for _ in range(50):  # a check under way has a descriptor
            leaked = descriptors(ours.process.pid) - open_before
            if leaked <= 0:
                break
            time.sleep(0.02)
    what = f"{count:,} TCP checks every 10 s for {seconds:.0f} s"
    bench.row("health.many.rate", f"{what}: runs a second", (after["runs"] - before["runs"]) / seconds, "{:.0f}",
              least=count / 10 * 0.95)
    bench.row("health.many.failed", f"{what}: runs that failed or said nothing",
              sum(after[key] - before[key] for key in ("failed", "not_run")), most=0)
    bench.row("health.many.late", f"{what}: runs more than 1 s late", after["late"] - before["late"], most=0)
    bench.row("health.many.latest", f"{what}: latest start since the daemon's", after["latest_ms"], "{} ms", most=1000)
    bench.row("health.many.control", f"{what}: share of a processor, control thread",
              (ended[0] - control) / seconds * 100, "{:.1f} %")
    bench.row("health.many.cpu", f"{what}: share of a processor, all threads",
              (ended[1] - everything) / seconds * 100, "{:.1f} %", most=most)
    bench.row("health.many.leaked", f"{what}: descriptors more than before", max(leaked, 0), most=0)
    bench.row("health.many.rss", f"{what}: RssAnon", rss, "{:.1f} MB")


def rollcall_asks(bench, target, count):
    ours = bench.rollcall({SERVER_CPU})
    check = json.dumps([{"kind": "http", "interval": "1s"}])
    fill(bench, ours, count, count // 10, network=127, port=target.port, extra=f',"checks":{check}')
    wait_until_healthy(ours, count, 30)
    return ours


def haproxy_asks(bench, target, count):
    targets = [f"{servers.row(i, network=127)[2]}:{target.port}" for i in range(count)]
    return bench.start(servers.Haproxy(bench.folder("haproxy"), {SERVER_CPU}, targets))


def cost_of_checks(server, target, seconds):
    """Microseconds of the server's processor time a check, and checks a second."""
    def spent():
        return sum(processor_time(pid)[1] for pid in server.pids())
    begin, before, cpu = time.monotonic(), target.answered(), spent()
    time.sleep(seconds)
    done, cpu = target.answered() - before, spent() - cpu
    return cpu / done * 1e6, done / (time.monotonic() - begin)


def http_checks(bench):
    """2,000 HTTP checks a second: rollcall, HAProxy and libcurl take turns."""
    count, seconds = 2000, 3 if bench.quick else 10
    askers = {"rollcall": rollcall_asks}
    if os.path.exists(servers.Haproxy.program):
        askers["haproxy"] = haproxy_asks
    cost, rate = {"libcurl": []}, {}
    with Target(bench) as target:
        for _ in range(min(bench.rounds, 3)):
            for name, asks in askers.items():
                server = asks(bench, target, count)
                time.sleep(2)  # past the first checks
                spent, speed = cost_of_checks(server, target, seconds)
                bench.stop_all()
                cost.setdefault(name, []).append(spent)
                rate.setdefault(name, []).append(speed)
            done = bench.run("curl", "--url", f"http://127.0.0.1:{target.port}/", "--requests", 4000,
                             before=lambda: os.sched_setaffinity(0, {SERVER_CPU}))
            cost["libcurl"].append(done["cpu_us_per_request"])
    for name, speeds in rate.items():
        bench.row(f"health.http.{name}.rate", f"HTTP checks, {name}: a second", statistics.median(speeds), "{:.0f}",
                  least=1800 if name == "rollcall" else None)
    for name, costs in cost.items():
        bench.row(f"health.http.{name}.us", f"HTTP checks, {name}: processor time a check", statistics.median(costs),
                  "{:.1f} µs")
    for name in cost:
        if name != "rollcall":
            ratio = statistics.median(a / b for a, b in zip(cost["rollcall"], cost[name]))
            bench.row(f"health.http.{name}.ratio", f"HTTP checks: rollcall's, times {name}'s", ratio, "{:.2f}", most=1)


def failure(bench):
    """Hundreds of listeners die, each right after it has answered a check."""
    ours = bench.rollcall(extra=NO_JUDGEMENT)
    done = bench.run("failure", "--socket", ours.socket, "--server", f"127.0.0.1:{ours.port}", "--zone", ZONE,
                     "--kills", 100 if bench.quick else 400, "--interval", 1000, "--threshold", 3)
    what = f"failure to DNS ({SWITCHED_OFF}), {done['kills']} kills, interval 1 s, threshold 3"
    bench.row("health.failure.p50", f"{what}: median beyond 3 s", done["extra_p50_ms"], "{:.1f} ms", most=20)
    bench.row("health.failure.p90", f"{what}: 90th percentile (jitter of 5 % included)", done["extra_p90_ms"],
              "{:.1f} ms")


FLOOD, FLOOD_SERVICES = 10000, 1000
FIRST = -19  # nice: what else the machine does must not be what is measured


def go_first():
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)


def put_first(bench, server):
    if os.geteuid() == 0:
        server.each_thread(lambda thread: os.setpriority(os.PRIO_PROCESS, thread, FIRST))
    else:
        bench.say("flood: not root, so the daemon has no better priority than what else runs here")


def flood_names(bench):
    file = bench.data / "names-flood"
    file.write_text("".join(f"svc{i:04d}.{ZONE} A\n" for i in range(FLOOD_SERVICES)))
    return file


def prepare_flood(bench, target, processors=EVERYWHERE):
    ours = bench.rollcall(processors, extra=NO_JUDGEMENT)
    check = json.dumps([{"kind": "tcp", "interval": "1s", "failure_threshold": 1}])
    fill(bench, ours, FLOOD, FLOOD_SERVICES, network=127, port=target.port, extra=f',"checks":{check}')
    wait_until_healthy(ours, FLOOD, 30)
    time.sleep(2)  # checks are spread over their interval now
    put_first(bench, ours)
    return ours


def flood_reaches_dns(bench, stop):
    """Milliseconds from the flood until DNS names none of them."""
    with Target(bench) as target:
        ours = prepare_flood(bench, target)
        more = ("--stop", 1200, "--daemon", ours.process.pid) if stop else ()
        done = bench.run("flood", "--server", f"127.0.0.1:{ours.port}", "--names", flood_names(bench),
                         "--target", target.process.pid, "--cpu", LOAD_CPU, *more, before=go_first)
        bench.stop_all()
    return done["last_ms"]


def flood_queries(bench):
    """Reply times of a paced client before the flood, and while 10,000 fail: the daemon's
    threads share one processor, the client spins on the other."""
    names = bench.data / "names-steady"
    names.write_text(f"steady.{ZONE} A\n")
    with Target(bench) as target:
        ours = prepare_flood(bench, target, {SERVER_CPU})
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(ours.socket))
            door.sendall(b'{"op":"register","service":"steady","id":"steady-1","address":"10.0.0.1","port":1}\n')
            door.recv(65536)
        client = bench.command("latency", "--server", f"127.0.0.1:{ours.port}", "--names", names, "--rate", 10000,
                               "--seconds", 1.5, "--warmup", 0.2, "--cpu", LOAD_CPU)
        before = json.loads(subprocess.run(client, capture_output=True, text=True, check=True, preexec_fn=go_first).stdout)
        during = subprocess.Popen(client, stdout=subprocess.PIPE, text=True, preexec_fn=go_first)
        time.sleep(0.4)
        target.process.kill()
        after = json.loads(during.communicate()[0])
        wait_until_healthy(ours, 1, 5)  # steady: all others have left
        bench.stop_all()
    return before, after


def flood(bench):
    """10,000 instances point at one listener, which is closed."""
    rounds = min(bench.rounds, 5)
    what = f"10,000 failures ({SWITCHED_OFF}; 1,000 services, threshold 1)"
    spread = statistics.median(flood_reaches_dns(bench, False) for _ in range(rounds))
    at_once = statistics.median(flood_reaches_dns(bench, True) for _ in range(rounds))
    bench.row("health.flood.spread", f"{what}: last out of DNS beyond the interval of 1 s", spread - 1000,
              "{:.0f} ms", most=500)
    bench.row("health.flood.at_once", f"{what}: all due in one moment, last out of DNS", at_once, "{:.0f} ms",
              most=500)
    pairs = [flood_queries(bench) for _ in range(rounds)]
    for key in "p50_us", "p99_us":
        short = key.split("_")[0]
        for when, index in ("before", 0), ("meanwhile", 1):
            bench.row(f"health.flood.{short}.{when}", f"{what}: query {when}, {short}",
                      statistics.median(pair[index][key] for pair in pairs), "{:.0f} µs")
        bench.row(f"health.flood.{short}.ratio", f"{what}: query {short}, times before",
                  statistics.median(pair[1][key] / pair[0][key] for pair in pairs), "{:.2f}",
                  most=2 if short == "p99" else None)
    bench.row("health.flood.client", f"{what}: the client itself was late, p99 (what else the machine does)",
              statistics.median(pair[1]["late_p99_us"] for pair in pairs), "{:.0f} µs")
    bench.row("health.flood.lost", f"{what}: queries lost", sum(pair[1]["lost"] for pair in pairs), most=0)


ALL = {"many": many, "http_checks": http_checks, "failure": failure, "flood": flood}
