#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Types into an interactive bash, presses Tab, and prints the line as it stands then: tab.py SETUP LINE...

SETUP is shell text that runs first. Each LINE is tried on its own."""
import os
import pty
import select
import sys
import tempfile
import time


def main():
    setup, lines = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as scratch:
        result, ready = os.path.join(scratch, "result"), os.path.join(scratch, "ready")
        rc = os.path.join(scratch, "rc")
        with open(rc, "w", encoding="utf-8") as file:
            file.write(f"""PS1='$ '
bind 'set bell-style none' 2>/dev/null
bind 'set enable-bracketed-paste off' 2>/dev/null
{setup}
bind -x '"\\C-t": printf "%s" "$READLINE_LINE" >{result}.new; mv {result}.new {result}'
>{ready}
""")
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", INPUTRC="/dev/null", HISTFILE="/dev/null")
            os.execvp("bash", ["bash", "--noprofile", "--rcfile", rc, "-i"])

        def wait_for(path):
            seen = b""
            until = time.monotonic() + 30
            while not os.path.exists(path):
                if select.select([fd], [], [], 0.05)[0]:
                    seen += os.read(fd, 4096)
                if time.monotonic() > until:
                    sys.exit(f"tab.py: no answer; on the screen: {seen!r}")

        wait_for(ready)
        for line in lines:
            os.write(fd, line.encode() + b"\t\x14")
            wait_for(result)
            with open(result, encoding="utf-8") as file:
                print(file.read())
            os.unlink(result)
            os.write(fd, b"\x05\x15")  # to the end, and all of it away
        os.write(fd, b"exit\n")
        while True:
            try:
                if not os.read(fd, 4096):
                    break
            except OSError:
                break
        os.waitpid(pid, 0)


main()
