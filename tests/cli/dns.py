#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A name server for tests: python3 dns.py ADDRESS ZONE.

Answers on port 53 of ADDRESS, over UDP and TCP, what the file ZONE says at that moment, a line each:

    NAME A 192.0.2.1 ...        addresses; so is AAAA
    NAME RCODE N [A | AAAA]     a refusal: 2 is SERVFAIL; only for questions of that type, if one is named
    NAME SILENT [A | AAAA]      no answer at all
    NAME CNAME 'TEXT'           its addresses are those of an alias, a name of one label: a Python string without blanks

A name that is nowhere in it does not exist (NXDOMAIN). Prints a line when it listens.
"""

import ast
import selectors
import socket
import sys

TYPES = {1: "A", 28: "AAAA"}
FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}


def look_up(zone, name, kind):
    """What there is: a response code and addresses as bytes, or None for silence."""
    found, addresses = False, []
    for line in open(zone, encoding="utf-8"):
        words = line.split()
        if not words or words[0].lower() != name:
            continue
        found = True
        if words[1] == "SILENT" and kind in (words[2:] or [kind]):
            return None
        if words[1] == "RCODE" and kind in (words[3:] or [kind]):
            return int(words[2]), []
        if words[1] == kind:
            addresses += [socket.inet_pton(FAMILIES[kind], word) for word in words[2:]]
    return (0 if found else 3), addresses


def alias_of(zone, name):
    """The label of an alias, or None."""
    for line in open(zone, encoding="utf-8"):
        words = line.split()
        if len(words) == 3 and words[:2] == [name, "CNAME"]:
            return ast.literal_eval(words[2]).encode("latin-1")
    return None


def answer(zone, query, most):
    """The reply to a query, cut (TC) when it is longer than most."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1").lower())
        at += 1 + query[at]
    question = query[12 : at + 5]
    number = int.from_bytes(query[at + 1 : at + 3], "big")
    found = look_up(zone, ".".join(labels), TYPES.get(number, ""))
    if found is None:
        return None
    code, addresses = found
    alias, owner, extra = alias_of(zone, ".".join(labels)), b"\xc0\x0c", 0
    body = b""
    if alias and addresses:
        target = bytes([len(alias)]) + alias + b"\0"
        body = owner + b"\0\5\0\1\0\0\0\0" + len(target).to_bytes(2, "big") + target
        owner, extra = target, 1
    body += b"".join(
        owner + number.to_bytes(2, "big") + b"\0\1\0\0\0\0" + len(each).to_bytes(2, "big") + each
        for each in addresses
    )
    cut = 12 + len(question) + len(body) > most
    head = query[:2] + bytes([0x87 if cut else 0x85, 0x80 | code]) + b"\0\1"
    count = 0 if cut else len(addresses) + extra
    return head + count.to_bytes(2, "big") + b"\0\0\0\0" + question + (b"" if cut else body)


def serve_udp(sock, zone):
    query, client = sock.recvfrom(4096)
    reply = answer(zone, query, 512)
    if reply:
        sock.sendto(reply, client)


def serve_tcp(sock, zone):
    connection, _ = sock.accept()
    with connection:
        while True:
            size = connection.recv(2, socket.MSG_WAITALL)
            if len(size) < 2:
                return
            reply = answer(zone, connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL), 65535)
            if reply:
                connection.sendall(len(reply).to_bytes(2, "big") + reply)


def main():
    address, zone = sys.argv[1:]
    selector = selectors.DefaultSelector()
    for kind, serve in ((socket.SOCK_DGRAM, serve_udp), (socket.SOCK_STREAM, serve_tcp)):
        sock = socket.socket(socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, 53))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        selector.register(sock, selectors.EVENT_READ, serve)
    print("ready", flush=True)
    sys.stdout.close()
    while True:
        for key, _ in selector.select():
            try:
                key.data(key.fileobj, zone)
            except OSError:
                pass  # who asked is gone


main()
