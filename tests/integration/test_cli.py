"""The command line as people and scripts use it."""
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from box import BIN, CLI, SLOW, Box, DefaultPorts, eventually, free_port


class Commands(unittest.TestCase):
    def test_register_list_show_deregister(self):
        with Box() as box:
            done = box.rollcall("register", "--service", "web", "--address", "10.0.0.1", "--port", "8080", "--id", "web-1",
                                "--tag", "v1")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("web-1", done.stdout)
            self.assertEqual(box.addresses("v1.web"), ["10.0.0.1"])
            listed = box.rollcall("list")
            self.assertRegex(listed.stdout, r"web\s+1\s+1")
            shown = box.rollcall("show", "web")
            self.assertIn("10.0.0.1", shown.stdout)
            as_json = json.loads(box.rollcall("show", "web", "--json").stdout)
            self.assertIn("web-1", json.dumps(as_json))
            self.assertEqual(box.rollcall("deregister", "web-1").returncode, 0)
            self.assertIsNone(box.addresses("web"))

    def test_every_field_that_dns_uses_has_an_option(self):
        with Box() as box:
            done = box.rollcall("register", "--service", "web", "--id", "web-1", "--address", "10.0.0.1", "--address", "fd00::1",
                                "--port", "80", "--named-port", "http=8080", "--named-port", "sip=5060/udp",
                                "--namespace", "default", "--datacenter", "dc2", "--zone", "rack-1", "--weight", "7",
                                "--priority", "3", "--ttl", "9s", "--tag", "v1", "--meta", "path=/", "--version", "1.2",
                                "--status", "warning")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            shown, = json.loads(box.rollcall("show", "web", "--json").stdout)["instances"]
            for field, value in {"datacenter": "dc2", "zone": "rack-1", "weight": 7, "priority": 3, "ttl": "9s",
                                 "tags": ["v1"], "meta": {"path": "/"}, "version": "1.2", "health": "warning",
                                 "addresses": ["10.0.0.1", "fd00::1"]}.items():
                self.assertEqual(shown[field], value, shown)
            self.assertEqual(box.query("web-1.web.dc2.dc").data("answer", "A"), ["10.0.0.1"])
            self.assertEqual(box.query("_sip._udp.web.dc2.dc", "SRV").data("answer", "SRV"),
                             ["3 7 5060 web-1.web.dc2.dc.service.local."])

    def test_a_refusal_says_why_and_ends_with_one(self):
        with Box() as box:
            done = box.rollcall("register", "--service", "we_b", "--address", "10.0.0.1")
            self.assertEqual(done.returncode, 1)
            self.assertIn("service", done.stderr)
            self.assertIn("we_b", done.stderr)
            self.assertEqual(box.rollcall("deregister", "nobody").returncode, 1)

    def test_usage_faults_end_with_two_and_show_the_way(self):
        with Box() as box:
            for arguments in ([], ["fly"], ["register", "--sevrice", "web"], ["wait"]):
                done = box.rollcall(*arguments)
                self.assertEqual(done.returncode, 2, arguments)
                self.assertIn("help", done.stderr + done.stdout)
            self.assertIn("--service", box.rollcall("register", "--sevrice", "web").stderr)

    def test_every_command_has_help_with_an_example(self):
        text = subprocess.run([CLI, "--help"], capture_output=True, text=True)
        self.assertEqual(text.returncode, 0)
        for command in ("register deregister renew list show watch wait query batch status config run").split():
            self.assertIn(command, text.stdout)
            done = subprocess.run([CLI, command, "--help"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, command)
            self.assertIn("xample", done.stdout, command)

    def test_no_daemon_is_exit_code_three_and_says_what_to_do(self):
        done = subprocess.run([CLI, "--socket", "/nonexistent/rollcall.sock", "list"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn("/nonexistent/rollcall.sock", done.stderr)

    def test_wait_says_by_its_exit_code_whether_it_happened(self):
        with Box() as box:
            self.assertEqual(box.rollcall("wait", "web", "--timeout", "200ms").returncode, 1)
            threading.Timer(0.3, lambda: [box.register(service="web", address=f"10.0.0.{i}") for i in (1, 2)]).start()
            self.assertEqual(box.rollcall("wait", "web", "--count", "2", "--timeout", "10s").returncode, 0)

    def test_query_explains_the_reply(self):
        with Box() as box:
            box.register(service="web", address="10.0.0.1", port=80)
            server = ("--server", f"127.0.0.1:{box.port}")
            good = box.rollcall("query", "web.service.local", *server)
            self.assertEqual(good.returncode, 0, good.stderr)
            self.assertIn("10.0.0.1", good.stdout)
            none = box.rollcall("query", "web.service.local", "AAAA", *server)
            self.assertEqual(none.returncode, 1)
            self.assertIn("NODATA", none.stdout)
            missing = box.rollcall("query", "nosuch.service.local", *server)
            self.assertEqual(missing.returncode, 1)
            self.assertIn("NXDOMAIN", missing.stdout)
            foreign = box.rollcall("query", "example.com", *server)
            self.assertIn("REFUSED", foreign.stdout)
            self.assertEqual(json.loads(box.rollcall("query", "web.service.local", "--json", *server).stdout)["rcode"], "NOERROR")

    def test_batch_pipelines_requests_from_a_file_and_from_standard_input(self):
        with Box() as box:
            lines = "".join(json.dumps({"op": "register", "service": f"s{i}", "address": "10.0.0.1"}) + "\n" for i in range(500))
            done = box.rollcall("batch", "-", input=lines)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(box.addresses("s499"), ["10.0.0.1"])
            path = box.folder / "requests"
            path.write_text('{"op":"deregister","id":"nobody"}\n')
            self.assertEqual(box.rollcall("batch", str(path)).returncode, 1)

    def test_batch_prints_the_last_replies_when_the_daemon_hangs_up(self):
        with Box() as box:
            long_line = json.dumps({"op": "hello", "token": "x" * 300000})
            done = box.rollcall("batch", "-", input='{"op":"hello","seq":1}\n' + long_line + "\n")
            replies = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(replies[0]["seq"], 1)
            self.assertEqual(replies[1]["error"]["code"], "too_long")

    def test_batch_says_when_it_cannot_read_its_input(self):
        with Box() as box:
            done = box.rollcall("batch", str(box.folder))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("Is a directory", done.stderr)

    def test_a_request_that_is_too_long_is_told_so(self):
        with Box() as box:
            much = [f"--check=http:/,name=c{i},target=127.0.0.1:1,body=" + "x" * 16000 for i in range(3)]
            much += [f"--meta=m{i}=" + "x" * 500 for i in range(60)]
            done = box.rollcall("register", "--service", "web", "--address", "10.0.0.1", *much)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("longer than 65536 bytes", done.stderr)

    def test_watch_prints_events_as_they_come(self):
        with Box() as box:
            watcher = box.spawn(CLI, "watch", "--json", stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "ROLLCALL_SOCKET": str(box.path)})
            first = []
            reader = threading.Thread(target=lambda: first.append(watcher.stdout.readline()))
            reader.start()
            deadline = time.monotonic() + 5 * SLOW
            i = 0
            while reader.is_alive() and time.monotonic() < deadline:
                box.register(service="web", id="a", address=f"10.0.0.{i % 250 + 1}")
                i += 1
                reader.join(0.1)
            watcher.kill()
            reader.join(5)
            watcher.stdout.close()
            self.assertEqual(json.loads(first[0])["id"], "a")

    def test_status_and_doctor_say_where_http_is_or_why_it_is_not(self):
        with Box() as box:
            place = f"http://127.0.0.1:{box.api}"
            self.assertIn(f"\nHTTP: {place}\n", box.rollcall("status").stdout)
            self.assertEqual(json.loads(box.rollcall("doctor", "--json").stdout)["http"], place)
        with Box(extra="api: {listen: []}") as box:
            self.assertIn("\nHTTP: off: api.listen is empty", box.rollcall("status").stdout)
            self.assertIn("\nHTTP is off: api.listen is empty", box.rollcall("doctor").stdout)

    def test_status_and_config(self):
        with Box() as box:
            box.register(service="web", address="10.0.0.1")
            self.assertIn("1", box.rollcall("status").stdout)
            self.assertIsInstance(json.loads(box.rollcall("status", "--json").stdout), dict)
            self.assertEqual(box.rollcall("config", "check", str(box.config)).returncode, 0)
            self.assertIn("`workers`", box.rollcall("config", "reference").stdout)
            shown = box.rollcall("config", "show", str(box.config))
            self.assertIn("service.local.", shown.stdout)


class Run(unittest.TestCase):
    def start(self, box, *arguments, command=("sleep", "60")):
        return box.spawn(CLI, "run", "--service", "web", "--port", "8080", "--address", "10.0.0.1", *arguments, "--",
                         *command, env={**os.environ, "ROLLCALL_SOCKET": str(box.path)},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        out, err = process.communicate(timeout=15 * SLOW)
        return process.returncode, out, err

    def test_it_registers_while_the_command_runs(self):
        with Box() as box:
            process = self.start(box)
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 5)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.finish(process)[0], 128 + signal.SIGTERM)
            self.assertIsNone(box.addresses("web"))

    def test_it_exits_with_the_code_of_its_command(self):
        with Box() as box:
            for code in (0, 7):
                process = self.start(box, command=("sh", "-c", f"exit {code}"))
                self.assertEqual(self.finish(process)[0], code)
                self.assertIsNone(box.addresses("web"))

    def test_it_is_out_of_dns_before_the_command_is_told_to_stop(self):
        with Box() as box:
            up = box.folder / "up"
            script = f"trap '{CLI} show web --healthy --json > {box.folder}/seen; exit 3' TERM; >{up}; while :; do sleep 0.05; done"
            process = self.start(box, command=("sh", "-c", script))
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 5)
            eventually(up.exists, 15)  # the trap is set
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.finish(process)[0], 3)
            self.assertNotIn("10.0.0.1", (box.folder / "seen").read_text())

    def test_a_killed_wrapper_is_out_of_dns(self):
        with Box() as box:
            process = self.start(box, command=("sleep", "10"))
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 5)
            process.kill()
            process.wait()
            eventually(lambda: box.addresses("web") is None)
            process.stdout.close()
            process.stderr.close()

    def test_it_comes_back_after_a_restart_of_the_daemon(self):
        with Box() as box:
            process = self.start(box)
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 5)
            box.restart()
            eventually(lambda: box.addresses("web") == ["10.0.0.1"], 10)
            process.send_signal(signal.SIGTERM)
            self.finish(process)

    def test_a_command_that_cannot_start_leaves_nothing_registered(self):
        with Box() as box:
            process = self.start(box, command=("/nonexistent/program",))
            code, _, err = self.finish(process)
            self.assertEqual(code, 127)
            self.assertIn("/nonexistent/program", err)
            self.assertIsNone(box.addresses("web"))

    def test_a_check_keeps_it_out_until_it_answers(self):
        with Box() as box:
            port = free_port()
            process = self.start(box, "--check", f"tcp,interval=100ms,target=127.0.0.1:{port}")
            eventually(lambda: box.addresses("web") == [], 5)
            process.send_signal(signal.SIGTERM)
            self.finish(process)


class Daemon(unittest.TestCase):
    def run_daemon(self, *arguments, **options):
        return subprocess.run([BIN / "rollcalld", *arguments], capture_output=True, text=True, timeout=20, **options)

    def test_help_and_version(self):
        self.assertIn("xample", self.run_daemon("--help").stdout)
        self.assertRegex(self.run_daemon("--version").stdout, r"rollcalld \d+\.\d+")

    def test_check_accepts_a_good_file_and_names_every_fault_of_a_bad_one(self):
        with Box(start=False) as box:
            self.assertEqual(self.run_daemon("-c", box.config, "--check").returncode, 0)
            self.assertFalse(box.database.exists())
            box.config.write_text("dns:\n  worker: 2\n  listen: [nonsense]\nnode: n1\n")
            done = self.run_daemon("-c", box.config, "--check")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{box.config}:2:3: dns.worker", done.stderr)
            self.assertIn("workers", done.stderr)
            self.assertIn(f"{box.config}:3:", done.stderr)

    def test_set_overrides_the_file(self):
        with Box(start=False) as box:
            port = free_port()
            box.start(arguments=["--set", f"dns.listen=127.0.0.1:{port}", "--set", "dns.workers=2"])
            box.port = port
            box.register(service="web", address="10.0.0.1")
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            self.assertNotEqual(self.run_daemon("-c", box.config, "--check", "--set", "dns.workers=none").returncode, 0)

    def test_without_a_file_it_runs_on_defaults(self):
        with DefaultPorts(), Box(start=False) as box:
            port = free_port()
            env = {k: v for k, v in os.environ.items() if k not in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY")}
            env.update(RUNTIME_DIRECTORY=str(box.folder / "run"), STATE_DIRECTORY=str(box.folder / "state"))
            daemon = box.spawn(BIN / "rollcalld", "--set", f"dns.listen=127.0.0.1:{port}", env=env,
                               stderr=subprocess.PIPE)
            box.env, box.port = env, port
            box.path = box.folder / "run" / "rollcall.sock"
            eventually(box.path.exists, 5)
            done = subprocess.run([CLI, "register", "--service", "web", "--address", "10.0.0.1"], env=env,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            self.assertTrue(list((box.folder / "state").glob("*.db")))
            daemon.terminate()
            self.assertEqual(daemon.wait(20 * SLOW), 0)
            daemon.stderr.close()


if __name__ == "__main__":
    unittest.main()
