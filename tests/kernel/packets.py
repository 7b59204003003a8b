#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send packets to an address that no call names, or that was named before there were rules.

usage: packets.py WAY[,WAY...] PEER TARGET [COMMAND...]

The peer is what is asked for, the target where the packet goes. A command is run when the socket is ready, as when a
rule is to come after a connection. Prints for each way a line of three fields, separated by tabs: its name; what the
call said ("ok", an errno's name, or "lacks: what this kernel has not got"); and whether a packet came in for the target
("arrived" or "silent").
"""

import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import sys

import attack
import calls

INET, INET6 = socket.AF_INET, socket.AF_INET6
STREAM, DGRAM, RAW = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW
SCTP = socket.IPPROTO_SCTP
AF_SMC = 43
TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 30, 34
IPV6_RTHDR, IP_RETOPTS, IPV6_HDRINCL = 57, 7, 36
HEARTBEAT = 4
UDP = b"\x10\x92\x10\x92\0\x09\0\0x"  # from and to calls.PORT
SYN = struct.pack("!HHIIBBHHH", 4243, calls.PORT, 1, 0, 5 << 4, 2, 1024, 0, 0)
ACK = SYN[:13] + b"\x10" + SYN[14:]


class AnyPacket(attack.Watcher):
    """Sees each packet to the target; of SCTP only what probes a path."""

    @staticmethod
    def opens(packet, target):
        if packet[0] >> 4 == 4:
            return packet[16:20] == target and (packet[9] != SCTP or packet[32] == HEARTBEAT)
        return packet[24:40] == target and (packet[6] != SCTP or packet[52] == HEARTBEAT)


def packed(address):
    return socket.inet_pton(INET6 if ":" in address else INET, address)


def plain(address):
    return calls.sin6(address) if ":" in address else calls.sin(address)


def header4(source, target, payload, proto=socket.IPPROTO_UDP, fragment=0):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, 64, proto, 0)
    return head + packed(source) + packed(target) + payload


def header6(source, target, payload, proto=socket.IPPROTO_UDP):
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, 64) + packed(source) + packed(target) + payload


class Control(ctypes.Structure):
    _fields_ = [("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int), ("data", ctypes.c_ubyte * 40)]


def second_message(sock, peer, level, kind, data):
    """Of the same address as the first, for which no hook is called, with a control message."""
    control = Control(16 + len(data), level, kind, (ctypes.c_ubyte * 40)(*data))
    messages = (calls.MMsgHdr * 2)(*(calls.MMsgHdr(calls.header(plain(peer), b"x"), 0) for _ in range(2)))
    messages[1].hdr.control = ctypes.addressof(control)
    messages[1].hdr.controllen = 16 + (len(data) + 7 & ~7)
    return calls.check(calls.libc.sendmmsg(sock.fileno(), messages, 2, 0))


def told_by_second(sent):
    # Of the second message the kernel says that it was not sent, and not why.
    if sent < 2:
        raise OSError(errno.EPERM, "")


class Ways:
    """Each yields when its socket is ready, and then sends."""

    def route4(self, keep, peer, target):
        sock = calls.make(keep, INET, DGRAM)
        yield
        told_by_second(second_message(sock, peer, 0, IP_RETOPTS, b"\x01\x83\x07\x04" + packed(target)))

    def route6(self, keep, peer, target):
        sock = calls.make(keep, INET6, DGRAM)
        yield
        told_by_second(second_message(sock, peer, 41, IPV6_RTHDR, struct.pack("BBBBI", 0, 2, 2, 1, 0) + packed(target)))

    def raw4(self, keep, peer, target, payload=UDP, **options):
        sock = calls.make(keep, INET, RAW, socket.IPPROTO_RAW)
        yield
        calls.sendto(sock, calls.sin(peer, port=0), header4(peer, target, payload, **options))

    def raw4_syn(self, keep, peer, target):
        return self.raw4(keep, peer, target, SYN, proto=socket.IPPROTO_TCP)

    def raw4_ack(self, keep, peer, target):
        return self.raw4(keep, peer, target, ACK, proto=socket.IPPROTO_TCP)

    def raw4_later(self, keep, peer, target):
        return self.raw4(keep, peer, target, fragment=1)

    def raw4_short(self, keep, peer, target):
        """A first fragment that ends before the ports."""
        return self.raw4(keep, peer, target, b"\x10\x92", fragment=0x2000)

    def raw6(self, keep, peer, target, payload=UDP, proto=socket.IPPROTO_UDP):
        sock = calls.make(keep, INET6, RAW, socket.IPPROTO_RAW)
        yield
        calls.sendto(sock, calls.sin6(peer, port=0), header6(peer, target, payload, proto))

    def raw6_options(self, keep, peer, target, count=3):
        """Behind some headers of options."""
        options = b"".join(bytes([60, 0, 1, 4, 0, 0, 0, 0]) for _ in range(count - 1))
        return self.raw6(keep, peer, target, options + bytes([17, 0, 1, 4, 0, 0, 0, 0]) + UDP, 60)

    def raw6_many(self, keep, peer, target):
        return self.raw6_options(keep, peer, target, 12)

    def raw6_fragment(self, keep, peer, target):
        return self.raw6(keep, peer, target, bytes([17, 0, 0, 1, 0, 0, 0, 7]) + UDP, 44)

    def raw6_later(self, keep, peer, target):
        return self.raw6(keep, peer, target, bytes([17, 0, 0, 9, 0, 0, 0, 7]) + UDP, 44)

    def connected(self, keep, peer, target, kind=DGRAM, protocol=0, data=b"x"):
        """What was connected before there was a rule."""
        sock = calls.make(keep, INET6 if ":" in target else INET, kind, protocol)
        calls.connect(sock, plain(target))
        yield
        sock.send(data)

    def connected_udplite(self, keep, peer, target):
        return self.connected(keep, peer, target, DGRAM, 136)

    def connected_ping(self, keep, peer, target):
        return self.connected(keep, peer, target, DGRAM, socket.IPPROTO_ICMP, b"\x08\0\xf7\xff\0\0\0\0")

    def connected_tcp(self, keep, peer, target):
        return self.connected(keep, peer, target, STREAM)

    def deferred_tcp(self, keep, peer, target, family=INET):
        """A connect(2) that sends nothing: the SYN goes with the first data, for which no call names an address."""
        sock = calls.make(keep, family, STREAM)
        for option in (TCP_FASTOPEN_NO_COOKIE, TCP_FASTOPEN_CONNECT):
            sock.setsockopt(socket.IPPROTO_TCP, option, 1)
        calls.connect(sock, plain(target))
        yield
        sock.setblocking(False)
        calls.check(calls.libc.send(sock.fileno(), b"x", 1, 0))

    def deferred_smc(self, keep, peer, target):
        """The same of a socket that the kernel made, which SMC has left to the process."""
        return self.deferred_tcp(keep, peer, target, AF_SMC)

    def sctp(self, keep, peer, target):
        """The server has the target's address too, and tells of it."""
        server = calls.make(keep, INET, STREAM, SCTP)
        server.bind(("0.0.0.0", calls.PORT + 1))
        server.listen()
        sock = calls.make(keep, INET, STREAM, SCTP)
        sock.bind((peer, 0))
        yield
        calls.connect(sock, calls.sin(peer, port=calls.PORT + 1))


def attempt(way, watcher, peer, target, command):
    kept = []
    steps = getattr(Ways(), way)(kept, peer, target)
    result = "ok"
    try:
        next(steps)
        if command:
            subprocess.run(command, stdout=sys.stderr, check=True)
        watcher.arrived(packed(target), wait=False)
        signal.setitimer(signal.ITIMER_REAL, 5)
        next(steps, None)
    except calls.Lacks as lacks:
        result = f"lacks: {lacks}"
    except OSError as error:
        result = errno.errorcode.get(error.errno, str(error.errno))
    signal.setitimer(signal.ITIMER_REAL, 0)
    seen = watcher.arrived(packed(target), wait=result == "ok")
    for each in kept:
        each.close()
    return result, "arrived" if seen else "silent"


def main():
    ways, peer, target, *command = sys.argv[1:]
    os.sched_setaffinity(0, {0})
    signal.signal(signal.SIGALRM, attack.too_long)
    watcher = AnyPacket()
    listeners = calls.listen()
    for way in ways.split(","):
        print(way, *attempt(way, watcher, peer, target, command), sep="\t", flush=True)
    for each in listeners:
        each.close()


main()
