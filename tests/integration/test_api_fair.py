"""What one client costs the others: large answers, and many that are woken at once."""
import json
import re
import resource
import signal
import socket
import threading
import unittest

from box import SLOW, Box, eventually
from consul import Consul, OwnBox

LARGE = 3000  # instances: from 1000 on an answer is a large one
HEAD = b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
BIG = "/v1/health/service/big"


class Asker:
    """One connection; a reply is read when it is wanted."""

    def __init__(self, port, receives=None):
        self.socket = socket.socket()
        self.socket.settimeout(30 * SLOW)
        if receives:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def send(self, path):
        self.socket.sendall(b"GET " + path.encode() + HEAD)

    def reply(self):
        """(headers, body) of a 200."""
        line = self.file.readline()
        assert line.startswith(b"HTTP/1.1 200 "), line
        headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        return headers, self.file.read(int(headers["content-length"]))

    def ask(self, path):
        self.send(path)
        return self.reply()

    def close(self):
        self.file.close()
        self.socket.close()


class Fair(OwnBox):
    def asker(self):
        asker = Asker(self.box.api)
        self.addCleanup(asker.close)
        return asker

    def fill(self, count=LARGE, **more):
        with self.box.connect() as door:
            for start in range(0, count, 500):
                numbers = range(start, min(start + 500, count))
                door.send(*({"op": "register", "service": "big", "id": f"big-{i:05}", "address": f"10.1.{i >> 8}.{i & 255}",
                             "port": 80, **more} for i in numbers))
                for _ in numbers:
                    self.assertTrue(door.line()["ok"])

    def counters(self):
        return self.box.ask("stats")["counters"]["http"]

    def answered(self, metrics, route="/v1/health/service/"):
        """Requests of that route that had their answer when the metrics were written."""
        found = re.findall(rb'^rollcall_http_requests_total\{route="' + route.encode() + rb'.*\} (\d+)$', metrics, re.M)
        return sum(map(int, found))

    def test_small_requests_overtake_large_ones(self):
        """All are there before the daemon looks at the first of them: the small one came last."""
        self.fill()
        askers = [self.asker() for _ in range(40)]
        small = self.asker()
        for asker in (*askers, small):
            asker.ask("/v1/status/leader")
        before = self.answered(small.ask("/metrics")[1])
        self.box.process.send_signal(signal.SIGSTOP)
        try:
            for i, asker in enumerate(askers):
                asker.send(f"{BIG}?number={i}")  # no two ask for the same
            small.send("/metrics")
        finally:
            self.box.process.send_signal(signal.SIGCONT)
        self.assertLess(self.answered(small.reply()[1]) - before, len(askers))
        bodies = {asker.reply()[1] for asker in askers}
        self.assertEqual(len(bodies), 1)
        self.assertEqual(len(json.loads(bodies.pop())), LARGE)
        self.assertEqual(self.answered(small.ask("/metrics")[1]) - before, len(askers))

    def test_those_that_ask_for_the_same_large_answer_share_it(self):
        self.fill()
        askers = [self.asker() for _ in range(20)]
        for asker in askers:
            asker.ask("/v1/status/leader")
        shared = self.counters()["shared"]
        self.box.process.send_signal(signal.SIGSTOP)
        try:
            for asker in askers:
                asker.send(BIG)
        finally:
            self.box.process.send_signal(signal.SIGCONT)
        bodies = [asker.reply()[1] for asker in askers]
        self.assertEqual(len(set(bodies)), 1)
        self.assertEqual(len(json.loads(bodies[0])), LARGE)
        self.assertGreater(self.counters()["shared"], shared)

    def test_a_large_answer_is_whole_however_its_list_moves_meanwhile(self):
        self.fill()
        stop = threading.Event()

        def move():
            with self.box.connect() as door:
                while not stop.is_set():
                    for number in ("00000x", "99999"):  # at the front and at the end
                        door.ask("register", service="big", id=f"big-{number}", address="10.2.0.1", port=80)
                        door.ask("deregister", id=f"big-{number}")
        mover = threading.Thread(target=move)
        mover.start()
        try:
            index = 0
            for path in (BIG, "/v1/catalog/service/big") * 8:
                headers, body = self.asker().ask(path)
                rows = [row.get("Service", row) for row in json.loads(body)]
                ids = [row["ServiceID"] if "ServiceID" in row else row["ID"] for row in rows]
                self.assertEqual(ids, sorted(set(ids)), "twice, or in another order")
                self.assertEqual([id_ for id_ in ids if len(id_) == 9 and id_ != "big-99999"],
                                 [f"big-{i:05}" for i in range(LARGE)])
                self.assertGreaterEqual(int(headers["x-consul-index"]), index)
                index = int(headers["x-consul-index"])
        finally:
            stop.set()
            mover.join()

    def test_a_filter_is_paid_for_once_however_many_pieces_its_answer_has(self):
        """A piece is 64 instances at least: in one none of these filters is too much, or not the last is."""
        count = 64 * 18 + 8
        with self.box.connect() as door:
            door.send(*({"op": "register", "service": "big", "id": f"big-{i:05}", "address": f"10.1.{i >> 8}.{i & 255}",
                         "port": 80, "meta": {"x": "a" * 250}} for i in range(count)))
            for _ in range(count):
                self.assertTrue(door.line()["ok"])
        one = "Service.Meta.x matches `(a?){60}(a?){60}(a?){60}b`"
        for path in ("health/service/big", "catalog/service/big"):
            for times in (1, 2, 4):
                asked = one if path.startswith("health") else one.replace("Service.Meta", "ServiceMeta")
                reply = self.consul.get(path, filter="not (" + " or ".join([asked] * times) + ")")
                self.assertEqual(reply.status, 400, (path, times, len(reply.body)))
                self.assertIn("more than 10000000 steps", reply.text)
            reply = self.consul.get(path, filter=asked.split(" matches")[0] + " matches `^a`")
            self.assertEqual(len(reply.json), count)

    def test_who_waits_for_a_large_answer_gets_the_newest(self):
        self.fill()
        askers = [self.asker() for _ in range(20)]
        index = int(askers[0].ask(BIG)[0]["x-consul-index"])
        for asker in askers:
            asker.send(f"{BIG}?index={index}&wait=60s")
        eventually(lambda: self.counters()["waiting"] == len(askers))
        for tag in "abc":
            self.box.register(id="big-00007", service="big", address="10.1.0.7", port=80, tags=[tag])
        newest = int(self.consul.get(BIG[4:]).index)
        for asker in askers:
            headers, body = asker.reply()
            tag = re.search(rb'"ID":"big-00007"[^}]*"Tags":\["(.)"\]', body)[1]
            last = int(headers["x-consul-index"])
            self.assertGreater(last, index)
            self.assertLessEqual(last, newest)
            self.assertEqual(tag == b"c", last == newest, (tag, last, newest))

    def test_large_answers_do_not_wait_for_ever_for_clients_that_take_nothing(self):
        """Not while others take theirs, and not once for each piece: 3 s for a turn in the queue."""
        box = self.enterContext(Box(start=False))
        box.config.write_text(box.config.read_text().replace(
            "api:\n", "api:\n  max_pending: 16000000\n  request_timeout: 3s\n  idle_timeout: 1h\n"))
        box.start()
        self.box, self.consul = box, self.enterContext(Consul(box.api))
        self.fill(meta={"x": "a" * 40})
        for i in range(4):
            asker = Asker(box.api, receives=4096)
            self.addCleanup(asker.close)
            asker.send(f"{BIG}?number={i}")
        self.assertTrue(self.consul.put("kv/middle", "x" * 100000).json)
        eventually(lambda: self.counters()["put_off"] == 4)
        stop = threading.Event()

        def ask_and_take():
            with Consul(box.api) as other:
                while not stop.wait(0.2):
                    other.get("kv/middle", raw="")
        taker = threading.Thread(target=ask_and_take)
        taker.start()
        try:
            reply = self.consul.get(BIG[4:], filter="not Service.Meta.x matches `(a?){40}b`")  # in many pieces
            self.assertEqual(len(reply.json), LARGE)
        finally:
            stop.set()
            taker.join()

    def test_who_leaves_while_its_large_answer_waits_its_turn_leaves_nothing(self):
        self.fill()
        for _ in range(3):
            self.box.process.send_signal(signal.SIGSTOP)
            try:
                for i in range(30):
                    asker = Asker(self.box.api)
                    asker.send(f"{BIG}?number={i}")
                    asker.close()
            finally:
                self.box.process.send_signal(signal.SIGCONT)
            self.assertEqual(len(json.loads(self.asker().ask(BIG)[1])), LARGE)
        eventually(lambda: self.counters()["connections"] <= 4)

    def test_others_are_answered_before_the_last_of_many_that_are_woken(self):
        """Streams hear of a change, and somebody asks for the counters all the while, one question after the other.
        The daemon itself says how much the streams had been sent when it answered: once neither nothing nor all."""
        count = 8000
        long = ["x" * 200 + str(i) for i in range(20)]  # much to send: several times what fits into one turn
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(count + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
                                                    resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        self.box.register(id="web-1", service="web", address="10.0.0.1", port=80)
        askers = [self.asker() for _ in range(count)]
        for asker in askers:
            asker.send("/v1/rollcall/events")
        eventually(lambda: self.counters()["streams"] == count, within=20)

        def sent_while_asking(number):
            sent, done, before = [], threading.Event(), self.counters()["sent_bytes"]

            def ask():
                with self.box.connect() as door:
                    while not done.is_set():
                        sent.append(door.ask("stats")["counters"]["http"]["sent_bytes"])
            asking = threading.Thread(target=ask)
            asking.start()
            try:
                eventually(lambda: sent)
                self.box.register(id="web-1", service="web", address="10.0.0.1", port=80, tags=[f"tag-{number}", *long])
                for asker in askers:
                    while f'"tag-{number}"'.encode() not in asker.file.readline():
                        pass
            finally:
                done.set()
                asking.join()
            after = self.counters()["sent_bytes"]
            return {bytes_ for bytes_ in sent if before < bytes_ < after}

        self.assertTrue(any(sent_while_asking(number) for number in range(10)))


if __name__ == "__main__":
    unittest.main()
