#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# stats as metrics, and again and again. What is counted on a real kernel is for tests/kernel.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# metrics EXPRESSION: what the last one wrote are metrics, for which it holds: see exposition.py.
metrics()
{
	"$PYTHON" "$BATS_TEST_DIRNAME/exposition.py" "$out" "$1" 2>"$BATS_TEST_TMPDIR/python" ||
		fail "$tried: $(tail -n 1 "$BATS_TEST_TMPDIR/python")"
}

# on_screen SCRIPT ARGUMENT...: lsmctl on a terminal, and the script at its keys: see screen.py.
on_screen()
{
	local script=$1

	shift
	tried="lsmctl $* on a terminal"
	"$PYTHON" "$BATS_TEST_DIRNAME/screen.py" "$script" "$LSMCTL" "$@" 2>"$BATS_TEST_TMPDIR/python" ||
		fail "$tried: $(tail -n 1 "$BATS_TEST_TMPDIR/python")"
}

# follow ARGUMENT...: starts `lsmctl stats --interval 1` with a file to write to, as process $follower.
follow()
{
	tried="lsmctl stats --interval 1 $*"
	: >"$out"
	"$LSMCTL" stats --interval 1 "$@" >>"$out" 2>"$err" 3>&- &
	follower=$!
}

# until_has N PATTERN: waits until it has written so many such lines.
until_has()
{
	for ((i = 0; i < 600; i++)); do
		[[ $(grep -c -e "$2" "$out") -lt $1 ]] || return 0
		sleep 0.05
	done
	fail "$tried: there are not $1 of $2"
}

ends_with()
{
	for ((i = 0; i < 600; i++)); do
		kill -0 "$follower" 2>/dev/null || break
		sleep 0.05
	done
	[[ $i -lt 600 ]] || fail "$tried: does not end"
	status=0
	wait "$follower" || status=$?
	[[ $status -eq $1 ]] || fail "$tried: exit status $status, not $1"
}

teardown()
{
	[[ -z ${follower-} ]] || kill "$follower" 2>/dev/null || true
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "metrics: nothing is loaded, which is no failure" {
	done_well stats --prometheus
	metrics "m('loaded') == 0 and names == {'lsmctl_loaded', 'lsmctl_in_force', 'lsmctl_build_info'}"
	metrics "m('build_info', version='$("$LSMCTL" version | awk 'NR == 1 { print $2 }')') == 1"
	done_well stats --prometheus --top 3
	metrics "m('loaded') == 0"
}

@test "metrics: what does not go together" {
	refused 1 'leave out --interval' stats --prometheus --interval 1
	refused_json 1 usage -j stats --prometheus
	refused_json 1 usage -p stats --prometheus
}

@test "metrics: pins that cannot be read are an error, and not a policy that is not loaded" {
	new_rules
	"$PINS" set "$pins" layout 9999
	refused 2 'another version of lsmctl' stats --prometheus
	"$PINS" set "$pins" magic 1
	refused 2 '' stats --prometheus
}

@test "metrics: rules, sets, settings and decisions" {
	new_rules 50
	done_well -q block 1.1.1.1,1.1.1.2,2001:db8::/32 set feed
	done_well -q allow 10.0.0.0/8 set more
	done_well -q audit any port 25
	"$PINS" hit "$pins" 0 5
	"$PINS" hit "$pins" 1 7
	"$PINS" hit "$pins" 4 11
	done_well -q set mode audit
	done_well stats --prometheus
	metrics "m('loaded') == 1 and m('rules_max') == 50 and m('policy_info', attach='lsm', version='0.0.0') == 1"
	metrics "[m('rules', verdict=v) for v in ('allow', 'block', 'audit')] == [1, 3, 2]"
	metrics "[m('decisions_total', hook='socket_sendmsg', verdict=v) for v in ('allow', 'block', 'audit')] == [0, 23, 0]"
	metrics "all('set_rules') == [({'set': ''}, 2), ({'set': 'feed'}, 3), ({'set': 'more'}, 1)]"
	metrics "all('set_hits') == [({'set': ''}, 11), ({'set': 'feed'}, 12), ({'set': 'more'}, 0)]"
	metrics "[m(n) for n in ('enforcing', 'default_block', 'strict', 'backstop', 'answers')] == [0, 0, 0, 0, 1]"
	metrics "[m(n) for n in ('watchers', 'learners', 'events_lost_total', 'exes_refused_total', 'runs', 'runs_left_over')] == [0] * 6"
	metrics "m('program_attached', hook='socket_connect') == 0 and m('program_attached', hook='egress') is None"
	metrics "abs(m('load_timestamp_seconds') - $(date +%s)) < 600"
	metrics "'lsmctl_rule_hits_total' not in names"
	done_well -q set mode enforce
	done_well -q set default block
	done_well -q set strict on
	done_well stats --prometheus
	metrics "[m(n) for n in ('enforcing', 'default_block', 'strict', 'backstop', 'answers')] == [1, 1, 1, 0, 1]"
	metrics "m('rules', verdict='allow') == 3"
}

@test "metrics: rules that are gone do not count" {
	new_rules
	done_well -q block 1.1.1.1,1.1.1.2,1.1.1.3 set feed
	done_well -q block 1.1.1.4 timeout 1s
	"$PINS" hit "$pins" 0 5
	"$PINS" hit "$pins" 1 7
	"$PINS" hit "$pins" 3 9
	done_well -q del 1.1.1.1 set feed
	for ((i = 0; i < 600; i++)); do
		done_well -t list
		grep -q 1.1.1.4 "$out" || break
		sleep 0.05
	done
	done_well stats --prometheus --top 9
	metrics "all('set_rules') == [({'set': 'feed'}, 2)] and all('set_hits') == [({'set': 'feed'}, 7)]"
	metrics "all('rule_hits_total') == [({'id': '2', 'verdict': 'block', 'destination': '1.1.1.2/32', 'set': 'feed'}, 7)]"
	metrics "m('rules', verdict='block') == 2"
	done_well -q flush
	done_well stats --prometheus
	metrics "all('set_rules') == [] and m('rules', verdict='block') == 0"
}

@test "metrics: the rules with the most hits, where they are asked for" {
	new_rules
	done_well -q block 10.0.0.0-10.0.0.15,10.0.0.17,10.0.0.19,2001:db8::1
	for slot in 0 1 2 3; do
		"$PINS" hit "$pins" "$slot" $((10 + slot * 7 % 4))
	done
	done_well stats --prometheus --top 3
	# 10, 13, 12, 11
	metrics "[(int(l['id']), v) for l, v in all('rule_hits_total')] == [(2, 13), (3, 12), (4, 11)]"
	metrics "m('rule_hits_total', id='4', verdict='block', destination='2001:db8::1/128', set='') == 11"
	done_well stats --prometheus --top 1
	metrics "[(int(l['id']), v) for l, v in all('rule_hits_total')] == [(2, 13)]"
	done_well stats --prometheus --top 100
	metrics "[(int(l['id']), v) for l, v in all('rule_hits_total')] == [(2, 13), (3, 12), (4, 11), (1, 10)]"
}

@test "metrics: names that lsmctl would not have taken" {
	# shellcheck disable=SC1003 # it ends with a backslash
	local names=($'a"b\\n' $'two\nlines' $'\e[2J\a' 'back\' '",x="' $'\xff\xfe' $'\u202eabc' $'\x01' '\x01' \
		0123456789012345678901234567890123456789 "$(printf 'y%.0s' {1..32})z" é)

	new_rules
	for i in "${!names[@]}"; do
		done_well -q block "10.0.0.$i" set "s$i"
		"$PINS" hit "$pins" "$i" 1
	done
	for i in "${!names[@]}"; do
		"$PINS" name "$pins" $((i + 1)) "${names[i]}"
	done
	done_well stats --prometheus --top 100
	metrics "sum(v for _, v in all('set_rules')) == ${#names[@]} and len(all('rule_hits_total')) == ${#names[@]}"
	metrics "m('set_hits', set='two\\\\x0alines') == 1 and m('set_hits', set='a\"b\\\\n') == 1"
	# These two look the same, and so are one.
	metrics "m('set_hits', set='\\\\x01') == 2 and m('set_rules', set='\\\\x01') == 2 and m('set_rules', set='é') == 1"
	passes_promtool
}

passes_promtool()
{
	local promtool

	promtool=$(type -P promtool || echo "${LSMCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lsmctl}/promtool")
	[[ -x $promtool ]] || skip 'needs promtool'
	"$promtool" check metrics <"$out" >"$BATS_TEST_TMPDIR/promtool" 2>&1 || fail "$(<"$BATS_TEST_TMPDIR/promtool")"
	[[ ! -s $BATS_TEST_TMPDIR/promtool ]] || fail "$(<"$BATS_TEST_TMPDIR/promtool")"
}

@test "metrics: what promtool says" {
	done_well stats --prometheus
	passes_promtool
	new_rules
	done_well -q block 1.1.1.1 set feed
	"$PINS" hit "$pins" 0 5
	done_well stats --prometheus --top 5
	passes_promtool
}

@test "the unit for the textfile collector" {
	local units=${BATS_TEST_DIRNAME%/tests/cli}/cmd/systemd directory=$BATS_TEST_TMPDIR/node-exporter command

	# What the service runs, without systemd: ${DIRECTORY} is its own.
	# shellcheck disable=SC2016 # for the shell that runs it
	command=$(sed -n 's|^ExecStart=@sbindir@/lsmctl|"$LSMCTL"|p' "$units/lsmctl-metrics.service")
	[[ -n $command ]] || fail 'no command'
	mkdir "$directory"
	DIRECTORY=$directory sh -c "$command"
	[[ $(ls -A "$directory") == lsmctl.prom && $(stat -c %a "$directory"/*) == 644 ]] || fail "$(ls -lA "$directory")"
	cp "$directory/lsmctl.prom" "$out"
	metrics "m('loaded') == 0"
	# What cannot be read leaves what was there.
	new_rules
	"$PINS" set "$pins" layout 9999
	! DIRECTORY=$directory sh -c "$command" 2>/dev/null || fail 'it succeeds'
	cmp "$directory/lsmctl.prom" "$out"
	[[ $(ls -A "$directory") == lsmctl.prom ]] || fail "left over: $(ls -A "$directory")"
	refused 1 '--into needs --prometheus: add --prometheus, or leave out --into' stats --into x
}

@test "interval: away from a terminal, a table each time, until it is unloaded" {
	new_rules
	done_well -q block 1.1.1.1,1.1.1.2
	"$PINS" hit "$pins" 0 5
	follow
	until_has 2 '^blocked    5'
	"$PINS" hit "$pins" 1 2
	until_has 1 '^blocked    7'
	"$LSMCTL" -q unload
	ends_with 3
	[[ $(<"$err") == 'lsmctl: the policy was unloaded' ]] || fail 'does not say why'
	! grep -q '[[:cntrl:]]' "$out" || fail 'control characters'
	[[ $(grep -c '^DECISIONS  TOTAL  PER SECOND$' "$out") -ge 3 ]] || fail 'no tables'
	# A rule with hits in the interval comes before a rule with more hits.
	awk '/^blocked    7 / && !seen { seen = 1; n = NR } n && NR == n + 4 { print $NF; exit }' "$out" | grep -qx 1.1.1.2 ||
		fail 'the order'
	awk '/^blocked    7 / { exit $3 == "-" || $3 <= 0 }' "$out" || fail 'no rate'
	[[ $(awk '/^blocked/ { print $3; exit }' "$out") == - ]] || fail 'a rate before there is one'
}

@test "interval: as many rules as are worth reading, unless it is said how many" {
	new_rules 1000
	"$PYTHON" -c 'for i in range(600): print(f"10.0.{i >> 8}.{i & 255}")' >"$BATS_TEST_TMPDIR/rules"
	done_well -q restore "$BATS_TEST_TMPDIR/rules"
	"$PINS" hit "$pins" all 3
	follow
	until_has 2 '^DECISIONS'
	kill "$follower"
	ends_with 0
	[[ $(awk '/^DECISIONS/ { n++ } n == 1 && / block 10/' "$out" | wc -l) -eq 512 ]] || fail 'not 512'
	follow --top 550
	until_has 2 '^DECISIONS'
	kill "$follower"
	ends_with 0
	[[ $(awk '/^DECISIONS/ { n++ } n == 1 && / block 10/' "$out" | wc -l) -eq 550 ]] || fail 'not 550'
}

@test "interval: objects, one a line" {
	new_rules
	done_well -q block 1.1.1.1,1.1.1.2
	"$PINS" hit "$pins" 0 5
	follow -j --top 1
	until_has 2 '^{"schema":2,"decisions".*}$'
	"$LSMCTL" -q unload
	ends_with 3
	[[ ! -s $err ]] || fail 'something on standard error'
	"$PYTHON" - "$out" <<-'END'
		import json, sys
		*read, last = [json.loads(line) for line in open(sys.argv[1])]
		assert len(read) >= 2 and all(d["decisions"]["blocked"] == 5 for d in read), read
		assert all([rule["id"] for rule in d["rules"]] == [1] for d in read), read
		assert last == {"schema": 2, "error": {"code": "not_loaded", "message": "the policy was unloaded"}}, last
	END
}

@test "interval: another policy in the place of the one that was there" {
	new_rules
	follow
	until_has 1 '^blocked'
	mkdir -m 0700 "$pins-link"
	"$PINS" make "$LSMCTL_OBJECT" "$pins-link" 100
	# Both at once, under the lock that it takes too.
	# shellcheck disable=SC2016 # for that shell
	flock "$pins" sh -c 'rm "$1"/* && mv "$2"/* "$1"' - "$pins" "$pins-link"
	rmdir "$pins-link"
	ends_with 3
	[[ $(<"$err") == 'lsmctl: the policy was unloaded' ]] || fail 'does not say why'
}

@test "interval: interrupted, it ends well" {
	new_rules
	for signal in INT TERM HUP; do
		follow
		until_has 1 '^audited'
		kill "-$signal" "$follower"
		ends_with 0
		[[ ! -s $err ]] || fail 'something on standard error'
	done
}

@test "interval: nothing is loaded" {
	refused 3 "not loaded (run 'lsmctl load')" stats --interval 1
	on_screen 'assert "not loaded" in ends(3)' stats --interval 1
}

@test "interval: on a terminal, in place" {
	new_rules
	done_well -q block 10.0.0.0-10.0.0.255,10.1.0.1,10.1.0.2,10.1.0.3
	for slot in 1 2 3; do
		"$PINS" hit "$pins" "$slot" "$slot"
	done
	on_screen "
run = globals()['run']
lines = shows('every 1 s', '(q ends)', 'blocked    6', 'PER SECOND  HITS')
assert [l.split()[-1] for l in lines if 'block 10.1' in l] == ['10.1.0.3', '10.1.0.2', '10.1.0.1'], lines
assert reads_keys()
run('$PINS', 'hit', '$pins', '1', '90')
lines = shows('blocked    96')
assert [l.split()[-1] for l in lines if 'block 10.1' in l] == ['10.1.0.1', '10.1.0.3', '10.1.0.2'], lines
press(b'x\x1b[A')
size(10, 40)
lines = shows('blocked    96', ' 3     20')
assert len(lines) == 10 and max(map(len, lines)) == 40 and ' 90    20' in lines[8], lines
size(4, 20)
shows('allowed')
size(40, 100)
lines = shows('10.1.0.2', 'audited')
assert not any(lines[11:]), lines
press(b'q')
assert ends(0) == '\r\n'
" stats --interval 1
}

@test "interval: a window with room for some of the rules" {
	local slots=()

	new_rules
	printf '10.0.0.%s\n' {1..90} >"$BATS_TEST_TMPDIR/rules"
	done_well -q restore "$BATS_TEST_TMPDIR/rules"
	mapfile -t slots < <(seq 0 89)
	for slot in "${slots[@]}"; do
		"$PINS" hit "$pins" "$slot" $((slot + 1))
	done
	on_screen "
lines = shows('block 10.0.0.90', 'block 10.0.0.75')
assert len(lines) == 24 and lines[23].endswith('block 10.0.0.75'), lines
size(50, 80)
lines = shows('block 10.0.0.49')
assert lines[49].endswith('block 10.0.0.49'), lines
size(12, 80)
shows('block 10.0.0.87')
press(b'\x03')
ends(0)
" stats --interval 86400
	on_screen "
lines = shows('block 10.0.0.88')
assert sum('block 10' in line for line in lines) == 3, lines
press(b'\x04')
ends(0)
" stats --interval 1 --top 3
}

@test "interval: on a terminal, however it ends" {
	new_rules
	for signal in TERM HUP INT; do
		on_screen "shows('audited'); import signal; os.kill(pid, signal.SIG$signal); ends(0)" stats -i 86400
	done
	# No process could continue a program in its own session, so it does not stop.
	on_screen "shows('audited'); press(b'\x1a'); entered(2); shows('audited'); press(b'Q'); ends(0)" stats -i 86400
	on_screen "shows('audited'); run('$LSMCTL', 'unload'); assert 'the policy was unloaded' in ends(3)" stats -i 1
}

@test "interval: a terminal that is not to be drawn on" {
	new_rules
	"$PYTHON" - "$LSMCTL" <<-'END'
		import os, pty, subprocess, sys
		for words, term in (["-t", "stats"], "xterm"), (["-j", "stats"], "xterm"), (["stats"], "dumb"), (["stats"], ""):
		    ours, theirs = pty.openpty()
		    with subprocess.Popen([sys.argv[1], *words, "-i", "1"], stdin=theirs, stdout=theirs,
		                          env=dict(os.environ, TERM=term, NO_COLOR="1")) as program:
		        os.close(theirs)
		        seen = b""
		        while seen.count(b"audited") < 2:
		            seen += os.read(ours, 4096)
		        program.terminate()
		    assert b"\033" not in seen and program.returncode == 0, (words, term, seen)
		    os.close(ours)
	END
}
