#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=slow
# What is written where: errors as JSON, outputs that cannot be written, other people's text.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# Every command, with words that are right.
right=(
	'status' 'unload' 'set default block' 'set mode audit' 'add 1.1.1.1' 'add allow any' 'block 1.1.1.1' 'allow ::1'
	'audit lan' 'del 1.1.1.1' 'del id 1' 'flush' 'list' 'list block any' 'stats' 'stats --top 3 -i 1'
)

@test "not loaded: status 3, and the hint" {
	for words in "${right[@]}"; do
		[[ $words != status ]] || continue
		# shellcheck disable=SC2086
		refused 3 "lsmctl: not loaded (run 'lsmctl load')" $words
		# shellcheck disable=SC2086
		refused 3 "not loaded (run 'lsmctl load')" $words --dry-run
		# shellcheck disable=SC2086
		refused_json 3 not_loaded $words -j
		json "'lsmctl load' in d['error']['message']"
	done
}

@test "not loaded is what status was asked for: standard output" {
	try status
	[[ $status -eq 3 && ! -s $err && $(<"$out") == "not loaded (run 'lsmctl load')" ]] || fail "$tried: $status"
	try -j status
	[[ $status -eq 3 && ! -s $err ]] || fail "$tried: $status"
	json "d == {'schema': 2, 'loaded': False}"
	try -q status
	[[ $status -eq 3 && ! -s $err && ! -s $out ]] || fail "$tried: $status"
}

@test "unload is content when nothing is loaded and --exist was said" {
	done_well -e unload
	done_well unload --exist -j
	json "d == {'schema': 2, 'loaded': False}"
	done_well -qe unload
	[[ ! -s $out ]] || fail 'not quiet'
}

@test "errors as JSON, with the status they have as text" {
	refused_json 1 usage -j
	refused_json 1 usage -j lis
	refused_json 1 usage -j list --nosuch
	refused_json 1 usage -j load --default deny
	refused_json 1 usage -j block
	refused_json 1 usage -j set mode off
	refused_json 1 bad_input -j block 1.1.1
	refused_json 1 bad_input -j block 1.1.1.1 errno EAGAIN
	refused_json 1 bad_input block 1.1.1.1 comment $'\n' -j
	refused_json 1 bad_input -j del id x
	refused_json 3 not_loaded -j list
	json "d['error']['message'] == \"not loaded (run 'lsmctl load')\""
}

@test "-j behind the mistake" {
	refused_json 1 usage lis -j
	refused_json 1 usage --nosuch list --json
	refused_json 1 usage list --nosuch -qj
	refused_json 1 usage list --nosuch --pretty
	refused 1 'unknown command' lis -- -j
}

@test "pretty is JSON over several lines" {
	try -p list
	[[ $status -eq 3 && $(wc -l <"$out") -gt 3 ]] || fail "$tried: $status"
	json "d['error']['code'] == 'not_loaded'"
	try list --pretty
	json "d['error']['code'] == 'not_loaded'"
	done_well version -p
	json "d['schema'] == 2"
	[[ $(wc -l <"$out") -gt 2 ]] || fail 'one line'
}

# Text that would act on a terminal, or lie to a reader.
nasty=(
	$'\e[2J\e]0;title\a' $'two\nlines' $'\r\b\b\bhidden' $'\x7f' $'\xff\xfe' $'caf\xe9' $'\xc2\x9b2J' $'\u202eabc'
	$'\u2066x\u2069' $'a\u200bb' $'\xed\xa0\x80' $'tab\t'
)

# As the word X: in every place where a person's text can stand.
places=(
	'X' 'help X' 'X list' 'list --X' '--X list' 'load --default X' 'load --mode=X' 'load --attach X' 'load --max-rules X'
	'stats --interval X' 'stats --top X' 'set X block' 'set mode X' 'add X 1.1.1.1' 'block X' 'block 1.1.1.1,X' 'block X/8'
	'block 1.1.1.1-X' 'block 1.1.1.1/X' 'block 1.1.1.1 X' 'block 1.1.1.1 errno X' 'block 1.1.1.1 comment X' 'del X'
	'del id X' 'del 1.1.1.1 X' 'list X' 'list block X' 'status X' 'load X' '--quiet=X list' '--pin-dir X/y load'
)

@test "other people's text reaches no terminal as it is" {
	for text in "${nasty[@]}"; do
		for place in "${places[@]}"; do
			read -ra words <<<"$place"
			refused 1 '' "${words[@]//X/$text}"
		done
	done
}

@test "other people's text is valid JSON" {
	for text in "${nasty[@]}" '"' \\ '","x":"' $'\U1F525' é; do
		for place in "${places[@]}"; do
			read -ra words <<<"$place"
			try -j "${words[@]//X/$text}"
			[[ $status -ne 0 && ! -s $err ]] || continue
			cat "$out" >>"$BATS_TEST_TMPDIR/all"
		done
	done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/all") -gt 400 ]] || fail 'too few documents'
	"$PYTHON" - "$BATS_TEST_TMPDIR/all" <<'END'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    d = json.loads(line)
    assert d["schema"] == 2 and d["error"]["message"].isprintable(), line
END
}

@test "the environment's text too" {
	for text in "${nasty[@]}"; do
		LSMCTL_PIN_DIR="$text/y" refused 1 '' load
		LSMCTL_PIN_DIR="/proc/self/cwd/$text/y" try list
		one_line "$err"
	done
}

@test "a closed or full standard output is an error" {
	for words in help 'help load' -V version '-jV' 'load' 'block 1.1.1.1' 'unload' 'flush' 'del 1.1.1.1' \
		'set default block' '-e unload' '-j -e unload'; do
		for where in '>&-' '>/dev/full'; do
			try_shell "\"\$LSMCTL\" $words $where"
			was_refused 2 'cannot write to standard output: '
		done
	done
}

@test "an error that could not be told as JSON keeps its status" {
	for where in '>&-' '>/dev/full'; do
		try_shell "\"\$LSMCTL\" -j list $where"
		was_refused 3 'cannot write to standard output: '
		try_shell "\"\$LSMCTL\" -j block 1.1.1 $where"
		was_refused 1 'cannot write to standard output: '
	done
}

@test "errors do not mind a standard output that is not there" {
	for where in '>&-' '>/dev/full'; do
		try_shell "\"\$LSMCTL\" list $where"
		was_refused 3 'not loaded'
		try_shell "\"\$LSMCTL\" lis $where"
		was_refused 1 'did you mean'
	done
}

@test "a reader that has gone is an error" {
	"$PYTHON" - "$LSMCTL" <<'END'
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
# Python ignores SIGPIPE, and so does what it runs: the write itself fails.
done = subprocess.run([sys.argv[1], "help"], stdout=write, stderr=subprocess.PIPE, restore_signals=False)
assert done.returncode == 2 and b"cannot write to standard output: " in done.stderr, done
END
}

# shellcheck disable=SC2016 # for the shell that try_shell runs
@test "standard error and input may be closed" {
	try_shell '"$LSMCTL" lis 2>&-'
	[[ $status -eq 1 && ! -s $out ]] || fail "$tried: $status"
	try_shell '"$LSMCTL" help 2>&-'
	[[ $status -eq 0 && -s $out ]] || fail "$tried: $status"
	try_shell '"$LSMCTL" help >/dev/full 2>&-'
	[[ $status -eq 2 ]] || fail "$tried: $status"
	try_shell '"$LSMCTL" -j list <&-'
	[[ $status -eq 3 && -s $out ]] || fail "$tried: $status"
	try_shell '"$LSMCTL" list <&- >&- 2>&-'
	[[ $status -eq 3 ]] || fail "$tried: $status"
}

@test "no colour away from a terminal" {
	for words in help status version; do
		# shellcheck disable=SC2086
		try $words
		! grep -q $'\e' "$out" || fail 'an escape sequence'
	done
}
