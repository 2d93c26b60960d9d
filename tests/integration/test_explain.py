"""explain: what DNS answers, and for every instance in or out and why."""
import time
import unittest

from box import Box, HttpServer, eventually


def check(server, **more):
    return {"kind": "http", "name": "alive", "target": f"127.0.0.1:{server.port}",
            "interval": "100ms", "timeout": "1s", "failure_threshold": 1, **more}


class Explain(unittest.TestCase):
    def setUp(self):
        self.box = Box().__enter__()
        self.addCleanup(self.box.__exit__, None, None, None)

    def explain(self, name, **more):
        reply = self.box.ask("explain", name=name, **more)
        self.assertTrue(reply["ok"], reply)
        return reply

    def rows(self, name, **more):
        return {row["id"]: row for row in self.explain(name, **more)["instances"]}

    def put(self, number, **more):
        self.box.register(**{"service": "web", "id": f"web-{number}",
                             "address": f"10.0.0.{number}", "port": 80, **more})

    def test_every_reason_is_told_and_the_answer_is_that_of_dns(self):
        with HttpServer(status=503) as sick:
            self.put(1, tags=["v1"])
            self.put(2, checks=[check(sick)])
            self.put(3)
            self.put(4)
            self.put(5, datacenter="elsewhere")
            self.put(6, checks=[check(sick, initial_delay="1h")])
            self.box.ask("drain", id="web-3")
            self.box.ask("override", id="web-4", state="down", reason="disk",
                         **{"for": "1h"})
            eventually(lambda: self.rows("web.service.local")["web-2"]["reason"] == "critical")
            rows = self.rows("web.service.local")
        self.assertEqual({id_: row["reason"] for id_, row in rows.items()},
                         {"web-1": "healthy", "web-2": "critical", "web-3": "draining",
                          "web-4": "overridden down", "web-5": "other datacenter",
                          "web-6": "starting"})
        self.assertEqual([id_ for id_, row in rows.items() if row["in"]], ["web-1"])
        self.assertRegex(rows["web-2"]["text"], "check 'alive' .http. is critical for "
                         ".*since .*503")
        self.assertRegex(rows["web-4"]["text"], "by uid [0-9]+.* left.*: disk")
        self.assertIn("initial_delay is not over", rows["web-6"]["text"])
        self.assertIn("elsewhere", rows["web-5"]["text"])
        self.assertEqual(self.box.addresses("web"), ["10.0.0.1"])

    def test_the_verdict_counts(self):
        self.put(1)
        self.put(2, status="critical")
        reply = self.explain("web.service.local")
        self.assertEqual(reply["verdict"], "web.service.local. A: NOERROR, 1 record, "
                         "1 of 2 instances in")
        self.assertEqual([(row["type"], row["data"]) for row in reply["answers"]],
                         [("A", "10.0.0.1")])
        self.assertEqual((reply["in"], reply["total"], reply["zone"], reply["layout"]),
                         (1, 2, "service.local.", "flat"))

    def test_a_wrong_tag_and_a_wrong_port_are_named(self):
        self.put(1, tags=["v1"])
        rows = self.rows("v2.web.service.local")
        self.assertEqual(rows["web-1"]["reason"], "wrong tag")
        self.assertIn("v1", rows["web-1"]["text"])
        rows = self.rows("_http._tcp.web.service.local", type="SRV")
        self.assertEqual(rows["web-1"]["reason"], "wrong port")

    def test_another_namespace_is_named(self):
        self.put(1, namespace="prod")
        rows = self.rows("web.service.local")
        self.assertEqual(rows["web-1"]["reason"], "other namespace")
        self.assertIn("prod", rows["web-1"]["text"])

    def test_its_own_name_answers_whatever_its_health(self):
        self.put(1, status="critical")
        rows = self.rows("web-1.web.service.local")
        self.assertTrue(rows["web-1"]["in"])
        self.assertEqual(rows["web-1"]["reason"], "named")
        self.assertEqual(self.box.addresses("web-1.web"), ["10.0.0.1"])

    def test_a_reply_that_is_full_says_so(self):
        for number in range(1, 120):
            self.put(number)
        reply = self.explain("web.service.local")
        self.assertTrue(reply["truncated"])
        beyond = [row for row in reply["instances"] if not row["in"]]
        self.assertEqual({row["reason"] for row in beyond}, {"beyond the packet"})
        self.assertEqual(reply["in"], len(reply["answers"]))
        whole = self.explain("web.service.local", tcp=True)
        self.assertEqual((whole["in"], whole["truncated"]), (119, False))

    def test_an_earlier_time_is_explained_as_it_was(self):
        self.put(1)
        self.put(2)
        eventually(lambda: self.box.ask("history", name="web-2")["history"])
        then = int(time.time() * 1000)
        eventually(lambda: int(time.time() * 1000) > then + 1)
        self.box.ask("override", id="web-2", state="down")
        self.assertEqual(self.rows("web.service.local")["web-2"]["reason"], "overridden down")
        rows = self.rows("web.service.local", at=then)
        self.assertEqual([(id_, row["in"]) for id_, row in rows.items()],
                         [("web-1", True), ("web-2", True)])

    def test_faults_are_named(self):
        for request, field in (({"name": "a..b"}, "name"),
                               ({"name": "web.service.local", "type": "NOPE"}, "type"),
                               ({"name": "web.service.local", "client": "x"}, "client")):
            error = self.box.ask("explain", **request)["error"]
            self.assertEqual((error["code"], error["field"]), ("invalid_field", field))

    def test_the_command_prints_the_verdict_and_a_table(self):
        self.put(1)
        self.put(2, status="critical")
        done = self.box.rollcall("explain", "web")
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(lines[0], "web.service.local. A: NOERROR, 1 record, "
                         "1 of 2 instances in")
        self.assertRegex(lines[2], "^in  +web-1 +5s .zone. +healthy ")
        self.assertRegex(lines[3], "^OUT +web-2 .*critical")
        self.assertEqual(lines[4], "web.service.local. 5 A 10.0.0.1")
        self.assertEqual(self.box.rollcall("explain", "nosuch").returncode, 1)
        self.assertIn('"instances":[', self.box.rollcall("explain", "web", "--json").stdout)


class Access(unittest.TestCase):
    def test_a_client_that_may_not_ask_is_refused(self):
        with Box(start=False) as box:
            text = box.config.read_text()
            box.config.write_text(text.replace("  workers:", "  allow_query: [127.0.0.0/8]\n  workers:"))
            box.start()
            box.register(service="web", address="10.0.0.1", port=80)
            reply = box.ask("explain", name="web.service.local", client="10.9.9.9")
            self.assertIn("dns.allow_query does not list 10.9.9.9", reply["verdict"])
            self.assertEqual(reply["rcode"], "REFUSED")
            reply = box.ask("explain", name="web.service.local", client="127.0.0.1")
            self.assertEqual(reply["in"], 1)


class Names(unittest.TestCase):
    """NAME._explain in TXT, where the zone says explain_names."""

    def test_every_instance_is_told_with_ttl_0(self):
        with Box(zone_extra="    explain_names: true\n") as box:
            for number in (1, 2, 3):
                box.register(service="web", id=f"web-{number}", address=f"10.0.0.{number}",
                             port=80, status="critical" if number == 2 else "passing")
            box.ask("drain", id="web-3")
            text = box.dig("+noall", "+answer", "web._explain.service.local", "TXT")
            self.assertEqual([line.split(None, 4) for line in text.splitlines()],
                             [["web._explain.service.local.", "0", "IN", "TXT", words] for words in
                              ('"1 of 3 in"', '"web-2 out: critical"', '"web-3 out: draining"',
                               '"web-1 in: healthy"')])
            box.ask("undrain", id="web-3")
            self.assertIn("web-3 in: healthy",
                          box.dig("+short", "web._explain.service.local", "TXT"))

    def test_it_is_off_unless_it_is_asked_for(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="10.0.0.1", port=80)
            self.assertEqual(box.query("web._explain", "TXT").rcode, "NXDOMAIN")

    def test_it_is_in_no_transfer_and_in_no_serial(self):
        with Box(zone_extra="    explain_names: true\n    allow_transfer: [127.0.0.0/8]\n") as box:
            box.register(service="web", id="web-1", address="10.0.0.1", port=80)
            eventually(lambda: "\nweb.service.local." in box.dig("axfr", "service.local"))
            text = box.dig("axfr", "service.local")
            self.assertNotIn("_explain", text)

    def test_many_instances_are_cut_to_a_bound(self):
        with Box(zone_extra="    explain_names: true\n") as box:
            for number in range(100):
                box.register(service="web", id=f"web-{number}", address="10.0.0.1", port=1 + number)
            lines = box.dig("+short", "web._explain.service.local", "TXT").splitlines()
            self.assertEqual(len([line for line in lines if "web-" in line]), 64)
            self.assertIn('"100 of 100 in, not all are listed"', lines)

    def test_it_goes_with_its_service(self):
        with Box(zone_extra="    explain_names: true\n") as box:
            box.register(service="web", id="web-1", address="10.0.0.1", port=80)
            box.ask("deregister", id="web-1")
            self.assertEqual(box.query("web._explain", "TXT").rcode, "NXDOMAIN")


if __name__ == "__main__":
    unittest.main()
