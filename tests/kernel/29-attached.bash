# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# How the backstop comes and goes: attached by whom, through upgrades, and whatever is killed.

# shellcheck source-path=SCRIPTDIR source=packets.bash
. "$here/packets.bash"
# shellcheck source-path=SCRIPTDIR source=fault.bash
. "$here/fault.bash"

# Attached or not, as the kernel reports; each pin has one link.
_attached()
{
	local links
	links=$(bpftool link list)
	same "$(grep -c 'cgroup_inet_egress\|attach_type egress\|cgroup_skb' <<<"$links")" "$1" 'links to cgroups'
}

set_off_detaches()
{
	load
	_attached 0
	expect 0 lsmctl -j status
	says '"backstop":"off"'
	never_says '"egress"'
	expect 0 lsmctl set backstop on
	_attached 1
	expect 0 lsmctl -j status
	says '"backstop":"on"' '"hook":"egress"'
	expect 1 lsmctl set backstop on
	expect 0 lsmctl -e set backstop on
	_attached 1
	expect 0 lsmctl set backstop off
	_gone
	expect 1 lsmctl set backstop off
	expect 0 lsmctl set backstop on
	expect 0 lsmctl unload
	_gone
	nothing_in_force
}

# The kernel gets round to it a little later.
_gone()
{
	wait_for _none_attached
	pinned
	[[ $names != *link_egress* ]] || fail 'it is pinned'
}

_none_attached()
{
	(_attached 0)
}

files_say_that_it_is_on()
{
	printf '%s\n' 'set backstop on' "block $blocked" >"$scratch/rules"
	load --file "$scratch/rules"
	_sends "$_held" raw4
	expect 0 lsmctl save "$scratch/saved"
	same "$(grep -vE '^set (default allow|mode enforce|strict off|answers on|names off|resolvers auto|name-keep 1h,1d)$' "$scratch/saved")" "$(<"$scratch/rules")"
	echo "block $blocked" >"$scratch/rules"
	expect 0 lsmctl restore "$scratch/rules"
	_sends "$_held" raw4
	expect 0 lsmctl restore --reset-settings "$scratch/rules"
	says 'set backstop off'
	_gone
	_sends "$_passes" raw4
	expect 0 lsmctl -n restore "$scratch/saved"
	says 'set backstop on'
	_gone
	expect 0 lsmctl restore "$scratch/saved"
	_sends "$_held" raw4
	expect 1 lsmctl load --backstop
	expect 0 lsmctl -e load --backstop
	expect 0 lsmctl set backstop off
	expect 1 lsmctl -e load --backstop
	says 'lsmctl set backstop on'
	expect 0 lsmctl unload
	echo "block $blocked" >"$scratch/rules"
	load --backstop --file "$scratch/rules"
	_sends "$_held" raw4
}

trials_of_it_end_by_themselves()
{
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl set backstop on --confirm 8s
	_sends "$_held" raw4
	sleep 8
	_sends "$_passes" raw4
	_attached 1
	expect 0 lsmctl set backstop on
	expect 0 lsmctl set backstop off --confirm 60s
	_sends "$_passes" raw4
	_attached 1
	expect 0 lsmctl confirm --revert
	_sends "$_held" raw4
	expect 0 lsmctl set backstop off --confirm 8s
	sleep 8
	_sends "$_held" raw4
	expect 0 lsmctl set backstop off --confirm 60s
	expect 0 lsmctl confirm
	_gone
	expect 0 lsmctl set backstop on --confirm 60s
	expect 0 lsmctl confirm --revert
	_gone
	echo 'set backstop on' >"$scratch/rules"
	expect 0 lsmctl restore --confirm 60s "$scratch/rules"
	_attached 1
	expect 0 lsmctl confirm
	_attached 1
}

two_policies_have_their_own()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl --pin-dir "$other_pins" load --max-rules 64 --backstop
	expect 0 lsmctl --pin-dir "$other_pins" block "$neighbour"
	_attached 2
	_sends "$_held" raw4
	_packets raw4 1.1.1.3 "$neighbour"
	_each "$_held"
	expect 0 lsmctl unload
	_packets raw4 1.1.1.3 "$blocked"
	_each "$_passes"
	_packets raw4 1.1.1.3 "$neighbour"
	_each "$_held"
	expect 0 lsmctl --pin-dir "$other_pins" set backstop off
	_gone
}

# No packet slips through between the old program and the new one.
upgrade_leaves_no_gap()
{
	local old new
	load --backstop
	_link_id
	old=$value
	_sends "$_held" connected bash -c "lsmctl -q block $blocked; lsmctl -q upgrade"
	_link_id
	new=$value
	[ "$old" != "$new" ] || fail 'it is the same link'
	_attached 1
	expect 0 python3 "$here/sending.py" "$neighbour" \
		bash -c "lsmctl -q block $neighbour; lsmctl -q upgrade"
	says 'and 0 got through'
	# Upgrade does not renew an unwanted program, and attaches a missing one.
	expect 0 lsmctl set backstop off
	expect 0 lsmctl upgrade
	_attached 0
	expect 0 lsmctl set backstop on
	rm "$pins/link_egress"
	expect 0 lsmctl upgrade
	_attached 1
}

_link_id()
{
	local status
	status=$(lsmctl -j status)
	[[ $status =~ \"hook\":\"egress\",\"state\":\"attached\",\"prog_id\":[0-9]+,\"link_id\":([0-9]+) ]] || fail "no egress in $status"
	value=${BASH_REMATCH[1]}
}

killed_at_any_instant_it_is_put_right_by_the_next()
{
	local instant instants
	load
	expect 0 lsmctl block "$blocked"
	_calls lsmctl set backstop on
	expect 0 lsmctl set backstop off
	_first 'PROG_LOAD egress'
	_instants "$n"
	for instant in "${instants[@]}"; do
		_killed "$instant" lsmctl set backstop on
		if [[ $(lsmctl -j status) == *'"backstop":"on"'* ]]; then
			_sends "$_held" raw4
		else
			_sends "$_passes" raw4
			expect 0 lsmctl set backstop on
			_sends "$_held" raw4
		fi
		_attached 1
		expect 0 lsmctl set backstop off
		_gone
	done
	# Attached and unwanted: while a command removes it.
	_first 'OBJ_PIN *link_egress*'
	_killed "after $n" lsmctl set backstop on
	expect 0 lsmctl -e set backstop off
	_gone
}

killed_as_it_goes_off_it_stays_attached_until_the_next()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	try "${_fault[@]}" FAULT_CALL=unlinkat FAULT_AT=1 lsmctl set backstop off
	same "$status" 137
	_attached 1
	_sends "$_passes" raw4
	expect 0 lsmctl set backstop off
	_gone
}

what_somebody_else_detached_is_told_and_mended()
{
	load --backstop
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl doctor
	says 'good     backstop'
	rm "$pins/link_egress"
	_sends "$_passes" raw4
	_is_told_and_mended
	_link_id
	bpftool link detach id "$value"
	_sends "$_passes" raw4
	_is_told_and_mended
}

_is_told_and_mended()
{
	expect 2 lsmctl doctor
	says 'bad      backstop' '-> lsmctl -e set backstop on'
	expect 2 lsmctl status
	says BAD
	expect 0 lsmctl -e set backstop on
	expect 0 lsmctl doctor
	_attached 1
	_sends "$_held" raw4
}

_no_cgroups()
{
	umount /sys/fs/cgroup
	load
	expect 2 lsmctl set backstop on
	says 'mount -t cgroup2'
	expect 0 lsmctl unload
	expect 2 lsmctl load --backstop
	says 'mount -t cgroup2'
	nothing_in_force
}

without_a_cgroup_hierarchy_it_says_what_to_mount()
{
	privately _no_cgroups
}

_a_cgroup_namespace()
{
	mkdir -p /sys/fs/cgroup/inside
	echo $$ >/sys/fs/cgroup/inside/cgroup.procs
	load
	expect 2 unshare -C bash -c 'umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; lsmctl set backstop on'
	says 'not the root'
}

in_a_cgroup_namespace_it_says_that_it_cannot()
{
	privately _a_cgroup_namespace
}
