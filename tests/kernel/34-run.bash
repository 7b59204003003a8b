# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# lsmctl run: one command, and all that it starts, reaches only what is said.

# shellcheck source=tests/kernel/running.bash
. "$here/running.bash"

a_run_reaches_what_is_said_and_nothing_else()
{
	_hierarchy
	load
	reaches _in --allow "$neighbour" "tcp $neighbour"
	reaches _in --allow "$neighbour:80" "tcp $neighbour"
	reaches _in --allow 1.1.1.0/29 --allow "$blocked:443" "tcp $neighbour"
	refused _in --allow 1.1.1.0/29:81 --allow "$neighbour:443" "tcp $neighbour"
	reaches _in --allow 1.1.1.0/29:80 --allow "$neighbour:443" "tcp $neighbour"
	refused _in --allow "$neighbour" "tcp $blocked"
	refused _in --allow "$neighbour:81" "tcp $neighbour"
	refused _in --allow "$neighbour proto udp" "tcp $neighbour"
	refused _in --allow any6 "tcp $blocked"
	reaches _in --allow any4 "tcp $blocked"
	refused _in --allow any4 "tcp $blocked6"
	reaches _in --allow "[$neighbour6]:80" "tcp $neighbour6"
	reaches _in --loopback 'tcp 127.0.0.1'
	reaches _in 'udp 127.0.0.53'
	_no_run_is_left
	# Others reach what they did, while a run is there.
	_start first 'echo here; sleep 100'
	reaches tcp "$blocked"
	reaches as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
	kill "$starter"
	wait "$starter" || true
	_no_run_is_left
}

# A way that is held without a run would prove nothing, nor would one that this kernel lacks.
every_way_out_of_a_run_is_open_without_it_and_held_in_it()
{
	local way how held=0 dir
	_hierarchy
	load
	dir=$(mktemp -d)
	chown 1000 "$dir"
	cp "$(command -v bash)" "$dir/suid"
	chmod 4755 "$dir/suid"
	sysctl -q -w net.ipv4.ping_group_range='0 2147483647'
	! has_module sctp || true
	sysctl -q -e -w dev.tty.legacy_tiocsti=1
	modprobe tun
	ip tuntap add dev escape mode tun user 1000
	ip link set escape up
	chmod 0666 /dev/net/tun
	as_kim python3 "$here/escapes.py" serve "$dir" &
	wait_for test -s "$dir/victim"
	exec 9<>/dev/null
	as_kim python3 "$here/escapes.py" try "$dir" >"$scratch/without"
	try _run --report "$scratch/report.txt" -- python3 "$here/escapes.py" try "$dir" 9<>/dev/null
	printf '%s\n' "$output" >"$scratch/within"
	exec 9<&-
	kill %1
	ip link del escape
	rm -r "$dir"
	cat "$scratch/report.txt"
	while read -r way how; do
		[ "$how" != held ] || fail "$way is held without a run"
		[ "$how" = open ] || continue
		grep -qx "$way held" "$scratch/within" || fail "$way leads out: $(grep "^$way " "$scratch/within")"
		held=$((held + 1))
	done <"$scratch/without"
	note "$held ways out"
	[ "$held" -ge 40 ] || fail "only $held ways were tried: $(grep lacks "$scratch/without")"
}

what_was_asked_for_gets_through_other_ways_too()
{
	_hierarchy
	load
	python3 - "$scratch/s" <<-'END' &
		import os, socket, sys
		made = socket.socket(socket.AF_UNIX)
		made.bind(sys.argv[1])
		os.chmod(sys.argv[1], 0o777)
		made.listen()
		made.accept()
	END
	wait_for test -S "$scratch/s"
	# A socket that is named; and what is made inside, which is no way out.
	reaches _run --unix "$scratch/s" -- python3 - "$scratch/s" <<-'END'
		import os, socket, sys
		socket.socket(socket.AF_UNIX).connect(sys.argv[1])
		a, b = socket.socketpair()
		a.send(b"x")
		a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		a.send(b"x")
		s = socket.socket(socket.AF_UNIX)
		s.bind("\0inside")
		s.listen()
		child = os.fork()
		if not child:
		    socket.socket(socket.AF_UNIX).connect("\0inside")
		    os.close(os.open(f"/proc/{os.getppid()}/environ", os.O_RDONLY))
		    os._exit(0)
		sys.exit(os.waitpid(child, 0)[1] != 0)
	END
	wait
	# Descriptors.
	reaches _run --keep-fd 7 -- bash -c 'echo kept >&7' 7>"$scratch/kept"
	same "$(<"$scratch/kept")" kept
	expect 1 _run -- bash -c 'echo kept >&7' 7>"$scratch/kept"
	rm "$scratch/s"
}

a_run_exits_as_its_command_does()
{
	_hierarchy
	expect 125 _run -- true
	says "not loaded" --load
	expect 0 _run --load -- true
	expect 0 lsmctl status
	expect 3 _in 'exit 3'
	expect 143 _in 'kill $$'
	expect 137 _in 'kill -9 $$'
	expect 127 _run -- /nowhere/nothing
	says 'No such file'
	expect 126 _run -- /etc/passwd
	expect 125 lsmctl run --user nobody-here -- true
	expect 125 lsmctl run --user root -- true
	says 'root can leave'
	expect 125 _run --allow 1.2.3.4.5 -- true
	expect 125 _run --unix /etc/passwd -- true
	expect 125 _run --report /nowhere/report.md -- touch "$scratch/started"
	[ ! -e "$scratch/started" ] || fail 'it was started'
	expect 0 lsmctl run --user root --no-promise -- true
	expect 0 _run sh -c 'exit 0' -- -j
	# Signals to lsmctl are for the command.
	_start trap 'trap "echo got it; exit 5" USR1; echo here; while :; do sleep 0.1; done'
	kill -USR1 "$starter"
	_ends 5
	same "$(tail -n 1 "$scratch/trap")" 'got it'
	# It stops when the command does.
	_start stopped 'echo here; kill -STOP $$; echo goes on; exit 6'
	wait_for grep -q '^State:.T' "/proc/$starter/status"
	kill -CONT "$starter"
	_ends 6
	same "$(tail -n 1 "$scratch/stopped")" 'goes on'
	# Whatever the caller ignores.
	expect 4 env --ignore-signal=CHLD lsmctl run --user kim -- sh -c 'exit 4'
	_no_run_is_left
}

the_command_is_the_users_and_gets_no_privileges()
{
	local dir
	_hierarchy
	load
	# shellcheck disable=SC2016 # for the shell in it
	expect 0 env SUDO_UID=1000 lsmctl run -- sh -c 'id -u; id -g; echo $HOME $USER; grep -E "NoNewPrivs|Cap(Inh|Prm|Eff|Bnd|Amb)|Groups" /proc/self/status'
	says $'1000\n1000\n/home/kim kim' $'NoNewPrivs:\t1' $'CapInh:\t0000000000000000' $'CapPrm:\t0000000000000000' \
		$'CapEff:\t0000000000000000' $'CapBnd:\t0000000000000000' $'CapAmb:\t0000000000000000' $'Groups:\t1000'
	expect 125 env -u SUDO_UID lsmctl run -- true
	says --user
	expect 0 _run -- cat /proc/self/cgroup
	says 0::/lsmctl-run/
	expect 1 _in 'echo $$ >'"$groups/cgroup.procs"
	expect 0 lsmctl run --user kim --new-privs --no-promise -- grep NoNewPrivs /proc/self/status
	says $'NoNewPrivs:\t0'
	expect 125 lsmctl run --user kim --new-privs -- true
}

what_is_left_of_a_run_is_killed_or_stays_confined()
{
	local left
	_hierarchy
	load
	expect 0 _in '(setsid sleep 1000 & echo $! >&3) 3>&1; true'
	left=$output
	! kill -0 "$left" 2>/dev/null || fail 'it goes on'
	_no_run_is_left
	# --linger
	expect 0 _in --allow "$neighbour" --linger "(setsid bash -c 'while ! [ -e $scratch/go ]; do sleep 0.05; done
		for to in $neighbour $blocked; do (exec 3<>/dev/tcp/\$to/80) && echo \$to; done >$scratch/reached 2>/dev/null; sleep 1000' >/dev/null 2>&1 &)"
	chmod 0777 "$scratch"
	touch "$scratch/go"
	wait_for test -s "$scratch/reached"
	same "$(<"$scratch/reached")" "$neighbour"
	expect 2 lsmctl unload
	says '1 run ' --force
	_runs_are 0 1
	try lsmctl doctor
	says 'warning  runs' '1 left over' lsmctl-run
	# The starter is killed: what it started is confined, and collected when it is over.
	_start killed 'echo $$; while ! [ -e '"$scratch"'/again ]; do sleep 0.05; done; tcp 1.1.1.1 || echo refused; sleep 1000'
	kill -9 "$starter"
	touch "$scratch/again"
	wait_for grep -q refused "$scratch/killed"
	expect 2 lsmctl unload
	says '2 runs ' --force
	_runs_are 0 2
	_start other 'echo here; sleep 1000'
	_runs_are 1 2
	rm "$pins/link_ptrace_access_check"
	try lsmctl doctor
	says 'bad      runs' 'not attached'
	expect 0 _run -- true
	try lsmctl doctor
	never_says 'bad      runs'
	kill "$starter"
	wait "$starter" || true
	_runs_are 0 2
	for left in "$groups"/lsmctl-run/*/; do
		xargs kill -9 <"${left}cgroup.procs"
		wait_for grep -q 'populated 0' "${left}cgroup.events"
	done
	expect 0 _run -- true
	_no_run_is_left
	expect 0 lsmctl unload
	[ ! -d "$groups/lsmctl-run" ] || fail 'the cgroup of runs is left'
	nothing_in_force
	rm -f "$scratch"/{go,again,reached}
}

# _runs_are NOW LEFT
_runs_are()
{
	expect 0 lsmctl status
	says "runs  " "$1 now; $2 left over"
	expect 0 lsmctl -j status
	says "\"runs\":{\"now\":$1,\"left_over\":$2}"
	expect 0 lsmctl stats --prometheus
	says "lsmctl_runs $1" "lsmctl_runs_left_over $2"
}

no_change_of_the_policy_opens_a_run()
{
	local ask=$scratch/ask
	_hierarchy
	load
	mkfifo -m 0666 "$ask"
	exec 8<>"$ask"
	_start asked "echo here; while read -r line && [ \$line = go ]; do tcp $blocked 2>/dev/null && echo open || echo refused; done <$ask"
	_asked_and_refused
	expect 0 lsmctl allow any
	_asked_and_refused
	expect 0 lsmctl set mode audit
	_asked_and_refused
	expect 0 lsmctl flush
	printf 'set mode enforce\nset default allow\n' >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_asked_and_refused
	expect 0 lsmctl undo
	expect 0 lsmctl upgrade
	_asked_and_refused
	expect 0 lsmctl unload --force
	expect 0 lsmctl load --max-rules 64
	# Its rules are gone: it reaches nothing at all.
	_asked_and_refused
	echo end >&8
	exec 8>&-
	wait "$starter" || true
	rm "$ask"
}

_asked_and_refused()
{
	local lines
	lines=$(wc -l <"$scratch/asked")
	echo go >&8
	wait_for _grown "$scratch/asked" "$lines"
	same "$(tail -n 1 "$scratch/asked")" refused
}

_grown()
{
	[ "$(wc -l <"$1")" -gt "$2" ]
}

the_hosts_policy_holds_in_a_run_too()
{
	_hierarchy
	load
	expect 0 lsmctl block "$blocked"
	refused _in --allow any "tcp $blocked"
	says policy
	reaches _in --allow any "tcp $neighbour"
	expect 0 lsmctl set default block
	refused _in --allow any "tcp $neighbour"
	expect 0 lsmctl allow "$neighbour" cgroup /lsmctl-run
	reaches _in --allow any "tcp $neighbour"
	expect 0 lsmctl set mode audit
	reaches _in --allow any "tcp $blocked"
	refused _in --allow "$neighbour" "tcp $blocked"
}

many_runs_at_once_are_apart()
{
	local i pids=() ok=0 n=20
	_hierarchy
	load
	[ "$thorough" = no ] || n=200
	for ((i = 1; i <= n; i++)); do
		_in --allow "1.1.2.$i" "tcp 1.1.2.$i && ! tcp 1.1.2.$((i % n + 1)) 2>/dev/null" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		! wait "$i" || ok=$((ok + 1))
	done
	same "$ok" "$n" 'runs that reached only their own'
	_no_run_is_left
}
