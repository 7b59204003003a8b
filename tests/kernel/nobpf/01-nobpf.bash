# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# A kernel that has BPF LSM and was booted without it: attached programs would never be called.

load_names_the_boot_parameter_and_the_way_without_one()
{
	local active
	active=$(</sys/kernel/security/lsm)
	[[ $active != *bpf* ]] || fail 'this machine is not booted without bpf'
	expect 2 lsmctl load
	says "lsm=$active,bpf" '--attach fmod_ret'
	expect 2 lsmctl load --attach lsm
	expect 2 lsmctl -j load
	says '"code":"unsupported"'
	nothing_in_force
	expect 3 lsmctl status
}

# Then only trying it shows that the programs are not called; or a system call of newer kernels.
_without_securityfs()
{
	umount /sys/kernel/security
	expect 2 lsmctl load
	says 'lsm=' bpf '--attach fmod_ret'
	nothing_in_force
}

load_finds_out_without_the_list_of_modules()
{
	privately _without_securityfs
}

_refuses()
{
	expect 0 lsmctl -j status
	says '"attach":"fmod_ret"'
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	refused udp "$blocked"
	reaches tcp "$neighbour"
}

auto_attaches_in_front_of_the_security_modules()
{
	load --attach auto
	_refuses
	expect 0 lsmctl unload
	nothing_in_force
}

fmod_ret_refuses_every_way()
{
	modprobe -qa sctp smc l2tp_ip l2tp_ip6 || true
	load --attach fmod_ret
	_refuses
	expect 0 lsmctl block "$blocked6"
	python3 "$here/attack.py" dest "$blocked" "$blocked6" >"$scratch/ways"
	try grep -v -e $'\tEPERM\tsilent$' -e $'\tlacks: ' "$scratch/ways"
	same "$output" '' 'ways that were not refused'
	[ "$(grep -c EPERM "$scratch/ways")" -ge 60 ] || fail 'too few ways'
}

# It is no part of the security modules, and the same with and without them.
the_backstop_holds_what_no_hook_sees()
{
	load --attach fmod_ret
	expect 0 lsmctl block "$blocked"
	expect 0 python3 "$here/packets.py" raw4,route4 "$neighbour" "$blocked"
	says $'raw4\tok\tarrived'
	expect 0 lsmctl set backstop on
	expect 0 python3 "$here/packets.py" raw4,route4 "$neighbour" "$blocked"
	says $'raw4\tEPERM\tsilent' $'route4\tEPERM\tsilent'
	expect 0 python3 "$here/packets.py" raw4 "$neighbour" 1.1.1.3
	says $'raw4\tok\tarrived'
	expect 0 lsmctl upgrade
	expect 0 python3 "$here/packets.py" raw4 "$neighbour" "$blocked"
	says $'raw4\tEPERM\tsilent'
}

fmod_ret_keeps_loopback_with_default_block()
{
	load --attach fmod_ret --default block
	refused tcp "$blocked"
	refused tcp "$blocked6"
	reaches tcp 127.0.0.1
	reaches tcp ::1
	expect 0 lsmctl unload
	reaches tcp "$blocked"
}

doctor_names_the_boot_parameter_and_how_to_set_it()
{
	local active
	active=$(</sys/kernel/security/lsm)
	expect 2 lsmctl doctor
	says 'bad      bpf_lsm' "-> boot with lsm=$active,bpf" 'GRUB_CMDLINE_LINUX' 'in place of the present lsm=' \
		systemd-boot '--attach fmod_ret'
	expect 2 lsmctl -j doctor
	says '"enforcement":"not_sure"'
	load --attach fmod_ret
	# Where programs can be interrupted, those in front of the modules can be skipped, which is no small thing.
	if preemption_skips_fmod_ret; then
		expect 2 lsmctl doctor
		says "bad      preemption         preemption is $preemption, and the kernel skips interrupted fmod_ret programs"
	else
		expect 0 lsmctl doctor
		says 'good     preemption'
	fi
	says 'warning  bpf_lsm'
	never_says 'or, without a reboot'
	expect 0 lsmctl doctor --selftest
	says 'held    ipv4 tcp connect'
	never_says OPEN
}

fmod_ret_sees_queries_too()
{
	load --attach fmod_ret
	expect 0 lsmctl set resolvers 127.0.0.1
	expect 0 lsmctl set names on
	expect 0 dig +short +tries=1 @127.0.0.1 front.example
	expect 0 lsmctl names front.example
	says 192.0.2.1
	expect 0 lsmctl upgrade
	expect 0 dig +short +tries=1 @127.0.0.1 later.example
	expect 0 lsmctl names later.example
	says 192.0.2.1
	expect 0 lsmctl set names off
}
