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

the_program_of_test_comes_and_goes_with_the_rest()
{
	load
	pinned
	[[ " $names " == *' prog_test '* ]] || fail "not pinned: $names"
	rm "$pins/prog_test"
	expect 2 lsmctl test "$blocked"
	says 'lsmctl upgrade'
	expect 0 lsmctl status
	expect 0 lsmctl upgrade
	expect 0 lsmctl test "$blocked"
	expect 0 lsmctl unload
	nothing_in_force
	expect 3 lsmctl test "$blocked"
}
