"""The HTTP server alone (tests/http/http_town.c) and in the daemon: what clients do to it, well and badly."""
import contextlib
import hashlib
import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import warnings

from box import BIN, CLI, DAEMON, SLOW, Box, DefaultPorts, eventually, free_port
from certificates import Authority

TOWN = BIN.parent / "tests" / "http_town"
TOKEN, READER = "the-token-of-a-writer", "the-token-of-a-reader"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Town:
    """http_town with a configuration; `api` is the rest of that section."""

    def __init__(self, api="", listen=None):
        self.folder = tempfile.TemporaryDirectory(prefix="rollcall-town-")
        self.path = pathlib.Path(self.folder.name)
        self.port = free_port()
        config = self.path / "town.yaml"
        config.write_text(f"node: n1\nzones: [{{apex: service.local.}}]\napi:\n  listen: {listen or f'[127.0.0.1:{self.port}]'}\n"
                          + api.replace("{folder}", str(self.path)))
        self.log = (self.path / "log").open("wb")
        self.process = subprocess.Popen([str(TOWN), str(config)], stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        assert line == b"ready\n", (self.path / "log").read_text()

    def ask(self, method, path, body=None, headers=None, **options):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20 * SLOW)
        try:
            return self.ask_on(connection, method, path, body, headers, **options)
        finally:
            connection.close()

    @staticmethod
    def ask_on(connection, method, path, body=None, headers=None, **options):
        connection.request(method, path, body, headers or {}, **options)
        reply = connection.getresponse()
        reply.text = reply.read()
        return reply

    def raw(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20 * SLOW)
        return connection

    def now(self):
        return json.loads(self.ask("GET", "/now").text)

    def log_text(self):
        return (self.path / "log").read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20 * SLOW)
        self.process.stdout.close()
        self.log.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        code = self.stop()
        text = self.log_text()
        self.folder.cleanup()
        if kind is None:
            assert code == 0, f"http_town ended with {code}:\n{text}"
        else:
            print(text[-4000:])


def read_reply(stream):
    """Status and body of one reply from a file of a socket; (None, b"") at the end."""
    line = stream.readline()
    if not line:
        return None, b""
    length = 0
    for header in iter(stream.readline, b"\r\n"):
        if header.lower().startswith(b"content-length:"):
            length = int(header.split(b":")[1])
    return int(line.split()[1]), stream.read(length)


def end_of(connection):
    """Reads until the other side closes; what came, and how long it took."""
    start, text = time.monotonic(), b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65536):
            text += more
    return text, time.monotonic() - start


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = Town("  request_timeout: 1s\n  idle_timeout: 2s\n").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.town.__exit__(None)

    def test_one_connection_carries_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.town.port, timeout=10 * SLOW)
        for _ in range(50):
            self.assertEqual(Town.ask_on(connection, "GET", "/json").status, 200)
        own = connection.sock.getsockname()
        Town.ask_on(connection, "PUT", "/echo", b"x" * 1000)
        self.assertEqual(connection.sock.getsockname(), own)
        connection.close()

    def test_requests_sent_in_one_go_are_answered_in_their_order(self):
        with self.town.raw() as raw:
            raw.sendall(b"GET /path/one HTTP/1.1\r\nHost: x\r\n\r\n"
                        b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
                        b"GET /late HTTP/1.1\r\nHost: x\r\n\r\nGET /path/four HTTP/1.1\r\nHost: x\r\n\r\n")
            stream = raw.makefile("rb")
            self.assertEqual([read_reply(stream) for _ in range(4)],
                             [(200, b"one"), (200, b"two"), (200, b"late"), (200, b"four")])

    def test_a_body_in_chunks_is_read(self):
        reply = self.town.ask("PUT", "/echo", iter([b"a" * 3000, b"b", b"c" * 70000]), encode_chunked=True,
                              headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(reply.text, b"a" * 3000 + b"b" + b"c" * 70000)

    def test_two_lengths_of_one_body_are_refused(self):
        with self.town.raw() as raw:
            raw.sendall(b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                        b"0\r\n\r\nGET /json HTTP/1.1\r\nHost: x\r\n\r\n")
            text, _ = end_of(raw)
            self.assertTrue(text.startswith(b"HTTP/1.1 400"), text)
            self.assertEqual(text.count(b"HTTP/1.1"), 1)

    def test_expect_100_continue_is_answered_before_the_body(self):
        with self.town.raw() as raw:
            raw.sendall(b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            stream = raw.makefile("rb")
            self.assertEqual(stream.readline().split()[1], b"100")
            self.assertEqual(stream.readline(), b"\r\n")
            raw.sendall(b"body")
            self.assertEqual(read_reply(stream), (200, b"body"))

    def test_a_body_that_is_too_large_is_refused_before_it_comes(self):
        with self.town.raw() as raw:
            raw.sendall(b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200001\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(read_reply(raw.makefile("rb")),
                             (413, b"Request body(200001 bytes) too large, max size: 200000 bytes"))

    def test_a_body_that_is_too_large_is_refused_when_it_has_come(self):
        for method, most in (("PUT", 200000), ("POST", 10)):
            self.assertEqual(self.town.ask(method, "/echo", b"x" * most).status, 200)
            reply = self.town.ask(method, "/echo", b"x" * (most + 1))
            self.assertEqual((reply.status, reply.text), (413, b"Request body(%d bytes) too large, max size: %d bytes" % (most + 1, most)))
        self.assertEqual(self.town.ask("PUT", "/echo", b"x" * 3000000).status, 413)
        self.assertEqual(self.town.ask("GET", "/json", b"x" * 65537).status, 413)

    def test_head_is_get_without_its_body(self):
        reply = self.town.ask("HEAD", "/json")
        self.assertEqual((reply.status, reply.text, reply.headers["Content-Length"]), (200, b"", "37"))

    def test_options_and_wrong_methods_say_what_is_allowed(self):
        reply = self.town.ask("OPTIONS", "/echo")
        self.assertEqual((reply.status, reply.text, reply.headers["Allow"]), (200, b"", "OPTIONS,PUT,POST"))
        for method in ("GET", "PATCH", "DELETE", "BREW"):
            reply = self.town.ask(method, "/echo")
            self.assertEqual((reply.status, reply.text, reply.headers["Allow"]),
                             (405, b"method %s not allowed" % method.encode(), "OPTIONS,PUT,POST"))

    def test_an_unknown_path_is_404(self):
        self.assertEqual(self.town.ask("GET", "/nosuch").status, 404)
        self.assertEqual(self.town.ask("GET", "/json/").status, 404)

    def test_pretty_indents_json_and_nothing_else(self):
        self.assertEqual(self.town.ask("GET", "/json?pretty").text,
                         b'{\n    "Node": "n1",\n    "List": [\n        1,\n        2\n    ],\n    "Empty": {}\n}\n')
        self.assertEqual(self.town.ask("GET", "/path/a{b?pretty").text, b"a{b")

    def test_paths_are_matched_before_they_are_decoded(self):
        self.assertEqual(self.town.ask("GET", "/path/a%2Fb/c%20d+e").text, b"a/b/c d+e")
        self.assertEqual(self.town.ask("GET", "/path/x/leaf").text, b"x")
        self.assertEqual(self.town.ask("GET", "/path/x%2Fleaf").text, b"x/leaf")
        self.assertEqual(self.town.ask("GET", "/path//a/../b").text, b"/a/../b")
        self.assertEqual(self.town.ask("GET", "/path/").text, b"")

    def test_a_query_is_decoded_with_plus_as_a_space(self):
        self.assertEqual(self.town.ask("PUT", "/echo?name=a+b%2Bc&name=d").headers["X-Name"], "a b+c")

    def test_a_bad_target_is_refused_in_words(self):
        for target, status in (("/path/%zz", 400), ("/path/%0a", 400), ("/path/%00", 400), ("/json?a=%4", 400),
                               ("nothing", 400), ("/json?" + "&".join("abc"[i % 3] for i in range(65)), 400),
                               ("http://127.0.0.1/json", 200), ("/json?" + "x" * 20000, 414)):
            with self.town.raw() as raw:
                raw.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                self.assertEqual(read_reply(raw.makefile("rb"))[0], status, target[:40])

    def test_headers_that_are_too_large_are_refused(self):
        with self.town.raw() as raw:
            raw.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 20000 + b"\r\n\r\n")
            self.assertEqual(read_reply(raw.makefile("rb"))[0], 431)

    def test_what_is_no_http_is_hung_up_on(self):
        for text in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"\r\n" * 5000, b"GET\r\n\r\n", b"\x00" * 100):
            with self.town.raw() as raw:
                raw.sendall(text)
                with contextlib.suppress(OSError):  # it may have hung up already
                    raw.shutdown(socket.SHUT_WR)
                end_of(raw)
        self.assertEqual(self.town.ask("GET", "/json").status, 200)

    def test_a_request_that_drips_is_cut_though_it_never_pauses(self):
        for start, drop in ((b"", b"G"), (b"GET /json HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
                            (b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"b")):
            with self.town.raw() as raw:
                raw.sendall(start)
                begun = time.monotonic()
                with self.assertRaises(OSError):
                    while time.monotonic() - begun < 8 * SLOW:
                        raw.sendall(drop)
                        time.sleep(0.05)
                self.assertGreater(time.monotonic() - begun, 0.9)

    def test_a_connection_without_requests_is_closed(self):
        with self.town.raw() as raw:
            raw.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(read_reply(raw.makefile("rb"))[0], 200)
            _, took = end_of(raw)
            self.assertGreater(took, 1.5)
            self.assertLess(took, 8 * SLOW)

    def test_a_handler_that_forgets_to_answer_is_our_error(self):
        self.assertEqual(self.town.ask("GET", "/silent").status, 500)

    def test_nothing_to_do_costs_nothing(self):
        def ticks():
            fields = pathlib.Path(f"/proc/{self.town.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        with self.town.raw() as idle, self.town.raw() as waiting:
            idle.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n")
            read_reply(idle.makefile("rb"))
            waiting.sendall(b"GET /wait?index=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            eventually(lambda: self.town.now()["waiting"] == 1)
            before = ticks()
            time.sleep(1)
            self.assertLess(ticks() - before, 10 * SLOW)


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Waiting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = Town("  idle_timeout: 1s\n").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.town.__exit__(None)

    def version(self):
        return json.loads(self.town.ask("GET", "/wait").text)["Version"]

    def wait(self, query=""):
        raw = self.town.raw()
        raw.sendall(f"GET /wait?index={self.version()}{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return raw

    def waiting(self, count):
        eventually(lambda: self.town.now()["waiting"] == count, 10)

    def test_a_change_wakes_all_that_wait_each_with_one_answer(self):
        waiters = [self.wait() for _ in range(30)] + [self.wait("&pretty")]
        self.waiting(31)
        version = int(self.town.ask("PUT", "/change").text)
        for waiter in waiters[:30]:
            self.assertEqual(read_reply(waiter.makefile("rb")), (200, b'{"Version":%d}' % version))
        self.assertEqual(read_reply(waiters[30].makefile("rb")), (200, b'{\n    "Version": %d\n}\n' % version))
        self.waiting(0)
        for waiter in waiters:
            waiter.close()

    def test_time_ends_a_wait(self):
        with self.wait("&wait=200") as waiter:
            start = time.monotonic()
            self.assertEqual(read_reply(waiter.makefile("rb"))[0], 200)
            self.assertGreater(time.monotonic() - start, 0.15)
        self.waiting(0)

    def test_a_wait_is_longer_than_idle_connections_may_be(self):
        with self.wait("&wait=2500") as waiter:
            self.assertEqual(read_reply(waiter.makefile("rb"))[0], 200)

    def test_a_client_that_goes_frees_its_place_at_once(self):
        waiters = [self.wait() for _ in range(20)]
        self.waiting(20)
        before = self.town.now()
        for waiter in waiters:
            waiter.close()
        eventually(lambda: self.town.now()["waiting"] == 0)  # their wait would take 60 s
        after = self.town.now()
        self.assertEqual(after["emptied"], before["emptied"] + 1)
        eventually(lambda: self.town.now()["connections"] == 1)

    def test_a_client_that_resets_frees_its_place_too(self):
        waiter = self.wait()
        self.waiting(1)
        waiter.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        waiter.close()
        eventually(lambda: self.town.now()["waiting"] == 0)

    def test_what_comes_later_reaches_a_client_or_nobody(self):
        self.assertEqual(self.town.ask("GET", "/late").text, b"late")
        raw = self.town.raw()
        raw.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        raw.close()
        eventually(lambda: self.town.now()["connections"] == 1, 5)

    def test_a_stream_brings_what_is_written_until_it_ends(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.town.port, timeout=10 * SLOW)
        connection.request("GET", "/stream")
        reply = connection.getresponse()
        self.assertEqual((reply.status, reply.headers["Content-Type"]), (200, "text/event-stream"))
        self.assertEqual(reply.read(6), b"hello\n")
        self.town.ask("PUT", "/say?size=3000000")
        self.assertEqual(len(reply.read(3000000)), 3000000)
        self.town.ask("PUT", "/say?end")
        self.assertEqual(reply.read(), b"xxxxx")
        eventually(lambda: self.town.now()["streams"] == 0, 5)
        connection.close()

    def test_a_stream_whose_client_goes_is_closed(self):
        raw = self.town.raw()
        raw.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: self.town.now()["streams"] == 1, 5)
        raw.close()
        eventually(lambda: self.town.now()["streams"] == 0)

    def test_a_thousand_wait_and_all_hear_of_one_change(self):
        query = f"GET /wait?index={self.version()} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        waiters = [self.town.raw() for _ in range(1000)]
        for waiter in waiters:
            waiter.sendall(query)
        self.waiting(1000)
        self.town.ask("PUT", "/change")
        for waiter in waiters:
            self.assertTrue(waiter.recv(100).startswith(b"HTTP/1.1 200"))
            waiter.close()
        self.waiting(0)


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Stopping(unittest.TestCase):
    def test_those_that_wait_hear_that_it_stops(self):
        with Town() as town:
            raws = [town.raw() for _ in range(3)]
            for raw, path in zip(raws, ("wait?index=1", "stream", "late")):
                raw.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            eventually(lambda: town.now()["waiting"] == 1 and town.now()["streams"] == 1, 5)
            self.assertEqual(town.stop(), 0)
            self.assertIn(b"503", end_of(raws[0])[0])
            self.assertTrue(end_of(raws[1])[0].endswith(b"hello\n\r\n0\r\n\r\n"))
            end_of(raws[2])
            for raw in raws:
                raw.close()


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Limits(unittest.TestCase):
    def test_too_many_connections_of_one_address_get_429(self):
        with Town("  max_clients_per_address: 5\n") as town:
            crowd = [town.raw() for _ in range(5)]
            for raw in crowd:
                raw.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(read_reply(raw.makefile("rb"))[0], 200)
            with town.raw() as raw:
                status, text = read_reply(raw.makefile("rb"))
                self.assertEqual(status, 429)
                self.assertIn(b"max_clients_per_address", text)
            crowd.pop().close()

            def again():
                with town.raw() as raw:
                    raw.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n")
                    with contextlib.suppress(ConnectionError):
                        return read_reply(raw.makefile("rb"))[0] == 200
            eventually(again, 5)
            for raw in crowd:
                raw.close()

    def test_too_many_requests_of_one_address_get_429(self):
        with Town("  rate_limit: 20\n") as town:
            with town.raw() as raw:  # all in one go: a slow machine would stay below the rate
                raw.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n" * 60)
                stream = raw.makefile("rb")
                statuses = [read_reply(stream)[0] for _ in range(60)]
            self.assertEqual(statuses[:15], [200] * 15)
            self.assertIn(429, statuses)
            eventually(lambda: town.ask("GET", "/json").status == 200, 5)

    def test_a_unix_socket_carries_http_beside_tcp(self):
        with Town("  socket: {folder}/api.sock\n  socket_mode: \"0600\"\n  max_clients_per_address: 1\n") as town:
            path = town.path / "api.sock"
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            for _ in range(3):
                with socket.socket(socket.AF_UNIX) as raw:
                    raw.connect(str(path))
                    raw.sendall(b"GET /json HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")
                    self.assertEqual(read_reply(raw.makefile("rb"))[0], 200)
        self.assertFalse(path.exists())


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Rights(unittest.TestCase):
    TOKENS = (f"  tokens:\n    - {{name: writer, sha256: {sha256(TOKEN)}, operate: [\"*\"]}}\n"
              f"    - {{name: reader, sha256: {sha256(READER)}, read: [\"web*\"]}}\n")

    def test_a_token_comes_by_query_header_or_bearer(self):
        with Town(self.TOKENS + "  anonymous: none\n") as town:
            for path, headers, status in (
                    ("/operate", {}, 403), (f"/operate?token={TOKEN}", {}, 200),
                    ("/operate", {"X-Consul-Token": TOKEN}, 200), ("/operate", {"Authorization": f"bearer {TOKEN}"}, 200),
                    ("/operate", {"Authorization": f"Basic {TOKEN}"}, 403), ("/operate", {"X-Consul-Token": READER}, 403),
                    ("/json", {"X-Consul-Token": READER}, 200), ("/json", {"X-Consul-Token": "wrong"}, 403),
                    ("/now", {"X-Consul-Token": "wrong"}, 200), ("/json", {}, 403)):
                reply = town.ask("GET", path, headers=headers)
                self.assertEqual(reply.status, status, (path, headers))
            self.assertEqual(town.ask("GET", "/json?token=wrong").text, b"ACL not found")
            refusal = b'Permission denied: the right "operate" is missing'
            self.assertEqual(town.ask("GET", "/operate").text, refusal + b"; send a token")
            reader = town.ask("GET", "/operate", headers={"X-Consul-Token": READER})
            self.assertEqual(reader.text, refusal + b" in this token")
            self.assertNotIn(TOKEN, town.log_text())

    def test_with_tokens_everybody_may_read_unless_it_is_said_otherwise(self):
        with Town(self.TOKENS) as town:
            self.assertEqual(town.ask("GET", "/json").status, 200)
            self.assertEqual(town.ask("GET", "/operate").status, 403)

    def test_without_tokens_any_token_is_ignored(self):
        with Town("  anonymous: operate\n") as town:
            self.assertEqual(town.ask("GET", "/operate?token=whatever").status, 200)

    def test_a_new_token_works_with_the_row_that_is_printed(self):
        made = subprocess.run([CLI, "token", "new", "deploy", "--operate", "*"], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        token = made.stdout.split("\n\n")[1].strip()
        row = made.stdout.split("api:\n", 1)[1]
        with Town(row) as town:
            self.assertEqual(town.ask("GET", "/operate", headers={"X-Consul-Token": token}).status, 200)
            self.assertEqual(town.ask("GET", "/operate", headers={"X-Consul-Token": token[:-1]}).status, 403)

    def test_a_bad_row_is_a_fault_of_the_configuration(self):
        for row, words in (("[{name: a, sha256: abc, read: [\"*\"]}]", "64"),
                           (f"[{{name: a, sha256: {sha256('a')}}}]", "may nothing"),
                           (f"[{{name: a, sha256: {sha256('a')}, read: [\"a*b\"]}}]", "star")):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(f"api: {{tokens: {row}}}\n")
                file.flush()
                done = subprocess.run([CLI, "config", "check", file.name], capture_output=True, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertIn(words, done.stderr)


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Origins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = Town("  hosts: [api.example.com]\n").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.town.__exit__(None)

    def test_a_name_that_a_stranger_can_point_at_us_is_refused(self):
        for host, status in (("127.0.0.1:8500", 200), ("[::1]:8500", 200), ("localhost", 200), ("localhost.:1", 200),
                             ("consul:8500", 200), ("n1.node.service.local:8500", 200), ("API.example.com", 200),
                             ("evil.example.com", 403), ("127.0.0.1.evil.example.com:8500", 403),
                             ("xservice.local", 403), ("localhost.evil.com", 403)):
            reply = self.town.ask("GET", "/json", headers={"Host": host})
            self.assertEqual(reply.status, status, host)
            if status == 403:
                self.assertIn(b"api.hosts", reply.text)

    def test_a_page_of_another_site_may_not_write(self):
        host = f"127.0.0.1:{self.town.port}"
        for headers, status in (({}, 200), ({"Origin": f"http://{host}"}, 200), ({"Origin": "http://evil.example.com"}, 403),
                                ({"Origin": "null"}, 403), ({"Origin": f"http://{host}.evil.com"}, 403),
                                ({"Origin": "http://127.0.0.1:1"}, 403), ({"Referer": f"http://{host}/ui/"}, 200),
                                ({"Referer": "http://evil.example.com/x"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403),
                                ({"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"}, 200)):
            self.assertEqual(self.town.ask("PUT", "/echo", b"x", headers=headers).status, status, headers)
            self.assertEqual(self.town.ask("GET", "/json", headers=headers).status, 200, headers)


@unittest.skipUnless(TOWN.exists(), "http_town is not built")
class Encrypted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="rollcall-tls-")
        cls.own = Authority(cls.temporary.name, "own")
        cls.other = Authority(cls.temporary.name, "other")
        cls.server = cls.own.issue("server", "DNS:localhost,IP:127.0.0.1")
        cls.client = cls.own.issue("client", "DNS:client")
        cls.stranger = cls.other.issue("stranger", "DNS:stranger")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def ask(self, town, pair=None, path="/json"):
        context = ssl.create_default_context(cafile=str(self.own.cert))
        if pair:
            context.load_cert_chain(str(pair.cert), str(pair.key))
        connection = http.client.HTTPSConnection("127.0.0.1", town.port, context=context, timeout=20 * SLOW)
        try:
            return Town.ask_on(connection, "GET", path)
        finally:
            connection.close()

    def api(self, more=""):
        return (f"  socket: {{folder}}/api.sock\n  tls:\n    cert: {self.server.cert}\n    key: {self.server.key}\n"
                f"{more}")

    def test_tcp_speaks_tls_and_the_unix_socket_does_not(self):
        with Town(self.api()) as town:
            self.assertEqual(self.ask(town).status, 200)
            self.assertEqual(json.loads(self.ask(town, path="/wait?index=1&wait=50").text), {"Version": 1})
            self.assertEqual(self.ask(town, path="/late").text, b"late")
            with self.assertRaises((http.client.HTTPException, OSError)):
                town.ask("GET", "/json")
            with socket.socket(socket.AF_UNIX) as raw:
                raw.connect(str(town.path / "api.sock"))
                raw.sendall(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertEqual(read_reply(raw.makefile("rb"))[0], 200)

    def test_old_versions_of_tls_are_refused(self):
        with Town(self.api()) as town:
            context = ssl.create_default_context(cafile=str(self.own.cert))
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaises((ssl.SSLError, OSError)):
                with context.wrap_socket(town.raw(), server_hostname="localhost"):
                    pass

    def test_a_client_without_our_certificate_is_refused(self):
        with Town(self.api(f"    client_ca: {self.own.cert}\n    require_client_cert: true\n")) as town:
            self.assertEqual(self.ask(town, self.client).status, 200)
            self.assertEqual(self.ask(town).status, 403)
            try:
                self.assertEqual(self.ask(town, self.stranger).status, 403)
            except (ssl.SSLError, OSError):
                pass  # GnuTLS may end the handshake already

    def test_a_key_that_does_not_fit_is_an_error_at_the_start(self):
        with Box("api:\n  listen: [127.0.0.1:%d]\n  tls: {cert: %s, key: %s}\n"
                 % (free_port(), self.server.cert, self.client.key), start=False) as box:
            done = subprocess.run([DAEMON, "-c", box.config], capture_output=True, text=True, timeout=20 * SLOW)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("do not make a certificate", done.stderr)


class InTheDaemon(unittest.TestCase):
    def test_the_default_address_may_be_taken_and_a_named_one_may_not(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with Box(f"api: {{listen: [127.0.0.1:{port}]}}\n", start=False) as box:
                done = subprocess.run([DAEMON, "-c", box.config], capture_output=True, text=True, timeout=20 * SLOW)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"cannot listen on 127.0.0.1:{port}", done.stderr)
        with contextlib.ExitStack() as stack:
            stack.enter_context(DefaultPorts())
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # something else has it: good as well
                taken.bind(("127.0.0.1", 8500))
                taken.listen()
            box = stack.enter_context(Box("api: {idle_timeout: 1m}\n"))
            self.assertIn("the HTTP API is off: 127.0.0.1:8500 is taken (a Consul agent?); set api.listen", box.log_text())
            self.assertIn("HTTP on nothing", box.log_text())

    def test_an_address_for_others_needs_tokens_or_a_word(self):
        for more, starts in (("", False), (", anonymous: read", True), (", allow_remote_without_auth: true", True),
                             (f", tokens: [{{name: a, sha256: {sha256('a')}, read: ['*']}}]", True)):
            with Box(f"api: {{listen: ['0.0.0.0:{free_port()}']{more}}}\n", start=False) as box:
                if starts:
                    box.start()
                    self.assertIn("unencrypted", box.log_text())
                else:
                    done = subprocess.run([DAEMON, "-c", box.config], capture_output=True, text=True, timeout=20 * SLOW)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn("api.allow_remote_without_auth", done.stderr)

    def test_the_daemon_serves_and_stops_with_clients_connected(self):
        with Box() as box:
            threads = [threading.Thread(target=self.hold, args=(box.api,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            connection = http.client.HTTPConnection("127.0.0.1", box.api, timeout=10 * SLOW)
            self.assertEqual(Town.ask_on(connection, "GET", "/nosuch").status, 404)
            box.stop()
            for thread in threads:
                thread.join()
            connection.close()

    @staticmethod
    def hold(port):
        with socket.create_connection(("127.0.0.1", port), timeout=20 * SLOW) as raw:
            raw.sendall(b"GET /nosuch HTTP/1.1\r\nHost: x\r\n\r\n")
            end_of(raw)


if __name__ == "__main__":
    unittest.main()
