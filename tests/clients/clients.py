"""The clients, in the order of the table."""
import json
import os
import subprocess

import consul_template
import doors
import gateway
import openapi_document
import prometheus
import service
from box import Box
from building import HERE, go_build, npm_install, python_environment


class Operations:
    """A program that runs every call of a library and prints a line of JSON for each."""

    def __init__(self, name, build):
        self.name = name
        self.build = build
        self.command = None

    def prepare(self):
        self.command = self.build()

    def run(self):
        with Box(start=False) as box:
            # They operate, too: maintenance of the node, checks of the node.
            box.config.write_text(box.config.read_text().replace("\napi:\n", "\napi:\n  anonymous: operate\n"))
            box.start()
            environment = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{box.api}"}
            done = subprocess.run(self.command, env=environment, timeout=180, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            rows = [(line["operation"], line["error"], line["ms"] / 1000) for line in lines]
            if done.returncode != 0:
                rows.append(("it ends in order", f"ended with {done.returncode}:\n{done.stderr[-2000:]}", 0))
            return rows


def go_operations():
    return [str(go_build("go", "./...") / "operations")]


def registrator():
    return [str(go_build("registrator", ".") / "registrator")]


def npm_operations():
    node, folder = npm_install("npm")
    return [node, str(HERE / "npm" / "operations.cjs"), str(folder / "node_modules" / "consul")]


def python_operations():
    return [str(python_environment("python")), str(HERE / "python" / "operations.py")]


ALL = [
    Operations("Go api 1.32.1", go_operations),
    doors.Doors(),
    Operations("npm consul 2.0.1", npm_operations),
    Operations("py-consul 1.8.0", python_operations),
    openapi_document.Document(),
    prometheus.Prometheus(),
    consul_template.ConsulTemplate(),
    Operations("registrator's calls", registrator),
    service.Service(),
    gateway.Gateway(),
]
