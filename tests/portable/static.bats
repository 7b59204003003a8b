#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The static lsmctl: that it is one, and what it does on a system that has nothing, or something else, of the C library.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/../cli/common.bash"

# A system with nothing but lsmctl and a few files; its modules for names are no use to anyone who loads them.
bare_system()
{
	needs_root
	system=$BATS_TEST_TMPDIR/system
	mkdir -p "$system/etc" "$system/lib"
	cp "$LSMCTL" "$system/lsmctl"
	echo 'kim:x:1000:1000::/:/bin/sh' >"$system/etc/passwd"
	printf '%s\n' 'smtp 25/tcp' >"$system/etc/services"
	printf '%s: files trap\n' passwd services protocols hosts >"$system/etc/nsswitch.conf"
	echo '__attribute__((constructor)) static void trap(void) { __builtin_trap(); }' |
		cc -shared -fPIC -nostdlib -o "$system/lib/libnss_trap.so.2" -x c -
}

# try_there ARG...: runs it in that system.
try_there()
{
	printf -v tried ' %q' "$@"
	status=0
	chroot "$system" /lsmctl "$@" </dev/null >"$out" 2>"$err" || status=$?
}

@test "it is static, and at another address each time" {
	LC_ALL=C readelf -lW "$LSMCTL" >"$out"
	! grep -q INTERP "$out" || fail 'it wants a program interpreter'
	LC_ALL=C readelf -hdW "$LSMCTL" >"$out"
	! grep -q NEEDED "$out" || fail 'it wants libraries'
	grep -qE 'Type: +DYN ' "$out" || fail 'it is not position-independent'
}

@test "in a system with nothing else it starts, and knows users and services" {
	bare_system
	try_there version
	[[ $status -eq 0 && $(<"$out") == 'lsmctl '* ]] || fail "$tried: exit status $status"
	try_there block 192.0.2.1 uid kim port smtp
	was_refused 3 'not loaded'
	rm "$system/etc/nsswitch.conf"
	try_there block 192.0.2.1 uid kim port smtp
	was_refused 3 'not loaded'
}

@test "it loads none of the system's modules for names, and says where it looked" {
	bare_system
	try_there block 192.0.2.1 uid nobody
	was_refused 1 "no such user, near 'nobody': type a user's name or a uid (this lsmctl is static"
	try_there block 192.0.2.1 port imap
	was_refused 1 "near 'imap'"
	try_there block 192.0.2.1 proto nosuch
	was_refused 1 "near 'nosuch'"
	try_there block 192.0.2.1 uid 65534
	was_refused 3 'not loaded'
	rm "$system/etc/passwd" "$system/etc/services"
	try_there block 192.0.2.1 uid kim
	was_refused 1 'no such user'
}
