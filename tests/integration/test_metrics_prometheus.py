"""A real Prometheus scrapes a daemon under load; every panel of the dashboard has data."""
import json
import math
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

from box import SLOW, TOP, Box, dns_ask, eventually, free_port, need

DASHBOARD = TOP / "tools" / "grafana-dashboard.json"
RULES = TOP / "tools" / "prometheus-rules.yaml"
VARIABLES = {"$job": ".+", "$instance": ".+", "$__rate_interval": "10s", "$__interval": "1s", "$__range": "1m"}


def filled_in(expression):
    for name, text in VARIABLES.items():
        expression = expression.replace(name, text)
    assert "$" not in expression, f"a variable the test does not know: {expression}"
    return expression


def questions():
    """(title, expression) of every query in the dashboard."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} ({target['refId']})", filled_in(target["expr"])


class Prometheus:
    def __init__(self, target):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-prometheus-"))
        self.url = f"http://127.0.0.1:{free_port()}"
        config = self.folder / "prometheus.yml"
        config.write_text(f"""global:
  scrape_interval: 250ms
  scrape_timeout: 250ms
  evaluation_interval: 1s
rule_files: [{RULES}]
scrape_configs:
  - job_name: rollcall
    static_configs:
      - targets: ["127.0.0.1:{target}"]
""" if SLOW == 1 else f"""global:
  scrape_interval: 1s
rule_files: [{RULES}]
scrape_configs:
  - job_name: rollcall
    static_configs:
      - targets: ["127.0.0.1:{target}"]
""")
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address={self.url[7:]}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def ask(self, path, **query):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=10 * SLOW) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def is_up(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return any(target["health"] == "up" for target in self.targets())
        except (OSError, ValueError):  # ValueError: while it starts it says so without JSON
            return False

    def targets(self):
        return self.ask("targets")["data"]["activeTargets"]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Load:
    """Some of everything that the dashboard shows, until it is closed."""

    def __init__(self, box):
        self.box = box
        self.over = threading.Event()
        self.faults = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        box.register(id="well", service="well", addresses=["127.0.0.1"],
                     port=self.listener.getsockname()[1],
                     checks=[{"kind": "tcp", "interval": "1s", "timeout": "500ms"}])
        self.threads = [threading.Thread(target=self.run, args=(what,))
                        for what in (self.ask_dns, self.register)]
        for thread in self.threads:
            thread.start()

    def run(self, what):
        try:
            while not self.over.wait(0.02):
                what()
        except Exception as fault:  # noqa: BLE001: told by close()
            self.faults.append(fault)

    def ask_dns(self):
        for name, type_, tcp in (("well.service.local.", "A", False), ("well.service.local.", "SRV", True),
                                 ("nosuch.service.local.", "A", False)):
            dns_ask("127.0.0.1", self.box.port, name, type_, tcp=tcp)

    def register(self):
        self.box.register(id="moves", service="moves", addresses=["127.0.0.1"], port=80,
                          lease={"ttl": "10s"})
        self.box.ask("deregister", id="moves")
        time.sleep(0.1)

    def close(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()
        if self.faults:
            raise self.faults[0]


class Dashboard(unittest.TestCase):
    def test_every_panel_has_data(self):
        need("prometheus")
        with Box(workers=1) as box:
            load = Load(box)
            self.addCleanup(load.close)
            prometheus = Prometheus(box.api)
            self.addCleanup(prometheus.close)
            eventually(prometheus.is_up, 30, every=0.1)

            def answer(expression):
                reply = prometheus.ask("query", query=expression)
                self.assertEqual(reply["status"], "success", f"{expression}: {reply}")
                return [float(found["value"][1]) for found in reply["data"]["result"]]

            def empty():
                return [title for title, expression in questions()
                        if all(math.isnan(value) for value in answer(expression))]

            seen = []
            eventually(lambda: seen.append(empty()) or not seen[-1], 30, every=0.25)
            self.assertEqual(seen[-1], [])
            self.judge_scrapes(prometheus)
            self.judge_rules(prometheus)
            load.close()

    def judge_scrapes(self, prometheus):
        """One that takes longer than to the next is no fault of the daemon, where every one does is."""
        def well():
            target = prometheus.targets()[0]
            return (target["health"], target["lastError"]) == ("up", "")
        eventually(well, 10, 0.1)

    def judge_rules(self, prometheus):
        """A daemon that is well fires nothing, and no expression is wrong."""
        rules = [rule for group in prometheus.ask("rules")["data"]["groups"] for rule in group["rules"]]
        self.assertGreater(len(rules), 10)
        for rule in rules:
            self.assertEqual(rule.get("lastError", ""), "", rule["name"])
            self.assertNotEqual(rule["state"], "firing", rule["name"])

    def test_panels_fit_and_have_numbers_of_their_own(self):
        dashboard = json.loads(DASHBOARD.read_text())
        panels = dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, f"{panel['title']} lies on another panel")
            taken |= cells
        rows = [panel["title"] for panel in panels if panel["type"] == "row"]
        self.assertEqual(rows, ["Now", "DNS", "Health", "Registry", "Store", "HTTP", "Process"])
        for panel in panels:
            for target in panel.get("targets", []):
                self.assertEqual(target["datasource"]["uid"], "${datasource}", panel["title"])


class Rules(unittest.TestCase):
    """Whether an alert fires is tried with series that promtool makes up."""

    def test_promtool_finds_no_fault(self):
        need("promtool")
        done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def fires(self, alert, *series):
        """After ten minutes of that: does it?"""
        with tempfile.TemporaryDirectory() as folder:
            case = pathlib.Path(folder) / "case.yaml"
            case.write_text(json.dumps({
                "rule_files": [str(RULES)],
                "tests": [{"interval": "15s",
                           "input_series": [{"series": name, "values": values} for name, values in series],
                           "promql_expr_test": [{"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > 0',
                                                 "eval_time": "12m",
                                                 "exp_samples": [{"labels": "{}", "value": 1}]}]}]}))
            return subprocess.run(["promtool", "test", "rules", str(case)], capture_output=True).returncode == 0

    def test_a_daemon_that_does_not_answer_is_told(self):
        need("promtool")
        self.assertTrue(self.fires("RollcallDown", ('up{job="rollcall",instance="a"}', "0x60")))
        self.assertFalse(self.fires("RollcallDown", ('up{job="rollcall",instance="a"}', "1x60")))

    def test_a_service_without_an_instance_in_dns_is_told(self):
        need("promtool")
        series = 'rollcall_services{state="none_in_dns",instance="a"}'
        self.assertTrue(self.fires("RollcallServiceGone", (series, "2x60")))
        self.assertFalse(self.fires("RollcallServiceGone", (series, "0x60")))

    def test_a_disk_that_fails_is_told(self):
        need("promtool")
        series = 'rollcall_store_failures_total{instance="a"}'
        self.assertTrue(self.fires("RollcallStoreFails", (series, "0+1x60")))
        self.assertFalse(self.fires("RollcallStoreFails", (series, "3x60")))

    def test_a_certificate_that_ends_within_two_weeks_is_told(self):
        need("promtool")
        series = 'rollcall_http_certificate_expiry_seconds{instance="a"}'
        self.assertTrue(self.fires("RollcallCertificateEnds", (series, f"{13 * 86400}x60")))  # promtool begins in 1970
        self.assertFalse(self.fires("RollcallCertificateEnds", (series, f"{15 * 86400}x60")))

    def test_a_reload_that_failed_is_told(self):
        need("promtool")
        series = 'rollcall_config_reload_failed{instance="a"}'
        self.assertTrue(self.fires("RollcallReloadFailed", (series, "1x60")))
        self.assertFalse(self.fires("RollcallReloadFailed", (series, "0x60")))

    def test_too_many_instances_out_of_dns_are_told(self):
        need("promtool")
        states = [('rollcall_instances{state="passing",instance="a"}', "40x60"),
                  ('rollcall_instances{state="critical",instance="a"}', "60x60")]
        self.assertTrue(self.fires("RollcallManyInstancesOut", ('rollcall_instances_in_dns{instance="a"}', "40x60"),
                                   *states))
        self.assertFalse(self.fires("RollcallManyInstancesOut", ('rollcall_instances_in_dns{instance="a"}', "95x60"),
                                    *states))


class Page(unittest.TestCase):
    def test_the_configuration_in_the_page_about_http_finds_what_is_registered(self):
        need("promtool")
        page = (TOP / "docs" / "http.md").read_text()
        text = page[page.index("## Prometheus"):].split("```yaml\n")[1].split("```")[0]
        with Box() as box, tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            box.register(service="web", id="web-1", address="10.0.0.1", port=8080)
            file.write(text.replace("127.0.0.1:8500", f"127.0.0.1:{box.api}"))
            file.flush()
            subprocess.run(["promtool", "check", "config", file.name], check=True, capture_output=True)
            done = subprocess.run(["promtool", "check", "service-discovery", "--timeout=3s", file.name, "services"],
                                  capture_output=True, text=True)
        [found] = json.loads(done.stdout)
        self.assertEqual({name: found["labels"].get(name) for name in ("__address__", "service", "id")},
                         {"__address__": "10.0.0.1:8080", "service": "web", "id": "web-1"})


if __name__ == "__main__":
    unittest.main()
