"""Blocking queries of Consul's API: who is woken by what, how long it takes, what survives."""
import json
import pathlib
import socket
import threading
import time
import unittest

from box import SLOW, eventually
from consul import Consul, OwnBox


class Watch(threading.Thread):
    """One blocking read on a connection of its own."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.port, self.path, self.reply = port, path, None
        self.begin = time.monotonic()
        self.start()

    def run(self):
        with Consul(self.port, timeout=60 * SLOW) as consul:
            self.reply = consul.get(self.path)
            self.end = time.monotonic()

    def result(self):
        self.join(30 * SLOW)
        assert self.reply is not None, "the read did not return"
        return self.reply


class Blocking(OwnBox):
    def web(self, number=1, service="web", **fields):
        fields.setdefault("checks", [{"kind": "ttl", "interval": "1h"}])
        self.box.register(id=f"{service}-{number}", service=service, address=f"10.0.0.{number}", port=80, **fields)

    def renew(self, id, status, **fields):
        reply = self.box.ask("renew", id=id, status=status, **fields)
        self.assertTrue(reply["ok"], reply)

    def watch(self, path, wait="20s"):
        index = self.consul.get(path).index
        glue = "&" if "?" in path else "?"
        watch = Watch(self.box.api, f"{path}{glue}index={index}&wait={wait}")
        time.sleep(0.05 * SLOW)  # it has been read and waits
        self.assertIsNone(watch.reply, path)
        return index, watch

    def wakes(self, path, change):
        """The change answers the read, not its time, with a higher index."""
        index, watch = self.watch(path)
        change()
        reply = watch.result()
        self.assertGreater(reply.index, index, path)
        self.assertLess(watch.end - watch.begin, 15, path)  # its time ends after 20
        return reply

    def sleeps(self, path, change):
        """The change does not answer the read: its time does."""
        index, watch = self.watch(path, wait="1s")
        change()
        reply = watch.result()
        self.assertEqual(reply.index, index, path)
        self.assertGreaterEqual(watch.end - watch.begin, 1, path)

    def test_every_change_of_its_service_wakes(self):
        self.web()
        for change in (lambda: self.renew("web-1", "passing"), lambda: self.web(2),
                       lambda: self.web(2, tags=["new"]), lambda: self.box.ask("drain", id="web-2"),
                       lambda: self.box.ask("override", id="web-1", state="down"),
                       lambda: self.box.ask("deregister", id="web-2")):
            self.wakes("health/service/web", change)

    def test_each_endpoint_is_woken_by_what_it_shows(self):
        self.web()
        self.wakes("health/service/web?passing", lambda: self.renew("web-1", "passing"))
        self.wakes("health/state/any", lambda: self.renew("web-1", "warning"))
        self.wakes("health/node/n1", lambda: self.renew("web-1", "passing"))
        self.wakes("health/checks/web", lambda: self.renew("web-1", "warning"))
        self.wakes("catalog/services", lambda: self.web(2, service="db"))
        self.wakes("catalog/node/n1", lambda: self.web(3, service="db"))
        self.wakes("catalog/service/web", lambda: self.web(4))
        self.wakes("catalog/nodes", lambda: self.consul.put("catalog/register", {"Node": "x", "Address": "10.0.0.9"}))

    def test_a_change_elsewhere_does_not_wake(self):
        self.web()
        self.sleeps("health/service/web", lambda: self.web(2, service="db"))
        self.sleeps("catalog/service/web", lambda: self.renew("db-2", "passing"))
        self.sleeps("catalog/services", lambda: self.renew("web-1", "passing"))
        self.sleeps("catalog/nodes", lambda: self.web(3))

    def test_the_output_alone_does_not_wake(self):
        self.assertEqual(self.consul.put("agent/service/register", {"Name": "web", "Check": {"TTL": "1h"}}).status, 200)
        report = lambda note: self.assertEqual(
            self.consul.put("agent/check/pass/service:web", note=note).status, 200)
        report("one")
        self.sleeps("health/service/web", lambda: report("two"))
        self.assertEqual(self.consul.get("health/checks/web").json[0]["Output"], "two")

    def test_the_same_again_does_not_wake(self):
        self.web()
        self.sleeps("health/service/web", self.web)

    def test_a_service_that_is_not_there_blocks_and_wakes(self):
        self.sleeps("health/service/nobody", lambda: self.web(1, service="db"))
        reply = self.wakes("health/service/web", self.web)
        self.assertEqual(len(reply.json), 1)
        reply = self.wakes("health/service/web", lambda: self.box.ask("deregister", id="web-1"))
        self.assertEqual(reply.json, [])

    def test_the_time_is_kept(self):
        index = self.consul.get("health/service/web").index
        begin = time.monotonic()
        reply = self.consul.get(f"health/service/web?index={index}&wait=800ms")
        took = time.monotonic() - begin
        self.assertEqual((reply.status, reply.index, reply.json), (200, index, []))
        self.assertGreaterEqual(took, 0.8)
        self.assertLess(took, 0.85 + 5 * SLOW)

    def test_an_index_from_another_life_is_answered_at_once(self):
        begin = time.monotonic()
        reply = self.consul.get("health/service/web?index=99999999999999&wait=10s")
        self.assertLess(time.monotonic() - begin, 5 * SLOW)
        self.assertLess(reply.index, 99999999999999)

    def test_without_an_index_nothing_waits(self):
        for query in ("wait=10s", "index=0&wait=10s", "index=&wait=10s", "index=-1&wait=10s"):
            begin = time.monotonic()
            self.assertEqual(self.consul.get("health/service/web?" + query).status, 200)
            self.assertLess(time.monotonic() - begin, 5 * SLOW, query)

    def test_the_index_is_never_zero_nor_lower(self):
        paths = ("health/service/web", "health/state/any", "catalog/services", "catalog/nodes",
                 "catalog/service/web", "health/node/n1", "health/connect/web", "coordinate/nodes")
        before = {path: self.consul.get(path).index for path in paths}
        self.assertTrue(all(index > 0 for index in before.values()), before)
        self.web()
        self.renew("web-1", "passing")
        self.box.ask("deregister", id="web-1")
        after = {path: self.consul.get(path).index for path in paths}
        for path in paths:
            self.assertGreaterEqual(after[path], before[path], path)

    def test_the_index_survives_a_restart_and_a_kill(self):
        self.web()
        self.renew("web-1", "passing")
        paths = ("health/service/web", "health/service/nobody", "health/state/any", "catalog/services")
        for again in (self.box.restart, lambda: (self.box.kill(), self.box.start())):
            with Consul(self.box.api) as consul:
                before = {path: consul.get(path).index for path in paths}
            again()
            with Consul(self.box.api) as consul:
                for path in paths:
                    self.assertGreaterEqual(consul.get(path).index, before[path], path)
            self.renew("web-1", "warning")

    def test_many_that_wait_for_the_same_get_the_same(self):
        self.web()
        index = self.consul.get("health/service/web").index
        watches = [Watch(self.box.api, f"health/service/web?index={index}&wait=20s") for _ in range(40)]
        others = [Watch(self.box.api, f"health/service/web?passing&index={index}&wait=20s") for _ in range(10)]
        time.sleep(0.2 * SLOW)
        self.renew("web-1", "passing")
        bodies = {watch.result().body for watch in watches}
        self.assertEqual(len(bodies), 1)
        self.assertEqual(json.loads(bodies.pop())[0]["Checks"][1]["Status"], "passing")
        self.assertEqual({len(watch.result().json) for watch in others}, {1})
        self.assertEqual(len({watch.result().index for watch in watches + others}), 1)

    def test_a_client_that_goes_frees_its_place(self):
        index = self.consul.get("health/service/web").index
        open_files = lambda: len(list(pathlib.Path(f"/proc/{self.box.process.pid}/fd").iterdir()))
        before = open_files()
        clients = []
        for _ in range(50):
            client = socket.create_connection(("127.0.0.1", self.box.api))
            client.sendall(f"GET /v1/health/service/web?index={index}&wait=60s HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            clients.append(client)
        eventually(lambda: open_files() >= before + 45)  # what was open at the start may just be closing
        for client in clients:
            client.close()
        eventually(lambda: open_files() <= before + 5)
        self.web()
        self.assertEqual(len(self.consul.get("health/service/web").json), 1)


if __name__ == "__main__":
    unittest.main()
