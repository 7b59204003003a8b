#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""servers.py names ADDRESS: a name server whose names get other addresses in each answer, with TTLs of 0 to 5 s; those of
other.example from 1.3.0.0/16, all others from 1.2.0.0/16. servers.py web: HTTP on port 80 of every address. servers.py files DIR
CERTIFICATE: the files of a directory, by HTTP, and by HTTPS on port 443. Each prints a line when it listens."""

import functools
import http.server
import socket
import ssl
import sys
import threading

sys.path.insert(0, "/tests")
from names import head, record, wire  # noqa: E402

PAGE = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"


def names():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[2], 53))
    print("ready", flush=True)
    count = 0
    while True:
        query, client = server.recvfrom(4096)
        end = query.index(b"\0", 12) + 5
        kind = int.from_bytes(query[end - 4 : end - 2], "big")
        name = query[12 : end - 4].lower()
        # No address by IPv6, nor for names that a resolver asks on its own account.
        if kind == 1 and name.endswith(b"\7example\0"):
            count += 1
            pool = 3 if name == wire("other.example") else 2
            rows = [record(b"\xc0\x0c", 1, bytes((1, pool, count >> 7 & 255, 2 * count & 254 | n)), count % 6) for n in (0, 1)]
        else:
            rows = []
        number = int.from_bytes(query[:2], "big")
        server.sendto(head(number, flags=0x8580, answers=len(rows)) + query[12:end] + b"".join(rows), client)


def web():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", 80))
    server.listen(1024)
    print("ready", flush=True)
    while True:
        connection = server.accept()[0]
        connection.settimeout(5)
        try:
            if connection.recv(4096):  # nothing, of a client that only connects
                connection.sendall(PAGE)
        except OSError:
            pass
        connection.close()


def files():
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[2])
    plain, secret = (http.server.ThreadingHTTPServer(("0.0.0.0", port), handler) for port in (80, 443))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    secret.socket = context.wrap_socket(secret.socket, server_side=True, do_handshake_on_connect=False)
    print("ready", flush=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    secret.serve_forever()


{"names": names, "web": web, "files": files}[sys.argv[1]]()
