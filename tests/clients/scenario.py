"""Scenes that are played with several programs: each scene is a row."""
import json
import os
import subprocess
import time
import urllib.request

from box import Box


class Scenario:
    """A client whose run is a list of scenes; after one that fails the rest cannot be played."""

    name = ""
    scenes = ()
    extra = ""  # of the configuration

    def prepare(self):
        """Fetch and build; raises Skip."""

    def open(self, box):
        """Start what all scenes need."""

    def close(self):
        """Stop it."""

    def run(self):
        rows = []
        with Box(self.extra) as box:
            self.box = box
            self.environment = {**os.environ, "CONSUL_HTTP_ADDR": f"127.0.0.1:{box.api}"}
            try:
                self.open(box)
                for scene in self.scenes:
                    begin = time.monotonic()
                    error = None
                    try:
                        getattr(self, scene)()
                    except (AssertionError, OSError, KeyError, ValueError) as met:
                        error = f"{type(met).__name__}: {met}"
                    rows.append((scene.replace("_", " "), error, time.monotonic() - begin))
                    if error:
                        break
            finally:
                self.close()
        return rows

    def start(self, *command, **options):
        """A program of the scenes; killed with the box when it is still there at the end."""
        return self.box.spawn(*[str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL,
                              **options)

    def ask(self, method, path, body=None):
        """What curl would do: the status is 200, or it raises; the JSON of the answer, or None."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.box.api}/v1/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def register(self, name, **fields):
        self.ask("PUT", "agent/service/register", {"Name": name, **fields})

    def passing(self, service):
        return sorted(entry["Service"]["ID"] for entry in self.ask("GET", f"health/service/{service}?passing"))
