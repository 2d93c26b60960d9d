"""The HTTP side among clients that mean harm: requests that can be read two ways, bounds of memory and time, rights."""
import hashlib
import http.server
import json
import pathlib
import socket
import sqlite3
import threading
import time
import unittest

from box import SLOW, Box, eventually, free_port
from consul import Consul, Reply

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"


def talk(port, data):
    """All that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=20 * SLOW) as connection:
        connection.sendall(data)
        out = b""
        while piece := connection.recv(65536):
            out += piece
        return out


def slow_reader(port, path):
    """A client that asks and then takes as good as nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(b"GET " + path.encode() + HEAD + b"\r\n")
    return connection


def page(consul, path, headers=None):
    """A path that is not below /v1/."""
    consul.connection.request("GET", path, headers=headers or {})
    return Reply(consul.connection.getresponse())


def memory(box):
    """Resident, in MiB."""
    for line in pathlib.Path(f"/proc/{box.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no VmRSS")


class Framing(unittest.TestCase):
    """With a proxy before us both must see the same requests."""

    def test_a_request_that_can_be_read_two_ways_is_refused_and_nothing_behind_it_is_one(self):
        second = b"GET /v1/status/leader" + HEAD + b"\r\n"
        cases = {
            b"Content-Length: 1\r\nContent-Length: 60\r\n\r\nx": b"twice",
            b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx": b"twice",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"exclude each other",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n": b"chunked",
            b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n": b"chunked",
            b"Transfer-Encoding : chunked\r\nContent-Length: 1\r\n\r\nx": b"name",
            b"Content-Length : 1\r\n\r\nx": b"name",
            b"X: a\rContent-Length: 9\r\nContent-Length: 1\r\n\r\nx": b"control",
            b"Host: other\r\nContent-Length: 1\r\n\r\nx": b"Host",
            b"Content-Length: +1\r\n\r\nx": b"",
            b"Content-Length: 99999999999999999999\r\n\r\nx": b"",
            b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n": b"",
        }
        with Box() as box:
            for headers, words in cases.items():
                reply = talk(box.api, b"PUT /v1/kv/smuggled" + HEAD + headers + second)
                self.assertRegex(reply, rb"^HTTP/1\.1 4(00|13) ", headers)
                self.assertNotIn(b" 200 OK", reply, headers)
                self.assertIn(words, reply, headers)
            with Consul(box.api) as consul:
                self.assertEqual(consul.get("kv/smuggled").status, 404)

    def test_what_is_given_up_before_its_headers_are_read_leaves_nothing(self):
        """Some KB each; under LeakSanitizer the end of the daemon says so."""
        with Box() as box, Consul(box.api) as consul:
            before = memory(box)
            for i in range(1500):
                with socket.create_connection(("127.0.0.1", box.api)) as connection:
                    connection.sendall(b"GET /v1/kv/a?" + b"&" * 3000 + HEAD + b"\r\n")
                if i % 20 == 19:  # few are open at once: memory of those would be counted too
                    self.assertEqual(consul.get("status/leader").status, 200)
            if SLOW == 1:
                self.assertLess(memory(box) - before, 8)


class Bounds(unittest.TestCase):
    def setUp(self):
        port = free_port()
        self.box = self.enterContext(Box(f"api:\n  listen: [127.0.0.1:{port}]\n  max_pending: 16777216\n"))
        self.box.api = port
        self.consul = self.enterContext(Consul(port))

    def test_answers_that_nobody_takes_are_bounded_and_small_ones_go_on(self):
        for i in range(12):
            self.assertEqual(self.consul.put(f"kv/big/{i}", b"v" * 500000).text, "true")
        size = len(self.consul.get("kv/big?recurse").body)
        readers = [slow_reader(self.box.api, "/v1/kv/big?recurse") for _ in range(12)]
        # All are answered before we ask: our own answer, half sent, would be counted among theirs.
        words = [reader.recv(12)[-3:] for reader in readers]
        reply = self.consul.get("kv/big?recurse")
        self.assertEqual(reply.status, 503)
        self.assertIn("api.max_pending", reply.text)
        self.assertEqual(reply.headers["Retry-After"], "1")
        self.assertEqual(self.consul.get("status/leader").status, 200)
        self.assertEqual(words.count(b"200"), 16777216 // size)
        self.assertEqual(words.count(b"503"), len(readers) - 16777216 // size)
        for reader in readers:
            reader.close()
        eventually(lambda: self.consul.get("kv/big?recurse").status == 200)

    def test_bodies_that_do_not_end_are_bounded(self):
        half = b"PUT /v1/kv/half" + HEAD + b"Content-Length: 524288\r\n\r\n" + b"x" * 500000
        senders = []
        for _ in range(60):
            sender = socket.create_connection(("127.0.0.1", self.box.api))
            sender.settimeout(10 * SLOW)
            try:
                sender.sendall(half)
            except OSError:
                pass  # hung up on
            senders.append(sender)

        def ended(sender):
            sender.setblocking(False)
            try:
                return sender.recv(1) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True
        eventually(lambda: sum(map(ended, senders)) >= 60 - 16777216 // 500000)
        self.assertEqual(self.consul.get("status/leader").status, 200)
        for sender in senders:
            sender.close()
        eventually(lambda: self.consul.put("kv/whole", b"x" * 500000).status == 200)

    def test_a_transaction_of_large_reads_is_an_error_and_no_end(self):
        for i in range(10):
            self.consul.put(f"kv/tree/{i}", b"v" * 500000)
        reply = self.consul.put("txn", [{"KV": {"Verb": "get-tree", "Key": "tree"}}] * 128)
        self.assertEqual((reply.status, reply.text), (500, "the answer is too large, or memory is short"))

    def processor_time(self, ask):
        """Of the daemon, for as many of the same as its clock can tell; others on the machine take none of it."""
        def ticks():
            fields = pathlib.Path(f"/proc/{self.box.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        begin, count = ticks(), 0
        while ticks() - begin < 10:
            ask()
            count += 1
        return (ticks() - begin) / count

    def test_a_transaction_of_128_questions_does_not_look_at_all_instances_128_times(self):
        for i in range(400):
            self.assertEqual(self.consul.put("agent/service/register", {
                "Name": "Web Shop", "ID": f"w{i}", "Check": {"CheckID": f"c{i}", "Name": "of mine", "TTL": "1h"}}).status, 200)
        self.assertGreater(len(self.consul.get("health/state/any").json), 400)
        questions = [{"Check": {"Verb": "get", "Check": {"Node": "n1", "CheckID": f"none{i}"}}} for i in range(128)]
        once = self.processor_time(lambda: self.consul.get("health/state/any"))
        many = self.processor_time(lambda: self.assertEqual(self.consul.put("txn", questions).status, 409))
        self.assertLess(many, 10 * once)
        for check_id in ("c7", "serfHealth"):
            reply = self.consul.put("txn", [{"Check": {"Verb": "get", "Check": {"Node": "n1", "CheckID": check_id}}}])
            self.assertEqual(reply.json["Results"][0]["Check"]["CheckID"], check_id, reply.text)

    def test_bodies_of_brackets_are_refused_in_words(self):
        for body in (b"[" * 60000, b'{"a":' * 10000, b'"' + b"\\u0000" * 9000 + b'"', b"1" * 60000):
            for path in ("agent/service/register", "txn", "session/create", "catalog/register"):
                self.assertIn(self.consul.put(path, body).status, (400, 413), (path, body[:10]))
            self.assertEqual(self.consul.post("query", body).status, 400, body[:10])

    def test_names_that_are_not_there_cost_nothing_when_nobody_waits_any_more(self):
        def waiting():
            text = page(self.consul, "/metrics").text
            return int(next(line.split()[1] for line in text.splitlines()
                            if line.startswith("rollcall_http_waiting ")))
        clients = []
        for i in range(300):
            client = socket.create_connection(("127.0.0.1", self.box.api))
            client.sendall(f"GET /v1/health/service/absent{i}?index=1&wait=600s".encode() + HEAD + b"\r\n")
            clients.append(client)
        eventually(lambda: waiting() == 300)
        for client in clients:
            client.close()
        eventually(lambda: waiting() == 0)


def tokens(port, **rows):
    lines = [f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: none\n  tokens:\n"]
    for name, rights in rows.items():
        lines.append(f"    - {{name: {name}, sha256: {hashlib.sha256(name.encode()).hexdigest()}, {rights}}}\n")
    return "".join(lines)


class Rights(unittest.TestCase):
    """`mine` may register the service "mine" and the key "app"; everything else is somebody's."""

    def setUp(self):
        port = free_port()
        self.box = self.enterContext(Box(tokens(port, root='operate: ["*"]', mine='register: ["mine", "kv/app"]')))
        self.consul = self.enterContext(Consul(port))

    def ask(self, method, path, body=None, who="mine", status=None):
        reply = self.consul.ask(method, path, body, {"X-Consul-Token": who})
        if status is not None:
            self.assertEqual(reply.status, status, (method, path, reply.body))
        return reply

    def root(self, method, path, body=None):
        return self.ask(method, path, body, "root", 200)

    def test_the_right_to_a_key_is_none_to_those_that_begin_so(self):
        for key in ("app", "apple"):
            self.root("PUT", "kv/" + key, "secret")
        self.ask("DELETE", "kv/app?recurse", status=403)
        for verb in ("get-tree", "delete-tree"):
            self.ask("PUT", "txn", [{"KV": {"Verb": verb, "Key": "app"}}], status=403)
        for verb in ("check-index", "check-session", "check-not-exists", "get", "get-or-empty", "set", "lock"):
            self.ask("PUT", "txn", [{"KV": {"Verb": verb, "Key": "apple"}}], status=403)
        self.assertEqual(self.root("GET", "kv/apple?raw").text, "secret")
        self.assertEqual([e["Key"] for e in self.ask("GET", "kv/app?recurse", status=200).json], ["app"])
        self.ask("DELETE", "kv/app", status=200)

    def test_a_session_is_ended_by_who_may_write_what_it_holds(self):
        session = self.root("PUT", "session/create", {"LockDelay": "0s"}).json["ID"]
        self.assertEqual(self.root("PUT", f"kv/leader?acquire={session}", "x").text, "true")
        self.ask("PUT", f"session/destroy/{session}", status=403)
        self.assertEqual(self.root("GET", "kv/leader").json[0]["Session"], session)
        own = self.ask("PUT", "session/create", {}, status=200).json["ID"]
        self.assertEqual(self.ask("PUT", f"kv/app?acquire={own}", "x").text, "true")
        self.ask("PUT", f"session/destroy/{own}", status=200)

    def test_a_prepared_query_is_its_services(self):
        query = self.root("POST", "query", {"Name": "q", "Service": {"Service": "db"}}).json["ID"]
        self.assertEqual(self.ask("GET", "query").json, [])
        self.ask("GET", f"query/{query}", status=404)
        for path in ("query/q/execute", "query/q/explain"):
            self.ask("GET", path, status=403)
        self.ask("DELETE", f"query/{query}", status=403)
        for service in ("mine", "db"):
            self.ask("PUT", f"query/{query}", {"Name": "q", "Service": {"Service": service}}, status=403)
        self.ask("POST", "query", {"Name": "r", "Service": {"Service": "db"}}, status=403)
        own = self.ask("POST", "query", {"Name": "s", "Service": {"Service": "mine"}}, status=200).json["ID"]
        self.assertEqual([q["ID"] for q in self.ask("GET", "query").json], [own])
        self.ask("DELETE", f"query/{own}", status=200)

    def test_an_alias_tells_nothing_that_its_owner_may_not_see(self):
        self.root("PUT", "agent/service/register", {"Name": "db", "ID": "db1", "Port": 1})
        for other in ("db1", "not-there-yet"):
            self.ask("PUT", "agent/service/register",
                     {"Name": "mine", "ID": "m1", "Check": {"AliasService": other}}, status=403)
            body = {"service": "mine", "address": "::1", "port": 1,
                    "checks": [{"kind": "alias", "interval": "1s", "instance": other}]}
            for path in ("rollcall/instances", "rollcall/checks/try"):
                self.ask("POST", path, body, status=403)
        self.ask("PUT", "agent/service/register", {"Name": "mine", "ID": "m0"}, status=200)
        self.ask("PUT", "agent/service/register",
                 {"Name": "mine", "ID": "m1", "Check": {"AliasService": "m0"}}, status=200)

    def test_an_id_stays_with_its_service(self):
        self.root("PUT", "agent/service/register",
                  {"Name": "db", "ID": "db1", "Check": {"TTL": "1h", "CheckID": "dbc", "Status": "passing"}})
        for method, path, body in (
                ("PUT", "agent/service/register", {"Name": "mine", "ID": "db1"}),
                ("PUT", "agent/check/register", {"Name": "c", "ServiceID": "db1", "TTL": "1s"}),
                ("PUT", "agent/check/deregister/dbc", None), ("PUT", "agent/check/fail/dbc", None),
                ("PUT", "agent/check/update/dbc", {"Status": "critical"}),
                ("PUT", "agent/service/deregister/db1", None),
                ("PUT", "agent/service/maintenance/db1?enable=true", None),
                ("PUT", "agent/check/register", {"Name": "of the node", "TTL": "1h"}),
                ("PUT", "agent/maintenance?enable=true", None),
                ("GET", "agent/service/db1", None), ("GET", "agent/health/service/id/db1", None),
                ("GET", "health/checks/db", None), ("GET", "catalog/service/db", None)):
            self.ask(method, path, body, status=403)
        reply = self.ask("PUT", "agent/service/register",
                         {"Name": "mine", "ID": "m1", "Check": {"TTL": "1h", "CheckID": "dbc"}})
        self.assertEqual(reply.status, 400)
        self.assertEqual(self.ask("PUT", "rollcall/instances/db1", {"service": "mine", "address": "::1"}).status, 409)
        self.assertEqual(self.root("GET", "agent/checks").json["dbc"]["Status"], "passing")
        for path in ("agent/services", "agent/checks", "health/state/any", "catalog/services", "health/node/n1",
                     "rollcall/services", "rollcall/history", "rollcall/http_sd", "agent/metrics"):
            text = self.ask("GET", path, status=200).text
            for word in ("db1", "dbc", '"db"'):
                self.assertNotIn(word, text, path)
        self.assertNotIn('"db"', page(self.consul, "/metrics", {"X-Consul-Token": "mine"}).text)

    def test_a_node_is_changed_by_who_may_change_all_that_stand_on_it(self):
        self.root("PUT", "catalog/register", {"Node": "full", "Address": "10.0.0.1", "Service": {"Service": "db"}})
        self.root("PUT", "catalog/register", {"Node": "empty", "ID": "40e4a748-2192-161a-0510-9bf59fe950b5",
                                              "Address": "10.0.0.2", "Check": {"Name": "c", "CheckID": "c"}})
        before = self.root("GET", "catalog/nodes").json
        for body in ({"Node": "full", "Address": "10.6.6.6", "Service": {"Service": "mine"}},
                     {"Node": "empty", "Address": "10.6.6.6", "Service": {"Service": "mine"}},
                     {"Node": "else", "ID": "40e4a748-2192-161a-0510-9bf59fe950b5", "Address": "10.6.6.6",
                      "Service": {"Service": "mine"}}):
            self.ask("PUT", "catalog/register", body, status=403)
        for body in ({"Node": "full"}, {"Node": "empty"}, {"Node": "full", "ServiceID": "db"},
                     {"Node": "empty", "CheckID": "c"}):
            self.ask("PUT", "catalog/deregister", body, status=403)
        self.assertEqual(self.root("GET", "catalog/nodes").json, before)
        self.ask("PUT", "catalog/register",
                 {"Node": "own", "Address": "10.0.0.3", "Service": {"Service": "mine"}}, status=200)
        self.ask("PUT", "catalog/deregister", {"Node": "own"}, status=200)


class Pages(unittest.TestCase):
    def test_a_page_of_another_site_writes_nothing_and_its_names_are_not_ours(self):
        port = free_port()
        with Box(f"api:\n  listen: [127.0.0.1:{port}]\n") as box, Consul(port) as consul:
            for headers in ({"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": ""},
                            {"Referer": "http://evil.example/localhost"}, {"Sec-Fetch-Site": "cross-site"},
                            {"Origin": f"http://127.0.0.1:{port + 1}"}):
                for method, path, body in (("PUT", "kv/a", "x"), ("POST", "query", "{}"), ("PUT", "session/create", "{}"),
                                           ("PUT", "agent/service/register", '{"Name":"a"}'), ("DELETE", "kv/a", None)):
                    headers["Content-Type"] = "text/plain"
                    self.assertEqual(consul.ask(method, path, body, headers).status, 403, (path, headers))
            for host in (b"evil.example", b"localhost.evil.example", b"[::1.evil.example", b"evil.xlocalhost"):
                reply = talk(port, b"GET /v1/agent/self HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                self.assertTrue(reply.startswith(b"HTTP/1.1 403 "), host)
                self.assertNotIn(b"Access-Control", reply)
            del box

    def test_texts_that_come_back_are_no_markup_for_browsers(self):
        with Box() as box, Consul(box.api) as consul:
            consul.put("kv/page", "<script>alert(1)</script>")
            reply = consul.get("kv/page?raw")
            self.assertTrue(reply.headers["Content-Type"].startswith("text/plain"))
            self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
            self.assertTrue(page(consul, "/ui/%3Cb%3E").headers["Content-Type"].startswith("text/plain"))
            for path in ("query/%3Cb%3E/execute", "agent/service/%3Cb%3E"):
                self.assertTrue(consul.get(path).headers["Content-Type"].startswith("text/plain"), path)
            policy = page(consul, "/ui/").headers["Content-Security-Policy"]
            for words in ("default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
                self.assertIn(words, policy)


class Checks(unittest.TestCase):
    """What a check can be made to ask."""

    def test_a_check_carries_no_lines_of_its_own_and_reaches_no_credentials(self):
        url = "http://127.0.0.1:9/p"
        refused = [{"HTTP": f"http://{host}/"} for host in (
            "169.254.169.254", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "2852039166", "0251.0376.0251.0376",
            "169.254.43518", "169.254.170.23", "168.63.129.16", "[fd00:ec2::23]",
            "127.0.0.1\r\nX: y", "127.0.0.1:0", "127.0.0.1:99999", "a b")]
        refused += [{"HTTP": other} for other in ("file:///etc/passwd", "gopher://127.0.0.1/", "unix:///run/a")]
        refused += [{"HTTP": url, "Method": method} for method in ("GET / HTTP/1.1", "PUT\r\nX: y", "CONNECT")]
        refused += [{"HTTP": url, "Header": header} for header in (
            {"X": ["a\r\nY: b"]}, {"X: y\r\nY": ["a"]}, {"Host": ["a\r\nX: y"]}, {"X Y": ["a"]}, {"": ["a"]})]
        refused += [{"TCP": "169.254.169.254:80"}, {"TCP": "a\r\nb:80"}, {"GRPC": "127.0.0.1:9/a\r\nb"},
                    {"Args": ["/bin/true"]}, {"ScriptArgs": ["/bin/true"]}, {"Script": "true"}]
        with Box() as box, Consul(box.api) as consul:
            for check in refused:
                reply = consul.put("agent/service/register", {"Name": "a", "Check": {"Interval": "1s", **check}})
                self.assertIn(reply.status, (400, 500), check)
            self.assertEqual(consul.get("agent/services").json, {})

    def test_secrets_of_a_check_stay_with_the_server_they_are_for(self):
        seen = []

        class Server(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append((self.server, dict(self.headers)))
                self.send_response(302 if self.server is servers[0] else 200)
                if self.server is servers[0]:
                    self.send_header("Location", f"http://127.0.0.1:{servers[1].server_port}/")
                self.end_headers()

            def log_message(self, *_):
                pass
        servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) for _ in range(2)]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with Box() as box, Consul(box.api) as consul:
                consul.put("agent/service/register", {"Name": "a", "Check": {
                    "HTTP": f"http://127.0.0.1:{servers[0].server_port}/", "Interval": "1s",
                    "Header": {"Authorization": ["Bearer s3cret"], "Cookie": ["s=s3cret"]}}})
                eventually(lambda: any(server is servers[1] for server, _ in seen))
        finally:
            for server in servers:
                server.shutdown()
                server.server_close()
        for server, headers in seen:
            self.assertEqual("s3cret" in json.dumps(headers), server is servers[0])


class Disk(unittest.TestCase):
    def test_damaged_records_are_said_and_left_out(self):
        with Box() as box:
            with Consul(box.api) as consul:
                session = consul.put("session/create", {"LockDelay": "60s"}).json["ID"]
                for key in ("kept", "lost"):
                    consul.put("kv/" + key, "x")
                self.assertEqual(consul.put(f"kv/delayed?acquire={session}", "x").text, "true")
                consul.put(f"session/destroy/{session}")
                consul.put("session/create", {})
                consul.post("query", {"Name": "q", "Service": {"Service": "a"}})
                consul.put("catalog/register", {"Node": "ext", "Address": "10.0.0.1"})
            box.stop()
            with sqlite3.connect(box.database) as database:
                areas = {row[0] for row in database.execute("SELECT DISTINCT area FROM record")}
                database.execute("UPDATE record SET value = x'ff' WHERE key <> 'kept'")
            database.close()
            self.assertLessEqual({"consul_kv", "consul_session", "consul_query", "consul_node", "consul_lock_delay"}, areas)
            box.start()
            log = box.log_text()
            for words in ('the record of key "lost"', "the record of session", "the record of query",
                          'the record of the external node "ext"', 'the record of the lock delay of "delayed"'):
                self.assertIn(words, log)
            with Consul(box.api) as consul:
                self.assertEqual([e["Key"] for e in consul.get("kv/?recurse").json], ["kept"])
                self.assertEqual((consul.get("session/list").json, consul.get("query").json), ([], []))
                self.assertEqual(consul.put("kv/lost", "again").text, "true")


if __name__ == "__main__":
    unittest.main()
