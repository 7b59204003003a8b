# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# lsmctl run: one command, and all that it starts, reaches only what is said.

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

# For the commands inside.
export -f tcp udp

# _in [OPTION...] CODE: a shell in a run.
_in()
{
	_run "${@:1:$#-1}" -- bash -c "${!#}"
}

_no_run_is_left()
{
	[ -z "$(ls -d "$groups"/lsmctl-run/*/ 2>/dev/null)" ] || fail "a run is left: $(ls -d "$groups"/lsmctl-run/*/)"
}

a_run_reaches_what_is_said_and_nothing_else()
{
	_hierarchy
	load
	reaches _in --allow "$neighbour" "tcp $neighbour"
	reaches _in --allow "$neighbour:80" "tcp $neighbour"
	reaches _in --allow 1.1.1.0/29 --allow "$blocked:443" "tcp $neighbour"
	refused _in --allow "$neighbour" "tcp $blocked"
	refused _in --allow "$neighbour:81" "tcp $neighbour"
	refused _in --allow "$neighbour proto udp" "tcp $neighbour"
	refused _in --allow any6 "tcp $blocked"
	reaches _in --allow any4 "tcp $blocked"
	refused _in --allow any4 "tcp $blocked6"
	reaches _in --allow "[$neighbour6]:80" "tcp $neighbour6"
	refused _in "tcp 127.0.0.1"
	refused _in "tcp ::1"
	refused _in "tcp 0.0.0.0"
	reaches _in --loopback "tcp 127.0.0.1"
	reaches _in "udp 127.0.0.53"
	# Others reach what they did, while a run is there.
	reaches _in "kill -STOP \$PPID; true" & wait $!
	reaches tcp "$blocked"
	_no_run_is_left
}
