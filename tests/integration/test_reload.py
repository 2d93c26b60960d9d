"""A running daemon reads its configuration again: what it takes, what it refuses, and who keeps which rights."""
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from box import SLOW, TOP, Box, eventually, free_port
from certificates import Authority
from own_api import Stream


def row(name, **may):
    """A row of api.tokens for the token `name`."""
    lists = "".join(f", {right}: ['{pattern}']" for right, pattern in may.items())
    return f"    - {{name: {name}, sha256: {hashlib.sha256(name.encode()).hexdigest()}{lists}}}\n"


ROOT = row("root", operate="*")


class Reloading(Box):
    """A box whose file can be written again. `api` is what its section has beside `listen`."""

    def __init__(self, api="", rest="", listen="127.0.0.1:{port}", **options):
        self.listen, self.https = listen, free_port()
        super().__init__(extra=self.section(api) + rest, **options)
        self.api = self.https
        self.first = self.config.read_text()[: -len(self.section(api) + rest)]

    def section(self, api):
        return f"api:\n  listen: ['{self.listen.format(port=self.https)}']\n" + api

    def write(self, api="", rest="", replace=()):
        text = self.first
        for old, new in replace:
            assert old in text, (old, text)
            text = text.replace(old, new)
        self.config.write_text(text + self.section(api) + rest)

    def reload(self):
        """The reply of the registration socket."""
        return self.ask("reload")

    def good(self, **lists):
        reply = self.reload()
        assert reply["ok"], reply
        for name, keys in lists.items():
            assert reply[name] == keys, (name, reply)
        return reply

    def get(self, path, token=None, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=20 * SLOW)
        try:
            connection.request(method, path, headers={"X-Consul-Token": token} if token else {})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Waiter:
    """A blocking query that is under way."""

    def __init__(self, box, token, path="/v1/health/service/web", connection=None):
        self.connection = connection or http.client.HTTPConnection("127.0.0.1", box.api, timeout=30 * SLOW)
        headers = {"X-Consul-Token": token}
        self.connection.request("GET", path, headers=headers)
        reply = self.connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
        self.connection.request("GET", f"{path}?index={reply.headers['X-Consul-Index']}&wait=60s", headers=headers)

    def reply(self):
        reply = self.connection.getresponse()
        return reply.status, reply.read().decode()

    def close(self):
        self.connection.close()


def waiting(box, count, token=None):
    status, text = box.get("/api/v1/system/consul/status", token)
    return status == 200 and json.loads(text)["waiting"] == count


class Ways(unittest.TestCase):
    """Who may ask, how, and what is said."""

    def test_signal_socket_http_and_command_do_the_same(self):
        def signalled(box):
            box.process.send_signal(signal.SIGHUP)

        def commanded(box):
            done = box.rollcall("reload")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("taken: api.tokens\ntakes a restart: nothing\nunchanged: ", done.stdout)

        def printed(box):
            self.assertEqual(json.loads(box.rollcall("reload", "--json").stdout)["taken"], ["api.tokens"])

        def own(box):
            status, text = box.get("/v1/rollcall/reload", "root", "POST")
            self.assertEqual((status, json.loads(text)["taken"]), (200, ["api.tokens"]))

        def consul(box):
            self.assertEqual(box.get("/v1/agent/reload", "root", "PUT"), (200, ""))

        ways = (lambda box: box.good(taken=["api.tokens"], restart=[]), signalled, commanded, printed, own, consul)
        with Reloading(f"  tokens:\n{ROOT}") as box:
            for number, way in enumerate(ways):
                token = f"token-{number}"
                self.assertEqual(box.get("/v1/rollcall/services", token)[0], 403)
                box.write(f"  tokens:\n{ROOT}{row(token, read='*')}")
                way(box)
                eventually(lambda token=token: box.get("/v1/rollcall/services", token)[0] == 200)
                self.assertEqual(box.get("/v1/rollcall/services", f"token-{number - 1}")[0], 403)
            self.assertEqual(box.log_text().count("config: reloaded ("), len(ways))
            self.assertIn("reloaded (SIGHUP)", box.log_text())
            self.assertIn("token root): 1 keys taken", box.log_text())

    def test_the_same_file_changes_nothing(self):
        with Reloading("  hosts: [a.example]\n") as box:
            for _ in range(2):
                reply = box.good(taken=[], restart=[])
                self.assertIn("api.tokens", reply["unchanged"])
                self.assertIn("log.level", reply["unchanged"])

    def test_a_fault_is_named_to_who_asks_and_in_the_log_and_changes_nothing(self):
        with Reloading(f"  anonymous: none\n  tokens:\n{ROOT}{row('old', read='*')}") as box:
            box.write(f"  anonymous: reed\n  tokens:\n{ROOT}{row('new', read='*')}", "log: {level: error, colour: red}\n")
            line = box.config.read_text().split("\n").index("  anonymous: reed") + 1
            words = (f'{box.config}:{line}:14: api.anonymous: "reed" is not allowed; must be auto, none, read, register '
                     f'or operate')
            error = box.reload()["error"]
            self.assertEqual((error["code"], error["field"], error["message"]), ("config", "api.anonymous", words))
            done = box.rollcall("reload")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(words, done.stderr)
            self.assertEqual(box.get("/v1/agent/reload", "root", "PUT"), (500, words))
            status, text = box.get("/v1/rollcall/reload", "root", "POST")
            self.assertEqual((status, json.loads(text)["error"]["code"]), (500, "config"))
            box.process.send_signal(signal.SIGHUP)
            eventually(lambda: f"the reload (SIGHUP) was refused, and nothing changed: {words}" in box.log_text())
            self.assertIn("log.colour: unknown key", box.log_text(), "every fault is in the log")
            self.assertEqual(box.get("/v1/rollcall/services", "old")[0], 200)
            self.assertEqual(box.get("/v1/rollcall/services", "new")[0], 403)
            self.assertEqual(box.get("/v1/rollcall/services")[0], 403)
            metrics = box.get("/metrics", "root")[1]
            self.assertIn("\nrollcall_config_reloads_total 5\n", metrics)
            self.assertIn("\nrollcall_config_reload_failures_total 5\n", metrics)
            self.assertIn("\nrollcall_config_reload_failed 1\n", metrics)
            box.config.unlink()
            self.assertIn("there is no such file", box.reload()["error"]["message"])
            box.write(f"  anonymous: none\n  tokens:\n{ROOT}")
            box.good(taken=["api.tokens"])
            self.assertIn("\nrollcall_config_reload_failed 0\n", box.get("/metrics", "root")[1])

    def test_keys_that_take_a_restart_are_named_and_go_on_as_they_were(self):
        with Reloading() as box:
            other = free_port()
            box.write("  idle_timeout: 3m\n  rate_limit: 1000\n", "health: {max_running: 7}\n",
                      [(f"127.0.0.1:{box.port}", f"127.0.0.1:{other}"), ("apex: service.local.", "apex: service.local.\n    ttl: 9s")])
            restart = ["zones.0.ttl", "dns.listen", "health.max_running", "api.idle_timeout"]
            for _ in range(2):
                reply = box.reload()
                self.assertEqual(reply["restart"], restart)
            for key in restart:
                self.assertIn(f"config: {key} changed; it takes a restart", box.log_text())
            self.assertIn("takes a restart: zones.0.ttl, dns.listen,", box.rollcall("reload").stdout)
            box.register(service="web", id="w1", address="10.0.0.1")
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            box.stop()
            box.port = other
            box.start()
            self.assertEqual(box.good(restart=[])["taken"], [])

    def test_what_is_given_on_the_command_line_holds(self):
        with Reloading(start=False) as box:
            box.start(arguments=("--set", "api.anonymous=none", "-v"))
            box.write("  anonymous: operate\n", "log: {level: error}\n")
            box.good(taken=["log.level"], restart=[])
            self.assertEqual(box.get("/v1/rollcall/services")[0], 403)
            before = len(box.log_text())
            box.good()
            self.assertIn("reloaded", box.log_text()[before:], "-v outranks the level of the file")

    def test_the_level_of_the_log_is_taken(self):
        with Reloading() as box:
            box.write(rest="log: {level: error}\n")
            box.good(taken=["log.level"])
            before = len(box.log_text())
            box.good()
            self.assertEqual(box.log_text()[before:], "")
            box.write()
            box.good(taken=["log.level"])
            self.assertIn("reloaded", box.log_text()[before:])

    def test_a_pipe_does_not_keep_anybody_waiting(self):
        with Reloading() as box:
            box.config.unlink()
            os.mkfifo(box.config)
            self.assertIn("no regular file", box.reload()["error"]["message"])
            self.assertTrue(box.ask("hello")["ok"])

    def test_only_who_may_do_everything_may_reload(self):
        with Reloading(f"  tokens:\n{ROOT}{row('web', operate='web')}") as box:
            for path, method in (("/v1/rollcall/reload", "POST"), ("/v1/agent/reload", "PUT")):
                self.assertEqual(box.get(path, "web", method)[0], 403, path)
                self.assertEqual(box.get(path, None, method)[0], 403, path)
            self.assertNotIn("reloaded", box.log_text())
            if os.geteuid() == 0 and shutil.which("setpriv"):
                box.folder.chmod(0o755)
                code = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                        "s.sendall(b'{\"op\":\"reload\"}\\n'); print(s.recv(4096).decode())")
                done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-c", code,
                                       str(box.path)], capture_output=True, text=True, check=True)
                self.assertEqual(json.loads(done.stdout)["error"]["code"], "unauthorized")
                self.assertNotIn("reloaded", box.log_text())

    def test_a_file_that_would_open_the_old_address_to_all_is_refused(self):
        with Reloading(f"  tokens:\n{ROOT}", listen="0.0.0.0:{port}") as box:
            box.listen = "127.0.0.1:{port}"
            box.write()
            error = box.reload()["error"]
            self.assertEqual((error["code"], error["field"]), ("config", "api.listen"))
            self.assertIn(f"0.0.0.0:{box.https}", error["message"])
            self.assertEqual(box.get("/v1/agent/maintenance?enable=true", None, "PUT")[0], 403)
            box.write("  anonymous: read\n")
            box.good(taken=["api.anonymous", "api.tokens"], restart=["api.listen"])

    def test_a_kill_in_the_middle_is_harmless(self):
        with Reloading(f"  tokens:\n{ROOT}") as box:
            box.register(service="web", id="w1", address="10.0.0.1", port=1)
            for number in range(5):
                box.write(f"  tokens:\n{ROOT}{row(f'token-{number}', read='*')}")
                box.process.send_signal(signal.SIGHUP)
                box.restart(signal.SIGKILL)
                self.assertEqual(box.get("/v1/rollcall/services", f"token-{number}")[0], 200)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_the_unit_reloads_by_the_command(self):
        unit = (TOP / "tools" / "rollcalld.service").read_text()
        [line] = [line for line in unit.split("\n") if line.startswith("ExecReload=")]
        self.assertEqual(line, "ExecReload=/usr/bin/rollcall reload")
        with Reloading() as box:
            self.assertEqual(box.rollcall(*line.split()[1:]).returncode, 0)


class Tokens(unittest.TestCase):
    @staticmethod
    def api(*rows, anonymous="none"):
        return f"  anonymous: {anonymous}\n  tokens:\n{ROOT}" + "".join(rows)

    def test_a_token_that_is_gone_sees_nothing_more(self):
        stay, gone = row("stay", read="*"), row("gone", read="*")
        with Reloading(self.api(stay, gone)) as box, contextlib.ExitStack() as stack:
            box.register(service="web", id="w1", address="10.0.0.1")
            streams = {name: stack.enter_context(Stream(box, token=name)) for name in ("stay", "gone")}
            waiters = {name: stack.enter_context(contextlib.closing(Waiter(box, name))) for name in ("stay", "gone")}
            eventually(lambda: waiting(box, 2, "root"))
            box.write(self.api(stay, row("new", read="*")))
            box.good(taken=["api.tokens"])
            self.assertEqual(waiters["gone"].reply(), (403, "ACL not found"))
            with self.assertRaises(EOFError):
                streams["gone"].next()
            self.assertEqual(box.get("/v1/rollcall/services", "gone"), (403, "ACL not found"))
            self.assertEqual(box.get("/v1/rollcall/services", "new")[0], 200)
            self.assertTrue(waiting(box, 1, "root"))
            box.register(service="web", id="w2", address="10.0.0.2")
            status, text = waiters["stay"].reply()
            self.assertEqual((status, len(json.loads(text))), (200, 2))
            self.assertEqual(streams["stay"].next()["id"], "w2")

    def test_other_rights_hold_for_streams_and_waits_that_are_open(self):
        with Reloading(self.api(row("a", read="*"))) as box, Stream(box, token="a") as stream, \
                contextlib.closing(Waiter(box, "a")) as waiter:
            eventually(lambda: waiting(box, 1, "root"))
            box.write(self.api(row("a", read="db")))
            box.good(taken=["api.tokens"])
            box.register(service="web", id="w1", address="10.0.0.1")
            box.register(service="db", id="d1", address="10.0.0.2")
            self.assertEqual(stream.next()["id"], "d1")
            status, text = waiter.reply()
            self.assertTrue(status == 403 or json.loads(text) == [], (status, text))

    def test_what_nobody_in_particular_may_is_taken_for_those_who_wait(self):
        with Reloading(self.api(anonymous="read")) as box, Stream(box) as stream:
            waiter = Waiter(box, "")
            eventually(lambda: waiting(box, 1))
            box.write(self.api())
            box.good(taken=["api.anonymous"])
            status, text = waiter.reply()
            self.assertEqual(status, 403, text)
            with self.assertRaises(EOFError):
                stream.next()
            waiter.close()
            box.write(self.api(anonymous="read"))
            box.good(taken=["api.anonymous"])
            self.assertEqual(box.get("/v1/rollcall/services")[0], 200)

    def test_who_takes_its_own_token_away_is_still_answered(self):
        with Reloading(self.api(row("suicide", operate="*"))) as box:
            box.write(self.api())
            status, text = box.get("/v1/rollcall/reload", "suicide", "POST")
            self.assertEqual((status, json.loads(text)["taken"]), (200, ["api.tokens"]))
            self.assertEqual(box.get("/v1/rollcall/reload", "suicide", "POST")[0], 403)

    def test_hosts_and_rate_are_taken(self):
        with Reloading() as box:
            def ask(host):
                connection = http.client.HTTPConnection("127.0.0.1", box.api, timeout=20 * SLOW)
                connection.request("GET", "/v1/rollcall/services", headers={"Host": host})
                status = connection.getresponse().status
                connection.close()
                return status
            self.assertEqual(ask("api.example.com"), 403)
            box.write("  hosts: [api.example.com]\n  rate_limit: 1\n")
            box.good(taken=["api.rate_limit", "api.hosts"])
            self.assertEqual(ask("api.example.com"), 200)
            self.assertIn(429, [ask("api.example.com") for _ in range(5)])


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box_of = contextlib.ExitStack()
        cls.folder = cls.box_of.enter_context(tempfile.TemporaryDirectory(prefix="rollcall-reload-"))
        cls.own, cls.other = Authority(cls.folder, "own"), Authority(cls.folder, "other")
        san = "DNS:localhost,IP:127.0.0.1"
        cls.pairs = [cls.own.issue(name, san) for name in ("one", "two")]
        cls.client, cls.stranger = cls.own.issue("client", "DNS:client"), cls.other.issue("stranger", "DNS:stranger")

    @classmethod
    def tearDownClass(cls):
        cls.box_of.close()

    @contextlib.contextmanager
    def serving(self, more="", rest=""):
        with Reloading(start=False) as box:
            box.tls = f"  tls:\n    cert: {box.folder}/cert.pem\n    key: {box.folder}/key.pem\n" + more.format(box=box)
            box.write(box.tls, rest)
            self.install(box, self.pairs[0])
            if "client_ca" in more:
                shutil.copy(self.own.cert, box.folder / "ca.pem")
            box.start()
            yield box

    @staticmethod
    def install(box, pair, key=None):
        shutil.copy(pair.cert, box.folder / "cert.pem")
        shutil.copy((key or pair).key, box.folder / "key.pem")

    def context(self, client=None):
        context = ssl.create_default_context(cafile=str(self.own.cert))
        if client:
            context.load_cert_chain(str(client.cert), str(client.key))
        return context

    def connect(self, box, client=None):
        connection = http.client.HTTPSConnection("127.0.0.1", box.api, context=self.context(client), timeout=20 * SLOW)
        connection.connect()
        return connection

    def served(self, box):
        """The certificate of a new handshake, by its place in `pairs`."""
        connection = self.connect(box)
        try:
            return self.shown(connection.sock)
        finally:
            connection.close()

    def shown(self, tls):
        found = ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)).split()
        return [pair.cert.read_text().split() for pair in self.pairs].index(found)

    @staticmethod
    def ask(connection, path="/v1/rollcall/services"):
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()

    def test_new_handshakes_have_the_new_certificate_and_open_connections_live(self):
        with self.serving() as box:
            old, waiter = self.connect(box), Waiter(box, "", connection=self.connect(box))
            self.assertEqual(self.ask(old)[0], 200)
            place = old.sock.getsockname()
            self.assertEqual(self.served(box), 0)
            self.install(box, self.pairs[1])
            box.good(taken=["api.tls.cert", "api.tls.key"], restart=[])
            self.assertEqual(self.served(box), 1)
            self.assertEqual(self.ask(old)[0], 200)
            self.assertEqual((old.sock.getsockname(), self.shown(old.sock)), (place, 0))
            box.register(service="web", id="w1", address="10.0.0.1")
            status, text = waiter.reply()
            self.assertEqual((status, len(json.loads(text))), (200, 1))
            box.good(taken=[])
            old.close()
            waiter.close()

    def test_other_files_are_taken_like_other_contents(self):
        with self.serving() as box:
            box.write(f"  tls: {{cert: {self.pairs[1].cert}, key: {self.pairs[1].key}}}\n")
            box.good(taken=["api.tls.cert", "api.tls.key"])
            self.assertEqual(self.served(box), 1)

    def test_a_handshake_that_is_under_way_ends_with_the_certificate_it_began_with(self):
        with self.serving() as box, socket.create_connection(("127.0.0.1", box.api), timeout=20 * SLOW) as raw:
            into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = self.context().wrap_bio(into, out, server_hostname="localhost")
            with self.assertRaises(ssl.SSLWantReadError):
                tls.do_handshake()
            hello = out.read()
            raw.sendall(hello[:100])
            other = self.connect(box)
            eventually(lambda: "\nrollcall_http_connections 2\n" in self.ask(other, "/metrics")[1])
            other.close()
            self.install(box, self.pairs[1])
            box.good(taken=["api.tls.cert", "api.tls.key"])
            raw.sendall(hello[100:])
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    raw.sendall(out.read())
                    into.write(raw.recv(65536))
            raw.sendall(out.read())
            self.assertEqual(self.shown(tls), 0)
            tls.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            raw.sendall(out.read())
            while True:
                into.write(raw.recv(65536))
                with contextlib.suppress(ssl.SSLWantReadError):
                    self.assertTrue(tls.read().startswith(b"HTTP/1.1 200"))
                    break

    def test_a_pair_that_does_not_fit_changes_nothing_at_all(self):
        with self.serving(rest="log: {level: info}\n") as box:
            cases = [(lambda: self.install(box, self.pairs[1], key=self.pairs[0]), "do not make a certificate"),
                     (lambda: (box.folder / "cert.pem").write_text("no certificate"), "do not make a certificate"),
                     (lambda: (box.folder / "cert.pem").write_text(""), "No data available"),
                     (lambda: (box.folder / "key.pem").unlink(), "No such file"),
                     (lambda: ((box.folder / "key.pem").unlink(), os.mkfifo(box.folder / "key.pem")), "no regular file")]
            for spoil, words in cases:
                (box.folder / "key.pem").unlink(missing_ok=True)
                self.install(box, self.pairs[0])
                spoil()
                box.write(box.tls + f"  tokens:\n{ROOT}{row('new', read='*')}", "log: {level: error}\n")
                error = box.reload()["error"]
                self.assertIn(words, error["message"])
                self.assertIn("api.tls", error["message"])
                self.assertEqual(error["code"], "config")
                self.assertEqual(self.served(box), 0)
                connection = self.connect(box)
                self.assertEqual(self.ask(connection, "/v1/rollcall/services?token=anything")[0], 200, "tokens are ignored still")
                connection.close()
            self.assertEqual(box.log_text().count("was refused, and nothing changed: api.tls"), len(cases))
            (box.folder / "key.pem").unlink(missing_ok=True)
            self.install(box, self.pairs[1])
            self.assertEqual(set(box.good()["taken"]), {"api.tokens", "api.tls.cert", "api.tls.key", "log.level"})
            self.assertEqual(self.served(box), 1)

    def test_tls_is_not_put_on_or_off(self):
        with self.serving() as box:
            box.write()
            box.good(taken=[], restart=["api.tls.cert", "api.tls.key"])
            self.assertEqual(self.served(box), 0)
        with Reloading() as box:
            box.write(f"  tls: {{cert: {self.pairs[1].cert}, key: {self.pairs[1].key}}}\n")
            box.good(taken=[], restart=["api.tls.cert", "api.tls.key"])
            self.assertEqual(box.get("/v1/rollcall/services")[0], 200)
            box.write(f"  tls: {{cert: {self.pairs[1].cert}, key: {self.pairs[0].key}}}\n")
            self.assertIn("do not make a certificate", box.reload()["error"]["message"])

    AUTHORITY = "    client_ca: {box.folder}/ca.pem\n    require_client_cert: true\n"

    def refused(self, box, client):
        """Either the handshake fails or the first request does."""
        try:
            connection = self.connect(box, client)
            try:
                return self.ask(connection)[0] == 403
            finally:
                connection.close()
        except (ssl.SSLError, OSError, http.client.HTTPException):
            return True

    def test_other_authorities_hold_for_connections_that_are_open_too(self):
        with self.serving(self.AUTHORITY) as box:
            old, stream = self.connect(box, self.client), self.connect(box, self.client)
            waiter = Waiter(box, "", connection=self.connect(box, self.client))
            self.assertEqual(self.ask(old)[0], 200)
            stream.request("GET", "/v1/rollcall/events")
            events = stream.getresponse()
            self.assertEqual(events.status, 200)
            self.assertTrue(self.refused(box, self.stranger))
            self.install(box, self.pairs[1])
            box.good(taken=["api.tls.cert", "api.tls.key"])
            self.assertEqual(self.ask(old)[0], 200, "another certificate of ours says nothing of theirs")
            shutil.copy(self.other.cert, box.folder / "ca.pem")
            box.good(taken=["api.tls.client_ca"])
            box.register(service="web", id="w1", address="10.0.0.1")
            self.assertEqual(waiter.reply()[0], 403)
            self.assertNotIn(b"w1", events.read())
            status, text = self.ask(old)
            self.assertEqual(status, 403, text)
            self.assertIn("a client certificate is required", text)
            self.assertTrue(self.refused(box, self.client))
            fresh = self.connect(box, self.stranger)
            self.assertEqual(self.ask(fresh)[0], 200)
            for connection in (old, waiter, stream, fresh):
                connection.close()

    def test_a_certificate_that_is_asked_for_from_now_on_is_asked_for_at_once(self):
        with self.serving() as box:
            old = self.connect(box)
            self.assertEqual(self.ask(old)[0], 200)
            shutil.copy(self.own.cert, box.folder / "ca.pem")
            box.write(box.tls + self.AUTHORITY.format(box=box))
            box.good(taken=["api.tls.client_ca", "api.tls.require_client_cert"])
            self.assertEqual(self.ask(old)[0], 403)
            self.assertTrue(self.refused(box, None))
            good = self.connect(box, self.client)
            self.assertEqual(self.ask(good)[0], 200)
            good.close()
            old.close()
            (box.folder / "ca.pem").write_text("nobody")
            self.assertIn("holds no certificate", box.reload()["error"]["message"])
            self.assertTrue(self.refused(box, None))

    def test_the_end_of_the_certificate_is_told_in_time(self):
        def pair(name, days):
            stamp = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
            return self.own.issue(name, "DNS:localhost,IP:127.0.0.1", end=stamp), stamp

        def metric(box):
            connection = self.connect_any(box)
            text = self.ask(connection, "/metrics")[1]
            connection.close()
            [line] = [line for line in text.split("\n") if line.startswith("rollcall_http_certificate_expiry_seconds")]
            return float(line.split()[1])

        (soon, stamp), (ended, _) = pair("soon", 10.5), pair("ended", -2)
        with self.serving() as box:
            self.assertNotIn("certificate", box.log_text())
            self.install(box, soon)
            box.good()
            self.assertIn(f"the certificate {box.folder}/cert.pem ends in 10 days", box.log_text())
            self.assertEqual(time.strftime("%Y%m%d%H%M%SZ", time.gmtime(metric(box))), stamp)
            box.restart()
            self.assertEqual(box.log_text().count("ends in 10 days"), 2)
            self.install(box, ended)
            box.good()
            self.assertIn(f"the certificate {box.folder}/cert.pem ended at", box.log_text())
            self.assertLess(metric(box), time.time())
            self.install(box, self.pairs[1])
            before = len(box.log_text())
            box.good()
            self.assertNotIn("certificate", box.log_text()[before:])
        with Reloading() as box:
            text = box.get("/metrics")[1]
            self.assertNotIn("\nrollcall_http_certificate_expiry_seconds", text)

    @staticmethod
    def connect_any(box):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", box.api, context=context, timeout=20 * SLOW)

    def test_hundreds_of_reloads_leak_neither_descriptors_nor_memory(self):
        with self.serving() as box, box.connect() as line:
            held = [self.connect(box) for _ in range(3)]
            for connection in held:
                self.assertEqual(self.ask(connection)[0], 200)

            def once(number):
                self.install(box, self.pairs[number % 2])
                box.write(box.tls + "  anonymous: operate\n  tokens:\n"
                          + "".join(row(f"t{number}-{i}", read="*") for i in range(50)))
                reply = line.ask("reload")
                self.assertTrue(reply["ok"], reply)
                self.assertEqual(self.served(box), number % 2)
                if number % 10 == 0:
                    box.config.write_text("node: [")
                    self.assertFalse(line.ask("reload")["ok"])
                    for connection in held:  # nor is one idle for as long as all of this takes
                        self.assertEqual(self.ask(connection)[0], 200)
            for number in range(60):
                once(number)
            descriptors, memory = box.descriptors(), box.resident()
            for number in range(60, 260):
                once(number)
            eventually(lambda: box.descriptors() <= descriptors)
            if SLOW == 1:  # sanitizers keep what was freed; they look for leaks at the end
                self.assertLess(box.resident() - memory, 1 << 20, "a set of certificates is 10 KiB, a configuration 30")
            for connection in held:
                self.assertEqual(self.ask(connection)[0], 200)
                connection.close()


if __name__ == "__main__":
    unittest.main()
