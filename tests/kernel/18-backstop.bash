# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# The backstop: packets to what is blocked do not leave, where nobody was asked for the address. packets.py sends them.

# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

_ways4=route4,raw4,raw4_syn,raw4_ack,raw4_later
_ways6=route6,raw6,raw6_options,raw6_fragment,raw6_later
# These have more headers than are looked at, or less than one.
_odd4=raw4_short _odd6=raw6_many

# _packets WAYS PEER TARGET [COMMAND...]: into $output.
_packets()
{
	expect 0 python3 "$here/packets.py" "$@"
}

# _each RESULT: of the last; or the kernel lacks what the way is about.
_each()
{
	local way result
	while IFS=$'\t' read -r way result; do
		[[ $result == "$1" || $result == lacks:* ]] || fail "$way: $result, not $1"
	done <<<"$output"
}

_passes=$'ok\tarrived' _held=$'EPERM\tsilent'

# _sends RESULT WAYS [COMMAND...]: to what scenarios block, by way of the neighbour.
_sends()
{
	_packets "$2" "$neighbour" "$blocked" "${@:3}"
	_each "$1"
}

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
	# What nobody blocks still leaves.
	_packets "$1" "$3" "$5"
	_each "$_passes"
	# Of the odd ones nobody can say what they are: they leave where nothing is blocked.
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
	load
	for way in connected connected_udplite connected_ping; do
		_sends "$_passes" "$way" "${rule[@]}"
		expect 0 lsmctl flush
	done
	expect 0 lsmctl set backstop on
	for way in connected connected_udplite connected_ping; do
		_sends "$_held" "$way" "${rule[@]}"
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
	# Without ports: only the first fragment has them, and without that one nobody makes anything of the rest.
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

# Which process it was nobody knows by then.
watchers_are_told_of_refused_packets()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	lsmctl -j watch block >"$scratch/watched" 2>&1 &
	wait_for _is_told_of_raw4
	try tail -n 1 "$scratch/watched"
	says '"verdict":"block","rule_id":1,"pid":null,"tgid":null,"uid":0,"comm":null,"cgroup":"/","hook":"egress",' \
		"\"proto\":\"udp\",\"destination\":\"$blocked\",\"port\":4242,\"errno\":\"EPERM\""
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

# Who sends is who made the socket, whoever runs when the packet leaves.
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

# With default block: what answers to others needs no rule, whoever they are.
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

# Attached or not, as the kernel tells; there is one link for each pin.
_attached()
{
	local links
	links=$(bpftool link list)
	same "$(grep -c 'cgroup_inet_egress\|attach_type egress\|cgroup_skb' <<<"$links")" "$1" 'links to cgroups'
}

set_off_detaches()
{
	load
	_attached 0
	expect 0 lsmctl -j status
	says '"backstop":"off"'
	never_says '"egress"'
	expect 0 lsmctl set backstop on
	_attached 1
	expect 0 lsmctl -j status
	says '"backstop":"on"' '"hook":"egress"'
	expect 1 lsmctl set backstop on
	expect 0 lsmctl -e set backstop on
	_attached 1
	expect 0 lsmctl set backstop off
	_gone
	expect 1 lsmctl set backstop off
	expect 0 lsmctl set backstop on
	expect 0 lsmctl unload
	_gone
	nothing_in_force
}

# The kernel gets round to it a little later.
_gone()
{
	wait_for _none_attached
	pinned
	[[ $names != *link_egress* ]] || fail 'it is pinned'
}

_none_attached()
{
	(_attached 0)
}

files_say_that_it_is_on()
{
	printf '%s\n' 'set backstop on' "block $blocked" >"$scratch/rules"
	load --file "$scratch/rules"
	_sends "$_held" raw4
	expect 0 lsmctl save "$scratch/saved"
	same "$(<"$scratch/saved")" "$(<"$scratch/rules")"
	echo "block $blocked" >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_gone
	_sends "$_passes" raw4
	expect 0 lsmctl -n restore "$scratch/saved"
	says 'set backstop on'
	_gone
	expect 0 lsmctl restore "$scratch/saved"
	_sends "$_held" raw4
	expect 1 lsmctl load --backstop
	expect 0 lsmctl -e load --backstop
	expect 0 lsmctl set backstop off
	expect 1 lsmctl -e load --backstop
	says 'lsmctl set backstop on'
	expect 0 lsmctl unload
	echo "block $blocked" >"$scratch/rules"
	load --backstop --file "$scratch/rules"
	_sends "$_held" raw4
}

trials_of_it_end_by_themselves()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl set backstop on --confirm 3s
	_sends "$_held" raw4
	sleep 3
	_sends "$_passes" raw4
	_attached 1
	expect 0 lsmctl set backstop on
	expect 0 lsmctl set backstop off --confirm 60s
	_sends "$_passes" raw4
	_attached 1
	expect 0 lsmctl confirm --revert
	_sends "$_held" raw4
	expect 0 lsmctl set backstop off --confirm 3s
	sleep 3
	_sends "$_held" raw4
	expect 0 lsmctl set backstop off --confirm 60s
	expect 0 lsmctl confirm
	_gone
	expect 0 lsmctl set backstop on --confirm 60s
	expect 0 lsmctl confirm --revert
	_gone
	echo 'set backstop on' >"$scratch/rules"
	expect 0 lsmctl restore --confirm 60s "$scratch/rules"
	_attached 1
	expect 0 lsmctl confirm
	_attached 1
}

two_policies_have_their_own()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl --pin-dir "$other_pins" load --max-rules 64 --backstop
	expect 0 lsmctl --pin-dir "$other_pins" block "$neighbour"
	_attached 2
	_sends "$_held" raw4
	_packets raw4 1.1.1.3 "$neighbour"
	_each "$_held"
	expect 0 lsmctl unload
	_packets raw4 1.1.1.3 "$blocked"
	_each "$_passes"
	_packets raw4 1.1.1.3 "$neighbour"
	_each "$_held"
	expect 0 lsmctl --pin-dir "$other_pins" set backstop off
	_gone
}

# No packet slips through between the old program and the new one.
upgrade_leaves_no_gap()
{
	local old new
	load --backstop
	_link_id
	old=$value
	_sends "$_held" connected bash -c "lsmctl -q block $blocked; lsmctl -q upgrade"
	_link_id
	new=$value
	[ "$old" != "$new" ] || fail 'it is the same link'
	_attached 1
	expect 0 python3 "$here/sending.py" "$neighbour" \
		bash -c "lsmctl -q block $neighbour; lsmctl -q upgrade"
	says 'and 0 got through'
	# What is not wanted any more is not renewed either, and what is missing is.
	expect 0 lsmctl set backstop off
	expect 0 lsmctl upgrade
	_attached 0
	expect 0 lsmctl set backstop on
	rm "$pins/link_egress"
	expect 0 lsmctl upgrade
	_attached 1
}

_link_id()
{
	local status
	status=$(lsmctl -j status)
	[[ $status =~ \"hook\":\"egress\",\"state\":\"attached\",\"prog_id\":[0-9]+,\"link_id\":([0-9]+) ]] || fail "no egress in $status"
	value=${BASH_REMATCH[1]}
}

killed_at_any_instant_it_is_put_right_by_the_next()
{
	local instant instants
	load
	expect 0 lsmctl block "$blocked"
	_calls lsmctl set backstop on
	expect 0 lsmctl set backstop off
	_first 'PROG_LOAD egress'
	_instants "$n"
	for instant in "${instants[@]}"; do
		_killed "$instant" lsmctl set backstop on
		if [[ $(lsmctl -j status) == *'"backstop":"on"'* ]]; then
			_sends "$_held" raw4
		else
			_sends "$_passes" raw4
			expect 0 lsmctl set backstop on
			_sends "$_held" raw4
		fi
		_attached 1
		expect 0 lsmctl set backstop off
		_gone
	done
	# Attached and not wanted: by the one that takes it away.
	_first 'OBJ_PIN *link_egress*'
	_killed "after $n" lsmctl set backstop on
	expect 0 lsmctl -e set backstop off
	_gone
}

killed_as_it_goes_off_it_stays_attached_until_the_next()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	try "${_fault[@]}" FAULT_CALL=unlinkat FAULT_AT=1 lsmctl set backstop off
	same "$status" 137
	_attached 1
	_sends "$_passes" raw4
	expect 0 lsmctl set backstop off
	_gone
}

what_somebody_else_detached_is_told_and_mended()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl doctor
	says 'good     backstop'
	rm "$pins/link_egress"
	_sends "$_passes" raw4
	_is_told_and_mended
	_link_id
	bpftool link detach id "$value"
	_sends "$_passes" raw4
	_is_told_and_mended
}

_is_told_and_mended()
{
	expect 2 lsmctl doctor
	says 'bad      backstop' '-> lsmctl -e set backstop on'
	expect 2 lsmctl status
	says BAD
	expect 0 lsmctl -e set backstop on
	expect 0 lsmctl doctor
	_attached 1
	_sends "$_held" raw4
}

_no_cgroups()
{
	umount /sys/fs/cgroup
	load
	expect 2 lsmctl set backstop on
	says 'mount -t cgroup2'
	expect 0 lsmctl unload
	expect 2 lsmctl load --backstop
	says 'mount -t cgroup2'
	nothing_in_force
}

without_a_cgroup_hierarchy_it_says_what_to_mount()
{
	privately _no_cgroups
}

_a_cgroup_namespace()
{
	mkdir -p /sys/fs/cgroup/inside
	echo $$ >/sys/fs/cgroup/inside/cgroup.procs
	load
	expect 2 unshare -C bash -c 'umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; lsmctl set backstop on'
	says 'not the root'
}

in_a_cgroup_namespace_it_says_that_it_cannot()
{
	privately _a_cgroup_namespace
}
