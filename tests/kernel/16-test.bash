# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What `lsmctl test` says of a call is what becomes of the call when it is made.

# _same [CGROUP]: under any rules, with each default.
_same()
{
	echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
	load --max-rules 1000
	expect 0 python3 "$here/same.py" "$@"
	expect 0 lsmctl -q set default block
	expect 0 python3 "$here/same.py" "$@"
}

calls_fare_as_test_has_said()
{
	_same
}

calls_in_cgroups_fare_as_test_has_said()
{
	[ -f /sys/fs/cgroup/cgroup.procs ] || skip 'no cgroup v2 hierarchy here'
	mkdir -p /sys/fs/cgroup/lsmctl-test/web/deep
	_same /sys/fs/cgroup/lsmctl-test
}

test_counts_nothing_and_sends_nothing()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 1 lsmctl test "$blocked"
	says 'blocked (EPERM) by rule 1'
	expect 0 lsmctl test "$neighbour"
	field_is "$blocked/32" hits 0
	try lsmctl -j stats
	says '"allowed":0,"blocked":0,"audited":0'
	refused tcp "$blocked"
	field_is "$blocked/32" hits 1
}

in_mode_audit_test_says_that_nothing_is_refused()
{
	load --mode audit
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl test "$blocked"
	says 'mode audit'
	reaches tcp "$blocked"
	expect 0 lsmctl set mode enforce
	expect 1 lsmctl test "$blocked"
}

# Few ask, and the verifier takes long.
the_program_of_test_comes_with_the_first_question_and_goes_with_the_rest()
{
	load
	pinned
	[[ " $names " != *' prog_test '* ]] || fail "pinned before anybody asked: $names"
	expect 0 lsmctl test "$blocked"
	pinned
	[[ " $names " == *' prog_test '* ]] || fail "not pinned: $names"
	expect 0 lsmctl upgrade
	pinned
	[[ " $names " != *' prog_test '* ]] || fail "still that of the version before: $names"
	expect 0 lsmctl block "$blocked"
	# Whoever asks at the same time loads it too, and only one pins it.
	for i in 1 2 3; do lsmctl test "$blocked" >"$scratch/asked$i" 2>&1 & done
	wait
	[ "$(cat "$scratch"/asked? | grep -c 'blocked (EPERM)')" -eq 3 ] || fail "$(cat "$scratch"/asked?)"
	expect 0 lsmctl unload
	nothing_in_force
	expect 3 lsmctl test "$blocked"
}

what_ping_lacks_and_what_an_answer_needs_is_said()
{
	load --default block
	expect 0 lsmctl allow "$blocked" proto icmp
	expect 0 lsmctl test "$blocked" proto icmp
	says "note: ping also connects a UDP socket, which is blocked: 'lsmctl allow $blocked port 1025 proto udp'"
	refused ping -c 1 -W 5 "$blocked"
	expect 1 lsmctl test "$blocked" port 53 proto udp
	says "note: an answer passes: " "('set answers on')"
	expect 0 lsmctl allow "$blocked" port 1025 proto udp
	expect 0 lsmctl test "$blocked" proto icmp
	never_says note:
	reaches ping -c 1 -W 5 "$blocked"
	refused udp "$blocked"
	expect 0 lsmctl -j test "$blocked" proto icmp
	says '"note":null'
	expect 0 lsmctl set answers off
	expect 1 lsmctl test "$blocked" port 53 proto udp
	never_says note:
	expect 0 lsmctl block "$blocked" port 53
	expect 0 lsmctl set answers on
	expect 1 lsmctl test "$blocked" port 53 proto udp
	never_says note:
}
