# SPDX-License-Identifier: GPL-2.0-only
"""oracle.py LSMCTL [CGROUP]: random rules and calls; `lsmctl test` must answer as the naive matcher here.

CGROUP has the groups "a b" and "a b/c" in it. The seed is printed when something is wrong.
"""
import ipaddress
import json
import os
import random
import subprocess
import sys

LSMCTL, CGROUP = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
random.seed(SEED)
RULES, CALLS = 60, 150
PORTLESS = ("icmp", "raw", "gre")
RANK = {"block": 0, "audit": 1, "allow": 2}
GROUPS = [CGROUP + "/a b/c", CGROUP + "/a b", CGROUP, "/"] if CGROUP else []


def lsmctl(*words, stdin=None):
    done = subprocess.run([LSMCTL, *words], input=stdin, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def address(v6):
    """Few of them, so that rules cover one another."""
    bits = random.choice((0, 1, 0x80, 0xff))
    if v6:
        return ipaddress.ip_address((0x20010db8 << 96) | random.choice((0, 1)) << 64 | bits)
    return ipaddress.ip_address(0x01010000 | random.choice((0, 1)) << 8 | bits)


def make_rule():
    v6 = random.random() < 0.3
    net = ipaddress.ip_network((address(v6), random.choice((0, 32, 64, 127, 128) if v6 else (0, 8, 24, 25, 31, 32))),
                               strict=False)
    proto = random.choice((None, None, "tcp", "udp", "icmp", "raw", "gre"))
    ports = random.choice((None, None, (80, 80), (1, 100), (80, 443), (443, 65535))) if proto not in PORTLESS else None
    uid = gid = cgroup = None
    kind = random.random()
    if kind < 0.2:
        uid = random.choice((0, 1000))
    elif kind < 0.35:
        gid = random.choice((0, 1000))
    elif kind < 0.6 and GROUPS:
        cgroup = random.choice(GROUPS)
    verdict = random.choice(tuple(RANK))
    line = f"{verdict} {net}"
    line += f" port {ports[0]}-{ports[1]}" if ports else ""
    line += f" proto {proto}" if proto else ""
    line += f" uid {uid}" if uid is not None else f" gid {gid}" if gid is not None else f' cgroup "{cgroup}"' if cgroup else ""
    return (net, ports, proto, uid, gid, cgroup), line


def expected(rules, call):
    """The ids of all rules that match, in the order in which they decide."""
    ip, port, proto, uid, gid, cgroup = call
    matching = []
    for r in rules:
        net = ipaddress.ip_network(r["prefix"])
        if net.version != ip.version or ip not in net or r["proto"] not in (None, proto):
            continue
        lo, hi = 0, 65535
        if r["port"] is not None:
            lo, hi = map(int, str(r["port"]).split("-")) if isinstance(r["port"], str) else (r["port"], r["port"])
            if port is None or not lo <= port <= hi:
                continue
        subject = r["subject"] or {}
        if "cgroup" in subject:
            if cgroup is None or not (cgroup + "/").startswith(subject["cgroup"].rstrip("/") + "/"):
                continue
            who = (0, -len(subject["cgroup"].rstrip("/")))
        elif "uid" in subject:
            if uid != subject["uid"]:
                continue
            who = (1, 0)
        elif "gid" in subject:
            if gid != subject["gid"]:
                continue
            who = (2, 0)
        else:
            who = (3, 0)
        matching.append(((who, -net.prefixlen, hi - lo, r["proto"] is None, RANK[r["verdict"]], lo, r["id"]), r["id"]))
    return [i for _, i in sorted(matching)]


def main():
    chosen = dict(make_rule() for _ in range(RULES))
    status, _, error = lsmctl("-q", "restore", "-", stdin="\n".join(chosen.values()) + "\n")
    assert status == 0, error
    rules = json.loads(lsmctl("-j", "list")[1])["rules"]
    assert len(rules) == len(chosen), (len(rules), len(chosen))
    by_id = {r["id"]: r for r in rules}
    for _ in range(CALLS):
        proto = random.choice(("tcp", "udp", "icmp", "raw", "gre"))
        port = random.choice((None, 1, 80, 443, 9999)) if proto not in PORTLESS else None
        call = (address(random.random() < 0.3), port, proto, random.choice((0, 1000, 77)), random.choice((0, 1000, 77)),
                random.choice(GROUPS) if GROUPS else None)
        words = [str(call[0]), "proto", proto, "uid", str(call[3]), "gid", str(call[4])]
        words += ["port", str(port)] if port is not None else []
        words += ["cgroup", call[5]] if call[5] else []
        status, out, error = lsmctl("-j", "test", *words)
        got, wanted = json.loads(out), expected(rules, call)
        verdict = by_id[wanted[0]]["verdict"] if wanted else "allow"
        ids = [got[key] and got[key]["id"] for key in ("rule", "runner_up")]
        assert (got["verdict"], status, ids) == (verdict, verdict == "block", (wanted + [None, None])[:2]), \
            f"test {words}: got {got['verdict']} {ids}, wanted {verdict} {wanted[:2]}"


try:
    main()
except AssertionError:
    print(f"SEED={SEED}", file=sys.stderr)
    raise
