#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Where a set comes from, and how old it is; and that undo brings back what is kept with it.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

teardown()
{
	[[ -z ${server-} ]] || kill "$server" 2>/dev/null || true
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# sources LINE...: each set with where it comes from, and whether it has an age.
sources()
{
	local got

	got=$("$LSMCTL" -t list sets | awk -F '\t' '{ print $1, ($7 == "-" ? "-" : "aged"), $8 }')
	[[ $got == "$(printf '%s\n' "$@")" ]] || fail "the sets are: $got"
}

restored_at()
{
	"$LSMCTL" -j list sets | "$PYTHON" -c 'import datetime, json, sys
print(datetime.datetime.fromisoformat(json.load(sys.stdin)["sets"][0]["restored"]).timestamp())'
}

# as_if_since SECONDS: the sets were restored that much earlier than they were, as far as the maps know.
as_if_since()
{
	"${PINS:?}" older "$pins" "$1" 0
}

@test "a set knows what it was restored from" {
	new_rules_here
	write list 192.0.2.1 192.0.2.2
	mkdir rules.d
	write rules.d/1.rules '198.51.100.1 set inside'
	done_well -q restore --set feed list
	sources "feed aged $PWD/list"
	"$LSMCTL" -q restore --set piped - <list
	sources "feed aged $PWD/list" 'piped aged standard input'
	done_well -q restore --set feed list rules.d
	sources "feed aged $PWD/list, $PWD/rules.d" 'piped aged standard input'
	done_well -q restore --set feed --from 'https://example.org/a list' list
	sources 'feed aged https://example.org/a list' 'piped aged standard input'
	# A set of the whole ruleset's comes from its file; one that is kept stays as it is; one made by hand comes from none.
	done_well -q restore --keep-set piped list rules.d
	sources 'piped aged standard input' "inside aged $PWD/list, $PWD/rules.d"
	done_well -q block 203.0.113.1 set typed
	done_well -q block 203.0.113.2 set piped
	sources 'piped aged standard input' "inside aged $PWD/list, $PWD/rules.d" 'typed - -'
	done_well -q del set piped
	done_well -q block 203.0.113.9
	done_well -q flush
	sources ''
	done_well -q block 203.0.113.2 set piped
	sources 'piped - -'
	# Not in a dry run.
	done_well -q -n restore --set piped list
	sources 'piped - -'
	refused 1 "bad --from, near ''" restore --from '' list
	refused 1 'bad --from, near ' restore --from $'a\nb' list
	refused 1 'bad --from, near ' restore --from "$(printf '%600s' x)" list
}

@test "more names of files than there is room for" {
	new_rules_here
	for n in {1..9}; do
		write "$(printf '%0100d' "$n")" "192.0.2.$n"
	done
	done_well -q restore --set feed ./0*
	from=$("$LSMCTL" -t list sets | cut -f 8)
	[[ $from == "$PWD/0"*', ...' && ${#from} -lt 512 ]] || fail "$from"
}

@test "the age of a set" {
	local now before
	new_rules_here
	write list 192.0.2.1 192.0.2.2
	done_well -q restore --set feed list
	[[ $("$LSMCTL" -t list sets | cut -f 7) =~ ^[0-9]s$ ]] || fail 'not new'
	now=$(date +%s.%N) before=$(restored_at)
	awk -v now="$now" -v then="$before" 'BEGIN { exit !(now - then >= -1 && now - then < 10) }' || fail "$before, not $now"
	while read -r seconds age; do
		as_if_since "$seconds"
		[[ $("$LSMCTL" -t list sets | cut -f 7) =~ ^$age$ ]] || fail "$seconds s: $("$LSMCTL" -t list sets)"
	done <<-'END'
		125 2m([5-9]|[1-5][0-9])s
		7320 2h[2-9]m
		180000 2d2h
	END
	# A restore that changes nothing makes it new, and is no change; a dry run does not.
	as_if_since 7320
	done_well -n restore --set feed list
	[[ $("$LSMCTL" -t list sets | cut -f 7) == 2h2m ]] || fail 'a dry run made it new'
	generation=$("$LSMCTL" -j undo --list)
	prints '0 added, 0 changed, 0 removed, 2 unchanged' restore --set feed list
	[[ $("$LSMCTL" -t list sets | cut -f 7) =~ ^[0-9]s$ ]] || fail 'not new again'
	[[ $("$LSMCTL" -j undo --list) == "$generation" ]] || fail 'a change'
	# The rules in another order are none of the list either.
	write list 192.0.2.2 192.0.2.1
	as_if_since 7320
	done_well -q restore --set feed list
	[[ $("$LSMCTL" -t list sets | cut -f 7) =~ ^[0-9]s$ ]] || fail 'not new, in another order'
}

@test "the age of a set whose names are looked up again" {
	new_rules_here
	new_resolver
	zone 'a.example A 192.0.2.1'
	done_well -q block --resolve a.example
	sources 'a.example - -'
	done_well refresh a.example
	sources 'a.example aged host names'
}

# excepts LINE...: as save writes them.
excepts()
{
	[[ $("$LSMCTL" save | grep ^except) == "$(printf '%s\n' "$@")" ]] || fail "$("$LSMCTL" save)"
}

@test "undo brings back what a set excepted" {
	local hour
	new_rules_here
	write list 192.0.2.1 10.0.0.1
	write 'other list' 192.0.2.1 10.0.0.1 10.0.0.2
	done_well -q restore --set feed --except lan list
	as_if_since 7320
	done_well -q restore --set feed --except loopback 'other list'
	excepts 'except loopback set feed'
	sources "feed aged $PWD/other list"
	try -n undo
	grep -qxF -- '- except loopback set feed' "$out" || fail 'not said'
	grep -qxF -- '+ except lan set feed' "$out" || fail 'nor this'
	done_well -jn undo
	json "d['excepts'] == [{'set': 'feed', 'except': 'lan'}]"
	done_well undo
	excepts 'except lan set feed'
	sources "feed aged $PWD/list"
	hour=$("$LSMCTL" -t list sets | cut -f 7)
	[[ $hour == 2h2m ]] || fail "it is as old as $hour"
	# And undoing this.
	done_well -q undo
	excepts 'except loopback set feed'
	sources "feed aged $PWD/other list"
	done_well -q undo 4
	excepts ''
	sources ''
	done_well -q undo
	excepts 'except loopback set feed'
	# Only that it excepts something else is a change as well.
	done_well -q restore --set feed --except loopback,192.0.2.9 'other list'
	prints "- except loopback,192.0.2.9 set feed
+ except loopback set feed" undo
	excepts 'except loopback set feed'
	done_well -q restore --set feed --except none 'other list'
	prints '+ except loopback set feed' undo
	# A set that goes, and the tables with its name.
	done_well -q del set feed
	done_well -q restore --set more 'other list'
	done_well -q undo 2
	excepts 'except loopback set feed'
	sources "feed aged $PWD/other list"
	# By a trial that was confirmed, and by a batch.
	done_well -q restore --set feed --except self --confirm 1h list
	done_well -q confirm
	done_well -q undo
	excepts 'except loopback set feed'
	write lines 'restore --set feed --except lan list' 'block 9.9.9.9' 'restore --set feed --except lan,gateway list'
	done_well -q batch lines
	excepts 'except lan,gateway set feed'
	done_well -q undo
	excepts 'except loopback set feed'
	# The words are others by now, though the history does not know of it.
	done_well -q restore --set feed --except lan list
	LSMCTL_HISTORY_DIR='' "$LSMCTL" -q restore --set feed --except self list
	refused 1 "'except lan set feed' is not as change 1 left it" undo
	excepts 'except self set feed'
}

@test "undo of a change that is too large to be written down brings it back too" {
	new_rules_here 200000
	write list 192.0.2.1 10.0.0.1
	"$PYTHON" -c 'for n in range(60000): print("11.%d.%d.7 port 25" % (n >> 8, n & 255))' >large
	done_well -q restore --set feed --except lan list
	done_well -q restore --set feed --except self large
	"$LSMCTL" -t undo --list | head -n 1 | grep -q 'too many' || fail 'small'
	done_well -n undo
	grep -qxF -- '+ except lan set feed' "$out" || fail 'not said'
	done_well -q undo
	excepts 'except lan set feed'
	sources "feed aged $PWD/list"
}
