"""Kill -9 at a random moment under a stream of registrations, many times over.

Nothing acknowledged is lost, nothing half-written is served, the serial never goes back.
"""
import os
import random
import threading
import time
import unittest

from box import Box, Socket, eventually

ROUNDS = int(os.environ.get("ROLLCALL_CRASH_ROUNDS", "100"))


class Writer(threading.Thread):
    """Registers and deregisters as fast as it can and notes what was acknowledged."""

    def __init__(self, box, number):
        super().__init__(daemon=True)
        self.box, self.number = box, number
        self.acknowledged = {}  # id -> address, None for deregistered
        self.in_doubt = {}      # id -> set of addresses that may or may not have been taken
        self.random = random.Random(number)

    def run(self):
        serial = 0
        try:
            with Socket(self.box.path, timeout=5) as connection:
                while True:
                    batch = []
                    for _ in range(8):
                        serial += 1
                        id_ = f"w{self.number}-{self.random.randrange(40)}"
                        if any(id_ == other for other, _ in batch):
                            continue
                        gone = id_ in self.acknowledged and self.acknowledged[id_] and serial % 5 == 0
                        address = None if gone else f"10.{self.number}.{serial // 250 % 250}.{serial % 250}"
                        batch.append((id_, address))
                    for id_, address in batch:
                        self.in_doubt.setdefault(id_, set()).add(address)
                    connection.send(*({"op": "register", "service": f"svc{id_}", "id": id_, "address": address}
                                      if address else {"op": "deregister", "id": id_} for id_, address in batch))
                    for id_, address in batch:
                        reply = connection.line()
                        if reply["ok"]:
                            self.acknowledged[id_] = address
                            self.in_doubt[id_].clear()
                        elif reply["error"]["code"] == "not_found":
                            self.in_doubt[id_].clear()
        except (OSError, EOFError, ValueError):
            pass


class Speaker(threading.Thread):
    """Drains, undrains and overrides as fast as it can; notes what was acknowledged."""

    STEPS = {"drain": ("drain", {}), "undrain": ("undrain", {}), "up": ("override", {"state": "up"}),
             "down": ("override", {"state": "down"}), "none": ("override", {"state": "none"})}

    def __init__(self, box, known, seed):
        super().__init__(daemon=True)
        self.box, self.random = box, random.Random(seed)
        self.known = known  # id -> (is it drained, its override); sets of what may be
        self.acknowledged = 0

    @staticmethod
    def after(state, step):
        drained, override = state
        if step in ("drain", "undrain"):
            return {step == "drain"}, override
        return drained, {None if step == "none" else step}

    def run(self):
        try:
            with Socket(self.box.path, timeout=5) as connection:
                while True:
                    batch = [(self.random.choice(sorted(self.known)), self.random.choice(sorted(self.STEPS)))
                             for _ in range(8)]
                    for id_, step in batch:  # until it is acknowledged, both may be
                        now, then = self.known[id_], self.after(self.known[id_], step)
                        self.known[id_] = (now[0] | then[0], now[1] | then[1])
                    connection.send(*({"op": self.STEPS[step][0], "id": id_, **self.STEPS[step][1]}
                                      for id_, step in batch))
                    replies = 0
                    while replies < len(batch):
                        line = connection.line()
                        if "ok" not in line:
                            continue  # safe_to_stop and undrain
                        assert line["ok"], line
                        replies += 1
                        self.acknowledged += 1
                    for id_, step in batch:
                        self.known[id_] = self.after(self.known[id_], step)
        except (OSError, EOFError, ValueError):
            pass


class Crash(unittest.TestCase):
    def test_what_was_said_about_an_instance_outlives_a_kill(self):
        chance, checked = random.Random(4), 0
        known = {f"web-{i}": ({False}, {None}) for i in range(12)}
        with Box() as box:
            for i, id_ in enumerate(known):
                box.register(service="web", id=id_, address=f"10.0.0.{i + 1}")
            for round_ in range(max(1, ROUNDS // 5)):
                speaker = Speaker(box, known, round_)
                speaker.start()
                time.sleep(chance.uniform(0.02, 0.15))
                eventually(lambda: speaker.acknowledged > 5, 30, 0.001)  # on a slow disk that was no time
                box.kill()
                speaker.join(10)
                checked += speaker.acknowledged
                box.start()
                served, shown = box.addresses("web"), box.ask("get", service="web", healthy=False)["instances"]
                self.assertEqual(len(shown), len(known))
                for instance in shown:
                    standing = instance.get("standing", {})
                    drained, override = "drain" in standing, standing.get("override", {}).get("state")
                    allowed = known[instance["id"]]
                    self.assertIn(drained, allowed[0], f"{instance['id']} in round {round_}")
                    self.assertIn(override, allowed[1], f"{instance['id']} in round {round_}")
                    self.assertEqual(instance["address"] in served, not drained and override != "down")
                    known[instance["id"]] = ({drained}, {override})
        self.assertGreater(checked, ROUNDS)
        print(f"\n{checked} acknowledged words checked")

    def test_nothing_acknowledged_is_lost_in_a_hundred_kills(self):
        chance = random.Random(20261121)
        serial, checked = 0, 0
        with Box(start=False) as box:
            for round_ in range(ROUNDS):
                box.start()
                now = int(box.query("", "SOA").data("answer")[0].split()[2])
                self.assertGreaterEqual(now, serial, f"the serial went back in round {round_}")
                writers = [Writer(box, number) for number in range(2)]
                known = {i["id"]: i["address"] for s in box.ask("list")["services"]
                         for i in box.ask("get", service=s["name"], healthy=False)["instances"]} if round_ % 10 == 0 else {}
                for writer in writers:
                    writer.acknowledged.update({k: v for k, v in known.items() if k.startswith(f"w{writer.number}-")})
                    writer.start()
                time.sleep(chance.uniform(0.005, 0.12))
                if checked <= 2 * round_:  # on a slow disk that was no time
                    eventually(lambda: any(writer.acknowledged for writer in writers), 30, 0.001)
                serial = int(box.query("", "SOA").data("answer")[0].split()[2])
                box.kill()
                for writer in writers:
                    writer.join(10)
                box.start()
                with box.connect() as connection:
                    for writer in writers:
                        for id_, address in writer.acknowledged.items():
                            self.check(box, connection, id_, {address} | writer.in_doubt.get(id_, set()), round_)
                            checked += 1
                serial = max(serial, int(box.query("", "SOA").data("answer")[0].split()[2]))
                box.stop()
        self.assertGreater(checked, ROUNDS)
        print(f"\n{ROUNDS} kills, {checked} acknowledged states checked")

    def check(self, box, connection, id_, allowed, round_):
        rows = connection.ask("get", service=f"svc{id_}", healthy=False)["instances"]
        stored = rows[0]["address"] if rows else None
        self.assertIn(stored, allowed, f"{id_} in round {round_}")
        served = box.addresses(f"svc{id_}")
        self.assertEqual(served, [stored] if stored else None, f"{id_} in round {round_}: DNS and registry differ")


if __name__ == "__main__":
    unittest.main()
