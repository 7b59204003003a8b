# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Starting and ending watchers and learners, and what they have written.

# The low byte of word 155 of the configuration: who wants to be told. Nothing is paid while it is 0.
_watching()
{
	echo $(($(python3 "$here/word.py" "$pins/map_config" 155) & 255))
}

_watching_is()
{
	[ "$(_watching)" = "$1" ]
}

# _watch NAME [ARGUMENT...]: starts a watcher, which writes to $scratch/NAME; sets $watcher. It is ready when it returns.
_watch()
{
	local name=$1
	shift
	lsmctl "$@" >"$scratch/$name" 2>"$scratch/$name.err" &
	watcher=$!
	wait_for _is_ready "$watcher"
}

# It has what it waits with, for which it needs its seat; a learner has only that.
_is_ready()
{
	readlink "/proc/$1/fd/"* | grep -q eventpoll
}

_learns()
{
	[ "$(_watching)" -ge 128 ]
}

# _end PROCESS...: as Ctrl-C does.
_end()
{
	kill -INT "$@"
	wait "$@" || fail "a watcher ended with $?"
}

# _calls ADDRESS N: so many connections of one process.
_calls()
{
	python3 - "$1" "$2" <<-'END'
		import socket, sys
		for _ in range(int(sys.argv[2])):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		        try:
		            s.connect((sys.argv[1], 9))
		        except OSError:
		            pass
	END
}

# _has NAME TEXT: a line of what a watcher wrote says so; _lacks: none does.
_has()
{
	grep -qF -e "$2" "$scratch/$1" || fail "$1 does not say: $2; but: $(tail -n 20 "$scratch/$1")"
}

_lacks()
{
	! grep -qF -e "$2" "$scratch/$1" || fail "$1 says: $2"
}

# _allows FILE RULE CALLS: it allows this, for so many calls of a program that it names.
_allows()
{
	grep -qxE "allow $2 comment \"[^\"]+: $3\"" "$scratch/$1" || fail "$1 does not allow $2 for $3: $(<"$scratch/$1")"
}
