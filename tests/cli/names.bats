#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Host names, looked up by this system's own resolver, which asks a name server of the test's in a network of its own.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

new_names()
{
	new_rules_here 100
	new_resolver
}

teardown()
{
	[[ -z ${server-} ]] || kill "$server"
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "names are looked up once only where that is asked for" {
	new_rules_here 100
	write rules 'block --resolve example.com'
	for words in 'restore rules' 'restore --set x rules'; do
		# shellcheck disable=SC2086
		try $words
		was_refused 1 "rules:1: an option, near '--resolve': a file cannot resolve names"
	done
	rules_are ''
	# Without a name server no lookup happens; a name in a comment stays text.
	prints '+ block 192.0.2.1' block --resolve 192.0.2.1
	write rules '192.0.2.1 comment --resolve'
	done_well restore rules
	rules_are '1 block 192.0.2.1 comment "--resolve"'
}

@test "a name becomes a set, and a rule for each address" {
	new_names
	zone 'www.example A 192.0.2.7 192.0.2.1' 'www.example AAAA 2001:db8::1'
	done_well -n block --resolve www.example
	rules_are ''
	prints '+ block 192.0.2.1 set www.example comment "resolved from www.example"
+ block 192.0.2.7 set www.example comment "resolved from www.example"
+ block 2001:db8::1 set www.example comment "resolved from www.example"' block --resolve WWW.Example.
	done_well -j allow --resolve www.example:443 proto tcp set web comment 'our own'
	json "d['names'] == [{'name': 'www.example', 'addresses': ['192.0.2.1', '192.0.2.7', '2001:db8::1']}]"
	json "[r['comment'] for r in d['added']] == ['resolved from www.example: our own'] * 3"
	json "[(r['verdict'], r['port'], r['proto'], r['set']) for r in d['added']] == [('allow', 443, 'tcp', 'web')] * 3"
	# A rule from a name can exist already, too.
	refused 1 "'block 192.0.2.1 set www.example comment \"resolved from www.example\"' exists already" \
		block --resolve www.example
	done_well -e block --resolve www.example
	[[ $("$LSMCTL" -t list | wc -l) -eq 6 ]] || fail 'not six rules'
}

@test "names that are none, and names that have no address" {
	new_names
	zone 'empty.example TXT' 'fails.example RCODE 2' 'silent.example SILENT' 'sink.example A 0.0.0.0' \
		'half.example A 192.0.2.1' 'half.example RCODE 2 AAAA'
	done_well -q block 192.0.2.9
	refused 1 "bad name, near 'a_b.-c.example'" block --resolve a_b.-c.example
	refused 1 "bad name, near 'a..example'" block --resolve a..example
	refused 1 "type its ASCII form, which starts with 'xn--'" block --resolve $'b\xc3\xbccher.example'
	refused 1 "an IPv4 address is four decimal numbers" block --resolve 1.2.3
	refused 1 "unknown word, near 'prt'" block --resolve silent.example prt 80
	refused 2 "no such host: 'nosuch.example'" block --resolve nosuch.example
	refused 2 "'empty.example' has no address" block --resolve empty.example
	refused 2 "cannot resolve 'fails.example': no name server answered, or it failed" \
		block --resolve fails.example
	refused 2 "cannot resolve 'silent.example'" block --resolve silent.example
	refused 2 "'sink.example' resolves to 0.0.0.0, which is this host itself" block --resolve sink.example
	refused 2 "'here.example' resolves to 127.0.0.1, which is this host itself" block --resolve here.example
	# One family is not all of it.
	refused 2 "cannot resolve 'half.example'" block --resolve half.example
	refused_json 2 system -j block --resolve nosuch.example
	rules_are '1 block 192.0.2.9'
}

@test "refresh: in one step, and what stays keeps its id and hits" {
	new_names
	zone 'www.example A 192.0.2.1 192.0.2.2' 'other.example A 192.0.2.2 192.0.2.3'
	done_well -q block --resolve www.example,other.example port 80-90 errno EACCES timeout 1h set web
	done_well -q block 198.51.100.1 set web comment 'resolved from nothing that is a name!'
	"$PINS" hit "$pins" 0 7
	zone 'www.example A 192.0.2.1 192.0.2.4' 'other.example A 192.0.2.3'
	done_well -n refresh web
	[[ $(cut -c 1 "$out") == $'-\n+' ]] || fail 'not one of each'
	done_well -j refresh web
	json "[r['prefix'] for r in d['added']] == ['192.0.2.4/32'] and d['unchanged'] == 3"
	json "[r['prefix'] for r in d['removed']] == ['192.0.2.2/32']"
	json "all(r['port'] == '80-90' and r['errno'] == 'EACCES' and r['timeout_left'] > 3500 for r in d['added'])"
	done_well -j list
	json "[(r['id'], r['hits']) for r in d['rules'] if r['prefix'] == '192.0.2.1/32'] == [(1, 7)]"
	json "[r['prefix'] for r in d['rules']].count('198.51.100.1/32') == 1"
	prints '' refresh web
}

@test "refresh: a name that cannot be looked up changes nothing" {
	new_names
	zone 'www.example A 192.0.2.1' 'other.example A 192.0.2.2'
	done_well -q block --resolve www.example,other.example set web
	done_well -q block 192.0.2.3 set plain
	for line in '' 'other.example RCODE 2' 'other.example SILENT' 'other.example A 127.0.0.1'; do
		zone 'www.example A 192.0.2.9' "$line"
		refused 2 "'other.example'" refresh web
	done
	refused 1 "no rule in set 'nosuch'" refresh nosuch
	refused 1 "no rule in set 'plain' comes from a name" refresh plain
	refused 1 'a set is missing' refresh
	refused 1 'bad set' refresh 'a b'
	rules_are '1 block 192.0.2.1 set web comment "resolved from www.example"' \
		'2 block 192.0.2.2 set web comment "resolved from other.example"' '3 block 192.0.2.3 set plain'
	LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/nothing-is-here refused 3 'not loaded' refresh web
}

# The owner of a name chooses its address. A block rule may have any address.
@test "an answer opens no private or local address, unless that is said" {
	local address

	new_names
	for address in 10.1.2.3 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.0.1 224.0.0.1 255.255.255.255 \
		fd00::1 fe80::1 fec0::1 ff02::1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:a9fe:a9fe::1 ::10.1.2.3; do
		case $address in
		*:*) zone 'inner.example A 192.0.2.1' "inner.example AAAA $address" ;;
		*) zone "inner.example A 192.0.2.1 $address" ;;
		esac
		for verdict in allow audit; do
			refused 2 "a private or local address, and the rule would let programs reach it" \
				"$verdict" --resolve inner.example
			[[ $(<"$err") == *"'inner.example' resolves to "*'(use --local to allow this)' ]] || fail "$tried"
		done
		rules_are ''
		done_well -q block --resolve inner.example
		done_well -q flush
		done_well -q allow --resolve --local inner.example
		done_well -q flush
	done
	zone 'outer.example A 11.0.0.1 100.128.0.1 172.32.0.1 192.0.2.1 223.255.255.255' \
		'outer.example AAAA 2001:db8::1 64:ff9b::102:304 2002:102:304::1 2600::1'
	done_well -q allow --resolve outer.example
	refused 1 '--local needs --resolve' allow --local 10.0.0.1
}

@test "refresh: a new address that is private or local opens nothing, unless that is said" {
	new_names
	zone 'www.example A 192.0.2.1'
	done_well -q allow --resolve www.example
	done_well -q block --resolve www.example port 25 set blocked
	zone 'www.example A 192.0.2.1 169.254.169.254'
	for option in '' -n; do
		# shellcheck disable=SC2086
		refused 2 "'www.example' resolves to 169.254.169.254, a private or local address" refresh $option www.example
	done
	rules_are '1 allow 192.0.2.1 set www.example comment "resolved from www.example"' \
		'2 block 192.0.2.1 port 25 set blocked comment "resolved from www.example"'
	done_well -q refresh blocked
	done_well -q refresh --local www.example
	[[ $("$LSMCTL" -t list allow | cut -f 1,3) == $'1\t192.0.2.1\n4\t169.254.169.254' ]] || fail 'not what was said'
	# The message is about the existing rule.
	prints '' refresh www.example
}

@test "refresh: after save and restore, as before" {
	new_names
	zone 'www.example A 192.0.2.1'
	done_well -q block --resolve www.example
	done_well save one
	done_well flush
	done_well restore one
	done_well save two
	cmp one two
	zone 'www.example A 192.0.2.2'
	prints '- block 192.0.2.1 set www.example comment "resolved from www.example"
+ block 192.0.2.2 set www.example comment "resolved from www.example"' refresh www.example
	# The next time it has to be this one.
	done_well -q refresh www.example
	rules_are '3 block 192.0.2.2 set www.example comment "resolved from www.example"'
}

@test "others need not wait for a name server" {
	new_names
	zone 'slow.example SILENT'
	"$LSMCTL" block --resolve slow.example 2>"$BATS_TEST_TMPDIR/slow" 3>&- &
	done_well block 192.0.2.1
	kill -0 $! || fail 'it has not waited for its own'
	wait $! && fail 'it has an answer'
	rules_are '1 block 192.0.2.1'
}
