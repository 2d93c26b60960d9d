"""The truth table of dns and udp: real name servers, and servers that do one thing wrong."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

from box import Box, eventually, free_port, need

# The words of a check are those of its first failure: a busy machine must not make a time-out of it.
FAST = {"interval": "300ms", "timeout": "60s", "failure_threshold": 1}
SOON = {**FAST, "timeout": "2s"}  # where the end of the time is wanted
CRITICAL, PASSING, WARNING = "critical", "passing", "warning"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class UdpServer:
    """`answer(datagram)` gives a list of datagrams to send back."""

    def __init__(self, answer):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = free_port()  # for TCP too
        self.socket.bind(("127.0.0.1", self.port))
        self.answer = answer
        self.seen = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                datagram, sender = self.socket.recvfrom(65535)
                if datagram == b"stop":
                    return
                self.seen.append(datagram)
                for reply in self.answer(datagram):
                    self.socket.sendto(reply, sender)
            except OSError:
                return

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
            caller.sendto(b"stop", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.socket.close()


class TcpToo(UdpServer):
    """The same port by TCP: `by_tcp(connection)`."""

    def __init__(self, answer, by_tcp):
        super().__init__(answer)
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.by_tcp = by_tcp
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.settimeout(5)
                    self.by_tcp(connection)
                except OSError:
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.acceptor.join(5)
        super().close()


def reply(query, flags=0x8180, answers=(), id_=None, question=None):
    """A reply to `query`, which has one question and nothing else."""
    question = query[12:] if question is None else question
    head = struct.pack(">6H", struct.unpack(">H", query[:2])[0] if id_ is None else id_, flags, 1 if question else 0,
                       len(answers), 0, 0)
    return head + question + b"".join(answers)


def a_record(address):
    return b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton(address)


def by_tcp(answers):
    def serve(connection):
        length, = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))
        whole = reply(connection.recv(length, socket.MSG_WAITALL), answers=answers)
        framed = struct.pack(">H", len(whole)) + whole
        connection.sendall(framed[:5])
        connection.sendall(framed[5:])
        connection.recv(1)
    return serve


def closes(connection):
    connection.recv(512)
    connection.sendall(b"\x00\x40half")


class Table(unittest.TestCase):
    """Subclasses have `kind`, rows() and start(stack), which fills cls.ports."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.ports, cls.servers = {}, {}
        cls.start()
        cls.box = cls.stack.enter_context(Box())
        for row, (server, _, _, options) in cls.rows().items():
            port = cls.ports[server] if server else 1
            cls.box.register(service="job", id=row, address="127.0.0.1", port=port,
                             checks=[{"kind": cls.kind, **(SOON if server in cls.silent else FAST), **options}])

    @classmethod
    def add(cls, name, server):
        cls.stack.callback(server.close)
        cls.ports[name], cls.servers[name] = server.port, server

    def judge(self, name, health, words):
        def told():
            for instance in self.box.ask("get", service="job", healthy=False)["instances"]:
                if instance["id"] == name:
                    check = instance["checks"][0]
                    self.last = check.get("status"), check.get("output", "")
            return self.last[0] == health and words in self.last[1]
        try:
            eventually(told, 20, 0.05)
        except AssertionError:
            self.fail(f"{name}: expected {health}, \"{words}\"; it is {self.last}")


def fill(table):
    for row, (_, health, words, _) in table.rows().items():
        def test(self, row=row, health=health, words=words):
            self.judge(row, health, words)
        setattr(table, "test_" + row, test)
    return table


@fill
class Dns(Table):
    """Servers that do one thing wrong, and one that does all right."""
    kind = "dns"
    silent = ("wrong_id", "wrong_question", "echo", "silent", "garbage", "cut_silent")

    @classmethod
    def rows(cls):
        q = {"query": "web.test A"}
        return {
            "answers": ("good", PASSING, "NOERROR, 1 A record", q),
            "answers_the_expected_record": ("good", PASSING, "NOERROR", {**q, "expect_answer": "192.0.2.1"}),
            "answers_any_record": ("good", PASSING, "NOERROR", {**q, "expect_answer": "any"}),
            "answers_without_records": ("empty", PASSING, "NOERROR, 0 A records", q),
            "lacks_a_record": ("empty", CRITICAL, "without the expected record: NOERROR, 0 A records",
                               {**q, "expect_answer": "any"}),
            "has_another_record": ("good", CRITICAL, "none of its 1 A records is \"192.0.2.9\"",
                                   {**q, "expect_answer": "192.0.2.9"}),
            "servfail": ("servfail", CRITICAL, "unexpected DNS status: SERVFAIL, expected NOERROR", q),
            "nxdomain": ("nxdomain", CRITICAL, "unexpected DNS status: NXDOMAIN, expected NOERROR", q),
            "nxdomain_where_expected": ("nxdomain", PASSING, "NXDOMAIN", {**q, "expect_rcode": "NOERROR,NXDOMAIN"}),
            "formerr_without_question": ("formerr", CRITICAL, "unexpected DNS status: FORMERR", q),
            "wrong_id": ("wrong_id", CRITICAL, "did not answer in time: no answer within", q),
            "wrong_id_is_named": ("wrong_id", CRITICAL, "a reply had another id than the question", q),
            "wrong_question": ("wrong_question", CRITICAL, "a reply was to another question", q),
            "echo": ("echo", CRITICAL, "what came back was a question", q),
            "forged_first_then_right": ("forged", PASSING, "NOERROR", q),
            "silence": ("silent", CRITICAL, "did not answer in time", q),
            "refused": (None, CRITICAL, "refused the connection", q),
            "garbage": ("garbage", CRITICAL, "did not answer in time", q),
            "broken_record": ("broken", CRITICAL, "a record of its reply is broken", q),
            "no_question": ("no_question", CRITICAL, "does not repeat the question", q),
            "cut_then_by_tcp": ("cut", PASSING, "NOERROR, 2 A records", q),
            "cut_and_no_tcp": ("cut_alone", CRITICAL, "refused the connection: by TCP", q),
            "cut_and_tcp_closes": ("cut_closes", CRITICAL, "its reply by TCP ended too early", q),
            "cut_and_tcp_is_silent": ("cut_silent", CRITICAL, "it was asked by TCP", q),
            "recursion_off": ("no_rd", PASSING, "NOERROR", {**q, "recursion": False}),
        }

    @classmethod
    def start(cls):
        right = a_record("192.0.2.1")
        forged = [lambda q: reply(q, id_=struct.unpack(">H", q[:2])[0] ^ 1), lambda q: reply(q, answers=[right])]
        for name, answer in {
            "good": lambda q: [reply(q, answers=[right])],
            "empty": lambda q: [reply(q)],
            "servfail": lambda q: [reply(q, 0x8182)],
            "nxdomain": lambda q: [reply(q, 0x8183)],
            "formerr": lambda q: [reply(q, 0x8181, question=b"")],
            "wrong_id": lambda q: [forged[0](q)],
            "wrong_question": lambda q: [reply(q, question=b"\x03ftp" + q[16:])],
            "echo": lambda q: [q],
            "forged": lambda q: [f(q) for f in forged],
            "silent": lambda q: [],
            "garbage": lambda q: [b"hello"],
            "broken": lambda q: [reply(q, answers=[right[:-2]])],
            "no_question": lambda q: [reply(q, question=b"")],
            "cut_alone": lambda q: [reply(q, 0x8380)],
            "no_rd": lambda q: [reply(q)] if q[2] & 1 == 0 else [],
        }.items():
            cls.add(name, UdpServer(answer))
        cut = lambda q: [reply(q, 0x8380)]  # noqa: E731
        cls.add("cut", TcpToo(cut, by_tcp([right, a_record("192.0.2.2")])))
        cls.add("cut_closes", TcpToo(cut, closes))
        cls.add("cut_silent", TcpToo(cut, lambda connection: connection.recv(512) and connection.recv(1)))

    def test_ids_and_ports_differ_from_run_to_run(self):
        eventually(lambda: len(self.servers["good"].seen) >= 8, 10, 0.05)
        self.assertGreater(len({q[:2] for q in self.servers["good"].seen}), 4)


@fill
class Udp(Table):
    kind = "udp"
    silent = ("silent", None)

    @classmethod
    def rows(cls):
        return {
            "echo": ("echo", PASSING, "a reply of 4 octets", {"body": "ping"}),
            "expected_text": ("echo", PASSING, "a reply", {"body": "ping", "expect_body": "in"}),
            "expected_hex": ("echo", PASSING, "a reply of 3 octets", {"body_hex": "00 ff 0a", "expect_body_hex": "ff0A"}),
            "other_text": ("echo", CRITICAL, "without the expected text", {"body": "ping", "expect_body": "pong"}),
            "silence": ("silent", CRITICAL, "did not answer in time", {"body": "ping"}),
            "silence_where_none_is_expected": ("silent", PASSING, "nobody refused it within", {}),
            "body_without_reply": ("silent", PASSING, "nobody refused it", {"body": "log line", "expect_reply": False}),
            "empty_with_reply": ("greets", PASSING, "a reply of 5 octets", {"expect_reply": True}),
            "refused": (None, CRITICAL, "refused the connection", {"body": "ping"}),
            "refused_where_no_reply_is_expected": (None, CRITICAL, "refused the connection", {}),
            "unreachable": (None, CRITICAL, "cannot be reached", {"body": "x", "target": "255.255.255.255:9"}),
            "big_reply": ("big", PASSING, "a reply of 60000 octets", {"body": "ping"}),
        }

    @classmethod
    def start(cls):
        cls.add("echo", UdpServer(lambda datagram: [datagram]))
        cls.add("silent", UdpServer(lambda datagram: []))
        cls.add("greets", UdpServer(lambda datagram: [b"hello"]))
        cls.add("big", UdpServer(lambda datagram: [b"x" * 60000]))

    def test_what_is_sent_is_what_the_options_say(self):
        eventually(lambda: {b"ping", b"\x00\xff\x0a"} <= set(self.servers["echo"].seen), 10, 0.05)
        eventually(lambda: {b"", b"log line"} <= set(self.servers["silent"].seen), 10, 0.05)


class Definitions(unittest.TestCase):
    def test_faults_name_their_field(self):
        rows = ((("dns", {}), "missing_field", "query", "query is missing"),
                (("dns", {"query": "a..b"}), "invalid_field", "query", "is not a question"),
                (("dns", {"query": "a.b NOPE"}), "invalid_field", "query", "is not a question"),
                (("dns", {"query": "a.b", "expect_rcode": "OK"}), "invalid_field", "expect_rcode", "not a DNS status"),
                (("dns", {"query": "a.b", "path": "/"}), "unknown_field", "path", ""),
                (("udp", {"body_hex": "abc"}), "invalid_field", "body_hex", "is not hexadecimal"),
                (("udp", {"body": "x", "body_hex": "00"}), "invalid_field", "body_hex", "leave one of them out"),
                (("udp", {"expect_reply": False, "expect_body": "x"}), "invalid_field", "expect_body", "no meaning"),
                (("udp", {"max_latency": "5ms"}), "invalid_field", "max_latency", "no meaning"),
                (("udp", {"target": "example..org:53"}), "invalid_field", "target", "a host name with a port"))
        with Box() as box:
            for (kind, options), code, field, words in rows:
                answer = box.ask("register", service="job", id="x", address="127.0.0.1", port=7,
                                 checks=[{"kind": kind, **options}])
                error = answer.get("error", {})
                self.assertEqual((error.get("code"), error.get("field")), (code, "checks[0]." + field), (kind, options, answer))
                self.assertIn(words, error["message"])

    def test_the_host_name_is_asked_for_by_default(self):
        server = UdpServer(lambda q: [reply(q, answers=[a_record("192.0.2.1")])])
        self.addCleanup(server.close)
        with Box() as box:
            box.register(service="job", id="x", address="ns1.web.test", port=server.port,
                         checks=[{"kind": "dns", **FAST, "target": f"127.0.0.1:{server.port}"}])
            eventually(lambda: server.seen, 10, 0.05)
        self.assertIn(b"\x03ns1\x03web\x04test\x00\x00\x01\x00\x01", server.seen[0])


class RealServers(unittest.TestCase):
    """NSD for a zone of its own, dnsmasq for names of its own; then they die."""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="rollcall-ns-")))
        self.folder.chmod(0o755)
        self.port = free_port()

    def run_server(self, *command):
        process = subprocess.Popen([shutil.which(command[0], path=PATH), *command[1:]], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)

        def stop():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(10)
        self.stack.callback(stop)
        return process

    def nsd(self):
        need("nsd")
        (self.folder / "zone").write_text("$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n" +
                                          "".join(f"big TXT \"{i:03} {'x' * 200}\"\n" for i in range(20)))
        (self.folder / "conf").write_text(
            f"server:\n  ip-address: 127.0.0.1@{self.port}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: {self.folder}\n"
            f"  pidfile: {self.folder}/pid\n  xfrdfile: {self.folder}/xfrd\n  zonelistfile: {self.folder}/list\n"
            f"  database: \"\"\n  xfrdir: {self.folder}\nremote-control:\n  control-enable: no\n"
            f"zone:\n  name: web.test\n  zonefile: zone\n")
        return self.run_server("nsd", "-d", "-c", str(self.folder / "conf"))

    def watch(self, box, rows):
        for name, (_, options) in rows.items():
            box.register(service="ns", id=name, address="127.0.0.1", port=self.port,
                         checks=[{"kind": "dns", **SOON, **options}])

    def gone(self, box, name):
        """Nobody is there any more. A question that was under way got no answer: an instance that was never asked
        before is refused."""
        self.judge(box, name, CRITICAL, "")
        self.watch(box, {"after": (None, {"query": "web.test"})})
        self.judge(box, "after", CRITICAL, "refused the connection")

    def judge(self, box, name, health, words):
        def told():
            for instance in box.ask("get", service="ns", healthy=False)["instances"]:
                if instance["id"] == name:
                    check = instance["checks"][0]
                    self.last = check.get("status"), check.get("output", "")
            return self.last[0] == health and words in self.last[1]
        try:
            eventually(told, 15, 0.05)
        except AssertionError:
            self.fail(f"{name}: expected {health}, \"{words}\"; it is {self.last}")

    def test_nsd(self):
        server = self.nsd()
        rows = {"soa": ("NOERROR, 1 SOA record", {"query": "web.test SOA", "recursion": False}),
                "a": ("NOERROR, 1 A record", {"query": "ns.web.test", "expect_answer": "192.0.2.53"}),
                "ns": ("NOERROR, 1 NS record", {"query": "web.test NS", "expect_answer": "ns.web.test"}),
                "by_tcp": ("NOERROR, 20 TXT records", {"query": "big.web.test TXT"}),
                "nxdomain": ("NXDOMAIN", {"query": "nobody.web.test", "expect_rcode": "NXDOMAIN"})}
        with Box() as box:
            self.watch(box, rows)
            for name, (words, _) in rows.items():
                self.judge(box, name, PASSING, words)
            box.register(service="ns", id="elsewhere", address="127.0.0.1", port=self.port,
                         checks=[{"kind": "dns", **FAST, "query": "example.org"}])
            self.judge(box, "elsewhere", CRITICAL, "REFUSED, expected NOERROR")
            server.send_signal(signal.SIGTERM)
            server.wait()
            self.gone(box, "soa")

    def test_dnsmasq(self):
        need("dnsmasq")
        server = self.run_server("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                                 f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root",
                                 f"--pid-file={self.folder}/pid", "--host-record=web.test,192.0.2.7", "--local=/web.test/")
        rows = {"a": ("NOERROR, 1 A record", {"query": "web.test", "expect_answer": "192.0.2.7"}),
                "nothing": ("NOERROR, 0 AAAA records", {"query": "web.test AAAA"}),
                "nxdomain": ("NXDOMAIN", {"query": "nobody.web.test", "expect_rcode": "NXDOMAIN"})}
        with Box() as box:
            self.watch(box, rows)
            for name, (words, _) in rows.items():
                self.judge(box, name, PASSING, words)
            server.send_signal(signal.SIGSTOP)
            self.judge(box, "a", CRITICAL, "did not answer in time")
            server.send_signal(signal.SIGCONT)
            self.judge(box, "a", PASSING, "NOERROR")
            server.send_signal(signal.SIGTERM)
            server.wait()
            self.gone(box, "a")


if __name__ == "__main__":
    unittest.main()
