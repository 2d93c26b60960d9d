"""The OpenAPI document: well-formed by itself, equal to the printed copy, and true: every
operation is called, and its answer is held against the document."""
import json
import pathlib
import subprocess
import unittest

from box import DAEMON, TOP, Box
from own_api import Api, Stream

OPERATOR = "api:\n  listen: [127.0.0.1:{port}]\n  anonymous: operate\n"
RULE = """alerts:
  receivers:
    - {name: team, url: "http://127.0.0.1:9/", timeout: 1s}
  rules:
    - {name: down, receivers: [team]}
"""


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


class Printed(unittest.TestCase):
    def setUp(self):
        text = subprocess.run([str(DAEMON), "--openapi"], capture_output=True, check=True).stdout
        self.text, self.tree = text, json.loads(text)

    def test_every_reference_has_its_target(self):
        for reference in set(references(self.tree)):
            at = self.tree
            for word in reference.removeprefix("#/").split("/"):
                self.assertIn(word, at, reference)
                at = at[word]

    def test_every_operation_says_what_openapi_asks_for(self):
        self.assertRegex(self.tree["openapi"], r"^3\.1\.\d+$")
        ids = []
        for path, item in self.tree["paths"].items():
            self.assertTrue(path.startswith("/"), path)
            for method, operation in item.items():
                self.assertIn(method, ("get", "put", "post", "delete"))
                ids.append(operation["operationId"])
                self.assertTrue(operation["summary"].endswith("."), operation)
                self.assertIn("200", operation["responses"])
                self.assertIn(operation["x-rollcall-right"], ("none", "read", "register", "operate"))
                named = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
                self.assertEqual(named, [part[1:-1] for part in path.split("/") if part.startswith("{")])
                for parameter in operation["parameters"]:
                    self.assertIn("schema", parameter)
                    self.assertIs(type(parameter["required"]), bool)
                for response in operation["responses"].values():
                    self.assertTrue("$ref" in response or response["description"])
        self.assertEqual(len(ids), len(set(ids)), "operationIds must be unique")

    def test_the_copy_in_the_documentation_is_this_one(self):
        copy = TOP / "docs" / "reference" / "openapi.json"
        self.assertEqual(json.loads(copy.read_text()), self.tree)


class True_(unittest.TestCase):
    """The document does not lie."""

    def test_every_documented_operation_answers_as_documented(self):
        from box import free_port
        port = free_port()
        with Box(extra=OPERATOR.format(port=port) + RULE) as box:
            box.api = port
            with Api(box) as api:
                self.visit(box, api)
                missing = {(p, m) for p, m, _ in api.document.operations()} - api.document.seen
                self.assertEqual(missing, set(), "documented and never called")

    def visit(self, box, api):
        good = self.good(api)
        good("GET", "/healthz")
        good("GET", "/readyz")
        good("GET", "/v1/rollcall/openapi.json")
        good("GET", "/v1/rollcall/hello")
        good("POST", "/v1/rollcall/instances", {"service": "db", "address": "10.0.0.9", "port": 5432})
        good("PUT", "/v1/rollcall/instances/w1", {
            "service": "web", "address": "127.0.0.1", "port": box.api, "version": "1", "tags": ["a"],
            "meta": {"k": "v"}, "ports": {"http": 80, "dns": {"port": 53, "protocol": "udp"}},
            "zone": "z", "ttl": "5s", "lease": {"ttl": "1h"},
            "checks": [{"kind": "tcp"}, {"kind": "http", "path": "/healthz", "expect_status": 200}]})
        good("POST", "/v1/rollcall/instances/w1/renew", {})
        good("POST", "/v1/rollcall/instances/w1/check", {})
        good("POST", "/v1/rollcall/instances/w1/override", {"state": "down", "for": "1h", "reason": "disk"})
        good("GET", "/v1/rollcall/instances/w1")
        good("POST", "/v1/rollcall/instances/w1/override", {"state": "none"})
        good("POST", "/v1/rollcall/instances/w1/drain?wait", {"for": "0s"})
        good("GET", "/v1/rollcall/services/web?healthy=false")
        good("POST", "/v1/rollcall/instances/w1/undrain")
        good("POST", "/v1/rollcall/checks/try",
             {"service": "x", "address": "127.0.0.1", "port": box.api, "checks": [{"kind": "tcp"}]})
        good("GET", "/v1/rollcall/services")
        self.assertEqual(api.call("POST", "/v1/rollcall/services/web/brake", {"action": "refuse"}).status, 404)
        good("GET", "/v1/rollcall/history?limit=1")
        page = good("GET", "/v1/rollcall/history")
        moment = page["history"][0]["time"]
        good("GET", f"/v1/rollcall/query?name=web.service.local.&type=A&at={moment}")
        good("GET", "/v1/rollcall/explain?name=web.service.local.&type=SRV&tcp=true")
        good("GET", f"/v1/rollcall/explain?name=web.service.local.&at={moment}")
        good("GET", "/v1/rollcall/stats")
        number = good("POST", "/v1/rollcall/silences", {"service": "web", "for": "1h", "reason": "r"})["silence"]
        good("GET", "/v1/rollcall/silences")
        good("DELETE", f"/v1/rollcall/silences/{number}")
        good("GET", "/v1/rollcall/alerts")
        good("POST", "/v1/rollcall/alerts/test", {"receiver": "team"})
        good("POST", "/v1/rollcall/reload")
        self.assertEqual(good("GET", "/v1/rollcall/http_sd?service=db")[0]["targets"], ["10.0.0.9:5432"])
        good("GET", "/api/v1/system/discovery-stats")
        good("GET", "/api/v1/system/services/web/instances")
        good("GET", "/api/v1/system/consul/status")
        with Stream(box, "?since=0") as stream:
            api.document.find("GET", "/v1/rollcall/events")
            good("DELETE", "/v1/rollcall/instances/w1")
            while True:
                event = stream.next()
                self.assertEqual(api.document.faults(event, {"$ref": "#/components/schemas/Event"}), [])
                if event["event"] == "deregister":
                    break
        for path, method, operation in api.document.operations():
            if operation["tags"][0] in ("Metrics", "The page", "Who asks"):
                reply = api.raw(method.upper(), path.replace("{file}", "app.js"))
                self.assertIn(reply.status, (200, 301, 302, 307), path)
                api.document.seen.add((path, method))

    def good(self, api):
        def call(method, path, body=None):
            if body is not None:
                operation = api.document.find(method, path.split("?")[0])
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                self.assertEqual(api.document.faults(body, schema), [], (method, path))
            reply = api.call(method, path, body)
            self.assertEqual(reply.status, 200, (method, path, reply.body))
            return reply.json() if reply.headers["Content-Type"] == "application/json" else reply.body
        return call

    def test_the_examples_of_bodies_are_allowed_by_their_schemas_and_by_the_daemon(self):
        with Box() as box, Api(box) as api:
            api.put("x", service="web", address="10.0.0.1", checks=[{"kind": "ttl", "name": "http-1", "interval": "1h"}])
            for path, method, operation in api.document.operations():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if not content:
                    continue
                self.assertIn("example", content, path)
                self.assertEqual(api.document.faults(content["example"], content["schema"]), [], path)
                reply = api.call(method.upper(), path.replace("{id}", "x").replace("{service}", "web"),
                                 content["example"])
                self.assertNotIn(b"unknown_field", reply.body)
                self.assertNotIn(b"missing_field", reply.body)

    def test_documented_fields_are_those_that_the_daemon_knows(self):
        with Box() as box, Api(box) as api:
            for path, method, operation in api.document.operations():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if not content:
                    continue
                where = path.replace("{id}", "x").replace("{service}", "web")
                for name in api.document.properties(content["schema"]):
                    reply = api.raw(method.upper(), where, {name: {"no": "such"}})
                    if reply.status == 403:
                        continue  # silences and tests of alerts need another right
                    error = reply.json()["error"]
                    self.assertFalse(error["code"] == "unknown_field" and error.get("field") == name,
                                     f"{path}: {name} is documented, and unknown")

    def test_every_field_of_a_check_is_documented(self):
        """What the daemon shows of a check with everything must fit the schema of its kind."""
        with Box() as box, Api(box) as api:
            api.put("x", service="web", address="127.0.0.1", port=1, checks=[
                {"kind": "http", "name": "h", "interval": "1h", "timeout": "1s", "initial_delay": "1h",
                 "success_threshold": 2, "failure_threshold": 2, "max_latency": "1s", "latency_factor": 2,
                 "deregister_after": "1h", "shadow": False, "notes": "n", "path": "/", "method": "GET",
                 "headers": {"a": "b"}, "expect_status": "200-299", "expect_body": "x"},
                {"kind": "https", "name": "s", "initial_delay": "1h", "tls": {"skip_verify": True, "server_name": "a"}},
                {"kind": "dns", "name": "d", "initial_delay": "1h", "query": "a. A"}])
            for check in api.get("/v1/rollcall/instances/x")["instances"][0]["checks"]:
                shown = {k: v for k, v in check.items() if k not in ("status", "output", "since")}
                self.assertEqual(api.document.faults(shown, {"$ref": "#/components/schemas/Check"}), [])


class Placed(unittest.TestCase):
    def test_the_reference_page_names_every_route(self):
        page = (pathlib.Path(TOP) / "docs" / "reference" / "http-api.md").read_text()
        tree = json.loads((pathlib.Path(TOP) / "docs" / "reference" / "openapi.json").read_text())
        for path, item in tree["paths"].items():
            for method in item:
                self.assertIn(f"### {method.upper()} {path}", page.replace("...}", "}"))


if __name__ == "__main__":
    unittest.main()
