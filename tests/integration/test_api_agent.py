"""Consul's agent: services, checks, maintenance and what the agent says of itself, over real HTTP, beside real DNS."""
import http.client
import http.server
import json
import socket
import threading
import time
import unittest
import urllib.parse

from box import SLOW, Box, eventually, free_port


class Web(http.server.ThreadingHTTPServer):
    """A backend whose /health answers with `status`; "/moved" leads there."""

    def __init__(self):
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        moved = self.path == "/moved"
        body = b"all is well"
        self.send_response(302 if moved else self.server.status)
        if moved:
            self.send_header("Location", "/health")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Agent(Box):
    """A box whose anonymous clients may do everything, and the calls of a client."""

    def __init__(self, anonymous="operate", **options):
        port = free_port()
        super().__init__(extra=f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: {anonymous}\n", **options)
        self.api = port

    def http(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=20 * SLOW)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def put(self, path, body=None):
        """(status, text)"""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        status, _, text = self.http("PUT", path, raw)
        return status, text.decode()

    def done(self, path, body=None):
        """A PUT that is answered with an empty 200."""
        status, headers, text = self.http("PUT", path, body if isinstance(body, bytes) or body is None
                                          else json.dumps(body).encode())
        assert (status, text) == (200, b""), (status, text)
        assert headers["Content-Type"] is None and headers["Content-Length"] == "0", headers.items()

    def get(self, path):
        status, _, text = self.http("GET", path)
        assert status == 200, (path, status, text)
        return json.loads(text)

    def index(self, path):
        return self.http("GET", path)[1]["X-Consul-Index"]

    def passing(self, name):
        return [row["Service"]["ID"] for row in self.get(f"/v1/health/service/{name}?passing")]

    def check(self, check_id):
        return self.get("/v1/agent/checks")[check_id]


class Registering(unittest.TestCase):
    def test_a_name_alone_is_a_service_that_passes(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "a"})
            self.assertEqual({"a"}, set(box.get("/v1/agent/services")))
            self.assertEqual(["a"], box.passing("a"))
            mine = box.get("/v1/agent/services")["a"]
            self.assertEqual(("a", "a", [], {}, 0, ""),
                             tuple(mine[k] for k in ("ID", "Service", "Tags", "Meta", "Port", "Address")))
            self.assertEqual({"Passing": 1, "Warning": 1}, mine["Weights"])
            self.assertEqual("dc1", mine["Datacenter"])

    def test_bodies_of_all_kinds_of_clients_are_taken(self):
        spring = {"ID": "s-1", "Name": "s", "Tags": None, "Address": None, "Meta": None, "Port": None, "Check": None,
                  "Checks": None, "EnableTagOverride": None, "Kind": None, "Proxy": None, "Connect": None}
        python = {"name": "p", "id": "p-1", "address": "127.0.0.1", "port": 80, "tags": ["a"],
                  "checks": [{"ttl": "10s", "DeregisterCriticalServiceAfter": "1m"}]}
        npm = {"Name": "web", "ID": "web/1", "Tags": ["a"], "Meta": {"k": "v"}, "Address": "127.0.0.1", "Port": 80,
               "Check": {"TTL": "10s", "DeregisterCriticalServiceAfter": "1m"}}
        with Agent() as box:
            for body in ({"Name": "a", "Check": None, "Checks": None}, spring, python, npm):
                box.done("/v1/agent/service/register", body)
            box.done("/v1/agent/service/register", b'{"Name":"b","Unknown":1,"Namespace":"x"} \n')
            services = box.get("/v1/agent/services")
            self.assertEqual({"a", "b", "s-1", "p-1", "web/1"}, set(services))
            self.assertEqual({"k": "v"}, services["web/1"]["Meta"])
            self.assertEqual({"service:p-1", "service:web/1"}, set(box.get("/v1/agent/checks")))

    def test_faults_are_named_and_nothing_is_stored(self):
        rows = [
            (b'{"Port":1}', "Missing service name"),
            (b'{"Name":"a","Address":"0.0.0.0"}', "Invalid service address"),
            (b"{", "Request decode failed: "),
            (b"", "Request decode failed: EOF"),
            (b'{"Name":"a","Check":{"TCP":"x:1","Interval":"10"}}', "Request decode failed: "),
            (b'{"Name":"a","Check":{"TTL":"1s","Interval":"1s"}}', "Invalid check: Interval and TTL cannot both"),
            (b'{"Name":"a","Check":{"HTTP":"http://127.0.0.1/"}}', "Invalid check: Interval must be > 0"),
            (b'{"Name":"a","Checks":[{"Name":"x"}]}', "Invalid check: TTL must be > 0 for TTL checks"),
            (b'{"Name":"a","Check":{"TTL":"1s","Status":"Passing"}}', "Status for checks must 'passing'"),
            (b'{"Name":"a","Check":{"H2PING":"127.0.0.1:1","Interval":"1s"}}', "Invalid check: H2PING is not"),
        ]
        with Agent() as box:
            for body, text in rows:
                status, headers, said = box.http("PUT", "/v1/agent/service/register", body)
                self.assertEqual(400, status, body)
                self.assertTrue(said.decode().startswith(text), said)
                self.assertTrue(headers["Content-Type"].startswith("text/plain"))
                self.assertFalse(said.endswith(b"\n"))
            status, text = box.put("/v1/agent/service/register",
                                   {"Name": "a", "Check": {"Args": ["/bin/true"], "Interval": "1s"}})
            self.assertEqual(500, status)
            self.assertTrue(text.startswith("Scripts are disabled on this agent"))
            self.assertEqual({}, box.get("/v1/agent/services"))

    def test_ids_and_names_of_checks_and_their_first_status(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "a", "Check": {"TTL": "60s", "Notes": "n"}})
            box.done("/v1/agent/service/register",
                     {"Name": "b", "Checks": [{"TTL": "60s", "Status": "passing"}, {"TTL": "60s", "Status": "warning"}]})
            checks = box.get("/v1/agent/checks")
            self.assertEqual({"service:a", "service:b:1", "service:b:2"}, set(checks))
            self.assertEqual(("Service 'a' check", "critical", "n", "ttl", "a", "a"),
                             tuple(checks["service:a"][k] for k in
                                   ("Name", "Status", "Notes", "Type", "ServiceID", "ServiceName")))
            self.assertEqual(["passing", "warning"], [checks[f"service:b:{i}"]["Status"] for i in (1, 2)])
            self.assertEqual([], box.passing("a"))

    def test_durations_are_shown_as_go_writes_them(self):
        with Agent() as box, Web() as web:
            box.done("/v1/agent/service/register",
                     {"Name": "a", "Check": {"TCP": f"127.0.0.1:{web.port}", "Interval": 10_000_000_000,
                                             "Timeout": "90s"}})
            check = box.check("service:a")
            self.assertEqual(("10s", "1m30s"), (check["Interval"], check["Timeout"]))

    def test_deregistering(self):
        with Agent() as box:
            text = 'Unknown service ID "x". Ensure that the service ID is passed, not the service name.'
            self.assertEqual((404, text), box.put("/v1/agent/service/deregister/x"))
            for path in ("host:a/b:80", "host%3Aa%2Fb%3A80"):
                box.done("/v1/agent/service/register", {"Name": "w", "ID": "host:a/b:80", "Check": {"TTL": "60s"}})
                box.done("/v1/agent/check/pass/service:" + path)
                box.done("/v1/agent/service/deregister/" + path)
                self.assertEqual({}, box.get("/v1/agent/services"))
                self.assertEqual({}, box.get("/v1/agent/checks"))

    def test_registering_again_keeps_what_is_known(self):
        body = {"Name": "a", "Checks": [{"CheckID": "x", "TTL": "60s"}, {"CheckID": "y", "TTL": "60s"}]}
        with Agent() as box:
            box.done("/v1/agent/service/register", body)
            box.done("/v1/agent/check/pass/x")
            box.done("/v1/agent/check/pass/y?note=fine")
            self.assertEqual(["a"], box.passing("a"))
            before = box.index("/v1/health/service/a")
            box.done("/v1/agent/service/register", body)
            self.assertEqual(before, box.index("/v1/health/service/a"))
            # One is left out and stays; the other asks for something else and keeps its status.
            box.done("/v1/agent/service/register", {"Name": "a", "Port": 7, "Check": {"CheckID": "y", "TTL": "30s"}})
            checks = box.get("/v1/agent/checks")
            self.assertEqual({"x": "passing", "y": "passing"}, {i: c["Status"] for i, c in checks.items()})
            self.assertEqual("fine", checks["y"]["Output"])
            self.assertEqual(["a"], box.passing("a"))
            box.done("/v1/agent/service/register?replace-existing-checks=true",
                     {"Name": "a", "Check": {"CheckID": "y", "TTL": "30s"}})
            self.assertEqual({"y"}, set(box.get("/v1/agent/checks")))
            self.assertEqual(0, box.get("/v1/agent/services")["a"]["Port"])

    def test_a_status_that_was_never_checked_stays_too(self):
        def body(url, status):
            return {"Name": "a", "Check": {"HTTP": url, "Interval": "600s", "Status": status, "Timeout": "600s"}}
        with Agent() as box, socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            box.done("/v1/agent/service/register", body(url, "passing"))
            self.assertEqual(["a"], box.passing("a"))
            box.done("/v1/agent/service/register", body(url + "other", "critical"))
            self.assertEqual(["a"], box.passing("a"))
            self.assertEqual("passing", box.check("service:a")["Status"])

    def test_one_that_is_down_and_registers_again_is_looked_at_now(self):
        with Agent() as box:
            port = free_port()
            body = {"Name": "again", "Check": {"TCP": f"127.0.0.1:{port}", "Interval": "1h", "Timeout": "1s"}}
            box.done("/v1/agent/service/register", body)
            eventually(lambda: box.check("service:again")["Output"])
            with socket.create_server(("127.0.0.1", port)):
                self.assertEqual(box.passing("again"), [])
                box.done("/v1/agent/service/register", body)
                eventually(lambda: box.passing("again"))

    def test_a_check_id_is_one_services_alone(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "a", "Check": {"CheckID": "c", "TTL": "60s"}})
            status, text = box.put("/v1/agent/service/register", {"Name": "b", "Check": {"CheckID": "c", "TTL": "60s"}})
            self.assertEqual((400, 'Check ID "c" belongs to service ID "a"'), (status, text))
            self.assertEqual({"a"}, set(box.get("/v1/agent/services")))
            box.done("/v1/agent/service/deregister/a")
            box.done("/v1/agent/service/register", {"Name": "b", "Check": {"CheckID": "c", "TTL": "60s"}})

    def test_what_is_registered_comes_back_as_it_was_said_also_after_a_restart(self):
        body = {"ID": "Web-1", "Name": "My Web", "Tags": ["b", "a", "b"], "Address": "", "Port": 80,
                "Meta": {"b": "2", "a": "1"}, "EnableTagOverride": True, "Weights": {"Passing": 3, "Warning": 2},
                "TaggedAddresses": {"wan": {"Address": "1.2.3.4", "Port": 9}}, "SocketPath": "/run/web",
                "Check": {"CheckID": "mine", "Name": "My check", "TTL": "60s"}}
        with Agent() as box:
            box.done("/v1/agent/service/register", body)
            box.done("/v1/agent/check/warn/mine?note=out+%26+x")
            first = box.get("/v1/agent/services")["Web-1"]
            for key in ("ID", "Tags", "Address", "Port", "Meta", "EnableTagOverride", "Weights", "SocketPath"):
                self.assertEqual(body[key], first[key], key)
            self.assertEqual("My Web", first["Service"])
            self.assertEqual({"Address": "1.2.3.4", "Port": 9}, first["TaggedAddresses"]["wan"])
            box.restart()
            self.assertEqual(first, box.get("/v1/agent/services")["Web-1"])
            check = box.check("mine")
            self.assertEqual(("My check", "warning", "out & x", "My Web"),
                             tuple(check[k] for k in ("Name", "Status", "Output", "ServiceName")))
            # Found by the name as it was registered, in any case.
            self.assertEqual(["Web-1"], [row["Service"]["ID"] for row in box.get("/v1/health/service/my%20web")])

    def test_one_service_with_hash_blocking(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "a", "Port": 1})
            status, _, text = box.http("GET", "/v1/agent/service/nobody")
            self.assertEqual((404, b"unknown service ID: nobody"), (status, text))
            _, headers, text = box.http("GET", "/v1/agent/service/a")
            known = headers["X-Consul-ContentHash"]
            self.assertEqual(known, json.loads(text)["ContentHash"])
            seen = []
            waiter = threading.Thread(target=lambda: seen.append(
                box.http("GET", f"/v1/agent/service/a?hash={known}&wait=30s")))
            waiter.start()
            time.sleep(0.1)
            self.assertEqual([], seen)
            box.done("/v1/agent/service/register", {"Name": "a", "Port": 2})
            waiter.join(10 * SLOW)
            self.assertEqual(2, json.loads(seen[0][2])["Port"])
            self.assertNotEqual(known, seen[0][1]["X-Consul-ContentHash"])
            self.assertEqual(400, box.http("GET", "/v1/agent/service/a?wait=10")[0])

    def test_filters(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "a", "Meta": {"v": "1"}, "Check": {"TTL": "60s"}})
            box.done("/v1/agent/service/register", {"Name": "b", "Meta": {"v": "2"}, "Check": {"TTL": "60s"}})
            quote = urllib.parse.quote
            self.assertEqual({"b"}, set(box.get("/v1/agent/services?filter=" + quote('Meta.v == "2"'))))
            self.assertEqual({"service:a"}, set(box.get("/v1/agent/checks?filter=" + quote("ServiceID == a"))))
            self.assertEqual(1, len(box.get("/v1/agent/members?filter=" + quote("Name == n1"))))
            self.assertEqual([], box.get("/v1/agent/members?filter=" + quote("Tags.role == node")))
            status, _, text = box.http("GET", "/v1/agent/services?filter=" + quote("Nothing == 1"))
            self.assertEqual(400, status)
            self.assertTrue(text.startswith(b"Failed to create boolean expression evaluator:"))


class Checks(unittest.TestCase):
    def test_an_http_check_runs_at_once_and_says_what_it_saw(self):
        with Agent() as box, Web() as web:
            box.done("/v1/agent/service/register",
                     {"Name": "a", "Address": "127.0.0.1", "Port": web.port,
                      "Check": {"HTTP": f"http://127.0.0.1:{web.port}/moved", "Interval": "1s", "Timeout": "1s"}})
            eventually(lambda: box.passing("a") == ["a"])
            eventually(lambda: box.addresses("a") == ["127.0.0.1"])
            check = box.check("service:a")
            self.assertEqual(("passing", "http"), (check["Status"], check["Type"]))
            self.assertEqual(f"HTTP GET http://127.0.0.1:{web.port}/moved: 200 OK Output: all is well", check["Output"])
            web.status = 429
            eventually(lambda: box.check("service:a")["Status"] == "warning")
            self.assertEqual([], box.passing("a"))
            self.assertEqual(1, len(box.get("/v1/health/service/a")))
            web.status = 302  # without a place to go: not 2xx
            eventually(lambda: box.check("service:a")["Status"] == "critical")

    def test_a_name_in_the_url_of_a_check_is_resolved(self):
        with Agent() as box, Web() as web:
            box.done("/v1/agent/service/register",
                     {"Name": "a", "Checks": [{"HTTP": f"http://localhost:{web.port}/health", "Interval": "1s"},
                                              {"TCP": f"localhost:{web.port}", "Interval": "1s"}]})
            eventually(lambda: box.passing("a") == ["a"])
            self.assertEqual(f"TCP connect localhost:{web.port}: Success", box.check("service:a:2")["Output"])

    def test_ttl_checks(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Check": {"TTL": "60s"}})
            for verb, status in (("pass", "passing"), ("warn", "warning"), ("fail", "critical")):
                box.done(f"/v1/agent/check/{verb}/service:w?note=because+{verb}")
                check = box.check("service:w")
                self.assertEqual((status, f"because {verb}"), (check["Status"], check["Output"]))
                self.assertEqual(["w"] if verb == "pass" else [], box.passing("w"))
            box.done("/v1/agent/check/update/service:w", {"Status": "passing", "Output": "out & x"})
            self.assertEqual("out & x", box.check("service:w")["Output"])
            box.done("/v1/agent/check/update/service:w", {"Status": "passing", "Output": "x" * 9000})
            self.assertEqual("x" * 4096 + " ... (captured 4096 of 9000 bytes)", box.check("service:w")["Output"])
            self.assertEqual((400, "Invalid check status: 'Passing'"),
                             box.put("/v1/agent/check/update/service:w", {"Status": "Passing"}))
            self.assertEqual((400, "Request decode failed: EOF"), box.put("/v1/agent/check/update/service:w"))
            self.assertEqual((404, 'Unknown check ID "service:x". Ensure that the check ID is passed, not the check '
                                   'name.'), box.put("/v1/agent/check/pass/service:x"))

    def test_a_ttl_that_ends_is_critical(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Address": "127.0.0.9", "Check": {"TTL": "2s"}})
            box.done("/v1/agent/check/pass/service:w?note=hello")
            eventually(lambda: box.check("service:w")["Status"] == "critical")
            self.assertTrue(box.check("service:w")["Output"].startswith("TTL expired"), box.check("service:w"))
            eventually(lambda: box.addresses("w") == [])
            box.done("/v1/agent/check/pass/service:w")
            self.assertEqual(["127.0.0.9"], box.addresses("w"))

    def test_pass_is_for_ttl_checks_alone(self):
        with Agent() as box, Web() as web:
            box.done("/v1/agent/service/register",
                     {"Name": "a", "Check": {"TCP": f"127.0.0.1:{web.port}", "Interval": "10s"}})
            self.assertEqual((500, 'CheckID "service:a" does not have associated TTL'),
                             box.put("/v1/agent/check/pass/service:a"))

    def test_checks_are_added_to_a_service_and_removed(self):
        with Agent() as box:
            self.assertEqual((404, 'ServiceID "w" does not exist'),
                             box.put("/v1/agent/check/register", {"Name": "c", "ServiceID": "w", "TTL": "60s"}))
            self.assertEqual((400, "Missing check name"), box.put("/v1/agent/check/register", {"TTL": "60s"}))
            self.assertEqual((400, "Bad check status"),
                             box.put("/v1/agent/check/register", {"Name": "c", "TTL": "60s", "Status": "x"}))
            box.done("/v1/agent/service/register", {"Name": "w", "Check": {"TTL": "60s", "Status": "passing"}})
            box.done("/v1/agent/check/register", {"name": "c", "ttl": "60s", "serviceid": "w"})
            checks = box.get("/v1/agent/checks")
            self.assertEqual({"service:w": "passing", "c": "critical"}, {i: c["Status"] for i, c in checks.items()})
            self.assertEqual(("w", "0s"), (checks["c"]["ServiceID"], checks["c"]["Interval"]))
            box.done("/v1/agent/check/pass/c")
            self.assertEqual(["w"], box.passing("w"))
            box.done("/v1/agent/check/deregister/c")
            self.assertEqual({"service:w"}, set(box.get("/v1/agent/checks")))
            self.assertEqual(404, box.put("/v1/agent/check/deregister/c")[0])

    def test_changes_of_one_definition_at_once_lose_nothing(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w"})
            streams = [socket.create_connection(("127.0.0.1", box.api)) for _ in range(10)]
            for number, stream in enumerate(streams):
                body = json.dumps({"Name": f"c{number}", "ServiceID": "w", "TTL": "60s"}).encode()
                stream.sendall(b"PUT /v1/agent/check/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
                               b"Connection: close\r\n\r\n%s" % (len(body), body))
            for stream in streams:
                with stream, stream.makefile("rb") as reply:
                    self.assertIn(b"200", reply.readline())
                    reply.read()
            self.assertEqual({f"c{i}" for i in range(10)}, set(box.get("/v1/agent/checks")))

    def test_two_that_race_for_a_check_id_are_told_apart(self):
        with Agent() as box:
            streams = [socket.create_connection(("127.0.0.1", box.api)) for _ in range(8)]
            for number, stream in enumerate(streams):
                body = json.dumps({"Name": f"s{number}", "Check": {"CheckID": "mine", "TTL": "60s"}}).encode()
                stream.sendall(b"PUT /v1/agent/service/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
                               b"Connection: close\r\n\r\n%s" % (len(body), body))
            lines = []
            for stream in streams:
                with stream, stream.makefile("rb") as reply:
                    lines.append(reply.readline().split()[1])
                    reply.read()
            self.assertEqual({b"200": 1, b"400": 7}, {code: lines.count(code) for code in set(lines)})
            self.assertEqual(1, len(box.get("/v1/agent/services")))
            box.done("/v1/agent/check/pass/mine")

    def test_an_alias_follows_another_instance(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "db", "Check": {"TTL": "60s"}})
            box.done("/v1/agent/service/register", {"Name": "app", "Check": {"AliasService": "db"}})
            box.done("/v1/agent/service/register", {"Name": "me", "Check": {"AliasService": "db", "AliasNode": "N1"}})
            for verb, status in (("pass", "passing"), ("warn", "warning"), ("fail", "critical")):
                box.done(f"/v1/agent/check/{verb}/service:db?note=because")
                for name in ("app", "me"):
                    eventually(lambda: box.check(f"service:{name}")["Status"] == status)
            check = box.check("service:app")
            self.assertEqual(("alias", "", ""), tuple(check[k] for k in ("Type", "Interval", "Timeout")))
            self.assertIn("because", check["Output"])
            status, text = box.put("/v1/agent/service/register", {"Name": "x", "Check": {"AliasNode": "n1"}})
            self.assertEqual((400, "Invalid check: AliasNode alone is not supported; give AliasService"), (status, text))

    def test_checks_of_the_node_decide_about_all(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Address": "127.0.0.9"})
            box.done("/v1/agent/check/register", {"Name": "disk", "TTL": "60s", "Status": "passing", "Notes": "n"})
            self.assertEqual(["w"], box.passing("w"))
            box.done("/v1/agent/check/fail/disk?note=full")
            self.assertEqual([], box.passing("w"))
            self.assertEqual([], box.addresses("w"))
            entry = box.get("/v1/health/service/w")[0]
            self.assertEqual({"serfHealth": "passing", "disk": "critical"},
                             {c["CheckID"]: c["Status"] for c in entry["Checks"]})
            box.restart()
            self.assertEqual([], box.addresses("w"))
            check = box.check("disk")
            self.assertEqual(("critical", "full", "n", "", "ttl"),
                             tuple(check[k] for k in ("Status", "Output", "Notes", "ServiceID", "Type")))
            box.done("/v1/agent/check/update/disk", {"Status": "passing", "Output": "ok"})
            self.assertEqual(["127.0.0.9"], box.addresses("w"))
            box.done("/v1/agent/check/deregister/disk")
            self.assertEqual({}, box.get("/v1/agent/checks"))

    def test_a_session_ends_with_the_check_of_the_node(self):
        with Agent() as box:
            box.done("/v1/agent/check/register", {"Name": "disk", "TTL": "60s", "Status": "passing"})
            status, text = box.put("/v1/session/create", {"NodeChecks": ["disk"], "LockDelay": "1ms"})
            self.assertEqual(200, status)
            self.assertEqual(1, len(box.get("/v1/session/info/" + json.loads(text)["ID"])))
            box.done("/v1/agent/check/fail/disk")
            eventually(lambda: box.get("/v1/session/list") == [])

    def test_checks_of_the_node_run_by_themselves(self):
        with Agent() as box, Web() as web:
            box.done("/v1/agent/service/register", {"Name": "w"})
            box.done("/v1/agent/check/register",
                     {"ID": "node-web", "Name": "web", "HTTP": f"http://127.0.0.1:{web.port}/health", "Interval": "1s"})
            eventually(lambda: box.passing("w") == ["w"])
            web.status = 500
            eventually(lambda: box.passing("w") == [])
            self.assertEqual("critical", box.check("node-web")["Status"])
            check = box.check("node-web")
            self.assertEqual("http", check["Type"])
            self.assertTrue(check["Output"].startswith(f"HTTP GET http://127.0.0.1:{web.port}/health: 500"), check)
            web.status = 200
            eventually(lambda: box.passing("w") == ["w"])
            box.done("/v1/agent/check/register", {"Name": "short", "TTL": "200ms", "Status": "passing"})
            eventually(lambda: box.check("short")["Output"] == "TTL expired")


class Maintenance(unittest.TestCase):
    def test_of_a_service(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Address": "127.0.0.9"})
            path = "/v1/agent/service/maintenance/w"
            self.assertEqual((400, "Missing value for enable"), box.put(path))
            self.assertEqual((400, 'Invalid value for enable: "maybe"'), box.put(path + "?enable=maybe"))
            self.assertEqual(404, box.put("/v1/agent/service/maintenance/x?enable=true")[0])
            box.done(path + "?enable=True&reason=why+not")
            box.done(path + "?enable=true&reason=another")
            check = box.check("_service_maintenance:w")
            self.assertEqual(("Service Maintenance Mode", "critical", "why not", "maintenance", "w"),
                             tuple(check[k] for k in ("Name", "Status", "Notes", "Type", "ServiceID")))
            self.assertEqual([], box.passing("w"))
            self.assertEqual([], box.addresses("w"))
            box.done("/v1/agent/service/register", {"Name": "w", "Address": "127.0.0.9", "Port": 3})
            box.restart()
            self.assertEqual([], box.passing("w"))
            box.done(path + "?enable=false")
            box.done(path + "?enable=false")
            self.assertEqual({}, box.get("/v1/agent/checks"))
            self.assertEqual(["127.0.0.9"], box.addresses("w"))
            box.done(path + "?enable=true")
            box.done("/v1/agent/check/deregister/_service_maintenance:w")
            self.assertEqual(["127.0.0.9"], box.addresses("w"))
            self.assertEqual(404, box.put("/v1/agent/check/deregister/_service_maintenance:w")[0])

    def test_of_the_node(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Address": "127.0.0.9"})
            box.done("/v1/agent/maintenance?enable=true")
            check = box.check("_node_maintenance")
            self.assertEqual(("Node Maintenance Mode", "critical", ""),
                             tuple(check[k] for k in ("Name", "Status", "ServiceID")))
            self.assertTrue(check["Notes"].startswith("Maintenance mode is enabled for this node"))
            self.assertEqual([], box.passing("w"))
            self.assertEqual([], box.addresses("w"))
            box.done("/v1/agent/service/register", {"Name": "v", "Address": "127.0.0.8"})
            self.assertEqual([], box.passing("v"))
            box.restart()
            self.assertEqual([], box.addresses("w"))
            box.done("/v1/agent/maintenance?enable=false")
            self.assertEqual(["127.0.0.9"], box.addresses("w"))
            self.assertEqual({}, box.get("/v1/agent/checks"))

    def test_who_may_register_may_not_take_down_what_others_own(self):
        with Agent(anonymous="register") as box:
            box.register(service="sock", id="sock-1", address="127.0.0.7")
            box.done("/v1/agent/service/register", {"Name": "web"})
            box.done("/v1/agent/service/maintenance/web?enable=true")
            for path in ("/v1/agent/service/maintenance/sock-1?enable=true", "/v1/agent/maintenance?enable=true",
                         "/v1/agent/service/deregister/sock-1"):
                status, text = box.put(path)
                self.assertEqual(403, status, path)
                self.assertTrue(text.startswith("Permission denied"), text)
            status, text = box.put("/v1/agent/check/register", {"Name": "c", "TTL": "1s"})
            self.assertEqual((403, 'Permission denied: the right "operate" is missing (api.anonymous)'), (status, text))
            self.assertEqual(["127.0.0.7"], box.addresses("sock"))


class Health(unittest.TestCase):
    def test_of_an_instance_as_a_status(self):
        with Agent() as box:
            box.done("/v1/agent/service/register", {"Name": "w", "Check": {"TTL": "60s"}})
            for verb, status, word in (("pass", 200, "passing"), ("warn", 429, "warning"), ("fail", 503, "critical")):
                box.done(f"/v1/agent/check/{verb}/service:w")
                for kind in ("id", "name"):
                    code, headers, text = box.http("GET", f"/v1/agent/health/service/{kind}/w?format=json")
                    self.assertEqual((status, word), (code, headers["X-Consul-Reason"]))
                    body = json.loads(text) if kind == "id" else json.loads(text)[0]
                    self.assertEqual((word, "w", ["service:w"]),
                                     (body["AggregatedStatus"], body["Service"]["ID"],
                                      [c["CheckID"] for c in body["Checks"]]))
                code, _, text = box.http("GET", "/v1/agent/health/service/id/w", headers={"Accept": "text/plain"})
                self.assertEqual((status, word.encode()), (code, text))
            box.done("/v1/agent/service/maintenance/w?enable=true")
            code, headers, _ = box.http("GET", "/v1/agent/health/service/id/w")
            self.assertEqual((503, "maintenance"), (code, headers["X-Consul-Reason"]))

    def test_of_nobody(self):
        with Agent() as box:
            code, _, text = box.http("GET", "/v1/agent/health/service/id/x")
            self.assertEqual((404, {"AggregatedStatus": "critical", "Checks": None, "Service": None}),
                             (code, json.loads(text)))
            self.assertEqual((404, b"[]"), box.http("GET", "/v1/agent/health/service/name/x")[::2])
            self.assertEqual((404, b"ServiceId x not found"),
                             box.http("GET", "/v1/agent/health/service/id/x?format=text")[::2])
            self.assertEqual((404, b"ServiceName x Not Found"),
                             box.http("GET", "/v1/agent/health/service/name/x?format=text")[::2])
            self.assertEqual((400, b"Missing serviceID"), box.http("GET", "/v1/agent/health/service/id/")[::2])


class Itself(unittest.TestCase):
    def test_self_is_a_map_of_maps(self):
        with Agent() as box:
            me = box.get("/v1/agent/self")
            for name, part in me.items():
                self.assertIsInstance(part, dict, name)
            self.assertEqual(("dc1", "n1", True), tuple(me["Config"][k] for k in ("Datacenter", "NodeName", "Server")))
            self.assertRegex(me["Config"]["Version"], r"^\d+\.\d+\.\d+$")
            self.assertEqual([f"tcp://127.0.0.1:{box.port}", f"udp://127.0.0.1:{box.port}"],
                             me["DebugConfig"]["DNSAddrs"])
            for part in me["Stats"].values():
                self.assertTrue(all(isinstance(value, str) for value in part.values()))
            member = box.get("/v1/agent/members?wan=1")[0]
            self.assertEqual(member, me["Member"])
            self.assertEqual(("n1", 1, "consul"), (member["Name"], member["Status"], member["Tags"]["role"]))
            self.assertEqual(me["Config"]["Version"], box.get("/v1/agent/version")["HumanVersion"])

    def test_the_machine_and_its_counters(self):
        with Agent() as box:
            host = box.get("/v1/agent/host")
            self.assertGreater(host["Memory"]["total"], 1 << 20)
            self.assertGreater(host["Disk"]["total"], 1 << 20)
            self.assertEqual("Linux", host["Host"]["os"])
            box.done("/v1/agent/service/register", {"Name": "a"})
            metrics = box.get("/v1/agent/metrics")
            counters = {c["Name"]: c["Sum"] for c in metrics["Counters"]}
            self.assertEqual(1, counters["rollcall.registry.registrations"])
            gauges = {g["Name"]: g["Value"] for g in metrics["Gauges"]}
            self.assertEqual(1, gauges["rollcall.registry.instances"])
            self.assertIn(b"# TYPE", box.http("GET", "/v1/agent/metrics?format=prometheus")[2])

    def test_what_one_server_has_not_is_said(self):
        with Agent() as box:
            for path in ("leave", "join/127.0.0.2"):
                status, text = box.put(f"/v1/agent/{path}")
                self.assertEqual(501, status)
                self.assertLess(len(text), 80)
            box.done("/v1/agent/force-leave/n9")
            self.assertEqual(405, box.http("GET", "/v1/agent/service/deregister/w")[0])


class Recorded(unittest.TestCase):
    """Octets as real clients sent them."""

    @staticmethod
    def exchange(box, head, body=b""):
        with socket.create_connection(("127.0.0.1", box.api), timeout=20 * SLOW) as stream:
            stream.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
            reply = http.client.HTTPResponse(stream)
            reply.begin()
            return reply.status, reply.headers, reply.read()

    def test_a_go_program_registers_and_finds_itself(self):
        with Agent(anonymous="register") as box, Web() as web:
            body = (b'{"ID":"web-1","Name":"web","Port":8080,"Address":"127.0.0.1","Check":{"Interval":"10s",'
                    b'"HTTP":"http://127.0.0.1:%d/health"},"Checks":null}\n' % web.port)
            status, _, text = self.exchange(box, f"""PUT /v1/agent/service/register HTTP/1.1
Host: 127.0.0.1:8500
User-Agent: Go-http-client/1.1
Content-Length: {len(body)}
Content-Type: application/json
Accept-Encoding: gzip
""", body)
            self.assertEqual((200, b""), (status, text))

            def found():
                status, headers, text = self.exchange(box, """GET /v1/health/service/web?passing=1 HTTP/1.1
Host: 127.0.0.1:8500
User-Agent: Go-http-client/1.1
Accept-Encoding: gzip
""")
                self.assertEqual(200, status)
                self.assertGreater(int(headers["X-Consul-Index"]), 0)
                self.assertEqual(("0", "true"), (headers["X-Consul-LastContact"], headers["X-Consul-KnownLeader"]))
                return json.loads(text)
            entry = eventually(found)[0]
            self.assertEqual(("127.0.0.1", 8080, "web-1"),
                             tuple(entry["Service"][k] for k in ("Address", "Port", "ID")))
            self.assertEqual(["serfHealth", "service:web-1"], [c["CheckID"] for c in entry["Checks"]])

    def test_a_gateway_with_three_services(self):
        with Agent(anonymous="register") as box, Web() as api, Web() as users:
            rows = [("api-1", "api", '"HTTP":"http://127.0.0.1:%d/health"' % api.port),
                    ("users-1", "users", '"TCP":"127.0.0.1:%d"' % users.port),
                    ("orders-1", "orders", '"TCP":"127.0.0.1:%d"' % free_port())]
            for _ in range(2):  # a restart with the same ids must not blink
                for id_, name, check in rows:
                    box.done("/v1/agent/service/register", (
                        '{"ID":"%s","Name":"%s","Port":8081,"Address":"127.0.0.1","Check":{"Interval":"10s",'
                        '"Timeout":"3s",%s},"Checks":null}' % (id_, name, check)).encode())
                eventually(lambda: box.passing("api") == ["api-1"] and box.passing("users") == ["users-1"])
            self.assertEqual({"api": [], "consul": [], "orders": [], "users": []}, box.get("/v1/catalog/services"))
            entry = box.get("/v1/health/service/api?passing=true")[0]
            self.assertEqual([("serfHealth", "passing"), ("service:api-1", "passing")],
                             [(c["CheckID"], c["Status"]) for c in entry["Checks"]])
            self.assertEqual([], box.passing("orders"))
            checks = box.get("/v1/agent/checks")
            self.assertEqual({("service:api-1", "http", "10s", "3s"), ("service:users-1", "tcp", "10s", "3s"),
                              ("service:orders-1", "tcp", "10s", "3s")},
                             {(i, c["Type"], c["Interval"], c["Timeout"]) for i, c in checks.items()})

    def test_requests_of_three_libraries(self):
        with Agent() as box:
            rows = [
                ("/v1/agent/service/register?replace-existing-checks=true",
                 b'{"Name":"w","Check":null,"Checks":[{"CheckID":"c1","TTL":"10s"},{"TCP":"1.2.3.4:5","Interval":"1s"}]}\n'),
                ("/v1/agent/check/register", b'{"Name":"c","ServiceID":"w","Interval":"1s","TCP":"1.2.3.4:5"}\n'),
                ("/v1/agent/service/register", b'{"Name":"ab","ID":"a/b","Check":{"TTL":"9s"}}'),
                ("/v1/agent/check/update/service:a/b", b'{"Status":"passing","Output":"out \\u0026 x"}\n'),
                ("/v1/agent/check/pass/service:a/b?note=out+%26+x", None),
                ("/v1/agent/check/pass/service%3Aa%2Fb?note=ok", None),
                ("/v1/agent/service/maintenance/w?enable=true&reason=why+not", None),
                ("/v1/agent/service/register", b'{"name": "web", "id": "web1", "address": "127.0.0.1", "port": 80, "tags": '
                 b'["a"], "checks": [{"http": "http://127.0.0.1:9/", "interval": "10s", "timeout": "1s", '
                 b'"DeregisterCriticalServiceAfter": "1m"}]}'),
                ("/v1/agent/check/register", b'{"name": "x", "ttl": "10s", "serviceid": "web1"}'),
                ("/v1/agent/service/maintenance/web1?enable=True&reason=r+r", None),
                ("/v1/agent/service/deregister/a%2Fb", None),
            ]
            for path, body in rows:
                box.done(path, body)
            self.assertEqual({"c1", "service:w:2", "c", "service:web1", "x", "_service_maintenance:w",
                              "_service_maintenance:web1"}, set(box.get("/v1/agent/checks")))


if __name__ == "__main__":
    unittest.main()
