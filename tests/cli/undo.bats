#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A way back: undo, and the history that it reads.
# shellcheck disable=SC2119 # new_rules_here without a number

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"
# shellcheck source=tests/cli/undoing.bash
source "$BATS_TEST_DIRNAME/undoing.bash"

@test "each command that changes something can be undone" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2 comment 'a "b" # c'
	done_well -q allow 3.3.3.0/24 port 80-90 proto tcp uid 0 set feed errno EACCES
	done_well -q block 2001:db8::/32 cgroup '/not there'
	write other 'set mode audit' 'block 1.1.1.1 errno EACCES' 'block 5.5.5.5'
	write part 6.6.6.6
	write lines 'block 7.7.7.7' 'del 1.1.1.1' 'set strict on' 'block 8.8.8.8' 'del 7.7.7.7'
	for words in 'block 9.9.9.9' 'allow 1.1.1.1' 'add audit 1.1.1.1,9.9.9.9 timeout 1h' 'block -e 1.1.1.1' 'del 1.1.1.1' \
		'del id 1 2' 'del set feed' flush 'set mode audit' 'set default block' 'set strict on' 'restore other' \
		'restore --set feed part' 'restore --reset-settings --allow-empty /dev/null' 'batch lines' 'unblock 2.2.2.2'; do
		done_well -q save before
		[[ $words != *' id '* ]] || words="del id $("$LSMCTL" -t list | head -n 2 | cut -f 1 | paste -sd ' ')"
		# shellcheck disable=SC2086
		done_well -q $words
		undone before
	done
}

@test "what names turned into can be undone" {
	new_rules_here
	new_resolver
	zone 'www.example A 192.0.2.1'
	done_well -q block --resolve www.example set web
	zone 'www.example A 192.0.2.2'
	done_well -q save before
	done_well -q refresh web
	undone before
	kill "$server"
	server=
}

@test "the Nth last, in one step" {
	new_rules_here
	for n in {1..12}; do
		done_well -q save "before.$n"
		done_well -q block "1.1.1.$n"
	done
	done_well -j undo --list
	json "[c['n'] for c in d['changes']] == list(range(1, 11)) and d['changes'][0]['command'] == '-q block 1.1.1.12' and
		all(c['uid'] == 0 and c['user'] == 'root' and c['added'] == 1 and c['removed'] == 0 and c['written_down']
			for c in d['changes'])"
	[[ $(cd "$(history)" && printf '%s\n' * | sort -n | paste -sd ' ') == '3 4 5 6 7 8 9 10 11 12' ]] || fail 'not the last ten'
	done_well -n undo 10
	[[ $(wc -l <"$out") -eq 10 ]] || fail 'not ten'
	done_well -q undo 10
	"$LSMCTL" save | diff - before.3 || fail 'not as before'
	done_well -q undo
	"$LSMCTL" save | diff - <(done_well save; cat "$out") || fail 'two'
	[[ $("$LSMCTL" -t list | wc -l) -eq 12 ]] || fail 'not all are back'
	for n in 0 -1 x 11 1.5 ''; do
		[[ $n != -1 ]] || continue
		refused 1 "bad number of changes, near '$n': from 1, the last, to 10" undo "$n"
	done
	refused 1 "unexpected '2'" undo 1 2
	refused 1 '--list goes with nothing else' undo --list 1
	refused 1 '--list goes with nothing else' undo --list --confirm 1m
}

@test "for people, and nothing to undo" {
	new_rules_here
	refused 1 "no such change, near '1': 0 of those since load are known" undo
	prints 'N  TIME  WHO  RULES  COMMAND' undo --list
	prints '{"schema":2,"changes":[]}' -j undo --list
	done_well -q block 1.1.1.1 comment "it's"
	done_well -qe allow 1.1.1.1
	done_well undo --list
	sed -i 's/20[-0-9]*T[-+:0-9]*/TIME/' "$out"
	diff - "$out" <<-'END'
		N  TIME                       WHO   RULES  COMMAND
		1  TIME  root  +1 -1  -qe allow 1.1.1.1
		2  TIME  root  +1 -0  -q block 1.1.1.1 comment "it's"
	END
	# What changes nothing is no change, nor is what only would.
	done_well -qe allow 1.1.1.1
	done_well -n flush
	done_well -qe set mode enforce
	done_well -q restore <("$LSMCTL" save)
	[[ $("$LSMCTL" -t undo --list | wc -l) -eq 2 ]] || fail 'more'
	prints '- allow 1.1.1.1
+ block 1.1.1.1 comment "it'"'"'s"' undo
	done_well -j undo
	json "d['undone'] == 1 and [r['verdict'] for r in d['changed']] == ['allow'] and d['added'] == d['removed'] == []"
	refused 3 'not loaded' --pin-dir "$pins/none" undo
	write lines undo
	try batch lines
	was_refused 1 "undo in a batch, near 'undo'"
	[[ $(stat -c %a "$LSMCTL_HISTORY_DIR" "$(history)" "$(history)"/* | sort -u | paste -sd ' ') == '600 700' ]] ||
		fail 'others can read it'
}

@test "ids and counters of what was not touched stay" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2,3.3.3.3
	"$PINS" hit "$pins" all 7
	done_well -q del 2.2.2.2
	done_well -q undo
	done_well -j list
	json "[(r['id'], r['destination'], r['hits']) for r in d['rules']] ==
		[(1, '1.1.1.1', 7), (3, '3.3.3.3', 7), (4, '2.2.2.2', 0)]"
	done_well -q block -e 1.1.1.1 errno EACCES
	done_well -q undo
	done_well -j list
	json "[(r['id'], r['hits'], r['errno']) for r in d['rules']][0] == (1, 7, 'EPERM')"
	done_well -q del 1.1.1.1
	done_well -nj undo
	json "[r['id'] for r in d['added']] == [None] and d['dry_run'] is True"
	done_well -j undo
	json "[r['id'] for r in d['added']] == [5] and d['dry_run'] is False"
	# What went together comes in its order.
	done_well -q flush
	done_well -q undo
	[[ $("$LSMCTL" -t list | cut -f 3 | paste -sd ' ') == '3.3.3.3 2.2.2.2 1.1.1.1' ]] || fail 'another order'
}

@test "timeouts go on" {
	new_rules_here
	done_well -q block 1.1.1.1 timeout 2
	done_well -q block 2.2.2.2 timeout 1h
	done_well -q block 3.3.3.3
	done_well -q flush
	sleep 2.1
	done_well undo
	"$LSMCTL" save >now
	grep -qE '^block 2.2.2.2 timeout 5[0-9]m' now || fail 'no timeout'
	! grep -q 'timeout 59m59s' now || fail 'a timeout that began anew'
	! grep -q 1.1.1.1 now || fail 'what has expired is back'
	# A rule that has expired since is gone already.
	done_well -q block 4.4.4.4 timeout 1
	sleep 1.1
	done_well -q undo
	done_well -q block 3.3.3.3 timeout 1h -e
	done_well -q undo
	"$LSMCTL" save | grep -qx 'block 3.3.3.3' || fail 'the timeout stays'
}

@test "what the history does not know of" {
	new_rules_here
	done_well -q block 1.1.1.1
	LSMCTL_HISTORY_DIR='' done_well -q del 1.1.1.1
	refused 1 "'block 1.1.1.1' is not as change 1 left it" undo
	LSMCTL_HISTORY_DIR='' done_well -q allow 1.1.1.1
	refused 1 "'block 1.1.1.1' is not as change 1 left it" undo
	LSMCTL_HISTORY_DIR='' done_well -q block -e 1.1.1.1
	done_well -q set mode audit
	LSMCTL_HISTORY_DIR='' done_well -q set mode enforce
	refused 1 "'set mode audit' is not as change 1 left it" undo
	refused 1 "'set mode audit' is not as change 1 left it" undo 2
	LSMCTL_HISTORY_DIR='' done_well -q set mode audit
	done_well -q del 1.1.1.1
	LSMCTL_HISTORY_DIR='' done_well -q block 1.1.1.1
	refused 1 "'block 1.1.1.1' is not as change 1 left it" undo
	saved 'set mode audit' 'block 1.1.1.1'
	LSMCTL_HISTORY_DIR='' refused 1 'no history is kept: LSMCTL_HISTORY_DIR is empty' undo
	LSMCTL_HISTORY_DIR='' done_well -q del 1.1.1.1
	done_well -q undo 2
	saved 'block 1.1.1.1'
	# Another load is another policy.
	rm -rf "$pins"
	new_rules
	refused 1 '0 of those since load are known' undo
	done_well -q block 2.2.2.2
	[[ $("$LSMCTL" -t undo --list | wc -l) -eq 1 ]] || fail 'of an earlier load'
}

@test "a change on trial is one when it is confirmed" {
	new_rules_here
	done_well -q block 1.1.1.1
	done_well -q block 2.2.2.2 --confirm 1h
	refused 1 'a ruleset is on trial' undo
	[[ $("$LSMCTL" -t undo --list | wc -l) -eq 1 ]] || fail 'known too early'
	done_well -q confirm --revert
	prints '- block 1.1.1.1' -n undo
	done_well -q set mode audit --confirm 1h
	done_well -q confirm
	done_well -j undo --list
	json "[c['command'] for c in d['changes']] == ['-q set mode audit --confirm 1h', '-q block 1.1.1.1']"
	done_well -q undo
	saved 'block 1.1.1.1'
	# One that expired is none, and the next is not taken for it.
	done_well -q block 3.3.3.3 --confirm 1h
	"$PINS" trial "$pins" over 0
	done_well -q block 4.4.4.4
	prints '- block 4.4.4.4' -n undo
	LSMCTL_HISTORY_DIR='' done_well -q block 5.5.5.5 --confirm 1h
	done_well -q confirm
	prints '- block 4.4.4.4' -n undo
	# undo itself.
	done_well undo --confirm 1h
	[[ $(tail -n 1 "$out") == "on trial: 'lsmctl confirm' keeps it" ]] || fail 'does not say so'
	done_well -q confirm --revert
	saved 'block 1.1.1.1' 'block 4.4.4.4' 'block 5.5.5.5'
	done_well -q undo --confirm 1h
	done_well -q confirm
	prints '+ block 4.4.4.4' -n undo
}

@test "what cannot be written down is a warning, and the change is made" {
	new_rules_here
	mkdir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o size=16k none "$BATS_TEST_TMPDIR/full" || skip 'cannot mount'
	export LSMCTL_HISTORY_DIR=$BATS_TEST_TMPDIR/full/history
	done_well -q block 1.1.1.1
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/full/fill" bs=1k status=none 2>/dev/null || true
	for words in 'block 2.2.2.2' 'set mode audit' 'del 2.2.2.2' flush 'batch lines'; do
		write lines 'block 3.3.3.3'
		# shellcheck disable=SC2086
		try -q $words
		[[ $status -eq 0 && ! -s $out ]] || fail "$tried: $status"
		[[ $(<"$err") == "lsmctl: warning: 'lsmctl undo' will not know of this change: cannot write $LSMCTL_HISTORY_DIR/"*'No space left on device' ]] ||
			fail 'no warning'
	done
	saved 'set mode audit' 'block 3.3.3.3'
	try -j block 4.4.4.4
	[[ $status -eq 0 && ! -s $err ]] || fail "$tried: $status"
	json "len(d['warnings']) == 1 and 'No space left' in d['warnings'][0] and len(d['added']) == 1"
	rm "$BATS_TEST_TMPDIR/full/fill"
	# Nothing of what failed is there.
	[[ $(ls -A "$(history)") == 1 ]] || fail "$(ls -A "$(history)")"
	refused 1 'is not as change 1 left it' undo
	mount -o remount,ro "$BATS_TEST_TMPDIR/full"
	try -q block 5.5.5.5
	[[ $status -eq 0 && $(<"$err") == *'Read-only file system' ]] || fail 'no warning'
}

@test "a history that others can write is not used" {
	new_rules_here
	done_well -q block 1.1.1.1
	chmod 0777 "$(history)"
	try -q block 2.2.2.2
	[[ $status -eq 0 && $(<"$err") == *'others can write there'* ]] || fail 'no warning'
	refused 2 'is not used: others can write there' undo
	chmod 0700 "$(history)"
	chmod 0666 "$(history)/1"
	refused 2 'cannot read' undo
	chmod 0600 "$(history)/1"
	for text in '' 'lsmctl-history 2' $'lsmctl-history 1\ntime x\n\n' "$(head -n 3 "$(history)/1")"; do
		printf '%s' "$text" >"$(history)/1"
		refused 2 'is not what lsmctl has written: remove it' undo
	done
	rm "$(history)/1"
	ln -s /etc/passwd "$(history)/1"
	refused 2 'cannot read' undo
	rm "$(history)/1"
	mkfifo "$(history)/1"
	refused 2 'cannot read' undo
	rm "$(history)/1"
	# A line that does not parse, or stands for more than it should.
	done_well -q block 3.3.3.3
	cp "$(history)/1" good
	for line in '+ block 1.1.1.1,2.2.2.2' '- nonsense' '* block 1.1.1.1' '- set nothing 1' '-' "- block 1.1.1.1$(printf ' x%.0s' {1..100})"; do
		cp good "$(history)/1"
		echo "$line" >>"$(history)/1"
		try undo
		[[ $status -eq 1 && -s $err ]] || fail "$line: $status"
	done
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'block 3.3.3.3'
	mv "$(history)" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$(history)"
	try -q block 4.4.4.4
	[[ $status -eq 0 && $(<"$err") == *"cannot open $(history)"* ]] || fail 'it followed the link'
}

@test "policies in different directories have histories of their own" {
	new_rules_here
	mkdir -m 0700 "$pins-link"
	"$PINS" make "$LSMCTL_OBJECT" "$pins-link" 100
	done_well -q block 1.1.1.1
	done_well -q --pin-dir "$pins-link" block 2.2.2.2
	prints '- block 1.1.1.1' -n undo
	prints '- block 2.2.2.2' -n --pin-dir "$pins-link//" undo
	rm -rf "$pins-link"
}

@test "several at a time: each is known" {
	new_rules_here
	for n in {1..8}; do
		"$LSMCTL" -q block "1.1.1.$n" 3>&- &
	done
	wait
	[[ $("$LSMCTL" -t undo --list | wc -l) -eq 8 ]] || fail "$("$LSMCTL" undo --list)"
	done_well -q undo 8
	saved
}

@test "killed at any instant: what undo goes back to was in force" {
	new_rules_here
	done_well -q block 9.9.9.9
	for n in {1..15}; do
		"$LSMCTL" -q block "1.1.1.$n" 3>&- &
		sleep "0.00$((RANDOM % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	done_well -q block 8.8.8.8
	done_well -q undo
	! "$LSMCTL" save | grep -q 8.8.8.8 || fail 'not undone'
	# Each is whole, or not there.
	done_well undo --list
	! compgen -G "$(history)/.lsmctl-*" || fail 'what a killed command left'
}
