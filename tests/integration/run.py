#!/usr/bin/env python3
"""tests/integration/run.py [PATTERN...]: run the integration tests, close with one line of counts.

Each pattern is a file (test_dns), a class or a test (test_dns.Tcp). Every skipped test is
named with its reason.
"""
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


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


def main():
    loader = unittest.defaultTestLoader
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), "test_*.py")
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"integration: {result.testsRun - failed - len(result.skipped)} passed, {failed} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(1 if failed else 0)


main()
