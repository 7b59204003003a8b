# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2015,SC2154
# shellcheck shell=bash
#
# What the tests of restore, save and batch share. Each works in a directory of its own, so that messages name files as
# they are named here. Comes behind common.bash.
#
# shellcheck disable=SC2154 # what its functions leave behind

# new_rules_here [MAX-RULES]: new_rules, in an empty directory.
new_rules_here()
{
	new_rules "$@"
	mkdir "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
}

# write FILE LINE...: a file of these lines.
write()
{
	local file=$1

	shift
	printf '%s\n' "$@" >"$file"
}

# zone [LINE...]: what the name server of new_resolver says from now on; see dns.py.
zone()
{
	write "$BATS_TEST_TMPDIR/zone" "$@"
}

# new_resolver: from now on lsmctl is in a place where it can ask nobody for names but a name server of the test's own.
# The test kills $server.
new_resolver()
{
	local room=$BATS_TEST_TMPDIR/room dns=$BATS_TEST_DIRNAME/dns.py

	: >"$BATS_TEST_TMPDIR/zone"
	mkdir "$room"
	echo 'nameserver 127.0.0.1
options timeout:1 attempts:1' >"$room/resolv.conf"
	echo 'hosts: files dns' >"$room/nsswitch.conf"
	echo '127.0.0.1 localhost here.example' >"$room/hosts"
	mkfifo "$room/ready"
	# shellcheck disable=SC2016 # for the shell there
	unshare -m -n --propagation private sh -c 'ip link set lo up
		for file in resolv.conf nsswitch.conf hosts; do mount --bind "$1/$file" "/etc/$file"; done
		exec "$2" "$3" 127.0.0.1 "$4"' sh "$room" "$PYTHON" "$dns" "$BATS_TEST_TMPDIR/zone" \
		>"$room/ready" 2>"$room/err" 3>&- &
	server=$!
	read -r <"$room/ready" || fail "no name server: $(<"$room/err")"
	# shellcheck disable=SC2016 # and here
	printf '#!/bin/sh\nexec nsenter -t %s -m -n --wd="$PWD" "%s" "$@"\n' "$server" "$LSMCTL" >"$room/lsmctl"
	chmod +x "$room/lsmctl"
	LSMCTL=$room/lsmctl
}

# told STATUS LINE...: the last lsmctl exited with STATUS, and said just these lines on standard error.
told()
{
	local wanted=$1

	shift
	[[ $status -eq $wanted ]] || fail "$tried: exit status $status, not $wanted"
	[[ ! -s $out ]] || fail "$tried: something on standard output"
	diff <(printf 'lsmctl: %s\n' "$@") "$err" >&2 || fail "$tried: not what was expected"
}

# Times rounded up to a minute: what is left of "timeout 1h" a little later is "timeout 59m58s".
rounded()
{
	perl -pe 's{\btimeout\s\K(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?}
		{int(((($1 // 0) * 24 + ($2 // 0)) * 60 + ($3 // 0) + (($4 // 0) + 59) / 60)) . "m"}ex'
}

# What save writes of settings that are what load makes them.
# shellcheck disable=SC2034 # for the tests
after_load='set default allow
set mode enforce
set strict off
set backstop off
set answers on
set names off
set resolvers auto
set name-keep 1h,1d'

# No settings that are what load makes them.
without_defaults()
{
	grep -vxF "$after_load" || true
}

# saved [LINE...]: just these lines are saved, apart from settings that are what load makes them.
saved()
{
	diff <((($#)) && printf '%s\n' "$@" | rounded) <("$LSMCTL" save | without_defaults | rounded) >&2 ||
		fail 'not the rules and settings that were expected'
}

# new_cgroup NAME: makes a cgroup of that name (a test's own), to be removed with rmdir "$cgroups/NAME".
new_cgroup()
{
	cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[[ -n $cgroups ]] || skip 'no cgroup hierarchy of version 2'
	mkdir "$cgroups/$1" 2>/dev/null || skip 'cannot make a cgroup'
	made_cgroups+=("$cgroups/$1")
}

remove_cgroups()
{
	local i

	for ((i = ${#made_cgroups[@]} - 1; i >= 0; i--)); do
		rmdir "${made_cgroups[i]}" 2>/dev/null || true
	done
}

# in_own_net COMMAND...: in a network namespace with addresses, a gateway and name servers of its own.
in_own_net()
{
	printf 'nameserver 198.51.100.53\nnameserver 2001:db8::53\n' >resolv.conf
	unshare -m -n --propagation private sh -c 'ip link set lo up && ip link add own0 type veth peer name own1 && ip link set own0 up && ip link set own1 up &&
		ip addr add 203.0.113.7/24 dev own0 && ip addr add 2001:db8:7::7/64 dev own0 nodad &&
		ip route add default via 203.0.113.1 && ip -6 route add default via 2001:db8:7::1 &&
		mount --bind resolv.conf /etc/resolv.conf || exit 77
		exec "$@"' sh "$@" >"$out" 2>"$err" </dev/null
}
