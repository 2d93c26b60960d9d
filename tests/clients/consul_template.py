"""The program consul-template, built from its own module, as a daemon."""
import re
import signal

from box import eventually
from building import go_build
from scenario import Scenario

TEMPLATES = {
    "health": '{{range service "ct-web"}}{{.ID}}={{.Address}}:{{.Port}} v{{index .ServiceMeta "version"}} '
              '{{.Tags | join "+"}} {{.Status}};{{end}}',
    "any": '{{range service "ct-web|any"}}{{.ID}} {{.Status}};{{end}}',
    "tagged": '{{range service "blue.ct-web"}}{{.ID}};{{end}}',
    "services": '{{range services}}{{.Name}}({{.Tags | join "+"}});{{end}}',
    "nodes": '{{range nodes}}{{.Node}} {{.Datacenter}};{{end}}{{with node}}{{.Node.Node}}:'
             '{{range .Services}}{{.Service}} {{end}}{{end}}',
    "datacenters": '{{datacenters | join ","}}',
    "key": '{{keyOrDefault "ct/key" "none"}} {{keyExists "ct/key"}}',
    "list": '{{range ls "ct/dir"}}{{.Key}}={{.Value}};{{end}}',
    "tree": '{{range tree "ct/dir"}}{{.Key}}={{.Value}};{{end}}',
}


class ConsulTemplate(Scenario):
    name = "consul-template 0.41.1"
    scenes = ("renders_every_template_once", "renders_a_service_that_comes", "renders_health_as_it_changes",
              "renders_services_by_tag", "renders_nodes_and_datacenters", "renders_a_key_as_it_changes",
              "renders_lists_and_trees", "goes_on_after_a_restart_of_the_agent",
              "two_of_them_share_the_work_by_a_lock", "ends_in_order")

    def prepare(self):
        self.program = go_build("template", "github.com/hashicorp/consul-template") / "consul-template"

    def arguments(self, folder, names, *more):
        out = [self.program, "-consul-addr", f"127.0.0.1:{self.box.api}", "-log-level", "warn", "-wait", "20ms:100ms",
               "-consul-retry-backoff", "100ms", "-consul-retry-max-backoff", "1s", *more]
        folder.mkdir()
        for name in names:
            (folder / f"{name}.in").write_text(TEMPLATES[name])
            out += ["-template", f"{folder}/{name}.in:{folder}/{name}.out"]
        return out

    def open(self, box):
        self.folder = box.folder / "templates"
        self.process = self.start(*self.arguments(self.folder, TEMPLATES), stdout=(box.folder / "ct.log").open("wb"),
                                  stderr=-2)

    def says(self, name, pattern, folder=None):
        path = (folder or self.folder) / f"{name}.out"

        def text():
            return path.read_text() if path.exists() else None

        try:
            eventually(lambda: text() is not None and re.fullmatch(pattern, text()), 20)
        except AssertionError:
            raise AssertionError(f"{name} is {text()!r}, not {pattern!r}") from None

    def put(self, key, value):
        self.ask("PUT", f"kv/{key}", value)

    def renders_every_template_once(self):
        for name in TEMPLATES:
            self.says(name, ".*")

    def renders_a_service_that_comes(self):
        self.register("ct-web", ID="ct-1", Address="127.0.0.1", Port=80, Tags=["blue", "v1"], Meta={"version": "4"},
                      Check={"TTL": "1h", "Status": "passing"})
        self.says("health", r"ct-1=127\.0\.0\.1:80 v4 blue\+v1 passing;")

    def renders_health_as_it_changes(self):
        self.ask("PUT", "agent/check/fail/service:ct-1")
        self.says("health", "")
        self.says("any", "ct-1 critical;")
        self.ask("PUT", "agent/check/pass/service:ct-1")
        self.says("health", "ct-1.*")

    def renders_services_by_tag(self):
        self.register("ct-web", ID="ct-2", Tags=["green"])
        self.says("health", "ct-1.*;ct-2.*")
        self.says("tagged", "ct-1;")
        self.says("services", r"consul\(\);ct-web\(blue\+green\+v1\);")

    def renders_nodes_and_datacenters(self):
        self.says("nodes", "n1 dc1;n1:.*ct-web ct-web ")
        self.says("datacenters", "dc1")

    def renders_a_key_as_it_changes(self):
        self.says("key", "none false")
        self.put("ct/key", 1)
        self.says("key", "1 true")
        self.put("ct/key", 2)
        self.says("key", "2 true")

    def renders_lists_and_trees(self):
        self.put("ct/dir/a", 1)
        self.put("ct/dir/b/c", 2)
        self.says("list", "a=1;")
        self.says("tree", "a=1;b/c=2;")

    def goes_on_after_a_restart_of_the_agent(self):
        self.box.restart(signal.SIGKILL)
        self.put("ct/key", 3)
        self.says("key", "3 true")
        self.ask("PUT", "agent/service/deregister/ct-2")
        self.says("health", "ct-1[^;]*;")

    def two_of_them_share_the_work_by_a_lock(self):
        folders = [self.box.folder / name for name in ("first", "second")]
        both = [self.start(*self.arguments(folder, ["health", "key"], "-dedup"), stderr=-3) for folder in folders]
        for folder in folders:
            self.says("key", "3 true", folder)
        self.put("ct/key", 4)
        for folder in folders:
            self.says("key", "4 true", folder)
        assert self.ask("GET", "session/list"), "there is no session"
        assert self.ask("GET", "kv/consul-template/dedup?recurse"), "there is no lock"
        for one in both:
            one.kill()  # asked to stop it would first sit out its own wait for the lock, 15 s

    def ends_in_order(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(20) == 12, self.process.returncode  # its own code for an interrupt
