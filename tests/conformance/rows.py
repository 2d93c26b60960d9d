#!/usr/bin/env python3
"""rows.py BUILD: run every row of the tables in docs/dns.md and print how many ran.

rows.txt lists the rows. BUILD/tests has the programs. Ends with 1 when a row has no test,
when one of its tests did not run or failed, and when a case file has an id that no table
has.
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
COLUMNS = ("rows", "by UDP", "by TCP", "other test", "not offered", "skipped")


class Row:
    def __init__(self):
        self.need = {"udp", "tcp"}
        self.tests = []      # (file, name)
        self.absent = ""
        self.udp = self.tcp = 0
        self.faults = []


def ids(words):
    for word in words.split(","):
        first, _, last = word.partition("-")
        letter = first.rstrip("0123456789")
        begin = int(first[len(letter):])
        for number in range(begin, int((last or first).lstrip(letter or " ")) + 1):
            yield f"{letter}{number}"


def read_rows():
    tables, rows = [], {}
    for line in (HERE / "rows.txt").read_text().splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "table":
            names = list(ids(words[2]))
            tables.append((words[1], " ".join(words[3:]), names))
            rows.update((name, Row()) for name in names)
            continue
        row = rows[words[1]]
        if words[2] == "absent":
            row.absent = " ".join(words[3:])
        elif words[2] == "test":
            row.tests += [(words[3], name) for name in words[4:]]
        elif words[2] == "ctest":
            row.tests += [("ctest", name) for name in words[3:]]
        else:
            row.need = {words[2]}
    return tables, rows


def run_cases(build, rows):
    """Every case file; those with an id in their name count for its row."""
    folders = sorted({path.parent for path in HERE.glob("*/*.case")})
    done = subprocess.run([build / "conformance/conformance", "--files", *folders],
                          capture_output=True, text=True)
    strange = []
    for line in done.stdout.splitlines():
        if not line.startswith("file "):
            print(line)
            continue
        _, path, udp, tcp, failed = line.split()
        found = re.match(r"([a-z]?)0*(\d+)_", os.path.basename(path))
        if not found:
            continue
        row = rows.get(found[1].upper() + found[2])
        if row is None:
            strange.append(f"{path}: no table has this row")
            continue
        row.udp += int(udp)
        row.tcp += int(tcp)
        if int(failed):
            row.faults.append(f"{path}: {failed} failed")
    if done.returncode != 0:
        strange.append("conformance: a case failed")
    return strange


def passed_in(build, file, known={}):
    """Names of the tests of a C file that passed; it is run once."""
    if file not in known:
        path = pathlib.PurePath(file)
        program = (build / "unit_{}_{}".format(path.parts[1], path.stem) if path.parts[0] == "unit" else
                   build / "conformance" / f"conformance_{path.stem}")
        done = subprocess.run([program], capture_output=True, text=True)
        known[file] = set(re.findall(r"\[       OK \] (\w+)", done.stdout + done.stderr))
    return known[file]


def in_ctest(build, known={}):
    """The names that ctest runs."""
    if not known:
        done = subprocess.run(["ctest", "--test-dir", build.parent, "-N"], capture_output=True, text=True)
        known.update((name, True) for name in re.findall(r"Test +#\d+: (\S+)", done.stdout))
    return known


def check_tests(build, row):
    for file, name in row.tests:
        if file == "ctest":
            good = name in in_ctest(build)
        elif file.endswith(".c"):
            good = name in passed_in(build, file)
        else:
            good = re.search(rf"^    def {name}\(self\)", (TESTS / file).read_text(), re.M)
        if not good:
            row.faults.append(f"{file}: {name} did not pass" if file.endswith(".c") else f"{file}: no {name}")


def check(build, name, row):
    if row.absent:
        return
    check_tests(build, row)
    if row.tests:
        return
    for transport in sorted(row.need):
        if getattr(row, transport) == 0:
            row.faults.append(f"no case by {transport.upper()}")


def line_of(section, title, rows):
    cells = (len(rows), sum(row.udp > 0 for row in rows), sum(row.tcp > 0 for row in rows),
             sum(bool(row.tests) for row in rows), sum(bool(row.absent) for row in rows),
             sum(not (row.udp or row.tcp or row.tests or row.absent) for row in rows))
    return f"{section:<5} {title:<24}" + "".join(f"{cell:>12}" for cell in cells)


def main():
    build = pathlib.Path(sys.argv[1]) / "tests"
    tables, rows = read_rows()
    faults = run_cases(build, rows)
    print(f"{'§':<5} {'table':<24}" + "".join(f"{title:>12}" for title in COLUMNS))
    for section, title, names in tables:
        for name in names:
            check(build, name, rows[name])
            faults += [f"row {name}: {fault}" for fault in rows[name].faults]
        print(line_of(section, title, [rows[name] for name in names]))
    print(line_of("", "all", list(rows.values())))
    questions = sum(row.udp + row.tcp for row in rows.values())
    print(f"{questions} questions were asked for rows; not offered: "
          + "; ".join(f"{name}, {row.absent}" for name, row in rows.items() if row.absent))
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
