#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# lock and unlock, as far as they go without programs: what they refuse before anything is done.

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

@test "what may unlock it must be said" {
	refuses 1 usage "type 'lsmctl lock --key-file FILE'" lock
	refuses 1 usage 'leave one out' lock --until-reboot --key-file x
	refuses 1 usage '--create needs --key-file FILE' lock --create
	refuses 1 usage '--create needs --key-file FILE' lock --create --until-reboot
	refuses 1 usage "near '-'" lock --create --key-file -
	refuses 1 usage "type 'lsmctl unlock --key-file FILE'" unlock
	refuses 1 usage "unexpected 'now'" lock now
	refuses 1 usage 'no dry run' -n unlock --key-file "$(a_key)"
}

# a_key: the path of one.
a_key()
{
	printf '%064d\n' 1 >"$BATS_TEST_TMPDIR/key"
	chmod 0600 "$BATS_TEST_TMPDIR/key"
	echo "$BATS_TEST_TMPDIR/key"
}

@test "without a policy nothing is locked, and no key is made" {
	refuses 3 not_loaded "run 'lsmctl load'" lock --until-reboot
	refuses 3 not_loaded "run 'lsmctl load'" lock --key-file "$BATS_TEST_TMPDIR/new" --create
	[[ ! -e $BATS_TEST_TMPDIR/new ]] || fail 'a key was made'
	refuses 3 not_loaded "run 'lsmctl load'" unlock --key-file "$(a_key)"
}

@test "a file that is no key is refused" {
	local key
	key=$(a_key)
	refuses 1 bad_input 'no such file' unlock --key-file "$BATS_TEST_TMPDIR/none"
	refuses 1 bad_input 'it is not a file' unlock --key-file "$BATS_TEST_TMPDIR"
	chmod 0640 "$key"
	refuses 1 bad_input 'others can read it (mode 0640)' unlock --key-file "$key"
	chmod 0600 "$key"
	echo short >"$key"
	refuses 1 bad_input '64 hexadecimal digits' unlock --key-file "$key"
}
