# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Rules for cgroups by their paths: they hold for whatever has that path, from before a process is in it, however often
# it is removed and made again, and whatever rules are put in force meanwhile.

readonly _top=/lsmctl-test

_hierarchy()
{
	groups=$(cgroup_root)
	[ -n "$groups" ] || skip 'no cgroup v2 hierarchy here'
	mkdir -p "$groups$_top"
}

# _ask PATH [ADDRESS]: connects from that cgroup.
_ask()
{
	bash -c 'echo $$ >"$0/cgroup.procs"; exec 3<>"/dev/tcp/$1/80"' "$groups$1" "${2:-$blocked}"
}

# _storm NAME PATH...: makes and removes them from now on.
_storm()
{
	python3 "$here/groups.py" "$blocked" "${@:2}" >"$scratch/groups.$1" &
	storm+=($!)
}

_calm()
{
	local file refused through
	kill "${storm[@]}"
	wait "${storm[@]}"
	for file in "$scratch"/groups.*; do
		read -r refused through <"$file"
		note "${file##*.}: $refused refused, $through let through"
		[ "$refused" -gt 5 ] || fail "too few calls: $refused"
		same "$through" 0 'calls let through'
	done
}

a_rule_holds_for_a_cgroup_that_is_not_there_yet()
{
	local round
	_hierarchy
	load
	expect 0 lsmctl block "$blocked" cgroup "$_top/web"
	expect 0 lsmctl list
	says "cgroup $_top/web (0 now)"
	for round in 1 2 3; do
		mkdir "$groups$_top/web" "$groups$_top/webs"
		refused _ask "$_top/web"
		reaches _ask "$_top/web" "$neighbour"
		reaches _ask "$_top/webs"
		mkdir "$groups$_top/web/deep"
		refused _ask "$_top/web/deep"
		expect 0 lsmctl -j list
		says '"now":1'
		rmdir "$groups$_top/web/deep" "$groups$_top/web" "$groups$_top/webs"
	done
	expect 0 lsmctl list
	says '(0 now)'
	# A parent that is not there either.
	expect 0 lsmctl block "$neighbour" cgroup "$_top/a/b/c"
	mkdir -p "$groups$_top/a/b/c/d"
	refused _ask "$_top/a/b/c/d" "$neighbour"
	reaches _ask "$_top/a/b" "$neighbour"
	# Those that are there when the rules come.
	expect 0 lsmctl restore - <<<"block $blocked cgroup $_top/a/b"
	refused _ask "$_top/a/b/c/d"
	reaches _ask "$_top/a/b/c/d" "$neighbour"
	reaches _ask "$_top/a"
}

names_of_cgroups_are_told_apart_to_the_last_byte()
{
	local long other
	_hierarchy
	long=$(printf 'x%.0s' {1..254})
	other=${long}z long=${long}y
	load
	expect 0 lsmctl restore - <<-END
		block $blocked cgroup $_top/$long
		block $neighbour cgroup $_top/12345678
	END
	mkdir -p "$groups$_top/"{"$long","$other",12345678,1234567,123456789}
	refused _ask "$_top/$long"
	reaches _ask "$_top/$other"
	refused _ask "$_top/12345678" "$neighbour"
	reaches _ask "$_top/1234567" "$neighbour"
	reaches _ask "$_top/123456789" "$neighbour"
}

patterns_hold_and_those_that_overlap_hold_together()
{
	_hierarchy
	load
	mkdir -p "$groups$_top/docker-1.scope"
	expect 0 lsmctl restore - <<-END
		block $blocked cgroup $_top/docker-*.scope
		block $neighbour port 80 cgroup $_top/a*/x
		block $neighbour port 81 cgroup $_top/*b/y
		allow $blocked cgroup $_top/docker-open.scope
	END
	mkdir -p "$groups$_top/"{docker-2.scope/below,docker-.scope,docker.scope,docker-3.service,docker-open.scope}
	refused _ask "$_top/docker-1.scope"
	refused _ask "$_top/docker-2.scope/below"
	refused _ask "$_top/docker-.scope"
	reaches _ask "$_top/docker.scope"
	reaches _ask "$_top/docker-3.service"
	# The path comes before the pattern.
	reaches _ask "$_top/docker-open.scope"
	expect 0 lsmctl list
	says "docker-*.scope (4 now)"
	mkdir -p "$groups$_top/"{ab,a1,1b,a,b}/{x,y}
	for path in ab/x a1/x a/x; do
		refused _ask "$_top/$path" "$neighbour"
	done
	for path in ab/y a1/y 1b/x a/y b/y; do
		reaches _ask "$_top/$path" "$neighbour"
	done
	for path in ab/y 1b/y b/y; do
		expect 1 lsmctl test "$neighbour" port 81 cgroup "$_top/$path"
	done
	for path in ab/x a1/y 1b/x a/y; do
		expect 0 lsmctl test "$neighbour" port 81 cgroup "$_top/$path"
	done
}

# A version 1 hierarchy numbers its cgroups by itself, so that some have the numbers of others in version 2.
a_version_1_hierarchy_takes_no_rule_and_takes_none_away()
{
	local old=$scratch/version-1 number
	_hierarchy
	mkdir "$old"
	mount -t cgroup -o none,name=lsmctl none "$old" || skip 'no version 1 hierarchies here'
	load
	expect 0 lsmctl block "$blocked" cgroup "$_top/web"
	mkdir -p "$old$_top/web"
	expect 0 lsmctl list
	says "cgroup $_top/web (0 now)"
	# shellcheck disable=SC2016 # of the shell within
	reaches bash -c 'echo $$ >"$0/cgroup.procs"; exec 3<>"/dev/tcp/$1/80"' "$old$_top/web" "$blocked"
	mkdir "$groups$_top/web"
	number=$(stat -c %i "$groups$_top/web")
	while mkdir "$old/one" && [ "$(stat -c %i "$old/one")" -lt "$number" ]; do
		rmdir "$old/one"
	done
	note "$(stat -c %i "$old/one") in version 1, $number in version 2"
	rmdir "$old/one"
	refused _ask "$_top/web"
	# shellcheck disable=SC2016 # the same
	refused bash -c 'echo $$ >"$0/cgroup.procs"; echo $$ >"$1/cgroup.procs"; exec 3<>"/dev/tcp/$2/80"' "$groups$_top/web" \
		"$old$_top/web" "$blocked"
	rmdir "$old$_top/web" "$old$_top"
	umount "$old"
	rmdir "$groups$_top/web"
}

no_cgroup_of_a_storm_is_without_its_rule()
{
	local round rounds=4
	[ "$thorough" != yes ] || rounds=600 # ten thousand cgroups
	storm=()
	_hierarchy
	mkdir "$groups$_top/other"
	load
	expect 0 lsmctl restore - <<-END
		block $blocked cgroup $_top/web
		block $blocked cgroup $_top/run-*.scope
		block $blocked cgroup $_top/other/deep
	END
	_storm web "$_top/web"
	_storm run "$_top/run-{}.scope"
	_storm deep "$_top/other/deep"
	renice -n 5 -p "${storm[@]}" >/dev/null
	sleep 1
	# Rulesets with other paths, so that all places change their numbers.
	for ((round = 0; round < rounds; round++)); do
		{
			printf 'block %s cgroup %s\n' "$blocked" "$_top/web" "$blocked" "$_top/run-*.scope" \
				"$blocked" "$_top/other/deep" 198.18.0.1 "$_top/a$round" 198.18.0.2 "$_top/*-$round"
		} | expect 0 lsmctl restore -
		expect 0 lsmctl block 198.18.0.3 cgroup "$_top/run-/$round"
		expect 0 lsmctl block 198.18.0.4 cgroup "$_top/web"
	done
	_calm
}

a_trial_keeps_the_places_of_both_rulesets()
{
	_hierarchy
	load
	expect 0 lsmctl block "$blocked" cgroup "$_top/old"
	expect 0 lsmctl restore --confirm 9s - <<<"block $blocked cgroup $_top/new"
	mkdir "$groups$_top/old" "$groups$_top/new"
	refused _ask "$_top/new"
	reaches _ask "$_top/old"
	wait_for _is_over
	refused _ask "$_top/old"
	reaches _ask "$_top/new"
	# One that was kept.
	expect 0 lsmctl restore --confirm 60s - <<<"block $blocked cgroup $_top/newer"
	mkdir "$groups$_top/newer"
	refused _ask "$_top/newer"
	expect 0 lsmctl confirm
	refused _ask "$_top/newer"
	reaches _ask "$_top/old"
	rmdir "$groups$_top/newer"
	mkdir "$groups$_top/newer"
	refused _ask "$_top/newer"
}

_is_over()
{
	! lsmctl status | grep -q 'on trial'
}

a_cgroup_for_which_there_is_no_room_is_refused()
{
	_hierarchy
	load
	expect 0 lsmctl block "$blocked" cgroup "$_top/run-*.scope"
	mkdir "$groups$_top/run-1.scope" "$groups/lsmctl-beside"
	expect 0 python3 "$here/groups.py" fill
	mkdir "$groups$_top/run-2.scope" "$groups$_top/run-2.scope/deep"
	refused _ask "$_top/run-1.scope"
	refused _ask "$_top/run-2.scope/deep"
	reaches _ask "$_top/run-1.scope" "$neighbour"
	reaches _ask "$_top"
	reaches _ask /lsmctl-beside
	# For want of room nobody knows whether a rule is for it.
	expect 0 lsmctl block "$neighbour" cgroup "$_top/nobody"
	expect 0 lsmctl status
	never_says 'no room'
	refused _ask "$_top/run-2.scope/deep"
	reaches _ask "$_top/run-2.scope/deep" "$neighbour"
	expect 0 python3 "$here/groups.py" fill
	mkdir "$groups$_top/run-3.scope"
	refused _ask "$_top/run-3.scope" "$neighbour"
	expect 1 lsmctl test "$neighbour" port 80 cgroup "$_top/run-3.scope"
	says 'no room'
	expect 0 lsmctl status
	says 'no room for 1'
	expect 2 lsmctl doctor
	says 'cgroups' 'no room for 1'
	rmdir "$groups/lsmctl-beside"
}
