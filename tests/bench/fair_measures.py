"""What small requests wait for, for tests/bench/run: while many are woken at once, and while
many ask for very large lists. Standard library only."""
import json
import multiprocessing
import os
import re
import selectors
import socket
import subprocess
import time

import servers
from http_measures import served
from measures import LOAD_CPU, fill

SMALL = "/v1/health/service/svc0001"
LARGE = "/v1/health/service/svc0000"


class Prober:
    """A small request and a registration in turn, on connections of their own."""

    def __init__(self, server):
        self.http = socket.create_connection((servers.LOOPBACK, server.http))
        self.http.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.door = socket.socket(socket.AF_UNIX)
        self.door.connect(str(server.socket))
        self.number = 0

    def get(self):
        self.http.sendall(f"GET {SMALL} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            head += self.http.recv(65536)
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
        while len(body) < length:
            body += self.http.recv(65536)
        if b" 200 " not in head:
            raise RuntimeError(f"GET {SMALL}: {head[:80]}")

    def register(self):
        self.number += 1
        row = {"op": "register", "service": "probe", "id": "probe-1", "address": "10.9.9.9", "port": 80, "tags": [str(self.number)]}
        self.door.sendall(json.dumps(row).encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            reply += self.door.recv(65536)
        if b'"ok":true' not in reply:
            raise RuntimeError(f"register: {reply[:80]}")

    def run(self, until):
        """[(begin, end)] of each, in seconds, by its word."""
        seen = {"get": [], "register": []}
        while not until():
            for word, one in (("get", self.get), ("register", self.register)):
                begin = time.monotonic()
                one()
                seen[word].append((begin, time.monotonic()))
            time.sleep(0.002)
        return seen

    def idle(self, seconds):
        end = time.monotonic() + seconds
        return self.run(lambda: time.monotonic() > end)


def worst(spans, within=None):
    """Milliseconds of the longest, of those that lie in one of the times."""
    return max(((end - begin) * 1e3 for begin, end in spans
                if within is None or any(begin < last and end > first for first, last in within)), default=0.0)


def first(pids):
    """They go before what else the machine does, where that is allowed."""
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                os.setpriority(os.PRIO_PROCESS, int(task), -19)
            except PermissionError:
                pass


def rows(bench, key, what, seen, within, idle):
    for word, name in (("get", "a small GET"), ("register", "a registration")):
        longest = worst(seen[word], within)
        bench.row(f"http.fair.{key}.{word}", f"{what}: {name}, the longest", longest, "{:.0f} ms")
        bench.row(f"http.fair.{key}.{word}.times", f"{what}: {name}, times the longest when idle",
                  longest / max(worst(idle[word]), 0.1), "{:.1f}")


def take_all(port, count, result):
    """`count` clients ask for the large list at once and read it to its end."""
    os.sched_setaffinity(0, {LOAD_CPU})
    chooser, buffer, bad, left = selectors.DefaultSelector(), bytearray(1 << 18), 0, count
    clients = [socket.create_connection((servers.LOOPBACK, port)) for _ in range(count)]
    begin = time.monotonic()
    for client in clients:
        client.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        client.setblocking(False)
        chooser.register(client, selectors.EVENT_READ, [None])
    while left:
        for key, _ in chooser.select():
            got = key.fileobj.recv_into(buffer)
            if key.data[0] is None:
                key.data[0] = bytes(buffer[:12])
                bad += not key.data[0].endswith(b" 200")
            if got == 0:
                chooser.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
    result.send((time.monotonic() - begin, bad))


def http_fair(bench):
    """What a small request and a registration wait for while others ask for much."""
    count = 2000 if bench.quick else 10000
    clients, instances = 20, 20000
    ours = served(bench, {max(os.sched_getaffinity(0))})
    first([ours.process.pid, os.getpid()])
    prober = Prober(ours)
    prober.idle(0.2)
    idle = prober.idle(2)
    waiting = subprocess.Popen(
        bench.command("watchers", "--http", f"{servers.LOOPBACK}:{ours.http}", "--socket", ours.socket, "--daemon",
                      ours.process.pid, "--count", count, "--rounds", 5, "--cpu", LOAD_CPU), stdout=subprocess.PIPE, text=True)
    seen = prober.run(lambda: waiting.poll() is not None)
    said = json.loads(waiting.communicate()[0])
    rows(bench, "wake", f"{count:,} are woken", seen, said["when"], idle)
    fill(bench, ours, instances, 1, network=11)
    idle = prober.idle(2)
    ends, result = multiprocessing.Pipe(duplex=False)
    takers = multiprocessing.Process(target=take_all, args=(ours.http, clients, result))
    takers.start()
    seen = prober.run(lambda: not takers.is_alive())
    what = f"{clients} ask for {instances:,} instances"
    if not ends.poll():
        raise RuntimeError(f"{what}: they came to nothing")
    took, bad = ends.recv()
    rows(bench, "large", what, seen, None, idle)
    bench.row("http.fair.large.last", f"{what}, another service changes all the time: the last has it", took, "{:.1f} s")
    bench.row("http.fair.large.refused", f"{what}: refused", bad, most=0)


ALL = {"http_fair": http_fair}
