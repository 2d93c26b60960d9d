"""The tours in README.md and docs/dns.md: every command is run as written and prints what is written."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

from box import BIN, TOP, DefaultPorts, free_port, need

README = TOP / "README.md"
NAMES = TOP / "docs/dns.md"


def section(text, heading):
    return text.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]


def blocks(tour):
    """The ```console blocks of the tour, as (command, expected output) pairs, in order."""
    for block in re.findall(r"```console\n(.*?)```", tour, re.S):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                more, _, output = output.partition("\n")
                command = command[:-1] + more.strip()
            yield command, output.strip()


def loose(text):
    """What differs between two runs and says nothing: serials, times, process ids, blanks."""
    text = re.sub(r"\b1[67]\d{8}\b", "SERIAL", text)
    text = re.sub(r"\b\d+(\.\d+)? ?(ms|s)\b", "TIME", text)
    text = re.sub(r"\[\d+\] \d+", "[1] PID", text)
    text = re.sub(r"revision(\"?[: ]) *\d+", r"revision\1N", text)
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]


def dedented(block):
    indent, text = block
    return indent, "".join(line.removeprefix(indent) for line in text.splitlines(True))


class Tour(unittest.TestCase):
    def walk(self, tour, files=()):
        need("dig", "bash", "curl")
        with DefaultPorts():
            self.walk_alone(tour, files)

    def walk_alone(self, tour, files):
        for kind, port in ((socket.SOCK_DGRAM, 8053), (socket.SOCK_STREAM, 8500)):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    self.skipTest(f"127.0.0.1:{port} is taken on this machine")
        steps = list(blocks(tour))
        self.assertGreater(len(steps), 8)
        with tempfile.TemporaryDirectory(prefix="rollcall-tour-") as folder:
            for name, text in files:
                pathlib.Path(folder, name).write_text(text)
            mark = "=====step====="
            script = "".join(f"printf '%s\\n' '{mark}'\n{command}\n" for command, _ in steps)
            script += f"printf '%s\\n' '{mark}'\nkill $(jobs -p) 2>/dev/null; wait\n"
            env = {k: v for k, v in os.environ.items() if k not in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "ROLLCALL_SOCKET")}
            env.update(PATH=f"{BIN}:{os.environ['PATH']}", RUNTIME_DIRECTORY=f"{folder}/run", STATE_DIRECTORY=f"{folder}/state")
            done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120)
            shown = done.stdout.split(mark + "\n")[1:]
            for (command, expected), actual in zip(steps, shown):
                if expected:
                    self.assertEqual(loose(actual), loose(expected), f"$ {command}")

    def test_every_command_prints_what_the_readme_says(self):
        if not README.exists():
            self.skipTest("a copy of the tests without README.md")
        self.walk(section(README.read_text(), "Five minutes"))

    def test_every_name_of_the_manual_answers_what_it_says(self):
        tour = section(NAMES.read_text(), "1. Names")
        self.walk(tour, [("rollcall.yaml", re.search(r"```yaml\n(.*?)```", tour, re.S).group(1))])

    def test_the_demo_shows_every_layout_and_takes_all_down(self):
        need("dig")
        demo = TOP / "tools/demo"
        if not demo.exists():
            self.skipTest("a copy of the tests without tools")
        done = subprocess.run([sys.executable, str(demo), "--port", str(free_port()), "--once"], capture_output=True,
                              text=True, timeout=60, env={**os.environ, "ROLLCALL_BIN": str(BIN)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("(no records)", done.stdout)
        for name in ("web.service.local.", "web.service.consul.", "web.default.svc.k8s.internal.", "11.0.0.127.in-addr.arpa."):
            self.assertRegex(done.stdout, rf"(?m)^ +{re.escape(name)}\s+\d+\s+IN\s")
        self.assertIn("all taken down", done.stdout)


class Shown(unittest.TestCase):
    def test_a_section_that_a_source_names_is_there(self):
        if not (TOP / "src").exists():
            self.skipTest("a copy of the tests without sources")
        there = set(re.findall(r"\b\d(?:\.\d+)?\b", "\n".join(re.findall(r"(?m)^##+ (.*)$", NAMES.read_text()))))
        named = {}
        for path in (path for folder in ("src", "tests") for path in (TOP / folder).rglob("*") if path.is_file()):
            for number in re.findall(r"docs/dns\.md`? §(\d+(?:\.\d+)?)", path.read_text(errors="replace")):
                named.setdefault(number, path)
        self.assertGreater(len(named), 20)
        self.assertEqual({number: str(path) for number, path in named.items() if number not in there}, {})

    def test_every_outcome_of_a_check_is_in_the_manual_of_the_protocol(self):
        table = TOP / "src" / "health" / "outcome.h"
        if not table.exists():
            self.skipTest("a copy of the tests without sources")
        words = re.findall(r'(?m)^ +X\(\w+, \d+, "(\w+)"', table.read_text())
        page = (TOP / "docs" / "protocol.md").read_text()
        rows = page[page.index("A run ends in one of these ways"):page.index("Thresholds count results")]
        self.assertGreater(len(words), 30)
        self.assertEqual(sorted(words), sorted(set(re.findall(r"`(\w+)`", rows)) - {"outcome", "alias", "max_latency", "latency_factor", "ttl"}))

    def test_a_file_that_a_page_shows_is_that_file(self):
        def said(text):
            lines = (line.split("#", 1)[0].rstrip() for line in text.splitlines())
            return [line for line in lines if line]
        for page, shown, begins in (("forwarders.md", "forwarders/resolv.conf", "nameserver"),
                                    ("secondaries.md", "secondaries/rollcall.yaml", "keys:")):
            with self.subTest(page):
                blocks_ = re.findall(r"(?ms)^( *)```\n(.*?)^\1```", (TOP / "docs" / page).read_text())
                found, = (text for _, text in map(dedented, blocks_) if text.startswith(begins))
                self.assertEqual(said(found), said((TOP / "docs" / shown).read_text()))


if __name__ == "__main__":
    unittest.main()
