# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the files here share. None of these tests needs a loaded policy, none makes one, and none looks at one that the
# machine has: the pin directory is one that is not there, or one of the test's own.

bats_require_minimum_version 1.5.0

PYTHON=$(type -P python3)
[[ ! -x /usr/bin/python3 ]] || PYTHON=/usr/bin/python3

setup()
{
	: "${LSMCTL:?is not set: run make test-cli}"
	export LSMCTL_PIN_DIR=$BATS_TEST_TMPDIR/nothing-is-here LSMCTL_HISTORY_DIR=$BATS_TEST_TMPDIR/history
	unset NO_COLOR
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
}

# fail TEXT...: prints the fault, with the output of the last lsmctl.
fail()
{
	printf '%s\n' "$*"
	[[ ! -s ${out-} ]] || sed 's/^/  out: /' "$out" | cat -v
	[[ ! -s ${err-} ]] || sed 's/^/  err: /' "$err" | cat -v
	return 1
} >&2

# try ARG...: runs lsmctl; its exit status in `status`, what it wrote in the files $out and $err, byte for byte.
try()
{
	printf -v tried ' %q' "$@"
	tried=lsmctl${tried:0:200}
	status=0
	"$LSMCTL" "$@" </dev/null >"$out" 2>"$err" || status=$?
}

# As `try`, through a shell command in which "$LSMCTL" is the program: for redirections.
try_shell()
{
	tried=$1
	status=0
	bash -c "$1" </dev/null >"$out" 2>"$err" || status=$?
}

# What the last one wrote to FILE is one line, and nothing in it is for a terminal to obey.
one_line()
{
	local LC_ALL=C lines line

	mapfile lines <"$1"
	[[ ${#lines[@]} -eq 1 && ${lines[0]} == *$'\n' ]] || fail "$tried: not one line"
	line=${lines[0]%$'\n'}
	# C0 and DEL, C1, and the characters that hide text or turn it round; a tab is none of a sentence either.
	[[ $line != *[$'\x01'-$'\x1f'$'\x7f']* && $line != *$'\xc2'[$'\x80'-$'\x9f']* &&
		$line != *$'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']* && $line != *$'\xe2\x81'[$'\xa0'-$'\xa9']* ]] ||
		fail "$tried: control characters"
	[[ $line != *[$'\x80'-$'\xff']* ]] || iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || fail "$tried: not UTF-8"
}

# refused STATUS PART ARG...: lsmctl exits with STATUS, and says so in one line on standard error with PART in it.
refused()
{
	local wanted=$1 part=$2

	shift 2
	try "$@"
	was_refused "$wanted" "$part"
}

# The same of what ran last.
was_refused()
{
	[[ $status -eq $1 ]] || fail "$tried: exit status $status, not $1"
	[[ ! -s $out ]] || fail "$tried: something on standard output"
	one_line "$err"
	[[ $(<"$err") == 'lsmctl: '* ]] || fail "$tried: does not begin with 'lsmctl: '"
	[[ $(<"$err") == *"$2"* ]] || fail "$tried: does not say '$2'"
}

# What default block and strict cut off differs from host to host; surprise.bats looks at it.
without_lockouts()
{
	sed -i '/^lsmctl: warning: \(no rule \(allows\|lets\)\|strict refuses\) /d' "$err"
}

# done_well ARG...: lsmctl exits with 0, and standard error stays empty.
done_well()
{
	try "$@"
	without_lockouts
	[[ $status -eq 0 ]] || fail "$tried: exit status $status"
	[[ ! -s $err ]] || fail "$tried: something on standard error"
}

# json EXPRESSION: a Python expression that must hold for d, the document that the last lsmctl printed: just one.
json()
{
	"$PYTHON" -c 'import json, sys
text = open(sys.argv[1], encoding="utf-8").read()
assert text.endswith("\n"), "no newline at the end"
d = json.loads(text)
assert eval("(" + sys.argv[2] + ")"), "not so: " + sys.argv[2]' "$out" "$1" 2>"$BATS_TEST_TMPDIR/python" ||
		fail "$tried: $(tail -n 1 "$BATS_TEST_TMPDIR/python")"
}

# refused_json STATUS CODE ARG...: the error is a JSON object on standard output, and standard error stays empty.
refused_json()
{
	local wanted=$1 code=$2

	shift 2
	try "$@"
	[[ $status -eq $wanted ]] || fail "$tried: exit status $status, not $wanted"
	[[ ! -s $err ]] || fail "$tried: something on standard error"
	json "list(d) == ['schema', 'error'] and d['schema'] == 2 and list(d['error']) == ['code', 'message'] and
		d['error']['code'] == '$code' and d['error']['message'] and d['error']['message'].isprintable()"
}

# The words that lsmctl offers for a command line, a line each; for the names of files, a tab and their kind.
offered()
{
	"$LSMCTL" __complete "$@" | sed 's/\([^\t]\)\t.*/\1/'
}

needs_root()
{
	[[ $EUID -eq 0 ]] || skip 'needs root'
}

# Runs lsmctl as root that may do nothing with BPF, whatever the machine's kernel would allow: a load cannot succeed.
without_capabilities()
{
	local bound=-bpf,-perfmon,-sys_admin

	setpriv --bounding-set "$bound" true 2>/dev/null || skip 'cannot drop capabilities'
	printf -v tried ' %q' "$@"
	status=0
	setpriv --bounding-set "$bound" "$LSMCTL" "$@" </dev/null >"$out" 2>"$err" || status=$?
}

# Runs a copy of lsmctl, in a place open to all, as the user nobody.
try_as_nobody()
{
	local copy=$BATS_RUN_TMPDIR/lsmctl

	needs_root
	if [[ ! -e $copy ]]; then
		install -m 0755 "$LSMCTL" "$copy"
		chmod 0755 "$BATS_RUN_TMPDIR"
	fi
	printf -v tried ' %q' "$@"
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups "$copy" "$@" </dev/null >"$out" 2>"$err" || status=$?
}

# new_pin_dir: an empty directory on the BPF file system, its path in `pins`. Goes with the test.
new_pin_dir()
{
	needs_root
	[[ $(stat -f -c %T /sys/fs/bpf 2>/dev/null) == bpf_fs ]] || skip 'no BPF file system on /sys/fs/bpf'
	pins=/sys/fs/bpf/lsmctl-test-$$
	mkdir -m 0700 "$pins"
}

# new_rules [MAX-RULES]: a pin directory with the maps that load makes and no program: all that manages rules works on it,
# and nothing is enforced. It is the pin directory of what follows.
new_rules()
{
	new_pin_dir
	"${PINS:?}" make "${LSMCTL_OBJECT:?}" "$pins" "${1-100}" 2>/dev/null || skip 'this kernel refuses to make BPF maps'
	export LSMCTL_PIN_DIR=$pins
}

# prints TEXT ARG...: lsmctl succeeds, and this, with a newline, is all that it writes; '' is nothing at all.
prints()
{
	local wanted=$1

	shift
	done_well "$@"
	diff <(printf '%s' "${wanted:+$wanted$'\n'}") "$out" >&2 || fail "$tried: not what was expected"
}

# rules_are LINE...: the list, with blanks in place of tabs, hits and their times left out: ID VERDICT DESTINATION OPTIONS.
rules_are()
{
	local got

	got=$("$LSMCTL" -t list | awk -F '\t' '{ print $1, $2, $3 ($6 == "" ? "" : " " $6) }')
	[[ $got == "$(printf '%s\n' "$@")" ]] || fail "the rules are: $got"
}

# on_terminal COMMAND: runs it with a terminal, and gives what it showed there.
on_terminal()
{
	TERM=xterm script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

teardown()
{
	[[ -z ${pins-} ]] || rm -rf "$pins" "$pins-link"
}
