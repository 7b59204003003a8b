#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""turns.py CLIENT COUNT|SECONDSs [PROGRAM]: as turns.c, of another client: python; go, which is the program hey, and does
all turns of a name itself; wget of busybox, of which a process does many turns, and only one that is refused."""

import os
import re
import socket
import struct
import subprocess
import sys
import time

RESET = struct.pack("ii", 1, 0)  # costs less than an orderly end, and leaves nothing
counts = dict.fromkeys(("turns", "to allow", "to refuse", "wrongly refused", "wrongly allowed", "without an address"), 0)


def tally(allowed, calls, good, refused):
    counts["to allow" if allowed else "to refuse"] += calls
    counts["wrongly refused"] += refused if allowed else 0
    counts["wrongly allowed"] += 0 if allowed else good
    counts["without an address"] += calls - good - refused


def is_refused(address):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        try:
            s.connect((address, 80))
        except PermissionError:
            return True
        return False


def try_address(name, address, allowed):
    refused = is_refused(address)
    tally(allowed, 1, not refused, refused)
    if refused == allowed:
        print(address, "of", name, "is", "refused" if allowed else "allowed", "in turn", counts["turns"], file=sys.stderr)


def python(limit, in_seconds):
    start = time.monotonic()
    while (time.monotonic() - start if in_seconds else counts["turns"]) < limit:
        i = counts["turns"]
        name, allowed = ("www.example", f"h{os.getpid()}-{i}.any.example", "other.example")[i % 3], i % 3 != 2
        try:
            family = socket.AF_UNSPEC if i % 2 else socket.AF_INET  # two queries at once, or one
            found = [row[4][0] for row in socket.getaddrinfo(name, 80, family, socket.SOCK_STREAM)]
        except OSError as error:
            print(error, file=sys.stderr)
            counts["without an address"] += 1
            found = []
        for address in found:
            try_address(name, address, allowed)
            a, b, c, d = map(int, address.split("."))
            try_address("no name", f"{a}.{b}.{c}.{d ^ 1}", False)  # the address beside it, which no answer has
        counts["turns"] += 1


def said_by(*words):
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return ended.stdout.decode(errors="replace")


def evaluate(said, allowed, turns, good, refused):
    """What a program said of so many turns of its own."""
    counts["turns"] += turns
    tally(allowed, turns, good, refused)
    if (good if allowed else refused) != turns:
        print(said, file=sys.stderr)


def go(turns, program):
    """Each new connection of it resolves the name again."""
    n = turns // 3
    for name, allowed in (("www.example", True), (f"h{os.getpid()}.any.example", True), ("other.example", False)):
        said = said_by(program, "-n", str(n), "-c", "1", "-disable-keepalive", f"http://{name}/")
        evaluate(said, allowed, n, sum(map(int, re.findall(r"\[200\]\s+(\d+) responses", said))),
                 sum(map(int, re.findall(r"\[(\d+)\].*not permitted", said))))


def wget(turns, program):
    """A process ends with the first call that is refused."""
    while counts["turns"] < turns:
        i, n = counts["turns"], min(100, turns - counts["turns"])
        urls = [f"http://{('www', f'h{os.getpid()}-{i + k}.any')[k % 2]}.example/" for k in range(n - n // 10)]
        said = said_by(program, "wget", "-q", "-O", "-", *urls)
        evaluate(said, True, len(urls), said.count("ok\n"), said.count("not permitted"))
        for _ in range(n // 10):
            said = said_by(program, "wget", "-q", "-O", "-", "http://other.example/")
            evaluate(said, False, 1, said.count("ok\n"), said.count("not permitted"))


def main():
    client, limit, program = sys.argv[1], sys.argv[2], sys.argv[3:]
    if client == "python":
        python(int(limit.rstrip("s")), limit.endswith("s"))
    else:
        {"go": go, "wget": wget}[client](int(limit), *program)
    print("{} turns, {} calls to allow and {} to refuse: {} wrongly refused, {} wrongly allowed, {} without an address".format(
        *counts.values()))
    return not (counts["to allow"] and counts["to refuse"]) or any(list(counts.values())[3:])


sys.exit(main())
