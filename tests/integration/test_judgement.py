"""What is judged beyond single checks: damping, panic, the brake, the checker that doubts itself, trials."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from box import *

CHECK = {"kind": "tcp", "name": "t", "interval": "200ms", "timeout": "1s", "failure_threshold": 1,
         "success_threshold": 1}


class Fleet:
    """So many listeners on loopback addresses of their own, one port for all."""

    def __init__(self, count):
        self.port = free_port()
        self.hosts = [f"127.0.1.{i + 1}" for i in range(count)]
        self.sockets = {}
        for host in self.hosts:
            self.start(host)

    def start(self, host):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, self.port))
        listener.listen(64)
        self.sockets[host] = listener

    def stop(self, host):
        self.sockets.pop(host).close()

    def close(self):
        for host in list(self.sockets):
            self.stop(host)

    def register(self, box, status="critical", **changes):
        with box.connect() as connection:
            connection.send(*({"op": "register", "id": f"web-{host}", "service": "web", "address": host,
                               "port": self.port, "status": status, "checks": [{**CHECK, **changes}]} for host in self.hosts))
            for _ in self.hosts:
                reply = connection.line()
                assert reply["ok"], reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def healthy(box):
    return len(box.ask("get", service="web")["instances"])


def counter(box, area, name):
    return box.ask("stats")["counters"][area][name]


def served(box):
    """Over TCP: a hundred addresses do not fit into a datagram."""
    return len(box.query("web", "A", tcp=True).data("answer", "A"))


class Watcher:
    def __init__(self, box, **fields):
        self.connection = box.connect()
        assert self.connection.ask("watch", **fields)["ok"]
        self.events = []

    def until(self, kind, on):
        while True:
            event = self.connection.line()
            self.events.append(event)
            if event["event"] == kind and event.get("on") is on:
                return event

    def count(self, kind, on):
        return sum(1 for event in self.events if event["event"] == kind and event.get("on") is on)

    def close(self):
        self.connection.close()


class Panic(unittest.TestCase):
    def test_51_of_100_are_killed_and_come_back_panic_in_once_out_once(self):
        with Box("health:\n  brake: {share: 1}\n", zone_extra="    min_healthy: 0.5\n") as box, Fleet(100) as fleet:
            fleet.register(box, status="passing")
            eventually(lambda: counter(box, "health", "passed") >= 100)
            self.assertEqual(healthy(box), 100)
            watcher = Watcher(box, service="web")
            for host in fleet.hosts[:51]:
                fleet.stop(host)
            event = watcher.until("panic", True)
            self.assertIn("too few", event["cause"])
            eventually(lambda: healthy(box) == 49)
            self.assertEqual(served(box), 100)
            for host in fleet.hosts[:51]:
                fleet.start(host)
            watcher.until("panic", False)
            eventually(lambda: healthy(box) == 100)
            self.assertEqual(served(box), 100)
            self.assertEqual(counter(box, "answer", "panics"), 1)
            self.assertEqual(watcher.count("panic", True), 1)
            self.assertEqual(watcher.count("panic", False), 1)
            self.assertIn("answers with all of them", box.log_text())
            watcher.close()


class Brake(unittest.TestCase):
    def test_a_bad_definition_pushed_to_all_takes_no_more_than_the_budget(self):
        with Box("health:\n  brake: {share: 0.2}\n") as box, Fleet(20) as fleet:
            fleet.register(box)
            eventually(lambda: served(box) == 20)
            watcher = Watcher(box, service="web")
            fleet.register(box, target="127.0.0.1:1")
            event = watcher.until("brake", True)
            self.assertIn("rollcall brake web --confirm", event["cause"])
            eventually(lambda: counter(box, "health", "held") == 16)
            self.assertEqual(served(box), 16)
            shown = box.ask("get", service="web", healthy=False)["instances"]
            held = [i for i in shown if i.get("standing", {}).get("is") == "held"]
            self.assertEqual(len(held), 16)
            self.assertIn("held", box.rollcall("show", "web").stdout)

            said = box.rollcall("brake", "web")
            self.assertEqual(said.returncode, 2)
            said = box.rollcall("brake", "web", "--refuse")
            self.assertEqual((said.returncode, said.stdout), (0, "16 held instances of web stay in DNS until they "
                                                                 "are well\n"))
            fleet.register(box)  # the definition is mended
            watcher.until("brake", False)
            eventually(lambda: served(box) == 20)
            watcher.close()

    def test_confirmed_the_others_leave(self):
        with Box("health:\n  brake: {share: 0.5}\n") as box, Fleet(10) as fleet:
            fleet.register(box)
            eventually(lambda: served(box) == 10)
            for host in fleet.hosts[:8]:
                fleet.stop(host)
            eventually(lambda: counter(box, "health", "held") == 3)
            self.assertEqual(served(box), 5)
            box.restart()
            eventually(lambda: counter(box, "health", "runs") > 20)
            self.assertGreaterEqual(served(box), 2)
            eventually(lambda: served(box) == 2 or counter(box, "health", "held") > 0)
            if counter(box, "health", "held"):
                self.assertEqual(box.rollcall("brake", "web", "--confirm").returncode, 0)
            eventually(lambda: served(box) == 2)
            self.assertEqual(box.rollcall("brake", "web", "--confirm").returncode, 1)


class Damping(unittest.TestCase):
    def test_who_flaps_stays_out_and_says_until_when(self):
        with Box() as box, Fleet(3) as fleet:
            fleet.register(box)
            eventually(lambda: served(box) == 3)
            flapper = fleet.hosts[0]
            for _ in range(4):
                fleet.stop(flapper)
                eventually(lambda: healthy(box) == 2)
                fleet.start(flapper)
                eventually(lambda: self.last(box, flapper)["health"] == "passing")
            self.assertEqual(self.last(box, flapper)["standing"]["is"], "damped")
            self.assertEqual(served(box), 2)
            self.assertIn("until", self.last(box, flapper)["standing"]["damped"])
            box.restart()
            self.assertEqual(self.last(box, flapper)["standing"]["is"], "damped")
            self.assertEqual(served(box), 2)

    @staticmethod
    def last(box, host):
        return next(i for i in box.ask("get", service="web", healthy=False)["instances"] if i["id"] == f"web-{host}")


class Trials(unittest.TestCase):
    def test_a_definition_is_tried_from_the_daemon_and_nothing_is_kept(self):
        with Box() as box, Fleet(1) as fleet:
            address = ["--address", fleet.hosts[0], "--port", str(fleet.port)]
            said = box.rollcall("check", "try", *address, "--check", "tcp")
            self.assertEqual(said.returncode, 0, said)
            self.assertIn("passing: it passed", said.stdout)
            self.assertIn(f"asked: {fleet.hosts[0]}:{fleet.port}", said.stdout)
            definition = box.folder / "definition.json"
            definition.write_text(json.dumps({"service": "web", "address": fleet.hosts[0], "port": 1,
                                              "checks": [{"kind": "tcp", "name": "t"}]}, indent=2))
            said = box.rollcall("check", "try", "--file", str(definition))
            self.assertEqual(said.returncode, 1, said)
            self.assertIn("outcome: refused", said.stdout)
            self.assertEqual(box.ask("list")["services"], [])
            self.assertEqual(counter(box, "health", "checks"), 0)
            self.assertEqual(counter(box, "health", "runs"), 0)

    def test_checks_run_now_and_count(self):
        with Box() as box, Fleet(1) as fleet:
            fleet.register(box, interval="1h")
            eventually(lambda: served(box) == 1)
            fleet.stop(fleet.hosts[0])
            said = box.rollcall("check", "now", f"web-{fleet.hosts[0]}")
            self.assertEqual(said.returncode, 1, said)
            self.assertIn("refused the connection", said.stdout)
            self.assertEqual(served(box), 0)
            self.assertEqual(box.rollcall("check", "now", "nobody").returncode, 1)
            self.assertEqual(box.rollcall("check", "now").returncode, 2)


class Shadow(unittest.TestCase):
    def test_a_shadow_only_reports(self):
        with Box() as box, Fleet(1) as fleet:
            box.register(id="s", service="web", address=fleet.hosts[0], port=fleet.port,
                         checks=[{**CHECK, "name": "live"},
                                 {**CHECK, "name": "new", "target": "127.0.0.1:1", "shadow": True}])
            eventually(lambda: counter(box, "health", "shadow_differs") == 1)
            self.assertEqual(served(box), 1)
            self.assertIn("shadow check new would make it critical", box.log_text())
            self.assertIn("s: shadow check new is critical", box.rollcall("show", "web").stdout)


CUT_OFF = """
ip link add out type veth peer name peer
unshare -n sleep 600 & PEER=$!
while [ "$(readlink /proc/$PEER/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
ip link set peer netns $PEER
ip addr add 192.0.2.1/24 dev out; ip link set out up
nsenter -t $PEER -n ip link set lo up
nsenter -t $PEER -n ip addr add 192.0.2.2/24 dev peer
nsenter -t $PEER -n ip link set peer up
ip route add default via 192.0.2.2
nsenter -t $PEER -n "$PYTHON" - <<'LISTEN' &
import socket, time
keep = []
for port in (8001, 8002, 8003, 8004):
    s = socket.socket(); s.bind(("192.0.2.2", port)); s.listen(64); keep.append(s)
time.sleep(600)
LISTEN
exec "$PYTHON" "$SELF" inside $PEER
"""


def inside():
    """Four services behind one link, which goes away and comes back."""
    def link(state):
        subprocess.run(["ip", "link", "set", "out", state], check=True)
        if state == "up":
            subprocess.run(["ip", "route", "replace", "default", "via", "192.0.2.2"], check=True)

    def all_served(box):
        return all(box.addresses(f"s{n}") == ["192.0.2.2"] for n in range(1, 5))

    with Box("health:\n  doubt: {canaries: ['192.0.2.2:9']}\n") as box:
        for n in range(1, 5):
            box.register(id=f"s{n}", service=f"s{n}", address="192.0.2.2", port=8000 + n,
                         checks=[{**CHECK, "interval": "300ms", "timeout": "400ms"}])
        eventually(lambda: all_served(box), 15)
        watcher = Watcher(box)
        link("down")
        watcher.until("doubt", True)
        before = counter(box, "health", "in_doubt")
        eventually(lambda: counter(box, "health", "in_doubt") > before + 20, 20)
        assert all_served(box), box.log_text()
        link("up")
        watcher.until("doubt", False)
        runs = counter(box, "health", "runs")
        eventually(lambda: counter(box, "health", "runs") > runs + 20, 20)
        assert all_served(box), box.log_text()
        assert counter(box, "health", "doubts") == 1
        assert not any(event["event"] == "health" for event in watcher.events), watcher.events
        watcher.close()
    print("nothing left")


class Doubt(unittest.TestCase):
    def test_with_the_network_dropped_nothing_leaves_and_nothing_wrong_afterwards(self):
        need("ip", "nsenter")
        env = {**os.environ, "PYTHON": sys.executable, "SELF": str(pathlib.Path(__file__).resolve())}
        done = in_namespace(CUT_OFF, timeout=90, env=env)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "nothing left"), done.stderr + done.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        inside()
    else:
        unittest.main()
