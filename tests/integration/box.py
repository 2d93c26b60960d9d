"""A daemon in a box: a real rollcalld in a folder of its own on free loopback ports.

Standard library only. Every test gets its own box; leaving the `with` block stops the
daemon and everything that the test started in it.
"""
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("ROLLCALL_BIN", TOP / "build" / "bin"))
DAEMON = BIN / "rollcalld"
CLI = BIN / "rollcall"
SLOW = float(os.environ.get("ROLLCALL_TEST_SLOW", "1"))  # sanitizers: longer patience
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
         "SRV": 33, "ANY": 255}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class Ports:
    """Ports that no other test takes: a block of them belongs to the process that holds its name, an abstract
    Unix socket, which goes with the process. None of those that the kernel gives to clients: one of them would
    have it before the daemon binds it, or while the daemon is away."""
    FIRST, BLOCK = 10000, 200

    def __init__(self):
        given = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        blocks = list(range(self.FIRST, given - self.BLOCK + 1, self.BLOCK))
        random.shuffle(blocks)
        self.name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for first in blocks:
            try:
                self.name.bind(f"\0rollcall-test-ports-{first}")
            except OSError:
                continue  # another process has it
            self.ports = itertools.cycle(range(first, first + self.BLOCK))
            return
        raise RuntimeError("no free block of ports")

    def take(self):
        for port in itertools.islice(self.ports, self.BLOCK):
            with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    tcp.bind(("127.0.0.1", port))
                    udp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
        raise RuntimeError("no free port")


PORTS = Ports()


def free_port():
    """A port that is free for UDP and TCP on loopback, stays so until a test of this process binds it, and is
    given again only after many others."""
    return PORTS.take()


class DefaultPorts:
    """While this is held, no other test starts what listens at 127.0.0.1:8053 or :8500."""

    def __enter__(self):
        self.name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

        def is_ours():
            try:
                self.name.bind("\0rollcall-test-default-ports")
            except OSError:
                return False
            return True
        eventually(is_ours, 300, 0.05)
        return self

    def __exit__(self, *_):
        self.name.close()


def eventually(check, within=5.0, every=0.005):
    """The first true value of check(); fails the test when there is none in time."""
    end = time.monotonic() + within * SLOW
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {within * SLOW:g} s; last: {value!r}")
        time.sleep(every)


def need(*programs):
    missing = [name for name in programs if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing:
        raise unittest.SkipTest(f"not installed: {' '.join(missing)}")


def can_make_namespaces():
    if not shutil.which("unshare"):
        return False
    flags = "-nm" if os.geteuid() == 0 else "-Urnm"
    return subprocess.run(["unshare", flags, "true"], capture_output=True).returncode == 0


def in_namespace(script, timeout=60, env=None):
    """Run a shell script in network and mount namespaces of its own, loopback up."""
    if not can_make_namespaces():
        raise unittest.SkipTest("this kernel does not let this user make network namespaces")
    flags = "-nm" if os.geteuid() == 0 else "-Urnm"
    full = "set -eu\nPATH=$PATH:/usr/sbin:/sbin\nip link set lo up\n" + script
    return subprocess.run(["unshare", flags, "--kill-child", "--fork", "-p", "--mount-proc", "sh", "-c", full],
                          capture_output=True, text=True, timeout=timeout * SLOW, env=env)


def on_small_disk(script, megabytes, timeout=300):
    """Run Python where argv[1] is the folder of these tests and argv[2] a disk of that size."""
    if not can_make_namespaces():
        raise unittest.SkipTest("this kernel does not let this user mount a small tmpfs")
    flags = "-m" if os.geteuid() == 0 else "-Urm"
    mount = f'd=$(mktemp -d) && mount -t tmpfs -o size={megabytes}m none $d && exec python3 -c "$0" "$1" $d'
    return subprocess.run(["unshare", flags, "sh", "-c", mount, script, os.path.dirname(os.path.abspath(__file__))],
                          capture_output=True, text=True, timeout=timeout)


class Socket:
    """One connection to the registration socket: lines out, lines in."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout * SLOW)
        self.socket.connect(str(path))
        self.rest = b""

    def send(self, *requests):
        lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in requests]
        self.socket.sendall(b"".join(line + b"\n" for line in lines))

    def line(self):
        while b"\n" not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the daemon closed the connection")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def ask(self, op, **fields):
        self.send({"op": op, **fields})
        return self.line()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Box:
    """One daemon. `config` replaces or adds sections of the configuration (YAML text)."""

    def __init__(self, extra="", zone_extra="", env=None, start=True, folder=None, workers=1,
                 database=None, wrapper=()):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="rollcall-test-"))
        self.own_folder = folder is None
        self.port = free_port()
        self.api = free_port()
        self.path = self.folder / "rollcall.sock"
        self.database = pathlib.Path(database) if database else self.folder / "rollcall.db"
        self.config = self.folder / "rollcall.yaml"
        extra += "" if extra.endswith("\n") or not extra else "\n"
        listen_api = "" if "\napi:" in "\n" + extra else f"api:\n  listen: [127.0.0.1:{self.api}]\n"
        self.config.write_text(f"""node: n1
datacenter: dc1
zones:
  - apex: service.local.
    layout: flat
{zone_extra}dns:
  listen: [127.0.0.1:{self.port}]
  workers: {workers}
registry:
  socket: {self.path}
  database: {self.database}
{extra}{listen_api}""")
        self.env = {**os.environ, **(env or {})}
        self.wrapper = list(wrapper)
        self.process = None
        self.log = self.folder / "log"
        self.children = []
        if start:
            self.start()

    def start(self, wait=True, arguments=()):
        self.process = subprocess.Popen([*self.wrapper, str(DAEMON), "-c", str(self.config), *arguments],
                                        stdin=subprocess.DEVNULL, stdout=self.log.open("ab"),
                                        stderr=subprocess.STDOUT, env=self.env)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"rollcalld ended with {self.process.returncode}:\n{self.log_text()}")
            try:
                with Socket(self.path) as socket_:
                    return socket_.ask("hello")["ok"]
            except (OSError, EOFError):
                return False
        eventually(ready, 15)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self, how=signal.SIGTERM):
        """Stop the daemon; an orderly stop must end with 0 (sanitizers report that way)."""
        if not self.process or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("rollcalld did not stop:\n" + self.log_text()) from None
        if how == signal.SIGTERM and self.process.returncode != 0:
            raise AssertionError(f"rollcalld ended with {self.process.returncode}:\n{self.log_text()}")

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        return self.start()

    def connect(self):
        return Socket(self.path)

    def ask(self, op, **fields):
        with self.connect() as connection:
            return connection.ask(op, **fields)

    def register(self, **fields):
        reply = self.ask("register", **fields)
        assert reply["ok"], reply
        return reply

    # DNS, by hand: the tests must not depend on our own parser.
    def query(self, name, type_="A", **options):
        return dns_ask("127.0.0.1", self.port, full(name), type_, **options)

    def addresses(self, name, type_="A"):
        """What DNS answers now, sorted; None for NXDOMAIN."""
        reply = self.query(name, type_)
        if reply.rcode == "NXDOMAIN":
            return None
        assert reply.rcode == "NOERROR", reply.rcode
        return sorted(reply.data("answer", type_))

    def rollcall(self, *arguments, input=None, timeout=30, env=None):
        return subprocess.run([str(CLI), *arguments], capture_output=True, text=True, input=input,
                              timeout=timeout * SLOW,
                              env={**self.env, "ROLLCALL_SOCKET": str(self.path), **(env or {})})

    def dig(self, *arguments):
        return subprocess.run(["dig", "@127.0.0.1", "-p", str(self.port), "+tries=1", f"+time={int(5 * SLOW)}", *arguments],
                              capture_output=True, text=True, timeout=30 * SLOW).stdout

    def spawn(self, *command, **options):
        child = subprocess.Popen(command, **options)
        self.children.append(child)
        return child

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        try:
            self.stop()
        finally:
            if kind is not None:
                print(f"--- log of the failing test's daemon ---\n{self.log_text()[-4000:]}")
            if self.own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)


def full(name):
    if name.endswith(".."):
        return name[:-1]
    return name if name.endswith(".") else (name + "." if name else "") + "service.local."


class Reply:
    def __init__(self, wire):
        self.wire = wire
        self.id, self.flags, *self.counts = struct.unpack("!6H", wire[:12])
        self.rcode = RCODES.get(self.flags & 15, str(self.flags & 15))
        self.aa, self.tc = bool(self.flags & 0x400), bool(self.flags & 0x200)
        at, self.records = 12, {"answer": [], "authority": [], "additional": []}
        for _ in range(self.counts[0]):
            self.question, at = read_name(wire, at)
            at += 4
        for section, count in zip(self.records, self.counts[1:]):
            for _ in range(count):
                owner, at = read_name(wire, at)
                type_, class_, ttl, length = struct.unpack("!HHIH", wire[at:at + 10])
                self.records[section].append((owner, type_, ttl, read_data(wire, at + 10, type_, length)))
                at += 10 + length
        assert at == len(wire), "octets after the last record"

    def data(self, section="answer", type_=None):
        number = TYPES[type_] if type_ else None
        return [data for _, t, _, data in self.records[section] if t != 41 and (number is None or t == number)]


def read_name(wire, at):
    labels, after, jumps = [], None, 0
    while True:
        length = wire[at]
        if length >= 0xC0:
            after = after or at + 2
            at = struct.unpack("!H", wire[at:at + 2])[0] & 0x3FFF
            jumps += 1
            assert jumps < 50, "compression loop"
        elif length == 0:
            return ".".join(labels) + ".", after or at + 1
        else:
            labels.append(wire[at + 1:at + 1 + length].decode("latin-1"))
            at += 1 + length


def read_data(wire, at, type_, length):
    if type_ == 1:
        return socket.inet_ntop(socket.AF_INET, wire[at:at + 4])
    if type_ == 28:
        return socket.inet_ntop(socket.AF_INET6, wire[at:at + 16])
    if type_ in (2, 5, 12):
        return read_name(wire, at)[0]
    if type_ == 33:
        priority, weight, port = struct.unpack("!3H", wire[at:at + 6])
        return f"{priority} {weight} {port} {read_name(wire, at + 6)[0]}"
    if type_ == 6:
        mname, at = read_name(wire, at)
        rname, at = read_name(wire, at)
        return " ".join([mname, rname, *map(str, struct.unpack("!5I", wire[at:at + 20]))])
    if type_ == 16:
        end, strings = at + length, []
        while at < end:
            strings.append(wire[at + 1:at + 1 + wire[at]].decode())
            at += 1 + wire[at]
        return " ".join(strings)
    return wire[at:at + length].hex()


def dns_wire(name, type_, id_=0x1234, edns=0, flags=0):
    labels = [label for label in name.rstrip(".").split(".") if label]
    wire = struct.pack("!6H", id_, flags, 1, 0, 0, 1 if edns else 0)
    wire += b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    wire += struct.pack("!2H", TYPES.get(type_, type_), 1)
    return wire + (b"\0" + struct.pack("!HHIH", 41, edns, 0, 0) if edns else b"")


def dns_ask(host, port, name, type_="A", tcp=False, edns=0, timeout=5, raw=None):
    wire = raw if raw is not None else dns_wire(name, type_, os.getpid() & 0xFFFF, edns)
    if tcp:
        with socket.create_connection((host, port), timeout * SLOW) as stream:
            stream.sendall(struct.pack("!H", len(wire)) + wire)
            return Reply(read_framed(stream))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.settimeout(timeout * SLOW)
        datagram.connect((host, port))
        datagram.send(wire)
        return Reply(datagram.recv(65535))


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError(f"closed after {len(data)} of {count} octets")
        data += more
    return data


def read_framed(stream):
    return read_exactly(stream, struct.unpack("!H", read_exactly(stream, 2))[0])


class HttpServer:
    """A real HTTP server on loopback whose answer the test can change."""

    def __init__(self, status=200, body="fine", delay=0):
        import http.server
        outer = self
        self.status, self.body, self.delay, self.seen = status, body, delay, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.seen.append((self.path, dict(self.headers)))
                time.sleep(outer.delay)
                self.send_response(outer.status)
                self.end_headers()
                try:
                    self.wfile.write(outer.body.encode())
                except OSError:
                    pass
            do_POST = do_HEAD = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512  # it is 5: what comes with more at once would wait for a second SYN

            def handle_error(self, *_):  # the checker may close as soon as it knows enough
                pass
        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
