#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2119
# SPDX-License-Identifier: GPL-2.0-only
# What a set leaves out, whatever its list says.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

@test "--except: what is left of a list" {
	new_rules_here
	write list 10.0.0.1 127.0.0.0/8 192.0.2.0/30 198.51.100.7 'allow 192.0.2.1' '192.0.2.1 port 25' '2001:db8::/126 port 25'
	write same '198.51.100.0/24 # a note' 10.0.0.0/8
	words="loopback, 192.0.2.1,./same ,2001:db8::3"
	prints "+ except loopback,192.0.2.1,$PWD/same,2001:db8::3 set feed
5 added, 0 changed, 0 removed, 0 unchanged, 6 excepted" restore --set feed --except "$words" list
	saved "except loopback,192.0.2.1,$PWD/same,2001:db8::3 set feed" 'block 192.0.2.0 set feed' \
		'block 192.0.2.2/31 set feed' 'allow 192.0.2.1 set feed' 'block 2001:db8::/127 port 25 set feed' \
		'block 2001:db8::2 port 25 set feed'
	# The set keeps it, and shows it; what the file says is read again each time.
	prints '0 added, 0 changed, 0 removed, 5 unchanged, 6 excepted' restore --set feed list
	printf '%s\n' 10.0.0.0/8 >same
	prints '1 added, 0 changed, 0 removed, 5 unchanged, 5 excepted' restore --set feed list
	[[ $("$LSMCTL" -t list sets | cut -f 1-6) == $'feed\t1\t5\t0\t0\t'"loopback,192.0.2.1,$PWD/same,2001:db8::3" ]] || fail 'not shown'
	done_well -j list sets
	json "d['sets'] == [{'set': 'feed', 'allow': 1, 'block': 5, 'audit': 0, 'hits': 0,
		'except': 'loopback,192.0.2.1,$PWD/same,2001:db8::3', 'restored': d['sets'][0]['restored'], 'from': '$PWD/list'}]"
	rm same
	refused 2 "cannot open $PWD/same" restore --set feed list
	# Another set excepts nothing, and what is typed counts as typed.
	prints '2 added, 0 changed, 0 removed, 0 unchanged' restore --set other <(printf '%s\n' 198.51.100.7 192.0.2.1)
	prints '+ block 127.0.0.1 set feed' block 127.0.0.1 set feed
	# Something else; and nothing.
	try -n restore --set feed --except 192.0.2.0/24 list
	[[ $(grep except "$out") == "- except loopback,192.0.2.1,$PWD/same,2001:db8::3 set feed
+ except 192.0.2.0/24 set feed" ]] || fail "$tried"
	done_well -q restore --set feed --except 192.0.2.0/24,loopback list
	done_well -j restore --set feed list
	json "d['counts'] == {'added': 0, 'changed': 0, 'removed': 0, 'unchanged': 4, 'elsewhere': 0, 'excepted': 3} and
		'except' not in d"
	done_well -j restore --set feed --except none list
	json "d['except'] == '' and 'excepted' not in d['counts'] and d['counts']['added'] == 3"
	[[ $("$LSMCTL" -t list sets | cut -f 1,6 | paste -sd ' ') == $'feed\t- other\t-' ]] || fail 'something is excepted'
}

@test "--except: saved and restored, and gone with the set" {
	new_rules_here
	write list 192.0.2.1 127.0.0.1 10.1.2.3
	done_well -q restore --set feed --except lan,loopback list
	"$LSMCTL" -q restore --set other list 2>"$err"
	done_well -q block 9.9.9.9
	done_well -q save first
	grep -qxF 'except lan,loopback set feed' first || fail 'not saved'
	prints '0 added, 0 changed, 0 removed, 5 unchanged' restore first
	done_well -q flush
	prints '5 added, 0 changed, 0 removed, 0 unchanged' restore first
	done_well -q save second
	cmp first second
	prints '0 added, 0 changed, 0 removed, 1 unchanged, 2 excepted' restore --set feed list
	# A line holds for the rules of the set that follow.
	write rules '127.0.0.1 set feed' 'except loopback set feed' '127.0.0.2 set feed' '127.0.0.3 set other' 127.0.0.4
	done_well -q restore rules
	saved 'except loopback set feed' 'block 127.0.0.1 set feed' 'block 127.0.0.3 set other' 'block 127.0.0.4'
	# A set that is kept keeps it; one that is replaced does not, unless a file says so.
	write rules 1.1.1.1
	done_well -q restore --keep-set feed rules
	saved 'except loopback set feed' 'block 127.0.0.1 set feed' 'block 1.1.1.1'
	write rules '1.1.1.1 set feed'
	done_well -q restore rules
	saved 'block 1.1.1.1 set feed'
	done_well -q restore --set feed --except loopback list
	done_well -q del set feed
	saved
	"$LSMCTL" -q restore --set feed list 2>"$err"
	saved 'block 192.0.2.1 set feed' 'block 127.0.0.1 set feed' 'block 10.1.2.3 set feed'
	# Only that it excepts something else is a change too.
	write list 192.0.2.1
	done_well -q restore --set feed list
	prints '+ except lan set feed
0 added, 0 changed, 0 removed, 1 unchanged' restore --set feed --except lan list
	# Rules one by one change nothing of it.
	done_well -q block 5.5.5.5 set new
	done_well -q del set new
	grep -qxF 'except lan set feed' <("$LSMCTL" save) || fail 'it is gone'
}

@test "--except: this host's own addresses, its gateway and its name servers" {
	local status words
	new_rules_here 1000
	write list 127.0.0.1 203.0.113.7 203.0.113.1 198.51.100.53 2001:db8:7::7 2001:db8:7::1 2001:db8::53 10.0.0.1 169.254.1.1 \
		fe80::1 fd00::1 192.0.2.1 ::1
	while read -r words left; do
		status=0
		in_own_net "$LSMCTL" -q restore --set feed --except "$words" list || status=$?
		[[ $status -ne 77 ]] || skip 'no network namespace of its own'
		[[ $status -eq 0 ]] || fail "$words: $status"
		[[ $("$LSMCTL" -t list | cut -f 3 | paste -sd ' ') == "$left" ]] || fail "$words: $("$LSMCTL" -t list | cut -f 3 | paste -sd ' ')"
	done <<-'END'
		self 203.0.113.1 198.51.100.53 2001:db8:7::1 2001:db8::53 10.0.0.1 169.254.1.1 fe80::1 fd00::1 192.0.2.1
		gateway 127.0.0.1 203.0.113.7 198.51.100.53 2001:db8:7::7 2001:db8::53 10.0.0.1 169.254.1.1 fe80::1 fd00::1 192.0.2.1 ::1
		resolvers 127.0.0.1 203.0.113.7 203.0.113.1 2001:db8:7::7 2001:db8:7::1 10.0.0.1 169.254.1.1 fe80::1 fd00::1 192.0.2.1 ::1
		lan 127.0.0.1 203.0.113.7 203.0.113.1 198.51.100.53 2001:db8:7::7 2001:db8:7::1 2001:db8::53 192.0.2.1 ::1
		loopback 203.0.113.7 203.0.113.1 198.51.100.53 2001:db8:7::7 2001:db8:7::1 2001:db8::53 10.0.0.1 169.254.1.1 fe80::1 fd00::1 192.0.2.1
		self,gateway,resolvers,lan,loopback 192.0.2.1
	END
	# What is left out needs no warning.
	[[ ! -s $err ]] || fail 'a warning'
	# They are those of the day, not of when it was said.
	in_own_net "$LSMCTL" -q restore --set feed --except self list
	"$LSMCTL" -q restore --set feed list 2>"$err"
	"$LSMCTL" -t list | cut -f 3 | grep -qxF 203.0.113.7 || fail 'of another day'
}

@test "--except: what it refuses" {
	new_rules_here
	write list 192.0.2.1 10.0.0.1
	done_well -q restore --set feed list
	for words in '' nosuch 'lan,' ',lan' 'lan,,self' 10.0.0.1/8 1.2.3 'example.com' none,lan '*'; do
		refused 1 "bad --except, near '" restore --set feed --except "$words" list
	done
	refused 2 "cannot open ./nosuch: No such file" restore --set feed --except ./nosuch list
	refused 1 "'--except' is repeated, near 'self'" restore --set feed --except lan --except self list
	refused 1 '--except is for one list: say which with --set NAME' restore --except lan list
	write bad 'allow 10.0.0.0/8 port 25' 'block 10.0.0.0/8' nonsense
	try restore --set feed --except ./bad list
	[[ $status -eq 1 && $(cut -d : -f 3 "$err" | paste -sd ' ') == '1 2 3' ]] || fail "$tried"
	mkdir d
	refused 1 'is no regular file' restore --set feed --except ./d list
	mkfifo pipe
	refused 1 'is no regular file' restore --set feed --except ./pipe list
	refused 1 'all rules of list are excepted: nothing was changed' restore --set feed --except any list
	prints '+ except any set feed
0 added, 0 changed, 2 removed, 0 unchanged, 2 excepted' restore --set feed --except any --allow-empty list
	done_well -q restore --set feed list
	long=$(printf '192.0.2.%g,' {1..60})
	refused 1 '--except is too long' restore --set feed --except "${long%,}" list
	saved 'block 192.0.2.1 set feed' 'block 10.0.0.1 set feed'
	write rules 'except lan' 'except lan set' 'except lan set a/b' 'except nosuch set a' 'except lan set a b' 'except'
	try restore rules
	[[ $status -eq 1 && $(wc -l <"$err") -eq 6 ]] || fail "$tried"
	write rules 'except lan set feed'
	refused 1 "rules:1: what a set excepts, near 'except': only rules are allowed here" restore --set feed rules
}

@test "a path with blanks and quotes comes back" {
	new_rules_here
	write list 192.0.2.1 10.0.0.1
	write $'a \'b" c\\d #' 10.0.0.0/8
	done_well -q restore --set feed --except $'./a \'b" c\\d #' list
	done_well -q save first
	done_well -q flush
	done_well -q restore first
	done_well -q save second
	cmp first second
	saved "$(grep ^except first)" 'block 192.0.2.1 set feed'
	[[ $("$LSMCTL" -j list sets | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["sets"][0]["except"])') == "$PWD/"$'a \'b" c\\d #' ]] || fail 'another path'
}
