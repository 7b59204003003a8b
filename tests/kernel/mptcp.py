#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An MPTCP connection from the network namespace "client" to a server in "server", at 198.18.1.2: mptcp.py [UID]

Prints how many further subflows have asked the server to join the connection; or 0, if four connections had none.
"""

import os
import socket
import sys
import time

import calls

PORT = 4245
IPPROTO_MPTCP = 262
CLONE_NEWNET = 0x40000000


def enter(namespace):
    with open(f"/run/netns/{namespace}", encoding="ascii") as file:
        calls.check(calls.libc.setns(file.fileno(), CLONE_NEWNET))


def make():
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)


def joined():
    """SYNs with MP_JOIN that came in, here."""
    with open("/proc/thread-self/net/netstat", encoding="ascii") as file:
        lines = [line.split() for line in file if line.startswith("MPTcpExt:")]
    return int(dict(zip(*lines))["MPJoinSynRx"])


def exchange(connection):
    for _ in range(3):
        connection.sendall(b"x")
        connection.recv(1)
        time.sleep(0.1)


def connect(server):
    """One connection, and up to a second for a further subflow of it to come."""
    before = joined()
    if not os.fork():
        enter("client")
        if len(sys.argv) > 1:
            os.setuid(int(sys.argv[1]))
        client = make()
        client.connect(("198.18.1.2", PORT))
        exchange(client)
        client.recv(1)
        os._exit(0)
    connection, _ = server.accept()
    for _ in range(3):
        connection.recv(1)
        connection.sendall(b"x")
    until = time.monotonic() + 1
    while joined() == before and time.monotonic() < until:
        time.sleep(0.05)
    connection.close()
    os.wait()
    return joined() - before


def main():
    enter("server")
    server = make()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", PORT))
    server.listen()
    subflows = 0
    # Now and then a kernel drops an address that was announced before the connection was fully established, for good.
    for _ in range(4):
        subflows = connect(server)
        if subflows:
            break
    print(subflows)


main()
