#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Completion at the prompts of bash, zsh and fish, which are to give the same answers.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

completions=${BATS_TEST_DIRNAME%/tests/cli}/completions
made_cgroups=()

# at_prompts LINE ANSWER...: what Tab makes of each LINE, see tab.py, in every shell. "_" at the end stands for a space.
at_prompts()
{
	local lines=() answers=() shell got

	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$LSMCTL" "$BATS_TEST_TMPDIR/bin/lsmctl"
	while (($#)); do
		lines+=("$1")
		answers+=("${2/%_/ }")
		shift 2
	done
	local -A setup=(
		[bash]=". '$completions/lsmctl.bash'"
		[zsh]="fpath=('$completions' \$fpath); autoload -Uz compinit; compinit -u -D"
		[fish]="set -p fish_complete_path '$completions'"
	)
	for shell in bash zsh fish; do
		got=$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "$PYTHON" "$BATS_TEST_DIRNAME/tab.py" "$shell" "${setup[$shell]}" \
			"${lines[@]}" 2>&1) || fail "$shell: $got"
		diff <(printf '%s\n' "${answers[@]}") <(printf '%s\n' "$got") >&2 || fail "$shell"
	done
}

lines()
{
	printf '%s\n' "$@"
}

@test "every shell: commands, options and words, with nothing loaded" {
	# shellcheck disable=SC2016
	at_prompts 'lsmctl unloa' 'lsmctl unload_' \
		'lsmctl l' 'lsmctl l' \
		'all lsmctl l' "$(lines learn list load lock)" \
		'all lsmctl ' "$(offered '' | LC_ALL=C sort)" \
		'all lsmctl load -' "$(offered load - | LC_ALL=C sort)" \
		'lsmctl xyz' 'lsmctl xyz' \
		'lsmctl -j --pin-dir /x unloa' 'lsmctl -j --pin-dir /x unload_' \
		'lsmctl   help    unloa' 'lsmctl   help    unload_' \
		'all lsmctl load --default ' "$(lines allow block)" \
		'lsmctl load --default=b' 'lsmctl load --default=block_' \
		'lsmctl load --default=block --attach=f' 'lsmctl load --default=block --attach=fmod_ret_' \
		'lsmctl load --no-' 'lsmctl load --no-mount_' \
		'lsmctl set mode enf' 'lsmctl set mode enforce_' \
		'lsmctl block any errno ETI' 'lsmctl block any errno ETIMEDOUT_' \
		'lsmctl block 1.1.1.1,loo' 'lsmctl block 1.1.1.1,loopback_' \
		'lsmctl block 2001:db8::1,loo' 'lsmctl block 2001:db8::1,loopback_' \
		'lsmctl block any port 80,htt' 'lsmctl block any port 80,http' \
		'lsmctl block any uid www' 'lsmctl block any uid www-data_' \
		'lsmctl block any proto igm' 'lsmctl block any proto igmp_' \
		'lsmctl block any comment unl' 'lsmctl block any comment unl' \
		'lsmctl block "an" errno "ETI' 'lsmctl block "an" errno "ETIMEDOUT"_' \
		"lsmctl block 'an' err" "lsmctl block 'an' errno_" \
		$'lsmctl sta\t -j' 'lsmctl stat -j' \
		'lsmctl del 1' 'lsmctl del 1' \
		'lsmctl del id 1' 'lsmctl del id 1'
}

@test "every shell: files where a file goes, and nowhere else" {
	mkdir -p "$BATS_TEST_TMPDIR/here/dir one"
	touch "$BATS_TEST_TMPDIR/here/rules one" "$BATS_TEST_TMPDIR/here/other"
	cd "$BATS_TEST_TMPDIR/here"
	at_prompts 'lsmctl restore ru' 'lsmctl restore rules\ one_' \
		'lsmctl restore --set x ./ru' 'lsmctl restore --set x ./rules\ one_' \
		'lsmctl -j save oth' 'lsmctl -j save other_' \
		'lsmctl load --file oth' 'lsmctl load --file other_' \
		'lsmctl load --file=oth' 'lsmctl load --file=other_' \
		'read lsmctl batch "rul' 'rules one' \
		'lsmctl --pin-dir di' 'lsmctl --pin-dir dir\ one/' \
		'lsmctl --pin-dir oth' 'lsmctl --pin-dir oth' \
		'lsmctl list oth' 'lsmctl list oth' \
		'lsmctl status oth' 'lsmctl status oth' \
		'lsmctl restore other oth' 'lsmctl restore other other_' \
		'lsmctl save other oth' 'lsmctl save other oth' \
		'lsmctl block any comment oth' 'lsmctl block any comment oth' \
		'lsmctl help restore oth' 'lsmctl help restore oth'
}

@test "every shell: rules and sets that are there" {
	new_rules
	# shellcheck disable=SC2016 # as it is
	"$LSMCTL" -q block 1.1.1.1 comment 'a $(touch x) "b"'
	"$LSMCTL" -q block 192.0.2.0/24,2001:db8::1,2001:db8:1::/48,fe80::/10 set feed
	"$LSMCTL" -q allow 192.0.2.0/24 port 443
	cd "$BATS_TEST_TMPDIR"
	at_prompts 'all lsmctl del 1' "$(lines 1.1.1.1 192.0.2.0/24)" \
		'lsmctl del 2001:db8:1' 'lsmctl del 2001:db8:1::/48_' \
		'lsmctl del fe' 'lsmctl del fe80::/10_' \
		'lsmctl del 1.1.1.1,19' 'lsmctl del 1.1.1.1,192.0.2.0/24_' \
		'all lsmctl del id ' "$(lines 1 2 3 4 5 6)" \
		'lsmctl del set f' 'lsmctl del set feed_' \
		'lsmctl restore --set f' 'lsmctl restore --set feed_' \
		'lsmctl restore --set=f' 'lsmctl restore --set=feed_' \
		'lsmctl list set f' 'lsmctl list set feed_' \
		'lsmctl block any set f' 'lsmctl block any set feed_' \
		'lsmctl --pin-dir /nowhere del fe' 'lsmctl --pin-dir /nowhere del fe' \
		"lsmctl --pin-dir=$pins del fe" "lsmctl --pin-dir=$pins del fe80::/10_"
	[[ ! -e x ]] || fail 'a comment was run'
	run -0 "$LSMCTL" __complete del id 1
	# shellcheck disable=SC2016
	[[ $output == $'1\tblock 1.1.1.1 comment \'a $(touch x) "b"\'' ]] || fail "$output"
	run -0 "$LSMCTL" __complete del 192
	[[ $output == $'192.0.2.0/24\t2 rules' ]] || fail "$output"
	# Of a comment that lsmctl would not have taken too, nothing is for a terminal to obey.
	"$PINS" comment "$pins" 0 $'a\nb\tc'
	run -0 "$LSMCTL" __complete del id 1
	[[ $output == $'1\tblock 1.1.1.1 comment "a\\x0ab\\x09c"' ]] || fail "$output"
}

# shellcheck disable=SC2016
@test "every shell: names of cgroups, whatever is in them" {
	local names=('d$(touch x)' "e'q" 'f"q' 'g!x' 'h\x' 'i@1.service' 'j*?[a]' 'k`touch x`' 'l:k=v' 'm;touch x;' 'n{a,b}' 'o~'
		'p -x' 'q#' 'r%s' 's<>|&') cases=() all=() name

	needs_root
	cd "$BATS_TEST_TMPDIR"
	new_cgroup lsmctltab
	new_cgroup 'lsmctltab/b c'
	new_cgroup 'lsmctltab/b c/in ner'
	for name in "${names[@]}"; do
		new_cgroup "lsmctltab/$name"
		all+=("/lsmctltab/$name")
		# Without a quote, and in one.
		cases+=("read lsmctl block any cgroup /lsmctltab/${name:0:1}" "/lsmctltab/$name"
			"read lsmctl block any cgroup \"/lsmctltab/${name:0:1}" "/lsmctltab/$name"
			"read lsmctl block any cgroup '/lsmctltab/${name:0:1}" "/lsmctltab/$name")
	done
	at_prompts "${cases[@]}" \
		'all lsmctl block any cgroup /lsmctltab/' "$(lines '/lsmctltab/b c/' "${all[@]}")" \
		'lsmctl block any cgroup /lsmctlt' 'lsmctl block any cgroup /lsmctltab/' \
		'lsmctl block any cgroup /lsmctltab/b' 'lsmctl block any cgroup /lsmctltab/b\ c/' \
		'lsmctl block any cgroup /lsmctltab/b\ c/' 'lsmctl block any cgroup /lsmctltab/b\ c/in\ ner_' \
		'lsmctl block any cgroup "/lsmctltab/b c/i' 'lsmctl block any cgroup "/lsmctltab/b c/in ner"_' \
		'lsmctl block any cgroup /lsmctltab/i@' 'lsmctl block any cgroup /lsmctltab/i@1.service_' \
		'lsmctl block any cgroup /sys/f' 'lsmctl block any cgroup /sys/fs/cgroup/' \
		'lsmctl block any cgroup /sys/fs/cgroup/lsmctltab/b' 'lsmctl block any cgroup /sys/fs/cgroup/lsmctltab/b\ c/'
	[[ ! -e x ]] || fail 'a name was run'
}

# shellcheck disable=SC2016
@test "every shell: names of units" {
	needs_root
	new_cgroup 'lsmctlu.slice'
	new_cgroup 'lsmctlu.slice/lsmctlu-a@1.service'
	new_cgroup 'lsmctlu.slice/lsmctlu-b\x2d:c.scope'
	new_cgroup 'lsmctlu.slice/lsmctlu-d'
	new_cgroup 'lsmctlu.slice/lsmctlu-d/lsmctlu-e.service'
	new_cgroup 'lsmctlu.slice/_cpu.lsmctlu.service'
	at_prompts 'all lsmctl block any unit lsmctlu' "$(lines lsmctlu-a@1.service 'lsmctlu-b\x2d:c.scope' lsmctlu.slice)" \
		'lsmctl block any unit lsmctlu-a' 'lsmctl block any unit lsmctlu-a@1.service_' \
		'lsmctl block any unit cpu.l' 'lsmctl block any unit cpu.lsmctlu.service_' \
		'read lsmctl block any unit lsmctlu-b' 'lsmctlu-b\x2d:c.scope' \
		"read lsmctl block any unit 'lsmctlu-b" 'lsmctlu-b\x2d:c.scope' \
		'lsmctl block any user-slice roo' 'lsmctl block any user-slice root_'
}

@test "make install puts each where its shell looks" {
	cd "${BATS_TEST_DIRNAME%/tests/cli}"
	for prefix in /usr/local /usr; do
		make -s -n install DESTDIR=/d PREFIX="$prefix" >"$out"
		dir=$(sed -n 's|.* /d\(.*\)/_lsmctl$|\1|p' "$out")
		# shellcheck disable=SC2016
		zsh -fc 'print -l $fpath' | grep -qxF "$dir" || fail "zsh does not look into '$dir'"
	done
	dir=$(sed -n 's|.* /d\(.*\)/lsmctl.fish$|\1|p' "$out")
	# shellcheck disable=SC2016
	HOME=$BATS_TEST_TMPDIR fish -c 'printf "%s\n" $fish_complete_path' | grep -qxF "$dir" || fail "fish does not look into '$dir'"
}

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}
