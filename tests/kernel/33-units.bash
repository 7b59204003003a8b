# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # lib.bash has the addresses
# Rules for units of systemd, and for whom else cgroups are made: slices of users, what is delegated, namespaces.

_hierarchy()
{
	groups=$(cgroup_root)
	[ -n "$groups" ] || skip 'no cgroup v2 hierarchy here'
}

# _ask PATH [ADDRESS]: connects from that cgroup.
_ask()
{
	bash -c 'echo $$ >"$0/cgroup.procs"; exec 3<>"/dev/tcp/$1/80"' "$groups$1" "${2:-$blocked}"
}

# _gone PATH...: removes each with all that is below it.
_gone()
{
	local path
	for path in "$@"; do
		find "$groups$path" -depth -type d -exec rmdir {} +
	done
}

a_rule_for_a_unit_holds_below_slices_only()
{
	local path
	local yes=(/x.service /lsmctl-s.slice/x.service /lsmctl-a.slice/lsmctl-a-b.slice/lsmctl-a-b-c.slice/x.service
		/lsmctl-a.slice/x.service/below/it)
	local no=(/lsmctl-u.slice/user-1000.slice/user@1000.service/x.service
		/lsmctl-u.slice/user-1000.slice/user@1000.service/app.slice/x.service
		/lsmctl-x.scope/x.service /lsmctl-a.slice/xx.service /lsmctl-a.slice/x.servic /lsmctl-a.slice/x.service.d)
	_hierarchy
	load
	expect 0 lsmctl block "$blocked" unit x
	expect 0 lsmctl list
	says 'unit x.service (0 now)'
	for _ in 1 2 3; do
		mkdir -p "${yes[@]/#/$groups}" "${no[@]/#/$groups}"
		for path in "${yes[@]}"; do
			refused _ask "$path"
			reaches _ask "$path" "$neighbour"
		done
		for path in "${no[@]}"; do
			reaches _ask "$path"
		done
		expect 0 lsmctl -j list
		says '"unit":"x.service","now":4'
		expect 1 lsmctl test "$blocked" unit x.service
		# A service that restarts.
		rmdir "$groups/lsmctl-s.slice/x.service"
		mkdir "$groups/lsmctl-s.slice/x.service"
		refused _ask /lsmctl-s.slice/x.service
		_gone /x.service /lsmctl-s.slice /lsmctl-a.slice /lsmctl-u.slice /lsmctl-x.scope
	done
	expect 0 lsmctl list
	says 'unit x.service (0 now)'
	# Those that are there when the rule comes.
	mkdir -p "${yes[@]/#/$groups}" "${no[@]/#/$groups}"
	expect 0 lsmctl del "$blocked" unit x.service
	expect 0 lsmctl block "$neighbour" unit x.service
	for path in "${yes[@]}"; do
		refused _ask "$path" "$neighbour"
		reaches _ask "$path"
	done
	for path in "${no[@]}"; do
		reaches _ask "$path" "$neighbour"
	done
	_gone /x.service /lsmctl-s.slice /lsmctl-a.slice /lsmctl-u.slice /lsmctl-x.scope
}

units_paths_and_patterns_hold_together()
{
	_hierarchy
	load
	expect 0 lsmctl restore - <<-END
		block $blocked unit web@*.service
		allow $blocked unit web@open.service
		allow $blocked unit web@1.service
		block $blocked cgroup /lsmctl-s.slice/web@1.service
		block $blocked unit lsmctl-a-b.slice
		allow $blocked unit io.service
		block $blocked cgroup /lsmctl-s.slice
	END
	mkdir -p "$groups"/lsmctl-{s,a,t}.slice/{web@1.service,web@2.service,web@open.service,web.service,_io.service,io.service}
	mkdir -p "$groups/lsmctl-a.slice/lsmctl-a-b.slice/y.service"
	refused _ask /lsmctl-s.slice/web@1.service
	reaches _ask /lsmctl-t.slice/web@1.service
	for path in /lsmctl-{s,a,t}.slice; do
		refused _ask "$path/web@2.service"
		reaches _ask "$path/web@open.service"
		# systemd's name for the cgroup of io.service.
		reaches _ask "$path/_io.service"
	done
	refused _ask /lsmctl-s.slice/web.service
	refused _ask /lsmctl-s.slice/io.service
	reaches _ask /lsmctl-a.slice/web.service
	refused _ask /lsmctl-a.slice/lsmctl-a-b.slice/y.service
	reaches _ask /lsmctl-a.slice
	_gone /lsmctl-{s,a,t}.slice
}

# A user may make cgroups below what is delegated, of any name, and is below the rule for the whole slice all the same.
a_delegated_tree_takes_no_rule_of_a_unit()
{
	local slice=/user.slice/user-65534.slice own
	own=$slice/user@65534.service
	_hierarchy
	load
	expect 0 lsmctl restore - <<-END
		allow $blocked unit web.service
		block $blocked user-slice 65534
		block $neighbour cgroup $own/app.slice/*.service
	END
	mkdir -p "$groups$own"
	chown -R 65534 "$groups$own"
	echo $BASHPID >"$groups$own/cgroup.procs"
	setpriv --reuid 65534 --clear-groups mkdir -p "$groups$own/app.slice/web.service" "$groups$own/web.service"
	echo $BASHPID >"$groups/cgroup.procs"
	refused _ask "$own"
	refused _ask "$own/web.service"
	refused _ask "$own/app.slice/web.service"
	refused _ask "$own/app.slice/web.service" "$neighbour"
	reaches _ask "$own/web.service" "$neighbour"
	expect 0 lsmctl list
	says "cgroup $slice"
	_gone /user.slice
}

# The path from the root of the hierarchy counts, whatever a process sees of it.
a_cgroup_namespace_changes_no_path()
{
	_hierarchy
	load
	expect 0 lsmctl restore - <<-END
		block $blocked cgroup /lsmctl-s.slice/x.service/inner
		block $blocked unit y.service
	END
	mkdir -p "$groups/lsmctl-s.slice/x.service"
	# shellcheck disable=SC2016 # of the shell within
	expect 0 env groups="$groups" blocked="$blocked" neighbour="$neighbour" bash -c '
		echo $$ >"$groups/lsmctl-s.slice/x.service/cgroup.procs"
		exec unshare -C -m bash -c "
			umount -R $groups && mount -t cgroup2 none $groups || exit 3
			[[ \$(</proc/self/cgroup) == *0::/ ]] || exit 4
			mkdir -p $groups/inner $groups/y.service $groups/lsmctl-s.slice/x.service/inner || exit 5
			ask() { bash -c \"echo \\\$\\\$ >$groups\$1/cgroup.procs; exec 3<>/dev/tcp/\$2/80\" 2>/dev/null; }
			ask /inner $neighbour || exit 6
			! ask /inner $blocked || exit 7
			ask /y.service $blocked || exit 8
			ask /lsmctl-s.slice/x.service/inner $blocked || exit 9
		"'
	refused _ask /lsmctl-s.slice/x.service/inner
	_gone /lsmctl-s.slice
}
