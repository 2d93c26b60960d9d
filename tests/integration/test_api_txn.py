"""PUT /v1/txn: keys and checks of external nodes in one transaction, which is done whole or
not at all, in memory and on disk."""
import base64
import hashlib
import http.client
import threading
import time
import unittest

from box import Box, free_port, on_small_disk
from consul import Consul, OwnBox


def key(verb, name, value="", **fields):
    return {"KV": {"Verb": verb, "Key": name, "Value": base64.b64encode(value.encode()).decode(), **fields}}


def check(verb, node, check_id, **fields):
    return {"Check": {"Verb": verb, "Check": {"Node": node, "CheckID": check_id, **fields}}}


def external(consul, node, services, status="passing"):
    """A node with a check of its own, and services with one each: "c-SERVICE"."""
    done = consul.put("catalog/register", {"Node": node, "Address": "10.9.0.1", "Check": {
        "CheckID": "c-node", "Status": status}})
    assert done.text == "true", done.text
    for service in services:
        done = consul.put("catalog/register", {
            "Node": node, "Address": "10.9.0.1", "SkipNodeUpdate": True, "Service": {"Service": service, "Port": 1},
            "Check": {"CheckID": f"c-{service}", "ServiceID": service, "Status": status}})
        assert done.text == "true", done.text


def outputs(consul, node):
    """What the checks of a node say: {CheckID: Output}."""
    return {c["CheckID"]: c["Output"] for c in consul.get(f"health/node/{node}").json}


class Mixed(OwnBox):
    def setUp(self):
        super().setUp()
        external(self.consul, "ext", ["db", "web"])

    def txn(self, *operations, status=200):
        reply = self.consul.put("txn", list(operations))
        self.assertEqual(reply.status, status, reply.text)
        return reply

    def test_results_stand_in_the_order_of_their_operations(self):
        reply = self.txn(key("set", "a", "1"), check("set", "ext", "c-db", ServiceID="db", Status="warning"),
                         key("get", "a"), {"Node": {"Verb": "get", "Node": {"Node": "ext"}}},
                         key("delete", "a"), {"Service": {"Verb": "get", "Node": "ext", "Service": {"ID": "web"}}},
                         key("get-or-empty", "a"))
        shown = [(kind, thing.get("Key") or thing.get("CheckID") or thing.get("Node") or thing.get("ID"))
                 for result in reply.json["Results"] for kind, thing in result.items()]
        self.assertEqual(shown, [("KV", "a"), ("Check", "c-db"), ("KV", "a"), ("Node", "ext"), ("Service", "web"),
                                 ("KV", "a")])
        self.assertIsNone(reply.json["Errors"])
        self.assertEqual(reply.json["Results"][1]["Check"]["Status"], "warning")
        reply = self.txn(check("get", "ext", "c-web"), key("set", "b"), key("set", "c"))
        self.assertEqual([list(result) for result in reply.json["Results"]], [["Check"], ["KV"], ["KV"]])

    def test_a_condition_of_either_stops_both(self):
        self.txn(key("set", "a", "1"))
        before = [self.consul.get(path).body for path in ("kv/a", "health/node/ext", "health/service/db")]
        reply = self.txn(check("set", "ext", "c-db", ServiceID="db", Status="critical"),
                         key("cas", "a", "2", Index=1), status=409)
        self.assertEqual([error["OpIndex"] for error in reply.json["Errors"]], [1])
        reply = self.txn(key("set", "a", "2"), check("cas", "ext", "c-node", Status="critical", ModifyIndex=1),
                         key("check-not-exists", "a"), status=409)
        self.assertEqual([error["OpIndex"] for error in reply.json["Errors"]], [1, 2])
        self.assertIsNone(reply.json["Results"])
        self.assertEqual([self.consul.get(path).body for path in ("kv/a", "health/node/ext", "health/service/db")],
                         before)

    def test_what_is_no_check_there_stops_the_keys_too(self):
        for operation in (check("set", "ext", "c-new", ServiceID="nobody", Status="passing"),
                          check("set", "ext", "c-new", Status="Passing")):
            self.txn(key("set", "a", "1"), operation, status=400)
            self.assertEqual(self.consul.get("kv/a").status, 404)
        self.assertEqual(set(outputs(self.consul, "ext")), {"c-node", "c-db", "c-web"})

    def test_many_are_set_and_deleted_at_once_and_the_last_word_counts(self):
        external(self.consul, "ext2", ["mail"])
        self.txn(check("delete", "ext", "c-db"), check("delete", "ext", "c-node"), check("delete", "ext2", "c-mail"),
                 check("set", "ext", "c-web", ServiceID="web", Status="warning", Output="slow"),
                 check("set", "ext", "new", Status="passing"), key("set", "a", "1"),
                 check("delete", "nowhere", "c"), check("delete", "ext", "unknown"))
        self.assertEqual(outputs(self.consul, "ext"), {"c-web": "slow", "new": ""})
        self.assertEqual(outputs(self.consul, "ext2"), {"c-node": ""})
        self.assertEqual(self.consul.get("catalog/node/nowhere").json, None)
        self.txn(check("delete", "ext", "new"), check("set", "ext", "new", Status="passing", Output="again"),
                 check("set", "ext", "c-web", ServiceID="web", Status="passing"), check("delete", "ext", "c-web"))
        self.assertEqual(outputs(self.consul, "ext"), {"new": "again"})

    def test_who_follows_hears_of_all_at_once(self):
        index = self.consul.get("health/service/db").index
        heard = {}

        def follow():
            with Consul(self.box.api) as consul:
                heard["check"] = consul.get("health/service/db", index=index, wait="20s").json[0]["Checks"]
                heard["key"] = consul.get("kv/a").status
        thread = threading.Thread(target=follow)
        thread.start()
        self.txn(check("set", "ext", "c-db", ServiceID="db", Status="critical"), key("set", "a", "1"))
        thread.join()
        self.assertEqual(heard["key"], 200)
        self.assertIn("critical", [c["Status"] for c in heard["check"]])


class Rights(unittest.TestCase):
    def test_each_operation_needs_its_own_right(self):
        port = free_port()
        lines = [f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: none\n  tokens:\n"]
        for name, rights in (("root", 'operate: ["*"]'), ("keys", 'register: ["kv/*"], read: ["*"]'),
                             ("most", 'register: ["kv/a*", "*"]')):
            lines.append(f"    - {{name: {name}, sha256: {hashlib.sha256(name.encode()).hexdigest()}, {rights}}}\n")
        with Box("".join(lines)), Consul(port) as consul:
            def ask(who, *operations):
                return consul.ask("PUT", "txn", list(operations), {"X-Consul-Token": who}).status
            done = consul.ask("PUT", "catalog/register", {"Node": "ext", "Address": "10.9.0.1"},
                              {"X-Consul-Token": "root"})
            self.assertEqual(done.text, "true")
            setting = check("set", "ext", "c", Status="passing")
            self.assertEqual(ask("keys", key("set", "a", "1"), setting), 403)
            self.assertEqual(ask("keys", key("get-tree", ""), {"Node": {"Verb": "get", "Node": {"Node": "ext"}}}), 200)
            self.assertEqual(ask("most", key("set", "a", "1"), setting), 200)


class Refused(unittest.TestCase):
    def test_what_the_registry_refuses_takes_nothing_away(self):
        """A node under a new name: its old services go and the new ones are one too many."""
        identity = "11111111-2222-3333-4444-555555555555"
        box = self.enterContext(Box(start=False))
        box.config.write_text(box.config.read_text().replace("registry:\n", "registry:\n  max_instances: 1\n"))
        box.start()
        with Consul(box.api) as consul:
            done = consul.put("catalog/register", {"Node": "old", "Address": "10.9.0.1", "ID": identity,
                                                   "Service": {"Service": "db", "Port": 1}})
            self.assertEqual(done.text, "true")
            done = consul.put("catalog/register", {"Node": "new", "Address": "10.9.0.2", "ID": identity,
                                                   "Service": {"Service": "db", "Port": 1}})
            self.assertEqual(done.status, 503, done.text)
            self.assertIn("max_instances", done.text)
            self.assertEqual([n["Node"] for n in consul.get("catalog/nodes").json], ["n1", "old"])
            self.assertEqual([e["Node"]["Node"] for e in consul.get("health/service/db").json], ["old"])


NODES = {"e1": [f"s{i}" for i in range(12)], "e2": ["s0", "t"], "e3": []}


def everything(text):
    """Every check of every node and a key say `text`."""
    operations = [key("set", "round", text)]
    for node, services in NODES.items():
        operations.append(check("set", node, "c-node", Status="passing", Output=text))
        operations += [check("set", node, f"c-{service}", ServiceID=service, Status="passing", Output=text)
                       for service in services]
    return operations


def said(consul):
    """What they say, each once."""
    words = {consul.get("kv/round?raw").text}
    for node, services in NODES.items():
        found = outputs(consul, node)
        assert len(found) == 1 + len(services), found
        words |= set(found.values())
    return words


class Disk(unittest.TestCase):
    def test_after_a_kill_keys_and_checks_are_of_one_transaction(self):
        with Box() as box:
            with Consul(box.api) as consul:
                for node, services in NODES.items():
                    external(consul, node, services)
                self.assertEqual(consul.put("txn", everything("begin")).status, 200)
            for life in range(8):
                acknowledged = []

                def write(number):
                    try:
                        with Consul(box.api) as consul:
                            for count in range(100000):
                                text = f"{life}.{number}.{count}"
                                if consul.put("txn", everything(text)).status == 200:
                                    acknowledged.append(text)
                    except (OSError, http.client.HTTPException):
                        pass  # the daemon was killed in the middle of it
                threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
                for thread in threads:
                    thread.start()
                time.sleep(0.1 + life * 0.017)
                box.kill()
                for thread in threads:
                    thread.join()
                box.start()
                with Consul(box.api) as consul:
                    words = said(consul)
                    self.assertEqual(len(words), 1, words)
                    if acknowledged:  # and nothing older than the first of this life
                        self.assertTrue(words.pop().startswith(f"{life}."), acknowledged)

    def test_a_full_disk_leaves_keys_and_checks_as_they_were(self):
        done = on_small_disk(FULL_DISK, megabytes=4)
        self.assertIn("HELD", done.stdout, done.stdout + done.stderr)


FULL_DISK = r"""
import os, pathlib, sys
sys.path.insert(0, sys.argv[1])
from box import Box, eventually
from consul import Consul
from test_api_txn import NODES, everything, external, key, said
full = pathlib.Path(sys.argv[2])
with Box(database=full / "rollcall.db") as box, Consul(box.api) as consul:
    for node, services in NODES.items():
        external(consul, node, services)
    assert consul.put("txn", everything("before")).status == 200
    filler = (full / "filler").open("wb", buffering=0)
    filler.write(b"x" * (2 << 20))
    for i in range(5000):
        if consul.put(f"kv/k/{i}", b"v" * 20000).status != 200:
            break
    try:
        while True:
            filler.write(b"x" * 4096)
    except OSError:
        pass
    for again in range(3):
        reply = consul.put("txn", everything("after" * 100) + [key("set", "large", "v" * 30000)])
        assert reply.status == 503, (reply.status, reply.text)
        assert "full" in reply.text or "disk" in reply.text, reply.text
        assert said(consul) == {"before"}, said(consul)
    assert consul.get("kv/large").status == 404
    os.truncate(full / "filler", 0)
    eventually(lambda: consul.put("txn", everything("after")).status == 200, 10, 0.05)
    box.kill()
    box.start()
with Box(database=full / "rollcall.db") as box, Consul(box.api) as consul:
    assert said(consul) == {"after"}, said(consul)
    print("HELD")
"""


if __name__ == "__main__":
    unittest.main()
