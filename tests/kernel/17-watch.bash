# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Decisions as they happen, for as many as look; and a ruleset of what was reached.

# word 13 of the settings: who wants to be told. Nothing is paid while it is 0.
_watching()
{
	python3 "$here/word.py" "$pins/map_config" 13
}

_watching_is()
{
	[ "$(_watching)" = "$1" ]
}

# _watch NAME [ARGUMENT...]: starts a watcher, which writes to $scratch/NAME; sets $watcher. It is ready when it returns.
_watch()
{
	local name=$1
	shift
	lsmctl "$@" >"$scratch/$name" 2>"$scratch/$name.err" &
	watcher=$!
	wait_for _is_ready "$watcher"
}

# It has what it waits with, for which it needs its seat; a learner has only that.
_is_ready()
{
	readlink "/proc/$1/fd/"* | grep -q eventpoll
}

_learns()
{
	[ "$(_watching)" -ge 2147483648 ]
}

# _end PROCESS...: as Ctrl-C does.
_end()
{
	kill -INT "$@"
	wait "$@" || fail "a watcher ended with $?"
}

# _calls ADDRESS N: so many connections of one process.
_calls()
{
	python3 - "$1" "$2" <<-'END'
		import socket, sys
		for _ in range(int(sys.argv[2])):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		        try:
		            s.connect((sys.argv[1], 9))
		        except OSError:
		            pass
	END
}

# _has NAME TEXT: a line of what a watcher wrote says so; _lacks: none does.
_has()
{
	grep -qF -e "$2" "$scratch/$1" || fail "$1 does not say: $2; but: $(tail -n 20 "$scratch/$1")"
}

_lacks()
{
	! grep -qF -e "$2" "$scratch/$1" || fail "$1 says: $2"
}

watch_shows_each_decision_to_each_watcher()
{
	local people programs
	load
	expect 0 lsmctl block "$blocked" errno EACCES
	expect 0 lsmctl audit "$neighbour6"
	_watching_is 0 || fail 'somebody watches'
	_watch people watch
	people=$watcher
	_watch programs -j watch
	programs=$watcher
	refused_with 'Permission denied' tcp "$blocked"
	reaches udp "$neighbour"
	reaches tcp "$neighbour6"
	sleep 0.2
	_end "$people" "$programs"
	_watching_is 0 || fail 'somebody watches still'
	_has people "tcp   $blocked:80"
	_has people 'rule 1  EACCES'
	_has people "[$neighbour6]:80"
	_has people 'audit  '
	_has programs '"verdict":"block","rule_id":1,'
	_has programs '"comm":"run","cgroup":"/","hook":"socket_connect","proto":"tcp","destination":"1.1.1.1","port":80,"errno":"EACCES","lost":0}'
	_has programs '"verdict":"allow","rule_id":null,'
	_has programs '"proto":"udp","destination":"1.1.1.2","port":53,"errno":null,"lost":0}'
	_has programs "\"destination\":\"$neighbour6\",\"port\":80,\"errno\":null,\"lost\":0}"
	python3 - "$scratch/programs" <<-'END' || fail 'not one object a line'
		import json, sys
		fields = "time verdict rule_id pid tgid uid comm cgroup hook proto destination port errno lost".split()
		events = [json.loads(line) for line in open(sys.argv[1])]
		assert len(events) == 3 and all(list(event) == fields for event in events), events
	END
}

watch_shows_what_is_refused_for_what_it_is()
{
	load
	expect 0 lsmctl set strict on
	_watch kinds -j watch
	expect 1 python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	sleep 0.2
	_end "$watcher"
	_has kinds '"hook":"socket_create","proto":null,"destination":null,"port":null,"errno":"EPERM"'
}

watch_shows_only_what_was_asked_for()
{
	local all=()
	mkdir "$(cgroup_root)/watched"
	load
	expect 0 lsmctl block "$blocked"
	_watch verdict watch block
	all+=("$watcher")
	_watch destination watch 1.1.1.2/31
	all+=("$watcher")
	_watch user watch uid 1000
	all+=("$watcher")
	_watch cgroup -j watch any cgroup /watched
	all+=("$watcher")
	_watch port -t watch any port 80 proto tcp
	all+=("$watcher")
	refused tcp "$blocked"
	reaches udp "$neighbour"
	reaches as_kim bash -c 'exec 3<>/dev/tcp/1.1.1.4/80'
	# shellcheck disable=SC2016 # its own $$
	reaches bash -c 'echo $$ >'"$(cgroup_root)"'/watched/cgroup.procs; exec 3<>/dev/tcp/1.1.1.5/80'
	sleep 0.2
	_end "${all[@]}"
	same "$(wc -l <"$scratch/verdict")" 1 'lines by verdict'
	_has verdict "$blocked:80"
	same "$(wc -l <"$scratch/destination")" 1 'lines by destination'
	_has destination "$neighbour:53"
	same "$(wc -l <"$scratch/user")" 1 'lines by user'
	_has user 1.1.1.4:80
	same "$(wc -l <"$scratch/cgroup")" 1 'lines by cgroup'
	_has cgroup '"cgroup":"/watched"'
	same "$(wc -l <"$scratch/port")" 3 'lines by port'
	_lacks port "$neighbour"
	rmdir "$(cgroup_root)/watched"
}

watch_counts_and_ends()
{
	load
	_watch two watch -c 2
	_calls "$neighbour" 5
	wait "$watcher"
	same "$(wc -l <"$scratch/two")" 2 lines
	wait_for _watching_is 0
}

# A watcher that does not read: no decision waits for it, and each is delivered or counted.
watch_accounts_for_every_decision()
{
	local before lost delivered
	load
	expect 0 lsmctl block "$blocked"
	_watch slow -j watch block
	kill -STOP "$watcher"
	_calls "$blocked" 30000
	expect 0 lsmctl -j list
	number_of hits "$output"
	before=$value
	same "$before" 30000 'refused calls'
	expect 0 lsmctl -j status
	number_of events_lost "$output"
	lost=$value
	[ "$lost" -gt 0 ] || fail 'nothing was lost'
	kill -CONT "$watcher"
	sleep 1
	refused tcp "$blocked"
	sleep 0.3
	_end "$watcher"
	delivered=$(wc -l <"$scratch/slow")
	same "$((delivered + lost))" 30001 'delivered and lost'
	same "$(sed 's/.*"lost":\([0-9]*\).*/\1/' "$scratch/slow" | awk '{ n += $1 } END { print n }')" "$lost" 'lost, as told'
	expect 0 lsmctl doctor
	says 'warning  events'
}

watch_shows_the_rest_beside_a_flood()
{
	load
	expect 0 lsmctl block "$blocked"
	_watch flooded watch
	kill -STOP "$watcher"
	_calls "$blocked" 20000
	refused tcp "$blocked"
	reaches udp "$neighbour"
	_calls "$neighbour6" 1
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	kill -CONT "$watcher"
	sleep 1
	_end "$watcher"
	_has flooded 'could not be recorded)'
	_has flooded "$neighbour:53"
	_has flooded "$blocked:80"
	grep -q '1000 .* 1.1.1.1:80\|kim .* 1.1.1.1:80' "$scratch/flooded" || fail 'the other user is not there'
}

# _flood ADDRESS UID PROCESSES: each process connects until it is killed; sets $flood. All of them run when it returns.
_flood()
{
	mkfifo "$scratch/flooding"
	python3 - "$@" >"$scratch/flooding" <<-'END' &
		import os, signal, socket, sys
		address, uid, processes = sys.argv[1], *map(int, sys.argv[2:])
		if uid:
		    os.setresgid(uid, uid, uid)
		    os.setresuid(uid, uid, uid)
		os.nice(19) # for the machine to do something else too
		children = []
		for _ in range(processes):
		    child = os.fork()
		    if not child:
		        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		        while True:
		            try:
		                sock.connect((address, 9))
		            except OSError:
		                pass
		    children.append(child)
		def end(*_):
		    for child in children:
		        os.kill(child, signal.SIGKILL)
		    os._exit(0)
		signal.signal(signal.SIGTERM, end)
		print("flooding", flush=True)
		while True:
		    signal.pause()
	END
	flood=$!
	read -r _ <"$scratch/flooding"
	rm "$scratch/flooding"
}

# _told NAME TEXT N: so many lines of what a watcher wrote say so.
_told()
{
	same "$(grep -cF -e "$2" "$scratch/$1")" "$3" "lines of $1 with $2"
}

# However many processes flood, and though nobody reads: what others do, and what the same user does by other rules, is
# told all the same.
watch_shows_all_that_others_do_beside_a_flood_of_forty_processes()
{
	local i
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl block "$neighbour"
	_watch flooded -t watch
	kill -STOP "$watcher"
	_flood "$blocked" 1000 40
	wait_for _lost_more_than 5000
	for ((i = 1; i <= 10; i++)); do
		refused udp "$blocked" # another uid, the same rule
		refused as_kim bash -c "exec 3<>/dev/udp/$neighbour/53" # the same uid, another rule
		reaches udp "1.1.3.$i" # no rule
		sleep 0.1
	done
	kill -TERM "$flood"
	wait "$flood" || true
	kill -CONT "$watcher"
	sleep 1
	_end "$watcher"
	_told flooded "$blocked:53" 10
	_told flooded "$neighbour:53" 10
	for ((i = 1; i <= 10; i++)); do
		_told flooded "1.1.3.$i:53" 1
	done
}

_lost_more_than()
{
	number_of events_lost "$(lsmctl -j status)"
	[ "$value" -gt "$1" ]
}

watch_gives_back_the_seats_of_the_dead()
{
	local all=() i
	load
	for ((i = 0; i < 16; i++)); do
		_watch "watcher$i" watch
		all+=("$watcher")
	done
	expect 2 lsmctl watch
	says 'there are 16 watchers already: end one of them'
	kill -KILL "${all[@]}"
	wait "${all[@]}" || true
	_watching_is 7 || fail 'nobody has asked yet'
	# The next command that changes something.
	expect 0 lsmctl block "$blocked"
	_watching_is 0 || fail 'the dead are still told'
	_watch alive watch
	refused tcp "$blocked"
	sleep 0.2
	_end "$watcher"
	_has alive "$blocked:80"
}

# A process, its cgroup and its user, each with a name full of what a terminal obeys: nothing of it comes out as it is.
watch_and_learn_show_hostile_names_harmlessly()
{
	local hostile=$'\e[31mx\a\x9b2J\x7f' group
	load
	group=$(cgroup_root)/$hostile
	mkdir "$group"
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
		exec setpriv --reuid 4343 --regid 4343 --clear-groups python3 - "$blocked" "${hostile:0:14}" <<-'END'
			import ctypes, os, socket, sys
			ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[2]), 0, 0, 0)
			socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((sys.argv[1], 53))
		END
	) || fail 'no call'
	sleep 0.2
	_end "$people" "$programs" "$learner"
	rmdir "$group"
	sed -i '$d' /etc/passwd
	_has people '\x1b[31mx\x07\x9b2J\x7f['
	_has people '\x1b[31mx\x07\x9b2J\x7f  '
	_has programs '"comm":"\\x1b[31mx\\x07\\x9b2J\\x7f","cgroup":"/\\x1b[31mx\\x07\\x9b2J\\x7f"'
	_has learned "allow $blocked port 53 proto udp uid 4343 comment \"1 call\""
	! LC_ALL=C grep -qP '[^\n\x20-\x7e]' "$scratch/people" "$scratch/programs" "$scratch/learned" || fail 'raw bytes'
	expect 0 lsmctl restore "$scratch/learned"
}

watch_goes_on_through_upgrades_and_ends_with_the_policy()
{
	load
	_watch it watch
	expect 0 lsmctl upgrade
	printf 'block %s\n' "$blocked" >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules" --confirm 60s
	refused tcp "$blocked"
	_watch on_trial watch
	_end "$watcher"
	expect 0 lsmctl confirm
	watcher=$(pgrep -x lsmctl)
	expect 0 lsmctl unload
	wait_for grep -q 'the policy was unloaded' "$scratch/it.err"
	_has it "$blocked:80"
	expect 3 lsmctl watch
	says "not loaded (run 'lsmctl load')"
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
	_has learned "allow $blocked port 80 proto tcp uid 0 comment \"2 calls\""
	_has learned "allow $neighbour port 80 proto tcp uid 1000 comment \"1 call\""
	_has learned "allow $neighbour proto icmp uid 0 comment"
	_lacks learned 1.1.9.9
	expect 0 lsmctl restore "$scratch/learned"
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
	same "$(tail -n +2 "$scratch/merged")" 'set default block
allow 1.2.3.0/24 port 53 proto udp comment "3 calls"
allow 1.2.4.1 port 53 proto udp comment "1 call"
allow 2001:db8::/64 port 53 proto udp comment "2 calls"' 'what was learned'
}

learn_ends_when_its_time_is_up()
{
	load
	expect 0 lsmctl -j learn 1s
	says '"seconds":1,"default":"block","rules":[],"lost":0'
	expect 3 lsmctl --pin-dir "$other_pins" learn 1s
	expect 2 as_kim lsmctl learn 1s
}
