#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write a 32-bit word of a pinned array map through its mapping, or print it.

usage: word.py PIN INDEX [VALUE]
"""

import ctypes
import mmap
import platform
import struct
import sys

BPF_OBJ_GET = 7
SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]


def main(pin, index, value=None):
    libc = ctypes.CDLL(None, use_errno=True)
    path = ctypes.create_string_buffer(pin.encode())
    attr = ctypes.create_string_buffer(struct.pack("QII", ctypes.addressof(path), 0, 0), 16)
    fd = libc.syscall(SYS_BPF, BPF_OBJ_GET, attr, len(attr))
    if fd < 0:
        sys.exit(f"{pin}: errno {ctypes.get_errno()}")
    with mmap.mmap(fd, mmap.PAGESIZE) as words:
        if value is None:
            print(struct.unpack_from("=I", words, 4 * index)[0])
        else:
            words[4 * index : 4 * index + 4] = struct.pack("=I", value)


main(sys.argv[1], *map(int, sys.argv[2:]))
