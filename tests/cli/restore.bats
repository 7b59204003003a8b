#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034,SC2086,SC2129
# SPDX-License-Identifier: GPL-2.0-only
# One ruleset in the place of another: all of it or nothing.

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

@test "settings are the file's, or what load makes them" {
	new_rules_here
	write closed 'set default block' 1.1.1.1 'set mode audit'
	prints '1 added, 0 changed, 0 removed, 0 unchanged' restore closed
	# No rules for loopback: a file says all there is.
	saved 'set default block' 'set mode audit' 'block 1.1.1.1'
	write half 'set mode audit' 'block 1.1.1.1'
	prints '0 added, 0 changed, 0 removed, 1 unchanged' restore half
	saved 'set mode audit' 'block 1.1.1.1'
	done_well restore closed
	write open 'block 1.1.1.1'
	prints '- set default block
+ set default allow
- set mode audit
+ set mode enforce' -n restore open
	saved 'set default block' 'set mode audit' 'block 1.1.1.1'
	done_well restore open
	saved 'block 1.1.1.1'
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
		refused 1 "rules:$n: bad destination, near '10.0.0.1/8': bits are set behind the prefix: did you mean '10.0.0.0/8'?" \
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
		"rules:7: a destination is missing, near 'allow': an address, a prefix, a range or a word follows"
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
	prints '3 added, 0 changed, 0 removed, 0 unchanged' restore base d
	saved 'set default block' 'block 1.1.1.1' 'block 2.2.2.2' 'allow 3.3.3.3'
	prints '0 added, 0 changed, 0 removed, 3 unchanged' restore base d empty
	prints '0 added, 0 changed, 2 removed, 1 unchanged' restore empty base
	try_shell 'echo 4.4.4.4 | "$LSMCTL" restore d - base'
	[[ $status -eq 0 && $(<"$out") == '3 added, 0 changed, 0 removed, 1 unchanged' ]] || fail "$tried"
	saved 'set default block' 'set mode audit' 'block 2.2.2.2' 'allow 3.3.3.3' 'block 4.4.4.4' 'block 1.1.1.1'
	write one 5.5.5.5
	write two 6.6.6.6
	prints '2 added, 0 changed, 0 removed, 0 unchanged, 1 left to other sets' restore --set x one two d/10-a.rules
	refused 1 'no file in empty is called *.rules' restore empty
	refused 1 "standard input is there twice, near '-'" restore - base -
	refused 2 'cannot open nosuch: No such file' restore base nosuch
	mkdir d/30-c.rules
	refused 2 'cannot read d/30-c.rules: Is a directory' restore base d
	saved 'set default block' 'set mode audit' 'block 2.2.2.2' 'allow 3.3.3.3' 'block 4.4.4.4' 'block 1.1.1.1' \
		'block 5.5.5.5 set x' 'block 6.6.6.6 set x'
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
		"d/d.rules:1: bad destination, near '10.0.0.1/8': bits are set behind the prefix: did you mean '10.0.0.0/8'?"
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
	told 1 "a:3: says something else than line 2, near 'allow 3.3.3.3'" \
		"d/c.rules:2: says something else than a:1, near 'audit 2.2.2.2'" \
		"d/d.rules:1: says something else than d/c.rules:1, near 'allow 4.4.4.4'"
	saved 'block 1.1.1.1'
}

@test "--keep-set: the rules of these sets stay" {
	new_rules_here
	done_well -q add 1.1.1.1 set a
	done_well -q add 2.2.2.2 set b
	done_well -q add 3.3.3.3 set c
	done_well -q add 4.4.4.4
	write rules 5.5.5.5 'allow 2.2.2.2'
	prints '1 added, 0 changed, 2 removed, 0 unchanged, 1 left to other sets' \
		restore --keep-set a --keep-set b --keep-set nosuch --keep-set a rules
	saved 'block 1.1.1.1 set a' 'block 2.2.2.2 set b' 'block 5.5.5.5'
	prints '0 added, 0 changed, 0 removed, 1 unchanged, 1 left to other sets' restore --keep-set a rules --keep-set b
	prints '0 added, 1 changed, 0 removed, 1 unchanged' restore rules --keep-set a
	saved 'block 1.1.1.1 set a' 'block 5.5.5.5' 'allow 2.2.2.2'
	refused 1 "bad set, near 'a/b'" restore --keep-set a/b rules
	refused 1 '--set and --keep-set together' restore --set a --keep-set b rules
}

@test "a file of rules is no batch" {
	new_rules_here
	write rules 'lsmctl block 1.1.1.1' 'del 1.1.1.1' 'flush # all' '2.2.2.2'
	try restore rules
	told 1 "rules:1: the program's name, near 'lsmctl': a line is what comes behind it" \
		"rules:2: another command, near 'del': only rules and settings can stand here (for commands there is 'lsmctl batch')" \
		"rules:3: another command, near 'flush': only rules and settings can stand here (for commands there is 'lsmctl batch')"
}

@test "what is told of a bad line is for no terminal to obey" {
	new_rules_here
	printf 'block \033[2J\n1.1.1.1 comment "\xff\n1.1.1.1 comment\n1.1.1.1 comment \xe2\x80\xae\n' >$'a\nb\033'
	try restore $'a\nb\033'
	told 1 "a\\x0ab\\x1b:1: bad destination, near '\\x1b[2J': a name is not an address, and rules are for \
addresses: 'lsmctl block --resolve NAME' makes rules of those that it has" "a\\x0ab\\x1b:2: a quote is left open, near '\\xff': close it with \"" \
		"a\\x0ab\\x1b:3: a value is missing, near 'comment': type 'comment TEXT'" \
		"a\\x0ab\\x1b:4: bad comment, near '\\xe2\\x80\\xae': only printable UTF-8 on one line"
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
	told 1 "rules:3: says something else than line 2, near 'allow 1.1.1.1'" \
		"rules:5: says something else than line 2, near 'block 1.1.1.1 errno EACCES'" \
		"rules:6: says something else than line 2, near 'block 1.1.1.1 comment \"x\"'" \
		"rules:7: says something else than line 2, near 'block 1.1.1.1 set x'" \
		"rules:8: says something else than line 2, near 'block 1.1.1.1 timeout 1h'" \
		"rules:9: says something else than line 1, near 'block 9.9.9.9 comment \"b\"'" \
		"rules:10: says something else than line 2, near 'allow 1.1.1.1'"
	saved
	seq -f 'block 10.0.%g.0/24' 0 29 >rules
	seq -f 'allow 10.0.%g.0/24' 29 -1 0 >>rules
	try restore rules
	[[ $(wc -l <"$err") -eq 21 ]] || told
	[[ $(sed -n '1p;20,21p' "$err") == "lsmctl: rules:31: says something else than line 30, near 'allow 10.0.29.0/24'
lsmctl: rules:50: says something else than line 11, near 'allow 10.0.10.0/24'
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
		done_well -q restore --missing-cgroups "$name"
		done_well -q save copy
		cmp "$name" copy
	done
	seq -f 'block any4 uid %.0f' 65536 >uids
	refused 2 'too many different users and cgroups in rules, old and new: at most 65535' restore uids
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
+ block 4.4.4.0/24 set bad' -n restore --set bad list
	prints '1 added, 0 changed, 1 removed, 1 unchanged, 2 left to other sets' restore --set bad list
	# What is in no set is a set of its own: a rule stays where it is.
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'block 3.3.3.3 set bad' \
		'block 4.4.4.0/24 set bad'
	rules_are '3 allow 8.8.8.8 set dns comment "mine"' '4 block 1.1.1.1' '6 block 3.3.3.3 set bad' \
		'7 block 4.4.4.0/24 set bad'
	prints '0 added, 0 changed, 0 removed, 2 unchanged, 2 left to other sets' restore --set bad list
	prints '0 added, 2 changed, 0 removed, 0 unchanged, 2 left to other sets' restore --verdict audit --set bad list
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'audit 3.3.3.3 set bad' \
		'audit 4.4.4.0/24 set bad'
	# Another set, which is not there yet; and whatever set a line names, it goes into this one.
	write list 'allow 5.5.5.5 set bad' '3.3.3.3'
	prints '1 added, 0 changed, 0 removed, 0 unchanged, 1 left to other sets' restore --set other list
	rules_are '3 allow 8.8.8.8 set dns comment "mine"' '4 block 1.1.1.1' '6 audit 3.3.3.3 set bad' \
		'7 audit 4.4.4.0/24 set bad' '8 allow 5.5.5.5 set other'
	: >empty
	prints '0 added, 0 changed, 2 removed, 0 unchanged' restore --set bad empty
	prints '0 added, 0 changed, 0 removed, 0 unchanged' restore --set bad empty
	saved 'set default block' 'allow 8.8.8.8 set dns comment "mine"' 'block 1.1.1.1' 'allow 5.5.5.5 set other'
	done_well -j restore --set other empty
	json "d == {'schema': 1, 'dry_run': False,
		'counts': {'added': 0, 'changed': 0, 'removed': 1, 'unchanged': 0, 'elsewhere': 0}}"
}

@test "--set: what it refuses" {
	new_rules_here
	write list 1.1.1.1 'set default block' 'set mode audit'
	try restore --set x list
	told 1 "list:2: a setting, near 'set': only rules can stand here" \
		"list:3: a setting, near 'set': only rules can stand here"
	write list 1.1.1.1 'allow 1.1.1.1'
	try restore --set x list
	told 1 "list:2: says something else than line 1, near 'allow 1.1.1.1 set x'"
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

@test "from a pipe, a fifo, and a file on standard input" {
	new_rules_here 200000
	write rules 1.1.1.1 'allow 2.2.2.2'
	try_shell '"$LSMCTL" restore - <rules'
	[[ $status -eq 0 && $(<"$out") == '2 added, 0 changed, 0 removed, 0 unchanged' ]] || fail "$status"
	try_shell 'sed s/2.2/3.2/ rules | "$LSMCTL" restore -'
	[[ $status -eq 0 ]] || fail "$status"
	saved 'block 1.1.1.1' 'allow 3.2.2.2'
	mkfifo fifo
	sed s/2.2/4.2/ rules >fifo 3>&- &
	run -0 timeout 20 "$LSMCTL" restore fifo
	saved 'block 1.1.1.1' 'allow 4.2.2.2'
	# Half a line in one write and half in another, which comes later; more than a pipe holds.
	try_shell '{ printf "bloc"; sleep 0.2; printf "k 9.9.9.9\n1.1.1"; sleep 0.2; echo .1; } | "$LSMCTL" restore -'
	[[ $status -eq 0 ]] || fail "$status"
	saved 'block 9.9.9.9' 'block 1.1.1.1'
	try_shell 'for i in {0..249}; do seq -f "10.0.$i.%g" 0 249; done | "$LSMCTL" restore -'
	[[ $(<"$out") == '62500 added, 0 changed, 2 removed, 0 unchanged' ]] || fail 'not all'
	try_shell 'printf "1.1.1.1\nblok 2.2.2.2" | "$LSMCTL" restore -'
	was_refused 1 "-:2: unknown verdict, near 'blok': did you mean 'block'?"
	prints '0 added, 0 changed, 62500 removed, 0 unchanged' restore /dev/null
	try_shell '"$LSMCTL" restore - <&-'
	was_refused 2 'cannot read -: '
	try_shell '"$LSMCTL" restore - </'
	was_refused 2 'cannot read -: Is a directory'
}

@test "who waits for a pipe keeps nobody waiting" {
	new_rules_here
	mkfifo fifo
	timeout 40 "$LSMCTL" restore fifo >first 3>&- &
	first=$!
	exec 9>fifo
	echo 1.1.1.1 >&9
	run -0 timeout 20 "$LSMCTL" block 2.2.2.2 9>&-
	saved 'block 2.2.2.2' 9>&-
	exec 9>&-
	wait "$first"
	[[ $(<first) == '1 added, 0 changed, 1 removed, 0 unchanged' ]] || fail "$(<first)"
}

@test "files that are no list" {
	new_rules_here
	done_well -q block 1.1.1.1
	refused 2 'cannot open nosuch: No such file or directory' restore nosuch
	refused 1 'no file in . is called *.rules' restore .
	refused 2 'cannot open : No such file or directory' restore ''
	refused_json 2 system -j restore nosuch
	printf '2.2.2.2\n1.1.1.1 \0 x\n\0\n3.3.3.3 # \0\nblock 4.4.4.4\n' >nul
	try restore nul
	told 1 "nul:2: a NUL byte, near '1.1.1.1 ': this is no text, or text in UTF-16" \
		"nul:3: a NUL byte, near '': this is no text, or text in UTF-16" \
		"nul:4: a NUL byte, near '3.3.3.3 # ': this is no text, or text in UTF-16"
	printf '2.2.2.2\n' | iconv -f ASCII -t UTF-16 >wide
	try restore wide
	[[ $status -eq 1 && $(<"$err") == *"wide:1: a NUL byte, near '\\xff\\xfe2'"* ]] || fail 'not told'
	refused 1 'nul:1: ' restore "$LSMCTL" || grep -q "lsmctl: .*:1: a NUL byte, near '\\\\x7fELF" "$err"
	saved 'block 1.1.1.1'
	ln -s loop loop
	refused 2 'cannot open loop: Too many levels of symbolic links' restore loop
	refused 1 '/dev/zero has more than 512 MiB, and is no plain file: make it one' restore /dev/zero
}

@test "files that are hardly a list" {
	new_rules_here
	done_well -q block 1.1.1.1
	: >empty
	prints '0 added, 0 changed, 1 removed, 0 unchanged' restore empty
	printf '# nothing\n\n \t\r\n;\n#' >comments
	prints '0 added, 0 changed, 0 removed, 0 unchanged' restore comments
	printf '2.2.2.2' >short
	prints '1 added, 0 changed, 0 removed, 0 unchanged' restore short
	printf 'block 2.2.2.2 comment "x"' >short
	done_well restore short
	saved 'block 2.2.2.2 comment "x"'
	printf '\xef\xbb\xbf2.2.2.2\r\n\r\n# x\r\nallow 3.3.3.3 port 80 comment "a b"\r\nset default block\r\n' >dos
	done_well restore dos
	saved 'set default block' 'block 2.2.2.2' 'allow 3.3.3.3 port 80 comment "a b"'
	printf '\xef\xbb\xbfallow 2.2.2.2 port 80\n' >mark
	done_well restore mark
	saved 'allow 2.2.2.2 port 80'
	printf '\xef\xbb\xbf' >mark
	done_well restore mark
	# Anywhere else it is no mark.
	printf '1.1.1.1\n\xef\xbb\xbf2.2.2.2\n' >mark
	refused 1 "mark:2: bad destination, near '\\xef\\xbb\\xbf2.2.2.2'" restore mark
	printf '\t  1.1.1.1\t\n\vblock\f2.2.2.2\v\n  allow   3.3.3.3   # x\n' >blanks
	done_well restore blanks
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'allow 3.3.3.3'
	printf '1.1.1.1\r2.2.2.2\r' >mac
	refused 1 "mac:1: unknown word, near '2.2.2.2'" restore mac
}

@test "lines as long as they may be, and longer" {
	new_rules_here
	for length in 65535 65536 65537 66560 400000; do
		for line in "block 2.2.2.2 port 80 #" "2.2.2.2 #" "#" "2.2.2.2"; do
			{
				echo 1.1.1.1
				printf '%s%*s' "$line" $((length - ${#line} - 1)) ''
				printf '\r\n'
				echo 3.3.3.3 port x
			} >long
			try restore long
			if ((length <= 65536)); then
				told 1 "long:3: bad port, near 'x': neither a number, a range such as 8000-8100, nor a service of \
/etc/services"
				sed -i '3s/x/1/' long
				done_well restore long
			else
				[[ $status -eq 1 && $(<"$err") == *"long:2: a line of more than 65536 bytes, near '"* &&
					$(<"$err") == *"long:3: bad port, near 'x'"* ]] || fail "$length"
			fi
		done
	done
	# The last line, without a newline.
	printf '2.2.2.2%65529s' '' >long
	done_well restore long
	printf ' ' >>long
	refused 1 "long:1: a line of more than 65536 bytes, near '2.2.2.2 " restore long
	saved 'block 2.2.2.2'
}

@test "a hundred thousand lines" {
	new_rules_here 200000
	for i in {0..199}; do
		seq -f "block 10.7.$i.%g" 0 249
		seq -f "2001:db8:$i::%g comment \"number $i\"" 0 249
	done >rules
	prints '100000 added, 0 changed, 0 removed, 0 unchanged' restore rules
	"$PINS" hit "$pins" 50000 3
	sed '1,10d' rules >fewer
	echo 9.9.9.9 >>fewer
	prints '1 added, 0 changed, 10 removed, 99990 unchanged' restore fewer
	done_well -j list
	json "len(d['rules']) == 99991 and sum(r['hits'] for r in d['rules']) == 3 and d['rules'][0]['id'] == 11 and
		d['rules'][-1]['id'] == 100001 and [r['id'] for r in d['rules'] if r['hits']] == [50001]"
	echo x >>fewer
	refused 1 "fewer:99992: bad destination, near 'x'" restore fewer
	done_well -q save copy
	[[ $(wc -l <copy) -eq 99991 ]]
	prints '0 added, 0 changed, 0 removed, 99991 unchanged' restore copy
}

# shellcheck disable=SC2016 # for the shell that script runs
@test "a terminal is told how far it is, and then no more" {
	type -P script >/dev/null || skip 'needs script'
	local shown i
	new_rules_here 200000
	for i in {0..199}; do
		seq -f "block 10.7.$i.%g" 0 249
	done >rules
	shown=$(on_terminal '"$LSMCTL" restore rules')
	[[ $shown == $'\e[Krules: '[1-9]*%*$'\e[Krules: 100%\e[K50000 added, '* ]] || fail "$shown"
	[[ $(on_terminal '"$LSMCTL" -q restore rules') == '' ]] || fail 'quiet'
	[[ $(on_terminal '"$LSMCTL" restore rules 2>err') == '0 added, 0 changed, 0 removed, 50000 unchanged' ]]
	[[ ! -s err ]] || fail 'standard error is no terminal'
	echo x >>rules
	shown=$(on_terminal '"$LSMCTL" restore rules')
	[[ $shown == *$'100%\e[Klsmctl: rules:50001: bad destination, '* ]] || fail "$shown"
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
	# What is there twice takes no more room, and what goes makes room.
	sed -i 1p rules
	done_well restore rules
	rules_are '4 block 10.0.0.2' '5 block 10.0.0.3' '6 block 10.0.0.4' '7 block 10.0.0.5' '8 block 10.0.0.6'
	prints '0 added, 0 changed, 0 removed, 0 unchanged, 6 left to other sets' restore --set x rules
}

@test "more rules for one destination than are looked at" {
	new_rules_here 1000
	done_well -q block 1.1.1.1
	seq -f 'any4 port %g' 1 128 >rules
	done_well -n restore rules
	echo 'any4 port 129' >>rules
	refused 2 'more than 128 rules would have to be looked at for one destination' -n restore rules
	refused 2 'more than 128 rules would have to be looked at for one destination' restore rules
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
	prints '{"schema":1,"dry_run":false,"counts":{"added":2,"changed":0,"removed":0,"unchanged":0,"elsewhere":0},'\
'"mode":"audit"}' -j restore rules
	prints '{"schema":1,"dry_run":false,"counts":{"added":0,"changed":0,"removed":0,"unchanged":2,"elsewhere":0}}' \
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
	try restore rules
	told 1 "rules:3: there is no such cgroup, near '/lsmctl-no/such' (--missing-cgroups accepts it all the same)" \
		"rules:4: there is no such cgroup, near '/lsmctl-no/such x' (--missing-cgroups accepts it all the same)"
	saved
	prints '4 added, 0 changed, 0 removed, 0 unchanged' restore --missing-cgroups rules
	rules_are '1 block 1.1.1.1' "2 block 2.2.2.2 cgroup /lsmctl-test-$$" \
		'3 block 3.3.3.3 cgroup /lsmctl-no/such (the cgroup is gone)' \
		'4 block 4.4.4.4 cgroup "/lsmctl-no/such x" (the cgroup is gone)'
	done_well -j list
	json "d['rules'][0]['subject'] is None and d['rules'][1]['subject'] == {'cgroup': '/lsmctl-test-$$'} and
		d['rules'][2]['subject'] == {'cgroup': '/lsmctl-no/such', 'gone': True}"
	# That such rules are there is no reason to take them again.
	try restore rules
	[[ $status -eq 1 ]] || fail "$status"
	try -n restore rules
	[[ $status -eq 1 ]] || fail "$status"
	saved 'block 1.1.1.1' "block 2.2.2.2 cgroup /lsmctl-test-$$" 'block 3.3.3.3 cgroup /lsmctl-no/such' \
		'block 4.4.4.4 cgroup "/lsmctl-no/such x"'
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore --missing-cgroups rules
	refused 1 "there is no such cgroup, near '/lsmctl-no/such'" allow 3.3.3.3 cgroup /lsmctl-no/such
	refused 1 "there is no such cgroup, near '/lsmctl-no/such'" -n allow 3.3.3.3 cgroup /lsmctl-no/such
	prints '- block 3.3.3.3 cgroup /lsmctl-no/such
+ allow 3.3.3.3 cgroup /lsmctl-no/such' allow --missing-cgroups 3.3.3.3 cgroup /lsmctl-no/such
	prints '- allow 3.3.3.3 cgroup /lsmctl-no/such' del 3.3.3.3 cgroup /lsmctl-no/such
}

@test "a cgroup that is gone and comes back" {
	new_rules_here
	name=lsmctl-test-$$
	new_cgroup $name
	done_well -q block 1.1.1.1,2.2.2.2 cgroup /$name
	done_well -q save rules
	rmdir "$cgroups/$name"
	gone='(the cgroup is gone)'
	rules_are "1 block 1.1.1.1 cgroup /$name $gone" "2 block 2.2.2.2 cgroup /$name $gone"
	refused 1 "there is no such cgroup, near '/$name'" block 3.3.3.3 cgroup /$name
	prints '' -e block 1.1.1.1 cgroup /$name
	# Another one of the name, whose id is another's too.
	new_cgroup $name-other
	new_cgroup $name
	rules_are "1 block 1.1.1.1 cgroup /$name $gone" "2 block 2.2.2.2 cgroup /$name $gone"
	prints "- block 1.1.1.1 cgroup /$name
+ block 1.1.1.1 cgroup /$name" block 1.1.1.1 cgroup /$name
	rules_are "1 block 1.1.1.1 cgroup /$name" "2 block 2.2.2.2 cgroup /$name"
	rmdir "$cgroups/$name"
	new_cgroup $name-third
	new_cgroup $name
	prints "+ block 3.3.3.3 cgroup /$name" block 3.3.3.3 cgroup /$name
	rules_are "1 block 1.1.1.1 cgroup /$name" "2 block 2.2.2.2 cgroup /$name" "3 block 3.3.3.3 cgroup /$name"
	done_well -q del 3.3.3.3 cgroup /$name
	rmdir "$cgroups/$name"
	new_cgroup $name-fourth
	new_cgroup $name
	prints '' -n restore rules
	rules_are "1 block 1.1.1.1 cgroup /$name $gone" "2 block 2.2.2.2 cgroup /$name $gone"
	prints '0 added, 0 changed, 0 removed, 2 unchanged' restore rules
	rules_are "1 block 1.1.1.1 cgroup /$name" "2 block 2.2.2.2 cgroup /$name"
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
		# More than there is room for.
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
