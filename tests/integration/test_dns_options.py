"""Cookies, NSID, access, rate limit and query log of a real daemon, asked by dig and by hand."""
import json
import os
import re
import sys
import tempfile
import unittest

from box import DAEMON, Box, eventually, in_namespace, need
from quiet_allocator import WATCHING, quiet_allocator

SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"


def settings(**values):
    return [f"--set=dns.{key}={value}" for key, value in values.items()]


def box_with(**values):
    box = Box(start=False)
    box.start(arguments=settings(**values))
    return box


def cookie_of(text):
    found = re.search(r"COOKIE: ([0-9a-f]+)( \((\w+)\))?", text)
    return (found.group(1), found.group(3)) if found else (None, None)


class Cookies(unittest.TestCase):
    def test_dig_finds_the_cookie_good_and_gets_the_same_again(self):
        need("dig")
        with Box() as box:
            first, word = cookie_of(box.dig("+cookie=0102030405060708", "web.service.local"))
            self.assertEqual((len(first), first[:16], word), (48, "0102030405060708", "good"))
            again, word = cookie_of(box.dig("+cookie=" + first, "web.service.local"))
            self.assertEqual((again, word), (first, "good"))

    def test_a_random_secret_does_not_outlive_the_daemon(self):
        need("dig")
        with Box() as box:
            first, _ = cookie_of(box.dig("+cookie=0102030405060708", "web.service.local"))
            box.restart()
            again, _ = cookie_of(box.dig("+cookie=" + first, "web.service.local"))
            self.assertEqual(again[:16], first[:16])
            self.assertNotEqual(again[32:], first[32:])

    def test_two_servers_with_one_secret_take_each_others_cookies(self):
        need("dig")
        with box_with(cookie_secret=SECRET) as one, box_with(cookie_secret=SECRET, cookies="enforce") as other:
            cookie, _ = cookie_of(one.dig("+cookie=0102030405060708", "web.service.local"))
            reply = other.dig("+nobadcookie", "+cookie=" + cookie, "web.service.local")
            self.assertIn("status: NXDOMAIN", reply)
            self.assertEqual(cookie_of(reply)[0], cookie)
            wrong = cookie[:-2] + ("00" if cookie[-2:] != "00" else "01")
            self.assertIn("status: BADCOOKIE", other.dig("+nobadcookie", "+cookie=" + wrong, "web.service.local"))
            # dig asks again with the cookie that it was given
            self.assertIn("status: NXDOMAIN", other.dig("+cookie=0102030405060708", "web.service.local"))

    def test_a_cookie_is_all_that_is_asked_for(self):
        need("dig")
        with Box() as box:
            text = box.dig("+header-only", "+cookie=0102030405060708")
            self.assertIn("status: NOERROR", text)
            self.assertIn("QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1", text)
            self.assertEqual(len(cookie_of(text)[0]), 48)


class Options(unittest.TestCase):
    def test_nsid_is_told_to_who_asks(self):
        need("dig")
        with box_with(nsid="ns-1") as box:
            self.assertIn('NSID: 6e 73 2d 31 ("ns-1")', box.dig("+nsid", "web.service.local"))
            self.assertNotIn("NSID", box.dig("web.service.local"))

    def test_client_subnet_comes_back_with_scope_0_where_locality_is_on(self):
        need("dig")
        with box_with(locality="on") as box:
            self.assertIn("CLIENT-SUBNET: 192.0.2.0/24/0", box.dig("+subnet=192.0.2.0/24", "web.service.local"))
        with Box() as box:
            self.assertNotIn("CLIENT-SUBNET", box.dig("+subnet=192.0.2.0/24", "web.service.local"))

    def test_who_may_not_ask_is_refused_and_told_so(self):
        need("dig")
        with box_with(allow_query="[192.0.2.0/24]") as box:
            text = box.dig("web.service.local")
            self.assertIn("status: REFUSED", text)
            self.assertIn("EDE: 18 (Prohibited)", text)
            self.assertIn("status: REFUSED", box.dig("+tcp", "web.service.local"))


class QueryLog(unittest.TestCase):
    def lines(self, path):
        with open(path, encoding="ascii") as file:  # of the last line there may be a part yet
            return [json.loads(line) for line in file if line.endswith("\n")]

    def test_every_query_is_a_line_of_json(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/queries"
            with box_with(query_log=path) as box:
                box.register(service="web", id="web-1", addresses=["10.0.0.1"], port=80)
                for _ in range(20):
                    box.query("web")
                    box.query("nosuch", "SRV", tcp=True)
                eventually(lambda: len(self.lines(path)) == 40)
            lines = self.lines(path)
            self.assertEqual(len(lines), 40)
            web = [line for line in lines if line["name"] == "web.service.local."]
            self.assertEqual(len(web), 20)
            self.assertEqual({(line["client"], line["transport"], line["type"], line["class"], line["rcode"],
                               line["answers"], line["truncated"], line["sent"]) for line in web},
                             {("127.0.0.1", "udp", "A", "IN", "NOERROR", 1, False, True)})
            self.assertEqual({(line["transport"], line["rcode"]) for line in lines if line not in web},
                             {("tcp", "NXDOMAIN")})
            self.assertRegex(web[0]["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$")

    def test_a_sample_is_every_nth(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/queries"
            with box_with(query_log=path, query_log_sample=10) as box:
                for _ in range(50):
                    box.query("web")
            self.assertEqual(len(self.lines(path)), 5)

    def test_a_log_that_was_renamed_is_begun_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/queries"
            with box_with(query_log=path) as box:
                box.query("one")
                eventually(lambda: len(self.lines(path)) == 1)
                os.rename(path, path + ".1")
                eventually(lambda: os.path.exists(path))
                box.query("two")
                eventually(lambda: len(self.lines(path)) == 1)
            self.assertEqual(self.lines(path + ".1")[0]["name"], "one.service.local.")
            self.assertEqual(self.lines(path)[0]["name"], "two.service.local.")


class QuietPath(unittest.TestCase):
    def test_a_worker_allocates_nothing_for_options_and_log(self):
        need("dig")
        with tempfile.TemporaryDirectory() as folder, quiet_allocator() as environment:
            box = Box(start=False, env=environment)
            box.start(arguments=settings(nsid="ns-1", locality="on", query_log=f"{folder}/queries",
                                         allow_query="[127.0.0.0/8]"))
            with box:
                for name in ("web", "nosuch", ""):
                    for how in ("+tcp", "+notcp"):
                        text = box.dig(how, "+nsid", "+keepalive", "+subnet=192.0.2.0/24",
                                       "+cookie=0102030405060708", f"{name}.service.local".lstrip("."))
                        self.assertIn("NSID", text)
                        self.assertEqual(cookie_of(text)[1], "good")
                self.assertIn(WATCHING, box.log_text(), "the allocator was not there")


FLOOD = """
import socket, struct, time
name = b"\\3web\\7service\\5local\\0"
query = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + name + b"\\0\\1\\0\\1"
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.bind(("192.0.2.1", 0))
asker.connect(("192.0.2.53", 53))
whole = cut = 0


def take(timeout):
    global whole, cut
    asker.settimeout(timeout)
    try:
        while True:
            reply = asker.recv(4096)
            cut, whole = (cut + 1, whole) if reply[2] & 2 else (cut, whole + 1)
    except (TimeoutError, BlockingIOError):
        pass


def lost():
    # Datagrams that were dropped, at either end, because a buffer was full.
    names, values = [line.split() for line in open("/proc/net/snmp") if line.startswith("Udp:")]
    return int(values[names.index("RcvbufErrors")])


start = time.monotonic()
for i in range(1000):
    asker.send(query)
    if i % 10 == 9:  # not faster than both ends read
        take(0.002)
quick = time.monotonic() - start < 1
take(0.3)
print(whole, cut, quick, lost())
"""


class RateLimit(unittest.TestCase):
    def test_a_flood_from_another_network_gets_200_a_second(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/flood.py", "w", encoding="ascii") as file:
                file.write(FLOOD)
            done = in_namespace(f"""
ip addr add 192.0.2.53/24 dev lo
ip addr add 192.0.2.1/24 dev lo
{DAEMON} --set 'dns.listen=["192.0.2.53:53"]' --set registry.socket={folder}/s --set registry.store=memory \\
    --set node=n1 >{folder}/log 2>&1 &
daemon=$!
for i in $(seq 200); do grep -q ready: {folder}/log && break; sleep 0.05; done
{sys.executable} {folder}/flood.py
kill $daemon
wait $daemon
""")
            self.assertEqual(done.returncode, 0, done.stderr)
            whole, cut, quick, lost = done.stdout.split()
            # The flood may lie in two of the limit's seconds, or more on a slow machine.
            self.assertGreaterEqual(int(whole), 200)
            if quick == "True":
                self.assertLessEqual(int(whole), 400)
            if lost == "0":
                self.assertLessEqual(abs(int(cut) - (1000 - int(whole)) / 2), 2)


if __name__ == "__main__":
    unittest.main()
