#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""compare.py [--different] DIRECTORY SUITE...: what the runs in DIRECTORY came to, as a table, and the tests that differ.

A run is a file SUITE.CONDITION or SUITE.CONDITION-2, a test a line: its name, a tab, its outcome. plain and again are those
without lsmctl. A test with several outcomes among them is unstable; of the others, one that had another outcome in any
other run differs. With --different, only the conditions under which tests of the suite differ. Exit status 1 when some
do, or a run is missing.
"""
import glob
import os
import sys

WITHOUT = ("plain", "again")
NEEDED = WITHOUT + ("empty", "million")
ABSENT = "absent"


def outcomes(path):
    """A run's outcomes by the tests' names. Tests that share a name are told apart by their order."""
    found = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, outcome = line.rstrip("\n").rpartition("\t")
            count, each = 1, name
            while each in found:
                count, each = count + 1, f"{name} #{count + 1}"
            found[each] = outcome
    return found


def runs(directory, suite):
    """(condition, outcomes) of each run of a suite that came to its end."""
    for path in sorted(glob.glob(os.path.join(directory, suite + ".*"))):
        name = os.path.basename(path)[len(suite) + 1:]
        # A run that names no test has tried none.
        if not name.endswith((".log", ".part")) and (found := outcomes(path)):
            yield name.split("-")[0], found


def judge(directory, suite):
    """Counts, the unstable tests, and the different ones: {name: {condition: outcomes}}."""
    all_runs = list(runs(directory, suite))
    names = dict.fromkeys(name for _, run in all_runs for name in run)
    counts, unstable, different = {"passed": 0, "failed": 0, "skipped": 0}, [], {}
    for name in names:
        seen = {}
        for condition, run in all_runs:
            seen.setdefault(condition, []).append(run.get(name, ABSENT))
        without = [outcome for each in WITHOUT for outcome in seen.get(each, [])]
        if not without:
            continue
        # What a whole class's set-up skips is not run.
        kind = without[0].split()[0].replace("not-run", "skipped")
        counts[kind if kind in counts else "failed"] += 1
        if len(set(without)) > 1:
            unstable.append(f"{suite}: {name}: {' or '.join(sorted(set(without)))}")
        elif any(outcome != without[0] for each in seen.values() for outcome in each):
            different[name] = {each: found for each, found in seen.items() if set(found) != set(without)}
            different[name]["without"] = without
    missing = [each for each in NEEDED if each not in [condition for condition, _ in all_runs]]
    return len(names), counts, unstable, different, missing


def main():
    only = sys.argv[1] == "--different"
    directory, *suites = sys.argv[2 if only else 1:]
    total, said, bad = [0] * 6, [], False
    if not only:
        print(f"{'suite':10} {'tests':>6} {'passed':>7} {'failed':>7} {'skipped':>8} {'unstable':>9} {'differ':>7}")
    for suite in suites:
        tests, counts, unstable, different, missing = judge(directory, suite)
        if only:
            print(*sorted({each for found in different.values() for each in found} - {"without"}), sep="\n")
            continue
        row = [tests, *counts.values(), len(unstable), len(different)]
        total = [a + b for a, b in zip(total, row)]
        print("{:10} {:6} {:7} {:7} {:8} {:9} {:7}".format(suite, *row))
        said += [f"unstable - {each}" for each in unstable]
        for name, found in different.items():
            told = "; ".join(f"{each}: {', '.join(was)}" for each, was in found.items())
            said.append(f"differs - {suite}: {name}: {told}")
        said += [f"missing - {suite}: {each}" for each in missing]
        bad = bad or bool(different or missing)
    if not only:
        print("{:10} {:6} {:7} {:7} {:8} {:9} {:7}".format("all", *total))
        for line in said:
            print(line)
    sys.exit(1 if bad and not only else 0)


if __name__ == "__main__":
    main()
