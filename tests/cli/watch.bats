#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2119
# SPDX-License-Identifier: GPL-2.0-only
# What watch and learn make of their words; tests/kernel/17-watch.bash and 28-learn.bash show what they see.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

@test "watch: a filter that makes no sense" {
	refused 1 "near '10.0.0.1/8'" watch 10.0.0.1/8
	refused 1 "near 'nonsense'" watch block nonsense
	refused 1 "near '1.1.1.1'" watch uid root 1.1.1.1
	refused 1 "no such user, near 'no-such-user'" watch uid no-such-user
	refused 1 "near 'block'" watch block block
	refused 1 "timeout" watch any timeout 5m
	refused_json 1 bad_input -j watch 1.1.1
}

@test "watch: a count" {
	for count in 0 -1 x 1x 4294967296 ''; do
		refused 1 "bad --count, near '$count': a number of decisions, from 1" watch --count "$count"
	done
}

@test "watch: a summary of nothing" {
	new_rules
	try_shell 'timeout --preserve-status -s INT 1 "$LSMCTL" watch --summary'
	[[ $status -eq 0 && ! -s $err && $(<"$out") == '0 decisions

TIMES  VERDICT  PROGRAM  USER  PROTO  DESTINATION  BY' ]] || fail "$tried: $status"
	try_shell 'timeout --preserve-status -s INT 1 "$LSMCTL" -j watch --summary block'
	[[ $status -eq 0 && ! -s $err && $(<"$out") == '{"schema":2,"decisions":0,"lost":0,"others":0,"calls":[]}' ]] ||
		fail "$tried: $status"
	refused 1 "option '--summary' takes no argument" watch --summary=5
	# Nobody reads it.
	try_shell 'timeout 20 "$LSMCTL" watch --summary | head -c 0; exit "${PIPESTATUS[0]}"'
	[[ $status -eq 141 && ! -s $err ]] || fail "$tried: $status"
}

@test "watch and learn: nothing is loaded" {
	refused 3 "not loaded (run 'lsmctl load')" watch
	refused 3 "not loaded (run 'lsmctl load')" watch block 1.1.1.1 port 80
	refused 3 "not loaded (run 'lsmctl load')" watch uid 0
	refused 3 "not loaded (run 'lsmctl load')" learn 1s
	refused_json 3 not_loaded -j watch
	refused_json 3 not_loaded -j learn 1s
}

@test "learn: for how long, and for whom" {
	refused 1 "a duration is missing: type 'lsmctl learn 10m'" learn
	for duration in 0 0s x 1x ''; do
		refused 1 "bad duration, near '$duration': a time, such as 60s or 5m" learn "$duration"
	done
	refused 1 "unexpected '2s'" learn 1s 2s
	refused 1 "bad --by, near 'group': uid, gid, cgroup, exe or everyone" learn 1s --by group
	refused 1 "bad --by, near 'uid,gid': uid, gid" learn 1s --by uid,gid
	refused 1 "bad --by, near 'name,': uid, gid" learn 1s --by name,
	refused 1 "bad --by, near 'names': uid, gid" learn 1s --by names
	refused 3 'not loaded' learn 1s --by exe,name
	new_rules
	refused 1 "names are not learned (run 'lsmctl set names on' first)" learn 1s --by name
}

@test "learn: prefix lengths to merge to" {
	for lengths in 0 33 x 24,0 24,129 '24,' ,64 24,64,1 123456789 ''; do
		refused 1 "bad --merge, near '$lengths': a prefix length" learn 1s --merge "$lengths"
	done
	refused 3 'not loaded' learn 1s --merge 32,128
}
