# SPDX-License-Identifier: GPL-2.0-only
"""answers.py CASE [COMMAND... | --older SECONDS]: a UDP server gets a datagram from another host, the network namespace "outside", and
tries to answer. COMMAND runs between the two. Prints "answered", or the error of the attempt."""

import array
import ctypes
import errno
import json
import os
import socket
import subprocess
import sys

from outside import outside

HERE4, THERE4, HERE6, THERE6 = "198.51.100.1", "198.51.100.2", "fd00:51::1", "fd00:51::2"
ANYBODY6 = "fd00:51::99"  # nobody's address
GROUP6 = "ff02::1234"
IPV6_FREEBIND = 78
libc = ctypes.CDLL(None, use_errno=True)


def udp(family, address, *options):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(5)
    for option in options:
        s.setsockopt(*option)
    s.bind((address, 0))
    return s


REUSE = (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
FREE = (socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)


def port(s):
    return s.getsockname()[1]


def attempt(call, client=None):
    try:
        call()
        if client and client.recv(100) != b"answer":
            return "something else"
        return "answered"
    except socket.timeout:
        return "silent"
    except OSError as e:
        return errno.errorcode[e.errno]


def ask(client, server, address):
    client.sendto(b"question", (address, port(server)))
    return server.recvfrom(100)[1]


def plain(family, here, there):
    client, server = outside(lambda: udp(family, there)), udp(family, here)
    return client, server, ask(client, server, here)


def four(between):
    client, server, sender = plain(socket.AF_INET, HERE4, THERE4)
    between()
    return attempt(lambda: server.sendto(b"answer", sender), client)


def six(between):
    client, server, sender = plain(socket.AF_INET6, HERE6, THERE6)
    between()
    return attempt(lambda: server.sendto(b"answer", sender), client)


def mapped(between):
    """An IPv4 sender, to an IPv6 socket."""
    client, server = outside(lambda: udp(socket.AF_INET, THERE4)), udp(socket.AF_INET6, "::")
    sender = ask(client, server, HERE4)
    between()
    return attempt(lambda: server.sendto(b"answer", sender), client)


def port_of_another(between):
    client, server, sender = plain(socket.AF_INET, HERE4, THERE4)
    other = outside(lambda: udp(socket.AF_INET, THERE4))
    between()
    return attempt(lambda: server.sendto(b"answer", (THERE4, port(other))), other)


def other_socket(between):
    client, server, sender = plain(socket.AF_INET, HERE4, THERE4)
    other = udp(socket.AF_INET, HERE4)
    between()
    return attempt(lambda: other.sendto(b"answer", sender), client)


def shared_port(between):
    """Of two sockets with one port only that one which has received."""
    client, one = outside(lambda: udp(socket.AF_INET, THERE4)), udp(socket.AF_INET, HERE4, REUSE)
    two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    two.setsockopt(*REUSE)
    two.bind((HERE4, port(one)))
    client.sendto(b"question", (HERE4, port(one)))
    for s in one, two:
        s.settimeout(1)
    try:
        sender, got, other = one.recvfrom(100)[1], one, two
    except socket.timeout:
        sender, got, other = two.recvfrom(100)[1], two, one
    between()
    return " ".join((attempt(lambda: other.sendto(b"answer", sender), client),
                     attempt(lambda: got.sendto(b"answer", sender), client)))


def passed(between):
    """The socket goes to another process, of another user."""
    client, server, sender = plain(socket.AF_INET, HERE4, THERE4)
    left, right = socket.socketpair(socket.AF_UNIX)
    child = os.fork()
    if not child:
        server.close()
        os.setuid(1000)
        fds = array.array("i")
        _, data, _, _ = right.recvmsg(1, socket.CMSG_LEN(fds.itemsize))
        fds.frombytes(data[0][2][:fds.itemsize])
        mine = socket.socket(fileno=fds[0])
        os._exit(attempt(lambda: mine.sendto(b"answer", sender)) != "answered")
    left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [server.fileno()]))])
    return "refused" if os.waitpid(child, 0)[1] else "answered"


def connects(between):
    client, server, sender = plain(socket.AF_INET, HERE4, THERE4)
    between()
    return attempt(lambda: server.connect(sender))


def connected(between):
    """A connected socket's peer is not remembered: once it is connected no more, it cannot answer."""
    client, server = outside(lambda: udp(socket.AF_INET, THERE4)), udp(socket.AF_INET, HERE4)
    subprocess.run(["lsmctl", "-q", "allow", THERE4], check=True)
    server.connect((THERE4, port(client)))
    sender = ask(client, server, HERE4)
    subprocess.run(["lsmctl", "-q", "del", THERE4], check=True)
    still = attempt(lambda: server.send(b"answer"), client)
    libc.connect(server.fileno(), b"\0" * 16, 16)
    return still + " " + attempt(lambda: server.sendto(b"answer", sender), client)


def by_loopback(address):
    """A process of this host sends from an address that nobody has."""
    server, forger = udp(socket.AF_INET6, "::"), udp(socket.AF_INET6, ANYBODY6, FREE)
    sender = ask(forger, server, address)
    if sender[0] != ANYBODY6:
        return "not forged: " + sender[0]
    return attempt(lambda: server.sendto(b"answer", sender))


def loopback(between):
    return by_loopback("::1")


def own_address(between):
    return by_loopback(HERE6)


def multicast(between):
    link = socket.if_nametoindex("inside")
    server, forger = udp(socket.AF_INET6, "::"), udp(socket.AF_INET6, ANYBODY6, FREE)
    member = socket.inet_pton(socket.AF_INET6, GROUP6) + link.to_bytes(4, sys.byteorder)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
    forger.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
    forger.sendto(b"question", (GROUP6, port(server), 0, link))
    sender = server.recvfrom(100)[1]
    if sender[0] != ANYBODY6:
        return "not forged: " + sender[0]
    return attempt(lambda: server.sendto(b"answer", sender))


def in_a_vrf(between):
    device = (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"red\0")
    server, forger = udp(socket.AF_INET6, "::", device), udp(socket.AF_INET6, ANYBODY6, FREE, device)
    sender = ask(forger, server, "fd00:52::1")
    if sender[0] != ANYBODY6:
        return "not forged: " + sender[0]
    return attempt(lambda: server.sendto(b"answer", sender))


def many(between):
    """More senders than there is room for; then those of the beginning are answered, and the last. The kernel does not
    forget exactly in their order."""
    servers = [udp(socket.AF_INET6, HERE6) for _ in range(200)]
    clients = [outside(lambda: udp(socket.AF_INET6, THERE6)) for _ in range(400)]
    for client in clients:
        for server in servers:
            client.sendto(b"question", (HERE6, port(server)))
            sender = server.recvfrom(100)[1]
    first = (THERE6, port(clients[0]))
    early = [attempt(lambda s=s: s.sendto(b"answer", first)) for s in servers]
    return ("some forgotten " if "EPERM" in early else "none forgotten ") + \
        attempt(lambda: servers[-1].sendto(b"answer", sender))


def bpftool(*words):
    return subprocess.run(("bpftool", "-j") + words, check=True, stdout=subprocess.PIPE).stdout


def make_older(seconds):
    """What the programs remember was received so much earlier."""
    (number,) = (m["id"] for m in json.loads(bpftool("map", "show"))
                 if m.get("name") == "senders" and m["type"] == "lru_hash")
    for entry in json.loads(bpftool("map", "dump", "id", str(number))):
        received = int.from_bytes(bytes(int(b, 16) for b in entry["value"]), sys.byteorder)
        value = ((received - int(seconds * 1e9)) % 2**64).to_bytes(8, sys.byteorder)
        bpftool("map", "update", "id", str(number), "key", *entry["key"], "value", *(hex(b) for b in value))


def main():
    case, command = sys.argv[1], sys.argv[2:]

    def between():
        if command and command[0] == "--older":
            make_older(float(command[1]))
        elif command:
            subprocess.run(command, check=True)

    print(globals()[case](between))


main()
