#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2119,SC2120,SC2154
# What would become of a call: the programs' own walk answers, run by the kernel on rules that nothing enforces.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# Whether this kernel runs the program for us.
setup_rules()
{
	new_rules "$@"
	[[ -e $LSMCTL_PIN_DIR/prog_test ]] || skip 'this kernel refuses to load the program'
}

# decides RULE-ID|default VERDICT ARG...
decides()
{
	local by=$1 verdict=$2 rule

	shift 2
	try -j test "$@"
	[[ $status -eq $([[ $verdict == block ]] && echo 1 || echo 0) ]] || fail "$tried: exit status $status"
	rule="d['rule'] and d['rule']['id'] == $by"
	[[ $by != default ]] || rule="d['rule'] is None"
	json "d['verdict'] == '$verdict' and $rule and d['reason']"
}

@test "the default, and the only rule" {
	setup_rules
	decides default allow 1.1.1.1
	done_well -q block 1.1.1.1
	decides 1 block 1.1.1.1
	decides 1 block 1.1.1.1:443
	decides 1 block ::ffff:1.1.1.1
	decides default allow 1.1.1.2
	decides default allow ::1.1.1.1
	done_well -q set default block
	decides default block 1.1.1.2
	json "d['errno'] == 'EPERM' and d['runner_up'] is None"
}

@test "the order of rules, and the runner-up" {
	setup_rules
	done_well -q block 1.0.0.0/8
	done_well -q allow 1.1.0.0/16
	done_well -q block 1.1.1.1 port 1-100 errno EACCES
	done_well -q allow 1.1.1.1 port 80
	done_well -q block 1.1.1.1 port 80 proto tcp
	decides 1 block 1.2.3.4
	decides 2 allow 1.1.1.2
	decides 2 allow 1.1.1.1
	decides 5 block 1.1.1.1 port 80
	json "d['runner_up']['id'] == 4 and 'protocol' in d['reason']"
	decides 4 allow 1.1.1.1 port 80 proto udp
	json "d['runner_up']['id'] == 3 and 'ports' in d['reason']"
	decides 3 block 1.1.1.1 port 81
	json "d['errno'] == 'EACCES' and d['runner_up']['id'] == 2 and 'prefix' in d['reason']"
	decides 2 allow 1.1.1.1 proto icmp
}

@test "subjects, from narrow to wide" {
	setup_rules
	done_well -q block 1.1.1.1 uid 1000
	decides default allow 1.1.1.1 uid 1001
	decides 1 block 1.1.1.1 uid 1000
	done_well -q allow 1.1.1.1/32
	decides 1 block 1.1.1.1 uid 1000
	json "d['runner_up']['id'] == 2 and 'uid 1000' in d['reason']"
	decides 2 allow 1.1.1.1 uid 0
}

# cgroup2: where that hierarchy is, in `hierarchy`.
cgroup2()
{
	hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[[ -n $hierarchy && -w $hierarchy/cgroup.procs ]] || skip 'no cgroup2 hierarchy to make a group in'
	group=/lsmctl-test-$$
	mkdir -p "$hierarchy$group/a b/c"
}

@test "cgroups come first, the deepest of them" {
	setup_rules
	cgroup2
	done_well -q block 1.1.1.1 cgroup "$group"
	done_well -q allow 1.1.1.1 cgroup "$group/a b"
	done_well -q audit 1.1.1.1 uid 1000
	done_well -q block 1.1.1.1 port 80
	decides 1 block 1.1.1.1 cgroup "$group" uid 1000
	json "d['runner_up']['id'] == 3 and 'uid 1000' in d['reason'] and 'cgroup $group' in d['reason']"
	for inner in "$group/a b" "$group/a b/c" "$hierarchy$group/a b/"; do
		[[ $inner != /sys/* || $hierarchy == /sys/fs/cgroup ]] || continue
		decides 2 allow 1.1.1.1:80 uid 1000 cgroup "$inner"
		json "d['runner_up']['id'] == 1"
	done
	decides 3 audit 1.1.1.1 uid 1000 cgroup /
	decides 4 block 1.1.1.1:80 uid 1001 cgroup /
	# Where it says nothing else, it is the caller's own.
	bash -c 'echo $BASHPID >"$1/cgroup.procs" && exec "$LSMCTL" test 1.1.1.1' - "$hierarchy$group/a b/c" >"$out"
	grep -qF "call: 1.1.1.1 proto tcp uid 0 gid 0 cgroup \"$group/a b/c\"" "$out" || fail 'not its own cgroup'
	grep -q '^allowed by rule 2: ' "$out" || fail 'not by its own cgroup'
}

@test "any rules and calls, against another reading of what the manual says" {
	setup_rules 1000
	[[ -z $(awk '$3 == "cgroup2"' /proc/mounts) ]] || cgroup2
	"$PYTHON" "$BATS_TEST_DIRNAME/oracle.py" "$LSMCTL" "${group-}"
}

teardown()
{
	[[ -z ${server-} ]] || kill "$server"
	[[ -z ${pins-} ]] || rm -rf "$pins"
	[[ -z ${group-} ]] || rmdir "$hierarchy$group/a b/c" "$hierarchy$group/a b" "$hierarchy$group"
}

@test "audit lets through, and says so" {
	setup_rules
	done_well -q audit 1.1.1.1
	decides 1 audit 1.1.1.1
	done_well -q block 1.1.1.1
	done_well -q set mode audit
	decides 1 audit 1.1.1.1
	json "'mode audit' in d['reason'] and d['errno'] is None"
}

@test "what reaches this host" {
	setup_rules
	done_well -q block loopback
	for address in 0.0.0.0 0.0.0.0:80 ::ffff:0.0.0.0 '[::ffff:0.0.0.0]:80' 0.0.0.0/32; do
		decides 1 block "$address"
	done
	for address in :: '[::]' '[::]:80' 0:0::0; do
		decides 2 block "$address"
	done
	refused 1 'reaches this host' block 0.0.0.0
}

@test "a timeout that has run out" {
	setup_rules
	done_well -q block 1.1.1.1 timeout 1
	decides 1 block 1.1.1.1
	sleep 1.1
	decides default allow 1.1.1.1
}

@test "it counts nothing" {
	setup_rules
	done_well -q block 1.1.1.1
	decides 1 block 1.1.1.1
	done_well -j stats
	json "d['decisions']['blocked'] == 0 and all(rule['hits'] == 0 for rule in d['rules'])"
}

@test "for people" {
	setup_rules
	done_well -q block 1.1.1.0/24 comment 'a b'
	done_well -q allow any4
	try test 1.1.1.1 port https uid 0 gid 0 cgroup /
	[[ $status -eq 1 ]] || fail "exit status $status"
	diff - "$out" <<-'END'
		blocked (EPERM) by rule 1: block 1.1.1.0/24 comment "a b"
		call: 1.1.1.1 port 443 proto tcp uid 0 gid 0 cgroup /
		why:  its prefix is the longest among matching rules for everyone, before rule 2
		else: rule 2: allow 0.0.0.0/0
	END
	try -q test 1.1.1.1
	[[ $status -eq 1 && ! -s $out ]] || fail 'quiet'
}

@test "a URL" {
	setup_rules
	done_well -q block 192.0.2.1 port 443 proto tcp
	done_well -q block 192.0.2.1 port 80 proto udp
	done_well -q block 192.0.2.1 port 8080
	done_well -q block 2001:db8::1 port 53 proto udp
	for url in https://192.0.2.1 https://192.0.2.1/ HTTPS://192.0.2.1/a/b?c#d wss://u:p@192.0.2.1/x 'http://192.0.2.1:443/' \
		'https://192.0.2.1?x@y' tcp://192.0.2.1:443; do
		decides 1 block "$url"
	done
	decides default allow http://192.0.2.1/
	decides 2 block http://192.0.2.1/ proto udp
	decides 3 block http://192.0.2.1:8080/
	decides 3 block http://192.0.2.1/ port 8080
	decides 4 block 'dns://[2001:db8::1]'
	decides 4 block 'udp://[2001:db8::1]:53/'
	decides default allow 'tcp://[2001:db8::1]:53/'
	# From /etc/services.
	decides default allow telnets://192.0.2.1
	try test telnets://192.0.2.1
	grep -qx 'call: 192.0.2.1 port 992 proto tcp uid 0 gid 0 cgroup .*' "$out" || fail 'another call'
	for url in http:// ://192.0.2.1 'http://[::1' 'http://[::1]x' 'http://[]' http://192.0.2.1:99999 http://192.0.2.1:0 \
		http://192.0.2.1:x "http://$(printf 'a%.0s' {1..300})"; do
		refused 2 "bad URL, near '${url:0:64}'" test "$url"
	done
	refused 2 "unknown scheme, near 'no-such://192.0.2.1': type the host, and then 'port' and 'proto'" test no-such://192.0.2.1
	refused 2 "two ports, near '8080': type one" test http://192.0.2.1:8080 port 80
	refused 2 "bad destination, near '192.0.2'" test http://192.0.2
	refused 2 'a call has one address' test http://lan/
	refused 2 "a value is missing, near 'proto'" test https://192.0.2.1 proto
}

@test "a host name: each of its addresses" {
	setup_rules
	new_resolver
	zone 'two.example A 192.0.2.1' 'two.example A 192.0.2.2' 'six.example AAAA 2001:db8::1' 'own.example A 127.0.0.1'
	done_well -q block 192.0.2.2 port 443
	try test two.example port 443 uid 0 gid 0 cgroup /
	[[ $status -eq 1 && ! -s $err ]] || fail "exit status $status"
	diff - "$out" <<-'END'
		two.example has 2 addresses:

		allowed by default
		call: 192.0.2.1 port 443 proto tcp uid 0 gid 0 cgroup /
		why:  no rule matches, and the default is allow

		blocked (EPERM) by rule 1: block 192.0.2.2 port 443
		call: 192.0.2.2 port 443 proto tcp uid 0 gid 0 cgroup /
		why:  it is the only rule that matches
		else: the default, allow
	END
	for words in two.example:443 https://two.example/ 'Two.Example. port https'; do
		# shellcheck disable=SC2086
		try -j test $words
		[[ $status -eq 1 ]] || fail "$tried: exit status $status"
		json "list(d) == ['schema', 'name', 'answers'] and d['name'] == 'two.example' and
			[(a['destination'], a['verdict'], a['errno']) for a in d['answers']] ==
			[('192.0.2.1', 'allow', None), ('192.0.2.2', 'block', 'EPERM')]"
	done
	done_well test two.example port 80
	try -q test two.example port 443
	[[ $status -eq 1 && ! -s $out ]] || fail 'quiet'
	# A question is no rule: half of an answer will do, and it may be this host.
	done_well test own.example
	grep -q '^own.example has 1 address:$' "$out" || fail 'not one'
	done_well test six.example
	refused 2 "no such host: 'none.example'" test none.example
	# Before anybody is asked.
	refused 2 "bad port, near 'x'" test none.example:x
	refused 2 "two ports, near '80': type one" test none.example:80 port 81
	refused 2 "unknown word, near 'x'" test none.example x y
	refused 2 "bad name, near 'a..example'" test a..example
	refused 2 "a destination is missing, near 'port'" test port 443
	kill "$server"
	server=
}

@test "as a process" {
	setup_rules
	done_well -q block 192.0.2.1 uid 65534
	setpriv --reuid 65534 --clear-groups sleep 60 3>&- &
	process=$!
	until grep -q '^Uid:.65534' "/proc/$process/status"; do sleep 0.05; done
	decides 1 block 192.0.2.1 pid "$process"
	decides default allow 192.0.2.1 pid $$
	decides 1 block 192.0.2.1 proto udp pid "$process" port 53
	refused 2 "a call has one subject, near 'pid'" test 192.0.2.1 pid "$process" uid 0
	refused 2 "a call has one subject, near 'pid'" test 192.0.2.1 cgroup / pid "$process"
	kill "$process"
	wait "$process" || true
	refused 2 "no such process, near '$process'" test 192.0.2.1 pid "$process"
	for pid in x 0 99999999999 ''; do
		refused 2 "bad pid, near '$pid'" test 192.0.2.1 pid "$pid"
	done
	refused 2 "a value is missing, near 'pid'" test 192.0.2.1 pid
	refused 2 "'pid' is repeated" test 192.0.2.1 pid 1 pid 1
	refused 2 "a destination is missing, near 'pid'" test pid 1
	cgroup2
	done_well -q block 192.0.2.1 cgroup "$group/a b"
	bash -c 'echo $BASHPID >"$1/cgroup.procs" && exec sleep 60' - "$hierarchy$group/a b/c" 3>&- &
	process=$!
	until grep -q "0::$group/a b/c" "/proc/$process/cgroup"; do sleep 0.05; done
	decides 2 block 192.0.2.1 pid "$process"
	kill "$process"
	wait "$process" || true
}

@test "an error is never 1" {
	setup_rules
	refused 2 'missing' test
	refused 2 'one address' test 1.1.1.0/24
	refused 2 'one address' test lan
	refused 2 'port' test 1.1.1.1 port 1-2
	refused 2 'unknown option' test --nosuch
	refused 2 'unexpected' test 1.1.1.1 comment x
	refused 2 'cgroup' test 1.1.1.1 cgroup /no/such/group
	refused 2 'unknown option' --nosuch test 1.1.1.1
	refused 1 'unknown option' --nosuch list
	refused 1 'unknown command' nosuch test
	done_well -q block 1.1.1.1
	try_shell '"$LSMCTL" test 1.1.1.1 >/dev/full'
	was_refused 2 'cannot write to standard output'
	export LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/nothing
	refused 3 'not loaded' test 1.1.1.1
}

@test "the first question loads the program" {
	setup_rules
	rm "$LSMCTL_PIN_DIR/prog_test"
	done_well -q test 192.0.2.99
	[[ -e $LSMCTL_PIN_DIR/prog_test ]] || fail 'not pinned'
}

# The programs read the ids of cgroups out of the kernel's memory, and 0 is what a read that fails leaves.
@test "a cgroup whose id cannot be read is refused, where rules are for cgroups" {
	new_rules
	[[ $("$PINS" ask "$pins" 0 0) == allow ]] || fail 'no rule is for cgroups'
	done_well -q block 192.0.2.0/24 cgroup /not-there/below
	[[ $("$PINS" ask "$pins" 0 0) == 'block closed' ]] || fail "$("$PINS" ask "$pins" 0 0)"
	[[ $("$PINS" ask "$pins" 1 0) == allow ]] || fail 'another cgroup'
}
