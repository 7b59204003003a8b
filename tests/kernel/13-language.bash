# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What a rule can say besides the destination, held by the kernel.

# from_port PORT...: whether a TCP connection to $blocked at each of them is refused by lsmctl, or not.
_port()
{
	(exec 3<>"/dev/tcp/$blocked/$1")
}

# A port without a listener: "refused" by the other end shows that the packet got there.
_port_reached()
{
	try _port "$1"
	says 'Connection refused'
}

ports_one_and_many()
{
	load
	expect 0 lsmctl block "$blocked" port 81,90-99
	refused _port 81
	refused _port 90
	refused _port 99
	_port_reached 82
	_port_reached 89
	_port_reached 100
	reaches tcp "$blocked"
	reaches udp "$blocked"
	expect 0 lsmctl block "$blocked:domain" proto udp
	refused udp "$blocked"
	_port_reached 53
}

protocols_tell_calls_apart()
{
	load
	expect 0 lsmctl block "$blocked" proto udp
	refused udp "$blocked"
	reaches tcp "$blocked"
	# With its own address said, ping does not ask for it by a UDP socket.
	reaches ping -I 127.0.0.1 -c 1 -W 5 "$blocked"
	expect 0 lsmctl block "$blocked" proto icmp
	expect 1 ping -I 127.0.0.1 -c 1 -W 5 "$blocked"
	says ' 0 received'
	reaches tcp "$blocked"
	expect 0 lsmctl block "$blocked6" proto icmp
	expect 1 ping -I ::1 -c 1 -W 5 "$blocked6"
	says ' 0 received'
	reaches tcp "$blocked6"
}

# MPTCP is tcp to a rule, whatever the socket calls itself.
mptcp_is_tcp()
{
	local connect="import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).connect(('$blocked', 80))"
	try python3 -c "$connect"
	[[ $output != *'not supported'* && $output != *'not available'* ]] || skip 'no MPTCP in this kernel'
	same "$status" 0
	load
	expect 0 lsmctl block "$blocked" proto tcp
	refused python3 -c "$connect"
}

a_users_rules_are_for_that_user()
{
	load
	expect 0 lsmctl block "$blocked" uid 1000
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	reaches tcp "$blocked"
	# Narrower than rules for everyone.
	expect 0 lsmctl block any
	expect 0 lsmctl allow "$neighbour" uid 1000
	reaches as_kim bash -c "exec 3<>/dev/tcp/$neighbour/80"
	refused tcp "$neighbour"
}

_groups=/sys/fs/cgroup/lsmctl-test

_cgroup()
{
	[ -f /sys/fs/cgroup/cgroup.procs ] || skip 'no cgroup v2 hierarchy here'
	mkdir -p "$_groups/web/deep/deeper"
}

# in_group PATH COMMAND...
_in_group()
{
	bash -c 'echo $$ >"/sys/fs/cgroup/lsmctl-test/$0/cgroup.procs"; exec "$@"' "$@"
}

_connect()
{
	_in_group "$1" bash -c "exec 3<>/dev/tcp/$2/80"
}

cgroups_hold_at_any_depth()
{
	_cgroup
	load
	expect 0 lsmctl block "$blocked" cgroup /lsmctl-test/web
	refused _connect web "$blocked"
	refused _connect web/deep/deeper "$blocked"
	reaches _connect . "$blocked"
	reaches tcp "$blocked"
	# The deepest that has a rule decides; then the user, then everyone.
	expect 0 lsmctl allow "$blocked" cgroup /lsmctl-test/web/deep
	reaches _connect web/deep/deeper "$blocked"
	refused _connect web "$blocked"
	expect 0 lsmctl allow "$blocked" uid root
	expect 0 lsmctl block "$blocked"
	refused _connect web "$blocked"
	reaches _connect web/deep "$blocked"
	reaches tcp "$blocked"
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
}

a_process_in_a_very_deep_cgroup_has_the_rules_of_those_above()
{
	local i path=deep
	_cgroup
	for ((i = 0; i < 34; i++)); do
		path+=/d
	done
	mkdir -p "$_groups/$path"
	load
	expect 0 lsmctl block "$blocked" cgroup /lsmctl-test/web
	reaches _connect "$path" "$blocked"
	expect 0 lsmctl block "$blocked" cgroup /lsmctl-test/deep/d/d/d
	refused _connect "$path" "$blocked"
	reaches _connect deep/d/d "$blocked"
}

a_timeout_ends_a_rule_at_that_moment()
{
	load
	expect 0 lsmctl block "$blocked" timeout 4s
	refused tcp "$blocked"
	expect 0 lsmctl block any timeout 1h
	expect 0 lsmctl allow "$blocked" timeout 4s
	reaches tcp "$blocked"
	sleep 4.2
	refused tcp "$blocked"
	expect 0 lsmctl -t list
	never_says allow
	says timeout
}

longest_prefix_then_ports_then_protocol_then_block()
{
	load
	expect 0 lsmctl block 1.0.0.0/8
	expect 0 lsmctl allow 1.1.0.0/16
	expect 0 lsmctl block "$blocked" port 1-100
	expect 0 lsmctl allow "$blocked" port 80
	reaches tcp "$blocked"
	refused _port 81
	expect 0 lsmctl block "$blocked" port 80 proto tcp
	refused tcp "$blocked"
	reaches tcp "$neighbour"
	expect 0 lsmctl del 1.1.0.0/16
	refused tcp "$neighbour"
}
