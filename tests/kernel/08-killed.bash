# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # the addresses and the like are set in lib.bash
# Whatever is killed, or refused by the kernel, at whatever instant: it leaves everything or nothing. See 19-faults.bash
# for whole rulesets and programs.

# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

load_killed_after_any_time_leaves_everything_or_nothing()
{
	local after
	for after in 0.05 0.1 0.15 0.2 0.3 0.4; do
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

# Whatever the kernel refuses, lsmctl reports it, and leaves nothing behind.
load_that_the_kernel_refuses_leaves_nothing()
{
	local n call
	_calls lsmctl load --default block --max-rules 8
	expect 0 lsmctl unload
	for call in 'MAP_CREATE arenas' 'MAP_CREATE counters' 'PROG_LOAD socket_connect' 'PROG_LOAD socket_sendmsg' LINK_CREATE \
		'OBJ_PIN */map_config' 'OBJ_PIN */map_rules' 'OBJ_PIN */link_socket_connect' 'OBJ_PIN */link_socket_sendmsg' last; do
		if [ "$call" = last ]; then
			# The rules go in last: the maps of their last generation.
			_last 'MAP_CREATE counters'
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

# One call that fails, and all of them from there on.
several_rules_that_the_kernel_refuses_are_all_left_out()
{
	local n more updates=0 many
	many=$blocked,$neighbour,$(seq -s , -f 203.0.113.%.0f 200)
	# The maps of a load have room for fewer rules.
	_one_rule()
	{
		expect 0 lsmctl -q -e unload
		load --max-rules 1024
		expect 0 lsmctl block "$blocked6" errno EACCES
	}
	_one_rule
	_calls lsmctl block "$many"
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		[[ ${calls[n - 1]} == MAP_CREATE* || ${calls[n - 1]} == MAP_UPDATE_ELEM* ]] || continue
		# Three maps take their places; the fourth update is the wait that follows.
		[[ ${calls[n - 1]} == MAP_CREATE* ]] || [ $((++updates)) -le 3 ] || continue
		for more in '' +; do
			_one_rule
			expect 2 "${_fault[@]}" FAULT_CALL=bpf FAULT_AT="$n$more" FAULT_ERROR=12 \
				lsmctl block "$many"
			says memory
			expect 0 lsmctl -j list
			same "$(grep -o '"id"' <<<"$output" | wc -l)" 1 'the number of rules'
			reaches tcp "$blocked"
			reaches tcp "$neighbour"
			refused_with 'Permission denied' tcp "$blocked6"
		done
	done
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
	local instant instants
	load
	_calls lsmctl block "$blocked" comment c
	expect 0 lsmctl del "$blocked"
	_instants
	for instant in "${instants[@]}"; do
		_killed "$instant" lsmctl block "$blocked" comment c
		_list_and_enforcement_agree
		[ -z "$value" ] || expect 0 lsmctl del "$blocked"
	done
	expect 0 lsmctl block "$blocked" comment c
	refused tcp "$blocked"
}

removing_a_rule_killed_at_any_call_is_done_or_not()
{
	local instant instants
	load
	expect 0 lsmctl block "$blocked" comment c
	_calls lsmctl del "$blocked"
	_instants
	for instant in "${instants[@]}"; do
		expect 0 lsmctl -e block "$blocked" comment c
		_killed "$instant" lsmctl del "$blocked"
		_list_and_enforcement_agree
	done
	expect 0 lsmctl -e del "$blocked"
	reaches tcp "$blocked"
}

changing_a_rule_killed_at_any_call_is_done_or_not()
{
	local instant instants
	load
	expect 0 lsmctl block "$blocked" comment c
	_calls lsmctl allow "$blocked" comment d
	_instants
	for instant in "${instants[@]}"; do
		expect 0 lsmctl -e block "$blocked" comment c
		_killed "$instant" lsmctl allow "$blocked" comment d
		_list_and_enforcement_agree
		field_is "$blocked/32" id 1
	done
}

# _flush_killed: at each of its last calls; _two_rules brings about what was there before.
_flush_killed()
{
	local instant instants left
	_two_rules
	_calls lsmctl flush
	_instants $((${#calls[@]} - 6))
	for instant in "${instants[@]}"; do
		_two_rules
		_killed "$instant" lsmctl flush
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

flush_into_new_maps_killed_at_any_call_leaves_whole_rules()
{
	_two_rules()
	{
		expect 0 lsmctl -q -e unload
		load
		expect 0 lsmctl -e block "$blocked,$neighbour"
	}
	_flush_killed
}

flush_into_maps_that_were_there_killed_at_any_call_leaves_whole_rules()
{
	_two_rules()
	{
		expect 0 lsmctl -q -e load --max-rules 64
		expect 0 lsmctl -e block "$blocked,$neighbour"
		expect 0 lsmctl flush
		expect 0 lsmctl -e block "$blocked,$neighbour"
		expect 0 lsmctl flush
		expect 0 lsmctl -e block "$blocked,$neighbour"
	}
	_flush_killed
}

# One line of many is another: carried out in a copy of the tables.
restore_of_another_line_killed_at_any_call_is_the_old_list_or_the_new()
{
	local instant instants line others has
	expect 0 lsmctl load --max-rules 1000
	others=$(printf 'block 198.18.%s\n' {0..1}.{1..200})
	printf '%s\nblock %s\n' "$others" "$neighbour" >"$scratch/old"
	printf '%s\nblock %s\n' "$others" "$blocked" >"$scratch/new"
	# Both generations have maps then, every time.
	_old_list()
	{
		for line in old new old; do
			expect 0 lsmctl -q restore "$scratch/$line"
		done
	}
	_old_list
	_calls lsmctl restore "$scratch/new"
	_instants $((${#calls[@]} - 12))
	for instant in "${instants[@]}"; do
		_old_list
		_killed "$instant" lsmctl restore "$scratch/new"
		_list_and_enforcement_agree
		has=$value
		rule_field "$neighbour/32" verdict
		[ "$has$value" = block ] || fail "both lists, or none: '$has' and '$value'"
	done
	expect 0 lsmctl restore "$scratch/new"
	refused tcp "$blocked"
	reaches tcp "$neighbour"
}
