# SPDX-License-Identifier: GPL-2.0-only
"""The ways to name a destination: a table. Each way is a socket, an address and a call.

Groups: "dest" asks for the address itself. "host" asks for 0.0.0.0 or ::, which reach the host itself. "own" does that
with a socket that has the address as its source. "short" passes too little of an address to be one.
"""

import dataclasses
import os
import socket
import struct
import typing

import calls
from calls import bind, connect, connect_and_send, mapped, sendmmsg, sendmmsg_second, sendmsg, sendto, sin, sin6, uring

INET, INET6, UNSPEC = socket.AF_INET, socket.AF_INET6, socket.AF_UNSPEC
STREAM, DGRAM, RAW, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET
ICMP, ICMPV6, SCTP = socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6, socket.IPPROTO_SCTP
UDPLITE, MPTCP, L2TP, SMC, ANY_PROTOCOL = 136, 262, 115, 256, 253
AF_SMC = 43
MSG_FASTOPEN = 0x20000000
TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 30, 34
HOST4, HOST6 = "127.0.0.1", "::1"
PEER6 = "2001:db8::ffff"  # nobody blocks it
DEVICE, BEYOND = "src", "198.20.0.1"  # the address of "own" is this device's, and what is reached by it
SO_BINDTOIFINDEX, IP_PKTINFO, IP_UNICAST_IF, IPV6_PKTINFO = 62, 8, 50, 50
ECHO4 = b"\x08\0\xf7\xff\0\0\0\0"  # ICMP echo requests; the checksum of the second is the kernel's to fill in
ECHO6 = b"\x80\0\0\0\0\0\0\0"


@dataclasses.dataclass
class Way:
    name: str
    group: str
    family: int  # 4 or 6: which address it wants
    socket: tuple  # family, type and maybe protocol
    address: typing.Callable  # from the address as text to what is passed to the call
    call: typing.Callable
    options: dict
    prepare: typing.Callable  # called with the socket and the address before all
    at: str  # where its packets come in, when not at the address
    since: tuple  # the kernel that has it, where making the socket does not say

    def run(self, address, keep):
        """Returns when the call succeeded; raises OSError with what it said, or calls.Lacks."""
        calls.needs(*self.since)
        sock = calls.make(keep, *self.socket)
        if self.prepare:
            self.prepare(sock, address)
        self.call(sock, self.address(address), **self.options)

    def arrives_at(self, target):
        if self.at is None:
            return target
        return socket.inet_pton(INET6 if ":" in self.at else INET, self.at)


WAYS = []


def add(name, group, family, sock, address, call, prepare=None, at=None, since=(0, 0), **options):
    WAYS.append(Way(name, group, family, sock, address, call, options, prepare, at, since))


def plain(address):
    return sin6(address) if ":" in address else sin(address)


def of_family(family):
    return lambda address: sin6(address, family) if ":" in address else sin(address, family)


def port0(address):
    """As raw sockets for IPv6 want it: the port's place is the protocol's there."""
    return sin6(address, port=0)


def unspec_port0(address):
    return sin6(address, UNSPEC, port=0)


def cut(length):
    return lambda address: (plain(address) + bytes(8))[:length]


def cut_mapped(length):
    return lambda address: mapped(address)[:length]


def fixed(build, address):
    return lambda _: build(address)


def fast(sock, _):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)


def fall_back(sock, _):
    """SMC has no such option: from here on the descriptor is that of the TCP socket which the kernel made for it."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)


def accepted(sock, address, flags):
    """By what such a socket has accepted from a peer with TCP, which is a TCP socket too, disconnected again."""
    family = INET6 if len(address) > 16 else INET
    calls.check(calls.libc.bind(sock.fileno(), bytes([family, 0, 0, 0]) + bytes(24), 28))
    calls.check(calls.libc.listen(sock.fileno(), 1))
    with socket.socket(fileno=os.dup(sock.fileno()), family=family) as same:
        port = same.getsockname()[1]
    with socket.create_connection((HOST6 if family == INET6 else HOST4, port)):
        fd = calls.check(calls.libc.accept(sock.fileno(), None, None))
    with socket.socket(family, STREAM, fileno=fd) as peer:
        connect(peer, bytes(16))
        sendto(peer, address, flags=flags)


def l2tp_address(address):
    """sockaddr_l2tpip and sockaddr_l2tpip6: the last word is a connection's id."""
    if ":" in address:
        return sin6(address, port=0) + struct.pack("=I", 7)
    return sin(address, port=0)[:8] + struct.pack("=II", 7, 0)


def l2tp_bind(sock, address):
    bind(sock, l2tp_address("::" if ":" in address else "0.0.0.0"))


def l2tp_unspec(address):
    return struct.pack("=H", UNSPEC) + l2tp_address(address)[2:]


def join_peer(sock, _):
    connect(sock, sin6(PEER6))


def bind_to(sock, address):
    bind(sock, sin6(address, port=0) if ":" in address else sin(address, port=0))


def bind_mapped(sock, address):
    bind(sock, sin6("::ffff:" + address, port=0))


def to_device(sock, _):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode() + b"\0")


def to_index(sock, _):
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, socket.if_nametoindex(DEVICE))


def unicast_if(sock, _):
    sock.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("!I", socket.if_nametoindex(DEVICE)))


def join_beyond(sock, _):
    """The kernel then chooses the device's address as the socket's source."""
    connect(sock, sin(BEYOND))


class Source:
    """A source in a control message: what the address function hands to the call."""

    def __init__(self, name, build):
        self.name, self.build = name, build

    def __call__(self, address):
        self.address = address
        return self.name

    def control(self):
        return self.build(self.address)


def spec_dst(address):
    return socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I4s4s", 0, socket.inet_aton(address), bytes(4))


def by_interface(_):
    return socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I8s", socket.if_nametoindex(DEVICE), bytes(8))


def pktinfo6(address):
    packed = socket.inet_pton(INET6, address if ":" in address else "::ffff:" + address)
    return socket.IPPROTO_IPV6, IPV6_PKTINFO, packed + bytes(4)


def dest_ways(version, family, inet):
    """What IPv4 and IPv6 have alike."""
    tcp, udp, mptcp = (inet, STREAM), (inet, DGRAM), (inet, STREAM, MPTCP)
    smc, udplite = (AF_SMC, STREAM, 0 if family == 4 else 1), (inet, DGRAM, UDPLITE)
    open_fast = {"flags": MSG_FASTOPEN}

    def row(name, sock, address, call, **options):
        add(f"{version} {name}", "dest", family, sock, address, call, **options)

    row("tcp connect", tcp, plain, connect)
    row("tcp fast open by sendto", tcp, plain, sendto, **open_fast)
    row("tcp fast open by sendmsg", tcp, plain, sendmsg, **open_fast)
    row("tcp fast open by sendmmsg", tcp, plain, sendmmsg, count=1, **open_fast)
    row("tcp fast open by connect", tcp, plain, connect_and_send, prepare=fast)
    row("mptcp connect", mptcp, plain, connect)
    row("mptcp fast open", mptcp, plain, sendto, since=(6, 2, "MPTCP Fast Open"), **open_fast)
    row("smc connect", smc, plain, connect)
    row("smc fast open", smc, plain, sendto, **open_fast)
    row("smc that has fallen back, connect", smc, plain, connect, prepare=fall_back)
    row("smc that has fallen back, fast open", smc, plain, sendto, prepare=fall_back, **open_fast)
    row("smc accepted, fast open", smc, plain, accepted, **open_fast)
    row("smc by its protocol, connect", (inet, STREAM, SMC), plain, connect)
    row("smc by its protocol, fast open", (inet, STREAM, SMC), plain, sendto, **open_fast)
    row("mptcp accepted, fast open", mptcp, plain, accepted, **open_fast)
    row("udp connect", udp, plain, connect_and_send)
    row("udp sendto", udp, plain, sendto)
    row("udp sendmsg", udp, plain, sendmsg)
    row("udp sendmmsg", udp, plain, sendmmsg)
    row("udp lite connect", udplite, plain, connect_and_send)
    row("udp lite sendto", udplite, plain, sendto)
    row("sctp connect", (inet, STREAM, SCTP), plain, connect)
    row("sctp sendto", (inet, SEQPACKET, SCTP), plain, sendto)
    row("sctp sendmsg", (inet, SEQPACKET, SCTP), plain, sendmsg)
    row("l2tp connect", (inet, DGRAM, L2TP), l2tp_address, connect_and_send, prepare=l2tp_bind)
    row("l2tp sendto", (inet, DGRAM, L2TP), l2tp_address, sendto)
    row("io_uring tcp connect", tcp, plain, uring, operation="connect")
    row("io_uring tcp fast open", tcp, plain, uring, operation="fastopen")
    row("io_uring udp sendmsg", udp, plain, uring, operation="sendmsg")
    row("io_uring udp send", udp, plain, uring, operation="send", since=(6, 0, "io_uring send with an address"))
    row("io_uring udp send_zc", udp, plain, uring, operation="send_zc", since=(6, 0, "io_uring send_zc"))


dest_ways("ipv4", 4, INET)
dest_ways("ipv6", 6, INET6)

add("ipv4 raw icmp sendto", "dest", 4, (INET, RAW, ICMP), plain, sendto, data=ECHO4)
add("ipv4 raw icmp connect", "dest", 4, (INET, RAW, ICMP), plain, connect_and_send, data=ECHO4)
add("ipv4 raw any protocol sendto", "dest", 4, (INET, RAW, ANY_PROTOCOL), plain, sendto)
add("ipv4 ping socket sendto", "dest", 4, (INET, DGRAM, ICMP), plain, sendto, data=ECHO4)
add("ipv4 ping socket connect", "dest", 4, (INET, DGRAM, ICMP), plain, connect_and_send, data=ECHO4)
add("ipv6 raw icmp sendto", "dest", 6, (INET6, RAW, ICMPV6), port0, sendto, data=ECHO6)
add("ipv6 raw icmp connect", "dest", 6, (INET6, RAW, ICMPV6), port0, connect_and_send, data=ECHO6)
add("ipv6 ping socket sendto", "dest", 6, (INET6, DGRAM, ICMPV6), plain, sendto, data=ECHO6)
add("ipv6 ping socket connect", "dest", 6, (INET6, DGRAM, ICMPV6), plain, connect_and_send, data=ECHO6)

# An IPv4 address in the guise of an IPv6 one
for name, sock, call, options in (
    ("tcp connect", (INET6, STREAM), connect, {}),
    ("tcp fast open", (INET6, STREAM), sendto, {"flags": MSG_FASTOPEN}),
    ("mptcp connect", (INET6, STREAM, MPTCP), connect, {}),
    ("smc connect", (AF_SMC, STREAM, 1), connect, {}),
    ("udp connect", (INET6, DGRAM), connect_and_send, {}),
    ("udp sendto", (INET6, DGRAM), sendto, {}),
    ("udp sendmsg", (INET6, DGRAM), sendmsg, {}),
    ("sctp connect", (INET6, STREAM, SCTP), connect, {}),
    ("io_uring udp sendmsg", (INET6, DGRAM), uring, {"operation": "sendmsg"}),
):
    add(f"mapped {name}", "dest", 4, sock, mapped, call, **options)

# An IPv4 address as it is, on an IPv6 socket
add("ipv4 address on an ipv6 udp socket, connect", "dest", 4, (INET6, DGRAM), sin, connect_and_send)
add("ipv4 address on an ipv6 udp socket, sendto", "dest", 4, (INET6, DGRAM), sin, sendto)

# An address of no family, which the kernel takes for IPv4 or IPv6
unspec = of_family(UNSPEC)
add("unspecified family, ipv4 udp sendto", "dest", 4, (INET, DGRAM), unspec, sendto)
add("unspecified family, ipv4 udp sendmmsg", "dest", 4, (INET, DGRAM), unspec, sendmmsg)
add("unspecified family, ipv4 raw sendto", "dest", 4, (INET, RAW, ICMP), unspec, sendto, data=ECHO4)
add("unspecified family, ipv4 l2tp sendto", "dest", 4, (INET, DGRAM, L2TP), l2tp_unspec, sendto)
add("unspecified family, ipv6 raw sendto", "dest", 6, (INET6, RAW, ICMPV6), unspec_port0, sendto, data=ECHO6)
# IPv6 UDP sockets send it to their peer; what could become of it is refused all the same (IPV6_ADDRFORM).
for family, name in ((4, "ipv4"), (6, "ipv6")):
    add(f"unspecified family, {name} in it, connected ipv6 udp sendto", "dest", family, (INET6, DGRAM),
        lambda a: sin6(a, UNSPEC) if ":" in a else sin(a, UNSPEC) + bytes(12), sendto, prepare=join_peer, at=PEER6)  # fmt: skip

# The old, shorter sockaddr_in6, and lengths between the two
for length in (24, 27):
    for name, sock, call in (
        ("tcp connect", (INET6, STREAM), connect),
        ("udp connect", (INET6, DGRAM), connect_and_send),
        ("udp sendto", (INET6, DGRAM), sendto),
    ):
        add(f"ipv6 address of {length} bytes, {name}", "dest", 6, sock, cut(length), call)
        add(f"mapped address of {length} bytes, {name}", "dest", 4, sock, cut_mapped(length), call)

# The host itself
for name, family, inet, build, to in (
    ("0.0.0.0", 4, INET, fixed(sin, "0.0.0.0"), HOST4),
    ("mapped 0.0.0.0", 4, INET6, fixed(mapped, "0.0.0.0"), HOST4),
    ("::", 6, INET6, fixed(sin6, "::"), HOST6),
):
    for call_name, kind, call, options in (
        ("tcp connect", STREAM, connect, {}),
        ("tcp fast open", STREAM, sendto, {"flags": MSG_FASTOPEN}),
        ("udp connect", DGRAM, connect_and_send, {}),
        ("udp sendto", DGRAM, sendto, {}),
        ("udp sendmsg", DGRAM, sendmsg, {}),
    ):
        add(f"{name} {call_name}", "host", family, (inet, kind), build, call, at=to, **options)
        # A socket's own address takes the place of 0.0.0.0. For :: the kernel does not look at it, the rules do.
        bound = "mapped " if family == 4 and inet == INET6 else ""
        prepare = bind_mapped if bound else bind_to
        at = to if family == 6 else None
        add(f"{name} {call_name}, bound", "own", family, (inet, kind), build, call, prepare=prepare, at=at, **options)

for name, kind, call in (("tcp connect", STREAM, connect), ("udp sendto", DGRAM, sendto)):
    add(f":: {name}, bound to ::1", "host", 6, (INET6, kind), fixed(sin6, "::"), call,
        prepare=lambda sock, _: bind_to(sock, HOST6), at=HOST6)  # fmt: skip


def own_ways():
    """More ways to have a source. For :: the kernel does not look at it, the rules do."""

    def row(name, sock, call, prepare=None, source=None, build=None, **options):
        family = 6 if name.startswith("::") else 4
        build = build or (sin6 if family == 6 else sin)
        zero = build("::" if family == 6 else "0.0.0.0")
        if source:
            at = Source(zero, source)
            run = call
            address = at
            add(name, "own", family, sock, address, lambda s, a, **o: run(s, a, control=at.control(), **o), prepare=prepare,
                at=HOST6 if family == 6 else None, **options)  # fmt: skip
        else:
            add(name, "own", family, sock, fixed(build, "::" if family == 6 else "0.0.0.0"), call, prepare=prepare,
                at=HOST6 if family == 6 else None, **options)  # fmt: skip

    tcp, udp, ping = (INET, STREAM), (INET, DGRAM), (INET, DGRAM, ICMP)
    row("0.0.0.0 udp sendmsg, a source in a control message", udp, sendmsg, source=spec_dst)
    row("0.0.0.0 udp sendmsg, an interface in a control message", udp, sendmsg, source=by_interface)
    row("0.0.0.0 udp sendmmsg, a source in the second message", udp, sendmmsg_second, source=spec_dst)
    row("0.0.0.0 ping sendmsg, a source in a control message", ping, sendmsg, source=spec_dst, data=ECHO4)
    row("0.0.0.0 raw sendmsg, a source in a control message", (INET, RAW, ICMP), sendmsg, source=spec_dst, data=ECHO4)
    row("mapped 0.0.0.0 udp sendmsg, a source in a control message", (INET6, DGRAM), sendmsg, source=pktinfo6, build=mapped)
    row(":: udp sendmsg, a source in a control message", (INET6, DGRAM), sendmsg, source=pktinfo6)
    for name, prepare in (("a device", to_device), ("a device's index", to_index)):
        row(f"0.0.0.0 tcp connect, {name}", tcp, connect, prepare)
        row(f"0.0.0.0 tcp fast open, {name}", tcp, sendto, prepare, flags=MSG_FASTOPEN)
        row(f"0.0.0.0 udp connect, {name}", udp, connect_and_send, prepare)
        row(f"0.0.0.0 udp sendto, {name}", udp, sendto, prepare)
        row(f"mapped 0.0.0.0 udp sendto, {name}", (INET6, DGRAM), sendto, prepare, build=mapped)
    row("0.0.0.0 mptcp connect, a device", (INET, STREAM, MPTCP), connect, to_device)
    row("0.0.0.0 smc connect, a device", (AF_SMC, STREAM, 0), connect, to_device)
    row("0.0.0.0 udp sendto, a unicast interface", udp, sendto, unicast_if)
    row("0.0.0.0 udp sendto, connected", udp, sendto, join_beyond)
    row("0.0.0.0 ping sendto, bound", ping, sendto, bind_to, data=ECHO4)
    row("0.0.0.0 raw sendto, bound", (INET, RAW, ICMP), sendto, bind_to, data=ECHO4)
    row("0.0.0.0 mptcp connect, bound", (INET, STREAM, MPTCP), connect, bind_to)
    row("0.0.0.0 smc connect, bound", (AF_SMC, STREAM, 0), connect, bind_to)
    row("0.0.0.0 smc fast open, bound", (AF_SMC, STREAM, 0), sendto, bind_to, flags=MSG_FASTOPEN)


own_ways()
add("0.0.0.0 of no family, udp sendto", "host", 4, (INET, DGRAM), fixed(unspec, "0.0.0.0"), sendto, at=HOST4)
add(":: bound to a mapped address, tcp connect", "own", 4, (INET6, STREAM), fixed(sin6, "::"), connect,
    prepare=bind_mapped, at=HOST4)  # fmt: skip

# Less than an address
for family, inet, lengths in ((4, INET, (0, 1, 15)), (6, INET6, (0, 1, 15, 23))):
    for length in lengths:
        what = f"ipv{family} address of {length} bytes"
        add(f"{what}, tcp connect", "short", family, (inet, STREAM), cut(length), connect)
        add(f"{what}, udp connect", "short", family, (inet, DGRAM), cut(length), connect)
        add(f"{what}, udp sendto", "short", family, (inet, DGRAM), cut(length), sendto)
        add(f"{what}, tcp fast open", "short", family, (inet, STREAM), cut(length), sendto, flags=MSG_FASTOPEN)
