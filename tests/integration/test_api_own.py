"""Our own API: everything that the registration socket can do, by whom, and what is refused."""
import hashlib
import http.client
import json
import threading
import unittest

from box import Box, eventually, free_port
from own_api import Api

TOKENS = {"web": "token-of-web", "reader": "token-of-a-reader", "root": "token-of-all"}


def tokens(port):
    rows = {"web": 'register: ["web"], operate: ["web"]', "reader": 'read: ["web"]',
            "root": 'operate: ["*"]'}
    lines = [f'    - {{name: {name}, sha256: "{hashlib.sha256(TOKENS[name].encode()).hexdigest()}", {rights}}}\n'
             for name, rights in rows.items()]
    return f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: none\n  tokens:\n" + "".join(lines)


class Doors(unittest.TestCase):
    """What one door registers, the other shows, changes and removes."""

    def test_http_registers_and_dns_and_the_socket_see_it(self):
        with Box() as box, Api(box) as api:
            made = api.put("w1", service="web", address="10.0.0.1", port=80)
            self.assertTrue(made["created"])
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            self.assertEqual(box.ask("get", service="web")["instances"][0]["owner"], 2**32 - 2)
            self.assertFalse(api.put("w1", service="web", address="10.0.0.1", port=80)["created"])
            self.assertEqual(api.call("DELETE", "/v1/rollcall/instances/w1").status, 200)
            self.assertIsNone(box.addresses("web"))

    def test_an_id_is_derived_and_may_hold_slashes(self):
        with Box() as box, Api(box) as api:
            reply = api.call("POST", "/v1/rollcall/instances", {"service": "web", "address": "10.0.0.1", "port": 80})
            self.assertEqual(reply.json()["id"], "web-10-0-0-1-80")
            api.put("a%2Fb%20c", service="web", address="10.0.0.2")
            self.assertEqual(api.get("/v1/rollcall/instances/a%2Fb%20c")["instances"][0]["id"], "a/b c")

    def test_what_the_socket_owns_http_shows_and_may_not_change(self):
        with Box() as box, Api(box) as api:
            box.register(service="web", id="s1", address="10.0.0.1")
            self.assertEqual(api.get("/v1/rollcall/instances/s1")["instances"][0]["address"], "10.0.0.1")
            for method, path, body in (("DELETE", "", None), ("POST", "/drain", {}),
                                       ("POST", "/override", {"state": "down"}), ("POST", "/renew", {})):
                reply = api.call(method, f"/v1/rollcall/instances/s1{path}", body)
                self.assertEqual((reply.status, reply.code), (403, "unauthorized"), path)
                self.assertIn("registered by the Unix socket", reply.json()["error"]["message"])
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_a_lease_is_renewed_and_runs_out(self):
        with Box() as box, Api(box) as api:
            api.put("w1", service="web", address="10.0.0.1", lease={"ttl": "2s"})
            for _ in range(3):
                self.assertEqual(api.call("POST", "/v1/rollcall/instances/w1/renew", {}).json()["expires_in"], "2s")
            eventually(lambda: box.addresses("web") is None, 10)

    def test_drain_override_and_brake_do_what_they_say(self):
        with Box() as box, Api(box) as api:
            api.put("w1", service="web", address="10.0.0.1")
            api.put("w2", service="web", address="10.0.0.2")
            self.assertIn("safe_in", api.call("POST", "/v1/rollcall/instances/w1/drain").json())
            self.assertEqual(box.addresses("web"), ["10.0.0.2"])
            self.assertIn("1 draining", api.get("/v1/rollcall/services")["services"][0]["standing"])
            api.call("POST", "/v1/rollcall/instances/w1/undrain")
            self.assertEqual(box.addresses("web"), ["10.0.0.1", "10.0.0.2"])
            api.call("POST", "/v1/rollcall/instances/w1/override", {"state": "down", "reason": "disk"})
            self.assertEqual(box.addresses("web"), ["10.0.0.2"])
            shown = api.get("/v1/rollcall/instances/w1")["instances"][0]["standing"]
            self.assertEqual((shown["is"], shown["override"]["reason"]), ("overridden down", "disk"))
            reply = api.call("POST", "/v1/rollcall/services/web/brake", {"action": "confirm"})
            self.assertEqual((reply.status, reply.code), (404, "not_found"))

    def test_a_drain_may_wait_until_it_is_safe(self):
        with Box() as box, Api(box) as api:
            api.put("w1", service="web", address="10.0.0.1")
            reply = api.call("POST", "/v1/rollcall/instances/w1/drain?wait", {"for": "200ms"}).json()
            self.assertEqual(reply["event"], "safe_to_stop")
            api.call("POST", "/v1/rollcall/instances/w1/undrain")
            found = []
            with Api(box) as other:
                waiting = threading.Thread(target=lambda: found.append(
                    other.call("POST", "/v1/rollcall/instances/w1/drain?wait", {}).json()))
                waiting.start()
                eventually(lambda: box.addresses("web") is None or box.addresses("web") == [])
                api.call("POST", "/v1/rollcall/instances/w1/undrain")
                waiting.join(20)
            self.assertEqual(found[0]["event"], "undrain")

    def test_a_daemon_that_stops_answers_who_waits(self):
        with Box() as box:
            with Api(box) as api:
                api.put("w1", service="web", address="10.0.0.1", ttl="1h")
                connection = http.client.HTTPConnection("127.0.0.1", box.api, timeout=20)
                connection.request("POST", "/v1/rollcall/instances/w1/drain?wait", body="{}")
                eventually(lambda: api.get("/v1/rollcall/instances/w1")["instances"][0].get("standing"))
            box.stop()
            with self.assertRaises((http.client.HTTPException, OSError)):
                status = connection.getresponse().status
                raise OSError(status) if status == 503 else AssertionError(status)
            connection.close()

    def test_http_has_a_row_for_every_operation_of_the_socket(self):
        with Box() as box, Api(box) as api:
            words = box.ask("nosuch")["error"]["message"].split(":")[-1].replace(" and ", ", ")
            ops = {word.strip(" .") for word in words.split(",")}
            self.assertIn("register", ops)
            rows = {"hello": "hello", "register": "instances", "deregister": "instances/{id}",
                    "renew": "renew", "drain": "drain", "undrain": "undrain", "override": "override",
                    "brake": "brake", "check_now": "check", "check_try": "try", "get": "{service}",
                    "list": "services", "watch": "events", "stats": "stats", "silence": "silences",
                    "unsilence": "{silence}", "silences": "silences", "alerts": "alerts", "alert_test": "test",
                    "history": "history", "query": "query", "explain": "explain", "reload": "reload"}
            self.assertEqual(ops - rows.keys(), set(), "operations without an end point")
            paths = [path for path, _, _ in api.document.operations()]
            for op, end in rows.items():
                self.assertTrue(any(path.endswith("/" + end) for path in paths), op)


class Refusals(unittest.TestCase):
    def test_every_error_has_its_status_and_its_words(self):
        cases = [
            ("PUT", "/v1/rollcall/instances/x", "{nope", 400, "bad_json", None, "the body is not JSON"),
            ("PUT", "/v1/rollcall/instances/x", "[]", 400, "bad_json", None, "the body is a list"),
            ("PUT", "/v1/rollcall/instances/x", '{"service":"a","service":"b"}', 400, "bad_json", None, "service"),
            ("PUT", "/v1/rollcall/instances/x", {"servce": "a"}, 400, "unknown_field", "servce", "service"),
            ("PUT", "/v1/rollcall/instances/x", {}, 400, "missing_field", "service", "required"),
            ("PUT", "/v1/rollcall/instances/x", {"service": "a b", "address": "::1"}, 400, "invalid_field", "service", "a b"),
            ("PUT", "/v1/rollcall/instances/x", {"service": "a", "id": "y", "address": "::1"}, 400, "invalid_field", "id", "URL"),
            ("PUT", "/v1/rollcall/instances/x", {"op": "stats"}, 400, "unknown_field", "op", "path"),
            ("GET", "/v1/rollcall/instances/nobody", None, 404, "not_found", "id", "nobody"),
            ("DELETE", "/v1/rollcall/instances/nobody", None, 404, "not_found", "id", "nobody"),
            ("GET", "/v1/rollcall/services/web?healty=false", None, 400, "unknown_field", None, "healthy"),
            ("GET", "/v1/rollcall/services/web?limit=many", None, 400, "invalid_field", "limit", "many"),
            ("GET", "/v1/rollcall/services/web?limit=1&limit=2", None, 400, "invalid_field", "limit", "twice"),
            ("GET", "/v1/rollcall/query?name=a.", None, 400, "missing_field", "type", "required"),
            ("PUT", "/v1/rollcall/instances/x", {"service": "a", "address": "::1", "lease": {"pid": 1}},
             400, "invalid_field", "lease", "over HTTP"),
            ("PUT", "/v1/rollcall/instances/x", {"service": "a", "address": "::1", "lease": {"connection": True}},
             400, "invalid_field", "lease", "over HTTP"),
        ]
        with Box() as box, Api(box) as api:
            for method, path, body, status, code, field, words in cases:
                reply = api.call(method, path, body)
                error = reply.json()["error"]
                self.assertEqual((reply.status, error["code"], error.get("field")), (status, code, field), reply.body)
                self.assertIn(words, error["message"])
            api.put("x", service="a", address="::1")
            reply = api.call("PUT", "/v1/rollcall/instances/x", {"service": "b", "address": "::1"})
            self.assertEqual((reply.status, reply.code), (409, "conflict"))
            reply = api.call("PUT", "/v1/rollcall/instances/x", {"service": "a", "address": "::1", "if_revision": 0})
            self.assertEqual((reply.status, reply.code), (409, "conflict"))

    def test_a_body_that_is_too_long_is_413(self):
        with Box() as box, Api(box) as api:
            reply = api.raw("PUT", "/v1/rollcall/instances/x", {"service": "a" * 70000})
            self.assertEqual(reply.status, 413)
            self.assertEqual(api.call("GET", "/v1/rollcall/services").status, 200)

    def test_commands_and_files_are_never_taken(self):
        with Box(extra="health: {exec: {enabled: true}}\n") as box, Api(box) as api:
            base = {"service": "a", "address": "127.0.0.1", "port": 1}
            for path in ("checks/try", "instances"):
                reply = api.call("POST", f"/v1/rollcall/{path}",
                                 {**base, "checks": [{"kind": "exec", "command": ["/bin/true"]}]})
                self.assertEqual((reply.status, reply.code), (403, "unauthorized"))
                reply = api.call("POST", f"/v1/rollcall/{path}",
                                 {**base, "checks": [{"kind": "https", "tls": {"ca": "/etc/hosts"}}]})
                self.assertEqual((reply.status, reply.code), (403, "unauthorized"))


class Rights(unittest.TestCase):
    """Each token sees and changes what its services are."""

    def setUp(self):
        port = free_port()
        self.box = self.enterContext(Box(extra=tokens(port)))
        self.box.api = port
        self.root = self.enterContext(Api(self.box, TOKENS["root"]))
        self.web = self.enterContext(Api(self.box, TOKENS["web"]))
        self.reader = self.enterContext(Api(self.box, TOKENS["reader"]))
        self.root.put("w1", service="web", address="10.0.0.1", port=80)
        self.root.put("d1", service="db", address="10.0.0.2", port=80)

    def test_lists_have_only_what_may_be_read(self):
        for api in (self.web, self.reader):
            self.assertEqual([s["name"] for s in api.get("/v1/rollcall/services")["services"]], ["web"])
            self.assertEqual({h.get("service") for h in api.get("/v1/rollcall/history")["history"]}, {"web"})
            self.assertEqual([t["labels"]["__meta_rollcall_service"] for t in api.get("/v1/rollcall/http_sd")], ["web"])
            self.assertEqual(api.get("/v1/rollcall/explain?name=db.service.local.")["instances"], [])
            for path in ("services/db", "instances/d1"):
                self.assertEqual(api.call("GET", f"/v1/rollcall/{path}").status, 403)
        self.assertEqual(len(self.root.get("/v1/rollcall/services")["services"]), 2)

    def test_changes_ask_for_the_right_of_their_service(self):
        cases = [("PUT", "instances/d2", {"service": "db", "address": "10.0.0.3"}),
                 ("PUT", "instances/d2", {"service": "DB", "address": "10.0.0.3"}),
                 ("PUT", "instances/d2", {"service": "web", "namespace": "prod", "address": "10.0.0.3"}),
                 ("DELETE", "instances/d1", None), ("POST", "instances/d1/renew", {}),
                 ("POST", "instances/d1/drain", {}), ("POST", "instances/d1/override", {"state": "down"}),
                 ("POST", "instances/d1/check", {}), ("POST", "services/db/brake", {"action": "confirm"}),
                 ("POST", "silences", {"service": "db", "for": "1h"}), ("POST", "silences", {"id": "d1", "for": "1h"}),
                 ("POST", "silences", {"service": "w*", "for": "1h"}), ("POST", "silences", {"tag": "a", "for": "1h"}),
                 ("POST", "alerts/test", {"receiver": "team"}), ("POST", "reload", None)]
        for method, path, body in cases:
            reply = self.web.call(method, f"/v1/rollcall/{path}", body)
            self.assertEqual(reply.status, 403, (path, body, reply.body))
        self.assertEqual(self.reader.call("DELETE", "/v1/rollcall/instances/w1").status, 403)
        self.web.put("w2", service="web", address="10.0.0.4")
        self.assertEqual(self.web.call("DELETE", "/v1/rollcall/instances/w1").status, 200)

    def test_operate_reaches_what_the_socket_registered_of_its_service(self):
        self.box.register(service="web", id="s1", address="10.0.0.5")
        self.box.register(service="db", id="s2", address="10.0.0.6")
        self.assertEqual(self.web.call("POST", "/v1/rollcall/instances/s1/drain").status, 200)
        self.assertEqual(self.web.call("POST", "/v1/rollcall/instances/s2/drain").status, 403)

    def test_a_silence_belongs_to_its_service(self):
        mine = self.web.call("POST", "/v1/rollcall/silences",
                             {"service": "web", "namespace": "default", "for": "1h"}).json()["silence"]
        other = self.root.call("POST", "/v1/rollcall/silences", {"service": "db", "for": "1h"}).json()["silence"]
        every = self.root.call("POST", "/v1/rollcall/silences", {"service": "*", "for": "1h"}).json()["silence"]
        self.assertEqual([s["silence"] for s in self.web.get("/v1/rollcall/silences")["silences"]], [mine])
        self.assertEqual(self.web.call("DELETE", f"/v1/rollcall/silences/{other}").status, 403)
        self.assertEqual(self.web.call("DELETE", f"/v1/rollcall/silences/{every}").status, 403)
        self.assertEqual(self.web.call("DELETE", f"/v1/rollcall/silences/{mine}").status, 200)

    def test_a_silence_in_all_namespaces_is_not_of_one_service(self):
        self.box.register(service="web", namespace="prod", id="p1", address="10.0.0.8")
        for body in ({"service": "web"}, {"service": "web", "id": "p1"}, {"service": "web", "namespace": "*"}):
            reply = self.web.call("POST", "/v1/rollcall/silences", {**body, "for": "1h"})
            self.assertEqual(reply.status, 403, (body, reply.body))
        wide = self.root.call("POST", "/v1/rollcall/silences", {"service": "web", "for": "1h"}).json()["silence"]
        self.assertEqual(self.web.call("DELETE", f"/v1/rollcall/silences/{wide}").status, 403)

    def test_without_a_token_nothing_is_there_but_health(self):
        with Api(self.box) as nobody:
            self.assertEqual(nobody.call("GET", "/healthz").status, 200)
            self.assertEqual(nobody.call("GET", "/readyz").status, 200)
            for path, method, operation in nobody.document.operations():
                if operation["x-rollcall-right"] == "none":
                    continue
                path = path.replace("{id}", "w1").replace("{service}", "web").replace("{silence}", "1")
                self.assertEqual(nobody.raw(method.upper(), path).status, 403, path)


if __name__ == "__main__":
    unittest.main()
