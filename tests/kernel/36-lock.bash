# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Whether a lock holds, also against root, and what goes on under it.

# shellcheck source-path=SCRIPTDIR source=watching.bash
. "$here/watching.bash"
# shellcheck source=fault.bash
. "$here/fault.bash"

# _policy [OPTION...]: one whose every part an attempt could miss: with the programs on the root cgroup.
_policy()
{
	load --backstop "$@"
	expect 0 lsmctl -q block "$blocked"
	refused tcp "$blocked"
}

# _lock [OPTION...]: with a key, that $key names.
_lock()
{
	key=$scratch/key
	[ -e "$key" ] || set -- "$@" --create
	expect 0 lsmctl lock --key-file "$key" "$@"
}

_unlock()
{
	expect 0 lsmctl unlock --key-file "$key"
}

a_lock_ends_with_its_key()
{
	_policy
	_lock
	says 'locked, until' 'security modules' 'lockdown=integrity'
	same "$(stat -c '%a %u' "$key")" '600 0'
	expect 2 lsmctl block "$neighbour"
	says 'locked since' 'lsmctl unlock --key-file FILE'
	expect 1 lsmctl lock --key-file "$key"
	says 'locked already'
	_unlock
	expect 0 lsmctl block "$neighbour"
	refused tcp "$neighbour"
	expect 1 lsmctl unlock --key-file "$key"
	says 'not locked'
}

# What readers say, but for the lock, and for what is counted meanwhile.
_read()
{
	local words
	for words in list '-j list' save 'test 1.1.1.1' 'test 1.1.1.9' stats; do
		# shellcheck disable=SC2086 # several words
		try lsmctl $words
		printf '%s: %s\n%s\n' "$words" "$status" "$output" >>"$1"
	done
}

readers_go_on_and_writers_change_nothing()
{
	local words
	_policy --max-rules 512
	expect 0 lsmctl -q allow 2001:db8::/32 port 443 proto tcp uid 1000 set feed comment 'a b'
	seq -f '1.2.%g.0/24' 0 200 | expect 0 lsmctl -q restore --set many -
	_read "$scratch/before" >/dev/null
	_lock
	_read "$scratch/after" >/dev/null
	expect 0 diff "$scratch/before" "$scratch/after"
	expect 0 lsmctl -j status --prove
	says '"in_force":true' '"until":"key"' '"refused":'
	expect 0 lsmctl status
	says 'locked' "until 'lsmctl unlock"
	expect 0 lsmctl doctor
	says 'lock ' 'The kernel enforces the loaded policy'
	expect 0 lsmctl stats --prometheus
	says $'\nlsmctl_locked 1\n' $'\nlsmctl_in_force 1\n'
	expect 0 lsmctl connections
	expect 0 lsmctl list sets
	says many
	expect 0 lsmctl undo --list
	expect 0 lsmctl -e load
	for words in "block $neighbour" "del $blocked" flush 'set default block' 'set mode audit' 'set backstop off' \
		"restore $scratch/none" unload upgrade undo confirm; do
		: >"$scratch/none"
		# shellcheck disable=SC2086 # several words
		expect 2 lsmctl -j $words
		says '"code":"locked"'
	done
	_read "$scratch/still" >/dev/null
	expect 0 diff "$scratch/before" "$scratch/still"
	refused tcp "$blocked"
	printf '0%.0s' {1..64} >"$scratch/wrong"
	chmod 0600 "$scratch/wrong"
	expect 2 lsmctl unlock --key-file "$scratch/wrong"
	says 'still locked'
	_unlock
	expect 0 lsmctl flush
}

what_programs_do_goes_on_under_a_lock()
{
	_policy
	expect 0 lsmctl -q block "$neighbour" cgroup /made
	expect 0 lsmctl -q block 1.1.1.3 timeout 9s
	_watch before -j watch block
	_lock
	_watch after -j watch block
	refused tcp "$blocked"
	wait_for grep -q "$blocked" "$scratch/before"
	wait_for grep -q "$blocked" "$scratch/after"
	mkdir "$(cgroup_root)/made"
	refused bash -c "echo \$\$ >'$(cgroup_root)/made/cgroup.procs'; exec 3<>/dev/tcp/$neighbour/80"
	wait_for tcp 1.1.1.3
	(while :; do tcp 1.1.1.9; done) &
	expect 0 lsmctl learn 1s
	says 1.1.1.9
	_unlock
	# shellcheck disable=SC2046 # several
	kill $(jobs -p)
	wait || true
}

# They go on by the programs of the upgrade, which leave nothing open that a lock could not know.
watchers_go_on_through_an_upgrade_and_a_lock()
{
	local stopped learner
	_policy
	_watch through -j watch block
	lsmctl learn 1h >"$scratch/learned" 2>&1 &
	learner=$!
	wait_for _learns
	expect 0 lsmctl upgrade
	_lock
	refused tcp "$blocked"
	wait_for grep -q "$blocked" "$scratch/through"
	_unlock
	# One that cannot look is named.
	kill -STOP "$watcher"
	stopped=$watcher
	expect 0 lsmctl upgrade
	expect 2 lsmctl lock --key-file "$key"
	says "process $stopped (lsmctl) watches since before an upgrade" 'end it first'
	kill -CONT "$stopped"
	_lock
	refused tcp "$blocked"
	reaches tcp "$neighbour"
	_unlock
	_end "$stopped" "$learner"
	expect 0 cat "$scratch/learned"
	says "$neighbour"
}

# What else decides, and what only tells: a run under way, a rule for a program, names.
runs_programs_and_names_go_on_under_a_lock()
{
	local asker=$scratch/asker runs starter
	runs=$(cgroup_root)/lsmctl-run
	load
	cp "$(readlink -f /bin/bash)" "$asker"
	expect 0 lsmctl -q block "$neighbour" exe "$asker"
	expect 0 lsmctl -q set resolvers 127.0.0.1
	expect 0 lsmctl -q set names on
	# The maps of all else that there are on demand.
	expect 0 lsmctl -q set backstop on
	expect 0 lsmctl -q block ads.example cgroup /made
	mkfifo -m 0666 "$scratch/go"
	lsmctl -j run --user kim --allow "$neighbour" --tell -- bash -c "echo here; read -r _ <'$scratch/go'
		for to in $neighbour 1.1.1.9; do (exec 3<>/dev/tcp/\$to/80) && echo to \$to; done" >"$scratch/run" 2>&1 &
	starter=$!
	wait_for grep -q here "$scratch/run"
	_attempts list
	_lock
	_attempts locked 'maps by path' 'maps by path, read-only' 'maps by id' 'detach the link of runs'
	says '4 attempts, 0 bad'
	expect 125 lsmctl run --user kim -- touch "$scratch/started"
	says 'locked since'
	[ ! -e "$scratch/started" ] || fail 'it ran'
	same "$(find "$runs" -mindepth 1 -type d | wc -l)" 1 runs
	refused "$asker" -c "exec 3<>/dev/tcp/$neighbour/80"
	expect 1 lsmctl test "$neighbour" exe "$asker"
	says "block $neighbour exe $asker"
	expect 0 lsmctl list
	says "exe $asker"
	expect 0 dig +short +tries=1 @127.0.0.1 locked.example
	expect 0 lsmctl names locked.example
	says 192.0.2.1
	expect 0 lsmctl status
	says 'name servers' locked
	expect 0 lsmctl connections
	echo >"$scratch/go"
	wait "$starter" || true
	same "$(grep '^to' "$scratch/run")" "to $neighbour" 'what the run reaches'
	grep -q '"refused":1,' "$scratch/run" || fail "the report lacks the refusal: $(<"$scratch/run")"
	grep -q 'allow 1.1.1.9' "$scratch/run" || fail "it does not tell: $(<"$scratch/run")"
	same "$(find "$runs" -mindepth 1 -type d | wc -l)" 1 'runs that are over'
	_unlock
	same "$(find "$runs" -mindepth 1 -type d | wc -l)" 0 'runs that are over'
	expect 0 lsmctl run --user kim -- true
}

_has_map()
{
	python3 - "$1" "$pins" >"$scratch/holder" <<-'END' &
		import ctypes, os, socket, struct, sys, time
		call = {'x86_64': 321, 'aarch64': 280}[os.uname().machine]
		name = ctypes.create_string_buffer(f'{sys.argv[2]}/map_rules'.encode())
		attr = ctypes.create_string_buffer(struct.pack('=QII', ctypes.addressof(name), 0, 8), 128)
		fd = ctypes.CDLL(None).syscall(call, 7, attr, 128)
		assert fd >= 0
		if sys.argv[1] == 'sent':
		    pair = socket.socketpair(socket.AF_UNIX)
		    socket.send_fds(pair[0], [b'x'], [fd])
		    os.close(fd)
		print('ready', flush=True)
		time.sleep(100)
	END
	holder=$!
	wait_for grep -q ready "$scratch/holder"
}

a_lock_refuses_while_others_have_a_map()
{
	load
	_has_map open
	expect 2 lsmctl lock --key-file "$scratch/new" --create
	[ ! -e "$scratch/new" ] || fail 'the key is left'
	says "process $holder (python3) has a map of the policy open"
	kill "$holder"
	wait "$holder" || true
	# In no process, but under way.
	_has_map sent
	expect 2 lsmctl lock --until-reboot
	says 'no process shows'
	kill "$holder"
	wait "$holder" || true
	expect 0 lsmctl block "$neighbour"
	expect 0 lsmctl set mode audit --confirm 1h
	expect 1 lsmctl lock --until-reboot
	says 'lsmctl confirm'
	expect 0 lsmctl confirm --revert
	expect 2 unshare -m lsmctl lock --until-reboot
	says 'nsenter -t 1 -m'
	_lock
	_unlock
}

# A lock that is whole, or none.
_lock_is_whole()
{
	lsmctl -j status >"$scratch/status"
	if grep -q '"lock":null' "$scratch/status"; then
		expect 0 lsmctl block "$neighbour"
		expect 0 lsmctl del "$neighbour"
	else
		expect 2 lsmctl block "$neighbour"
		try rm "$pins/link_socket_connect"
		says 'Operation not permitted'
		try umount -l /sys/fs/bpf
		[ "$status" != 0 ] || fail 'it was unmounted'
	fi
	refused tcp "$blocked"
}

lock_and_unlock_killed_at_any_call_leave_a_whole_lock_or_none()
{
	_policy
	_lock
	_unlock
	_before()
	{
		lsmctl -q -e unlock --key-file "$key"
	}
	_holds()
	{
		_lock_is_whole
	}
	_mends() # and whoever goes on unlocks
	{
		expect 0 lsmctl -e unlock --key-file "$key"
		expect 0 lsmctl lock --key-file "$key"
	}
	sample=3 _every_fault lock lsmctl lock --key-file "$key"
	_before()
	{
		lsmctl -q -e lock --key-file "$key"
	}
	sample=2 _every_fault unlock lsmctl unlock --key-file "$key"
	_unlock
}

_attempts()
{
	PROGRAMS=$here/programs LIST=$scratch/maps expect 0 python3 "$here/lock.py" "$@"
}

nothing_that_root_does_ends_a_locked_policy()
{
	mount --make-rshared /
	_policy
	_attempts list
	_lock
	_attempts locked
	says ' 0 bad'
	_unlock
	rm -rf /tmp/moved # of containers, whose mounts went with them
	mount --make-rprivate /
}

# Or the scenario above would prove nothing.
what_root_tries_works_without_a_lock()
{
	_attempts open
	says ' 0 bad'
	note "this kernel refuses by itself: $(grep -o ': .*: E.*' <<<"$output" | sed 's/^: \(.*\), without a lock/\1/' | paste -sd ,)"
	rm -rf /tmp/moved # the mount on it went with its namespace
}
