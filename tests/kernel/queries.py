# SPDX-License-Identifier: GPL-2.0-only
"""queries.py SERVER FILE: sends queries to the name server SERVER in every way that reaches it by UDP, which answers what
FILE says. Asks lsmctl then which names were learned, and fails where those are not the ones that should be."""

import ctypes
import json
import os
import socket
import subprocess
import sys

import calls
from names import head, question

SERVER, ZONE = sys.argv[1:]
TO, MAPPED = calls.sin(SERVER, port=53), calls.sin6("::ffff:" + SERVER, port=53)


def query(name, number=0x1234):
    return head(number, 0x0100, answers=0) + question(name + ".example")


def udp(connected=False, family=socket.AF_INET):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(5)
    if connected:
        sock.connect((("::ffff:" if family == socket.AF_INET6 else "") + SERVER, 53))
    return sock


def one(connected, send, family=socket.AF_INET):
    """A way to send one query."""

    def way(name):
        with udp(connected, family) as sock:
            send(sock, query(name))
            sock.recv(4096)

    return way


def two_of_sendmmsg(connected, second):
    """As glibc asks for both kinds of addresses: two queries by one call. The name of one is looked for."""

    def way(name):
        messages = (calls.MMsgHdr * 2)()
        for i, data in enumerate((query("other", 1), query(name, 2)) if second else (query(name, 1), query("other", 2))):
            messages[i] = calls.MMsgHdr(calls.header(b"" if connected else TO, data), 0)
        with udp(connected) as sock:
            calls.check(calls.libc.sendmmsg(sock.fileno(), messages, 2, 0))
            sock.recv(4096)
            sock.recv(4096)

    return way


def in_parts(sock, data):
    sock.send(data[:20], socket.MSG_MORE)
    sock.send(data[20:])


def by_splice(sock, data):
    out, into = os.pipe()
    os.write(into, data)
    calls.check(calls.libc.splice(out, None, sock.fileno(), None, ctypes.c_size_t(len(data)), 0))
    os.close(out)
    os.close(into)


def by_sendfile(sock, data):
    file = os.memfd_create("query")
    os.write(file, data)
    os.sendfile(sock.fileno(), file, 0, len(data))
    os.close(file)


def by_uring(operation, address):
    return lambda sock, data: calls.uring(sock, address, operation, data)


SEEN = {
    "send": one(True, lambda s, d: s.send(d)),
    "write": one(True, lambda s, d: os.write(s.fileno(), d)),
    "sendto": one(False, lambda s, d: s.sendto(d, (SERVER, 53))),
    "sendmsg": one(False, lambda s, d: s.sendmsg([d], [], 0, (SERVER, 53))),
    "sendmsg-connected": one(True, lambda s, d: s.sendmsg([d])),
    "long": one(True, lambda s, d: s.send(d + bytes(512 - len(d)))),
    "mapped": one(False, lambda s, d: calls.sendto(s, MAPPED, d), socket.AF_INET6),
    "mapped-connected": one(True, lambda s, d: s.send(d), socket.AF_INET6),
    "ipv4-by-ipv6": one(False, lambda s, d: calls.sendto(s, TO, d), socket.AF_INET6),
    "sendmmsg-first": two_of_sendmmsg(False, False),
    "sendmmsg-connected-first": two_of_sendmmsg(True, False),
    "sendmmsg-connected-second": two_of_sendmmsg(True, True),
    "uring-send-connected": one(True, by_uring("send", b"")),
    "uring-sendmsg": one(False, by_uring("sendmsg", TO)),
    "longest." + ".".join(["x" * 59] * 3) + "." + "y" * 57: one(True, lambda s, d: s.send(d)),
    # Wherever the question ends in a word of eight bytes.
    **{"n" * i: one(True, lambda s, d: s.send(d)) for i in range(1, 9)},
}
UNSEEN = {
    "too-long": one(True, lambda s, d: s.send(d + bytes(513 - len(d)))),
    "two-buffers": one(True, lambda s, d: s.sendmsg([d[:12], d[12:]])),
    "in-parts": one(True, in_parts),
    "splice": one(True, by_splice),
    "sendfile": one(True, by_sendfile),
    "sendmmsg-second": two_of_sendmmsg(False, True),
}


def main():
    ways = {**SEEN, **UNSEEN}
    with open(ZONE + ".new", "w", encoding="ascii") as file:
        for i, name in enumerate(ways, 1):
            print(name + ".example", "A", 60, f"203.0.113.{i}", file=file)
    os.rename(ZONE + ".new", ZONE)
    for name, way in ways.items():
        way(name)
    out = subprocess.run(["lsmctl", "-j", "names"], check=True, stdout=subprocess.PIPE).stdout
    learned = {name["name"] for name in json.loads(out)["names"] if name["addresses"]}
    wrong = {name for name in ways if (name + ".example" in learned) != (name in SEEN)}
    for name in sorted(wrong):
        print(name, "was not learned" if name in SEEN else "was learned")
    print(len(learned), "names were learned of", len(ways))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
