#!/usr/bin/env python3
"""tests/integration/run.py [PATTERN...]: run the integration tests, close with one line of counts.

Each pattern is a file (test_dns), a class or a test (test_dns.Tcp). Without one, every file
runs in a process of its own, twice as many at once as there are processors, since most tests
mostly wait (ROLLCALL_TEST_JOBS says otherwise). Every skipped test is named with its reason.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
# The longest begin first. The last counts all processes of its user: it runs alone.
FIRST = ["test_transfers", "test_oracle", "test_alerts", "test_crash", "test_cli", "test_drain"]
ALONE = ["test_kinds_exec"]
# What another user of the system cannot make different is not asked a second time.
SAME_FOR_ALL = ["test_oracle"] if os.environ.get("ROLLCALL_ANOTHER_USER") else []
COUNTS = re.compile(r"^integration: (\d+) passed, (\d+) failed, (\d+) skipped$", re.M)


class Result(unittest.TextTestResult):
    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"{time.monotonic() - self.began:6.2f} s  ok   {test.id()}")
        self.stream.flush()

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.stream.writeln(f"          skip {test.id()}: {reason}")


def report(passed, failed, skipped):
    print(f"integration: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def run_named(names):
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    report(max(0, result.testsRun - failed - len(result.skipped)), failed, len(result.skipped))


def run_file(name):
    """(passed, failed, skipped) of one file, after its output has been printed in one piece."""
    with tempfile.TemporaryFile() as output:  # no pipe: what a test leaves behind would hold it open
        code = subprocess.run([sys.executable, __file__, name], stdout=output, stderr=subprocess.STDOUT).returncode
        output.seek(0)
        text = output.read().decode(errors="replace")
    found = COUNTS.search(text)
    counts = [int(count) for count in found.groups()] if found else [0, 0, 0]
    if code != 0 and counts[1] == 0:
        counts[1] = 1  # it ended before it could count
    print(f"-- {name} --\n{COUNTS.sub('', text).rstrip()}", flush=True)
    return counts


def run_all():
    names = sorted(path.stem for path in HERE.glob("test_*.py"))
    first = [name for name in FIRST if name not in SAME_FOR_ALL]
    rest = [name for name in names if name not in FIRST + ALONE + SAME_FOR_ALL]
    jobs = int(os.environ.get("ROLLCALL_TEST_JOBS", 2 * len(os.sched_getaffinity(0))))
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        counts = list(pool.map(run_file, first + rest))
    counts += [run_file(name) for name in ALONE]
    report(*(sum(column) for column in zip(*counts)))


if len(sys.argv) > 1:
    run_named(sys.argv[1:])
else:
    run_all()
