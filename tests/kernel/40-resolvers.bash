# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # lib.bash has the addresses; scripts for other shells
# Name servers that come and go: rules for 'resolvers', names that are asked for again, and what learn makes of both.
# shellcheck source-path=SCRIPTDIR source=naming.bash
. "$here/naming.bash"

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
	says 'by rule' 'allow resolvers port 53' 'the address is a name server of this host'
	expect 1 lsmctl test "$one" port 54 proto udp
	expect 0 lsmctl set resolvers "$two,fd00:51::2"
	refused udp "$one"
	reaches udp "$two"
	expect 2 lsmctl set resolvers auto
	says 'no name server is known'
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
	try lsmctl doctor
	says 'no name server is known: no name is learned'
	echo "nameserver $server" >"$scratch/resolv.conf"
	expect 0 lsmctl refresh --resolvers --names
	reaches tcp "$neighbour" # it has asked itself
	try lsmctl doctor
	says "learned from $server" "'lsmctl allow resolvers port 53' and 'lsmctl block any port 53,853'"
	never_says 'no address is known now'
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
	_zone www.example A 60 "$neighbour" other.example A 60 "$blocked"
	lsmctl learn 1h --by everyone,name >"$scratch/learned" &
	local learner=$!
	wait_for _learns
	_ask www.example
	reaches tcp "$neighbour"
	reaches tcp 1.1.1.3
	_end "$learner"
	cat "$scratch/learned"
	grep -q '^allow www.example port 80 proto tcp comment "[a-z]*: 1 call"$' "$scratch/learned" || fail 'not the name'
	grep -q '^allow resolvers port 53 proto udp comment "' "$scratch/learned" || fail 'not the name servers'
	grep -q '^allow 1.1.1.3 port 80 proto tcp' "$scratch/learned" || fail 'not the address without a name'
	grep -q '^# [0-9]* call.* whose names are not known' "$scratch/learned" || fail 'it does not say so'
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

# A rule to block a name would let its new addresses through.
what_somebody_removed_is_told_and_mended()
{
	local hook
	load
	expect 0 lsmctl set resolvers 192.0.2.53
	expect 0 lsmctl block ads.example
	expect 0 lsmctl status
	for hook in names_query names_learn; do
		rm "$pins/link_$hook"
		expect 2 lsmctl status
		says "NOT in force: $hook: not attached, and rules are for names"
		expect 0 lsmctl refresh --resolvers
		expect 0 lsmctl status
	done
	expect 0 lsmctl del ads.example
	rm -f "$pins/link_names_learn" "$pins/link_names_query"
	expect 0 lsmctl status
}
