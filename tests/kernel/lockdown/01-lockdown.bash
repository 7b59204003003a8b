# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# A kernel that is locked down so far that BPF programs may not read its memory.

load_says_that_the_kernel_is_locked_down()
{
	local attach
	[[ $(</sys/kernel/security/lockdown) == *'[confidentiality]'* ]] || fail 'this machine is not locked down'
	for attach in lsm fmod_ret auto; do
		expect 2 lsmctl load --attach "$attach"
		says 'locked down' lockdown=integrity
	done
	expect 2 lsmctl -j load
	says '"code":"unsupported"'
	nothing_in_force
	expect 3 lsmctl status
}

doctor_says_that_the_kernel_is_locked_down()
{
	expect 2 lsmctl -j doctor
	says '{"name":"lockdown","state":"bad"' lockdown=integrity '"enforcement":"impossible"'
}
