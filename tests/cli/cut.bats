#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# connections and cut, as far as they go without a policy: whatever is open stays so.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# refuses STATUS CODE PART ARG...: one line on standard error, and an error object in JSON.
refuses()
{
	try "${@:4}"
	[[ $status -eq $1 ]] || fail "$tried: exit status $status, not $1"
	one_line "$err"
	[[ $(<"$err") == *"$3"* ]] || fail "$tried: does not say: $3"
	try -j "${@:4}"
	[[ $status -eq $1 ]] || fail "$tried: exit status $status, not $1"
	[[ $(<"$out") == '{"schema":2,"error":{"code":"'"$2"'",'* ]] || fail "$tried: not the error object"
}

@test "without a policy nothing is shown and nothing is closed" {
	refuses 3 not_loaded "run 'lsmctl load'" connections
	refuses 3 not_loaded "run 'lsmctl load'" connections refused 192.0.2.1
	refuses 3 not_loaded "run 'lsmctl load'" cut
	refuses 3 not_loaded "run 'lsmctl load'" cut -n 192.0.2.1
	refuses 3 not_loaded "run 'lsmctl load'" block --cut 192.0.2.1
	printf 'block 192.0.2.1 --cut\n' >"$BATS_TEST_TMPDIR/batch"
	try batch "$BATS_TEST_TMPDIR/batch"
	[[ $status -eq 3 && $(<"$err") == *'batch:1: not loaded'* ]] || fail "$tried: not refused"
}

@test "words that are none of a connection's are refused before anything is done" {
	refuses 1 usage "near 'set'" cut any set feed
	refuses 1 usage "near 'set'" connections set feed
	refuses 1 bad_input "near '70000'" cut any port 70000
	refuses 1 bad_input "near 'nobody-has-this'" connections uid nobody-has-this
	refuses 1 usage "near 'errno'" cut any errno EPERM
	refuses 1 usage "near 'block'" cut block 192.0.2.1
	refuses 1 bad_input "near 'refused'" connections 192.0.2.1,refused
}

@test "--cut cannot be tried" {
	local command
	for command in 'block 192.0.2.1' 'set default block' 'restore /dev/null' confirm; do
		# shellcheck disable=SC2086 # words
		refuses 1 usage 'lsmctl connections' -n $command --cut
	done
}
