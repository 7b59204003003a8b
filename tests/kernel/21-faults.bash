# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash and fault.bash have the rest, and call functions by their names
# Whatever a command is stopped at: it leaves the whole of what was there before or of what it was to do, nothing opens by
# accident, and the next command goes on from there.

# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

# Loaded or not: what status says is what a call gets.
_holds_or_not_loaded()
{
	if lsmctl -q status; then
		refused tcp "$blocked"
		refused udp "$blocked6"
	else
		reaches tcp "$blocked"
		[ "$ended" != 0 ] || fail 'it says that it is done'
	fi
}

load_at_every_call_leaves_everything_or_nothing()
{
	_before()
	{
		expect 0 lsmctl -e unload
	}
	_holds()
	{
		_holds_or_not_loaded
		case $how:$ended in
		# A change that reports a failure is not in force, and where the kernel allows it, leaves nothing behind.
		fails*:0) refused tcp "$blocked" ;;
		fails*+:* | killed*) ;;
		fails*) pinned && same "$names" '' pins ;;
		esac
	}
	_mends()
	{
		expect 0 lsmctl -e load --default block --max-rules 8
		refused tcp "$blocked"
		expect 0 lsmctl -q status
		pinned
		[[ $names != *-new* ]] || fail "$names"
	}
	_every_fault load lsmctl load --default block --max-rules 8
	expect 0 lsmctl unload
	nothing_in_force
}

unload_at_every_call_leaves_everything_or_nothing()
{
	_before()
	{
		expect 0 lsmctl -e load --default block --max-rules 8
	}
	_holds()
	{
		if [ "$ended" = 0 ]; then
			pinned
			same "$names" '' pins
			wait_for tcp "$blocked" # older kernels detach a little later
		elif lsmctl -q status; then
			refused tcp "$blocked"
		else
			wait_for tcp "$blocked" # older kernels detach a little later
		fi
	}
	_mends()
	{
		expect 0 lsmctl -e unload
		wait_for tcp "$blocked"
		pinned
		same "$names" '' pins
	}
	_every_fault unload lsmctl unload
	nothing_in_force
}

upgrade_at_every_call_leaves_it_in_force()
{
	_before()
	{
		expect 0 lsmctl -q -e load --max-rules 64
		expect 0 lsmctl -q -e block "$blocked,$blocked6"
	}
	_holds()
	{
		refused tcp "$blocked"
		refused udp "$blocked6"
		reaches tcp "$neighbour"
		expect 0 lsmctl -q status
		field_is "$blocked/32" id 1
	}
	_mends()
	{
		expect 0 lsmctl upgrade
		refused tcp "$blocked"
		pinned
		[[ $names != *-new* ]] || fail "$names"
	}
	_every_fault upgrade lsmctl upgrade
}

# Two rulesets that block the same address, and the second its neighbour too. Each try is quick: there can be more.
_two()
{
	sample=12
	expect 0 lsmctl load --max-rules 1024
	printf 'block %s\n' "$blocked" "$blocked6" 1.1.9.1 >"$scratch/one"
	{
		printf 'block %s comment "two"\n' "$blocked" "$blocked6" 1.0.0.0/8
		printf 'block 198.18.0.%s port 80 proto tcp errno EACCES\n' {1..200}
	} >"$scratch/two"
	expect 0 lsmctl restore "$scratch/two"
	lsmctl save >"$scratch/saved.two"
	expect 0 lsmctl restore "$scratch/one"
	lsmctl save >"$scratch/saved.one"
}

# _is_whole: sets $which to the ruleset that is in force, all of it.
_is_whole()
{
	refused tcp "$blocked"
	refused udp "$blocked6"
	expect 0 lsmctl save
	if [ "$output" = "$(<"$scratch/saved.two")" ]; then
		which=two
		refused tcp "$neighbour"
	else
		which=one
		same "$output" "$(<"$scratch/saved.one")"
		reaches tcp "$neighbour"
	fi
	printf '# %s is in force\n' "$which"
}

# A command that reports success has made its change; one that reports a failure has not.
_as_told()
{
	_is_whole
	case $how:$ended in
	fails*:0) same "$which" "$1" 'what is in force' ;;
	fails*) same "$which" "$2" 'what is in force' ;;
	esac
}

# _restores NAME
_restores()
{
	_holds()
	{
		_as_told two one
	}
	_mends()
	{
		expect 0 lsmctl restore "$scratch/two"
		refused tcp "$neighbour"
	}
	_every_fault "$1" lsmctl restore "$scratch/two"
}

# The maps of the ruleset before the last are used again.
restore_at_every_call_leaves_one_or_the_other()
{
	_two
	_before()
	{
		expect 0 lsmctl -q -e load --max-rules 1024
		expect 0 lsmctl restore "$scratch/one"
	}
	_restores restore
}

# There are none with enough room.
restore_into_new_maps_at_every_call_leaves_one_or_the_other()
{
	_two
	sample=6
	_before()
	{
		expect 0 lsmctl -q -e unload
		expect 0 lsmctl load --max-rules 1024
		expect 0 lsmctl restore "$scratch/one"
	}
	_restores 'restore into new maps'
}

# A failed command leaves no trial; an existing trial has both complete rulesets.
restore_on_trial_at_every_call_leaves_one_or_the_other()
{
	_two
	_before()
	{
		try lsmctl confirm --revert
		expect 0 lsmctl -q -e load --max-rules 1024
		expect 0 lsmctl restore "$scratch/one"
	}
	_holds()
	{
		_as_told two one
		if [ "$which" = two ]; then
			expect 0 lsmctl confirm --revert
			_is_whole
			same "$which" one
		fi
	}
	_mends()
	{
		try lsmctl confirm --revert
		expect 0 lsmctl restore --confirm 1h "$scratch/two"
		refused tcp "$neighbour"
		expect 0 lsmctl confirm
		refused tcp "$neighbour"
	}
	_every_fault 'restore --confirm' lsmctl restore --confirm 1h "$scratch/two"
}

_on_trial()
{
	expect 0 lsmctl -q -e load --max-rules 1024
	try lsmctl confirm --revert
	expect 0 lsmctl restore "$scratch/one"
	expect 0 lsmctl restore --confirm 1h "$scratch/two"
}

confirm_at_every_call_keeps_what_is_in_force()
{
	_two
	_before()
	{
		_on_trial
	}
	_holds()
	{
		_as_told two two
	}
	_mends()
	{
		try lsmctl confirm
		_is_whole
		same "$which" two
		expect 0 lsmctl restore "$scratch/one"
		reaches tcp "$neighbour"
	}
	_every_fault confirm lsmctl confirm
}

confirm_revert_at_every_call_leaves_one_or_the_other()
{
	_two
	_before()
	{
		_on_trial
	}
	_holds()
	{
		_as_told one two
	}
	_mends()
	{
		try lsmctl confirm --revert
		_is_whole
		same "$which" one
		expect 0 lsmctl restore "$scratch/two"
		refused tcp "$neighbour"
	}
	_every_fault 'confirm --revert' lsmctl confirm --revert
}
