#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the scenarios' clients reach: HTTP on port 80 and DNS on port 53, on every address of the machine.

Prints a line when it listens. Ends with the machine.
"""

import selectors
import socket
import sys

IPV6_FREEBIND = 78  # answers come from addresses that are the machine's by a route only
PAGE = b"HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\nreached\n"
# The question's name is at 192.0.2.1; here.any is at 1.1.1.1, and an answer for cut.any is cut short.
ADDRESS = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"


def listener(kind, port):
    """A socket for IPv4 and IPv6 both."""
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    sock.bind(("::", port))
    return sock


def answer_http(sock):
    connection, _ = sock.accept()
    connection.settimeout(5)
    try:
        # A connection that only wanted to see whether it is let through sends nothing.
        if connection.recv(4096):
            connection.sendall(PAGE)
    except OSError:
        pass
    connection.close()


def answer_dns(sock):
    """From the address that was asked, which is in the ancillary data."""
    query, ancillary, _, client = sock.recvmsg(4096, socket.CMSG_SPACE(20))
    name_end = query.find(b"\0", 12)
    if name_end < 0:
        return
    address = ADDRESS[:-4] + bytes([1, 1, 1, 1]) if query[12:17] == b"\4here" else ADDRESS
    flags = b"\x83\x80" if query[12:16] == b"\3cut" else b"\x81\x80"  # cut short
    reply = query[:2] + flags + b"\0\1\0\1\0\0\0\0" + query[12 : name_end + 5] + address
    try:
        sock.sendmsg([reply], ancillary, 0, client)
    except OSError:
        pass  # the client's address is blocked


def main():
    selector = selectors.DefaultSelector()
    http = listener(socket.SOCK_STREAM, 80)
    http.listen(1024)
    selector.register(http, selectors.EVENT_READ, answer_http)
    selector.register(listener(socket.SOCK_DGRAM, 53), selectors.EVENT_READ, answer_dns)
    print("ready", flush=True)
    sys.stdout.close()
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)


main()
