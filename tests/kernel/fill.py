# SPDX-License-Identifier: GPL-2.0-only
"""fill.py PIN: puts entries into a hash of numbers until it is full; prints how many."""

import ctypes
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
path = ctypes.create_string_buffer(sys.argv[1].encode())
get = ctypes.create_string_buffer(struct.pack("QII", ctypes.addressof(path), 0, 0), 16)
fd = libc.syscall(SYS_BPF, 7, get, 16)
assert fd >= 0, ctypes.get_errno()
key, value = ctypes.c_uint64(), ctypes.c_uint64(1)
update = ctypes.create_string_buffer(
    struct.pack("IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0), 32)
while not libc.syscall(SYS_BPF, 2, update, 32):
    key.value += 1
print(key.value)
