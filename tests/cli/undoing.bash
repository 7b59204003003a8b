# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash has them
# What the files of undo share.

# The directory of the history of this pin directory.
history()
{
	printf '%s/sys.fs.bpf.%s' "$LSMCTL_HISTORY_DIR" "${pins##*/}"
}

teardown()
{
	! mountpoint -q "$BATS_TEST_TMPDIR/full" || umount "$BATS_TEST_TMPDIR/full"
	[[ -z ${server-} ]] || kill "$server"
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# rules_of FILE: in one order, and without how much of a timeout is left.
rules_of()
{
	sed -E 's/ timeout [0-9a-z]+/ timeout T/' "$1" | sort
}

# undone STATE-BEFORE: the last command is undone, what is in force is as the file says, and undoing that again does it.
undone()
{
	done_well -q save after
	done_well -n undo
	cp "$out" would
	done_well undo
	diff <(rules_of would) <(rules_of "$out") || fail 'another one than a dry run says'
	diff <(rules_of <("$LSMCTL" save)) <(rules_of "$1") || fail 'not as before'
	done_well -q undo
	diff <(rules_of <("$LSMCTL" save)) <(rules_of after) || fail 'undo of an undo'
	done_well -q undo
	diff <(rules_of <("$LSMCTL" save)) <(rules_of "$1") || fail 'not as before, the second time'
}
