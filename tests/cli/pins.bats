#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The pin directory: where it may be, whose, and who waits for whom. Nothing is ever loaded here.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

# Commands that read, and commands that write.
readers=('list' 'stats' 'flush -n')
writers=('block 1.1.1.1' 'del 1.1.1.1' 'flush' 'set mode audit' 'unload')

# everyone STATUS PART: every command but load refuses the pin directory DIR so.
everyone()
{
	for words in "${readers[@]}" "${writers[@]}" 'unload -n'; do
		# shellcheck disable=SC2086
		refused "$1" "$2" --pin-dir "$3" $words
	done
}

@test "not on a BPF file system" {
	mkdir -m 0700 "$BATS_TEST_TMPDIR/dir"
	everyone 2 "$BATS_TEST_TMPDIR/dir is not on a BPF file system" "$BATS_TEST_TMPDIR/dir"
	everyone 2 'not on a BPF file system' /
	everyone 2 'not on a BPF file system' /proc
	refused 1 'use a --pin-dir under /sys/fs/bpf' --pin-dir "$BATS_TEST_TMPDIR/dir" load --no-mount
	refused 1 'use a --pin-dir under /sys/fs/bpf' --pin-dir "$BATS_TEST_TMPDIR/new" load
	[[ ! -e $BATS_TEST_TMPDIR/new ]] || fail 'made a directory'
	refused 1 '/' --pin-dir / load
	[[ $(<"$err") != 'lsmctl:  '* ]] || fail 'does not say what'
}

@test "a dry run looks at it too" {
	mkdir "$BATS_TEST_TMPDIR/dir"
	refused 1 'use a --pin-dir under /sys/fs/bpf' --pin-dir "$BATS_TEST_TMPDIR/new" load -n
	refused 1 'absolute path' --pin-dir somewhere load -n
	refused 1 'use a --pin-dir under /sys/fs/bpf' --pin-dir /proc/self load -n
}

@test "a relative path, and an empty one" {
	cd /
	for dir in somewhere ./somewhere ../x sys/fs/bpf/lsm-connect ''; do
		refused 1 'absolute path' --pin-dir "$dir" load
		everyone 1 'absolute path' "$dir"
	done
	LSMCTL_PIN_DIR=somewhere refused 1 'absolute path' list
}

@test "a file, or a symbolic link" {
	touch "$BATS_TEST_TMPDIR/file"
	ln -s /sys/fs/bpf "$BATS_TEST_TMPDIR/link"
	ln -s nowhere "$BATS_TEST_TMPDIR/dangling"
	everyone 2 "$BATS_TEST_TMPDIR/file is not a directory" "$BATS_TEST_TMPDIR/file"
	everyone 2 "$BATS_TEST_TMPDIR/link is not a directory" "$BATS_TEST_TMPDIR/link"
	everyone 2 'is not a directory' "$BATS_TEST_TMPDIR/dangling"
	everyone 2 'is not a directory' "$BATS_TEST_TMPDIR/file/below"
}

@test "a symbolic link on the BPF file system" {
	new_pin_dir
	ln -s "$pins" "$pins-link"
	everyone 2 "$pins-link is not a directory" "$pins-link"
	everyone 2 'is not a directory' "$pins-link/"
	everyone 2 'is not a directory' "$pins-link//"
	without_capabilities --pin-dir "$pins-link" load --no-mount
	was_refused 2 'is not a directory'
	without_capabilities --pin-dir "$pins-link/" load --no-mount
	was_refused 2 'is not a directory'
}

@test "a name that a BPF file system does not allow" {
	new_pin_dir
	try --pin-dir "$pins.d" load --no-mount
	was_refused "$status" "$pins.d"
	[[ $status -ne 0 && $(<"$err") != *'run it as root'* ]] || fail 'blames the wrong one'
}

@test "ten thousand characters" {
	local long

	long=/$(printf '%10000s' '' | tr ' ' a)
	refused 2 'File name too long' --pin-dir "$long" list
	refused 2 'File name too long' --pin-dir "/sys/fs/bpf$long" list
	try --pin-dir "/sys/fs/bpf$long" load --no-mount
	[[ $status -eq 1 || $status -eq 2 ]] || fail "$tried: $status"
	one_line "$err"
	try --pin-dir "$(printf '/%5000s' '' | tr ' ' /)" load --no-mount
	[[ $status -eq 1 || $status -eq 2 ]] || fail "$tried: $status"
	one_line "$err"
}

@test "LSMCTL_PIN_DIR, and --pin-dir before it" {
	mkdir "$BATS_TEST_TMPDIR/one"
	LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/one refused 2 "$BATS_TEST_TMPDIR/one is not on a BPF" list
	LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/one refused 3 'not loaded' list --pin-dir "$BATS_TEST_TMPDIR/other"
	LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/other refused 2 "$BATS_TEST_TMPDIR/one is not on a BPF" \
		--pin-dir="$BATS_TEST_TMPDIR/one" list
	# The last one counts.
	refused 2 "$BATS_TEST_TMPDIR/one is not on a BPF" --pin-dir /x list --pin-dir "$BATS_TEST_TMPDIR/one"
}

# shellcheck disable=SC2016 # for the shell that try_shell runs
@test "an empty LSMCTL_PIN_DIR is none" {
	needs_root
	unshare -m true 2>/dev/null && [[ -d /sys/fs/bpf ]] || skip 'cannot hide what is at the usual place'
	try_shell 'LSMCTL_PIN_DIR= unshare -m sh -c '\''mount -t tmpfs none /sys/fs/bpf && exec "$LSMCTL" list'\'
	was_refused 3 'not loaded'
	try_shell 'LSMCTL_PIN_DIR= unshare -m sh -c '\''mount -t tmpfs none /sys/fs/bpf && mkdir /sys/fs/bpf/lsm-connect &&
		exec "$LSMCTL" list'\'
	was_refused 2 '/sys/fs/bpf/lsm-connect is not on a BPF file system'
}

@test "a directory that others can write to, or that is another's" {
	new_pin_dir
	everyone 3 'not loaded' "$pins"
	for mode in 0755 0770 0701 1777; do
		chmod "$mode" "$pins"
		everyone 2 "$pins is open to others (mode $mode)" "$pins"
		without_capabilities --pin-dir "$pins" load --no-mount
		was_refused 2 'is open to others'
	done
	chmod 0700 "$pins"
	chown 65534 "$pins"
	everyone 3 "$pins belongs to uid 65534 (run 'lsmctl load', which moves it aside)" "$pins"
}

# Where others may write beside it, they can be there first, and keep root from nothing.
@test "what belongs to another user, and is in the directory's place, is moved aside" {
	local moved

	new_pin_dir
	chown 65534 "$pins"
	mkdir "$pins/in_it"
	for what in directory symlink empty; do
		case $what in
		symlink)
			rmdir "$pins"
			ln -s /nowhere "$pins"
			chown -h 65534 "$pins"
			everyone 3 "$pins belongs to uid 65534" "$pins"
			;;
		empty)
			chown 65534 "$pins"
			;;
		esac
		moved=$("$PINS" claim "$pins" 0 0)
		[[ $moved == "65534 $pins-of-uid-65534-"* && -e ${moved#* }/in_it || -L ${moved#* } || $what == empty ]] ||
			fail "$what: $moved"
		rm -rf "${moved#* }"
		[[ $(stat -c '%u %a' "$pins") == '0 700' ]] || fail "not ours: $(stat -c '%u %a' "$pins")"
	done
	# No warning when root owns the directory, or when it does not exist.
	[[ -z $("$PINS" claim "$pins" 0 0) ]] || fail 'moved what was ours'
	rmdir "$pins"
	[[ -z $("$PINS" claim "$pins" 0 0) && ! -e $pins ]] || fail 'moved what was not there'
	[[ -z $(compgen -G "$pins-*") ]] || fail "left: $(compgen -G "$pins-*")"
}

@test "pins are those of the directory that is locked, wherever it is by now" {
	new_rules 100
	"$PINS" moved "$pins" "$pins-link" 0 || fail 'went by the path'
	rmdir "$pins"
	mv "$pins-link" "$pins"
	done_well list
}

@test "without /proc" {
	new_rules 100
	local said="/proc is not mounted, and lsmctl opens pins through it (run 'mount -t proc proc /proc')"

	# shellcheck disable=SC2016 # for the shell that try_shell runs
	try_shell 'unshare -m sh -c '\''umount -l /proc && exec "$LSMCTL" list'\'
	if grep -q __asan_init "$LSMCTL"; then
		# Without /proc a sanitizer finds neither its options nor leaks, and ends the program itself.
		[[ $(<"$err") == *"lsmctl: $said"* ]] || fail "$tried: $status"
	else
		was_refused 2 "$said"
	fi
}

@test "without root" {
	needs_root
	mkdir -m 0700 "$BATS_RUN_TMPDIR/closed"
	for words in 'list' 'block 1.1.1.1' 'status' 'unload'; do
		# shellcheck disable=SC2086
		try_as_nobody --pin-dir "$BATS_RUN_TMPDIR/closed/pins" $words
		was_refused 2 "cannot open $BATS_RUN_TMPDIR/closed/pins: permission denied (run it as root)"
	done
	try_as_nobody -j --pin-dir "$BATS_RUN_TMPDIR/closed/pins" list
	[[ $status -eq 2 ]] || fail "$status"
	json "d['error']['code'] == 'permission'"
	# A fault in the words comes first, for every user.
	try_as_nobody --pin-dir "$BATS_RUN_TMPDIR/closed/pins" block 1.1.1
	was_refused 1 'four decimal numbers'
}

@test "load without root" {
	new_pin_dir
	try_as_nobody --pin-dir "$pins/below" load --no-mount
	was_refused 2 'permission denied (run it as root)'
	try_as_nobody --pin-dir "$pins" load --no-mount
	was_refused 2 'run it as root'
}

@test "writers wait for one another, and for readers; readers do not wait for readers" {
	new_pin_dir
	for words in "${readers[@]}" status; do
		# shellcheck disable=SC2086
		run -3 flock -s "$pins" "$LSMCTL" --pin-dir "$pins" $words
	done
	for words in "${writers[@]}"; do
		# shellcheck disable=SC2086
		run -124 flock -s "$pins" timeout --foreground 0.3 "$LSMCTL" --pin-dir "$pins" $words
	done
	for words in "${readers[@]}" status "${writers[@]}"; do
		# shellcheck disable=SC2086
		run -124 flock -x "$pins" timeout --foreground 0.3 "$LSMCTL" --pin-dir "$pins" $words
	done
}

@test "who waited while the directory was replaced looks at the new one" {
	new_pin_dir
	exec 9<"$pins"
	flock -x 9
	"$LSMCTL" --pin-dir "$pins" list >"$out" 2>"$err" 9<&- &
	sleep 0.3
	# Its fault shows which directory is the new one.
	rmdir "$pins"
	mkdir -m 0755 "$pins"
	flock -u 9
	exec 9<&-
	status=0
	wait $! || status=$?
	tried=list
	was_refused 2 'is open to others'
}
