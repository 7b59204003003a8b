# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154 # scripts for other shells; lib.bash has the addresses
# A name server outside, whose answers a scenario chooses.
# shellcheck source-path=SCRIPTDIR source=watching.bash
. "$here/watching.bash"
# shellcheck source=outside.bash
. "$here/outside.bash"

server=198.51.100.2

# _zone [NAME TYPE TTL VALUE]...: what the name server outside answers from here on.
_zone()
{
	printf '%s %s %s %s\n' "$@" >"$scratch/zone.new"
	mv "$scratch/zone.new" "$scratch/zone" # whole, whenever the server reads it
}

_is_listening()
{
	[ -s "$scratch/zone.ready" ]
}

# A name server outside, and the policy's rules for it.
_named()
{
	_two_hosts
	_zone ready.example A 60 192.0.2.1
	ip netns exec outside sh -c 'python3 "$1" "$2" >"$2.ready" 2>"$2.errors" & echo $! >"$2.pid"' sh \
		"$here/zone.py" "$scratch/zone"
	wait_for _is_listening
	load "$@"
	expect 0 lsmctl set resolvers "$server"
	expect 0 lsmctl allow "$server" port 53
}

_unnamed()
{
	kill "$(<"$scratch/zone.pid")"
	rm -f "$scratch/zone.ready"
	expect 0 lsmctl unload
	_one_host
}

# _ask NAME [TYPE]
_ask()
{
	expect 0 dig +short +time=2 +tries=2 "@$server" "$1" "${2:-A}"
}
