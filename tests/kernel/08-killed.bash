# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Whatever is killed, or refused by the kernel, at whatever instant: it leaves everything or nothing.

# fault.c, preloaded, counts lsmctl's system calls, and interferes with one of them.
_fault=(env LD_PRELOAD="$here/programs/fault.so")

# _calls COMMAND...: runs it, and sets $calls to the bpf(2) calls that it made.
_calls()
{
	rm -f "$scratch/calls"
	expect 0 "${_fault[@]}" FAULT_LOG="$scratch/calls" "$@"
	mapfile -t calls < <(grep -v ^unlinkat "$scratch/calls")
	[ ${#calls[@]} -gt 0 ] || fail 'it makes no bpf calls'
}

# _first PATTERN: sets $n to the number of the first call that is so.
_first()
{
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		# shellcheck disable=SC2053 # a pattern
		if [[ ${calls[n - 1]} == $1 ]]; then
			printf '# call %s: %s\n' "$n" "${calls[n - 1]}"
			return
		fi
	done
	fail "there is no call $1"
}

# _killed_at N COMMAND...: just before its Nth bpf call.
_killed_at()
{
	printf '# killed before call %s: %s\n' "$1" "${calls[$1 - 1]}"
	try "${_fault[@]}" FAULT_CALL=bpf FAULT_AT="$1" "${@:2}"
	[ "$status" = 137 ] || fail 'it was not killed'
}

# Each load finds what the one before left. Until it attaches nothing can be in force; from there on it is killed at every
# call.
load_killed_at_any_call_leaves_nothing_in_force()
{
	local n first
	_calls lsmctl load --default block --max-rules 8
	refused tcp "$blocked"
	expect 0 lsmctl unload
	_first 'MAP_CREATE trie'
	_killed_at "$n" lsmctl load --default block --max-rules 8
	reaches tcp "$blocked"
	_first 'LINK_CREATE *'
	for ((first = n; n <= ${#calls[@]}; n++)); do
		_killed_at "$n" lsmctl load --default block --max-rules 8
		reaches tcp "$blocked"
	done
	[ $((n - first)) -ge 12 ] || fail 'too few calls'
	expect 3 lsmctl status
	expect 0 lsmctl load --default block --max-rules 8
	refused tcp "$blocked"
	expect 0 lsmctl status
}

load_killed_after_any_time_leaves_everything_or_nothing()
{
	local after
	for after in 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.5; do
		try timeout -s KILL "$after" lsmctl load --default block --max-rules 8
		if lsmctl -q status; then
			refused tcp "$blocked"
			expect 0 lsmctl unload
		fi
		reaches tcp "$blocked"
	done
	expect 0 lsmctl load --default block --max-rules 8
	refused tcp "$blocked"
}

# Whatever the kernel refuses, it is told, and nothing stays.
load_that_the_kernel_refuses_leaves_nothing()
{
	local n call
	_calls lsmctl load --default block --max-rules 8
	expect 0 lsmctl unload
	for call in 'MAP_CREATE trie' 'MAP_CREATE comments' 'PROG_LOAD socket_connect' 'PROG_LOAD socket_sendmsg' LINK_CREATE \
		'OBJ_PIN */map_config' 'OBJ_PIN */map_trie' 'OBJ_PIN */link_socket_connect' 'OBJ_PIN */link_socket_sendmsg' last; do
		if [ "$call" = last ]; then
			# The rules go in last.
			n=${#calls[@]}
			[[ ${calls[n - 1]} == MAP_UPDATE_ELEM* ]] || fail "the last call is ${calls[n - 1]}"
		else
			_first "$call*"
		fi
		# 12 is ENOMEM, and memory does not come back: libbpf tries some calls twice.
		expect 2 "${_fault[@]}" FAULT_CALL=bpf FAULT_AT="$n+" FAULT_ERROR=12 lsmctl load --default block --max-rules 8
		says 'lsmctl: ' memory
		reaches tcp "$blocked"
		pinned
		same "$names" '' pins
	done
	nothing_in_force
}

# Loaded as it was, or not in force and ready for the next load.
unload_killed_at_any_instant_leaves_everything_or_nothing()
{
	local n removed
	load --default block
	pinned
	read -r -a removed <<<"$names"
	for ((n = 1; n <= ${#removed[@]}; n++)); do
		try "${_fault[@]}" FAULT_CALL=unlinkat FAULT_AT="$n" lsmctl unload
		[ "$status" = 137 ] || fail "it was not killed at removal $n"
		if lsmctl -q status; then
			refused tcp "$blocked"
		else
			reaches tcp "$blocked"
			load --default block
		fi
		refused tcp "$blocked"
	done
	_calls lsmctl unload
	load --default block
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		_killed_at "$n" lsmctl unload
		refused tcp "$blocked"
	done
	expect 0 lsmctl unload
	nothing_in_force
}

# What the list says of it is what a call gets.
_list_and_enforcement_agree()
{
	rule_field "$blocked/32" verdict
	if [ "$value" = block ]; then
		refused tcp "$blocked"
	else
		reaches tcp "$blocked"
	fi
}

adding_a_rule_killed_at_any_call_is_done_or_not()
{
	local n
	load
	_calls lsmctl block "$blocked" comment c
	expect 0 lsmctl del "$blocked"
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		_killed_at "$n" lsmctl block "$blocked" comment c
		_list_and_enforcement_agree
		[ -z "$value" ] || expect 0 lsmctl del "$blocked"
	done
	expect 0 lsmctl block "$blocked" comment c
	refused tcp "$blocked"
}

removing_a_rule_killed_at_any_call_is_done_or_not()
{
	local n
	load
	expect 0 lsmctl block "$blocked" comment c
	_calls lsmctl del "$blocked"
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		expect 0 lsmctl -e block "$blocked" comment c
		_killed_at "$n" lsmctl del "$blocked"
		_list_and_enforcement_agree
	done
	expect 0 lsmctl -e del "$blocked"
	reaches tcp "$blocked"
}

changing_a_rule_killed_at_any_call_is_done_or_not()
{
	local n
	load
	expect 0 lsmctl block "$blocked" comment c
	_calls lsmctl allow "$blocked" comment d
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		expect 0 lsmctl -e block "$blocked" comment c
		_killed_at "$n" lsmctl allow "$blocked" comment d
		_list_and_enforcement_agree
		field_is "$blocked/32" id 1
	done
}

flush_killed_at_any_call_leaves_whole_rules()
{
	local n left
	load
	expect 0 lsmctl block "$blocked,$neighbour"
	_calls lsmctl flush
	for ((n = ${#calls[@]} - 4; n <= ${#calls[@]}; n++)); do
		expect 0 lsmctl -e block "$blocked,$neighbour"
		_killed_at "$n" lsmctl flush
		_list_and_enforcement_agree
		rule_field "$neighbour/32" verdict
		left=$value
		if [ -n "$left" ]; then
			refused tcp "$neighbour"
		else
			reaches tcp "$neighbour"
		fi
	done
}
