# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of lsmctl for bash. lsmctl itself says what can stand at the cursor (`lsmctl __complete WORD...`); this finds
# the words and keeps what begins as the last one does. Needs nothing of bash-completion, which would load it by its name.

# The words up to the cursor, into the array `words`. bash breaks them at each of COMP_WORDBREAKS, in the midst of an
# IPv6 address too: parts that no blank separates on the line belong together.
_lsmctl_words()
{
	local line=${COMP_LINE-} rest part i

	words=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
	[[ -n $line ]] || return 0
	line=${line:0:${COMP_POINT:-${#line}}}
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		rest=${line#"${line%%[![:blank:]]*}"}
		part=${COMP_WORDS[i]}
		# The cursor can stand in the midst of the last part.
		((${#part} <= ${#rest})) || part=$rest
		if ((i)) && [[ $rest == "$line" ]]; then
			words[-1]+=$part
		else
			words+=("$part")
		fi
		line=${rest#"$part"}
	done
}

# Whether a file is what goes at the cursor: the words are a command that takes one, and lsmctl's own, up to it.
_lsmctl_takes_file()
{
	local command='' word option='' n=0

	for word in "${@:1:$#-1}"; do
		case $option in
		--pin-dir | --set | --keep-set | --confirm | --verdict) option='' && continue ;;
		esac
		option=''
		case $word in
		-*) option=$word ;;
		*) [[ -z $command ]] && command=$word || n=$((n + 1)) ;;
		esac
	done
	case $command:$option in
	*:--pin-dir | *:--set | *:--keep-set | *:--confirm | *:--verdict) return 1 ;;
	load:--file) return 0 ;;
	restore:*) ;;
	save:* | batch:*) ((n == 0)) ;;
	*) return 1 ;;
	esac
}

_lsmctl()
{
	local words asked=() word current head candidate

	COMPREPLY=()
	_lsmctl_words
	# --option=value is for lsmctl to complete as --option value.
	for word in "${words[@]:1}"; do
		if [[ $word == --*=* ]]; then
			asked+=("${word%%=*}" "${word#*=}")
		else
			asked+=("$word")
		fi
	done
	((${#asked[@]})) || return 0
	current=${asked[-1]}
	# What readline puts in is the part behind the last of its breaks, and a list is completed at its last element.
	head=
	[[ $current != *,* ]] || head=${current%"${current##*,}"}
	if [[ ${asked[*]: -2:1} == --pin-dir ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
	elif [[ $current != -?* ]] && _lsmctl_takes_file "${asked[@]}"; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	else
		while IFS= read -r candidate; do
			[[ $head$candidate != "$current"* ]] || COMPREPLY+=("$head$candidate")
		done < <("${1:-lsmctl}" __complete "${asked[@]}" 2>/dev/null)
	fi
	word=${words[-1]}
	[[ $word != --*=* || $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/"${word%%=*}="}")
	[[ $current != *:* || $COMP_WORDBREAKS != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
}

complete -F _lsmctl lsmctl
