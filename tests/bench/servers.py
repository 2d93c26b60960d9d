"""The servers that tests/bench/run compares, each on a free loopback port with the same
data, in the foreground, in a folder of its own. Standard library only."""
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import time

ZONE = "service.local"
SERVICES = 1000
INSTANCES = 3
LOOPBACK = "127.0.0.1"


def free_port(address=LOOPBACK):
    """A port that is free now for UDP and TCP."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind((address, 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind((address, port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port on {address}")


def row(number, services=SERVICES, network=10):
    """Instance `number`, as tests/bench/lib/row.c makes it: service, id, address."""
    service = f"svc{number % services:04d}"
    host = number + 1
    return service, f"{service}-{number // services + 1}", f"{network}.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"


def write_zone(path):
    """The data of rollcall's registry as a master file."""
    lines = [f"$ORIGIN {ZONE}.", "$TTL 5",
             "@ 5 SOA ns hostmaster 1 3600 600 86400 5", "@ 3600 NS ns", "ns 3600 A 127.0.0.1"]
    for number in range(SERVICES * INSTANCES):
        service, name, address = row(number)
        lines.append(f"{service} 5 A {address}")
        lines.append(f"{service} 5 SRV 1 1 8080 {name}.{service}")
        lines.append(f"{name}.{service} 30 A {address}")
    path.write_text("\n".join(lines) + "\n")


def ask(port, name, qtype=1, timeout=1.0, address=LOOPBACK):
    """One A question; the reply's (rcode, A addresses), None when there is none in time."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", qtype, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        try:
            udp.connect((address, port))
            udp.send(query)
            reply = udp.recv(4096)
        except OSError:
            return None
    found, head = [], struct.pack(">2H", 1, 1)
    for at in range(12, len(reply) - 13):
        if reply[at:at + 4] == head and reply[at + 8:at + 10] == b"\0\4":
            found.append(".".join(str(octet) for octet in reply[at + 10:at + 14]))
    return reply[3] & 15, found


def descendants(pid):
    """`pid` and all processes below it."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as children:
                    found += [int(child) for child in children.read().split()]
        except OSError:
            pass
    return found


class Server:
    """A process that answers on self.port. `processors`: where it may run."""
    name = "?"

    def __init__(self, folder, processors, address=LOOPBACK):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = address
        self.port = free_port(address)
        self.processors = processors
        self.process = None

    def command(self):
        raise NotImplementedError

    def launch(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=self.folder, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, self.processors))
        log.close()

    def fail(self, what):
        tail = (self.folder / "log").read_text(errors="replace").splitlines()[-8:]
        self.stop()
        raise RuntimeError(f"{self.name} {what}:\n  " + "\n  ".join(tail))

    def start(self):
        self.launch()
        end = time.monotonic() + 20
        while not self.is_ready():
            if self.process.poll() is not None:
                self.fail(f"ended with status {self.process.returncode}")
            if time.monotonic() > end:
                self.fail("does not answer after 20 s")
            time.sleep(0.02)
        self.each_thread(os.sched_setaffinity, self.processors)  # Knot chooses its own
        return self

    def each_thread(self, change, *arguments):
        for pid in self.pids():
            for thread in os.listdir(f"/proc/{pid}/task"):
                change(int(thread), *arguments)

    def is_ready(self):
        return ask(self.port, f"svc0000.{ZONE}", timeout=0.2, address=self.address) is not None

    def pids(self):
        return descendants(self.process.pid)

    def stop(self):
        if self.process is None:
            return
        pids = self.pids()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in pids[1:]:  # children that outlived it
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.process = None


class Echo(Server):
    name = "echo"

    def __init__(self, folder, processors, programs, address=LOOPBACK):
        super().__init__(folder, processors, address)
        self.programs = programs

    def command(self):
        return [self.programs / "bench_echo", "--listen", f"{self.address}:{self.port}"]


class EchoTcp(Echo):
    def command(self):
        return [self.programs / "bench_echo_tcp", "--listen", f"{self.address}:{self.port}"]

    def is_ready(self):
        with socket.socket() as tcp:
            return tcp.connect_ex((self.address, self.port)) == 0


class Rollcall(Server):
    name = "rollcall"

    def __init__(self, folder, processors, daemon, extra="", dns="", workers=1, address=LOOPBACK):
        super().__init__(folder, processors, address)
        self.daemon = daemon
        self.socket = self.folder / "rollcall.sock"
        self.database = self.folder / "rollcall.db"
        (self.folder / "rollcalld.yaml").write_text(f"""\
node: bench
datacenter: dc1
zones:
  - apex: {ZONE}.
    layout: flat
dns:
  listen: [{address}:{self.port}]
  workers: {workers}
{dns}registry:
  socket: {self.socket}
  database: {self.database}
{extra}""")

    def command(self):
        return [self.daemon, "-c", self.folder / "rollcalld.yaml"]

    def is_ready(self):
        return self.socket.exists() and super().is_ready()

    def anonymous_kb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
        raise RuntimeError("no RssAnon in /proc/PID/status")


class Gdnsd(Server):
    name = "gdnsd"
    program = "/usr/sbin/gdnsd"

    def command(self):
        (self.folder / "zones").mkdir(exist_ok=True)
        write_zone(self.folder / "zones" / ZONE)
        (self.folder / "config").write_text(f"""\
options => {{
  listen => "127.0.0.1:{self.port}"
  udp_threads => 1
  tcp_threads => 1
  run_dir => {self.folder}/run
  state_dir => {self.folder}/state
}}
""")
        return [self.program, "-c", self.folder, "start"]


class Nsd(Server):
    name = "nsd"
    program = "/usr/sbin/nsd"

    def command(self):
        write_zone(self.folder / "zone")
        (self.folder / "nsd.conf").write_text(f"""\
server:
  ip-address: 127.0.0.1@{self.port}
  server-count: 1
  username: ""
  zonesdir: "{self.folder}"
  zonelistfile: "{self.folder}/zone.list"
  xfrdfile: "{self.folder}/xfrd.state"
  xfrdir: "{self.folder}"
  pidfile: "{self.folder}/nsd.pid"
  database: ""
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {ZONE}
  zonefile: {self.folder}/zone
""")
        return [self.program, "-d", "-c", self.folder / "nsd.conf"]


class Knot(Server):
    name = "knot"
    program = "/usr/sbin/knotd"

    def command(self):
        write_zone(self.folder / "zone")
        (self.folder / "knot.conf").write_text(f"""\
server:
  rundir: "{self.folder}"
  listen: 127.0.0.1@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: "{self.folder}/data"
template:
  - id: default
    storage: "{self.folder}"
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: {ZONE}
    file: zone
""")
        return [self.program, "-c", self.folder / "knot.conf"]


class Haproxy(Server):
    """Asks every one of `targets` (address and port) once a second; serves nobody."""
    name = "haproxy"
    program = "/usr/sbin/haproxy"

    def __init__(self, folder, processors, targets):
        super().__init__(folder, processors)
        self.targets = targets

    def command(self):
        lines = [f"    server s{i} {at} check inter 1s" for i, at in enumerate(self.targets)]
        (self.folder / "haproxy.cfg").write_text(f"""\
global
    nbthread 1
    maxconn 1000
defaults
    mode http
    timeout connect 3s
    timeout client 3s
    timeout server 3s
frontend front
    bind 127.0.0.1:{self.port}
    default_backend back
backend back
    option httpchk GET /
""" + "\n".join(lines) + "\n")
        return [self.program, "-db", "-f", self.folder / "haproxy.cfg"]

    def is_ready(self):
        with socket.socket() as tcp:
            return tcp.connect_ex((self.address, self.port)) == 0


PEERS = [Gdnsd, Nsd, Knot]
CHECKERS = [Haproxy]


def install_missing(say):
    """The peers from Debian's packages, without starting their services."""
    missing = [peer.name for peer in PEERS + CHECKERS if not os.path.exists(peer.program)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"not installed: {' '.join(missing)}; left out (as root: apt-get install {' '.join(missing)})")
        return
    policy = pathlib.Path("/usr/sbin/policy-rc.d")  # 101: do not start services
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        say(f"installing {' '.join(missing)}")
        done = subprocess.run(["apt-get", "install", "-y", "-q", *missing], capture_output=True, text=True,
                              env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode != 0:
            say("apt-get could not install them; left out: " + done.stderr.strip().splitlines()[-1])
    finally:
        if made:
            policy.unlink()
