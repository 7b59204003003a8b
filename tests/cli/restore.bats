#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034,SC2086,SC2129
# SPDX-License-Identifier: GPL-2.0-only
# One ruleset in the place of another: what becomes of rules, sets and settings.

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

@test "a file takes the place of all rules, and what stays keeps its id and counters" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2,3.3.3.3
	done_well -q allow 4.4.4.4 port 53 proto udp comment old
	for slot in 0 1 2 3; do
		"$PINS" hit "$pins" $slot $((slot + 10))
	done
	write rules 'block 5.5.5.5' 'allow 4.4.4.4 port 53 proto udp comment "new"' 'block 2.2.2.2' \
		'allow 3.3.3.3 errno EACCES'
	prints '1 added, 2 changed, 1 removed, 1 unchanged' restore rules
	rules_are '5 block 5.5.5.5' '4 allow 4.4.4.4 port 53 proto udp comment "new"' '2 block 2.2.2.2' \
		'3 allow 3.3.3.3 errno EACCES'
	done_well -j list
	json "[r['hits'] for r in d['rules']] == [0, 13, 11, 12] and [r['last_hit'] is None for r in d['rules']] ==
		[True, False, False, False]"
	# The same again is no change, and an identity is no string: a rule can be written in many ways.
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore rules
	write rules 'add 5.5.5.5/32' 'allow [::ffff:4.4.4.4]:domain proto 17 comment new' 'block 2.2.2.2-2.2.2.2' \
		'add allow 3.3.3.3 errno EACCES port 0-65535 proto any'
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore rules
	done_well -j list
	json "[r['id'] for r in d['rules']] == [5, 4, 2, 3] and [r['hits'] for r in d['rules']] == [0, 13, 11, 12]"
	# Ids are not used twice.
	write rules 9.9.9.9
	prints '1 added, 0 changed, 4 removed, 0 unchanged' restore rules
	rules_are '6 block 9.9.9.9'
}

@test "the order is the file's, also when nothing else is new" {
	new_rules_here
	write rules 3.3.3.3 1.1.1.1 2.2.2.2
	done_well restore rules
	done_well -q del 3.3.3.3
	done_well -q block 3.3.3.3
	rules_are '2 block 1.1.1.1' '3 block 2.2.2.2' '4 block 3.3.3.3'
	prints '0 added, 0 changed, 0 removed, 3 unchanged' restore rules
	rules_are '4 block 3.3.3.3' '2 block 1.1.1.1' '3 block 2.2.2.2'
}

@test "settings that the file names change, which is told, and the others stay" {
	new_rules_here
	write closed 'set default block' 1.1.1.1 'set mode audit'
	prints '- set default allow
+ set default block
- set mode enforce
+ set mode audit
1 added, 0 changed, 0 removed, 0 unchanged' restore closed
	# No rules for loopback: the file is the complete ruleset.
	saved 'set default block' 'set mode audit' 'block 1.1.1.1'
	write half 'set mode audit' 'block 1.1.1.1'
	prints '0 added, 0 changed, 0 removed, 1 unchanged' restore half
	saved 'set default block' 'set mode audit' 'block 1.1.1.1'
	write open 'block 1.1.1.1'
	prints '' -n restore open
	prints '0 added, 0 changed, 0 removed, 1 unchanged' restore open
	prints '- set default block
+ set default allow
0 added, 0 changed, 0 removed, 1 unchanged' restore --reset-settings half
	saved 'set mode audit' 'block 1.1.1.1'
	prints '- set mode audit
+ set mode enforce' -n restore --reset-settings open
	saved 'set mode audit' 'block 1.1.1.1'
	prints '' -q restore --reset-settings open
	saved 'block 1.1.1.1'
	done_well restore closed
	write twice 'set default block' 'set default allow' 'set mode enforce'
	done_well restore twice
	saved
	write bad 'set default' 'set default maybe' 'set mod audit' 'set default block now' 'set' 'set strict'
	try restore bad
	told 1 "bad:1: bad setting, near 'default': type 'set NAME VALUE'" \
		"bad:2: bad default, near 'maybe': allow or block" "bad:3: bad setting, near 'mod': did you mean 'mode'?" \
		"bad:4: bad setting, near 'default': type 'set NAME VALUE'" \
		"bad:5: bad setting, near 'set': type 'set NAME VALUE'" "bad:6: bad setting, near 'strict': type 'set NAME VALUE'"
	saved
}

@test "a bad line anywhere, and nothing changes" {
	new_rules_here
	done_well -q block 1.1.1.1
	done_well -q set mode audit
	for n in 1 2 500 999 1000; do
		for net in 10 11 12 13; do seq -f "$net.%g.0.0/16" 0 249; done >rules
		sed -i "${n}s/.*/10.0.0.1\/8/" rules
		refused 1 "rules:$n: bad destination, near '10.0.0.1/8': bits are set after the prefix length: did you mean '10.0.0.0/8'?" \
			restore rules
	done
	refused_json 1 bad_input -j restore rules
	saved 'set mode audit' 'block 1.1.1.1'
}

@test "all that is wrong is told at once, up to twenty lines of it" {
	new_rules_here
	write rules 'blok 1.1.1.1' 2.2.2.2 '' '# x' 'allow 3.3.3.3 protocol tcp' 'set default blok' 'allow'
	try restore rules
	told 1 "rules:1: unknown verdict, near 'blok': did you mean 'block'?" \
		"rules:5: unknown word, near 'protocol': did you mean 'proto'?" \
		"rules:6: bad default, near 'blok': did you mean 'block'?" \
		"rules:7: a destination is missing, near 'allow': type an address, a prefix, a range or a word"
	try -j restore rules
	[[ $status -eq 1 && ! -s $err ]]
	json "d['error']['code'] == 'bad_input' and d['error']['message'].count('rules:') == 4"
	mapfile -t lines < <(for n in {1..20}; do
		echo "rules:$n: bad port, near '-$n-': a port is 0 to 65535, and a range such as 8000-8100"
	done)
	for n in {1..20}; do echo "any port -$n-"; done >rules
	try restore rules
	told 1 "${lines[@]}"
	echo 'any port -' >>rules
	try restore rules
	told 1 "${lines[@]}" 'and 1 more'
	for n in {1..9999}; do echo y; done >>rules
	try restore rules
	told 1 "${lines[@]}" 'and 10000 more'
	saved
}

@test "several files, and the *.rules of a directory, are one ruleset" {
	new_rules_here
	mkdir d empty
	write base 'set default block' 'set mode audit' 1.1.1.1
	write d/20-b.rules 'allow 3.3.3.3' 'set mode enforce'
	write d/10-a.rules 2.2.2.2
	write d/other 9.9.9.9
	write d/.hidden.rules 9.9.9.9
	prints '- set default allow
+ set default block
3 added, 0 changed, 0 removed, 0 unchanged' restore base d
	saved 'set default block' 'block 1.1.1.1' 'block 2.2.2.2' 'allow 3.3.3.3'
	prints '0 added, 0 changed, 0 removed, 3 unchanged' restore base d empty
	prints '- set mode enforce
+ set mode audit
0 added, 0 changed, 2 removed, 1 unchanged' restore empty base
	try_shell 'echo 4.4.4.4 | "$LSMCTL" restore d - base'
	[[ $status -eq 0 && $(tail -n 1 "$out") == '3 added, 0 changed, 0 removed, 1 unchanged' ]] || fail "$tried"
	saved 'set default block' 'set mode audit' 'block 2.2.2.2' 'allow 3.3.3.3' 'block 4.4.4.4' 'block 1.1.1.1'
	write one 5.5.5.5
	write two 6.6.6.6
	prints '3 added, 0 changed, 0 removed, 0 unchanged' restore --set x one two d/10-a.rules
	refused 1 'no file in empty matches *.rules' restore empty
	refused 1 "standard input is repeated, near '-'" restore - base -
	refused 2 'cannot open nosuch: No such file' restore base nosuch
	mkdir d/30-c.rules
	refused 2 'cannot read d/30-c.rules: Is a directory' restore base d
	saved 'set default block' 'set mode audit' 'block 2.2.2.2' 'allow 3.3.3.3' 'block 4.4.4.4' 'block 1.1.1.1' \
		'block 5.5.5.5 set x' 'block 6.6.6.6 set x' 'block 2.2.2.2 set x'
}

@test "what is bad in several files is told at once, each by its file and line" {
	new_rules_here
	mkdir d
	done_well -q block 1.1.1.1
	write a 2.2.2.2 192.0.2.0/33 3.3.3.3
	write d/b.rules '# x' 'any port 70000'
	write d/c.rules
	write d/d.rules 10.0.0.1/8
	try restore a d
	told 1 "a:2: bad destination, near '192.0.2.0/33': the length of an IPv4 prefix is 0 to 32" \
		"d/b.rules:2: bad port, near '70000': a port is 0 to 65535, and a range such as 8000-8100" \
		"d/d.rules:1: bad destination, near '10.0.0.1/8': bits are set after the prefix length: did you mean '10.0.0.0/8'?"
	for n in {1..15}; do echo "any port -"; done >a
	cp a d/b.rules
	try restore a d
	[[ $(wc -l <"$err") -eq 21 && $(sed -n '16s/: bad.*//p;21p' "$err") == *'d/b.rules:1'*'and 11 more' ]] || fail "$tried"
	# And of all together, a rule that differs.
	write a 2.2.2.2 3.3.3.3 'allow 3.3.3.3'
	write d/b.rules
	write d/c.rules 4.4.4.4 'audit 2.2.2.2'
	write d/d.rules 'allow 4.4.4.4'
	try restore a d
	told 1 "a:3: conflicts with line 2, near 'allow 3.3.3.3'" \
		"d/c.rules:2: conflicts with a:1, near 'audit 2.2.2.2'" \
		"d/d.rules:1: conflicts with d/c.rules:1, near 'allow 4.4.4.4'"
	saved 'block 1.1.1.1'
}

@test "--keep-set: the rules of these sets stay" {
	new_rules_here
	done_well -q add 1.1.1.1 set a
	done_well -q add 2.2.2.2 set b
	done_well -q add 3.3.3.3 set c
	done_well -q add 4.4.4.4
	write rules 5.5.5.5 'allow 2.2.2.2 set b' 'allow 2.2.2.2'
	prints '2 added, 0 changed, 2 removed, 0 unchanged, 1 left in kept sets' \
		restore --keep-set a --keep-set b --keep-set nosuch --keep-set a rules
	saved 'block 1.1.1.1 set a' 'block 2.2.2.2 set b' 'block 5.5.5.5' 'allow 2.2.2.2'
	prints '0 added, 0 changed, 0 removed, 2 unchanged, 1 left in kept sets' restore --keep-set a rules --keep-set b
	prints '0 added, 1 changed, 0 removed, 2 unchanged' restore rules --keep-set a
	saved 'block 1.1.1.1 set a' 'block 5.5.5.5' 'allow 2.2.2.2 set b' 'allow 2.2.2.2'
	refused 1 "bad set, near 'a/b'" restore --keep-set a/b rules
	refused 1 '--set and --keep-set together' restore --set a --keep-set b rules
}

@test "a file of rules is no batch" {
	new_rules_here
	write rules 'lsmctl block 1.1.1.1' 'del 1.1.1.1' 'flush # all' '2.2.2.2'
	try restore rules
	told 1 "rules:1: the program's name, near 'lsmctl': type the line without it" \
		"rules:2: another command, near 'del': only rules and settings are allowed here (use 'lsmctl batch' for commands)" \
		"rules:3: another command, near 'flush': only rules and settings are allowed here (use 'lsmctl batch' for commands)"
}

@test "what is told of a bad line is for no terminal to obey" {
	new_rules_here
	printf 'block \033[2J\n1.1.1.1 comment "\xff\n1.1.1.1 comment\n1.1.1.1 comment \xe2\x80\xae\n' >$'a\nb\033'
	try restore $'a\nb\033'
	told 1 "a\\x0ab\\x1b:1: bad destination, near '\\x1b[2J': neither a word for \
addresses nor a whole name, such as www.example.com" "a\\x0ab\\x1b:2: an open quote, near '\\xff': close it with \"" \
		"a\\x0ab\\x1b:3: a value is missing, near 'comment': type 'comment TEXT'" \
		"a\\x0ab\\x1b:4: an invisible character, near '\\xe2\\x80\\xae': a mark for the direction of text (U+202E), so delete it"
}

@test "a rule that is there twice" {
	new_rules_here
	write rules 1.1.1.1 'block 2.2.2.2 timeout 5m' 'block 1.1.1.1' '::ffff:1.1.1.1' 'add 1.1.1.1/32' \
		'block 2.2.2.2 timeout 300s' '1.1.1.1 port 80' '1.1.1.1 port 80 proto tcp' '1.1.1.1 uid 0' 'any4 set a' \
		'1.1.1.1 uid root' 'any set a'
	prints '7 added, 0 changed, 0 removed, 0 unchanged' restore rules
	saved 'block 1.1.1.1' 'block 2.2.2.2 timeout 5m' 'block 1.1.1.1 port 80' \
		'block 1.1.1.1 port 80 proto tcp' 'block 1.1.1.1 uid 0' 'block 0.0.0.0/0 set a' 'block ::/0 set a'
	done_well flush
	write rules '9.9.9.9 comment "a"' 1.1.1.1 'allow 1.1.1.1' 'block 1.1.1.1' 'block 1.1.1.1 errno EACCES' \
		'1.1.1.1 comment "x"' '1.1.1.1 set x' '1.1.1.1 timeout 1h' '9.9.9.9 comment "b"' 'allow 2.2.2.2,1.1.1.1'
	try restore rules
	told 1 "rules:3: conflicts with line 2, near 'allow 1.1.1.1'" \
		"rules:5: conflicts with line 2, near 'block 1.1.1.1 errno EACCES'" \
		"rules:6: conflicts with line 2, near 'block 1.1.1.1 comment \"x\"'" \
		"rules:8: conflicts with line 2, near 'block 1.1.1.1 timeout 1h'" \
		"rules:9: conflicts with line 1, near 'block 9.9.9.9 comment \"b\"'" \
		"rules:10: conflicts with line 2, near 'allow 1.1.1.1'"
	saved
	seq -f 'block 10.0.%g.0/24' 0 29 >rules
	seq -f 'allow 10.0.%g.0/24' 29 -1 0 >>rules
	try restore rules
	[[ $(wc -l <"$err") -eq 21 ]] || told
	[[ $(sed -n '1p;20,21p' "$err") == "lsmctl: rules:31: conflicts with line 30, near 'allow 10.0.29.0/24'
lsmctl: rules:50: conflicts with line 11, near 'allow 10.0.10.0/24'
lsmctl: and 10 more" ]] || fail 'not in the order of the file'
}

@test "the same line very often takes no time" {
	new_rules_here
	yes 'block 1.1.1.1 port 80' | head -n 200000 >rules
	SECONDS=0
	prints '1 added, 0 changed, 0 removed, 0 unchanged' restore rules
	[[ $SECONDS -lt 20 ]]
}

@test "very many sets, users and cgroups" {
	local name
	new_rules_here 200000
	awk 'BEGIN { for (n = 0; n < 60000; n++) printf "block 10.%d.%d.0/24\n", n / 256, n % 256 }' >plain
	awk '{ print $0, "set s" NR }' plain >sets
	awk '{ print $0, "uid", NR }' plain | head -n 30000 >uids
	awk '{ print $0, "cgroup /no/such/" NR }' plain | head -n 30000 >cgroups
	for name in sets uids cgroups; do
		done_well -q restore "$name"
		done_well -q save copy
		without_defaults <copy | sed 's/^block /block /' | cmp "$name"
	done
	seq -f 'block any4 uid %.0f' 65536 >uids
	refused 2 'too many users, groups, programs and cgroups in rules, old and new together: at most 65535' restore uids
}

@test "--set replaces one set" {
	new_rules_here
	done_well -q set default block
	done_well -q flush
	write rules 'allow 8.8.8.8 set dns comment "mine"' 1.1.1.1 '2.2.2.2 set bad comment "x"' '3.3.3.3 set bad' \
		'set default block'
	done_well restore rules
	"$PINS" hit "$pins" 2 7
	write list '# a list' '3.3.3.3' '4.4.4.0/24 ; SBL1' '' '8.8.8.8' '1.1.1.1#x'
	prints '- block 2.2.2.2 set bad comment "x"
+ block 4.4.4.0/24 set bad
+ block 8.8.8.8 set bad
+ block 1.1.1.1 set bad' -n restore --set bad list
	prints '3 added, 0 changed, 1 removed, 1 unchanged' restore --set bad list
	# What is in no set, or in another, is another rule.
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'block 3.3.3.3 set bad' \
		'block 4.4.4.0/24 set bad' 'block 8.8.8.8 set bad' 'block 1.1.1.1 set bad'
	rules_are '3 allow 8.8.8.8 set dns comment "mine"' '4 block 1.1.1.1' '6 block 3.3.3.3 set bad' \
		'7 block 4.4.4.0/24 set bad' '8 block 8.8.8.8 set bad' '9 block 1.1.1.1 set bad'
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore --set bad list
	prints '0 added, 4 changed, 0 removed, 0 unchanged' restore --verdict audit --set bad list
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'audit 3.3.3.3 set bad' \
		'audit 4.4.4.0/24 set bad' 'audit 8.8.8.8 set bad' 'audit 1.1.1.1 set bad'
	# Another set, which is not there yet; and whatever set a line names, it goes into this one.
	write list 'allow 5.5.5.5 set bad' '3.3.3.3'
	prints '2 added, 0 changed, 0 removed, 0 unchanged' restore --set other list
	rules_are '3 allow 8.8.8.8 set dns comment "mine"' '4 block 1.1.1.1' '6 audit 3.3.3.3 set bad' \
		'7 audit 4.4.4.0/24 set bad' '8 audit 8.8.8.8 set bad' '9 audit 1.1.1.1 set bad' \
		'10 allow 5.5.5.5 set other' '11 block 3.3.3.3 set other'
	: >empty
	refused 1 'no rule and no setting in empty: nothing was changed (--allow-empty' restore --set bad empty
	prints '0 added, 0 changed, 4 removed, 0 unchanged' restore --allow-empty --set bad empty
	prints '0 added, 0 changed, 0 removed, 0 unchanged' restore --allow-empty --set bad empty
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'allow 5.5.5.5 set other' \
		'block 3.3.3.3 set other'
	done_well -j restore --allow-empty --set other empty
	json "d == {'schema': 2, 'dry_run': False,
		'counts': {'added': 0, 'changed': 0, 'removed': 2, 'unchanged': 0, 'elsewhere': 0}}"
}

@test "--set: what it refuses" {
	new_rules_here
	write list 1.1.1.1 'set default block' 'set mode audit'
	try restore --set x list
	told 1 "list:2: a setting, near 'set': only rules are allowed here" \
		"list:3: a setting, near 'set': only rules are allowed here"
	write list 1.1.1.1 'allow 1.1.1.1'
	try restore --set x list
	told 1 "list:2: conflicts with line 1, near 'allow 1.1.1.1 set x'"
	for name in '' 'a b' -x $'\033' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 'a/b'; do
		refused 1 "bad set, near '" restore --set "$name" list
	done
	saved
}

@test "--verdict is for lines that name none" {
	new_rules_here
	write list 1.1.1.1 'block 2.2.2.2' '3.3.3.3 port 80' 'add 4.4.4.4' 'add audit 5.5.5.5'
	for verdict in allow audit; do
		done_well restore --verdict $verdict list
		saved "$verdict 1.1.1.1" 'block 2.2.2.2' "$verdict 3.3.3.3 port 80" "$verdict 4.4.4.4" 'audit 5.5.5.5'
	done
	done_well restore list
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'block 3.3.3.3 port 80' 'block 4.4.4.4' 'audit 5.5.5.5'
	refused 1 "bad --verdict, near 'deny': allow, block or audit" restore --verdict deny list
}
