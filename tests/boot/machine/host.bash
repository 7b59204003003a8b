# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# A host that booted with 'default block', by the rules that the README tells to type: its DHCP client, its resolver and its
# NTP server do their work, and all else is refused. Then the same with what lsmctl's own warnings tell to type.

has_address()
{
	ip -br addr show uplink | grep -F " $1/"
}

# acks: how often the router has given or renewed the address.
acks()
{
	journalctl --sync
	journalctl -u neighbour -o cat --no-pager | grep -c DHCPACK
}

has_acks()
{
	[ "$(acks)" -ge "$1" ]
}

# finds: the name, by way of systemd-resolved and the name server that DHCP told; not from its cache.
finds()
{
	echo 'nameserver 127.0.0.53' | diff - <(grep nameserver /etc/resolv.conf) || return
	resolvectl flush-caches
	getent ahostsv4 www.boot.test | grep '^203\.0\.113\.9 '
}

# asks_time: a client, elsewhere, asks this host's NTP server.
asks_time()
{
	ip netns exec neighbour setpriv --reuid=neighbour --regid=neighbour --clear-groups timeout 20 chronyd -U -Q -t 5 \
		'server 192.168.77.50 iburst maxsamples 1' 'bindacqaddress 203.0.113.9' 'cmdport 0' 'pidfile /tmp/asks.pid'
}

# sends ADDRESS PORT: a datagram.
sends()
{
	# shellcheck disable=SC2016 # for the other shell
	bash -c 'echo >/dev/udp/$0/$1' "$1" "$2" 2>&1
}

datagram_is_refused()
{
	sends "$@" | grep "$refused"
}

tcp()
{
	{ : </dev/tcp/"$1"/"$2"; } 2>&1 | grep -F ": $3"
}

# works WHEN [COMMAND...]: all does. The command makes the DHCP client try to renew its address now.
works()
{
	local before
	before=$(acks)
	is "$1: it finds a name by DHCP's name server" finds
	is "$1: its NTP server answers who asks from elsewhere" asks_time
	[ $# -eq 1 ] || "${@:2}"
	is "$1: its address is renewed" becomes has_acks "$((before + 1))"
	is "$1: a datagram to the same client, unasked, is refused" datagram_is_refused 203.0.113.9 9999
	is "$1: and so is a connection" tcp 203.0.113.9 8080 "$refused"
}

is 'the default blocks since boot' grep -q 'default  *block' <(lsmctl status)
is 'the host has an address by DHCP' becomes has_address 192.168.77.50
is 'and one by DHCPv6' becomes has_address fd77::50
is 'and the router it heard of' grep -q 'via fe80' <(ip -6 route show default)
is 'and chrony runs' becomes systemctl -q is-active chrony
works 'as the README says'
is 'the web is allowed' tcp 203.0.113.9 80 'Connection refused'
is 'where its own network is' tcp 192.168.77.1 8080 'Connection refused'
is 'a host elsewhere without a rule is refused' tcp 203.0.113.53 25 "$refused"
is 'it sent to all DHCPv6 servers by the rule for autoconf' grep -q 'ff02::1:2' <(lsmctl list hit autoconf)
is 'answers off' lsmctl set answers off
is 'the server answers nobody elsewhere' not asks_time
is 'answers on' lsmctl set answers on
is 'and again it does' asks_time

printf '%s\n' 'set default allow' 'allow any uid neighbour' | lsmctl -q restore -
lsmctl set default block 2>warnings.log >/dev/null
is 'without these rules, the name server has none' contains warnings.log 'no rule allows a name server'
is 'nor the DHCP server' contains warnings.log 'no rule allows the DHCP server'
is 'nor the DHCP client' contains warnings.log 'no rule lets systemd-network'
is 'and so it is' not finds
grep -o "'lsmctl [^']*'" warnings.log | tr -d "'" >commands
is 'what the warnings tell to type' sh -e commands
# By itself it would wait for a minute, since it has been refused.
works 'by the warnings' networkctl renew uplink
lsmctl -q set default allow
lsmctl set default block 2>warnings.log >/dev/null
is 'and there are no more of them' [ ! -s warnings.log ]

# when_asked NAME: of its address, when the last answer came.
when_asked()
{
	lsmctl -j names "$1" | grep -o '"address":"203.0.113.9".*"asked":"[^"]*"' | grep -o '"asked":.*'
}

# From a unit that may do little.
is 'a rule for a name' lsmctl -q allow www.boot.test port 8080
asked=$(when_asked www.boot.test)
is 'has its address' [ -n "$asked" ]
sleep 2
is 'the unit that asks again' systemctl start lsmctl-names
is 'does so' [ "$(when_asked www.boot.test)" \> "$asked" ]
is 'its timer' systemctl enable --now lsmctl-names.timer
lsmctl -q del www.boot.test port 8080

# From here on, by default everything is allowed.
cp default.rules /etc/lsmctl/rules
rm /etc/lsmctl/rules.d/20-neighbour.rules
systemctl stop chrony systemd-resolved systemd-networkd neighbour 2>/dev/null
is 'a reload without these rules' systemctl reload lsmctl
