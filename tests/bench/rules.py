#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the benchmark, the same for every contender, as the files that each of them reads.

A million: the public lists that are given (hosts, networks of a country, IPv4 and IPv6), filled up with made-up IPv4
prefixes in the mix of a big blocklist. Fewer are every n-th of these, so that all sizes are alike. Always the same.

For each SIZE, in the directory: SIZE.list for lsmctl and for the programs here, SIZE.ipset, SIZE.nft, and SIZE.probes:
addresses, random ones and those at the edges of rules, each with 1 where a rule covers it and 0 where none does. That
is found out here, from nothing but the prefixes, for everybody's answers to be held against. SIZE.calls names addresses
to call: "clear" is one that the filter in front of the tables answers for, "near" one that only the tables do (neither is
covered), "hit" is a host that is a rule. SIZE.misses, for the biggest, are addresses that no rule covers. Of no rules
there are only the files to read; "v6" has as many IPv6 hosts as the biggest.
"""
import argparse
import ipaddress
import os
import random
import sys

MILLION = 1_000_000
MIX = ((32, 848_900), (24, 150_000), (20, 1_000), (16, 100))
MISSES = 100_000
LISTS = ("ipsum-level1.txt", "us-ipv4.cidr", "us-ipv6.cidr")
BITS = {4: 32, 6: 128}
SETS = {4: "bench4", 6: "bench6"}


def reachable(version, value):
    """Whether a connect to it is for a rule to judge: no loopback, no multicast, nothing that the kernel refuses."""
    if version == 6:
        return value >> 125 == 1
    return 1 <= value >> 24 < 224 and value >> 24 != 127


def from_lists(directory):
    """(version, value, length) of the lists' lines, in their order, each once."""
    seen = {}
    for name in LISTS:
        with open(os.path.join(directory, name), encoding="ascii") as lines:
            for line in lines:
                word = line.split("#")[0].strip()
                if word:
                    net = ipaddress.ip_network(word)
                    seen[net.version, int(net.network_address), net.prefixlen] = None
    return list(seen)


def made_up(rng, taken, wanted):
    """So many IPv4 prefixes that are not taken, in the mix."""
    taken = set(taken)
    lengths = [length for length, weight in MIX for _ in range(weight)]
    rng.shuffle(lengths)
    found = []
    for length in lengths:
        while len(found) < wanted:
            value = rng.getrandbits(length) << 32 - length
            if reachable(4, value) and (4, value, length) not in taken:
                taken.add((4, value, length))
                found.append((4, value, length))
                break
    return found


def text(version, value, length):
    address = str(ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value))
    return address if length == BITS[version] else f"{address}/{length}"


class Oracle:
    """Which addresses some rule covers: a set of network numbers for each length."""

    def __init__(self, rules):
        self.networks = {}
        for version, value, length in rules:
            self.networks.setdefault((version, length), set()).add(value >> BITS[version] - length)

    def covers(self, version, value):
        return any(v == version and value >> BITS[version] - length in numbers
                   for (v, length), numbers in self.networks.items())


def probes(rng, rules):
    oracle, wanted = Oracle(rules), set()
    for _ in range(4096):
        wanted.add((4, rng.getrandbits(32)))
        wanted.add((6, 1 << 125 | rng.getrandbits(125)))
    for version, value, length in rng.sample(rules, min(len(rules), 2048)):
        last = value | (1 << BITS[version] - length) - 1
        wanted.update((version, edge) for edge in (value - 1, value, last, last + 1) if 0 <= edge < 1 << BITS[version])
    found = sorted(probe for probe in wanted if reachable(*probe))
    rng.shuffle(found)
    return [(text(v, value, BITS[v]), oracle.covers(v, value)) for v, value in found]


def filter_bits(n):
    """As filter_shift() in common/table/compile.c: a bit of the filter stands for so many first bits of an address."""
    bits = 10
    while bits < 24 and n * 64 > 1 << bits:
        bits += 1
    return bits


def calls(rng, rules, wanted):
    oracle = Oracle(rules)
    v4 = [(value, length) for version, value, length in rules if version == 4]
    hidden = 32 - filter_bits(len(v4))
    mentioned = set()
    for value, length in v4:
        mentioned.update(range(value >> hidden, ((value | (1 << 32 - length) - 1) >> hidden) + 1))
    # The kernel's own search for a route is longer in the lower half, where 127.0.0.0/8 is.
    all_low = all(value < 1 << 31 for value, _ in v4)
    found = {"hit": next(value for value, length in v4 if length == 32)}
    misses = []
    while len(misses) < wanted or len(found) < 3:
        value = rng.getrandbits(32)
        if reachable(4, value) and not oracle.covers(4, value):
            kind = "near" if value >> hidden in mentioned else "clear"
            if value >= 1 << 31 or (kind == "near" and all_low):
                found.setdefault(kind, value)
            misses.append(value)
    return found, misses[:wanted]


def write(directory, name, lines):
    with open(os.path.join(directory, name), "w", encoding="ascii") as file:
        file.writelines(lines)


def hosts6(rng, wanted):
    """So many IPv6 hosts, in networks of one provider, as a blocklist has them."""
    found = {}
    while len(found) < wanted:
        found[6, 0x20010DB8 << 96 | rng.getrandbits(32) << 64 | rng.getrandbits(16), 128] = None
    return list(found)


def write_lists(directory, name, rules):
    texts = [(rule[0], text(*rule)) for rule in rules]
    write(directory, f"{name}.list", (f"{word}\n" for _, word in texts))
    write(directory, f"{name}.ipset",
          [f"create {SETS[4]} hash:net family inet maxelem {2 * MILLION}\n",
           f"create {SETS[6]} hash:net family inet6 maxelem {2 * MILLION}\n"] +
          [f"add {SETS[version]} {word}\n" for version, word in texts])
    # Without auto-merge it takes no prefix that lies in another one.
    parts = ["table inet bench {\n"]
    for version, kind in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        words = [word for v, word in texts if v == version]
        elements = "\t\telements = { " + ",\n".join(words) + " }\n" if words else ""
        parts.append(f"\tset {SETS[version]} {{\n\t\ttype {kind}\n\t\tflags interval\n\t\tauto-merge\n{elements}\t}}\n")
    parts.append("\tchain out {\n\t\ttype filter hook output priority 0\n"
                 f"\t\tip daddr @{SETS[4]} reject\n\t\tip6 daddr @{SETS[6]} reject\n\t}}\n}}\n")
    write(directory, f"{name}.nft", parts)
    if rules:
        write(directory, f"{name}.probes",
              (f"{address} {int(covered)}\n" for address, covered in probes(random.Random(name), rules)))


def write_rules(directory, name, rules, biggest=False):
    write_lists(directory, name, rules)
    if not rules:
        return
    found, misses = calls(random.Random(name), rules, MISSES if biggest else 0)
    write(directory, f"{name}.calls", (f"{word} {text(4, value, 32)}\n" for word, value in sorted(found.items())))
    if misses:
        write(directory, f"{name}.misses", (f"{text(4, value, 32)}\n" for value in misses))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lists", metavar="DIR", help="where " + ", ".join(LISTS) + " are")
    parser.add_argument("directory")
    parser.add_argument("sizes", metavar="SIZE", type=int, nargs="+", help="0, or a part of a million")
    args = parser.parse_args()
    real = from_lists(args.lists) if args.lists else []
    rules = real + made_up(random.Random(1), real, MILLION - len(real))
    for size in args.sizes:
        write_rules(args.directory, str(size), rules[::MILLION // size][:size] if size else [], size == max(args.sizes))
    write_lists(args.directory, "v6", hosts6(random.Random(6), max(args.sizes)))
    if real:
        write_rules(args.directory, "lists", real)


if __name__ == "__main__":
    sys.exit(main())
