#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034,SC2086,SC2129
# SPDX-License-Identifier: GPL-2.0-only
# One ruleset in the place of another: all of it or nothing, whoever waits, looks or is killed.

# shellcheck disable=SC2016 # for the shells that run it

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "no room, and nothing changes" {
	new_rules_here 5
	done_well -q block 1.1.1.1,2.2.2.2 set x
	done_well -q block 3.3.3.3
	write rules 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6
	refused 2 'no room: 0 of 5 rules are used and 6 more are wanted' restore rules
	refused 2 'no room' -n restore rules
	refused_json 2 full -j restore rules
	sed -i 1d rules
	refused 2 'no room' restore --set x rules
	saved 'block 1.1.1.1 set x' 'block 2.2.2.2 set x' 'block 3.3.3.3'
	# Duplicates take no more room, and removed rules free theirs.
	sed -i 1p rules
	done_well restore rules
	rules_are '4 block 10.0.0.2' '5 block 10.0.0.3' '6 block 10.0.0.4' '7 block 10.0.0.5' '8 block 10.0.0.6'
	# Rules of another set take room of their own.
	refused 2 'no room' restore --set x rules
}

@test "more rules for one destination than are looked at" {
	new_rules_here 1000
	done_well -q block 1.1.1.1
	seq -f 'any4 port %g' 1 128 >rules
	done_well -n restore rules
	echo 'any4 port 129' >>rules
	refused 2 'more than 128 rules could match one destination' -n restore rules
	refused 2 'more than 128 rules could match one destination' restore rules
	saved 'block 1.1.1.1'
}

@test "a dry run tells all, and changes nothing" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2 comment x
	done_well -q allow 3.3.3.3 uid 0 port 80
	"$PINS" hit "$pins" 1 5
	write rules 'block 1.1.1.1 comment "x"' 'allow 2.2.2.2 comment "x"' 'set default block' '4.4.4.4 timeout 5m set s'
	prints '- allow 3.3.3.3 port 80 uid 0
- block 2.2.2.2 comment "x"
+ allow 2.2.2.2 comment "x"
+ block 4.4.4.4 timeout 5m set s
- set default allow
+ set default block' -n restore rules
	prints '' -n -q restore rules
	done_well -nj restore rules
	json "d['dry_run'] is True and [r['id'] for r in d['added']] == [None] and
		[(r['id'], r['hits'], r['verdict']) for r in d['changed']] == [(2, 5, 'allow')] and
		[r['id'] for r in d['removed']] == [3] and d['default'] == 'block' and 'mode' not in d and
		d['counts'] == {'added': 1, 'changed': 1, 'removed': 1, 'unchanged': 1, 'elsewhere': 0} and
		d['added'][0]['timeout_left'] == 300 and d['added'][0]['set'] == 's'"
	rules_are '1 block 1.1.1.1 comment "x"' '2 block 2.2.2.2 comment "x"' '3 allow 3.3.3.3 port 80 uid 0'
	write rules 'block 1.1.1.1 comment "x"' 'block'
	refused 1 'rules:2: ' -n restore rules
}

@test "what it prints of what it did" {
	new_rules_here
	write rules 1.1.1.1 2.2.2.2 'set mode audit'
	prints '{"schema":2,"dry_run":false,"counts":{"added":2,"changed":0,"removed":0,"unchanged":0,"elsewhere":0},'\
'"mode":"audit"}' -j restore rules
	prints '{"schema":2,"dry_run":false,"counts":{"added":0,"changed":0,"removed":0,"unchanged":2,"elsewhere":0}}' \
		-j restore rules
	done_well -p restore rules
	json "d['counts']['unchanged'] == 2"
	prints '' -q restore rules
	prints '0 added, 0 changed, 0 removed, 2 unchanged' restore --exist rules
	prints '0 added, 0 changed, 0 removed, 2 unchanged' restore -- rules
}

@test "a report that cannot be written leaves the rules alone" {
	new_rules_here
	write rules 1.1.1.1
	for where in '>&-' '>/dev/full'; do
		try_shell "\"\$LSMCTL\" restore rules $where"
		was_refused 2 'cannot write to standard output: '
	done
	saved
	try_shell '"$LSMCTL" -q restore rules >/dev/full'
	[[ $status -eq 0 ]]
	saved 'block 1.1.1.1'
}

@test "what is no command line" {
	refused 1 "a file is missing (usage: lsmctl restore FILE...; '-' is standard input)" restore
	refused 1 "option '--set' needs an argument" restore a --set
	refused 1 "unknown option '--sett': did you mean '--set'?" restore a --sett x
	echo 1.1.1.1 >"$BATS_TEST_TMPDIR/rules"
	refused 3 "not loaded (run 'lsmctl load')" restore "$BATS_TEST_TMPDIR/rules"
	refused 2 'cannot open /nosuch' restore /nosuch
	refused_json 3 not_loaded -j restore "$BATS_TEST_TMPDIR/rules"
}

@test "rules for cgroups that are not there" {
	new_rules_here
	new_cgroup "lsmctl-test-$$"
	write rules 1.1.1.1 "2.2.2.2 cgroup /lsmctl-test-$$" '3.3.3.3 cgroup /lsmctl-no/such' \
		'4.4.4.4 cgroup "/lsmctl-no/such x"'
	prints '4 added, 0 changed, 0 removed, 0 unchanged' restore rules
	rules_are '1 block 1.1.1.1' "2 block 2.2.2.2 cgroup /lsmctl-test-$$" \
		'3 block 3.3.3.3 cgroup /lsmctl-no/such (0 now)' \
		'4 block 4.4.4.4 cgroup "/lsmctl-no/such x" (0 now)'
	done_well -j list
	json "d['rules'][0]['subject'] is None and d['rules'][1]['subject'] == {'cgroup': '/lsmctl-test-$$', 'now': 1} and
		d['rules'][2]['subject'] == {'cgroup': '/lsmctl-no/such', 'now': 0}"
	saved 'block 1.1.1.1' "block 2.2.2.2 cgroup /lsmctl-test-$$" 'block 3.3.3.3 cgroup /lsmctl-no/such' \
		'block 4.4.4.4 cgroup "/lsmctl-no/such x"'
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore rules
	prints '- block 3.3.3.3 cgroup /lsmctl-no/such
+ allow 3.3.3.3 cgroup /lsmctl-no/such' allow 3.3.3.3 cgroup /lsmctl-no/such
	prints '- allow 3.3.3.3 cgroup /lsmctl-no/such' del 3.3.3.3 cgroup /lsmctl-no/such
	# As older versions of save wrote it.
	write rules 'block --missing-cgroups 3.3.3.3 cgroup /lsmctl-no/such'
	prints '1 added, 0 changed, 3 removed, 0 unchanged' restore rules
	saved 'block 3.3.3.3 cgroup /lsmctl-no/such'
}

@test "patterns of cgroups" {
	new_rules_here
	new_cgroup "lsmctl-test-$$"
	new_cgroup "lsmctl-test-$$/docker-1.scope"
	new_cgroup "lsmctl-test-$$/docker-2.scope"
	write rules "block 1.1.1.1 cgroup /lsmctl-test-$$/docker-*.scope" "block 1.1.1.1 cgroup /lsmctl-no-*/x" \
		"allow 1.1.1.1 cgroup /lsmctl-test-$$/docker-2.scope" "block 2.2.2.2 cgroup /lsmctl-test-$$/d*"
	prints '4 added, 0 changed, 0 removed, 0 unchanged' restore rules
	rules_are "1 block 1.1.1.1 cgroup /lsmctl-test-$$/docker-*.scope (2 now)" \
		'2 block 1.1.1.1 cgroup /lsmctl-no-*/x (0 now)' "3 allow 1.1.1.1 cgroup /lsmctl-test-$$/docker-2.scope" \
		"4 block 2.2.2.2 cgroup /lsmctl-test-$$/d* (2 now)"
	done_well -q save saved
	without_defaults <saved | cmp - rules || fail 'it is saved otherwise'
	while read -r answer address path; do
		try test "$address" cgroup "/lsmctl-test-$$$path"
		[[ $status -eq $answer ]] || fail "$tried: $status"
	done <<-END
		1 1.1.1.1 /docker-1.scope
		0 1.1.1.1 /docker-2.scope
		0 1.1.1.1
		1 2.2.2.2 /docker-2.scope
	END
	try -j status
	json "d['cgroups'] == {'paths': 4, 'missing': 1, 'unbound': 0}"
	json "d['exes'] == {'paths': 0, 'refused': 0} and d['runs'] == {'now': 0, 'left_over': 0}"
	for i in {1..33}; do
		printf 'block 1.1.1.1 cgroup /%s-*\n' "$i"
	done >rules
	refused 2 'too many patterns of cgroups: 33 different ones for names below the same cgroup, and at most 32 fit' restore rules
	printf '%s\n' 'block 1.1.1.1 cgroup /a*b*' 'block 1.1.1.1 cgroup /a/../b' "block 1.1.1.1 cgroup /$(printf 'x%.0s' {1..256})" \
		"block 1.1.1.1 cgroup $(printf '/%0199d' {1..20})" "block 1.1.1.1 cgroup $(printf '/x%.0s' {1..32})" \
		'block 1.1.1.1 cgroup a*' >rules
	try restore rules
	[[ $status -eq 1 && $(wc -l <"$err") -eq 6 ]] || fail "$tried: $(<"$err")"
	for text in "one '*' at most" "'..'" 'at most 255 bytes' '511 bytes' '31 levels' "starts with '/'"; do
		grep -qF "$text" "$err" || fail "nothing says $text: $(<"$err")"
	done
	rules_are "1 block 1.1.1.1 cgroup /lsmctl-test-$$/docker-*.scope (2 now)" \
		'2 block 1.1.1.1 cgroup /lsmctl-no-*/x (0 now)' "3 allow 1.1.1.1 cgroup /lsmctl-test-$$/docker-2.scope" \
		"4 block 2.2.2.2 cgroup /lsmctl-test-$$/d* (2 now)"
}

@test "who comes second waits" {
	new_rules_here
	write rules 1.1.1.1
	exec 8<"$pins"
	flock -x 8
	"$LSMCTL" restore rules >first 8<&- 3>&- &
	sleep 0.5
	kill -0 $! || fail 'did not wait'
	[[ ! -s first ]] || fail 'did not wait'
	exec 8<&-
	wait $!
	[[ $(<first) == '1 added, 0 changed, 0 removed, 0 unchanged' ]] || fail "$(<first)"
}

@test "restores at once: one after the other, and readers see one or the other" {
	new_rules_here 20000
	for i in 1 2 3; do
		{
			[[ $i -eq 2 ]] || echo 'set default block'
			seq -f "block 10.$i.%g.0/24" 0 255
			seq -f "audit 2001:db8:$i:%g::/64" 1 3000
		} >all.$i
	done
	done_well -q restore all.1
	done_well -q save all.1
	"$LSMCTL" -q restore all.2 && "$LSMCTL" -q save all.2
	"$LSMCTL" -q restore all.3 && "$LSMCTL" -q save all.3
	for i in 1 2 3; do
		for _ in {1..8}; do
			"$LSMCTL" -q restore all.$i || echo "all.$i" >>failed
		done 3>&- &
		writers+=($!)
	done
	for _ in {1..25}; do
		"$LSMCTL" save >seen
		cmp -s seen all.1 || cmp -s seen all.2 || cmp -s seen all.3 || fail 'a reader saw a mixture'
	done
	wait "${writers[@]}"
	[[ ! -e failed ]] || fail 'some failed'
	"$LSMCTL" save >seen
	cmp -s seen all.1 || cmp -s seen all.2 || cmp -s seen all.3 || fail 'a mixture'
}

@test "killed at any instant: the old rules or the new ones" {
	new_rules_here 20000
	for i in 0 1; do
		{
			seq -f "block 10.$i.%g.0/24" 0 255
			seq -f "audit 2001:db8:$i:%g::/64 comment \"$i\"" 1 5000
		} >rules
		done_well -q restore rules
		done_well -q save all.$i
	done
	killed=0
	for i in {1..30}; do
		"$LSMCTL" -q restore all.$((i & 1)) 3>&- &
		sleep 0.0$((RANDOM % 6))$((RANDOM % 10))
		! kill -9 $! 2>/dev/null || killed=$((killed + 1))
		wait $! || true
		"$LSMCTL" save >seen
		cmp -s seen all.0 || cmp -s seen all.1 || fail 'half of each'
	done
	[[ $killed -gt 3 ]] || fail "only $killed were killed in time"
	prints '5256 added, 0 changed, 5256 removed, 0 unchanged' restore "all.$(cmp -s seen all.0; echo $((! $?)))"
}

@test "two rulesets in turn leave nothing to one another" {
	new_rules_here 1000
	printf 'block 198.18.0.%d comment "one of many"\n' {1..200} >many
	write few 'block 1.1.1.1' 'audit 2001:db8::/64 uid 7 comment "few"'
	for i in 1 2 3; do
		done_well -q restore many
		saved "$(cat many)"
		done_well -j list
		json "len(d['rules']) == 200 and not any(r['hits'] or r['last_hit'] for r in d['rules'])"
		for slot in 0 1 199; do
			"$PINS" hit "$pins" $slot $((slot + i))
		done
		done_well -q restore few
		saved "$(cat few)"
		done_well -j list
		json "not any(r['hits'] or r['last_hit'] for r in d['rules'])"
		"$PINS" hit "$pins" 1 8
		# More rules than fit.
		seq -f 'block 198.19.%.0f.1' 0 255 >'more'
		done_well -q batch more
		done_well -j list
		json "len(d['rules']) == 258 and sum(r['hits'] for r in d['rules']) == 8"
	done
}

@test "ids begin anew before they run out" {
	new_rules_here
	write rules 1.1.1.1 2.2.2.2 3.3.3.3
	"$PINS" set "$pins" last_id 4294967290
	done_well restore rules
	rules_are '4294967291 block 1.1.1.1' '4294967292 block 2.2.2.2' '4294967293 block 3.3.3.3'
	"$PINS" hit "$pins" 1 5
	echo 4.4.4.4 >>rules
	done_well restore rules
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2' '3 block 3.3.3.3' '4 block 4.4.4.4'
	done_well -j list
	json "[r['hits'] for r in d['rules']] == [0, 5, 0, 0]"
	done_well -q block 5.5.5.5
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2' '3 block 3.3.3.3' '4 block 4.4.4.4' '5 block 5.5.5.5'
	# One at a time.
	for n in {0..5}; do
		"$PINS" set "$pins" last_id $((4294967290 + n))
		done_well -q block 6.6.6."$n"
		done_well -j list
		json "len(set(r['id'] for r in d['rules'])) == len(d['rules']) == 6 + $n and
			all(0 < r['id'] < 4294967295 for r in d['rules'])"
	done
}
