#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Settings, counters, and the content of the pin directory, on maps that only lsmctl reads.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

@test "the default becomes block, and loopback stays reachable" {
	new_rules
	prints '+ allow 127.0.0.0/8 comment "added with default block"
+ allow ::1 comment "added with default block"
default block' set default block
	rules_are '1 allow 127.0.0.0/8 comment "added with default block"' '2 allow ::1 comment "added with default block"'
	refused 1 'default is block already (--exist accepts this)' set default block
	prints 'default block' -e set default block
	# They are ordinary rules.
	done_well -q del loopback
	prints 'default block' -e set default block
	rules_are ''
	prints 'default allow' set default allow
	try -j status
	json "d['default'] == 'allow' and d['rules'] == 0"
}

@test "rules for loopback that are there already stay as they are" {
	new_rules
	done_well block ::1 comment mine
	done_well -j set default block
	json "d['default'] == 'block' and [r['prefix'] for r in d['added']] == ['127.0.0.0/8'] and d['changed'] == []"
	rules_are '1 block ::1 comment "mine"' '2 allow 127.0.0.0/8 comment "added with default block"'
}

@test "without room for them the default stays as it is" {
	new_rules 2
	done_well block 1.1.1.1
	refused 2 'no room: 1 of 2 rules are used and 2 more are wanted' set default block
	refused 2 'no room' -n set default block
	refused 2 'no room' set default block --confirm 1m
	try -j status
	json "d['default'] == 'allow' and d['rules'] == 1"
	# Existing rules need no more room.
	done_well -q allow ::1
	refused 2 'no room: 2 of 2 rules are used and 1 more are wanted' set default block
	done_well -q del 1.1.1.1
	prints '+ allow 127.0.0.0/8 comment "added with default block"
default block' set default block
}

@test "the mode" {
	new_rules
	prints 'mode audit' set mode audit
	refused 1 'mode is audit already' set mode audit
	refused_json 1 exists -j set mode audit
	prints '' -q set mode enforce
	prints 'mode audit' -n set mode audit
	done_well -nj set default block
	json "d['dry_run'] is True and d['default'] == 'block' and len(d['added']) == 2"
	try -j status
	json "d['mode'] == 'enforce' and d['default'] == 'allow' and d['rules'] == 0"
}

@test "strict" {
	new_rules
	try -j status
	json "d['strict'] == 'off'"
	prints 'strict on' set strict on
	refused 1 'strict is on already (--exist accepts this)' set strict on
	prints 'strict on' -e set strict on
	done_well -q block 1.1.1.1
	try status
	grep -qE '^strict +on$' "$out" || fail 'not on'
	try save
	grep -qx 'set strict on' "$out" || fail 'not saved'
	# It is a setting of its own, and what changes the others leaves it alone.
	done_well -q set default block
	done_well -q set mode audit
	done_well -q flush
	try -j status
	json "(d['default'], d['mode'], d['strict'], d['rules']) == ('block', 'audit', 'on', 0)"
	prints '{"schema":2,"dry_run":true,"added":[],"changed":[],"removed":[],"strict":"off"}' -nj set strict off
	prints 'strict off' set strict off
	try save
	[[ $(grep -E '^set (default|mode|strict) ' "$out") == $'set default block\nset mode audit\nset strict off' ]] || fail 'not saved'
}

# Only in a dry run: it would be attached for real, and judge this machine's packets by these rules.
@test "the backstop" {
	new_rules
	try -j status
	json "d['backstop'] == 'off' and 'egress' not in [p['hook'] for p in d['programs']]"
	prints 'backstop on' -n set backstop on
	prints '{"schema":2,"dry_run":true,"added":[],"changed":[],"removed":[],"backstop":"on"}' -nj set backstop on
	refused 1 'backstop is off already (--exist accepts this)' set backstop off
	prints 'backstop off' -e set backstop off
	printf '%s\n' 'set backstop on' 'block 1.1.1.1' >"$BATS_TEST_TMPDIR/rules"
	prints '+ block 1.1.1.1
- set backstop off
+ set backstop on' -n restore "$BATS_TEST_TMPDIR/rules"
	try save
	grep -qx 'set backstop off' "$out" || fail 'not a dry run'
	try -j status
	json "d['backstop'] == 'off' and d['rules'] == 0"
}

@test "hits, most of them first" {
	new_rules
	done_well block 1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4
	prints 'allowed  0
blocked  0
audited  0' stats
	"$PINS" hit "$pins" 0 5
	"$PINS" hit "$pins" 2 1000
	"$PINS" hit "$pins" 3 5
	done_well stats
	[[ $(sed 1,4d "$out" | awk '{ print $1, $NF }') == 'HITS RULE
1000 3.3.3.3
5 1.1.1.1
5 4.4.4.4' ]] || fail 'not in order'
	[[ $(head -n 3 "$out" | awk '{ print $1, $2 }') == 'allowed 0
blocked 1010
audited 0' ]] || fail 'not the totals'
	done_well -t stats --top 1
	[[ $(cut -f 1 "$out") == $'allowed\nblocked\naudited\n1000' ]] || fail 'not the one'
	done_well -j stats
	json "d['decisions'] == {'allowed': 0, 'blocked': 1010, 'audited': 0} and [r['hits'] for r in d['rules']] == [5, 0, 1000, 5]"
	done_well -j stats -T 2
	json "[r['id'] for r in d['rules']] == [3, 1]"
	# -j shows all rules; --top only rules with hits.
	done_well -j stats --top 100
	json "[r['id'] for r in d['rules']] == [3, 1, 4]"
	# What one line of a batch asks for is not asked by the next.
	printf '%s\n' 'stats --top 1' stats >"$BATS_TEST_TMPDIR/batch"
	done_well -j batch "$BATS_TEST_TMPDIR/batch"
	json "[len(r['output']['rules']) for r in d['results']] == [1, 4]"
}

@test "statistics every second, until interrupted" {
	new_rules
	run -124 timeout --foreground 2.5 "$LSMCTL" -j stats -i 1
	[[ ${#lines[@]} -ge 2 && ${lines[1]} == "${lines[0]}" ]] || fail "$output"
	try_shell "timeout 20 \"\$LSMCTL\" stats -i 1 >/dev/full"
	was_refused 2 'cannot write to standard output: '
}

# Nothing is attached here, so that status must not be content.
@test "status tells of links that are gone" {
	new_rules
	try status
	[[ $status -eq 2 && ! -s $err ]] || fail "$tried: $status"
	[[ $(grep -c '  BAD: not attached' "$out") -eq 5 ]] || fail 'not called bad'
	[[ $(head -n 1 "$out") == 'NOT in force: socket_connect: not attached, its pin is gone'* ]] || fail 'no answer'
	grep -qE '^in force +NO: see BAD below$' "$out" || fail 'not sure'
	try -t status
	[[ $status -eq 2 && $(head -n 1 "$out") == $'loaded\tyes, since '* ]] || fail "$tried"
	try status
	grep -qE '^loaded +yes, since 20[0-9-]+T[0-9:]+[+-][0-9:]+ by lsmctl 0\.0\.0$' "$out" || fail 'since when'
	grep -qE '^rules +0 of 100$' "$out" || fail 'how many'
	try -j status
	[[ $status -eq 2 ]] || fail "$tried: $status"
	json "list(d) == ['schema', 'loaded', 'in_force', 'tried', 'doubts', 'attach', 'default', 'mode', 'strict', 'backstop', 'answers', 'learn_names', 'resolvers', 'name_keep', 'trial_left', 'rules', 'max_rules', 'max_names', 'max_addresses', 'cgroups',
		'exes', 'runs', 'programs', 'senders', 'lock', 'learned', 'loaded_at', 'version', 'events_lost', 'warnings'] and d['loaded'] is True and d['max_rules'] == 100 and
		[p['hook'] for p in d['programs']] == ['socket_connect', 'socket_sendmsg', 'socket_setsockopt',
			'sctp_bind_connect', 'socket_bind'] and all(list(p.values())[1:] == ['gone'] + [None] * 5 and
			list(p) == ['hook', 'state', 'prog_id', 'link_id', 'tag', 'recursion_misses', 'trial'] for p in d['programs'])"
	try -q status
	[[ $status -eq 2 && ! -s $out ]] || fail "$tried: $status"
}

@test "load finds what is loaded" {
	new_rules
	refused 1 'loaded already' load --no-mount
	refused 1 'loaded already' load -n
	refused_json 1 exists -j load --no-mount
	prints loaded -e load --no-mount
	prints 'loaded already: nothing is on trial' -e load --no-mount --confirm 60s
	refused 1 'nothing is on trial' confirm
	done_well -en load
}

@test "unload removes the pins, and stays away from others'" {
	new_rules
	prints 'would unload' -n unload
	rules_are ''
	mkdir "$pins/other"
	prints 'unloaded' unload
	[[ $(ls "$pins") == other ]] || fail "left: $(ls "$pins")"
	refused 3 'not loaded' unload
	refused 3 'not loaded' list
}

@test "unload takes away what another version has pinned" {
	new_rules
	"$PINS" set "$pins" layout 77
	mv "$pins/map_arenas" "$pins/map_arenas_of_later"
	prints '{"schema":2,"loaded":false}' -j unload
	[[ -z $(ls "$pins") ]] || fail "left: $(ls "$pins")"
}

@test "pins of another layout are never misread" {
	new_rules
	done_well block 1.1.1.1
	"$PINS" set "$pins" layout 77
	for words in list stats status 'block 2.2.2.2' 'del 1.1.1.1' flush 'set mode audit' 'load --no-mount' '-e load --no-mount'; do
		# shellcheck disable=SC2086
		refused 2 'loaded by another version of lsmctl (its layout is 77, this one knows' $words
	done
	refused_json 2 layout -j list
	"$PINS" set "$pins" layout "$("$LSMCTL" version | grep -oP 'layout \K\d+')"
	rules_are '1 block 1.1.1.1'
}

@test "pins that are no policy" {
	new_rules
	"$PINS" set "$pins" magic 1
	refused 2 'is not a map of this lsmctl' list
	"$PINS" set "$pins" magic 0
	"$PINS" set "$pins" state 0
	refused 3 'not loaded: a load was cut short' list
	try status
	[[ $status -eq 3 && $(<"$out") == 'not loaded: a load was cut short'* ]] || fail "$tried: $status"
	refused 3 'cut short' block 1.1.1.1
	prints 'unloaded' unload
}

@test "a map that is missing, or is another one" {
	for map in arenas rules counters; do
		new_rules
		rm "$pins/map_$map"
		refused 2 "$pins lacks map_$map: run 'lsmctl unload', then 'lsmctl load'" list
		refused 2 "lacks map_$map" block 1.1.1.1
		rm -r "$pins"
	done
	for map in arenas rules counters config; do
		new_rules
		rm "$pins/map_$map"
		"${BPFTOOL:-bpftool}" map create "$pins/map_$map" type array key 4 value 4 entries 1 name other
		refused 2 "$pins/map_$map is not a map of this lsmctl: run 'lsmctl unload', or use another --pin-dir" list
		refused 2 "$pins/map_$map is not a map of this lsmctl" block 1.1.1.1
		rm -r "$pins"
	done
	new_rules
	rm "$pins/map_config"
	refused 3 'not loaded' list
}

@test "what a killed writer began is ended by the next one" {
	new_rules
	done_well block 1.1.1.1,2.2.2.2
	# As if it was killed just after its first store, and before its last: both ways the rules are right as they are.
	# A reader ends it too, and a writer that comes first.
	for pending in 1 4000000000; do
		"$PINS" set "$pins" pending "$pending"
		rules_are '1 block 1.1.1.1' '2 block 2.2.2.2'
		"$PINS" set "$pins" pending "$pending"
		done_well -q block 3.3.3.3
		done_well -q del 3.3.3.3
	done
	rules_are '1 block 1.1.1.1' '2 block 2.2.2.2'
}

@test "text that another program has put there" {
	new_rules
	done_well block 1.1.1.1 comment x
	"$PINS" comment "$pins" 0 $'\e[2J\n\xff\u202e"'
	prints $'1\tblock\t1.1.1.1\t0\t-\tcomment "\\x1b[2J\\x0a\\xff\\xe2\\x80\\xae\\""' -t list
	done_well -j list
	json "d['rules'][0]['comment'] == r'\\x1b[2J\\x0a\\xff\\xe2\\x80\\xae\"'"
	done_well allow 1.1.1.1
	! LC_ALL=C grep -qP '\x1b|\xff' "$out" || fail 'raw'
	"$PINS" comment "$pins" 0 "$(printf '%300s' '' | tr ' ' y)"
	done_well -j list
	json "d['rules'][0]['comment'] == 'y' * 127"
}

@test "many at once" {
	new_rules 400
	for n in {1..20}; do
		{
			for m in {1..5}; do
				"$LSMCTL" -q block "10.0.$n.$m" comment "number $n.$m"
				"$LSMCTL" -j list | "$PYTHON" -c 'import json, sys; json.load(sys.stdin)'
			done
			"$LSMCTL" -q del "10.0.$n.1,10.0.$n.2"
		} &
	done
	wait
	done_well -j list
	json "len(d['rules']) == 60 and len({r['id'] for r in d['rules']}) == 60 and
		all(r['comment'] == 'number ' + r['prefix'][5:-3] for r in d['rules'])"
}

@test "completion knows the rules" {
	new_rules
	done_well -q block 1.1.1.1,2001:db8::/32
	[[ $(offered del '') == $'id\nset\n1.1.1.1\n2001:db8::/32' ]] || fail "$(offered del '')"
	[[ $(offered del id '') == $'1\n2' ]] || fail "$(offered del id '')"
	unset LSMCTL_PIN_DIR
	[[ $(offered --pin-dir "$pins" del id '') == $'1\n2' ]] || fail 'not with --pin-dir'
	[[ $(offered del "--pin-dir=$pins" id '') == $'1\n2' ]] || fail 'not with --pin-dir='
	[[ $(offered del 1.1.1.1 '') == $'port\nproto\nuid\ngid\nexe\ncgroup\nunit\ncontainer\nuser-slice\nset' ]] || fail "$(offered del 1.1.1.1 '')"
	for words in 'del set' 'list set' 'list block any set' 'add allow any set'; do
		read -ra words <<<"$words"
		[[ -z $(offered --pin-dir "$pins" "${words[@]}" '') ]] || fail "${words[*]}: sets that are not there"
	done
	done_well --pin-dir "$pins" -q block 1.1.1.2,1.1.1.3 set one
	done_well --pin-dir "$pins" -q block 1.1.1.4 set two
	for words in 'del set' 'list set' 'list block any set' 'add allow any set'; do
		read -ra words <<<"$words"
		[[ $(offered --pin-dir "$pins" "${words[@]}" '') == $'one\ntwo' ]] || fail "${words[*]}: not the sets"
	done
}

# shellcheck disable=SC2016 # for the shell that script runs
@test "colour on a terminal, and only there" {
	type -P script >/dev/null || skip 'needs script'
	new_rules
	[[ $(on_terminal '"$LSMCTL" block 1.1.1.1') == $'\e[32m+ block 1.1.1.1\e[0m' ]] || fail 'not green'
	[[ $(on_terminal '"$LSMCTL" allow 1.1.1.1') == $'\e[31m- block 1.1.1.1\e[0m\n\e[32m+ allow 1.1.1.1\e[0m' ]] ||
		fail 'not red and green'
	[[ $(on_terminal '"$LSMCTL" list' | head -n 1) == $'\e[1mID '* ]] || fail 'the header is not bold'
	[[ $(on_terminal 'NO_COLOR=1 "$LSMCTL" list') != *$'\e'* ]] || fail 'in spite of NO_COLOR'
	[[ $(on_terminal 'NO_COLOR= "$LSMCTL" list') == *$'\e'* ]] || fail 'an empty NO_COLOR is none'
	[[ $(on_terminal '"$LSMCTL" -t list') != *$'\e'* ]] || fail 'terse'
	[[ $(on_terminal '"$LSMCTL" -j list') != *$'\e'* ]] || fail 'JSON'
	[[ $("$LSMCTL" list) != *$'\e'* ]] || fail 'in a pipe'
}
