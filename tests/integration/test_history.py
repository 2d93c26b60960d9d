"""History and time travel, by the real programs: what was acknowledged is in the history
after a kill, what was answered is answered again, and the bound holds.
"""
import collections
import json
import random
import sqlite3
import threading
import time
import unittest

from box import SLOW, Box, Socket, eventually


def rows(box, *words):
    done = box.rollcall("history", "--json", "--limit", "1000", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def texts(box, *words):
    return [row["text"] for row in reversed(rows(box, *words)["history"])]


class Writer(threading.Thread):
    """Registers, drains and deregisters, and notes the revisions that were acknowledged."""

    def __init__(self, box, round_):
        super().__init__(daemon=True)
        self.box, self.round = box, round_
        self.registered, self.removed = {}, collections.Counter()

    def run(self):
        try:
            with Socket(self.box.path) as connection:
                for number in range(100000):
                    id_ = f"r{self.round}-{number % 7}"
                    asked = [("register", {"service": "web", "id": id_, "address": f"10.0.{number % 200}.1"}),
                             ("override", {"id": id_, "state": "down" if number % 2 else "up"})]
                    if number % 5 == 4:
                        asked.append(("deregister", {"id": id_}))
                    connection.send(*({"op": op, **fields} for op, fields in asked))
                    for op, _ in asked:
                        reply = connection.line()
                        if reply["ok"] and op == "register":
                            self.registered[reply["revision"]] = id_
                        elif reply["ok"] and op == "deregister":
                            self.removed[id_] += 1
        except (OSError, EOFError, ValueError):
            pass


class History(unittest.TestCase):
    def test_what_was_acknowledged_is_in_the_history_after_a_kill(self):
        chance, checked = random.Random(11), 0
        with Box() as box:
            for round_ in range(8):
                writer = Writer(box, round_)
                writer.start()
                enough = chance.randrange(15, 60)  # not a time: a busy machine saves few in that
                eventually(lambda: len(writer.registered) >= enough, 30, 0.002)
                box.kill()
                writer.join(10)
                box.start()
                with sqlite3.connect(f"file:{box.database}?mode=ro", uri=True) as database:
                    kept = dict(database.execute("SELECT revision, id FROM history WHERE part = 1"))
                    gone = dict(database.execute("SELECT id, count(*) FROM history WHERE part = 2 GROUP BY id"))
                for revision, id_ in writer.registered.items():
                    self.assertEqual(kept.get(revision), id_, f"round {round_}")
                for id_, count in writer.removed.items():
                    self.assertGreaterEqual(gone.get(id_, 0), count, f"{id_} in round {round_}")
                checked += len(writer.registered) + writer.removed.total()
        self.assertGreater(checked, 100)

    def test_a_line_says_what_happened_and_why(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="127.0.0.1", port=1,
                         checks=[{"kind": "tcp", "interval": "100ms", "timeout": "5s", "failure_threshold": 3}])
            eventually(lambda: any("refused the connection (3 in a row)" in text for text in texts(box, "web-1")))
            box.register(service="db", id="db-1", address="10.0.0.2")
            self.assertTrue(box.ask("drain", id="db-1")["ok"])
            self.assertTrue(box.ask("undrain", id="db-1")["ok"])
            self.assertTrue(box.ask("override", id="db-1", state="down", reason="disk swap")["ok"])
            self.assertTrue(box.ask("deregister", id="db-1")["ok"])
            self.assertEqual(texts(box, "db"), ["rollcalld started", "registered, passing", "drained",
                                                "drains no more", "overridden down: disk swap", "deregistered"])
            printed = box.rollcall("history", "web", "--since", "1h")
            self.assertRegex(printed.stdout, r"(?m)^\d\d:\d\d:\d\d web-1 critical: refused the connection "
                                             r"\(3 in a row\), check ")
            self.assertNotIn("db-1", printed.stdout)
            self.assertEqual(box.rollcall("history", "--since", "yesterday").returncode, 2)

    def test_a_name_that_nothing_is_known_of_is_said(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="10.0.0.1")
            said = box.rollcall("history", "wbe")
            self.assertEqual(said.returncode, 0)
            self.assertIn("nothing happened to wbe in that time, as far as is known\n", said.stdout)
            self.assertNotIn("nothing happened", box.rollcall("history", "web").stdout)

    def test_pages_follow_each_other(self):
        with Box() as box:
            for i in range(25):
                box.register(service="web", id=f"web-{i:02}", address=f"10.0.0.{i + 1}")
            seen, before = [], 0
            while True:
                page = box.ask("history", name="web", limit=10, **({"before": before} if before else {}))
                seen += [row["id"] for row in page["history"] if "id" in row]
                before = page.get("before", 0)
                if not before:
                    break
            self.assertEqual(seen, [f"web-{i:02}" for i in reversed(range(25))])

    def test_dns_of_then_is_answered_now_over_restarts_too(self):
        chance, samples = random.Random(5), []
        with Box() as box:
            for step in range(60):
                id_, what = f"web-{chance.randrange(6)}", chance.randrange(10)
                known = {i["id"] for i in box.ask("get", service="web", healthy=False)["instances"]}
                if id_ not in known or what == 0:
                    box.register(service="web", id=id_, address=f"10.0.{step}.1")
                elif what == 1:
                    box.ask("deregister", id=id_)
                elif what < 5:
                    box.ask("override", id=id_, state=chance.choice(["up", "down", "none"]))
                elif what < 8:
                    box.ask("renew", id=id_, status=chance.choice(["passing", "critical"]))
                else:
                    box.ask(chance.choice(["drain", "undrain"]), id=id_)
                if step % 20 == 19:
                    box.restart()
                time.sleep(0.02)
                samples.append((time.time(), box.query("web")))
                time.sleep(0.02)
            for at, reply in samples:
                again = json.loads(box.rollcall("query", "web", "--at", f"@{at:.3f}", "--json").stdout)
                self.assertAlmostEqual(again["at"], at * 1000, delta=1)
                self.assertNotIn("server", again)
                self.assertEqual(again["rcode"], reply.rcode)
                self.assertEqual(sorted(record["data"] for record in again["answer"]), sorted(reply.data()))

    def test_what_cannot_be_known_is_said(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="10.0.0.1")
            early = box.rollcall("query", "web", "--at", "2d")
            self.assertEqual(early.returncode, 1)
            self.assertIn("does not reach back that far", early.stderr)
            self.assertIn("has not come yet", box.rollcall("query", "web", "--at", "@99999999999").stderr)
            then = time.time()
            time.sleep(0.01)
            box.stop()
            box.config.write_text(box.config.read_text().replace("layout: flat", "layout: flat\n    ttl: 77"))
            box.start()
            changed = box.rollcall("query", "web", "--at", f"@{then:.3f}")
            self.assertIn("the configuration, or a zone file, is not what it was then", changed.stdout)
            self.assertNotIn("is not what it was then", box.rollcall("query", "web", "--at", "0s").stdout)

    def test_the_bound_holds_and_old_moves_are_counted(self):
        moves = 3000
        with Box(extra="  history: 300\n") as box:
            box.register(service="quiet", id="quiet-1", address="10.0.0.9")
            box.register(service="web", id="web-1", address="10.0.0.1")
            with box.connect() as connection:
                for i in range(moves):
                    connection.ask("renew", id="web-1", status="critical" if i % 2 == 0 else "passing")
                    if i % 100 == 0:
                        connection.ask("register", service="tick", id="tick", address=f"10.2.{i // 250}.{i % 250}")
            box.restart()
            box.register(service="last", id="last", address="10.0.0.7")
            with sqlite3.connect(f"file:{box.database}?mode=ro", uri=True) as database:
                kept = database.execute("SELECT count(*) FROM history").fetchone()[0]
                counted = database.execute("SELECT sum(moves) FROM history_hour WHERE id = 'web-1'").fetchone()[0]
                single = database.execute("SELECT count(*) FROM history WHERE id = 'web-1' AND part = 3").fetchone()[0]
                definitions = database.execute("SELECT count(*) FROM definition").fetchone()[0]
            self.assertLessEqual(kept, 301)
            self.assertEqual(counted + single, moves)
            self.assertLessEqual(definitions, 30)
            self.assertIn("moved", box.rollcall("history", "web-1", "--limit", "1000").stdout)
            self.assertIn("10.0.0.9", box.rollcall("query", "quiet", "--at", "0s").stdout)

    def test_no_history_is_kept_where_none_is_wanted(self):
        with Box(extra="  history: 0\n") as box:
            box.register(service="web", id="web-1", address="10.0.0.1")
            self.assertEqual(rows(box)["history"], [])
            self.assertIn("no history is kept", box.rollcall("query", "web", "--at", "0s").stderr)

    def test_questions_about_the_past_do_not_stop_the_present(self):
        with Box() as box:
            with box.connect() as connection:
                connection.send(*({"op": "register", "service": f"s{i % 50}", "id": f"i{i}",
                                   "address": f"10.{i // 62500}.{i // 250 % 250}.{i % 250}"} for i in range(8000)))
                for _ in range(8000):
                    self.assertTrue(connection.line()["ok"])
            at, slowest = int(time.time() * 1000), 0.0
            with box.connect() as asker:
                asker.send(*({"op": "query", "name": "s1.service.local", "type": "A", "at": at} for _ in range(3)))
                end = time.monotonic() + 1.0
                while time.monotonic() < end:
                    begin = time.monotonic()
                    self.assertEqual(box.query("s2").rcode, "NOERROR")
                    self.assertTrue(box.ask("renew", id="i1", status="passing")["ok"])
                    slowest = max(slowest, time.monotonic() - begin)
                replies = [asker.line() for _ in range(3)]
            for reply in replies:
                self.assertTrue(reply["ok"], reply)
                self.assertEqual(reply["instances"], 8000)
            print(f"\nslowest answer and renewal meanwhile: {slowest * 1000:.1f} ms")
            self.assertLess(slowest, 2.0 * SLOW)


if __name__ == "__main__":
    unittest.main()
