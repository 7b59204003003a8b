# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# What is open and refused is closed, and nothing else.

# _cut CASE... -- COMMAND...: opens these, runs it, and tells in $output what became of each.
_cut()
{
	expect 0 python3 "$here/cut.py" "$@"
}

# _namespaces NAME...: in each, the same addresses are reachable as here.
_namespaces()
{
	local name
	for name; do
		ip netns add "$name"
		ip -n "$name" -batch - <<-END
			link set lo up
			route add local 1.0.0.0/8 dev lo
			route add local 2001:db8::/32 dev lo
			addr add $blocked/32 dev lo
			addr add $neighbour/32 dev lo
			addr add $blocked6/128 dev lo nodad
			addr add $neighbour6/128 dev lo nodad
		END
	done
}

_no_namespaces()
{
	local name
	for name; do
		ip netns del "$name"
	done
}

# The rule comes second, so that the connections can be made: `block` is a part of the command.
all_that_this_host_opened_is_closed()
{
	load
	_cut tcp4 tcp6 mapped syn_sent half_closed udp4 udp6 udp_mapped neighbour4 neighbour6 neighbour_udp listener -- \
		lsmctl block --cut "$blocked,$blocked6"
	says 'exit: 0' 'tcp4: ECONNABORTED' 'tcp6: ECONNABORTED' 'mapped: ECONNABORTED' 'syn_sent: ECONNABORTED' \
		'half_closed: ECONNABORTED' 'udp4: E' 'udp6: E' 'udp_mapped: E' \
		'neighbour4: open' 'neighbour6: open' 'neighbour_udp: open' 'listener: open'
	refused tcp "$blocked"
}

# In a process namespace of its own the process is the first.
processes_have_the_ids_that_their_reader_knows()
{
	load
	expect 0 unshare -p -f --mount-proc python3 "$here/cut.py" tcp4 -- lsmctl -j connections
	says '"pid":1,"comm":"python3"'
	pinned
	[[ " $names " == *' prog_holders '* ]] || fail "it was /proc that told of them: $names"
	_cut tcp4 -- lsmctl -j connections
	says '"comm":"python3"'
	never_says '"pid":1,"comm":"python3"'
}

what_came_in_is_left_and_named()
{
	load
	_cut accepted odd_port udp_server tcp4 -- lsmctl block --cut "$blocked"
	says 'exit: 0' 'accepted: open' 'odd_port: open' 'udp_server: open' 'tcp4: ECONNABORTED' \
		'it came in: a program waits at local port' 'it counts as came in: local port 1023 is not in'
}

your_own_session_is_left_and_named()
{
	load
	# An SSH server among the parents has it.
	_cut --ssh sshd-session tcp4 neighbour4 -- lsmctl block --cut "$blocked"
	says 'exit: 0' '0 connections cut' 'your own SSH connection' 'tcp4: open'
	expect 0 lsmctl del "$blocked"
	# sudo hides SSH_CONNECTION from the command, not from its parents.
	_cut --ssh-connection tcp4 tcp4 -- lsmctl block --cut "$blocked"
	says 'exit: 0' '1 connection cut' 'your own SSH connection' 'tcp4: open' 'tcp4: ECONNABORTED'
	expect 0 lsmctl del "$blocked"
	# No other program's connections are left for being a parent's.
	_cut --ssh notsshd tcp4 -- lsmctl block --cut "$blocked"
	says 'exit: 0' '1 connection cut' 'tcp4: ECONNABORTED'
}

all_namespaces_are_looked_into()
{
	_namespaces blue hidden
	load
	# In the second there is neither a process nor a mount by the time of the cut: only the sockets lead there.
	_cut in blue tcp4 in blue neighbour4 in hidden tcp6 in hidden udp4 in hidden neighbour4 -- bash -c "
		ip netns del hidden
		lsmctl -q block $blocked,$blocked6
		lsmctl connections refused
		lsmctl cut"
	says 'exit: 0' 'blue tcp4: ECONNABORTED' 'blue neighbour4: open' 'hidden tcp6: ECONNABORTED' 'hidden udp4: E' \
		'hidden neighbour4: open' ' blue '
	ip netns del blue
}

only_what_the_rule_covers_is_closed()
{
	load
	expect 0 lsmctl -q allow loopback
	_cut tcp4 tcp6 udp4 udp6 -- sh -c "lsmctl -q block $blocked,$blocked6; lsmctl cut any4 proto udp"
	says 'exit: 0' '1 connection cut' 'tcp4: open' 'tcp6: open' 'udp4: E' 'udp6: open'
	expect 0 lsmctl -q del "$blocked,$blocked6"
	_cut tcp4 tcp6 -- sh -c "lsmctl -q block $blocked,$blocked6; lsmctl cut 2001:db8::/32 uid 0"
	says '1 connection cut' 'tcp4: open' 'tcp6: ECONNABORTED'
	expect 0 lsmctl -q del "$blocked,$blocked6"
	_cut tcp4 -- sh -c "lsmctl -q block $blocked; lsmctl cut any uid 1000; lsmctl cut any port 1"
	says '0 connections cut' 'tcp4: open'
	expect 0 lsmctl -q del "$blocked"
	_cut tcp4 tcp6 -- sh -c "lsmctl -q block $blocked,$blocked6; lsmctl block $neighbour --cut"
	says '0 connections cut' 'tcp4: open' 'tcp6: open'
}

what_the_policy_lets_be_is_left()
{
	load
	expect 0 lsmctl set mode audit
	_cut tcp4 -- lsmctl block --cut "$blocked"
	says '0 connections cut' 'tcp4: open'
	expect 0 lsmctl set mode enforce
	expect 0 lsmctl -q del "$blocked"
	# A rule for another user, another port, another cgroup.
	_cut tcp4 udp4 -- sh -c "lsmctl -q block $blocked uid 1000; lsmctl -q block $blocked port 1; lsmctl cut"
	says '0 connections cut' 'tcp4: open' 'udp4: open'
	expect 0 lsmctl -q flush
	_cut tcp4 udp4 -- sh -c "lsmctl -q block $blocked uid 0 port 53; lsmctl cut"
	says '1 connection cut' 'tcp4: open' 'udp4: E'
}

# _in_cgroup NAME COMMAND...
_in_cgroup()
{
	mkdir -p "$(cgroup_root)/$1"
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$(cgroup_root)/$1" "${@:2}"
}

a_socket_is_judged_by_its_own_cgroup()
{
	local cgroup
	cgroup=$(cgroup_root)
	load
	mkdir -p "$cgroup/some/deep" "$cgroup/other"
	expect 0 _in_cgroup some/deep python3 "$here/cut.py" tcp4 -- sh -c "
		echo \$\$ >$cgroup/other/cgroup.procs
		lsmctl -q block $blocked cgroup /other; lsmctl cut
		lsmctl connections cgroup /some; lsmctl -q block $blocked cgroup /some; lsmctl cut"
	says '0 connections cut' '1 connection cut' '/some/deep' 'tcp4: ECONNABORTED'
	wait_for rmdir "$cgroup/some/deep"
	rmdir "$cgroup/some"
	wait_for rmdir "$cgroup/other"
}

# The group and the program are of the process that has the socket.
rules_for_groups_and_programs_are_asked_too()
{
	local program
	program=$(readlink -f "$(type -P python3)")
	load
	_cut tcp4 neighbour4 -- sh -c "lsmctl -q block $blocked gid 4242; lsmctl cut; lsmctl -q block $blocked gid 0; lsmctl cut"
	says 'exit: 0' '0 connections cut' '1 connection cut' 'tcp4: ECONNABORTED' 'neighbour4: open'
	expect 0 lsmctl -q flush
	_cut tcp4 neighbour4 -- sh -c "lsmctl -q block $blocked exe /usr/bin/other; lsmctl cut
		lsmctl -q block $blocked exe $program; lsmctl cut"
	says 'exit: 0' '0 connections cut' '1 connection cut' 'tcp4: ECONNABORTED' 'neighbour4: open'
	expect 0 lsmctl -q flush
	# As words that select, too.
	_cut tcp4 udp4 -- sh -c "lsmctl -q block $blocked; lsmctl cut any gid 4242; lsmctl connections gid 0 port 53
		lsmctl cut any proto udp exe $program"
	says '0 connections cut' "$blocked:53" '1 connection cut' 'tcp4: open' 'udp4: E'
}

other_commands_cut_too()
{
	load
	_cut tcp4 neighbour4 -- sh -c "echo 'block $blocked' | lsmctl restore --cut -"
	says 'exit: 0' '1 connection cut' 'tcp4: ECONNABORTED' 'neighbour4: open'
	expect 0 lsmctl -q flush
	_cut tcp4 -- sh -c "lsmctl -q block --confirm 1m $blocked; lsmctl confirm --cut"
	says 'exit: 0' 'confirmed' '1 connection cut' 'tcp4: ECONNABORTED'
	expect 0 lsmctl -q flush
	_cut tcp4 udp6 -- lsmctl set default block --cut
	says 'exit: 0' 'tcp4: ECONNABORTED' 'udp6: E'
	expect 0 lsmctl set default allow
	# There is no asking by rules that are not in force.
	expect 1 lsmctl -n block --cut "$blocked"
	says 'lsmctl connections'
}

a_dry_run_closes_nothing()
{
	load
	_cut tcp4 accepted -- sh -c "lsmctl -q block $blocked; lsmctl cut --dry-run"
	says 'exit: 0' 'would cut' 'would be cut' 'tcp4: open' 'accepted: open'
}

# Its program can still send elsewhere, and so judged, but not to its peer.
a_connected_raw_socket_loses_its_peer()
{
	load
	_cut raw neighbour4 -- lsmctl block --cut "$blocked"
	says 'exit: 0' '1 connection cut' 'raw: ECONNABORTED' 'neighbour4: open'
	expect 0 lsmctl -q flush
	_cut raw tcp4 -- lsmctl block --cut "$blocked" proto raw
	says '1 connection cut' 'raw: ECONNABORTED' 'tcp4: open'
}

what_cannot_be_closed_is_named()
{
	python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)' || skip 'there is no UDP-Lite'
	load
	_cut udplite tcp4 -- lsmctl block --cut "$blocked"
	says 'exit: 2' '1 connection cut, 1 left open, 1 cannot be cut' 'udplite: open' 'tcp4: ECONNABORTED' \
		'the kernel does not close it: Operation not supported'
}

mptcp_loses_its_subflows()
{
	[ -e /proc/sys/net/mptcp/enabled ] || skip 'there is no MPTCP'
	load
	_cut mptcp neighbour4 -- lsmctl block --cut "$blocked"
	says 'exit: 2' 'the kernel closes no MPTCP socket, only its subflows' 'neighbour4: open'
	[[ $output =~ cut\ +tcp\ +out ]] || fail 'the subflow is not closed'
}

documents_have_all_of_it()
{
	load
	_cut tcp4 udp6 accepted -- sh -c "lsmctl -q block $blocked,$blocked6
		lsmctl -j connections refused port 53
		lsmctl -j cut -n
		lsmctl -j block --cut --exist $blocked"
	says '{"schema":2,"connections":[{"proto":"udp","state":"ESTAB","way":"out","local":"2001:db8::1"' \
		'"destination":"2001:db8::1","port":53,"verdict":"block","rule_id":2,"errno":"EPERM","pid":' \
		'"comm":"python3"' '"uid":0,"user":"root"' '{"schema":2,"dry_run":true,"cut":{"closed":[{' \
		'"why":"it came in' '{"schema":2,"dry_run":false,"added":[],' '"uncut":[]'
}

nothing_is_closed_without_a_policy()
{
	_cut tcp4 -- lsmctl cut
	says 'exit: 3' 'not loaded' 'tcp4: open'
}

thousands_in_many_namespaces_are_closed_in_time()
{
	local names name cases=()
	names=$(seq -f 'space%g' 10)
	# shellcheck disable=SC2086 # they are words
	_namespaces $names
	load
	for name in $names; do
		cases+=(in "$name" tcp4:100 in "$name" udp4:60 in "$name" tcp6:40 in "$name" neighbour4:20)
	done
	_cut "${cases[@]}" -- bash -c "
		lsmctl -q block $blocked,$blocked6
		TIMEFORMAT='took %U %S'
		time lsmctl -q cut"
	for name in $names; do
		says "$name tcp4: ECONNABORTED x 100" "$name tcp6: ECONNABORTED x 40" "$name neighbour4: open x 20"
		[[ $output =~ "$name udp4: E"[A-Z]*" x 60" ]] || fail "datagram sockets of $name"
	done
	[[ $output =~ took\ ([0-9]+)\.[0-9]+\ ([0-9]+)\. ]] || fail 'no times'
	note "2000 closed in ${BASH_REMATCH[0]} s"
	[ $((BASH_REMATCH[1] + BASH_REMATCH[2])) -lt 20 ] || fail 'too slow'
	# shellcheck disable=SC2086
	_no_namespaces $names
}

# _looks PID FILE: it has what it waits with, and nothing yet.
_looks()
{
	readlink "/proc/$1/fd/"* | grep -q eventpoll
}

watchers_are_told()
{
	local all blocks allows
	load
	lsmctl -j watch >"$scratch/all" &
	all=$!
	lsmctl -t watch block >"$scratch/blocks" &
	blocks=$!
	lsmctl watch allow 192.0.2.0/24 >"$scratch/allows" &
	allows=$!
	wait_for _looks "$all"
	wait_for _looks "$blocks"
	wait_for _looks "$allows"
	_cut tcp4 udp6 accepted neighbour4 -- lsmctl block --cut "$blocked,$blocked6" comment 'an emergency'
	says 'exit: 0' 'tcp4: ECONNABORTED' 'udp6: E' 'accepted: open'
	expect 0 python3 "$here/cut.py" neighbour4 -- lsmctl -n cut
	sleep 1
	kill -INT "$all" "$blocks" "$allows"
	wait "$all" "$blocks" "$allows"
	expect 0 cat "$scratch/blocks"
	[ "$(grep -c $'\tcut\tpython3\\[' "$scratch/blocks")" = 2 ] || fail 'the two that were cut are not there'
	says "$blocked:" "[$blocked6]:" "rule 1: $blocked" "rule 2: $blocked6"
	[ ! -s "$scratch/allows" ] || fail 'told of what it did not ask for'
	[ "$(grep -c '"verdict":"cut"' "$scratch/all")" = 2 ] || fail 'the two are not in JSON'
	grep -q '"verdict":"cut","rule_id":1,.*"comm":"python3",.*"hook":null,"proto":"tcp"' "$scratch/all" || fail "$(<"$scratch/all")"
}
