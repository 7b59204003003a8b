# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Whether "in force" is true: root can keep the kernel from asking the programs, without a trace among the pins.

# _in_force STATUS-OF-READING STATUS-OF-TRYING: what all that tell of it say.
_in_force()
{
	local in_force=true metric=1 sure=sure
	expect "$1" lsmctl -j status
	says '"tried":false'
	if [ "$1" = 0 ]; then
		says '"in_force":true' '"doubts":[]'
	else
		says '"in_force":false'
	fi
	expect "$1" lsmctl status
	[ "$2" = 0 ] || in_force=false metric=0 sure=not_sure
	expect "$2" lsmctl -j status --prove
	says "\"in_force\":$in_force" '"tried":true'
	expect "$2" lsmctl status --prove
	expect "$2" lsmctl -q status --prove
	same "$output" ''
	expect 0 lsmctl stats --prometheus
	[[ $output$'\n' == *$'\n'"lsmctl_in_force $metric"$'\n'* ]] || fail "lsmctl_in_force is not $metric"
	expect "$2" lsmctl -j doctor
	says "\"enforcement\":\"$sure\""
	expect "$2" lsmctl -q doctor
}

# _trial HOOK OUTCOME: of the last `lsmctl -j status --prove`.
_trial()
{
	[[ $output =~ \"hook\":\"$1\"[^}]*\"trial\":\"([a-z]*)\" ]] || fail "nothing of $1's trial"
	same "${BASH_REMATCH[1]}" "$2" "$1's trial"
}

an_unloaded_policy_is_not_in_force()
{
	expect 3 lsmctl status --prove
	expect 0 lsmctl stats --prometheus
	says $'\nlsmctl_in_force 0'
	load
	_in_force 0 0
	expect 0 lsmctl unload
	expect 3 lsmctl -j status --prove
	same "$output" "$(lsmctl -j status)"
}

# 5.10 and the newest refuse it while a program is attached.
ftrace_that_is_off_is_found_out()
{
	load
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	_in_force 0 0
	if ! sysctl -q -w kernel.ftrace_enabled=0; then
		refused tcp "$blocked"
		_in_force 0 0
		return
	fi
	reaches tcp "$blocked"
	_in_force 2 2
	expect 2 lsmctl status
	says 'NOT SURE' 'sysctl kernel.ftrace_enabled=1'
	expect 2 lsmctl status --prove
	says 'silent; BAD: the trial call got through'
	expect 2 lsmctl doctor
	says 'sysctl kernel.ftrace_enabled=1' 'Enforcement is not sure'
	expect 2 lsmctl load --pin-dir "$other_pins"
	says 'kernel.ftrace_enabled'
	sysctl -q -w kernel.ftrace_enabled=1
	refused tcp "$blocked"
	_in_force 0 0
}

# _foreign WHAT-HOOK: attaches that program of tests/kernel/foreign.bpf.c, after lsmctl's own, so that it is asked first.
_foreign()
{
	expect 0 "$here/programs/attach" "$here/programs/$1.bpf.o" foreign /sys/fs/bpf/foreign /nowhere
}

_no_foreign()
{
	rm -f /sys/fs/bpf/foreign
	wait_for _foreign_is_gone
}

_foreign_is_gone()
{
	! bpftool prog list | grep -q 'name foreign'
}

a_foreign_program_that_cancels_is_found_out()
{
	local way
	load
	expect 0 lsmctl block "$blocked"
	for way in cancel front; do
		_foreign "$way-socket_connect"
		reaches tcp "$blocked"
		_in_force 2 2
		expect 2 lsmctl status
		says '(foreign)' "is not lsmctl's"
		expect 2 lsmctl -j doctor
		says '{"name":"socket_connect","state":"bad",' '{"name":"foreign","state":"warning",'
		_no_foreign
		refused tcp "$blocked"
		_in_force 0 0
	done
}

# Tries each hook alone.
a_foreign_program_is_found_out_on_each_hook()
{
	local hook other
	has_module sctp || true
	load --backstop # which some of them are attached for
	for hook in socket_connect socket_sendmsg socket_setsockopt socket_create socket_post_create socket_bind sctp_bind_connect; do
		[ "$hook" != sctp_bind_connect ] || [ -e /proc/net/sctp ] || continue
		_foreign "cancel-$hook"
		expect 2 lsmctl -j status --prove
		for other in socket_connect socket_sendmsg socket_setsockopt socket_create socket_post_create socket_bind; do
			[ "$other" != "$hook" ] || continue
			_trial "$other" held
		done
		_trial "$hook" silent
		_no_foreign
		expect 0 lsmctl -q status --prove
	done
}

# Readable state suggests a fault; the trial shows that none exists.
a_foreign_program_that_lets_all_be_is_told_of()
{
	load
	expect 0 lsmctl block "$blocked"
	_foreign idle-socket_connect
	refused tcp "$blocked"
	_in_force 2 0
	expect 0 lsmctl doctor
	says 'warning  foreign'
	_no_foreign
	# One that knows how to tell a trial from other calls: only what can be read tells.
	_foreign sly-socket_connect
	reaches tcp "$blocked"
	_in_force 2 0
	_no_foreign
	refused tcp "$blocked"
	# Its own kind is no foreign one.
	load --pin-dir "$other_pins"
	expect 0 lsmctl -q status
}

# Nothing counts what tries the hooks, and no watcher sees it.
trials_leave_no_trace()
{
	local before
	load --backstop
	expect 0 lsmctl audit any
	lsmctl -j watch >"$scratch/watch" &
	wait_for _is_watched
	before=$(lsmctl -j stats)
	expect 0 lsmctl -q status --prove
	expect 0 lsmctl -q doctor
	expect 0 lsmctl -q stats --prometheus
	same "$(lsmctl -j stats)" "$before" 'what is counted'
	reaches udp "$neighbour"
	wait_for grep -q "$neighbour" "$scratch/watch"
	kill -INT "$!"
	wait "$!" || true
	same "$(wc -l <"$scratch/watch")" 1 'events'
}

_is_watched()
{
	lsmctl stats --prometheus | grep -qx 'lsmctl_watchers 1'
}

# Whatever is refused, and in whatever mode.
trials_hold_beside_any_rules()
{
	has_module sctp || true
	load --backstop
	expect 0 lsmctl -j status --prove
	_trial egress held
	[ ! -e /proc/net/sctp ] || _trial sctp_bind_connect held
	expect 0 lsmctl set default block
	_in_force 0 0
	expect 0 lsmctl -j status --prove
	_trial egress held
	expect 0 lsmctl -q flush
	expect 0 lsmctl -j status --prove
	_trial socket_sendmsg held
	_trial egress untried
	_in_force 0 0
	expect 0 lsmctl set strict on
	_in_force 0 0
	expect 0 lsmctl -j status --prove
	_trial sctp_bind_connect untried
	expect 0 lsmctl set mode audit
	_in_force 0 0
	expect 0 lsmctl -j status --prove
	_trial egress untried
	expect 0 lsmctl upgrade
	_in_force 0 0
}

many_may_try_at_once()
{
	local all=() i
	load --backstop
	for ((i = 0; i < 6; i++)); do
		(
			for _ in 1 2 3 4 5; do
				lsmctl -q status --prove || exit
			done
		) &
		all+=("$!")
	done
	for i in "${all[@]}"; do
		wait "$i" || fail "one of them was not sure: $?"
	done
}

# What is refused for being a trial is known by a number that the policy alone has: without it, 0.0.0.0 is loopback.
nobody_is_taken_for_a_trial()
{
	load
	expect 0 python3 - <<-'END'
		import ctypes, os, socket, struct
		libc = ctypes.CDLL(None, use_errno=True)
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for mark in (0, 1, 2**64 - 1, 2**63):
		    address = struct.pack("=H", socket.AF_INET) + struct.pack(">H", 9) + bytes(4) + struct.pack("=Q", mark)
		    assert libc.connect(sock.fileno(), address, 16) == 0, os.strerror(ctypes.get_errno())
	END
	expect 0 lsmctl block 127.0.0.1
	refused bash -c 'exec 3<>/dev/udp/0.0.0.0/9'
}

_umount_sys()
{
	unshare -m --propagation "$1" umount -l /sys
}

_lost()
{
	mount --make-rshared /
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl doctor
	says 'at /run/lsmctl/bpf'
	expect 0 _umount_sys "$1"
	[ "$1" = private ] || [ ! -e "$pins" ] || fail 'the pins are still there'
	sleep 0.2
	refused tcp "$blocked"
	expect 0 lsmctl status --prove
	expect 0 lsmctl -q block "$neighbour"
	refused tcp "$neighbour"
	expect 1 lsmctl load
	says 'loaded already'
	if [ "$1" != private ]; then
		mount -t sysfs sysfs /sys
		# The next on top of the old one's place changes nothing either.
		mount -t bpf -o mode=0700 bpf /sys/fs/bpf
		expect 1 lsmctl load
		says 'loaded already'
		expect 0 lsmctl -j doctor
		says '{"name":"second_mount","state":"warning","message":"in use, at /run/lsmctl/bpf'
		umount /sys/fs/bpf
		expect 0 mount --bind /run/lsmctl/bpf /sys/fs/bpf
		expect 0 lsmctl -j doctor
		says '{"name":"second_mount","state":"good"'
		expect 0 lsmctl upgrade
		umount /sys/fs/bpf
	fi
	expect 0 lsmctl unload
	wait_for no_programs
	reaches tcp "$blocked"
	[ ! -e /run/lsmctl ] || fail 'the second mount is left'
	expect 3 lsmctl status
}

losing_sys_changes_nothing()
{
	privately _lost shared
	privately _lost private
}

_lost_here()
{
	load
	expect 0 lsmctl block "$blocked"
	umount -l /sys
	refused tcp "$blocked"
	expect 0 lsmctl list
	says "$blocked"
	expect 0 lsmctl unload
	reaches tcp "$blocked"
}

losing_sys_at_home_changes_nothing()
{
	privately _lost_here
}

# Losing the second one neither; and the next upgrade makes another.
losing_the_second_mount_changes_nothing()
{
	load
	expect 0 lsmctl block "$blocked"
	umount /run/lsmctl/bpf
	refused tcp "$blocked"
	expect 0 lsmctl -j doctor
	says '{"name":"second_mount","state":"warning"'
	expect 0 lsmctl upgrade
	expect 0 lsmctl -j doctor
	says '{"name":"second_mount","state":"good"'
	same "$(findmnt -n -o PROPAGATION /run/lsmctl/bpf)" private
	expect 0 lsmctl unload
	expect 1 findmnt /run/lsmctl/bpf
	load --no-mount
	expect 1 findmnt /run/lsmctl/bpf
	expect 0 lsmctl unload
	load --pin-dir "$other_pins"
	expect 1 findmnt /run/lsmctl/bpf
}
