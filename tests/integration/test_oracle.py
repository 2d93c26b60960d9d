"""DNS beside an independent authority, over random registries and random changes.

The zone is derived a second time in oracle.py. NSD answers from it for comparison, and
after each change the daemon must answer as that zone says, and as a daemon does that has
just been started on the same database: no stale name, no forgotten one, no leak.
"""
import os
import socket
import sqlite3
import struct
import subprocess
import unittest

from box import SLOW, TYPES as NUMBERS, Box, Reply, dns_wire, eventually, free_port, need, read_framed
from oracle import TYPES, Town, Zone, inside

NUMBERS = {**NUMBERS, "DS": 43}
WORDS = {number: word for word, number in NUMBERS.items()}
DECLARED = (("idle", {}), ("void", {"team": "front"}), ("db", {"owner": "us", "a": "b"}))
ZONE = """    order: fixed
    ns_addresses: [10.0.0.53]
"""
SERVICES = "services:\n" + "".join(
    f"  - name: {name}\n    meta: {{{', '.join(f'{key}: {value}' for key, value in meta.items())}}}\n"
    for name, meta in DECLARED)
APEX = "service.local."
GLUE = {(f"ns.{APEX}", 1, 3600, "10.0.0.53")}  # NSD puts the zone's NS into authority
SEEDS = range(12)
CHANGED = range(1000, 1006)


def ask_all(port, questions):
    """The replies to many questions over one connection."""
    replies = {}
    for start in range(0, len(questions), 200):
        part = questions[start:start + 200]
        with socket.create_connection(("127.0.0.1", port), 10 * SLOW) as stream:
            wires = [dns_wire(name, NUMBERS[type_]) for name, type_ in part]
            stream.sendall(b"".join(struct.pack("!H", len(wire)) + wire for wire in wires))
            for question in part:
                replies[question] = Reply(read_framed(stream))
    return replies


def told(reply):
    """(rcode, answers) as Zone.lookup() gives them, (authority types), without serials."""
    return reply.rcode, {(owner.lower(), WORDS.get(type_, type_), ttl, data_of(type_, data))
                         for owner, type_, ttl, data in reply.records["answer"]}


def data_of(type_, data):
    if type_ == NUMBERS["SOA"]:
        words = data.split()
        return " ".join(words[:2] + words[3:])
    return data


def additional(reply):
    return {(owner.lower(), type_, ttl, data) for owner, type_, ttl, data in reply.records["additional"]
            if type_ != 41}


class Ground:
    """A box, what is registered in it, and the zone that follows."""

    def __init__(self, seed):
        self.town = Town(seed)
        self.box = Box(zone_extra=ZONE, extra=SERVICES)
        self.seen = set()

    def apply(self, made):
        reply = self.box.ask("register", **made)
        assert reply["ok"], (made, reply)

    def zone(self):
        labels = {}
        for service in {one["service"] for one in self.town.instances.values()}:
            for one in self.box.ask("get", service=service, healthy=False)["instances"]:
                labels[one["id"]] = one["label"]
        zone = Zone(APEX, self.town.instances.values(), labels, DECLARED)
        zone.put(APEX, "SOA", 5, f"ns.{APEX} hostmaster.{APEX} 3600 600 86400 5")
        zone.put(APEX, "NS", 3600, f"ns.{APEX}")
        zone.put(f"ns.{APEX}", "A", 3600, "10.0.0.53")
        self.seen |= zone.all_names()
        return zone

    def questions(self):
        absent = {f"nosuch.{APEX}", f"x.web.{APEX}", f"*.{APEX}", f"_http._tcp.nosuch.{APEX}",
                  f"_tcp.nosuch.web.{APEX}", f"_nope._tcp.web-1.web.{APEX}", f"_nope.web-1.web.{APEX}"}
        return [(name, type_) for name in sorted(self.seen | absent) for type_ in TYPES]

    def register_some(self):
        for _ in range(self.town.random.randint(10, 30)):
            self.apply(self.town.register())

    def change_something(self):
        """One random change, told as text."""
        kind = self.town.random.choice(("register", "change", "change", "status", "leave"))
        if kind == "leave":
            gone = self.town.leave()
            if gone is not None:
                assert self.box.ask("deregister", id=gone)["ok"]
            return f"deregister {gone}"
        if kind == "status" and self.town.instances:
            one = self.town.random.choice(sorted(self.town.instances.values(), key=lambda one: one["id"]))
            one["status"] = self.town.random.choice(("passing", "warning", "critical"))
            assert self.box.ask("renew", id=one["id"], status=one["status"])["ok"]
            return f"{one['id']} is {one['status']}"
        made = self.town.register() if kind == "register" else self.town.change()
        if made is not None:
            self.apply(made)
        return f"register {made}"

    def names(self):
        return self.box.ask("stats")["counters"]["answer"]["names"]

    def fresh(self):
        """A daemon that has just been started on a copy of the database."""
        other = Box(zone_extra=ZONE, extra=SERVICES, start=False)
        with sqlite3.connect(self.box.database) as source, sqlite3.connect(other.database) as copy:
            source.backup(copy)
        copy.close()
        source.close()
        return other.start()


class Nsd:
    """NSD with one zone, on a port of its own."""

    def __init__(self, folder, zone):
        self.port = free_port()
        folder.mkdir()
        text = zone.master_file().replace("3600 600 86400", "1 3600 600 86400")
        (folder / "zone").write_text(text)
        (folder / "nsd.conf").write_text(f"""server:
  ip-address: 127.0.0.1@{self.port}
  username: ""
  chroot: ""
  zonesdir: {folder}
  pidfile: {folder}/pid
  database: ""
  xfrdfile: {folder}/xfrd
  xfrdir: {folder}
  zonelistfile: {folder}/zones
  logfile: {folder}/log
  server-count: 1
  round-robin: no
remote-control:
  control-enable: no
zone:
  name: {zone.apex}
  zonefile: zone
""")
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        self.folder = folder
        self.process = subprocess.Popen(["nsd", "-d", "-c", str(folder / "nsd.conf")],
                                        env={**os.environ, "PATH": path}, start_new_session=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def wait_ready(self, apex):
        def ready():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                return ask_all(self.port, [(apex, "SOA")])[apex, "SOA"].rcode == "NOERROR"
            except (OSError, EOFError):
                return False
        eventually(ready, 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Oracle(unittest.TestCase):
    def compare_with_zone(self, ground, zone, what):
        """Every name ever seen, by TCP: rcode, answer, and the SOA where there is none."""
        replies = ask_all(ground.box.port, ground.questions())
        for (name, type_), reply in replies.items():
            rcode, answers = told(reply)
            self.assertEqual((rcode, answers), zone.lookup(name, type_), f"{name} {type_} after {what}")
            if not answers:
                self.assertEqual([owner for owner, number, _, _ in reply.records["authority"] if number == 6],
                                 [APEX], f"{name} {type_}")
        return replies

    def compare_by_udp(self, ground, whole):
        """A datagram says the same, or part of it with TC and nothing but the answer."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.settimeout(10 * SLOW)
            datagram.connect(("127.0.0.1", ground.box.port))
            for (name, type_), by_tcp in whole.items():
                datagram.send(dns_wire(name, NUMBERS[type_]))
                reply = Reply(datagram.recv(4096))
                self.assertLessEqual(len(reply.wire), 512)
                self.assertLessEqual(additional(reply), additional(by_tcp), (name, type_))
                if reply.tc:
                    self.assertLess(told(reply)[1], told(by_tcp)[1], (name, type_))
                    self.assertEqual((reply.counts[2], reply.counts[3]), (0, 0), (name, type_))
                else:
                    self.assertEqual(told(reply), told(by_tcp), (name, type_))

    def test_nsd_with_the_derived_zone_answers_the_same(self):
        need("nsd")
        for seed in SEEDS:
            with self.subTest(seed=seed):
                ground = Ground(seed)
                with ground.box as box:
                    ground.register_some()
                    zone = ground.zone()
                    with Nsd(box.folder / "nsd", zone) as nsd:
                        nsd.wait_ready(APEX)
                        ours = ask_all(box.port, ground.questions())
                        for question, theirs in ask_all(nsd.port, ground.questions()).items():
                            mine = ours[question]
                            self.assertEqual(told(mine), told(theirs), f"{question}\n{zone.master_file()}")
                            self.assertEqual((mine.aa, mine.tc), (theirs.aa, theirs.tc), question)
                            if question[1] == "SRV":
                                self.assertEqual(additional(mine), additional(theirs) - GLUE, question)

    def test_after_each_change_the_answers_are_those_of_the_zone_and_of_a_fresh_daemon(self):
        for seed in CHANGED:
            with self.subTest(seed=seed):
                ground, history = Ground(seed), []
                with ground.box:
                    ground.register_some()
                    for step in range(24):
                        history.append(ground.change_something())
                        replies = self.compare_with_zone(ground, ground.zone(), "\n".join(history))
                        if step % 12 != 11:
                            continue
                        with ground.fresh() as fresh:
                            for question, reply in ask_all(fresh.port, ground.questions()).items():
                                self.assertEqual(told(replies[question]), told(reply), (question, history))
                            self.assertEqual(ground.names(), fresh.ask("stats")["counters"]["answer"]["names"], history)
                    self.compare_by_udp(ground, replies)
                    while (gone := ground.town.leave()) is not None:
                        self.assertTrue(ground.box.ask("deregister", id=gone)["ok"])
                    self.compare_with_zone(ground, ground.zone(), "all left")
                    with Box(zone_extra=ZONE, extra=SERVICES) as empty:
                        self.assertEqual(ground.names(), empty.ask("stats")["counters"]["answer"]["names"])


if __name__ == "__main__":
    unittest.main()
