#!/usr/bin/env bats
# shellcheck disable=SC2015,SC2102
# SPDX-License-Identifier: GPL-2.0-only
# Rules with all that they can say: ports, protocols, subjects, timeouts, sets, errors. And many of them.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

teardown()
{
	[[ -z ${pins-} ]] || rm -rf "$pins"
	[[ -z ${cgroup-} ]] || rmdir "$cgroup" 2>/dev/null || true
}

# new_own_cgroup: an empty cgroup, its path in the hierarchy in `path`. Goes with the test.
new_own_cgroup()
{
	local root

	root=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	path=/lsmctl-test-language-$$
	[[ -n $root ]] && mkdir "$root$path" 2>/dev/null || skip 'cannot make a cgroup'
	cgroup=$root$path
}

# What is left of an hour is less than that by the time it is shown.
about()
{
	sed -E 's/timeout 59m([0-9]+s)?/timeout 1h/' "$@"
}

# prints_about TEXT ARG...: prints, in which an hour is about that.
prints_about()
{
	local wanted=$1

	shift
	done_well "$@"
	diff <(printf '%s\n' "$wanted") <(about "$out") >&2 || fail "$tried: not what was expected"
}

# options_are OPTIONS...: of each rule in the list.
options_are()
{
	local got

	got=$("$LSMCTL" -t list | cut -f 6 | about)
	[[ $got == "$(printf '%s\n' "$@")" ]] || fail "the options are: $got"
}

@test "a rule with everything" {
	new_rules
	prints_about '+ block 192.0.2.1 port 443 proto tcp uid 0 timeout 1h set web errno ECONNREFUSED comment "x y"' \
		block 192.0.2.1 comment 'x y' errno ECONNREFUSED set web timeout 1h uid 0 proto tcp port 443
	options_are 'port 443 proto tcp uid 0 timeout 1h set web errno ECONNREFUSED comment "x y"'
	done_well -j list
	json "list(d['rules'][0].items())[:10] == [('id', 1), ('verdict', 'block'), ('destination', '192.0.2.1'), ('prefix', '192.0.2.1/32'),
		('family', 'inet'), ('port', 443), ('proto', 'tcp'), ('subject', {'uid': 0, 'user': 'root'}),
		('errno', 'ECONNREFUSED'), ('timeout_left', d['rules'][0]['timeout_left'])]"
	json "3540 < d['rules'][0]['timeout_left'] <= 3600 and d['rules'][0]['set'] == 'web' and
		d['rules'][0]['comment'] == 'x y'"
	prints_about '- block 192.0.2.1 port 443 proto tcp uid 0 timeout 1h set web errno ECONNREFUSED comment "x y"
+ allow 192.0.2.1 port 443 proto tcp uid 0 set web' allow 192.0.2.1 port 443 proto tcp uid 0 set web
	prints '- allow 192.0.2.1 port 443 proto tcp uid 0 set web' del 192.0.2.1 port 443 uid 0 set web proto tcp
	rules_are ''
}

@test "ports, protocols and subjects in JSON" {
	new_rules
	done_well -q block 1.1.1.1
	done_well -q block 1.1.1.1 port 0
	done_well -q block 1.1.1.1 port 80-443
	done_well -q block 1.1.1.1 proto raw
	done_well -q block 1.1.1.1 proto 253
	done_well -q block 2001:db8::/32 proto icmp uid 4294967294
	done_well -q block ::1 cgroup /
	done_well -j list
	json "[(r['port'], r['proto'], r['subject']) for r in d['rules']] == [(None, None, None), (0, None, None),
		('80-443', None, None), (None, 'raw', None), (None, 253, None),
		(None, 'icmp', {'uid': 4294967294, 'user': None}), (None, None, {'cgroup': '/', 'now': 1})]"
	json "[r['family'] for r in d['rules']] == ['inet'] * 5 + ['inet6'] * 2 and
		[r['prefix'] for r in d['rules'][5:]] == ['2001:db8::/32', '::1/128']"
	cp "$out" "$BATS_TEST_TMPDIR/plain"
	done_well -p list
	json "d == json.load(open('$BATS_TEST_TMPDIR/plain'))"
}

@test "ports, protocol and subject are part of what a rule is" {
	new_rules
	new_own_cgroup
	all=('' 'port 80' 'port 80-443' 'port 80 proto tcp' 'port 80 proto udp' 'proto tcp' 'uid 0' 'uid 1' 'cgroup /'
		"cgroup $path" 'port 80 proto tcp uid 0' "port 80 proto tcp cgroup $path")
	n=0
	for words in "${all[@]}"; do
		# shellcheck disable=SC2086
		prints "+ block 1.1.1.1${words:+ $words}" block 1.1.1.1 $words
		# shellcheck disable=SC2086
		refused 1 "'block 1.1.1.1${words:+ $words}' exists already" block 1.1.1.1 $words
		"$PINS" hit "$pins" $n $((100 + n))
		n=$((n + 1))
	done
	options_are "${all[@]}"
	# Each is changed, and found, without another being meant.
	for words in "${all[@]}"; do
		# shellcheck disable=SC2086
		prints "- block 1.1.1.1${words:+ $words}
+ allow 1.1.1.1${words:+ $words} errno EACCES" allow 1.1.1.1 $words errno EACCES
	done
	done_well -j list
	json "[(r['id'], r['hits'], r['verdict'], r['errno']) for r in d['rules']] ==
		[(n + 1, 100 + n, 'allow', 'EACCES') for n in range($n)]"
	for words in 'port 81' 'port 443' 'port 80-444' 'port 80 proto sctp' 'proto udp' 'uid 2' 'cgroup /nosuch' 'port 80 uid 0' \
		'proto tcp uid 0' "port 80 cgroup $path" 'port 80 proto tcp uid 1'; do
		# shellcheck disable=SC2086
		refused 1 "no rule for 1.1.1.1 $words alone, but" del 1.1.1.1 $words
	done
	refused 1 'no rule for 1.1.1.0/24 port 80' del 1.1.1.0/24 port 80
	# From the middle out, so that every kind of neighbour goes.
	for n in 5 6 4 7 3 8 2 9 1 10 0 11; do
		# shellcheck disable=SC2086
		prints "- allow 1.1.1.1${all[n]:+ ${all[n]}} errno EACCES" del 1.1.1.1 ${all[n]}
		# shellcheck disable=SC2086
		refused 1 "no rule for 1.1.1.1${all[n]:+ ${all[n]}} " del 1.1.1.1 ${all[n]}
		unset "all[n]"
		left=()
		for words in "${all[@]}"; do
			left+=("${words:+$words }errno EACCES")
		done
		options_are "${left[@]}"
	done
}

@test "one rule in several spellings" {
	new_rules
	new_own_cgroup
	while IFS='|' read -r one other; do
		# shellcheck disable=SC2086
		done_well -q block $one
		# shellcheck disable=SC2086
		refused 1 'already' block $other
		# shellcheck disable=SC2086
		done_well -q del $other
	done <<-END
		1.1.1.1 port 22|1.1.1.1 port ssh
		1.1.1.1:22|1.1.1.1 port 22
		1.1.1.1:22 proto tcp|::ffff:1.1.1.1 proto 6 port 22
		[2001:db8::1]:443|2001:db8::1 port 443
		[::ffff:1.1.1.1]:443|1.1.1.1 port 443
		[::1]|::1
		1.1.1.1 port 80-80|1.1.1.1 port 80
		1.1.1.1 port 0-65535|1.1.1.1
		1.1.1.1 proto any|1.1.1.1
		1.1.1.1 proto mptcp|1.1.1.1 proto tcp
		1.1.1.1 proto udplite|1.1.1.1 proto udp
		1.1.1.1 proto icmpv6|1.1.1.1 proto icmp
		1.1.1.1 proto ipv6-icmp|1.1.1.1 proto 1
		1.1.1.1 uid root|1.1.1.1 uid 0
		1.1.1.1 cgroup $path|1.1.1.1 cgroup /sys/fs/cgroup/$path//
	END
	rules_are ''
}

@test "lists of ports make a rule of each" {
	new_rules
	prints '+ block 1.1.1.1 port 80 proto tcp
+ block 1.1.1.1 port 443 proto tcp
+ block 1.1.1.1 port 8000-8100 proto tcp
+ block ::1 port 80 proto tcp
+ block ::1 port 443 proto tcp
+ block ::1 port 8000-8100 proto tcp' block 1.1.1.1,::1 proto tcp port 80,443,8000-8100,80
	prints '+ block 9.9.9.9 port 53 proto udp
+ block 2001:db8::1 port 53 proto udp
+ block 9.9.9.10 proto udp' block 9.9.9.9:53,[2001:db8::1]:53,9.9.9.10 proto udp
	refused 1 'no rule for 1.1.1.1 port 444 proto tcp' del 1.1.1.1,::1 proto tcp port 80,444
	prints '- block 1.1.1.1 port 80 proto tcp
- block 1.1.1.1 port 443 proto tcp
- block ::1 port 80 proto tcp
- block ::1 port 443 proto tcp' -e del 1.1.1.1,::1 proto tcp port 80,443,444
	rules_are '3 block 1.1.1.1 port 8000-8100 proto tcp' '6 block ::1 port 8000-8100 proto tcp' \
		'7 block 9.9.9.9 port 53 proto udp' '8 block 2001:db8::1 port 53 proto udp' '9 block 9.9.9.10 proto udp'
}

@test "a cgroup need not be there" {
	new_rules
	new_own_cgroup
	done_well -q block 1.1.1.1,2.2.2.2 cgroup "$path"
	done_well -j list
	json "[r['subject'] for r in d['rules']] == [{'cgroup': '$path', 'now': 1}] * 2"
	rules_are "1 block 1.1.1.1 cgroup $path" "2 block 2.2.2.2 cgroup $path"
	prints '+ block 3.3.3.3 cgroup /lsmctl-no-such' block 3.3.3.3 cgroup /lsmctl-no-such
	rules_are "1 block 1.1.1.1 cgroup $path" "2 block 2.2.2.2 cgroup $path" '3 block 3.3.3.3 cgroup /lsmctl-no-such (0 now)'
	done_well -j list
	json "d['rules'][2]['subject'] == {'cgroup': '/lsmctl-no-such', 'now': 0}"
	# As list shows it.
	prints '- block 3.3.3.3 cgroup /lsmctl-no-such' del 3 block 3.3.3.3 0 - cgroup /lsmctl-no-such '(0' 'now)'
	done_well -q block 3.3.3.3 cgroup /lsmctl-no-such
	prints '- block 3.3.3.3 cgroup /lsmctl-no-such' del 4 block 3.3.3.3 0 - cgroup /lsmctl-no-such '(0 now)'
	# An option of older versions.
	try block --missing-cgroups 3.3.3.3 cgroup /lsmctl-no-such
	[[ $status -eq 0 && $(<"$out") == '+ block 3.3.3.3 cgroup /lsmctl-no-such' &&
		$(<"$err") == 'lsmctl: --missing-cgroups is no longer needed: a rule holds for a cgroup that does not exist yet' ]] ||
		fail "$tried: $(<"$err")"
	done_well -q del 3.3.3.3 cgroup /lsmctl-no-such
	prints "- block 1.1.1.1 cgroup $path" del 1.1.1.1 cgroup "$path"
	prints "- block 2.2.2.2 cgroup $path" del id 2
}

@test "a rule whose time is up is gone" {
	new_rules 4
	done_well -q block 2.2.2.2 timeout 1h
	done_well -q block 4.4.4.4
	done_well -q block 1.1.1.1 timeout 4 set short
	done_well -q block 3.3.3.3 timeout 4
	[[ $("$LSMCTL" -t list | cut -f 6 | about) =~ ^'timeout 1h'$'\n\n''timeout '[1-4]'s set short'$'\n''timeout '[1-4]s$ ]] ||
		fail 'not the time left'
	# Adding it again restarts its timeout.
	done_well -q block 3.3.3.3 timeout 1h
	refused 2 'no room: 4 of 4' block 5.5.5.5
	sleep 4.1
	options_are 'timeout 1h' '' 'timeout 1h'
	prints '' -t list 1.1.1.1
	prints '' -t list set short
	try -j status
	json "d['rules'] == 3"
	done_well -j stats
	json "[r['id'] for r in d['rules']] == [1, 2, 4] and [r['timeout_left'] is None for r in d['rules']] ==
		[False, True, False] and 3540 < d['rules'][0]['timeout_left'] <= 3600"
	for words in 1.1.1.1= 'id 3=' 'set short=0 rules removed'; do
		# shellcheck disable=SC2086
		refused 1 'no rule' del ${words%=*}
		# shellcheck disable=SC2086
		prints "${words#*=}" -e del ${words%=*}
	done
	# A new rule uses its room, and starts without hits.
	"$PINS" hit "$pins" 2 5
	done_well -q block 5.5.5.5
	refused 2 'no room: 4 of 4' block 1.1.1.1
	done_well -q del 5.5.5.5
	done_well -q block 1.1.1.1 timeout 1h
	done_well -j list
	json "[(r['id'], r['hits']) for r in d['rules']] == [(1, 0), (2, 0), (4, 0), (6, 0)]"
	# A rule that has one is changed by losing it.
	prints_about '- block 2.2.2.2 timeout 1h
+ block 2.2.2.2' block 2.2.2.2
	refused 1 'already' block 2.2.2.2
	# A rule with a timeout can lose it.
	done_well -q -e block 2.2.2.2,4.4.4.4 timeout 1
	sleep 1.1
	options_are 'timeout 1h' 'timeout 1h'
	try -j status
	json "d['rules'] == 2"
	done_well -q flush
	try -j status
	json "d['rules'] == 0"
}

@test "sets" {
	new_rules
	prints '+ block 1.1.1.1 set web
+ block 2.2.2.2 set web' block 1.1.1.1,2.2.2.2 set web
	done_well -q allow 3.3.3.3,10.0.0.0/8 set trusted
	done_well -q block 4.4.4.4
	for filter in 'set web=1 2' 'set trusted=3 4' 'set nosuch=' 'set we=' 'block set web=1 2' 'allow set web=' \
		'1.1.1.1 set web=1' '10.1.2.3 set trusted=4' 'any set trusted=3 4' 'allow 10.1.2.3 set trusted=4' \
		'10.1.2.3 set web=' 'block=1 2 5'; do
		# shellcheck disable=SC2086
		done_well -t list ${filter%%=*}
		[[ $(cut -f 1 "$out" | paste -sd ' ') == "${filter#*=}" ]] || fail "$tried: not ${filter#*=}"
	done
	done_well -j list set trusted
	json "[(r['id'], r['set']) for r in d['rules']] == [(3, 'trusted'), (4, 'trusted')]"
	refused 1 "no rule in set 'nosuch'" del set nosuch
	refused_json 1 not_found -j del set nosuch
	prints '0 rules removed' -e del set nosuch
	prints '- block 1.1.1.1 set web
- block 2.2.2.2 set web' -n del set web
	# The set is part of what a rule is.
	prints '+ block 2.2.2.2 set other' block 2.2.2.2 set other
	prints '2 rules removed' del set web
	refused 1 "no rule in set 'web'" del set web
	prints '+ block 2.2.2.2' block 2.2.2.2
	prints '1 rule removed' del set other
	done_well -j del set trusted
	json "[r['prefix'] for r in d['removed']] == ['3.3.3.3/32', '10.0.0.0/8']"
	rules_are '5 block 4.4.4.4' '7 block 2.2.2.2'
	# Of a name that was used before, and of the longest.
	long=$(printf '%31s' '' | tr ' ' x)
	done_well -q block 1.1.1.1 set web
	done_well -q block 1.1.1.2 set "$long"
	rules_are '5 block 4.4.4.4' '7 block 2.2.2.2' '8 block 1.1.1.1 set web' "9 block 1.1.1.2 set $long"
	# A name as the words of the language are, which means itself here.
	done_well -q block 1.1.1.3 set set comment set
	prints '- block 1.1.1.3 set set comment "set"' -n del set set
}

@test "errors" {
	new_rules
	for name in EPERM EACCES ECONNREFUSED EHOSTUNREACH ENETUNREACH ETIMEDOUT; do
		done_well -q -e block 1.1.1.1 errno $name
		done_well -j list
		json "[r['errno'] for r in d['rules']] == ['$name']"
	done
	rules_are '1 block 1.1.1.1 errno ETIMEDOUT'
	# What is left out is as it is unless said.
	prints '- block 1.1.1.1 errno ETIMEDOUT
+ block 1.1.1.1' block 1.1.1.1
	# For mode and verdict that refuse nothing it is kept, and shown.
	prints '- block 1.1.1.1
+ audit 1.1.1.1 errno EACCES' audit 1.1.1.1 errno EACCES
}

@test "what says less than a rule is another one, wherever it comes" {
	new_rules
	done_well -q block 10.0.0.0/8 port 443
	done_well -q block 10.0.0.0/8
	done_well -q allow 10.1.0.0/16 uid 0
	done_well -q block 10.1.0.0/16 port 443 proto udp
	done_well -q block 10.1.0.0/16 port 443
	done_well -q del 10.0.0.0/8
	done_well -q block 10.0.0.0/8 proto tcp
	done_well -q del 10.1.0.0/16 port 443
	rules_are '1 block 10.0.0.0/8 port 443' '3 allow 10.1.0.0/16 uid 0' '4 block 10.1.0.0/16 port 443 proto udp' \
		'6 block 10.0.0.0/8 proto tcp'
	prints '- block 10.0.0.0/8 port 443' del 10.0.0.0/8 port 443
	prints '- allow 10.1.0.0/16 uid 0' del 10.1.0.0/16 uid 0
	prints '- block 10.1.0.0/16 port 443 proto udp' del 10.1.0.0/16 port 443 proto udp
	prints '- block 10.0.0.0/8 proto tcp' del 10.0.0.0/8 proto tcp
}

# numbered FROM TO: that many addresses, with commas between.
numbered()
{
	seq "$1" "$2" | awk '{ printf "%s10.%d.%d.%d", (NR > 1 ? "," : ""), $1 / 65536, $1 / 256 % 256, $1 % 256 }'
}

@test "hundreds of rules in one command" {
	new_rules 1000
	done_well -q block 1.1.1.1 comment first timeout 1h
	"$PINS" hit "$pins" 0 7
	done_well -q allow 10.0.0.5 comment mine set many
	"$PINS" hit "$pins" 1 8
	refused 1 "'allow 10.0.0.5 set many comment \"mine\"' exists already" allow "10.0.0.5" set many comment mine
	done_well -j block "$(numbered 1 300)" set many errno EACCES
	json "len(d['added']) == 299 and [r['prefix'] for r in d['changed']] == ['10.0.0.5/32'] and
		d['changed'][0]['id'] == 2 and d['changed'][0]['hits'] == 8"
	done_well -j list
	json "[r['id'] for r in d['rules']] == list(range(1, 302)) and
		[r['hits'] for r in d['rules']] == [7, 8] + [0] * 299 and d['rules'][0]['comment'] == 'first' and
		3540 < d['rules'][0]['timeout_left'] <= 3600 and all(r['set'] == 'many' and r['errno'] == 'EACCES' and
		r['verdict'] == 'block' and r['comment'] is None for r in d['rules'][1:]) and
		d['rules'][1]['prefix'] == '10.0.0.5/32' and
		[r['prefix'] for r in d['rules'][2:]] == ['10.0.%d.%d/32' % divmod(n, 256) for n in range(1, 301) if n != 5]"
	# All or none, of many too.
	refused 2 'no room: 301 of 1000 rules are used and 700 more are wanted' block "$(numbered 1000 1699)"
	refused 1 'no rule for 10.0.1.45 set many' del "$(numbered 200 301)" set many
	done_well -q block "$(numbered 1000 1698)"
	try -j status
	json "d['rules'] == 1000"
	# Removes several at once; the others stay as they are.
	done_well -q del "$(numbered 1000 1698)"
	done_well -j del "$(numbered 2 299)" set many
	json "len(d['removed']) == 298"
	options_are 'timeout 1h comment "first"' 'set many errno EACCES' 'set many errno EACCES'
	done_well -j list
	json "[(r['id'], r['hits']) for r in d['rules']] == [(1, 7), (3, 0), (301, 0)]"
	done_well -q block 10.0.0.2
	done_well -j list 10.0.0.2
	json "d['rules'][0]['id'] == 1001"
}

@test "rules by the thousand, one after the other" {
	local n=2000

	# A sanitizer makes each command cost more than it does.
	[[ $LSMCTL != */san/* ]] || n=400
	new_rules 5000
	done_well -q allow 10.0.0.0/8
	done_well -q block 10.0.0.0/24 port 443 proto tcp
	for ((i = 1; i <= n; i++)); do
		"$LSMCTL" -q block "10.0.$((i / 256)).$((i % 256))" || fail "number $i"
	done
	done_well -j list
	json "[r['id'] for r in d['rules']] == list(range(1, $n + 3)) and [r['prefix'] for r in d['rules'][2:]] ==
		['10.0.%d.%d/32' % divmod(i, 256) for i in range(1, $n + 1)]"
	# The tables know all that the list knows.
	done_well -j -n del "$(numbered 1 $n),10.0.0.0/8"
	json "len(d['removed']) == $n + 1"
	for ((i = 7; i <= n; i += 10)); do
		"$LSMCTL" -q block "10.0.$((i / 256)).$((i % 256))" comment "number $i" || fail "number $i"
	done
	for ((i = n; i >= 1; i--)); do
		! ((i % 10)) || "$LSMCTL" -q del "10.0.$((i / 256)).$((i % 256))" || fail "number $i"
	done
	done_well -j list
	json "[r['id'] for r in d['rules']] == [1, 2] + [i + 2 for i in range(10, $n + 1, 10)]"
	for ((i = 10; i <= n; i += 10)); do
		"$LSMCTL" -q del "10.0.$((i / 256)).$((i % 256))" || fail "number $i"
	done
	rules_are '1 allow 10.0.0.0/8' '2 block 10.0.0.0/24 port 443 proto tcp'
}
