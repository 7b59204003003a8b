# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Whole rulesets, and whole sets of programs, take the place of others: no call falls between two of them.

# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

# Connects without pause until it is told to stop, and says how often that was refused, how often not, and how often it
# was something else. argv: address, the name of the errno of a refusal
_attacker="
import errno, signal, socket, sys
stop = False
def end(*_):
    global stop
    stop = True
signal.signal(signal.SIGTERM, end)
refused = through = else_ = 0
address = (sys.argv[1], 9)
expected = getattr(errno, sys.argv[2])
while not stop:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        error = s.connect_ex(address)
        through += error == 0
        refused += error == expected
        else_ += error not in (0, expected)
print(refused, through, else_)
"

# _attack ADDRESS N [ERRNO]: starts that many.
_attack()
{
	local i
	attackers=()
	rm -f "$scratch"/attack.*
	for ((i = 0; i < $2; i++)); do
		python3 -c "$_attacker" "$1" "${3-EPERM}" >"$scratch/attack.$i" &
		attackers+=($!)
	done
	sleep 1
}

# Ends them: sets $refusals and $through.
_stop()
{
	local file r t e others=0
	kill "${attackers[@]}"
	wait "${attackers[@]}"
	refusals=0 through=0
	for file in "$scratch"/attack.*; do
		read -r r t e <"$file"
		refusals=$((refusals + r)) through=$((through + t)) others=$((others + e))
	done
	printf '# %s refused, %s let through\n' "$refusals" "$through"
	same "$others" 0 'calls with another outcome'
}

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

no_call_falls_between_two_rulesets()
{
	local i rounds=15
	[ "$thorough" != yes ] || rounds=100
	_two_rulesets
	load --max-rules 1024 --file "$scratch/one"
	_attack "$blocked" 4
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore "$scratch/two"
		expect 0 lsmctl restore "$scratch/one"
	done
	_stop
	[ "$refusals" -gt 100 ] || fail 'too few calls'
	same "$through" 0 'calls let through'
}

# To what only one of them blocks there are two outcomes, whatever else is around: a mixture of the two would have a third.
a_call_is_decided_by_one_of_two_rulesets()
{
	local i rounds=15
	[ "$thorough" != yes ] || rounds=100
	_two_rulesets
	printf 'set default block\nblock %s errno EACCES\n' "$neighbour" >"$scratch/one"
	printf 'allow %s\nallow 1.1.0.0/16 port 9\nblock any4 errno ETIMEDOUT\n' "$neighbour" >>"$scratch/two"
	load --max-rules 1024 --file "$scratch/one"
	_attack "$neighbour" 4 EACCES
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore "$scratch/two"
		sleep 0.1
		expect 0 lsmctl restore "$scratch/one"
	done
	_stop
	[ "$refusals" -gt 10 ] || fail 'too few calls by the first'
	[ "$through" -gt 10 ] || fail 'too few calls by the second'
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

no_call_falls_between_two_programs()
{
	local i rounds=2
	[ "$thorough" != yes ] || rounds=100
	load
	expect 0 lsmctl block "$blocked"
	_attack "$blocked" 2
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl upgrade
	done
	_stop
	[ "$refusals" -gt 100 ] || fail 'too few calls'
	same "$through" 0 'calls let through'
	field_is "$blocked/32" id 1
	rule_field "$blocked/32" hits
	[ "$value" -ge "$refusals" ] || fail 'hits were lost'
	expect 0 lsmctl status
	pinned
	never_says -new
	expect 0 lsmctl unload
	nothing_in_force
}

upgrade_killed_at_any_call_leaves_it_in_force()
{
	local instant instants
	load
	expect 0 lsmctl block "$blocked"
	_calls lsmctl upgrade
	_first 'LINK_CREATE *'
	_instants "$n"
	for instant in "${instants[@]}"; do
		_killed "$instant" lsmctl upgrade
		refused tcp "$blocked"
		expect 0 lsmctl -q status
	done
	expect 0 lsmctl upgrade
	refused tcp "$blocked"
	pinned
	same "${names//-new/}" "$names" 'pins'
}

restore_killed_at_any_call_leaves_one_or_the_other()
{
	local instant instants
	_two_rulesets
	load --max-rules 1024 --file "$scratch/one"
	_calls lsmctl restore "$scratch/two"
	_instants
	for instant in "${instants[@]}"; do
		expect 0 lsmctl -q restore "$scratch/one"
		_killed "$instant" lsmctl restore "$scratch/two"
		refused tcp "$blocked"
		expect 0 lsmctl save
		if [[ $output == *198.18.0.0* ]]; then
			refused tcp "$neighbour"
		else
			same "$output" "$(<"$scratch/one")"
			reaches tcp "$neighbour"
		fi
	done
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
