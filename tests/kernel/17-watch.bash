# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Decisions as they happen, for as many as look; 28-learn.bash has what becomes a ruleset.

# shellcheck source-path=SCRIPTDIR source=watching.bash
. "$here/watching.bash"

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
	_has people "rule 1: 1.1.1.1  EACCES  $(readlink -f /bin/bash)"
	_has people "rule 2: $neighbour6"
	_has people "[$neighbour6]:80"
	_has people 'audit  '
	_has programs '"verdict":"block","rule_id":1,"rule_text":"1.1.1.1",'
	_has programs "\"comm\":\"run\",\"exe\":\"$(readlink -f /bin/bash)\",\"exe_fits\":true,\"cgroup\":\"/\","
	_has programs '"cgroup":"/","hook":"socket_connect","proto":"tcp","destination":"1.1.1.1","port":80,"name":null,"truncated":false,"errno":"EACCES","by_run":false,"lost":0}'
	_has programs '"verdict":"allow","rule_id":null,"rule_text":null,'
	_has programs '"proto":"udp","destination":"1.1.1.2","port":53,"name":null,"truncated":false,"errno":null,"by_run":false,"lost":0}'
	_has programs "\"destination\":\"$neighbour6\",\"port\":80,\"name\":null,\"truncated\":false,\"errno\":null,\"by_run\":false,\"lost\":0}"
	python3 - "$scratch/programs" <<-'END' || fail 'not one object a line'
		import json, sys
		fields = "schema time verdict rule_id rule_text pid tgid uid gid comm exe exe_fits cgroup hook proto destination port name truncated errno by_run lost".split()
		events = [json.loads(line) for line in open(sys.argv[1])]
		assert len(events) == 3 and all(list(event) == fields for event in events), events
	END
}

# What names a rule is told, and what may have changed since is not. Who watches waits for nobody who has the lock.
watch_shows_the_words_of_a_rule()
{
	load
	expect 0 lsmctl block "$blocked" port 80,443 proto tcp uid 0 set feed timeout 1h comment "not told"
	_watch words -t watch
	refused tcp "$blocked"
	sleep 0.2
	_has words "rule 1: 1.1.1.1 port 80 proto tcp uid 0 set feed"
	expect 0 lsmctl -q allow "$blocked" port 80 proto tcp uid 0 set feed
	reaches tcp "$blocked"
	sleep 0.2
	same "$(grep -cP ': 1.1.1.1 port 80 proto tcp uid 0 set feed\t/' "$scratch/words")" 2 lines
	_lacks words 'not told'
	expect 0 lsmctl -q block "$neighbour"
	# What is removed before anybody asked for its words.
	kill -STOP "$watcher"
	refused udp "$neighbour"
	expect 0 lsmctl -q del "$neighbour"
	expect 0 lsmctl -q block "$neighbour6"
	exec 9<"$pins"
	flock 9
	refused tcp "$neighbour6"
	kill -CONT "$watcher"
	sleep 1
	exec 9<&-
	grep -qP "$neighbour:53.*rule 3\t/" "$scratch/words" || fail 'the rule that is gone'
	grep -qP "$neighbour6.*rule 4\t/" "$scratch/words" || fail 'it waited for the lock, or had no need to'
	refused tcp "$neighbour6"
	sleep 0.2
	grep -qP "$neighbour6.*rule 4: $neighbour6\t/" "$scratch/words" || fail 'the lock is free again'
	_end "$watcher"
}

watch_counts_equal_decisions()
{
	local i
	load
	expect 0 lsmctl block "$blocked"
	_watch summed watch --summary
	_watch terse -t watch --summary -c 4
	for i in 1 2 3; do
		refused tcp "$blocked"
	done
	reaches udp "$neighbour"
	wait "$watcher"
	sleep 0.2
	_end "$(pgrep -x lsmctl)"
	same "$(head -n 1 "$scratch/summed")" '4 decisions'
	sed -n 4,5p "$scratch/summed" >"$scratch/rows"
	grep -qE '^3 +block +run +root +tcp +1.1.1.1:80 +rule 1: 1.1.1.1$' "$scratch/rows" || fail "$(<"$scratch/summed")"
	grep -qE '^1 +allow +run +root +udp +1.1.1.2:53 +default$' "$scratch/rows" || fail "$(<"$scratch/summed")"
	same "$(head -n 1 "$scratch/terse")" $'3\tblock\trun\troot\ttcp\t1.1.1.1:80\trule 1: 1.1.1.1'
	same "$(wc -l <"$scratch/terse")" 2 lines
	# It ends while another command has the lock, and waits for the words of the rule.
	_watch programs -j watch --summary block -c 2
	exec 9<"$pins"
	flock 9
	refused tcp "$blocked"
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	sleep 1
	exec 9<&-
	wait "$watcher"
	python3 - "$scratch/programs" <<-'END' || fail 'another document'
		import json, sys
		d = json.load(open(sys.argv[1]))
		assert d["decisions"] == 2 and d["lost"] == d["others"] == 0, d
		assert sorted((c["times"], c["uid"], c["comm"], c["destination"], c["port"]) for c in d["calls"]) == \
		    [(1, 0, "run", "1.1.1.1", 80), (1, 1000, "bash", "1.1.1.1", 80)], d
		assert {c["rule_text"] for c in d["calls"]} == {"1.1.1.1"}, d
	END
	# On a terminal it is drawn before it ends, and printed then.
	TERM=xterm timeout 60 script -qefc 'lsmctl watch --summary -c 2' "$scratch/drawn" >/dev/null &
	wait_for _watching_is 7
	refused tcp "$blocked"
	wait_for grep -q 'rule 1: 1.1.1.1' "$scratch/drawn"
	refused tcp "$blocked"
	wait $!
	_has drawn '2 decisions'
}

watch_shows_what_is_refused_for_what_it_is()
{
	load
	expect 0 lsmctl set strict on
	_watch kinds -j watch
	expect 1 python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	sleep 0.2
	_end "$watcher"
	_has kinds '"hook":"socket_create","proto":null,"destination":null,"port":null,"name":null,"truncated":false,"errno":"EPERM"'
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
	_watch group -j watch gid 999-1000
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
	same "$(wc -l <"$scratch/group")" 1 'lines by group'
	_has group '"gid":1000'
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
	says '16 watchers run already: end one of them'
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

udp_connects_that_send_nothing_are_marked()
{
	local port
	load --default block
	_watch seen watch block
	for port in 53 1025 0; do
		refused python3 -c 'import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((sys.argv[1], int(sys.argv[2])))' "$blocked" "$port"
	done
	sleep 0.2
	_end "$watcher"
	grep -q ':1025 .*(as by ping: sends nothing)  /' "$scratch/seen" || fail 'port 1025'
	grep -q ':0 .*(as by getaddrinfo: sends nothing)  /' "$scratch/seen" || fail 'port 0'
	grep -q ':53 .*default  /' "$scratch/seen" || fail 'port 53'
}
