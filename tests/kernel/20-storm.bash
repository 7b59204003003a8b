# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Whole rulesets, and whole sets of programs, take the place of others while processes ask for a blocked address without
# pause, and others for one that nobody blocks: none of the first is ever let through, none of the second ever refused.

free=198.18.200.1 free6=2001:db8::200 # blocked by none of the rulesets

# How often each is changed.
rounds=8
[ "$thorough" != yes ] || rounds=100

# Three ask for blocked addresses, one for another.
_begin()
{
	local i
	storm=()
	for i in 1 2 3; do
		python3 "$here/storm.py" "$blocked" "$blocked6" >"$scratch/storm.$i" &
		storm+=($!)
	done
	python3 "$here/storm.py" "$free" "$free6" >"$scratch/storm.free" &
	storm+=($!)
	# They share two processors with the commands, which are to have their turn.
	renice -n 5 -p "${storm[@]}" >/dev/null
	sleep 1
}

# _end WHAT: ends them, and WHAT was done meanwhile.
_end()
{
	local file refused through way all_refused=0 all_through=0 free_refused=0 free_through=0
	kill "${storm[@]}"
	wait "${storm[@]}"
	for file in "$scratch"/storm.*; do
		while read -r refused through way; do
			printf '# %s %s: %s refused, %s let through\n' "${file##*.}" "$way" "$refused" "$through"
			[ $((refused + through)) -gt 100 ] || fail "too few calls by $way"
			if [[ $file == *.free ]]; then
				free_refused=$((free_refused + refused)) free_through=$((free_through + through))
			else
				all_refused=$((all_refused + refused)) all_through=$((all_through + through))
			fi
		done <"$file"
	done
	note "$1: $rounds rounds, $all_refused calls refused, $all_through of them let through;" \
		"$free_through others let through, $free_refused of them refused"
	same "$all_through" 0 'calls let through'
	same "$free_refused" 0 'calls refused for nothing'
}

# Of different sizes, so that the filters change their shape too.
_two_rulesets()
{
	local i
	printf 'block %s\n' "$blocked" "$blocked6" 1.1.9.1 >"$scratch/one"
	{
		printf 'set mode enforce\nblock %s\n' "$blocked" 2001:db8::/120 1.0.0.0/8
		for ((i = 0; i < 200; i++)); do
			printf 'block 198.18.%s.%s port 1-%s\n' $((i / 100)) $((i % 100)) $((i + 1))
		done
	} >"$scratch/two"
	load --max-rules 1024 --file "$scratch/one"
}

no_call_falls_between_two_rulesets()
{
	local i
	_two_rulesets
	_begin
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore "$scratch/two"
		expect 0 lsmctl restore "$scratch/one"
	done
	_end restore
}

no_call_falls_between_two_programs()
{
	local i
	[ "$thorough" = yes ] || rounds=3 # each takes seconds here
	_two_rulesets
	_begin
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl upgrade
	done
	_end upgrade
	field_is "$blocked/32" id 1
	rule_field "$blocked/32" hits
	[ "$value" -gt 100 ] || fail 'hits were lost'
	expect 0 lsmctl status
	pinned
	[[ $names != *-new* ]] || fail "$names"
	expect 0 lsmctl unload
	nothing_in_force
}

no_call_falls_into_a_trial_that_is_confirmed()
{
	local i
	_two_rulesets
	_begin
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore --confirm 1h "$scratch/two"
		expect 0 lsmctl confirm
		expect 0 lsmctl restore --confirm 1h "$scratch/one"
		expect 0 lsmctl confirm
	done
	_end 'restore --confirm, confirm'
}

no_call_falls_into_a_trial_that_is_reverted()
{
	local i
	_two_rulesets
	_begin
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore --confirm 1h "$scratch/two"
		expect 0 lsmctl confirm --revert
	done
	_end 'restore --confirm, confirm --revert'
}

# The kernel rolls back on its own; the next command sees that, or comes before it.
no_call_falls_into_a_trial_that_lapses()
{
	local i
	_two_rulesets
	_begin
	for ((i = 0; i < rounds; i++)); do
		expect 0 lsmctl restore --confirm 1s "$scratch/two"
		wait_for _is_over
	done
	_end 'restore --confirm that lapses'
	expect 0 lsmctl save
	same "$(grep -v "^set " <<<"$output")" "$(<"$scratch/one")"
}

_is_over()
{
	[[ $(lsmctl -j status) == *'"trial_left":null'* ]]
}

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

# An address that only one ruleset blocks has two outcomes: a mixture of both rulesets would have a third.
a_call_is_decided_by_one_of_two_rulesets()
{
	local i
	_two_rulesets
	printf 'set default block\nblock %s errno EACCES\n' "$neighbour" >"$scratch/one"
	printf 'allow %s\nallow 1.1.0.0/16 port 9\nblock any4 errno ETIMEDOUT\n' "$neighbour" >>"$scratch/two"
	expect 0 lsmctl restore "$scratch/one"
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
