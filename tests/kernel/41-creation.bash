# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# The programs that see sockets being made come and go: for strict, the backstop and runs, through upgrades, and whatever
# is killed. While they are not attached, nothing of what needs them is in force.

# shellcheck source-path=SCRIPTDIR source=running.bash
. "$here/running.bash"
# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

# _attached yes|no: as the kernel reports. It gets round to detaching a little later.
_attached()
{
	wait_for "_is_attached_$1"
	pinned
	case $1 in
	yes) [[ $names == *link_socket_create* && $names == *link_socket_post_create* ]] || fail 'it is not pinned' ;;
	no) [[ $names != *link_socket_create* && $names != *link_socket_post_create* ]] || fail 'it is pinned' ;;
	esac
}

_programs()
{
	bpftool prog list | grep -cE ' name socket_(create|post_crea[a-z]*) ' || true
}

_is_attached_yes()
{
	[ "$(_programs)" = 2 ]
}

_is_attached_no()
{
	[ "$(_programs)" = 0 ]
}

# A packet socket is known before it is made, one of SCTP that does not say so after. Nobody else refuses either.
_packet()
{
	python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)'
}

_sctp()
{
	python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET)'
}

# _makes refused|reaches
_makes()
{
	"$1" _packet
	! has_module sctp || "$1" _sctp
}

they_are_attached_while_strict_or_the_backstop_is_on()
{
	local attach
	modprobe -q sctp || true
	for attach in lsm fmod_ret; do
		load --attach "$attach"
		_attached no
		expect 0 lsmctl -j status --prove
		never_says socket_create socket_post_create
		[ "$attach" = fmod_ret ] || expect 0 lsmctl doctor
		_makes reaches
		expect 0 lsmctl set strict on
		_attached yes
		_makes refused
		expect 0 lsmctl -j status --prove
		says '{"hook":"socket_create","state":"attached",' '{"hook":"socket_post_create","state":"attached",'
		expect 0 lsmctl set backstop on
		expect 0 lsmctl set strict off
		_attached yes
		_makes reaches
		expect 0 lsmctl set backstop off
		_attached no
		_makes reaches
		expect 0 lsmctl unload
	done
}

files_and_undo_bring_them_and_take_them_away()
{
	load
	echo 'set strict on' >"$scratch/rules"
	expect 0 lsmctl -n restore "$scratch/rules"
	_attached no
	expect 0 lsmctl restore "$scratch/rules"
	_attached yes
	_makes refused
	expect 0 lsmctl undo
	_attached no
	_makes reaches
	expect 0 lsmctl undo
	_attached yes
	_makes refused
	echo "block $blocked" >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_makes refused
	expect 0 lsmctl restore --reset-settings "$scratch/rules"
	_attached no
	_makes reaches
	expect 0 lsmctl unload
	echo 'set strict on' >"$scratch/rules"
	load --file "$scratch/rules"
	_attached yes
	_makes refused
}

trials_keep_them_for_what_returns()
{
	load
	expect 0 lsmctl set strict on --confirm 8s
	_makes refused
	sleep 8
	_makes reaches
	expect 0 lsmctl set strict on
	_makes refused
	expect 0 lsmctl set strict off --confirm 60s
	_attached yes
	_makes reaches
	expect 0 lsmctl confirm --revert
	_makes refused
	expect 0 lsmctl set strict off --confirm 8s
	sleep 8
	_makes refused
	expect 0 lsmctl set strict off --confirm 60s
	expect 0 lsmctl confirm
	_attached no
	expect 0 lsmctl set strict on --confirm 60s
	expect 0 lsmctl confirm --revert
	_attached no
}

# An upgrade takes seconds. What it opened as strict off is on again when it gets there.
a_trial_that_expires_during_an_upgrade_takes_nothing_away()
{
	local upgrade
	load
	expect 0 lsmctl set strict on
	expect 0 lsmctl set strict off --confirm 40s
	rm -f "$scratch/calls"
	"${_fault[@]}" FAULT_CALL=any FAULT_AT=0 FAULT_LOG="$scratch/calls" lsmctl upgrade &
	upgrade=$!
	wait_for grep -q PROG_LOAD "$scratch/calls"
	kill -STOP "$upgrade"
	reaches _packet
	sleep 40
	kill -CONT "$upgrade"
	wait "$upgrade" || fail 'the upgrade failed'
	_attached yes
	_makes refused
	expect 0 lsmctl status
}

# In a run, where strict is always on. The first one finds them detached.
runs_bring_them_and_keep_them()
{
	local vsock='python3 -c "import socket; socket.socket(40, 1)"'
	_hierarchy
	load
	_attached no
	refused _in "$vsock"
	_attached yes
	expect 0 lsmctl set strict on
	expect 0 lsmctl set strict off
	_attached yes
	refused _in "$vsock"
	# A run finds all that it needs, whoever removed it.
	rm "$pins/link_socket_create"
	refused _in "$vsock"
	_attached yes
	# While one runs, whatever changes.
	mkfifo -m 0666 "$scratch/ask"
	exec 8<>"$scratch/ask"
	_start asked "echo here; while read -r line && [ \$line = go ]; do $vsock 2>&1 | tail -n 1; done <$scratch/ask"
	_still_refused 1
	expect 0 lsmctl upgrade
	_still_refused 2
	expect 0 lsmctl unload --force
	expect 0 lsmctl load --max-rules 64
	_attached yes
	_still_refused 3
	echo end >&8
	exec 8>&-
	wait "$starter" || true
	rm "$scratch/ask"
}

_still_refused()
{
	echo go >&8
	refusals=$1
	wait_for _refused_so_often
}

_refused_so_often()
{
	[ "$(grep -c 'Operation not permitted' "$scratch/asked")" = "$refusals" ]
}

upgrade_renews_them_mends_them_and_takes_them_away()
{
	local old
	load
	expect 0 lsmctl upgrade
	_attached no
	expect 0 lsmctl set strict on
	_link_id
	old=$value
	expect 0 lsmctl upgrade
	_link_id
	[ "$old" != "$value" ] || fail 'it is the same link'
	_attached yes
	_makes refused
	rm "$pins/link_socket_create" "$pins/link_socket_post_create"
	expect 0 lsmctl upgrade
	_makes refused
	# Killed as it goes off: attached until the next.
	try "${_fault[@]}" FAULT_CALL=unlinkat FAULT_AT=1 lsmctl set strict off
	same "$status" 137
	_attached yes
	_makes reaches
	expect 0 lsmctl upgrade
	_attached no
}

_link_id()
{
	local status
	status=$(lsmctl -j status)
	[[ $status =~ \"hook\":\"socket_create\",\"state\":\"attached\",\"prog_id\":[0-9]+,\"link_id\":([0-9]+) ]] ||
		fail "no socket_create in $status"
	value=${BASH_REMATCH[1]}
}

what_somebody_removed_is_told_and_mended()
{
	local cure
	load
	expect 0 lsmctl set strict on
	for cure in upgrade '-e set strict on'; do
		rm "$pins/link_socket_create"
		wait_for reaches _packet
		expect 2 lsmctl status
		says 'NOT in force: socket_create: not attached, its pin is gone'
		expect 2 lsmctl -j doctor
		says '{"name":"socket_create","state":"bad","message":"not attached: its pin is gone","advice":"lsmctl upgrade"'
		# shellcheck disable=SC2086 # words
		expect 0 lsmctl $cure
		_makes refused
		expect 0 lsmctl status
		_attached yes
	done
}

killed_at_any_instant_strict_is_never_on_without_them()
{
	local instant instants
	load
	_calls lsmctl set strict on
	expect 0 lsmctl set strict off
	_first 'PROG_LOAD socket_*'
	_instants "$n"
	for instant in "${instants[@]}"; do
		_killed "$instant" lsmctl set strict on
		if [[ $(lsmctl -j status) == *'"strict":"on"'* ]]; then
			_makes refused
		else
			_makes reaches
			expect 0 lsmctl set strict on
			_makes refused
		fi
		_attached yes
		expect 0 lsmctl set strict off
		_attached no
	done
	# No program, no link or no pin, or none that can be opened: the setting stays as it was. libbpf tries some calls again.
	for instant in 'PROG_LOAD socket_*' 'LINK_CREATE*' 'OBJ_PIN*link_socket_*' 'OBJ_GET*link_socket_connect'; do
		_last "$instant"
		expect 2 "${_fault[@]}" FAULT_CALL=bpf FAULT_AT="$n+" FAULT_ERROR=12 lsmctl set strict on
		expect 0 lsmctl -j status
		says '"strict":"off"'
		_attached no
	done
}

# Attached does not mean called: strict stays off where another's program goes first, and lets all through.
what_the_kernel_does_not_call_does_not_count()
{
	load
	expect 0 "$here/programs/attach" "$here/programs/front-socket_create.bpf.o" foreign /sys/fs/bpf/foreign /nowhere
	expect 2 lsmctl set strict on
	says 'socket_create is attached but did not see the trial call'
	try lsmctl -j status # which says that the other program may cancel what these refuse
	says '"strict":"off"'
	_attached no
	rm /sys/fs/bpf/foreign
	wait_for _strict_goes_on
	_makes refused
}

_strict_goes_on()
{
	lsmctl -e set strict on >/dev/null 2>&1
}
