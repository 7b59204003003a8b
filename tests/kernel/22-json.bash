# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# Together: lsmctl-json(5) has all that lsmctl prints as JSON, and nothing else. What is printed is collected over these
# scenarios.

# _print STATUS SECTION ARG...: what a command prints belongs to a section of the page.
_print()
{
	expect "$1" lsmctl -j "${@:3}"
	# What default block and strict cut off is said on standard error.
	output=$(grep -v '^lsmctl: warning: ' <<<"$output") || true
	[ -n "$output" ] || fail 'nothing was printed'
	printf '%s\t%s\n' "$2" "$output" >>"$scratch/printed"
}

# _in_the_page [SECTION...]: all that was printed so far, and these sections have nothing else; all, if none is named.
_in_the_page()
{
	expect 0 python3 "$here/json5.py" "$here/man/lsmctl-json.5" "$scratch/printed" "$@"
}

# Type information that lacks an optional hook; a required hook; everything.
_without_hooks()
{
	lacking socket_create
	_print 0 'load --dry-run' -n load
	_print 0 load load --max-rules 64
	_print 0 upgrade upgrade
	expect 0 lsmctl unload
	lacking socket_connect
	_print 2 errors load
	mount -t tmpfs none /sys/kernel/btf
	_print 2 doctor doctor
}

errors_are_in_the_page()
{
	_print 1 errors lis
	_print 1 errors block 1.1.1
	_print 3 errors list
	_print 2 errors --pin-dir /proc list
	load --max-rules 1
	_print 1 errors load
	_print 1 errors del "$blocked"
	_print 0 block block "$blocked"
	_print 2 errors block "$neighbour"
	_print 2 errors restore "$scratch/none"
	_print 0 lock -n lock --until-reboot
	_print 0 lock lock --key-file "$scratch/key" --create
	_print 0 status status
	_print 2 errors flush
	_print 0 unlock unlock --key-file "$scratch/key"
	expect 2 as_kim lsmctl -j list
	echo $'errors\t'"$output" >>"$scratch/printed"
	_print 0 set set mode audit --confirm 60s
	_print 1 errors flush
	_print 0 status status
	_print 0 confirm confirm --revert
	expect 0 lsmctl unload
	privately _without_hooks
	_in_the_page errors error code 'load --dry-run' lock unlock
}

# The machine's own name server says that this is the name of 1.1.1.1.
_learn_names()
{
	expect 0 lsmctl -q set resolvers 127.0.0.1
	expect 0 lsmctl -q set names on
	expect 0 dig @127.0.0.1 +short +tries=1 here.example
	says 1.1.1.1
}

# All programs decide something.
events_are_in_the_page()
{
	# Some kernels have all ways that are tried: here they have one less.
	modprobe -qr smc || true
	echo /bin/false >/proc/sys/kernel/modprobe
	load
	_print 0 'doctor --selftest' doctor --selftest
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	modprobe -qa sctp smc || true
	expect 0 lsmctl set backstop on
	_learn_names
	expect 0 lsmctl -q allow here.example port 1
	lsmctl -j watch >"$scratch/events" &
	watcher=$!
	lsmctl -j watch --summary >"$scratch/summary" &
	counter=$!
	wait_for _looks "$counter"
	wait_for _sees "$blocked"
	_print 0 'doctor --selftest' doctor --selftest
	expect 0 lsmctl audit "$neighbour"
	reaches udp "$neighbour"
	expect 0 dig @127.0.0.1 +ignore +tries=1 cut.example
	_print 0 names names
	# What is cut is told, of a process and of none.
	expect 0 python3 "$here/cut.py" udp4 -- lsmctl -q block --cut "$blocked"
	for error in EACCES ECONNREFUSED EHOSTUNREACH ENETUNREACH ETIMEDOUT; do
		_print 0 block block "$blocked" errno "$error" -e
		_print 1 test test "$blocked"
		expect 1 tcp "$blocked"
	done
	_print 0 set set strict on
	expect 1 python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	expect 1 python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET)'
	# It asks for 0.0.0.0, and then another thread might still be in that call.
	expect 1 python3 -c 'import socket, threading, time
asks = socket.socket()
asks.connect_ex(("0.0.0.0", 1))
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
asks.bind(("1.1.1.9", 0))'
	# A user without a name.
	expect 1 setpriv --reuid 4242 --clear-groups python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	# A cgroup that is gone when the watcher asks for its name.
	kill -STOP "$watcher"
	mkdir "$(cgroup_root)/gone"
	# shellcheck disable=SC2016 # its own $$
	expect 0 bash -c 'echo $$ >"$0/gone/cgroup.procs"; exec 3<>/dev/udp/1.1.1.9/53' "$(cgroup_root)"
	wait_for rmdir "$(cgroup_root)/gone"
	kill -CONT "$watcher"
	sleep 1
	kill -INT "$watcher" "$counter"
	wait "$watcher"
	wait "$counter"
	sed 's/^/watch\t/' "$scratch/events" >>"$scratch/printed"
	sed 's/^/watch --summary\t/' "$scratch/summary" >>"$scratch/printed"
	lsmctl -j learn 1h >"$scratch/learned" &
	watcher=$!
	wait_for _learning
	reaches udp "$neighbour"
	kill -INT "$watcher"
	wait "$watcher"
	sed 's/^/learn\t/' "$scratch/learned" >>"$scratch/printed"
	# What remembers senders decides nothing, so that no event is its own.
	expect 0 lsmctl set default block
	_print 0 status status
	expect 0 lsmctl set answers off
	_print 0 status status
	_print 0 set set names off
	_print 0 names names
	_in_the_page names watch 'watch --summary' learn 'doctor --selftest' errno
}

# _printed SECTION: the last command's output has documents of such a section, a line each.
_printed()
{
	grep '^{' <<<"$output" | sed "s/^/$1\t/" >>"$scratch/printed"
}

connections_are_in_the_page()
{
	local cgroups space
	cgroups=$(cgroup_root)
	load
	_learn_names
	ip netns add json
	ip -n json link set lo up
	ip -n json route add local 1.0.0.0/8 dev lo
	ip -n json addr add "$blocked/32" dev lo
	mkdir "$cgroups/gone"
	# From a cgroup that is gone, by a user without a name; refused, audited and allowed; without an end, and of a server.
	expect 0 python3 "$here/cut.py" --gone "$cgroups" in json tcp4 tcp4 udp4 raw udp6 neighbour4 accepted waiting -- bash -c "
		lsmctl -q block $blocked
		lsmctl -q audit $blocked6
		lsmctl -j connections"
	_printed connections
	expect 0 lsmctl -q flush
	expect 0 python3 "$here/cut.py" in json tcp4 tcp4 whole raw accepted neighbour4 -- bash -c "
		lsmctl -j block --cut $blocked"
	_printed block
	expect 0 lsmctl -q flush
	expect 0 python3 "$here/cut.py" tcp4 accepted -- bash -c "
		lsmctl -q block $blocked
		lsmctl -j cut"
	_printed cut
	# A namespace takes a file, of which there are not enough.
	for space in {1..20}; do
		ip netns add "json$space"
	done
	expect 2 prlimit --nofile=80:80 lsmctl -j cut
	_printed cut
	expect 0 prlimit --nofile=80:80 lsmctl -j connections
	_printed connections
	for space in '' {1..20}; do
		ip netns del "json$space"
	done
	# The rule is in force, and then the kernel gives no socket to ask by.
	expect 2 strace -f -qq -o "$scratch/calls" -e inject=socket:error=EMFILE lsmctl -j block --cut "$blocked6"
	says '"added":[{' '"error":{"code":"system","message":"done, but'
	_printed block
	_print 0 restore restore --cut - <<<"block $blocked"
	_print 0 set set mode audit --confirm 60s
	_print 0 confirm confirm --cut
	_in_the_page connections cut connection cutting
}

_sees()
{
	tcp "$1" || true
	[ -s "$scratch/events" ]
}

# It has what it waits with.
_looks()
{
	readlink "/proc/$1/fd/"* | grep -q eventpoll
}

_learning()
{
	[ $(($(python3 "$here/word.py" "$pins/map_config" 155) & 128)) -ne 0 ]
}

# _report STATUS ARG...: a run with these arguments, whose report belongs to the page.
_report()
{
	expect "$1" lsmctl run --user kim --report "$scratch/report.json" "${@:2}"
	printf 'run\t%s\n' "$(tr -d '\n' <"$scratch/report.json")" >>"$scratch/printed"
}

runs_are_in_the_page()
{
	local deep
	load
	# Too deep for the kernel's reports.
	chmod 0755 "$scratch"
	deep=$scratch/$(printf 'd/%.0s' {1..50})
	mkdir -p "$deep"
	cp /bin/bash "$deep"
	expect 0 lsmctl -q block "$neighbour"
	echo 'hosts: files' >/etc/nsswitch.conf
	echo "$blocked www.example" >/etc/hosts
	# Allowed, refused by the run and by the policy, and for what it is.
	_report 1 --allow www.example --allow "$neighbour" -- bash -c "
		for address in $blocked 1.1.1.9 $neighbour; do (exec 3<>/dev/tcp/\$address/80); done
		python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'"
	_report 0 --audit -- "${deep}bash" -c "(exec 3<>/dev/udp/1.1.1.9/53) || true"
	_in_the_page run
}

_without_names()
{
	mount --bind /dev/null /etc/passwd
	_print 0 'undo --list' undo --list
}

rules_are_in_the_page()
{
	local cgroups setting error
	cgroups=$(cgroup_root)
	mkdir "$cgroups/json"
	_print 0 'load --dry-run' -n load
	_print 0 load load --max-rules 64 --default block
	_print 0 load -e load
	_print 0 block block "$blocked"
	_print 0 add -n add "$blocked6" port 443
	_print 0 allow allow lan port 80-90 proto tcp uid 0
	_print 0 audit audit 192.0.2.1 proto 253 uid 4242 errno EACCES
	_print 0 block block 192.0.2.7 uid 100000-165535
	_print 0 block block 192.0.2.7 gid 100000-165535
	_print 0 block block 192.0.2.7 gid 0
	_print 0 block block 192.0.2.7 exe /bin/sh
	_print 0 block block 192.0.2.7 exe /no/such
	expect 0 lsmctl -q set resolvers "$blocked" # no call to it gets through, so nobody waits for it
	_print 0 block -q block ads.example
	_print 0 allow -q allow '*.example.com' private
	_print 0 restore -n restore --set named - <<<'other.example'
	_print 0 status status
	_print 0 block block 192.0.2.7 gid 4294967294
	_print 0 block block 192.0.2.7 unit web
	_print 0 block block 1.1.2.0/24 errno ECONNREFUSED timeout 1h set one comment two
	_print 0 block block -e 1.1.2.0/24 errno EHOSTUNREACH timeout 1h set one comment three
	_print 0 block -e block any cgroup /json port 1 errno ENETUNREACH
	_print 0 block -e block any cgroup /json port 1 errno ETIMEDOUT
	rmdir "$cgroups/json"
	refused tcp "$blocked"
	_print 0 list list
	_print 0 stats stats
	for by in uid gid cgroup exe everyone; do
		_print 0 'stats --by' stats --by "$by"
	done
	_print 1 test test "$blocked"
	_print 1 test test 1.9.9.9
	_print 1 test test 1.9.9.9 port 53 proto udp
	_print 0 test test 192.0.2.1 proto 253 uid 4242
	_print 0 test test 10.0.0.1 port 80 uid 0
	expect 0 lsmctl -q block 10.0.0.0/9 port 80 uid 0
	_print 1 test test 10.0.0.1 port 80 uid 0
	echo 'hosts: files' >/etc/nsswitch.conf
	echo 'multi on' >/etc/host.conf
	printf '%s test.example\n' 10.0.0.1 10.128.0.1 192.0.2.1 1.9.9.9 1.1.2.1 >/etc/hosts
	_print 1 'test NAME' test test.example proto 253 uid 4242
	_print 1 'test NAME' test test.example port 80 uid 0
	_print 1 'test NAME' test test.example port 53 proto udp
	echo '1.1.9.9 www.example other.example' >/etc/hosts
	_print 0 block block --resolve www.example,other.example set web
	printf '%s\n' '1.1.9.8 www.example' '1.1.9.9 other.example' >/etc/hosts
	_print 0 refresh refresh web
	printf '%s\n' '1.1.9.8 www.example' '1.1.9.7 other.example' >/etc/hosts
	_print 0 refresh refresh web
	echo 127.0.0.53 >"$scratch/own"
	_print 0 restore restore --set own "$scratch/own"
	_print 0 'list sets' list sets
	_print 0 save save "$scratch/saved"
	_print 0 restore -n restore --allow-empty - </dev/null
	printf '%s\n' 'set mode audit' 'set strict on' 'set backstop on' 'set answers off' 'set names on' 'set resolvers 192.0.2.53' 'set name-keep 5m' 1.1.1.1 'allow 1.1.1.2' \
		'block any cgroup /json' >"$scratch/rules"
	_print 0 restore -n restore "$scratch/rules"
	_print 0 restore restore "$scratch/rules"
	printf '%s\n' 1.1.1.1 bad >"$scratch/list"
	_print 0 import import --skip-bad=1 "$scratch/list"
	_print 0 status status
	_print 0 doctor doctor
	echo 'allow 1.1.1.1' >"$scratch/rules"
	_print 0 restore -n restore "$scratch/rules"
	_print 0 restore restore --reset-settings "$scratch/rules" --confirm 60s
	_print 0 confirm confirm
	printf '%s\n' 'set default block' 1.1.1.1 >"$scratch/rules"
	_print 0 restore restore "$scratch/rules"
	for setting in 'default allow' 'default block' 'mode audit' 'mode enforce' 'strict on' 'strict off' 'backstop on' 'backstop off' 'answers off' 'answers on' 'resolvers 192.0.2.53' 'names on' 'names off' 'resolvers auto' 'name-keep 1h'; do
		# shellcheck disable=SC2086 # words
		_print 0 set -e set $setting
	done
	printf '%s\n' 192.0.2.1 10.0.0.1 >"$scratch/list"
	_print 0 restore restore --set excepting --except lan "$scratch/list"
	_print 0 'list sets' list sets
	expect 0 lsmctl -q restore --set excepting --except loopback "$scratch/list"
	_print 0 undo undo
	expect 0 lsmctl -q block 1.1.1.1 set other
	_print 0 del del 1.1.1.1
	_print 0 flush flush
	expect 0 lsmctl -q set default allow
	for setting in 'default block' 'mode audit' 'strict on' 'backstop on' 'answers off' 'resolvers 192.0.2.53' 'names on' 'name-keep 5m'; do
		# shellcheck disable=SC2086 # words
		expect 0 lsmctl -qe set $setting
		_print 0 undo undo
		_print 0 undo undo
	done
	expect 0 lsmctl -q set default allow
	expect 0 lsmctl -q block -e 1.1.1.1
	expect 0 lsmctl -q block -e 1.1.1.1 errno EACCES
	_print 0 undo undo
	expect 0 bash -c 'echo 1000 >/proc/self/loginuid; exec lsmctl -q del 1.1.1.1'
	_print 0 'undo --list' undo --list
	expect 0 bash -c "seq -f 'block 10.0.%g.0/24 comment \"$(printf 'x%.0s' {1..120})\"' 0 255 >'$scratch/large'"
	expect 0 bash -c "for n in {1..30}; do sed \"s/^block 10.0/block 10.\$n/\" '$scratch/large'; done >'$scratch/larger'"
	expect 0 lsmctl -q unload
	expect 0 lsmctl -q load
	expect 0 lsmctl -q restore "$scratch/larger"
	privately _without_names
	LSMCTL_HISTORY_DIR=/proc/none _print 0 block block 1.1.1.7
	_print 0 upgrade upgrade
	echo 'nameserver 192.0.2.54' >/etc/resolv.conf
	_print 0 'refresh --resolvers' refresh --resolvers
	_print 0 'refresh --resolvers' refresh --resolvers -n
	expect 0 lsmctl -q set resolvers 255.255.255.255 # which nobody can ask
	expect 0 lsmctl -q allow www.example
	_print 0 'refresh --resolvers' refresh --names
	printf '%s\n' 'block 1.1.1.1' 'help version' nonsense >"$scratch/commands"
	_print 4 batch batch "$scratch/commands"
	_print 0 version version
	rm "$pins/link_socket_sendmsg"
	_print 2 status status
	_print 2 doctor doctor
	_print 3 status --pin-dir "$other_pins" status
	_print 0 unload -n unload
	_print 0 unload unload
	_print 3 status status
	_print 0 doctor doctor
	_in_the_page list 'list sets' block undo 'undo --list' refresh 'refresh --resolvers' name restore save import confirm batch stats test \
		'test NAME' unload version rule subject hook
}

nothing_else_is_in_the_page()
{
	# Another's program that cancels what connect's says: status doubts, and a call shows it. With strict SCTP is not tried.
	load
	expect 0 lsmctl -q set strict on
	expect 0 "$here/programs/attach" "$here/programs/cancel-socket_connect.bpf.o" foreign /sys/fs/bpf/foreign /nowhere
	_print 2 status status --prove
	rm /sys/fs/bpf/foreign
	expect 0 lsmctl -q unload
	load --attach fmod_ret
	_print 0 status status
	_in_the_page
}
