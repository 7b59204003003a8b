#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Rules come, change and go, on maps that nothing looks at but lsmctl.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

@test "a rule is added and listed" {
	new_rules
	prints '+ block 1.1.1.1' block 1.1.1.1
	prints 'ID  VERDICT  DESTINATION  HITS      LAST HIT                   OPTIONS
1   block    1.1.1.1      0         -' list
	prints $'1\tblock\t1.1.1.1\t0\t-\t' list --terse
	done_well -j list
	[[ $(<"$out") == '{"schema":2,"rules":[{"id":1,"verdict":"block","destination":"1.1.1.1","prefix":"1.1.1.1/32","family":"inet",'\
'"port":null,"proto":null,"subject":null,"errno":"EPERM","timeout_left":null,"set":null,"comment":null,'\
'"hits":0,"last_hit":null}]}' ]] || fail 'not as in the contract'
	done_well -p list
	json "len(d['rules']) == 1"
}

@test "no rules are an empty list" {
	new_rules
	prints 'ID  VERDICT  DESTINATION  HITS      LAST HIT                   OPTIONS' list
	prints '' -t list
	prints '{"schema":2,"rules":[]}' -j list
	done_well -p list
	json "d == {'schema': 2, 'rules': []}"
	prints '0 rules removed' flush
}

@test "columns are as wide as they must be" {
	new_rules
	done_well -q block 1.1.1.1 comment x
	done_well -q allow 2001:db8:1234::/48 port 80-443 errno EACCES
	"$PINS" hit "$pins" 1 12345
	done_well list
	[[ $(sed 's/[0-9-]*T[0-9:]*[+-][0-9:]*/TTTTTTTTTTTTTTTTTTTTTTTTT/' "$out") == \
'ID  VERDICT  DESTINATION         HITS      LAST HIT                   OPTIONS
1   block    1.1.1.1             0         -                          comment "x"
2   allow    2001:db8:1234::/48  12345     TTTTTTTTTTTTTTTTTTTTTTTTT  port 80-443 errno EACCES' ]] || fail 'not aligned'
	done_well list block
	[[ $(sed -n 2p "$out") == '1   block    1.1.1.1      0         -                          comment "x"' ]] ||
		fail 'not aligned'
}

@test "the list has the order in which the rules came" {
	new_rules
	prints '' -q block ff00::/8,10.0.0.0/8,::1,1.1.1.1,any,10.0.0.0/9,2.0.0.0
	rules_are '1 block ff00::/8' '2 block 10.0.0.0/8' '3 block ::1' '4 block 1.1.1.1' '5 block 0.0.0.0/0' \
		'6 block ::/0' '7 block 10.0.0.0/9' '8 block 2.0.0.0'
	# A changed rule keeps its place; a removed rule that is added again comes last.
	done_well -q allow ::1 comment x
	done_well -q del 10.0.0.0/8,any
	done_well -q block 10.0.0.0/8
	rules_are '1 block ff00::/8' '3 allow ::1 comment "x"' '4 block 1.1.1.1' '7 block 10.0.0.0/9' '8 block 2.0.0.0' \
		'9 block 10.0.0.0/8'
}

@test "verdicts, errors and comments" {
	new_rules
	prints '+ allow 10.0.0.0/8' allow 10.0.0.0/8
	prints '+ audit ::/0' add audit any6
	prints '+ block 2.2.2.2 errno EACCES comment "a \"b\" \\ é"' add 2.2.2.2 comment 'a "b" \ é' errno EACCES
	rules_are '1 allow 10.0.0.0/8' '2 audit ::/0' '3 block 2.2.2.2 errno EACCES comment "a \"b\" \\ é"'
	done_well -j list
	json "d['rules'][2]['comment'] == 'a \"b\" \\\\ é' and [r['errno'] for r in d['rules']] == ['EPERM', 'EPERM', 'EACCES']"
}

@test "the same again is an error, and with --exist a success" {
	new_rules
	done_well block 1.1.1.1 comment x
	refused 1 "'block 1.1.1.1 comment \"x\"' exists already (--exist accepts this)" block 1.1.1.1 comment x
	refused 1 'already' add ::ffff:1.1.1.1/128 comment x errno EPERM
	refused_json 1 exists -j block 1.1.1.1 comment x
	prints '' -e block 1.1.1.1 comment x
	prints '{"schema":2,"dry_run":false,"added":[],"changed":[],"removed":[],"unchanged":1}' -ej block 1.1.1.1 comment x
	rules_are '1 block 1.1.1.1 comment "x"'
}

@test "another verdict, error or comment changes the rule, which keeps its id and counters" {
	new_rules
	done_well block 1.1.1.1
	"$PINS" hit "$pins" 0 42
	prints '- block 1.1.1.1
+ allow 1.1.1.1' allow 1.1.1.1
	prints '- allow 1.1.1.1
+ block 1.1.1.1 errno EACCES comment "x"' block 1.1.1.1 errno EACCES comment x
	prints '- block 1.1.1.1 errno EACCES comment "x"
+ block 1.1.1.1 comment "y"' block 1.1.1.1 comment y
	done_well -j block 1.1.1.1
	json "d['changed'][0]['comment'] is None and d['changed'][0]['hits'] == 42 and d['changed'][0]['id'] == 1 and
		d['added'] == d['removed'] == []"
	rules_are '1 block 1.1.1.1'
	done_well -j list
	json "len(d['rules']) == 1 and d['rules'][0]['hits'] == 42 and d['rules'][0]['last_hit'][4] == '-'"
}

@test "IPv4 either way of writing it is one rule, and ::/0 is another than 0.0.0.0/0" {
	new_rules
	done_well block ::ffff:1.1.1.1
	refused 1 'already' block 1.1.1.1
	done_well block ::/0
	done_well block 0.0.0.0/0
	refused 1 'no rule for ::fffe:0:0/95' del ::fffe:0:0/95
	rules_are '1 block 1.1.1.1' '2 block ::/0' '3 block 0.0.0.0/0'
	prints '- block 1.1.1.1' del 1.1.1.1
	prints '- block ::/0' del any6
}

@test "a list of destinations makes all rules or none" {
	new_rules 4
	done_well block 1.1.1.1
	refused 1 "'block 1.1.1.1' exists already" block 2.2.2.2,1.1.1.1,3.3.3.3
	rules_are '1 block 1.1.1.1'
	refused 2 'no room: 1 of 4 rules are used and 4 more are wanted' allow lan
	refused 2 'no room' block 10.0.0.1-10.0.0.14
	refused_json 2 full -j allow lan
	refused 2 'no room' -n allow lan
	rules_are '1 block 1.1.1.1'
	prints '+ block 2.2.2.2
+ block 3.3.3.3' -e block 2.2.2.2,1.1.1.1,3.3.3.3
	done_well -j -e block 1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4
	json "d['unchanged'] == 3 and [r['prefix'] for r in d['added']] == ['4.4.4.4/32']"
}

@test "room is used again, ids are not" {
	new_rules 2
	done_well block 1.1.1.1,2.2.2.2
	refused 2 'no room: 2 of 2 rules are used and 1 more are wanted' block 3.3.3.3
	done_well del 1.1.1.1
	done_well block 3.3.3.3
	rules_are '2 block 2.2.2.2' '3 block 3.3.3.3'
	for n in {4..20}; do
		done_well -q del id $((n - 1))
		done_well -q block "1.1.1.$n" comment "number $n"
	done
	rules_are '2 block 2.2.2.2' '20 block 1.1.1.20 comment "number 20"'
}

@test "a new rule in an old one's room begins at nothing" {
	new_rules 1
	done_well block 1.1.1.1 comment old
	"$PINS" hit "$pins" 0 42
	done_well del 1.1.1.1
	done_well block 2.2.2.2
	done_well -j list
	json "d['rules'][0]['hits'] == 0 and d['rules'][0]['last_hit'] is None and d['rules'][0]['comment'] is None"
}

@test "a rule whose time is up is a new one when it is made again" {
	new_rules
	done_well block 1.1.1.1 timeout 1
	done_well block 2.2.2.2
	sleep 1.2
	"$PINS" hit "$pins" 0 5
	done_well block 1.1.1.1 timeout 1h
	done_well block 3.3.3.3
	done_well -j list
	json "sorted((r['id'], r['hits']) for r in d['rules']) == [(2, 0), (3, 0), (4, 0)]"
}

@test "rules are deleted by destination and by id, all or none" {
	new_rules
	done_well block 1.1.1.1,2.2.2.2,loopback
	refused 1 "no rule for 3.3.3.3 ('lsmctl list' shows all rules)" del 1.1.1.1,3.3.3.3
	refused 1 'no rule for 1.1.1.0/24' del 1.1.1.0/24
	refused 1 'no rule with id 9' del id 9
	refused 1 'no rule with id 0' del id 0
	refused_json 1 not_found -j del 3.3.3.3
	prints '- block 127.0.0.0/8
- block ::1' del loopback
	prints '- block 2.2.2.2' del id 2
	prints '- block 1.1.1.1' -e del 1.1.1.1,3.3.3.3
	prints '' -e del 1.1.1.1
	prints '' del --exist id 1
	prints '{"schema":2,"dry_run":false,"added":[],"changed":[],"removed":[]}' -ej del 1.1.1.1
	rules_are ''
}

@test "flush removes all of them" {
	new_rules
	done_well block any comment x
	prints '2 rules removed' flush
	rules_are ''
	done_well block any
	rules_are '3 block 0.0.0.0/0' '4 block ::/0'
}

@test "a dry run reports the same, and changes nothing" {
	new_rules
	prints '+ block 1.1.1.1' -n block 1.1.1.1
	rules_are ''
	done_well -nj block 1.1.1.1
	json "d['dry_run'] is True and d['added'][0]['id'] is None"
	done_well block 1.1.1.1
	prints '- block 1.1.1.1
+ allow 1.1.1.1' -n allow 1.1.1.1
	refused 1 'already' -n block 1.1.1.1
	prints '- block 1.1.1.1' -n del id 1
	prints '- block 1.1.1.1' -n flush
	refused 1 'no rule' -n del 2.2.2.2
	rules_are '1 block 1.1.1.1'
}

@test "a report that cannot be written leaves the rules alone" {
	new_rules
	done_well block 1.1.1.1
	for words in 'block 2.2.2.2' 'allow 1.1.1.1' 'del 1.1.1.1' 'flush' 'set default block' 'unload'; do
		for where in '>&-' '>/dev/full'; do
			try_shell "\"\$LSMCTL\" $words $where"
			was_refused 2 'cannot write to standard output: '
		done
	done
	rules_are '1 block 1.1.1.1'
	try_shell "\"\$LSMCTL\" list >/dev/full"
	was_refused 2 'cannot write to standard output: No space left on device'
}

@test "lists of one verdict, and of what a destination has to do with" {
	new_rules
	done_well block any4,10.0.0.0/8,1.1.1.1
	done_well allow 10.1.0.0/16,any6
	done_well audit 2001:db8::/32
	for filter in "10.1.2.3=0.0.0.0/0 10.0.0.0/8 10.1.0.0/16" "10.0.0.0/7=0.0.0.0/0 10.0.0.0/8 10.1.0.0/16" \
		"1.1.1.1=0.0.0.0/0 1.1.1.1" "any4=0.0.0.0/0 10.0.0.0/8 1.1.1.1 10.1.0.0/16" "any6=::/0 2001:db8::/32" \
		"2001:db8::1=::/0 2001:db8::/32" "::1=::/0" "1.1.1.1,::1=0.0.0.0/0 1.1.1.1 ::/0" \
		"block=0.0.0.0/0 10.0.0.0/8 1.1.1.1" "allow=10.1.0.0/16 ::/0" "audit=2001:db8::/32" \
		"allow 10.1.2.3=10.1.0.0/16" "audit 10.1.2.3=" "::ffff:1.1.1.1=0.0.0.0/0 1.1.1.1"; do
		# shellcheck disable=SC2086
		done_well -t list ${filter%%=*}
		[[ $(cut -f 3 "$out" | paste -sd ' ') == "${filter#*=}" ]] || fail "$tried: not ${filter#*=}"
	done
	done_well -j list allow
	json "[r['id'] for r in d['rules']] == [4, 5]"
}

@test "pretty lists and counts are indented all the way" {
	new_rules
	for rules in none some; do
		[[ $rules = none ]] || done_well -q block any comment 'a "b" \n c'
		for words in list stats 'stats --top 1'; do
			# shellcheck disable=SC2086 # words
			done_well -p $words
			json "json.dumps(d, indent=2) + '\n' == text"
		done
	done
}
