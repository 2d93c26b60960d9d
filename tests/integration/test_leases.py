"""Leases: what must be renewed, what hangs on a connection, what hangs on a process."""
import os
import signal
import subprocess
import time
import unittest

from box import Box, eventually


class TtlLease(unittest.TestCase):
    def test_it_ends_when_nobody_renews(self):
        with Box() as box:
            started = time.monotonic()
            box.register(service="web", address="10.0.0.1", lease={"ttl": "2s"})
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            eventually(lambda: box.addresses("web") is None, 10)
            self.assertGreaterEqual(time.monotonic() - started, 2)

    def test_renewing_keeps_it(self):
        with Box() as box, box.connect() as connection:
            reply = connection.ask("register", service="web", address="10.0.0.1", lease={"ttl": "3s"})
            for _ in range(8):
                time.sleep(0.5)
                renewed = connection.ask("renew", id=reply["id"])
                self.assertTrue(renewed["ok"], renewed)
                self.assertEqual(renewed["expires_in"], "3s")
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_it_survives_a_restart_with_at_least_one_full_ttl(self):
        with Box() as box:
            box.register(service="web", address="10.0.0.1", lease={"ttl": "6s"})
            time.sleep(3.5)
            box.restart()
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            time.sleep(3)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            eventually(lambda: box.addresses("web") is None, 15)


class ConnectionLease(unittest.TestCase):
    LEASE = {"connection": True}

    def test_it_ends_with_its_connection(self):
        with Box() as box:
            connection = box.connect()
            connection.ask("register", service="web", address="10.0.0.1", lease=self.LEASE)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            connection.close()
            eventually(lambda: box.addresses("web") is None)

    def test_a_killed_process_is_out_of_dns(self):
        with Box() as box:
            child = box.spawn("python3", "-c", f"""
import socket, time
s = socket.socket(socket.AF_UNIX); s.connect({str(box.path)!r})
s.sendall(b'{{"op":"register","service":"web","address":"10.0.0.1","lease":{{"connection":true}}}}\\n')
s.recv(1000); print('up', flush=True); time.sleep(60)""", stdout=subprocess.PIPE)
            child.stdout.readline()
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            child.kill()
            child.wait()
            child.stdout.close()
            eventually(lambda: box.addresses("web") is None)

    def test_it_ends_even_when_the_connection_closes_before_the_reply(self):
        with Box() as box:
            for i in range(50):
                connection = box.connect()
                connection.send({"op": "register", "service": "web", "id": f"i{i}", "address": "10.0.0.1",
                                 "lease": self.LEASE})
                connection.close()
            eventually(lambda: box.addresses("web") is None, 3)
            self.assertEqual(box.ask("get", service="web", healthy=False)["instances"], [])

    def test_grace_waits_for_a_reconnect_with_the_same_id(self):
        with Box() as box:
            lease = {"connection": True, "grace": "2s"}
            first = box.connect()
            first.ask("register", service="web", id="a", address="10.0.0.1", lease=lease)
            first.close()
            time.sleep(0.3)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            with box.connect() as second:
                self.assertTrue(second.ask("register", service="web", id="a", address="10.0.0.1", lease=lease)["ok"])
                time.sleep(2.5)
                self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            eventually(lambda: box.addresses("web") is None, 10)

    def test_a_restart_ends_it_unless_its_grace_says_otherwise(self):
        with Box() as box:
            connection = box.connect()
            connection.ask("register", service="none", address="10.0.0.1", lease=self.LEASE)
            connection.ask("register", service="some", id="a", address="10.0.0.2",
                           lease={"connection": True, "grace": "3s"})
            box.restart()
            self.assertIsNone(box.addresses("none"))
            self.assertEqual(box.addresses("some"), ["10.0.0.2"])
            eventually(lambda: box.addresses("some") is None, 10)
            connection.close()


class PidLease(unittest.TestCase):
    def test_it_ends_with_the_process(self):
        with Box() as box:
            child = box.spawn("sleep", "60")
            reply = box.register(service="web", address="10.0.0.1", lease={"pid": child.pid})
            self.assertTrue(reply["created"])
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            child.send_signal(signal.SIGKILL)
            eventually(lambda: box.addresses("web") is None)

    def test_a_process_that_does_not_exist_is_refused(self):
        with Box() as box:
            child = subprocess.Popen(["true"])
            child.wait()
            reply = box.ask("register", service="web", address="10.0.0.1", lease={"pid": child.pid})
            self.assertEqual((reply["error"]["code"], reply["error"]["field"]), ("invalid_field", "lease.pid"))

    def test_a_restart_keeps_a_living_process_and_drops_a_dead_one(self):
        with Box() as box:
            alive, dead = box.spawn("sleep", "60"), box.spawn("sleep", "60")
            box.register(service="alive", address="10.0.0.1", lease={"pid": alive.pid})
            box.register(service="dead", address="10.0.0.2", lease={"pid": dead.pid})
            box.stop()
            dead.kill()
            dead.wait()
            box.start()
            self.assertEqual(box.addresses("alive"), ["10.0.0.1"])
            eventually(lambda: box.addresses("dead") is None)
            alive.kill()
            eventually(lambda: box.addresses("alive") is None)


if __name__ == "__main__":
    unittest.main()
