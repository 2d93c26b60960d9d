"""Drain, override and quorum, with a real daemon and a real DNS client."""
import os
import signal
import sys
import time
import unittest

from box import CLI, Box, HttpServer, SLOW, eventually

TTL = 1
ZONE = f"    ttl: {TTL}s\n"
WEB = {"service": "web", "address": "10.0.0.1", "port": 80, "id": "web-1"}


def standing(box, id_="web-1"):
    for shown in box.ask("get", service="web", healthy=False)["instances"]:
        if shown["id"] == id_:
            return shown.get("standing")
    return None


class Drain(unittest.TestCase):
    def test_the_reply_says_that_it_is_in_no_answer_any_more(self):
        with Box(zone_extra="    ttl: 1h\n") as box:  # no drain is over by itself meanwhile
            box.register(**WEB, tags=["blue"])
            box.register(**{**WEB, "id": "web-2", "address": "10.0.0.2"})
            with box.connect() as connection:
                for _ in range(50):
                    self.assertTrue(connection.ask("drain", id="web-1")["ok"])
                    self.assertEqual(box.addresses("web"), ["10.0.0.2"])
                    self.assertEqual(box.addresses("blue.web"), [])
                    self.assertTrue(box.ask("undrain", id="web-1")["ok"])
                    self.assertEqual(box.addresses("web"), ["10.0.0.1", "10.0.0.2"])
                    self.assertEqual(connection.line()["event"], "undrain")

    def test_its_own_name_stays(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            box.ask("drain", id="web-1")
            self.assertEqual(box.addresses("web"), [])
            self.assertEqual(box.addresses("web-1.web"), ["10.0.0.1"])

    def test_safe_to_stop_comes_when_the_ttl_is_over_and_not_before(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            with box.connect() as connection:
                begin = time.monotonic()
                reply = connection.ask("drain", id="web-1", seq="d")
                self.assertEqual(reply["seq"], "d")
                self.assertEqual(box.addresses("web"), [])
                event = connection.line()
                took = time.monotonic() - begin
                self.assertEqual((event["event"], event["seq"], event["id"]),
                                 ("safe_to_stop", "d", "web-1"))
                self.assertGreaterEqual(took, TTL)
                self.assertLess(took, TTL + 1 + 5 * SLOW)

    def test_for_bounds_the_wait(self):
        with Box(zone_extra="    ttl: 1h\n") as box:
            box.register(**WEB)
            with box.connect() as connection:
                self.assertEqual(connection.ask("drain", id="web-1", **{"for": "50ms"})["safe_in"], "50ms")
                self.assertEqual(connection.line()["event"], "safe_to_stop")
            self.assertRegex(standing(box)["drain"]["safe_in"], "^(1h|59m)")

    def test_the_ttl_of_the_instance_counts(self):
        with Box(zone_extra="    ttl: 1h\n") as box:
            box.register(**WEB, ttl="0s")
            with box.connect() as connection:
                self.assertEqual(connection.ask("drain", id="web-1")["safe_in"], "0s")
                self.assertEqual(connection.line()["event"], "safe_to_stop")

    def test_pipelined_drains_are_answered_before_their_events(self):
        with Box(zone_extra="    ttl: 0s\n") as box:
            with box.connect() as connection:
                for i in range(20):
                    connection.send({"op": "register", **WEB, "id": f"web-{i}", "port": i + 1},
                                    {"op": "drain", "id": f"web-{i}", "seq": i})
                answered, safe = set(), set()
                while len(safe) < 20:
                    line = connection.line()
                    if line.get("event") == "safe_to_stop":
                        self.assertIn(line["seq"], answered)
                        safe.add(line["seq"])
                    elif "seq" in line:
                        self.assertTrue(line["ok"])
                        answered.add(line["seq"])

    def test_a_panic_does_not_bring_back_what_was_taken_out(self):
        with Box(zone_extra=ZONE + "    no_healthy: all\n    min_healthy: 0.9\n") as box:
            box.register(**WEB)
            box.register(**{**WEB, "id": "web-2", "address": "10.0.0.2"}, status="critical")
            self.assertEqual(box.addresses("web"), ["10.0.0.1", "10.0.0.2"])
            box.ask("drain", id="web-1")
            self.assertEqual(box.addresses("web"), ["10.0.0.2"])
            box.ask("override", id="web-2", state="down")
            self.assertEqual(box.addresses("web"), [])

    def test_a_killed_daemon_still_drains(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            self.assertTrue(box.ask("drain", id="web-1")["ok"])
            box.kill()
            box.start()
            self.assertEqual(box.addresses("web"), [])
            self.assertEqual(standing(box)["is"], "draining")
            box.ask("undrain", id="web-1")
            box.kill()
            box.start()
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_watchers_hear_of_each_step(self):
        with Box(zone_extra="    ttl: 0s\n") as box:
            box.register(**WEB)
            with box.connect() as watcher:
                watcher.ask("watch", service="web")
                box.ask("drain", id="web-1")
                box.ask("undrain", id="web-1")
                box.ask("override", id="web-1", state="down", **{"for": "100ms"})
                heard = [watcher.line() for _ in range(4)]
            self.assertEqual([(e["event"], e["cause"], e["standing"], e["effective"]) for e in heard],
                             [("standing", "drain", "draining", "critical"),
                              ("standing", "undrain", "none", "passing"),
                              ("standing", "override", "overridden down", "critical"),
                              ("standing", "override expired", "none", "passing")])


class Override(unittest.TestCase):
    def test_up_serves_what_fails_and_none_gives_it_back_to_its_checks(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB, status="critical")
            self.assertEqual(box.addresses("web"), [])
            box.ask("override", id="web-1", state="up", reason="the check is wrong")
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            self.assertEqual(standing(box)["override"]["reason"], "the check is wrong")
            box.ask("override", id="web-1", state="none")
            self.assertEqual(box.addresses("web"), [])
            self.assertIsNone(standing(box))

    def test_it_ends_by_itself(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            begin = time.monotonic()
            box.ask("override", id="web-1", state="down", **{"for": "2s"})
            self.assertEqual(box.addresses("web"), [])
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 10)
            self.assertGreaterEqual(time.monotonic() - begin, 2)

    def test_it_ends_while_the_daemon_is_away_and_not_before(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            box.register(**{**WEB, "id": "web-2", "address": "10.0.0.2"})
            box.ask("override", id="web-1", state="down", **{"for": "300ms"})
            box.ask("override", id="web-2", state="down", **{"for": "1h"})
            box.kill()
            time.sleep(0.4)
            box.start()
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_a_wrong_word_is_refused(self):
        with Box() as box:
            box.register(**WEB)
            error = box.ask("override", id="web-1", state="away")["error"]
            self.assertEqual(error["field"], "state")
            self.assertEqual(box.ask("override", id="nobody", state="up")["error"]["code"], "not_found")
            self.assertEqual(box.ask("drain", id="nobody")["error"]["code"], "not_found")


class Words(unittest.TestCase):
    def test_show_says_it_in_words(self):
        with Box(zone_extra="    ttl: 1m\n") as box:
            box.register(**WEB)
            self.assertIn("is out of DNS", box.rollcall("drain", "web-1", "--no-wait").stdout)
            shown = box.rollcall("show", "web").stdout
            self.assertRegex(shown, r"web-1: draining since \S+, safe to stop in (1m|[1-5]\d(\.\d+)?s)")
            self.assertIn("drains no more", box.rollcall("undrain", "web-1").stdout)
            box.rollcall("override", "web-1", "down", "--for", "1h", "--reason", "new disk")
            self.assertRegex(box.rollcall("show", "web").stdout,
                             r"overridden down since \S+ by uid \d+, for (1h|59m\S*) more: new disk")
            self.assertIn("goes by its checks again", box.rollcall("override", "web-1", "none").stdout)

    def test_drain_waits_until_it_is_safe(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            box.register(**{**WEB, "id": "web-2", "address": "10.0.0.2"})
            begin = time.monotonic()
            said = box.rollcall("drain", "web-1", "web-2")
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertGreaterEqual(time.monotonic() - begin, TTL)
            self.assertIn("web-1 is safe to stop\nweb-2 is safe to stop\n", said.stdout)
            self.assertEqual(box.rollcall("drain", "web-3").returncode, 1)

    def test_maintenance_takes_a_whole_service_out_and_back(self):
        with Box(zone_extra=ZONE) as box:
            for i in range(3):
                box.register(**{**WEB, "id": f"web-{i}", "address": f"10.0.0.{i + 1}"})
            box.register(service="db", address="10.0.0.9")
            said = box.rollcall("maintenance", "on", "web", "--reason", "new release")
            self.assertEqual(said.stdout, "3 instances out of DNS for maintenance\n", said.stderr)
            self.assertEqual(box.addresses("web"), [])
            self.assertEqual(box.addresses("db"), ["10.0.0.9"])
            self.assertEqual(standing(box, "web-2")["override"]["reason"], "new release")
            self.assertRegex(box.rollcall("list").stdout, r"web +3 +0 +default +3 overridden down")
            self.assertIn("4 instances out", box.rollcall("maintenance", "on", "--all").stdout)
            self.assertEqual(box.addresses("db"), [])
            self.assertIn("4 instances back", box.rollcall("maintenance", "off", "--all").stdout)
            self.assertEqual(len(box.addresses("web")), 3)
            self.assertEqual(box.rollcall("maintenance", "on").returncode, 2)
            said = box.rollcall("maintenance", "on", "wbe")
            self.assertEqual((said.returncode, said.stdout), (1, ""))
            self.assertIn("no instance of wbe", said.stderr)
            said = box.rollcall("maintenance", "off", "web")
            self.assertEqual((said.returncode, said.stdout), (0, "0 instances back from maintenance\n"))

    def test_the_answer_without_instances_says_why(self):
        with Box(zone_extra=ZONE) as box:
            box.register(**WEB)
            box.ask("drain", id="web-1")
            self.assertIn("no healthy instance of 1: 1 draining", box.dig("web.service.local", "A"))


class Run(unittest.TestCase):
    """`rollcall run` takes its command out of DNS before it stops it."""

    def run_command(self, box, *options):
        told = box.folder / "told"
        ready = box.folder / "ready"
        script = ("import signal, sys, time\n"
                  f"signal.signal(signal.SIGTERM, lambda *_: (open({str(told)!r}, 'w').close(), sys.exit(7)))\n"
                  f"open({str(ready)!r}, 'w').close()\n"
                  "time.sleep(60)\n")
        child = box.spawn(str(CLI), "run",
                          "--service", "web", "--address", "10.0.0.1", "--port", "80", "--id", "web-1",
                          *options, "--", sys.executable, "-c", script,
                          env={**box.env, "ROLLCALL_SOCKET": str(box.path)})
        eventually(lambda: box.addresses("web") == ["10.0.0.1"])
        eventually(ready.exists, 15)  # the handler of the command is in place
        return child, told

    def test_the_command_hears_of_it_when_no_cache_has_it(self):
        with Box(zone_extra="    ttl: 3s\n") as box:
            child, told = self.run_command(box)
            begin = time.monotonic()
            child.send_signal(signal.SIGTERM)
            eventually(lambda: box.addresses("web") == [])
            self.assertFalse(told.exists())
            self.assertEqual(child.wait(30 * SLOW), 7)
            self.assertGreaterEqual(time.monotonic() - begin, 3)
            self.assertIsNone(box.addresses("web"))

    def test_the_wait_is_bounded(self):
        with Box(zone_extra="    ttl: 1h\n") as box:
            child, _ = self.run_command(box, "--drain", "100ms")
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(30 * SLOW), 7)

    def test_a_second_signal_reaches_it_at_once(self):
        with Box(zone_extra="    ttl: 1h\n") as box:
            child, told = self.run_command(box, "--drain", "1h")
            child.send_signal(signal.SIGTERM)
            eventually(lambda: box.addresses("web") == [])
            self.assertFalse(told.exists())
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(30 * SLOW), 7)

    def test_a_daemon_that_is_gone_holds_nobody_up(self):
        with Box(zone_extra="    ttl: 1h\n") as box:
            child, _ = self.run_command(box, "--drain", "1h")
            child.send_signal(signal.SIGTERM)
            eventually(lambda: box.addresses("web") == [])
            box.kill()
            self.assertEqual(child.wait(30 * SLOW), 7)


class Quorum(unittest.TestCase):
    FAST = {"kind": "http", "interval": "100ms", "failure_threshold": 1}

    def test_any_and_a_number_of_checks(self):
        with HttpServer() as one, HttpServer() as two, HttpServer(status=500) as bad, Box(zone_extra=ZONE) as box:
            checks = [{**self.FAST, "target": f"127.0.0.1:{s.port}"} for s in (one, two, bad)]
            box.register(**WEB, checks=checks, checks_require=2)
            eventually(lambda: box.addresses("web") == ["10.0.0.1"])
            two.status = 500
            eventually(lambda: box.addresses("web") == [])
            box.register(**WEB, checks=checks, checks_require="any")
            eventually(lambda: box.addresses("web") == ["10.0.0.1"])
            one.status = 500
            eventually(lambda: box.addresses("web") == [])

    def test_more_than_there_are_is_refused(self):
        with Box() as box:
            error = box.ask("register", **WEB, checks=[{"kind": "tcp"}], checks_require=2)["error"]
            self.assertEqual((error["code"], error["field"]), ("invalid_field", "checks_require"))


class States(unittest.TestCase):
    """Passing, warning and critical, end to end."""

    def test_warning_has_its_own_weight(self):
        with Box(zone_extra=ZONE + "    warning_weight: 0.5\n") as box:
            box.register(**WEB, weight=10)
            self.assertEqual(box.query("web", "SRV").data("answer", "SRV")[0].split()[1], "10")
            box.ask("renew", id="web-1", status="warning")
            eventually(lambda: box.query("web", "SRV").data("answer", "SRV")[0].split()[1] == "5")
            box.ask("renew", id="web-1", status="critical")
            eventually(lambda: box.query("web", "SRV").data("answer", "SRV") == [])

    def test_only_passing_leaves_out_what_warns(self):
        with Box(zone_extra=ZONE + "    only_passing: true\n") as box:
            box.register(**WEB)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            box.ask("renew", id="web-1", status="warning")
            eventually(lambda: box.addresses("web") == [])
            box.ask("override", id="web-1", state="up")
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])


if __name__ == "__main__":
    unittest.main()
