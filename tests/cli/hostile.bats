#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Text that somebody else chose, in every place where it can come from: no command prints a byte of it that a terminal
# would obey, or that would make JSON something else.

# shellcheck disable=SC2030,SC2031,SC2089,SC2090,SC2119 # a test is a subshell; the quotes are a part of what is hostile
# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# Colours, the title, a bell, DEL, a one-byte and a two-byte CSI, an override of direction: all that can be in a file name.
hostile=$'\e[31mx\e]0;x\a\x01\x7f\x9b2J\xc2\x9b2J\xe2\x80\xae"\\\''

teardown()
{
	[[ -z ${server-} ]] || kill "$server"
	[[ -z ${learner-} ]] || kill "$learner" 2>/dev/null || true
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# is_clean FILE: all of it is printable text, but for the ends of lines and the tabs between columns.
is_clean()
{
	"$PYTHON" - "$1" <<-'END' || fail "$tried: not clean"
		import sys
		text = open(sys.argv[1], "rb").read().decode("utf-8")
		bad = [c for c in text if not c.isprintable() and c not in "\n\t"]
		sys.exit(f"control characters: {bad}" if bad else 0)
	END
}

# clean STATUS ARG...: lsmctl exits so, having printed something, and nothing raw; the same with -j.
clean()
{
	local wanted=$1

	shift
	for json in '' -j; do
		try ${json:+"$json"} "$@"
		[[ $status -eq $wanted ]] || fail "$tried: exit status $status, not $wanted"
		[[ -s $out || -s $err ]] || fail "$tried: nothing is printed"
		is_clean "$out"
		is_clean "$err"
		[[ -z $json || ! -s $out ]] || json 'd'
	done
}

@test "hostile words" {
	for words in "$hostile" "list $hostile" "block $hostile" "block 1.1.1.1 port $hostile" "block 1.1.1.1 proto $hostile" \
		"block 1.1.1.1 uid $hostile" "block 1.1.1.1 cgroup $hostile" "block 1.1.1.1 cgroup /$hostile" \
		"block 1.1.1.1 timeout $hostile" "block 1.1.1.1 set $hostile" "block 1.1.1.1 errno $hostile" \
		"block 1.1.1.1 comment $hostile" "block 1.1.1.1 $hostile" "del id $hostile" "del set $hostile" \
		"set $hostile on" "set strict $hostile" "refresh $hostile" "learn $hostile" "learn 1s --by $hostile" \
		"learn 1s --merge $hostile" "watch $hostile" "watch uid $hostile" "watch -c $hostile" "stats -i $hostile" \
		"stats -T $hostile" \
		"load --default $hostile" "load --max-rules $hostile" "load --attach $hostile" "restore --set $hostile x" \
		"restore --verdict $hostile x" "restore --confirm $hostile x" "--$hostile list" "list --$hostile" "help $hostile" \
		"block --resolve $hostile" "block --resolve $hostile.example"; do
		# shellcheck disable=SC2086 # words; what is hostile has no blank
		clean 1 $words
	done
	for words in "test $hostile" "test 1.1.1.1 uid $hostile" "test 1.1.1.1 cgroup $hostile" "test 1.1.1.1 $hostile"; do
		# shellcheck disable=SC2086
		clean 2 $words
	done
}

@test "hostile file names" {
	new_rules_here
	mkdir "$hostile.d"
	write "$hostile.rules" 'block 1.1.1.1' 'block 1.1.1'
	write "$hostile.d/$hostile.rules" 'block 1.1.1.1' "$hostile"
	for words in "restore $hostile" "restore $hostile.rules" "restore $hostile.d" "restore --set x $hostile.rules" \
		"batch $hostile.rules"; do
		# shellcheck disable=SC2086
		try $words
		[[ $status -ne 0 && -s $err ]] || fail "$tried: $status"
		is_clean "$err"
	done
	clean 2 restore "$hostile"
	clean 1 restore "$hostile.rules"
	clean 0 save "$hostile.saved"
	[[ -s $hostile.saved ]] || fail 'not saved'
	clean 2 save "/nowhere/$hostile"
	clean 1 load --file "$hostile.rules"
	for command in list status stats unload doctor 'block 1.1.1.1' 'learn 1s' watch load; do
		# shellcheck disable=SC2086
		try --pin-dir "$BATS_TEST_TMPDIR/$hostile" $command
		is_clean "$out"
		is_clean "$err"
	done
	# What somebody else has put beside the pins.
	mkdir "$pins/$hostile"
	for command in list status doctor load unload; do
		try $command
		is_clean "$out"
		is_clean "$err"
	done
	rmdir "$pins/$hostile"
}

@test "hostile texts in the rules" {
	new_rules_here
	done_well block 1.1.1.1 comment x set s
	done_well block 2.2.2.2 set s
	"$PINS" comment "$pins" 0 "$hostile"$'\n'
	"$PINS" name "$pins" 1 "$hostile"
	"$PINS" hit "$pins" all 3
	: >empty
	for words in list 'list -t' 'list -p' stats 'stats -T 1' 'test 1.1.1.1' 'del id 1 -n' 'restore -n --allow-empty empty'; do
		# shellcheck disable=SC2086
		try $words
		[[ $words == restore* || $status -le 1 ]] || fail "$tried: $status"
		is_clean "$out"
		is_clean "$err"
	done
	clean 0 list
	clean 0 stats
	done_well stats --prometheus --top 5
	is_clean "$out"
	done_well save
	is_clean "$out"
	done_well save saved
	is_clean saved
	run -0 "$LSMCTL" __complete del id 1
	printf '%s' "$output" >"$out"
	is_clean "$out"
	clean 0 -n flush
}

@test "hostile names of users" {
	local passwd=$BATS_TEST_TMPDIR/passwd

	new_rules_here
	{
		cat /etc/passwd
		printf '%s:x:4242:4242::/:/bin/sh\n' "$(tr -d ':' <<<"$hostile")"
	} >"$passwd"
	# shellcheck disable=SC2016 # for the shell there
	printf '#!/bin/sh\nexec unshare -m sh -c '\''mount --bind %s /etc/passwd && exec %s "$@"'\'' sh "$@"\n' \
		"$passwd" "$LSMCTL" >users
	chmod +x users
	LSMCTL=$PWD/users
	clean 0 -n block 1.1.1.1 uid 4242
	done_well -q block 1.1.1.1 uid 4242
	done_well -j list
	json "'[31m' in d['rules'][0]['subject']['user']"
	clean 0 list
	clean 0 stats
	clean 0 list -p
	try test 1.1.1.1 uid 4242
	is_clean "$out"
	is_clean "$err"
	run -0 "$LSMCTL" __complete block 1.1.1.1 uid ''
	printf '%s\n' "$output" >"$out"
	is_clean "$out"
	clean 0 doctor || [[ $status -ne 0 ]]
}

@test "hostile names of hosts, and what a name server says" {
	new_rules_here
	new_resolver
	zone "www.example A 192.0.2.1" "www.example CNAME '\\x1b[31mx\\x07\\x9b2J'" 'fails.example RCODE 2'
	clean 1 block --resolve "$hostile"
	clean 1 block --resolve "www.$hostile.example"
	clean 2 block --resolve fails.example
	for command in block '-j block -e' 'refresh www.example' '-j refresh www.example' list 'test 192.0.2.1'; do
		[[ $command != *block* ]] || command+=' --resolve www.example'
		# shellcheck disable=SC2086
		try $command
		is_clean "$out"
		is_clean "$err"
	done
}

# learns_from ARG...: what `learn` prints with these, of calls that a process in each cgroup has made, in $out.
learns_from()
{
	local i

	"$LSMCTL" "$@" 1h >"$out" 2>"$err" &
	learner=$!
	for i in "${!made_cgroups[@]}"; do
		for _ in {1..100}; do
			! "$PINS" learn "$pins" "${made_cgroups[i]#"$cgroups"}" $((i + 1)) 2>"$BATS_TEST_TMPDIR/not-yet" || break
			sleep 0.05
		done
	done
	kill -INT "$learner"
	wait "$learner" || fail "learn: $?"
	learner=''
}

@test "hostile names of cgroups" {
	new_rules_here
	new_cgroup lsmctl-names
	new_cgroup "lsmctl-names/$hostile"
	new_cgroup "lsmctl-names/$hostile/plain below it"
	new_cgroup $'lsmctl-names/\xff'
	new_cgroup 'lsmctl-names/# a "b" \c'
	tried='lsmctl learn --by cgroup'
	learns_from learn --by cgroup
	is_clean "$out"
	is_clean "$err"
	grep -qF '# 9 calls came from cgroups with names that no rule accepts: their rules are for users instead.' "$out" ||
		fail 'nothing of the names that no rule takes'
	grep -qxF 'allow 192.0.2.1 port 443 proto tcp uid 1000 comment "cu_rl\\x1b: 9 calls"' "$out" || fail 'no rule for the user'
	grep -qxF 'allow 192.0.2.1 port 443 proto tcp cgroup "/lsmctl-names/# a \"b\" \\c" comment "cu_rl\\x1b: 5 calls"' "$out" ||
		fail 'no rule for the cgroup that has a good name'
	# All that it prints is a ruleset.
	cp "$out" learned
	done_well restore learned
	rules_are '1 allow 127.0.0.0/8 comment "added with default block"' '2 allow ::1 comment "added with default block"' \
		'3 allow 192.0.2.1 port 443 proto tcp uid 1000 comment "cu_rl\\x1b: 9 calls"' \
		'4 allow 192.0.2.1 port 443 proto tcp cgroup /lsmctl-names comment "cu_rl\\x1b: 1 call"' \
		'5 allow 192.0.2.1 port 443 proto tcp cgroup "/lsmctl-names/# a \"b\" \\c" comment "cu_rl\\x1b: 5 calls"'
	tried='lsmctl -j learn --by cgroup'
	learns_from -j learn --by cgroup
	is_clean "$out"
	json 'len(d["rules"]) == 5'
	clean 1 block 1.1.1.1 cgroup "/lsmctl-names/$hostile"
	clean 2 test 1.1.1.1 cgroup "/lsmctl-names/$hostile"
	run -0 "$LSMCTL" __complete block 1.1.1.1 cgroup /lsmctl-names/
	printf '%s\n' "$output" >"$out"
	is_clean "$out"
}
