"""Sessions and locks of Consul's API, as the Go client, Patroni and Vault use them."""
import threading
import time
import unittest
import uuid

from box import Box, eventually
from consul import Consul, SharedBox

FLAGS = 3304740253564472344
NS = 10**9


class Served(SharedBox):
    def setUp(self):
        super().setUp()
        for session in self.consul.get("session/list").json:
            self.consul.put(f"session/destroy/{session['ID']}")
        self.l = self._testMethodName  # a key of its own: a lock delay outlives its key

    def create(self, **fields):
        reply = self.consul.put("session/create", fields or None)
        self.assertEqual(reply.status, 200, reply.text)
        return reply.json["ID"]

    def entry(self, key):
        return self.consul.get("kv/" + key).json[0]


class Sessions(Served):
    def test_a_session_of_defaults(self):
        session = self.create()
        self.assertEqual(str(uuid.UUID(session)), session)
        reply = self.consul.get(f"session/info/{session}")
        index = reply.json[0]["CreateIndex"]
        self.assertEqual(reply.json, [{"ID": session, "Name": "", "Node": "n1", "LockDelay": 15 * NS,
                                       "Behavior": "release", "TTL": "", "NodeChecks": ["serfHealth"],
                                       "ServiceChecks": None, "CreateIndex": index, "ModifyIndex": index}])
        self.assertEqual(reply.index, index)
        self.assertEqual(self.consul.get("session/list").json, reply.json)
        self.assertEqual(self.consul.get("session/node/n1").json, reply.json)
        self.assertEqual(self.consul.get("session/node/nobody").json, [])
        self.assertEqual(self.consul.get("session/info/nobody").json, [])

    def test_bodies_of_clients(self):
        for body in ('{"Behavior":"delete","LockDelay":"1ms","TTL":"10s"}\n', '{"NodeChecks":[]}\n',
                     '{"LockDelay":"15s","Node":"n1","Checks":["serfHealth"],"Behavior":"delete","TTL":"10s"}',
                     '{"lockdelay": "1s", "behavior": "delete", "ttl": "10s"}', "{}", "null",
                     '{"Name":null,"TTL":null,"Unknown":1}'):
            reply = self.consul.put("session/create", body)
            self.assertEqual(reply.status, 200, body + reply.text)
            self.assertEqual(list(reply.json), ["ID"])

    def test_a_lock_delay_is_seconds_or_nanoseconds(self):
        for given, delay in ((15, 15 * NS), (999, 999 * NS), (1000, 1000), (5 * NS, 5 * NS), ("1m30s", 90 * NS),
                             (0, 0), ("0s", 0)):
            session = self.create(LockDelay=given)
            self.assertEqual(self.consul.get(f"session/info/{session}").json[0]["LockDelay"], delay, given)

    def test_what_is_refused(self):
        rows = (({"TTL": "9s"}, 500, "Invalid Session TTL '9000000000', must be between [10s=24h0m0s]"),
                ({"TTL": "25h"}, 500, "Invalid Session TTL '90000000000000', must be between [10s=24h0m0s]"),
                ({"TTL": "soon"}, 500, "Session TTL 'soon' invalid: "),
                ({"Behavior": "keep"}, 500, "Invalid Behavior setting 'keep'"),
                ({"Node": "nobody"}, 500, "Missing node registration"),
                ({"Checks": ["nothing"]}, 500, "Missing check 'nothing' registration"),
                ({"LockDelay": "x"}, 400, "Request decode failed: "),
                ({"NodeChecks": "serfHealth"}, 400, "Request decode failed: "))
        for body, status, text in rows:
            reply = self.consul.put("session/create", body)
            self.assertEqual(reply.status, status, body)
            self.assertTrue(reply.text.startswith(text), reply.text)
        self.assertEqual(self.consul.put("session/create", "{").status, 400)
        self.assertEqual(self.consul.get("session/list").json, [])
        for path, text in (("destroy", "Missing session"), ("renew", "Missing session")):
            reply = self.consul.put(f"session/{path}/")
            self.assertEqual((reply.status, reply.text), (400, text))
        self.assertEqual(self.consul.get("session/info/").text, "Missing session")
        self.assertEqual(self.consul.get("session/node/").text, "Missing node name")

    def test_destroy_and_renew(self):
        session = self.create(TTL="10s")
        renewed = self.consul.put(f"session/renew/{session}")
        self.assertEqual((renewed.status, renewed.json[0]["TTL"]), (200, "10s"))
        self.assertEqual(self.consul.put(f"session/destroy/{session}").text, "true")
        gone = self.consul.put(f"session/renew/{session}")
        self.assertEqual((gone.status, gone.text), (404, f"Session id '{session}' not found"))
        self.assertEqual(self.consul.put(f"session/destroy/{session}").text, "true")

    def test_reads_block(self):
        index = self.consul.get("session/list").index
        session = []
        thread = threading.Timer(0.1, lambda: session.append(
            Consul(self.box.api).put("session/create").json["ID"]))
        thread.start()
        reply = self.consul.get("session/list", index=index, wait="20s")
        thread.join()
        self.assertEqual([one["ID"] for one in reply.json], session)
        self.assertGreater(reply.index, index)


class Locks(Served):
    def acquire(self, key, session, value="x"):
        return self.consul.put(f"kv/{key}?acquire={session}", value, flags=FLAGS)

    def test_one_holds_it_at_a_time(self):
        first, second = self.create(), self.create()
        self.assertEqual(self.acquire(self.l, first).text, "true")
        reply = self.acquire(self.l, second)
        self.assertEqual((reply.status, reply.text), (200, "false"))
        self.assertEqual(self.acquire(self.l, first).text, "true")
        entry = self.entry(self.l)
        self.assertEqual((entry["LockIndex"], entry["Session"], entry["Flags"]), (1, first, FLAGS))
        self.assertEqual(self.consul.put(f"kv/{self.l}?release={second}").text, "false")
        self.assertEqual(self.consul.put(f"kv/{self.l}?release={first}", flags=FLAGS).text, "true")
        self.assertNotIn("Session", self.entry(self.l))
        self.assertIsNone(self.entry(self.l)["Value"])
        self.assertEqual(self.acquire(self.l, second).text, "true")  # at once: it was released in order
        self.assertEqual(self.entry(self.l)["LockIndex"], 2)
        self.assertEqual(self.consul.put(f"kv/{self.l}", "advisory").text, "true")
        self.assertEqual((self.entry(self.l)["Session"], self.entry(self.l)["LockIndex"]), (second, 2))

    def test_only_a_session_can_hold_it(self):
        reply = self.acquire(self.l, "nobody")
        self.assertEqual((reply.status, reply.text), (500, 'invalid session "nobody"'))
        reply = self.consul.put(f"kv/{self.l}?release=")
        self.assertEqual((reply.status, reply.text), (500, "missing session"))
        self.assertEqual(self.consul.get(f"kv/{self.l}").status, 404)

    def test_its_end_frees_the_key_after_the_lock_delay(self):
        first, second = self.create(LockDelay="1s"), self.create()
        self.acquire(self.l, first, "mine")
        before = self.entry(self.l)["ModifyIndex"]
        began = time.monotonic()
        self.consul.put(f"session/destroy/{first}")
        entry = self.entry(self.l)
        self.assertNotIn("Session", entry)
        self.assertGreater(entry["ModifyIndex"], before)
        self.assertEqual(self.acquire(self.l, second).text, "false")
        eventually(lambda: self.acquire(self.l, second).text == "true", 10, 0.05)
        self.assertGreaterEqual(time.monotonic() - began, 1.0)

    def test_behaviour_delete_removes_the_key(self):
        session = self.create(Behavior="delete", LockDelay=0)
        self.acquire(self.l, session)
        index = self.consul.get("kv/?recurse").index
        self.consul.put(f"session/destroy/{session}")
        self.assertEqual(self.consul.get(f"kv/{self.l}").status, 404)
        self.assertGreater(self.consul.get("kv/?recurse").index, index)

    def test_a_transaction_locks_and_checks(self):
        session = self.create()
        lock = {"KV": {"Verb": "lock", "Key": self.l, "Value": "dg==", "Session": session}}
        check = {"KV": {"Verb": "check-session", "Key": self.l, "Session": session}}
        reply = self.consul.put("txn", [lock, check])
        self.assertEqual(reply.status, 200, reply.text)
        self.assertEqual(reply.json["Results"][0]["KV"]["Session"], session)
        other = self.create()
        reply = self.consul.put("txn", [{"KV": {"Verb": "set", "Key": "x", "Value": ""}},
                                        {"KV": {**lock["KV"], "Session": other}}])
        self.assertEqual(reply.status, 409)
        self.assertEqual(reply.json["Errors"][0]["What"], f'failed to lock key "{self.l}", lock is already held')
        self.assertEqual(self.consul.get("kv/x").status, 404)

    def test_the_recipe_of_the_go_client(self):
        """Two programs want one lock; the second has it as soon as the first lets go."""
        order = []

        def program(name, hold):
            with Consul(self.box.api) as consul:
                session = consul.put("session/create", {"TTL": "15s"}).json["ID"]
                index = 0
                while True:
                    reply = consul.get("kv/lock", index=index, wait="15000ms")
                    if reply.status == 200 and "Session" in reply.json[0]:
                        self.assertEqual(reply.json[0]["Flags"], FLAGS)
                        index = reply.index
                        continue
                    got = consul.put(f"kv/lock?acquire={session}&flags={FLAGS}", name)
                    if got.text == "true":
                        break
                    index = 0
                order.append("got " + name)
                consul.put(f"session/renew/{session}")
                hold()
                order.append("let " + name)
                self.assertEqual(consul.put(f"kv/lock?release={session}&flags={FLAGS}", name).text, "true")
                consul.put(f"session/destroy/{session}")
        wanted = threading.Event()
        first = threading.Thread(target=program, args=("a", lambda: wanted.wait(10)))
        first.start()
        eventually(lambda: order == ["got a"])
        second = threading.Thread(target=program, args=("b", lambda: None))
        second.start()
        time.sleep(0.2)  # it waits in its blocking read
        self.assertEqual(order, ["got a"])
        wanted.set()
        first.join(20)
        second.join(20)
        self.assertEqual(order, ["got a", "let a", "got b", "let b"])


class Checks(Served):
    def register(self, name, status):
        body = {"Name": name, "Check": {"TTL": "1h", "Status": status}}
        self.assertEqual(self.consul.put("agent/service/register", body).status, 200)

    def test_a_critical_check_ends_the_session(self):
        self.register("guard", "passing")
        session = self.create(ServiceChecks=[{"ID": "service:guard"}], LockDelay=0)
        other = self.create()
        self.consul.put(f"kv/{self.l}?acquire={session}", "x")
        info = self.consul.get(f"session/info/{session}").json[0]
        self.assertEqual(info["ServiceChecks"], [{"ID": "service:guard", "Namespace": ""}])
        self.consul.put("agent/check/fail/service:guard")
        eventually(lambda: self.consul.get(f"session/info/{session}").json == [], 10)
        self.assertNotIn("Session", self.entry(self.l))
        self.assertEqual(len(self.consul.get(f"session/info/{other}").json), 1)
        reply = self.consul.put("session/create", {"ServiceChecks": [{"ID": "service:guard"}]})
        self.assertEqual((reply.status, reply.text), (500, "Check 'service:guard' is in critical state"))
        self.consul.put("agent/service/deregister/guard")

    def test_a_check_that_goes_ends_the_session(self):
        self.register("guest", "passing")
        session = self.create(Checks=["serfHealth", "service:guest"])
        self.consul.put("agent/service/deregister/guest")
        eventually(lambda: self.consul.get(f"session/info/{session}").json == [], 10)

    def test_a_session_ends_with_its_external_node(self):
        self.consul.put("catalog/register", {"Node": "far", "Address": "10.9.9.9"})
        session = self.create(Node="far", NodeChecks=[])
        self.assertEqual([one["ID"] for one in self.consul.get("session/node/far").json], [session])
        self.assertEqual(self.consul.put("catalog/deregister", {"Node": "far"}).status, 200)
        eventually(lambda: self.consul.get(f"session/info/{session}").json == [], 10)


class Restarts(unittest.TestCase):
    def test_sessions_locks_and_delays_outlive_a_kill(self):
        with Box() as box:
            with Consul(box.api) as consul:
                one = consul.put("session/create", {"Name": "one", "TTL": "10s"}).json["ID"]
                two = consul.put("session/create", {"LockDelay": "30s"}).json["ID"]
                self.assertEqual(consul.put(f"kv/l?acquire={one}", "1").text, "true")
                self.assertEqual(consul.put(f"kv/d?acquire={two}", "1").text, "true")
                info = consul.get(f"session/info/{one}").json
                self.assertEqual(consul.put(f"session/destroy/{two}").text, "true")
            box.kill()
            box.start()
            with Consul(box.api) as consul:
                self.assertEqual(consul.get(f"session/info/{one}").json, info)
                self.assertEqual(consul.get(f"session/info/{two}").json, [])
                self.assertEqual(consul.get("kv/l").json[0]["Session"], one)
                self.assertNotIn("Session", consul.get("kv/d").json[0])
                self.assertEqual(consul.put(f"kv/d?acquire={one}", "1").text, "false")  # 30 s are not over
                self.assertEqual(consul.put(f"session/renew/{one}").status, 200)
                self.assertEqual(consul.put(f"kv/l?release={one}", "1").text, "true")


class Ttl(unittest.TestCase):
    def test_a_ttl_ends_it_between_once_and_twice_its_time(self):
        """The shortest that is allowed is 10 s; the clock of the test is the real one."""
        with Box() as box, Consul(box.api) as consul:
            began = time.monotonic()
            session = consul.put("session/create", {"TTL": "10s", "Behavior": "delete"}).json["ID"]
            consul.put(f"kv/l?acquire={session}", "x")
            index = consul.get("kv/l").index
            reply = consul.get("kv/l", index=index, wait="28s")
            took = time.monotonic() - began
            self.assertEqual(reply.status, 404)
            self.assertGreaterEqual(took, 10)
            self.assertLess(took, 25)
            self.assertEqual(consul.get("session/list").json, [])


if __name__ == "__main__":
    unittest.main()
