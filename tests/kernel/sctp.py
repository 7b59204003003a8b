#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An SCTP server of root's and a client of kim's: sctp.py SERVER CLIENT, addresses.

Prints "answered" for what the client gets at once, and again after a time in which paths were probed many times.
"""

import os
import socket
import sys
import time

PORT = 4244
SCTP = socket.IPPROTO_SCTP


def main():
    server_address, client_address = sys.argv[1:3]
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    server.bind((server_address, PORT))
    server.listen()
    if not os.fork():
        os.setgid(1000)
        os.setuid(1000)
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
        client.settimeout(10)
        client.bind((client_address, 0))
        client.connect((server_address, PORT))
        client.send(b"x")
        print(client.recv(10).decode(), end=" ", flush=True)
        time.sleep(8)
        client.send(b"x")
        print(client.recv(10).decode(), flush=True)
        os._exit(0)
    connection, _ = server.accept()
    while connection.recv(10):
        connection.send(b"answered")
    os.wait()


main()
