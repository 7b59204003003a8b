#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2030,SC2031,SC2154 # bats has its own variables, and its subshells
# What was learned of names, as commands show it; and the settings that say whose answers count.

bats_require_minimum_version 1.5.0
load common
load files

# asked NAME ADDRESS...: answers have named these.
asked()
{
	local address

	for address in "${@:2}"; do
		"$PINS" asked "$pins" "$1" "$address"
	done
}

@test "names that were learned" {
	new_rules_here
	refused 1 "names are not learned (run 'lsmctl set names on')" names
	collects_names '[]'
	asked www.example 192.0.2.2 2001:db8::1 192.0.2.1
	asked a.b.example 10.0.0.1
	asked example 10.0.0.2
	asked cut.example -
	try -t names
	diff - <(cut -f 1,2,5-7 "$out") <<-'END'
		a.b.example	10.0.0.1	1	0	-
		cut.example	-	-	1	-
		example	10.0.0.2	1	0	-
		www.example	192.0.2.1	1	0	-
		www.example	192.0.2.2	1	0	-
		www.example	2001:db8::1	1	0	-
	END
	grep -qP '^example\t10\.0\.0\.2\t1m(\d+s)?\t5[89]m(\d+s)?\t1\t0\t-$' "$out" || fail "$(<"$out")"
	names_of '*.example' 'a.b.example cut.example www.example www.example www.example'
	names_of '*.b.EXAMPLE.' a.b.example
	names_of EXAMPLE. example
	names_of 192.0.2.0/24 'www.example www.example'
	names_of 192.0.2.2 www.example
	names_of 2001:db8::1 www.example
	names_of other ''
	# All commands that take names offer them, when part of one is typed.
	[[ $(offered test ww) == www.example && $(offered allow w) == www.example && $(offered block cut.) == cut.example ]] ||
		fail "$(offered test ww; offered allow w)"
	[[ -z $(offered test '') ]] || fail 'offers all'
}

@test "names in rules, with the rules that their addresses have" {
	new_rules_here
	asked www.example 192.0.2.1
	asked a.www.example 192.0.2.2
	asked other.example 192.0.2.3
	done_well -q allow www.example port 443
	done_well -q block 198.51.100.1
	done_well -q block '*.www.example,www.example,gone.example,*.gone.example' errno EACCES
	done_well -q allow resolvers port 53
	try -t names
	diff - <(cut -f 1,2,7 "$out") <<-'END'
		*.gone.example	-	6
		a.www.example	192.0.2.2	3
		gone.example	-	5
		other.example	192.0.2.3	-
		www.example	192.0.2.1	1,4
	END
	try -j names www.example
	json "[(n['rules'], [a['rules'] for a in n['addresses']]) for n in d['names']] == [([1, 4], [[1, 4]])]"
	try -j names gone.example
	json "[(n['rules'], n['addresses']) for n in d['names']] == [([5], [])]"
	names_of '*.gone.example' '*.gone.example'
	names_of '*.example' '*.gone.example a.www.example gone.example other.example www.example'
	[[ $(offered names '' | xargs) == '*.gone.example a.www.example gone.example other.example www.example' ]] ||
		fail "$(offered names '')"
	done_well flush
	refused 1 'names are not learned' names
}

# names_of FILTER NAMES
names_of()
{
	try -t names "$1"
	[[ $status -eq 0 && $(cut -f 1 "$out" | xargs) == "$2" ]] || fail "$tried: $(<"$out")"
}

collects_names()
{
	try -j names
	json "d['names'] == $1"
}

@test "names that try to do harm" {
	new_rules_here
	asked '%1b%5b2J.%c3%a9%22%00.a%2eb' 192.0.2.1
	try -t names
	grep -q '^\\027\[2j\.\\195\\169"\\000\.a\\.b	' "$out" || fail "$(<"$out")"
	try -j names
	json "d['names'][0]['name'] == r'\\027[2j.\\195\\169\"\\000.a\\.b'"
}

@test "bad filters of names" {
	new_rules_here
	refused 1 "bad filter, near '': a name, '*.' and a name, an address or a prefix" names ''
	refused 1 "bad filter, near 'www.*.example'" names 'www.*.example'
	refused 1 "near '10.0.0.1/8'" names 10.0.0.1/8
	refused 1 "unexpected 'b'" names a b
}

@test "the word that stands for the name servers" {
	new_rules_here
	done_well set resolvers 192.0.2.53,2001:db8::53
	prints '+ allow resolvers port 53' allow resolvers port 53
	refused 1 "'allow resolvers port 53' exists already" allow resolvers port 53
	rules_are '1 allow resolvers port 53 (2 addresses now)'
	try -j list
	json "[d['rules'][0][k] for k in ('destination', 'prefix', 'family', 'addresses', 'private', 'port')] ==
		['resolvers', None, None, 2, False, 53]"
	done_well set resolvers 192.0.2.53
	rules_are '1 allow resolvers port 53 (1 address now)'
	try -t list resolvers
	[[ $(wc -l <"$out") -eq 1 ]] || fail "$(<"$out")"
	prints '+ block resolvers port 853 uid 7
+ block 192.0.2.1 port 853 uid 7' block resolvers,192.0.2.1 port 853 uid 7
	try save saved
	[[ $(grep resolvers saved | head -n 2) == $'set resolvers 192.0.2.53\nallow resolvers port 53' ]] || fail "$(<saved)"
	done_well flush
	done_well restore saved
	try save again
	cmp saved again || fail 'not the same'
	prints '- allow resolvers port 53' del resolvers port 53
	done_well -q undo
	refused 1 "'private' is for rules for names" allow resolvers private
	refused 2 "near 'resolvers': only a rule can be for whichever name servers there are" test resolvers
	[[ -n $(offered allow resolvers '') ]] || fail 'no clauses'
}

@test "the unit that asks again for names" {
	local units=${BATS_TEST_DIRNAME%/tests/cli}/cmd/systemd commands command status=0

	# What the service runs, without systemd.
	# shellcheck disable=SC2016 # for the shell that runs it
	mapfile -t commands < <(sed -n 's|^ExecStart=-*@sbindir@/lsmctl|"$LSMCTL"|p' "$units/lsmctl-names.service")
	[[ ${#commands[@]} -eq 2 ]] || fail 'other commands'
	sh -c "${commands[1]}" 2>/dev/null || status=$?
	grep -qx "SuccessExitStatus=$status" "$units/lsmctl-names.service" || fail "not loaded: $status"
	new_rules_here
	done_well -q set resolvers 255.255.255.255 # which nobody can ask
	done_well -q allow www.example,a.www.example,www.example:80
	done_well -q allow '*.b.example,resolvers'
	for command in "${commands[@]}"; do
		sh -c "$command" >"$out" 2>"$err" || fail "$command: $(<"$err")"
	done
	[[ $(<"$err") == *'no name server answered for a.www.example and 1 more: '* ]] || fail "$(<"$err")"
	try -j -n refresh --names
	json "d['asked'] == 2 and d['unanswered'] == [] and d['dry_run'] is True"
	done_well allow '*.c.example' # there is nothing to ask for
	[[ ! -s $err ]] || fail "$(<"$err")"
}

@test "as many names as fit, and no more" {
	new_rules_here 20000
	done_well -q set resolvers 255.255.255.255 # which nobody can ask
	seq -f 'allow n%.0f.example' 10000 >names
	done_well -q restore names
	refused 2 "too many names in rules: 10001, and at most 10000 (more room: 'lsmctl unload'" block more.example
	done_well -q block n7.example port 25
	seq -f 'allow m%.0f.example' 10000 >names
	done_well -q restore names # all others
	[[ $("$LSMCTL" -t list | wc -l) -eq 10000 ]] || fail 'not all'
	echo 'allow more.example' >>names
	refused 2 'too many names in rules: 10001' restore names
	[[ $("$LSMCTL" -t list | wc -l) -eq 10000 ]] || fail 'changed'
}

@test "how long names are kept" {
	new_rules_here
	prints 'name-keep 5m,1d' set name-keep 5m
	refused 1 'name-keep is 5m already' set name-keep 5m
	prints 'name-keep 2d,2d' set name-keep 2d
	done_well -q set name-keep 90,2m
	try save saved
	grep -qx 'set name-keep 1m30s,2m' saved || fail "$(<saved)"
	try -j status
	json "d['name_keep'] == '1m30s,2m'"
	try status
	grep -qE '^name-keep +1m30s,2m$' "$out" || fail "$(<"$out")"
	try -j set name-keep 1h,1d
	json "d['name_keep'] == '1h,1d'"
	refused 1 'name-keep is 1h already' set name-keep 1h
	done_well -q undo
	try -n restore --reset-settings --allow-empty /dev/null
	grep -qx -- '+ set name-keep 1h,1d' "$out" || fail "$(<"$out")"
	done_well -q restore saved
	try -j status
	json "d['name_keep'] == '1m30s,2m'"
}

@test "name servers" {
	new_rules_here
	done_well set resolvers 192.0.2.53,2001:db8::53
	try save
	grep -qx 'set resolvers 192.0.2.53,2001:db8::53' "$out" || fail "$(<"$out")"
	refused 1 'resolvers is 192.0.2.53,2001:db8::53 already' set resolvers 192.0.2.53,2001:db8::53
	done_well -q set resolvers auto
	try save saved
	done_well -q undo
	try -n restore saved
	grep -qx -- '- set resolvers 192.0.2.53,2001:db8::53' "$out" || fail "$(<"$out")"
	grep -qx -- '+ set resolvers auto' "$out" || fail "$(<"$out")"
	try -j status
	json "d['resolvers'] == '192.0.2.53,2001:db8::53' and d['learn_names'] == 'off' and d['learned'] is None"
	refused 1 "--resolvers and a set, near 'web'" refresh --resolvers web
	try -j refresh --resolvers -n
	json "d['dry_run'] is True"
}

# opens LIBRARIES ARG...: the libraries for names that lsmctl opens meanwhile.
opens()
{
	local wanted=$1

	shift
	LD_DEBUG=libs LD_DEBUG_OUTPUT=$BATS_TEST_TMPDIR/opened "$LSMCTL" "$@" >"$out" 2>"$err" || :
	run -0 sed -nE 's/.*find library=(lib(idn2|psl|resolv))\..*/\1/p' "$BATS_TEST_TMPDIR"/opened.*
	rm "$BATS_TEST_TMPDIR"/opened.*
	[[ $(sort -u <<<"$output" | xargs) == "$wanted" ]] || fail "lsmctl $* opens: $output"
}

@test "libraries for names are opened when a name is given that needs them" {
	ldd "$LSMCTL" >/dev/null || return 0 # a static one opens none
	new_rules_here
	done_well -q set resolvers 192.0.2.53
	opens '' status
	opens libidn2 -n block bücher.example
	opens 'libidn2 libpsl' -n block '*.example.org'
	done_well -q block '*.example.org'
	for command in status list 'list 192.0.2.1' save 'test 192.0.2.1' 'block 192.0.2.1' stats names; do
		# shellcheck disable=SC2086 # words
		opens '' $command
	done
}
