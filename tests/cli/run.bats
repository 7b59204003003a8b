#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# run, as far as it goes without a kernel that confines: what is refused before anything starts.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# refuses PART ARG...: status 125, one line on standard error, the error object in JSON; and nothing was started.
refuses()
{
	try run "${@:2}"
	[[ $status -eq 125 ]] || fail "$tried: exit status $status, not 125"
	one_line "$err"
	[[ $(<"$err") == *"$1"* ]] || fail "$tried: does not say: $1"
	try -j run "${@:2}"
	[[ $status -eq 125 && $(<"$out") == '{"schema":2,"error":{"code":"'* ]] || fail "$tried: not the error object"
	[[ ! -e $BATS_TEST_TMPDIR/started ]] || fail "$tried: it was started"
}

@test "bad options" {
	local start=(--user nobody -- touch "$BATS_TEST_TMPDIR/started")

	refuses 'a command is missing'
	refuses 'a command is missing' --allow 192.0.2.1
	refuses "did you mean '--allow'" --alow 192.0.2.1 "${start[@]}"
	refuses 'needs an argument' --allow
	refuses "near '1.2.3'" --allow 1.2.3 "${start[@]}"
	refuses 'four decimal numbers' --allow 1.2.3.4.5 "${start[@]}"
	refuses '--allow is empty' --allow '' "${start[@]}"
	refuses "near '70000'" --allow 192.0.2.1:70000 "${start[@]}"
	refuses "near '70000'" --allow 192.0.2.0/24:70000 "${start[@]}"
	refuses "near '192.0.2.1/24'" --allow 192.0.2.1/24 "${start[@]}"
	refuses "only 'allow' rules here" --allow 'block 192.0.2.1' "${start[@]}"
	refuses 'leave out uid' --allow '192.0.2.1 uid 0' "${start[@]}"
	refuses 'leave out the timeout' --allow '192.0.2.1 timeout 1h' "${start[@]}"
	refuses "near 'x'" --keep-fd x "${start[@]}"
	refuses "near '-1'" --keep-fd=-1 "${start[@]}"
	refuses 'a path, from the root on' --unix run/x.sock "${start[@]}"
	refuses 'No such file' --unix /nowhere/x.sock "${start[@]}"
	refuses 'no Unix socket' --unix /etc/passwd "${start[@]}"
	refuses 'add --no-promise' --new-privs "${start[@]}"
	refuses 'no such user' --user nobody-has-this -- true
	refuses 'root can leave a run' --user root -- true
	refuses 'root can leave a run' --user 0 -- true
	refuses '/nowhere' --report /nowhere/report.md "${start[@]}"
	refuses '/nowhere' --allowlist /nowhere/rules "${start[@]}"
}

@test "as whom, when nobody says" {
	needs_root
	unset SUDO_UID DOAS_USER
	refuses 'as whom' -- true
	SUDO_UID=0 refuses 'root can leave a run' -- true
}

@test "bad files" {
	local rules=$BATS_TEST_TMPDIR/rules

	refuses 'No such file' --file /nowhere/rules --user nobody -- true
	printf 'allow 192.0.2.1\nblock 192.0.2.2\n' >"$rules"
	refuses "rules:2: only 'allow' rules here" --file "$rules" --user nobody -- true
	printf 'set mode audit\n192.0.2.1\n' >"$rules"
	refuses 'rules:1: a run has no settings' --file "$rules" --user nobody -- true
	printf 'allow 192.0.2.1\nallow www.example port 443\n' >"$rules"
	refuses "rules:2: a run's rules are for addresses, near 'www.example'" --file "$rules" --user nobody -- true
	refuses "a run reaches the name servers anyway: leave out 'resolvers'" --allow resolvers --user nobody -- true
	refuses "near '*.www.example'" --allow '*.www.example' --user nobody -- true
	printf 'allow 192.0.2.1 cgroup /x\n' >"$rules"
	refuses 'rules:1: ' --file "$rules" --user nobody -- true
}

@test "too many ranges of ports for one address" {
	local all=() i

	for ((i = 1; i <= 33; i++)); do
		all+=(--allow "192.0.2.1:$((i * 2))")
	done
	refuses 'more than 32 ranges of ports for 192.0.2.1' "${all[@]}" --user nobody -- true
}

@test "without a policy nothing is started" {
	refuses 'add --load' --user nobody -- touch "$BATS_TEST_TMPDIR/started"
}

@test "no run in a batch" {
	printf 'run --user nobody -- true\n' >"$BATS_TEST_TMPDIR/batch"
	try batch "$BATS_TEST_TMPDIR/batch"
	[[ $status -ne 0 && $(<"$err") == *"no 'run' in a batch"* ]] || fail "$tried: not refused"
}

@test "a dry run tells what would be in reach" {
	# shellcheck disable=SC2119
	new_rules_here
	printf 'set default block\nallow 198.51.100.0/24 port 80 proto tcp comment "x"\n' >"$BATS_TEST_TMPDIR/rules"
	done_well -n run --allow 192.0.2.1:443 --allow 192.0.2.0/24:80 --allow '[2001:db8::1]:22' --file "$BATS_TEST_TMPDIR/rules" \
		--loopback --user nobody -- touch "$BATS_TEST_TMPDIR/started" -j --nonsense
	[[ $(<"$out") == 'would run touch as nobody, with nothing in reach but:'* ]] || fail "$tried"
	for rule in 'allow 192.0.2.1 port 443' 'allow 192.0.2.0/24 port 80' 'allow 2001:db8::1 port 22' \
		'allow 198.51.100.0/24 port 80 proto tcp comment "x"' 'allow 127.0.0.0/8' 'allow ::1' \
		'allow 127.0.0.53 port 53'; do
		grep -q "^$rule" "$out" || fail "$tried: no $rule"
	done
	[[ ! -e $BATS_TEST_TMPDIR/started ]] || fail "$tried: it was started"
}
