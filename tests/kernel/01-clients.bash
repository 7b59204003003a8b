# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# The programs that people use: what they say when their destination is blocked, and that they work before and after.

# url ADDRESS: sets $url.
_url()
{
	url="http://$1/"
	[[ $1 != *:* ]] || url="http://[$1]/"
}

_clients_reach()
{
	_url "$1"
	reaches curl -sS "$url"
	says reached
	reaches wget -q -O - --tries=1 "$url"
	says reached
	reaches ping -c 1 -W 5 "$1"
	reaches as_kim ping -c 1 -W 5 "$1"
	reaches dig +short +tries=1 +timeout=5 "@$1" example.com A
	says 192.0.2.1
}

_clients_are_refused()
{
	_url "$1"
	refused curl -sSv "$url"
	refused wget -O - --tries=1 "$url"
	refused ping -c 1 -W 5 "$1"
	# Without privilege ping has a socket of another kind.
	refused as_kim ping -c 1 -W 5 "$1"
	# dig has its own word for EPERM.
	refused_with 'permission denied' dig +tries=1 +timeout=5 "@$1" example.com A
}

curl_wget_ping_and_dig_are_refused_an_ipv4_address()
{
	_clients_reach "$blocked"
	load
	expect 0 lsmctl block "$blocked"
	_clients_are_refused "$blocked"
	reaches curl -sS "http://$neighbour/"
	expect 0 lsmctl del "$blocked"
	reaches curl -sS "http://$blocked/"
	reaches ping -c 1 -W 5 "$blocked"
}

curl_wget_ping_and_dig_are_refused_an_ipv6_address()
{
	_clients_reach "$blocked6"
	load
	expect 0 lsmctl block "$blocked6"
	_clients_are_refused "$blocked6"
	reaches curl -sS "http://[$neighbour6]/"
	reaches ping -c 1 -W 5 "$blocked"
	expect 0 lsmctl unload
	reaches curl -sS "http://[$blocked6]/"
	reaches ping -c 1 -W 5 "$blocked6"
}
