# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# What is counted, as metrics and as time goes by. Their form is for tests/cli/stats.bats.

# _metric SAMPLE VALUE: checks that the line exists.
_metric()
{
	[[ $'\n'$output$'\n' == *$'\n'"lsmctl_$1 $2"$'\n'* ]] || fail "lsmctl_$1 is not $2"
}

metrics_say_what_was_decided_and_by_whom()
{
	load
	expect 0 lsmctl block "$blocked" set feed
	expect 0 lsmctl audit "$neighbour6"
	refused tcp "$blocked"
	refused tcp "$blocked"
	reaches tcp "$neighbour6"
	expect 0 python3 "$here/attack.py" dest "$blocked" "$blocked6" 'ipv4 udp sendto'
	expect 0 lsmctl stats --prometheus --top 5
	_metric loaded 1
	_metric 'decisions_total{hook="socket_connect",verdict="block"}' 2
	_metric 'decisions_total{hook="socket_connect",verdict="audit"}' 1
	_metric 'decisions_total{hook="socket_sendmsg",verdict="block"}' 1
	_metric 'decisions_total{hook="socket_create",verdict="block"}' 0
	_metric 'decisions_total{hook="socket_bind",verdict="block"}' 0
	never_says 'program_attached{hook="socket_create"}'
	_metric 'set_hits{set="feed"}' 3
	_metric 'set_hits{set=""}' 1
	_metric "rule_hits_total{id=\"1\",verdict=\"block\",destination=\"$blocked/32\",set=\"feed\"}" 3
	_metric 'program_attached{hook="socket_connect"}' 1
	_metric 'program_recursion_misses_total{hook="socket_connect"}' 0
	_metric watchers 0
	_metric learners 0
	never_says egress
	rm "$pins/link_socket_sendmsg"
	expect 0 lsmctl stats --prometheus
	_metric 'program_attached{hook="socket_sendmsg"}' 0
	_metric 'program_attached{hook="socket_connect"}' 1
	expect 0 lsmctl unload
	expect 0 lsmctl stats --prometheus
	_metric loaded 0
	never_says lsmctl_decisions_total
}

metrics_count_those_who_watch_and_live()
{
	local watcher
	load
	lsmctl watch >"$scratch/watch" &
	watcher=$!
	wait_for _watchers_are 1
	lsmctl learn 1h >"$scratch/learn" &
	wait_for _learners_are 1
	kill -KILL "$watcher"
	wait_for _watchers_are 0
	kill -INT "$!"
	wait_for _learners_are 0
}

_watchers_are()
{
	lsmctl stats --prometheus | grep -qx "lsmctl_watchers $1"
}

_learners_are()
{
	lsmctl stats --prometheus | grep -qx "lsmctl_learners $1"
}

stats_go_on_through_upgrades_and_end_with_the_policy()
{
	local follower
	load
	expect 0 lsmctl block "$blocked"
	lsmctl stats --interval 1 >"$scratch/stats" 2>"$scratch/stats.err" &
	follower=$!
	wait_for grep -q '^blocked  *0' "$scratch/stats"
	expect 0 lsmctl upgrade
	refused tcp "$blocked"
	wait_for grep -q '^blocked  *1 ' "$scratch/stats"
	expect 0 lsmctl unload
	wait "$follower" || status=$?
	[ "$status" = 3 ] || fail "exit status $status"
	grep -q 'the policy was unloaded' "$scratch/stats.err" || fail 'it does not say why'
	awk '$1 == "blocked" && $2 == 1 { found = 1; exit $3 <= 0 } END { if (!found) exit 1 }' "$scratch/stats" ||
		fail "no rate: $(<"$scratch/stats")"
}
