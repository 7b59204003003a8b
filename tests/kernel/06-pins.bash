# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Where the pins go: what is in their place that is not lsmctl's is refused and left as it is, and a BPF file system is
# mounted where there is none.

# _is_refused SAYING...: by every command, saying so, and nothing changes.
_is_refused()
{
	local before after command
	before=$(ls -laR --time-style=full-iso /sys/fs/bpf)
	for command in load 'load -e' 'block 1.1.1.1' list status unload; do
		# shellcheck disable=SC2086 # words
		expect 2 lsmctl $command
		says "$@"
	done
	after=$(ls -laR --time-style=full-iso /sys/fs/bpf)
	same "$after" "$before" 'what is in /sys/fs/bpf'
	reaches tcp "$blocked"
	no_programs || fail 'programs are attached'
}

# A map of someone else's, which is a file there.
_pin_a_map()
{
	expect 0 bpftool map create "$1" type array key 4 value 4 entries 1 name foreign
}

a_symbolic_link_in_place_of_the_pins_is_refused()
{
	mkdir -m 0700 "$other_pins"
	ln -s "$other_pins" "$pins"
	_is_refused "$pins" 'symbolic link'
}

a_file_in_place_of_the_pins_is_refused()
{
	_pin_a_map "$pins"
	_is_refused "$pins" 'not a directory'
}

# When others can write there, they can be first. They cannot prevent a load, and lsmctl reports it.
what_belongs_to_another_user_is_moved_aside()
{
	local moved
	chmod 1777 /sys/fs/bpf
	as_kim mkdir -m 0755 "$pins"
	expect 3 lsmctl list
	says "$pins belongs to uid 1000 (run 'lsmctl load', which moves it aside)"
	load
	says "warning: $pins belonged to uid 1000 and was moved to $pins-of-uid-1000-" 'check who can write'
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	moved=$(echo "$pins"-of-uid-1000-*)
	[ "$(stat -c %u "$moved")" = 1000 ] || fail "not kim's: $moved"
	# Beside it kim may make what he wants, and take nothing away.
	try as_kim mv "$pins" "$pins-mine"
	[ "$status" != 0 ] || fail 'kim took the pins away'
	expect 0 lsmctl unload
	rmdir "$pins"
	as_kim ln -s "$other_pins" "$pins"
	load
	says "warning: $pins belonged to uid 1000"
	expect 0 lsmctl unload
	rm -r "$pins"-of-uid-*
	chmod 0700 /sys/fs/bpf
}

a_directory_that_is_open_to_others_is_refused()
{
	mkdir -m 0755 "$pins"
	_is_refused "$pins" 'open to others' 'chmod 0700'
}

a_file_that_is_not_lsmctls_among_the_pins_is_refused()
{
	mkdir -m 0700 "$pins"
	_pin_a_map "$pins/foreign"
	expect 2 lsmctl load
	says "$pins/foreign" "not lsmctl's"
	pinned
	same "$names" foreign
	expect 3 lsmctl unload
	same "$(echo "$pins"/*)" "$pins/foreign"
	reaches tcp "$blocked"
	no_programs || fail 'programs are attached'
}

a_map_under_lsmctls_own_name_is_refused()
{
	mkdir -m 0700 "$pins"
	_pin_a_map "$pins/map_config"
	expect 2 lsmctl load
	says "$pins/map_config" 'not a map of this lsmctl'
	expect 2 lsmctl list
	pinned
	same "$names" map_config
	reaches tcp "$blocked"
}

_elsewhere()
{
	mkdir -m 0700 "$pins"
	mount -t tmpfs -o mode=700 none "$pins"
	_is_refused "$pins" 'BPF file system'
}

another_file_system_in_place_of_the_pins_is_refused()
{
	expect 1 lsmctl --pin-dir /tmp/pins load
	says 'BPF file system'
	expect 1 lsmctl --pin-dir pins load
	says 'absolute path'
	privately _elsewhere
	rmdir "$pins"
}

_mounted()
{
	umount /sys/fs/bpf
	expect 3 lsmctl status
	load
	same "$(findmnt -n -o FSTYPE /sys/fs/bpf)" bpf
	same "$(stat -c '%A' /sys/fs/bpf)" drwx-----T
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	expect 0 lsmctl unload
	reaches tcp "$blocked"
}

a_missing_bpf_file_system_is_mounted()
{
	privately _mounted
}

_not_mounted()
{
	umount /sys/fs/bpf
	expect 2 lsmctl load --no-mount
	says 'mount -t bpf' '--no-mount'
	expect 1 findmnt -t bpf /sys/fs/bpf
	reaches tcp "$blocked"
}

no_mount_mounts_nothing()
{
	privately _not_mounted
}

# When the last mount with the pins goes, enforcement ends: no program is left that nobody can remove.
_left()
{
	mount -t bpf -o mode=0700 bpf /sys/fs/bpf
	load --default block
	refused tcp "$blocked"
}

without_its_mount_nothing_stays_in_force()
{
	privately _left
	wait_for no_programs
	reaches tcp "$blocked"
}

without_privilege_nothing_is_changed()
{
	local command
	expect 2 as_kim lsmctl load
	says root
	nothing_in_force
	load
	expect 0 lsmctl block "$blocked"
	for command in 'block 1.1.1.2' "del $blocked" 'set default block' 'set mode audit' flush unload list stats status; do
		# shellcheck disable=SC2086 # words
		expect 2 as_kim lsmctl $command
		says root
	done
	refused tcp "$blocked"
	reaches tcp "$neighbour"
	refused as_kim bash -c "exec 3<>/dev/tcp/$blocked/80"
}

# Many systems mount it so that anyone may make a directory there.
_open_to_all()
{
	mount -t bpf -o mode=1777 bpf /sys/fs/bpf
	expect 2 as_kim lsmctl load
	says root
	[ ! -e "$pins" ] || fail "kim's try leaves $pins behind, which keeps root from loading"
	load
	expect 0 lsmctl block "$blocked"
	expect 2 as_kim lsmctl list
	says root
	expect 2 as_kim lsmctl unload
	refused tcp "$blocked"
}

without_privilege_nothing_is_changed_where_anyone_may_write()
{
	privately _open_to_all
}

# In a mount namespace with another BPF file system: the policy decides there as well.
_without_the_pins()
{
	mount -t bpf -o mode=0700 bpf /sys/fs/bpf
	umount -l /run/lsmctl/bpf
	for command in 'block 1.1.1.2' list status 'test 1.1.1.1' 'watch -c 1' upgrade unload; do
		# shellcheck disable=SC2086 # words
		expect 3 lsmctl $command
		says 'no pins here, in /sys/fs/bpf/lsm-connect, but programs of lsmctl are attached' 'nsenter -t 1 -m lsmctl'
	done
	expect 3 lsmctl -j status
	says '{"schema":2,"loaded":false,"attached_elsewhere":true}'
	expect 0 lsmctl -e unload
	says 'nothing was loaded here, but programs of lsmctl are attached'
	try lsmctl doctor
	says 'no pins here'
	never_says 'nothing is refused'
	refused tcp "$blocked"
}

pins_that_are_not_here_are_told_from_no_policy()
{
	load
	expect 0 lsmctl block "$blocked"
	privately _without_the_pins
	refused tcp "$blocked"
	# Another directory.
	expect 3 lsmctl --pin-dir "$other_pins" list
	says "no pins here, in $other_pins"
	# Just unloaded: whether or not the kernel has detached the programs by now, they do not decide.
	expect 0 lsmctl unload
	expect 3 lsmctl list
	never_says 'no pins here'
	expect 3 lsmctl -j status
	says '{"schema":2,"loaded":false}'
}
