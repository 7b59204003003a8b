#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Serve a directory by the kernel's own NFS server, with what nfs-utils would tell it: nfs.py DIRECTORY

Prints "ready" when it answers on the port 2049 of all addresses, and runs until it is ended.
"""

import os
import select
import socket
import sys

NFSD = "/proc/fs/nfsd/"
CACHES = "/proc/net/rpc/"
FOREVER = 2**31 - 1
# Insecure ports, asynchronous, no subtree check, and a file system that is named by a number, which is 0. fs/nfsd/export.h
FLAGS = 0x2 | 0x10 | 0x400 | 0x2000


def tell(name, text):
    with open(NFSD + name, "w", encoding="ascii") as file:
        file.write(text + "\n")


def answer(cache, question, directory):
    """What the kernel asks, once: who a client is, what a file system's number stands for, how it is exported."""
    words = question.split()
    if cache == "auth.unix.ip":
        return f"{words[0]} {words[1]} {FOREVER} all\n"
    if cache == "nfsd.fh":
        return f"{words[0]} {words[1]} {words[2]} {FOREVER} {directory}\n"
    return f"{words[0]} {words[1]} {FOREVER} {FLAGS} 65534 65534 0\n"


def main():
    directory = sys.argv[1]
    caches = {os.open(f"{CACHES}{name}/channel", os.O_RDWR): name for name in ("auth.unix.ip", "nfsd.fh", "nfsd.export")}
    tell("nfsv4leasetime", "10")
    tell("nfsv4gracetime", "10")
    tell("versions", "-2 -3 +4 +4.1 +4.2" if os.uname().release.startswith("5.") else "-3 +4 +4.1 +4.2")
    server = socket.create_server(("0.0.0.0", 2049))
    tell("portlist", str(server.fileno()))
    tell("threads", "1")
    print("ready", flush=True)
    poll = select.poll()
    for fd in caches:
        poll.register(fd, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            question = os.read(fd, 8192).decode("ascii")
            if question:
                os.write(fd, answer(caches[fd], question, directory).encode("ascii"))


main()
