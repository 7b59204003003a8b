#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A reader that stops reading: python3 stopped.py FILE COMMAND... -- MEANWHILE...

Runs COMMAND with a full pipe for its standard output, until it waits for that; then MEANWHILE, which must succeed within
ten seconds; then reads, and puts what COMMAND wrote into FILE. Prints the most memory that COMMAND had, in KiB. The exit
status is COMMAND's, or 99 when MEANWHILE failed.
"""

import fcntl
import os
import subprocess
import sys
import time

F_SETPIPE_SZ = 1031


def is_waiting(pid, before):
    """Whether it sleeps, and has not come any further since."""
    with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
        state = stat.read().rsplit(")", 1)[1].split()
    return state[0] == "S" and state[11:13] == before, state[11:13]


def main():
    into, rest = sys.argv[1], sys.argv[2:]
    command, meanwhile = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    read, write = os.pipe()
    fcntl.fcntl(write, F_SETPIPE_SZ, 4096)
    filling = os.write(write, b"x" * 4096)
    done = subprocess.Popen(command, stdout=write, stdin=subprocess.DEVNULL)
    os.close(write)
    waited, times, quiet = time.monotonic(), None, 0
    while quiet < 3 and time.monotonic() < waited + 60:
        time.sleep(0.1)
        waits, times = is_waiting(done.pid, times)
        quiet = quiet + 1 if waits else 0
    try:
        failed = subprocess.run(meanwhile, timeout=10, stdin=subprocess.DEVNULL, check=False).returncode
    except subprocess.TimeoutExpired:
        failed = True
    with open(into, "wb") as to:
        text = os.read(read, filling)
        assert text == b"x" * filling
        while text := os.read(read, 1 << 20):
            to.write(text)
    _, status, usage = os.wait4(done.pid, 0)
    print(usage.ru_maxrss)
    sys.exit(99 if failed else os.waitstatus_to_exitcode(status))


main()
