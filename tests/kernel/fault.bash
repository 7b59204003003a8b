# shellcheck shell=bash disable=SC2154 # the runner sets here, scratch and the like
# To kill lsmctl, or let the kernel refuse it something, at one of its system calls. Sourced by the scenarios that do.

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
# something, before the command knows. Without --thorough a dozen of these, from the first to the last.
_instants()
{
	local n all=() most=12
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
