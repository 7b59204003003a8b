#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""zone.py FILE: a name server on every address of its network namespace. FILE is read anew for each query; each line: a
name, the type (A, AAAA or CNAME), the TTL, and what is answered. Aliases are followed within the file. A name without a
line gets none. Prints a line when it listens."""

import socket
import struct
import sys

from names import head, record, wire

TYPES = {"A": 1, "CNAME": 5, "AAAA": 28}


def data(kind, value):
    if kind == "CNAME":
        return wire(value)
    return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, value)


def zone():
    with open(sys.argv[1], encoding="ascii") as file:
        return [line.split() for line in file if line.strip()]


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]])
        at += 1 + query[at]
    return b".".join(labels).decode().lower(), at + 5


def answer(query):
    name, end = name_of(query)
    wanted = struct.unpack("!H", query[end - 4 : end - 2])[0]
    rows, records = zone(), []
    while True:
        alias = None
        for owner, kind, ttl, value in rows:
            if owner == name and (TYPES[kind] == wanted or kind == "CNAME"):
                records.append(record(wire(owner), TYPES[kind], data(kind, value), int(ttl)))
                alias = value if kind == "CNAME" else alias
        if not alias:
            break
        name = alias
    number = struct.unpack("!H", query[:2])[0]
    return head(number, answers=len(records)) + query[12:end] + b"".join(records)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", 53))
    print("ready", flush=True)
    sys.stdout.close()
    while True:
        query, client = server.recvfrom(4096)
        try:
            server.sendto(answer(query), client)
        except OSError:
            pass  # the client's address is blocked


main()
