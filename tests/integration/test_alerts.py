"""Alerts: real receivers that fail, hang, speak TLS; a real Alertmanager; restarts; silences."""
import http.server
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from box import SLOW, Box, eventually, free_port, need
from certificates import Authority


class Receiver:
    """An HTTP server that keeps what it is told; `plan` is what the next requests get."""

    def __init__(self, plan=(), hang=False, tls=None, port=0):
        outer = self
        self.plan, self.hang, self.seen, self.release = list(plan), hang, [], threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, fields = outer.plan.pop(0) if outer.plan else (200, {})
                outer.seen.append((status, dict(self.headers), json.loads(body), time.monotonic()))
                if outer.hang:
                    outer.release.wait(60)
                try:
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass
        self.server = Server(("127.0.0.1", port), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.cert, tls.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def accepted(self):
        return [body for status, _, body, _ in self.seen if status == 200]

    def alerts(self):
        return [alert for body in self.accepted() for alert in body["alerts"]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def config(port, receiver="", rule="", top="group_wait: 200ms", scheme="http"):
    return f"""alerts:
  {top}
  receivers:
    - {{name: ops, url: "{scheme}://127.0.0.1:{port}/hook/SECRET"{receiver}}}
  rules:
    - {{name: down, receivers: [ops]{rule}}}
"""


def counters(box):
    return box.ask("stats")["counters"]["alert"]


def register(box, id_="web-1", service="web", **more):
    box.register(service=service, id=id_, address="10.0.0.1", port=80, checks=[{"kind": "ttl", "interval": "1h"}],
                 **more)
    assert box.ask("renew", id=id_, status="passing")["ok"]


def fail(box, id_="web-1", output="no answer"):
    assert box.ask("renew", id=id_, status="critical", output=output)["ok"]


def heal(box, id_="web-1"):
    assert box.ask("renew", id=id_, status="passing")["ok"]


class Alerts(unittest.TestCase):
    def test_a_receiver_that_fails_twice_hears_of_it_once_and_of_its_end(self):
        with Receiver(plan=[(500, {}), (503, {"Retry-After": "1"})]) as ops, Box(extra=config(ops.port)) as box:
            register(box, tags=["blue"])
            fail(box)
            eventually(lambda: len(ops.alerts()) == 1, 20)
            alert = ops.alerts()[0]
            self.assertEqual((alert["status"], alert["rule"], alert["id"], alert["output"], alert["tags"]),
                             ("firing", "down", "web-1", "no answer", ["blue"]))
            self.assertEqual([status for status, *_ in ops.seen], [500, 503, 200])
            self.assertGreaterEqual(ops.seen[2][3] - ops.seen[1][3], 1)
            heal(box)
            eventually(lambda: len(ops.alerts()) == 2, 20)
            self.assertEqual(ops.alerts()[1]["status"], "resolved")
            self.assertEqual(counters(box)["retries"], 2)
            self.assertIn("receiver ops answered 500", box.log_text())
            self.assertNotIn("SECRET", box.log_text())

    def test_what_is_refused_is_not_tried_again(self):
        with Receiver(plan=[(404, {})]) as ops, Box(extra=config(ops.port)) as box:
            register(box)
            fail(box)
            eventually(lambda: counters(box)["queued"] == 0 and ops.seen, 20)
            eventually(lambda: "answered 404" in box.log_text(), 5)
            time.sleep(1.5)
            self.assertEqual(len(ops.seen), 1)

    def test_a_thousand_failures_are_one_message_and_the_same_thousand_are_not_told_again(self):
        with Receiver() as ops, Box(extra=config(ops.port, top=f"group_wait: {int(5 * SLOW)}s")) as box:
            with box.connect() as wire:
                ids = [f"web-{i}" for i in range(1000)]
                for id_ in ids:
                    wire.send({"op": "register", "service": "web", "id": id_, "address": "10.0.0.1", "port": 80,
                               "checks": [{"kind": "ttl", "interval": "1h"}]},
                              {"op": "renew", "id": id_, "status": "passing"})
                for _ in range(2000):
                    self.assertTrue(wire.line()["ok"])
                for _ in range(3):
                    for id_ in ids:
                        wire.send({"op": "renew", "id": id_, "status": "critical"})
                    for _ in ids:
                        self.assertTrue(wire.line()["ok"])
            eventually(lambda: len(ops.alerts()) == 1000, 30)
            self.assertEqual(len(ops.seen), 1)
            self.assertEqual(len({alert["id"] for alert in ops.alerts()}), 1000)
            self.assertEqual(len(box.ask("alerts")["alerts"]), 1000)
            time.sleep(1)
            self.assertEqual(len(ops.seen), 1)

    def test_a_receiver_that_hangs_holds_up_neither_dns_nor_registrations_nor_another(self):
        with Receiver(hang=True) as stuck, Receiver() as ops:
            with Box(extra=f"""alerts:
  group_wait: 0s
  receivers:
    - {{name: stuck, url: "http://127.0.0.1:{stuck.port}/", timeout: 30s}}
    - {{name: ops, url: "http://127.0.0.1:{ops.port}/"}}
  rules:
    - {{name: down, receivers: [stuck, ops]}}
""") as box:
                register(box)
                fail(box)
                eventually(lambda: stuck.seen and ops.alerts(), 20)
                for i in range(20):
                    register(box, f"other-{i}", "other")
                self.assertEqual(len(box.addresses("other")), 1)
                fail(box, "other-3")
                eventually(lambda: any(alert["id"] == "other-3" for alert in ops.alerts()), 20)
                self.assertEqual(len(stuck.seen), 1)

    def test_only_what_lasts_for_long_enough_is_told(self):
        with Receiver() as ops, Box(extra=config(ops.port, rule=", for: 5s")) as box:
            register(box)
            register(box, "web-2")
            fail(box)
            fail(box, "web-2")
            self.assertEqual({alert["is"] for alert in box.ask("alerts")["alerts"]}, {"pending"})
            heal(box)
            eventually(lambda: ops.alerts(), 20)
            self.assertEqual([alert["id"] for alert in ops.alerts()], ["web-2"])

    def test_a_first_verdict_of_critical_is_told_though_nothing_moved(self):
        with Receiver() as ops, Box(extra=config(ops.port)) as box:
            box.register(service="web", id="web-1", address="127.0.0.1", port=free_port(),
                         checks=[{"kind": "tcp", "interval": "100ms", "failure_threshold": 2}])
            eventually(lambda: ops.alerts(), 20)
            self.assertEqual(ops.alerts()[0]["state"], "critical")

    def test_who_takes_an_instance_out_by_hand_gets_no_alert_about_it(self):
        with Receiver() as ops, Box(extra=config(ops.port)) as box:
            register(box)
            register(box, "web-2")
            self.assertTrue(box.ask("override", id="web-1", state="down")["ok"])
            fail(box)
            fail(box, "web-2")
            eventually(lambda: ops.alerts(), 20)
            self.assertEqual([alert["id"] for alert in ops.alerts()], ["web-2"])
            self.assertTrue(box.ask("override", id="web-1", state="none")["ok"])
            eventually(lambda: len(ops.alerts()) == 2, 20)


class Judged(unittest.TestCase):
    def test_instances_that_the_brake_holds_are_told_and_so_is_the_brake(self):
        with Receiver() as ops, Box(extra=config(ops.port, rule=", states: [critical, brake]")) as box:
            for i in range(20):
                register(box, f"web-{i}")
            for i in range(20):
                fail(box, f"web-{i}")
            eventually(lambda: len(ops.alerts()) == 21, 20)
            told = [(alert["state"], alert["service"], alert["id"]) for alert in ops.alerts()]
            self.assertIn(("brake", "web", ""), told)
            self.assertEqual(sum(state == "critical" for state, *_ in told), 20)


    def test_a_service_in_panic_and_an_instance_that_comes_and_goes(self):
        with Receiver() as ops, Box(zone_extra="    min_healthy: 0.6\n",
                                    extra=config(ops.port, rule=", states: [panic, damped]")) as box:
            def told():
                return [(alert["state"], alert["status"], alert["id"]) for alert in ops.alerts()]
            for i in range(4):  # passing from the first moment on: one alone that is not would be a panic, too
                register(box, f"web-{i}", status="passing")
            for i in range(2):
                fail(box, f"web-{i}")
            eventually(lambda: told() == [("panic", "firing", "")], 20)
            heal(box, "web-0")
            heal(box, "web-1")
            eventually(lambda: told()[1:] == [("panic", "resolved", "")], 20)
            for _ in range(12):
                fail(box, "web-3")
                heal(box, "web-3")
            eventually(lambda: ("damped", "firing", "web-3") in told(), 20)


class Tls(unittest.TestCase):
    def setUp(self):
        need("openssl")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_the_authority_of_the_configuration_and_a_token_that_changes(self):
        own = Authority(self.folder, "own")
        token = self.folder / "token"
        token.write_text("first\n")
        with Receiver(tls=own.issue("server", "IP:127.0.0.1")) as ops:
            options = f', ca_file: {own.cert}, token_file: {token}'
            with Box(extra=config(ops.port, options, scheme="https")) as box:
                register(box)
                fail(box)
                eventually(lambda: ops.alerts(), 20)
                self.assertEqual(ops.seen[0][1]["Authorization"], "Bearer first")
                token.write_text("second\n")
                heal(box)
                eventually(lambda: len(ops.alerts()) == 2, 20)
                self.assertEqual(ops.seen[1][1]["Authorization"], "Bearer second")
                self.assertNotIn("second", box.log_text())

    def test_another_authority_is_not_trusted_and_the_outcome_is_in_words(self):
        own, other = Authority(self.folder, "own"), Authority(self.folder, "other")
        with Receiver(tls=own.issue("server", "IP:127.0.0.1")) as ops:
            with Box(extra=config(ops.port, f", ca_file: {other.cert}", scheme="https")) as box:
                done = box.rollcall("alert", "test", "ops")
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("authority that is not trusted", done.stdout)
                self.assertIn("NOT delivered", done.stdout)
                self.assertEqual(ops.seen, [])


class Restart(unittest.TestCase):
    def wait_for_queue(self, box):
        eventually(lambda: counters(box)["queued"] == 1 and counters(box)["retries"] >= 1, 20)

    def test_what_waits_is_delivered_after_a_restart_once(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(how=how):
                port = free_port()
                with Box(extra=config(port)) as box:
                    register(box)
                    fail(box)
                    self.wait_for_queue(box)
                    eventually(lambda: counters(box)["messages"] == 1, 5)
                    time.sleep(1.5)  # the alarm is recorded a second after its message
                    box.stop(how)
                    with Receiver(port=port) as ops:
                        box.start()
                        eventually(lambda: ops.alerts(), 20)
                        time.sleep(1)
                        self.assertEqual([(a["id"], a["status"]) for a in ops.alerts()], [("web-1", "firing")])
                        heal(box)
                        eventually(lambda: len(ops.alerts()) == 2, 20)
                        self.assertEqual(ops.alerts()[1]["status"], "resolved")

    def test_a_group_that_is_open_when_the_daemon_stops_is_not_lost(self):
        with Receiver() as ops, Box(extra=config(ops.port, top="group_wait: 1m")) as box:
            register(box)
            fail(box)
            eventually(lambda: box.ask("alerts")["alerts"], 5)
            box.restart()
            eventually(lambda: ops.alerts(), 20)
            self.assertEqual([alert["id"] for alert in ops.alerts()], ["web-1"])

    def test_what_ended_while_nobody_watched_is_told_after_the_start(self):
        with Receiver() as ops, Box(extra=config(ops.port)) as box:
            program = box.spawn("sleep", "600")
            register(box, lease={"pid": program.pid})
            fail(box)
            eventually(lambda: ops.alerts(), 20)
            box.stop()
            program.kill()
            program.wait()
            self.assertEqual(len(ops.alerts()), 1)
            box.start()
            eventually(lambda: len(ops.alerts()) == 2, 20)
            self.assertEqual(ops.alerts()[1]["status"], "resolved")

    def test_an_older_message_whose_receiver_is_gone_is_dropped_and_said(self):
        with Box(extra=config(free_port())) as box:
            register(box)
            fail(box)
            self.wait_for_queue(box)
            box.stop()
            box.config.write_text(box.config.read_text().replace("ops", "other"))
            box.start()
            self.assertIn("its receiver is not in the configuration", box.log_text())


class Silences(unittest.TestCase):
    def test_maintenance_from_the_command_line(self):
        with Receiver() as ops, Box(extra=config(ops.port)) as box:
            register(box)
            done = box.rollcall("silence", "add", "--service", "web", "--for", "1h", "--reason", "new disks")
            self.assertEqual((done.returncode, done.stdout.split()[1]), (0, "1"), done)
            fail(box)
            eventually(lambda: counters(box)["silenced"] == 1, 5)
            self.assertIn("silenced", box.rollcall("alert", "list").stdout)
            box.restart()
            listed = box.rollcall("silence", "list").stdout
            self.assertIn("new disks", listed)
            eventually(lambda: counters(box)["silenced"] == 1, 5)
            self.assertEqual(ops.seen, [])
            self.assertEqual(box.rollcall("silence", "remove", "1").returncode, 0)
            eventually(lambda: ops.alerts(), 20)  # still so: told now
            self.assertIn("0 silences", box.rollcall("silence", "list").stdout)
            self.assertEqual(box.rollcall("silence", "remove", "1").returncode, 1)

    def test_a_silence_ends_by_itself_and_what_is_still_so_is_told(self):
        with Receiver() as ops, Box(extra=config(ops.port)) as box:
            register(box)
            began = time.monotonic()
            self.assertTrue(box.ask("silence", id="web-1", **{"for": "3s"})["ok"])
            fail(box)
            eventually(lambda: ops.alerts(), 20)
            self.assertGreaterEqual(ops.seen[0][3] - began, 3)
            self.assertEqual(box.ask("silences")["silences"], [])

    def test_a_silence_that_could_not_be_meant_is_refused(self):
        with Box() as box:
            for fields, field in (({"for": "1h"}, "service"), ({"service": "web"}, "for"),
                                  ({"service": "web", "until": 1}, "until")):
                error = box.ask("silence", **fields)["error"]
                self.assertEqual(error["field"], field, error)

    @unittest.skipIf(os.geteuid() != 0, "needs another user")
    def test_nobody_fills_the_list_of_silences_alone(self):
        script = ("import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);f=s.makefile('rw');\n"
                  "for line in sys.argv[2:]: f.write(line+'\\n');f.flush();print(f.readline(),end='')")
        silence = json.dumps({"op": "silence", "id": "mine", "for": "1h"})
        register = json.dumps({"op": "register", "service": "web", "id": "mine", "address": "10.0.0.1", "port": 1})
        with Box() as box:
            box.folder.chmod(0o755)
            out = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", "python3", "-c", script,
                                  str(box.path), register] + [silence] * 65, capture_output=True, text=True)
            replies = [json.loads(line) for line in out.stdout.splitlines()]
            self.assertEqual([reply["ok"] for reply in replies], [True] * 65 + [False], out)
            error = replies[-1]["error"]
            self.assertEqual(error["code"], "limit")
            self.assertIn("uid 65534 has 64 silences already", error["message"])
            self.assertTrue(box.ask("silence", service="*", **{"for": "1h"})["ok"])

    @unittest.skipIf(os.geteuid() != 0, "needs another user")
    def test_who_is_not_privileged_silences_own_instances_only(self):
        def as_nobody(box, **request):
            script = ("import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);"
                      "s.sendall(sys.argv[2].encode()+b'\\n');print(s.makefile().readline())")
            out = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", "python3", "-c", script,
                                  str(box.path), json.dumps(request)], capture_output=True, text=True)
            return json.loads(out.stdout)
        with Box() as box:
            box.folder.chmod(0o755)
            reply = as_nobody(box, op="register", service="web", id="mine", address="10.0.0.1", port=1)
            self.assertTrue(reply["ok"], reply)
            box.register(service="web", id="theirs", address="10.0.0.2", port=1)
            self.assertTrue(as_nobody(box, op="silence", id="mine", **{"for": "1h"})["ok"])
            number = box.ask("silence", service="*", **{"for": "1h"})["silence"]
            for request, field in (({"op": "silence", "id": "theirs", "for": "1h"}, "id"),
                                   ({"op": "silence", "service": "*", "for": "1h"}, "service"),
                                   ({"op": "unsilence", "silence": number}, "silence"),
                                   ({"op": "alert_test", "receiver": "ops"}, None)):
                error = as_nobody(box, **request)["error"]
                self.assertEqual((error["code"], error.get("field")), ("unauthorized", field), error)


class Commands(unittest.TestCase):
    def test_a_test_message_says_so_and_its_outcome_is_printed(self):
        with Receiver(plan=[(200, {}), (403, {})]) as ops, Box(extra=config(ops.port)) as box:
            done = box.rollcall("alert", "test", "ops")
            self.assertEqual((done.returncode, done.stdout),
                             (0, "receiver ops answered 200 OK: the test was delivered\n"), done)
            self.assertTrue(ops.seen[0][2]["test"])
            done = box.rollcall("alert", "test", "ops")
            self.assertEqual((done.returncode, done.stdout),
                             (1, "receiver ops answered 403 Forbidden: the test was NOT delivered\n"), done)
            done = box.rollcall("alert", "test", "nobody")
            self.assertEqual(done.returncode, 1)
            self.assertIn('no "nobody" in alerts.receivers; there is: ops', done.stderr)

    def test_a_command_gets_the_alerts_on_its_standard_input(self):
        # Nobody else may be able to write to a path that root runs.
        home = pathlib.Path.home() if os.geteuid() == 0 else None
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-test-", dir=home))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        script, out = folder / "page", folder / "out"
        script.write_text(f"#!/bin/sh\necho \"$ROLLCALL_RECEIVER\" >{out}.new\ncat >>{out}.new\nmv {out}.new {out}\n")
        script.chmod(0o755)
        with Box(extra=f"""alerts:
  group_wait: 0s
  receivers:
    - {{name: page, kind: exec, command: [{script}]}}
  rules:
    - {{name: down, receivers: [page]}}
""") as box:
            register(box)
            fail(box)
            eventually(out.exists, 20)
            name, body = out.read_text().split("\n", 1)
            self.assertEqual(name, "page")
            self.assertEqual(json.loads(body)["alerts"][0]["id"], "web-1")


class Alertmanager(unittest.TestCase):
    """The real one takes what we send, and shows it as firing and as resolved."""

    def setUp(self):
        need("prometheus-alertmanager")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        (self.folder / "config.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={self.folder}/config.yml", f"--storage.path={self.folder}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
            stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("w"))
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        eventually(lambda: self.alerts() is not None, 30)

    def alerts(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v2/alerts", timeout=5) as reply:
                return json.load(reply)
        except OSError:
            return None

    def test_it_shows_what_fires_until_it_ends(self):
        with Box(extra=f"""alerts:
  group_wait: 200ms
  receivers:
    - {{name: am, url: "http://127.0.0.1:{self.port}/api/v2/alerts", template: alertmanager}}
  rules:
    - {{name: WebDown, service: "we*", receivers: [am]}}
""") as box:
            self.assertEqual(box.rollcall("alert", "test", "am").returncode, 0)
            register(box)
            register(box, "web-2")
            fail(box)
            fail(box, "web-2", "tells \"lies\"\n\x01")

            def firing():
                return sorted(a["labels"]["instance"] for a in self.alerts() or []
                              if a["labels"]["alertname"] == "WebDown" and a["status"]["state"] == "active")
            eventually(lambda: firing() == ["web-1", "web-2"], 20)
            shown = next(a for a in self.alerts() if a["labels"].get("instance") == "web-1")
            self.assertEqual(shown["labels"], {"alertname": "WebDown", "state": "critical", "namespace": "default",
                                               "service": "web", "instance": "web-1", "node": "n1"})
            self.assertEqual(shown["annotations"]["output"], "no answer")
            heal(box)
            eventually(lambda: firing() == ["web-2"], 20)


if __name__ == "__main__":
    unittest.main()
