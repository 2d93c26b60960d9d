"""The definition of done of DNS (docs/dns.md §7) where no other test holds it: D1, D2, D4, D5 and D6 against a real
daemon. tests/conformance/rows.txt names the test of each point."""
import collections
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from box import BIN, SLOW, TOP, Box, dns_ask, eventually

CASES = TOP / "tests/conformance"
ASKER = BIN.parent / "tests/conformance/conformance"
FOLDERS = ("table_1_12", "headers_3_2", "malformed_3_3", "edns_3_4")
# A server cookie has the time in it, and TCP closes on a message that no query is as long as.
IN_MEMORY_ONLY = re.compile(r"^opt .*option=10:[0-9a-f]{48}|ZEROS\(65535\)", re.M)


def sample():
    """The registrations of tests/conformance/sample.registry."""
    for line in (CASES / "sample.registry").read_text().splitlines():
        if not line.startswith("instance "):
            continue
        _, service, id_, *words = line.split()
        fields = {"op": "register", "service": service, "id": id_, "meta": {}}
        for key, value in (word.split("=", 1) for word in words):
            if key == "address":
                fields["addresses"] = value.split(",")
            elif key == "host":
                fields["address"] = value
            elif key == "port":
                ports = [port.split("/") for port in value.split(",")]
                fields["ports"] = {name: {"port": int(number), "protocol": protocol} for name, protocol, number in ports}
            elif key == "tag":
                fields["tags"] = value.split(",")
            elif key == "meta":
                fields["meta"].update([value.split("=", 1)])
            elif key == "health":
                fields["status"] = value
            else:
                fields[key] = int(value) if value.isdigit() else value
        yield fields


class Rows(unittest.TestCase):
    def test_every_row_is_answered_by_the_sockets_of_a_daemon(self):
        if not ASKER.exists() or not CASES.exists():
            self.skipTest("the conformance program is not here: this is a copy of the tests")
        with Box(start=False) as box, tempfile.TemporaryDirectory() as folder:
            text = (CASES / "sample.yaml").read_text()
            box.config.write_text(text.replace("dns:\n", f"dns:\n  listen: [127.0.0.1:{box.port}]\n  workers: 1\n")
                                  + f"registry:\n  socket: {box.path}\n  database: {box.database}\n")
            box.start()
            with box.connect() as connection:
                for fields in sample():
                    connection.send(fields)
                    reply = connection.line()
                    self.assertTrue(reply["ok"], (fields, reply))
            left_out = 0
            for name in FOLDERS:
                (pathlib.Path(folder) / name).mkdir()
                for path in (CASES / name).glob("*.case"):
                    if IN_MEMORY_ONLY.search(path.read_text()):
                        left_out += 1
                    else:
                        shutil.copy(path, pathlib.Path(folder) / name)
            done = subprocess.run([ASKER, "--server", f"127.0.0.1:{box.port}",
                                   *(f"{folder}/{name}" for name in FOLDERS)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertLess(left_out, 8)
            self.assertGreater(int(done.stdout.split(" cases:")[0].split()[-1]), 900)


class Limit(unittest.TestCase):
    def test_two_of_three_in_thirty_queries_are_each_twenty_times(self):
        with Box(zone_extra="    max_answers: 2\n") as box:
            for number in range(3):
                box.register(service="web", id=f"web-{number}", address=f"10.0.0.{number}")
            seen = collections.Counter()
            for _ in range(30):
                reply = box.query("web")
                self.assertEqual((len(reply.data("answer", "A")), reply.tc), (2, False))
                seen.update(reply.data("answer", "A"))
            self.assertEqual(sorted(seen.values()), [20, 20, 20])


class Flip(unittest.TestCase):
    def test_a_flip_is_in_the_next_query_the_serial_and_a_notification(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as secondary:
            secondary.bind(("127.0.0.1", 0))
            secondary.settimeout(10 * SLOW)
            target = f"127.0.0.1:{secondary.getsockname()[1]}"
            with Box(zone_extra=f'    allow_transfer: [127.0.0.0/8]\n    notify: ["{target}"]\n') as box:
                serial = lambda: int(box.query("", "SOA").data("answer")[0].split()[2])
                ids = [box.register(service="web", id=f"web-{n}", address=f"10.0.0.{n}")["id"] for n in range(2)]
                self.assertEqual(len(box.addresses("web")), 2)
                self.drain(secondary)
                before = serial()
                began = time.monotonic()
                box.ask("renew", id=ids[0], status="critical")
                self.assertEqual(box.addresses("web"), ["10.0.0.1"])
                eventually(lambda: serial() > before, 3)
                message = secondary.recv(4096)
                self.assertLess(time.monotonic() - began, 5 * SLOW)
                self.assertEqual(message[2] & 0x78, 4 << 3, "a NOTIFY")

    @staticmethod
    def drain(secondary):
        """Answer what the registrations caused, until all is quiet for longer than changes are collected."""
        secondary.settimeout(1.5)
        try:
            while True:
                message, sender = secondary.recvfrom(4096)
                secondary.sendto(message[:2] + bytes([message[2] | 0x84]) + message[3:], sender)
        except socket.timeout:
            secondary.settimeout(10 * SLOW)


class Restart(unittest.TestCase):
    NAMES = [("web", "A"), ("web", "AAAA"), ("web", "SRV"), ("v1.web", "A"), ("web-1.web", "A"), ("_http._tcp.web", "SRV"),
             ("_services._dns-sd._udp", "PTR"), ("down", "A"), ("nosuch", "A"), ("", "NS")]

    def answers(self, box):
        """Rotation and the serial aside."""
        told = [box.query(name, type_, edns=1232) for name, type_ in self.NAMES]
        return [(reply.rcode, sorted(reply.data("answer"))) for reply in told]

    def test_the_first_queries_after_a_restart_have_the_same_answers(self):
        with Box() as box:
            for number in range(1, 4):
                box.register(service="web", id=f"web-{number}", addresses=[f"10.0.0.{number}", f"fd00::{number}"],
                             tags=["v1"], ports={"http": {"port": 80, "protocol": "tcp"}})
            box.register(service="down", address="10.0.1.1", status="critical")
            before, serial = self.answers(box), self.serial(box)
            box.restart()
            self.assertEqual(self.answers(box), before)
            self.assertGreaterEqual(self.serial(box), serial)

    @staticmethod
    def serial(box):
        return int(dns_ask("127.0.0.1", box.port, "service.local.", "SOA").data("answer")[0].split()[2])


if __name__ == "__main__":
    unittest.main()
