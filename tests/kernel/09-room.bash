# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# When a rule does not fit.

a_full_map_refuses_the_next_rule_and_says_how_to_get_more_room()
{
	expect 0 lsmctl load --max-rules 3
	expect 0 lsmctl block 1.1.1.1
	expect 0 lsmctl block 1.1.1.2
	expect 0 lsmctl block 1.1.1.3
	expect 2 lsmctl block 1.1.1.4
	says '3 of 3' --max-rules
	reaches tcp 1.1.1.4
	refused tcp 1.1.1.3
	# Existing rules can still be changed and removed, and their room used again.
	expect 0 lsmctl allow 1.1.1.3
	reaches tcp 1.1.1.3
	expect 0 lsmctl del 1.1.1.1
	expect 0 lsmctl block 1.1.1.4
	refused tcp 1.1.1.4
	reaches tcp 1.1.1.1
	expect 0 lsmctl status
	says '3 of 3'
}

a_list_that_does_not_fit_whole_adds_nothing()
{
	expect 0 lsmctl load --max-rules 3
	expect 0 lsmctl block 1.1.1.1
	expect 2 lsmctl block 1.1.1.2,1.1.1.3,1.1.1.4
	says '1 of 3' '3 more'
	reaches tcp 1.1.1.2
	reaches tcp 1.1.1.3
	expect 0 lsmctl status
	says '1 of 3'
	# One of them exists already.
	expect 0 lsmctl -e block 1.1.1.1,1.1.1.2,1.1.1.3
	refused tcp 1.1.1.3
}

default_block_wants_room_for_loopback()
{
	expect 1 lsmctl load --max-rules 1 --default block
	says '--max-rules 1'
	nothing_in_force
	expect 0 lsmctl load --max-rules 2
	expect 0 lsmctl block 1.1.1.1
	expect 2 lsmctl set default block
	reaches tcp "$neighbour"
	expect 0 lsmctl status
	says '1 of 2'
}

# Rules come and go: the room of those that went is used again, and comments, which are kept apart, go with them.
room_is_used_again_and_again()
{
	local i
	expect 0 lsmctl load --max-rules 2
	for ((i = 0; i < 5; i++)); do
		expect 0 lsmctl block 1.1.1.1,1.1.1.2 comment "round $i"
		refused tcp 1.1.1.2
		expect 0 lsmctl flush
		reaches tcp 1.1.1.2
	done
	expect 0 lsmctl block 1.1.1.1
	field_is 1.1.1.1/32 comment null
	field_is 1.1.1.1/32 id 11
}

# What the host can hold: the kernel's own limits for maps are far away.
many_rules_are_in_force_at_once()
{
	local list='' i
	expect 0 lsmctl load
	for ((i = 0; i < 1000; i++)); do
		list+=198.18.$((i / 250)).$((i % 250)),
	done
	expect 0 lsmctl -q block "${list%,}"
	expect 0 lsmctl status
	says '1000 of 4194304'
	refused tcp 198.18.0.0
	refused tcp 198.18.3.249
	reaches tcp 198.18.3.250
	reaches tcp 198.18.4.0
	expect 0 lsmctl -q flush
	reaches tcp 198.18.3.249
}
