#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""rules.py COUNT: so many different rules for addresses that no suite here calls, always the same. Not for loopback, private
networks or those of documentation, which tests like: for 20.0.0.0 to 99.255.255.255, and 2a00::/12."""
import ipaddress
import random
import sys

# How often each kind comes, its length, and what its rules say besides.
KINDS = ((70, 4, 32, ""), (12, 4, 24, ""), (1, 4, 20, ""), (8, 6, 64, ""), (4, 6, 128, ""), (2, 4, 32, " port 443"),
         (1, 4, 32, " proto udp port 53-5353"), (1, 6, 48, " proto tcp"), (1, 4, 28, " uid 1000"))

rng = random.Random(1)
kinds = [kind for kind in KINDS for _ in range(kind[0])]
seen = set()
while len(seen) < int(sys.argv[1]):
    _, version, length, more = rng.choice(kinds)
    if version == 4:
        value = rng.randrange(20, 100) << 24 | rng.getrandbits(24)
        net = ipaddress.IPv4Network((value >> 32 - length << 32 - length, length))
    else:
        value = 0x2a0 << 116 | rng.getrandbits(116)
        net = ipaddress.IPv6Network((value >> 128 - length << 128 - length, length))
    if net not in seen:
        seen.add(net)
        print(f"block {net}{more}")
