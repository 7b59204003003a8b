# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Loading, unloading, and what status says between the two.

unload_makes_everything_reachable_and_leaves_nothing_behind()
{
	load --default block
	refused tcp "$blocked"
	refused udp "$blocked6"
	expect 0 lsmctl unload
	reaches tcp "$blocked"
	reaches udp "$blocked6"
	nothing_in_force
	expect 3 lsmctl status
}

loading_twice_is_an_error_unless_exist()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 1 lsmctl load --default block
	says 'already' --exist
	reaches tcp "$neighbour"
	expect 0 lsmctl -e load
	refused tcp "$blocked"
	field_is "$blocked/32" id 1
}

what_is_not_loaded_says_so()
{
	local command
	for command in 'block 1.1.1.1' 'allow 1.1.1.1' 'audit 1.1.1.1' 'del 1.1.1.1' 'del id 1' flush list stats \
		'set default block' unload; do
		# shellcheck disable=SC2086 # words
		expect 3 lsmctl $command
		says "not loaded (run 'lsmctl load')"
	done
	expect 3 lsmctl -j list
	says '{"schema":2,"error":{"code":"not_loaded"'
	expect 3 lsmctl status
	expect 3 lsmctl -j status
	says '"loaded":false'
	expect 0 lsmctl -e unload
	nothing_in_force
}

status_tells_how_it_is_loaded()
{
	local id
	load --mode audit
	expect 0 lsmctl -j status
	says '"loaded":true' '"attach":"lsm"' '"mode":"audit"' '"default":"allow"' '"rules":0' '"max_rules":64'
	number_of prog_id "$output"
	id=$value
	[[ $output =~ \"link_id\":([0-9]+),\"tag\":\"([0-9a-f]{16})\" ]] || fail 'no link_id and tag'
	expect 0 bpftool prog show id "$id"
	says 'name socket_connect' "tag ${BASH_REMATCH[2]}"
	expect 0 bpftool link show id "${BASH_REMATCH[1]}"
	says "prog $id"
	expect 0 lsmctl status
	says 'In force, but mode audit refuses nothing: default allow, 0 rules.' attach lsm audit '0 of 64' \
		'socket_connect     attached' 'socket_sendmsg     attached'
	never_says "program $id"
	expect 0 lsmctl status -v
	says "program $id, link ${BASH_REMATCH[1]}, tag ${BASH_REMATCH[2]}, 0 recursion misses"
	expect 0 lsmctl set mode enforce
	expect 0 lsmctl status
	says 'In force: default allow, 0 rules.'
	expect 0 lsmctl -j status
	says '"mode":"enforce"'
}

auto_takes_the_security_module_where_it_is_active()
{
	load --attach auto
	expect 0 lsmctl -j status
	says '"attach":"lsm"'
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
}

the_pins_are_for_root_alone_and_have_no_dots()
{
	local pin
	load
	same "$(stat -c '%a %u %F' "$pins")" '700 0 directory'
	pinned
	for pin in $names; do
		[[ $pin != *.* ]] || fail "there is a dot in $pin"
		same "$(stat -c '%a %u' "$pins/$pin")" '600 0' "$pin"
	done
	[[ $names == *link_socket_connect* && $names == *link_socket_sendmsg* ]] || fail "the links are not pinned: $names"
}

nothing_of_lsmctl_keeps_running()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 1 pgrep -x lsmctl
	refused tcp "$blocked"
}

two_pin_directories_are_two_firewalls()
{
	load
	load --pin-dir "$other_pins"
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl --pin-dir "$other_pins" block "$neighbour"
	refused tcp "$blocked"
	refused tcp "$neighbour"
	LSMCTL_PIN_DIR=$other_pins expect 0 lsmctl -j list
	says "$neighbour/32"
	never_says "$blocked/32"
	expect 0 lsmctl unload
	reaches tcp "$blocked"
	refused tcp "$neighbour"
	expect 0 lsmctl --pin-dir "$other_pins" unload
	reaches tcp "$neighbour"
	wait_for no_programs
}

fmod_ret_refuses_too()
{
	load --attach fmod_ret
	expect 0 lsmctl -j status
	says '"attach":"fmod_ret"'
	expect 0 lsmctl block "$blocked,$blocked6"
	python3 "$here/attack.py" dest "$blocked" "$blocked6" >"$scratch/ways"
	try grep -v -e $'\tEPERM\tsilent$' -e $'\tlacks: ' "$scratch/ways"
	same "$output" '' 'ways that were not refused'
	[ "$(grep -c EPERM "$scratch/ways")" -ge 60 ] || fail 'too few ways'
	reaches tcp "$neighbour"
	reaches tcp "$neighbour6"
	expect 0 lsmctl unload
	nothing_in_force
}

_without_btf()
{
	mount -t tmpfs none /sys/kernel/btf
	expect 2 lsmctl load
	says '/sys/kernel/btf/vmlinux' 'CONFIG_DEBUG_INFO_BTF'
	expect 2 lsmctl load --attach fmod_ret
	nothing_in_force
}

a_kernel_without_type_information_is_named()
{
	privately _without_btf
}

the_verifier_has_no_more_work_than_is_written_down()
{
	load --default block
	expect 0 lsmctl set backstop on
	expect 0 lsmctl set resolvers 192.0.2.53
	expect 0 lsmctl set names on
	expect 1 lsmctl test "$blocked"
	expect 0 lsmctl block "$blocked" exe /no/such/program
	try python3 "$here/verified.py" "$here/verified"
	[ "$status" != 77 ] || skip 'the kernel does not count the instructions that it verifies'
	[ "$status" = 0 ] || fail 'a program grew'
}
