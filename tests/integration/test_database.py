"""The database: what is refused is never overwritten; a full disk is an answer, not an end."""
import hashlib
import sqlite3
import unittest

from box import Box, on_small_disk


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Refused(unittest.TestCase):
    def refuse(self, prepare, *words):
        with Box(start=False) as box:
            prepare(box)
            before = digest(box.database)
            box.start(wait=False)
            self.assertNotEqual(box.process.wait(20), 0)
            for word in (*words, str(box.database)):
                self.assertIn(word, box.log_text())
            self.assertEqual(digest(box.database), before, "the file was changed")

    def filled(self, box):
        box.start()
        with box.connect() as connection:
            connection.send(*({"op": "register", "service": f"s{i}", "address": "10.0.0.1", "port": 1 + i}
                              for i in range(500)))
            for _ in range(500):
                connection.line()
        box.stop()

    def test_a_newer_database(self):
        def prepare(box):
            self.filled(box)
            with sqlite3.connect(box.database) as db:
                db.execute("PRAGMA user_version = 999")
            db.close()
        self.refuse(prepare, "newer")

    def test_a_file_that_is_no_database(self):
        self.refuse(lambda box: box.database.write_text("these are my holiday notes\n" * 100), "not a")

    def test_somebody_elses_database(self):
        def prepare(box):
            with sqlite3.connect(box.database) as db:
                db.execute("CREATE TABLE recipes(name)")
            db.close()
        self.refuse(prepare, "another program")

    def test_a_corrupt_database(self):
        def prepare(box):
            self.filled(box)
            data = bytearray(box.database.read_bytes())
            for at in range(4096 * 2, len(data) - 4096, 4096):
                data[at:at + 600] = b"\xaa" * 600
            box.database.write_bytes(bytes(data))
        self.refuse(prepare, "damaged", "backup")

    def test_a_second_daemon_on_the_same_database(self):
        with Box() as first:
            first.register(service="web", address="10.0.0.1")
            with Box(start=False, database=first.database) as second:
                second.start(wait=False)
                self.assertNotEqual(second.process.wait(20), 0)
                self.assertIn(str(first.database), second.log_text())
            first.register(service="web", address="10.0.0.2")
            self.assertEqual(first.addresses("web"), ["10.0.0.1", "10.0.0.2"])

    def test_a_second_daemon_on_the_same_socket(self):
        with Box() as first:
            with Box(start=False) as second:
                second.config.write_text(second.config.read_text().replace(str(second.path), str(first.path)))
                second.start(wait=False)
                self.assertNotEqual(second.process.wait(20), 0)
                self.assertIn("running", second.log_text())
            self.assertTrue(first.ask("hello")["ok"])

    def test_a_stale_socket_file_is_replaced(self):
        with Box() as box:
            box.kill()
            self.assertTrue(box.path.exists())
            box.start()
            self.assertTrue(box.ask("hello")["ok"])


class Kept(unittest.TestCase):
    def test_the_file_is_wal_and_says_what_it_is(self):
        with Box() as box:
            box.register(service="web", address="10.0.0.1")
            box.stop()
            db = sqlite3.connect(box.database)
            self.assertEqual(db.execute("PRAGMA journal_mode").fetchone()[0], "wal")
            self.assertGreaterEqual(db.execute("PRAGMA user_version").fetchone()[0], 1)
            self.assertNotEqual(db.execute("PRAGMA application_id").fetchone()[0], 0)
            self.assertEqual(db.execute("SELECT service FROM instance").fetchall(), [("web",)])
            db.close()

    def test_the_database_is_for_its_owner_alone(self):
        with Box() as box:
            self.assertEqual(box.database.stat().st_mode & 0o077, 0)


INSIDE = r"""
import os, sys, time
sys.path.insert(0, sys.argv[1])
from box import Box, eventually
import pathlib
import http.client
full = pathlib.Path(sys.argv[2])
def ready(box):
    http_ = http.client.HTTPConnection("127.0.0.1", box.api, timeout=20)
    http_.request("GET", "/readyz")
    reply = http_.getresponse()
    text = reply.read().decode()
    http_.close()
    return reply.status, text
with Box(database=full / "rollcall.db") as box, box.connect() as connection:
    box.register(service="web", id="first", address="10.0.0.1")
    filler = (full / "filler").open("wb", buffering=0)
    codes = set()
    def fill():
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            pass
    taken = []
    for i in range(20000):
        fill()
        reply = connection.ask("register", service=f"s{i}", id=f"s{i}", address="10.0.0.2", meta={"k": "v" * 400})
        if reply["ok"]:
            taken.append(i)
        else:
            codes.add(reply["error"]["code"])
            message = reply["error"]["message"]
            break
    assert codes == {"unavailable"}, codes
    assert "full" in message or "disk" in message, message
    for _ in range(20):
        reply = connection.ask("register", service="late", id="late", address="10.0.0.3")
        assert not reply["ok"] and reply["error"]["code"] == "unavailable", reply
        assert box.addresses("late") is None
    status, text = ready(box)
    assert status == 503 and "store: the last change could not be saved" in text, (status, text)
    assert box.addresses("web") == ["10.0.0.1"]
    for i in taken[-50:]:
        assert box.addresses(f"s{i}") == ["10.0.0.2"], i
    time.sleep(2.5)
    assert ready(box)[0] == 503, "room was found on a full disk"
    os.truncate(full / "filler", 0)
    eventually(lambda: ready(box)[0] == 200, 10, 0.1)  # and nobody has changed anything
    eventually(lambda: connection.ask("register", service="late", id="late", address="10.0.0.3")["ok"], 10, 0.05)
    assert box.addresses("late") == ["10.0.0.3"]
    assert ready(box)[0] == 200, ready(box)
    box.restart()
    assert box.addresses("late") == ["10.0.0.3"] and box.addresses("web") == ["10.0.0.1"]
    for i in taken:
        assert box.addresses(f"s{i}") == ["10.0.0.2"], i
    print("HELD", len(taken))
"""


class FullDisk(unittest.TestCase):
    def test_registrations_are_refused_dns_goes_on_and_writing_comes_back(self):
        done = on_small_disk(INSIDE, megabytes=2)
        self.assertIn("HELD", done.stdout, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
