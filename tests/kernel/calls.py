# SPDX-License-Identifier: GPL-2.0-only
"""Socket calls as the C library has them, with addresses made byte by byte: Python's own sockets take only the ones
that make sense. They raise OSError with what the kernel said, or Lacks when it has not got what they are about.
"""

import ctypes
import errno
import os
import socket
import struct
import subprocess

PORT = 4242
URING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "uring")
RELEASE = tuple(int(part) for part in os.uname().release.split("-")[0].split("+")[0].split(".")[:2])

libc = ctypes.CDLL(None, use_errno=True)


class Lacks(Exception):
    """This kernel has not got it."""


# Addresses, as the kernel reads them


def sin(address, family=socket.AF_INET, port=PORT):
    return struct.pack("=H", family) + struct.pack("!H", port) + socket.inet_aton(address) + bytes(8)


def sin6(address, family=socket.AF_INET6, port=PORT):
    return struct.pack("=H", family) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)


def mapped(address):
    return sin6("::ffff:" + address)


# Calls. Those that send take the address, and options that only some of them look at.


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def make(keep, family, kind, protocol=0):
    """A socket, which is put on the list of those to keep open."""
    try:
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Lacks(f"sockets of family {family}, type {kind}, protocol {protocol} ({error.strerror})") from None
    # Python's own timeouts would make the socket non-blocking.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("=qq", 3, 0))
    keep.append(sock)
    return sock


def bind(sock, address):
    check(libc.bind(sock.fileno(), address, len(address)))


def connect(sock, address):
    check(libc.connect(sock.fileno(), address, len(address)))


def connect_and_send(sock, address, data=b"x"):
    """For sockets that send nothing when they connect."""
    connect(sock, address)
    sock.send(data)


def sendto(sock, address, data=b"x", flags=0):
    check(libc.sendto(sock.fileno(), data, len(data), flags, address, len(address)))


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("namelen", ctypes.c_uint),
        ("iov", ctypes.POINTER(IoVec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("hdr", MsgHdr), ("len", ctypes.c_uint)]


def header(address, data, control=None):
    """control: level, type and bytes of one control message."""
    # c_char_p keeps a reference to the bytes, zeros in them included: the kernel gets the length with it.
    message = MsgHdr(address, len(address), ctypes.pointer(IoVec(data, len(data))), 1, None, 0, 0)
    if control:
        level, kind, told = control
        CONTROLS.append(ctypes.create_string_buffer(struct.pack("=Qii", 16 + len(told), level, kind) + told + bytes(-len(told) % 8)))
        message.control = ctypes.addressof(CONTROLS[-1])
        message.controllen = 16 + len(told) + -len(told) % 8
    return message


CONTROLS = []  # they live as long as what points at them


def sendmsg(sock, address, data=b"x", flags=0, control=None):
    check(libc.sendmsg(sock.fileno(), ctypes.byref(header(address, data, control)), flags))


def sendmmsg_second(sock, address, control):
    """Of two messages to the same address, the second with a control message."""
    messages = (MMsgHdr * 2)(MMsgHdr(header(address, b"x"), 0), MMsgHdr(header(address, b"x", control), 0))
    check(libc.sendmmsg(sock.fileno(), messages, 2, 0))


def sendmmsg(sock, address, flags=0, count=2):
    """So many messages; what was not taken is sent again, as programs do."""
    while count:
        messages = (MMsgHdr * count)(*(MMsgHdr(header(address, b"x"), 0) for _ in range(count)))
        count -= check(libc.sendmmsg(sock.fileno(), messages, count, flags))


def uring(sock, address, operation, data=b"x"):
    """By io_uring, which a program in C talks to."""
    result = subprocess.run(
        [URING, operation, str(sock.fileno()), address.hex(), data.hex()],
        pass_fds=[sock.fileno()], stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    # It does not wait for a connection that it has begun.
    if int(result.stdout) < 0 and int(result.stdout) != -errno.EINPROGRESS:
        raise OSError(-int(result.stdout), "")


def needs(major, minor, what=""):
    if RELEASE < (major, minor):
        raise Lacks(f"{what} (from {major}.{minor} on)")


def listen():
    """What answers where connections are tried: sockets to keep."""
    kept = []
    for kind, protocol in ((socket.SOCK_STREAM, 0), (socket.SOCK_DGRAM, 0), (socket.SOCK_STREAM, socket.IPPROTO_SCTP)):
        try:
            sock = make(kept, socket.AF_INET6, kind, protocol)
        except Lacks:
            continue
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not protocol:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", PORT))
        if kind == socket.SOCK_STREAM:
            sock.listen(1024)
    return kept
