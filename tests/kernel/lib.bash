# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # the runner sets scratch, release and the like
# What scenarios are written with. A scenario is a function whose name is the promise; it starts with nothing loaded, and
# the first helper that finds the promise broken ends it. All that helpers do goes to the scenario's log, which the
# runner shows when it fails.
#
# The machine has no network card: these addresses, and every other one in 1.0.0.0/8, 198.18.0.0/15 and 2001:db8::/32,
# are its own loopback device's (see network() in the runner). A web server and a name server answer on all of them.

# shellcheck disable=SC2034 # the scenarios use these
{
	blocked=1.1.1.1 blocked6=2001:db8::1    # what scenarios block
	neighbour=1.1.1.2 neighbour6=2001:db8::2 # and what must stay reachable then
	pins=/sys/fs/bpf/lsm-connect
	other_pins=/sys/fs/bpf/other
}

# The promise is broken.
fail()
{
	printf 'FAILED: %s\n' "$*"
	exit 1
}

# This kernel lacks what the scenario is about. Only for that.
skip()
{
	printf '%s\n' "$*" >"$scratch/skip"
	exit 77
}

# try COMMAND...: runs it; its exit status is in $status, what it wrote (to both outputs) in $output.
try()
{
	status=0
	output=$("$@" 2>&1) || status=$?
	printf '$ %s\n' "$*"
	[ -z "$output" ] || printf '%s\n' "$output"
	[ "$status" = 0 ] || printf '(exit %s)\n' "$status"
}

# expect STATUS COMMAND...: it exits so.
expect()
{
	try "${@:2}"
	[ "$status" = "$1" ] || fail "exit status $status, not $1"
}

# says TEXT...: the last command's output has each of them in it.
says()
{
	local text
	for text in "$@"; do
		[[ $output == *"$text"* ]] || fail "the output does not say: $text"
	done
}

# never_says TEXT...
never_says()
{
	local text
	for text in "$@"; do
		[[ $output != *"$text"* ]] || fail "the output says: $text"
	done
}

same()
{
	[ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+ ($3)}"
}

# refused COMMAND...: it fails, and says why in the C library's words. refused_with TEXT COMMAND... for another errno.
refused()
{
	refused_with 'Operation not permitted' "$@"
}

refused_with()
{
	try "${@:2}"
	[ "$status" != 0 ] || fail "it got through"
	says "$1"
}

# reaches COMMAND...: it gets through.
reaches()
{
	expect 0 "$@"
}

# Cheap ways to ask for a destination, without starting a program: TCP and UDP from the shell itself.
tcp()
{
	(exec 3<>"/dev/tcp/$1/80")
}

udp()
{
	(exec 3<>"/dev/udp/$1/53")
}

# Whether the kernel refuses 1.1.1.1, as a question.
is_refused()
{
	! tcp "$blocked" 2>/dev/null
}

# wait_for COMMAND...: until it succeeds.
wait_for()
{
	local tries
	for ((tries = 0; tries < 3000; tries++)); do
		if "$@" >/dev/null 2>&1; then
			return
		fi
		sleep 0.02
	done
	fail "this never came true: $*"
}

# load [OPTION...]: for scenarios that are about something else. Little room makes it quicker.
load()
{
	expect 0 lsmctl load --max-rules 64 "$@"
}

# rule_field PREFIX FIELD: sets $value to what `list` says of that rule in JSON, or to nothing if there is no rule.
rule_field()
{
	local list pattern
	value=
	list=$(lsmctl -j list) || fail "lsmctl list exits $?"
	pattern="\\{[^{}]*\"prefix\":\"$1\"[^{}]*\\}"
	[[ $list =~ $pattern ]] || return 0
	pattern="\"$2\":(\"([^\"]*)\"|[^],}]*)"
	[[ ${BASH_REMATCH[0]} =~ $pattern ]] || fail "the rule for $1 has no field $2: $list"
	value=${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}
	printf '# %s of %s is %s\n' "$2" "$1" "$value"
}

# field_is PREFIX FIELD VALUE
field_is()
{
	rule_field "$1" "$2"
	same "$value" "$3" "$2 of $1"
}

# number_of FIELD JSON: sets $value to a number in the document.
number_of()
{
	value=
	[[ $2 =~ \"$1\":([0-9]+) ]] || fail "there is no number '$1' in $2"
	value=${BASH_REMATCH[1]}
}

# pinned [DIR]: sets $names to the entries of a pin directory.
# shellcheck disable=SC2120
pinned()
{
	names=$(cd "${1:-$pins}" 2>/dev/null && echo ./*) || true
	names=${names//.\//}
	[ "$names" != '*' ] || names=
}

# Nothing is pinned, nothing of lsmctl's is attached, everything is reachable.
nothing_in_force()
{
	pinned
	same "$names" '' 'pins'
	reaches tcp "$blocked"
	wait_for no_programs
}

# The kernel frees a program a little after its last link is gone.
no_programs()
{
	local programs
	programs=$(bpftool prog list)
	[[ $programs != *"name socket_connect"* && $programs != *"name socket_sendmsg"* ]]
}

# has_module NAME: loads it.
has_module()
{
	modprobe -q "$1"
}

# preemption_skips_fmod_ret: whether this kernel interrupts programs, and then skips those in front of the modules;
# $preemption is what it calls that.
preemption_skips_fmod_ret()
{
	[[ $(cat /sys/kernel/debug/sched/preempt || true) =~ \((full|lazy)\) ]] || return 1
	preemption=${BASH_REMATCH[1]}
}

# Where the version 2 hierarchy is.
cgroup_root()
{
	findmnt -n -t cgroup2 -o TARGET | head -n 1
}

# lacking HOOK...: from here on, in this mount namespace, commands are shown the type information of a kernel without these,
# and without what it lacked before.
lacking()
{
	local hook
	mount -t tmpfs none /mnt
	cp /sys/kernel/btf/vmlinux /mnt/types
	for hook in "$@"; do
		LC_ALL=C sed -i "s/\(bpf_lsm_\|security_\)$hook/\1X${hook#?}/g" /mnt/types
		! grep -q "bpf_lsm_$hook" /mnt/types || fail 'it is still there'
	done
	mount --bind /mnt/types /sys/kernel/btf/vmlinux
}

# kernel_is_at_least MAJOR MINOR
kernel_is_at_least()
{
	local major minor
	IFS=. read -r major minor _ <<<"$release"
	[ "$major" -gt "$1" ] || { [ "$major" = "$1" ] && [ "${minor%%[!0-9]*}" -ge "$2" ]; }
}

# part NAME STATUS [DETAIL]: a scenario that tries many things tells of each. STATUS is pass, fail or skip. The scenario
# itself is then not counted, unless it fails.
part()
{
	printf '%s\t%s\t%s\n' "$2" "$1" "${3:-}" >>"$scratch/parts"
	printf '# %s: %s %s\n' "$1" "$2" "${3:-}"
}

# note WORD...: how much a scenario has tried; told with --thorough.
note()
{
	printf '%s\n' "$*" >>"$scratch/notes"
	printf '# %s\n' "$*"
}

# privately COMMAND...: in a mount namespace of its own, with these helpers and the scenario's file at hand. What it mounts,
# and what it pins on a file system that it mounted, goes with it.
privately()
{
	try env here="$here" scratch="$scratch" release="$release" file="$file" unshare -m --propagation private \
		bash -eu "$here/privately.bash" "$@"
	[ "$status" = 0 ] || exit 1
}

# as_kim COMMAND...: as an unprivileged user.
as_kim()
{
	setpriv --reuid 1000 --regid 1000 --clear-groups "$@"
}
