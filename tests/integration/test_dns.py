"""DNS as real clients see it: dig, kdig, raw sockets; UDP, TCP, limits and malformed packets."""
import re
import socket
import struct
import threading
import time
import unittest

from box import SLOW, Box, dns_ask, dns_wire, eventually, full, need, read_exactly, read_framed

OPT = bytes.fromhex("00002904d0000000000000")


def status_of(text):
    found = re.search(r"status: (\w+)", text)
    return found.group(1) if found else None


def flags_of(text):
    found = re.search(r"^;; flags: ([a-z ]*);", text, re.M)
    return found.group(1).split() if found else None


class Dig(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need("dig", "kdig")
        cls.box = Box()
        cls.box.register(service="web", id="web-1", address="10.0.0.1", port=8080)
        cls.box.register(service="web", id="web-2", addresses=["10.0.0.2", "fd00::2"], port=8080)

    @classmethod
    def tearDownClass(cls):
        cls.box.__exit__(None)

    def test_short_answers(self):
        self.assertEqual(sorted(self.box.dig("+short", "web.service.local").split()), ["10.0.0.1", "10.0.0.2"])
        self.assertEqual(self.box.dig("+short", "web.service.local", "AAAA").split(), ["fd00::2"])
        self.assertEqual(sorted(self.box.dig("+short", "SRV", "web.service.local").splitlines()),
                         ["1 1 8080 web-1.web.service.local.", "1 1 8080 web-2.web.service.local."])

    def test_header_flags_follow_the_checklist(self):
        rows = [  # arguments, status, flags
            ("+noedns +noad +norec soa service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +noad +norec type1000 service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +noad +norec +cd soa service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +norec +ad soa service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +noad +norec +zflag soa service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +noad +rec soa service.local", "NOERROR", ["qr", "aa", "rd"]),
            ("+noedns +noad +norec +header-only +opcode=15", "NOTIMP", ["qr"]),
            ("+noedns +opcode=1 web.service.local", "NOTIMP", ["qr"]),
            ("+noedns +opcode=2 web.service.local", "NOTIMP", ["qr"]),
            ("+opcode=4 soa service.local", "REFUSED", ["qr"]),
            ("+opcode=5 soa service.local", "NOTIMP", ["qr"]),
            ("+aaflag +raflag +tcflag +norec +noad soa service.local", "NOERROR", ["qr", "aa"]),
            ("+noedns +noad +norec +tcp soa service.local", "NOERROR", ["qr", "aa"]),
            ("+header-only +noedns", "FORMERR", None),
            ("example.com a", "REFUSED", ["qr", "rd"]),
            (". ns +norec", "REFUSED", ["qr"]),
            ("-q web.service.local -t a -c CH", "REFUSED", None),
            ("-q web.service.local -t a -c HS", "REFUSED", None),
            ("+norec +noad -q web.service.local -t a -c ANY", "NOERROR", ["qr"]),
            ("type65280 web.service.local", "NOERROR", None),
            ("-t TYPE0 web.service.local", "NOERROR", None),
            ("nosuch.service.local", "NXDOMAIN", ["qr", "aa", "rd"]),
        ]
        for arguments, status, flags in rows:
            text = self.box.dig(*arguments.split())
            self.assertEqual(status_of(text), status, arguments + "\n" + text)
            if flags is not None:
                self.assertEqual(flags_of(text), flags, arguments + "\n" + text)

    def test_edns_follows_rfc_8906(self):
        base = "+nocookie +noad +norec soa service.local".split()
        plain = self.box.dig("+edns=0", *base)
        self.assertIn("EDNS: version: 0, flags:; udp: 1232", plain)
        one = self.box.dig("+edns=1", "+noednsneg", *base)
        self.assertEqual((status_of(one), flags_of(one)), ("BADVERS", ["qr"]))
        self.assertIn("ANSWER: 0, AUTHORITY: 0", one)
        option = self.box.dig("+edns=0", "+ednsopt=100", *base)
        self.assertNotIn("OPT=100", option)
        self.assertNotIn("MBZ", self.box.dig("+edns=0", "+ednsflags=0x40", *base))
        self.assertIn("flags: do;", self.box.dig("+edns=0", "+dnssec", *base))
        self.assertNotIn("EDNS", self.box.dig("+noedns", *base))
        self.assertIn("EDE: 20 (Not Authoritative)", self.box.dig("+edns=0", "+nocookie", "example.com"))

    def test_every_type_at_the_apex_is_noerror(self):
        types = ("A AAAA AFSDB CAA CERT CNAME DHCID DNAME DNSKEY DS HINFO HTTPS KX LOC MX NAPTR NS NSEC NSEC3 "
                 "PTR RP RRSIG SOA SRV SSHFP SVCB TLSA TXT URI").split()
        for type_ in types:
            text = self.box.dig("+norec", "-t", type_, "service.local")
            self.assertEqual(status_of(text), "NOERROR", type_)
            self.assertIn("SOA" if type_ != "NS" else "NS", text.split("QUESTION SECTION")[1], type_)

    def test_kdig_keeps_one_connection_for_two_queries(self):
        import subprocess
        done = subprocess.run(["kdig", "@127.0.0.1", "-p", str(self.box.port), "+tcp", "+keepopen", "+short",
                               "A", "web-1.web.service.local", "A", "web-2.web.service.local"],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.stdout.split(), ["10.0.0.1", "10.0.0.2"], done.stderr)

    def test_the_question_keeps_its_case(self):
        text = self.box.dig("+norec", "WeB.SerVice.LOCAL")
        self.assertIn(";WeB.SerVice.LOCAL.", text)
        self.assertRegex(text, r"(?m)^WeB\.SerVice\.LOCAL\.\s+5\s+IN\s+A\s+10\.0\.0\.")


class Malformed(unittest.TestCase):
    QUESTION = bytes.fromhex("03776562077365727669636505") + b"local" + bytes.fromhex("0000010001")

    def head(self, flags, q, a, n, r):
        return struct.pack("!6H", 0x04D2, flags, q, a, n, r)

    def test_each_packet_of_the_table_gets_its_reply(self):
        head, question = self.head, self.QUESTION
        many = b"\x3f" + b"a" * 63
        rows = {  # name: (packet, rcode or None for silence)
            "M1 nothing": (b"", None), "M1 eleven octets": (head(0, 1, 0, 0, 0)[:11], None),
            "M2 a reply": (head(0x8000, 1, 0, 0, 0) + question, None),
            "M3 no question": (head(0, 0, 0, 0, 0), 1),
            "M4 no question but OPT": (head(0, 0, 0, 0, 1) + OPT, 1),
            "M5 two questions": (head(0, 2, 0, 0, 0) + question * 2, 1),
            "M6 an octet too many": (head(0, 1, 0, 0, 0) + question + b"\xff", 1),
            "M7 two octets too few": (head(0, 1, 0, 0, 0) + question[:-2], 1),
            "M8 a pointer to itself": (head(0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", 1),
            "M9 a forward pointer": (head(0, 1, 0, 0, 0) + b"\xc0\x20\0\1\0\1" + bytes(30), 1),
            "M9 label type 0x40": (head(0, 1, 0, 0, 0) + b"\x41" + b"a" * 65 + b"\0\0\1\0\1", 1),
            "M9 label type 0x80": (head(0, 1, 0, 0, 0) + b"\x81\0\0\1\0\1", 1),
            "M11 two OPT": (head(0, 1, 0, 0, 2) + question + OPT * 2, 1),
            "M12 OPT as answer": (head(0, 1, 1, 0, 0) + question + OPT, 1),
            "M13 OPT with an owner": (head(0, 1, 0, 0, 1) + question + b"\x01a" + OPT, 1),
            "M14 RDLEN past the end": (head(0, 1, 0, 0, 1) + question + OPT[:-2] + b"\0\x09", 1),
            "M15 a record is missing": (head(0, 1, 0, 0, 1) + question, 1),
            "M16 an answer in a query": (head(0, 1, 1, 0, 0) + question + b"\xc0\x0c" +
                                         bytes.fromhex("00010001000000050004") + b"\x0a\0\0\1", 1),
            "M17 a cookie of 4": (head(0, 1, 0, 0, 1) + question + OPT[:-2] + b"\0\x08\0\x0a\0\4abcd", 1),
            "M17 a cookie of 12": (head(0, 1, 0, 0, 1) + question + OPT[:-2] + b"\0\x10\0\x0a\0\x0cabcdefghijkl", 1),
        }
        rows["M10 256 octets"] = (head(0, 1, 0, 0, 0) + many * 3 + b"\x3f" + b"a" * 63 + b"\0\0\1\0\1", 1)
        with Box() as box:
            box.register(service="web", address="10.0.0.1")
            for name, (packet, rcode) in rows.items():
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                    udp.settimeout(0.2 if rcode is None else 5 * SLOW)
                    udp.connect(("127.0.0.1", box.port))
                    udp.send(packet)
                    if rcode is None:
                        with self.assertRaises(TimeoutError, msg=name):
                            udp.recv(4096)
                    else:
                        reply = udp.recv(4096)
                        self.assertEqual(reply[3] & 15, rcode, name)
                        self.assertEqual(reply[:2], packet[:2], name)
                        self.assertLessEqual(len(reply), max(len(packet), 23), name)
                self.assertEqual(box.addresses("web"), ["10.0.0.1"], f"after {name}")


class Sizes(unittest.TestCase):
    def test_truncation_keeps_whole_records_and_tcp_has_them_all(self):
        with Box() as box, box.connect() as connection:
            connection.send(*({"op": "register", "service": "web", "id": f"i{i}", "address": f"10.0.{i // 250}.{i % 250}"}
                              for i in range(1000)))
            for _ in range(1000):
                self.assertTrue(connection.line()["ok"])
            small = box.query("web")
            self.assertEqual((small.tc, len(small.data("answer")), len(small.wire) <= 512), (True, 29, True))
            edns = box.query("web", edns=4096)
            self.assertEqual((edns.tc, len(edns.data("answer")), len(edns.wire) <= 1232), (True, 74, True))
            tiny = box.query("web", edns=100)
            self.assertLessEqual(len(tiny.wire), 512)
            whole = box.query("web", tcp=True)
            self.assertEqual((whole.tc, len(set(whole.data("answer")))), (False, 1000))

    def test_additional_records_are_dropped_without_tc(self):
        with Box() as box:
            for i in range(20):
                box.register(service="web", id=f"web-{i:02}", address=f"10.0.0.{i}", port=80)
            reply = box.query("web", "SRV", edns=1232)
            self.assertEqual((reply.tc, len(reply.data("answer"))), (False, 20))
            self.assertLess(len(reply.data("additional", "A")), 21)


class Tcp(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.box.register(service="web", address="10.0.0.1")
        self.addCleanup(self.box.__exit__, None)

    def stream(self):
        stream = socket.create_connection(("127.0.0.1", self.box.port), 10 * SLOW)
        self.addCleanup(stream.close)
        return stream

    def framed(self, name="web", id_=1):
        wire = dns_wire(full(name), "A", id_)
        return struct.pack("!H", len(wire)) + wire

    def test_five_queries_in_one_write_get_five_replies(self):
        stream = self.stream()
        stream.sendall(b"".join(self.framed(id_=i) for i in range(5)))
        self.assertEqual([struct.unpack("!H", read_framed(stream)[:2])[0] for _ in range(5)], list(range(5)))

    def test_one_octet_at_a_time_is_answered(self):
        stream = self.stream()
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in self.framed():
            stream.sendall(bytes([octet]))
            time.sleep(0.001)
        self.assertEqual(read_framed(stream)[3] & 15, 0)

    def test_a_length_below_a_header_closes(self):
        for length in (b"\0\0", b"\0\x0b" + bytes(11)):
            stream = self.stream()
            stream.sendall(length)
            self.assertEqual(stream.recv(10), b"")

    def test_a_half_closed_client_still_gets_its_reply(self):
        stream = self.stream()
        stream.sendall(self.framed())
        stream.shutdown(socket.SHUT_WR)
        self.assertEqual(read_framed(stream)[3] & 15, 0)
        self.assertEqual(stream.recv(10), b"")

    def test_a_message_of_65535_zeros_harms_nobody(self):
        stream = self.stream()
        try:
            stream.sendall(b"\xff\xff" + bytes(65535))
            stream.recv(100)
        except OSError:
            pass
        self.assertEqual(self.box.addresses("web"), ["10.0.0.1"])

    def test_a_partial_message_is_given_up_after_two_seconds(self):
        stream = self.stream()
        stream.sendall(self.framed()[:7])
        started = time.monotonic()
        self.assertEqual(stream.recv(10), b"")
        self.assertLess(time.monotonic() - started, 4 * SLOW)

    def test_more_connections_than_allowed_do_not_keep_others_out(self):
        streams = []
        for _ in range(40):
            streams.append(socket.create_connection(("127.0.0.1", self.box.port), 10))
        try:
            self.assertEqual(self.box.query("web", tcp=False).rcode, "NOERROR")
        finally:
            for stream in streams:
                stream.close()

        def answered():  # as soon as the server has seen that those are gone
            try:
                return self.box.query("web", tcp=True).rcode == "NOERROR"
            except (OSError, EOFError):
                return False
        eventually(answered)

    def test_pending_replies_leave_before_an_orderly_stop(self):
        stream = self.stream()
        stream.sendall(self.framed() * 50)
        first = read_framed(stream)
        self.assertEqual(first[3] & 15, 0)
        for _ in range(49):
            read_framed(stream)
        self.box.stop()
        self.assertEqual(stream.recv(10), b"")

    def test_a_reader_that_does_not_read_does_not_stop_others(self):
        connection = self.box.connect()
        connection.send(*({"op": "register", "service": "big", "id": f"b{i}", "address": f"10.0.{i // 250}.{i % 250}"}
                          for i in range(1000)))
        for _ in range(1000):
            connection.line()
        connection.close()
        stream = self.stream()
        stream.setblocking(False)
        try:
            for _ in range(3000):
                stream.send(self.framed("big"))
        except (BlockingIOError, ConnectionError):
            pass
        self.assertEqual(self.box.addresses("web"), ["10.0.0.1"])
        self.assertEqual(self.box.query("web", tcp=True).rcode, "NOERROR")


class Listening(unittest.TestCase):
    def test_ipv6_and_several_addresses(self):
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 loopback here")
        with Box(start=False) as box:
            text = box.config.read_text()
            box.config.write_text(text.replace(f"[127.0.0.1:{box.port}]", f"['127.0.0.1:{box.port}', '[::1]:{box.port}']"))
            box.start()
            box.register(service="web", address="10.0.0.1")
            for tcp in (False, True):
                if tcp:
                    stream = socket.create_connection(("::1", box.port), 5)
                    wire = dns_wire(full("web"), "A")
                    stream.sendall(struct.pack("!H", len(wire)) + wire)
                    reply = read_framed(stream)
                    stream.close()
                else:
                    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
                        udp.settimeout(5)
                        udp.connect(("::1", box.port))
                        udp.send(dns_wire(full("web"), "A"))
                        reply = udp.recv(4096)
                self.assertIn(bytes([10, 0, 0, 1]), reply)

    def test_a_wildcard_socket_answers_from_the_address_that_was_asked(self):
        with Box(start=False) as box:
            box.config.write_text(box.config.read_text().replace(f"127.0.0.1:{box.port}", f"0.0.0.0:{box.port}"))
            box.start()
            box.register(service="web", address="10.0.0.1")
            for host in ("127.0.0.1", "127.8.0.53"):
                self.assertEqual(dns_ask(host, box.port, full("web")).data("answer"), ["10.0.0.1"])

    def test_a_taken_port_is_a_clear_error(self):
        with Box() as first, Box(start=False) as second:
            blocker = socket.socket()
            blocker.bind(("127.0.0.1", second.port))
            blocker.listen(1)
            second.start(wait=False)
            self.assertNotEqual(second.process.wait(10), 0)
            self.assertIn(f"127.0.0.1:{second.port}", second.log_text())
            self.assertIn("in use", second.log_text())
            blocker.close()

    def test_two_workers_answer_alike_under_load(self):
        with Box(workers=2) as box:
            for i in (1, 2, 3):
                box.register(service="web", id=f"web-{i}", address=f"10.0.0.{i}", port=80)
            seen, faults = [], []

            def ask():
                try:
                    for _ in range(300):
                        seen.append(tuple(sorted(box.query("web").data("answer"))))
                except Exception as fault:  # noqa: BLE001 - told below
                    faults.append(fault)
            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(faults, [])
            self.assertEqual(set(seen), {("10.0.0.1", "10.0.0.2", "10.0.0.3")})


class StaticRecords(unittest.TestCase):
    ZONE = """$TTL 300
@ IN MX 10 mail
ns IN A 10.0.0.53
mail IN A 10.0.0.25
mail IN TXT "static text"
"""

    def box_with(self, text, **options):
        box = Box(zone_extra="    file: static.zone\n", start=False, **options)
        (box.folder / "static.zone").write_text(text)
        return box

    def test_a_master_file_is_merged_with_the_registry(self):
        with self.box_with(self.ZONE) as box:
            box.start()
            box.register(service="web", address="10.0.0.1")
            self.assertEqual(box.addresses("mail"), ["10.0.0.25"])
            self.assertEqual(box.addresses("ns"), ["10.0.0.53"])
            self.assertEqual(box.query("mail", "TXT").data("answer"), ["static text"])
            self.assertEqual(box.query("", "NS").data("answer"), ["ns.service.local."])
            self.assertEqual(box.query("", "NS").data("additional", "A"), ["10.0.0.53"])
            self.assertEqual(len(box.query("", "MX").data("answer")), 1)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_a_service_at_a_static_name_is_refused_when_it_registers(self):
        with self.box_with(self.ZONE) as box:
            box.start()
            reply = box.ask("register", service="mail", address="10.0.0.1")
            self.assertEqual(reply["error"]["code"], "conflict", reply)
            self.assertIn("static.zone", reply["error"]["message"])
            self.assertEqual(box.addresses("mail"), ["10.0.0.25"])

    def test_a_clash_with_the_database_is_a_clear_error_at_load(self):
        with self.box_with("ns IN A 10.0.0.53\n") as box:
            box.start()
            box.register(service="mail", address="10.0.0.1")
            box.stop()
            (box.folder / "static.zone").write_text(self.ZONE)
            box.start(wait=False)
            self.assertNotEqual(box.process.wait(10), 0)
            self.assertIn("static.zone", box.log_text())
            self.assertIn("mail", box.log_text())

    def test_a_broken_master_file_is_named_with_its_line(self):
        for text in ("mail IN A 10.0.0.300\n", "mail IN A\n", "a.example.com. IN A 10.0.0.1\n"):
            with self.box_with("; first line\n" + text) as box:
                box.start(wait=False)
                self.assertNotEqual(box.process.wait(10), 0)
                self.assertIn("static.zone:2", box.log_text())


if __name__ == "__main__":
    unittest.main()
