# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Whole rulesets, and whole sets of programs, take the place of others.

# Of different sizes, so that the filters change their shape too.
_two_rulesets()
{
	local i
	printf 'block %s\n' "$blocked" 1.1.9.1 >"$scratch/one"
	{
		printf 'set mode enforce\nblock %s\n' "$blocked" 1.0.0.0/8
		for ((i = 0; i < 200; i++)); do
			printf 'block 198.18.%s.%s port 1-%s\n' $((i / 100)) $((i % 100)) $((i + 1))
		done
	} >"$scratch/two"
}

a_ruleset_is_in_force_when_restore_returns()
{
	local i
	_two_rulesets
	load --max-rules 1024 --file "$scratch/one"
	for ((i = 0; i < 5; i++)); do
		reaches tcp "$neighbour"
		expect 0 lsmctl -q restore "$scratch/two"
		refused tcp "$neighbour"
		expect 0 lsmctl -q restore "$scratch/one"
	done
	expect 1 lsmctl restore - <<<$'block 1.1.1.2\nblock 1.1.1.1/8'
	says '-:2: ' 1.0.0.0/8
	reaches tcp "$neighbour"
	refused tcp "$blocked"
}

# Who is locked out waits, and is not any more: no process has to do it.
a_load_that_nobody_confirms_lets_everything_through()
{
	printf '%s\n' "allow $neighbour" "allow 1.0.0.9 set named" 'set strict on' >"$scratch/rules"
	expect 0 lsmctl load --default block --backstop --file "$scratch/rules" --confirm 30s
	says "loaded, on trial: 'lsmctl confirm' keeps it"
	refused tcp "$blocked"
	reaches tcp "$neighbour"
	expect 0 lsmctl status
	says 'In force: default block, 4 rules, on trial for '
	expect 0 lsmctl list sets
	says "$scratch/rules"
	expect 1 lsmctl flush
	wait_for tcp "$blocked"
	reaches udp "$blocked6"
	expect 0 lsmctl status
	says 'In force: default allow, 0 rules'
	expect 0 lsmctl save
	says $'set default allow\nset mode enforce\nset strict off\nset backstop off'
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	expect 0 lsmctl unload
	expect 0 lsmctl load --default block --confirm 1h
	expect 0 lsmctl confirm
	refused tcp "$blocked"
	expect 0 lsmctl -j list
	number_of id "$output"
	same "$value" 1 'the first id'
	expect 0 lsmctl unload
	expect 0 lsmctl load --default block --confirm 1h
	expect 0 lsmctl confirm --revert
	reaches tcp "$blocked"
	expect 1 lsmctl undo
	says 'no such change'
}

# In force, and not only in the list.
undo_opens_and_closes_what_was()
{
	load
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	expect 0 lsmctl undo
	reaches tcp "$blocked"
	expect 0 lsmctl undo
	refused tcp "$blocked"
	expect 0 lsmctl set backstop on
	expect 0 lsmctl flush
	reaches tcp "$blocked"
	expect 0 lsmctl undo 2
	refused tcp "$blocked"
	pinned
	[[ " $names " != *' link_egress '* ]] || fail 'the backstop is attached still'
	expect 0 lsmctl undo
	expect 0 lsmctl undo
	expect 0 lsmctl undo 3
	expect 0 lsmctl -q status
}

what_nobody_confirms_goes_back_by_itself()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl restore --confirm 9s - <<<"block $neighbour"
	refused tcp "$neighbour"
	reaches tcp "$blocked"
	expect 1 lsmctl allow "$neighbour"
	says confirm
	wait_for is_refused
	reaches tcp "$neighbour"
	expect 0 lsmctl save
	same "$(grep -v "^set " <<<"$output")" "block $blocked"
	expect 0 lsmctl set default block --confirm 1h
	refused tcp "$neighbour"
	expect 0 lsmctl confirm --revert
	reaches tcp "$neighbour"
	expect 0 lsmctl restore --confirm 1h - <<<"block $neighbour"
	expect 0 lsmctl confirm
	refused tcp "$neighbour"
	expect 1 lsmctl confirm
}
