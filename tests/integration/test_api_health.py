"""Consul's /v1/health over real HTTP: shapes, passing and DNS, filters, what explains a state."""
import hashlib
import unittest

from box import Box, eventually
from consul import Consul, OwnBox

CHECK = {"Node", "CheckID", "Name", "Status", "Notes", "Output", "ServiceID", "ServiceName",
         "ServiceTags", "Type", "Interval", "Timeout", "ExposedPort", "Definition", "CreateIndex",
         "ModifyIndex"}
NODE = {"ID", "Node", "Address", "Datacenter", "TaggedAddresses", "Meta", "CreateIndex",
        "ModifyIndex"}
SERVICE = {"ID", "Service", "Tags", "Address", "TaggedAddresses", "Meta", "Port", "Weights",
           "EnableTagOverride", "Proxy", "Connect", "PeerName", "CreateIndex", "ModifyIndex"}


class Health(OwnBox):
    def passing(self, service, **parameters):
        entries = self.consul.get(f"health/service/{service}?passing", **parameters).json
        return sorted(entry["Service"]["ID"] for entry in entries)

    def checks(self, instance):
        entries = self.consul.get("health/service/web").json
        return next(entry["Checks"] for entry in entries if entry["Service"]["ID"] == instance)

    def web(self, number, **fields):
        fields.setdefault("checks", [{"kind": "ttl", "interval": "1h"}])
        self.box.register(id=f"web-{number}", service="web", address=f"10.0.0.{number}", port=8080,
                          **fields)

    def renew(self, number, status, **fields):
        reply = self.box.ask("renew", id=f"web-{number}", status=status, **fields)
        self.assertTrue(reply["ok"], reply)

    def test_what_the_socket_registers_has_every_member_that_clients_read(self):
        self.web(1, tags=["v1", "blue"], meta={"team": "shop"}, version="4")
        self.renew(1, "passing", output="all \"fine\" <&>")
        entry, = self.consul.get("health/service/web").json
        self.assertEqual(set(entry), {"Node", "Service", "Checks"})
        self.assertEqual(set(entry["Node"]), NODE)
        self.assertEqual(set(entry["Service"]), SERVICE)
        serf, check = entry["Checks"]
        self.assertEqual(set(serf), CHECK)
        self.assertEqual(set(check), CHECK)
        self.assertEqual(serf["CheckID"], "serfHealth")
        self.assertEqual(serf["ServiceTags"], [])
        self.assertEqual((check["CheckID"], check["Name"], check["Status"], check["Output"], check["Type"]),
                         ("service:web-1", "Service 'web' check", "passing", "all \"fine\" <&>", "ttl"))
        self.assertEqual((check["ServiceID"], check["ServiceName"], check["ServiceTags"]),
                         ("web-1", "web", ["v1", "blue"]))
        service = entry["Service"]
        self.assertEqual((service["Address"], service["Port"], service["Tags"]), ("10.0.0.1", 8080, ["v1", "blue"]))
        self.assertEqual(service["Meta"], {"team": "shop", "version": "4"})
        self.assertEqual(service["TaggedAddresses"]["lan_ipv4"], {"Address": "10.0.0.1", "Port": 8080})
        self.assertEqual(service["Weights"], {"Passing": 1, "Warning": 1})
        self.assertEqual(entry["Node"]["Node"], "n1")

    def test_an_unknown_service_is_an_empty_list_with_an_index(self):
        reply = self.consul.get("health/service/nobody")
        self.assertEqual((reply.status, reply.body), (200, b"[]"))
        self.assertGreater(reply.index, 0)
        self.assertEqual(reply.headers["X-Consul-KnownLeader"], "true")
        self.assertEqual(reply.headers["X-Consul-LastContact"], "0")
        self.assertEqual(reply.headers["Content-Type"], "application/json")
        for path, text in (("health/service/", "Missing service name"), ("health/checks/", "Missing service name"),
                           ("health/node/", "Missing node name"), ("health/state/", "Missing check state")):
            reply = self.consul.get(path)
            self.assertEqual((reply.status, reply.text), (400, text))

    def test_names_compare_without_case(self):
        self.web(1)
        self.assertEqual(len(self.consul.get("health/service/WEB").json), 1)
        self.assertEqual(len(self.consul.get("health/node/N1").json), 2)

    def test_passing_leaves_out_what_is_in_warning(self):
        for number, status in ((1, "passing"), (2, "warning"), (3, "critical")):
            self.web(number)
            self.renew(number, status)
        self.assertEqual(self.passing("web"), ["web-1"])
        for word, count in (("true", 1), ("1", 1), ("", 1), ("false", 3), ("0", 3)):
            self.assertEqual(len(self.consul.get("health/service/web", passing=word).json), count, word)
        reply = self.consul.get("health/service/web?passing=x")
        self.assertEqual((reply.status, reply.text), (400, "Invalid value for ?passing"))

    def test_without_checks_it_is_passing(self):
        self.web(1, checks=[])
        self.assertEqual(self.passing("web"), ["web-1"])

    def test_passing_is_what_dns_hands_out(self):
        for number in (1, 2, 3, 4, 5):
            self.web(number)
            self.renew(number, "passing")
        self.assertTrue(self.box.ask("drain", id="web-1")["ok"])
        self.assertTrue(self.box.ask("override", id="web-2", state="down", reason="disk")["ok"])
        self.renew(3, "critical")
        self.renew(4, "critical")
        self.assertTrue(self.box.ask("override", id="web-4", state="up", reason="the check lies")["ok"])
        eventually(lambda: set(self.box.addresses("web") or ()) == {"10.0.0.4", "10.0.0.5"})
        self.assertEqual(self.passing("web"), ["web-4", "web-5"])

    def test_a_drain_shows_as_maintenance(self):
        self.web(1)
        self.renew(1, "passing")
        self.assertTrue(self.box.ask("drain", id="web-1")["ok"])
        ours = next(c for c in self.checks("web-1") if c["CheckID"] == "_service_maintenance:web-1")
        self.assertEqual((ours["Status"], ours["Name"], ours["Type"]),
                         ("critical", "Service Maintenance Mode", "maintenance"))
        self.assertIn("Draining", ours["Notes"])
        self.assertTrue(self.box.ask("undrain", id="web-1")["ok"])
        self.assertNotIn("_service_maintenance:web-1", [c["CheckID"] for c in self.checks("web-1")])

    def test_an_override_says_its_reason(self):
        self.web(1)
        self.renew(1, "critical")
        self.assertTrue(self.box.ask("override", id="web-1", state="up", reason="the check lies")["ok"])
        ours = next(c for c in self.checks("web-1") if c["CheckID"] == "rollcall:web-1")
        self.assertEqual(ours["Status"], "passing")
        self.assertIn("the check lies", ours["Output"])
        self.assertTrue(self.box.ask("override", id="web-1", state="down", reason="disk is full")["ok"])
        ours = next(c for c in self.checks("web-1") if c["CheckID"] == "_service_maintenance:web-1")
        self.assertEqual((ours["Status"], ours["Notes"]), ("critical", "disk is full"))

    def test_one_of_two_checks_is_enough_where_it_was_registered_so(self):
        self.web(1, checks=[{"kind": "ttl", "name": "a", "interval": "1h"},
                            {"kind": "ttl", "name": "b", "interval": "1h"}], checks_require=1)
        self.renew(1, "passing", check="a")
        self.renew(1, "critical", check="b")
        self.assertEqual(self.passing("web"), ["web-1"])
        by_id = {c["CheckID"]: c for c in self.checks("web-1")}
        self.assertEqual(list(by_id), ["serfHealth", "rollcall:web-1", "service:web-1:1", "service:web-1:2"])
        self.assertEqual(by_id["rollcall:web-1"]["Status"], "passing")
        self.assertIn("1 of its checks", by_id["rollcall:web-1"]["Output"])

    def test_a_status_without_checks_is_explained(self):
        self.web(1, checks=[], status="critical")
        self.assertEqual(self.passing("web"), [])
        self.assertIn("reported itself critical", self.checks("web-1")[-1]["Output"])

    def test_a_shadow_decides_nothing_for_clients_either(self):
        self.web(1, checks=[{"kind": "ttl", "name": "a", "interval": "1h"},
                            {"kind": "ttl", "name": "s", "interval": "1h", "shadow": True}])
        self.renew(1, "passing", check="a")
        self.renew(1, "critical", check="s", output="would fail")
        shadow = self.checks("web-1")[-1]
        self.assertEqual(shadow["Status"], "passing")
        self.assertIn("it says critical: would fail", shadow["Output"])

    def test_tags_must_all_be_there_in_any_case(self):
        self.web(1, tags=["v1", "Blue"])
        self.web(2, tags=["v1"])
        count = lambda query: len(self.consul.get("health/service/web?" + query).json)
        self.assertEqual(count("tag=v1"), 2)
        self.assertEqual(count("tag=v1&tag=blue"), 1)
        self.assertEqual(count("tag=v1&tag=green"), 0)
        self.assertEqual(count("tag="), 2)

    def test_filters_look_at_node_service_and_checks(self):
        self.web(1, tags=["v1"], meta={"version": "4"})
        self.web(2, tags=["v2"], meta={"version": "5"})
        self.renew(1, "passing")
        for text, ids in (('Service.Meta.version == "4"', ["web-1"]),
                          ('"v2" in Service.Tags', ["web-2"]),
                          ("Checks.Status == critical", ["web-2"]),
                          ("not (Checks.Status == critical)", ["web-1"]),
                          ("Service.Port == 8080 and Node.Node == n1", ["web-1", "web-2"]),
                          ('Service.TaggedAddresses.lan_ipv4.Address == "10.0.0.2"', ["web-2"]),
                          ("Service.Weights.Passing != 1", []),
                          ('Service.Meta["version"] matches "^[45]$"', ["web-1", "web-2"])):
            entries = self.consul.get("health/service/web", filter=text)
            self.assertEqual(entries.status, 200, text)
            self.assertEqual([entry["Service"]["ID"] for entry in entries.json], ids, text)
        reply = self.consul.get("health/service/web", filter="Service.Nope == 1")
        self.assertEqual(reply.status, 400)
        self.assertTrue(reply.text.startswith("Failed to create boolean expression evaluator:"), reply.text)

    def test_lists_of_checks_by_service_node_and_state(self):
        self.web(1)
        self.renew(1, "warning", output="slow")
        ids = lambda path: [check["CheckID"] for check in self.consul.get(path).json]
        self.assertEqual(ids("health/checks/web"), ["service:web-1"])
        self.assertEqual(ids("health/node/n1"), ["serfHealth", "service:web-1"])
        self.assertEqual(ids("health/node/n2"), [])
        self.assertEqual(ids("health/state/any"), ["serfHealth", "service:web-1"])
        self.assertEqual(ids("health/state/warning"), ["service:web-1"])
        self.assertEqual(ids("health/state/passing"), ["serfHealth"])
        self.assertEqual(ids("health/state/nonsense"), [])
        self.assertEqual(ids("health/state/any?filter=Output+matches+slow"), ["service:web-1"])
        self.assertEqual(ids("health/connect/web"), [])

    def test_modes_and_durations_that_contradict_themselves(self):
        for query, text in (
                ("stale&consistent", "Cannot specify ?stale with ?consistent, conflicting semantics."),
                ("cached&consistent=", "Cannot specify ?cached with ?consistent, conflicting semantics."),
                ("max_stale=10", 'Invalid max_stale value "10"'),
                ("index=abc", "Invalid index"), ("index=-2", "Invalid index"),
                ("index=1&wait=10", "Invalid wait time"), ("wait=soon", "Invalid wait time")):
            reply = self.consul.get("health/service/web?" + query)
            self.assertEqual((reply.status, reply.text), (400, text), query)
        for query, mode in (("", "leader"), ("stale=", "stale"), ("consistent=1", "consistent"),
                            ("max_stale=10s", "stale"), ("index=-1", "leader"), ("leader", "leader")):
            reply = self.consul.get("health/service/web?" + query)
            self.assertEqual((reply.status, reply.headers["X-Consul-Effective-Consistency"]), (200, mode), query)
        reply = self.consul.get("health/service/web?cached")
        self.assertEqual((reply.headers["X-Cache"], reply.headers["Age"]), ("MISS", "0"))
        reply = self.consul.ask("GET", "health/service/web?cached", headers={"Cache-Control": "max-age=x"})
        self.assertEqual((reply.status, reply.text), (400, "Invalid Cache-Control header."))

    def test_datacenters_and_namespaces(self):
        self.web(1)
        self.box.register(id="web-9", service="web", address="10.9.0.1", port=80, datacenter="dc9")
        self.box.register(id="other", service="web", address="10.0.0.7", port=80, namespace="team")
        ids = lambda query: [e["Service"]["ID"] for e in self.consul.get("health/service/web?" + query).json]
        self.assertEqual(ids(""), ["web-1"])
        self.assertEqual(ids("dc=dc1"), ["web-1"])
        self.assertEqual(ids("dc=dc9"), ["web-9"])
        self.assertEqual(ids("ns=default"), ["web-1"])
        self.assertEqual(ids("ns=team"), ["other"])
        reply = self.consul.get("health/service/web?dc=nowhere")
        self.assertEqual((reply.status, reply.text), (500, "No path to datacenter"))
        reply = self.consul.get("health/service/web?partition=x")
        self.assertEqual(reply.status, 400)

    def test_the_service_consul_can_be_switched_off(self):
        self.assertEqual(self.consul.get("health/service/consul").json[0]["Service"]["Port"], 8300)
        with Box("api:\n  consul_service: false\n", start=False) as box:
            text = box.config.read_text().replace("api:\n", f"api:\n  listen: [127.0.0.1:{box.api}]\n")
            box.config.write_text(text)
            box.start()
            with Consul(box.api) as consul:
                self.assertEqual(consul.get("health/service/consul").json, [])
                self.assertEqual(consul.get("catalog/services").json, {})

    def test_what_was_registered_comes_back_as_it_was_given(self):
        for body in ({"Name": "Web", "ID": "a", "Tags": None, "Meta": None,
                      "Check": {"TTL": "1m30s"}},
                     {"Name": "web", "ID": "b", "Port": 80, "Address": "10.0.0.9",
                      "Check": {"TCP": "127.0.0.1:1", "Interval": "90s", "Timeout": "1500ms"}},
                     {"Name": "web", "ID": "c", "Checks": [{"HTTP": "http://127.0.0.1:1/", "Interval": 10000000000},
                                                           {"CheckID": "mine", "Name": "My own", "TTL": "10s"}]}):
            self.assertEqual(self.consul.put("agent/service/register", body).status, 200)
        a, b, c = self.consul.get("health/service/web").json
        self.assertEqual((a["Service"]["Service"], a["Service"]["Address"], a["Service"]["Port"]), ("Web", "", 0))
        self.assertEqual((a["Service"]["Tags"], a["Service"]["Meta"], a["Checks"][1]["ServiceTags"]), ([], {}, []))
        self.assertNotIn("TaggedAddresses", a["Service"])
        times = lambda entry: [(x["CheckID"], x["Type"], x["Interval"], x["Timeout"]) for x in entry["Checks"][1:]]
        self.assertEqual(times(a), [("service:a", "ttl", "", "")])
        self.assertEqual(times(b), [("service:b", "tcp", "1m30s", "1.5s")])
        self.assertEqual(times(c), [("mine", "ttl", "", ""), ("service:c:1", "http", "10s", "")])
        self.assertEqual(c["Checks"][1]["Name"], "My own")

    def test_a_token_sees_what_it_may(self):
        digest = hashlib.sha256(b"secret").hexdigest()
        with Box(start=False) as box:
            box.config.write_text(box.config.read_text().replace(
                "api:\n", f"api:\n  anonymous: none\n  tokens: [{{name: r, sha256: {digest}, read: [\"web*\"]}}]\n"))
            box.start()
            box.register(id="w", service="web", address="10.0.0.1", port=1)
            box.register(id="d", service="db", address="10.0.0.2", port=1)
            with Consul(box.api) as consul:
                see = lambda path: consul.ask("GET", path, headers={"X-Consul-Token": "secret"})
                self.assertEqual(consul.get("health/service/web").status, 403)
                self.assertEqual(len(see("health/service/web").json), 1)
                for path in ("health/service/db", "health/checks/db", "catalog/service/db"):
                    reply = see(path)
                    self.assertEqual(reply.status, 403, path)
                    self.assertTrue(reply.text.startswith("Permission denied"), reply.text)
                self.assertEqual(see("catalog/services").json["web"], [])
                self.assertNotIn("db", see("catalog/services").json)
                self.assertNotIn("d", see("catalog/node/n1").json["Services"])
                reply = consul.ask("PUT", "catalog/register", {"Node": "x", "Address": "10.0.0.1", "Service": {"Service": "web"}},
                                   headers={"X-Consul-Token": "secret"})
                self.assertEqual(reply.status, 403)

    def test_queries_are_read_as_clients_write_them(self):
        self.web(1, tags=["a b"], meta={"k": "x/y"})
        for query in ("tag=a+b", "tag=a%20b", "passing=false&stale=", "near=_agent&tag=a+b",
                      "filter=Service.Meta.k+%3D%3D+%22x%2Fy%22", "merge-central-config&peer=", "pretty"):
            self.assertEqual(len(self.consul.get("health/service/web?" + query).json), 1, query)
        self.assertIn("\n    ", self.consul.get("health/service/web?pretty").text)


if __name__ == "__main__":
    unittest.main()
