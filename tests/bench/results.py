#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmark measured, in files: PLACE-ROW.json for each row, so that tables and plots need no new measurement.

results.py DIR MACHINE VERSION reads the lines that tests/bench/phase wrote, with the place before each, from standard
input, and writes a file for each row that is in them in the place of the one there was. Ends with 1 if something was
wrong.
"""
import datetime
import glob
import json
import os
import sys

TOOLS = {"lsmctl": "lsmctl", "cgroup": "cgroup + LPM trie", "nft": "nft set", "ipset": "ipset + iptables"}
CALLS = {"connect": "UDP connect", "tcp": "TCP connect, accept, close", "sendto": "UDP sendto, receive"}
COMMANDS = {"restore": "restore", "list": "list", "block": "block one more", "del": "delete it"}
# The clock of the machines that count instructions: tests/vm --icount 1.
NS_PER_INSTRUCTION = 2


def keep(directory, machine, version, lines):
    rows, kernels, failed = {}, {}, False
    for line in lines:
        place, kind, name, rest = (line.rstrip("\n") + " ").split(" ", 3)
        rest = rest.rstrip()
        if kind == "kernel":
            kernels[place] = name
            continue
        if kind == "wrong":
            failed = True
            print(f"{name} ({place}): WRONG: {rest}")
            if name == "machine":
                continue
        row = rows.setdefault((place, name.split("@")[0]), {"samples": {}, "cells": {}, "over": {}, "remarks": []})
        words = rest.split()
        if kind == "sample":
            row["samples"].setdefault(name, {"n": [], "d": []})[words[0]].append(float(words[1]))
        elif kind == "cell":
            row["cells"].setdefault(words[0], {}).setdefault(words[1], []).append(float(words[2]))
        elif kind == "over":
            row["over"].setdefault(words[0], {})[words[1]] = float(words[2])
        else:
            row["remarks"].append([kind, name, rest])
    date = datetime.date.today().isoformat()
    for (place, name), row in rows.items():
        row.update(place=place, row=name, date=date, machine=machine, version=version, kernel=kernels.get(place, "?"))
        with open(os.path.join(directory, f"{place}-{name}.json"), "w", encoding="utf-8") as file:
            json.dump(row, file, indent=1)
            file.write("\n")
    return failed or not rows


def load(directory):
    """All rows there are: {(place, row): what keep() wrote}."""
    rows = {}
    for name in sorted(glob.glob(os.path.join(directory, "*.json"))):
        with open(name, encoding="utf-8") as file:
            row = json.load(file)
        rows[row["place"], row["row"]] = row
    return rows


def sizes(rows):
    found = {int(size) for (_, name), row in rows.items() if name.startswith("T-")
             for part in ("cells", "over") for by_size in row[part].values() for size in by_size}
    return sorted(found)


def cell(rows, place, tool, what, size):
    """(values, None), (None, what it was stopped after) or (None, None)."""
    row = rows.get((place, f"T-{tool}"), {"cells": {}, "over": {}})
    return row["cells"].get(what, {}).get(str(size)), row["over"].get(what, {}).get(str(size))


def caption(rows):
    def each(key, places=("native", "icount")):
        return ", ".join(sorted({row[key] for (place, _), row in rows.items() if place in places}))

    # Each run adds "MACHINE, load L".
    loads = {}
    for row in rows.values():
        machine, _, load = row["machine"].rpartition(", load ")
        loads.setdefault(machine, []).append(float(load))
    machines = ", ".join(f"{machine}, load {min(those)}" + f" to {max(those)}" * (min(those) < max(those))
                         for machine, those in sorted(loads.items()))
    text = f"lsmctl {each('version')}, {each('date')}. {machines}"
    guests = each("kernel", ("icount",))
    if guests:
        text += f"; calls on Linux {guests} in a virtual machine (plain emulation)"
    if each("kernel", ("native",)):
        text += f"; times of commands on Linux {each('kernel', ('native',))}"
    return text


if __name__ == "__main__":
    sys.exit(keep(*sys.argv[1:4], sys.stdin))
