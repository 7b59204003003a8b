# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2119,SC2154,SC2317 # lib.bash has the addresses; scripts for other shells
# Names are learned from the answers that programs get, and from no others.
# shellcheck source-path=SCRIPTDIR source=naming.bash
. "$here/naming.bash"

# The namespace has two name servers.
_two_servers()
{
	_two_hosts
	ip -n outside addr add 198.51.100.3/24 dev out
}

answers_are_learned_and_forged_ones_refused()
{
	_two_servers
	load
	expect 0 lsmctl set resolvers 198.51.100.2,fd00:51::2
	expect 0 lsmctl set names on
	expect 0 lsmctl -j status
	says '"learn_names":"on"' '"resolvers":"198.51.100.2,fd00:51::2"' '"hook":"names_query","state":"attached"' \
		'"hook":"names_learn","state":"attached"'
	expect 0 python3 "$here/names.py"
	# An answer cut short is counted, with its name.
	expect 0 lsmctl -j names truncated.test
	says '"name":"truncated.test","addresses":[],"truncated":1'
	expect 0 lsmctl -j status
	says '"truncated":1'
	expect 0 lsmctl names '*.test'
	says 'truncated.test' 'good.test'
	expect 0 lsmctl names 203.0.113.1
	says good.test
	never_says alias.test
	expect 0 lsmctl set names off
	expect 1 lsmctl names
	says "names are not learned (run 'lsmctl set names on')"
	_one_host
}

queries_count_however_they_are_sent()
{
	_named
	expect 0 lsmctl set names on
	expect 0 python3 "$here/queries.py" "$server" "$scratch/zone"
	_unnamed
}

# The answer to a query whose address another host gets comes from the address that was asked.
a_query_that_is_sent_elsewhere_counts_for_the_name_server_it_was_for()
{
	_named
	expect 0 lsmctl set resolvers 198.51.100.9
	expect 0 lsmctl set names on
	_zone elsewhere.example A 60 192.0.2.1
	nft -f - <<-END || fail 'nft cannot do this'
		table ip there { chain out { type nat hook output priority -100; ip daddr 198.51.100.9 udp dport 53 dnat to $server; }; }
	END
	expect 0 dig +short +time=2 +tries=2 @198.51.100.9 elsewhere.example
	nft delete table ip there
	expect 0 lsmctl names elsewhere.example
	says 192.0.2.1
	_unnamed
}

an_answer_cut_short_is_counted_and_told_once_with_its_name()
{
	local name people
	load
	expect 0 lsmctl set resolvers 127.0.0.1
	expect 0 lsmctl block other.example
	_watch people watch
	people=$watcher
	_watch programs -j watch
	for name in cut.any cut.any cut.other cut.any; do
		expect 0 dig +short +ignore +tries=1 @127.0.0.1 "$name"
	done
	sleep 0.2
	_end "$people" "$watcher"
	same "$(grep -c '"truncated":true' "$scratch/programs")" 2 events
	_has programs '"name":"cut.any","truncated":true'
	_has programs '"name":"cut.other","truncated":true'
	_has people 'an answer cut short'
	expect 0 lsmctl -j status
	says '"truncated":4'
}

# _with_resolv_conf FUNCTION ADDRESS...: in a mount namespace in which these are the name servers.
_with_resolv_conf()
{
	printf 'nameserver %s\n' "${@:2}" >"$scratch/resolv.conf"
	echo 'options timeout:1 attempts:1' >>"$scratch/resolv.conf"
	mount --bind "$scratch/resolv.conf" /etc/resolv.conf
	"$1"
	umount /etc/resolv.conf
}

# The machine's own name server answers on every loopback address: 192.0.2.1 for any name.
_real_clients()
{
	load
	expect 0 lsmctl set names on
	expect 0 lsmctl status
	says 'name servers' '127.0.0.1' 'names_query'
	expect 0 lsmctl allow 192.0.2.9
	_watch events -j watch
	expect 0 getent ahostsv4 glibc.example
	expect 0 dig +short +tries=1 dig.example
	says 192.0.2.1
	try tcp 192.0.2.1
	_learn_and_end
	grep -q '"destination":"192.0.2.1","port":80,"name":"dig.example"' "$scratch/events" ||
		fail "no event has the name: $(<"$scratch/events")"
	expect 0 lsmctl names dig.example
	says 192.0.2.1
	# What is learned and what runs goes on over an upgrade, and ends with the setting.
	expect 0 lsmctl upgrade
	expect 0 lsmctl names dig.example
	says 192.0.2.1
	expect 0 dig +short +tries=1 later.example
	expect 0 lsmctl names later.example
	says 192.0.2.1
	expect 0 lsmctl set names off
	expect 0 lsmctl set names on
	expect 0 lsmctl -j names
	says '"on":true,"names":[]'
}

_learn_and_end()
{
	lsmctl learn 1h >"$scratch/rules" 2>&1 &
	local learner=$!
	wait_for _learns
	try tcp 192.0.2.1
	_end "$learner"
	grep -q '(dig.example)' "$scratch/rules" || fail "learn does not say the name: $(<"$scratch/rules")"
	_end "$watcher"
}

# The rule would not hold for the very call that was seen.
a_rule_that_was_learned_says_private_where_the_address_is()
{
	_named
	expect 0 lsmctl set names on
	_zone www.example A 60 192.0.2.7 local.example A 60 10.1.2.3
	_ask www.example
	_ask local.example
	lsmctl learn 1h --by name >"$scratch/rules" &
	local learner=$!
	wait_for _learns
	try udp 192.0.2.7
	try udp 10.1.2.3
	_end "$learner"
	grep -E '^allow www\.example port 53 ' "$scratch/rules" | grep -qv private || fail "$(<"$scratch/rules")"
	grep -qE '^allow local\.example port 53 .*private' "$scratch/rules" || fail "$(<"$scratch/rules")"
	expect 0 lsmctl restore "$scratch/rules" # with a default that blocks
	try udp 10.1.2.3
	never_says 'not permitted'
	sed -i 's/ private//' "$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	refused udp 10.1.2.3
	_unnamed
}

real_clients_are_seen_before_they_use_an_address()
{
	privately _with_resolv_conf _real_clients 127.0.0.1
}

_none_is_found()
{
	load
	expect 2 lsmctl set names on
	says 'no name server is known' 'lsmctl set resolvers ADDRESS,...'
	expect 0 lsmctl -j status
	says '"learn_names":"off"'
	expect 0 lsmctl set resolvers 127.0.0.1
	expect 0 lsmctl set names on
	expect 2 lsmctl set resolvers auto
	says 'no name server is known'
	echo 'nameserver 192.0.2.53' >>/etc/resolv.conf
	expect 0 lsmctl refresh --resolvers
	says '+ 192.0.2.53'
	expect 0 lsmctl set resolvers auto
	expect 0 lsmctl -j status
	says '"resolvers":"auto"' '"name_servers":["192.0.2.53"]'
	expect 0 lsmctl save "$scratch/saved"
	expect 0 lsmctl unload
	load --file "$scratch/saved"
	expect 0 lsmctl -j status
	says '"learn_names":"on"' '"name_servers":["192.0.2.53"]' '"hook":"names_learn","state":"attached"'
	expect 0 lsmctl set names off
	expect 0 lsmctl -j status
	never_says names_learn
	expect 0 lsmctl undo
	expect 0 lsmctl -j status
	says '"learn_names":"on"' '"hook":"names_learn","state":"attached"'
}

name_servers_are_found_or_said()
{
	privately _with_resolv_conf _none_is_found
}

an_answer_holds_where_it_came_and_not_by_loopback()
{
	_two_servers
	load --default block
	expect 0 lsmctl set resolvers 198.51.100.2,127.0.0.1
	expect 0 lsmctl set names on
	expect 0 lsmctl allow 198.51.100.0/24,10.9.9.0/24,loopback
	expect 0 lsmctl allow --wide '*.test'
	# By loopback from the address of another host: root of a namespace can do that. Nor from 127.0.0.1 there.
	ip netns add red
	ip -n red link set lo up
	ip netns exec red sh -c 'ip addr add 198.51.100.2/32 dev lo; python3 "$1" >/dev/null 2>&1 & echo $! >"$2"' sh \
		"$here/serve.py" "$scratch/server"
	wait_for ip netns exec red dig +short +time=1 +tries=1 @198.51.100.2 red.test
	expect 0 ip netns exec red dig +short +time=1 +tries=1 @127.0.0.1 red.test
	says 192.0.2.1
	kill "$(<"$scratch/server")"
	# In a namespace of a user's, from a device.
	unshare -U -r -n sleep 60 &
	local user=$!
	wait_for test -e "/proc/$user/ns/user"
	wait_for _is_apart "$user"
	ip link add toward type veth peer name server netns outside
	ip link set toward netns "$user"
	ip -n outside link set server up
	ip -n outside addr add 10.9.9.1/24 dev server
	nsenter -t "$user" -U -n --preserve-credentials sh -c 'ip link set toward up; ip addr add 10.9.9.2/24 dev toward
		ip route add 198.51.100.2 via 10.9.9.1 dev toward'
	ip netns exec outside sh -c 'python3 "$1" >/dev/null 2>&1 & echo $! >"$2"' sh "$here/serve.py" "$scratch/server"
	wait_for nsenter -t "$user" -U -n --preserve-credentials dig +short +time=1 +tries=1 @198.51.100.2 user.test
	expect 0 lsmctl -j names
	says '"names":[{"name":"*.test","addresses":[],'
	never_says '"name":"red.test"' '"name":"user.test"'
	# So no rule has got the address.
	local connect='exec 3<>/dev/udp/192.0.2.1/80'
	refused ip netns exec red bash -c "$connect"
	refused nsenter -t "$user" -U -n --preserve-credentials bash -c "$connect"
	refused bash -c "$connect"
	# The same server counts for the host itself, and only there.
	expect 0 dig +short +time=1 +tries=1 @198.51.100.2 host.test
	expect 0 dig +short +time=1 +tries=1 @127.0.0.1 own.test
	expect 0 lsmctl -j names
	number_of netns "$output"
	same "$value" "$(stat -L -c %i /proc/1/ns/net)"
	says '"name":"own.test"'
	try bash -c "$connect"
	never_says 'not permitted'
	refused ip netns exec red bash -c "$connect"
	refused nsenter -t "$user" -U -n --preserve-credentials bash -c "$connect"
	kill "$user" "$(<"$scratch/server")"
	ip netns del red
	_one_host
}

_is_apart()
{
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] && grep -q . "/proc/$1/uid_map"
}
