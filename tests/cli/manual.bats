#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The manual page, the help and the completion name exactly the commands and options of lsmctl.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

top=${BATS_TEST_DIRNAME%/tests/cli}
page=$top/man/lsmctl.8
security=$top/man/lsmctl-security.7

# commands_of FILE: the commands that a page describes. options_of FILE [COMMAND]: its options there, or the common ones,
# a line each, with their short forms and choices: "-i --interval", "--default allow|block".
commands_of()
{
	awk '/^\.Sh / { inside = /COMMANDS/ } inside && /^\.It Ic / { print $3 }' "$1" | sort -u
}

options_of()
{
	awk -v command="${2-}" '
		/^\.Sh / { section = $2; current = 0 }
		/^\.It Ic / { if (described) current = 0; current = current || $3 == command; described = 0; next }
		/^\.[A-Z]/ || !/^\./ { described = 1 }
		/^\.It Fl / && (command == "" ? section == "OPTIONS" : section == "COMMANDS" && current) {
			line = "" # "Fl i , Fl -interval Ar s" is "-i --interval"; "Fl -mode Cm enforce | audit" has its choices
			for (i = 2; i <= NF; i++) {
				if ($i == "Fl")
					line = line (line ? " " : "") "-" $++i
				else if ($i == "Cm")
					line = line " "
				else if ($i == "Ar" || $i == "Ns")
					break
				else if ($i != ",")
					line = line $i
			}
			print line
		}' "$1" | sort -u
}

# The same from the help of COMMAND: its own options stand before the common ones.
help_options()
{
	"$LSMCTL" help "$@" | awk -v own="$#" '
		/^ *Options that every command takes/ { if (own) exit }
		/^ +(-.,)? *--/ {
			line = ""
			for (i = 1; i <= NF && $i ~ /^-/; i++) {
				split($i, part, "=")
				sub(/[,[]/, "", part[1]) # the argument can be left out: "--skip-bad[=MAX]"
				line = line (line ? " " : "") part[1] (part[2] ~ /\|/ ? " " part[2] : "")
			}
			print line
		}' | sort -u
}

same()
{
	diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || fail "$1: not the same"
}

@test "commands: page, help and completion" {
	same 'page and completion' "$(commands_of "$page")" "$(offered '' | sort)"
	same 'help and completion' "$("$LSMCTL" help | awk '/^  [a-z]+ / { print $1 }' | sort)" "$(offered '' | sort)"
}

@test "common options: page, help and completion" {
	same 'page and help' "$(options_of "$page")" "$(help_options)"
	same 'help and completion' "$(help_options | grep -o -- '--[a-z-]*' | sort)" "$(offered - | sort)"
	[[ $(options_of "$page" | wc -l) -eq $(offered - | wc -l) ]]
}

@test "options of every command: page, help and completion" {
	local total=0

	for name in $(offered ''); do
		same "$name: page and help" "$(options_of "$page" "$name")" "$(help_options "$name")"
		same "$name: help and completion" \
			"$({ help_options "$name"; help_options; } | grep -o -- '--[a-z-]*' | sort)" "$(offered "$name" - | sort)"
		total=$((total + $(help_options "$name" | wc -l)))
	done
	# load and stats have some, so this has looked at something.
	[[ $total -ge 7 ]] || fail "only $total options in all"
}

@test "values of options: page and completion" {
	for name in $(offered ''); do
		while read -r option choices; do
			same "$name $option" "${choices//|/$'\n'}" "$(offered "$name" "$option" '')"
		done < <(options_of "$page" "$name" | sed -n 's/.*\(--[a-z-]* .*|\)/\1/p')
	done
}

@test "the page names no command that is not there" {
	offered '' | sort >"$BATS_TEST_TMPDIR/commands"
	# Marked up as one, in a sentence, or in an example behind the name of the program and its options.
	grep -oP '^\.It Ic .*|^\.Ic .*|\bIc [a-z]+' "$page" | grep -oP '(?<=Ic |, )[a-z]+(?= ?,|$| [A-Z(.])' >"$BATS_TEST_TMPDIR/used"
	grep -oP '(^# |Ql |&& )lsmctl( --?[a-z]+)* \K[a-z_]+' "$page" >>"$BATS_TEST_TMPDIR/used"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/used") -gt 30 ]] || fail 'found too few'
	run sh -c "sort -u '$BATS_TEST_TMPDIR/used' | comm -23 - '$BATS_TEST_TMPDIR/commands'"
	[[ -z $output ]] || fail "no commands: $output"
}

@test "the page names no option that is not there" {
	{
		help_options
		for name in $(offered ''); do
			help_options "$name"
		done
	} | grep -o -- '-[^ ]*' | sort -u >"$BATS_TEST_TMPDIR/options"
	{
		grep -v '^\.\\"' "$page" | grep -oP '\bFl \K-?[A-Za-z-]+' | sed 's/^/-/'
		grep -P '(^# |Ql |&& )lsmctl ' "$page" | grep -oP '(?<= )--?[a-z-]+'
	} | sort -u >"$BATS_TEST_TMPDIR/used"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/used") -ge $(wc -l <"$BATS_TEST_TMPDIR/options") ]] || fail 'found too few'
	run comm -23 "$BATS_TEST_TMPDIR/used" "$BATS_TEST_TMPDIR/options"
	[[ -z $output ]] || fail "no options: $output"
}

@test "words, errors and codes: page and program" {
	same words "$(sed -n '/^\.Sh RULES/,/^\.Sh OUTPUT/s/^\.It Cm \(.*\) Ta.*/\1/p' "$page" | tr -d ' ' | tr , '\n')" \
		"$(offered block '')"
	same 'words of a rule' "$(sed -n '/^\.Sh RULES/,/^\.Sh OUTPUT/s/^\.It Cm \([a-z-]*\) Ar .*/\1/p' "$page")" \
		"$(offered block any '')"
	same errnos "$(sed -n '/^\.Sh RULES/,/^\.Sh OUTPUT/s/^\.Er \([A-Z]*\).*/\1/p' "$page")" \
		"$(offered block any errno '')"
	same settings "$(sed -n 's/^\.It Ic set Cm //p' "$page" | sed 's/ | Ar .*//' | tr -d ' ')" \
		"$(for name in $(offered set ''); do echo "$name$(offered set "$name" '' | paste -sd '|')"; done)"
	same codes "$(sed -n '/^\.Ss code/,/^\.S[hs] [^c]/s/^\.It Cm //p' "$top/man/lsmctl-json.5" | sort)" \
		"$(grep -oP '\[ERR_[A-Z_]+\] = \{"\K[a-z_]+' "$top/common/base/error.c" | grep -vx none | sort)"
}

@test "every usage line of the page is one that the program knows" {
	# The help's usage has the same arguments, in other brackets.
	for name in status unload flush version stats load; do
		[[ $("$LSMCTL" help "$name" | head -n 1) == "Usage: lsmctl $name [OPTION...]" ]] || fail "$name"
	done
}

# The ways of `doctor --selftest`, from their table: a name, a tab, and "held" or what cures it.
ways()
{
	awk '
		/^\t(BOTH|SMC|ON6|ANY)\("|^\t\{"/ { split($0, part, "\""); name = part[2]; both = /^\t(BOTH|SMC)\(/; cure = "held" }
		match($0, /CURE_[A-Z]+/) { cure = substr($0, RSTART, RLENGTH) }
		name != "" && /[)}],$/ {
			if (both)
				print "ipv4 " name "\t" cure "\nipv6 " name "\t" cure
			else
				print name "\t" cure
			name = ""
		}' "$top/common/doctor/ways.c"
}

# The rows of the tables of ways: what it is "tried" by ("-": nothing), a tab, and what comes of it on the kernels.
security_rows()
{
	awk '
		/^\.\\" tried: / { tried = substr($0, 12); next }
		/^\.Bl -column / { inside = 1 }
		/^\.El/ { inside = 0 }
		inside && /^\.It / && !/ Ta Em / && !/ Ta Ta / {
			n = split($0, part, " Ta ")
			print (tried ? tried : "-") "\t" part[n - 3], part[n - 2], part[n - 1], part[n]
			tried = ""
		}' "$security"
}

@test "security: every way that the selftest tries is in a table, as what it is" {
	local tried cells pattern way cure found=$BATS_TEST_TMPDIR/found
	local -A cures

	while IFS=$'\t' read -r way cure; do
		[[ -z ${cures[$way]-} ]] || fail "there are two ways called $way"
		cures[$way]=$cure
	done < <(ways)
	[[ ${#cures[@]} -gt 100 && $(security_rows | wc -l) -gt 60 ]] || fail 'found too few'
	while IFS=$'\t' read -r tried cells; do
		[[ $cells =~ ^((held|strict|backstop|either|open|-)( |$)){4}$ ]] || fail "$tried: $cells"
		[[ $tried != - ]] || continue
		while IFS= read -r pattern; do
			: >"$found.these"
			for way in "${!cures[@]}"; do
				# shellcheck disable=SC2053 # it is a pattern
				[[ $way != $pattern ]] || printf '%s\n' "$way" >>"$found.these"
			done
			[[ -s $found.these ]] || fail "there is no way called $pattern"
			while IFS= read -r way; do
				# What is to be held is said to be, and nothing else is.
				if [[ ${cures[$way]} == held ]]; then
					[[ $cells =~ ^((held|-)( |$)){4}$ ]] || fail "$way: held, and not $cells"
				else
					[[ $cells != *held* ]] || fail "$way: ${cures[$way]}, and not $cells"
				fi
			done <"$found.these"
			cat "$found.these" >>"$found"
		done <<<"${tried// | /$'\n'}"
	done < <(security_rows)
	same 'ways and tables' "$(printf '%s\n' "${!cures[@]}" | sort)" "$(sort -u "$found")"
}

@test "security: what it says to type is there" {
	grep -oP 'Ql lsmctl \K[^.,]+' "$security" | sed 's/ *$//' | sort -u >"$BATS_TEST_TMPDIR/said"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/said") -ge 4 ]] || fail 'found too few'
	while read -r command rest; do
		offered '' | grep -qx -- "$command" || fail "no command: $command $rest"
	done <"$BATS_TEST_TMPDIR/said"
}

@test "the pages are well formed" {
	type -P mandoc >/dev/null || skip 'needs mandoc'
	for file in "$top"/man/*.[0-9]; do
		run mandoc -Tlint -Wwarning "$file"
		[[ -z $output && $status -eq 0 ]] || fail "$output"
		# Nothing is longer than the page is wide.
		[[ $(mandoc -Tascii "$file" 2>/dev/null | col -b | expand | wc -L) -le 80 ]] || fail "$file: lines too long"
	done
}
