"""Real secondaries on loopback: NSD, Knot DNS and BIND, each in a folder of its own.

Standard library only. Used by the tests of zone transfers; a program that is not installed
skips its test (box.need).
"""
import os
import pathlib
import shutil
import subprocess
import tempfile

from box import dns_ask, eventually, free_port, need

SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class Secondary:
    """`zones` from the primary at `primary` (a port), signed with key k if `key`."""
    program = None

    def __init__(self, primary, zones=("service.local",), key=True, port=None):
        need(self.program)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-secondary-"))
        self.primary, self.zones, self.key = primary, zones, key
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
        key = "k" if self.key else "NOKEY"
        zones = "".join(f"""zone:
  name: "{zone}"
  zonefile: "{zone}.zone"
  request-xfr: 127.0.0.1@{self.primary} {key}
  allow-notify: 127.0.0.1 {key}
""" for zone in self.zones)
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
key:
  name: "k"
  algorithm: hmac-sha256
  secret: "{SECRET}"
{zones}""")
        return self.run("-d", "-c", path)


class Knot(Secondary):
    program = "knotd"

    def command(self):
        key = "\n    key: k" if self.key else ""
        zones = "".join(f"""  - domain: {zone}
    master: rc
    acl: n
""" for zone in self.zones)
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
key:
  - id: k
    algorithm: hmac-sha256
    secret: {SECRET}
remote:
  - id: rc
    address: 127.0.0.1@{self.primary}{key}
acl:
  - id: n
    address: 127.0.0.1
    action: notify{key}
  - id: t
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: {self.folder}
    zonefile-sync: -1
zone:
{zones.replace("acl: n", "acl: [n, t]")}""")
        return self.run("-c", path)


class Bind(Secondary):
    program = "named"

    def command(self):
        key = "key k " if self.key else ""
        notify = "key k" if self.key else "127.0.0.1"
        zones = "".join(f"""zone "{zone}" {{
  type secondary;
  primaries {{ 127.0.0.1 port {self.primary} {key}; }};
  allow-notify {{ {notify}; }};
  file "{zone}.db";
}};
""" for zone in self.zones)
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
  allow-transfer {{ 127.0.0.1; }};
}};
controls {{ }};
key k {{ algorithm hmac-sha256; secret "{SECRET}"; }};
{zones}""")
        return self.run("-g", "-c", path)
