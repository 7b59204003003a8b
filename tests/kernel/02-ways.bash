# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Every way in which a process can name a destination gets through before there is a rule, is refused after, with nothing
# arriving, and still gets through to a neighbour. ways.py has the ways.

# _attack FILE GROUP IPV4 IPV6: what became of each.
_attack()
{
	python3 "$here/attack.py" "${@:2}" >"$scratch/$1"
	[ -s "$scratch/$1" ] || fail "there are no such ways: ${*:2}"
}

# _told BEFORE AFTER NEIGHBOUR: a part for each way, from the three files.
_told()
{
	local name before after neighbour
	while IFS=$'\t' read -r name before <&3 && IFS=$'\t' read -r _ after <&4 && IFS=$'\t' read -r _ neighbour <&5; do
		if [[ $before == lacks:* ]]; then
			before=${before#lacks: }
			part "$name" skip "${before%$'\t'*}"
		elif [ "$before" != $'ok\tarrived' ]; then
			part "$name" fail "without a rule: $before"
		elif [ "$after" != $'EPERM\tsilent' ]; then
			part "$name" fail "when blocked: $after"
		elif [ "$neighbour" != $'ok\tarrived' ]; then
			part "$name" fail "to a neighbour: $neighbour"
		else
			part "$name" pass
		fi
	done 3<"$scratch/$1" 4<"$scratch/$2" 5<"$scratch/$3"
}

every_way_to_a_blocked_address_is_refused()
{
	modprobe -qa sctp smc l2tp_ip l2tp_ip6 || true
	_attack before dest "$blocked" "$blocked6"
	load
	expect 0 lsmctl block "$blocked,$blocked6"
	_attack after dest "$blocked" "$blocked6"
	_attack neighbour dest "$neighbour" "$neighbour6"
	_told before after neighbour
}

asking_for_no_address_is_asking_for_loopback()
{
	load
	expect 0 lsmctl block "$blocked,$blocked6"
	_attack before host "$neighbour" "$neighbour6"
	expect 0 lsmctl block loopback
	_attack after host "$neighbour" "$neighbour6"
	_told before after before
}

# A source may come from a bound address, a device, a control message, a connection. The rule is about something else.
asking_for_no_address_is_refused_where_the_socket_has_a_source_while_anything_blocks()
{
	modprobe -qa sctp smc || true
	_source
	load
	_attack before own "$source" "$source6"
	expect 0 lsmctl block 192.0.2.1
	_attack after own "$source" "$source6"
	expect 0 lsmctl -q flush
	expect 0 lsmctl audit "$source,$source6"
	_attack neighbour own "$source" "$source6"
	_no_source
	_told before after neighbour
}

# A device with its own addresses, and the addresses behind it.
_source()
{
	source=198.18.77.1 source6=2001:db8:77::1
	modprobe -q dummy numdummies=0 || skip 'there is no dummy device'
	echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
	ip link add src type dummy
	ip link set src up
	ip addr add "$source/32" dev src
	ip addr add "$source6/128" dev src nodad
	ip route add 198.20.0.1 dev src src "$source"
}

_no_source()
{
	ip link del src
}

# What the kernel itself says of them, and nothing is connected by it.
too_short_an_address_is_invalid_and_reaches_nothing()
{
	local file name result
	_attack before short "$blocked" "$blocked6"
	load --default block
	_attack after short "$blocked" "$blocked6"
	for file in before after; do
		while IFS=$'\t' read -r name result; do
			[ "$result" = $'EINVAL\tsilent' ] || fail "$file: $name: $result"
		done <"$scratch/$file"
	done
	same "$(cut -f 1 "$scratch/before" | wc -l)" "$(grep -c EINVAL "$scratch/after")"
}

# Hooks run without the socket's lock: between the look and the use another thread may give the socket a source. A third
# holds the lock, so that this is so each time.
no_thread_slips_a_source_under_a_call_for_no_address()
{
	local kind
	_source
	load
	for kind in bind device udpbind udpjoin; do
		expect 0 "$here/programs/race" "$kind" source "$source" src
		same "$output" 'asked 0, given 0, arrived'
		expect 0 lsmctl block "$source"
		expect 0 "$here/programs/race" "$kind" source "$source" src
		[[ $output == 'asked 1, given 0, silent' ]] || fail "it says: $output"
		expect 0 "$here/programs/race" "$kind" asking "$source" src
		[[ $output == 'asked 0, given 1, silent' || $output == 'asked 1, given 0, silent' ]] || fail "it says: $output"
		expect 0 lsmctl -q flush
	done
	_no_source
}

# _makes FAMILY TYPE [PROTOCOL]: such a socket, by numbers.
_makes()
{
	python3 -c 'import socket, sys; socket.socket(*map(int, sys.argv[1:]))' "$@"
}

# socket(2) need not say what it asks for: SEQPACKET of no protocol is SCTP.
strict_judges_the_protocol_that_a_socket_has()
{
	local inet=2 inet6=10 stream=1 dgram=2 raw=3 seqpacket=5 sctp=132 mptcp=262 attach
	modprobe -qa sctp smc || true
	for attach in lsm fmod_ret; do
		load --attach "$attach"
		if has_module sctp; then
			reaches _makes $inet $seqpacket
			expect 0 lsmctl set strict on
			refused _makes $inet $seqpacket
			refused _makes $inet6 $seqpacket
			refused _makes $inet $seqpacket $sctp
			refused _makes $inet $stream $sctp
		fi
		expect 0 lsmctl -e set strict on
		refused _makes $inet $raw 1
		! kernel_is_at_least 6 1 || refused _makes $inet $stream $mptcp
		reaches _makes $inet $stream
		reaches _makes $inet6 $dgram
		reaches _makes 1 $seqpacket
		# The kernel's own, which come with others: TCP's within SMC, and raw ones of a new network namespace.
		! has_module smc || reaches _makes 43 $stream
		reaches unshare -n true
		expect 0 lsmctl unload
	done
}

# _associates FIRST [FURTHER]...: a send begins an association with a peer of all these addresses. Without a FURTHER one,
# sctp_connectx(3) does.
_associates()
{
	python3 -c '
import socket, sys
first, *further = sys.argv[1:]
family = socket.AF_INET6 if ":" in first else socket.AF_INET
server, client = (socket.socket(family, socket.SOCK_SEQPACKET, socket.IPPROTO_SCTP) for _ in range(2))
server.bind(("", 4244))
server.listen()
server.settimeout(10)
kind = {socket.AF_INET: 7, socket.AF_INET6: 8}[family]
peers = [(socket.IPPROTO_SCTP, kind, socket.inet_pton(family, each)) for each in further]
if peers:
    client.sendmsg([b"x"], peers, 0, (first, 4244))
    server.recv(10)
else:
    client.setsockopt(socket.IPPROTO_SCTP, 110, b"\x02\x00\x10\x94" + socket.inet_aton(first) + bytes(8))
' "$@"
}

further_sctp_peers_are_judged_one_by_one()
{
	has_module sctp || skip 'there is no SCTP'
	local attach
	for attach in lsm fmod_ret; do
		load --attach "$attach"
		reaches _associates "$neighbour" "$blocked"
		expect 0 lsmctl block "$blocked" "$blocked6"
		expect 0 lsmctl block 1.1.1.4 port 4243
		expect 0 lsmctl block 1.1.1.5 port 4244 proto sctp
		reaches _associates "$neighbour" 1.1.1.3
		reaches _associates "$neighbour" 1.1.1.3 1.1.1.4
		reaches _associates "$neighbour6" 2001:db8::3
		refused _associates "$neighbour" "$blocked"
		refused _associates "$neighbour" 1.1.1.3 "$blocked"
		refused _associates "$neighbour" 1.1.1.5
		refused _associates "$neighbour6" 2001:db8::3 "$blocked6"
		refused _associates "$neighbour6" "::ffff:$blocked"
		# As without lsmctl: they stand for nothing here.
		refused_with 'Invalid argument' _associates "$neighbour" 0.0.0.0
		refused_with 'Invalid argument' _associates 0.0.0.0
		expect 0 lsmctl unload
	done
}
