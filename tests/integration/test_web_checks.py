"""The truth table of http, https and grpc: every outcome, from a real server or failure.

One row is one instance with one check; its test waits until the daemon says of it what
the row says. Behind `refused` stands nobody, behind the others one of web_servers.py.
"""
import contextlib
import os
import subprocess
import tempfile
import time
import unittest

import certificates
from box import Box, eventually, in_namespace, need
from web_servers import (PYTHON, GrpcHealth, Nginx, RawServer, closes, closes_at_once, frame, grpc_reply, header_block,
                         http2, is_silent, read_request, repeats, resets, resets_at_once, says, says_and_stays, tls_context)

# The words of a check are those of its first failure: a busy machine must not make a time-out of it.
FAST = {"interval": "200ms", "timeout": "60s", "failure_threshold": 1}
SOON = "2s"  # where it is a time-out that is wanted
CRITICAL, PASSING, WARNING = "critical", "passing", "warning"


class Row:
    def __init__(self, name, server, health, words, **options):
        self.name, self.server, self.health, self.words, self.options = name, server, health, words, options


class TruthTable(unittest.TestCase):
    """Subclasses have `kind`, rows() and servers()."""
    common = {}

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.folder = cls.stack.enter_context(tempfile.TemporaryDirectory(prefix="rollcall-web-"))
        cls.servers()
        cls.box = cls.stack.enter_context(Box())
        for row in cls.rows():
            port = 1 if row.server is None else cls.ports[row.server]
            check = {"kind": cls.kind, **FAST, **cls.common, **row.options}
            if row.words == "did not answer in time":
                check["timeout"] = SOON
            if check.get("target", "").startswith("@"):  # that of another server
                check["target"] = f"127.0.0.1:{cls.ports[check['target'][1:]]}"
            tls = {**check.get("tls", {})}
            for key, value in tls.items():
                if isinstance(value, str) and value.startswith("@"):  # a file of the test
                    tls[key] = str(cls.files[value[1:]])
            if tls:
                check["tls"] = tls
            cls.box.register(service="web", id=row.name, address="127.0.0.1", port=port, checks=[check])

    @classmethod
    def run_server(cls, name, server):
        cls.stack.callback(server.close)
        cls.ports[name] = server.port
        return server

    def judge(self, row):
        def told():
            for instance in self.box.ask("get", service="web", healthy=False)["instances"]:
                if instance["id"] == row.name:
                    check = instance["checks"][0]
                    self.last = check.get("status"), check.get("output", "")
            return self.last[0] == row.health and row.words in self.last[1]
        try:
            eventually(told, 20, 0.05)
        except AssertionError:
            self.fail(f"{row.name}: expected {row.health}, \"{row.words}\"; it is {self.last}")


def fill(table):
    """A test for each row, so that each prints its name."""
    for row in table.rows():
        def test(self, row=row):
            self.judge(row)
        setattr(table, "test_" + row.name, test)
    return table


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
HTTP_SERVERS = {
    "fine": says(OK),
    "interim": says(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK),
    "busy": says(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
    "teapot": says(b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n"),
    "moved": says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    "resets": resets,
    "closes": closes,
    "silent": is_silent,
    "slow_head": repeats(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.03),
    "slow_body": repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", 0.03),
    "endless_head": repeats(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 200 + b"\r\n"),
    "endless_body": repeats(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
    "endless_busy": repeats(b"HTTP/1.1 503 Busy\r\n\r\n", b"x" * 4096),
    "ssh": says_and_stays(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    "half": says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    "bad_length": says(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
    "bad_chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n"),
}


def slow(connection):
    read_request(connection)
    time.sleep(0.15)
    connection.sendall(OK)


class HttpTable:
    """All that HTTP can do wrong, for each way that we ask by."""
    context = None

    @classmethod
    def rows(cls):
        return [
            Row("passes", "fine", PASSING, "HTTP 200 OK"),
            Row("passes_after_an_interim_reply", "interim", PASSING, "HTTP 200 OK"),
            Row("passes_where_the_status_is_expected", "teapot", PASSING, "HTTP 418", expect_status=[200, "410-418"]),
            Row("passes_where_the_text_is_there", "fine", PASSING, "HTTP 200", expect_body="fin"),
            Row("passes_at_another_target", None, PASSING, "HTTP 200", target="@fine"),
            Row("does_not_follow_a_redirect", "moved", PASSING, "HTTP 302 Found"),
            Row("passes_although_the_body_is_endless", "endless_body", PASSING, "HTTP 200 OK"),
            Row("sends_method_headers_and_body", "recorder", PASSING, "HTTP 200", method="PUT", path="/a?b=c",
                headers={"X-Token": "secret", "Host": "web.example"}, body="one\ntwo"),
            Row("slower_than_max_latency", "slow", WARNING, "max_latency", max_latency="50ms"),
            Row("refused", None, CRITICAL, "refused the connection"),
            Row("unreachable", None, CRITICAL, "cannot be reached", target="224.0.0.1:80"),
            Row("reset", "resets", CRITICAL, "reset the connection"),
            Row("closed", "closes", CRITICAL, "closed the connection before it replied"),
            Row("silence", "silent", CRITICAL, "did not answer in time"),
            Row("slow_headers", "slow_head", CRITICAL, "did not answer in time"),
            Row("slow_body", "slow_body", CRITICAL, "did not answer in time"),
            Row("endless_headers", "endless_head", CRITICAL, "breaks the protocol: the head is longer than 16 KiB"),
            Row("wrong_status", "busy", CRITICAL, "unexpected status: HTTP 503 Service Unavailable"),
            Row("wrong_status_with_an_endless_body", "endless_busy", CRITICAL, "unexpected status: HTTP 503 Busy"),
            Row("body_mismatch", "fine", CRITICAL, "without the expected text", expect_body="coffee"),
            Row("body_mismatch_in_an_endless_body", "endless_body", CRITICAL, "without the expected text",
                expect_body="coffee"),
            Row("malformed", "ssh", CRITICAL, "breaks the protocol"),
            Row("malformed_length", "bad_length", CRITICAL, "breaks the protocol"),
            Row("malformed_chunk", "bad_chunk", CRITICAL, "breaks the protocol"),
            Row("broken_off", "half", CRITICAL, "it closed in the middle of the body"),
        ]

    @classmethod
    def servers(cls):
        cls.ports, cls.seen = {}, []

        def recorder(connection):
            data = read_request(connection)
            while not data.endswith(b"two"):
                data += connection.recv(65536)
            cls.seen.append(data)
            connection.sendall(OK)
        for name, answer in {**HTTP_SERVERS, "slow": slow, "recorder": recorder}.items():
            cls.run_server(name, RawServer(answer, cls.context))

    def test_what_was_sent(self):
        eventually(lambda: self.seen, 8)
        head, body = self.seen[0].split(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.assertEqual(lines[0], "PUT /a?b=c HTTP/1.1")
        self.assertEqual(body, b"one\ntwo")
        self.assertIn("X-Token: secret", lines)
        self.assertIn("Content-Length: 7", lines)
        self.assertEqual([line for line in lines if line.startswith("Host:")], ["Host: web.example"])
        self.assertEqual([line for line in lines if line.split(":")[0] in ("Accept", "Expect", "Content-Type")],
                         ["Accept: text/plain, text/*, */*", "Content-Type: text/plain; charset=utf-8"])

    def test_the_metadata_address_is_refused_at_registration(self):
        reply = self.box.ask("register", service="web", address="127.0.0.1", port=1,
                             checks=[{"kind": self.kind, "target": "169.254.169.254:80"}])
        self.assertEqual((reply["error"]["code"], reply["error"]["field"]), ("invalid_field", "checks[0].target"))



@fill
class HttpTruth(HttpTable, TruthTable):
    kind = "http"


@fill
class HttpReuseTruth(HttpTable, TruthTable):
    """http where it keeps its connection open: by libcurl."""
    kind, common = "http", {"reuse": True}


@fill
class HttpsTruth(HttpTable, TruthTable):
    kind = "https"

    @classmethod
    def servers(cls):
        need("openssl")
        authority = certificates.Authority(cls.folder, "ours")
        cls.context = tls_context(authority.issue("web.example", "DNS:web.example"))
        cls.common = {"tls": {"ca": str(authority.cert), "server_name": "web.example"}}
        super().servers()


NO_AUTHORITIES = """
import socket
from box import Box, eventually
with Box() as box, socket.create_server(("127.0.0.1", 0)) as server:
    box.register(service="web", id="web-1", address="127.0.0.1", port=server.getsockname()[1],
                 checks=[{"kind": "https", "name": "page", "interval": "500ms"}])
    def said():
        return box.ask("get", id="web-1")["instances"][0]["checks"][0].get("output")
    print(eventually(said))
    print(box.ask("explain", name="web.service.local")["instances"][0]["text"])
"""


class NoAuthorities(unittest.TestCase):
    """As on a machine without Debian's package ca-certificates."""

    def test_what_to_do_is_said_where_people_look(self):
        done = in_namespace('mount -t tmpfs none /etc/ssl/certs && exec python3 -c "$SCRIPT"',
                            env={**os.environ, "SCRIPT": NO_AUTHORITIES, "PYTHONPATH": os.path.dirname(__file__)})
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        output, explained = done.stdout.splitlines()
        self.assertIn("trusted authorities cannot be read from /etc/ssl/certs/ca-certificates.crt; "
                      "install ca-certificates, or name a file in tls.ca", output)
        self.assertIn("check 'page' (https) has no result yet: it was not checked: ", explained)
        self.assertIn("install ca-certificates", explained)


@fill
class TlsTruth(TruthTable):
    """Certificates and handshakes, by nginx where nginx can."""
    kind = "https"

    @classmethod
    def rows(cls):
        named = {"ca": "@ours", "server_name": "web.example"}
        shown = {**named, "cert": "@client.cert", "key": "@client.key"}
        return [
            Row("good", "good", PASSING, "HTTP 200 OK", tls=named),
            Row("good_by_its_address", "good", PASSING, "HTTP 200 OK", tls={"ca": "@ours"}),
            Row("good_over_http2", "http2", PASSING, "HTTP 200", tls=named),
            Row("good_with_a_connection_kept", "good", PASSING, "HTTP 200 OK", tls=named, reuse=True),
            Row("expired_and_not_verified", "expired", PASSING, "HTTP 200 OK", tls={"skip_verify": True}),
            Row("unknown_and_not_verified", "good", PASSING, "HTTP 200 OK", tls={"skip_verify": True}),
            Row("a_client_that_shows_a_certificate", "asks", PASSING, "HTTP 200 OK", tls=shown),
            Row("a_client_that_shows_none", "asks", CRITICAL, "HTTP 400", tls=named),
            Row("a_client_that_shows_none_and_is_sent_away", "demands", CRITICAL, "failed the TLS handshake", tls=named),
            Row("a_client_that_shows_one_to_it", "demands", PASSING, "HTTP 200 OK", tls=shown),
            Row("expired", "expired", CRITICAL, "showed a certificate that has expired", tls=named),
            Row("not_yet_valid", "future", CRITICAL, "certificate that is not valid: SSL certificate problem: "
                "certificate is not yet valid", tls=named),
            Row("for_another_name", "good", CRITICAL, "showed a certificate for another name",
                tls={"ca": "@ours", "server_name": "other.example"}),
            Row("for_another_address", "nameless", CRITICAL, "showed a certificate for another name",
                tls={"ca": "@ours"}),
            Row("self_signed", "self_signed", CRITICAL, "authority that is not trusted", tls=named),
            Row("of_an_unknown_authority", "good", CRITICAL, "authority that is not trusted",
                tls={"server_name": "web.example"}),
            Row("of_another_authority", "good", CRITICAL, "authority that is not trusted",
                tls={"ca": "@theirs", "server_name": "web.example"}),
            Row("without_the_certificate_between", "between", CRITICAL, "authority that is not trusted", tls=named),
            Row("of_no_server", "wrong_use", CRITICAL, "certificate that is not valid", tls=named),
            Row("too_old_a_protocol", "old", CRITICAL, "failed the TLS handshake", tls=named),
            Row("no_tls_at_all", "clear", CRITICAL, "failed the TLS handshake", tls=named),
            Row("silence_in_the_handshake", "silent", CRITICAL, "did not answer in time", tls=named),
            Row("reset_in_the_handshake", "resets", CRITICAL, "reset the connection", tls=named),
            Row("closed_in_the_handshake", "closes", CRITICAL, "failed the TLS handshake", tls=named),
            Row("refused", None, CRITICAL, "refused the connection", tls=named),
        ]

    @classmethod
    def servers(cls):
        need("openssl", "nginx")
        ours, theirs = (certificates.Authority(cls.folder, name) for name in ("ours", "theirs"))
        name = "DNS:web.example"
        client = ours.issue("client", None)
        cls.files = {"ours": ours.cert, "theirs": theirs.cert, "client.cert": client.cert, "client.key": client.key}
        good = ours.issue("good", name + ",IP:127.0.0.1")
        middle = certificates.Authority(cls.folder, "middle")
        middle.own = ours.issue("between", None, extensions="authority")
        use = "extendedKeyUsage=clientAuth"

        def block(pair, more=""):
            return ("ssl", f"ssl_certificate {pair.cert}; ssl_certificate_key {pair.key}; {more} "
                    "location / { return 200 fine; }")
        nginx = Nginx(
            cls.folder,
            good=block(good),
            http2=("ssl http2", block(good)[1]),
            asks=block(good, f"ssl_client_certificate {ours.cert}; ssl_verify_client on;"),
            expired=block(ours.issue("expired", name, "20200101000000Z", "20200201000000Z")),
            future=block(ours.issue("future", name, "20900101000000Z")),
            nameless=block(ours.issue("nameless", name)),
            self_signed=block(ours.self_signed("self", "/CN=web.example", "-addext", "subjectAltName=" + name)),
            between=block(middle.issue("web", name)),
            wrong_use=block(ours.self_signed("wrong", "/CN=web.example", "-CA", ours.cert, "-CAkey", ours.own.key,
                                             "-addext", use, "-addext", "subjectAltName=" + name)),
            old=block(good, "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
            clear=("", "location / { return 200 fine; }"))
        cls.stack.callback(nginx.close)
        cls.ports = dict(nginx.ports)
        for server, answer, context in (
                ("silent", is_silent, None), ("resets", resets_at_once, None), ("closes", closes_at_once, None),
                ("demands", says(OK), tls_context(good, ca=ours.cert))):
            cls.run_server(server, RawServer(answer, context))

    def test_a_file_that_is_none_is_refused_at_registration(self):
        no_pem = os.path.join(self.folder, "no.pem")
        with open(no_pem, "w") as out:
            out.write("hello\n")
        locked = os.path.join(self.folder, "locked.key")
        certificates.openssl("pkey", "-in", self.files["client.key"], "-aes256", "-passout", "pass:secret", "-out", locked)
        for tls, field, words in (
                ({"ca": "/nonexistent.pem"}, "tls.ca", "No such file"),
                ({"ca": "relative.pem"}, "tls.ca", "absolute path"),
                ({"ca": no_pem}, "tls.ca", "must be a PEM file"),
                ({"cert": str(self.files["client.cert"]), "key": str(self.files["client.cert"])}, "tls.key",
                 "PRIVATE KEY"),
                ({"cert": str(self.files["client.cert"]), "key": locked}, "tls.key", "is encrypted"),
                ({"cert": str(self.files["client.cert"])}, "tls.key", "belong together")):
            with self.subTest(tls=tls):
                reply = self.box.ask("register", service="web", address="127.0.0.1", port=1,
                                     checks=[{"kind": "https", "tls": tls}])
                self.assertFalse(reply["ok"])
                self.assertEqual(reply["error"]["field"], "checks[0]." + field)
                self.assertIn(words, reply["error"]["message"])

    def test_the_command_line_writes_it_too(self):
        done = self.box.rollcall("register", "--service", "cli", "--address", "127.0.0.1",
                                 "--port", str(self.ports["good"]), "--check",
                                 f"https:/,interval=200ms,tls.server_name=web.example,tls.ca={self.files['ours']}")
        self.assertEqual(done.returncode, 0, done.stderr)
        eventually(lambda: self.box.addresses("cli") == ["127.0.0.1"], 8)

    def test_files_that_do_not_fit_say_so_in_the_log_and_change_no_verdict(self):
        tls = {"ca": str(self.files["ours"]), "server_name": "web.example", "cert": str(self.files["client.cert"]),
               "key": str(self.files["ours"]).replace(".pem", ".key")}
        self.box.register(service="odd", id="odd", address="127.0.0.1", port=self.ports["asks"], status="passing",
                          checks=[{"kind": "https", **FAST, "tls": tls}])
        eventually(lambda: "odd: check https-1: it was not checked" in self.box.log_text(), 8)
        self.assertEqual(self.box.addresses("odd"), ["127.0.0.1"])


@fill
class GrpcTruth(TruthTable):
    """What the reference library answers, and what it never would."""
    kind = "grpc"

    @classmethod
    def rows(cls):
        named = {"ca": "@ours", "server_name": "web.example"}
        shown = {**named, "cert": "@client.cert", "key": "@client.key"}
        return [
            Row("the_server_serves", "grpc", PASSING, "SERVING"),
            Row("the_service_serves", "grpc", PASSING, "SERVING", service="up"),
            Row("a_service_with_a_long_name", "grpc", PASSING, "SERVING", service="a" * 255),
            Row("over_tls", "grpc_tls", PASSING, "SERVING", tls=named),
            Row("over_tls_of_anybody", "grpc_tls", PASSING, "SERVING", tls={"skip_verify": True}),
            Row("over_tls_with_a_connection_kept", "grpc_tls", PASSING, "SERVING", tls=named, reuse=True),
            Row("in_clear_with_a_connection_kept", "grpc", PASSING, "SERVING", reuse=True),
            Row("over_tls_with_a_client_certificate", "grpc_mutual", PASSING, "SERVING", tls=shown),
            Row("over_tls_without_it", "grpc_mutual", CRITICAL, "", tls=named),
            Row("said_by_hand", "by_hand", PASSING, "SERVING"),
            Row("not_serving", "grpc", CRITICAL, "says that it is not serving: NOT_SERVING", service="down"),
            Row("unknown", "grpc", CRITICAL, "says that it is not serving: UNKNOWN", service="unknown"),
            Row("service_unknown", "grpc", CRITICAL, "not serving: SERVICE_UNKNOWN", service="odd"),
            Row("a_status_of_its_own", "status_77", CRITICAL, "not serving: a status of its own (77)"),
            Row("unknown_service", "grpc", CRITICAL, "does not know that gRPC service: grpc-status 5 NOT_FOUND: "
                "asked about \"nobody\"", service="nobody"),
            Row("unimplemented", "grpc_without", CRITICAL, "has no gRPC health service: grpc-status 12 UNIMPLEMENTED"),
            Row("unavailable", "grpc", CRITICAL, "gRPC error: grpc-status 14 UNAVAILABLE", service="gone"),
            Row("deadline", "grpc", CRITICAL, "did not answer in time", service="hanging"),
            Row("deadline_said_by_the_server", "grpc", CRITICAL, "did not answer in time: grpc-status 4",
                service="late"),
            Row("silence", "silent", CRITICAL, "did not answer in time"),
            Row("refused", None, CRITICAL, "refused the connection"),
            Row("reset", "resets", CRITICAL, "reset the connection"),
            Row("closed", "closes", CRITICAL, "closed the connection before it replied"),
            Row("tls_where_there_is_none", "grpc", CRITICAL, "failed the TLS handshake", tls={"enable": True}),
            Row("clear_where_there_is_tls", "grpc_tls", CRITICAL, ""),
            Row("unknown_authority", "grpc_tls", CRITICAL, "authority that is not trusted", tls={"enable": True}),
            Row("another_name", "grpc_tls", CRITICAL, "certificate for another name",
                tls={"ca": "@ours", "server_name": "other.example"}),
            Row("http1", "http1", CRITICAL, "it does not speak HTTP/2"),
            Row("http1_of_nginx", "nginx1", CRITICAL, "it does not speak HTTP/2"),
            Row("http1_over_tls", "nginx1_tls", CRITICAL, "gRPC needs HTTP/2", tls=named),
            Row("a_web_page", "page", CRITICAL, "it is not gRPC: its content-type is \"text/plain\""),
            Row("a_web_server_without_it", "no_page", CRITICAL, "unexpected status: HTTP 404"),
            Row("ssh", "ssh", CRITICAL, "it does not speak HTTP/2"),
            Row("garbage_after_the_settings", "garbage", CRITICAL, "its frames break HTTP/2"),
            Row("data_on_no_stream", "data_on_0", CRITICAL, "its frames break HTTP/2"),
            Row("garbage_over_tls", "garbage_tls", CRITICAL, "its frames break HTTP/2", tls=named),
            Row("stream_reset", "stream_reset", CRITICAL, "breaks the protocol"),
            Row("going_away", "going_away", CRITICAL, "breaks the protocol"),
            Row("message_too_short", "short", CRITICAL, "its message is shorter than it says"),
            Row("message_compressed", "compressed", CRITICAL, "its message is compressed"),
            Row("two_messages", "two", CRITICAL, "more than one message"),
            Row("no_message", "no_message", CRITICAL, "there is no message in it"),
            Row("another_message", "another", CRITICAL, "is not a HealthCheckResponse"),
            Row("no_grpc_status", "no_status", CRITICAL, "its reply has no grpc-status"),
            Row("endless_message", "endless", CRITICAL, "its reply is longer than 16 KiB"),
        ]

    @classmethod
    def servers(cls):
        need("openssl", "nginx")
        if subprocess.run([PYTHON, "-c", "import grpc, google.protobuf"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("not installed: python3-grpcio")
        ours = certificates.Authority(cls.folder, "ours")
        good, client = ours.issue("good", "DNS:web.example"), ours.issue("client", None)
        cls.files = {"ours": ours.cert, "client.cert": client.cert, "client.key": client.key}
        plain = "location / { return 200 fine; }"
        tls = f"ssl_certificate {good.cert}; ssl_certificate_key {good.key}; "
        nginx = Nginx(cls.folder, nginx1=("", plain), nginx1_tls=("ssl", tls + plain),
                      page=("http2", plain), no_page=("http2", "location / { return 404; }"))
        cls.stack.callback(nginx.close)
        cls.ports = dict(nginx.ports)
        grpc = cls.run_server("grpc", GrpcHealth())
        for what in ("up=SERVING", "a" * 255 + "=SERVING", "down=NOT_SERVING", "unknown=UNKNOWN",
                     "odd=SERVICE_UNKNOWN", "gone!UNAVAILABLE", "hanging~", "late!DEADLINE_EXCEEDED"):
            grpc.say(what)
        cls.run_server("grpc_without", GrpcHealth("--without-health"))
        cls.run_server("grpc_tls", GrpcHealth(good.cert, good.key))
        cls.run_server("grpc_mutual", GrpcHealth(good.cert, good.key, ours.cert))
        head = frame(1, 4, 1, header_block(STATUS="200", content_type="application/grpc"))
        for name, answer in {
                "by_hand": http2(grpc_reply()),
                "status_77": http2(grpc_reply(b"\0\0\0\0\2\x08\x4d")),
                "silent": is_silent,
                "resets": resets_at_once,
                "closes": closes_at_once,
                "http1": says_and_stays(OK),
                "ssh": says_and_stays(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
                "garbage": http2(b"\xff" * 64),
                "data_on_0": http2(frame(0, 0, 0, b"x")),
                "stream_reset": http2(frame(3, 0, 1, b"\0\0\0\x0b")),
                "going_away": http2(frame(7, 0, 0, b"\0\0\0\0\0\0\0\1")),
                "short": http2(grpc_reply(b"\0\0\0\0\7\x08\1")),
                "compressed": http2(grpc_reply(b"\1\0\0\0\2\x08\1")),
                "two": http2(grpc_reply(b"\0\0\0\0\2\x08\1" * 2)),
                "no_message": http2(head + frame(1, 5, 1, header_block(grpc_status="0"))),
                "another": http2(grpc_reply(b"\0\0\0\0\2\x0b\x0c")),
                "no_status": http2(grpc_reply(trailers={"x_other": "1"})),
                "endless": http2(head + b"".join(frame(0, 0, 1, b"\0" * 16000) for _ in range(4))),
        }.items():
            cls.run_server(name, RawServer(answer))
        cls.run_server("garbage_tls", RawServer(http2(b"\xff" * 64), tls_context(good, alpn=["h2"])))

    def test_tls_options_of_grpc_in_clear_are_refused(self):
        reply = self.box.ask("register", service="web", address="127.0.0.1", port=1,
                             checks=[{"kind": "grpc", "tls": {"enable": False, "skip_verify": True}}])
        self.assertEqual(reply["error"]["field"], "checks[0].tls.enable")


if __name__ == "__main__":
    unittest.main()
