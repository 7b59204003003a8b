# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Under default block a UDP server answers whom it has heard of, and nobody else.

# shellcheck source-path=SCRIPTDIR source=outside.bash
. "$here/outside.bash"

# What outside sends to is allowed; where the server may answer to is not.
_load()
{
	_two_hosts
	load --default block "$@"
	expect 0 lsmctl allow 198.51.100.1,fd00:51::1
}

# _case CASE RESULT [COMMAND...]
_case()
{
	expect 0 python3 "$here/answers.py" "$1" "${@:3}"
	same "${output##*$'\n'}" "$2" "$1"
}

udp_servers_answer_whom_they_have_heard_of()
{
	_load
	_case four answered
	_case six answered
	_case mapped answered
	expect 0 lsmctl -j status
	# Those who asked have received something, too.
	says '"answers":"on"' '"hook":"ingress","state":"attached"' '"senders":{"recent":6,"room":65536,"forgotten":0}'
	expect 0 lsmctl -j stats
	number_of blocked "$output"
	same "$value" 0 'blocked'
	_one_host
}

udp_servers_reach_nobody_else()
{
	_load
	_case port_of_another EPERM
	_case other_socket EPERM
	_case shared_port 'EPERM answered'
	_case connects EPERM
	_case connected 'answered EPERM'
	_one_host
}

a_socket_answers_in_whatever_process()
{
	_load
	_case passed answered
	_one_host
}

what_this_host_sent_itself_makes_no_answer()
{
	_load
	_case loopback EPERM
	_case own_address EPERM
	expect 0 lsmctl allow ff02::1234
	_case multicast EPERM
	expect 0 lsmctl -j status
	says '"senders":{"recent":0,'
	_one_host
}

# A VRF device stands for loopback there. In a namespace of its own, since the first one changes the routing for good.
what_this_host_sent_itself_in_a_vrf_makes_no_answer()
{
	has_module vrf || skip 'there is no VRF'
	ip netns add red
	ip -n red link set lo up
	ip -n red link add red type vrf table 10
	ip -n red link set red up
	ip -n red addr add fd00:52::1/128 dev red nodad
	load --default block
	expect 0 lsmctl allow fd00:52::1
	expect 0 ip netns exec red python3 "$here/answers.py" in_a_vrf
	same "${output##*$'\n'}" EPERM
	ip netns del red
}

a_rule_that_blocks_the_sender_wins()
{
	_load
	_case four EPERM lsmctl -q block 198.51.100.2
	_case six answered
	expect 0 lsmctl del 198.51.100.2
	expect 0 lsmctl block 198.51.100.2 uid kim
	_case four answered
	_case passed refused
	_one_host
}

answers_off_closes_it()
{
	_load
	_case four EPERM lsmctl -q set answers off
	expect 0 lsmctl -j status
	says '"answers":"off"' '"senders":null'
	never_says '"hook":"ingress"'
	_case four EPERM
	expect 0 lsmctl set answers on
	_case four answered
	# What was remembered before is not.
	_case four EPERM bash -c 'lsmctl -q set answers off; lsmctl -q set answers on'
	_one_host
}

after_three_minutes_it_is_no_answer()
{
	_load
	_case four answered --older 170
	_case four EPERM --older 180
	# In between, the backstop judges likewise.
	expect 0 lsmctl set backstop on
	_case four answered --older 170
	_one_host
}

the_backstop_knows_answers()
{
	_load --backstop
	_case four answered
	_case six answered
	_case other_socket EPERM
	_one_host
}

# Nothing is attached where nothing needs it.
_ingress()
{
	local links
	links=$(bpftool link list)
	same "$(grep -c 'ingress' <<<"$links")" "$1" 'links to cgroups'
}

_detached()
{
	wait_for _none
	pinned
	[[ $names != *link_ingress* ]] || fail 'it is pinned'
}

_none()
{
	(_ingress 0)
}

_one()
{
	(_ingress 1)
}

answers_are_attached_only_under_default_block()
{
	load
	_ingress 0
	expect 0 lsmctl -j status
	says '"answers":"on"' '"senders":null'
	expect 0 lsmctl set default block
	_ingress 1
	expect 0 lsmctl set default allow
	_detached
	expect 0 lsmctl set default block --confirm 60s
	_ingress 1
	expect 0 lsmctl confirm --revert
	_detached
	printf '%s\n' 'set default block' 'allow loopback' >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_ingress 1
	echo 'set answers off' >>"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_detached
	expect 0 lsmctl save "$scratch/saved"
	grep -qx 'set answers off' "$scratch/saved" || fail 'save does not write it'
	expect 1 lsmctl set answers off
	expect 0 lsmctl set answers on
	_ingress 1
	expect 1 lsmctl set answers on
	expect 0 lsmctl upgrade
	wait_for _one # older kernels detach the old program a little later
	rm "$pins/link_ingress"
	expect 0 lsmctl status
	says 'UDP servers cannot answer'
	expect 0 lsmctl doctor
	says 'lsmctl -e set answers on'
	expect 0 lsmctl -e set answers on
	wait_for _one
	expect 0 lsmctl doctor
	says 'good     answers'
	expect 0 lsmctl unload
	_detached
	nothing_in_force
}

_no_cgroups()
{
	umount /sys/fs/cgroup
	load --default block
	says 'UDP servers cannot answer' 'mount -t cgroup2'
	refused udp "$blocked"
	expect 0 lsmctl status
	says 'UDP servers cannot answer'
	expect 2 lsmctl -e set answers on
	says 'mount -t cgroup2'
}

without_a_cgroup_hierarchy_default_block_holds_and_says_what_does_not_work()
{
	privately _no_cgroups
}

more_senders_than_there_is_room_for_are_counted()
{
	local value
	_load
	_case many 'some forgotten answered'
	expect 0 lsmctl -j status
	number_of forgotten "$output"
	[ "$value" -gt 10000 ] || fail "$value forgotten"
	expect 0 lsmctl doctor
	says 'forgotten'
	_one_host
}
