"""A real Prometheus that finds its targets by consul_sd_configs.

Debian builds its own without that: then Prometheus' own discovery, built from its module, finds
them (discovery/main.go), and Debian's Prometheus reads what it found.
"""
import json
import subprocess
import tempfile
import urllib.request

from box import eventually, free_port
from building import go_build, need
from scenario import Scenario

JOBS = {
    "all": "consul_sd_configs: [{{server: '127.0.0.1:{api}', refresh_interval: 1s}}]",
    "tagged": "consul_sd_configs: [{{server: '127.0.0.1:{api}', refresh_interval: 1s, services: [prom-web], "
              "tags: [scraped], allow_stale: false}}]",
}


def configuration(blocks):
    jobs = "".join(f"""  - job_name: {name}
    {block}
    relabel_configs: [{{source_labels: [__meta_consul_service_id], target_label: id}}]
""" for name, block in blocks.items())
    return "global: {scrape_interval: 1s}\nscrape_configs:\n" + jobs


class Prometheus(Scenario):
    name = "Prometheus consul_sd"
    scenes = ("starts_and_finds_the_built_in_service", "finds_a_service_and_its_labels", "tells_apart_by_tag",
              "scrapes_what_it_found", "follows_health", "follows_one_that_comes_and_one_that_goes",
              "is_right_again_after_a_restart_of_the_agent")

    def prepare(self):
        self.program = need("prometheus", "Debian: prometheus")
        promtool = need("promtool", "Debian: prometheus")
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(configuration({"all": JOBS["all"].format(api=1)}))
            file.flush()
            checked = subprocess.run([promtool, "check", "config", file.name], capture_output=True, check=False)
        self.discovery = None if checked.returncode == 0 else go_build("discovery", ".") / "discovery"

    def open(self, box):
        self.port = free_port()
        blocks = {name: block.format(api=box.api) for name, block in JOBS.items()}
        if self.discovery:
            blocks = {name: self.discover(name, block) for name, block in blocks.items()}
        (box.folder / "prometheus.yaml").write_text(configuration(blocks))
        self.start(self.program, f"--config.file={box.folder / 'prometheus.yaml'}",
                   f"--storage.tsdb.path={box.folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{self.port}",
                   "--log.level=warn", stdout=(box.folder / "prometheus.log").open("wb"), stderr=subprocess.STDOUT)

    def discover(self, name, block):
        file = self.box.folder / f"{name}.yaml"
        file.write_text(block)
        self.start(self.discovery, "-config", file, "-out", self.box.folder / f"{name}.json",
                   stderr=subprocess.DEVNULL)
        return f"file_sd_configs: [{{files: ['{self.box.folder}/{name}.json'], refresh_interval: 1s}}]"

    def targets(self, job="all"):
        """Labels by service id, of the targets of a job."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/targets", timeout=5) as answer:
                active = json.load(answer)["data"]["activeTargets"]
        except OSError:
            return {}
        return {target["discoveredLabels"]["__meta_consul_service_id"]: target for target in active
                if target["scrapePool"] == job}

    def labels(self, service):
        """Nothing while Prometheus does not answer in time."""
        return self.targets().get(service, {}).get("discoveredLabels", {})

    def starts_and_finds_the_built_in_service(self):
        eventually(lambda: "consul" in self.targets(), 20)

    def finds_a_service_and_its_labels(self):
        self.register("prom-web", ID="prom-1", Address="127.0.0.1", Port=self.box.api, Tags=["scraped", "blue"],
                      Meta={"version": "4"})
        self.register("prom-web", ID="prom-2", Address="127.0.0.1", Port=1, Check={"TTL": "1h", "Status": "passing"})
        eventually(lambda: {"prom-1", "prom-2"} <= set(self.targets()), 20)
        labels = eventually(lambda: self.labels("prom-1"), 20)
        expected = {"__address__": f"127.0.0.1:{self.box.api}", "__meta_consul_dc": "dc1", "__meta_consul_node": "n1",
                    "__meta_consul_service": "prom-web", "__meta_consul_service_address": "127.0.0.1",
                    "__meta_consul_service_metadata_version": "4", "__meta_consul_service_port": str(self.box.api),
                    "__meta_consul_tags": ",scraped,blue,", "__meta_consul_health": "passing"}
        found = {name: labels.get(name) for name in expected}
        assert found == expected, found
        assert labels["__meta_consul_address"] and labels["__meta_consul_tagged_address_lan"], labels

    def tells_apart_by_tag(self):
        eventually(lambda: list(self.targets("tagged")) == ["prom-1"], 20)

    def scrapes_what_it_found(self):
        query = f"http://127.0.0.1:{self.port}/api/v1/query?query=up{{id=%22prom-1%22,job=%22all%22}}"

        def samples():  # a target is up a moment before its sample can be asked for
            with urllib.request.urlopen(query, timeout=5) as answer:
                return [result["value"][1] for result in json.load(answer)["data"]["result"]]
        eventually(lambda: self.targets().get("prom-1", {}).get("health") == "up", 20)
        eventually(lambda: samples() == ["1"], 20)

    def follows_health(self):
        self.ask("PUT", "agent/check/fail/service:prom-2")
        eventually(lambda: self.labels("prom-2").get("__meta_consul_health") == "critical", 20)
        self.ask("PUT", "agent/check/pass/service:prom-2")
        eventually(lambda: self.labels("prom-2").get("__meta_consul_health") == "passing", 20)

    def follows_one_that_comes_and_one_that_goes(self):
        self.register("prom-late", ID="prom-3", Port=3)
        eventually(lambda: "prom-3" in self.targets(), 20)
        self.ask("PUT", "agent/service/deregister/prom-3")
        eventually(lambda: "prom-3" not in self.targets(), 20)
        self.ask("PUT", "agent/service/deregister/prom-2")
        eventually(lambda: set(self.targets()) == {"consul", "prom-1"}, 20)

    def is_right_again_after_a_restart_of_the_agent(self):
        self.box.restart()
        self.register("prom-web", ID="prom-4", Address="127.0.0.1", Port=4)
        eventually(lambda: set(self.targets()) == {"consul", "prom-1", "prom-4"}, 60)
