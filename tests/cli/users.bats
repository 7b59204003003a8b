#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Rules for users, groups, ranges of them and programs, and users who can be others.

# shellcheck disable=SC2030,SC2031,SC2119 # a test is a subshell; a function's $1
# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# with_file FILE LINE...: from now on lsmctl sees these lines in /etc/FILE.
with_file()
{
	local file=$1 run=$BATS_TEST_TMPDIR/run-$1

	shift
	printf '%b\n' "$@" >"$BATS_TEST_TMPDIR/$file"
	[[ -e /etc/$file ]] || skip "no /etc/$file to put another over"
	# shellcheck disable=SC2016 # for the shell there
	printf '#!/bin/sh\nexec unshare -m sh -c '\''mount --bind %s /etc/%s && exec %s "$@"'\'' sh "$@"\n' \
		"$BATS_TEST_TMPDIR/$file" "$file" "$LSMCTL" >"$run"
	chmod +x "$run"
	LSMCTL=$run
}

# decides WORDS TEXT: what `test` says of a call.
decides()
{
	local words=$1

	# shellcheck disable=SC2086
	try test $words
	[[ $status -le 1 && $(<"$out") == *"$2"* ]] || fail "$words: not $2"
}

@test "a range of users" {
	new_rules_here
	prints '+ block 1.1.1.1 uid 100000-165535' block 1.1.1.1 uid 100000-165535
	refused 1 "'block 1.1.1.1 uid 100000-165535' exists already" block 1.1.1.1 uid 100000-165535
	prints '- block 1.1.1.1 uid 100000-165535
+ allow 1.1.1.1 uid 100000-165535 comment "x"' allow 1.1.1.1 uid 100000-165535 comment x
	done_well -j list
	json "d['rules'][0]['subject'] == {'uid': '100000-165535'}"
	done_well -q block 1.1.1.1 uid 7-7
	done_well -q block 1.1.1.1 uid root-daemon
	rules_are '1 allow 1.1.1.1 uid 100000-165535 comment "x"' '2 block 1.1.1.1 uid 7' '3 block 1.1.1.1 uid 0-1'
	done_well save one
	done_well flush
	done_well restore one
	done_well save two
	cmp one two || fail 'not the same'
	prints '- block 1.1.1.1 uid 0-1' del 1.1.1.1 uid 0-1
	refused 1 'no rule for 1.1.1.1 uid 0-2' del 1.1.1.1 uid 0-2
	refused 1 "bad user range, near '9-8': 9 is above 8" block 1.1.1.1 uid 9-8
	refused 2 "no such user, near '1-2'" test 1.1.1.1 uid 1-2
}

@test "which range decides" {
	new_rules_here
	write rules 'block any4' 'allow 1.1.1.0/24 uid 0-4294967294' 'block 1.1.1.1 uid 1000-2000' 'audit 1.1.1.1 uid 1500-2500' \
		'allow 1.1.1.1 uid 1500-1501' 'block 1.1.1.1 uid 1501 port 80' 'block 1.1.1.2 uid 1500-1501 port 80'
	done_well -q restore rules
	decides '1.1.1.1 uid 999' 'allowed by rule 2'
	decides '1.1.1.1 uid 1000' 'blocked (EPERM) by rule 3'
	decides '1.1.1.1 uid 2000' 'blocked (EPERM) by rule 3'
	decides '1.1.1.1 uid 2001' 'by rule 4'
	decides '1.1.1.1 uid 2501' 'allowed by rule 2'
	decides '1.1.1.1 uid 1500' 'allowed by rule 5'
	decides '1.1.1.1 port 80 uid 1501' 'blocked (EPERM) by rule 6'
	decides '1.1.1.1 port 81 uid 1501' 'allowed by rule 5'
	# A range that has no rule which matches leaves it to the next.
	decides '1.1.1.2 port 81 uid 1501' 'allowed by rule 2'
	decides '1.1.1.2 port 80 uid 1501' 'blocked (EPERM) by rule 7'
	decides '2.2.2.2 uid 1501' 'blocked (EPERM) by rule 1'
	decides '1.1.1.1 uid 1500' 'rules for uids 1500 to 1501 come before rules for uids 1000 to 2000, such as rule 3'
}

@test "ranges: so many, and no more" {
	new_rules_here 1000
	seq -f 'block 1.1.1.1 uid %g-4000000' 1 65 >rules
	refused 2 'too many different user ranges in rules: at most 64' restore rules
	sed -i '$d' rules
	done_well -q restore rules
	decides '1.1.1.1 uid 64' 'by rule 64'
	decides '1.1.1.1 uid 1' 'by rule 1'
	refused 2 'too many different user ranges' block 1.1.1.1 uid 65-66
	done_well -q block 1.1.1.2 uid 64-4000000
	done_well -q del 1.1.1.1 uid 3-4000000
	done_well -q block 1.1.1.1 uid 65-66
	decides '1.1.1.1 uid 65' 'by rule 66'
}

@test "names with a dash" {
	new_rules_here
	with_file passwd root:x:0:0::/:/bin/sh a:x:10:10::/:/bin/sh b:x:20:20::/:/bin/sh a-b:x:30:30::/:/bin/sh \
		b-c:x:40:40::/:/bin/sh c:x:50:50::/:/bin/sh 5-6:x:60:60::/:/bin/sh
	prints '+ block 1.1.1.1 uid 30' block 1.1.1.1 uid a-b
	prints '+ block 1.1.1.1 uid 10-50' block 1.1.1.1 uid a-c
	prints '+ block 1.1.1.1 uid 30-40' block 1.1.1.1 uid a-b-b-c
	refused 1 "ambiguous user range, near 'a-b-c': user names may contain '-', so type uids" block 1.1.1.1 uid a-b-c
	# What looks like numbers is numbers, whatever a directory calls its users.
	prints '+ block 1.1.1.1 uid 5-6' block 1.1.1.1 uid 5-6
	refused 1 'no such user' block 1.1.1.1 uid a-nosuch
}

@test "doctor: users who can be others" {
	new_rules_here
	with_file passwd root:x:0:0::/:/bin/sh kim:x:1000:1000::/:/bin/sh lee:x:1001:1001::/:/bin/sh
	with_file subuid kim:100000:65536 1001:200000:10 root:300000:65536 '\033[31mmax:400000:1' ':1:2' kim:4294967290:100 kim:5 \
		"$(printf '%5000s' '' | tr ' ' k)kim:500000:1" 'kim:-1:5' 'kim:1:0'
	try doctor
	! grep -q 'users with rules can change' "$out" || fail 'no rule is for a user'
	done_well -q block 1.1.1.1 uid kim
	done_well -q block 1.1.1.1 uid 0
	try doctor
	grep -q 'users with rules can change to other uids, by /etc/subuid, that no rule matches: kim (uid 1000: 100000-165535)$' "$out" ||
		fail 'not told of kim'
	grep -qFe "-> add the rules for 'uid 100000-165535' too, or write them with 'user-slice' in place of 'uid'" "$out" ||
		fail 'no advice'
	done_well -q block 1.1.1.1 uid 1001
	try -j doctor
	json "[f['message'] for f in d['checks'] if f['name'] == 'users'][0].endswith('1001 (uid 1001: 200000-200009)')"
	done_well -q block 1.1.1.1 uid 100000-165535
	done_well -q block 1.1.1.1 uid 200000-300000
	try doctor
	! grep -q 'users with rules can change' "$out" || fail 'they are covered'
}

@test "groups, and ranges of them" {
	new_rules_here
	with_file group root:x:0: daemon:x:1: kim:x:1000: nonet:x:2000: a-b:x:30:
	prints '+ block 1.1.1.1 gid 2000' block 1.1.1.1 gid nonet
	refused 1 "'block 1.1.1.1 gid 2000' exists already" block 1.1.1.1 gid 2000
	prints '+ block 1.1.1.1 gid 0-1' block 1.1.1.1 gid root-daemon
	prints '+ block 1.1.1.1 gid 30' block 1.1.1.1 gid a-b
	prints '+ block 1.1.1.1 uid 2000' block 1.1.1.1 uid 2000
	done_well -j list
	json "[r['subject'] for r in d['rules']] == [{'gid': 2000, 'group': 'nonet'}, {'gid': '0-1'}, {'gid': 30, 'group': 'a-b'},
		{'uid': 2000, 'user': None}]"
	done_well save one
	done_well flush
	done_well restore one
	done_well save two
	cmp one two || fail 'not the same'
	done_well -t list gid nonet
	[[ $(cut -f 1 "$out") == 5 ]] || fail 'another filter'
	done_well -t list gid 1-100
	[[ $(cut -f 1 "$out" | tr '\n' ' ') == '6 7 ' ]] || fail 'another filter'
	done_well -t list uid 0-4294967294
	[[ $(cut -f 1 "$out") == 8 ]] || fail 'a filter for users shows groups'
	prints '- block 1.1.1.1 gid 0-1' del 1.1.1.1 gid 0-1
	refused 1 "no such group, near 'nosuch': type a group's name or a gid" block 1.1.1.1 gid nosuch
	refused 1 "bad group range, near '9-8': 9 is above 8" block 1.1.1.1 gid 9-8
	refused 1 "a rule has one subject, near 'gid'" block 1.1.1.1 uid 1 gid 1
	refused 2 "no such group, near '1-2'" test 1.1.1.1 gid 1-2
}

@test "groups come after users, and before everyone" {
	new_rules_here 1000
	write rules 'block any4' 'allow 1.1.1.0/24 gid 7' 'audit 1.1.1.0/24 gid 5-9' 'block 1.1.1.1 uid 7' 'block 1.1.1.1 gid 6-8'
	done_well -q restore rules
	decides '1.1.1.1 uid 7 gid 7' 'blocked (EPERM) by rule 4'
	decides '1.1.1.1 uid 7 gid 7' 'come before rules for gid 7'
	decides '1.1.1.1 uid 1 gid 7' 'allowed by rule 2'
	decides '1.1.1.1 uid 1 gid 6' 'blocked (EPERM) by rule 5'
	decides '1.1.1.2 uid 1 gid 6' 'by rule 3'
	decides '1.1.1.2 uid 7 gid 10' 'blocked (EPERM) by rule 1'
	decides '1.1.1.1 uid 1 gid 6' 'rules for gids 6 to 8 come before rules for gids 5 to 9, such as rule 3'
	# A process has both.
	try test 1.1.1.1 pid $$
	grep -q "uid $(id -ru) gid $(id -rg) " "$out" || fail 'not its ids'
	refused 2 'a process has a uid, a gid, a program and a cgroup' test 1.1.1.1 pid $$ gid 1
	seq -f 'block 1.1.1.1 gid %g-4000000' 1 65 >many
	refused 2 'too many different group ranges in rules: at most 64' restore many
	sed '$d; p; s/gid/uid/' many >both
	done_well -q restore both
	decides '1.1.1.1 uid 5000000 gid 64' 'by rule'
	decides '1.1.1.1 uid 5000000 gid 5000000' 'by default'
}

@test "doctor: groups that can be others" {
	new_rules_here
	with_file passwd root:x:0:0::/:/bin/sh kim:x:1000:1007::/:/bin/sh
	with_file subgid kim:100000:65536 1000:300000:5
	done_well -q block 1.1.1.1 gid 1007
	try doctor
	grep -q 'users with rules can change to other gids, by /etc/subgid, that no rule matches: kim (gid 1007: 100000-165535), 1000 (gid 1007: 300000-300004)$' "$out" ||
		fail 'not told of kim'
	done_well -q block 1.1.1.1 gid 100000-300004
	try doctor
	! grep -q 'users with rules can change' "$out" || fail 'they are covered'
}

@test "programs" {
	local long
	new_rules_here
	mkdir dir
	cp /bin/true there
	ln -s there link
	ln -s dir linked
	printf '#!/bin/sh\n' >script
	prints "+ block 1.1.1.1 exe $PWD/there" block 1.1.1.1 exe "$PWD/there"
	refused 1 "'block 1.1.1.1 exe $PWD/there' exists already" block 1.1.1.1 exe "$PWD/link"
	prints "+ allow 2.2.2.2 exe $PWD/dir/later" allow 2.2.2.2 exe "$PWD/linked/later"
	done_well -j list
	json "[r['subject'] for r in d['rules']] == [{'exe': '$PWD/there', 'missing': False}, {'exe': '$PWD/dir/later', 'missing': True}]"
	done_well list
	grep -qF "exe $PWD/dir/later (missing)" "$out" || fail 'it is not missing'
	done_well -t list exe "$PWD/link"
	[[ $(cut -f 1 "$out") == 1 ]] || fail 'another filter'
	decides "1.1.1.1 exe $PWD/there" 'blocked (EPERM) by rule 1'
	decides "1.1.1.1 exe $PWD/dir/later" 'by default'
	decides "2.2.2.2 exe $PWD/dir/later" 'allowed by rule 2'
	done_well -q allow 1.1.1.1 gid 4007
	decides "1.1.1.1 gid 4007 exe $PWD/there" 'allowed by rule 3'
	done_well -q allow 1.1.1.1
	decides "1.1.1.1 exe $PWD/there" 'blocked (EPERM) by rule 1'
	decides '1.1.1.1' 'allowed by rule 4'
	cp /bin/sleep sleeper
	done_well -q audit 1.1.1.1 exe "$PWD/sleeper"
	./sleeper 100 3>&- &
	decides "1.1.1.1 pid $!" "audit 1.1.1.1 exe $PWD/sleeper"
	rm sleeper
	decides "1.1.1.1 pid $!" "audit 1.1.1.1 exe $PWD/sleeper"
	kill $!
	done_well save one
	done_well flush
	done_well restore one
	done_well save two
	cmp one two || fail 'not the same'
	prints "- block 1.1.1.1 exe $PWD/there" del 1.1.1.1 exe "$PWD/link"
	refused 1 "near '$PWD/dir': this is a directory" block 1.1.1.1 exe "$PWD/dir"
	refused 1 "near '$PWD/script': this is a script, and the kernel sees its interpreter" block 1.1.1.1 exe "$PWD/script"
	refused 1 'this is no file that can be run' block 1.1.1.1 exe /dev/null
	long=$(printf '%0256d' 0)
	refused 1 'a name has at most 255 bytes' block 1.1.1.1 exe "/$long"
	refused 1 'longer than 511 bytes' block 1.1.1.1 exe "/$(printf 'a/%.0s' {1..2000})a"
	refused 1 'a path has at most 31 names' block 1.1.1.1 exe "$(printf '/a%.0s' {1..32})"
	# A file of rules is not refused for what a program has become.
	write file "block 1.1.1.1 exe $PWD/script"
	done_well -q restore file
}

@test "doctor: programs that no process can run" {
	new_rules_here
	cp /bin/true one
	cp /bin/true two
	done_well -q block 1.1.1.1 exe "$PWD/one"
	try doctor
	! grep -q 'leads elsewhere\|no process can be' "$out" || fail 'nothing is odd'
	grep -q 'what notes which program a process runs is not attached' "$out" || fail 'not told that nothing is attached'
	ln -sf two one
	printf '#!/bin/sh\n' >script
	write file "block 1.1.1.1 exe $PWD/script" "block 1.1.1.2 exe $PWD/script"
	done_well -q restore --set scripts file
	try doctor
	grep -qF "1 rule is for a path that leads elsewhere by now, and matches nothing: $PWD/one, which leads to $PWD/two" "$out" ||
		fail 'not told of the link'
	grep -q '2 rules are for what no process can be: .*this is a script' "$out" || fail 'not told of the scripts'
}

@test "the hits of rules, by whom they are for" {
	refused 3 "not loaded (run 'lsmctl load')" stats --by uid
	refused 1 "bad --by, near 'group': uid, gid, cgroup, exe or everyone" stats --by group
	refused 1 '--by prints one table: leave out --interval' stats --by uid -i 1
	refused 1 '--by prints one table: leave out --prometheus' stats --by uid --prometheus
	new_rules_here
	prints 'HITS  LAST HIT  RULES  SUBJECT' stats --by exe
	prints '{"schema":2,"by":"exe","subjects":[]}' -j stats --by exe
	for rule in '1.1.1.1' '1.1.1.2 uid 7' '1.1.1.3 uid 7' '1.1.1.4 uid 8-9' '1.1.1.5 exe /no/such' '1.1.1.6 exe /bin/sh'; do
		# shellcheck disable=SC2086
		done_well -q block $rule
	done
	for slot in 0 1 2 3 3 4 5; do "$PINS" hit "$pins" "$slot" $((slot + 1)); done
	try -t stats --by uid
	[[ $(cut -f 1,3,4 "$out") == $'5\t2\tuid 7\n4\t1\tuid 8-9' ]] || fail "$tried: $(<"$out")"
	try -t stats --by exe --top 1
	[[ $(cut -f 1,3,4 "$out") == $'6\t1\texe '"$(realpath /bin/sh)" ]] || fail "$tried: $(<"$out")"
	try -t stats --by everyone
	[[ $(cut -f 1,3,4 "$out") == $'1\t1\teveryone' ]] || fail "$tried: $(<"$out")"
	prints '' -t stats --by cgroup
	done_well -j stats --by uid
	json "d['by'] == 'uid' and [(s['subject'].get('uid'), s['rules'], s['hits']) for s in d['subjects']] == [(7, 2, 5), ('8-9', 1, 4)]"
	json "all(s['last_hit'] for s in d['subjects'])"
}
