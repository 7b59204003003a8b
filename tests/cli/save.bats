#!/usr/bin/env bats
# shellcheck disable=SC2016
# SPDX-License-Identifier: GPL-2.0-only
# The ruleset as a file, which restore reads: and then it is the same, byte for byte.

# shellcheck disable=SC2016 # for the shells that run it

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# Saves, restores that over nothing and over itself, and saves again.
comes_back()
{
	done_well -q save first
	done_well -q restore first
	done_well -q save second
	cmp first second || fail 'another ruleset, over itself'
	done_well -q flush
	done_well -q restore first
	done_well -q save second
	cmp first second || fail 'another ruleset'
	done_well -q save -
	cmp first "$out" || fail 'another ruleset on standard output'
}

@test "all settings, whatever they are" {
	new_rules_here
	prints "$after_load" save
	prints "$after_load" save -
	done_well set mode audit
	prints "${after_load/enforce/audit}" save
	done_well -q set default block
	prints "$(sed 's/allow/block/; s/enforce/audit/' <<<"$after_load")"'
allow 127.0.0.0/8 comment "added with default block"
allow ::1 comment "added with default block"' save
	comes_back
	done_well -q flush
	comes_back
	done_well -q set mode enforce
	done_well -q set default allow
	prints "$after_load" save
}

@test "every kind of rule" {
	new_rules_here 1000
	new_cgroup "lsmctl-test-$$"
	write rules 1.1.1.1 'allow 2001:db8::/32' 'audit any' loopback lan link-local multicast 10.0.0.1-10.0.0.14 \
		'2001:db8::1-2001:db8::f' ::ffff:9.9.9.9 ::2-::7 '[2001:db8::7]:443' 192.0.2.1:53 \
		'192.0.2.2,192.0.2.3 port 80,443,8000-8100' '192.0.2.4 port ssh proto tcp' '192.0.2.4 proto udp' \
		'192.0.2.4 proto raw' '192.0.2.4 proto icmp' '192.0.2.4 proto sctp' '192.0.2.4 proto 200' \
		'192.0.2.4 proto udplite' '192.0.2.4 proto esp' '192.0.2.5 uid root' '192.0.2.5 uid 4294967294' \
		'192.0.2.5 uid 1000 port 1-65535 proto tcp' "192.0.2.6 cgroup /lsmctl-test-$$" '192.0.2.6 cgroup /' \
		'192.0.2.6 cgroup "/lsmctl-no/such"' '192.0.2.6 cgroup "/lsmctl-no/a b"' \
		"192.0.2.6 cgroup '/lsmctl-no/\"'" '192.0.2.6 cgroup "/lsmctl-no/\\x2d"' '192.0.2.6 cgroup "/lsmctl-no/#;"' \
		"192.0.2.6 cgroup \"/lsmctl-no/'\"" '192.0.2.7 set a' '192.0.2.8 set A.b-c_9' '192.0.2.9 errno EACCES' \
		'192.0.2.10 errno ECONNREFUSED' 'allow 192.0.2.11 errno EHOSTUNREACH' 'audit 192.0.2.12 errno ENETUNREACH' \
		'192.0.2.13 errno ETIMEDOUT' '192.0.2.14 errno EPERM' '192.0.2.15 comment x' \
		'192.0.2.16 comment "a \"b\" \\ '"'c'"' $HOME `id` ! # ; é € 𐍈"' "192.0.2.17 comment '\\'" \
		'192.0.2.18 comment "  "' '192.0.2.19 comment " # "' '192.0.2.20 comment \"' '192.0.2.21 comment ""' \
		"192.0.2.22 comment $(printf 'x%.0s' {1..127})" "192.0.2.23 comment \"$(printf '\\\\%.0s' {1..63})\"" \
		'192.0.2.24 port 22 proto tcp uid 1 set s errno EACCES comment "all of it"' 0.0.0.0/1 255.255.255.255 \
		'8000::/1' ::/1 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' '::1.2.3.4' '64:ff9b::192.0.2.1' 1::/16 \
		'192.0.2.25 proto any port 0-65535' '192.0.2.26 port 0' '192.0.2.27 port 65535'
	done_well restore rules
	comes_back
	[[ $(grep -vc '^set' first) -eq $("$LSMCTL" -t list | wc -l) && $(grep -vc '^set' first) -gt 80 ]] || fail 'too few'
	# Each line is a command as one could type it, too.
	done_well -q flush
	done_well -q -e batch first
	done_well -q save second
	cmp first second || fail 'another ruleset'
	# Some of them as they must be.
	for line in 'block 1.1.1.1' 'allow 2001:db8::/32' 'audit 0.0.0.0/0' 'audit ::/0' 'block 10.0.0.8/30' \
		'block 2001:db8::7 port 443' 'block 192.0.2.3 port 8000-8100' 'block 192.0.2.4 port 22 proto tcp' \
		'block 192.0.2.4 proto 200' 'block 192.0.2.5 uid 0' 'block 192.0.2.6 cgroup "/lsmctl-no/a b"' \
		'block 192.0.2.6 cgroup /lsmctl-no/such' 'block 192.0.2.6 cgroup "/lsmctl-no/\\x2d"' \
		'block 192.0.2.6 cgroup /' 'block 192.0.2.8 set A.b-c_9' 'allow 192.0.2.11 errno EHOSTUNREACH' \
		'block 192.0.2.14' "block 192.0.2.16 comment 'a \"b\" \\ '\"'\"'c'\"'\"' \$HOME \`id\` ! # ; é € 𐍈'" \
		'block 192.0.2.17 comment "\\"' 'block 192.0.2.18 comment "  "' 'block 192.0.2.20 comment "\""' \
		'block 192.0.2.21' 'block 192.0.2.24 port 22 proto tcp uid 1 set s errno EACCES comment "all of it"' \
		'block 255.255.255.255' 'block 192.0.2.25' 'block 192.0.2.26 port 0' 'block 9.9.9.9' 'block ::2/127' 'block ::4/126'; do
		grep -qxF -- "$line" first || fail "not saved: $line"
	done
}

@test "rules nobody thought of" {
	new_rules_here 10000
	for seed in 1 2 3; do
		"$PYTHON" - "$seed" >rules <<-'END'
			import random, sys
			r = random.Random(int(sys.argv[1]))
			def address():
			    n = r.choice((0, 1, 8, 16, 24, 31, 32))
			    v = r.getrandbits(32) >> (32 - n) << (32 - n)
			    if v or n < 32:
			        v4 = ".".join(str(v >> s & 255) for s in (24, 16, 8, 0)) + "/%d" % n
			    else:
			        v4 = "1.2.3.4"
			    n = r.choice((0, 3, 20, 48, 64, 97, 127, 128))
			    v = r.getrandbits(128) >> (128 - n) << (128 - n) | (n == 128)
			    v6 = ":".join("%x" % (v >> s & 65535) for s in range(112, -1, -16)) + "/%d" % n
			    return r.choice((v4, v6))
			chars = [chr(c) for c in range(32, 127)] + list("äßλЖ中🙂")
			def text():
			    word = "".join(r.choice(chars) for _ in range(r.randrange(1, 30)))
			    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
			for _ in range(1500):
			    words = [r.choice(("allow", "block", "audit", "add block", "")), address()]
			    proto = r.choice(("", "", "tcp", "udp", "sctp", "17", "99", "raw"))
			    if proto != "raw" and r.random() < .5:
			        lo = r.randrange(1, 65536)
			        words += ["port", r.choice((str(lo), "%d-%d" % (lo, r.randrange(lo, 65536)), "80,443"))]
			    if proto:
			        words += ["proto", proto]
			    words += r.choice(([], [], ["uid", str(r.randrange(5))], ["cgroup", "/lsmctl-no/%d" % r.randrange(5)]))
			    words += r.choice(([], [], ["set", r.choice("abc")]))
			    words += r.choice(([], [], ["errno", r.choice(("EACCES", "EPERM", "ETIMEDOUT"))]))
			    words += r.choice(([], [], ["comment", text()]))
			    print(*[w for w in words if w])
		END
		# Skip lines that conflict with an earlier rule.
		try -n restore rules
		while [[ $status -eq 1 ]]; do
			sed -i "$(grep -oP '^lsmctl: rules:\K[0-9]+(?=: conflicts with)' "$err" | sed 's/$/d/')" rules
			try -n restore rules
		done
		done_well restore rules
		comes_back
		[[ $(wc -l <first) -gt 1000 ]] || fail 'too few'
	done
}

@test "a timeout is saved as what is left of it, and a rule past its own is not" {
	new_rules_here
	write rules '1.1.1.1 timeout 2d3h' '2.2.2.2 timeout 2s' '3.3.3.3 timeout 90 comment "x"' 4.4.4.4
	done_well restore rules
	done_well save
	[[ $(without_defaults <"$out" | head -n 1 | rounded) == 'block 1.1.1.1 timeout 3060m' ]] || fail 'not saved'
	sleep 2.1
	done_well save
	[[ $(without_defaults <"$out") =~ ^'block 1.1.1.1 timeout 2d2h59m'[0-9]+'s
block 3.3.3.3 timeout '(1m)?[0-9]+'s comment "x"
block 4.4.4.4'$ ]] || fail 'not what was expected'
	done_well -q save rules
	prints '0 added, 2 changed, 0 removed, 1 unchanged' restore rules
	# Its room is used again, and a rule of the same identity is another one.
	write rules 2.2.2.2 4.4.4.4
	done_well restore rules
	rules_are '5 block 2.2.2.2' '4 block 4.4.4.4'
}

@test "a file takes the old one's place" {
	new_rules_here
	done_well -q block 1.1.1.1
	(
		umask 027
		prints '1 rule saved' save file
	)
	[[ $(stat -c %a file) == 640 ]] || fail "mode $(stat -c %a file)"
	chmod 0604 file
	chown 12345:54321 file
	ln file hard
	exec 9<file
	done_well -q block 2.2.2.2
	prints '2 rules saved' save file
	[[ $(stat -c '%a %u:%g' file) == '604 12345:54321' ]] || fail "$(stat -c '%a %u:%g' file)"
	# A program that has the old file open keeps reading the old content.
	[[ $(without_defaults <&9) == 'block 1.1.1.1' && $(without_defaults <hard) == 'block 1.1.1.1' ]] ||
		fail 'written into the old one'
	[[ $(without_defaults <file) == 'block 1.1.1.1
block 2.2.2.2' ]] || fail 'not saved'
	mkdir etc
	mv file etc/real
	ln -s etc/real link
	ln -s link link2
	done_well -q del 1.1.1.1
	done_well -q save link2
	[[ -L link && -L link2 && $(without_defaults <etc/real) == 'block 2.2.2.2' && $(stat -c %a etc/real) == 604 ]] || fail 'link replaced'
	[[ $(find . -type f | sort | paste -sd ' ') == './etc/real ./hard' ]] || fail "left over: $(find . -type f)"
	ln -s nowhere dangling
	refused 2 'cannot write dangling: No such file or directory' save dangling
	[[ -L dangling && ! -e nowhere ]]
}

@test "what cannot be written leaves the old file alone" {
	new_rules_here 20000
	seq -f '2001:db8:%g::/48 comment "some kilobytes of this"' 1 4000 >rules
	done_well -q restore rules
	mkdir small
	try_shell 'unshare -m sh -c "mount -t tmpfs -o size=64k tmpfs small && echo old >small/file && cd small || exit 77
		\"\$LSMCTL\" save file; status=\$?; ls; cat file; exit \$status"'
	[[ $status -ne 77 ]] || skip 'cannot mount'
	[[ $status -eq 2 && $(<"$err") == 'lsmctl: cannot write file: No space left on device' ]] || fail "$status"
	[[ $(<"$out") == 'file
old' ]] || fail 'something is left over, or gone'
	try_shell 'unshare -m sh -c "mount -t tmpfs tmpfs small && echo old >small/file && mount -o remount,ro small &&
		cd small || exit 77; \"\$LSMCTL\" save file; status=\$?; ls; cat file; exit \$status"'
	[[ $status -eq 2 && $(<"$err") == 'lsmctl: cannot write file: Read-only file system' ]] || fail "$status"
	[[ $(<"$out") == 'file
old' ]] || fail 'something is left over, or gone'
	refused 2 'cannot write /dev/full: No space left on device' save /dev/full
	refused 2 'cannot write .: Is a directory' save .
	refused 2 'cannot write no/such: No such file or directory' save no/such
	refused 2 'cannot write rules/x: Not a directory' save rules/x
	refused_json 2 system -j save no/such
	for where in '>&-' '>/dev/full'; do
		try_shell "\"\$LSMCTL\" save $where"
		was_refused 2 'cannot write to standard output: '
		echo old >file
		try_shell "\"\$LSMCTL\" save file $where"
		was_refused 2 'cannot write to standard output: '
		[[ $(<file) == old ]] || fail 'saved without a word'
	done
}

# Root writes into a directory of another user: follows no link at any place on the path.
@test "a file in a directory that others may write to" {
	local what

	new_rules_here
	done_well -q block 1.1.1.1
	echo old >victim
	mkdir real theirs open sticky
	chown 65534 theirs
	chmod 0777 open
	chmod 1777 sticky
	for what in theirs open sticky; do
		ln -s "$PWD/victim" "$what/file"
		ln -s "$PWD/real" "$what/dir"
		ln -s /dev/null "$what/device"
		chown -h 65534 "$what"/*
		for file in "$what/file" "$what/dir/file" "$what/dir/../victim" "$what/device"; do
			refused 2 "cannot write $file: a symbolic link on its path is in a directory that others can write to" \
				save "$file"
			refused 2 "cannot write $file: a symbolic link on its path" stats --prometheus --into "$file"
		done
		[[ $(<victim) == old && -z $(ls -A real) ]] || fail 'written through a link'
		# A file of theirs is replaced, and what they chose for it does not become the new one's.
		rm "$what/file"
		install -m 4777 -o 65534 -g 65534 victim "$what/file"
		done_well save "$what/file"
		[[ $(without_defaults <"$what/file") == 'block 1.1.1.1' && $(stat -c '%a %u' "$what/file") == '644 0' ]] ||
			fail "$what: $(stat -c '%a %u' "$what/file")"
		[[ $(ls -A "$what") == $'device\ndir\nfile' ]] || fail "left over: $(ls -A "$what")"
	done
	# Follows links that only root can have made.
	ln -s "$PWD/real" sticky/ours
	done_well save sticky/ours/file
	ln -s ../victim real/link
	done_well save real/link
	[[ $(without_defaults <victim) == 'block 1.1.1.1' && -L real/link && -e real/file ]] || fail 'not followed'
	ln -s circle circle
	refused 2 'links form a circle' save circle
	refused 2 'File name too long' save "$(printf '%5000s' '' | tr ' ' a)"
	refused 2 'No such file' save ''
	# shellcheck disable=SC2016 # for the shell that try_shell runs
	try_shell '"$LSMCTL" save /dev/stdout | cat'
	[[ $(<"$out") == "$after_load"$'\nblock 1.1.1.1' ]] || fail 'not the rules alone'
	try_shell '"$LSMCTL" save /dev/fd/1 | cat; "$LSMCTL" save /dev/stdout >copy'
	[[ $(<"$out") == "$after_load"$'\nblock 1.1.1.1' ]] || fail 'not the rules alone'
	cmp copy "$out" || fail 'not the rules alone'
	# shellcheck disable=SC2016 # for the shell that try_shell runs
	try_shell '"$LSMCTL" save /dev/fd/1 >fd; "$LSMCTL" save /proc/self/fd/1 >proc'
	cmp fd copy && cmp proc copy || fail 'not the rules alone'
}

@test "not loaded, and the file stays" {
	cd "$BATS_TEST_TMPDIR"
	echo old >file
	refused 3 "not loaded (run 'lsmctl load')" save file
	[[ $(<file) == old && $(find . -name 'file*' | wc -l) -eq 1 ]] || fail 'something is left over, or gone'
	refused 3 'not loaded' save
	refused_json 3 not_loaded -j save new
	[[ ! -e new ]]
	refused 1 "unexpected 'b'" save a b
}

@test "to a pipe, a fifo and a device" {
	new_rules_here 50000
	echo "$after_load" >rules
	seq -f 'block 2001:db8:%g::/48' 1 9999 >>rules
	for i in {0..79}; do seq -f "block 10.0.$i.%g" 0 249; done >>rules
	done_well -q restore rules
	try_shell '"$LSMCTL" save | cmp - rules'
	[[ $status -eq 0 ]] || fail 'not the same'
	try_shell '"$LSMCTL" save >(cmp - rules && echo same) | cat'
	[[ $(<"$out") == *same* && $(<"$out") == *'29999 rules saved'* ]] || fail 'not the same'
	mkfifo fifo
	cat fifo >copy 3>&- &
	reader=$!
	run -0 timeout 20 "$LSMCTL" save fifo
	wait "$reader"
	cmp copy rules || fail 'not the same'
	[[ -p fifo ]] || fail 'replaced'
	prints '29999 rules saved' save /dev/null
	[[ -c /dev/null ]]
	# Who has seen enough is no reason to complain.
	try_shell 'set -o pipefail; "$LSMCTL" save | head -n 1'
	[[ $(<"$out") == 'set default allow' && ! -s $err ]] || fail 'not one line'
	run -0 timeout 20 "$LSMCTL" -q block 1.1.1.1
}

@test "what it prints of what it did" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2
	prints '2 rules saved' save file
	prints '' -q save file
	prints '{"schema":2,"dry_run":false,"file":"file","rules":2}' -j save file
	done_well -j save $'a\nb'
	json "d['file'] == 'a\\\\x0ab'"
	refused_json 1 usage -j save
	refused_json 1 usage -j save -
	prints "$after_load
block 1.1.1.1
block 2.2.2.2" -q save
}

@test "a dry run writes no file" {
	new_rules_here
	done_well -q block 1.1.1.1
	prints '1 rule would be saved' -n save file
	prints '{"schema":2,"dry_run":true,"file":"file","rules":1}' -nj save file
	[[ ! -e file ]]
	echo old >file
	done_well -n save file
	[[ $(<file) == old ]]
}

@test "a rule for a cgroup that is not there is saved like any other" {
	new_rules_here
	write rules 'block 1.1.1.1' "allow 2.2.2.2 cgroup /lsmctl-gone-$$ set x comment \"--missing-cgroups\"" \
		"audit 3.3.3.3 cgroup /lsmctl-gone-$$"
	done_well -q restore rules
	prints '3 rules saved' save file
	without_defaults <file | cmp - rules || fail 'something was added'
	comes_back
	done_well -j save file
	json "d == {'schema': 2, 'dry_run': False, 'file': 'file', 'rules': 3}"
	# An option of older versions, where it was written, and only there.
	write rules "block 4.4.4.4 cgroup /lsmctl-gone-$$ --missing-cgroups" 'block --missing-cgroups' '--missing-cgroups 1.1.1.1' \
		'add block --missing-cgroups 4.4.4.4 cgroup /lsmctl-no'
	try restore rules
	[[ $status -eq 1 && $(cut -d "'" -f 1-2 "$err") == "lsmctl: rules:1: unknown word, near '--missing-cgroups
lsmctl: rules:2: bad destination, near '--missing-cgroups
lsmctl: rules:3: unknown word, near '1.1.1.1" ]] || fail "$tried"
}
