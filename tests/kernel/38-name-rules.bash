# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # lib.bash has the addresses; scripts for other shells
# Rules for names: decided in the kernel, by the answers that programs get.
# shellcheck source-path=SCRIPTDIR source=naming.bash
. "$here/naming.bash"

a_name_that_is_allowed_opens_its_addresses_alone()
{
	_named --default block
	expect 0 lsmctl allow www.example port 80
	_zone www.example A 60 "$blocked" other.example A 60 "$neighbour"
	refused tcp "$blocked"
	_ask other.example
	refused tcp "$neighbour"
	_ask www.example
	reaches tcp "$blocked"
	refused udp "$blocked"
	expect 0 lsmctl test "$blocked" port 80 proto tcp
	says 'allow www.example port 80' 'the address has this name, and no rule for addresses matches'
	expect 0 lsmctl -j list
	says '"destination":"www.example","prefix":null,"family":null,"addresses":1,"private":false,"port":80'
	# In any case; and by an alias, but not by the alias's own name.
	_zone alias.example A 60 "$neighbour" www.example CNAME 60 alias.example
	_ask alias.example
	refused tcp "$neighbour"
	_ask WWW.Example
	reaches tcp "$neighbour"
	# Without the rule nothing stays.
	expect 0 lsmctl del www.example port 80
	refused tcp "$blocked"
	expect 0 lsmctl -j status
	never_says names_learn
	_unnamed
}

a_name_that_is_blocked_closes_its_addresses()
{
	_named
	expect 0 lsmctl block ads.example errno EACCES
	_zone ads.example A 60 "$blocked" ads.example AAAA 60 "$blocked6" www.example A 60 "$neighbour"
	reaches tcp "$blocked"
	_ask www.example
	_ask ads.example
	refused_with 'Permission denied' tcp "$blocked"
	reaches tcp "$neighbour"
	reaches tcp "$blocked6"
	_ask ads.example AAAA
	refused_with 'Permission denied' tcp "$blocked6"
	expect 1 lsmctl test "$blocked"
	says ads.example
	# A rule for exactly the address comes first, and one for a network does not.
	expect 0 lsmctl allow 1.1.1.0/24
	refused_with 'Permission denied' tcp "$blocked"
	expect 1 lsmctl test "$blocked"
	says 'a name that blocks comes before networks, such as rule'
	expect 0 lsmctl allow "$blocked"
	reaches tcp "$blocked"
	_unnamed
}

wildcards_cover_what_is_below_and_longer_names_come_first()
{
	_named --default block
	expect 0 lsmctl allow '*.debian.example'
	_zone debian.example A 60 "$blocked" a.b.debian.example A 60 "$neighbour" xdebian.example A 60 "$blocked"
	_ask debian.example
	_ask xdebian.example
	refused tcp "$blocked"
	_ask a.b.debian.example
	reaches tcp "$neighbour"
	expect 0 lsmctl block '*.b.debian.example' errno EACCES
	# What was learned before counts for a new rule.
	refused_with 'Permission denied' tcp "$neighbour"
	expect 0 lsmctl block a.b.debian.example errno ECONNREFUSED
	refused_with 'Connection refused' tcp "$neighbour"
	expect 0 lsmctl del a.b.debian.example
	refused_with 'Permission denied' tcp "$neighbour"
	expect 0 lsmctl del '*.b.debian.example'
	reaches tcp "$neighbour"
	_unnamed
}

the_owner_of_a_name_chooses_no_address_that_is_blocked_or_local()
{
	local address
	_named --default block
	expect 0 lsmctl block 1.1.1.0/24 port 1-100
	expect 0 lsmctl allow 198.51.100.0/24 # the server's answers too
	expect 0 lsmctl block any4
	expect 0 lsmctl allow www.example
	_zone www.example A 60 "$blocked"
	_ask www.example
	refused tcp "$blocked" # the network decides
	expect 0 lsmctl del 1.1.1.0/24 port 1-100
	reaches tcp "$blocked" # what is for every address does not
	for address in 10.1.2.3 169.254.169.254 192.168.0.1; do
		_zone www.example A 60 "$address"
		_ask www.example
		expect 1 lsmctl test "$address" port 80 proto tcp
		says "note: the address has the name 'www.example', but rule" "add 'private' to it"
		expect 1 lsmctl -j test "$address" port 80 proto udp
		says '"note":"the address has the name'
	done
	expect 1 lsmctl test 10.1.2.5 port 80 proto tcp
	never_says www.example
	expect 0 lsmctl allow www.example private
	expect 0 lsmctl test 10.1.2.3 port 80 proto tcp
	expect 1 lsmctl test 10.1.2.4 port 80 proto tcp
	never_says www.example
	_unnamed
}

rules_for_names_go_through_files_and_restores()
{
	_named --default block
	printf '%s\n' 'set default block' "set resolvers $server" "allow $server port 53" \
		'allow www.example port 80 proto tcp uid 0 comment "x y"' 'allow *.www.example private set s' \
		'block ads.example timeout 1d errno EACCES' >"$scratch/rules"
	_zone www.example A 60 "$neighbour"
	expect 0 lsmctl restore "$scratch/rules"
	expect 0 lsmctl save "$scratch/saved"
	expect 0 lsmctl restore "$scratch/saved"
	expect 0 lsmctl save
	same "$output" "$(<"$scratch/saved")"
	reaches tcp "$neighbour" # lsmctl has asked itself
	# In the middle of a restore to the same rules a connect is never refused; nor by other rules, once it is over.
	(for _ in 1 2 3 4 5 6 7 8; do lsmctl restore "$scratch/saved" || exit; done) >"$scratch/restores" 2>&1 &
	local restores=$!
	while kill -0 "$restores" 2>/dev/null; do
		tcp "$neighbour" || fail 'refused in the middle of a restore'
	done
	wait "$restores" || fail "$(<"$scratch/restores")"
	expect 0 lsmctl upgrade
	reaches tcp "$neighbour"
	printf '%s\n' 'set default block' "allow $server port 53" >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	refused tcp "$neighbour"
	expect 0 lsmctl undo
	# Addresses are forgotten with the last rule for a name, and learned again.
	refused tcp "$neighbour"
	_ask www.example
	reaches tcp "$neighbour"
	expect 0 lsmctl unload
	load --file "$scratch/saved"
	reaches tcp "$neighbour"
	_unnamed
}

an_address_counts_in_its_own_network_namespace()
{
	_named --default block
	expect 0 lsmctl allow www.example
	_zone www.example A 60 "$neighbour"
	_ask www.example
	reaches tcp "$neighbour"
	ip netns add red
	ip -n red link set lo up
	ip -n red route add local "$neighbour" dev lo
	refused ip netns exec red bash -c "exec 3<>/dev/tcp/$neighbour/80"
	# The socket's namespace counts, not that of the process that uses it.
	expect 0 python3 -c '
import ctypes, os, socket, sys
s = socket.socket()
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/run/netns/red", os.O_RDONLY)
assert not libc.setns(fd, 0x40000000)
s.connect((sys.argv[1], 80))
t = socket.socket()
try:
    t.connect((sys.argv[1], 80))
except PermissionError:
    sys.exit(0)
sys.exit(1)' "$neighbour"
	# Connections too are judged where they are.
	expect 0 lsmctl set default allow
	expect 0 lsmctl del www.example
	_zone www.example A 60 "$blocked"
	ip -n red route add local "$blocked" dev lo
	expect 0 python3 "$here/cut.py" udp4 in red udp4 -- lsmctl block --cut www.example
	says '1 connection cut' 'red udp4: open'
	ip netns del red
	_unnamed
}

an_address_keeps_its_name_as_long_as_is_set()
{
	_named --default block
	expect 0 lsmctl allow www.example
	expect 0 lsmctl set name-keep 8s,18s
	_zone www.example A 1 "$blocked" www.example A 1 "$neighbour"
	_ask www.example
	for _ in 1 2 3 4; do
		reaches tcp "$blocked" # each call keeps it
		sleep 2.4
	done
	refused tcp "$neighbour"
	sleep 9
	refused tcp "$blocked" # but no longer than MAX after the answer
	expect 0 lsmctl -j list
	says '"addresses":0'
	expect 0 lsmctl names
	says 'www.example'
	never_says "$blocked"
	expect 0 lsmctl set name-keep 1s
	_zone www.example A 60 "$blocked"
	_ask www.example
	sleep 2.5
	reaches tcp "$blocked" # the TTL
	_unnamed
}

# No answer but a true one gives an address to a rule; two name servers count, each for what it was asked.
forged_answers_give_rules_no_address()
{
	_two_hosts
	ip -n outside addr add 198.51.100.3/24 dev out
	load --default block
	expect 0 lsmctl set resolvers 198.51.100.2,198.51.100.3,fd00:51::2
	expect 0 lsmctl allow 198.51.100.0/24,fd00:51::/64,loopback
	expect 0 lsmctl allow --wide '*.test'
	expect 0 python3 "$here/names.py" --rules
	says '13 addresses are allowed, 41 refused'
	_one_host
}

bad_names_change_nothing()
{
	load
	expect 2 lsmctl allow www.example
	says 'no name server is known'
	expect 0 lsmctl list
	never_says www.example
	expect 1 lsmctl allow 00fe::1
	says 'stands for a name'
	expect 0 lsmctl set resolvers 192.0.2.53
	expect 1 lsmctl allow '*.com'
	says '--wide'
	expect 0 lsmctl allow --wide '*.com'
	expect 0 lsmctl del '*.com'
	expect 0 lsmctl unload
}
