#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""turns.py CLIENT COUNT [WORD...]: as turns.c, of another client: python; c-ares; command, whose word NAME stands for a
name, and which says "not permitted" of an address that is refused; go, which is the program hey, and does all turns of a
name itself."""

import ctypes
import os
import re
import select
import socket
import subprocess
import sys


def is_refused(address):
    with socket.socket() as s:
        try:
            s.connect((address, 80))
        except PermissionError:
            return True
        return False


def python(name):
    return [row[4][0] for row in socket.getaddrinfo(name, 80, socket.AF_INET, socket.SOCK_STREAM)]


class Cares:
    """By libcares, which has sockets and a parser of its own."""

    CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)

    class Host(ctypes.Structure):
        _fields_ = [("name", ctypes.c_char_p), ("aliases", ctypes.c_void_p), ("family", ctypes.c_int),
                    ("length", ctypes.c_int), ("list", ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte * 4)))]

    def __init__(self):
        self.lib = ctypes.CDLL("libcares.so.2")
        self.channel = ctypes.c_void_p()
        self.lib.ares_library_init(1)
        if self.lib.ares_init(ctypes.byref(self.channel)):
            sys.exit("ares_init")

    def __call__(self, name):
        found, done = [], []

        def callback(_arg, status, _timeouts, host):
            done.append(status)
            if not status:
                rows = ctypes.cast(host, ctypes.POINTER(self.Host)).contents.list
                i = 0
                while rows[i]:
                    found.append(socket.inet_ntoa(bytes(rows[i].contents)))
                    i += 1

        keep = self.CALLBACK(callback)
        self.lib.ares_gethostbyname(self.channel, name.encode(), socket.AF_INET, keep, None)
        while not done:
            fds = (ctypes.c_int * 16)()
            bits = self.lib.ares_getsock(self.channel, fds, 16)
            readable = [fds[i] for i in range(16) if bits >> i & 1]
            ready = select.select(readable, [], [], 1)[0] if readable else []
            for fd in ready or [-1]:
                self.lib.ares_process_fd(self.channel, fd, -1)
        return found


def of_library(resolve, name):
    """The addresses' verdicts."""
    return [is_refused(address) for address in resolve(name)]


def of_command(words, name):
    ended = subprocess.run([word.replace("NAME", name) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = ended.stdout.decode(errors="replace").lower()
    if "not permitted" in said:
        return [True]
    if ended.returncode:
        print(said, file=sys.stderr)
        return []
    return [False]


def by_hey(program, count):
    """Each new connection of it resolves the name again."""
    bad = [0, 0, 0]
    for name, allowed in (("www.example", True), (f"h{os.getpid()}.any.example", True), ("other.example", False)):
        n = str(count // 3)
        said = subprocess.run([program, "-n", n, "-c", "1", "-disable-keepalive", f"http://{name}/"], stdout=subprocess.PIPE,
                              check=True).stdout.decode()
        good = sum(map(int, re.findall(r"\[200\]\s+(\d+) responses", said)))
        refused = sum(map(int, re.findall(r"\[(\d+)\].*not permitted", said)))
        bad[0 if allowed else 1] += refused if allowed else good
        bad[2] += int(n) - good - refused
        if bad != [0, 0, 0]:
            print(said, file=sys.stderr)
    return bad


def main():
    client, count, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    resolve = python if client == "python" else Cares() if client == "c-ares" else None
    bad = {"wrongly refused": 0, "wrongly allowed": 0, "without an address": 0}
    if client == "go":
        bad = dict(zip(bad, by_hey(words[0], count)))
        count = count // 3 * 3
    for i in range(0 if client == "go" else count):
        allowed = i % 3 != 2
        name = ("www.example", f"h{os.getpid()}-{i}.any.example", "other.example")[i % 3]
        try:
            verdicts = of_library(resolve, name) if resolve else of_command(words, name)
        except OSError as error:
            print(error, file=sys.stderr)
            verdicts = []
        bad["without an address"] += not verdicts
        bad["wrongly refused"] += allowed and any(verdicts)
        bad["wrongly allowed"] += not allowed and not all(verdicts)
    print(f"{count} turns: " + ", ".join(f"{n} {what}" for what, n in bad.items()))
    return count < 1 or any(bad.values())


sys.exit(main())
