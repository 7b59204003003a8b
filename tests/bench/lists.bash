# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # ns and kib come from timed(), the rest from lib.bash and phase, and for them
#
# Lists of many rules, and their counters: wall time, and memory.

C1()
{
	local round
	needs bpftool
	with_rules "$many"
	"$programs/lpm" load "$rules/$many.list" "$bpffs" || wrong "no LPM trie"
	for ((round = 1; round <= rounds; round++)); do
		progress "lists as JSON, round $round of $rounds"
		timed bpftool -j map dump pinned "$bpffs/lpm4"
		a=$ns
		timed lsmctl -j list
		b=$ns
		pair C1
		sample C4@json n "$kib"
	done
	rm -f "$bpffs"/lpm*
}

C2()
{
	local round
	needs nft
	with_rules "$some"
	nft -f "$rules/$some.nft" || wrong "nft failed"
	for ((round = 1; round <= rounds; round++)); do
		progress "lists as JSON, $some rules, round $round of $rounds"
		timed nft -j list ruleset
		a=$ns
		timed lsmctl -j list
		b=$ns
		pair C2
	done
	nft flush ruleset
}

C3()
{
	local round
	needs ipset
	with_rules "$many"
	ipset destroy
	ipset restore -f "$rules/$many.ipset"
	for ((round = 1; round <= rounds; round++)); do
		progress "lists as text, round $round of $rounds"
		timed ipset save
		a=$ns
		timed lsmctl list
		b=$ns
		pair C3
		sample C4 n "$kib"
		timed lsmctl save
		sample C3@save n "$a"
		sample C3@save d "$ns"
	done
	ipset destroy
	[ "$(lsmctl -t list | wc -l)" = "$many" ] || wrong "the list is not of a million rules"
}

C4()
{
	C3
	C1
}

C5()
{
	local round
	with_rules "$many"
	progress "stats"
	for ((round = 1; round <= rounds; round++)); do
		timed lsmctl stats
		sample C5 n "$ns"
	done
	timed lsmctl -j stats
	sample C5@json n "$ns"
	sample C5@rss n "$kib"
}
