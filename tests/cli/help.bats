#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Help and version that were asked for go to standard output, with status 0.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# The command before printed help on named words, with the width of a terminal.
was_help()
{
	[[ $(head -n 1 "$out") == "Usage: lsmctl ${1:-[OPTION...]}"* ]] || fail "$tried: not the help of '$1'"
	[[ $(wc -L <"$out") -le 80 ]] || fail "$tried: lines too long"
	! grep -nP '[ \t]+$' "$out" | grep -vP '^\d+: *$' || fail "$tried: blanks at the end of a line"
}

@test "help, however it is asked for" {
	for words in help -h --help '-j help' '-jh' '-q help' 'help -t'; do
		# shellcheck disable=SC2086
		done_well $words
		was_help
		cp "$out" "$BATS_TEST_TMPDIR/first"
		[ ! -e "$BATS_TEST_TMPDIR/before" ] || cmp "$BATS_TEST_TMPDIR/before" "$out"
		mv "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/before"
	done
}

@test "help names every command and common option" {
	done_well help
	for name in $(offered ''); do
		grep -qE "^  $name +[a-z]" "$out" || fail "$name is not there"
	done
	for option in $(offered -); do
		grep -qE -- "^ +(-., )?$option\b" "$out" || fail "$option is not there"
	done
	! grep -q __complete "$out" || fail 'names the hidden command'
}

# What argp wraps goes on at the left edge, where it looks like something new.
@test "no line of a list is wrapped" {
	done_well help
	! sed -n '/^Commands:$/,/^$/p' "$out" | grep -vE '^(Commands:|  [a-z]+ +[^ ].*|)$' || fail 'a command has two lines'
	for name in '' $(offered ''); do
		# shellcheck disable=SC2086
		done_well help $name
		! sed -nE '/^ +(-., )?--/,$p' "$out" | sed '/^Mandatory or optional/,$d' | grep '^[^ ]' || fail "$name: an option"
	done
}

@test "the help of every command, however it is asked for" {
	for name in $(offered ''); do
		for words in "help $name" "-h $name" "--help $name" "$name -h" "$name --help" "-q $name --help" "help -- $name"; do
			# shellcheck disable=SC2086
			done_well $words
			was_help "$name "
			[ ! -e "$BATS_TEST_TMPDIR/$name" ] || cmp "$BATS_TEST_TMPDIR/$name" "$out" || fail "$words: differs"
			cp "$out" "$BATS_TEST_TMPDIR/$name"
		done
		for option in $(offered "$name" -); do
			grep -qE -- "^ +(-., )?$option\b" "$out" || fail "$name: $option is not there"
		done
	done
}

@test "help wins over the words that stand there" {
	done_well block 1.1.1 --help
	was_help 'block '
	done_well status too many words -h
	was_help 'status '
}

@test "help for what is no command" {
	refused 1 "did you mean 'list'?" help lis
	refused 1 'unknown command' help ''
	refused 1 'unknown command' -h nosuch
	refused 1 'unknown command' --help nosuch
}

@test "version, however it is asked for" {
	for words in version -V --version 'list -V' 'block 1.1.1 --version' '-q version'; do
		# shellcheck disable=SC2086
		done_well $words
		[[ $(<"$out") =~ ^lsmctl\ [0-9]+\.[0-9]+\.[0-9]+\ \(layout\ [0-9]+\)$ ]] || fail "$tried: not a version"
	done
	done_well -jV
	json "list(d) == ['schema', 'version', 'layout'] and type(d['version']) is str and type(d['layout']) is int"
	done_well version --json
	json "d['schema'] == 2"
}

@test "help and version need neither a kernel nor a right to anything" {
	done_well --pin-dir /proc/self/nothing help
	done_well --pin-dir /proc/self/nothing version
	try_as_nobody help
	was_help
	try_as_nobody version
	[[ $status -eq 0 ]] || fail "$tried: $status"
}
