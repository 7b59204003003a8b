# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2034 # lib.bash has what is looked at, and scenarios look at what is set
# Starting runs, and what they leave.

_hierarchy()
{
	groups=$(cgroup_root)
	[ -n "$groups" ] || skip 'no cgroup v2 hierarchy here'
}

# _run [OPTION...] -- COMMAND...: as kim.
_run()
{
	lsmctl run --user kim "$@"
}

# _in [OPTION...] CODE: a shell in a run; tcp and udp are at hand.
_in()
{
	export -f tcp udp
	_run "${@:1:$#-1}" -- bash -c "${!#}"
}

_no_run_is_left()
{
	[ -z "$(ls -d "$groups"/lsmctl-run/*/ 2>/dev/null)" ] || fail "a run is left: $(ls -d "$groups"/lsmctl-run/*/)"
}

# _start NAME [OPTION...] CODE: a run in the background, whose first line goes to a file; waits for it. $starter is its
# lsmctl.
_start()
{
	rm -f "$scratch/$1"
	(
		export -f tcp udp
		exec lsmctl run --user kim "${@:2:$#-2}" -- bash -c "${!#}"
	) >"$scratch/$1" 2>&1 &
	starter=$!
	wait_for test -s "$scratch/$1"
}

# _ends STATUS: the run in the background.
_ends()
{
	status=0
	wait "$starter" || status=$?
	same "$status" "$1" 'exit status'
}
