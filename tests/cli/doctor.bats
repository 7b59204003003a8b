#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# doctor where nothing is loaded, or only maps are.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# The state, message and advice of a check: check NAME EXPRESSION, in which they are s, m and a.
check()
{
	json "[($2) for c in d['checks'] if c['name'] == '$1' for s, m, a in [(c['state'], c['message'], c['advice'])]] == [True]"
}

# It exits as its enforcement says.
was_examined()
{
	[[ ! -s $err ]] || fail "$tried: something on standard error"
	json "list(d) == ['schema', 'checks', 'enforcement'] and d['schema'] == 2 and
		all(list(c) == ['name', 'state', 'message', 'advice'] for c in d['checks']) and
		all(c['state'] in ('good', 'warning', 'bad') and c['message'].isprintable() for c in d['checks']) and
		all(c['name'].replace('_', '').isalpha() and c['name'].islower() for c in d['checks']) and
		len({c['name'] for c in d['checks']}) == len(d['checks'])"
	json "d['enforcement'] in {0: ['sure'], 2: ['not_sure', 'impossible']}[$status]"
	json "(d['enforcement'] == 'sure') == all(c['state'] != 'bad' for c in d['checks'])"
}

@test "not loaded: what the kernel can do, and a warning" {
	try -j doctor
	was_examined
	check loaded "s == 'warning' and a == 'lsmctl load'"
	for name in kernel architecture bpf_lsm btf lockdown preemption capabilities bpffs; do
		check "$name" "bool(m)"
	done
	check kernel "'$(uname -r)' in m"
	check architecture "m.startswith('$(uname -m)')"
	json "not [c for c in d['checks'] if c['name'] in ('mode', 'strict', 'backstop', 'socket_connect')]"
}

@test "text: a line for each check, its advice below, and a last word" {
	local line states=

	try doctor
	[[ ! -s $err ]] || fail "$tried: something on standard error"
	while IFS= read -r line && [[ -n $line ]]; do
		[[ $line =~ ^(good|warning|bad)\ +[a-z_]+\ +[^\ ] || $line =~ ^\ {10,}-\>\ [^\ ] ]] || fail "a line: $line"
		states+=${BASH_REMATCH[1]-}
	done <"$out"
	[[ $states == *warning* ]] || fail 'no warning that nothing is loaded'
	grep -q '^ *-> lsmctl load$' "$out" || fail 'no advice'
	[[ $(tail -n 1 "$out") == *. ]] || fail 'no last word'
	! grep -q $'\e' "$out" || fail 'colour where there is no terminal'
	try -t doctor
	! grep -vP '^(good|warning|bad)\t[a-z_]+\t[^\t]+$' "$out" || fail 'not three columns'
}

@test "--quiet says it by the exit status alone" {
	local wanted

	try doctor
	wanted=$status
	try -q doctor
	[[ $status -eq $wanted && ! -s $out && ! -s $err ]] || fail "$tried: $status"
}

@test "without root it says so" {
	try_as_nobody -j doctor
	[[ $status -eq 2 ]] || fail "$tried: $status"
	was_examined
	check capabilities "s == 'bad' and 'CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN' in m and 'root' in a"
	without_capabilities -j doctor
	was_examined
	check capabilities "s == 'bad'"
}

@test "a user namespace is no root" {
	unshare -Ur true 2>/dev/null || skip 'no user namespaces here'
	# shellcheck disable=SC2016 # the shell that it runs has $LSMCTL
	try_shell 'unshare -Ur "$LSMCTL" -j doctor'
	was_examined
	check capabilities "s == 'bad' and 'user namespace' in m"
}

@test "maps without programs: every hook is bad, and the settings are told" {
	new_rules 100
	try -j doctor
	[[ $status -eq 2 ]] || fail "$tried: $status"
	was_examined
	json "[c['state'] for c in d['checks'] if c['name'].startswith(('socket_', 'sctp_'))] == ['bad'] * 5"
	check loaded "s != 'bad'"
	check pins "s == 'good' and '$pins' in m"
	check mode "s == 'good' and m == 'enforce'"
	check rules "s == 'warning' and 'lsmctl block' in a"
	check strict "s == 'warning' and a == 'lsmctl set strict on' and 'packet' in m"
	check backstop "s == 'warning' and a == 'lsmctl set backstop on' and 'raw' in m"
	check trial "s == 'good'"
	check events "s == 'good'"
}

@test "settings that leave something open are warnings" {
	new_rules 100
	done_well -q block 1.1.1.1
	done_well -q set mode audit
	done_well -q set strict on
	try -j doctor
	was_examined
	check mode "s == 'warning' and a == 'lsmctl set mode enforce'"
	check strict "s == 'good' and a is None"
	check rules "s == 'good' and m.startswith('1 of 100')"
	done_well -q set mode enforce --confirm 60s
	try -j doctor
	check trial "s == 'warning' and 'lsmctl confirm' in a"
	check mode "s == 'good'"
}

@test "a pin that others may open is bad, and one that is not lsmctl's a warning" {
	new_rules 100
	chmod 0644 "$pins/map_config"
	try -j doctor
	check pins "s == 'bad' and 'map_config' in m and '0644' in m"
	chmod 0600 "$pins/map_config"
	mkdir "$pins/other"
	try -j doctor
	check pins "s == 'warning' and 'other' in m"
	chmod 0755 "$pins"
	try -j doctor
	was_examined
	check loaded "s == 'bad' and '0755' in m"
}

@test "selftest: not without what is loaded, root, and really trying" {
	refused 3 'not loaded' doctor --selftest
	refused_json 3 not_loaded doctor --selftest -j
	refused 1 'no dry run' -n doctor --selftest
	new_rules 100
	try_as_nobody doctor --selftest
	was_refused 2 'root'
}

@test "selftest: with maps and no programs every way is open, and no rule stays" {
	local namespaces

	unshare -n true 2>/dev/null || skip 'no network namespaces here'
	new_rules 100
	done_well -q block 192.0.2.1
	namespaces=$(lsns -n -t net | wc -l)
	try -j doctor --selftest
	[[ $status -eq 2 && ! -s $err ]] || fail "$tried: $status"
	json "list(d) == ['schema', 'ways', 'held', 'open', 'not_on_this_kernel'] and d['schema'] == 2 and
		all(list(w) == ['name', 'outcome', 'message', 'closed_by'] for w in d['ways']) and
		len({w['name'] for w in d['ways']}) == len(d['ways'])"
	json "d['held'] == 0 and d['open'] > 40 and
		all(sum(w['outcome'] == o for w in d['ways']) == d[o] for o in ('held', 'open', 'not_on_this_kernel'))"
	json "[w['closed_by'] for w in d['ways'] if w['name'] == 'packet socket'] == ['lsmctl set strict on']"
	rules_are '1 block 192.0.2.1'
	[[ $(lsns -n -t net | wc -l) -eq $namespaces ]] || fail 'a namespace stays'
	try -q doctor --selftest
	[[ $status -eq 2 && ! -s $out && ! -s $err ]] || fail "$tried: $status"
	# Without room it says so, and tries nothing.
	rm -rf "$pins"
	new_rules 3
	refused 2 'no room' doctor --selftest
}

@test "misuse" {
	refused 1 "unexpected 'now'" doctor now
	refused 1 'unknown option' doctor --nosuch
	refused_json 1 usage -j doctor now
}
