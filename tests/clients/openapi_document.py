"""The OpenAPI document of a running daemon, judged by a validator of others."""
import json
import platform
import subprocess
import sys
import time
import urllib.request

from box import Box
from building import HERE, Skip, python_environment


class Document:
    name = "openapi-spec-validator"

    def __init__(self):
        self.interpreter = None

    def prepare(self):
        if sys.version_info[:2] != (3, 11) or platform.machine() != "x86_64":
            raise Skip("its lock file is for CPython 3.11 on x86-64")
        self.interpreter = python_environment("openapi")

    def judge(self, tree):
        """None, or why it is no OpenAPI document."""
        done = subprocess.run([str(self.interpreter), str(HERE / "openapi" / "validate.py")], input=json.dumps(tree),
                              capture_output=True, text=True, timeout=120, check=False)
        return None if done.returncode == 0 else done.stderr.strip().split("\n")[-1]

    def run(self):
        with Box() as box:
            with urllib.request.urlopen(f"http://127.0.0.1:{box.api}/v1/rollcall/openapi.json", timeout=20) as reply:
                tree = json.load(reply)
        begin = time.monotonic()
        rows = [(f"the document: {len(tree['paths'])} paths", self.judge(tree), time.monotonic() - begin)]
        begin = time.monotonic()
        del tree["components"]["responses"]["Error"]["description"]
        broken = self.judge(tree)
        rows.append(("a broken one is refused", None if broken else "it was taken", time.monotonic() - begin))
        return rows
