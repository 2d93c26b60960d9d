"""Prepared queries of Consul's API: made, read, changed, deleted, executed."""
import unittest

from box import Box, eventually
from consul import Consul, SharedBox

UNKNOWN = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05"


class Queries(SharedBox):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with Consul(cls.box.api) as consul:
            for number, tags in enumerate((["v1"], ["v1", "old"], ["v2"])):
                consul.put("agent/service/register", {
                    "ID": f"web-{number}", "Name": "web", "Port": 80 + number, "Address": f"10.0.0.{number + 1}",
                    "Tags": tags, "Meta": {"number": str(number)}})
            for name, status in (("good", "passing"), ("poor", "warning"), ("dead", "critical")):
                consul.put("agent/service/register", {
                    "ID": name, "Name": "mixed", "Check": {"TTL": "1h", "Status": status}})

    def setUp(self):
        super().setUp()
        for query in self.consul.get("query").json:
            self.consul.delete("query/" + query["ID"])

    def make(self, **fields):
        reply = self.consul.post("query", fields)
        self.assertEqual(reply.status, 200, reply.text)
        return reply.json["ID"]

    def found(self, query, **parameters):
        reply = self.consul.get(f"query/{query}/execute", **parameters)
        self.assertEqual(reply.status, 200, reply.text)
        return sorted(node["Service"]["ID"] for node in reply.json["Nodes"])

    def test_its_life(self):
        self.assertEqual(self.consul.get("query").json, [])
        one = self.make(Name="q", Service={"Service": "web", "OnlyPassing": True, "Tags": ["v1", "!old"],
                                           "Near": "_agent", "Failover": {"NearestN": 0, "Datacenters": []}},
                        DNS={"TTL": "10s"})
        reply = self.consul.get("query/" + one)
        query = reply.json[0]
        self.assertEqual((query["ID"], query["Name"], query["DNS"]), (one, "q", {"TTL": "10s"}))
        self.assertEqual((query["Service"]["Service"], query["Service"]["Tags"], query["Service"]["OnlyPassing"]),
                         ("web", ["v1", "!old"], True))
        self.assertGreater(reply.index, 0)
        self.assertEqual(self.consul.get("query").json, [query])
        changed = self.consul.put("query/" + one, {"Name": "r", "Service": {"Service": "mixed"}})
        self.assertEqual((changed.status, changed.body), (200, b""))
        again = self.consul.get("query/" + one).json[0]
        self.assertEqual((again["Name"], again["CreateIndex"]), ("r", query["CreateIndex"]))
        self.assertGreater(again["ModifyIndex"], query["ModifyIndex"])
        self.assertEqual(self.consul.delete("query/" + one).status, 200)
        for path in (one, one + "/execute", one + "/explain", "nobody/execute"):
            gone = self.consul.get("query/" + path)
            self.assertEqual((gone.status, gone.text), (404, "Query not found"))
        self.assertEqual(self.consul.put("query/" + UNKNOWN, {"Service": {"Service": "x"}}).status, 404)

    def test_what_it_finds(self):
        reply = self.consul.get("query/" + self.make(
            Name="web-v1", Service={"Service": "web", "Tags": ["v1", "!old"]}, DNS={"TTL": "10s"}) + "/execute")
        self.assertEqual([node["Service"]["ID"] for node in reply.json["Nodes"]], ["web-0"])
        self.assertEqual({name: reply.json[name] for name in ("Service", "DNS", "Datacenter", "Failovers")},
                         {"Service": "web", "DNS": {"TTL": "10s"}, "Datacenter": "dc1", "Failovers": 0})
        self.assertEqual(reply.json["Nodes"][0]["Node"]["Node"], "n1")
        self.assertEqual(reply.json["Nodes"][0]["Checks"][0]["CheckID"], "serfHealth")
        self.assertEqual(self.found("WEB-v1"), ["web-0"])  # by its name
        self.make(Name="all", Service={"Service": "web"})
        self.assertEqual(self.found("all"), ["web-0", "web-1", "web-2"])
        self.assertEqual(len(self.found("all", limit=2)), 2)
        self.make(Name="meta", Service={"Service": "web", "ServiceMeta": {"number": "2"}})
        self.assertEqual(self.found("meta"), ["web-2"])
        self.make(Name="none", Service={"Service": "nothing"})
        self.assertEqual(self.found("none"), [])

    def test_critical_ones_are_never_found(self):
        self.make(Name="mixed", Service={"Service": "mixed"})
        self.make(Name="passing", Service={"Service": "mixed", "OnlyPassing": True})
        self.assertEqual(self.found("mixed"), ["good", "poor"])
        self.assertEqual(self.found("passing"), ["good"])

    def test_any_of_them_may_come_first(self):
        self.make(Name="all", Service={"Service": "web"})

        def first():
            return self.consul.get("query/all/execute?limit=1").json["Nodes"][0]["Service"]["ID"]
        seen = set()
        eventually(lambda: seen.add(first()) or len(seen) == 3, 10)

    def test_another_datacenter_when_there_is_none_here(self):
        self.box.register(service="far", address="10.9.0.1", port=1, datacenter="dc2", id="far-1")
        self.make(Name="far", Service={"Service": "far", "Failover": {"Datacenters": ["dc1", "dc3", "dc2"]}})
        reply = self.consul.get("query/far/execute").json
        self.assertEqual((len(reply["Nodes"]), reply["Datacenter"], reply["Failovers"]), (1, "dc2", 2))

    def test_what_is_refused_is_said(self):
        for body, said in (({"Name": "x"}, "Service.Service"),
                           ({"Template": {"Type": "other"}, "Service": {"Service": "s"}}, "Template.Type 'other'"),
                           ({"Template": {"Type": "name_prefix_match", "Regexp": "a"}, "Service": {"Service": "s"}},
                            "Template.Regexp"),
                           ({"Template": {"Type": "name_prefix_match"}, "Service": {"Service": "${name.full}"}},
                            "interpolated"),
                           ({"Service": {"Service": "s", "Connect": True}}, "Service.Connect"),
                           ({"Service": {"Service": "s", "Tags": "v1"}}, "Tags"),
                           ({"Session": UNKNOWN, "Service": {"Service": "s"}}, "Session"),
                           ({"Service": {"Service": "s"}, "DNS": {"TTL": "10"}}, "Bad DNS TTL '10'")):
            reply = self.consul.post("query", body)
            self.assertEqual(reply.status, 400, body)
            self.assertIn(said, reply.text)
        self.assertEqual(self.consul.post("query", "").text, "Request decode failed: EOF")
        self.make(Name="taken", Service={"Service": "s"})
        reply = self.consul.post("query", {"Name": "Taken", "Service": {"Service": "s"}})
        self.assertEqual((reply.status, reply.text), (500, "Name 'Taken' aliases an existing query name"))
        self.assertEqual(len(self.consul.get("query").json), 1)

    def test_a_template_answers_for_the_names_that_begin_with_its_own(self):
        template = {"Type": "name_prefix_match"}
        for name, service in (("", "any"), ("geo-", "geo"), ("geo-db", "db")):
            self.make(Name=name, Template=template, Service={"Service": service})
        self.make(Name="geo-db-1", Service={"Service": "exact"})
        for name, service in (("x", "any"), ("geo-x", "geo"), ("GEO-DB-2", "db"), ("geo-db-1", "exact")):
            self.assertEqual(self.consul.get(f"query/{name}/execute").json["Service"], service)

    def test_the_body_of_python(self):
        self.assertEqual(len(self.make(**{"service": {"service": "s", "failover": {}}})), 36)

    def test_explain_shows_it(self):
        one = self.make(Name="q", Service={"Service": "web"})
        self.assertEqual(self.consul.get("query/q/explain").json, {"Query": self.consul.get("query/" + one).json[0]})


class Restart(unittest.TestCase):
    def test_they_outlive_a_kill(self):
        with Box() as box:
            with Consul(box.api) as consul:
                one = consul.post("query", {"Name": "q", "Service": {"Service": "web"}}).json["ID"]
                before = consul.get("query/" + one).json
            box.kill()
            box.start()
            with Consul(box.api) as consul:
                self.assertEqual(consul.get("query/" + one).json, before)
                self.assertEqual(consul.get("query/q/execute").json["Nodes"], [])


if __name__ == "__main__":
    unittest.main()
