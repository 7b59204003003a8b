# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What a rule, the mode and the default make of a call.

_decisions()
{
	try lsmctl -j stats
	number_of "$1" "$output"
	same "$value" "$2" "calls $1"
}

every_errno_is_what_a_call_gets()
{
	local name
	local -A text=([EPERM]='Operation not permitted' [EACCES]='Permission denied' [ECONNREFUSED]='Connection refused'
		[EHOSTUNREACH]='No route to host' [ENETUNREACH]='Network is unreachable' [ETIMEDOUT]='Connection timed out')
	load
	for name in EACCES ECONNREFUSED EHOSTUNREACH ENETUNREACH ETIMEDOUT EPERM; do
		expect 0 lsmctl block "$blocked,$blocked6" errno "$name"
		refused_with "${text[$name]}" tcp "$blocked"
		refused_with "${text[$name]}" udp "$blocked6"
	done
	expect 0 lsmctl block "$blocked" errno EHOSTUNREACH
	expect 0 python3 "$here/attack.py" dest "$blocked" "$blocked6" 'ipv4 udp sendto'
	says EHOSTUNREACH
	expect 0 python3 "$here/attack.py" dest "$blocked" "$blocked6" 'ipv4 tcp fast open by sendto'
	says EHOSTUNREACH
}

audit_lets_through_and_counts()
{
	load
	expect 0 lsmctl audit "$blocked"
	reaches tcp "$blocked"
	reaches udp "$blocked"
	field_is "$blocked/32" hits 2
	_decisions audited 2
	_decisions blocked 0
}

mode_audit_lets_blocked_calls_through_and_counts_them()
{
	load --mode audit
	expect 0 lsmctl block "$blocked"
	reaches tcp "$blocked"
	field_is "$blocked/32" hits 1
	_decisions audited 1
	expect 0 lsmctl set mode enforce
	refused tcp "$blocked"
	_decisions blocked 1
	expect 0 lsmctl set mode audit
	reaches tcp "$blocked"
	_decisions audited 2
	_decisions blocked 1
}

mode_audit_lets_through_what_the_default_blocks()
{
	load --mode audit --default block
	reaches tcp "$blocked"
	_decisions audited 1
	expect 0 lsmctl set mode enforce
	refused tcp "$blocked"
	_decisions blocked 1
}

default_block_keeps_loopback_reachable_by_rules_that_can_be_deleted()
{
	load --default block
	refused tcp "$blocked"
	refused tcp "$blocked6"
	reaches tcp 127.0.0.1
	reaches tcp 127.9.9.9
	reaches tcp ::1
	expect 0 lsmctl list
	says '127.0.0.0/8' '::1' 'added with default block'
	expect 0 lsmctl allow "$blocked,2001:db8::/32"
	reaches tcp "$blocked"
	reaches tcp "$blocked6"
	refused tcp "$neighbour"
	expect 0 lsmctl del loopback
	refused tcp 127.0.0.1
	refused tcp ::1
	reaches tcp "$blocked"
}

setting_the_default_takes_effect_at_once()
{
	load
	reaches tcp "$blocked"
	expect 0 lsmctl set default block
	says '+ allow 127.0.0.0/8' '+ allow ::1'
	refused tcp "$blocked"
	reaches tcp 127.0.0.1
	reaches tcp ::1
	expect 0 lsmctl set default allow
	reaches tcp "$blocked"
	expect 1 lsmctl set default allow
	expect 0 lsmctl -e set default allow
}

setting_the_default_to_block_leaves_own_rules_for_loopback_alone()
{
	load
	expect 0 lsmctl block 127.0.0.0/8
	expect 0 lsmctl set default block
	refused tcp 127.0.0.1
	reaches tcp ::1
}

# _sendto ADDRESS PORT
_sendto()
{
	python3 -c 'import socket, sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (sys.argv[1], int(sys.argv[2])))' "$@"
}

# A filter of their own tells which calls they are near: rules for few ports, beside some for many and for all.
a_rule_for_few_ports_is_near_these_alone()
{
	load
	expect 0 lsmctl block 1.4.100.0/22 port 79-80
	refused tcp 1.4.100.1
	refused tcp 1.4.103.255
	reaches udp 1.4.103.255
	expect 0 lsmctl block 1.4.103.255 port 53
	refused udp 1.4.103.255
	reaches udp 1.4.103.254
	expect 0 lsmctl allow 1.4.103.0/24 port 1-60000
	reaches tcp 1.4.103.254
	refused tcp 1.4.102.254
	refused udp 1.4.103.255
	expect 0 lsmctl block 1.4.101.9
	refused udp 1.4.101.9
	reaches udp 1.4.101.8
	reaches _sendto 1.4.101.8 78
	refused _sendto 1.4.101.8 79
}

the_longest_prefix_decides()
{
	load
	expect 0 lsmctl allow 1.1.1.1
	expect 0 lsmctl block 1.0.0.0/8
	expect 0 lsmctl allow 1.2.0.0/16
	expect 0 lsmctl block 1.2.3.0/24
	reaches tcp 1.1.1.1
	refused tcp 1.1.1.2
	reaches tcp 1.2.4.1
	refused tcp 1.2.3.4
	expect 0 lsmctl del 1.1.1.1
	refused tcp 1.1.1.1
	expect 0 lsmctl del 1.2.0.0/16
	refused tcp 1.2.4.1
	expect 0 lsmctl del 1.0.0.0/8
	reaches tcp 1.1.1.1
	reaches tcp 1.2.4.1
	refused tcp 1.2.3.4
}

the_longest_prefix_decides_for_ipv6_too()
{
	load
	expect 0 lsmctl block 2001:db8::1
	expect 0 lsmctl allow 2001:db8::/64
	expect 0 lsmctl block 2001:db8::/32
	refused tcp 2001:db8::1
	reaches tcp 2001:db8::2
	refused tcp 2001:db8:0:1::2
	expect 0 lsmctl allow 2001:db8::1
	expect 0 lsmctl block 2001:db8::/64
	reaches tcp 2001:db8::1
	refused tcp 2001:db8::2
}

rules_for_ipv6_leave_ipv4_alone()
{
	local rule
	load
	for rule in ::/0 any6; do
		expect 0 lsmctl block "$rule"
		refused tcp "$blocked6"
		refused tcp ::1
		reaches tcp "$blocked"
		reaches tcp "::ffff:$blocked"
		expect 0 lsmctl del "$rule"
	done
	expect 0 lsmctl block ::/64
	reaches tcp "::ffff:$blocked"
	reaches tcp "$blocked"
}

rules_for_ipv4_leave_ipv6_alone()
{
	load
	expect 0 lsmctl block any4
	refused tcp "$blocked"
	refused tcp "::ffff:$blocked"
	refused tcp 127.0.0.1
	reaches tcp "$blocked6"
	reaches tcp ::1
}

any_is_every_address()
{
	load
	expect 0 lsmctl block any
	refused tcp "$blocked"
	refused tcp "::ffff:$blocked"
	refused tcp "$blocked6"
	refused tcp ::1
	expect 0 lsmctl allow "$neighbour"
	reaches tcp "$neighbour"
	reaches tcp "::ffff:$neighbour"
}

an_ipv4_address_and_its_mapped_spelling_name_one_rule()
{
	load
	expect 0 lsmctl block "::ffff:$blocked"
	refused tcp "$blocked"
	refused tcp "::ffff:$blocked"
	field_is "$blocked/32" family inet
	field_is "$blocked/32" hits 2
	expect 1 lsmctl block "$blocked"
	expect 0 lsmctl block ::ffff:1.2.0.0/112
	refused tcp 1.2.3.4
	field_is 1.2.0.0/16 hits 1
	expect 0 lsmctl del "$blocked,1.2.0.0/16"
	reaches tcp "::ffff:$blocked"
	reaches tcp 1.2.3.4
}

ranges_and_lists_cover_what_they_say()
{
	load
	expect 0 lsmctl block 1.1.1.3-1.1.1.6,1.1.1.9,2001:db8::7-2001:db8::9
	reaches tcp 1.1.1.2
	refused tcp 1.1.1.3
	refused tcp 1.1.1.5
	refused tcp 1.1.1.6
	reaches tcp 1.1.1.7
	reaches tcp 1.1.1.8
	refused tcp 1.1.1.9
	reaches tcp 1.1.1.10
	reaches tcp 2001:db8::6
	refused tcp 2001:db8::7
	refused tcp 2001:db8::9
	reaches tcp 2001:db8::a
}
