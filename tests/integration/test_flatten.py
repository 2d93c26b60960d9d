"""Host names answered with their addresses (cname_mode: flatten): a real dnsmasq is asked."""
import signal
import sys
import unittest

from box import Box, eventually, free_port, need

FLAT = "    cname_mode: flatten\n"


class Upstream:
    """dnsmasq that knows what stands in a hosts file, and reads it again when told to."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.hosts = folder / "upstream.hosts"
        self.say("10.9.0.1 www.up.test", "fd00::9:1 www.up.test", "10.9.0.2 mail.up.test")
        self.process = None

    def say(self, *lines):
        self.hosts.write_text("".join(line + "\n" for line in lines))

    def read_again(self, *lines):
        self.say(*lines)
        self.process.send_signal(signal.SIGHUP)

    def start(self, box):
        self.process = box.spawn("dnsmasq", "-k", f"--port={self.port}", "--listen-address=127.0.0.1",
                                 "--bind-interfaces", "--no-resolv", "--no-hosts", "--pid-file=", "--user=", "--group=",
                                 f"--addn-hosts={self.hosts}", "--local=/up.test/", "--local-ttl=3",
                                 "--cname=alias.up.test,www.up.test", "--log-facility=-",
                                 stderr=(self.folder / "dnsmasq.log").open("ab"))


def register(box, **fields):
    box.register(**{"service": "ext", "id": "ext-1", "address": "alias.up.test.", "port": 443, **fields})


class Flatten(unittest.TestCase):
    def setUp(self):
        need("dnsmasq")
        self.box = Box(start=False, zone_extra=FLAT)
        self.addCleanup(self.box.__exit__, None, None, None)
        self.up = Upstream(self.box.folder)

    def begin(self):
        self.up.start(self.box)
        self.box.start(arguments=[f"--set=dns.resolvers=[127.0.0.1:{self.up.port}]"])

    def becomes(self, name, *addresses, type_="A", within=30):
        eventually(lambda: self.box.addresses(name, type_) == sorted(addresses), within, 0.05)

    def test_the_service_and_the_instance_have_the_addresses_of_the_host(self):
        self.begin()
        register(self.box)
        for name in "ext", "ext-1.ext":
            self.becomes(name, "10.9.0.1")
            self.becomes(name, "fd00::9:1", type_="AAAA")
            self.assertEqual(self.box.query(name, "CNAME").data("answer"), [])
        self.assertEqual(self.box.query("ext", "SRV").data("answer"), ["1 1 443 alias.up.test."])

    def test_the_ttl_is_the_lesser_of_the_two(self):
        self.begin()
        register(self.box)
        self.becomes("ext", "10.9.0.1")
        self.assertLessEqual(self.ttl("ext"), 3)
        self.assertLessEqual(self.ttl("ext-1.ext"), 3)

    def ttl(self, name):
        return int(self.box.dig(f"{name}.service.local", "A", "+noall", "+answer").split()[1])

    def test_a_host_that_moves_is_followed(self):
        self.begin()
        register(self.box)
        self.becomes("ext", "10.9.0.1")
        self.up.read_again("10.9.0.7 www.up.test", "10.9.0.8 www.up.test")
        self.becomes("ext", "10.9.0.7", "10.9.0.8")
        self.becomes("ext-1.ext", "10.9.0.7", "10.9.0.8")
        self.becomes("ext", type_="AAAA")

    def test_what_was_known_stays_while_nobody_answers(self):
        self.begin()
        register(self.box)
        self.becomes("ext", "10.9.0.1")
        self.up.process.kill()
        self.up.process.wait()
        eventually(lambda: "cannot look up the host alias.up.test." in self.box.log_text(), 60, 0.1)
        self.assertEqual(self.box.addresses("ext"), ["10.9.0.1"])

    def test_a_host_that_does_not_exist_has_no_address_and_no_alias(self):
        self.begin()
        register(self.box, address="nosuch.up.test.")
        eventually(lambda: "host nosuch.up.test. has no address" in self.box.log_text(), 30)
        for name in "ext", "ext-1.ext":
            reply = self.box.query(name)
            self.assertEqual((reply.rcode, reply.data("answer")), ("NOERROR", []))

    def test_hosts_stand_beside_addresses(self):
        self.begin()
        register(self.box)
        self.box.register(service="ext", id="ext-2", address="10.0.0.2", port=443)
        self.becomes("ext", "10.0.0.2", "10.9.0.1")

    def test_another_definition_and_its_end_are_followed(self):
        self.begin()
        register(self.box)
        self.becomes("ext", "10.9.0.1")
        register(self.box, address="mail.up.test.")
        self.becomes("ext", "10.9.0.2")
        self.assertTrue(self.box.ask("deregister", id="ext-1")["ok"])
        self.assertIsNone(self.box.addresses("ext"))

    def test_after_a_restart_hosts_are_looked_up_again(self):
        self.begin()
        register(self.box)
        self.becomes("ext", "10.9.0.1")
        self.box.stop()
        self.box.start(arguments=[f"--set=dns.resolvers=[127.0.0.1:{self.up.port}]"])
        self.becomes("ext", "10.9.0.1")
        self.becomes("ext-1.ext", "10.9.0.1")


if __name__ == "__main__":
    sys.exit(unittest.main())
