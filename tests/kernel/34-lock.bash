# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Whether a lock holds, also against root, and what goes on under it.

# _policy [OPTION...]: one whose every part an attempt could miss: with the programs on the root cgroup.
_policy()
{
	load --backstop "$@"
	expect 0 lsmctl -q block "$blocked"
	refused tcp "$blocked"
}

# _lock [OPTION...]: with a key, that $key names.
_lock()
{
	key=$scratch/key
	[ -e "$key" ] || set -- "$@" --create
	expect 0 lsmctl lock --key-file "$key" "$@"
}

_unlock()
{
	expect 0 lsmctl unlock --key-file "$key"
}

a_lock_ends_with_its_key()
{
	_policy
	_lock
	says 'locked, until' 'security modules' 'lockdown=integrity'
	same "$(stat -c '%a %u' "$key")" '600 0'
	expect 2 lsmctl block "$neighbour"
	says 'locked since' 'lsmctl unlock --key-file FILE'
	expect 1 lsmctl lock --key-file "$key"
	says 'locked already'
	_unlock
	expect 0 lsmctl block "$neighbour"
	refused tcp "$neighbour"
	expect 1 lsmctl unlock --key-file "$key"
	says 'not locked'
}

_heal()
{
	umount -l /tmp/moved/at
	umount -l /tmp/moved
	rmdir /tmp/moved
	while findmnt -n /run/lsmctl/bpf; do umount -l /run/lsmctl/bpf || break; done
	while findmnt -n /run/lsmctl; do umount -l /run/lsmctl || break; done
	while findmnt -n /sys/fs/bpf; do umount -l /sys/fs/bpf || break; done
	while findmnt -n /sys; do umount -l /sys || break; done
	mount -t sysfs sysfs /sys
	mount -t bpf -o mode=0700 bpf /sys/fs/bpf
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t securityfs securityfs /sys/kernel/security
	mount -t tracefs tracefs /sys/kernel/tracing
	sysctl -q -w kernel.ftrace_enabled=1
	lsmctl -q load --max-rules 64 --backstop
	lsmctl -q block "$blocked"
} >/dev/null 2>&1

_attack()
{
	mount --make-rshared /
	_policy
	PROGRAMS=$here/programs HEAL="$(declare -f _heal); blocked=$blocked; _heal" expect 0 python3 "$here/lock.py" open
}

nothing_that_root_does_ends_a_locked_policy()
{
	_policy
	expect 0 python3 "$here/lock.py" open nothing
	_lock
	PROGRAMS=$here/programs expect 0 python3 "$here/lock.py" locked
	says ' 0 bad'
	_unlock
}
