#!/usr/bin/env bats
# shellcheck disable=SC2258
# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=slow
# Bad destinations and bad rules: one line that says what to type, status 1, before anything else is looked at.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# bad DESTINATION PART: every command that takes one refuses it in the same words.
bad()
{
	local first

	# Two dashes, since one may stand in front of a destination too.
	refused 1 "$2" block -- "$1"
	first=$(<"$err")
	for words in 'allow' 'audit' 'add' 'add block' 'del' 'list' 'list allow'; do
		# shellcheck disable=SC2086
		refused 1 "$2" $words -- "$1"
		[[ $(<"$err") == "$first" ]] || fail "$tried: in other words than block: $first"
	done
}

# good DESTINATION: it is understood, and only then is it found that nothing is loaded.
good()
{
	for words in 'block' 'add audit' 'del' 'list'; do
		# shellcheck disable=SC2086
		refused 3 'not loaded' $words "$1"
	done
}

# The same for what only a rule takes.
good_rule()
{
	for words in 'block' 'add audit' 'del'; do
		# shellcheck disable=SC2086
		refused 3 'not loaded' $words "$1"
	done
}

@test "shortened, octal and hexadecimal IPv4" {
	bad 1.1.1 'four decimal numbers'
	bad 1 'four decimal numbers'
	bad 16843009 'four decimal numbers'
	bad 10/8 'four decimal numbers'
	bad 1.1.1.1.1 'four decimal numbers'
	bad 1.1.1. 'four decimal numbers'
	bad 256.1.1.1 'four decimal numbers'
	bad 0x7f.1 'four decimal numbers'
	bad 0x7f.0.0.1 'four decimal numbers'
	bad 01.2.3.4 'octal'
	bad 1.2.3.010 'octal'
	grep -q 192.0.2.1 <(try block 1.1.1; cat "$err") || fail 'no example'
}

@test "lengths, and bits behind the prefix" {
	bad 1.1.1.1/33 '0 to 32'
	bad 1.1.1.1/ '0 to 32'
	bad 1.1.1.0/24x '0 to 32'
	bad 1.1.1.0/255.255.255.0 '0 to 32'
	bad ::/129 '0 to 128'
	bad 10.0.0.1/8 "did you mean '10.0.0.0/8'?"
	bad 192.168.1.77/26 "did you mean '192.168.1.64/26'?"
	bad 2001:db8::1/32 "did you mean '2001:db8::/32'?"
	bad ::ffff:10.0.0.1/104 "did you mean '10.0.0.0/8'?"
}

@test "IPv6" {
	bad ::g 'not an IPv6 address'
	bad 1::2::3 'not an IPv6 address'
	bad 1:2:3 'not an IPv6 address'
	bad fe80::1%eth0 'zone'
	# Brackets are for what can have a port, which the filter of a list cannot.
	good_rule '[::1]'
	for destination in '[::1' '[::1/128]' '[1.1.1.1' '[]' '[]:80'; do
		refused 1 "near '$destination'" block "$destination"
		refused 1 "near '$destination'" list "$destination"
	done
	refused 1 "near '[::1]'" list '[::1]'
}

@test "addresses that reach the host itself" {
	bad 0.0.0.0 "type 'loopback', or 'any'"
	bad 0.0.0.0/32 "type 'loopback', or 'any'"
	bad :: "type 'loopback', or 'any'"
	bad ::/128 "type 'loopback', or 'any'"
	bad ::ffff:0.0.0.0 "type 'loopback', or 'any'"
}

@test "ranges" {
	bad 1.1.1.2-1.1.1.1 'from the lower address to the higher'
	bad ::2-::1 'from the lower address to the higher'
	bad 1.1.1.1-::1 'both IPv6'
	bad ::1-::ffff:1.1.1.1 'both IPv6'
	bad 1.1.1.1- "near '1.1.1.1-'"
	bad 1.1.1.1-9 "near '1.1.1.1-9'"
	bad 1.1.1.0/24-1.1.2.0/24 "near '1.1.1.0/24-1.1.2.0/24'"
	bad -1.1.1.1 'four decimal numbers'
}

@test "names" {
	bad localhost 'nor a whole name, such as www.example.com'
	bad my-host 'nor a whole name'
	bad my_host.example "a host name has no '_'"
	bad 'www.*.example' "a '*' stands only at the start"
	bad '*' "for every address type 'any'"
	refused 1 '--wide accepts this' allow '*.com'
	refused 1 '--wide accepts this' block '*.com' port 443
	bad 'exa mple.com' 'has only letters'
	bad a..example 'a part between two dots is missing'
	bad "$(printf 'a%.0s' {1..64}).example" 'at most 63 characters'
	bad 192.0.2.x 'four decimal numbers'
	bad 192.0.2.1. 'four decimal numbers'
	bad 00fe::1 'it stands for a name'
	bad anny "did you mean 'any'?"
	bad loopbak "did you mean 'loopback'?"
	bad link-lokal "did you mean 'link-local'?"
}

@test "nothing, and blanks" {
	bad '' 'a destination is missing'
	bad , 'a destination is missing'
	bad 1.1.1.1, 'a destination is missing'
	bad 1.1.1.1,,2.2.2.2 'a destination is missing'
	bad ' 1.1.1.1' "near ' 1.1.1.1'"
	bad '1.1.1.1 ' "near '1.1.1.1 '"
	bad '1.1.1.1, 2.2.2.2' "near ' 2.2.2.2'"
}

@test "one bad destination in a list" {
	bad 1.1.1.1,2.2.2,3.3.3.3 "near '2.2.2'"
	bad any,::1,10.0.0.1/8 "did you mean '10.0.0.0/8'?"
}

@test "control characters, and bytes that are no text" {
	bad $'1.1.1.1\n' 'near '
	bad $'\e[2J\e]0;pwned\a1.1.1.1' '\x1b[2J\x1b]0;pwned\x07'
	bad $'\xff\xfe' '\xff\xfe'
	bad $'1.1.1.1\u202e' '\xe2\x80\xae'
	bad $'\xc2\x9b2J' '\xc2\x9b2J'
}

@test "ten thousand characters" {
	for unit in 1 a . : - /; do
		bad "$(printf "%10000s" '' | tr ' ' "$unit")" 'near '
		[[ $(wc -c <"$err") -lt 300 ]] || fail "a message of $(wc -c <"$err") bytes"
	done
	bad "$(printf '%10000s' '' | tr ' ' ,)" 'missing'
}

@test "more destinations than one command takes" {
	local list

	list=$(for a in {0..16}; do for b in {0..255}; do printf '10.0.%d.%d,' "$a" "$b"; done; done)
	refused 1 'more than 4096 destinations' list "${list%,}"
	good "$(cut -d, -f 1-4096 <<<"$list")"
	# Each destination with each port.
	good_rule "${list%,}"
	refused 1 'more than 65536 rules in one command' block "${list%,}" port "$(seq -s , 1 16)"
	refused 3 'not loaded' block "$(cut -d, -f 1-4096 <<<"$list")" port "$(seq -s , 1 16)"
}

@test "every good form is understood" {
	for destination in 1.1.1.1 1.1.1.1/32 10.0.0.0/8 0.0.0.0/0 255.255.255.255 1.1.1.1-1.1.1.9 0.0.0.1-255.255.255.254 \
		::1 2001:DB8::/32 ::/0 ::ffff:1.1.1.1 ::ffff:0:0/96 2001:db8::1-2001:db8::ffff 1.1.1.1,::1,lan any any4 any6 \
		loopback lan link-local multicast; do
		good "$destination"
	done
}

@test "what follows the destination" {
	refused 1 "unknown word, near '443': if it is a port, type 'port 443'" block 1.1.1.1 443
	refused 3 'not loaded' block 1.1.1.1 2.2.2.2
	refused 1 "did you mean 'comment'?" block 1.1.1.1 comnent x
	refused 1 "did you mean 'errno'?" block 1.1.1.1 errn EPERM
	refused 1 "did you mean 'port'?" block 1.1.1.1 prot 80
	refused 1 "a value is missing, near 'comment': type 'comment TEXT'" block 1.1.1.1 comment
	refused 1 "a value is missing, near 'errno': type 'errno NAME'" block 1.1.1.1 errno
	for word in port proto uid gid exe cgroup unit container user-slice timeout set; do
		refused 1 "a value is missing, near '$word'" block 1.1.1.1 "$word"
	done
	refused 1 "'errno' is repeated" block 1.1.1.1 errno EPERM errno EACCES
	refused 1 "'port' is repeated" block 1.1.1.1 port 1 proto tcp port 2
	refused 1 'one of EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT' block 1.1.1.1 errno EAGAIN
	refused 1 "near 'eperm'" block 1.1.1.1 errno eperm
	refused 1 "near ''" block 1.1.1.1 ''
	refused 3 'not loaded' block 1.1.1.1 errno ETIMEDOUT comment 'a "b" \ c'
	refused 3 'not loaded' block 1.1.1.1 comment ''
}

@test "ports" {
	for port in 65536 -1 080 80-79 0-1 80x '' , 80, ' 80' http-alt-nosuch; do
		refused 1 "near '$port'" block -- 1.1.1.1 port "$port"
		refused 1 "near '$port'" del -- 1.1.1.1 port "$port"
	done
	refused 1 'icmp has no ports' block 1.1.1.1 port 80 proto icmp
	refused 1 'raw has no ports' allow 1.1.1.1:80 proto raw
	for port in 0 80 65535 1-65535 80,443,8000-8100 ssh ssh,80; do
		refused 3 'not loaded' block 1.1.1.1 port "$port"
	done
}

@test "a port behind an address" {
	for destination in 1.1.1.1:80 1.1.1.1:ssh 1.1.1.1:80-443 '[::1]:443' '[2001:db8::1]:80,1.1.1.1:80,9.9.9.9'; do
		good_rule "$destination"
		refused 1 'near ' list "$destination"
	done
	for destination in 1.1.1.1: '[::1]:' 10.0.0.0/8:80 '[::/64]:80' any:80 1.1.1.1-1.1.1.9:80 1.1.1.1:80:90 '[1.1.1.1]:x' \
		1.1.1.1:70000; do
		refused 1 'near ' block "$destination"
		refused 1 'near ' del "$destination"
	done
	refused 1 'leave one out' block 1.1.1.1:80 port 443
	# Without brackets it is an address.
	good ::1:443
}

@test "protocols" {
	for proto in tcp udp icmp sctp udplite raw any 6 0 255 mptcp; do
		refused 3 'not loaded' block 1.1.1.1 proto "$proto"
	done
	for proto in 256 -1 06 '' nosuch TCPP; do
		refused 1 "near '$proto'" block -- 1.1.1.1 proto "$proto"
	done
	refused 1 "did you mean 'tcp'?" block 1.1.1.1 proto tpc
}

@test "users and cgroups" {
	for user in root 0 4294967294; do
		refused 3 'not loaded' block 1.1.1.1 uid "$user"
	done
	for user in no-such-user '' -1 4294967295 01; do
		refused 1 "near '$user'" block -- 1.1.1.1 uid "$user"
	done
	for cgroup in / /a /sys/fs/cgroup/a /system.slice/ //a//b '/a b' "/$(printf '%255s' '' | tr ' ' x)"; do
		refused 3 'not loaded' block 1.1.1.1 cgroup "$cgroup"
	done
	for cgroup in '' a a/b /. /a/../b $'/a\nb' "/$(printf '%256s' '' | tr ' ' x)"; do
		refused 1 'bad cgroup, near ' block 1.1.1.1 cgroup "$cgroup"
	done
	refused 1 'a rule has one subject' block 1.1.1.1 uid 0 cgroup /a
	refused 1 'a rule has one subject' del 1.1.1.1 cgroup /a uid 0
}

@test "timeouts" {
	for time in 1 90s 5m 2h30m 1d 36500d 1d1h1m1s; do
		refused 3 'not loaded' block 1.1.1.1 timeout "$time"
	done
	for time in '' x 5x 30m2h 1.5h -5 36501d 1w ' 5' 99999999999999999999; do
		refused 1 "bad timeout, near '$time'" block -- 1.1.1.1 timeout "$time"
	done
	refused 1 'the rule would expire at once' block 1.1.1.1 timeout 0
}

@test "del takes what names a rule, and what is shown of it besides" {
	for words in 'errno EPERM' 'comment x' 'timeout 5' 'set x' 'uid root proto tcp port 443'; do
		# shellcheck disable=SC2086
		refused 3 'not loaded' del 1.1.1.1 $words
		# shellcheck disable=SC2086
		refused 1 'unknown word' del 1.1.1.1 ${words/ /x }
	done
	refused 1 "bad errno, near 'x'" del 1.1.1.1 errno x
}

@test "comments" {
	refused 1 'at most 127 bytes' block 1.1.1.1 comment "$(printf '%128s' '' | tr ' ' x)"
	refused 3 'not loaded' block 1.1.1.1 comment "$(printf '%127s' '' | tr ' ' x)"
	refused 1 'at most 127 bytes' block 1.1.1.1 comment "$(printf '%10000s' '' | tr ' ' x)"
	refused 1 'at most 127 bytes' block 1.1.1.1 comment "$(printf 'é%.0s' {1..64})"
	refused 3 'not loaded' block 1.1.1.1 comment "$(printf 'é%.0s' {1..63})"
	refused 1 'printable' block 1.1.1.1 comment $'two\nlines'
	refused 1 'printable' block 1.1.1.1 comment $'\e[31mred'
	refused 1 'printable' block 1.1.1.1 comment $'caf\xe9'
	refused 1 'printable' block 1.1.1.1 comment $'\u202efdp.exe'
	refused 1 'printable' block 1.1.1.1 comment $'\xc2\x9b2J'
}

@test "the verdict stands once" {
	refused 1 "the command's name is the verdict (or type 'lsmctl add allow ...')" block allow 1.1.1.1
	refused 1 "the command's name is the verdict" block block 1.1.1.1
	refused 1 "the command's name is the verdict" allow audit 1.1.1.1
	refused 1 "near 'allow'" add block allow
	refused 3 'not loaded' del block 1.1.1.1
	refused 1 "a second verdict, near 'allow'" del block allow 1.1.1.1
}
