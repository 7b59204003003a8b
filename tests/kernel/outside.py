# SPDX-License-Identifier: GPL-2.0-only
"""Sockets of the network namespace "outside", which outside.bash makes."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def outside(make):
    """Calls make() in the other namespace: a socket stays in the one that it was made in."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open("/run/netns/outside", os.O_RDONLY)
    if libc.setns(other, 0):
        raise OSError(ctypes.get_errno(), "setns")
    try:
        return make()
    finally:
        libc.setns(own, 0)
        os.close(own)
        os.close(other)
