#!/usr/bin/env bats
# shellcheck disable=SC1003,SC2016,SC2119
# SPDX-License-Identifier: GPL-2.0-only
# Ordinary mistakes, and input that is not as it seems: nothing opens, and nobody is locked out, by surprise.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

teardown()
{
	[[ -z ${learner-} ]] || kill "$learner" 2>/dev/null || true
	[[ -z ${server-} ]] || kill "$server" 2>/dev/null || true
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "input without a rule or setting takes nothing away" {
	local words input
	new_rules_here
	done_well -q block 1.1.1.1
	done_well -q block 2.2.2.2 set drop
	done_well -q set default block
	done_well -q save before
	mkfifo fifo
	: >empty
	printf '# nothing\n\n; nothing\n' >comments
	for words in '--set drop' '' '--reset-settings' '--confirm 1h' '-n' '-j -n' '--set drop --max-shrink 100'; do
		for input in 'false | "$LSMCTL" restore WORDS -' '"$LSMCTL" restore WORDS empty' '"$LSMCTL" restore WORDS comments' \
			'"$LSMCTL" restore WORDS /dev/null' '"$LSMCTL" restore WORDS <(zcat nothing 2>&-)' \
			'(exec >fifo; exit 1) & "$LSMCTL" restore WORDS fifo' '"$LSMCTL" restore WORDS comments empty'; do
			try_shell "${input/WORDS/$words}"
			[[ $status -eq 1 ]] || fail "$tried: $status"
			grep -qs 'no rule and no setting in .*: nothing was changed (--allow-empty' "$err" "$out" || fail "$tried"
		done
	done
	done_well -q save after
	cmp before after || fail 'something was changed'
	# What says that it is meant is done, and one setting is something.
	prints '0 added, 0 changed, 1 removed, 0 unchanged' restore --set drop --allow-empty comments
	write setting 'set mode audit'
	prints '- set mode enforce
+ set mode audit
0 added, 0 changed, 3 removed, 0 unchanged' restore setting
	saved 'set default block' 'set mode audit'
	prints '0 added, 0 changed, 0 removed, 0 unchanged' restore --allow-empty empty
}

@test "a list that has lost most of its rules" {
	new_rules_here
	seq -f '10.0.0.%g' 1 10 >ten
	seq -f '10.0.0.%g' 1 5 >five
	seq -f '10.0.0.%g' 1 4 >four
	seq -f '10.0.1.%g' 1 10 >others
	done_well restore --set feed --max-shrink 50 ten
	refused 1 "the set 'feed' would shrink from 10 rules to 4, by more than 50%: nothing was changed (--max-shrink" \
		restore --set feed --max-shrink 50 four
	refused 1 'would shrink' -n restore --set feed --max-shrink 50 four
	refused_json 1 bad_input -j restore --set feed --max-shrink 50 four
	refused 1 'would shrink' restore --set feed --max-shrink 0 five
	# Others in their place are no fewer.
	prints '10 added, 0 changed, 10 removed, 0 unchanged' restore --set feed --max-shrink 0 others
	prints '10 added, 0 changed, 10 removed, 0 unchanged' restore --set feed --max-shrink 0 ten
	prints '0 added, 0 changed, 5 removed, 5 unchanged' restore --set feed --max-shrink 50 five
	prints '0 added, 0 changed, 1 removed, 4 unchanged' restore --set feed four
	# Rules in no set are not of the list.
	done_well -q flush
	done_well -q restore ten
	prints '5 added, 0 changed, 0 removed, 0 unchanged' restore --set feed --max-shrink 10 five
	echo '# none' >none
	done_well -q flush
	done_well -q restore --set feed ten
	prints '0 added, 0 changed, 10 removed, 0 unchanged' restore --set feed --max-shrink 50 --allow-empty none
	for percent in -1 101 x '' 5.5; do
		refused 1 "bad --max-shrink, near '$percent': a percentage, 0 to 100" restore --set feed "--max-shrink=$percent" ten
	done
	refused 1 '--max-shrink is for one list: say which with --set NAME' restore --max-shrink 100 ten
	refused 1 '--set and --reset-settings together' restore --set feed --reset-settings ten
}

@test "a setting changes only where a file names it, and that is told" {
	new_rules_here
	write list 1.1.1.1
	done_well -q set default block
	done_well -q set mode audit
	done_well -q set strict on
	done_well -q save all
	prints '1 added, 0 changed, 2 removed, 0 unchanged' restore list
	try -j status
	json "(d['default'], d['mode'], d['strict']) == ('block', 'audit', 'on')"
	done_well -j restore --confirm 1h --reset-settings list
	json "(d['default'], d['mode'], d['strict']) == ('allow', 'enforce', 'off') and 'backstop' not in d"
	done_well -q confirm --revert
	prints "- set default block
+ set default allow
- set mode audit
+ set mode enforce
- set strict on
+ set strict off
0 added, 0 changed, 0 removed, 1 unchanged
on trial: 'lsmctl confirm' keeps it" restore --confirm 1h --reset-settings list
	done_well -q confirm
	# What was saved has them all, and brings them back.
	done_well -q restore all
	done_well -q save again
	cmp all again || fail 'not as it was saved'
}

# learns CALLS ARG...: what learn says with these, while a process made so many calls; as try does.
learns()
{
	local calls=$1
	shift
	tried="lsmctl learn $*"
	"$LSMCTL" learn 1h "$@" >"$out" 2>"$err" 3>&- &
	learner=$!
	for _ in {1..200}; do
		! "$PINS" learn "$pins" / "$calls" 2>"$BATS_TEST_TMPDIR/not-yet" || break
		sleep 0.05
	done
	kill -INT "$learner"
	status=0
	wait "$learner" || status=$?
	learner=''
}

learned_rules='set default block
allow 127.0.0.0/8 comment "added with default block"
allow ::1 comment "added with default block"
allow 192.0.2.1 port 443 proto tcp uid 1000 comment "cu_rl\\x1b: 7 calls"'

@test "learn: loopback is allowed, programs are named, and the mode stays" {
	new_rules_here
	learns 7
	[[ $status -eq 0 && $(tail -n +2 "$out") == "$learned_rules" ]] || fail 'not what was learned'
	cp "$out" rules
	done_well -q set mode audit
	done_well restore rules
	saved 'set default block' 'set mode audit' "$(grep ^allow <<<"$learned_rules")"
	learns 1 -j
	json "[(r['prefix'], r['hits']) for r in d['rules']] == [('127.0.0.0/8', 0), ('::1/128', 0), ('192.0.2.1/32', 1)]" ||
		json "[(r['prefix'], r['hits']) for r in d['rules']] == [('127.0.0.0/8', 0), ('::1', 0), ('192.0.2.1', 1)]"
}

@test "learn: nothing seen is nothing printed" {
	local begun
	new_rules_here
	write file 'allow 192.0.2.1'
	cp file before
	begun=${EPOCHREALTIME/./}
	refused 1 'nothing was reached in the 2s, so there is nothing to allow' learn 2s
	[[ $((${EPOCHREALTIME/./} - begun)) -lt 4000000 ]] || fail 'it takes longer'
	refused_json 1 not_found -j learn 1s
	refused 1 'nothing was reached' learn 1s --into file
	cmp file before || fail 'written'
	refused 1 'nothing was reached' learn 1s --into new
	[[ ! -e new ]] || fail 'made'
	# Known before the time is spent.
	write bad 'allow 192.0.2'
	refused 1 "bad:1: bad destination, near '192.0.2'" learn 1h --into bad
}

@test "learn: what a file has is kept, and counts on" {
	new_rules_here
	learns 7 --into file
	[[ $status -eq 0 && $(<"$out") == '3 rules in file, 1 of them new' && $(tail -n +2 file) == "$learned_rules" ]] || fail 'first'
	learns 2 --into file
	[[ $status -eq 0 && $(<"$out") == '3 rules in file, 0 of them new' ]] || fail 'second'
	[[ $(tail -n +2 file) == "${learned_rules/7 calls/9 calls}" ]] || fail "not counted on: $(<file)"
	# What a person wrote, and other programs; a network covers its hosts.
	write file 'set mode audit' 'set default allow' 'block 192.0.2.9 comment "no: 3 calls"' 'allow 192.0.2.7 comment "mine"' \
		'allow 192.0.2.0/24 port 443 proto tcp uid 1000 comment "wget, cu_rl\\x1b: 3 calls"'
	learns 1 --into file
	[[ $(tail -n +2 file) == 'set default block
set mode audit
block 192.0.2.9 comment "no: 3 calls"
allow 192.0.2.7 comment "mine"
allow 127.0.0.0/8 comment "added with default block"
allow ::1 comment "added with default block"
allow 192.0.2.0/24 port 443 proto tcp uid 1000 comment "wget, cu_rl\\x1b: 4 calls"' ]] || fail "$(<file)"
	# A rule of a person for just this is theirs.
	write file 'block 192.0.2.1 port 443 proto tcp uid 1000 comment "never"'
	learns 1 -q --into file
	[[ ! -s $out && $(grep 192.0.2.1 file) == 'block 192.0.2.1 port 443 proto tcp uid 1000 comment "never"' ]] || fail "$(<file)"
	write file 'allow 192.0.2.4 port 443 proto tcp uid 1000 comment "wget: 1 call"'
	cp file before
	learns 1 -n --into file --merge 28
	[[ $(<"$out") == '3 rules would be in file, 0 of them new' ]] || fail 'not said'
	cmp file before || fail 'written in a dry run'
	learns 1 --into file --merge 28
	grep -qxF 'allow 192.0.2.0/28 port 443 proto tcp uid 1000 comment "cu_rl\\x1b, wget: 2 calls"' file || fail "$(<file)"
	done_well restore file
}

@test "a list that blocks this host" {
	local status=0
	new_rules_here 1000
	write list 192.0.2.1 '127.0.0.0/8' ::1 '203.0.113.0/24 # LAN' 203.0.113.8 198.51.100.53 2001:db8:7::/48 2001:db8::53 any4 \
		203.0.113.1 '127.3.0.0/16' 'allow 203.0.113.7'
	in_own_net "$LSMCTL" restore --set feed list || status=$?
	[[ $status -ne 77 ]] || skip 'no network namespace of its own'
	diff - "$err" <<-'END' || fail 'not the warnings that were expected'
		lsmctl: warning: list:2: 'block 127.0.0.0/8 set feed' covers 127.0.0.0/8: loopback
		lsmctl: warning: list:3: 'block ::1 set feed' covers ::1: loopback
		lsmctl: warning: list:4: 'block 203.0.113.0/24 set feed' covers 203.0.113.1: the default gateway
		lsmctl: warning: list:6: 'block 198.51.100.53 set feed' covers 198.51.100.53: a name server of /etc/resolv.conf
		lsmctl: warning: list:7: 'block 2001:db8:7::/48 set feed' covers 2001:db8:7::1: the default gateway
		lsmctl: warning: list:8: 'block 2001:db8::53 set feed' covers 2001:db8::53: a name server of /etc/resolv.conf
		lsmctl: warning: list:9: 'block 0.0.0.0/0 set feed' covers 127.0.0.0/8: loopback
		lsmctl: warning: list:10: 'block 203.0.113.1 set feed' covers 203.0.113.1: the default gateway
		lsmctl: warning: list:11: 'block 127.3.0.0/16 set feed' covers 127.0.0.0/8: loopback
	END
	[[ $status -eq 0 && $(<"$out") == '12 added, 0 changed, 0 removed, 0 unchanged' ]] || fail "$status"
	tried='lsmctl -jn restore'
	write list 203.0.113.7 192.0.2.1
	in_own_net "$LSMCTL" -j -n restore --set feed list || fail "$?"
	[[ ! -s $err ]] || fail 'on standard error'
	json "d['warnings'] == [\"list:1: 'block 203.0.113.7 set feed' covers 203.0.113.7: an address of this host\"]"
	# Let through or counted is not blocked; one's own ruleset is one's own; a list that is refused is not spoken of.
	in_own_net "$LSMCTL" restore --set feed --verdict audit list
	[[ ! -s $err ]] || fail 'warned of audit'
	in_own_net "$LSMCTL" restore list
	[[ ! -s $err ]] || fail 'warned of a whole ruleset'
	write list 127.0.0.1 x
	! in_own_net "$LSMCTL" restore --set feed list || fail 'taken'
	one_line "$err"
	# Of many a part is told.
	seq -f '127.0.0.%g' 1 100 >list
	in_own_net "$LSMCTL" restore --set feed list
	[[ $(wc -l <"$err") -eq 21 && $(tail -n 1 "$err") == \
		'lsmctl: warning: 80 more rules that cover addresses of this host' ]] || fail 'not 20 and a number'
}

# Every byte that may mean something, in a file and on the command line: the same rule, and it comes back from save.
@test "special bytes inside a word" {
	local word words n=0
	new_rules_here 1000
	words=('a\x2db' 'a\b' '\\' 'a\"b' "a'b" 'a"b' 'a b' 'a  b ' ' a' 'a#b' '#a' 'a #b' ';' 'a;b' 'a; b' '$HOME' '`id`' 'a,b' \
		'a*b' '?' '[a]' '{a}' '!' '~' '&' '|' '<' '>' '(a)' 'a=b' '%s' '%' '@' '^' 'é' '中' '🙂' '\' 'a\' '\a\\b\\\c' "\\'" \
		'\ ' '\#' '"' "'" '""' "''" '"a' 'a/b' '-a' '--' 'block' '+a' 'a:b')
	for word in "${words[@]}"; do
		n=$((n + 1))
		done_well -q block -- "192.0.2.$n" comment "$word"
		done_well -q block -- "198.51.100.$n" cgroup "/x$word"
		# In either kind of quotes, where they can hold it, it is that word too.
		if [[ $word != *[\"\'\\]* ]]; then
			printf '%s\n' "192.0.2.$n comment '$word'" "192.0.2.$n comment \"$word\"" \
				"198.51.100.$n cgroup '/x$word'" "198.51.100.$n cgroup \"/x$word\"" >>quoted
		else
			printf '%s\n' "192.0.2.$n comment '${word//\'/\'\"\'\"\'}'" \
				"198.51.100.$n cgroup '/x${word//\'/\'\"\'\"\'}'" >>quoted
		fi
	done
	done_well -j list
	printf '%s\n' "${words[@]}" >words
	json "[(r['comment'], r['subject']) for r in d['rules']] ==
		[it for word in open('words', encoding='utf-8').read().split('\n')[:-1] for it in
			((word, None), (None, {'cgroup': '/x' + word, 'now': 0}))]"
	done_well -q save one
	prints "0 added, 0 changed, 0 removed, $((2 * n)) unchanged" restore quoted
	done_well -q flush
	done_well -q restore one
	done_well -q save two
	cmp one two || fail 'another ruleset'
	# As systemd writes it, bare in a file.
	write bare 'block 192.0.2.1 cgroup /system.slice/dev-x\x2dy.service'
	done_well -q restore bare
	done_well -j list
	json "d['rules'][0]['subject']['cgroup'] == r'/system.slice/dev-x\x2dy.service'"
	# What cannot be meant is refused: nothing that ends a line, hides, or is no text.
	for word in $'\n' $'\t' $'\r' $'\e' $'\x7f' $'\x80' $'\u200b' $'\u202e' $'\ufeff'; do
		refused 1 'only printable UTF-8' block 192.0.2.1 comment "a${word}b"
		refused 1 'only printable UTF-8' block 192.0.2.1 cgroup "/a${word}b"
	done
}

@test "what default block cuts off is said, with the command that allows it" {
	local status=0
	new_rules_here 100
	in_own_net "$LSMCTL" set default block || status=$?
	[[ $status -ne 77 ]] || skip 'no network namespace of its own'
	diff - "$err" <<-'END' || fail 'not the warnings that were expected'
		lsmctl: warning: no rule allows a name server: 'lsmctl allow resolvers port 53'
		lsmctl: warning: no rule allows icmp, so ping fails: 'lsmctl allow any proto icmp' and, since ping first connects a UDP socket, 'lsmctl allow any port 1025 proto udp'
	END
	[[ $status -eq 0 && $(tail -n 1 "$out") == 'default block' ]] || fail "$status"
	# Said when it begins, not again; nor to those who want no words.
	in_own_net "$LSMCTL" -e set default block
	[[ ! -s $err ]] || fail 'said again'
	done_well -q set default allow
	in_own_net "$LSMCTL" -q set default block
	[[ ! -s $err ]] || fail 'said with --quiet'
	# What it says to type helps; a rule for somebody, or for one name server, is a rule.
	done_well -q set default allow
	done_well -q allow 198.51.100.53,2001:db8::53 port 53
	done_well -q allow any proto icmp
	in_own_net "$LSMCTL" -n set default block
	[[ ! -s $err ]] || fail 'said in spite of the rules'
	done_well -q del 198.51.100.53 port 53
	in_own_net "$LSMCTL" -nj set default block
	[[ ! -s $err ]] || fail 'one name server is enough'
	done_well -q del 2001:db8::53 port 53
	done_well -q set resolvers 198.51.100.53
	done_well -q allow resolvers port 53
	in_own_net "$LSMCTL" -nj set default block
	[[ ! -s $err ]] || fail 'said in spite of the rule for what they are'
	done_well -q flush
	done_well -q allow 198.51.100.0/24 uid 0
	done_well -q block 2001:db8::53
	in_own_net "$LSMCTL" -nj set default block
	[[ ! -s $err ]] || fail 'a prefix and a user'
	json "d['default'] == 'block'"
	# A file that sets it says the same, also for loopback, for which restore adds no rule; not where it was set before.
	write rules 'set default block' 'allow 203.0.113.1'
	in_own_net "$LSMCTL" restore --confirm 1h rules
	diff - "$err" <<-'END' || fail 'not the warnings that were expected'
		lsmctl: warning: no rule allows loopback: 'lsmctl allow loopback'
		lsmctl: warning: no rule allows a name server: 'lsmctl allow resolvers port 53'
	END
	done_well -q confirm
	in_own_net "$LSMCTL" restore rules
	[[ ! -s $err ]] || fail 'said again'
	write rules 'set strict on' 'set default block' 'allow any'
	done_well -q set default allow
	in_own_net "$LSMCTL" restore rules
	[[ ! -s $err ]] || fail 'said in spite of the rules'
	done_well -q set strict off
	done_well -q set default allow
	# Rules that cannot help.
	done_well -q flush
	done_well -q allow 198.51.100.53 port 52
	done_well -q allow 198.51.100.53 proto tcp
	done_well -q allow loopback,link-local
	done_well -q allow any uid 77
	in_own_net "$LSMCTL" -n set default block
	[[ $(grep -c 'no rule allows a name server\|no rule allows icmp' "$err") -eq 2 ]] || fail 'taken for one that helps'
}

# holding COMMAND...: while a process called holder has the sockets of a DHCP client.
holding()
{
	in_own_net "$PYTHON" -c 'import socket, subprocess, sys
open("/proc/self/comm", "w").write("hol\x1bder")
udp = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
if "udp" in sys.argv[1]:
    udp[0].bind(("", 68))
if "udp6" in sys.argv[1]:
    udp[1].bind(("::", 546))
packet = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 8) if "packet" in sys.argv[1] else None
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58) if "raw" in sys.argv[1] else None
sys.exit(subprocess.call(sys.argv[2:]))' "$@"
}

@test "DHCP clients that default block and strict cut off" {
	local status=0 what
	new_rules_here 100
	done_well -q allow any port 53
	done_well -q allow any4 proto icmp
	for what in udp udp6 raw; do
		holding "$what" "$LSMCTL" -n set default block || status=$?
		[[ $status -ne 77 ]] || skip 'no network namespace of its own'
		if [[ $what == udp6 ]]; then
			[[ $(<"$err") =~ ^"lsmctl: warning: no rule lets hol\x1bder (pid "[0-9]+") get or keep this host's addresses: 'lsmctl allow autoconf'"$ ]] ||
				fail "$what"
		fi
		grep -q "'lsmctl allow autoconf'" "$err" || fail "$what: not said"
	done
	holding packet "$LSMCTL" -n set default block
	[[ ! -s $err ]] || fail 'no rule is about packet sockets'
	done_well -q allow autoconf
	holding udp,udp6,raw "$LSMCTL" -n set default block
	[[ ! -s $err ]] || fail 'said in spite of autoconf'
	holding packet "$LSMCTL" -n set strict on
	grep -q "^lsmctl: warning: strict refuses packet sockets, and hol.x1bder (pid [0-9]*) uses one: " "$err" || fail 'strict'
	holding udp "$LSMCTL" -n set strict on
	grep -q 'hol.x1bder (pid [0-9]*), a DHCP client, may need one' "$err" || fail 'strict, udp'
	holding none "$LSMCTL" -n set strict on
	[[ ! -s $err ]] || fail 'nobody holds any'
}

@test "autoconf is what its page says" {
	new_rules 100
	prints "+ allow 255.255.255.255 port 67 proto udp
+ allow ff02::1:2 port 547 proto udp
+ allow ff02::1 proto icmp
+ allow ff02::2 proto icmp
+ allow ff02::1:ff00:0/104 proto icmp
+ allow fe80::/10 proto icmp" -n allow autoconf
	refused 1 "near 'autoconf': it has ports and protocols of its own: leave 'port' and 'proto' out" allow autoconf port 67
	refused 1 'ports and protocols of its own' allow autoconf proto udp
	refused 1 'ports and protocols of its own' allow 192.0.2.1,autoconf proto icmp
	done_well -q allow 192.0.2.1,autoconf uid 0
	done_well -q del autoconf uid 0
	done_well save
	[[ $(grep -v '^set ' "$out") == 'allow 192.0.2.1 uid 0' ]] || fail 'del autoconf'
}
