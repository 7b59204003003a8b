#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The table of the benchmark, from the lines that tests/bench/phase wrote, with the place before each: standard input.

A ratio is that of the medians; its spread is that of the rounds, each side's n-th measurement against the other's.
"""
import statistics
import sys

MS, KIB, BYTES, COUNT = "ms", "MiB", "B", ""
SCALE = {MS: 1e6, KIB: 1024, BYTES: 1, COUNT: 1}

# Row: what is divided by what (or measured), its unit, the target (None: none), and the least or the most it may be.
ROWS = {
    "A1": ("UDP connect: 0 rules / nothing attached", "ns", "<=", 1.10),
    "A2": ("UDP connect: a million rules, none near / nothing attached", "ns", "<=", 1.13),
    "A2@near": ("UDP connect: a million rules, one near / nothing attached", "ns", None, None),
    "A3": ("UDP connect: a million rules / an empty program", "ns", "<=", 1.045),
    "A4": ("UDP connect: a million rules / one", "ns", "<=", 1.01),
    "A4@1k": ("UDP connect: a million rules / a thousand", "ns", "<=", 1.01),
    "A5": ("UDP connect to 100,000 addresses: a million rules / none", "ns", "<=", 1.15),
    "A6": ("TCP connect, accept, close: a million rules / nothing attached", "ns", "<=", 1.015),
    "A7": ("TCP cycle, on top of a bare one: nft with 100,000 / lsmctl, a million rules", "ns", ">=", 10),
    "A8": ("TCP cycle, on top of a bare one: ipset / lsmctl, a million rules", "ns", ">=", 7),
    "A9": ("UDP connect: lsmctl / the same on cgroup/connect4", "ns", "<=", 0.94),
    "A10": ("UDP connect: lsmctl / on an LPM trie, none near", "ns", "<=", 0.68),
    "A10@near": ("UDP connect: lsmctl / on an LPM trie, one near", "ns", None, None),
    "A11": ("UDP connect: denied / nothing attached, allowed", "ns", "<=", 0.45),
    "A11@1": ("the same, with one rule", "ns", "<=", 0.45),
    "A12": ("UDP connect denied: a watcher is told of each / no watcher", "ns", "<=", 1.15),
    "A12@flood": ("the same, of more than it is told of", "ns", None, None),
    "A13": ("send and receive on an established connection / nothing attached", "ns", "<=", 1.002),
    "A13@empty": ("the same / empty programs on the same hooks", "ns", "<=", 1.002),
    "A14": ("UDP connect: eight rules around one another, of other ports / one", "ns", "<=", 1.05),
    "A15": ("send and receive on an established connection, with the backstop / without it", "ns", "<=", 1.05),
    "A15@udp": ("UDP send and receive, with the backstop / without it", "ns", None, None),
    "B1": ("ipset restore / lsmctl restore, a million", MS, ">=", 10),
    "B1@100k": ("the same, 100,000", MS, ">=", 10),
    "B1@lists": ("the same, the public lists alone", MS, ">=", 10),
    "B2": ("nft -f / lsmctl restore, a million", MS, ">=", 30),
    "B2@100k": ("the same, 100,000", MS, ">=", 30),
    "B2@lists": ("the same, the public lists alone", MS, ">=", 30),
    "B3": ("bpftool batch into an LPM trie / lsmctl restore, 100,000", MS, ">=", 150),
    "B4": ("one batched update of an LPM trie / lsmctl restore, a million", MS, ">=", 4),
    "B4@100k": ("the same, 100,000", MS, ">=", 4),
    "B6": ("restore: a million / 100,000", MS, "<=", 10.5),
    "B7": ("restore: the same file again / the first time", MS, "<=", 0.6),
    "B7@other": ("restore: one line of a million is another / the first time", MS, None, None),
    "B8@block": ("one block among a million / true", MS, "<=", 2.0),
    "B8@del": ("one del among a million / true", MS, "<=", 2.0),
    "B9": ("one block: among a million / beside one", MS, "<=", 1.2),
    "B10": ("unload of a million", MS, "<=", 50),
    "B10@flush": ("flush of a million", MS, "<=", 50),
    "B12": ("memory of restore, a million, at most", KIB, "<=", 128),
    "B12@reload": ("the same, when they are there already", KIB, "<=", 128),
    "C1": ("bpftool -j map dump of an LPM trie / lsmctl -j list, a million", MS, ">=", 20),
    "C3": ("ipset save / lsmctl list, a million", MS, ">=", 5),
    "C3@save": ("ipset save / lsmctl save, a million", MS, ">=", 5),
    "C4": ("memory of list, a million, at most", KIB, "<=", 16),
    "C4@json": ("memory of list -j, a million, at most", KIB, "<=", 16),
    "C5": ("stats of a million", MS, "<=", 15),
    "C5@json": ("stats -j of a million", MS, None, None),
    "C5@rss": ("memory of stats -j, a million, at most", KIB, "<=", 16),
    "C6": ("status / true", MS, "<=", 1.3),
    "C6@btf": ("times that status opens /sys/kernel/btf", COUNT, "<=", 0),
    "C7": ("test among a million / true", MS, "<=", 1.3),
    "C8": ("load of 0 rules / a loader that does nothing more", MS, "<=", 1.2),
    "E@1000000": ("bytes of kernel memory for each of a million rules", BYTES, "<=", 70),
    "E@1000": ("kernel memory of a thousand rules", KIB, None, None),
    "E@3": ("kernel memory of three rules", KIB, None, None),
}
# Times by the emulated clock cannot be held against a limit in milliseconds.
NATIVE_ONLY = {"B10", "B10@flush", "C5"}
DIVIDE = {"E@1000000": 1_000_000, "E@1000": 1024, "E@3": 1024}


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def ratio_text(value):
    return f"{value:.3f}" if value < 2 else f"{value:.1f}"


def judge(name, place, value):
    _, _, relation, target = ROWS[name]
    if relation is None or (place != "native" and name in NATIVE_ONLY):
        return "", ""
    met = value <= target if relation == "<=" else value >= target
    return f"{relation} {target:g}", "ok" if met else "MISSED"


def line_of(name, place, sides):
    what, unit, _, _ = ROWS[name]
    scale = SCALE.get(unit, 1) * DIVIDE.get(name, 1)
    tops = [value / scale for value in sides["n"]]
    bottoms = [value / scale for value in sides["d"]]
    top = statistics.median(tops)
    if not bottoms:
        spread = f"{number(min(tops))}-{number(max(tops))}" if len(tops) > 1 else ""
        return [name, place, what, f"{number(top)} {unit}".strip(), "", "", *judge(name, place, top), spread]
    bottom = statistics.median(bottoms)
    rounds = [a / b for a, b in zip(tops, bottoms)]
    spread = f"{ratio_text(min(rounds))}-{ratio_text(max(rounds))}" if len(rounds) > 1 else ""
    ratio = top / bottom
    return [name, place, what, f"{number(top)} {unit}", f"{number(bottom)} {unit}", ratio_text(ratio),
            *judge(name, place, ratio), spread]


def main():
    samples, remarks, wrong = {}, [], 0
    for line in sys.stdin:
        place, kind, name, rest = line.rstrip("\n").split(" ", 3)
        if kind == "sample":
            side, value = rest.split()
            samples.setdefault((name, place), {"n": [], "d": []})[side].append(float(value))
        else:
            remarks.append(f"{name} ({place}): {'WRONG: ' if kind == 'wrong' else 'skipped: '}{rest}")
            wrong += kind == "wrong"
    order = list(ROWS)
    header = ["row", "where", "what", "", "", "ratio", "target", "", "spread"]
    lines = [line_of(name, place, sides)
             for (name, place), sides in sorted(samples.items(), key=lambda item: order.index(item[0][0]))]
    widths = [max(len(line[i]) for line in [header] + lines) for i in range(len(header))]
    right = (3, 4, 5)
    for line in [header] + lines:
        print("  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))).rstrip())
    missed = sum(line[7] == "MISSED" for line in lines)
    print(f"\n{sum(line[7] == 'ok' for line in lines)} met, {missed} missed")
    for remark in remarks:
        print(remark)
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
