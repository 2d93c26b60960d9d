"""The forwarders that people have, as the tests start them: each with the very files of
docs/forwarders/. What is around the snippet only keeps it inside the test's namespaces.
"""
import json
import os
import pathlib
import shutil
import tempfile

from box import BIN, TOP, in_namespace, need

SNIPPETS = TOP / "docs" / "forwarders"
RESOLVERS = pathlib.Path(__file__).resolve().parent / "resolvers"
# Unpacked there by tools/install-packages, since installing it takes /etc/resolv.conf over.
UNPACKED = pathlib.Path(os.environ.get("ROLLCALL_PEERS", TOP / "build" / "peers"))


def libraries(below=""):
    """LD_LIBRARY_PATH for what is unpacked."""
    return ":".join(str(path) for path in [*UNPACKED.glob(f"lib/*-linux-gnu/{below}"),
                                           *UNPACKED.glob(f"usr/lib/*-linux-gnu/{below}")])


def snippet(name):
    return (SNIPPETS / name).read_text()


class Dnsmasq:
    name, asked_at = "dnsmasq", "127.0.0.1"
    needs = ("dnsmasq",)
    start = ('dnsmasq -k --user= --group= --no-resolv --no-hosts --pid-file= '
             '--listen-address=127.0.0.1 --bind-interfaces {options} '
             '--conf-file="$d/dnsmasq.conf" 2>>"$d/log" & forwarder=$!\n')

    def __init__(self, options=""):
        self.options = options

    def files(self, zones):
        return {"dnsmasq.conf": "".join(snippet(f"dnsmasq{z}.conf") for z in zones)}

    def script(self):
        return self.start.replace("{options}", self.options)


class Unbound:
    name, asked_at = "Unbound", "127.0.0.1"
    needs = ("unbound",)

    def __init__(self, options=""):
        self.options = options

    def files(self, zones):
        return {"around.conf": 'server:\n  username: ""\n  chroot: ""\n  pidfile: ""\n  use-syslog: no\n'
                               f'  interface: 127.0.0.1\n  module-config: "validator iterator"\n{self.options}',
                "stub.conf": "".join(snippet(f"unbound{z}.conf") for z in zones)}

    def script(self):
        return ('printf \'include: "%s/around.conf"\\ninclude: "%s/stub.conf"\\n\' "$d" "$d" >"$d/unbound.conf"\n'
                '(cd "$d" && exec unbound -d -c "$d/unbound.conf") 2>>"$d/log" & forwarder=$!\n')


class Bind:
    name, asked_at = "BIND", "127.0.0.1"
    needs = ("named",)

    def __init__(self, options=""):
        self.options = options

    def files(self, zones):
        # One list of exceptions, as a person with two zones would write it.
        inside = snippet("bind-options.conf")
        if "-reverse" in zones:
            inside = inside.replace('"service.local";', '"service.local"; "10.in-addr.arpa";')
        return {"named.conf": 'options {\n    directory "DIR"; listen-on { 127.0.0.1; }; listen-on-v6 { none; };\n'
                              '    pid-file none; session-keyfile none; managed-keys-directory "DIR";\n'
                              f'    dnssec-validation auto; recursion yes;\n{inside}{self.options}}};\n'
                              'controls { };\n' + "".join(snippet(f"bind{z}.conf") for z in zones)}

    def script(self):
        return 'sed -i "s|DIR|$d|" "$d/named.conf"\nnamed -g -c "$d/named.conf" 2>>"$d/log" & forwarder=$!\n'


class Resolved:
    """systemd-resolved without systemd and without a bus: its stub listens on 127.0.0.53.

    It drops to the user systemd-resolve, here a second name of root; and it takes the
    network for down while there is only loopback, so it gets a pair of interfaces."""
    name, asked_at = "systemd-resolved", "127.0.0.53"
    needs = ()

    def __init__(self, options=""):
        self.options = options

    @staticmethod
    def program():
        for folder in ("/", UNPACKED):
            path = pathlib.Path(folder) / "lib/systemd/systemd-resolved"
            if os.access(path, os.X_OK):
                return str(path)
        return None

    def files(self, zones):
        text = snippet("systemd-resolved.conf")
        if "-reverse" in zones:
            text = text.replace("~service.local", "~service.local ~10.in-addr.arpa")
        return {"resolved.conf": text + self.options}

    def script(self):
        return f"""
mount -t tmpfs none /run && mkdir -p /run/systemd/resolve
{{ ip link add up0 type veth peer name up1 && ip link set up1 up; }} || ip link add up0 type dummy
ip link set up0 up
ip address add 192.0.2.1/24 dev up0
for file in passwd group; do cp /etc/$file "$d/$file"; done
echo 'systemd-resolve:x:0:0::/:/usr/sbin/nologin' >>"$d/passwd"
echo 'systemd-resolve:x:0:' >>"$d/group"
bind_over "$d/passwd" /etc/passwd
bind_over "$d/group" /etc/group
[ -d /etc/systemd ] || {{ echo "no /etc/systemd to stand in"; exit 1; }}
mount -t tmpfs none /etc/systemd && mkdir /etc/systemd/resolved.conf.d
cp "$d/resolved.conf" /etc/systemd/resolved.conf.d/rollcall.conf
LD_LIBRARY_PATH={libraries("systemd")} SYSTEMD_LOG_TARGET=console {self.program()} 2>>"$d/log" & forwarder=$!
"""


def need_forwarder(forwarder):
    import unittest
    need(*forwarder.needs, "getent", "dig")
    if getattr(forwarder, "program", None) and forwarder.program() is None:
        raise unittest.SkipTest("systemd-resolved is neither installed nor unpacked by tools/install-packages test")


class Host:
    """A folder with the files of a host; run() gives what its script said, by key."""

    def __init__(self, forwarder, zones=("",), hosts="files dns", resolv=None, configuration=None):
        need_forwarder(forwarder)
        self.forwarder, self.zones = forwarder, zones
        resolv = resolv or snippet("resolv.conf").replace("127.0.0.1", forwarder.asked_at)
        self.texts = {"resolv.conf": resolv, "nsswitch.conf": f"passwd: files\nhosts: {hosts}\n",
                      **forwarder.files(zones)}
        self.configuration = configuration or {}

    def yaml(self, folder):
        zones = [{"apex": "service.local.", "ttl": "2s", "negative_ttl": "2s"}]
        if "-reverse" in self.zones:
            zones.append({"apex": "10.in-addr.arpa.", "layout": "reverse"})
        return json.dumps({"node": "n1", "zones": zones, "dns": {"listen": ["127.0.0.1:8053"]},
                           "registry": {"socket": f"{folder}/rollcall.sock", "store": "memory"},
                           **self.configuration})

    def run(self, script, env=None, timeout=60):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-test-"))
        try:
            for name, text in {**self.texts, "rollcall.yaml": self.yaml(folder)}.items():
                (folder / name).write_text(text)
            done = in_namespace(f'. "{RESOLVERS}/host.sh"\n' + self.forwarder.script() + script, timeout,
                                {**os.environ, "FOLDER": str(folder), "BIN": str(BIN),
                                 "RESOLVERS": str(RESOLVERS), **(env or {})})
            log = (folder / "log").read_text(errors="replace") if (folder / "log").exists() else ""
            return Said(done, log)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class Said(dict):
    """The lines "key: value" of a script; all that there is when one is missing."""

    def __init__(self, done, log):
        super().__init__(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        self.all = f"{done.stdout}\n{done.stderr}\n--- log ---\n{log[-3000:]}"
        self.code = done.returncode

    def __missing__(self, key):
        raise AssertionError(f"the script did not say {key!r}:\n{self.all}")
