# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# The backstop: packets to blocked addresses do not leave, even when no call named the address.

# shellcheck source-path=SCRIPTDIR source=packets.bash
. "$here/packets.bash"

# WAYS ODD PEER TARGET ANOTHER
_held_by_the_backstop_alone()
{
	load
	expect 0 lsmctl block "$4"
	_packets "$1,$2" "$3" "$4"
	_each "$_passes"
	expect 0 lsmctl set backstop on
	_packets "$1,$2" "$3" "$4"
	_each "$_held"
	# Packets to other addresses still leave.
	_packets "$1" "$3" "$5"
	_each "$_passes"
	# The backstop cannot parse the odd ones: they leave while nothing is blocked.
	expect 0 lsmctl audit "$4"
	_packets "$1,$2" "$3" "$4"
	_each "$_passes"
}

ipv4_packets_that_no_hook_sees_are_held()
{
	_held_by_the_backstop_alone "$_ways4" "$_odd4" "$neighbour" "$blocked" 1.1.1.3
}

ipv6_packets_that_no_hook_sees_are_held()
{
	_held_by_the_backstop_alone "$_ways6" "$_odd6" "$neighbour6" "$blocked6" 2001:db8::3
}

sockets_that_were_connected_before_there_was_a_rule_are_held_unless_they_are_streams()
{
	local rule=(lsmctl -q -e block "$blocked,$blocked6") way
	modprobe -q smc || true
	load
	for way in connected connected_udplite connected_ping deferred_tcp deferred_smc; do
		_sends "$_passes" "$way" "${rule[@]}"
		expect 0 lsmctl flush
	done
	expect 0 lsmctl set backstop on
	for way in connected connected_udplite connected_ping; do
		_sends "$_held" "$way" "${rule[@]}"
		expect 0 lsmctl flush
	done
	for way in deferred_tcp deferred_smc; do
		_sends $'ok\tsilent' "$way" "${rule[@]}"
		expect 0 lsmctl flush
	done
	_packets connected "$neighbour6" "$blocked6" "${rule[@]}"
	_each "$_held"
	expect 0 lsmctl flush
	_sends "$_passes" connected_tcp "${rule[@]}"
	expect 0 lsmctl flush
	_packets connected_tcp "$neighbour6" "$blocked6" "${rule[@]}"
	_each "$_passes"
}

rules_of_ports_and_protocols_are_about_packets_too()
{
	load --backstop
	expect 0 lsmctl block "$blocked" port 4242 proto udp
	_sends "$_held" raw4
	_sends "$_passes" raw4_syn
	# Only the first fragment has ports, and without it no host assembles the rest.
	_sends "$_passes" raw4_later
	expect 0 lsmctl block "$blocked" port 4242 proto tcp
	_sends "$_held" raw4_syn,raw4_ack
	expect 0 lsmctl flush
	expect 0 lsmctl block "$blocked" port 4241
	_sends "$_passes" raw4,raw4_syn
	expect 0 lsmctl block "$blocked" proto raw
	_sends "$_held" raw4,raw4_later
	_sends "$_passes" connected
	expect 0 lsmctl block "$blocked6" port 4242 proto udp
	_packets raw6,raw6_options,raw6_fragment "$neighbour6" "$blocked6"
	_each "$_held"
}

refused_packets_are_counted_and_others_are_not()
{
	local before
	load --backstop
	expect 0 lsmctl block "$blocked"
	_totals
	before=$totals
	_sends "$_held" raw4
	_totals
	field_is "$blocked/32" hits 1
	same "${totals##* }" $((${before##* } + 1)) 'blocked'
	# A call that is let through counts once, and not its packet.
	_totals
	before=$totals
	_packets raw4 "$blocked" "$neighbour"
	_totals
	same "${totals##* }" $((${before##* } + 1)) 'blocked, by the hook: the address that the call named'
	same "${totals% *}" "${before% *}" allowed
}

# The process is unknown by then.
watchers_are_told_of_refused_packets()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	lsmctl -j watch block >"$scratch/watched" 2>&1 &
	wait_for _is_told_of_raw4
	try tail -n 1 "$scratch/watched"
	says '"verdict":"block","rule_id":1,"rule_text":"1.1.1.1","pid":null,"tgid":null,"uid":0,"gid":0,"comm":null,"exe":null,"exe_fits":null,"cgroup":"/","hook":"egress",' \
		"\"proto\":\"udp\",\"destination\":\"$blocked\",\"port\":4242,\"name\":null,\"truncated\":false,\"errno\":\"EPERM\""
}

_is_told_of_raw4()
{
	_sends "$_held" raw4
	grep -q egress "$scratch/watched"
}

_totals()
{
	expect 0 lsmctl -j stats
	number_of allowed "$output"
	totals=$value
	number_of blocked "$output"
	totals+=" $value"
}

in_mode_audit_packets_leave()
{
	load --backstop --mode audit
	expect 0 lsmctl block "$blocked"
	_sends "$_passes" raw4,connected
	field_is "$blocked/32" hits 1
	expect 0 lsmctl set mode enforce
	_sends "$_held" raw4
	expect 0 lsmctl audit "$blocked"
	_sends "$_passes" raw4
}

# The sender is the creator of the socket, whatever process runs when the packet leaves.
packets_are_of_the_user_that_made_the_socket()
{
	load --backstop
	expect 0 lsmctl block "$blocked" uid kim
	_sends "$_passes" raw4
	_kims "$_held"
	expect 0 lsmctl allow "$blocked" uid kim
	expect 0 lsmctl block "$blocked"
	_sends "$_held" raw4
	_kims "$_passes"
}

# So is the group. Whoever has another may give the socket's file away, and that changes nothing.
packets_are_of_the_group_that_made_the_socket()
{
	load --backstop
	expect 0 lsmctl block "$blocked" gid 1000
	_sends "$_passes" raw4
	_kims "$_held"
	expect 0 lsmctl del "$blocked" gid 1000
	expect 0 lsmctl block "$blocked" gid 999-1001
	_kims "$_held"
	expect 0 lsmctl allow "$blocked" gid 1000
	expect 0 lsmctl block "$blocked"
	_sends "$_held" raw4
	_kims "$_passes"
}

# What root keeps when it becomes kim is what it takes to make such a socket.
_kims()
{
	expect 0 setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps +net_raw --ambient-caps +net_raw \
		python3 "$here/packets.py" raw4 "$neighbour" "$blocked"
	_each "$1"
}

packets_are_of_the_cgroup_that_the_socket_was_made_in()
{
	local outer=/sys/fs/cgroup/outer
	mkdir -p $outer/inner
	load --backstop
	expect 0 lsmctl block "$blocked" cgroup /outer
	_sends "$_passes" raw4
	_in $outer "$_held"
	_in $outer/inner "$_held"
	expect 0 lsmctl allow "$blocked" cgroup /outer/inner
	_in $outer "$_held"
	_in $outer/inner "$_passes"
	expect 0 lsmctl block "$blocked" cgroup /
	_sends "$_held" raw4
	_in $outer/inner "$_passes"
	expect 0 lsmctl flush
	# The socket is from outside, and what it is sent in does not matter.
	expect 0 lsmctl block "$blocked" cgroup /outer
	_sends "$_passes" raw4 bash -c "echo \$PPID >$outer/cgroup.procs"
	rmdir $outer/inner $outer
}

# _in CGROUP RESULT
_in()
{
	# shellcheck disable=SC2016 # for the other shell
	expect 0 bash -c 'echo $$ >"$1/cgroup.procs"; exec python3 "$2/packets.py" raw4 "$3" "$4"' - "$1" "$here" \
		"$neighbour" "$blocked"
	_each "$2"
}

# With default block: answers to other hosts need no rule, whatever the host.
what_answers_a_connection_is_let_through()
{
	load --default block --backstop
	expect 0 lsmctl flush
	expect 0 lsmctl allow any uid kim
	refused tcp "$blocked"
	expect 0 as_kim curl -sS --max-time 10 "http://$blocked/"
	says reached
	expect 0 as_kim curl -sS --max-time 10 "http://[$blocked6]/"
	says reached
	# The kernel's own.
	reaches as_kim ping -c 1 -W 5 "$blocked"
	reaches as_kim ping -c 1 -W 5 "$blocked6"
}

sctp_servers_serve_whom_they_could_not_ask()
{
	has_module sctp || skip 'there is no SCTP'
	sysctl -qw net.sctp.hb_interval=200 net.sctp.rto_initial=200 net.sctp.rto_min=100 \
		net.sctp.association_max_retrans=3
	load --default block --backstop
	expect 0 lsmctl flush
	expect 0 lsmctl allow any uid kim
	expect 0 python3 "$here/sctp.py" "$blocked" "$neighbour"
	says 'answered answered'
}

sctp_peers_cannot_bring_up_what_is_blocked()
{
	has_module sctp || skip 'there is no SCTP'
	sysctl -qw net.sctp.rto_initial=200 net.sctp.rto_min=100
	load
	expect 0 lsmctl block "$blocked"
	_sends "$_passes" sctp
	expect 0 lsmctl set backstop on
	_sends $'ok\tsilent' sctp
}

# What peers of MPTCP announce is connected to by the kernel. Two hosts with two links between them.
_two_hosts()
{
	kernel_is_at_least 6 1 || skip 'MPTCP is not in this kernel'
	has_module veth || skip 'there is no veth'
	ip netns add client
	ip netns add server
	local link
	for link in 1 2; do
		ip link add "c$link" netns client type veth peer name "s$link" netns server
		ip -n client addr add "198.18.$link.1/24" dev "c$link"
		ip -n server addr add "198.18.$link.2/24" dev "s$link"
		ip -n client link set "c$link" up
		ip -n server link set "s$link" up
	done
	ip -n client mptcp limits set subflow 2 add_addr_accepted 2
	ip -n server mptcp limits set subflow 2
	ip -n server mptcp endpoint add 198.18.2.2 dev s2 signal
}

_no_hosts()
{
	ip netns del client
	ip netns del server
}

# _subflows N [SETPRIV...]: so many further ones come to be; or, were there none, fail to come in some time.
_subflows()
{
	expect 0 python3 "$here/mptcp.py" "${@:2}"
	same "$output" "$1" 'SYNs of further subflows'
}

mptcp_subflows_to_what_is_blocked_do_not_come_to_be()
{
	_two_hosts
	load
	expect 0 lsmctl block 198.18.2.2
	_subflows 1
	expect 0 lsmctl set backstop on
	_subflows 0
	expect 0 lsmctl del 198.18.2.2
	_subflows 1
	# They are of who made the connection, though the kernel makes them.
	expect 0 lsmctl block 198.18.2.2 uid kim
	_subflows 1
	_subflows 0 1000
	expect 0 lsmctl flush
	mkdir /sys/fs/cgroup/mptcp
	expect 0 lsmctl block 198.18.2.2 cgroup /mptcp
	_subflows 1
	# shellcheck disable=SC2016 # for the other shell
	expect 0 bash -c 'echo $$ >/sys/fs/cgroup/mptcp/cgroup.procs; exec python3 "$1/mptcp.py"' - "$here"
	same "$output" 0
	_no_hosts
}
