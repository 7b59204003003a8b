#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# load where it cannot be: refused in one line, and nothing is left behind. No test here ever loads a policy.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# Should a refusal not come after all, what was loaded goes at once.
teardown()
{
	if [[ -n ${pins-} ]]; then
		"$LSMCTL" --pin-dir "$pins" -qe unload || true
		rm -rf "$pins"
	fi
}

# The pin directory is empty: no link, no map.
left_nothing()
{
	[[ ! -d $pins || -z $(ls -A "$pins") ]] || fail "left in $pins: $(ls -A "$pins")"
}

@test "without the capabilities" {
	new_pin_dir
	for words in load 'load --default block' 'load --attach auto' 'load --mode audit --max-rules 100' '-q load'; do
		# shellcheck disable=SC2086
		without_capabilities --pin-dir "$pins" $words --no-mount
		# On a kernel that lacks something, the message names it.
		[[ $(<"$err") == *CONFIG_* || $(<"$err") == *lsm=* || $(<"$err") == *"BPF LSM is not active"* ]] ||
			was_refused 2 'CAP_BPF'
		was_refused 2 ''
		left_nothing
	done
	without_capabilities --pin-dir "$pins" -j load --no-mount
	[[ $status -eq 2 && ! -s $err ]] || fail "$tried: $status"
	json "d['error']['code'] in ('permission', 'unsupported')"
	refused 3 'not loaded' --pin-dir "$pins" list
}

@test "--exist does not turn a refusal into a success" {
	new_pin_dir
	without_capabilities --pin-dir "$pins" -e load --no-mount
	was_refused 2 ''
}

@test "where something else is in the directory" {
	new_pin_dir
	mkdir "$pins/something"
	without_capabilities --pin-dir "$pins" load --no-mount
	was_refused 2 "$pins/something is not lsmctl's: remove it"
	[[ -d $pins/something ]] || fail 'removed it'
	refused 3 'not loaded' --pin-dir "$pins" unload
	[[ -d $pins/something ]] || fail 'removed it'
}

@test "a kernel that refuses is told in one line" {
	new_pin_dir
	[[ -x $(type -P "${BPFTOOL:-bpftool}") ]] || skip 'needs bpftool, to see whether this kernel refuses'
	if "$BPFTOOL" prog load "${LSMCTL_OBJECT:?}" "$pins/probe" >/dev/null 2>&1; then
		skip 'this kernel takes the programs'
	fi
	refused 2 '' --pin-dir "$pins" load --no-mount
	left_nothing
	try --pin-dir "$pins" -j load --no-mount
	[[ $status -eq 2 && ! -s $err ]] || fail "$tried: $status"
	json "d['error']['code'] in ('permission', 'unsupported', 'system')"
	left_nothing
	refused 3 'not loaded' --pin-dir "$pins" status -q 2>/dev/null || [[ $status -eq 3 ]]
}

@test "--debug lets libbpf speak" {
	new_pin_dir
	without_capabilities --pin-dir "$pins" load --no-mount --debug
	[[ $status -eq 2 ]] || fail "$tried: $status"
	grep -q CONFIG_ "$err" || grep -q lsm= "$err" || [[ $(wc -l <"$err") -gt 1 ]] || fail 'nothing from libbpf'
	[[ $(tail -n 1 "$err") == 'lsmctl: '* ]] || fail 'no last word'
}

@test "a dry run changes nothing" {
	new_pin_dir
	try --pin-dir "$pins/below" load -n
	[[ $status -eq 0 || $status -eq 2 ]] || fail "$tried: $status"
	try --pin-dir "$pins" load -n
	[[ $status -eq 0 || $status -eq 2 ]] || fail "$tried: $status"
	left_nothing
	[[ $status -ne 0 || $(<"$out") == 'would load' ]] || fail "$tried"
	try --pin-dir "$pins" -jn load
	json "d['schema'] == 2"
}

@test "a dry run reads the file, and finds what would be wrong with it" {
	new_pin_dir
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' 'block 1.1.1.1' 'allow 1.1.1.1' 'set default block' >twice
	refused 1 "twice:2: conflicts with line 1, near 'allow 1.1.1.1'" --pin-dir "$pins" -n load --file twice
	printf 'block %s\n' 1.1.1.1 1.1.1.2 1.1.1.3 >three
	refused 2 'no room: 0 of 2 rules are used and 3 more are wanted' --pin-dir "$pins" -n load --max-rules 2 --file three
	printf 'allow %s\n' a.example '*.a.example' b.example >names
	refused 2 "too many names in rules: 3, and at most 2 (more room: 'lsmctl unload', then 'lsmctl load --max-names N')" \
		--pin-dir "$pins" -n load --max-names 2 --file names
	{ seq -f 'block any4 port %.0f' 100; seq -f 'block 1.1.1.1 port %.0f' 100; } >steps
	refused 2 'more than 128 rules could match' --pin-dir "$pins" -n load --file steps
	for file in three twice; do
		sed -i 2d "$file"
		try --pin-dir "$pins" -n load --max-rules 2 --file "$file"
		[[ $status -eq 2 && $(<"$err") != *"$file"* || $(<"$out") == 'would load' ]] || fail "$tried: $status"
	done
	left_nothing
}
