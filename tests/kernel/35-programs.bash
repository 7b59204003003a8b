# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Rules for programs: which file a process was started from, and all that does not change it.

# shellcheck source=tests/kernel/watching.bash
. "$here/watching.bash"

# A copy of the shell, which asks for a destination without any help; $program is its path.
_program()
{
	program=$scratch/asker
	cp "$(readlink -f /bin/bash)" "$program"
}

# _ask COMMAND...: with that program, or what else leads to it.
_ask()
{
	"$@" -c "exec 3<>/dev/tcp/$blocked/80"
}

a_rule_for_a_program_is_for_what_was_started_from_its_path()
{
	local loaders
	load
	_program
	expect 0 lsmctl block "$blocked" exe "$program"
	says "+ block $blocked exe $program"
	refused _ask "$program"
	reaches _ask bash
	# What others are asked first.
	expect 0 lsmctl allow "$blocked" gid 0
	reaches _ask "$program"
	expect 0 lsmctl del "$blocked" gid 0
	refused _ask "$program"
	expect 0 lsmctl allow "$blocked"
	refused _ask "$program"
	expect 1 lsmctl test "$blocked" exe "$program"
	says "by rule 1: block $blocked exe $program"
	expect 0 lsmctl test "$blocked"
	expect 0 lsmctl -j list
	says "\"exe\":\"$program\",\"missing\":false"
	# Ways that keep it.
	ln -s asker "$scratch/link"
	refused _ask "$scratch/link"
	(cd "$scratch" && refused _ask ./asker)
	refused _ask "$scratch/../${scratch##*/}/asker"
	refused "$program" -c "(exec 3<>/dev/tcp/$blocked/80)"
	refused _ask unshare -m "$program"
	# Ways that give none: other programs, as far as rules go.
	cp "$program" "$scratch/copy"
	reaches _ask "$scratch/copy"
	ln "$program" "$scratch/hard"
	reaches _ask "$scratch/hard"
	loaders=(/lib*/ld-linux-*.so.*)
	reaches _ask "${loaders[0]}" "$program"
	# shellcheck disable=SC2016 # for the shell there
	reaches _ask unshare -rm bash -c 'mount --bind "$0" "$1" && exec "$@"' "$scratch/copy" "$program"
	# Not even the same file, in mounts that a user made.
	reaches _ask unshare -rm "$program"
	# Root of the host decides what a path is, in whatever mounts.
	# shellcheck disable=SC2016
	refused _ask unshare -m bash -c 'mount --bind "$0" "$1" && exec "$@"' "$scratch/copy" "$program"
	# Another root, as a container has, with the same files at the same paths.
	# shellcheck disable=SC2016
	reaches _ask unshare -m bash -euc '
		mkdir /run/root
		mount -t tmpfs none /run/root
		for dir in /*; do
			[ ! -L "$dir" ] || cp -a "$dir" /run/root
			[ -d "$dir" ] && [ ! -L "$dir" ] || continue
			mkdir "/run/root$dir"
			[ "$dir" = /run ] || mount --rbind "$dir" "/run/root$dir"
		done
		cd /run/root
		mount --move . /
		exec chroot . "$@"' - "$program"
	printf '#!%s\nexec 3<>/dev/tcp/%s/80\n' "$program" "$blocked" >"$scratch/script"
	chmod +x "$scratch/script"
	refused "$scratch/script"
	# A package that is upgraded.
	cp "$program" "$program.new"
	mv "$program.new" "$program"
	refused _ask "$program"
	rm "$program"
	expect 0 lsmctl list
	says "exe $program (missing)"
	cp "$scratch/copy" "$program"
	refused _ask "$program"
}

# The programs are there while a rule needs them, also after undo, on trial and through an upgrade.
what_notes_programs_comes_and_goes_with_such_rules()
{
	load
	_program
	_not_attached
	expect 0 lsmctl block "$blocked" exe "$scratch/later"
	_attached
	expect 0 lsmctl list
	says '(missing)'
	cp "$program" "$scratch/later"
	refused _ask "$scratch/later"
	expect 0 lsmctl upgrade
	_attached
	refused _ask "$scratch/later"
	expect 0 lsmctl status --prove
	rm "$pins/link_bprm_check_security"
	try lsmctl status
	says 'NOT in force: bprm_check_security'
	expect 0 lsmctl upgrade
	_attached
	refused _ask "$scratch/later"
	expect 0 lsmctl save "$scratch/rules"
	expect 0 lsmctl del "$blocked" exe "$scratch/later"
	expect 0 lsmctl -q block 198.51.100.1 # the next that compiles
	expect 0 lsmctl -q restore "$scratch/rules"
	refused _ask "$scratch/later"
	expect 0 lsmctl flush
	_not_attached
	reaches _ask "$scratch/later"
	expect 0 lsmctl undo
	_attached
	refused _ask "$scratch/later"
	echo 'block 198.51.100.2' >"$scratch/others"
	expect 0 lsmctl -q restore --confirm 1h "$scratch/others"
	_attached
	reaches _ask "$scratch/later"
	expect 0 lsmctl confirm --revert
	refused _ask "$scratch/later"
	expect 0 lsmctl unload
	reaches _ask "$scratch/later"
}

_attached()
{
	local name
	for name in bprm_check_security file_free_security task_prctl; do
		[ -e "$pins/link_$name" ] || fail "$name is not attached"
	done
}

_not_attached()
{
	[ ! -e "$pins/link_bprm_check_security" ] || fail 'they are attached'
}

processes_that_run_already_are_noted()
{
	load
	_program
	mkfifo "$scratch/go"
	"$program" -c "read -r _ <'$scratch/go'; exec 3<>/dev/tcp/$blocked/80" &
	"$program" -c "read -r _ <'$scratch/go'; exec 3<>/dev/tcp/$blocked/80" 2>"$scratch/said" &
	wait_for pgrep -f "^$program"
	expect 0 lsmctl block "$blocked" exe "$program"
	# Both, and not because of the path that they have now.
	rm "$program"
	printf 'go\ngo\n' >"$scratch/go"
	! wait %1 || fail 'one got through'
	! wait %2 || fail 'the other got through'
	grep -q 'not permitted' "$scratch/said" || fail "$(<"$scratch/said")"
}

# What replaces a process's file is refused to the programs of rules, and to no others.
programs_of_rules_cannot_become_others()
{
	load
	cp "$(readlink -f "$(command -v python3)")" "$scratch/asker"
	expect 0 lsmctl block "$blocked" exe "$scratch/asker"
	try "$scratch/asker" "$here/becomes.py"
	same "$output" 'EPERM EPERM' 'a program of a rule'
	try python3 "$here/becomes.py"
	never_says EPERM
	# From memory it is another program.
	reaches "$scratch/asker" "$here/becomes.py" memfd "$(readlink -f /bin/bash)" -c "exec 3<>/dev/tcp/$blocked/80"
	refused "$scratch/asker" -c "import socket; socket.socket().connect(('$blocked', 80))"
	refused "$scratch/asker" -c "import threading, socket
t = threading.Thread(target=lambda: print(socket.socket().connect_ex(('$blocked', 80)))); t.start(); t.join()
raise PermissionError(1, 'Operation not permitted')"
	says 1
}

# No program that could not be noted runs, and all who tell of the policy say so.
a_start_that_cannot_be_noted_is_refused()
{
	load
	_program
	expect 0 lsmctl block "$blocked" exe "$program"
	expect 0 lsmctl status
	says 'programs  ' '1 in rules'
	never_says BAD
	expect 0 lsmctl -j status
	says '"exes":{"paths":1,"refused":0},"runs":{"now":0,"left_over":0}'
	expect 0 python3 "$here/fill.py" "$pins/map_exes"
	try "$program" -c true
	[ "$status" != 0 ] || fail 'it runs'
	says 'Resource temporarily unavailable'
	expect 0 bash -c true
	expect 0 lsmctl status
	says 'BAD: no room for all that run, so that 1 starts were refused'
	expect 0 lsmctl -j status
	says '"exes":{"paths":1,"refused":1}'
	expect 0 lsmctl stats --prometheus
	says 'lsmctl_exes_refused_total 1'
	try lsmctl doctor
	says '1 starts of programs in rules were refused'
}

# Whatever a process calls itself, and whether there are rules for programs or not.
watch_shows_the_path_of_a_program()
{
	local long people
	load
	_program
	long=$scratch/$(printf 'a%.0s' {1..100})/$(printf 'b%.0s' {1..100})
	mkdir "${long%/*}"
	cp "$program" "$long"
	_watch people watch any exe "$program"
	people=$watcher
	_watch paths -j watch
	reaches _ask bash -c "exec -a curl '$program' \"\$@\"" -
	reaches _ask "$long"
	reaches _ask unshare -rm "$program"
	# shellcheck disable=SC2016 # for the shell there
	reaches unshare -m bash -c 'mount --bind "$0" /mnt && exec /mnt/asker -c "exec 3<>/dev/tcp/1.1.1.1/80"' "$scratch"
	python3 "$here/becomes.py" memfd "$program" -c "exec 3<>/dev/tcp/$blocked/80"
	sleep 0.2
	_end "$people" "$watcher"
	SHORT=$program LONG=$long python3 - "$scratch/paths" <<-'END' || fail 'other paths'
		import json, os, sys
		short, long = os.environ["SHORT"], os.environ["LONG"]
		events = [json.loads(line) for line in open(sys.argv[1])]
		seen = [(event["exe"], event["exe_fits"]) for event in events]
		assert seen[:4] == [(short, True), ("..." + long[-128:], False), (short, False), ("/mnt/asker", True)], seen
		assert seen[4][0].startswith("/memfd:") and not seen[4][1], seen
		assert len(seen) == 5, seen
	END
	same "$(wc -l <"$scratch/people")" 1 'lines by program'
	_has people "  default  $program"
}

# The kernel keeps a path for a moment: for the next report of the same process and program, and of no other.
watch_shows_the_path_of_each_program_that_a_process_becomes()
{
	local n
	load
	_program
	cp "$program" "$scratch/silent"
	cp "$program" "$scratch/third"
	# Asks with each program but one; the address of a file is used again by the next exec but one.
	cat >"$scratch/becomes" <<-'END'
		[[ $BASH = */silent ]] || exec 3<>"/dev/udp/$2/$1"
		[ "$1" = 1 ] || exec "$4" "$0" $(($1 - 1)) "$2" "$4" "$5" "$3"
	END
	_watch paths -j watch
	reaches "$program" "$scratch/becomes" 60 "$blocked" "$program" "$scratch/silent" "$scratch/third"
	for n in {101..120}; do
		reaches "$program" -c "exec 3<>/dev/udp/$blocked/$n"
		reaches "$scratch/third" -c "exec 3<>/dev/udp/$blocked/$((n + 100))"
	done
	sleep 0.2
	_end "$watcher"
	FIRST=$program python3 - "$scratch/paths" <<-'END' || fail 'another path'
		import json, os, sys
		first, third = os.environ["FIRST"], os.path.dirname(os.environ["FIRST"]) + "/third"
		seen = [(event["port"], event["exe"], event["exe_fits"]) for event in map(json.loads, open(sys.argv[1]))]
		# In the order of the execs: the first program at 60, 57 and so on, the third at 58, 55 and so on.
		want = [(n, third if n % 3 == 1 else first, True) for n in range(60, 0, -1) if n % 3 != 2]
		for n in range(101, 121):
		    want += [(n, first, True), (n + 100, third, True)]
		assert seen == want, [pair for pair in zip(seen, want) if pair[0] != pair[1]]
	END
}

watch_shows_the_new_path_of_a_program_that_was_moved()
{
	load
	_program
	_watch paths -j watch any proto tcp
	reaches "$program" -c "exec 3<>/dev/tcp/$blocked/80; mv '$program' '$scratch/moved'; sleep 0.2; exec 3<>/dev/tcp/$blocked/80"
	sleep 0.2
	_end "$watcher"
	_has paths "\"exe\":\"$program\",\"exe_fits\":true"
	_has paths "\"exe\":\"$scratch/moved\",\"exe_fits\":true"
}

watch_tells_programs_of_rules_apart()
{
	load
	_program
	expect 0 lsmctl block 198.51.100.1 exe "$program"
	_watch watched -j watch any exe "$program"
	reaches _ask bash
	reaches _ask "$program"
	_end "$watcher"
	same "$(wc -l <"$scratch/watched")" 1 lines
}

the_backstop_knows_the_program_that_made_a_socket()
{
	load --backstop
	_program
	expect 0 lsmctl set default block
	expect 0 lsmctl allow "$blocked" exe "$program"
	reaches _ask "$program"
	refused _ask bash
	reaches "$program" -c "exec 3<>/dev/udp/$blocked/53; echo x >&3"
}

without_the_security_module_there_are_no_rules_for_programs()
{
	load --attach fmod_ret
	expect 2 lsmctl block "$blocked" exe /no/such/program
	says 'rules for programs need BPF LSM'
	_not_attached
	expect 0 lsmctl list
	never_says exe
	echo "block $blocked exe /no/such/program" >"$scratch/rules"
	expect 2 lsmctl restore "$scratch/rules"
	reaches tcp "$blocked"
}
