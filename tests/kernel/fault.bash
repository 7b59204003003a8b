# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # the runner sets here, scratch and the like
# To kill lsmctl, or let the kernel refuse it something, at one of its system calls. Sourced by the scenarios that do.

# fault.c, preloaded, counts lsmctl's system calls, and interferes with one of them.
_fault=(env LD_PRELOAD="$here/programs/fault.so")

# _calls COMMAND...: runs it, and sets $calls to the bpf(2) calls that it made.
_calls()
{
	rm -f "$scratch/calls"
	expect 0 "${_fault[@]}" FAULT_LOG="$scratch/calls" "$@"
	mapfile -t calls < <(grep -v -e ^unlink -e ^rename "$scratch/calls")
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

# _last PATTERN: the same for the last one.
_last()
{
	for ((n = ${#calls[@]}; n > 0; n--)); do
		# shellcheck disable=SC2053 # a pattern
		[[ ${calls[n - 1]} != $1 ]] || return 0
	done
	fail "there is no call $1"
}

# _instants [FIRST]: sets $instants to when to kill in the calls from FIRST on: before each, and after each that changes
# something, before the command knows. Without --thorough four of these, from the first to the last.
_instants()
{
	local n all=() most=4
	for ((n = ${1:-1}; n <= ${#calls[@]}; n++)); do
		all+=("before $n")
		case ${calls[n - 1]} in
		MAP_UPDATE_ELEM* | MAP_DELETE_ELEM* | LINK_CREATE* | *link_*) all+=("after $n") ;;
		esac
	done
	instants=("${all[@]}")
	if [ "$thorough" != yes ] && [ ${#all[@]} -gt $most ]; then
		instants=()
		for ((n = 0; n < most; n++)); do
			instants+=("${all[n * (${#all[@]} - 1) / (most - 1)]}")
		done
	fi
}

# _killed INSTANT COMMAND...
_killed()
{
	local when n after=()
	read -r when n <<<"$1"
	[ "$when" = before ] || after=(FAULT_AFTER=1)
	printf '# killed %s call %s: %s\n' "$when" "$n" "${calls[n - 1]}"
	try "${_fault[@]}" FAULT_CALL=bpf FAULT_AT="$n" "${after[@]}" "${@:2}"
	[ "$status" = 137 ] || fail 'it was not killed'
}

# What the scenarios below need of each command: set the start up, see that a promise holds, and that the next command
# mends what is left. _before, _holds and _mends are functions of the scenario; $how is what was done to the command, and
# $ended its exit status.

# _every_fault NAME COMMAND...: has the command killed before each of its bpf(2), rename(2) and unlink(2) calls and after
# those that change something, and has each of them fail, alone and with all that follow. Without --thorough four,
# or as many as $sample says.
_every_fault()
{
	local name=$1 all=() tried=0 broken=0 unreached=0 n step=1 most=${sample:-4} how call
	shift
	rm -f "$scratch/calls"
	_before
	expect 0 "${_fault[@]}" FAULT_LOG="$scratch/calls" "$@"
	mapfile -t calls <"$scratch/calls"
	_mends
	[ ${#calls[@]} -gt 0 ] || fail 'it makes no calls'
	for ((n = 1; n <= ${#calls[@]}; n++)); do
		all+=("killed-before $n" "fails $n" "fails $n+")
		# What changes nothing that others see leaves the same as if the next had not begun.
		case ${calls[n - 1]} in
		MAP_UPDATE_ELEM* | MAP_DELETE_ELEM* | LINK_CREATE* | OBJ_PIN* | unlink* | rename*) all+=("killed-after $n") ;;
		esac
	done
	[ "$thorough" = yes ] || step=$(((${#all[@]} + most - 1) / most))
	for ((n = 0; n < ${#all[@]}; n += step)); do
		tried=$((tried + 1))
		how=${all[n]}
		call=${how#* }
		call=${calls[${call%+} - 1]}
		(_one_fault "$@") >"$scratch/fault.log" 2>&1 || {
			[ $? != 78 ] || {
				unreached=$((unreached + 1))
				continue
			}
			broken=$((broken + 1))
			printf '# BROKEN: %s, %s\n' "$how" "$call"
			tail -n 30 "$scratch/fault.log"
			note "$name: broken: $how: $call"
			reset || true
		}
	done
	note "$name: ${#calls[@]} calls, $tried of ${#all[@]} kills and failures tried ($unreached came too late)," \
		"$broken promises broken"
	same "$broken" 0 'promises broken'
}

_one_fault()
{
	local options
	_before
	case $how in
	killed-before*) options=() ;;
	killed-after*) options=(FAULT_AFTER=1) ;;
	fails*) options=(FAULT_ERROR=12) ;; # ENOMEM
	esac
	try "${_fault[@]}" FAULT_CALL=any FAULT_AT="${how#* }" "${options[@]}" "$@"
	ended=$status
	case $how:$ended in
	fails*:[0123] | killed*:137) ;;
	# The number of calls is not always the same: libbpf tries some again.
	killed*:0) exit 78 ;;
	*) fail "$how: exit status $ended" ;;
	esac
	_holds
	_mends
}
