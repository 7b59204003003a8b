# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Packets that no hook sees, by packets.py: what becomes of those to a destination.

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
