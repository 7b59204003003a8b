# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What becomes of rules when they are added, changed and removed, and what they count.

adding_a_rule_again_changes_it_and_keeps_its_id_and_hits()
{
	load
	expect 0 lsmctl block "$neighbour"
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	refused tcp "$blocked"
	expect 0 lsmctl allow "$blocked" comment 'now allowed'
	says "- block $blocked" "+ allow $blocked"
	reaches tcp "$blocked"
	field_is "$blocked/32" id 2
	field_is "$blocked/32" hits 3
	field_is "$blocked/32" verdict allow
	field_is "$blocked/32" comment 'now allowed'
	expect 0 lsmctl block "$blocked" errno EACCES
	refused_with 'Permission denied' tcp "$blocked"
	field_is "$blocked/32" id 2
	field_is "$blocked/32" hits 4
	field_is "$blocked/32" comment null
}

adding_a_rule_unchanged_is_an_error_unless_exist()
{
	load
	expect 0 lsmctl block "$blocked" errno EACCES comment same
	expect 1 lsmctl block "$blocked" errno EACCES comment same
	says already --exist
	expect 0 lsmctl -e block "$blocked" errno EACCES comment same
	# One of several: then none is added.
	expect 1 lsmctl block "$neighbour,$blocked" errno EACCES comment same
	reaches tcp "$neighbour"
	expect 0 lsmctl -e block "$neighbour,$blocked" errno EACCES comment same
	refused_with 'Permission denied' tcp "$neighbour"
}

a_rule_for_a_group_holds_for_the_real_group()
{
	local ask="exec 3<>/dev/tcp/$blocked/80"
	load
	expect 0 lsmctl block "$blocked" gid 4711
	reaches tcp "$blocked"
	refused setpriv --regid 4711 --clear-groups bash -c "$ask"
	refused setpriv --rgid 4711 --clear-groups bash -c "$ask"
	reaches setpriv --egid 4711 --clear-groups bash -c "$ask"
	reaches setpriv --groups 4711 bash -c "$ask"
	reaches setpriv --regid 4712 --clear-groups bash -c "$ask"
	# A rule for the user comes first, one for everyone last.
	expect 0 lsmctl allow "$blocked" uid 0
	reaches setpriv --regid 4711 --clear-groups bash -c "$ask"
	expect 0 lsmctl del "$blocked" uid 0
	expect 0 lsmctl allow "$blocked"
	refused setpriv --regid 4711 --clear-groups bash -c "$ask"
	expect 0 lsmctl del "$blocked" gid 4711
	expect 0 lsmctl block "$blocked" gid 4711-4712 port 80
	refused setpriv --regid 4712 --clear-groups bash -c "$ask"
	reaches setpriv --regid 4713 --clear-groups bash -c "$ask"
}

ids_are_not_used_twice()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl del "$blocked"
	expect 0 lsmctl block "$blocked"
	field_is "$blocked/32" id 2
	field_is "$blocked/32" hits 0
	field_is "$blocked/32" last_hit null
}

hits_are_the_calls_that_a_rule_decided()
{
	load
	expect 0 lsmctl block "$blocked,$blocked6"
	# Two processes at a time: none is lost.
	expect 0 python3 - "$blocked" "$blocked6" <<-'END'
		import os, socket, sys
		def call(function, *args):
		    try:
		        function(*args)
		        raise SystemExit("it got through")
		    except PermissionError:
		        pass
		child = os.fork()
		for _ in range(400):
		    for family, address in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[2])):
		        sock = socket.socket(family, socket.SOCK_DGRAM)
		        call(sock.connect, (address, 9))
		        call(sock.sendto, b"x", (address, 9))
		        sock.close()
		if child == 0:
		    os._exit(0)
		sys.exit(os.waitpid(child, 0)[1])
	END
	field_is "$blocked/32" hits 1600
	field_is "$blocked6/128" hits 1600
	rule_field "$blocked/32" last_hit
	[[ $value =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{2}:[0-9]{2}$ ]] || fail "last_hit is $value"
	try lsmctl -j stats
	number_of blocked "$output"
	same "$value" 3200 blocked
}

stats_tells_what_was_decided()
{
	load
	try lsmctl -j stats
	number_of allowed "$output"
	local before=$value
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl audit "$blocked6"
	expect 0 lsmctl allow "$neighbour"
	refused tcp "$blocked"
	refused tcp "$blocked"
	reaches tcp "$blocked6"
	reaches tcp "$neighbour"
	reaches tcp "$neighbour6"
	try lsmctl -j stats
	number_of blocked "$output"
	same "$value" 2 blocked
	number_of audited "$output"
	same "$value" 1 audited
	number_of allowed "$output"
	same $((value - before)) 2 allowed
	expect 0 lsmctl stats
	says "block $blocked" "audit $blocked6" "allow $neighbour"
}

del_takes_rules_away_by_destination_and_by_id()
{
	load
	expect 0 lsmctl block "$blocked,$neighbour,$blocked6"
	expect 1 lsmctl del "$blocked,1.1.1.9"
	says 1.1.1.9
	refused tcp "$blocked"
	expect 0 lsmctl -e del "$blocked,1.1.1.9"
	reaches tcp "$blocked"
	expect 0 lsmctl del id 2
	reaches tcp "$neighbour"
	expect 1 lsmctl del id 2
	refused tcp "$blocked6"
	expect 0 lsmctl flush
	reaches tcp "$blocked6"
	expect 0 lsmctl -j list
	says '"rules":[]'
}

flush_keeps_the_default()
{
	load --default block
	expect 0 lsmctl allow "$blocked"
	expect 0 lsmctl flush
	refused tcp "$blocked"
	refused tcp 127.0.0.1
}

dry_runs_change_nothing()
{
	load
	expect 0 lsmctl -n block "$blocked"
	says "+ block $blocked"
	reaches tcp "$blocked"
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl -n del "$blocked"
	expect 0 lsmctl -n flush
	expect 0 lsmctl -n set mode audit
	expect 0 lsmctl -n unload
	refused tcp "$blocked"
	expect 0 lsmctl -q unload
	expect 0 lsmctl -n load
	expect 3 lsmctl status
	nothing_in_force
}

bad_input_changes_nothing()
{
	load
	expect 1 lsmctl block "$blocked,1.1.1.1.1"
	says 'near'
	expect 1 lsmctl block 1.0.0.1/8
	says 1.0.0.0/8
	expect 1 lsmctl block "$blocked" errno ENOENT
	reaches tcp "$blocked"
	expect 0 lsmctl -j list
	says '"rules":[]'
}

a_range_of_users_is_refused_and_the_narrowest_decides()
{
	load
	expect 0 lsmctl block "$blocked" uid 900-70000
	reaches tcp "$blocked"
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	refused setpriv --reuid 70000 --clear-groups bash -c "exec 3<>/dev/tcp/$blocked/80"
	reaches setpriv --reuid 70001 --clear-groups bash -c "exec 3<>/dev/tcp/$blocked/80"
	reaches as_kim bash -c "exec 3<>/dev/tcp/$neighbour/80"
	expect 0 lsmctl allow "$blocked" uid 1000-1001
	reaches as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	expect 0 lsmctl block "$blocked" port 80 uid 1000
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	# Packets are held against the same ranges.
	expect 0 lsmctl set backstop on
	refused setpriv --reuid 70000 --clear-groups bash -c "exec 3<>/dev/tcp/$blocked/80"
	reaches setpriv --reuid 70001 --clear-groups bash -c "exec 3<>/dev/tcp/$blocked/80"
	expect 0 lsmctl del "$blocked" uid 900-70000
	reaches setpriv --reuid 70000 --clear-groups bash -c "exec 3<>/dev/tcp/$blocked/80"
}

# What newuidmap(1) does for a user with subordinate ids.
a_user_with_subordinate_ids_steps_out_of_a_rule_but_not_of_a_range()
{
	local ask="exec 3<>/dev/tcp/$blocked/80"
	load
	expect 0 lsmctl block "$blocked" uid kim
	refused _as_subordinate 0 "$ask"
	reaches _as_subordinate 5 "$ask"
	expect 0 lsmctl block "$blocked" uid 100000-165535
	refused _as_subordinate 5 "$ask"
}

# _as_subordinate UID CODE: a shell as that user of a user namespace of kim's, where 1 and more are 100000 and more.
_as_subordinate()
{
	python3 - "$@" <<-'END'
		import ctypes, os, sys
		made, mapped = os.pipe(), os.pipe()
		child = os.fork()
		if not child:
		    os.setresuid(1000, 1000, 1000)
		    assert not ctypes.CDLL(None).unshare(0x10000000)
		    os.write(made[1], b"x")
		    os.read(mapped[0], 1)
		    os.setresuid(*[int(sys.argv[1])] * 3)
		    os.execlp("bash", "bash", "-c", sys.argv[2])
		os.read(made[0], 1)
		with open(f"/proc/{child}/uid_map", "w") as ids:
		    ids.write("0 1000 1\n1 100000 65536\n")
		os.write(mapped[1], b"x")
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
	END
}

a_destination_in_several_sets_is_blocked_until_the_last_drops_it()
{
	local feed
	feed=$(mktemp)
	load
	printf '%s\n' "$blocked" "$blocked6" 198.51.100.7 >"$feed"
	expect 0 lsmctl restore --set one "$feed"
	expect 0 lsmctl restore --set other "$feed"
	expect 0 lsmctl test "$neighbour" # the first question loads a program, which takes longer than these timeouts
	expect 0 lsmctl block "$blocked,$blocked6" timeout 6s
	expect 0 lsmctl allow "$neighbour" timeout 5s
	expect 0 lsmctl restore --set third - <<<"$neighbour"
	reaches tcp "$neighbour"
	expect 1 lsmctl test "$blocked"
	says "it is in no set, and rule 1 is in set 'one'" "else: rule 1: block $blocked set one"
	sleep 6.1
	# Nobody has written anything since.
	refused tcp "$blocked"
	refused tcp "$blocked6"
	refused tcp "$neighbour"
	expect 1 lsmctl test "$blocked"
	says "by rule 1: block $blocked set one" "else: rule 4: block $blocked set other"
	sed -i 1,2d "$feed"
	expect 0 lsmctl restore --set one "$feed"
	refused tcp "$blocked"
	refused tcp "$blocked6"
	# What is typed counts for more, for as long as it lasts.
	expect 0 lsmctl allow "$blocked" timeout 4s
	reaches tcp "$blocked"
	sleep 4.1
	refused tcp "$blocked"
	expect 1 lsmctl del "$blocked"
	says "no rule for $blocked without a set, but in set 'other'"
	expect 0 lsmctl -q allow "$blocked"
	expect 0 lsmctl del "$blocked"
	says "set 'other' still blocks $blocked ('lsmctl del $blocked set other' removes that rule)"
	refused tcp "$blocked"
	expect 0 lsmctl del "$blocked" set other
	reaches tcp "$blocked"
	refused tcp "$blocked6"
	rm "$feed"
}
