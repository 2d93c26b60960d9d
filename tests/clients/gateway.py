"""A gateway of ours in Go before two services of two back ends each (go/gateway, go/backend).

Requests go through the gateway all the time, from the first scene to the last; none may fail,
as at least one back end of each service is alive throughout.
"""
import json
import os
import signal
import socket
import threading
import time
import urllib.request

from box import SLOW, eventually, free_port
from building import go_build
from scenario import Scenario

AWAY = float(os.environ.get("ROLLCALL_CLIENTS_DROP", "5"))  # seconds without the daemon
SERVICES = ("users", "orders")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Load:
    """Asks the gateway for both services in turn, without a pause, and counts who answered."""

    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.counts = {}  # since somebody looked
        self.total = 0
        self.faults = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(service,), daemon=True) for service in SERVICES]
        for thread in self.threads:
            thread.start()

    def ask(self, service):
        while not self.stopped.is_set():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{service}", timeout=10) as answer:
                    who = answer.read().decode()
                with self.lock:
                    self.counts[who] = self.counts.get(who, 0) + 1
                    self.total += 1
            except OSError as error:
                with self.lock:
                    self.faults.append(f"{service}: {error}")
            time.sleep(0.002)

    def since(self):
        """Who answered since the last call."""
        with self.lock:
            counts, self.counts = self.counts, {}
        return counts

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(20)


class Gateway(Scenario):
    name = "a gateway in Go"
    scenes = ("all_register_and_are_found", "requests_are_spread_over_all_back_ends",
              "one_back_end_ends_in_order", "it_comes_back", "one_back_end_is_killed", "it_comes_back_after_the_kill",
              "the_daemon_goes_away", "a_back_end_is_killed_while_the_daemon_is_away",
              "the_daemon_is_back_and_finds_out", "everything_is_restarted_with_the_same_ids",
              "no_request_has_failed")

    def prepare(self):
        self.programs = go_build("go", "./...")

    def open(self, box):
        self.ports = {f"{service}-{number}": free_port() for service in SERVICES for number in (1, 2)}
        self.backends = {id_: self.backend(id_) for id_ in self.ports}
        self.port = free_port()
        self.gateway = self.start(self.programs / "gateway", "-port", self.port, stderr=-3)
        self.load = None

    def close(self):
        if self.load:
            self.load.stop()

    def backend(self, id_):
        return self.start(self.programs / "backend", "-name", id_.split("-", maxsplit=1)[0], "-id", id_,
                          "-port", self.ports[id_], stderr=-3)

    def known(self):
        """Ids that the gateway knows of."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/known", timeout=5) as answer:
                lists = json.load(answer)
        except OSError:
            return set()
        addresses = [address for addresses in lists.values() for address in addresses]
        return {id_ for id_, port in self.ports.items() if f"127.0.0.1:{port}" in addresses}

    def knows(self, *without):
        expected = set(self.ports) - set(without)
        eventually(lambda: self.known() == expected, 40)

    def answer(self, *without, within=10.0):
        """All but these answer, and no request has failed so far."""
        expected = set(self.ports) - set(without)
        time.sleep(0.2 * SLOW)  # what was under way is answered and counted
        self.load.since()
        seen = set()

        def all_answered():
            seen.update(self.load.since())
            return seen >= expected or self.load.faults

        eventually(all_answered, within, 0.05)
        assert not self.load.faults, self.load.faults[:3]
        assert not seen & set(without), (seen, without)

    def all_register_and_are_found(self):
        self.knows()
        eventually(lambda: self.passing("gateway") == ["gateway-1"], 20)
        assert set(self.ask("GET", "catalog/services")) == {"consul", "gateway", *SERVICES}
        types = {check["CheckID"]: check["Type"] for check in self.ask("GET", "agent/checks").values()}
        assert types == {"service:gateway-1": "http", **{f"service:{id_}": "tcp" for id_ in self.ports}}, types

    def requests_are_spread_over_all_back_ends(self):
        self.load = Load(self.port)
        self.answer()

    def one_back_end_ends_in_order(self):
        self.backends["users-1"].send_signal(signal.SIGTERM)
        assert self.backends["users-1"].wait(10) == 0
        self.knows("users-1")
        self.answer("users-1")

    def it_comes_back(self):
        self.backends["users-1"] = self.backend("users-1")
        self.knows()
        self.answer()

    def one_back_end_is_killed(self):
        self.backends["orders-2"].kill()
        self.backends["orders-2"].wait()
        self.knows("orders-2")  # at its next check, within 10 s
        self.answer("orders-2")

    def it_comes_back_after_the_kill(self):
        self.backends["orders-2"] = self.backend("orders-2")
        self.knows()
        self.answer()

    def the_daemon_goes_away(self):
        self.box.kill()
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            self.answer()

    def a_back_end_is_killed_while_the_daemon_is_away(self):
        self.backends["users-2"].kill()
        self.backends["users-2"].wait()
        self.answer("users-2")
        assert "users-2" in self.known()

    def the_daemon_is_back_and_finds_out(self):
        self.box.start()
        self.knows("users-2")
        self.answer("users-2")
        self.backends["users-2"] = self.backend("users-2")
        self.knows()

    def everything_is_restarted_with_the_same_ids(self):
        for service in SERVICES:
            for number in (1, 2):
                id_ = f"{service}-{number}"
                self.backends[id_].kill()
                self.backends[id_].wait()
                self.backends[id_] = self.backend(id_)
                eventually(lambda port=self.ports[id_]: listens(port))
        self.knows()
        self.answer()

    def no_request_has_failed(self):
        self.load.stop()
        assert not self.load.faults, f"{len(self.load.faults)}: {self.load.faults[:3]}"
        assert self.load.total > 1000, self.load.total
