"""More of what tests/bench/run measures of DNS: guards, TCP, latency and workers. One
function each, as in measures.py. Standard library only."""
import os
import socket
import statistics
import time

import servers
from measures import (EVERYWHERE, INSTANCES, LIMITS, LOAD_CPU, SERVER_CPU, SERVICES, check_answers, fill, load,
                      median_of, times_the_echo, write_names)
from servers import ZONE


def host_address():
    """An IPv4 address of this machine that is not loopback; None where there is none. No
    datagram leaves: connect() only chooses the address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(("198.51.100.1", 53))
        except OSError:
            return None
        return udp.getsockname()[0]


def check_limited(bench, address, pinned):
    """Is that address under the rate limit at all? With a limit of 1 most replies are missing."""
    strict = bench.rollcall(pinned, address=address, dns="  rate_limit: 1\n")
    replies = [servers.ask(strict.port, f"nosuch.{ZONE}", timeout=0.05, address=address) for _ in range(12)]
    bench.running.remove(strict)
    strict.stop()
    if replies.count(None) < 3:
        raise RuntimeError(f"the rate limit does not count queries from {address}: {replies}")


def filled(bench, *arguments, **more):
    ours = bench.rollcall(*arguments, **more)
    fill(bench, ours, SERVICES * INSTANCES, SERVICES)
    return ours


def guards(bench):
    """What the rate limit, cookies and an ACL cost: `dns` again, each in the path of every
    query, beside an echo of the same queries."""
    names, pinned, address = write_names(bench), {SERVER_CPU}, host_address()
    acl = f"  allow_query: [203.0.113.0/24, 2001:db8::/32, {address}/32]\n"
    limited = dict(address=address, dns=acl + "  rate_limit: 1000000\n")
    ways = [("cookie", "valid cookie", {}, ("--cookie", "server"))]
    if address is None:
        bench.say("no address but loopback, which the rate limit does not count: those rows are left out")
    else:
        check_limited(bench, address, pinned)
        ways += [("limit", "rate limit and ACL", limited, ()),
                 ("both", "rate limit, ACL and client cookie", limited, ("--cookie", "client"))]
    lost = 0
    for key, what, how, more in ways:
        echo = bench.start(servers.Echo(bench.folder("echo"), pinned, bench.programs, how.get("address", servers.LOOPBACK)))
        ours = filled(bench, pinned, **how)
        cost, ratio, missing = times_the_echo(bench, names, [echo, ours], *more)
        lost += missing
        for kind in names:
            bench.row(f"guards.{key}.{kind}.echo_ns", f"{what}, {kind}: echo of such a query",
                      statistics.median(cost["echo", kind]), "{:.0f} ns")
            bench.row(f"guards.{key}.{kind}.ratio", f"{what}, {kind}: times the echo",
                      statistics.median(ratio["rollcall", kind]), "{:.3f}", most=LIMITS[kind])
        bench.stop_all()
    bench.row("guards.lost", "guards: queries lost or limited", lost, most=0)


def load_tcp(bench, server, file, outstanding):
    mode = "echo" if server.name == "echo" else "dns"
    result = bench.run("load_tcp", "--server", f"{server.address}:{server.port}", "--names", file, "--mode", mode,
                       "--cpu", LOAD_CPU, "--seconds", bench.turn, "--warmup", 0.1, "--connections", 16,
                       "--outstanding", outstanding, "--pid", ",".join(map(str, server.pids())))
    check_answers(server, "A", result)
    if result["lost"]:
        raise RuntimeError(f"{server.name} left {result['lost']} TCP queries without reply")
    return result


def in_turns(bench, all_servers, measure, rounds=None):
    """Short turns of each server; a list of rounds, each {name: [results]}."""
    done = []
    for _ in range(rounds or bench.rounds):
        results = {}
        for _ in range(bench.turns):
            for server in all_servers:
                results.setdefault(server.name, []).append(measure(server))
        done.append(results)
    return done


def cost_of(results):
    """Nanoseconds a query over several results."""
    return (sum(result["cpu_ns_per_query"] * result["answered"] for result in results) /
            sum(result["answered"] for result in results))


def tcp(bench):
    """Queries a second of the server's own processor time, over 16 connections."""
    file, pinned = write_names(bench)["A"], {SERVER_CPU}
    echo = bench.start(servers.EchoTcp(bench.folder("echo"), pinned, bench.programs))
    ours = filled(bench, pinned)
    knot = bench.peer(servers.Knot, pinned)
    all_servers = [server for server in (echo, ours, knot) if server]
    for outstanding, how in (16, "16 queries under way in each"), (1, "one query at a time in each"):
        rounds = in_turns(bench, all_servers, lambda server: load_tcp(bench, server, file, outstanding))
        costs = {server.name: [cost_of(one[server.name]) for one in rounds] for server in all_servers}
        for name, cost in costs.items():
            bench.row(f"tcp.{outstanding}.{name}.qps", f"16 TCP connections, {how}, {name}: a processor second",
                      1e9 / statistics.median(cost), "{:.0f}")
        times = statistics.median(a / b for a, b in zip(costs["rollcall"], costs["echo"]))
        bench.row(f"tcp.{outstanding}.echo", f"16 TCP connections, {how}: cost, times the echo", times, "{:.2f}")
        if knot:
            share = statistics.median(b / a for a, b in zip(costs["rollcall"], costs["knot"]))
            bench.row(f"tcp.{outstanding}.knot", f"16 TCP connections, {how}: rate, times Knot", share, "{:.2f}", least=0.8)


def run_first(bench, all_servers):
    """Let servers and load run before all other work of the machine, where that is allowed:
    otherwise the percentiles are those of the other work."""
    urgent = os.SCHED_FIFO, os.sched_param(10)
    try:
        for server in all_servers:
            server.each_thread(os.sched_setscheduler, *urgent)
    except PermissionError:
        bench.say("no real-time priority (it takes root): other work on this machine shows in the latencies")
        return None
    return lambda: os.sched_setscheduler(0, *urgent)


def latency(bench):
    """99th percentile at half of what the slowest sustains, the same schedule for all."""
    file, pinned = write_names(bench)["A"], {SERVER_CPU}
    all_servers = [bench.start(servers.Echo(bench.folder("echo"), pinned, bench.programs)), filled(bench, pinned)]
    all_servers += [peer for peer in (bench.peer(servers.Gdnsd, pinned), bench.peer(servers.Knot, pinned)) if peer]
    before = run_first(bench, all_servers)
    turn = 0.2

    def measure_peak(server):
        time.sleep(turn)  # real-time threads may have 0.95 of any second
        return load(bench, server, file, turn, before=before)

    peaks = in_turns(bench, all_servers[1:], measure_peak, rounds=2)
    rate = min(median_of(peaks[0][server.name] + peaks[1][server.name], "qps") for server in all_servers[1:]) / 2

    def measure(server):
        time.sleep(turn)
        result = bench.run("latency", "--server", f"{server.address}:{server.port}", "--names", file,
                           "--mode", "echo" if server.name == "echo" else "dns", "--cpu", LOAD_CPU, "--rate", rate,
                           "--seconds", turn, "--warmup", 0.05, "--pid", ",".join(map(str, server.pids())), before=before)
        check_answers(server, "A", result)
        return result

    rounds = in_turns(bench, all_servers, measure)
    bench.row("latency.rate", "latency: queries a second, half of what the slowest sustains", rate, "{:.0f}")
    for server in all_servers:
        turns = sum((one[server.name] for one in rounds), [])
        for key, what in ("p50", "median"), ("p99", "99th percentile"):
            bench.row(f"latency.{server.name}.{key}", f"latency, {server.name}: {what}", median_of(turns, f"{key}_us"),
                      "{:.0f} µs")
        bench.row(f"latency.{server.name}.lost", f"latency, {server.name}: lost", sum(turn["lost"] for turn in turns),
                  most=0 if server.name == "rollcall" else None)
    for server in all_servers:
        if server.name != "rollcall":
            ratio = statistics.median(median_of(one["rollcall"], "p99_us") / median_of(one[server.name], "p99_us")
                                      for one in rounds)
            bench.row(f"latency.times.{server.name}", f"latency: our 99th percentile, times that of {server.name}", ratio,
                      "{:.2f}")


def workers(bench):
    """Two workers against one, both on all processors; the load keeps one of them busy."""
    file = write_names(bench)["A"]
    crew = [filled(bench, EVERYWHERE, workers=count) for count in (1, 2)]
    for server, name in zip(crew, ("one", "two")):
        server.name = name

    def measure(server):  # many source ports, or the kernel's hash would give one worker most of them
        result = load(bench, server, file, bench.turn, "--sockets", 32, "--outstanding", 8)
        check_answers(server, "A", result)
        return result

    rounds = in_turns(bench, crew, measure)
    rate = {name: [median_of(one[name], "qps") for one in rounds] for name in ("one", "two")}
    cost = {name: [cost_of(one[name]) for one in rounds] for name in ("one", "two")}
    note = f"{len(EVERYWHERE)} processors, one of them the load's"
    for name, what in ("one", "one worker"), ("two", "two workers"):
        bench.row(f"workers.{name}.qps", f"{what}: queries a second ({note})", statistics.median(rate[name]), "{:.0f}")
        bench.row(f"workers.{name}.ns", f"{what}: processor time a query", statistics.median(cost[name]), "{:.0f} ns")
    bench.row("workers.rate", "two workers: throughput, times one",
              statistics.median(b / a for a, b in zip(rate["one"], rate["two"])), "{:.2f}")
    bench.row("workers.cost", "two workers: processor time a query, times one",
              statistics.median(b / a for a, b in zip(cost["one"], cost["two"])), "{:.2f}")


ALL = {"guards": guards, "tcp": tcp, "latency": latency, "workers": workers}
