"""Through real forwarders and real resolvers: dnsmasq, Unbound, BIND and systemd-resolved
with the files of docs/forwarders/; libc, Python, Node and Go behind them.

Each test is a host of its own (forwarders.py): network, mounts, /etc/resolv.conf.
"""
import re
import shutil
import subprocess
import tempfile
import unittest

from box import SLOW, need
from forwarders import Bind, Dnsmasq, Host, Resolved, Unbound

# Two seconds are the TTL and the negative TTL of these hosts' zone. Unbound counts whole ones, and gives a record
# out in that in which it ends, too: 2.6 to 2.7 s go by on a machine with nothing else to do. One is for asking.
FAIL_OVER = 4.0 * SLOW

FOUND = r"""
rollcall register --service web --id web-1 --address 10.20.30.40 --port 80 --named-port http=8080 >/dev/null
within 15 getent hosts web.service.local || echo "never found: $?"
say name getent hosts web.service.local
say short getent hosts web
say ahosts getent -A ahostsv4 web.service.local
say srv dig +short @$ASKED SRV web.service.local
say port dig +short @$ASKED SRV _http._tcp.web.service.local
say target dig +short @$ASKED A "$(dig +short @$ASKED SRV web.service.local | awk '{ print $4 }')"
say aaaa dig +noall +comments @$ASKED AAAA web.service.local
say https dig +noall +comments @$ASKED TYPE65 web.service.local
"""

MANY = r"""
for i in $(seq 100); do
    printf '{"op":"register","service":"big","id":"big-%d","address":"10.30.0.%d","port":80}\n' $i $i
done | rollcall batch - >/dev/null 2>>"$d/log" || echo "batch failed: $?"
say wanted dig +short @127.0.0.1 -p 8053 big.service.local
within 15 getent hosts big.service.local || echo "never found: $?"
say truncated dig +ignore +noedns +noall +comments @$ASKED big.service.local
say many dig +short @$ASKED big.service.local
say libc getent -A ahostsv4 big.service.local
"""

TIMES = r"""
rollcall register --service web --id web-1 --address 10.20.30.40 --port 80 >/dev/null
within 15 getent hosts web.service.local || echo "never found: $?"
getent hosts late.service.local && echo "found: too early"
getent hosts web.service.local >/dev/null
rollcall register --service web --id web-2 --address 10.20.30.41 --port 80 >/dev/null
rollcall deregister web-1 >/dev/null
rollcall register --service late --address 10.20.30.50 --port 80 >/dev/null
start=$(now)
only_second() { [ "$(getent -A ahostsv4 web.service.local | awk '{ print $1 }' | sort -u)" = 10.20.30.41 ]; }
within 20 only_second && say failover since $start
within 20 getent hosts late.service.local && say negative since $start
"""

REVERSE = r"""
rollcall register --service web --id web-1 --address 10.20.30.40 --port 80 >/dev/null
within 15 getent hosts 10.20.30.40 || echo "never found: $?"
say pointer getent hosts 10.20.30.40
say missing dig +noall +comments @$ASKED -x 10.0.0.77
"""


class Forwarder:
    """What every forwarder must do; the classes below say which it is."""
    forwarder = None

    def host(self, script, zones=("",), options="", **more):
        return Host(self.forwarder(options), zones).run(f"ASKED={self.forwarder.asked_at}\n{script}", **more)

    def test_names_services_and_ports_are_found(self):
        said = self.host(FOUND)
        self.assertRegex(said["name"], r"10\.20\.30\.40\s+web\.service\.local", said.all)
        self.assertRegex(said["short"], r"10\.20\.30\.40\s+web\.service\.local", said.all)
        self.assertIn("10.20.30.40", said["ahosts"])
        self.assertRegex(said["srv"], r"^\d+ \d+ 80 \S*web\.service\.local\.", said.all)
        self.assertRegex(said["port"], r"^\d+ \d+ 8080 ", said.all)
        self.assertEqual(said["target"].split(), ["10.20.30.40"], said.all)
        for kind in ("aaaa", "https"):  # no such record is not no such name
            self.assertRegex(said[kind], r"status: NOERROR.*ANSWER: 0", said.all)

    def test_a_hundred_instances_come_over_tcp(self):
        said = self.host(MANY)
        everyone = {f"10.30.0.{i}" for i in range(1, 101)}
        self.assertEqual(set(said["wanted"].split()), everyone, said.all)
        self.assertRegex(said["truncated"], r"flags:[a-z ]* tc[ ;]", said.all)
        self.assertEqual(set(said["many"].split()), everyone, said.all)
        self.assertEqual({word for word in said["libc"].split() if word.startswith("10.")}, everyone, said.all)

    def test_fail_over_and_a_new_name_take_the_ttl(self):
        said = self.host(TIMES)
        self.assertNotIn("found", said, said.all)
        self.assertLessEqual(float(said["failover"]), FAIL_OVER, said.all)
        self.assertLessEqual(float(said["negative"]), FAIL_OVER, said.all)

    def test_reverse_names_are_found(self):
        said = self.host(REVERSE, zones=("", "-reverse"))
        self.assertRegex(said["pointer"], r"10\.20\.30\.40\s+web-1\.web\.service\.local", said.all)
        self.assertIn("status: NXDOMAIN", said["missing"], said.all)


class ThroughDnsmasq(Forwarder, unittest.TestCase):
    forwarder = Dnsmasq

    def test_rebinding_protection_lets_our_addresses_through(self):
        said = self.host(FOUND, options="--stop-dns-rebind")
        self.assertIn("10.20.30.40", said["name"], said.all)


class ThroughUnbound(Forwarder, unittest.TestCase):
    forwarder = Unbound

    def test_mixed_case_queries_are_answered(self):
        said = self.host(FOUND, options="  use-caps-for-id: yes\n")
        self.assertIn("10.20.30.40", said["name"], said.all)
        self.assertRegex(said["srv"], r"^\d+ \d+ 80 ", said.all)

    def test_private_addresses_are_let_through(self):
        said = self.host(FOUND, options="  private-address: 10.0.0.0/8\n")
        self.assertIn("10.20.30.40", said["name"], said.all)


class ThroughBind(Forwarder, unittest.TestCase):
    forwarder = Bind


class ThroughResolved(Forwarder, unittest.TestCase):
    forwarder = Resolved


CLIENTS = r"""
for i in 1 2; do
    rollcall register --service web --id web-$i --address 10.20.30.$i --port 80 --named-port http=8080 >/dev/null
done
for i in $(seq 100); do
    printf '{"op":"register","service":"big","id":"big-%d","address":"10.30.0.%d","port":80}\n' $i $i
done | rollcall batch - >/dev/null 2>>"$d/log"
within 15 getent hosts web.service.local || echo "never found: $?"
"""
BOTH = "10.20.30.1 10.20.30.2"
TARGETS = "web-1.web.service.local{dot}:8080 web-2.web.service.local{dot}:8080"


class Clients(unittest.TestCase):
    """Resolvers of languages, through resolv.conf with search and ndots, and dnsmasq."""

    def ask(self, script, ndots=1, env=None):
        resolv = f"nameserver 127.0.0.1\nsearch other.test service.local\noptions ndots:{ndots} timeout:1\n"
        return Host(Dnsmasq("--local=/other.test/"), resolv=resolv).run(CLIENTS + script, env)

    def hundred(self, said):
        self.assertEqual(len({word for word in said["big"].split() if word.startswith("10.30.0.")}), 100, said.all)

    def test_libc(self):
        for ndots in (1, 5):
            said = self.ask("say short getent -A ahostsv4 web\nsay full getent -A ahostsv4 web.service.local\n"
                            "say tag getent -A ahostsv4 web-1.web\nsay big getent -A ahostsv4 big\n", ndots)
            for key in ("short", "full"):
                self.assertEqual(set(re.findall(r"10\.20\.30\.\d+", said[key])), set(BOTH.split()), said.all)
            self.assertIn("10.20.30.1 ", said["tag"], said.all)
            self.hundred(said)

    def test_python(self):
        for ndots in (1, 5):
            said = self.ask("".join(f'say {key} python3 "$RESOLVERS/ask.py" {name}\n' for key, name in
                                    (("short", "web"), ("full", "web.service.local"), ("big", "big"))), ndots)
            self.assertEqual((said["short"].strip(), said["full"].strip()), (BOTH, BOTH), said.all)
            self.hundred(said)

    def test_node(self):
        need("node")
        for ndots in (1, 5):
            said = self.ask("".join(f'say {key} node "$RESOLVERS/ask.js" {ask}\n' for key, ask in (
                ("short", "lookup web"), ("full", "lookup web.service.local"), ("big", "resolve4 big.service.local"),
                ("service", "srv web.service.local"), ("port", "srv _http._tcp.web.service.local"),
                ("missing", "srv nosuch.service.local"))), ndots)
            self.assertEqual((said["short"].strip(), said["full"].strip()), (BOTH, BOTH), said.all)
            self.assertEqual(said["port"].strip(), TARGETS.format(dot=""), said.all)
            self.assertIn("web-1.web.service.local:80 ", said["service"], said.all)
            self.assertEqual(said["missing"].strip(), "ENOTFOUND", said.all)
            self.hundred(said)

    def test_go(self):
        need("go")
        with tempfile.TemporaryDirectory(prefix="rollcall-test-") as folder:
            shutil.copy(f"{__file__.rsplit('/', 1)[0]}/resolvers/ask.go", folder)
            built = subprocess.run(["go", "build", "-o", f"{folder}/ask", "ask.go"], cwd=folder, text=True,
                                   capture_output=True, timeout=300)
            self.assertEqual(built.returncode, 0, built.stderr)
            for ndots in (1, 5):
                said = self.ask("".join(f'say {key} env GODEBUG=netdns={how} "$ASK" {ask}\n' for key, how, ask in (
                    ("short", "go", "host web"), ("full", "go", "host web.service.local"),
                    ("libc", "cgo", "host web"), ("big", "go", "host big.service.local"),
                    ("port", "go", "srv web.service.local"))), ndots, {"ASK": f"{folder}/ask"})
                self.assertEqual([said[key].strip() for key in ("short", "full", "libc")], [BOTH] * 3, said.all)
                self.assertEqual(said["port"].strip(), TARGETS.format(dot="."), said.all)
                self.hundred(said)


if __name__ == "__main__":
    unittest.main()
