# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# A kernel that lacks a hook: what is open without it is told, and all else is held. Every kernel that there is to test on
# has all hooks, so commands are shown the type information of one that has not.

# _warns COMMAND...: it succeeds, with $warning on standard error.
_warns()
{
	local errors=$scratch/errors
	printf '$ %s\n' "$*"
	"$@" >"$scratch/output" 2>"$errors" || fail "exit status $?"
	output=$(<"$scratch/output")
	cat "$errors"
	[[ $(<"$errors") == "lsmctl: warning: this kernel has no ${warning}"* ]] || fail 'not the warning'
	same "$(wc -l <"$errors")" 1 lines
}

# _hook NAME FIELDS: what `status -j` says of it.
_hook()
{
	expect 0 lsmctl -j status
	says "{\"hook\":\"$1\",$2"
}

_lacks_sctp()
{
	local warning='sctp_bind_connect hook: open are the addresses given to sctp_connectx(3) (lsmctl set strict on'
	lacking sctp_bind_connect
	_warns lsmctl -n load
	same "$output" 'would load'
	expect 0 lsmctl -n -j load
	says '"warnings":["this kernel has no sctp_bind_connect hook'
	_warns lsmctl -q load --max-rules 64 "$@"
	same "$output" ''
	_warns lsmctl -e load
	same "$output" loaded
	expect 0 lsmctl -e -j load
	says '"warnings":["this kernel has no sctp_bind_connect hook'
	never_says 'lsmctl: '
	_warns lsmctl upgrade
	says 'upgraded to'
	expect 0 lsmctl -j upgrade
	says '"warnings":["this kernel has no sctp_bind_connect hook'
}

# _sctp_is_told [ENFORCEMENT]: what has been loaded so, for all commands but load and upgrade.
_sctp_is_told()
{
	local enforcement=${1:-sure} doctor_exits=0
	[ "$enforcement" = sure ] || doctor_exits=2
	_hook sctp_bind_connect '"state":"not_on_this_kernel","prog_id":null,'
	says '"warnings":["this kernel has no sctp_bind_connect hook'
	_hook socket_bind '"state":"attached","prog_id":'
	expect 0 lsmctl status
	says 'sctp_bind_connect  not on this kernel: open are the addresses'
	never_says BAD
	expect "$doctor_exits" lsmctl -j doctor
	says '{"name":"sctp_bind_connect","state":"warning","message":"not on this kernel: open are' \
		'"advice":"lsmctl set strict on, ' "\"enforcement\":\"$enforcement\""
	pinned
	[[ $names != *sctp* ]] || fail "$names"
	expect 0 lsmctl block "$blocked,$blocked6"
	refused tcp "$blocked"
	refused udp "$blocked6"
	reaches tcp "$neighbour"
}

a_kernel_without_an_optional_hook_holds_all_else()
{
	local sctp=yes
	has_module sctp || sctp=no
	privately _lacks_sctp
	_sctp_is_told
	expect 0 lsmctl -j doctor --selftest
	says '{"name":"ipv4 tcp connect","outcome":"held",' '{"name":"ipv6 routing header by an option","outcome":"held",'
	[ $sctp = no ] || says '{"name":"ipv4 sctp connect","outcome":"held",' \
		'{"name":"ipv4 sctp connectx, second address","outcome":"open","message":"a packet left","closed_by":"lsmctl set strict on'
	expect 0 lsmctl set strict on
	expect 0 lsmctl -j doctor --selftest
	[ $sctp = no ] || says '{"name":"ipv4 sctp connectx, second address","outcome":"held",'
}

the_same_holds_in_front_of_the_modules()
{
	local enforcement=sure
	privately _lacks_sctp --attach fmod_ret
	! preemption_skips_fmod_ret || enforcement=not_sure
	_sctp_is_told "$enforcement"
}

_gone()
{
	local hook
	for hook in socket_bind socket_create; do
		lacking "$hook"
		expect 2 lsmctl upgrade
		says "the policy has $hook" /sys/kernel/btf/vmlinux 'nothing was changed'
	done
}

upgrade_attaches_a_hook_that_is_there_now()
{
	privately _lacks_sctp
	expect 0 lsmctl block "$blocked"
	expect 0 lsmctl -j upgrade
	says '"warnings":[]'
	_hook sctp_bind_connect '"state":"attached","prog_id":'
	says '"warnings":[]'
	expect 0 lsmctl -j doctor
	says '{"name":"sctp_bind_connect","state":"good"'
	if has_module sctp; then
		expect 0 lsmctl -j doctor --selftest
		says '{"name":"ipv4 sctp connectx, second address","outcome":"held",'
	fi
	# What is attached is never left to what it was, nor taken away.
	privately _gone
	_hook socket_bind '"state":"attached"'
	refused tcp "$blocked"
	rm "$pins/link_sctp_bind_connect"
	expect 2 lsmctl status
	says BAD
	expect 2 lsmctl -j status
	says '{"hook":"sctp_bind_connect","state":"gone"'
}

_lacks_all_it_may()
{
	lacking socket_setsockopt socket_create sctp_bind_connect socket_post_create socket_bind
	expect 0 lsmctl load --max-rules 64
	says 'warning: this kernel has no socket_setsockopt hook: open are IPv6 routing headers' \
		'warning: this kernel has no socket_create hook' 'warning: this kernel has no sctp_bind_connect hook' \
		'warning: this kernel has no socket_post_create hook' 'warning: this kernel has no socket_bind hook' $'\nloaded'
}

a_kernel_without_all_optional_hooks_says_what_is_open()
{
	privately _lacks_all_it_may
	expect 0 lsmctl block "$blocked"
	refused tcp "$blocked"
	expect 0 lsmctl set strict on
	expect 0 lsmctl -j doctor
	says '{"name":"strict","state":"warning","message":"on, but this kernel lacks the hook' '{"name":"socket_setsockopt","state":"warning"'
	expect 0 lsmctl -j doctor --selftest
	says '{"name":"ipv6 routing header by an option","outcome":"open","message":"a packet left","closed_by":"drop such packets' \
		'{"name":"packet socket","outcome":"open","message":"a packet left","closed_by":"keep CAP_NET_RAW' \
		'{"name":"ipv6 routing header by a control message","outcome":"held",'
}

_asks_for_none()
{
	expect 0 python3 - <<-'END'
		import errno, socket, threading
		def ask():
		    return errno.errorcode[socket.socket().connect_ex(("0.0.0.0", 1))]
		alone = ask()
		stop = threading.Event()
		thread = threading.Thread(target=stop.wait)
		thread.start()
		print(alone, ask())
		stop.set()
		thread.join()
	END
	same "$output" 'ECONNREFUSED EPERM'
}

_lacks_what_it_needs()
{
	local attach
	lacking "$1"
	for attach in '' '--attach fmod_ret' -n; do
		# shellcheck disable=SC2086 # words
		expect 2 lsmctl load $attach
		says "has no " "_$1, and lsmctl cannot enforce without it" CONFIG_SECURITY_NETWORK
	done
	expect 2 lsmctl -j load
	says '"code":"unsupported"'
	nothing_in_force
}

a_kernel_without_a_hook_that_it_takes_is_named()
{
	privately _lacks_what_it_needs socket_connect
	privately _lacks_what_it_needs socket_sendmsg
}
