# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# What doctor reports about a kernel and a policy, and whether its own trial of every way tells held from open.

# check NAME STATE: of the last `lsmctl -j doctor`.
_check()
{
	says "{\"name\":\"$1\",\"state\":\"$2\","
}

doctor_is_content_with_a_kernel_and_with_what_is_loaded()
{
	expect 0 lsmctl -j doctor
	_check bpf_lsm good
	_check loaded warning
	_check load good
	says '"enforcement":"sure"'
	never_says '"state":"bad"'
	load
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl -j doctor
	says '"enforcement":"sure"'
	never_says '"state":"bad"'
	_check loaded good
	_check socket_connect good
	_check sctp_bind_connect good
	_check mode good
	_check strict warning
	_check backstop warning
	expect 0 lsmctl set strict on
	expect 0 lsmctl set backstop on
	expect 0 lsmctl doctor
	never_says warning bad
	expect 0 lsmctl -q doctor
	same "$output" ''
}

# "Can enforce" is tried: load would fail in each of these.
doctor_tries_what_load_does()
{
	expect 0 lsmctl doctor
	says "This kernel can enforce a policy: run 'lsmctl load'." 'loaded and attached for a moment'
	wait_for no_programs
	nothing_in_force
	# Nobody else is refused anything meanwhile, and calls go on.
	(while :; do tcp "$neighbour" || echo refused; done) >"$scratch/calls" 2>&1 &
	expect 0 lsmctl -q doctor
	expect 0 lsmctl -q doctor
	kill "$!"
	same "$(<"$scratch/calls")" '' 'calls that were refused'
	expect 0 lsmctl --pin-dir "$other_pins" load
	expect 0 lsmctl -j doctor
	_check load good
	expect 0 lsmctl --pin-dir "$other_pins" unload
	if sysctl -q -w kernel.ftrace_enabled=0; then
		expect 2 lsmctl load
		expect 2 lsmctl doctor
		says 'load would fail: ' 'Enforcement is not sure'
		sysctl -q -w kernel.ftrace_enabled=1
	fi
	expect 0 lsmctl load
}

doctor_never_opens_the_kernels_types()
{
	load
	expect 0 strace -f -qq -e trace=open,openat -o "$scratch/opened" lsmctl -q doctor
	grep -q libc.so "$scratch/opened" || fail 'the trace shows nothing'
	try grep -e /sys/kernel/btf -e vmlinux "$scratch/opened"
	same "$output" ''
}

doctor_finds_what_is_wrong()
{
	load
	expect 0 lsmctl set mode audit
	expect 0 lsmctl -j doctor
	_check mode warning
	says 'lsmctl set mode enforce'
	expect 0 lsmctl set mode enforce
	expect 0 lsmctl set default block --confirm 60s
	expect 0 lsmctl -j doctor
	_check trial warning
	expect 0 lsmctl confirm
	rm "$pins/link_socket_sendmsg"
	expect 2 lsmctl -j doctor
	_check socket_sendmsg bad
	_check socket_connect good
	says '"enforcement":"not_sure"'
	chmod 0755 "$pins"
	expect 2 lsmctl doctor
	says 0755
}

_without_btf()
{
	mount -t tmpfs none /sys/kernel/btf
	expect 2 lsmctl -j doctor
	_check btf bad
	says '"enforcement":"impossible"' CONFIG_DEBUG_INFO_BTF
}

doctor_says_when_a_kernel_cannot()
{
	privately _without_btf
}

# Nothing of a selftest is left: no rule, no process, no namespace.
_left_nothing()
{
	expect 0 lsmctl -t list
	same "$output" "${1-}" 'the rules'
	expect 1 pgrep -x lsmctl
	same "$(lsns -n -t net | wc -l)" 1 'network namespaces'
	same "$(ip -o addr show dev lo | grep -c -e 198.18 -e 198.19)" 0 'addresses'
}

# selftest STATUS [OPTION...]: runs it, and sets $held, $open and $absent. Numbers are of ways.
_selftest()
{
	local name
	expect "$1" lsmctl -j doctor --selftest "${@:2}"
	for name in held open not_on_this_kernel; do
		number_of "$name" "$output"
		[ "$name" != held ] || held=$value
		[ "$name" != open ] || open=$value
	done
}

# is NAME OUTCOME: of the last.
_is()
{
	says "{\"name\":\"$1\",\"outcome\":\"$2\","
}

selftest_finds_every_way_held()
{
	modprobe -qa sctp smc l2tp_ip l2tp_ip6 || true
	load
	_selftest 0
	[ "$held" -ge 80 ] || fail "only $held are held"
	_is 'ipv4 tcp connect' held
	_is 'ipv6 udp sendmmsg, second entry' held
	_is 'ipv4 io_uring tcp connect' held
	_is 'ipv6 routing header by an option' held
	_is 'packet socket' open
	says '"closed_by":"lsmctl set strict on"'
	_left_nothing
	# What a program really asks for is held besides.
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
}

selftest_finds_what_strict_closes()
{
	local before
	load
	_selftest 0
	before=$open
	expect 0 lsmctl set strict on
	_selftest 0
	_is 'packet socket' held
	_is 'xdp socket' held
	_is 'raw socket with a header of its own' held
	_is 'raw socket with an ipv6 header of its own' held
	[ "$open" = $((before - 4)) ] || fail "$open are open, and $before before"
	rm "$pins/link_socket_create"
	_selftest 2
	says '{"name":"packet socket","outcome":"open","message":"a packet left","closed_by":null}'
}

selftest_finds_what_the_backstop_closes()
{
	local before
	load
	_selftest 0
	_is "ipv6 routing header by sendmmsg's second message" open
	says '"closed_by":"lsmctl set backstop on"'
	before=$open
	expect 0 lsmctl set backstop on
	_selftest 0
	_is "ipv6 routing header by sendmmsg's second message" held
	_is 'raw socket with a header of its own' held
	_is 'raw socket with an ipv6 header of its own' held
	_is 'packet socket' open
	never_says 'lsmctl set backstop on'
	[ "$open" -lt "$before" ] || fail "$open are open, and $before before"
	rm "$pins/link_egress"
	_selftest 2
	says '{"name":"raw socket with a header of its own","outcome":"open","message":"a packet left","closed_by":null}'
	_left_nothing
}

selftest_does_not_mind_other_rules()
{
	load --default block
	expect 0 lsmctl allow any uid root
	expect 0 lsmctl block 198.18.0.0/15
	_selftest 0
	_is 'ipv4 tcp connect' held
	_is 'ipv6 raw icmp sendto' held
	expect 0 lsmctl -q flush
	_left_nothing
}

_programs_are()
{
	local way
	for way in 'started from its path' 'by a symbolic link' 'interpreter of a script'; do
		_is "program: $way" "$1"
	done
	for way in 'a copy' 'a hard link' 'from memory' 'deleted, by its descriptor' 'by the dynamic linker' \
		'a mount over its path in a user namespace' 'its path in mounts of a user namespace'; do
		_is "program: $way" "$2"
	done
}

selftest_tells_who_the_program_of_a_rule_is()
{
	load --default block
	_selftest 0
	_programs_are held held
	[ -z "$(ls -d /run/lsmctl-selftest-* 2>/dev/null)" ] || fail 'files are left'
	# What decides before.
	expect 0 lsmctl allow any uid root
	_selftest 0
	_programs_are not_on_this_kernel not_on_this_kernel
	says 'rules for its cgroup or user decide before'
	expect 0 lsmctl -q flush
	# With somebody else's rule they are attached before.
	expect 0 lsmctl block "$blocked" exe /no/such/program
	_selftest 0
	_programs_are held held
	expect 0 lsmctl -q flush
	_left_nothing
}

selftest_tries_ways_out_of_a_run()
{
	local way ways=('udp connect' 'by a child in a session of its own' 'from a user namespace' 'unix stream socket of others'
		'unix datagram socket of others' 'memory of another process' 'descriptors of another process'
		'debugger of another process' 'typing into the terminal' 'a tun device')
	[ -n "$(cgroup_root)" ] || skip 'no cgroup v2 hierarchy here'
	load
	_selftest 0
	for way in "${ways[@]}"; do
		_is "run: $way" not_on_this_kernel
	done
	says 'there was no run since the load'
	expect 0 lsmctl run --user kim -- true
	sysctl -q -e -w dev.tty.legacy_tiocsti=1
	modprobe tun
	chmod 0666 /dev/net/tun
	_selftest 0
	for way in "${ways[@]}"; do
		_is "run: $way" held
	done
	[ -z "$(ls -d "$(cgroup_root)"/lsmctl-run/*/ 2>/dev/null)" ] || fail 'a run is left'
	_left_nothing
}

selftest_finds_that_audit_refuses_nothing()
{
	load --mode audit
	expect 2 lsmctl doctor --selftest
	says $'\n0 held, ' 'OPEN    ipv4 tcp connect' 'OPEN    program: started from its path' 'Mode audit' 'lsmctl set mode enforce'
	_left_nothing
}

# _without LINK HELD OPEN...: a program that is not there any more leaves open what it alone sees, and nothing else.
_without()
{
	local way
	load
	rm "$pins/link_$1"
	_selftest 2
	_is "$2" held
	for way in "${@:3}"; do
		_is "$way" open
	done
	_left_nothing
	expect 0 lsmctl unload
}

selftest_finds_what_is_reached_when_a_program_is_gone()
{
	_without socket_connect 'ipv4 udp sendto' 'ipv4 tcp connect' 'ipv6 udp connect' '0.0.0.0 bound, tcp connect'
	_without socket_sendmsg 'ipv4 tcp connect' 'ipv4 tcp fast open by sendto' 'ipv6 udp sendmmsg, second entry' \
		'unspecified family, ipv4 raw sendto' 'ipv4 source route by a control message'
}

selftest_finds_what_leads_elsewhere_when_a_program_is_gone()
{
	_without socket_setsockopt 'ipv6 udp sendto' 'ipv6 routing header by an option' 'ipv4 source route by an option'
	! has_module sctp || _without sctp_bind_connect 'ipv4 sctp connect' 'ipv4 sctp connectx, second address'
}

# What it made for itself is gone at once, or with the minute that its rules last.
selftest_leaves_nothing_when_it_is_ended()
{
	load
	expect 0 lsmctl -q block "$blocked"
	lsmctl doctor --selftest >"$scratch/selftest" 2>&1 &
	wait_for _has_rules
	kill -TERM "$!"
	wait "$!" || true
	_left_nothing "$(lsmctl -t list "$blocked")"
	lsmctl doctor --selftest >"$scratch/selftest" 2>&1 &
	wait_for _has_rules
	kill -KILL "$!"
	wait "$!" || true
	wait_for _no_child
	expect 0 lsmctl list
	says lsmctl-selftest
	[[ $output == *'timeout '* ]] || fail 'a rule of the test that stays'
}

_has_rules()
{
	[[ $(lsmctl -t list) == *lsmctl-selftest* ]]
}

_no_child()
{
	! pgrep -x lsmctl && [ "$(lsns -n -t net | wc -l)" = 1 ]
}

selftest_is_for_root_and_for_what_is_loaded()
{
	expect 3 lsmctl doctor --selftest
	says "not loaded (run 'lsmctl load')"
	load
	expect 2 as_kim lsmctl doctor --selftest
	expect 1 lsmctl -n doctor --selftest
}
