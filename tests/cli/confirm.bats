#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=slow
# A trial takes effect at once, and expires on its own unless it is confirmed.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# new_trial: rules 1 to 3, with 7 hits of the second, and in their place on trial the second, as 2, and a new one, 4.
new_trial()
{
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2
	done_well -q allow 3.3.3.3 comment old
	"$PINS" hit "$pins" 1 7
	write new 'set mode audit' 'block 2.2.2.2' 'block 4.4.4.4 set x'
	prints "- set mode enforce
+ set mode audit
1 added, 0 changed, 2 removed, 1 unchanged
on trial: 'lsmctl confirm' keeps it" restore new --confirm 1h
}

# The old rules are there, as they were.
old_again()
{
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'allow 3.3.3.3 comment "old"'
	done_well -j list
	json "[(r['id'], r['hits']) for r in d['rules']] == [(1, 0), (2, 7), (3, 0)]"
}

# Nothing is on trial (any more).
no_trial()
{
	try -j status
	json "d['trial_left'] is None"
	try status
	! grep -q '^on trial' "$out" || fail 'still on trial'
	refused 1 'nothing is on trial' confirm
	refused_json 1 not_found -j confirm --revert
}

@test "on trial: the new rules are in force, and seen" {
	new_trial
	saved 'set mode audit' 'block 2.2.2.2' 'block 4.4.4.4 set x'
	rules_are '2 block 2.2.2.2' '4 block 4.4.4.4 set x'
	done_well -j list
	json "[r['hits'] for r in d['rules']] == [7, 0]"
	done_well -j stats
	try -j status
	json "3500 < d['trial_left'] <= 3600 and d['mode'] == 'audit' and d['rules'] == 2"
	try status
	grep -qE "^on trial +for (59m[0-9s]*|1h) more, then the previous rules return \('lsmctl confirm' keeps these\)$" "$out" ||
		fail 'does not say so'
	[[ $(offered del id '') == $'2\n4' ]] || fail 'completion knows others'
}

@test "on trial: other writers are refused, and who only looks is not" {
	new_trial
	for words in 'block 5.5.5.5' 'allow 2.2.2.2' 'add audit 2.2.2.2' 'del 2.2.2.2' 'del id 4' 'del set x' flush \
		'set mode enforce' 'set default block' 'set strict on' 'set mode enforce --confirm 5m' 'restore new' \
		'restore new --confirm 5m' 'restore --set x new' '-e block 2.2.2.2' '-q flush'; do
		# shellcheck disable=SC2086
		refused 1 "on trial: run 'lsmctl confirm' or 'lsmctl confirm --revert'" $words
		# shellcheck disable=SC2086
		refused_json 1 on_trial -j $words
	done
	write lines list 'block 5.5.5.5' 'block 6.6.6.6'
	try batch lines
	[[ $status -eq 4 && $(<"$err") == 'lsmctl: lines:2: a ruleset is on trial'* ]] || fail "$tried: $status"
	rules_are '2 block 2.2.2.2' '4 block 4.4.4.4 set x'
	for words in list stats save '-n confirm' '-n confirm --revert' '-n block 5.5.5.5' '-n flush' '-n set mode enforce' \
		'-n restore new'; do
		# shellcheck disable=SC2086
		done_well $words
	done
	prints confirmed confirm
	no_trial
}

@test "confirm keeps it" {
	new_trial
	prints confirmed -n confirm
	try -j status
	json "d['trial_left'] > 0"
	prints confirmed confirm
	no_trial
	saved 'set mode audit' 'block 2.2.2.2' 'block 4.4.4.4 set x'
	done_well -j list
	json "[(r['id'], r['hits']) for r in d['rules']] == [(2, 7), (4, 0)]"
	# Confirmed: nothing can roll back, and others can write.
	done_well -q block 5.5.5.5
	rules_are '2 block 2.2.2.2' '4 block 4.4.4.4 set x' '5 block 5.5.5.5'
}

@test "confirm --revert goes back at once" {
	new_trial
	prints reverted -n confirm --revert
	rules_are '2 block 2.2.2.2' '4 block 4.4.4.4 set x'
	prints reverted confirm --revert
	no_trial
	old_again
	# The id that was given on trial is not given again.
	done_well -q block 5.5.5.5
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2' '3 allow 3.3.3.3 comment "old"' '5 block 5.5.5.5'
}

@test "when its time is up, the old rules are back by themselves" {
	new_trial
	"$PINS" trial "$pins" over 0
	old_again
	no_trial
	old_again
	done_well -nj flush
	json "len(d['removed']) == 3"
	# The next writer finds them, and clears up.
	prints '+ block 5.5.5.5' block 5.5.5.5
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2' '3 allow 3.3.3.3 comment "old"' '5 block 5.5.5.5'
	done_well -j list
	json "[r['hits'] for r in d['rules']] == [0, 7, 0, 0]"
	no_trial
	# What is gone can be tried again.
	done_well restore new --confirm 1h
	rules_are '2 block 2.2.2.2' '6 block 4.4.4.4 set x'
	"$PINS" trial "$pins" over 0
	done_well restore new --confirm 1h
	rules_are '2 block 2.2.2.2' '7 block 4.4.4.4 set x'
}

@test "the time is real" {
	new_rules_here
	done_well -q block 1.1.1.1
	write new 2.2.2.2
	SECONDS=0
	done_well restore new --confirm 3
	rules_are '2 block 2.2.2.2'
	while [[ $("$LSMCTL" save | without_defaults) != 'block 1.1.1.1' ]]; do
		[[ $SECONDS -lt 20 ]] || fail 'does not end'
		sleep 0.1
	done
	[[ $SECONDS -ge 3 ]] || fail "over after $SECONDS s"
	done_well -q block 3.3.3.3
	rules_are '1 block 1.1.1.1' '3 block 3.3.3.3'
}

@test "each writer can be the first after it" {
	for words in 'block 5.5.5.5' 'allow 1.1.1.1' 'del 1.1.1.1' 'del id 3' flush 'set mode audit' 'set default block' \
		'restore new' 'restore --set x part' 'set strict on --confirm 1h'; do
		new_trial
		write part 7.7.7.7
		"$PINS" trial "$pins" over 0
		# shellcheck disable=SC2086
		done_well $words
		cp "$out" after
		done_well save
		mv "$out" saved.after
		rm -rf "$pins"
		# As if there never was a trial.
		new_rules
		done_well -q block 1.1.1.1,2.2.2.2
		done_well -q allow 3.3.3.3 comment old
		# shellcheck disable=SC2086
		done_well $words
		diff "$out" after || fail "$words: another report"
		done_well save
		diff "$out" saved.after || fail "$words: other rules"
		cd .. && rm -r here "$pins"
	done
}

@test "rules on trial" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2
	write both 'block 1.1.1.1' 'block 2.2.2.2'
	for words in 'block 3.3.3.3' 'block -e 3.3.3.3,1.1.1.1 errno EACCES' 'allow 2.2.2.2 comment x' 'audit 2.2.2.2' 'add 3.3.3.3' \
		'del 1.1.1.1' 'del id 1 2' flush '-e block 1.1.1.1' '-e del 9.9.9.9' '-e del set x'; do
		[[ $words != *' id '* ]] || words="del id $("$LSMCTL" -t list | cut -f 1 | paste -sd ' ')"
		# shellcheck disable=SC2086
		done_well -q $words
		done_well -q save after
		done_well -q restore both
		[[ $words != *' id '* ]] || words="del id $("$LSMCTL" -t list | cut -f 1 | paste -sd ' ')"
		# shellcheck disable=SC2086
		done_well $words --confirm 5m
		[[ $(tail -n 1 "$out") == "on trial: 'lsmctl confirm' keeps it" ]] || fail "$tried"
		"$LSMCTL" save | cmp - after || fail "$words: other rules"
		refused 1 'on trial' flush
		done_well -q confirm --revert
		saved 'block 1.1.1.1' 'block 2.2.2.2'
		# shellcheck disable=SC2086
		done_well -q $words --confirm 5m
		"$PINS" trial "$pins" over 0
		saved 'block 1.1.1.1' 'block 2.2.2.2'
		# shellcheck disable=SC2086
		done_well -q $words --confirm=5m
		done_well -q confirm
		"$LSMCTL" save | cmp - after || fail "$words: not kept"
		done_well -q restore both
	done
	# In a dry run nothing is on trial.
	prints '+ block 3.3.3.3' -n block 3.3.3.3 --confirm 5m
	prints '- block 1.1.1.1' -n del 1.1.1.1 --confirm 5m
	prints '' -q block 3.3.3.3 --confirm 5m
	done_well -q confirm --revert
	no_trial
	# What fails begins none.
	refused 1 'no rule for 9.9.9.9' del 9.9.9.9 --confirm 5m
	refused 1 "'block 1.1.1.1' exists already" block 1.1.1.1 --confirm 5m
	no_trial
	# A batch has options of its own on each line.
	write lines 'block 3.3.3.3 --confirm 1h' confirm 'block 4.4.4.4'
	done_well -q batch lines
	no_trial
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'block 3.3.3.3' 'block 4.4.4.4'
}

@test "settings on trial" {
	new_rules_here
	done_well -q block 1.1.1.1
	for setting in 'default block' 'mode audit' 'strict on'; do
		# shellcheck disable=SC2086
		done_well set $setting --confirm 5m
		[[ $(tail -n 1 "$out") == "$setting, on trial: 'lsmctl confirm' keeps it" ]] || fail "$tried"
		"$LSMCTL" save | grep -qx "set $setting" || fail "$setting is not in force"
		done_well -q confirm --revert
		saved 'block 1.1.1.1'
		# shellcheck disable=SC2086
		done_well set $setting --confirm 5m
		"$PINS" trial "$pins" over 0
		saved 'block 1.1.1.1'
		# Again: it is not what it is on trial.
		# shellcheck disable=SC2086
		done_well -q set --confirm=5m $setting
		done_well -q confirm
		"$LSMCTL" save | grep -qx "set $setting" || fail "$setting was not kept"
		done_well -q set "${setting% *}" "$(offered set "${setting% *}" '' | grep -vx "${setting#* }")"
		done_well -qe del loopback
		saved 'block 1.1.1.1'
	done
	prints "mode audit, on trial: 'lsmctl confirm' keeps it" -n set mode audit --confirm 5m
	no_trial
	saved 'block 1.1.1.1'
}

@test "with a default on trial the rules for loopback come and go" {
	new_rules_here
	done_well -q block 1.1.1.1
	prints "+ allow 127.0.0.0/8 comment \"added with default block\"
+ allow ::1 comment \"added with default block\"
default block, on trial: 'lsmctl confirm' keeps it" set default block --confirm 5m
	saved 'set default block' 'block 1.1.1.1' 'allow 127.0.0.0/8 comment "added with default block"' \
		'allow ::1 comment "added with default block"'
	done_well -q confirm --revert
	saved 'block 1.1.1.1'
	rules_are '1 block 1.1.1.1'
}

@test "a set on trial" {
	new_rules_here
	done_well -q block 1.1.1.1
	done_well -q block 2.2.2.2 set x
	write new 3.3.3.3
	done_well restore --set x --confirm 1m new
	saved 'block 1.1.1.1' 'block 3.3.3.3 set x'
	done_well -q confirm --revert
	saved 'block 1.1.1.1' 'block 2.2.2.2 set x'
}

@test "what is the same already can be tried too" {
	new_rules_here
	done_well -q block 1.1.1.1
	done_well save rules
	done_well restore rules --confirm 1m
	refused 1 'on trial' flush
	done_well -q confirm
	saved 'block 1.1.1.1'
}

@test "a trial that fails to begin is none" {
	new_rules_here 2
	done_well -q block 1.1.1.1
	write bad 2.2.2.2 1.1.1
	refused 1 'bad:2: ' restore bad --confirm 1m
	write many 2.2.2.2 3.3.3.3 4.4.4.4
	refused 2 'no room' restore many --confirm 1m
	refused 2 'cannot open nosuch' restore nosuch --confirm 1m
	refused 1 'mode is enforce already' set mode enforce --confirm 1m
	no_trial
	saved 'block 1.1.1.1'
}

@test "JSON" {
	new_rules_here
	done_well -q block 1.1.1.1
	write new 2.2.2.2
	done_well -j restore new --confirm 1m
	json "d['counts']['added'] == 1 and d['dry_run'] is False"
	prints '{"schema":2,"dry_run":true,"confirmed":true}' -nj confirm
	prints '{"schema":2,"dry_run":true,"confirmed":false}' -nj confirm --revert
	prints '{"schema":2,"dry_run":false,"confirmed":false}' -j confirm --revert
	done_well -j set mode audit --confirm 1m
	json "d['mode'] == 'audit' and d['dry_run'] is False"
	prints '{"schema":2,"dry_run":false,"confirmed":true}' confirm -j
	prints '' -q set strict on --confirm 1m
	prints '' -q confirm
}

@test "a writer that was killed as a trial began or ended leaves one whole ruleset" {
	# Before the new one was in force, or when it had gone already: the old one is, with the trial's time still there.
	for words in 'block 5.5.5.5' 'restore other --confirm 1h' 'set mode audit'; do
		new_trial
		write other 5.5.5.5
		"$PINS" trial "$pins" half 0
		old_again
		no_trial
		# shellcheck disable=SC2086
		done_well -q $words
		cd .. && rm -r here "$pins"
	done
	# A trial that expires meanwhile blocks no command.
	new_trial
	"$PINS" trial "$pins" half 0
	"$PINS" trial "$pins" over 0
	old_again
	no_trial
	done_well -q block 5.5.5.5
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2' '3 allow 3.3.3.3 comment "old"' '5 block 5.5.5.5'
}

@test "killed at any instant of a trial: the old rules or the new ones, and the next writer can go on" {
	local killed=0

	new_rules_here 20000
	seq -f 'block 10.0.%g.0/24' 0 255 >all.0
	seq -f 'audit 2001:db8:1:%g::/64 comment "1"' 1 5000 >all.1
	done_well -q restore all.0
	for i in {1..20}; do
		if ((i % 4 == 3)); then
			done_well -q restore all.1 --confirm 1h
			"$LSMCTL" -q confirm --revert 3>&- &
		else
			"$LSMCTL" -q restore all.1 --confirm 1h 3>&- &
		fi
		sleep "0.0$((RANDOM % 6))$((RANDOM % 10))"
		! kill -9 $! 2>/dev/null || killed=$((killed + 1))
		wait $! || true
		"$LSMCTL" save | without_defaults >seen
		cmp -s seen all.0 || cmp -s seen all.1 || fail 'half of each'
		# On trial or not, this says so, and after it the old ones are there.
		try confirm --revert
		[[ $status -eq 0 || $(<"$err") == *'nothing is on trial'* ]] || fail "$tried: $status"
		"$LSMCTL" save | without_defaults | cmp -s all.0 || fail 'not back'
		done_well -q block 9.9.9.9
		done_well -q del 9.9.9.9
	done
	[[ $killed -gt 3 ]] || fail "only $killed were killed in time"
}

@test "times for a trial" {
	for time in '' 0 0s x 5x -1 1.5h 30m2h 36501d; do
		refused 1 "bad --confirm, near '$time': a time, such as 60s or 5m" restore rules "--confirm=$time"
		refused 1 "bad --confirm, near '$time'" set mode audit --confirm "$time"
	done
	refused 1 "option '--confirm' needs an argument (DURATION)" set mode audit --confirm
	refused 1 "unknown option '--confirm'" list --confirm 5m
	for words in 'block 1.1.1.1' 'allow 1.1.1.1' 'audit 1.1.1.1' 'add 1.1.1.1' 'del 1.1.1.1' flush load undo; do
		# shellcheck disable=SC2086
		refused 1 "bad --confirm, near '0'" $words --confirm 0
	done
	refused 1 "option '--revert' takes no argument" confirm --revert=1
	refused 1 "unexpected 'x' (usage: lsmctl confirm)" confirm x
	refused 3 'not loaded' confirm
	refused 3 'not loaded' confirm --revert
	refused 3 'not loaded' set mode audit --confirm 2h30m
}
