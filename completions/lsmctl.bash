# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of lsmctl for bash. lsmctl itself says what the word at the cursor could become (`lsmctl __complete WORD...`,
# see cmd/shared/offer.h); this finds the words, and quotes what comes back. Needs nothing of bash-completion, which would load it
# by its name.

# The words of the line up to the cursor, without their quotes, into `words`. readline will put what is chosen in the place
# of a part of the last one: behind a quote that is open, which goes into `quote`, or behind the last of COMP_WORDBREAKS.
# What stands before that part goes into `head`.
_lsmctl_words()
{
	local line=${COMP_LINE-} word='' begun='' before='' char i IFS=' '

	words=() quote='' head=''
	if [[ -n $line ]]; then
		line=${line:0:${COMP_POINT:-${#line}}}
	else
		line="${COMP_WORDS[*]:0:COMP_CWORD+1}"
	fi
	for ((i = 0; i < ${#line}; i++)); do
		char=${line:i:1}
		if [[ $char == \\ && $quote != "'" ]]; then
			i=$((i + 1))
			# In "..." it is itself, but for a few.
			[[ $quote != '"' || ${line:i:1} == [\$\`\"\\] ]] || word+=$char
			word+=${line:i:1} begun=1
		elif [[ -n $quote && $char == "$quote" ]]; then
			quote='' head=$before
		elif [[ -n $quote ]]; then
			word+=$char
		elif [[ $char == [\"\'] ]]; then
			quote=$char before=$head head=$word begun=1
		elif [[ $char == [[:space:]] ]]; then
			[[ -z $begun ]] || words+=("$word")
			word='' head='' begun=''
		else
			# These two stay with what is behind them.
			[[ $COMP_WORDBREAKS != *"$char"* || $char != [@\$] ]] || head=$word
			word+=$char begun=1
			[[ $COMP_WORDBREAKS != *"$char"* || $char == [@\$] ]] || head=$word
		fi
	done
	words+=("$word")
}

# Makes the word $1 one that the shell reads back as it is, in the quotes that are open, into `quoted`.
_lsmctl_quote()
{
	local escaped="'\\''" special

	quoted=$1
	if [[ $quote == "'" ]]; then
		quoted=${quoted//"'"/"$escaped"}
	elif [[ $quote == '"' ]]; then
		for special in \\ \" \$ \`; do
			quoted=${quoted//"$special"/"\\$special"}
		done
		# A backslash would stay.
		quoted=${quoted//!/"\"'!'\""}
	elif [[ $quoted == *[!A-Za-z0-9_./:,@%+=-]* ]]; then
		printf -v quoted %q "$quoted"
	fi
}

# The names of files, or of directories, that go on from the last word.
_lsmctl_files()
{
	local value=${words[-1]} option='' name action=-f

	[[ $1 != directory ]] || action=-d
	[[ $value != --*=* ]] || option=${value%%=*}= value=${value#*=}
	# readline quotes these.
	compopt -o filenames 2>/dev/null
	while IFS= read -r name; do
		name=$option$name
		COMPREPLY+=("${name#"$head"}")
	done < <(compgen "$action" -- "$value")
}

_lsmctl()
{
	local words quote head line quoted

	COMPREPLY=()
	_lsmctl_words
	((${#words[@]} > 1)) || return 0
	while IFS= read -r line; do
		if [[ $line == $'\t'* ]]; then
			_lsmctl_files "${line#$'\t'}"
			continue
		fi
		line=${line%%$'\t'*}
		_lsmctl_quote "${line#"$head"}"
		COMPREPLY+=("$quoted")
		# There is more to come behind it.
		[[ $line != */ ]] || compopt -o nospace 2>/dev/null
	done < <(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin "${words[0]/#~\//"$HOME/"}" __complete "${words[@]:1}" 2>/dev/null)
}

complete -F _lsmctl lsmctl
