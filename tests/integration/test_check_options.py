"""What checks may be told besides where to go: names, words that are kept, thresholds."""
import json
import os
import tempfile
import unittest

import certificates
from box import Box, eventually
from test_health import FAST, healths, tcp_server
from test_web_checks import tls_context
from web_servers import RawServer


def replying(text):
    """A server that reads a request and answers with `text`."""
    def answer(connection):
        connection.recv(65536)
        connection.sendall(text.encode())
        connection.close()
    return RawServer(answer)


def ok(body):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def outputs(box, service="web"):
    return {check["name"]: check.get("output") for instance in box.ask("get", service=service, healthy=False)["instances"]
            for check in instance["checks"]}


def register(box, **check):
    check = {"kind": "http", "name": "one", **FAST, **check}
    box.register(service="web", id="web-1", address="192.0.2.1", port=9, checks=[check])


class Names(unittest.TestCase):
    def test_a_name_of_the_hosts_file_is_reached_at_whatever_address_answers(self):
        with Box() as box, tcp_server() as server:  # localhost is 127.0.0.1 and, first or not, ::1
            register(box, kind="tcp", target=f"localhost:{server.getsockname()[1]}")
            eventually(lambda: healths(box) == {"web-1": "passing"}, 5)
            server.close()
            eventually(lambda: healths(box) == {"web-1": "critical"}, 5)
            self.assertIn("refused the connection", outputs(box)["one"])

    def test_http_asks_for_the_name_with_and_without_libcurl(self):
        with Box() as box:
            heads = []

            def answer(connection):
                heads.append(connection.recv(65536).decode())
                connection.sendall(ok("well").encode())
                connection.close()

            port = RawServer(answer).port
            for reuse in (False, True):
                heads.clear()
                register(box, target=f"localhost:{port}", reuse=reuse)
                eventually(lambda: heads and healths(box) == {"web-1": "passing"}, 5)
                self.assertIn(f"Host: localhost:{port}\r\n", heads[-1])

    def test_a_name_that_nobody_has_fails_with_a_word(self):
        with Box() as box:
            register(box, kind="tcp", target="no-such-host.invalid:80", timeout="2s")
            eventually(lambda: healths(box) == {"web-1": "critical"}
                       and "no-such-host.invalid" in (outputs(box)["one"] or "")
                       or "did not answer in time" in (outputs(box)["one"] or ""), 10)


def routed(routes, seen):
    """A server that answers each path with its text, and remembers the heads."""
    def answer(connection):
        head = connection.recv(65536).decode()
        seen.append(head)
        text = routes.get(head.split()[1], "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        connection.sendall((text() if callable(text) else text).encode())
        connection.close()
    return RawServer(answer).port


def moved(location, status="302 Found"):
    return f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"


class Redirects(unittest.TestCase):
    def outcome(self, box, **check):
        """The one result of a check that is tried."""
        return box.ask("check_try", service="web", id="x", address="192.0.2.1", port=9,
                       checks=[{"kind": "http", "timeout": "3s", **check}])["results"][0]

    def test_they_are_followed_to_the_reply_that_counts(self):
        with Box() as box:
            here, there = [], []
            other = routed({"/end": ok("the end")}, there)
            port = routed({"/": moved("next?x"), "/next?x": moved(f"//localhost:{other}/end", "307 Go"),
                           "/round": moved("/round"), "/bad": moved("ftp://127.0.0.1/")}, here)
            target = {"target": f"127.0.0.1:{port}", "headers": {"X-Secret": "yes"}}
            self.assertEqual(self.outcome(box, **target, expect_status=302)["status"], "passing")
            here.clear()
            result = self.outcome(box, **target, redirects=2, expect_status=200, expect_body="the end")
            self.assertEqual(result["status"], "passing", result)
            self.assertIn("X-Secret: yes", here[-1])
            self.assertNotIn("X-Secret", there[-1])  # another server
            self.assertIn(f"Host: localhost:{other}", there[-1])
            self.assertEqual(self.outcome(box, **target, redirects=1, expect_status=200)["outcome"], "wrong_status")
            here.clear()
            self.assertEqual(self.outcome(box, **target, path="/round", redirects=10)["outcome"], "wrong_status")
            self.assertEqual(len(here), 12)  # once by ourselves, then with ten more
            self.assertEqual(self.outcome(box, **target, path="/bad", redirects=10)["outcome"], "malformed")

    def test_they_lead_to_no_metadata(self):
        with Box() as box:
            port = routed({"/": moved("http://169.254.169.254/latest/meta-data/"),
                           "/v6": moved("http://[::ffff:169.254.169.254]/")}, [])
            for path in ("/", "/v6"):
                result = self.outcome(box, target=f"127.0.0.1:{port}", path=path, redirects=5)
                self.assertEqual(result["outcome"], "forbidden", result)

    def test_a_post_turns_into_a_get(self):
        with Box() as box:
            seen = []
            port = routed({"/": moved("/done"), "/done": ok("done")}, seen)
            result = self.outcome(box, target=f"127.0.0.1:{port}", method="POST", body="x=1", redirects=1)
            self.assertEqual(result["status"], "passing", result)
            self.assertEqual([head.split("\r\n")[0] for head in seen], ["POST / HTTP/1.1", "GET /done HTTP/1.1"])

    def test_some_statuses_warn(self):
        with Box() as box:
            port = routed({"/": "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"}, [])
            for reuse in (False, True):
                result = self.outcome(box, target=f"127.0.0.1:{port}", warning_status=429, reuse=reuse)
                self.assertEqual((result["status"], result["outcome"]), ("warning", "warning_status"))


class TcpOverTls(unittest.TestCase):
    def test_the_handshake_decides(self):
        with tempfile.TemporaryDirectory() as folder, Box() as box:
            os.chmod(folder, 0o755)
            ours = certificates.Authority(folder, "ours")
            pair = ours.issue("web.example", "DNS:localhost")
            asked = []

            def answer(connection):
                asked.append(connection.recv(100))

            port = RawServer(answer, tls_context(pair)).port
            clear = RawServer(lambda connection: connection.close()).port

            def outcome(port, **tls):
                return box.ask("check_try", service="web", id="x", address="192.0.2.1", port=9,
                               checks=[{"kind": "tcp", "timeout": "3s", "target": f"localhost:{port}", "tls": tls}])["results"][0]["outcome"]
            self.assertEqual(outcome(port, ca=str(ours.cert)), "passed")
            self.assertEqual(outcome(port, enable=True, skip_verify=True), "passed")
            self.assertEqual(outcome(port, enable=True), "unknown_authority")
            self.assertEqual(outcome(port, ca=str(ours.cert), server_name="web.example"), "certificate_name")
            self.assertIn(outcome(clear, enable=True), ("tls_failed", "reset"))  # it closes with octets unread
            self.assertFalse(any(asked), asked)  # nothing is asked behind the handshake
            register(box, kind="tcp", target=f"localhost:{port}", tls={"ca": str(ours.cert)}, keep_output=True)
            eventually(lambda: outputs(box)["one"] == f"TCP+TLS connect localhost:{port}: Success", 5)


class Alias(unittest.TestCase):
    def test_it_is_as_well_as_the_other_instance(self):
        with Box() as box:
            box.register(service="db", id="db-1", address="192.0.2.2", port=5432)
            register(box, kind="alias", instance="db-1", interval="1h")
            eventually(lambda: healths(box) == {"web-1": "passing"}, 5)
            box.ask("override", id="db-1", state="down")
            eventually(lambda: box.addresses("web") == [], 5)
            box.ask("override", id="db-1", state="none")
            eventually(lambda: box.addresses("web") == ["192.0.2.1"], 5)
            box.ask("deregister", id="db-1")
            eventually(lambda: healths(box) == {"web-1": "critical"}, 5)
            self.assertIn("follows an instance that does not exist", outputs(box)["one"])


class Words(unittest.TestCase):
    def test_what_a_passing_check_says_is_kept_on_request(self):
        with Box() as box:
            port = replying(ok("x" * 5000 + " the end")).port
            register(box, target=f"localhost:{port}", keep_output=True)
            eventually(lambda: healths(box) == {"web-1": "passing"}, 5)
            said = outputs(box)["one"]
            self.assertTrue(said.startswith(f"HTTP GET http://localhost:{port}/: 200 OK Output: xxx"), said[:80])
            self.assertTrue(said.endswith(" the end"))
            self.assertEqual(len(said.split("Output: ")[1]), 4096)
            register(box, kind="tcp", target=f"127.0.0.1:{port}", keep_output=True)
            eventually(lambda: outputs(box)["one"] == f"TCP connect 127.0.0.1:{port}: Success", 5)
            register(box, target=f"127.0.0.1:{port}")
            eventually(lambda: healths(box) == {"web-1": "passing"} and outputs(box)["one"] == "HTTP 200 OK", 5)

    def test_a_report_that_does_not_come_repeats_the_last_words(self):
        with Box() as box:
            box.register(service="web", id="web-1", address="192.0.2.1", port=9,
                         checks=[{"kind": "ttl", "name": "one", "interval": "2s", "keep_output": True}])
            box.ask("renew", id="web-1", check="one", status="passing", output="all well")
            self.assertEqual(outputs(box)["one"], "all well")
            eventually(lambda: outputs(box)["one"] == "TTL expired (last output before timeout follows): all well", 10)
            self.assertEqual(healths(box), {"web-1": "critical"})
            box.ask("renew", id="web-1", check="one", status="passing", output="again")
            self.assertEqual(outputs(box)["one"], "again")


class Thresholds(unittest.TestCase):
    def test_failures_warn_before_they_are_critical(self):
        with Box() as box, tcp_server() as server:
            register(box, kind="tcp", target=f"127.0.0.1:{server.getsockname()[1]}", interval="200ms",
                     warning_threshold=1, failure_threshold=20)
            eventually(lambda: healths(box) == {"web-1": "passing"}, 5)
            server.close()
            eventually(lambda: healths(box) == {"web-1": "warning"}, 5)
            eventually(lambda: healths(box) == {"web-1": "critical"}, 20)

    def test_until_it_has_run_a_check_is_what_it_was_registered_as(self):
        with Box() as box:
            register(box, kind="tcp", target="127.0.0.1:1", initial_delay="1h", initial_status="warning")
            self.assertEqual(healths(box), {"web-1": "warning"})
            shown = json.loads(box.rollcall("show", "web", "--json").stdout)
            self.assertIn("initial_status", json.dumps(shown))


if __name__ == "__main__":
    unittest.main()
