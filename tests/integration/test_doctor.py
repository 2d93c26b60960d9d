"""rollcall doctor on real hosts: what works, what is missing, refused or in the way, and
whether the lines that it prints help."""
import json
import os
import unittest

from box import SLOW
from forwarders import UNPACKED, Bind, Dnsmasq, Host, Resolved, Unbound, libraries

REGISTER = "rollcall register --service web --id web-1 --address 10.20.30.40 --port 80 >/dev/null\n"
ASK = REGISTER + r"""
rollcall doctor --json >"$d/json" 2>>"$d/log"; echo "code: $?"
printf 'json: %s\n' "$(cat "$d/json")"
rollcall doctor >"$d/text" 2>>"$d/log"; echo "again: $?"
printf 'text: %s\n' "$(tr '\n' '|' <"$d/text")"
"""


class Without:
    """A forwarder that runs and has not been told of us."""

    def __init__(self, kind):
        self.kind = kind
        self.asked_at, self.needs, self.program = kind.asked_at, kind.needs, getattr(kind, "program", None)

    def files(self, zones):
        if isinstance(self.kind, Resolved):
            return {"resolved.conf": "[Resolve]\nDNSSEC=no\n"}
        return self.kind.files([]) if isinstance(self.kind, (Dnsmasq, Unbound)) else {
            "named.conf": self.kind.files(zones)["named.conf"].split("validate-except")[0] + "};\ncontrols { };\n"}

    def script(self):
        return self.kind.script()


class Nobody:
    """No forwarder at all."""
    asked_at, needs = "127.0.0.1", ()

    def files(self, zones):
        return {}

    def script(self):
        return ""


class Doctor(unittest.TestCase):
    def examine(self, forwarder, before="", **host):
        # The forwarder is there before the doctor is.
        wait = ('within 15 sh -c "dig +tries=1 +time=1 @%s version.bind CH TXT | grep -q status:"\n'
                % forwarder.asked_at if forwarder.script() else "")
        said = Host(forwarder, **host).run(before + wait + "set +e\n" + ASK)
        self.assertEqual(said["code"], said["again"], said.all)
        report = json.loads(said["json"])
        self.assertEqual(report["works"], said["code"] == "0", said.all)
        return said, report

    def fault(self, report):
        faults = [finding for finding in report["findings"] if finding["kind"] == "fault"]
        self.assertTrue(faults, report)
        return faults[0]

    def test_what_works_is_said_so_with_0(self):
        for forwarder in (Dnsmasq(), Unbound(), Bind(), Resolved()):
            with self.subTest(forwarder.name):
                said, report = self.examine(forwarder, zones=("", "-reverse"))
                self.assertEqual(said["code"], "0", said.all)
                self.assertEqual(report["nameservers"][0]["software"], forwarder.name, said.all)
                self.assertEqual([zone["works"] for zone in report["zones"]], [True, True])
                self.assertEqual(report["zones"][0]["addresses"], "10.20.30.40")
                self.assertEqual(report["findings"], [], said.all)
                self.assertIn("service.local. works", said["text"])

    def test_the_lines_for_a_forwarder_that_does_not_know_us_help(self):
        said, report = self.examine(Without(Dnsmasq()))
        self.assertEqual(said["code"], "1", said.all)
        fault = self.fault(report)
        self.assertIn("(dnsmasq)", fault["text"])
        self.assertEqual(fault["file"], "/etc/dnsmasq.d/rollcall.conf")

        class Told(Dnsmasq):
            def files(self, zones):
                return {"dnsmasq.conf": fault["lines"]}
        said, report = self.examine(Told())
        self.assertEqual(said["code"], "0", said.all)

    def test_the_drop_in_for_systemd_resolved_helps(self):
        said, report = self.examine(Without(Resolved()))
        self.assertEqual(said["code"], "1", said.all)
        fault = self.fault(report)
        self.assertEqual(fault["file"], "/etc/systemd/resolved.conf.d/rollcall.conf", said.all)

        class Told(Resolved):
            def files(self, zones):
                return {"resolved.conf": fault["lines"]}
        said, report = self.examine(Told())
        self.assertEqual(said["code"], "0", said.all)

    def test_the_lines_for_zones_of_all_layouts_together_help(self):
        zones = {"zones": [{"apex": "service.local."}, {"apex": "consul.", "layout": "consul"},
                           {"apex": "k8s.internal.", "layout": "kubernetes"},
                           {"apex": "10.in-addr.arpa.", "layout": "reverse"}]}
        for kind, snippet in ((Dnsmasq, "dnsmasq.conf"), (Unbound, "stub.conf")):
            with self.subTest(kind.name):
                said, report = self.examine(Without(kind()), configuration=zones)
                self.assertEqual([zone["works"] for zone in report["zones"]], [False] * 4, said.all)
                lines = "".join(finding["lines"] for finding in report["findings"])

                class Told(kind):
                    def files(self, zones, snippet=snippet, lines=lines):
                        return {**super().files([]), snippet: lines}
                said, report = self.examine(Told(), configuration=zones)
                self.assertEqual([zone["works"] for zone in report["zones"]], [True] * 4, said.all)
                self.assertEqual([zone.get("name") for zone in report["zones"]],
                                 ["web.service.local.", "web.service.consul.", "web.default.svc.k8s.internal.", None])

    def test_a_forwarder_that_refuses_is_named(self):
        refusing = Unbound()
        refusing.options = "  access-control: 127.0.0.0/8 refuse\n"
        said, report = self.examine(refusing)
        self.assertEqual(said["code"], "1", said.all)
        self.assertEqual(report["zones"][0]["nameservers"], ["REFUSED"], said.all)
        self.assertIn("refuses", self.fault(report)["text"])

    def test_unbound_that_may_not_ask_localhost_gets_its_lines(self):
        class Forgetful(Unbound):
            def files(self, zones):
                files = super().files(zones)
                files["stub.conf"] = files["stub.conf"].replace("do-not-query-localhost: no", "")
                return files
        said, report = self.examine(Forgetful())
        self.assertEqual(report["zones"][0]["nameservers"], ["SERVFAIL"], said.all)
        fault = self.fault(report)
        self.assertIn("do-not-query-localhost: no", fault["lines"], said.all)

    def test_addresses_that_the_forwarder_takes_out_are_missed(self):
        class Strict(Unbound):
            def files(self, zones):
                files = super().files(zones)
                files["stub.conf"] = files["stub.conf"].replace('private-domain: "service.local"', "")
                return files
        said, report = self.examine(Strict("  private-address: 10.0.0.0/8\n"))
        self.assertEqual(said["code"], "1", said.all)
        fault = self.fault(report)
        self.assertIn("rebinding", fault["text"])
        self.assertIn('private-domain: "service.local"', fault["lines"])

    def test_bind_without_our_zone_gets_two_pieces(self):
        said, report = self.examine(Without(Bind()))
        self.assertEqual(said["code"], "1", said.all)
        files = [finding["file"] for finding in report["findings"]]
        self.assertEqual(len(files), 2, said.all)
        self.assertTrue(all("/etc/bind/" in file for file in files), files)

    def test_no_forwarder_is_nobody_there(self):
        said, report = self.examine(Nobody())
        self.assertEqual(said["code"], "1", said.all)
        self.assertEqual(report["zones"][0]["nameservers"], ["nobody there"], said.all)
        self.assertIn("nothing listens", self.fault(report)["text"])

    def test_a_hosts_line_without_dns_is_repaired_by_its_advice(self):
        said, report = self.examine(Dnsmasq(), hosts="files")
        self.assertEqual(said["code"], "1", said.all)
        fault = self.fault(report)
        self.assertEqual((fault["file"], fault["lines"]), ("/etc/nsswitch.conf", "hosts: files dns"), said.all)
        said, report = self.examine(Dnsmasq(), hosts=fault["lines"].removeprefix("hosts: "))
        self.assertEqual(said["code"], "0", said.all)

    def test_another_answer_in_etc_hosts_is_seen(self):
        said, report = self.examine(
            Dnsmasq(), 'echo "192.0.2.9 web.service.local" >"$d/hosts"; bind_over "$d/hosts" /etc/hosts\n')
        self.assertEqual(said["code"], "1", said.all)
        self.assertIn("192.0.2.9", self.fault(report)["text"])

    def test_a_daemon_that_does_not_answer_is_3(self):
        said = Host(Nobody()).run('set +e; "$BIN/rollcall" --socket "$d/nowhere" doctor 2>/dev/null; echo "code: $?"\n')
        self.assertEqual(said["code"], "3")

    def test_it_ends_in_time_where_nobody_answers(self):
        # A name server that swallows every question: a socket that nobody reads.
        said = Host(Nobody()).run(REGISTER + (
            'python3 -c \'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); '
            's.bind(("127.0.0.1", 53)); open("\'"$d"\'/bound", "w"); time.sleep(60)\' & forwarder=$!\n'
            'within 15 test -e "$d/bound"\nstart=$(now)\n'
            'say json rollcall doctor --json\nsay took since $start\n'))
        self.assertEqual(json.loads(said["json"])["zones"][0]["nameservers"], ["no reply"], said.all)
        self.assertLess(float(said["took"]), 16 * SLOW, said.all)


AVAHI = r"""
{ ip link add up0 type veth peer name up1 && ip link set up1 up; } || ip link add up0 type dummy
ip link set up0 up
ip address add 192.0.2.1/24 dev up0
export LD_LIBRARY_PATH="$LIBRARIES"
mount -t tmpfs none /run
mkdir -p /run/avahi-daemon
mkdir "$d/etc"
for file in ld.so.cache host.conf protocols services passwd group; do cp "/etc/$file" "$d/etc/"; done
printf '.local.\n.local\n' >"$d/etc/mdns.allow"
printf 'avahi:x:0:0::/:/usr/sbin/nologin\n' >>"$d/etc/passwd"
printf 'avahi:x:0:\n' >>"$d/etc/group"
cp "$d/resolv.conf" "$d/nsswitch.conf" "$d/etc/"
mount --bind "$d/etc" /etc
printf '[server]\nenable-dbus=no\nuse-ipv6=no\n[rlimits]\n' >"$d/avahi.conf"
"$PEERS/usr/sbin/avahi-daemon" --no-drop-root --no-chroot --no-rlimits -f "$d/avahi.conf" 2>>"$d/log" &
forwarder="$forwarder $!"
within 5 test -S /run/avahi-daemon/socket || echo "avahi: did not start"
"""


class Multicast(unittest.TestCase):
    """nss-mdns and avahi as a desktop has them, with .local given to multicast DNS."""

    def examine(self, hosts):
        if not os.access(UNPACKED / "usr/sbin/avahi-daemon", os.X_OK):
            raise unittest.SkipTest("avahi-daemon and libnss-mdns are not unpacked by tools/install-packages test")
        said = Host(Dnsmasq(), hosts=hosts).run(
            AVAHI + "set +e\nwithin 15 dig +tries=1 @127.0.0.1 service.local SOA\n" + ASK, {"PEERS": str(UNPACKED), "LIBRARIES": libraries()})
        return said, json.loads(said["json"])

    def test_it_is_seen_in_the_way_and_its_advice_helps(self):
        said, report = self.examine("files mdns4 [NOTFOUND=return] dns")
        self.assertEqual(said["code"], "1", said.all)
        self.assertEqual(report["zones"][0]["nameservers"], ["answers"], said.all)
        fault = report["findings"][0]
        self.assertIn("multicast DNS", fault["text"], said.all)
        self.assertEqual(fault["lines"], "hosts: files dns mdns4 [NOTFOUND=return]")
        said, report = self.examine(fault["lines"].removeprefix("hosts: "))
        self.assertEqual(said["code"], "0", said.all)

    def test_a_new_version_lets_three_labels_pass(self):
        said, report = self.examine("files mdns4_minimal [NOTFOUND=return] dns")
        self.assertEqual(said["code"], "0", said.all)
        self.assertEqual([finding["kind"] for finding in report["findings"]], ["note"], said.all)


class StartUpWarning(unittest.TestCase):
    def log(self, hosts):
        return Host(Nobody(), hosts=hosts).run('set +e; echo "log: $(tr \'\\n\' \'|\' <"$d/log")"\n')["log"]

    def test_multicast_before_dns_is_warned_of_once(self):
        log = self.log("files mdns4_minimal [NOTFOUND=return] dns")
        self.assertEqual(log.count("rollcall doctor"), 1, log)
        self.assertIn("warning daemon:", log)

    def test_a_plain_server_is_not_warned(self):
        self.assertNotIn("doctor", self.log("files dns"))


if __name__ == "__main__":
    unittest.main()
