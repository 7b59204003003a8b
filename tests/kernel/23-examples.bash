# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2317 # lib.bash has the addresses, and calls functions by their names
# What the README and the manual show is what happens.

# _play COMMAND: as a person types it, in $place; sets $output and $status.
_play()
{
	try env PATH="$place/bin:$PATH" bash -c "cd '$place' && $1"
}

# _stand_in NAME COMMAND...: for a program, or for what it would find.
_stand_in()
{
	printf '#!/bin/bash\n%s\n' "$2" >"$place/bin/$1"
	chmod +x "$place/bin/$1"
}

# The files that lsmctl.8 and README.md name exist.
_place()
{
	local cgroups
	cgroups=$(cgroup_root)
	place=$scratch/place
	mkdir -p "$place/bin" "$cgroups/system.slice/mail.service" "$cgroups/system.slice/web.service"
	echo 'block 203.0.113.9' | tee "$place/rules.new" >"$place/rules"
	echo '203.0.113.8' >"$place/blocklist.txt"
	printf 'ip,when\n203.0.113.6,today\n' >"$place/feed.csv"
	# The world outside is not here, and neither is jq; what goes on until it is interrupted is, after some seconds.
	# Meanwhile learn has something to learn.
	_stand_in jq cat
	_stand_in logger true
	_stand_in curl "case \$* in
		'-sfo ranges '*lists.example*) echo '{\"prefixes\":[{\"ip_prefix\":\"203.0.113.0/28\"}]}' >ranges ;;
		'-sfo drop '*lists.example*) echo 203.0.113.7 >drop ;;
		*lists.example*) echo 203.0.113.7 ;;
		*) exec $(type -P curl) \"\$@\" ;;
		esac"
	_stand_in lsmctl "case \$* in
		*watch*) wait='timeout --preserve-status -s INT 1' ;;
		*learn*)
			for _ in {1..30}; do
				: 3<>/dev/udp/127.0.0.1/9
				sleep 0.1
			done >/dev/null 2>&1 &
			wait='timeout --preserve-status -s INT 3'
			;;
		esac
		exec \$wait $(type -P lsmctl) \"\$@\""
}

the_readme_begins_with_what_happens()
{
	local line last=
	_place
	while IFS= read -r line; do
		last=${line:-$last}
		if [[ $line == '# '* ]]; then
			_play "${line#\# }"
		else
			# A time is another one.
			[[ $line != 1\ *block* ]] || line=${line%2026-*}
			says "$line"
		fi
	done < <(sed -n '/^    # lsmctl load/,/^$/s/^    //p' "$here/README.md")
	nothing_in_force
	[ "$last" = unloaded ] || fail 'this is not the whole of it'
}

the_commands_of_the_readme_do_what_they_say()
{
	local line count=0
	_place
	echo 'nameserver 192.0.2.54' >/etc/resolv.conf # as a host has one
	while IFS= read -r line; do
		_play "${line/www-data/kim}" # whom this machine has
		[ "$status" = 0 ] || fail "exit status $status"
		[[ $line != *--confirm* ]] || expect 0 lsmctl confirm
		count=$((count + 1))
	done < <(sed -n '/^## Using it/,/^Rules for/s/^    //p' "$here/README.md")
	[ "$count" -ge 15 ] || fail "only $count"
}

# This machine's own name server has 192.0.2.1 for each name.
_names_of_the_readme()
{
	local line count=0
	_place
	echo 'nameserver 127.0.0.1' >"$scratch/resolv.conf"
	mount --bind "$scratch/resolv.conf" /etc/resolv.conf
	while IFS= read -r line; do
		_play "$line"
		[ "$status" = 0 ] || fail "exit status $status"
		[[ $line != *'lsmctl names '* ]] || says 'api.github.com  192.0.2.1' '*.debian.org    - '
		[[ $line != *'lsmctl test '* ]] || says 'allow api.github.com port 443' 'the address has this name'
		count=$((count + 1))
	done < <(sed -n '/^## Names/,/^The owner/s/^    //p' "$here/README.md")
	[ "$count" -ge 10 ] || fail "only $count"
	expect 0 lsmctl unload
	umount /etc/resolv.conf
}

the_names_of_the_readme_do_what_they_say()
{
	privately _names_of_the_readme
}

the_examples_of_the_manual_do_what_they_say()
{
	local line count=0
	_place
	load
	while IFS= read -r line; do
		# The end of an example: the next begins with no rules and default allow, or by loading.
		if [ "$line" = .Ed ]; then
			lsmctl -q confirm || true
			lsmctl -q restore --allow-empty --reset-settings /dev/null
			continue
		fi
		[[ $line != 'lsmctl load'* ]] || lsmctl -q -e unload
		_play "$line"
		[ "$status" = 0 ] || fail "exit status $status"
		count=$((count + 1))
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh COMMANDS/{/^# .*&&$/{N; s/\n> / /}; s/^# //p; /^\.Ed/p}' "$here/man/lsmctl.8")
	[ "$count" -ge 15 ] || fail "only $count"
}
