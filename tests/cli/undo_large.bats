#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# undo of changes that are too large for the history: the rules from before are in the kernel, as long as it has them.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"
# shellcheck source=tests/cli/undoing.bash
source "$BATS_TEST_DIRNAME/undoing.bash"

@test "a change that is too large to be written down" {
	new_rules_here 100000
	done_well -q block 1.1.1.1
	seq -f "block 10.0.%g.0/24 comment \"$(printf 'x%.0s' {1..120})\"" 0 255 >large
	for n in {1..30}; do sed "s/^block 10\\.0/block 10.$n/" large; done >larger
	done_well -q restore larger
	[[ $(stat -c %s "$(history)/2") -lt 1000 ]] || fail 'it was written down'
	done_well undo --list
	grep -q '+7680 -1 (too many)' "$out" || fail 'does not say so'
	done_well -q set mode audit
	refused 1 "change 2 is too large to have been written down: 'lsmctl undo 2'" undo 3
	# The kernel has the rules from before it still, whatever else was changed without another ruleset.
	prints '- set mode audit
+ set mode enforce' -n undo
	done_well -n undo 2
	[[ $(grep -c '^- block' "$out") -eq 7680 && $(grep '^+' "$out") == $'+ block 1.1.1.1\n+ set mode enforce' ]] || fail 'not all'
	done_well -q undo 2
	saved 'block 1.1.1.1'
	# Which was too large itself, and now there is another one.
	done_well -q flush
	refused 1 'change 2 is too large to have been written down (1 rules came, 7680 went), and the kernel has the rules from before it no more' undo 2
	saved
}

@test "a change of more rules than could be written down" {
	new_rules_here 300000
	done_well -q block 1.1.1.1
	# The most that fit, if a line had 12 bytes, and one more.
	"$PYTHON" -c 'for n in range(87381): print("10.%d.%d.%d" % (n >> 16, n >> 8 & 255, n & 255))' >most
	done_well -n restore most
	[[ $(grep -c '^+' "$out") -eq 87381 ]] || fail 'not all'
	write lines 'restore most'
	for change in 'restore most' 'batch lines' 'restore --confirm 1h most'; do
		# shellcheck disable=SC2086
		done_well -q $change
		[[ $change != *confirm* ]] || done_well -q confirm
		done_well undo --list
		[[ $(grep -c '+87381 -1 (too many)' "$out") -eq 1 ]] || fail "$change: $(cat "$out")"
		[[ $change != *confirm* ]] || continue
		done_well -q undo
		saved 'block 1.1.1.1'
		rm -r "$(history)"
	done
	# The end of the trial left one generation.
	refused 1 'change 1 is too large to have been written down (87381 rules came, 1 went)' undo
}

# It has been tried out where the rules from before the last change were kept.
@test "what a refused list said is not what was there before" {
	local words='port 1000-2000 proto udplite uid 4000000000 errno ECONNREFUSED set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'

	new_rules_here 20000
	seq -f "block 2001:db8:1234:5678:9abc:def0:1:%g $words" 1000 4999 >list
	done_well -q restore list
	sed -i 's/def0:1:/def0:2:/' list
	done_well -q restore list
	done_well -n undo
	[[ $(grep -c '^+ block 2001:db8:1234:5678:9abc:def0:1:' "$out") -eq 4000 ]] || fail 'not all'
	sed -i '7s/.*/block 9.9.9.9/' list
	printf '%s\n' 'block 5.5.5.5' 'allow 5.5.5.5' >>list
	refused 1 "conflicts with line 4001, near 'allow 5.5.5.5'" restore list
	refused 1 'and the kernel has the rules from before it no more' undo
	done_well list 9.9.9.9
	[[ $(wc -l <"$out") -eq 1 ]] || fail 'it is there'
}
