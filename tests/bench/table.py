#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The tables of the benchmark, in Markdown, from the files that results.py wrote: table.py DIR.

A figure is a median. A ratio is that of the medians; its spread is that of the rounds, each side's n-th measurement
against the other's.
"""
import os
import statistics
import sys

from results import CALLS, COMMANDS, NS_PER_INSTRUCTION, TOOLS, caption, cell, load, sizes

MS, KIB, BYTES, COUNT = "ms", "MiB", "B", ""
SCALE = {MS: 1e6, KIB: 1024, BYTES: 1, COUNT: 1}

# Row: what is divided by what (or measured), its unit, the target (None: none), and the least or the most it may be.
ROWS = {
    "S1": ("UDP connect by IPv6: 0 rules / nothing attached", "ns", "<=", 1.11),
    "S2": ("UDP connect by IPv6: a country's 10,000 prefixes, none near / nothing attached", "ns", "<=", 1.11),
    "S3": ("UDP connect: a million rules and one for a port, of another port / nothing attached", "ns", "<=", 1.13),
    "S4": ("UDP connect: default block, an allow list of 1,000 has it / nothing attached", "ns", "<=", 1.22),
    "S4@many": ("the same, of a million", "ns", "<=", 1.28),
    "S5": ("UDP connect: a rule for another user is near / nothing attached", "ns", "<=", 1.20),
    "S5@gid": ("the same, a rule for another group", "ns", "<=", 1.20),
    "S5@exe": ("the same, a rule for another program", "ns", "<=", 1.25),
    "S6@1": ("UDP connect: a rule for another cgroup is near, the caller's is at depth 1 / nothing attached", "ns", "<=", 1.25),
    "S6@5": ("the same, at depth 5", "ns", "<=", 1.25),
    "S6@10": ("the same, at depth 10", "ns", "<=", 1.25),
    "S7": ("UDP connect: 127 rules for other ports of the address / nothing attached", "ns", "<=", 1.5),
    "S7@all": ("the same, and a rule for all ports", "ns", None, None),
    "S8": ("socket(2) and close: 0 rules / nothing attached", "ns", "<=", 1.0),
    "S8@strict": ("socket(2) and close: strict on / nothing attached", "ns", None, None),
    "S8@option": ("setsockopt(2): 0 rules / nothing attached", "ns", "<=", 1.0),
    "A1": ("UDP connect: 0 rules / nothing attached", "ns", "<=", 1.101),
    "A2": ("UDP connect: a million rules, none near / nothing attached", "ns", "<=", 1.13),
    "A2@near": ("UDP connect: a million rules, one near / nothing attached", "ns", None, None),
    "A3": ("UDP connect: a million rules / an empty program", "ns", "<=", 1.045),
    "A4": ("UDP connect: a million rules / one", "ns", "<=", 1.01),
    "A4@1k": ("UDP connect: a million rules / a thousand", "ns", "<=", 1.01),
    "A5": ("UDP connect to 100,000 addresses: a million rules / none", "ns", "<=", 1.08),
    "A6": ("TCP connect, accept, close: a million rules / nothing attached", "ns", "<=", 1.008),
    "A7": ("TCP cycle, on top of a bare one: nft with 100,000 / lsmctl, a million rules", "ns", ">=", 10),
    "A8": ("TCP cycle, on top of a bare one: ipset / lsmctl, a million rules", "ns", ">=", 7),
    "A9": ("UDP connect: lsmctl / the same on cgroup/connect4", "ns", "<=", 0.94),
    "A10": ("UDP connect: lsmctl / on an LPM trie, none near", "ns", "<=", 0.68),
    "A10@near": ("UDP connect: lsmctl / on an LPM trie, one near", "ns", None, None),
    "A11": ("UDP connect: denied / nothing attached, allowed", "ns", "<=", 0.58),
    "A11@1": ("the same, with one rule", "ns", "<=", 0.50),
    "A12": ("UDP connect denied: a watcher is told of each / no watcher", "ns", "<=", 1.47),
    "A12@flood": ("the same, of more than it is told of", "ns", None, None),
    "A13": ("send and receive on an established connection / nothing attached", "ns", "<=", 1.013),
    "A13@empty": ("the same / empty programs on the same hooks", "ns", "<=", 1.002),
    "A14": ("UDP connect: eight rules around one another, of other ports / one", "ns", "<=", 1.12),
    "A15": ("send and receive on an established connection, with the backstop / without it", "ns", "<=", 1.05),
    "A15@udp": ("UDP send and receive, with the backstop / without it", "ns", None, None),
    "A16": ("send and receive on an established connection, default block, answers on / off", "ns", None, None),
    "A16@udp": ("UDP send and receive on loopback, default block, answers on / off", "ns", None, None),
    "A16@answer": ("UDP from another host and back, an answer / answers off and a rule", "ns", None, None),
    "N1": ("UDP send and receive on loopback, with rules for names, on top of without", "ns", "<=", 550),
    "N1@empty": ("the same, with an empty program that sees each packet that comes, on top of without", "ns", None, None),
    "N2": ("a query to a name server by loopback, with rules for names, on top of without", "ns", None, None),
    "N2@answer": ("its answer, with one address for a rule, on top of without", "ns", "<=", 6000),
    "N3": ("64 KiB sent and received by TCP on loopback, with rules for names / without", "ns", "<=", 1.02),
    "N3@empty": ("the same, with an empty program that sees each packet that comes / without", "ns", None, None),
    "N4": ("UDP connect: rules for names, another address / without", "ns", "<=", 1.01),
    "B1": ("ipset restore / lsmctl restore, a million, processor time", MS, ">=", 10),
    "B1@100k": ("the same, 100,000", MS, ">=", 10),
    "B1@v6": ("the same, a million IPv6 hosts", MS, ">=", 10),
    "B1@lists": ("the same, the public lists alone", MS, ">=", 10),
    "B2": ("nft -f / lsmctl restore, a million, processor time", MS, ">=", 30),
    "B2@100k": ("the same, 100,000", MS, ">=", 30),
    "B2@lists": ("the same, the public lists alone", MS, ">=", 30),
    "B3": ("bpftool batch into an LPM trie / lsmctl restore, 100,000, processor time", MS, ">=", 150),
    "B4": ("one batched update of an LPM trie / lsmctl restore, a million, processor time", MS, ">=", 4),
    "B4@100k": ("the same, 100,000", MS, ">=", 4),
    "B5": ("restore of a million / to read the file and write as many bytes as its tables have, processor time", MS, "<=", 6),
    "B6": ("restore: a million / 100,000", MS, "<=", 10.5),
    "B7": ("restore: the same file again / the first time", MS, "<=", 0.6),
    "B7@other": ("restore: one line of a million is another / the first time", MS, "<=", 0.6),
    "B8@block": ("one block among a million / true", MS, "<=", 2.0),
    "B8@del": ("one del among a million / true", MS, "<=", 2.0),
    "B9": ("one block: among a million / beside one", MS, "<=", 1.2),
    "B10": ("unload of a million", MS, "<=", 50),
    "B10@flush": ("flush of a million", MS, "<=", 50),
    "B12": ("memory of restore, a million, at most", KIB, "<=", 128),
    "B12@reload": ("the same, when they are there already", KIB, "<=", 128),
    "B13": ("block --cut of 100,000 connections in 50 network namespaces (in machines: 20,000), processor time", MS, "<=", 1000),
    "B14": ("batch of 10,000 blocks / restore --set of the same, processor time", MS, "<=", 2.0),
    "B14@many": ("the same, beside a million rules", MS, "<=", 2.0),
    "B15": ("100,000 adds among a million, one by one: the longest, processor time", MS, "<=", 5),
    "B15@long": ("of these, so many took more than 5 ms", COUNT, "<=", 0),
    "C1": ("bpftool -j map dump of an LPM trie / lsmctl -j list, a million", MS, ">=", 20),
    "C2": ("nft -j list / lsmctl -j list, 100,000", MS, ">=", 50),
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
    "C7@list": ("list ADDRESS among a million / true", MS, "<=", 1.5),
    "C8": ("load of 0 rules / a loader that does nothing more", MS, "<=", 1.2),
    # Ten milliseconds, of a processor that carries out an instruction in a nanosecond.
    "C9": ("run -- true / true", "ns", None, None),
    "C9@over": ("run -- true, on top of true", "ns", "<=", 1e7),
    "C9@many": ("run -- true / true, a million rules in force", "ns", None, None),
    "C9@many_over": ("run -- true, on top of true, a million rules in force", "ns", "<=", 1e7),
    "D2": ("reports: read and thrown away / by watch -j, processor time", MS, ">=", 0.5),
    "D3": ("times that watch -j begins to wait, in a millisecond", COUNT, "<=", 1),
    "E@many": ("bytes of kernel memory for each of a million rules", BYTES, "<=", 70),
    "E@lists": ("the same, for each rule of the public lists alone", BYTES, "<=", 60),
    "E@1000": ("kernel memory of a thousand rules", KIB, None, None),
    "E@3": ("kernel memory of three rules", KIB, None, None),
}
# Times by the emulated clock cannot be held against a limit in milliseconds.
NATIVE_ONLY = {"B10", "B10@flush", "B13", "B15", "C5"}
DIVIDE = {"E@1000": 1024, "E@3": 1024}


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def ratio_text(value):
    return f"{value:.3f}" if value < 2 else f"{value:,.1f}"


def duration(ns):
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}" if ns < 1000 * scale else f"{ns / scale:,.0f} {unit}"
    return f"{ns:.0f} ns"


def instructions(ns):
    count = ns / NS_PER_INSTRUCTION
    return f"{count:,.0f}" if count < 1e6 else f"{count / 1e6:,.3g} M" if count < 1e9 else f"{count / 1e6:,.0f} M"


def judge(name, place, value):
    _, _, relation, target = ROWS[name]
    if relation is None or (place != "native" and name in NATIVE_ONLY):
        return "", ""
    met = value <= target if relation == "<=" else value >= target
    return f"{relation} {target:g}", "met" if met else "MISSED"


def line_of(name, place, sides):
    what, unit, _, _ = ROWS[name]
    scale = SCALE.get(unit, 1) * DIVIDE.get(name, 1)
    if place == "icount" and unit == "ns":
        unit, scale = "instr.", NS_PER_INSTRUCTION
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
            *judge(name, place, round(ratio, 3)), spread]  # as it is shown: rounds of the same differ by more


def print_table(header, lines, right):
    widths = [max(len(line[i]) for line in [header] + lines) for i in range(len(header))]
    dashes = ["-" * (width - 1) + (":" if i in right else "-") for i, width in enumerate(widths)]
    for line in [header, dashes] + lines:
        print("| " + " | ".join(text.rjust(width) if i in right else text.ljust(width)
                                for i, (text, width) in enumerate(zip(line, widths))) + " |")
    print()


def count_of(size):
    return f"{size // 1000:,}k" if 0 < size < 1_000_000 else f"{size // 1_000_000}M" if size else "0"


def figure(values, over, form, bare=None, spread=True):
    if values is None:
        return f"> {form(over)}" if over else "-"
    middle = statistics.median(values)
    text = form(middle)
    if bare:
        text += f" ({middle / bare:.3f}x)"
    if spread and len(values) > 1:
        text += f" [{form(min(values))} - {form(max(values))}]"
    return text


def print_calls(rows, place, form):
    lines = []
    for call, title in CALLS.items():
        bare, _ = cell(rows, place, "bare", call, 0)
        middle = statistics.median(bare) if bare else None
        for size in sizes(rows):
            lines.append([title, count_of(size), figure(bare, None, form, spread=False)] +
                         [figure(*cell(rows, place, tool, call, size), form, middle, False) for tool in TOOLS])
    print_table(["call", "rules", "nothing", *TOOLS.values()], lines, range(1, 3 + len(TOOLS)))


def print_commands(rows, place, form, spread):
    lines = [[title, count_of(size)] +
             [figure(*cell(rows, place, tool, what, size), form, spread=spread) for tool in TOOLS]
             for what, title in COMMANDS.items() for size in sizes(rows)]
    print_table(["command", "rules", *TOOLS.values()], lines, range(1, 2 + len(TOOLS)))
    nothing, _ = cell(rows, place, "bare", "true", 0)
    if nothing:
        print(f"A process that does nothing (`true`): {figure(nothing, None, form, spread=spread)}.\n")


def widest(rows):
    """The most by which the rounds of a call differ where instructions are counted, in percent."""
    return max((100 * (max(values) / min(values) - 1) for (place, _), row in rows.items() if place == "icount"
                for call in CALLS for values in row["cells"].get(call, {}).values()), default=0)


def has(rows, place, names):
    return any(row["cells"].keys() & names for (where, _), row in rows.items() if where == place)


def main():
    rows = load(sys.argv[1])
    print(f"""# How fast

{caption(rows)}.

Drawn by `make bench-table` from what `make bench` measured, which may be rows of several runs. All have the same rules
(IPv4 hosts and networks, as in a big blocklist), and calls go to a destination that no rule covers. nft has an interval set with auto-merge, ipset a hash:net
behind one iptables rule; both judge packets, so that a UDP connect, which sends none, costs nothing and is not refused.
cgroup + LPM trie is ten lines of BPF at connect4 and sendmsg4 (tests/bench/cgroup.bpf.c): IPv4 and no more than that.
Where there is a dash, nothing was measured; `>`: it was stopped then, unfinished.
""")
    if sizes(rows) and max(sizes(rows)) == 1_000_000:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes.md"), encoding="utf-8") as notes:
            print(notes.read())
    if any(place == "icount" and name.startswith("T-") for place, name in rows):
        print(f"""## Instructions

Counted in the guest by qemu's -icount, so that no other load matters; the rounds of no call differ by more than
{widest(rows):.1f}%. In brackets: against nothing attached.
""")
        if has(rows, "icount", CALLS.keys()):
            print_calls(rows, "icount", instructions)
        if has(rows, "icount", COMMANDS.keys()):
            print("Of commands: while a processor was busy with the process.\n")
            print_commands(rows, "icount", instructions, False)
    if has(rows, "native", COMMANDS.keys()):
        print('''## Time

Of commands, natively; lsmctl's tables and the LPM trie are not attached to anything. Median [least - most] of the rounds;
one figure: it ran once. The time of a call in an emulated machine says nothing of one elsewhere.
''')
        print_commands(rows, "native", duration, True)
    if sizes(rows) and max(sizes(rows)) < 1_000_000:
        print(f"Of small rulesets: {max(sizes(rows)):,} rules stand for a million, so that no target below means much.\n")
    order = list(ROWS)
    samples = [(name, place, sides) for (place, _), row in rows.items() for name, sides in row["samples"].items()]
    lines = [line_of(*sample) for sample in sorted(samples, key=lambda sample: order.index(sample[0]))]
    if lines:
        met = sum(line[7] == "met" for line in lines)
        missed = sum(line[7] == "MISSED" for line in lines)
        print(f"## Targets\n\n{met} met, {missed} missed. Each row is a ratio, the first side by the second.\n")
        print_table(["row", "where", "what", "first", "second", "ratio", "target", "", "spread"], lines, (3, 4, 5))
    remarks = [(place, *remark) for (place, _), row in rows.items() for remark in row["remarks"]]
    if remarks:
        print("## Left out\n")
        for place, kind, name, rest in remarks:
            print(f"- {name} ({place}): {'WRONG: ' if kind == 'wrong' else ''}{rest}")


if __name__ == "__main__":
    main()
