# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# A ruleset of what was reached.

# shellcheck source-path=SCRIPTDIR source=watching.bash
. "$here/watching.bash"

# A process, its program, its cgroup and its user, each with a name full of what a terminal obeys: nothing of it comes out as it is.
watch_and_learn_show_hostile_names_harmlessly()
{
	local hostile=$'\e[31mx\a\x9b2J\x7f' group
	load
	group=$(cgroup_root)/$hostile
	mkdir "$group"
	cp "$(readlink -f "$(command -v python3)")" "/tmp/$hostile"
	printf '%s:x:4343:4343::/:/bin/sh\n' "$hostile" >>/etc/passwd
	_watch people watch
	people=$watcher
	_watch programs -j watch
	programs=$watcher
	lsmctl learn 1h --by cgroup >"$scratch/learned" &
	learner=$!
	wait_for _learns
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		exec setpriv --reuid 4343 --regid 4343 --clear-groups "/tmp/$hostile" - "$blocked" "${hostile:0:14}" <<-'END'
			import ctypes, os, socket, sys
			ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[2]), 0, 0, 0)
			socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((sys.argv[1], 53))
		END
	) || fail 'no call'
	sleep 0.2
	_end "$people" "$programs" "$learner"
	rmdir "$group"
	rm "/tmp/$hostile"
	sed -i '$d' /etc/passwd
	_has people '\x1b[31mx\x07\x9b2J\x7f['
	_has people '\x1b[31mx\x07\x9b2J\x7f  '
	_has people '  /tmp/\x1b[31mx\x07\x9b2J\x7f'
	_has programs '"comm":"\\x1b[31mx\\x07\\x9b2J\\x7f","exe":"/tmp/\\x1b[31mx\\x07\\x9b2J\\x7f","exe_fits":true,"cgroup":"/\\x1b[31mx\\x07\\x9b2J\\x7f"'
	_has learned "allow $blocked port 53 proto udp uid 4343 comment \"\\\\x1b[31mx\\\\x07\\\\x9b2J\\\\x7f: 1 call\""
	! LC_ALL=C grep -qP '[^\n\x20-\x7e]' "$scratch/people" "$scratch/programs" "$scratch/learned" || fail 'raw bytes'
	expect 0 lsmctl restore "$scratch/learned"
}

learn_prints_a_ruleset_that_allows_just_what_was_reached()
{
	load
	expect 0 lsmctl block 1.1.9.9
	lsmctl learn 1h >"$scratch/learned" &
	watcher=$!
	wait_for _learns
	reaches tcp "$blocked"
	reaches tcp "$blocked"
	reaches udp "$neighbour6"
	reaches as_kim bash -c "exec 3<>/dev/tcp/$neighbour/80"
	reaches ping -c 1 -W 5 "$neighbour"
	refused tcp 1.1.9.9
	expect 0 lsmctl -j list
	number_of hits "$output"
	_end "$watcher"
	_watching_is 0 || fail 'somebody learns still'
	_has learned 'set default block'
	_has learned 'allow 127.0.0.0/8 comment'
	_has learned 'allow ::1 comment'
	_allows learned "$blocked port 80 proto tcp uid 0" '2 calls'
	_allows learned "$neighbour port 80 proto tcp uid 1000" '1 call'
	_has learned "allow $neighbour proto icmp uid 0 comment \"ping: "
	_lacks learned 1.1.9.9
	expect 0 lsmctl set mode audit
	expect 0 lsmctl restore "$scratch/learned"
	reaches tcp 1.1.1.3
	expect 0 lsmctl set mode enforce
	reaches tcp "$blocked"
	reaches udp "$neighbour6"
	reaches as_kim bash -c "exec 3<>/dev/tcp/$neighbour/80"
	reaches ping -c 1 -W 5 "$neighbour"
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	refused tcp "$neighbour"
	refused tcp "$neighbour6"
	refused tcp 1.1.1.3
}

learn_merges_where_it_is_told_to()
{
	local i
	load
	lsmctl learn 1h --merge 24,64 --by everyone >"$scratch/merged" &
	watcher=$!
	wait_for _learns
	for i in 1 2 3; do
		reaches udp "1.2.3.$i"
	done
	reaches udp 1.2.4.1
	reaches udp "$blocked6"
	reaches udp "$neighbour6"
	_end "$watcher"
	same "$(tail -n +2 "$scratch/merged" | sed 's/comment ".*: /comment "/')" 'set default block
allow 127.0.0.0/8 comment "added with default block"
allow ::1 comment "added with default block"
allow 1.2.3.0/24 port 53 proto udp comment "3 calls"
allow 1.2.4.1 port 53 proto udp comment "1 call"
allow 2001:db8::/64 port 53 proto udp comment "2 calls"' 'what was learned'
}

learn_makes_rules_for_groups()
{
	load
	lsmctl learn 1h --by gid >"$scratch/groups" &
	watcher=$!
	wait_for _learns
	reaches setpriv --regid 4711 --clear-groups bash -c "exec 3<>/dev/tcp/$neighbour/80"
	reaches setpriv --reuid 1000 --regid 4711 --clear-groups bash -c "exec 3<>/dev/tcp/$neighbour/80"
	_end "$watcher"
	_allows groups "$neighbour port 80 proto tcp gid 4711" '2 calls'
}

learn_makes_rules_for_programs()
{
	local shell program=$scratch/asker
	shell=$(readlink -f /bin/bash)
	cp "$shell" "$program"
	chmod 0755 "$scratch"
	load
	lsmctl learn 1h --by exe >"$scratch/programs" &
	watcher=$!
	wait_for _learns
	reaches "$program" -c "exec 3<>/dev/tcp/$blocked/80"
	reaches as_kim "$program" -c "exec 3<>/dev/tcp/$blocked/80"
	reaches bash -c "exec 3<>/dev/tcp/$neighbour/80"
	# What a rule for that path would not be for.
	reaches as_kim unshare -rm "$program" -c 'exec 3<>/dev/tcp/1.1.1.3/80'
	# shellcheck disable=SC2016 # for the shell there
	reaches as_kim bash -c 'cp "$0" "$1" && exec 9<"$1" && rm "$1" && exec /proc/self/fd/9 -c "exec 3<>/dev/tcp/1.1.1.4/80"' \
		"$program" /tmp/deleted
	_end "$watcher"
	cat "$scratch/programs"
	_allows programs "$blocked port 80 proto tcp exe $program" '2 calls'
	_allows programs "$neighbour port 80 proto tcp exe $shell" '1 call'
	_allows programs "1.1.1.3 port 80 proto tcp uid 1000" '1 call'
	_allows programs "1.1.1.4 port 80 proto tcp uid 1000" '1 call'
	_has programs '2 calls came from programs that no rule can be for'
	expect 0 lsmctl restore "$scratch/programs"
	reaches as_kim "$program" -c "exec 3<>/dev/tcp/$blocked/80"
	refused bash -c "exec 3<>/dev/tcp/$blocked/80"
	refused "$program" -c "exec 3<>/dev/tcp/$neighbour/80"
	reaches bash -c "exec 3<>/dev/tcp/$neighbour/80"
}

learn_ends_when_its_time_is_up()
{
	load
	expect 1 lsmctl -j learn 1s
	says '"code":"not_found"'
	expect 3 lsmctl --pin-dir "$other_pins" learn 1s
	expect 2 as_kim lsmctl learn 1s
}
