# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Who else has a say: an earlier denial stands.

# In both orders: the programs that were attached last are asked first.
a_denial_by_another_instance_stands()
{
	load --pin-dir "$other_pins"
	load
	expect 0 lsmctl --pin-dir "$other_pins" block "$blocked" errno EACCES
	expect 0 lsmctl allow "$blocked,$neighbour"
	refused_with 'Permission denied' tcp "$blocked"
	expect 0 python3 "$here/attack.py" dest "$blocked" "$blocked6" 'ipv4 udp sendto'
	says EACCES silent
	expect 0 lsmctl block "$neighbour" errno EHOSTUNREACH
	expect 0 lsmctl --pin-dir "$other_pins" allow "$neighbour"
	refused_with 'No route to host' tcp "$neighbour"
	expect 0 lsmctl unload
	refused_with 'Permission denied' tcp "$blocked"
	reaches tcp "$neighbour"
}

a_denial_by_landlock_stands()
{
	local attach
	kernel_is_at_least 6 7 || skip 'Landlock judges connections from 6.7 on'
	[[ $(</sys/kernel/security/lsm) == *landlock*bpf* ]] || fail 'landlock does not come before bpf here'
	for attach in lsm fmod_ret; do
		load --attach "$attach"
		expect 0 lsmctl allow any
		# In a domain of Landlock's that may connect nowhere by TCP; then without it.
		expect 0 python3 - "$blocked" <<-'END'
			import ctypes, errno, os, socket, struct, sys
			def ask(kind):
			    sock = socket.socket(socket.AF_INET, kind)
			    try:
			        return sock.connect((sys.argv[1], 80)) or "ok"
			    except OSError as error:
			        return errno.errorcode[error.errno]
			print("before", ask(socket.SOCK_STREAM))
			libc = ctypes.CDLL(None, use_errno=True)
			CREATE_RULESET, RESTRICT_SELF, NO_NEW_PRIVS, CONNECT_TCP = 444, 446, 38, 2
			attributes = struct.pack("=QQ", 0, CONNECT_TCP)
			ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
			assert ruleset >= 0, os.strerror(ctypes.get_errno())
			assert libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) == 0
			assert libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
			print("within", ask(socket.SOCK_STREAM))
			print("udp", ask(socket.SOCK_DGRAM))
		END
		says 'before ok' 'within EACCES' 'udp ok'
		expect 0 lsmctl unload
	done
}
