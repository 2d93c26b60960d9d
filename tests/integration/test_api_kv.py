"""Consul's key/value store and transactions, as its clients use them; and what is on disk."""
import base64
import hashlib
import http.client
import re
import threading
import time
import unittest
import urllib.parse

from box import Box, on_small_disk
from consul import Consul, SharedBox

BIG = 512 * 1024
LOCK_FLAGS = 3304740253564472344  # of the Go client's locks: beyond 2^53


def value(entry):
    return None if entry["Value"] is None else base64.b64decode(entry["Value"])


class Served(SharedBox):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.consul.delete("kv/?recurse").text, "true")


class Kv(Served):
    def later(self, seconds, method, *arguments, **parameters):
        def act():
            time.sleep(seconds)
            with Consul(self.box.api) as consul:
                getattr(consul, method)(*arguments, **parameters)
        thread = threading.Thread(target=act)
        thread.start()
        self.addCleanup(thread.join)

    def test_cas_0_is_true_once(self):
        self.assertEqual(self.consul.put("kv/a?cas=0", "1").text, "true")
        again = self.consul.put("kv/a?cas=0", "2")
        self.assertEqual((again.status, again.text), (200, "false"))
        index = self.consul.get("kv/a").json[0]["ModifyIndex"]
        self.assertEqual(self.consul.put(f"kv/a?cas={index + 1}", "2").text, "false")
        self.assertEqual(self.consul.put(f"kv/a?cas={index}", "2").text, "true")
        self.assertEqual(value(self.consul.get("kv/a").json[0]), b"2")
        self.assertEqual(self.consul.delete(f"kv/a?cas={index}").text, "false")
        index = self.consul.get("kv/a").json[0]["ModifyIndex"]
        self.assertEqual(self.consul.delete(f"kv/a?cas={index}").text, "true")
        self.assertEqual(self.consul.delete("kv/a?cas=77").text, "true")

    def test_flags_are_exact(self):
        for flags in (0, 42, LOCK_FLAGS, 2**63, 2**64 - 1):
            self.assertEqual(self.consul.put("kv/f", "x", flags=flags).text, "true")
            self.assertIn(f'"Flags":{flags},', self.consul.get("kv/f").text)
        self.assertEqual(self.consul.put("kv/f", "x", flags=2**64).status, 500)
        self.consul.put("kv/f", "x")  # a write without flags says 0
        self.assertEqual(self.consul.get("kv/f").json[0]["Flags"], 0)

    def test_the_shape_of_an_entry(self):
        self.consul.put("kv/cfg/app", "hello", flags=42)
        reply = self.consul.get("kv/cfg/app")
        self.assertEqual(reply.headers["Content-Type"], "application/json")
        entry = reply.json[0]
        index = entry["ModifyIndex"]
        self.assertEqual(reply.json, [{"LockIndex": 0, "Key": "cfg/app", "Flags": 42, "Value": "aGVsbG8=",
                                       "CreateIndex": index, "ModifyIndex": index}])
        self.assertEqual(reply.index, index)
        self.assertEqual(reply.headers["X-Consul-KnownLeader"], "true")
        self.assertEqual(reply.headers["X-Consul-LastContact"], "0")
        self.consul.put("kv/cfg/app", "again")
        self.assertEqual(self.consul.get("kv/cfg/app").json[0]["CreateIndex"], index)

    def test_an_empty_value_is_null(self):
        self.assertEqual(self.consul.put("kv/empty").text, "true")
        self.assertIn('"Value":null', self.consul.get("kv/empty").text)
        self.assertEqual(self.consul.get("kv/empty?raw").body, b"")

    def test_what_is_absent(self):
        for path in ("kv/x", "kv/x?raw", "kv/x?recurse", "kv/x?keys"):
            reply = self.consul.get(path)
            self.assertEqual((reply.status, reply.body), (404, b""))
            self.assertGreater(reply.index, 0)
        root = self.consul.get("kv/?keys")
        self.assertEqual((root.status, root.text), (200, "[]"))
        for method in ("get", "put", "delete"):
            reply = getattr(self.consul, method)("kv/")
            self.assertEqual((reply.status, reply.text), (400, "Missing key name"))
        self.assertEqual(self.consul.delete("kv/x").text, "true")

    def test_recurse_and_keys_are_in_bytewise_order(self):
        for key in ("b", "a/", "a", "a/b/c", "a/b", "a%2Fb%2Fd", "%C3%BC"):
            self.assertEqual(self.consul.put("kv/" + key, "1").text, "true")
        keys = [entry["Key"] for entry in self.consul.get("kv/?recurse").json]
        self.assertEqual(keys, ["a", "a/", "a/b", "a/b/c", "a/b/d", "b", "ü"])
        self.assertEqual(self.consul.get("kv/?keys").json, keys)
        self.assertEqual(self.consul.get("kv?keys").json, keys)
        self.assertEqual(self.consul.get("kv/a/?keys&separator=/").json, ["a/", "a/b", "a/b/"])
        self.assertEqual(self.consul.get("kv/?keys&seperator=/").json, ["a", "a/", "b", "ü"])
        self.assertEqual(self.consul.get("kv/a/b?keys&separator=%2F").json, ["a/b", "a/b/"])
        self.assertEqual([e["Key"] for e in self.consul.get("kv/a/b?recurse=true").json],
                         ["a/b", "a/b/c", "a/b/d"])

    def test_raw_is_the_bytes(self):
        body = bytes(range(256))
        self.consul.put("kv/raw", body)
        reply = self.consul.get("kv/raw?raw")
        self.assertEqual(reply.body, body)
        self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(reply.headers["Content-Security-Policy"], "sandbox")
        self.assertEqual(value(self.consul.get("kv/raw").json[0]), body)

    def test_keys_are_kept_as_they_are(self):
        for key in ("a//b", "/a", "a/./b", "a/../b", "a/", "with space", "A", "ü/ß", "a+b", "x%2Fy%25"):
            path = "kv/" + urllib.parse.quote(key, safe="/+")
            self.assertEqual(self.consul.put(path, key.encode()).status, 200, key)
            self.assertEqual(self.consul.get(path).json[0]["Key"], key)
        self.assertEqual(self.consul.get("kv/a").status, 404)
        self.assertEqual(self.consul.get("kv/b").status, 404)
        self.assertEqual(len(self.consul.get("kv/?keys").json), 10)

    def test_512_kib_and_no_more(self):
        body = b"v" * BIG
        self.assertEqual(self.consul.put("kv/big", body).text, "true")
        self.assertEqual(self.consul.get("kv/big?raw").body, body)
        self.assertEqual(value(self.consul.get("kv/big").json[0]), body)
        with Consul(self.box.api) as consul:
            reply = consul.put("kv/big2", body + b"v")
        self.assertEqual(reply.status, 413)
        self.assertIn("524288", reply.text)
        self.assertEqual(self.consul.get("kv/big2").status, 404)
        long = self.consul.put("kv/" + "k" * 4097, "x")
        self.assertIn(long.status, (400, 414, 431))

    def test_conflicting_flags(self):
        reply = self.consul.put("kv/a?cas=0&acquire=x", "1")
        self.assertEqual((reply.status, reply.text), (400, "Conflicting flags: acquire=x&cas=0\n"))
        self.assertEqual(self.consul.delete("kv/a?recurse&cas=1").status, 400)
        self.assertEqual(self.consul.put("kv/a?cas=-1", "1").status, 500)
        self.assertEqual(self.consul.get("kv/a").status, 404)

    def test_writing_the_same_moves_nothing(self):
        self.consul.put("kv/same", "1", flags=7)
        before = self.consul.get("kv/same").index
        self.assertEqual(self.consul.put("kv/same", "1", flags=7).text, "true")
        self.assertEqual(self.consul.get("kv/same").index, before)
        self.consul.put("kv/same", "1", flags=8)
        self.assertGreater(self.consul.get("kv/same").index, before)

    def wait_for(self, path, index, act):
        """The reply to a blocking read that `act` answers, and not its time, 20 s."""
        woken = []

        def wait():
            with Consul(self.box.api) as consul:
                woken.append(consul.get(path, index=index, wait="20s"))
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        self.assertEqual(woken, [])
        act()
        thread.join(15)
        self.assertTrue(woken, "not woken")
        return woken[0]

    def test_a_change_wakes_who_follows_the_key(self):
        self.consul.put("kv/w", "1")
        index = self.consul.get("kv/w").index
        self.later(0.05, "put", "kv/other", "x")  # wakes nobody
        reply = self.wait_for("kv/w", index, lambda: self.consul.put("kv/w", "2"))
        self.assertEqual(value(reply.json[0]), b"2")
        self.assertGreater(reply.index, index)

    def test_a_key_that_does_not_exist_is_followed_like_any_other(self):
        reply = self.consul.get("kv/later")
        self.assertEqual(reply.status, 404)
        reply = self.wait_for("kv/later", reply.index, lambda: self.consul.put("kv/later", "1"))
        self.assertEqual(reply.status, 200)
        reply = self.wait_for("kv/later", reply.index, lambda: self.consul.delete("kv/later"))
        self.assertEqual(reply.status, 404)

    def test_a_deletion_wakes_who_follows_a_prefix(self):
        for key in ("p/a", "p/b", "q"):
            self.consul.put("kv/" + key, "1")
        index = self.consul.get("kv/p/?recurse").index
        self.later(0.05, "delete", "kv/q")
        reply = self.wait_for("kv/p/?recurse", index, lambda: self.consul.delete("kv/p/a"))
        self.assertEqual([entry["Key"] for entry in reply.json], ["p/b"])
        reply = self.wait_for("kv/p/?keys", reply.index, lambda: self.consul.delete("kv/p/?recurse"))
        self.assertEqual((reply.status, reply.body), (404, b""))

    def test_a_wait_ends_by_itself(self):
        self.consul.put("kv/t", "1")
        index = self.consul.get("kv/t").index
        began = time.monotonic()
        reply = self.consul.get("kv/t", index=index, wait="300ms")
        self.assertGreaterEqual(time.monotonic() - began, 0.299)
        self.assertEqual((reply.status, reply.index), (200, index))
        self.assertEqual(self.consul.get("kv/t?index=x").status, 400)
        self.assertEqual(self.consul.get("kv/t?index=1&wait=10").status, 400)


class Transactions(Served):
    def txn(self, *operations):
        return self.consul.put("txn", [{"KV": operation} for operation in operations])

    def test_set_and_get_in_one(self):
        reply = self.txn({"Verb": "set", "Key": "a", "Value": "dg==", "Flags": LOCK_FLAGS},
                         {"Verb": "get", "Key": "a"},
                         {"Verb": "get-or-empty", "Key": "none"},
                         {"Verb": "delete", "Key": "never"})
        self.assertEqual(reply.status, 200)
        self.assertIsNone(reply.json["Errors"])
        wrote, read, empty = [result["KV"] for result in reply.json["Results"]]
        self.assertEqual((wrote["Value"], read["Value"], read["Flags"]), (None, "dg==", LOCK_FLAGS))
        self.assertEqual(wrote["ModifyIndex"], read["ModifyIndex"])
        self.assertEqual((empty["Value"], empty["ModifyIndex"]), (None, 0))
        self.assertEqual(self.consul.get("kv/a").json[0]["Flags"], LOCK_FLAGS)

    def test_flags_of_all_64_bits(self):
        body = '[{"KV":{"Verb":"set","Key":"f","Value":"eA==","Flags":18446744073709551615}}]'
        self.assertEqual(self.consul.put("txn", body).status, 200)
        self.assertIn('"Flags":18446744073709551615', self.consul.get("kv/f").text)

    def test_a_failed_condition_undoes_all_of_it(self):
        self.consul.put("kv/old", "1")
        before = self.consul.get("kv/old").index
        reply = self.txn({"Verb": "set", "Key": "new", "Value": "dg=="},
                         {"Verb": "set", "Key": "old", "Value": "Mg=="},
                         {"Verb": "cas", "Key": "old", "Value": "Mw==", "Index": 1},
                         {"Verb": "check-not-exists", "Key": "old"})
        self.assertEqual(reply.status, 409)
        self.assertEqual(reply.headers["Content-Type"], "application/json")
        self.assertIsNone(reply.json["Results"])
        self.assertEqual(reply.json["Errors"],
                         [{"OpIndex": 2, "What": 'failed to set key "old", index is stale'},
                          {"OpIndex": 3, "What": 'key "old" exists'}])
        self.assertEqual(self.consul.get("kv/new").status, 404)
        self.assertEqual(self.consul.get("kv/old").index, before)

    def test_128_operations_and_no_more(self):
        many = [{"Verb": "set", "Key": f"k{i}", "Value": "dg=="} for i in range(129)]
        reply = self.txn(*many)
        self.assertEqual((reply.status, reply.text),
                         (413, "Transaction contains too many operations (129 > 128)"))
        self.assertEqual(self.consul.get("kv/?keys").json, [])
        self.assertEqual(self.txn(*many[:128]).status, 200)
        self.assertEqual(len(self.consul.get("kv/?keys").json), 128)
        indexes = {entry["ModifyIndex"] for entry in self.consul.get("kv/?recurse").json}
        self.assertEqual(len(indexes), 1)

    def test_what_cannot_be_read_is_said(self):
        for body, said in (("{", "Failed to parse body: "), ("", "Failed to parse body: "),
                           ('[{"KV":{"Verb":"sett","Key":"a"}}]', 'unknown KV verb "sett"'),
                           ('[{"KV":{"Verb":"set","Key":"a","Value":"*"}}]', "base64"),
                           ('[{"Check":{"Verb":"cas","Check":{}}}]', "must name a node")):
            reply = self.consul.put("txn", body)
            self.assertEqual(reply.status, 400, body)
            self.assertIn(said, reply.text)
        self.assertEqual(self.txn({"Verb": "lock", "Key": "k", "Session": "none"}).json["Errors"],
                         [{"OpIndex": 0, "What": 'invalid session "none"'}])

    def test_reading_only_has_the_headers_of_reads(self):
        self.consul.put("kv/t/1", "1")
        self.consul.put("kv/t/2", "2")
        reply = self.txn({"Verb": "get-tree", "Key": "t/"}, {"Verb": "check-index", "Key": "t/1",
                         "Index": self.consul.get("kv/t/1").index})
        self.assertEqual(reply.headers["X-Consul-KnownLeader"], "true")
        self.assertEqual([r["KV"]["Key"] for r in reply.json["Results"]], ["t/1", "t/2", "t/1"])

    def test_go_bodies(self):
        body = ('[{"KV":{"Verb":"set","Key":"a","Value":"dg==","Flags":0,"Index":0,"Session":""},'
                '"Node":null,"Service":null,"Check":null}]\n')
        self.assertEqual(self.consul.put("txn", body).status, 200)


class Tokens(unittest.TestCase):
    def test_a_token_sees_and_writes_its_own_keys(self):
        token = "rct_of_the_application_that_has_app"
        digest = hashlib.sha256(token.encode()).hexdigest()
        rows = (f'  anonymous: none\n  tokens:\n'
                f'    - {{name: app, sha256: {digest}, register: ["kv/app/*"], read: ["kv/app/*", "kv/shared"]}}\n'
                f'    - {{name: all, sha256: {hashlib.sha256(b"rct_all_of_it").hexdigest()}, operate: ["*"]}}\n')
        with Box(start=False) as box:
            text = box.config.read_text()
            box.config.write_text(text.replace("api:\n", "api:\n" + rows))
            box.start()
            with Consul(box.api) as consul:
                root, app = {"X-Consul-Token": "rct_all_of_it"}, {"X-Consul-Token": token}
                for key in ("app/a", "apple", "shared", "other"):
                    self.assertEqual(consul.ask("PUT", "kv/" + key, "1", root).text, "true")
                self.assertEqual(consul.ask("PUT", "kv/app/b", "1", app).text, "true")
                for method, key in (("PUT", "apple"), ("PUT", "shared"), ("DELETE", "other"), ("DELETE", "?recurse"),
                                    ("GET", "other")):
                    reply = consul.ask(method, "kv/" + key, None, app)
                    self.assertEqual(reply.status, 403, key)
                    self.assertTrue(reply.text.startswith("Permission denied"), reply.text)
                self.assertEqual(consul.ask("GET", "kv/shared", None, app).status, 200)
                self.assertEqual(consul.ask("GET", "kv/?keys", None, app).json, ["app/a", "app/b", "shared"])
                seen = [entry["Key"] for entry in consul.ask("GET", "kv/?recurse", None, app).json]
                self.assertEqual(seen, ["app/a", "app/b", "shared"])
                operations = [{"KV": {"Verb": "set", "Key": "app/c", "Value": ""}},
                              {"KV": {"Verb": "set", "Key": "other", "Value": ""}}]
                self.assertEqual(consul.ask("PUT", "txn", operations, app).status, 403)
                tree = [{"KV": {"Verb": "get-tree", "Key": ""}}]
                self.assertEqual(consul.ask("PUT", "txn", tree, app).status, 403)
                self.assertEqual(consul.ask("GET", "kv/app/c", None, app).status, 404)
                self.assertEqual(consul.get("kv/shared").status, 403)


class Disk(unittest.TestCase):
    def test_what_was_answered_survives_a_kill(self):
        with Box() as box:
            for life in range(5):
                with Consul(box.api) as consul:
                    for i in range(20):
                        self.assertEqual(consul.put(f"kv/{life}/{i}", f"{life}").text, "true")
                    operations = [{"KV": {"Verb": "set", "Key": f"{life}/t{i}", "Value": "dg=="}}
                                  for i in range(64)]
                    self.assertEqual(consul.put("txn", operations).status, 200)
                    self.assertEqual(consul.delete(f"kv/{life}/0").text, "true")
                box.kill()  # right after the last answer
                box.start()
                with Consul(box.api) as consul:
                    for old in range(life + 1):
                        self.assertEqual(len(consul.get(f"kv/{old}/?keys").json), 19 + 64)
                        self.assertEqual(consul.get(f"kv/{old}/0").status, 404)

    def test_a_transaction_is_on_disk_whole_or_not_at_all(self):
        keys = [f"k{i:03}" for i in range(128)]
        with Box() as box:
            for life in range(6):
                stop = threading.Event()

                def write(number):
                    count = 0
                    try:
                        with Consul(box.api) as consul:
                            while not stop.is_set():
                                text = base64.b64encode(f"{life}-{number}-{count}".encode()).decode()
                                consul.put("txn", [{"KV": {"Verb": "set", "Key": key, "Value": text}}
                                                   for key in keys])
                                count += 1
                    except (OSError, http.client.HTTPException):
                        pass  # the daemon was killed in the middle of it
                threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
                for thread in threads:
                    thread.start()
                time.sleep(0.1 + life * 0.013)
                box.kill()
                stop.set()
                for thread in threads:
                    thread.join()
                box.start()
                with Consul(box.api) as consul:
                    reply = consul.get("kv/?recurse")
                    if reply.status == 404:
                        continue
                    self.assertEqual([entry["Key"] for entry in reply.json], keys)
                    self.assertEqual(len({entry["Value"] for entry in reply.json}), 1)
                    self.assertEqual(len({entry["ModifyIndex"] for entry in reply.json}), 1)

    def test_indexes_and_entries_survive_a_restart(self):
        with Box() as box:
            with Consul(box.api) as consul:
                consul.put("kv/a//b", "1", flags=LOCK_FLAGS)
                consul.put("kv/gone", "1")
                consul.delete("kv/gone")
                before = consul.get("kv/a//b")
            box.restart()
            with Consul(box.api) as consul:
                after = consul.get("kv/a//b")
                self.assertEqual((after.json, after.index), (before.json, before.index))
                consul.put("kv/new", "1")
                self.assertGreater(consul.get("kv/new").index, before.index)
                self.assertGreater(consul.get("kv/?recurse").index, before.index)

    def test_the_bounds_are_said_and_held(self):
        with Box("api:\n  kv_max: 70000\n  kv_keys: 3\n", start=False) as box:
            text = box.config.read_text()
            box.config.write_text(text.replace("api:\n", f"api:\n  listen: [127.0.0.1:{box.api}]\n"))
            box.start()
            with Consul(box.api) as consul:
                self.assertEqual(consul.put("kv/a", b"x" * 60000).text, "true")
                reply = consul.put("kv/b", b"x" * 60000)
                self.assertEqual(reply.status, 500)
                self.assertIn("api.kv_max", reply.text)
                for key in "bc":
                    self.assertEqual(consul.put("kv/" + key, "1").text, "true")
                reply = consul.put("txn", [{"KV": {"Verb": "set", "Key": "d", "Value": ""}}])
                self.assertEqual(reply.status, 500)
                self.assertIn("api.kv_keys", reply.text)
                self.assertEqual(consul.get("kv/?keys").json, ["a", "b", "c"])
                consul.connection.request("GET", "/metrics")
                metrics = consul.connection.getresponse().read().decode()
                self.assertIn("rollcall_consul_keys 3\n", metrics)
                octets = int(re.search(r"^rollcall_consul_key_bytes (\d+)$", metrics, re.M)[1])
                self.assertTrue(60002 < octets <= 70000, octets)

    def test_a_full_disk_is_an_answer_and_changes_nothing(self):
        done = on_small_disk(FULL_DISK, megabytes=4)
        self.assertIn("HELD", done.stdout, done.stdout + done.stderr)


FULL_DISK = r"""
import os, pathlib, sys
sys.path.insert(0, sys.argv[1])
from box import Box, eventually
from consul import Consul
full = pathlib.Path(sys.argv[2])
with Box(database=full / "rollcall.db") as box, Consul(box.api) as consul:
    consul.put("kv/first", "1")
    session = consul.put("session/create", {"LockDelay": 0}).json["ID"]
    assert consul.put(f"kv/lock?acquire={session}", "mine").text == "true"
    filler = (full / "filler").open("wb", buffering=0)
    filler.write(b"x" * (2 << 20))
    def fill():
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            pass
    taken = []
    for i in range(5000):
        reply = consul.put(f"kv/k/{i}", b"v" * 20000)
        if reply.status != 200:
            break
        taken.append(f"k/{i}")
    assert taken
    assert reply.status == 500, reply.status
    assert "full" in reply.text or "disk" in reply.text, reply.text
    index = consul.get("kv/first").index
    fill()
    for path, body in ((f"kv/first", b"2" * 20000), ("txn", [
            {"KV": {"Verb": "set", "Key": "first", "Value": "YWFh" * 5000}},
            {"KV": {"Verb": "delete-tree", "Key": "k/"}}])):
        for again in range(3):
            reply = consul.put(path, body)
            assert reply.status == 500, (path, reply.status, reply.text)
            assert "full" in reply.text or "disk" in reply.text, reply.text
    count = len(consul.get("session/list").json)
    reply = consul.put("session/create")
    assert len(consul.get("session/list").json) == count + (reply.status == 200), reply.text
    reply = consul.put(f"session/destroy/{session}")
    if reply.status == 200:  # so little may find room
        assert "Session" not in consul.get("kv/lock").json[0]
    else:
        assert consul.get("kv/lock").json[0]["Session"] == session
        assert consul.get(f"session/info/{session}").json
    assert consul.get("kv/first").index == index and consul.get("kv/first?raw").body == b"1"
    assert sorted(consul.get("kv/k/?keys").json) == sorted(taken)
    os.truncate(full / "filler", 0)
    eventually(lambda: consul.put("kv/first", "3").status == 200, 10, 0.05)
    box.kill()
    box.start()
with Box(database=full / "rollcall.db") as box, Consul(box.api) as consul:
    assert consul.get("kv/first?raw").body == b"3"
    assert sorted(consul.get("kv/k/?keys").json) == sorted(taken)
    print("HELD", len(taken))
"""


if __name__ == "__main__":
    unittest.main()
