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

what_nobody_confirms_goes_back_by_itself()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl restore --confirm 3s - <<<"block $neighbour"
	refused tcp "$neighbour"
	reaches tcp "$blocked"
	expect 1 lsmctl allow "$neighbour"
	says confirm
	wait_for is_refused
	reaches tcp "$neighbour"
	expect 0 lsmctl save
	same "$output" "block $blocked"
	expect 0 lsmctl set default block --confirm 1h
	refused tcp "$neighbour"
	expect 0 lsmctl confirm --revert
	reaches tcp "$neighbour"
	expect 0 lsmctl restore --confirm 1h - <<<"block $neighbour"
	expect 0 lsmctl confirm
	refused tcp "$neighbour"
	expect 1 lsmctl confirm
}
