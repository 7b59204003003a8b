# SPDX-License-Identifier: GPL-2.0-only
"""same.py [CGROUP]: makes random rules and random calls, and wants of each call what `lsmctl test` said before of it.

CGROUP, a directory, has web and web/deep in it. SEED in the environment repeats what went wrong.
"""

import errno
import json
import os
import random
import socket
import subprocess
import sys

GROUPS = sys.argv[1:] and [sys.argv[1], sys.argv[1] + "/web", sys.argv[1] + "/web/deep"]
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
RULES, CALLS = 40, 60
HOSTS = ("1.1.1.1", "1.1.1.2", "1.1.0.1", "2001:db8::1", "2001:db8::2", "0.0.0.0", "::")
NETS = ("0.0.0.0/0", "1.1.0.0/16", "1.1.1.0/24", "1.1.1.1/32", "1.1.1.2/32", "127.0.0.0/8", "::/0", "2001:db8::/32",
        "2001:db8::1/128", "::1/128")
KINDS = {"tcp": (socket.SOCK_STREAM, 0), "udp": (socket.SOCK_DGRAM, 0), "icmp": (socket.SOCK_DGRAM, None),
         "raw": (socket.SOCK_RAW, 255)}


def in_hierarchy(group):
    return group[len("/sys/fs/cgroup"):] or "/"


def ruleset():
    chosen = {}
    for _ in range(RULES):
        proto = random.choice((None, None, *KINDS))
        words = [random.choice(NETS)]
        if proto in (None, "tcp", "udp") and random.random() < 0.4:
            words += ["port", random.choice(("80", "1-100", "53", "50-60"))]
        if proto:
            words += ["proto", proto]
        if random.random() < 0.2:
            words += ["uid", random.choice(("0", "1000"))]
        elif random.random() < 0.2:
            words += ["gid", random.choice(("0", "1000"))]
        elif GROUPS and random.random() < 0.3:
            words += ["cgroup", in_hierarchy(random.choice(GROUPS))]
        verdict, error = random.choice((("block", ""), ("block", " errno EACCES"), ("allow", ""), ("audit", "")))
        chosen[" ".join(words)] = f"{verdict} {' '.join(words)}{error}\n"
    return "".join(chosen.values())


def told(host, port, proto, uid, gid, group):
    words = ["lsmctl", "-j", "test", host, "proto", proto, "uid", str(uid), "gid", str(gid)]
    words += ["port", str(port)] if port else []
    words += ["cgroup", in_hierarchy(group)] if group else []
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == (answer["verdict"] == "block"), (words, done)
    return answer["errno"], answer["reason"]


def made(host, port, proto, uid, gid, group):
    """The call itself, in a process of its own: the name of a refusal, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind, protocol = KINDS[proto]
    if protocol is None:
        protocol = socket.IPPROTO_ICMPV6 if ":" in host else socket.IPPROTO_ICMP
    child = os.fork()
    if not child:
        if group:
            with open(group + "/cgroup.procs", "w", encoding="ascii") as procs:
                procs.write(str(os.getpid()))
        ours = socket.socket(family, kind, protocol)  # as root: a raw one is nobody else's to make
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        ours.setblocking(False)
        os._exit(ours.connect_ex((host, port or 0)))
    error = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return errno.errorcode[error] if error in (errno.EPERM, errno.EACCES) else None


def main():
    random.seed(SEED)
    subprocess.run(["lsmctl", "-q", "restore", "-"], input=ruleset(), text=True, check=True)
    seen = set()
    for _ in range(CALLS):
        proto = random.choice(tuple(KINDS))
        port = random.choice((80, 53, 99)) if proto in ("tcp", "udp") else None
        call = (random.choice(HOSTS), port, proto, random.choice((0, 1000, 77)), random.choice((0, 1000, 77)),
                GROUPS and random.choice(GROUPS))
        answer, reason = told(*call)
        got = made(*call)
        seen.add(answer)
        assert answer == got, f"SEED={SEED}: {call}: test said {answer} ({reason}), the call got {got}"
    assert len(seen) > 1, f"SEED={SEED}: all calls came to the same"


main()
