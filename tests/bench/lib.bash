# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # rows look at what is set here, and set what is looked at
#
# What the rows share. They run in two places: "icount", a machine made for it, whose clock counts instructions and where
# lsmctl is loaded; and "native", the machine at hand, where its maps are pinned without a program, so that nothing is
# enforced.
#
# What is measured leaves as lines "sample ROW n|d VALUE" (numerator, denominator), "skip ROW WHY", "wrong ROW WHY".

# run sets these: the directories of the rules and of the programs, and the place.
: "${rules:?}" "${programs:?}" "${place:?}"

# How many rules "a million" and "100,000" are, and the sizes of the contest.
if [ -e "$rules/1000000.list" ]; then
	readonly many=1000000 some=100000
else
	readonly many=20000 some=2000
fi
readonly sizes="0 1000 $some $many"

# Where the LPM tries and the links of the peers are.
readonly bpffs=/sys/fs/bpf/lsmctl-bench-peers

say()
{
	printf '%s\n' "$*"
}

progress()
{
	say "progress $row: $*"
}

sample()
{
	say "sample $1 $2 $3"
}

# skip WHY: ends the row.
skip()
{
	say "skip $row $*"
	exit 0
}

# wrong WHY: something does not do what it is measured for.
wrong()
{
	say "wrong $row $*"
	exit 1
}

# timed COMMAND...: sets ns, kib, cpu and waits.
timed()
{
	local out
	out=$("$programs/stopwatch" 1 0 "$@" 2>"$scratch/err") || wrong "$1 failed: $(head -n 1 "$scratch/err")"
	read -r ns kib cpu waits <<<"$out"
}

# often N COMMAND...: as timed, of so many runs the median.
often()
{
	local out n=$1
	shift
	out=$("$programs/stopwatch" "$n" 0 "$@" 2>"$scratch/err") || wrong "$1 failed: $(head -n 1 "$scratch/err")"
	read -r ns kib cpu waits < <(sort -n <<<"$out" | sed -n "$(((n + 1) / 2))p")
}

# turns_of KIND N ADDRESS: rounds of N calls: the nanoseconds that one took, a line a round. What a TCP call costs differs
# more between processes than between the rounds of one.
turns_of()
{
	local processes=1
	[ "$1" != tcp ] || processes=5
	while ((processes-- > 0)); do
		"$programs/calls" "$1" 5 "$2" "$3" 2>"$scratch/err" || return
	done
}

# pair ROW: one sample of each side; $a and $b are what they took.
pair()
{
	sample "$1" n "$a"
	sample "$1" d "$b"
}

# policy_on DIR: what lsmctl is to begin with: no rules.
policy_on()
{
	if [ "$place" = native ]; then
		rm -rf "$1" # of a run that was killed
		mkdir -m 0700 "$1" && "$programs/pins" make "$programs/lsmctl.bpf.o" "$1" 4194304
	else
		lsmctl -q --pin-dir "$1" load
	fi || wrong "lsmctl cannot be loaded"
}

policy_off()
{
	if [ "$place" = native ]; then
		rm -rf "$1"
	else
		lsmctl -q --pin-dir "$1" unload
	fi
}

flush()
{
	lsmctl -q flush || wrong "lsmctl flush failed"
}

# check SIZE: lsmctl has these rules in force, by thousands of addresses whose answers are known.
check()
{
	local how
	if [ "$place" = native ]; then
		how=$("$programs/probe" walk "$rules/$1.probes" "$LSMCTL_PIN_DIR" 2>&1) || wrong "with $1 rules $how"
	else
		how=$("$programs/probe" connect "$rules/$1.probes" 2>&1) || wrong "with $1 rules $how"
	fi
}

# with_rules SIZE: puts them in force, and sees that they are.
with_rules()
{
	lsmctl -q restore "$rules/$1.list" || wrong "lsmctl cannot restore $1 rules"
	check "$1"
}

needs()
{
	type -P "$1" >/dev/null || skip "$1 is not installed (make bench-deps)"
}
