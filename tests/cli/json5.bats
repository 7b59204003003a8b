#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The page of the JSON has every field that is printed, and no other. What needs programs that are attached is held against
# it on real kernels: tests/kernel/22-json.bash.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

top=${BATS_TEST_DIRNAME%/tests/cli}
page=$top/man/lsmctl-json.5

teardown()
{
	remove_cgroups
	[[ -z ${server-} ]] || kill "$server"
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# collect SECTION [ARG...]: what the last lsmctl printed, or one with ARG..., is kept as what a section of the page is about.
collect()
{
	local section=$1

	shift
	[[ $# -eq 0 ]] || try -j "$@"
	without_lockouts
	[[ -s $out && ! -s $err ]] || fail "$tried: no document"
	sed "s/^/$section\t/" "$out" >>"$BATS_TEST_TMPDIR/printed"
}

# collects CODE ARG...: an error.
collects()
{
	local code=$1

	shift
	try -j "$@"
	json "d['error']['code'] == '$code'"
	collect errors
}

# The page has all of this, and these sections nothing else.
all_is_so()
{
	run "$PYTHON" "$top/tests/kernel/json5.py" "$page" "$BATS_TEST_TMPDIR/printed" "$@"
	[[ $status -eq 0 && -z $output ]] || fail "$output"
}

@test "rules, and what changes them" {
	new_rules_here 20
	new_cgroup lsmctl-json
	# Nothing refuses anything yet: so no connection of this machine is cut.
	collect allow allow 203.0.113.1 --cut
	collect set set mode audit --confirm 1h
	collect confirm confirm --cut
	done_well -q set mode enforce
	collect block block 1.1.1.1
	collect add -n add 2001:db8::/32 port 443
	collect allow allow lan port 80-90 proto tcp uid 0
	collect audit audit 192.0.2.1 proto 253 uid 4242 errno EACCES
	collect block block 192.0.2.7 uid 100000-165535
	collect block block 192.0.2.7 gid 100000-165535
	collect block block 192.0.2.7 exe /bin/sh
	collect block block 192.0.2.7 exe /no/such
	collect block block 192.0.2.7 gid 0
	collect block block 192.0.2.7 gid 4294967294
	collect block block 192.0.2.7 unit web
	collect block -e block 1.1.1.1 errno ECONNREFUSED timeout 1h set one comment two
	collect block -e block 1.1.1.1 errno ECONNREFUSED timeout 1h set one comment two
	for error in EHOSTUNREACH ENETUNREACH ETIMEDOUT; do
		collect block block any cgroup /lsmctl-json port 1 errno "$error" -e
	done
	"$PINS" hit "$pins" 0 7
	remove_cgroups
	collect list list
	collect stats stats
	for by in uid gid cgroup exe everyone; do
		collect 'stats --by' stats --by "$by"
	done
	collect save save file
	collect restore -n restore --allow-empty - </dev/null
	collect restore -n restore --set fresh <(echo 'block 1.1.1.9 cgroup /none')
	write rules 'set default block' 'set mode audit' 'set strict on' '1.1.1.2'
	collect restore -n restore rules
	collect restore restore rules
	write rules 'allow 1.1.1.2' 'set backstop on'
	collect restore -n restore rules
	write rules 'block 1.1.1.3'
	collect restore restore --reset-settings rules
	collect restore restore --set excepting --except lan <(printf '%s\n' 192.0.2.1 10.0.0.1)
	collect 'list sets' list sets
	done_well -q del set excepting
	write list 192.0.2.1 198.51.100.0/24 bad
	collect import import --skip-bad=1 list
	collect set set default block --confirm 1h
	collect confirm confirm
	done_well -q set resolvers 192.0.2.53
	for setting in 'default allow' 'mode audit' 'mode enforce' 'strict on' 'strict off' 'backstop on' 'backstop off' 'answers on' 'answers off' 'names off' 'names on' 'resolvers auto' 'name-keep 5m' 'name-keep 1h'; do
		# shellcheck disable=SC2086
		collect set set $setting -e -n
	done
	collect set set mode audit --confirm 1h
	collect status status
	collect confirm confirm --revert
	done_well -q block 1.1.1.3 set other
	collect del del 1.1.1.3
	collect flush flush
	collect status status
	LSMCTL_HISTORY_DIR=/proc/none collect block block 1.1.1.8
	done_well -q block 1.1.1.9
	collect undo undo
	collect 'undo --list' undo --list
	write commands 'block 1.1.1.1' 'help version' 'nonsense'
	collect batch batch commands
	new_resolver
	zone 'www.example A 192.0.2.1' 'other.example A 192.0.2.1'
	collect block block --resolve www.example,other.example set web
	zone 'www.example A 192.0.2.2' 'other.example A 192.0.2.1'
	collect refresh refresh web
	zone 'www.example A 192.0.2.2' 'other.example A 192.0.2.3'
	collect refresh refresh web
	zone 'www.example A 192.0.2.2' 'other.example A 192.0.2.3'
	collect block -q block ads.example
	collect allow -q allow '*.example.com' private
	collect allow -q allow www.example
	write named 'block other.example'
	collect restore restore -n named
	collect list list
	collect names names
	"$PINS" asked "$pins" www.example 192.0.2.2
	"$PINS" asked "$pins" cut.example -
	done_well -q allow www.example port 1
	collect names names
	collect status status
	collect 'refresh --resolvers' refresh --resolvers -n
	collect 'refresh --resolvers' refresh --resolvers
	done_well -q set resolvers 255.255.255.255 # which nobody can ask
	collect 'refresh --resolvers' refresh --names
	all_is_so rule subject errno list stats 'stats --by' block save import confirm batch refresh 'refresh --resolvers' name names
}

@test "calls" {
	new_rules_here
	[[ -e $LSMCTL_PIN_DIR/prog_test ]] || skip 'this kernel refuses to load the program'
	collect test test 1.1.1.1
	done_well -q block 1.1.1.1
	done_well -q audit 1.1.1.0/24
	collect test test 1.1.1.1
	collect test test 1.1.1.2
	done_well -q set default block
	collect test test 1.1.9.9 port 53 proto udp
	new_resolver
	zone 'www.example A 1.1.1.1' 'www.example A 1.1.1.2' 'www.example A 1.2.2.2' 'www.example A 2.2.2.2'
	collect 'test NAME' test www.example port 53 proto udp
	done_well -q set default allow
	done_well -q block 1.0.0.0/8
	collect 'test NAME' test www.example
	all_is_so test 'test NAME'
}

@test "errors" {
	new_rules_here 1
	collects usage lis
	collects bad_input block 1.1.1
	collects not_found del 1.1.1.1
	done_well -q block 1.1.1.1
	collects exists block 1.1.1.1
	collects full block 1.1.1.2
	collects system restore no-such-file
	done_well -q set mode audit --confirm 1h
	collects on_trial flush
	"$PINS" set "$pins" layout 9999
	collects layout list
	collects not_loaded --pin-dir "$pins/none" list
	collect status --pin-dir "$pins/none" status
	collect unload --pin-dir "$pins/none" -e unload
	without_capabilities -j --pin-dir "$pins/none" load --no-mount
	json "d['error']['code'] == 'permission'"
	collect errors
	# Only a kernel shows these: one that lacks something, and one with programs.
	run "$PYTHON" "$top/tests/kernel/json5.py" "$page" "$BATS_TEST_TMPDIR/printed" errors error code
	[[ $status -eq 1 && $output == $'code: code was never locked\ncode: code was never unsupported' ]] || fail "$output"
}

@test "this kernel, and this lsmctl" {
	new_rules_here
	collect doctor doctor
	collect doctor --pin-dir "$pins/none" doctor
	collect version version
	all_is_so version
}

@test "every command is in the page" {
	diff <(sed -n '/^\.Sh DOCUMENTS/,/^\.Sh OBJECTS/s/^\.Ss //p' "$page" | sed 's/, /\n/g' | grep -v -e ' ' -e errors |
		sort) <(offered '' | grep -vx help | sort) >&2 || fail 'not the same commands'
	diff <(sed -n '/^\.Ss code/,/^\.El/s/^\.It Cm //p' "$page" | sort) \
		<(grep -oP '\[ERR_[A-Z_]+\] = \{"\K[a-z_]+' "$top/common/base/error.c" | grep -vx none | sort) >&2 ||
		fail 'not the same codes'
	while read -r code; do
		read -r status
		[[ $code == "$(grep -oP "\"\K[a-z_]+(?=\", ${status%%:*}\},)" "$top/common/base/error.c" | grep -x "$code")" ]] ||
			fail "$code has another exit status"
	done < <(sed -n '/^\.Ss code/,/^\.El/p' "$page" | grep -A 1 '^\.It' | sed 's/^\.It Cm //; /^--/d')
}

@test "the page says so when something is missing, or too much" {
	printf 'version\t{"schema":2,"version":"1","layout":1,"new":1}\n' >"$BATS_TEST_TMPDIR/printed"
	! all_is_so version 2>/dev/null || fail 'a new field'
	printf 'version\t{"schema":2,"version":"1"}\n' >"$BATS_TEST_TMPDIR/printed"
	! all_is_so version 2>/dev/null || fail 'one that is gone'
	printf 'version\t{"schema":2,"version":"1","layout":"1"}\n' >"$BATS_TEST_TMPDIR/printed"
	! all_is_so version 2>/dev/null || fail 'of another type'
	printf 'version\t{"schema":2,"version":"1","layout":1}\n' >"$BATS_TEST_TMPDIR/printed"
	all_is_so version
	! all_is_so doctor 2>/dev/null || fail 'never printed'
}
