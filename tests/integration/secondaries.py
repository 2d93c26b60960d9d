"""Real secondaries on loopback: NSD, Knot DNS and BIND, each in a folder of its own.

Standard library only. Used by the tests of zone transfers; a program that is not installed
skips its test (box.need).
"""
import os
import pathlib
import shutil
import subprocess
import tempfile

from box import TOP, dns_ask, eventually, free_port, need

SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def snippet(name, port, zones=("service.local",)):
    """The file of docs/secondaries/ with our port, and its last part, the zone, for each of `zones`."""
    text = (TOP / "docs/secondaries" / name).read_text()
    for old in ("8053", SECRET, "service.local"):
        assert old in text, f"docs/secondaries/{name} has no {old}"
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "//"))).replace("8053", str(port)) + "\n"
    mark = next(mark for mark in ("\nzone:", "\nzone ") if mark in text)
    head, zone = text.split(mark, 1)
    return head + "".join(mark + zone.replace("service.local", name) for name in zones)


def processes_of(pid):
    """That process and all that come from it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    found, left = set(), {pid}
    while left:
        found |= left
        left = {child for child, parent in parents.items() if parent in left} - found
    return found


class Secondary:
    """`zones` from the primary at `primary` (a port), by the file of docs/secondaries/, signed with key k."""
    program = None

    def __init__(self, primary, zones=("service.local",), port=None):
        need(self.program)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-secondary-"))
        self.primary, self.zones = primary, zones
        self.port = port or free_port()
        self.log = self.folder / "log"
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log.open("wb"),
                                        stderr=subprocess.STDOUT, cwd=self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run(self, *arguments):
        return [shutil.which(self.program, path=PATH), *arguments]

    def ask(self, name, type_="A", **options):
        return dns_ask("127.0.0.1", self.port, name, type_, **options)

    def ask_tcp(self, name, type_):
        """Again where the connection breaks: NSD drops those it has when it loads another version."""
        def answered():
            try:
                return self.ask(name, type_, tcp=True)
            except (ConnectionError, EOFError):
                return None
        return eventually(answered)

    def serial(self, zone="service.local."):
        """None while the zone is not there."""
        try:
            reply = self.ask(zone, "SOA", timeout=1)
        except OSError:
            return None
        found = reply.data("answer", "SOA")
        return int(found[0].split()[2]) if reply.rcode == "NOERROR" and found else None

    def wait_for(self, serial, zone="service.local.", within=20):
        return eventually(lambda: self.serial(zone) == serial, within)

    def at_rest(self):
        """Whether two questions are answered from one version of the zone."""
        return True

    def log_text(self):
        return self.log.read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print(f"--- log of {self.program} ---\n{self.log_text()[-3000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)


class Nsd(Secondary):
    program = "nsd"

    def command(self):
        path = self.write("nsd.conf", f"""server:
  ip-address: 127.0.0.1@{self.port}
  server-count: 1
  username: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd.state"
  xfrdir: "{self.folder}"
  zonelistfile: "{self.folder}/zone.list"
  verbosity: 2
remote-control:
  control-enable: no
{snippet("nsd.conf", self.primary, self.zones)}""")
        return self.run("-d", "-c", path)

    def at_rest(self):
        """NSD loads another version into a new process, and for a moment the old one goes on answering beside it from
        the same socket: of two questions the later may get the older version. At rest there are three processes:
        that of transfers, that which loads and that which answers."""
        return len(processes_of(self.process.pid)) == 3


class Knot(Secondary):
    program = "knotd"

    def command(self):
        path = self.write("knot.conf", f"""server:
    listen: 127.0.0.1@{self.port}
    rundir: {self.folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    answer-rotation: on
log:
  - target: stderr
    any: info
database:
    storage: {self.folder}
template:
  - id: default
    storage: {self.folder}
{snippet("knot.conf", self.primary, self.zones)}""")
        return self.run("-c", path)


class Bind(Secondary):
    program = "named"

    def command(self):
        path = self.write("named.conf", f"""options {{
  directory "{self.folder}";
  listen-on port {self.port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file "{self.folder}/named.pid";
  session-keyfile "{self.folder}/session.key";
  recursion no;
  notify no;
  dnssec-validation no;
  minimal-responses yes;
}};
controls {{ }};
{snippet("bind.conf", self.primary, self.zones)}""")
        return self.run("-g", "-c", path)
