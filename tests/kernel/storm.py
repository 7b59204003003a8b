#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ask for addresses without pause, until SIGTERM.

usage: storm.py IPV4 IPV6

Connects by TCP, and sends by UDP, to both of them in turn. Then prints for each of these ways a line: how often it was
refused, how often it was not, and its name.
"""

import signal
import socket
import sys

PORT = 9  # where nobody listens: what is not refused with EPERM was let through, whatever comes of it then


class Way:
    def __init__(self, name, family, kind, address):
        self.name, self.family, self.kind, self.address = name, family, kind, (address, PORT)
        self.refused = self.through = 0
        self.sock = None

    def ask(self):
        if self.sock is None:
            self.sock = socket.socket(self.family, self.kind)
            self.sock.setblocking(False)
        try:
            if self.kind == socket.SOCK_STREAM:
                self.sock.connect(self.address)
            else:
                self.sock.sendto(b"x", self.address)
            self.through += 1
        except PermissionError:
            self.refused += 1
            return
        except OSError:
            self.through += 1
        if self.kind == socket.SOCK_STREAM:
            self.sock.close()
            self.sock = None


def main():
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    ways = [
        Way(f"{kind_name}-{family_name}", family, kind, address)
        for kind_name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM))
        for family_name, family, address in (("ipv4", socket.AF_INET, sys.argv[1]), ("ipv6", socket.AF_INET6, sys.argv[2]))
    ]
    while not stop:
        for way in ways:
            way.ask()
    for way in ways:
        print(way.refused, way.through, way.name)


main()
