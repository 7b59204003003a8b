# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Host names, as programs and lsmctl look them up: tests/cli/names.bats has all that can become of one.

# _name [ADDRESS...]: those of www.example.
_name()
{
	local address
	echo 'hosts: files' >/etc/nsswitch.conf
	echo 'multi on' >/etc/host.conf
	for address in "$@"; do
		printf '%s www.example\n' "$address"
	done >/etc/hosts
}

a_name_is_refused_whatever_address_it_has_once_its_set_is_refreshed()
{
	local id hits
	_name "$blocked"
	reaches curl -sS http://www.example/
	load
	expect 2 lsmctl block --resolve nosuch.example
	expect 0 lsmctl block --resolve www.example errno EACCES
	refused_with 'Permission denied' curl -sSv http://www.example/
	rule_field "$blocked/32" id
	id=$value
	rule_field "$blocked/32" hits
	hits=$value
	_name "$blocked" "$neighbour" "$neighbour6"
	expect 0 lsmctl refresh www.example
	field_is "$blocked/32" id "$id"
	rule_field "$blocked/32" hits
	[ "$hits" -gt 0 ] || fail 'no hits'
	[ "$value" -ge "$hits" ] || fail 'hits were lost'
	refused_with 'Permission denied' tcp "$neighbour"
	_name "$neighbour" "$neighbour6"
	expect 0 lsmctl refresh www.example
	refused_with 'Permission denied' curl -sSv http://www.example/
	reaches tcp "$blocked"
	_name
	expect 2 lsmctl refresh www.example
	says "no such host: 'www.example'"
	refused_with 'Permission denied' tcp "$neighbour"
	refused_with 'Permission denied' tcp "$neighbour6"
}
