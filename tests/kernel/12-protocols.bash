# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What rules with a protocol or a port make of sockets that have another one, or none.

# _asks KIND NUMBER: connects a socket of that kind (RAW, DGRAM, STREAM) and protocol.
_asks()
{
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, getattr(socket, "SOCK_" + sys.argv[1]), int(sys.argv[2]))
s.connect((sys.argv[3], 80))' "$1" "$2" "$blocked"
}

a_raw_socket_is_raw_and_of_its_own_protocol()
{
	load
	expect 0 lsmctl block "$blocked" proto icmp
	refused _asks RAW 1
	reaches _asks RAW 6
	reaches _asks RAW 255
	reaches _asks STREAM 6
	expect 0 lsmctl -q flush
	expect 0 lsmctl block "$blocked" proto tcp
	refused _asks RAW 6
	refused _asks STREAM 6
	reaches _asks RAW 17
	expect 0 lsmctl -q flush
	expect 0 lsmctl block "$blocked" proto raw
	refused _asks RAW 1
	refused _asks RAW 6
	refused _asks RAW 255
	reaches _asks STREAM 6
	reaches _asks DGRAM 17
}

a_socket_without_ports_matches_no_rule_with_one()
{
	echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
	load
	expect 0 lsmctl block "$blocked" port 80
	refused _asks STREAM 6
	refused _asks DGRAM 17
	reaches _asks RAW 6
	reaches _asks RAW 17
	reaches _asks DGRAM 1
	expect 0 lsmctl block "$blocked" proto icmp
	refused _asks DGRAM 1
	refused _asks RAW 1
	reaches _asks RAW 6
}

a_raw_socket_gets_the_stricter_of_two_that_are_alike()
{
	load
	expect 0 lsmctl allow "$blocked" proto icmp
	expect 0 lsmctl block "$blocked" proto raw
	refused _asks RAW 1
	expect 0 lsmctl allow "$blocked" proto raw
	expect 0 lsmctl block "$blocked" proto icmp
	refused _asks RAW 1
	reaches _asks RAW 6
}
