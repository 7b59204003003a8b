# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # lib.bash has the addresses; scripts for other shells
# Rules for names: decided in the kernel, by the answers that programs get.
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
	says www.example
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
	done
	expect 0 lsmctl allow www.example private
	expect 0 lsmctl test 10.1.2.3 port 80 proto tcp
	expect 1 lsmctl test 10.1.2.4 port 80 proto tcp
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

# _with_resolv_conf FUNCTION: in a mount namespace that has no name server at first.
_with_resolv_conf()
{
	: >"$scratch/resolv.conf"
	mount --bind "$scratch/resolv.conf" /etc/resolv.conf
	"$1"
	umount /etc/resolv.conf
}

_resolvers_come_and_go()
{
	local one=$server two=198.51.100.3
	_named --default block
	expect 0 lsmctl flush
	expect 0 lsmctl allow resolvers port 53
	reaches udp "$one"
	refused udp "$two"
	expect 0 lsmctl test "$one" port 53 proto udp
	says 'by rule' 'allow resolvers port 53'
	expect 1 lsmctl test "$one" port 54 proto udp
	expect 0 lsmctl set resolvers "$two,fd00:51::2"
	refused udp "$one"
	reaches udp "$two"
	expect 0 lsmctl test fd00:51::2 port 53 proto udp
	expect 1 lsmctl test fd00:51::3 port 53 proto udp
	# A rule for exactly the address comes first; this one before networks.
	expect 0 lsmctl block 198.51.100.0/24
	reaches udp "$two" # not refused by the network
	expect 0 lsmctl block "$two" port 53
	refused udp "$two"
	expect 0 lsmctl del "$two" port 53
	# Those that are found: without any, a rule lets nothing through, and none can be added.
	expect 0 lsmctl save "$scratch/saved"
	expect 0 lsmctl unload
	sed -i '/^set resolvers/d' "$scratch/saved"
	load --file "$scratch/saved"
	refused udp "$two"
	expect 0 lsmctl audit 192.0.2.9 # other rules do not wait for one
	expect 2 lsmctl refresh --resolvers
	expect 0 lsmctl flush
	expect 2 lsmctl allow resolvers port 53
	says 'no name server is known'
	echo "nameserver $one" >"$scratch/resolv.conf"
	expect 0 lsmctl undo
	reaches udp "$one"
	refused udp "$two"
	echo "nameserver $two" >"$scratch/resolv.conf"
	expect 0 lsmctl refresh --resolvers
	says "- $one" "+ $two"
	reaches udp "$two"
	refused udp "$one"
	# The two rules that keep programs to them.
	expect 0 lsmctl flush
	expect 0 lsmctl set default allow
	expect 0 lsmctl allow resolvers port 53
	expect 0 lsmctl block any port 53,853
	reaches udp "$two"
	refused udp "$one"
	expect 1 lsmctl test "$two" port 853
	# Without a rule for them, nothing of it stays.
	expect 0 lsmctl del resolvers port 53
	refused udp "$two"
	_unnamed
}

rules_for_resolvers_follow_them()
{
	privately _with_resolv_conf _resolvers_come_and_go
}

# A host that knows no name server when its rules are loaded, as before its network is there.
_found_later()
{
	_named --default block
	expect 0 lsmctl allow resolvers port 53
	expect 0 lsmctl allow www.example
	expect 0 lsmctl save "$scratch/saved"
	expect 0 lsmctl unload
	sed -i '/^set resolvers/d' "$scratch/saved"
	_zone www.example A 60 "$neighbour"
	load --file "$scratch/saved"
	refused tcp "$neighbour"
	echo "nameserver $server" >"$scratch/resolv.conf"
	expect 0 lsmctl refresh --resolvers --names
	reaches tcp "$neighbour" # it has asked itself
	_zone www.example A 60 "$blocked"
	expect 0 lsmctl -j refresh --names
	says '"asked":1,"unanswered":[]'
	reaches tcp "$blocked"
	kill "$(<"$scratch/zone.pid")"
	expect 0 lsmctl refresh --names
	says 'no name server answered for www.example'
	expect 0 lsmctl unload
	_one_host
	rm -f "$scratch/zone.ready"
}

what_is_found_later_is_learned_from_and_asked()
{
	privately _with_resolv_conf _found_later
}

what_was_learned_by_name_allows_just_that()
{
	_named
	expect 0 lsmctl set names on
	expect 0 lsmctl -q flush
	_zone www.example A 60 "$neighbour" inner.example A 60 198.51.100.2 other.example A 60 "$blocked"
	lsmctl learn 1h --by everyone,name >"$scratch/learned" &
	local learner=$!
	wait_for _learns
	_ask www.example
	_ask inner.example
	reaches tcp "$neighbour"
	reaches udp 198.51.100.2
	reaches tcp 1.1.1.3
	_end "$learner"
	cat "$scratch/learned"
	grep -q '^allow www.example port 80 proto tcp comment "bash: 1 call"$' "$scratch/learned" || fail 'not the name'
	grep -q '^allow resolvers port 53 proto udp comment "' "$scratch/learned" || fail 'not the name servers'
	grep -q '^allow 1.1.1.3 port 80 proto tcp' "$scratch/learned" || fail 'not the address without a name'
	grep -q '^# 1 call.* whose names are not known' "$scratch/learned" || fail 'it does not say so'
	expect 0 lsmctl restore "$scratch/learned"
	reaches tcp "$neighbour"
	reaches tcp 1.1.1.3
	_ask other.example
	refused tcp "$blocked"
	_unnamed
}

# _unseen COMMAND...: cannot look at the first process's namespaces, as in a unit without CAP_SYS_PTRACE, but at what
# /proc shows of its network.
_unseen()
{
	mkdir -p "$scratch/nothing"
	unshare -m --propagation private sh -c 'mount --bind "$0" /proc/1/ns && exec "$@"' "$scratch/nothing" "$@"
}

by_loopback_a_name_server_counts_whoever_loads_the_rules()
{
	printf '%s\n' 'set default block' 'allow loopback' 'set resolvers 127.0.0.1' 'allow www.example' >"$scratch/rules"
	expect 0 _unseen lsmctl load --file "$scratch/rules"
	expect 0 dig +short +time=2 +tries=2 @127.0.0.1 www.example
	expect 0 lsmctl -j names
	says '"address":"192.0.2.1"'
	expect 0 lsmctl test 192.0.2.1
	expect 0 lsmctl unload
	# Elsewhere it is found to be elsewhere.
	expect 0 _unseen unshare -n lsmctl load --file "$scratch/rules"
	expect 0 dig +short +time=2 +tries=2 @127.0.0.1 www.example
	expect 1 lsmctl test 192.0.2.1
	expect 0 lsmctl unload
}

an_address_keeps_its_name_as_long_as_is_set()
{
	local i
	_named --default block
	expect 0 lsmctl allow www.example
	expect 0 lsmctl set name-keep 2s,4s
	_zone www.example A 1 "$blocked" www.example A 1 "$neighbour"
	_ask www.example
	for i in 1 2 3; do
		reaches tcp "$blocked" # each call keeps it
		sleep 1
	done
	refused tcp "$neighbour"
	sleep 1.2
	refused tcp "$blocked" # but no longer than MAX after the answer
	expect 0 lsmctl -j list
	says '"addresses":0'
	expect 0 lsmctl set name-keep 2s
	_zone www.example A 60 "$blocked"
	_ask www.example
	sleep 3
	reaches tcp "$blocked" # the TTL
	_unnamed
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
