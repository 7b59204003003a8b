# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Any number of lsmctl processes at a time: writers wait for one another, readers see a whole state.

# Reads as fast as it can until twenty rules exist; every answer is whole.
_reader="
import json, subprocess, sys
seen = answers = 0
while seen < 20:
    out = subprocess.run(['lsmctl', '-j', 'list'], stdout=subprocess.PIPE, check=True).stdout
    rules = json.loads(out)['rules']
    if len(rules) < seen or any(rule['verdict'] != 'block' or not rule['id'] for rule in rules):
        sys.exit(f'not whole: {out}')
    seen = len(rules)
    answers += 1
print(answers, 'answers')
"

twenty_writers_at_once_all_get_their_turn()
{
	local i writers=() writer reader
	load
	python3 -c "$_reader" &
	reader=$!
	for ((i = 1; i <= 20; i++)); do
		lsmctl -q block "1.1.2.$i" comment "writer $i" &
		writers+=($!)
	done
	for writer in "${writers[@]}"; do
		wait "$writer" || fail "a writer exits $?"
	done
	wait "$reader" || fail "the reader exits $?"
	try lsmctl -j list
	same "$(grep -o '"id":[0-9]*' <<<"$output" | sort -u | wc -l)" 20 'different ids'
	for ((i = 1; i <= 20; i++)); do
		says "\"1.1.2.$i/32\""
	done
	refused tcp 1.1.2.1
	refused tcp 1.1.2.20
	reaches tcp 1.1.2.21
}

two_loads_at_once_are_one_load()
{
	local status_of=() other result
	lsmctl load --max-rules 8 &
	other=$!
	lsmctl load --max-rules 8 && status_of+=(0) || status_of+=($?)
	wait "$other" && status_of+=(0) || status_of+=($?)
	result=$((status_of[0] + status_of[1]))
	same "$result" 1 'the sum of their exit statuses, one of which found it loaded'
	expect 0 lsmctl status
	same "$(bpftool prog list | grep -c 'name socket_connect')" 1 'programs'
}

# While another process holds the lock, as any program can with flock(1).
_hold_lock()
{
	flock "$pins" sleep 60 &
	wait_for _is_locked
}

_is_locked()
{
	! flock -n "$pins" true
}

_waits_for_lock()
{
	grep -q -e "-> FLOCK .* $1 " /proc/locks
}

an_interrupt_while_waiting_ends_it_at_once_and_changes_nothing()
{
	local waiting result=0
	load
	_hold_lock
	# The shell starts background commands with interrupts ignored.
	env --default-signal=INT lsmctl block "$blocked" &
	waiting=$!
	wait_for _waits_for_lock "$waiting"
	kill -INT "$waiting"
	wait "$waiting" || result=$?
	same "$result" 130 'its exit status'
	reaches tcp "$blocked"
	pkill -x -P "$BASHPID" flock
	pkill -x sleep
	expect 0 lsmctl -j list
	says '"rules":[]'
}

writers_wait_for_the_lock_and_then_go_on()
{
	local waiting
	load
	_hold_lock
	lsmctl -q block "$blocked" &
	waiting=$!
	wait_for _waits_for_lock "$waiting"
	reaches tcp "$blocked"
	pkill -x sleep
	wait "$waiting" || fail "it exits $?"
	refused tcp "$blocked"
}

# Rules change while calls are made all the time: none of these calls is ever decided by anything but a whole rule.
calls_are_decided_by_whole_rules_while_they_change()
{
	local i
	load
	expect 0 lsmctl block "$blocked"
	python3 - "$blocked" "$scratch/stop" <<-'END' &
		import os, socket, sys
		calls = 0
		while not os.path.exists(sys.argv[2]):
		    for _ in range(200):
		        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
		            try:
		                sock.connect((sys.argv[1], 9))
		                sys.exit("a call got through")
		            except (PermissionError, TimeoutError):
		                calls += 1
		print(calls, "calls")
	END
	for ((i = 0; i < 5; i++)); do
		expect 0 lsmctl -q block "$blocked" errno ETIMEDOUT comment "$i"
		expect 0 lsmctl -q block "1.1.3.$i,1.1.0.0/16,1.1.1.0/24"
		expect 0 lsmctl -q block "$blocked"
		expect 0 lsmctl -q del "1.1.3.$i,1.1.0.0/16,1.1.1.0/24"
	done
	: >"$scratch/stop"
	wait $! || fail "the caller exits $?"
	rm "$scratch/stop"
}
