# SPDX-License-Identifier: GPL-2.0-only
"""becomes.py: prints what the kernel says when this process wants another file as its program, in two ways.

becomes.py memfd PROGRAM ARG...: runs a copy of PROGRAM from memory.
"""

import ctypes
import errno
import os
import sys

PR_SET_MM, EXE_FILE, MAP = 35, 13, 14

if sys.argv[1:2] == ["memfd"]:
    memory = os.memfd_create("program")
    with open(sys.argv[2], "rb") as program:
        os.write(memory, program.read())
    os.execve(memory, sys.argv[2:], os.environ)
libc = ctypes.CDLL(None, use_errno=True)
said = []
for what, size in ((EXE_FILE, 0), (MAP, 1)):
    libc.prctl(PR_SET_MM, what, os.open("/bin/true", os.O_RDONLY), size, 0)
    said.append(errno.errorcode.get(ctypes.get_errno(), "0"))
print(*said)
