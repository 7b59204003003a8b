#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send datagrams on a connected socket for as long as a command runs: sending.py ADDRESS COMMAND...

Prints how many were refused, and how many got through after the first of these.
"""

import errno
import socket
import subprocess
import sys
import time


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((sys.argv[1], 4242))
    command = subprocess.Popen(sys.argv[2:])  # pylint: disable=consider-using-with
    refused = through = 0
    while command.poll() is None:
        time.sleep(0.001)  # or the command would take for ever
        try:
            sock.send(b"x")
            through += refused > 0
        except OSError as error:
            # Report the effect of an earlier packet too.
            refused += error.errno == errno.EPERM
    if command.returncode or not refused:
        sys.exit(f"the command exits {command.returncode}, and {refused} were refused")
    print(f"{refused} were refused, and {through} got through after that")


main()
