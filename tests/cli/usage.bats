#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Commands and options: misuse is one line on standard error that says what to type, and status 1.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

@test "no command" {
	refused 1 "a command is missing (run 'lsmctl help')"
	refused 1 "a command is missing (run 'lsmctl help')" -q --pin-dir /x
	refused_json 1 usage -j
}

@test "an unknown command, with what it may have been" {
	refused 1 "unknown command 'lis': did you mean 'list'?" lis
	refused 1 "did you mean 'list'?" lsit
	refused 1 "did you mean 'load'?" laod
	refused 1 "did you mean 'status'?" sattus
	refused 1 "did you mean 'block'?" blok 1.1.1.1
	refused 1 "did you mean 'unload'?" unlaod -q
	refused 1 "unknown command 'firewall' (run 'lsmctl help')" firewall
	refused 1 "unknown command ''" ''
	refused 1 "unknown command '-'" -
	refused 1 "unknown command '1.1.1.1'" 1.1.1.1
}

@test "command names are exact" {
	for name in $(offered ''); do
		refused 1 'unknown command' "${name%?}"
		refused 1 'unknown command' "${name:0:1}"
		refused 1 'unknown command' "${name}s"
		refused 1 'unknown command' "${name^^}"
		refused 1 'unknown command' "$name "
	done
}

@test "a suggestion never names what is not offered" {
	for typed in complete __complet _complete __completee; do
		refused 1 'unknown command' "$typed"
		! grep -q "__complete'?" "$err" || fail 'names the hidden command'
	done
}

@test "an unknown option, with what it may have been" {
	refused 1 "unknown option '--jsom': did you mean '--json'?" --jsom list
	refused 1 "unknown option '--jsom': did you mean '--json'?" list --jsom
	refused 1 "did you mean '--dry-run'?" flush --dryrun
	refused 1 "did you mean '--max-rules'?" load --max-rles 3
	refused 1 "did you mean '--interval'?" stats --intervall
	refused 1 "unknown option '-x' (run 'lsmctl help')" -x list
	refused 1 "unknown option '-x' (run 'lsmctl help list')" list -x
	refused 1 "unknown option '--firewall'" list --firewall
	refused 1 "unknown option '-tx'" list -tx
}

@test "an option of another command" {
	refused 1 "unknown option '--default'" list --default block
	refused 1 "unknown option '--interval'" load --interval 1
	refused 1 "unknown option '--default'" --default block load
}

@test "an option without its argument" {
	refused 1 "option '--pin-dir' needs an argument (DIR)" list --pin-dir
	refused 1 "option '--pin-dir' needs an argument (DIR)" --pin-dir
	refused 1 "option '--default' needs an argument (allow|block)" load --default
	refused 1 "option '-i' needs an argument" stats -i
	refused 1 "option '-i' needs an argument" stats -qi
}

@test "an argument for an option that takes none" {
	refused 1 "option '--quiet' takes no argument" --quiet=yes list
	refused 1 "option '--quiet' takes no argument" list --quiet=
	refused 1 "option '--no-mount' takes no argument" load --no-mount=1
}

@test "the arguments of options" {
	refused 1 'allow or block' load --default deny
	refused 1 'allow or block' load --default audit
	refused 1 'allow or block' load --default=
	refused 1 'enforce or audit' load --mode off
	refused 1 'lsm' load --attach LSM
	for n in 0 -1 +1 1.5 0x10 010 1e3 ' 1' 16777217 99999999999999999999 '' x; do
		refused 1 'a number from 1 to 16777216' load "--max-rules=$n"
	done
	for n in 0 1000001 x ''; do
		refused 1 'a number from 1 to 1000000' load "--max-names=$n"
	done
	refused 1 'a number from 1024 to 4194304' load --max-addresses 1023
	refused 1 '--max-rules 1 has no room for the 2 rules that keep loopback open' load --max-rules 1 --default block
	refused 1 'not on a BPF file system' --pin-dir /proc/self load --max-rules 2 --default block -n
	refused 1 'not on a BPF file system' --pin-dir /proc/self load --max-rules 1 --default allow -n
	for n in 0 -1 1.5 0x1 01 86401 18446744073709551617 '' 3x; do
		refused 1 'seconds, from 1 to 86400' stats "--interval=$n"
		refused 1 'seconds, from 1 to 86400' stats -i "$n"
	done
	for n in 0 -1 x '' 4294967296; do
		refused 1 'a number of rules' stats "--top=$n"
	done
}

@test "the error that names attach names every choice" {
	refused 1 lsm load --attach nosuch
	for choice in lsm fmod_ret auto; do
		grep -q "$choice" "$err" || fail "$choice is not named"
	done
}

@test "words too many" {
	refused 1 "unexpected 'x' (usage: lsmctl status)" status x
	refused 1 "unexpected 'x'" load x
	refused 1 "unexpected 'x'" unload x
	refused 1 "unexpected '1.1.1.1'" flush 1.1.1.1
	refused 1 "unexpected 'x'" stats x
	refused 1 "unexpected 'x'" version x
	refused 1 "unexpected 'b'" help add b
	refused 1 "unexpected 'x'" set default block x
	refused 1 "unexpected 'x'" list block any x
	refused 1 "unexpected 'block'" list 1.1.1.1 block
	refused 1 "near 'x': after the destination, type port, proto, uid, gid, exe, cgroup, unit, container, user-slice, timeout, set, errno, comment or private" del 1.1.1.1 x
	refused 1 "unexpected 'x'" list set a x
	refused 1 "unexpected ''" status ''
}

@test "words too few" {
	for name in add block allow audit; do
		refused 1 'a destination is missing' "$name"
	done
	refused 1 'a destination is missing' add block
	refused 1 'a rule is missing' del
	refused 1 "'id' needs a number" del id
	refused 1 "'set' needs a name" del set
	refused 1 "'set' needs one name (usage: lsmctl list" list set
	refused 1 "'set' needs one name" list block any set
	refused 1 'lsmctl set default allow|block' set
	refused 1 'lsmctl set default allow|block' set default
	refused 1 'lsmctl set mode enforce|audit' set mode
	refused 1 'lsmctl set strict on|off' set strict
	refused 1 'lsmctl set backstop on|off' set backstop
	refused 1 'lsmctl set answers on|off' set answers
	refused 1 'lsmctl set names on|off' set names
	refused 1 'lsmctl set resolvers auto|ADDRESS,...' set resolvers
	refused 1 'lsmctl set name-keep MIN[,MAX]' set name-keep
}

@test "settings and their values" {
	refused 1 "did you mean 'default'?" set defalt block
	refused 1 "did you mean 'block'?" set default blok
	refused 1 'allow or block' set default audit
	refused 1 'allow or block' set default ''
	refused 1 'enforce or audit' set mode off
	refused 1 'off or on' set strict yes
	refused 1 'off or on' set strict 1
	refused 1 'off or on' set backstop yes
	refused 1 'on or off' set answers yes
	refused 1 'off or on' set names yes
	for word in '' none 192.0.2.0/24 '192.0.2.1,' lan example.com 192.0.2.1:53 10.0.0.1-10.0.0.20; do
		refused 1 "bad resolvers, near '$word': auto, or 1 to 16 addresses" set resolvers "$word"
	done
	for word in '' x 0 0s 366d 1h30 ',1h' '1h,' 1h,x 1h,2d,3d 2h,1h 1h,0s '1h, 2h' 1.5h auto; do
		refused 1 'bad name-keep, near ' set name-keep "$word"
	done
	refused 1 "bad name-keep, near '2h,1h': MAX is less than MIN" set name-keep 2h,1h
	refused 1 "did you mean 'backstop'?" set backstp on
	refused 1 "near 'colour': default, mode, strict, backstop, answers, names, resolvers or name-keep" set colour on
}

@test "ids" {
	for id in x '' +1 1.5 01 0x1 4294967296 18446744073709551617 1,x 1,,2; do
		refused 1 'bad id' del id "$id"
		refused 1 'bad id' del id 1 "$id" 2
	done
	refused 1 'bad id' del -- id -1
	refused 3 'not loaded' del id 1 2,3, 4
}

@test "names of sets" {
	for name in '' 'a b' a/b -a é "$(printf '%32s' '' | tr ' ' x)"; do
		refused 1 'bad set' del -- set "$name"
		refused 1 'bad set' del -- set a "$name"
		refused 1 'bad set' list -- set "$name"
		refused 1 'bad set' block -- 1.1.1.1 set "$name"
	done
	refused 3 'not loaded' del set a b
	for name in a 1 _x.y-z "$(printf '%31s' '' | tr ' ' x)"; do
		refused 3 'not loaded' del set "$name"
		refused 3 'not loaded' list set "$name"
		refused 3 'not loaded' block 1.1.1.1 set "$name"
	done
}

@test "options stand before the command or behind it, and in one word" {
	for words in '-j list' 'list -j' '--json list' 'list --json' '-qj list' 'list -jt' '-e list -j' '-j list -q'; do
		# shellcheck disable=SC2086 # the words of it
		refused_json 3 not_loaded $words
	done
	refused_json 3 not_loaded --pin-dir "$LSMCTL_PIN_DIR" list -j
	refused_json 3 not_loaded --pin-dir="$LSMCTL_PIN_DIR" -j list
	refused_json 3 not_loaded list --pin-dir "$LSMCTL_PIN_DIR" -j
	refused_json 3 not_loaded block -j 1.1.1.1 -q comment x
}

@test "options of a command stand anywhere behind it" {
	refused 3 'not loaded' stats -i 1 -T 2
	refused 3 'not loaded' stats --top=2 -q --interval=1
	refused 3 'not loaded' block 1.1.1.1 -e errno EACCES -q comment 'x y' --exist
}

@test "two dashes end the options" {
	refused 3 'not loaded' list --
	refused 1 "near '-j'" list -- -j
	refused 3 'not loaded' -- list
	refused 3 'not loaded' -q -- block 1.1.1.1 comment -- -x
	refused 1 "unknown command '--json'" -- --json list
}
