#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Try to reach an address in every way that a process can name one (ways.py).

usage: attack.py GROUP IPV4 IPV6 [WAY]

Prints for each way in GROUP, or for one, a line of three fields, separated by tabs: its name; what the call said ("ok", an errno's
name, or "lacks: what this kernel has not got"); and whether a packet came in for the address ("arrived" or "silent").
Exits 0 whatever they are.
"""

import errno
import os
import signal
import socket
import struct
import sys
import time

import calls
import ways

ETH_P_ALL = 3
ETH_P_MARKER = 0x88B5  # for experiments
# The first bytes of what opens a conversation, by protocol: offset and the test of the byte there. Other packets to an
# address, such as the end of an earlier connection, are nobody's new attempt.
OPENING = {
    socket.IPPROTO_TCP: (13, lambda flags: flags & 0x12 == 0x02),
    socket.IPPROTO_SCTP: (12, lambda chunk: chunk == 1),
    socket.IPPROTO_ICMP: (0, lambda kind: kind == 8),
    socket.IPPROTO_ICMPV6: (0, lambda kind: kind == 128),
    socket.IPPROTO_UDP: (3, lambda port: port == calls.PORT & 0xFF),
}


class Watcher:
    """Sees every packet on the loopback device, which is where all of them are."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind(("lo", 0))
        self.sock.settimeout(2)
        self.count = 0

    @staticmethod
    def opens(packet, target):
        """Whether it is the first of something to the target, packed."""
        if packet[0] >> 4 == 4:
            proto, to, rest = packet[9], packet[16:20], packet[(packet[0] & 15) * 4 :]
        else:
            proto, to, rest = packet[6], packet[24:40], packet[40:]
        if to != target:
            return False
        offset, test = OPENING.get(proto, (0, lambda _: True))
        return len(rest) > offset and test(rest[offset])

    def arrived(self, target, wait):
        """Whether the target got something since the last call. Packets on the loopback device do not overtake each
        other: what is not there before a marker sent now never came. With wait, it may take its time."""
        self.count += 1
        mark = struct.pack("!64xQ", self.count)
        self.sock.sendto(mark, ("lo", ETH_P_MARKER))
        seen = marked = False
        until = time.monotonic() + 8
        while not marked or (wait and not seen and time.monotonic() < until):
            try:
                packet = self.sock.recv(2048)
                if packet == mark:
                    marked = True
                    continue
            except socket.timeout:
                if not marked:
                    raise RuntimeError("the marker is lost: nothing can be said about packets") from None
                break
            seen = seen or self.opens(packet, target)
        return seen


def too_long(*_):
    raise TimeoutError(errno.ETIMEDOUT, "")


def attempt(way, watcher, address):
    """What the call said, and whether something arrived."""
    target = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    kept = []
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        way.run(address, kept)
        result = "ok"
    except calls.Lacks as lacks:
        result = f"lacks: {lacks}"
    except OSError as error:
        result = errno.errorcode.get(error.errno, str(error.errno))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    arrives_at = way.arrives_at(target)
    seen = watcher.arrived(arrives_at, wait=result == "ok")
    # Sockets stay open until their packets were looked for.
    for each in kept:
        each.close()
    return result, "arrived" if seen else "silent"


def main():
    group, address4, address6 = sys.argv[1:4]
    chosen = [way for way in ways.WAYS if way.group == group and (len(sys.argv) == 4 or way.name == sys.argv[4])]
    # On one processor packets keep the order in which they were sent.
    os.sched_setaffinity(0, {0})
    signal.signal(signal.SIGALRM, too_long)
    watcher = Watcher()
    listeners = calls.listen()
    for way in chosen:
        result, seen = attempt(way, watcher, address4 if way.family == 4 else address6)
        print(way.name, result, seen, sep="\t", flush=True)
    for each in listeners:
        each.close()


if __name__ == "__main__":
    main()
