"""Monitoring end points, health of the daemon, targets for Prometheus."""
import unittest

from box import Box, Socket, eventually
from own_api import Api


class System(unittest.TestCase):
    def test_queries_answers_and_latency_are_counted(self):
        with Box() as box, Api(box) as api:
            before = api.get("/api/v1/system/discovery-stats")
            self.assertEqual((before["services"], before["instances"], before["healthy"]), (0, 0, 0))
            api.put("w1", service="web", address="10.0.0.1")
            api.put("w2", service="web", address="10.0.0.2", status="critical")
            box.query("web")
            box.query("web")
            box.query("nobody")
            stats = eventually(lambda: (s := api.get("/api/v1/system/discovery-stats"))["latency"]["count"] >= 3 and s)
            self.assertEqual(stats["queries"]["udp_queries"] - before["queries"]["udp_queries"], 3)
            self.assertEqual(stats["answers"]["noerror"] - before["answers"]["noerror"], 2)
            self.assertEqual(stats["answers"]["nxdomain"] - before["answers"]["nxdomain"], 1)
            self.assertEqual((stats["services"], stats["instances"], stats["healthy"]), (1, 2, 1))
            self.assertLessEqual(stats["latency"]["p50_us"], stats["latency"]["p99_us"])

    def test_instances_are_shown_with_their_states(self):
        with Box() as box, Api(box) as api:
            api.put("w1", service="web", address="10.0.0.1")
            api.put("w2", service="web", address="127.0.0.1", port=1, checks=[{"kind": "tcp", "initial_delay": "1h"}])
            shown = {i["id"]: i for i in api.get("/api/v1/system/services/web/instances")["instances"]}
            self.assertEqual({i: shown[i]["state"] for i in shown}, {"w1": "serving", "w2": "starting"})
            healthy = api.get("/api/v1/system/services/web/instances?healthy")["instances"]
            self.assertEqual([i["id"] for i in healthy], ["w1"])
            self.assertEqual(api.get("/api/v1/system/services/nobody/instances")["instances"], [])

    def test_the_state_of_the_api_says_where_it_listens_and_that_nothing_is_upstream(self):
        with Box() as box, Api(box) as api:
            status = api.get("/api/v1/system/consul/status")
            self.assertEqual(status["listen"], [f"http://127.0.0.1:{box.api}"])
            self.assertEqual((status["connections"], status["upstream"], status["secondaries"]), (1, "none", []))
            before = status["index"]
            api.put("w1", service="web", address="10.0.0.1")
            self.assertGreater(api.get("/api/v1/system/consul/status")["index"], before)

    def test_secondaries_are_named(self):
        with Box(zone_extra="    notify: [127.0.0.1:5353]\n    allow_transfer: [127.0.0.1]\n") as box, Api(box) as api:
            self.assertEqual(api.get("/api/v1/system/consul/status")["secondaries"],
                             [{"zone": "service.local.", "address": "127.0.0.1:5353"}])


class Ready(unittest.TestCase):
    def test_ready_names_its_parts(self):
        with Box() as box, Api(box) as api:
            reply = api.call("GET", "/readyz")
            self.assertEqual((reply.status, reply.body), (200, b"registry: ok\nstore: ok\ndns: ok\n"))
            self.assertEqual(api.call("GET", "/healthz").body.strip(), b"ok")


class Targets(unittest.TestCase):
    def test_targets_have_labels_and_filters(self):
        with Box() as box, Api(box) as api:
            api.put("w1", service="web", address="10.0.0.1", port=80, tags=["a", "b"], meta={"team-x": "y"},
                    version="2", ports={"metrics": 9100})
            api.put("w2", service="web", address="fd00::1", port=80, status="critical", namespace="prod")
            api.put("w3", service="db", address="db.internal", port=5432)
            api.put("w4", service="db", address="10.0.0.4")
            sd = {t["labels"]["__meta_rollcall_id"]: t for t in api.get("/v1/rollcall/http_sd")}
            self.assertEqual({i: t["targets"] for i, t in sd.items()},
                             {"w1": ["10.0.0.1:80"], "w2": ["[fd00::1]:80"], "w3": ["db.internal:5432"]})
            self.assertEqual(sd["w1"]["labels"], {
                "__meta_rollcall_service": "web", "__meta_rollcall_namespace": "default", "__meta_rollcall_id": "w1",
                "__meta_rollcall_node": "n1", "__meta_rollcall_datacenter": "dc1", "__meta_rollcall_version": "2",
                "__meta_rollcall_health": "passing", "__meta_rollcall_tags": ",a,b,",
                "__meta_rollcall_metadata_team_x": "y"})
            self.assertEqual(sd["w2"]["labels"]["__meta_rollcall_health"], "critical")

            def ids(query):
                return sorted(t["labels"]["__meta_rollcall_id"] for t in api.get(f"/v1/rollcall/http_sd?{query}"))
            self.assertEqual(ids("service=WEB"), ["w1", "w2"])
            self.assertEqual(ids("namespace=prod"), ["w2"])
            self.assertEqual(ids("tag=A"), ["w1"])
            self.assertEqual(ids("healthy"), ["w1", "w3"])
            self.assertEqual(ids("healthy=true"), ids("healthy=1"))
            self.assertEqual(ids("healthy=false"), ["w1", "w2", "w3"])
            for misspelt, word in (("servce=web", "servce"), ("healthy=yes", "yes")):
                reply = api.call("GET", f"/v1/rollcall/http_sd?{misspelt}")
                self.assertEqual(reply.status, 400)
                self.assertIn(word, reply.json()["error"]["message"])
            self.assertEqual(api.get("/v1/rollcall/http_sd?port=metrics")[0]["targets"], ["10.0.0.1:9100"])


if __name__ == "__main__":
    unittest.main()
