"""Queries by UDP and TCP from many threads while registrations change all they ask for.

Every definition of an instance carries its generation in each of its parts, so a reply
that mixes two definitions, or is older than one that was acknowledged, shows itself.
"""
import random
import socket
import struct
import threading
import time
import unittest

from box import SLOW, Box, Reply, dns_wire, full, read_framed

SERVICES = [f"s{number}" for number in range(6)]
SECONDS, AT_MOST = 2.5, 60  # more than the first where little was done in that


def definition(service, generation):
    high, low = generation // 250, generation % 250
    return {"service": service, "id": "one", "addresses": [f"10.{high}.{low}.1", f"10.{high}.{low}.2", f"fd00::{generation:x}"],
            "port": 1000 + generation, "ports": {"http": 1000 + generation}, "meta": {"generation": str(generation)},
            "tags": ["even" if generation % 2 == 0 else "odd"]}


def generations(reply):
    """What each record of the reply says of its definition."""
    found = set()
    for section in ("answer", "additional"):
        for data in reply.data(section, "A"):
            _, high, low, _ = map(int, data.split("."))
            found.add(high * 250 + low)
        found |= {int(data.split(":")[-1] or "0", 16) for data in reply.data(section, "AAAA")}
        found |= {int(data.split()[2]) - 1000 for data in reply.data(section, "SRV")}
        found |= {int(data.split("=")[1]) for data in reply.data(section, "TXT")}
    return found


class Churn(unittest.TestCase):
    def setUp(self):
        self.box = Box(workers=2)
        self.addCleanup(self.box.__exit__, None)
        self.acknowledged = dict.fromkeys(SERVICES, 0)
        self.begun = dict.fromkeys(SERVICES, 0)
        self.begin, self.faults, self.asked = 0.0, [], 0
        for service in SERVICES:
            self.box.register(**self.named(service, 0))

    @staticmethod
    def named(service, generation):
        return {**definition(service, generation), "id": f"one-{service}"}

    def goes_on(self):
        took = time.monotonic() - self.begin
        return not self.faults and (took < SECONDS or took < AT_MOST * SLOW and not self.is_enough())

    def is_enough(self):
        return min(self.acknowledged.values()) > 14 and self.asked > 300

    def write(self, services):
        with self.box.connect() as connection:
            generation = 0
            while self.goes_on():
                generation += 1
                for service in services:
                    self.begun[service] = generation
                    if generation % 7 == 0:
                        assert connection.ask("deregister", id=f"one-{service}")["ok"]
                    reply = connection.ask("register", **self.named(service, generation))
                    assert reply["ok"], reply
                    self.acknowledged[service] = generation

    def judge(self, service, owner, type_, reply, before):
        """`before` was acknowledged when the query left."""
        after, seen = self.begun[service], generations(reply)
        where = f"{owner} {type_} {reply.rcode} {reply.records} acknowledged {before} begun {after}"
        assert reply.rcode in ("NOERROR", "NXDOMAIN"), where
        if owner.startswith(("odd", "even")):
            assert all(one % 2 == owner.startswith("odd") for one in seen), where
        assert len(seen) <= 1, "mixed: " + where
        for one in seen:
            assert before <= one <= after, "stale: " + where
        if not seen and not owner.startswith(("odd", "even")):
            gone = (before // 7 + 1) * 7 <= after
            assert gone, "missing: " + where

    def read(self, seed, tcp):
        pick, id_ = random.Random(seed), 0
        kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as way:
            way.settimeout(10 * SLOW)
            way.connect(("127.0.0.1", self.box.port))
            while self.goes_on():
                service = pick.choice(SERVICES)
                owner = pick.choice(("", f"one-{service}.", "odd.", "even.", "_http._tcp.", f"_http._tcp.one-{service}.")) + service
                type_ = pick.choice(("A", "AAAA", "SRV", "TXT"))
                if owner.startswith("_") or (type_ == "TXT" and not owner.startswith("one-")):
                    type_ = "SRV"
                id_ = (id_ + 1) & 0xFFFF
                wire = dns_wire(full(owner), type_, id_, edns=1232)
                before = self.acknowledged[service]
                way.sendall(struct.pack("!H", len(wire)) + wire if tcp else wire)
                reply = Reply(read_framed(way) if tcp else way.recv(4096))
                assert reply.id == id_
                self.judge(service, owner, type_, reply, before)
                self.asked += 1

    def run_all(self, *jobs):
        def guarded(job, *arguments):
            try:
                job(*arguments)
            except Exception as fault:  # noqa: BLE001 - told below
                self.faults.append(f"{job.__name__}{arguments}: {fault!r}")
        self.begin = time.monotonic()
        threads = [threading.Thread(target=guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.faults, [])

    def test_no_reply_is_mixed_stale_or_missing(self):
        self.run_all((self.write, SERVICES[:3]), (self.write, SERVICES[3:]), (self.read, 1, False), (self.read, 2, False),
                     (self.read, 3, True), (self.read, 4, True))
        self.assertTrue(self.is_enough(), (self.acknowledged, self.asked))


if __name__ == "__main__":
    unittest.main()
