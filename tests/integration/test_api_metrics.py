"""GET /metrics: what was counted, in both formats, as promtool wants it."""
import re
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from box import Box, eventually, need

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$')


def scrape(box, accept=None, path="/metrics"):
    request = urllib.request.Request(f"http://127.0.0.1:{box.api}{path}",
                                     headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.headers["Content-Type"], reply.read().decode()


def samples(text):
    """{'name{labels}': value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = name if labels is None else f"{name}{{{labels}}}"
        assert key not in found, f"twice: {key}"
        found[key] = float(value)
    return found


def value(box, key):
    return samples(scrape(box)[1]).get(key, 0)


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Box(workers=2).__enter__()
        cls.addClassCleanup(cls.box.__exit__, None)

    def moved(self, keys, act):
        """By how much each of them moves while act() runs, once it has."""
        before = samples(scrape(self.box)[1])
        act()
        after = samples(scrape(self.box)[1])
        return [after.get(key, 0) - before.get(key, 0) for key in keys]

    def test_text_is_what_everybody_gets(self):
        kind, text = scrape(self.box)
        self.assertEqual(kind, TEXT)
        self.assertIn("# TYPE rollcall_dns_queries_total counter\n", text)
        self.assertNotIn("# EOF", text)

    def test_openmetrics_is_for_who_prefers_it(self):
        kind, text = scrape(self.box, "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3")
        self.assertEqual(kind, OPENMETRICS)
        self.assertIn("# TYPE rollcall_dns_queries counter\n", text)
        self.assertTrue(text.endswith("# EOF\n"))

    def test_promtool_finds_nothing_to_complain_of(self):
        need("promtool")
        self.box.query("nosuch.service.local")
        done = subprocess.run(["promtool", "check", "metrics"], input=scrape(self.box)[1],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_both_formats_have_the_same_series(self):
        scrape(self.box)  # or the route of /metrics would be new in the second one
        text, openmetrics = (set(samples(scrape(self.box, accept)[1]))
                             for accept in (None, "application/openmetrics-text"))
        self.assertEqual(text, openmetrics)

    def test_every_family_is_headed_once_and_stands_together(self):
        text = scrape(self.box)[1]
        headed = re.findall(r"^# TYPE (\S+) ", text, re.M)
        self.assertEqual(len(headed), len(set(headed)))
        last, seen = None, set()
        for line in text.splitlines():
            name = line.split()[2] if line.startswith("# HELP") else None
            if name is None or name == last:
                continue
            self.assertNotIn(name, seen)
            seen.add(name)
            last = name

    def test_the_naming_page_has_every_metric(self):
        text = scrape(self.box)[1]
        page = subprocess.run([str(self.box.process.args[0]), "--metrics-reference"],
                              capture_output=True, text=True, check=True).stdout
        named = dict(re.findall(r"^\| `(\S+)` \| (\w+) \|", page, re.M))
        shown = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.M))
        self.assertEqual(set(named.items()) ^ set(shown.items()), set())

    def test_queries_are_counted_by_type_rcode_and_transport(self):
        keys = ['rollcall_dns_queries_total{transport="udp",type="SRV"}',
                'rollcall_dns_queries_total{transport="udp",type="other"}',
                'rollcall_dns_queries_total{transport="tcp",type="A"}',
                'rollcall_dns_responses_total{rcode="NXDOMAIN"}',
                'rollcall_dns_query_duration_seconds_count{transport="udp"}',
                'rollcall_dns_query_duration_seconds_count{transport="tcp"}']

        def ask():
            self.box.query("nosuch.service.local", "SRV")
            self.box.query("nosuch.service.local", 257)
            self.box.query("nosuch.service.local", "A", tcp=True)
            # The worker notes the time after the reply has left.
            eventually(lambda: value(self.box, keys[5]) > before)

        before = value(self.box, keys[5])
        self.assertEqual(self.moved(keys, ask), [1, 1, 1, 3, 2, 1])

    def test_a_message_without_a_question_has_type_none(self):
        key = 'rollcall_dns_queries_total{transport="udp",type="none"}'

        def babble():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0\77nonsense", ("127.0.0.1", self.box.port))
                udp.settimeout(10)
                udp.recv(512)

        self.assertEqual(self.moved([key], babble), [1])

    def test_registrations_leases_and_states_are_counted(self):
        keys = ['rollcall_registrations_total{outcome="created"}',
                'rollcall_registrations_total{outcome="unchanged"}',
                'rollcall_leases_total{kind="ttl",outcome="granted"}',
                'rollcall_leases_total{kind="ttl",outcome="renewed"}',
                'rollcall_instances{state="passing"}',
                'rollcall_services{state="all_in_dns"}',
                'rollcall_instances_in_dns',
                'rollcall_store_rows_total']
        what = {"id": "leased", "service": "leased", "addresses": ["127.0.0.1"], "port": 80,
                "lease": {"ttl": "60s"}}

        def register():
            self.box.register(**what)
            self.box.register(**what)
            self.box.ask("renew", id="leased")

        moved = self.moved(keys, register)
        self.assertEqual(moved[:7], [1, 1, 1, 2, 1, 1, 1])
        self.assertGreaterEqual(moved[7], 1)
        self.box.ask("override", id="leased", state="down")
        self.assertEqual(value(self.box, 'rollcall_instances{state="overridden down"}'), 1)
        self.assertEqual(value(self.box, 'rollcall_services{state="none_in_dns"}'), 1)
        self.box.ask("deregister", id="leased")

    def test_checks_are_counted_by_kind_and_outcome(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.box.register(id="checked", service="checked", addresses=["127.0.0.1"],
                              port=closed.getsockname()[1],
                              checks=[{"kind": "tcp", "interval": "1s", "timeout": "500ms"}])
            eventually(lambda: value(self.box, 'rollcall_check_runs_total{kind="tcp",outcome="refused"}') > 0)
        self.assertGreater(value(self.box, 'rollcall_check_duration_seconds_count{kind="tcp"}'), 0)
        self.box.ask("deregister", id="checked")

    def test_requests_are_counted_by_route_and_not_by_path(self):
        for number in range(3):
            with self.assertRaises(urllib.error.HTTPError):
                scrape(self.box, path=f"/no/such/path/{number}")
        found = samples(scrape(self.box)[1])
        mine = 'rollcall_http_requests_total{route="/metrics",method="GET",class="2xx"}'
        self.assertGreater(found[mine], 0)
        self.assertGreaterEqual(found['rollcall_http_requests_total{route="none",method="any",class="4xx"}'], 3)
        self.assertEqual([key for key in found if "/no/such" in key], [])

    def test_many_services_make_no_more_series(self):
        before = len(samples(scrape(self.box)[1]))
        with self.box.connect() as connection:
            for number in range(200):
                connection.send({"op": "register", "id": f"m{number}", "service": f"many{number}",
                                 "addresses": ["127.0.0.1"], "port": 80})
            for _ in range(200):
                self.assertTrue(connection.line()["ok"])
        text = scrape(self.box)[1]
        self.assertLessEqual(len(samples(text)), before + 10)  # routes, outcomes seen first
        self.assertLess(len(text), 64 * 1024)
        self.assertEqual(samples(text)["rollcall_zone_serial{zone=\"service.local.\"}"] > 0, True)

    def test_the_process_shows_its_memory_and_files(self):
        found = samples(scrape(self.box)[1])
        for key in ("process_resident_memory_bytes", "process_open_fds", "process_max_fds",
                    "process_start_time_seconds", 'rollcall_memory_bytes{kind="anonymous"}'):
            self.assertGreater(found[key], 0, key)


if __name__ == "__main__":
    unittest.main()
