#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
escapes.py serve DIR: stays outside of a run, and has what the ways out lead through. escapes.py try DIR: tries each way
to reach what a run refuses, and prints "NAME open", "NAME held" (refused) or "NAME lacks WHY". Without a run all must be
open that this kernel has: so nothing is held for another reason.
"""
import array
import ctypes
import errno
import fcntl
import os
import pty
import socket
import struct
import subprocess
import sys
import threading

import calls
from calls import Lacks, libc, mapped, sin, sin6

V4, V6, PORT = "1.1.1.1", "2001:db8::1", 80
INHERITED = 9  # a descriptor of a connected socket, which the caller left open
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
A4, A6 = sin(V4, port=PORT), sin6(V6, port=PORT)
WAS_INHERITED = os.path.exists(f"/proc/self/fd/{INHERITED}")
HELD = (errno.EPERM, errno.EACCES)
WAYS = {}
KEPT = []


def way(function):
    WAYS[function.__name__] = function
    return function


def sock(family, kind, protocol=0):
    """A socket. That it cannot be made for want of a right is one way to be held."""
    try:
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        if error.errno in HELD:
            raise
        raise Lacks(error.strerror) from None
    KEPT.append(made)
    return made


def simple(name, call, family, kind, address, *arguments):
    WAYS[name] = lambda: call(sock(family, kind), address, *arguments)


simple("tcp", calls.connect, socket.AF_INET, TCP, A4)
simple("tcp6", calls.connect, socket.AF_INET6, TCP, A6)
simple("tcp_mapped", calls.connect, socket.AF_INET6, TCP, mapped(V4)[:2] + struct.pack("!H", PORT) + mapped(V4)[4:])
simple("tcp_short_address", calls.connect, socket.AF_INET6, TCP, A6[:24])
simple("udp_connect", calls.connect, socket.AF_INET, UDP, A4)
simple("udp6_connect", calls.connect, socket.AF_INET6, UDP, A6)
simple("udp_connect_by_another_family", calls.connect, socket.AF_INET6, UDP, A4)
simple("udp_sendto", calls.sendto, socket.AF_INET, UDP, A4)
simple("udp6_sendto", calls.sendto, socket.AF_INET6, UDP, A6)
simple("udp_sendto_mapped", calls.sendto, socket.AF_INET6, UDP, mapped(V4))
simple("udp_sendto_by_another_family", calls.sendto, socket.AF_INET6, UDP, A4)
simple("udp_sendto_without_a_family", calls.sendto, socket.AF_INET, UDP, sin(V4, socket.AF_UNSPEC))
simple("udp_sendmsg", calls.sendmsg, socket.AF_INET, UDP, A4)
simple("udp_sendmmsg", calls.sendmmsg, socket.AF_INET, UDP, A4)
simple("loopback", calls.connect, socket.AF_INET, TCP, sin("127.0.0.1", port=PORT))
simple("loopback6", calls.connect, socket.AF_INET6, TCP, sin6("::1", port=PORT))
simple("any_address", calls.connect, socket.AF_INET, TCP, sin("0.0.0.0", port=PORT))
simple("any_address6", calls.connect, socket.AF_INET6, TCP, sin6("::", port=PORT))
simple("loopback_udp", calls.sendto, socket.AF_INET, UDP, sin("127.0.0.1"))


@way
def tcp_fast_open():
    calls.sendto(sock(socket.AF_INET, TCP), A4, flags=socket.MSG_FASTOPEN)


@way
def tcp_fast_open_connect():
    made = sock(socket.AF_INET, TCP)
    made.setsockopt(socket.IPPROTO_TCP, 30, 1)
    calls.connect(made, A4)


@way
def mptcp():
    calls.connect(sock(socket.AF_INET, TCP, 262), A4)


@way
def sctp():
    calls.connect(sock(socket.AF_INET, TCP, socket.IPPROTO_SCTP), A4)


@way
def udplite():
    calls.sendto(sock(socket.AF_INET, UDP, socket.IPPROTO_UDPLITE), A4)


@way
def ping():
    calls.sendto(sock(socket.AF_INET, UDP, socket.IPPROTO_ICMP), A4, struct.pack("!BBHHH", 8, 0, 0, 0, 0) + bytes(8))


@way
def smc():
    calls.connect(sock(43, TCP, 0), A4)


@way
def vsock():
    sock(socket.AF_VSOCK, TCP)


@way
def bluetooth_can_and_others():
    for family in (socket.AF_TIPC, socket.AF_CAN, 21, 33, 42):
        try:
            sock(family, socket.SOCK_RAW if family == socket.AF_CAN else UDP, 1 if family == socket.AF_CAN else 0)
            return
        except Lacks:
            pass
    raise Lacks("none of them is here")


@way
def connected_then_elsewhere():
    made = sock(socket.AF_INET, UDP)
    calls.connect(made, sin("1.1.1.2"))
    calls.sendto(made, A4)


@way
def routing_header():
    made = sock(socket.AF_INET6, UDP)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, b"")


@way
def routing_header_of_old():
    made = sock(socket.AF_INET6, UDP)
    made.setsockopt(socket.IPPROTO_IPV6, 6, b"")


@way
def uring_connect():
    calls.uring(sock(socket.AF_INET, TCP), A4, "connect")


@way
def uring_fastopen():
    calls.uring(sock(socket.AF_INET, TCP), A4, "fastopen")


@way
def uring_sendmsg():
    calls.uring(sock(socket.AF_INET, UDP), A4, "sendmsg")


# Processes


def in_child(function):
    """Runs it in a child, whose exit status is the errno."""
    child = os.fork()
    if not child:
        status = 0
        try:
            function()
        except OSError as error:
            status = error.errno
        except Lacks:
            status = errno.ENOSYS
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise OSError(status, os.strerror(status))


@way
def child():
    in_child(WAYS["tcp"])


@way
def grandchild_in_a_session_of_its_own():
    def daemon():
        os.setsid()
        in_child(WAYS["tcp"])

    in_child(daemon)


@way
def thread():
    errors = []

    def connect():
        try:
            WAYS["tcp"]()
        except OSError as error:
            errors.append(error)

    started = threading.Thread(target=connect)
    started.start()
    started.join()
    if errors:
        raise errors[0]


def shell(*command):
    done = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        text = done.stderr.decode()
        raise OSError(errno.EPERM if "Operation not permitted" in text else errno.EIO, text)


@way
def another_program():
    shell("bash", "-c", f"exec 3<>/dev/tcp/{V4}/{PORT}")


@way
def user_namespace():
    shell("unshare", "-U", "-r", "bash", "-c", f"exec 3<>/dev/tcp/{V4}/{PORT}")


@way
def cgroup_namespace():
    shell("unshare", "-U", "-r", "-C", "bash", "-c", f"exec 3<>/dev/tcp/{V4}/{PORT}")


@way
def setuid_program():
    """A shell of root's: it could leave the cgroup."""
    shell(os.path.join(DIR, "suid"), "-p", "-c", "[ $EUID = 0 ] || { echo 'Operation not permitted' >&2; exit 1; }")


@way
def inherited_descriptor():
    if not WAS_INHERITED:
        raise OSError(errno.EPERM, "it is closed")


# Unix sockets of a process outside


def unix(name, kind, address, send=False):
    def connect():
        made = sock(socket.AF_UNIX, kind)
        target = address() if callable(address) else address
        if send:
            made.sendto(b"x", target)
        else:
            made.connect(target)

    WAYS[name] = connect


def unix_ways():
    path = os.path.join(DIR, "s")
    for kind, number in (("stream", TCP), ("datagram", UDP), ("packet", socket.SOCK_SEQPACKET)):
        unix(f"unix_{kind}", number, f"{path}-{kind}")
        unix(f"unix_{kind}_abstract", number, f"\0escape-{kind}")
    unix("unix_datagram_sendto", UDP, f"{path}-datagram", send=True)
    unix("unix_datagram_abstract_sendto", UDP, "\0escape-datagram", send=True)
    unix("unix_by_a_link", TCP, os.path.join(DIR, "link"))
    unix("unix_by_proc", TCP, f"/proc/self/root{path}-stream")

    def relative():
        os.chdir(DIR)
        return "s-stream"

    unix("unix_by_a_relative_path", TCP, relative)


@way
def unix_from_a_user_namespace():
    shell("unshare", "-U", "-r", "-m", "python3", "-c",
          f"import socket; socket.socket(socket.AF_UNIX).connect('{DIR}/s-stream')")


@way
def unix_descriptor_from_outside():
    """A connected socket by SCM_RIGHTS."""
    made = sock(socket.AF_UNIX, TCP)
    made.connect(os.path.join(DIR, "s-stream"))
    made.send(b"fd")
    data = made.recvmsg(1, socket.CMSG_SPACE(4))[1]
    os.fstat(array.array("i", data[0][2])[0])


# Other processes of the same user


def victim(which=0):
    """Its number, or the address of a buffer in it."""
    with open(os.path.join(DIR, "victim"), encoding="ascii") as file:
        return int(file.read().split()[which])


@way
def debugger():
    calls.check(libc.ptrace(16, victim(), 0, 0))
    os.waitpid(victim(), 0x40000000)
    libc.ptrace(17, victim(), 0, 0)


@way
def memory_of_another():
    os.close(os.open(f"/proc/{victim()}/mem", os.O_RDWR))


@way
def memory_of_another_by_a_call():
    mine = ctypes.create_string_buffer(8)
    here = (ctypes.c_uint64 * 2)(ctypes.addressof(mine), 8)
    there = (ctypes.c_uint64 * 2)(victim(1), 8)
    calls.check(libc.process_vm_writev(victim(), here, 1, there, 1, 0))


@way
def descriptor_of_another():
    os.close(os.open(f"/proc/{victim()}/fd/0", os.O_WRONLY))


@way
def descriptor_of_another_by_a_call():
    os.close(calls.check(libc.syscall(438, os.pidfd_open(victim()), 0, 0)))


@way
def environment_of_another():
    with open(f"/proc/{victim()}/environ", "rb") as file:
        file.read()


@way
def typing_into_the_terminal():
    def type_it():
        main, terminal = pty.openpty()
        os.setsid()
        fcntl.ioctl(terminal, 0x540E, 0)
        fcntl.ioctl(terminal, 0x5412, b"x")
        os.close(main)

    in_child(type_it)


@way
def packet_by_a_tun_device():
    fcntl.ioctl(device := os.open("/dev/net/tun", os.O_RDWR), 0x400454CA, struct.pack("16sH22x", b"escape", 0x1001))
    os.write(device, b"\x45" + bytes(19))


def serve():
    listening = []
    for kind, number in (("stream", TCP), ("datagram", UDP), ("packet", socket.SOCK_SEQPACKET)):
        for address in (os.path.join(DIR, f"s-{kind}"), f"\0escape-{kind}"):
            made = socket.socket(socket.AF_UNIX, number)
            made.bind(address)
            listening.append(made)
            if number != UDP:
                made.listen(64)
    os.symlink("s-stream", os.path.join(DIR, "link"))
    libc.prctl(0x59616D61, -1, 0, 0, 0)  # PR_SET_PTRACER: anybody
    buffer = ctypes.create_string_buffer(8)
    os.dup2(os.pipe()[0], 0)
    with open(os.path.join(DIR, "victim"), "w", encoding="ascii") as file:
        file.write(f"{os.getpid()} {ctypes.addressof(buffer)}")
    while True:
        connection = listening[0].accept()[0]
        if connection.recv(2) == b"fd":
            given = socket.socket(socket.AF_INET, UDP)
            connection.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [given.fileno()]))])


def main():
    unix_ways()
    for name, function in WAYS.items():
        try:
            function()
            result = "open"
        except Lacks as error:
            result = f"lacks {error}"
        except OSError as error:
            result = "held" if error.errno in HELD else f"lacks {error}"
        print(name, result.replace("\n", " "), flush=True)


DIR = sys.argv[2]
if sys.argv[1] == "serve":
    serve()
main()
