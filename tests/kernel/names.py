# SPDX-License-Identifier: GPL-2.0-only
"""names.py [--rules] [CASE...]: answers of a name server in the network namespace "outside", and forged ones, to a
client of this one.

Each case asks for the address of CASE.test; without one, all do. Prints what the client got: "answered" or "silent".
Then asks lsmctl what was learned, or with --rules, where *.test alone is allowed, the kernel what can be reached; and
fails where that is not what it should be."""

import json
import socket
import struct
import subprocess
import sys

from outside import outside

HERE4, SERVER4, OTHER4 = "198.51.100.1", "198.51.100.2", "198.51.100.3"
SERVER6 = "fd00:51::2"
IPV6_FREEBIND = 78
A, CNAME, AAAA, OPT = 1, 5, 28, 41


def udp(address, port=0, family=socket.AF_INET, free=False):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(5)
    if free:
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # beside the machine's own server
    s.bind((address, port))
    return s


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".")) + b"\0"


def question(name, kind=A, class_=1):
    return wire(name) + struct.pack("!HH", kind, class_)


def record(owner, kind, data, ttl=60, class_=1):
    return owner + struct.pack("!HHIH", kind, class_, ttl, len(data)) + data


def head(number, flags=0x8180, questions=1, answers=1, more=0):
    return struct.pack("!HHHHHH", number, flags, questions, answers, 0, more)


class Case:
    """One query and its answer. The address is the case's own."""

    all = {}
    kind = A
    ttl = 60
    learned = None  # seconds that an address is kept, or None
    domain = "test"

    def __init__(self, name, make, **more):
        self.name, self.make = name, make
        for key, value in more.items():
            setattr(self, key, value)
        self.asked = more.get("asked", f"{name}.{self.domain}")
        self.address = f"203.0.113.{len(Case.all) + 1}"
        Case.all[name] = self

    @property
    def data(self):
        return socket.inet_aton(self.address)


POINTER = b"\xc0\x0c"  # to the question


def simple(case, number, asked):
    return head(number) + asked + record(POINTER, A, case.data, case.ttl)


def changed(**fields):
    return lambda case, number, asked: head(number, **fields) + asked + record(POINTER, A, case.data)


def answers(*records):
    """An answer of these records, each a function of the case."""

    def make(case, number, asked):
        made = [one(case) for one in records]
        return head(number, answers=len(made)) + asked + b"".join(made)

    return make


def a(owner, **more):
    return lambda case: record(owner(case) if callable(owner) else owner, A, case.data, **more)


def cname(owner, target):
    return lambda case: record(owner, CNAME, target)


def other_case(case, number, asked):
    return head(number) + asked.upper() + record(POINTER, A, case.data)


def other_question(case, number, asked):
    return head(number) + question("else.test") + record(POINTER, A, case.data)


def short(case, number, asked):
    return simple(case, number, asked)[:-2]


LONG = b"".join(b"\x3f" + b"x" * 63 for _ in range(5)) + b"\0"
LOOP = b"\xc0" + bytes([12 + len(question("loop.test"))])

# What is learned.
Case("good", simple, learned=3600)
Case("ttl0", simple, ttl=0, learned=3600)
Case("ttlhigh", simple, ttl=0x80000000, learned=3600)
Case("twohours", simple, ttl=7200, learned=7200)
Case("tendays", simple, ttl=864000, learned=86400)
Case("alias", answers(cname(POINTER, wire("real.test")), a(wire("real.test"))), learned=3600)
Case("chain", answers(cname(POINTER, wire("c1.test")), cname(wire("c1.test"), wire("c2.test")), a(wire("c2.test"))),
     learned=3600)
Case("attackers", answers(cname(POINTER, wire("good.test")), a(wire("good.test"))), learned=3600)
Case("edns", lambda c, n, q: head(n, more=1) + q + record(POINTER, A, c.data) + record(b"\0", OPT, b"", class_=4096),
     learned=3600)
Case("capitals", simple, asked="CAPITALS.test", learned=3600)
Case("six", lambda c, n, q: head(n) + q + record(POINTER, AAAA, socket.inet_pton(socket.AF_INET6, "2001:db8:5::6")),
     kind=AAAA, learned=3600)
Case("by6", simple, by6=True, learned=3600)
# What is, and not for *.test: who owns a name elsewhere names one of those for which the rule is.
Case("elsewhere", answers(cname(POINTER, wire("good.test")), a(wire("good.test"))), domain="evil", learned=3600)
Case("below", simple, domain="test.evil", learned=3600)
Case("beside", simple, domain="xtest", learned=3600)
# What is not.
Case("bailiwick", answers(a(wire("good.test"))), domain="evil")
Case("additional", lambda c, n, q: head(n, answers=0, more=1) + q + record(POINTER, A, c.data))
Case("records200", answers(*[a(b"\0")] * 199, a(POINTER)))
Case("byalias", answers(cname(wire("real.test"), wire("byalias.test")), a(wire("real.test"))))
Case("id", lambda c, n, q: simple(c, n ^ 1, q))
Case("port", simple, port=5353)
Case("source", simple, source=OTHER4)
Case("name", other_question)
Case("letters", other_case)
Case("class", lambda c, n, q: head(n) + question(c.asked, A, 3) + record(POINTER, A, c.data))
Case("type", lambda c, n, q: head(n) + question(c.asked, AAAA) + record(POINTER, A, c.data))
Case("query", changed(flags=0x0180))
Case("opcode", changed(flags=0xa180))
Case("nxdomain", changed(flags=0x8183))
Case("truncated", changed(flags=0x8380))
Case("none", changed(questions=0))
Case("two", lambda c, n, q: head(n, questions=2) + q + q + record(POINTER, A, c.data))
Case("loop", answers(a(LOOP)))
Case("forward", answers(a(b"\xc0\xff")))
Case("tohead", answers(a(b"\xc0\x02")))
Case("overlong", answers(a(LONG)))
Case("label", answers(a(b"\x41" + b"x" * 65 + b"\0")))
Case("stranger", answers(a(wire("victim.test"))))
Case("offchain", answers(cname(POINTER, wire("real.test")), a(wire("victim.test"))))
Case("early", answers(a(wire("real.test")), cname(POINTER, wire("real.test"))))
Case("badalias", answers(lambda c: record(POINTER, CNAME, wire("real.test") + b"xx"), a(wire("real.test"))))
Case("length3", answers(lambda c: record(POINTER, A, c.data[:3])))
Case("length5", answers(lambda c: record(POINTER, A, c.data + b"\1")))
Case("wrongtype", answers(lambda c: record(POINTER, AAAA, b"\0" * 10 + b"\xff\xff" + c.data)))
Case("chaos", answers(a(POINTER, class_=3)))
Case("short", short)
Case("tiny", lambda c, n, q: simple(c, n, q)[:11])
Case("many", answers(*[a(b"\0")] * 32, a(POINTER)))
Case("fragmented", lambda c, n, q: simple(c, n, q) + b"\0" * 3000)
Case("toolong", lambda c, n, q: simple(c, n, q) + b"\0" * 4200)
Case("again", simple, twice=True, learned=3600)
Case("socket", simple, other_socket=True)
Case("unasked", simple, ask=False)
Case("loopback", simple, by_loopback=True)


def run(case, number):
    """Asks, answers, and says what came."""
    by6 = getattr(case, "by6", False)
    server_at = SERVER6 if by6 else SERVER4
    family = socket.AF_INET6 if by6 else socket.AF_INET
    source, port = getattr(case, "source", server_at), getattr(case, "port", 53)
    asked = question(case.asked, case.kind)
    with udp("::" if by6 else "0.0.0.0", 0, family) as client, udp("0.0.0.0") as other, outside(
        lambda: udp(server_at, 53, family)
    ) as server:
        to = client.getsockname()[1]
        if getattr(case, "ask", True):
            client.sendto(head(number, 0x0100, answers=0) + asked, (server_at, 53))
            asker = server.recvfrom(4096)[1]
        else:
            asker = (HERE4, to)
        reply = case.make(case, number, asked)
        if getattr(case, "by_loopback", False):
            # Any process may send from any address of the other family's kind, to its own host.
            with udp(SERVER6, 53, socket.AF_INET6, free=True) as liar, udp("::", 0, socket.AF_INET6) as victim:
                victim.sendto(head(number, 0x0100, answers=0) + asked, (SERVER6, 53))
                liar.sendto(reply, ("::1", victim.getsockname()[1]))
                return got(victim)
        if getattr(case, "other_socket", False):
            server.sendto(reply, (asker[0], other.getsockname()[1]))
            return got(other)
        if (source, port) == (server_at, 53):
            server.sendto(reply, asker)
            if getattr(case, "twice", False):
                got(client)
                server.sendto(case.make(Case.all["unasked"], number, asked), asker)
        else:
            with outside(lambda: udp(source, port)) as liar:
                liar.sendto(reply, asker)
        return got(client)


def got(client):
    try:
        client.recv(65536)
        return "answered"
    except socket.timeout:
        return "silent"


def learned():
    """{(name, address): the seconds for which it is kept, to the minute}"""
    out = subprocess.run(["lsmctl", "-j", "names"], check=True, stdout=subprocess.PIPE).stdout
    return {
        (name["name"], a["address"]): (a["age"] + a["left"] + 59) // 60 * 60
        for name in json.loads(out)["names"]
        for a in name["addresses"]
    }


def address_of(case):
    return "2001:db8:5::6" if case.kind == AAAA else case.address


def wrong_names(cases):
    """Prints what was learned otherwise than it should be. Returns whether something was."""
    wanted = {(case.asked.lower(), address_of(case)): case.learned for case in cases if case.learned}
    there = learned()
    for key in sorted(wanted.keys() | there.keys()):
        if wanted.get(key) != there.get(key):
            print(*key, "is kept for", there.get(key), "and not for", wanted.get(key))
    return wanted != there


def is_refused(address):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect((address, 80))
        except PermissionError:
            return True
        except OSError:
            pass  # no way there, which the kernel finds out later
        return False


def wrong_addresses(cases):
    """The same, of what can be reached."""
    wrong = [case for case in cases if is_refused(address_of(case)) != (not case.learned or case.domain != "test")]
    for case in wrong:
        print(case.asked, "is refused" if case.learned else "was learned")
    refused = sum(1 for case in cases if is_refused(address_of(case)))
    print(len(cases) - refused, "addresses are allowed,", refused, "refused")
    return wrong


def main(words):
    by_rules = words[:1] == ["--rules"]
    cases = [Case.all[name] for name in words[by_rules:] or Case.all]
    silent = False
    for number, case in enumerate(cases, 0x1234):
        if by_rules and not is_refused(address_of(case)):
            sys.exit(f"{address_of(case)} can be reached before it was asked for")
        got_what = run(case, number)
        print(case.name, got_what, flush=True)
        silent |= got_what == "silent"
    return bool(silent or (wrong_addresses(cases) if by_rules else wrong_names(cases)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
