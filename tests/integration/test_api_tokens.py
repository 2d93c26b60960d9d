"""What belongs to a token, and what it sees of what others have: over real HTTP."""
import hashlib
import threading
import unittest

from box import Box, free_port
from consul import Consul


def tokens(port, **rows):
    lines = [f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: none\n  tokens:\n"]
    for name, rights in rows.items():
        lines.append(f"    - {{name: {name}, sha256: {hashlib.sha256(name.encode()).hexdigest()}, {rights}}}\n")
    return "".join(lines)


class Tokens(unittest.TestCase):
    """A token is called as what it may: `mine` the service "mine" and the key "app"."""

    rows = {"root": 'operate: ["*"]', "mine": 'register: ["mine", "kv/app"]', "other": 'register: ["other"]'}

    def setUp(self):
        self.port = free_port()
        self.box = self.enterContext(Box(tokens(self.port, **self.rows)))
        self.consul = self.enterContext(Consul(self.port))

    def ask(self, method, path, body=None, who="mine", status=200, **parameters):
        reply = self.consul.ask(method, path, body, {"X-Consul-Token": who}, **parameters)
        self.assertEqual(reply.status, status, (method, path, reply.body))
        return reply

    def root(self, method, path, body=None, **parameters):
        return self.ask(method, path, body, "root", **parameters)

    def again(self, config):
        """The same database under another configuration."""
        text = self.box.config.read_text()
        self.box.stop()
        self.box.config.write_text(text.replace(tokens(self.port, **self.rows), config))
        self.box.start()
        self.box.config.write_text(text)
        self.consul = self.enterContext(Consul(self.port))


class Sessions(Tokens):
    def test_a_session_belongs_to_the_token_that_made_it(self):
        for life in range(2):  # whose it is survives a restart
            mine = self.ask("PUT", "session/create", {"TTL": "60s"}).json["ID"]
            others = self.ask("PUT", "session/create", {"TTL": "60s"}, "other").json["ID"]
            if life == 0:
                self.box.kill()
                self.box.start()
                self.consul = self.enterContext(Consul(self.port))
            for verb in ("renew", "destroy"):
                refused = self.ask("PUT", f"session/{verb}/{others}", status=403)
                self.assertIn("another token made this session", refused.text)
                self.ask("PUT", f"session/{verb}/{mine}", who="other", status=403)
            self.ask("PUT", f"session/renew/{mine}")
            self.ask("PUT", f"session/destroy/{mine}")
            self.root("PUT", f"session/renew/{others}")
            self.root("PUT", f"session/destroy/{others}")
            self.ask("PUT", f"session/renew/{others}", status=404)
            self.ask("PUT", f"session/destroy/{others}")  # gone already

    def test_sessions_of_a_token_that_is_gone_are_for_who_operates(self):
        one, two = (self.ask("PUT", "session/create", {}).json["ID"] for _ in range(2))
        free = self.ask("PUT", "session/create", {}).json["ID"]
        self.again(tokens(self.port, **{name: rights for name, rights in self.rows.items() if name != "mine"}))
        self.ask("PUT", f"session/renew/{one}", who="other", status=403)
        self.ask("PUT", f"session/destroy/{one}", who="other", status=403)
        self.root("PUT", f"session/renew/{one}")
        self.root("PUT", f"session/destroy/{one}")
        self.again(tokens(self.port, **self.rows))
        self.ask("PUT", f"session/destroy/{two}")  # it is there again, and so are they
        self.again(f"api:\n  listen: [127.0.0.1:{self.port}]\n")  # without tokens there is nobody to own
        self.assertEqual(self.consul.put(f"session/renew/{free}").status, 200)
        self.assertEqual(self.consul.put(f"session/destroy/{free}").status, 200)

    def test_what_was_made_without_a_token_is_for_all_who_may_register(self):
        self.again(f"api:\n  listen: [127.0.0.1:{self.port}]\n")
        session = self.consul.put("session/create").json["ID"]
        self.again(tokens(self.port, **self.rows))
        self.ask("PUT", f"session/renew/{session}")
        self.ask("PUT", f"session/destroy/{session}", who="other")

    def test_who_may_write_all_that_it_holds_may_end_it_and_not_renew_it(self):
        others = self.ask("PUT", "session/create", {"LockDelay": "0s"}, "other").json["ID"]
        self.assertEqual(self.root("PUT", f"kv/app?acquire={others}", "x").text, "true")
        self.ask("PUT", f"session/renew/{others}", status=403)
        self.ask("PUT", f"session/destroy/{others}")
        self.assertNotIn("Session", self.root("GET", "kv/app").json[0])


class Sight(Tokens):
    """Who reads only some services sees nothing else that it did not make and may not read."""

    rows = {"root": 'operate: ["*"]', "reader": 'read: ["*"]', "mine": 'register: ["mine", "kv/app"]',
            "other": 'register: ["other", "kv/other"]',
            "named": 'read: ["session/watch*", "event/deploy*", "node/DB*"]', "ours": 'read: ["node/n1"]'}

    def names(self, who, path, **parameters):
        return sorted(thing["Name"] for thing in self.ask("GET", path, None, who, **parameters).json)

    def waiting(self, who, path, member, index):
        """A thread that waits for news of a list; join() it for what it heard."""
        class Waiting(threading.Thread):
            def run(thread):
                with Consul(self.port) as consul:
                    reply = consul.ask("GET", path, None, {"X-Consul-Token": who}, index=index, wait="30s")
                    thread.heard, thread.index = sorted(thing[member] for thing in reply.json), reply.index
        thread = Waiting()
        thread.start()
        return thread

    def test_sessions_of_others_are_not_seen(self):
        made = {}
        for who in ("mine", "other"):
            made[who] = self.ask("PUT", "session/create", {"Name": who}, who).json["ID"]
        made["watch-1"] = self.root("PUT", "session/create", {"Name": "watch-1"}).json["ID"]
        for who, seen in (("root", ["mine", "other", "watch-1"]), ("reader", ["mine", "other", "watch-1"]),
                          ("mine", ["mine"]), ("other", ["other"]), ("named", ["watch-1"]),
                          ("ours", ["mine", "other", "watch-1"])):  # all of them are of this node
            for path in ("session/list", "session/node/n1"):
                self.assertEqual(self.names(who, path), seen, (who, path))
            for name, session in made.items():
                self.assertEqual(self.names(who, f"session/info/{session}"), [name] if name in seen else [], (who, name))

    def test_a_session_is_seen_by_who_reads_a_key_or_a_service_of_it(self):
        session = self.root("PUT", "session/create", {"Name": "lock", "LockDelay": "0s"}).json["ID"]
        self.root("PUT", f"kv/other?acquire={session}", "x")  # another's key
        self.assertEqual(self.names("mine", "session/list"), [])
        before = self.ask("GET", "session/list").index
        waiting = self.waiting("mine", "session/list", "Name", before)
        self.root("PUT", f"kv/app?acquire={session}", "x")
        waiting.join()
        self.assertEqual(waiting.heard, ["lock"])
        self.assertGreater(waiting.index, before)
        waiting = self.waiting("mine", f"session/info/{session}", "Name", waiting.index)
        self.root("PUT", f"kv/app?release={session}", "x")
        waiting.join()
        self.assertEqual(waiting.heard, [])
        self.root("PUT", "agent/service/register", {"Name": "mine", "Check": {"CheckID": "up", "TTL": "1h",
                                                                              "Status": "passing"}})
        self.root("PUT", "session/create", {"Name": "bound", "NodeChecks": [], "ServiceChecks": [{"ID": "up"}]})
        self.assertEqual(self.names("mine", "session/list"), ["bound"])
        self.assertEqual(self.names("other", "session/list"), ["lock"])

    def test_events_are_seen_by_name_by_service_and_by_who_fired_them(self):
        self.root("PUT", "event/fire/deploy-web", b"x")
        self.root("PUT", "event/fire/alarm?service=mine", b"x")
        index = self.ask("GET", "event/list", None, "named").index
        waiting = self.waiting("named", "event/list", "Name", index)
        self.ask("PUT", "event/fire/secret", b"x", "other")
        for who, seen in (("root", ["alarm", "deploy-web", "secret"]), ("reader", ["alarm", "deploy-web", "secret"]),
                          ("mine", ["alarm"]), ("other", ["secret"]), ("named", ["deploy-web"])):
            self.assertEqual(self.names(who, "event/list"), seen, who)
        self.assertEqual(self.names("mine", "event/list", name="secret"), [])
        self.assertEqual(self.ask("GET", "event/list", None, "named").index, index)  # what it cannot see is no news
        self.root("PUT", "event/fire/deploy-db", b"x")
        waiting.join()
        self.assertEqual(waiting.heard, ["deploy-db", "deploy-web"])

    def nodes(self, who):
        """The nodes that it sees, by each way to ask."""
        listed = [n["Node"] for n in self.ask("GET", "catalog/nodes", None, who).json]
        for node in ("n1", "db-1", "mail/2", "empty"):
            there = node in listed
            self.assertEqual(self.ask("GET", f"catalog/node/{node}", None, who).json is not None, there, (who, node))
            self.assertEqual(self.ask("GET", f"catalog/node-services/{node}", None, who).json != [], there, (who, node))
            self.assertEqual(self.ask("GET", f"health/node/{node}", None, who).json != [], there, (who, node))
        states = self.ask("GET", "health/state/any", None, who).json
        self.assertEqual(sorted({check["Node"] for check in states}), sorted(listed))
        return listed

    def test_external_nodes_are_seen_by_name_or_by_a_service_on_them(self):
        for node, service in (("db-1", "other"), ("mail/2", "mine"), ("empty", None)):
            body = {"Node": node, "Address": "10.9.0.1", "Check": {"CheckID": f"c-{node}", "Status": "passing"}}
            if service:
                body["Service"] = {"Service": service, "Port": 1}
            self.root("PUT", "catalog/register", body)
        for who, seen in (("root", ["db-1", "empty", "mail/2", "n1"]), ("reader", ["db-1", "empty", "mail/2", "n1"]),
                          ("mine", ["mail/2", "n1"]), ("other", ["db-1", "n1"]), ("named", ["db-1", "n1"]),
                          ("ours", ["n1"])):
            self.assertEqual(self.nodes(who), seen, who)

    def test_a_node_comes_into_sight_with_its_first_service(self):
        self.root("PUT", "catalog/register", {"Node": "ext", "Address": "10.9.0.1",
                                              "Service": {"Service": "other", "Port": 1}})
        waiting = self.waiting("mine", "catalog/nodes", "Node", self.ask("GET", "catalog/nodes").index)
        whole = self.root("GET", "catalog/nodes").index
        self.root("PUT", "catalog/register", {"Node": "ext", "SkipNodeUpdate": True,
                                              "Service": {"Service": "mine", "Port": 1}})
        waiting.join()
        self.assertEqual(waiting.heard, ["ext", "n1"])
        self.assertEqual(self.root("GET", "catalog/nodes").index, whole)  # who saw it before hears nothing

    def test_without_tokens_everything_is_seen(self):
        self.ask("PUT", "session/create", {"Name": "old"})
        self.root("PUT", "catalog/register", {"Node": "ext", "Address": "10.9.0.1"})
        self.again(f"api:\n  listen: [127.0.0.1:{self.port}]\n")
        self.consul.put("event/fire/e", b"x")
        self.assertEqual([s["Name"] for s in self.consul.get("session/list").json], ["old"])
        self.assertEqual([e["Name"] for e in self.consul.get("event/list").json], ["e"])
        self.assertEqual([n["Node"] for n in self.consul.get("catalog/nodes").json], ["ext", "n1"])


if __name__ == "__main__":
    unittest.main()
