#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
verified.py FILE: how many instructions the verifier looked at for each program of lsmctl, against those in FILE: it is
most of what a load takes. Prints each; fails when one is not there, or has grown by more than a quarter. Exits 77 on a
kernel that does not count them (5.16 does).
"""
import ctypes
import os
import platform
import sys

SYS_BPF = {'x86_64': 321, 'aarch64': 280}[platform.machine()]
PROG_GET_NEXT_ID, PROG_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD = 11, 13, 15
NAME, NAME_SIZE, VERIFIED = 64, 16, 216  # offsets in struct bpf_prog_info
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr):
    data = ctypes.create_string_buffer(attr, 128)
    return libc.syscall(SYS_BPF, command, data, 128), data.raw


def number(data, at):
    return int.from_bytes(data[at:at + 4], sys.byteorder)


def bytes_of(*words):
    return b''.join(word.to_bytes(4, sys.byteorder) for word in words)


def programs():
    """Yields the name and the figure of each program in the kernel."""
    at = 0
    while True:
        failed, attr = bpf(PROG_GET_NEXT_ID, bytes_of(at))
        if failed:
            return
        at = number(attr, 4)
        fd, _ = bpf(PROG_GET_FD_BY_ID, bytes_of(at))
        if fd < 0:
            continue
        info = ctypes.create_string_buffer(256)
        failed, _ = bpf(OBJ_GET_INFO_BY_FD,
                        bytes_of(fd, len(info)) + ctypes.addressof(info).to_bytes(8, sys.byteorder))
        os.close(fd)
        if not failed:
            yield info.raw[NAME:NAME + NAME_SIZE].split(b'\0')[0].decode(), number(info.raw, VERIFIED)


def main():
    release = '.'.join(os.uname().release.split('.')[:2])
    with open(sys.argv[1], encoding='ascii') as file:
        rows = [line.split() for line in file if not line.startswith('#')]
    heads = rows[0]
    column = heads.index(release) if release in heads else len(heads) - 1
    wanted = {row[0][:NAME_SIZE - 1]: int(row[column]) for row in rows[1:]}
    found = dict(programs())
    if not any(found.values()):
        sys.exit(77)
    wrong = False
    for name, figure in wanted.items():
        bad = name not in found or found[name] > figure * 1.25
        print(f'{name:16} {found.get(name, "is not there"):>7}, written down: {figure}{" BAD" if bad else ""}')
        wrong |= bad
    sys.exit(wrong)


main()
