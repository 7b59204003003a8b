#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make and remove cgroups, and ask from each for an address as soon as a process is in it.

usage: groups.py ADDRESS PATH...   until SIGTERM, but at least ten rounds; PATHs of the hierarchy, whose parents exist; {} is a new number
       groups.py fill [LEFT]       fills the maps from cgroups to places, up to so many entries, which it prints
       groups.py stay PATH         makes it and stays in it; each line of input is an address to ask for, and is answered

Prints how often it was refused, and how often it was not.
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys

PORT = 9  # where nobody listens: what is not refused with EPERM was let through


def hierarchy():
    return subprocess.run(["findmnt", "-n", "-f", "-t", "cgroup2", "-o", "TARGET"], capture_output=True, text=True,
                          check=True).stdout.strip()


def is_refused(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, PORT))
        except PermissionError:
            return True
        except OSError:
            pass
        return False


def enter(path):
    with open(path + "/cgroup.procs", "w", encoding="ascii") as procs:
        procs.write("0")


def ask_from(path, address):
    child = os.fork()
    if not child:
        enter(path)
        os._exit(not is_refused(address))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def remove(path):
    while True:
        try:
            os.rmdir(path)
            return
        except OSError:
            pass


def storm(address, paths):
    stopped, counts, number = [], [0, 0], 0
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    root = hierarchy()
    while not stopped or number < 10:
        for path in paths:
            path = root + path.replace("{}", str(number))
            os.mkdir(path)
            counts[ask_from(path, address)] += 1
            remove(path)
        number += 1
    print(*counts)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"))
    numbers = {"x86_64": 321, "aarch64": 280}
    ret = ctypes.CDLL(None, use_errno=True).syscall(numbers[os.uname().machine], command, buffer, 128)
    return ret, buffer.raw


def fill(left):
    at, key, value = 0, ctypes.c_uint64(), ctypes.c_uint32(1)
    while True:
        ret, raw = bpf(12, struct.pack("II", at, 0))  # BPF_MAP_GET_NEXT_ID
        if ret < 0:
            break
        at = struct.unpack_from("I", raw, 4)[0]
        fd = bpf(14, struct.pack("I", at))[0]  # BPF_MAP_GET_FD_BY_ID
        info = ctypes.create_string_buffer(128)
        bpf(15, struct.pack("IIQ", fd, 128, ctypes.addressof(info)))  # BPF_OBJ_GET_INFO_BY_FD
        if not info.raw[24:40].startswith(b"bound\0"):
            os.close(fd)
            continue
        keys = []
        while True:
            key.value = (1 << 62) + len(keys)
            update = struct.pack("IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
            if bpf(2, update)[0] < 0:
                break
            keys.append(key.value)
        for key.value in keys[:left]:
            bpf(3, struct.pack("IIQ", fd, 0, ctypes.addressof(key)))
        print(len(keys) - left)


def stay(path):
    path = hierarchy() + path
    os.mkdir(path)
    enter(path)
    print("in", flush=True)
    for line in sys.stdin:
        print("refused" if is_refused(line.strip()) else "through", flush=True)


def main():
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]) if sys.argv[2:] else 0)
    elif sys.argv[1] == "stay":
        stay(sys.argv[2])
    else:
        storm(sys.argv[1], sys.argv[2:])


main()
