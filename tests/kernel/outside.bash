# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Two hosts: this one, and a namespace called outside.
_two_hosts()
{
	has_module veth || skip 'there is no veth'
	! ip netns del outside 2>/dev/null || ip link del inside 2>/dev/null || true # a scenario that failed left them
	ip netns add outside
	ip link add inside type veth peer name out netns outside
	ip addr add 198.51.100.1/24 dev inside
	ip addr add fd00:51::1/64 dev inside nodad
	ip link set inside up
	ip -n outside addr add 198.51.100.2/24 dev out
	ip -n outside addr add fd00:51::2/64 dev out nodad
	ip -n outside link set out up
	ip -n outside link set lo up
}

_one_host()
{
	ip link del inside
	ip netns del outside
}
