"""Consul's /v1/catalog, /v1/status and what it has beside them, over real HTTP."""
import re
import unittest

from consul import Consul, OwnBox


class Catalog(OwnBox):
    def write(self, **body):
        reply = self.consul.put("catalog/register", body)
        self.assertEqual((reply.status, reply.text), (200, "true"))
        return reply

    def remove(self, **body):
        reply = self.consul.put("catalog/deregister", body)
        self.assertEqual((reply.status, reply.text), (200, "true"))

    def redis(self, **fields):
        self.write(Node="ext", Address="10.1.1.1", NodeMeta={"external": "true"},
                   Service={"Service": "redis", "Port": 6379, "Weights": {"Passing": 0, "Warning": 0}}, **fields)

    def passing(self, service):
        return [e["Service"]["ID"] for e in self.consul.get(f"health/service/{service}?passing").json]

    # --- reading

    def test_services_with_the_union_of_their_tags(self):
        self.assertEqual(self.consul.get("catalog/services").json, {"consul": []})
        self.box.register(id="a", service="web", address="10.0.0.1", port=1, tags=["v2", "x"], meta={"m": "1"})
        self.box.register(id="b", service="web", address="10.0.0.2", port=1, tags=["v1", "x"])
        self.box.register(id="c", service="db", address="10.0.0.3", port=1, status="critical")
        self.assertEqual(self.consul.get("catalog/services").json,
                         {"consul": [], "db": [], "web": ["v1", "v2", "x"]})
        self.assertEqual(self.consul.get("catalog/services", filter='ServiceMeta.m == "1"').json,
                         {"web": ["v2", "x"]})

    def test_instances_of_a_service_are_flat(self):
        self.box.register(id="a", service="web", address="10.0.0.1", port=81, tags=["v2"], status="critical")
        entry, = self.consul.get("catalog/service/web").json
        self.assertEqual(set(entry), {
            "ID", "Node", "Address", "Datacenter", "TaggedAddresses", "NodeMeta", "ServiceKind", "ServiceID",
            "ServiceName", "ServiceTags", "ServiceAddress", "ServiceTaggedAddresses", "ServiceWeights",
            "ServiceMeta", "ServicePort", "ServiceSocketPath", "ServiceEnableTagOverride", "ServiceProxy",
            "ServiceConnect", "ServiceLocality", "CreateIndex", "ModifyIndex"})
        self.assertEqual((entry["ServiceAddress"], entry["ServicePort"], entry["ServiceTags"], entry["Node"]),
                         ("10.0.0.1", 81, ["v2"], "n1"))
        self.assertEqual(self.consul.get("catalog/service/nobody").json, [])
        self.assertEqual(self.consul.get("catalog/service/web?tag=V2").json, [entry])
        self.assertEqual(self.consul.get("catalog/service/web?tag=v3").json, [])
        self.assertEqual(self.consul.get("catalog/connect/web").json, [])
        reply = self.consul.get("catalog/service/")
        self.assertEqual((reply.status, reply.text), (400, "Missing service name"))

    def test_a_node_by_name_and_by_id(self):
        self.box.register(id="a", service="web", address="10.0.0.1", port=81)
        node, = self.consul.get("catalog/nodes").json
        self.assertEqual((node["Node"], node["Datacenter"]), ("n1", "dc1"))
        self.assertRegex(node["ID"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        for name in ("n1", "N1", node["ID"]):
            found = self.consul.get("catalog/node/" + name).json
            self.assertEqual(found["Node"], node)
            self.assertEqual(sorted(found["Services"]), ["a", "consul"])
        listed = self.consul.get("catalog/node-services/n1").json
        self.assertEqual(sorted(s["ID"] for s in listed["Services"]), ["a", "consul"])

    def test_an_unknown_node_is_null(self):
        reply = self.consul.get("catalog/node/nobody")
        self.assertEqual((reply.status, reply.body), (200, b"null"))
        self.assertGreater(reply.index, 0)
        reply = self.consul.get("catalog/node/")
        self.assertEqual((reply.status, reply.text), (400, "Missing node name"))

    def test_datacenters_begin_with_our_own(self):
        self.box.register(id="a", service="web", address="10.0.0.1", port=81, datacenter="aa")
        reply = self.consul.get("catalog/datacenters")
        self.assertEqual(reply.json, ["dc1", "aa"])
        self.assertNotIn("X-Consul-Index", reply.headers)

    def test_the_leader_is_a_text_in_quotes(self):
        leader = self.consul.get("status/leader")
        self.assertRegex(leader.text, r'^"[0-9a-f.:\[\]]+:8300"$')
        self.assertEqual(self.consul.get("status/peers").json, [leader.json])
        self.assertNotIn("X-Consul-Index", leader.headers)

    def test_what_is_not_there_says_so(self):
        for path, status, text in (
                ("acl/list", 401, "ACL support disabled"), ("acl/token/self", 401, "ACL support disabled"),
                ("operator/raft/configuration", 404, "Invalid URL path: not a recognized HTTP API endpoint\n"),
                ("config/service-defaults", 404, "Invalid URL path: not a recognized HTTP API endpoint\n")):
            reply = self.consul.get(path)
            self.assertEqual((reply.status, reply.text), (status, text), path)
        self.assertEqual(self.consul.put("agent/token/default", {}).status, 401)
        self.assertEqual(self.consul.get("coordinate/nodes").json, [])
        self.assertEqual(self.consul.get("coordinate/datacenters").json[0]["Datacenter"], "dc1")

    # --- nodes that are not ours

    def test_an_external_node_has_services_and_checks_and_is_in_dns(self):
        self.redis(Check={"Node": "", "CheckID": "c", "Name": "alive", "Status": "passing", "Definition": {}})
        entry, = self.consul.get("health/service/redis?passing").json
        self.assertEqual((entry["Node"]["Node"], entry["Node"]["Address"], entry["Node"]["Meta"]),
                         ("ext", "10.1.1.1", {"external": "true"}))
        self.assertEqual((entry["Service"]["ID"], entry["Service"]["Address"], entry["Service"]["Weights"]),
                         ("redis", "", {"Passing": 1, "Warning": 1}))
        self.assertEqual([c["CheckID"] for c in entry["Checks"]], ["c"])
        self.assertEqual(self.box.addresses("redis"), ["10.1.1.1"])
        self.assertEqual([n["Node"] for n in self.consul.get("catalog/nodes").json], ["ext", "n1"])
        self.assertEqual(list(self.consul.get("catalog/node/EXT").json["Services"]), ["redis"])
        self.assertEqual(self.consul.get("catalog/nodes?node-meta=external:true").json[0]["Node"], "ext")
        self.assertEqual(self.consul.get("catalog/services?node-meta=external:true").json, {"redis": []})
        self.assertEqual(self.consul.get("catalog/services", filter="NodeMeta.external == true").json, {"redis": []})

    def test_checks_of_service_and_node_decide_together(self):
        self.redis()
        self.assertEqual(self.passing("redis"), ["redis"])
        self.write(Node="ext", SkipNodeUpdate=True,
                   Checks=[{"Name": "own", "ServiceID": "redis", "Status": "warning", "Output": "slow"}])
        self.assertEqual(self.passing("redis"), [])
        check, = self.consul.get("health/checks/redis").json
        self.assertEqual((check["CheckID"], check["Status"], check["Output"], check["ServiceID"]),
                         ("own", "warning", "slow", "redis"))
        self.remove(Node="ext", CheckID="own")
        self.assertEqual(self.passing("redis"), ["redis"])
        self.write(Node="ext", SkipNodeUpdate=True, Check={"CheckID": "node", "Status": "critical"})
        self.assertEqual(self.passing("redis"), [])
        self.assertEqual([c["CheckID"] for c in self.consul.get("health/state/critical").json], ["node"])
        self.remove(Node="ext", CheckID="node")
        self.assertEqual(self.passing("redis"), ["redis"])

    def test_an_external_node_survives_a_kill(self):
        self.redis(Check={"CheckID": "c", "Name": "alive", "Status": "passing", "Output": "fine"})
        before = self.consul.get("health/service/redis").json
        self.box.kill()
        self.box.start()
        with Consul(self.box.api) as consul:
            self.assertEqual(consul.get("health/service/redis").json, before)

    def test_the_same_again_moves_nothing(self):
        self.redis(Check={"CheckID": "c", "Name": "alive", "Status": "passing"})
        indexes = [self.consul.get(p).index for p in ("health/service/redis", "catalog/nodes", "catalog/services")]
        self.redis(Check={"CheckID": "c", "Name": "alive", "Status": "passing"})
        self.assertEqual(indexes, [self.consul.get(p).index for p in (
            "health/service/redis", "catalog/nodes", "catalog/services")])

    def test_the_address_of_a_node_moves_its_services(self):
        self.redis()
        self.write(Node="ext", Address="10.2.2.2")
        self.assertEqual(self.box.addresses("redis"), ["10.2.2.2"])
        self.write(Node="ext", Address="db.example.com")
        self.assertEqual(self.consul.get("health/service/redis").json[0]["Node"]["Address"], "db.example.com")
        self.assertEqual(self.box.query("redis", "CNAME").data("answer", "CNAME"), ["db.example.com."])

    def test_removing_a_service_or_the_whole_node(self):
        self.redis()
        self.write(Node="ext", Address="10.1.1.1", Service={"Service": "web", "ID": "w", "Port": 80})
        self.remove(Node="Ext", ServiceID="w")
        self.assertEqual(self.consul.get("catalog/services").json, {"consul": [], "redis": []})
        self.remove(Node="ext")
        self.remove(Node="ext")
        self.remove(Node="nobody", ServiceID="x")
        self.assertEqual(self.consul.get("catalog/services").json, {"consul": []})
        self.assertEqual([n["Node"] for n in self.consul.get("catalog/nodes").json], ["n1"])
        self.assertIsNone(self.box.addresses("redis"))

    def test_python_spells_members_in_lower_case(self):
        reply = self.consul.put("catalog/register", {
            "node": "ext", "address": "10.1.1.1", "service": {"service": "s", "port": 1, "tags": None},
            "check": None, "checks": None, "nodemeta": None})
        self.assertEqual((reply.status, reply.text), (200, "true"))
        self.assertEqual(self.passing("s"), ["s"])
        self.assertEqual(self.consul.put("catalog/deregister", {"node": "ext", "serviceid": "s"}).text, "true")
        self.assertEqual(self.passing("s"), [])

    def test_what_is_wrong_is_said_and_nothing_is_stored(self):
        for body, begins in (
                ({"Address": "10.0.0.1"}, "Must provide node"),
                ({"Node": "x"}, "Must provide address if SkipNodeUpdate is not set"),
                ({"Node": "x", "Address": "10.0.0.1", "ID": "zz"}, "Bad node ID:"),
                ({"Node": "x", "Address": "10.0.0.1", "Service": {"ID": "s"}}, "Must provide service name (Service.Service)"),
                ({"Node": "x", "Address": "10.0.0.1", "Check": {"Name": "c", "ServiceID": "s"}},
                 "Unknown service ID 's' for check ID 'c'"),
                ({"Node": "x", "Address": "10.0.0.1", "Check": {"Name": "c", "Status": "Passing"}},
                 "Invalid check status: 'Passing'"),
                ({"Node": "n1", "Address": "10.0.0.1"}, "Node n1 is this agent"),
                ({"Node": "x", "Address": "no host", "Service": {"Service": "s", "Port": 1}}, ""),
                ({"Node": "x", "Address": "0.0.0.0", "Service": {"Service": "s", "Port": 1}}, ""),
                ("{", "Request decode failed:"), ("", "Request decode failed: EOF")):
            reply = self.consul.put("catalog/register", body)
            self.assertEqual(reply.status, 400, body)
            self.assertTrue(re.match(re.escape(begins), reply.text), reply.text)
        reply = self.consul.put("catalog/register", {"Node": "x", "Address": "10.0.0.1", "Datacenter": "dc9"})
        self.assertEqual((reply.status, reply.text), (500, "No path to datacenter"))
        self.assertEqual(self.consul.put("catalog/deregister", {}).text, "Must provide node")
        self.assertEqual([n["Node"] for n in self.consul.get("catalog/nodes").json], ["n1"])

    def test_our_own_instances_come_before_or_after_by_the_name_of_the_node(self):
        self.box.register(id="a", service="redis", address="10.0.0.1", port=1)
        self.redis()
        self.write(Node="zz", Address="10.3.3.3", Service={"Service": "redis", "Port": 1})
        nodes = [e["Node"]["Node"] for e in self.consul.get("health/service/redis").json]
        self.assertEqual(nodes, ["ext", "n1", "zz"])


if __name__ == "__main__":
    unittest.main()
