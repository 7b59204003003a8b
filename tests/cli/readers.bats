#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=slow
# No command waits for a reader of another command's output, however many rules it prints.

# shellcheck disable=SC2119,SC2154 # a function's $1; what others set
# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# stopped WORDS MEANWHILE-WORDS: an lsmctl whose reader has stopped keeps the other one not; what it printed is in `got`,
# the most memory it had, in KiB, in $memory.
stopped()
{
	local wanted=0

	tried="lsmctl $1, stopped, and lsmctl $2"
	# shellcheck disable=SC2086 # words
	memory=$("$PYTHON" "$BATS_TEST_DIRNAME/stopped.py" got "$LSMCTL" $1 -- "$LSMCTL" $2) || wanted=$?
	[[ $wanted -eq 0 ]] || fail "$tried: $wanted"
	[[ -s got ]] || fail "$tried: nothing was printed"
}

# some_rules N: so many, a file of them, and of each way to print them what it prints now.
some_rules()
{
	new_rules_here $(($1 + 70000))
	"$PYTHON" -c 'import sys
for i in range(int(sys.argv[1])):
    print(f"block 10.{i >> 16}.{i >> 8 & 255}.{i & 255}" + (f" comment \"number {i}\"" if i % 8 == 0 else ""))' "$1" >rules
	done_well -q restore rules
	"$PINS" hit "$pins" 3 5
}

# each_way N: the output has the rules from before the block that another command made meanwhile.
each_way()
{
	local i=0 words

	some_rules "$1"
	for words in list '-t list' '-j list' '-p list' save '-j stats' 'list block 10.0.0.0/8'; do
		# shellcheck disable=SC2086
		"$LSMCTL" $words >before
		stopped "$words" "-q block 192.0.2.$((++i))"
		cmp before got || fail "$tried: not what there was"
		# What a sanitizer needs itself is many times that.
		[[ $memory -le 16384 ]] || grep -q __asan_init "$LSMCTL" || fail "$tried: $memory KiB"
	done
	done_well -t list
	[[ $(wc -l <"$out") -eq $(($1 + i)) ]] || fail 'not all are there'
}

@test "a reader that stops: a hundred rules" {
	each_way 100
}

@test "a reader that stops: twenty thousand" {
	each_way 20000
}

@test "a reader that stops: a million" {
	each_way 1000000
}

# come_and_go N: the next but one generation may take over a small one's maps.
come_and_go()
{
	some_rules "$1"
	"$LSMCTL" save >before
	{
		echo 'allow 10.0.0.1'
		echo 'del 10.0.0.2'
		echo 'block 192.0.2.1'
		echo 'set mode audit'
		echo 'restore other'
		echo 'block 192.0.2.2'
		echo 'flush'
		echo 'block 192.0.2.3'
		echo 'restore other'
		echo 'del 10.0.0.7'
	} >many
	sed 's/^block/audit/' rules >other
	stopped save '-q batch many'
	cmp before got || fail 'not what there was'
	done_well -q restore rules
	"$LSMCTL" -j list >before
	stopped '-j list' '-q block 192.0.2.9'
	cmp before got || fail 'not what there was'
}

@test "a reader that stops, while five thousand rules come, go and change" {
	come_and_go 5000
}

@test "a reader that stops, while twenty thousand rules come, go and change" {
	come_and_go 20000
}

@test "a reader that stops: what tells of a change" {
	some_rules 100
	seq -f 'block 198.51.%g.0/24' 0 255 >more.rules
	for words in 'block 203.0.113.0-203.0.113.250 port 1-9,11,13,15,17,19,21,23' '-j audit 203.0.113.0/26 port 5 proto tcp' \
		'-n restore more.rules' '-j -n restore more.rules' 'set mode audit' 'flush -n' '-j flush -n' 'del 10.0.0.1' 'restore rules' \
		'-j restore rules' 'set default block' 'flush'; do
		stopped "$words" '-q -e block 192.0.2.1'
	done
}
