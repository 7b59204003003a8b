# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # from lib.bash, phase and calls.bash, and for them
#
# What a call costs in the setups that people have: IPv6, an allow list under default block, rules for ports, users and
# cgroups. Each against nothing attached.

readonly setup_rows='S1 S2 S3 S4 S5 S6 S7 S8'
# In no list of the United States, and beside prefixes of many countries.
readonly far6=2001:67c:2e8:22::c100:68b

# rules_of TEXT...: these rules and settings, a line each, alone are in force.
rules_of()
{
	printf '%s\n' "$@" | lsmctl -q restore --reset-settings - || wrong "cannot restore $1"
}

# As the networks of a big country: what the registries give, most of it /32, some shorter, many /48 of 2001::/16.
country()
{
	python3 -c '
import ipaddress, random
rng = random.Random(6)
far = ipaddress.ip_address("'"$far6"'")
found = set()
while len(found) < 10000:
    first, length = rng.choice(((0x2001, 32), (0x2001, 48), (0x2600, 32), (0x2600, 28), (0x2a00, 29), (0x2400, 40)))
    if first != 0x2001:
        first += rng.randrange(16)
    net = ipaddress.ip_network((first << 112 | rng.getrandbits(48) << 64, length), False)
    if far not in net:
        found.add(net)
print(*found, sep="\n")'
}

# allow_list SIZE: default block, and the rules of a list as what is allowed.
allow_list()
{
	{
		echo 'set default block'
		sed 's/^/allow /' "$rules/$1.list"
	} | lsmctl -q restore - || wrong "cannot restore an allow list"
	measure "allow-$1" udp "$(address "$1" hit)"
}

# at_depth N: how deep in the tree of cgroups the caller is, where a rule is for another cgroup.
at_depth()
{
	local i path=/sys/fs/cgroup/bench
	for ((i = 1; i < $1; i++)); do
		path+=/$i
	done
	mkdir -p "$path" || wrong "cannot make a cgroup"
	(
		echo "$BASHPID" >"$path/cgroup.procs"
		measure "depth-$1" udp "$free"
		echo "${measured["depth-$1 udp"]}" >"$scratch/depth-$1"
	)
	measured["depth-$1 udp"]=$(<"$scratch/depth-$1")
	find /sys/fs/cgroup/bench -depth -type d -exec rmdir '{}' +
}

setups_bare()
{
	measure bare udp6 "$far6"
	measure bare socket "$free"
	measure bare option "$free"
}

setups()
{
	local size
	if wants S1 S8; then
		measure 0 udp6 "$far6"
		measure 0 socket "$free"
		measure 0 option "$free"
		lsmctl -q set strict on
		measure strict socket "$free"
		lsmctl -q set strict off
	fi
	if wants S2; then
		country >"$scratch/country"
		lsmctl -q restore "$scratch/country" || wrong "cannot restore prefixes of IPv6"
		measure country udp6 "$far6"
	fi
	if wants S3; then
		{
			cat "$rules/$many.list"
			echo 'block any port 25'
		} | lsmctl -q restore - || wrong "cannot restore a rule for a port"
		measure port udp "$free"
	fi
	if wants S4; then
		allow_list 1000
		allow_list "$many"
	fi
	if wants S5; then
		rules_of 'set default allow' "block $free uid 4242"
		measure uid udp "$free"
		rules_of 'set default allow' "block $free gid 4242"
		measure gid udp "$free"
		rules_of 'set default allow' "block $free exe /no/such/program"
		measure exe udp "$free"
	fi
	if wants S6; then
		mkdir -p /sys/fs/cgroup/bench-other
		rules_of 'set default allow' "block $free cgroup /bench-other"
		for size in 1 5 10; do
			at_depth $size
		done
		rmdir /sys/fs/cgroup/bench-other
	fi
	if wants S7; then
		mapfile -t ports < <(seq -f "block $free port %.0f" 1 127)
		rules_of 'set default allow' "${ports[@]}"
		measure ports udp "$free"
		rules_of 'set default allow' "${ports[@]}" "allow $free"
		measure ports-and-all udp "$free"
	fi
	rules_of 'set default allow' "block 192.0.2.1"

	against S1 0 udp6 bare udp6
	against S2 country udp6 bare udp6
	against S3 port udp bare udp
	against S4 allow-1000 udp bare udp
	against S4@many "allow-$many" udp bare udp
	against S5 uid udp bare udp
	against S5@gid gid udp bare udp
	against S5@exe exe udp bare udp
	for size in 1 5 10; do
		against "S6@$size" "depth-$size" udp bare udp
	done
	against S7 ports udp bare udp
	against S7@all ports-and-all udp bare udp
	against S8 0 socket bare socket
	against S8@strict strict socket bare socket
	against S8@option 0 option bare option
}
