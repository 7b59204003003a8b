#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""serve_files.py DIR CERTIFICATE: the files of a directory, by HTTP, and by HTTPS on port 443. Prints a line when it listens."""

import functools
import http.server
import ssl
import sys
import threading

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
plain, secret = (http.server.ThreadingHTTPServer(("0.0.0.0", port), handler) for port in (80, 443))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
secret.socket = context.wrap_socket(secret.socket, server_side=True, do_handshake_on_connect=False)
print("ready", flush=True)
threading.Thread(target=plain.serve_forever, daemon=True).start()
secret.serve_forever()
