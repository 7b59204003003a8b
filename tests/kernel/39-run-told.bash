# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# What a run tells of what it reached and was refused, and who else sees it.

# shellcheck source=tests/kernel/running.bash
. "$here/running.bash"
# shellcheck source=tests/kernel/watching.bash
. "$here/watching.bash"

a_run_tells_what_was_refused_and_what_would_have_been()
{
	_hierarchy
	load
	expect 0 _in --allow "$neighbour:80" "tcp $neighbour"
	never_says refused
	try _in --tell --allow "$neighbour:80" "tcp $neighbour; tcp $blocked; tcp $blocked"
	says "refused $blocked:80 to bash[" "--allow $blocked:80" '2 calls were refused'
	expect 0 _in --audit --report "$scratch/report.json" --allowlist "$scratch/rules" "tcp $blocked; tcp $blocked; udp $neighbour"
	grep -q '"destination": "1.1.1.1:80"' "$scratch/report.json" || fail "$(<"$scratch/report.json")"
	same "$(grep -v '^#' "$scratch/rules")" $'allow 1.1.1.1 port 80 proto tcp\nallow 1.1.1.2 port 53 proto udp'
	expect 0 _in --file "$scratch/rules" --fail-on-block "tcp $blocked; udp $neighbour"
	expect 1 _in --file "$scratch/rules" --fail-on-block "tcp $neighbour || true"
	expect 7 _in --fail-on-block "tcp $neighbour; exit 7"
	expect 0 _in --report "$scratch/report.md" "tcp $blocked || true"
	never_says refused
	grep -qF '| refused | 1.1.1.1:80 |  | tcp | bash | 1 |' "$scratch/report.md" || fail "$(<"$scratch/report.md")"
	expect 125 _in --file <(echo "block $blocked") true
	says "only 'allow' rules here"
	rm -f "$scratch"/{rules,report.*}
}

# Of any kind: what names no destination too, and packets.
watch_shows_what_runs_are_refused()
{
	local victim server people
	_hierarchy
	load
	chmod 0755 "$scratch"
	setpriv --reuid 1000 --regid 1000 --clear-groups sleep 1000 & # itself, and no shell that waits for it
	victim=$!
	python3 - "$scratch" <<-'END' &
		import os, socket, sys, time
		made = [socket.socket(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
		for socket, name in zip(made, ("stream", "datagram")):
		    socket.bind(f"{sys.argv[1]}/{name}")
		    os.chmod(f"{sys.argv[1]}/{name}", 0o777)
		made[0].listen()
		time.sleep(1000)
	END
	server=$!
	wait_for test -S "$scratch/datagram"
	cat >"$scratch/tries.py" <<-'END'
		import fcntl, os, pty, socket, sys
		def tried(call, *arguments):
		    try:
		        call(*arguments)
		        print("open")
		    except OSError as error:
		        print(error.strerror)
		tried(socket.socket(socket.AF_UNIX).connect, sys.argv[1] + "/stream")
		tried(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto, b"x", sys.argv[1] + "/datagram")
		tried(os.open, f"/proc/{sys.argv[2]}/environ", os.O_RDONLY)
		main, terminal = pty.openpty()
		os.setsid()
		fcntl.ioctl(terminal, 0x540E, 0)
		tried(fcntl.ioctl, terminal, 0x5412, b"x")
		tried(os.open, "/dev/net/tun", os.O_RDWR)
	END
	sysctl -q -e -w dev.tty.legacy_tiocsti=1
	modprobe tun
	chmod 0666 /dev/net/tun
	_watch refused -j watch block
	people=$watcher
	_watch people watch audit
	expect 0 _run -q -- python3 "$scratch/tries.py" "$scratch" "$victim"
	never_says open
	expect 0 _run -q --audit -- python3 "$scratch/tries.py" "$scratch" "$victim"
	same "$output" $'open\nopen\nopen\nopen\nopen' 'what is only recorded'
	sleep 0.2
	_end "$people" "$watcher"
	kill "$server" "$victim"
	python3 - "$scratch/refused" <<-'END' || fail 'other events'
		import json, sys
		events = [json.loads(line) for line in open(sys.argv[1])]
		assert [event["hook"] for event in events] == \
		    ["unix_stream_connect", "unix_may_send", "ptrace_access_check", "file_ioctl", "file_open"], events
		for event in events:
		    assert event["by_run"] and event["verdict"] == "block" and event["errno"] == "EPERM", event
		    assert event["destination"] is None and event["rule_id"] is None and event["uid"] == 1000, event
		    assert event["comm"] == "python3" and "/python3" in event["exe"], event
	END
	same "$(grep -cE ' audit +python3\[[0-9]+\] +kim +- +\((unix_stream_connect|unix_may_send|ptrace_access_check|file_ioctl|file_open)\) +run  /' "$scratch/people")" 5 'lines of what was audited'
}

what_the_readme_shows_of_it_works()
{
	local command n=0 place=$scratch/place
	_hierarchy
	printf '#!/bin/bash\nSUDO_UID=1000 exec "$@"\n' >"$scratch/sudo"
	# What is built reaches one destination, and the agent its service, and another.
	printf '#!/bin/bash\nexec 3<>/dev/tcp/%s/80\n' "$neighbour" >"$scratch/make"
	mkdir -m 0777 "$place"
	printf '#!/bin/bash\n(exec 3<>/dev/tcp/%s/443)\n! (exec 3<>/dev/tcp/%s/80)\n' "$neighbour" "$blocked" >"$place/agent"
	chmod 0755 "$scratch/sudo" "$scratch/make" "$place/agent"
	cp /etc/hosts "$scratch/hosts" 2>/dev/null || : >"$scratch/hosts"
	printf '%s api.example.com\n' "$neighbour" >>"$scratch/hosts"
	while IFS= read -r command; do
		n=$((n + 1))
		privately _as_in_the_readme "$command"
	done < <(sed -n '/^## One command/,/^## Many/s/^    //p' "$here/README.md")
	same "$n" 4 'commands'
	grep -v '^#' "$place/egress.rules"
	grep -q "^allow $neighbour port 80 proto tcp" "$place/egress.rules" || fail 'it has not learned'
	grep -q 'nothing was refused' "$place/summary" || fail 'there is no report'
	says "refused $blocked:80 to agent" "--allow $blocked:80"
	rm -r "$place" "$scratch"/{sudo,make,hosts}
}

_as_in_the_readme()
{
	mount --bind "$scratch/hosts" /etc/hosts
	cd "$scratch/place" || exit
	GITHUB_STEP_SUMMARY=$scratch/place/summary PATH=$scratch:$PATH bash -c "$1"
}
