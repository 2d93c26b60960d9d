"""The main job: register, ask, deregister; what was acknowledged is what DNS says."""
import os
import subprocess
import sys
import unittest

from box import Box, Socket, eventually, full


class MainJob(unittest.TestCase):
    def test_a_registered_service_is_answered_at_once(self):
        with Box() as box:
            reply = box.register(service="web", address="10.0.0.1", port=8080)
            self.assertTrue(reply["created"])
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            srv = box.query("web", "SRV")
            self.assertEqual(srv.data("answer"), ["1 1 8080 10-0-0-1-8080.web.service.local."])
            self.assertEqual(srv.data("additional", "A"), ["10.0.0.1"])

    def test_a_deregistered_instance_is_gone_at_once(self):
        with Box() as box:
            first = box.register(service="web", address="10.0.0.1", port=80)
            box.register(service="web", address="10.0.0.2", port=80)
            self.assertTrue(box.ask("deregister", id=first["id"])["ok"])
            self.assertEqual(box.addresses("web"), ["10.0.0.2"])
            self.assertIsNone(box.addresses("10-0-0-1-80.web"))

    def test_read_your_writes_two_thousand_times(self):
        with Box(workers=2) as box, box.connect() as connection:
            for i in range(1000):
                address = f"10.1.{i // 250}.{i % 250}"
                reply = connection.ask("register", service=f"s{i}", address=address, port=1)
                self.assertTrue(reply["ok"], reply)
                self.assertEqual(box.addresses(f"s{i}"), [address])
                self.assertTrue(connection.ask("deregister", id=reply["id"])["ok"])
                self.assertIsNone(box.addresses(f"s{i}"))

    def test_three_healthy_instances_are_each_first_ten_times_in_thirty(self):
        with Box() as box:
            for i in (1, 2, 3):
                box.register(service="web", id=f"web-{i}", address=f"10.0.0.{i}", port=80)
            first = [box.query("web").data("answer")[0] for _ in range(30)]
            self.assertEqual([first.count(f"10.0.0.{i}") for i in (1, 2, 3)], [10, 10, 10])

    def test_a_and_aaaa_asked_in_turn_both_rotate(self):
        with Box() as box:
            for i in (1, 2):
                box.register(service="web", id=f"w{i}", addresses=[f"10.0.0.{i}", f"fd00::{i}"])
            firsts = {"A": [], "AAAA": []}
            for _ in range(10):
                for type_ in firsts:
                    firsts[type_].append(box.query("web", type_).data("answer")[0])
            for seen in firsts.values():
                self.assertEqual([seen.count(one) for one in sorted(set(seen))], [5, 5])

    def test_registering_the_same_twice_is_one_registration(self):
        with Box() as box:
            one = box.register(service="web", address="10.0.0.1", port=80)
            two = box.register(service="web", address="10.0.0.1", port=80)
            self.assertEqual((two["id"], two["created"]), (one["id"], False))
            self.assertEqual(len(box.ask("get", service="web")["instances"]), 1)

    def test_names_tags_ports_and_instances_follow_the_table(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="10.0.0.1", weight=10, tags=["v1"],
                         ports={"http": {"port": 8080, "protocol": "tcp"}, "metrics": 9090},
                         meta={"path": "/"})
            for name, want in [("v1.web", ["10.0.0.1"]), ("web-1.web", ["10.0.0.1"]), ("x.web", None),
                               ("_tcp.web", []), ("_http._tcp.web", []), ("_tcp", [])]:
                self.assertEqual(box.addresses(name), want, name)
            for name, port in [("web", 8080), ("_http._tcp.web", 8080), ("_metrics._tcp.web", 9090),
                               ("_web._tcp", 8080), ("_web._v1", 8080), ("_http._tcp.v1.web", 8080),
                               ("_metrics._tcp.web-1.web", 9090), ("web-1.web", 8080)]:
                self.assertEqual(box.query(name, "SRV").data("answer"),
                                 [f"1 10 {port} web-1.web.service.local."], name)
            self.assertEqual(box.query("web-1.web", "TXT").data("answer"), ["path=/"])
            self.assertIsNone(box.addresses("_web._udp", "SRV"))

    def test_a_thousand_pipelined_requests_are_answered_in_order(self):
        with Box() as box, box.connect() as connection:
            connection.send(*({"op": "register", "seq": i, "service": f"s{i % 50}", "id": f"i{i}",
                               "address": "10.0.0.1", "port": i + 1} for i in range(1000)))
            replies = [connection.line() for _ in range(1000)]
            self.assertEqual([r["seq"] for r in replies], list(range(1000)))
            self.assertTrue(all(r["ok"] for r in replies))
            revisions = [r["revision"] for r in replies]
            self.assertEqual(revisions, sorted(revisions))

    def test_a_read_sees_the_writes_pipelined_before_it(self):
        with Box() as box, box.connect() as connection:
            connection.send({"op": "register", "service": "web", "id": "a", "address": "10.0.0.1"},
                            {"op": "get", "service": "web"},
                            {"op": "deregister", "id": "a"},
                            {"op": "list"})
            replies = [connection.line() for _ in range(4)]
            self.assertEqual([i["id"] for i in replies[1]["instances"]], ["a"])
            self.assertEqual([s for s in replies[3]["services"] if s["instances"]], [])

    def test_compare_and_set_lets_exactly_one_of_two_win(self):
        with Box() as box:
            one = box.register(service="web", id="a", address="10.0.0.1", if_revision=0)
            again = box.ask("register", service="web", id="a", address="10.0.0.2", if_revision=0)
            self.assertEqual(again["error"]["code"], "conflict")
            two = box.register(service="web", id="a", address="10.0.0.2", if_revision=one["revision"])
            late = box.ask("register", service="web", id="a", address="10.0.0.3",
                           if_revision=one["revision"])
            self.assertEqual(late["error"]["code"], "conflict")
            self.assertIn(str(two["revision"]), late["error"]["message"])
            self.assertEqual(box.addresses("web"), ["10.0.0.2"])

    def test_compare_and_set_holds_among_pipelined_requests(self):
        with Box() as box, box.connect() as connection:
            connection.send(*({"op": "register", "service": "web", "id": "a", "if_revision": 0,
                               "address": f"10.0.0.{i}"} for i in range(1, 6)))
            replies = [connection.line() for _ in range(5)]
            self.assertEqual([r["ok"] for r in replies], [True] + [False] * 4)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_the_registry_survives_a_restart(self):
        with Box() as box:
            box.register(service="web", address="10.0.0.1", port=80, tags=["v1"], meta={"k": "v"})
            before = box.ask("get", service="web")["instances"]
            serial = int(box.query("", "SOA").data("answer")[0].split()[2])
            box.restart()
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            after = box.ask("get", service="web")["instances"]
            strip = lambda rows: [{k: v for k, v in row.items() if k not in ("since",)} for row in rows]
            self.assertEqual(strip(after), strip(before))
            self.assertGreaterEqual(int(box.query("", "SOA").data("answer")[0].split()[2]), serial)

    def test_the_serial_rises_once_the_data_changed(self):
        with Box() as box:
            serial = lambda: int(box.query("", "SOA").data("answer")[0].split()[2])
            box.register(service="web", address="10.0.0.1")
            eventually(lambda: serial() > 1, 3)
            before = serial()
            box.register(service="web", address="10.0.0.2")
            eventually(lambda: serial() > before, 3)


class Watch(unittest.TestCase):
    def test_events_come_in_order_and_none_is_missed(self):
        with Box() as box, box.connect() as watcher:
            start = watcher.ask("watch", service="web", seq="w")
            self.assertTrue(start["ok"])
            one = box.register(service="web", id="a", address="10.0.0.1")
            box.register(service="other", id="b", address="10.0.0.2")
            two = box.register(service="web", id="a", address="10.0.0.3")
            box.ask("deregister", id="a")
            events = [watcher.line() for _ in range(3)]
            self.assertEqual([e["seq"] for e in events], ["w"] * 3)
            self.assertEqual([e["id"] for e in events], ["a"] * 3)
            self.assertEqual([e["revision"] for e in events][:2], [one["revision"], two["revision"]])
            self.assertEqual(len({e["event"] for e in events}), 3)

    def test_since_replays_what_happened_meanwhile(self):
        with Box() as box:
            since = box.ask("hello")["revision"]
            for i in range(5):
                box.register(service="web", id=f"i{i}", address=f"10.0.0.{i + 1}")
            with box.connect() as watcher:
                watcher.ask("watch", service="web", since=since)
                self.assertEqual([watcher.line()["id"] for _ in range(5)], [f"i{i}" for i in range(5)])

    def test_since_from_before_a_restart_is_a_resync(self):
        with Box() as box:
            since = box.register(service="web", id="a", address="10.0.0.1")["revision"]
            box.register(service="web", id="b", address="10.0.0.2")
            box.restart()
            with box.connect() as watcher:
                self.assertTrue(watcher.ask("watch", since=since)["ok"])
                self.assertEqual(watcher.line()["event"], "resync")


class BadRequests(unittest.TestCase):
    def test_every_fault_names_its_field_and_changes_nothing(self):
        cases = [
            (b"{", "bad_json", None),
            (b"[]", "bad_json", None),
            (b'{"op":"register","op":"list"}', "bad_json", None),
            ({"op": "fly"}, "unknown_op", None),
            ({"service": "x"}, "missing_field", "op"),
            ({"op": "register", "address": "10.0.0.1"}, "missing_field", "service"),
            ({"op": "register", "service": "web"}, "missing_field", "address"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "prot": 1}, "unknown_field", "prot"),
            ({"op": "register", "service": "we_b", "address": "10.0.0.1"}, "invalid_field", "service"),
            ({"op": "register", "service": "-web", "address": "10.0.0.1"}, "invalid_field", "service"),
            ({"op": "register", "service": "w" * 64, "address": "10.0.0.1"}, "invalid_field", "service"),
            ({"op": "register", "service": "web", "address": "300.0.0.1"}, "invalid_field", "address"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "port": 65536}, "invalid_field", "port"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "port": "80"}, "invalid_field", "port"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "lease": {"ttl": 10}},
             "invalid_field", "lease.ttl"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "port": 1,
              "checks": [{"kind": "tcp", "interval": "1ms"}]}, "invalid_field", "checks[0].interval"),
            ({"op": "register", "service": "web", "address": "10.0.0.1", "port": 1,
              "checks": [{"kind": "magic"}]}, "invalid_field", "checks[0].kind"),
            ({"op": "deregister", "id": "nobody"}, "not_found", "id"),
            ({"op": "renew", "id": "nobody"}, "not_found", "id"),
        ]
        with Box() as box, box.connect() as connection:
            for request, code, field in cases:
                connection.send(request)
                reply = connection.line()
                self.assertFalse(reply["ok"], request)
                self.assertEqual(reply["error"]["code"], code, (request, reply))
                if field:
                    self.assertEqual(reply["error"].get("field"), field, (request, reply))
                self.assertGreater(len(reply["error"]["message"]), 10)
            self.assertEqual(connection.ask("list")["services"], [])

    def test_a_line_of_64_kib_is_taken_and_a_longer_one_closes(self):
        with Box() as box:
            with box.connect() as connection:
                prefix = b'{"op":"hello","client":"'
                connection.send(prefix + b"x" * (64 * 1024 - len(prefix) - 3) + b'"}')
                self.assertIn("ok", connection.line())
                connection.send(prefix + b"x" * (64 * 1024 - len(prefix) - 2) + b'"}')
                self.assertEqual(connection.line()["error"]["code"], "too_long")
                with self.assertRaises((EOFError, ConnectionError)):
                    connection.line()
            self.assertTrue(box.ask("hello")["ok"])


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Owners(unittest.TestCase):
    AS_NOBODY = """
import json, os, socket, sys
os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\\n"); print(s.makefile().readline(), end="")
"""

    def ask_as_nobody(self, box, request):
        import json
        box.folder.chmod(0o755)
        done = subprocess.run([sys.executable, "-c", self.AS_NOBODY, str(box.path), json.dumps(request)],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_only_the_owner_and_root_may_change_an_instance(self):
        with Box() as box:
            box.register(service="web", id="roots", address="10.0.0.1")
            mine = self.ask_as_nobody(box, {"op": "register", "service": "web", "id": "nobodys",
                                            "address": "10.0.0.2"})
            self.assertTrue(mine["ok"], mine)
            for request in ({"op": "deregister", "id": "roots"}, {"op": "renew", "id": "roots"},
                            {"op": "register", "service": "web", "id": "roots", "address": "10.9.9.9"}):
                self.assertEqual(self.ask_as_nobody(box, request)["error"]["code"], "unauthorized")
            self.assertEqual(box.addresses("web"), ["10.0.0.1", "10.0.0.2"])
            self.assertTrue(box.ask("deregister", id="nobodys")["ok"])

    def test_a_pid_lease_on_somebody_elses_process_is_refused(self):
        with Box() as box:
            reply = self.ask_as_nobody(box, {"op": "register", "service": "web", "address": "10.0.0.1",
                                             "lease": {"pid": os.getpid()}})
            self.assertEqual(reply["error"]["code"], "unauthorized", reply)


if __name__ == "__main__":
    unittest.main()
