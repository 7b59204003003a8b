# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Output that cannot be written, pins of another version or with parts missing, and what commands leave alone.

_to_full()
{
	"$@" >/dev/full
}

_to_nowhere()
{
	"$@" >&-
}

what_cannot_report_changes_nothing()
{
	local where
	for where in _to_full _to_nowhere; do
		expect 2 "$where" lsmctl load
		says 'standard output'
		nothing_in_force
		load
		expect 0 lsmctl block "$neighbour"
		expect 2 "$where" lsmctl block "$blocked"
		says 'standard output'
		reaches tcp "$blocked"
		expect 2 "$where" lsmctl del "$neighbour"
		expect 2 "$where" lsmctl flush
		expect 2 "$where" lsmctl set default block
		expect 2 "$where" lsmctl unload
		refused tcp "$neighbour"
		reaches tcp "$blocked"
		expect 2 "$where" lsmctl list
		expect 2 "$where" lsmctl -j status
		expect 0 lsmctl -j list
		says "$neighbour/32"
		never_says "$blocked/32"
		expect 0 lsmctl unload
	done
}

# _word INDEX VALUE: writes a 32-bit word of the pinned configuration, as another version could have.
_word()
{
	expect 0 python3 "$here/word.py" "$pins/map_config" "$1" "$2"
}

pins_of_another_layout_are_named_and_can_be_unloaded()
{
	local command
	load
	expect 0 lsmctl block "$blocked"
	_word 1 4711
	for command in 'block 1.1.1.2' "allow $blocked" "del $blocked" flush list stats status 'set default allow' load \
		'load -e'; do
		# shellcheck disable=SC2086 # words
		expect 2 lsmctl $command
		says 4711 'another version' 'lsmctl unload'
	done
	refused tcp "$blocked"
	expect 0 lsmctl unload
	wait_for tcp "$blocked"
	nothing_in_force
	load
}

pins_that_are_not_lsmctls_are_named()
{
	load
	_word 0 4711
	expect 2 lsmctl list
	says 'not a map of this lsmctl'
	expect 2 lsmctl load
	expect 0 lsmctl unload
	nothing_in_force
}

status_shows_a_missing_link_as_bad()
{
	load
	expect 0 lsmctl block "$blocked"
	rm "$pins/link_socket_sendmsg"
	expect 2 lsmctl status
	says 'socket_sendmsg' BAD 'lsmctl unload'
	expect 2 lsmctl -j status
	says '{"hook":"socket_sendmsg","state":"gone","prog_id":null,"link_id":null'
	expect 2 lsmctl -q status
	expect 0 lsmctl unload
	load
	expect 0 lsmctl status
}

a_missing_map_is_named_and_can_be_unloaded()
{
	load
	expect 0 lsmctl block "$blocked"
	rm "$pins/map_rules"
	expect 2 lsmctl list
	says map_rules 'lsmctl unload'
	expect 2 lsmctl block "$neighbour"
	refused tcp "$blocked"
	expect 0 lsmctl unload
	wait_for tcp "$blocked"
	nothing_in_force
}

# Reading the kernel's types takes longer than all the rest of a command.
only_load_reads_the_kernels_types()
{
	load
	expect 0 strace -f --seccomp-bpf -qq -e trace=open,openat -o "$scratch/opened" bash -eu -c "
		lsmctl block $blocked; lsmctl list; lsmctl stats; lsmctl status; lsmctl set mode audit
		lsmctl del $blocked; lsmctl flush; lsmctl version; lsmctl unload"
	grep -q libc.so "$scratch/opened" || fail 'the trace shows nothing'
	try grep -e /sys/kernel/btf -e vmlinux "$scratch/opened"
	same "$output" '' 'what was opened'
}

names_and_comments_never_reach_a_terminal_raw()
{
	load
	expect 1 lsmctl block "$blocked" comment $'\e[31mred'
	never_says $'\e'
	expect 0 lsmctl block "$blocked" comment 'a "quoted" \ word'
	expect 0 lsmctl list
	says 'comment "a \"quoted\" \\ word"'
	expect 0 lsmctl -j list
	says '"comment":"a \"quoted\" \\ word"'
	expect 1 lsmctl del $'1.1.1.1\e[31m'
	never_says $'\e'
}
