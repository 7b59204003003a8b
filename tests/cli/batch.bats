#!/usr/bin/env bats
# shellcheck disable=SC1003,SC2016,SC2238
# SPDX-License-Identifier: GPL-2.0-only
# Many commands in one process, until one fails.

# shellcheck disable=SC2016 # for the shells that run it

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# failed STATUS MESSAGE OUTPUT: the last batch ended so, having printed this.
failed()
{
	[[ $status -eq $1 ]] || fail "$tried: exit status $status, not $1"
	[[ $(<"$err") == "lsmctl: $2" ]] || fail "$tried: not '$2'"
	[[ $(<"$out") == "$3" ]] || fail "$tried: not what was expected"
}

@test "its lines are commands" {
	new_rules_here
	write batch '# comment' 'block 1.1.1.1' '' '   ' "  allow '2.2.2.2'   port \"80\" # behind" ';x' \
		'add audit any4 comment "a # b; \"c\" \\ '"'d'"'"' "block 3.3.3.3 comment 'a \"b\" \\'" 'block 4.4.4.4 comment a\ b\"' \
		'del 1.1.1.1' 'set default block' 'list set x' 'set mode audit'
	prints '+ block 1.1.1.1
+ allow 2.2.2.2 port 80
+ audit 0.0.0.0/0 comment "a # b; \"c\" \\ '"'d'"'"
+ block 3.3.3.3 comment "a \"b\" \\"
+ block 4.4.4.4 comment "a b\""
- block 1.1.1.1
+ allow 127.0.0.0/8 comment "added with default block"
+ allow ::1 comment "added with default block"
default block
ID  VERDICT  DESTINATION  HITS      LAST HIT                   OPTIONS
mode audit' batch batch
	saved 'set default block' 'set mode audit' 'allow 2.2.2.2 port 80' \
		'audit 0.0.0.0/0 comment "a # b; \"c\" \\ '"'d'"'"' 'block 3.3.3.3 comment "a \"b\" \\"' \
		'block 4.4.4.4 comment "a b\""' 'allow 127.0.0.0/8 comment "added with default block"' \
		'allow ::1 comment "added with default block"'
	: >empty
	prints '' batch empty
	printf 'flush' >short
	done_well -q batch short
	printf '\xef\xbb\xbfblock 1.1.1.1\r\n# x\r\nblock 2.2.2.2 comment "x"\r\n' >dos
	done_well -q batch dos
	saved 'set default block' 'set mode audit' 'block 1.1.1.1' 'block 2.2.2.2 comment "x"'
}

@test "from standard input, line by line" {
	new_rules_here
	try_shell 'printf "block 1.1.1.1\nlist -t\n" | "$LSMCTL" batch -'
	[[ $status -eq 0 && $(<"$out") == $'+ block 1.1.1.1\n1\tblock\t1.1.1.1\t0\t-\t' ]] || fail 'not what was expected'
	# Each line's effect and output are visible before the next line arrives.
	mkfifo lines
	"$LSMCTL" batch lines >out 3>&- &
	batch=$!
	exec 9>lines
	echo 'block 2.2.2.2' >&9
	for _ in {1..100}; do
		[[ ! -s out ]] || break
		sleep 0.1
	done
	[[ $(<out) == '+ block 2.2.2.2' ]] || fail 'kept waiting'
	run -0 timeout 20 "$LSMCTL" block 3.3.3.3 9>&-
	echo 'del 3.3.3.3' >&9
	exec 9>&-
	wait "$batch"
	saved 'block 1.1.1.1' 'block 2.2.2.2'
}

@test "the first that fails ends it" {
	new_rules_here 3
	write batch 'block 1.1.1.1' '' 'block 2.2.2.2 errno EAGAIN' 'block 3.3.3.3'
	try batch batch
	failed 4 "batch:3: bad errno, near 'EAGAIN': one of EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, \
ETIMEDOUT" '+ block 1.1.1.1'
	saved 'block 1.1.1.1'
	# The first of all: nothing was done, so the status is its own.
	for line in "1=block 1.1.1.1 errno x" "1=nosuch" "1=block 1.1.1.1" "1=del 2.2.2.2" "2=block lan" "2=restore nosuch" \
		"1=list --nosuch" "1=block 1.1.1.1 comment \"" "1=block 1.1.1.1 comment \\" "1='' x"; do
		write one '# x' "${line#*=}" 'block 9.9.9.9'
		try batch one
		[[ $status -eq ${line%%=*} && ! -s $out ]] || fail "$line: $status"
		one_line "$err"
		[[ $(<"$err") == 'lsmctl: one:2: '* ]] || fail "$line: not told"
		# Behind another one: in part.
		write one 'list -t block' "${line#*=}" 'block 9.9.9.9'
		try batch one
		[[ $status -eq 4 && $(<"$err") == 'lsmctl: one:2: '* ]] || fail "$line: $status"
	done
	saved 'block 1.1.1.1'
	write unknown blok
	refused 1 "unknown:1: unknown command 'blok': did you mean 'block'?" batch unknown
	write open 'block 1.1.1.1 comment "x'
	refused 1 "open:1: an open quote, near 'x': close it with \"" batch open
	write slash 'block 1.1.1.1 '\\
	refused 1 'slash:1: nothing follows a backslash' batch slash
	printf 'block 2.2.2.2\nblock 3.\0003.3.3\n' >nul
	try -q batch nul
	failed 4 "nul:2: a NUL byte, near 'block 3.': the file is not text, or is in UTF-16" ''
	printf 'blo\033[2Jck' >$'a\nb'
	try batch $'a\nb'
	failed 1 "a\\x0ab:1: unknown command 'blo\\x1b[2Jck': did you mean 'block'?" ''
}

@test "rules that follow one another are added as if each were alone" {
	new_rules_here 5
	write batch 'block 1.1.1.1' 'allow 2.2.2.2 set a' 'block 1.1.1.1' 'block 3.3.3.3'
	try batch batch
	failed 4 "batch:3: 'block 1.1.1.1' exists already (--exist accepts this)" $'+ block 1.1.1.1\n+ allow 2.2.2.2 set a'
	saved 'block 1.1.1.1' 'allow 2.2.2.2 set a'
	write batch 'audit 1.1.1.1' 'allow 2.2.2.2 set a' 'block 3.3.3.3'
	prints '- block 1.1.1.1
+ audit 1.1.1.1
+ block 3.3.3.3' -e batch batch
	saved 'audit 1.1.1.1' 'allow 2.2.2.2 set a' 'block 3.3.3.3'
	write batch 'block 4.4.4.4' 'block 5.5.5.5' 'block 6.6.6.6' 'block 7.7.7.7'
	try batch batch
	[[ $status -eq 4 && $(<"$err") == 'lsmctl: batch:3: no room: '* && $(<"$out") == $'+ block 4.4.4.4\n+ block 5.5.5.5' ]] ||
		fail "$tried: $(<"$err")"
	saved 'audit 1.1.1.1' 'allow 2.2.2.2 set a' 'block 3.3.3.3' 'block 4.4.4.4' 'block 5.5.5.5'
	write batch 'del 4.4.4.4' 'block 8.8.8.8' 'del 8.8.8.8' 'block 8.8.8.8 port 1' 'block 9.9.9.9 errno x'
	try -q batch batch
	failed 4 "batch:5: bad errno, near 'x': one of EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT" ''
	saved 'audit 1.1.1.1' 'allow 2.2.2.2 set a' 'block 3.3.3.3' 'block 5.5.5.5' 'block 8.8.8.8 port 1'
	# Undone as one change.
	done_well -q undo
	saved 'audit 1.1.1.1' 'allow 2.2.2.2 set a' 'block 3.3.3.3' 'block 5.5.5.5' 'block 4.4.4.4'
}

@test "bad lines of a file that a line restores" {
	new_rules_here
	write rules 'blok 1.1.1.1' 2.2.2.2 'allow'
	write batch 'block 1.1.1.1' 'restore rules' 'flush'
	try batch batch
	[[ $(<"$err") == "lsmctl: rules:1: unknown verdict, near 'blok': did you mean 'block'?
lsmctl: rules:3: a destination is missing, near 'allow': type an address, a prefix, a range or a word" &&
		$status -eq 4 ]] || fail "$status"
	saved 'block 1.1.1.1'
}

@test "files that are none" {
	new_rules_here
	refused 2 'cannot open nosuch: No such file or directory' batch nosuch
	refused 2 'cannot read .: Is a directory' batch .
	refused 1 "a file is missing (usage: lsmctl batch FILE; '-' is standard input)" batch
	refused 1 "unexpected 'b'" batch a b
	refused_json 2 system -j batch nosuch
	try_shell '"$LSMCTL" batch - <&-'
	was_refused 2 'cannot read -: '
}

@test "options of the batch and of its lines" {
	new_rules_here
	write batch 'block 1.1.1.1' '-e block 1.1.1.1' 'block 1.1.1.1 --exist' '-q block 2.2.2.2' 'block --dry-run 3.3.3.3' \
		'--json del 2.2.2.2' 'block 4.4.4.4'
	try batch batch
	[[ $status -eq 0 && $(sed -n '1,2p;4p' "$out") == '+ block 1.1.1.1
+ block 3.3.3.3
+ block 4.4.4.4' && $(sed -n 3p "$out") == '{"schema":2,'*'"2.2.2.2/32"'* ]] || fail "$status"
	saved 'block 1.1.1.1' 'block 4.4.4.4'
	# An option of one line is not the next one's; those of the batch are every line's.
	write batch 'block -e 1.1.1.1' 'block 1.1.1.1'
	try batch batch
	failed 4 "batch:2: 'block 1.1.1.1' exists already (--exist accepts this)" ''
	prints '' -e batch batch
	prints '' batch --exist batch
	write batch 'block 5.5.5.5' 'flush'
	prints '+ block 5.5.5.5
- block 1.1.1.1
- block 4.4.4.4' -n batch batch
	prints '' -q batch batch
	saved
	printf 'restore --set a --verdict allow %s\n' list >./batch
	echo 'restore list' >>./batch
	write list 1.1.1.1
	done_well -q batch batch
	saved 'block 1.1.1.1'
	write batch 'block --missing-cgroups 2.2.2.2 cgroup /lsmctl-no/such' 'block --missing-cgroups 3.3.3.3 cgroup /lsmctl-no/such'
	try -q batch batch
	[[ $status -eq 0 && $(grep -c 'no longer needed' "$err") -eq 1 ]] || fail "$tried: $(<"$err")"
	saved 'block 1.1.1.1' 'block 2.2.2.2 cgroup /lsmctl-no/such' 'block 3.3.3.3 cgroup /lsmctl-no/such'
}

@test "pins of another place" {
	write "$BATS_TEST_TMPDIR/batch" 'version'
	done_well batch "$BATS_TEST_TMPDIR/batch"
	write "$BATS_TEST_TMPDIR/batch" 'block 1.1.1.1'
	refused 3 "batch:1: not loaded (run 'lsmctl load')" batch "$BATS_TEST_TMPDIR/batch"
	new_rules_here
	unset LSMCTL_PIN_DIR
	write batch 'block 1.1.1.1'
	done_well --pin-dir "$pins" -q batch batch
	write batch "--pin-dir $pins block 2.2.2.2"
	done_well --pin-dir /sys/fs/bpf/lsmctl-nosuch -q batch batch
	LSMCTL_PIN_DIR=$pins saved 'block 1.1.1.1' 'block 2.2.2.2'
}

@test "one document, whatever happens" {
	new_rules_here
	write batch 'block 1.1.1.1' '# x' 'list' 'help flush' '-p list'
	done_well -j batch batch
	json "list(d) == ['schema', 'results'] and [r['line'] for r in d['results']] == [1, 3, 4, 5] and
		d['results'][0]['output']['added'][0]['prefix'] == '1.1.1.1/32' and
		d['results'][1]['output'] == d['results'][3]['output'] and
		d['results'][1]['output']['rules'][0]['id'] == 1 and d['results'][2]['output'].startswith('Usage: lsmctl flush')"
	[[ $(wc -l <"$out") -eq 1 ]]
	write batch 'del 1.1.1.1' 'del 1.1.1.1' 'block 2.2.2.2'
	try -j batch batch
	[[ $status -eq 4 && ! -s $err ]] || fail "$status"
	json "list(d) == ['schema', 'results', 'error'] and len(d['results']) == 1 and d['error'] == {'code': 'not_found',
		'message': 'batch:2: no rule for 1.1.1.1 (\'lsmctl list\' shows all rules)'}"
	try -j batch batch
	[[ $status -eq 1 ]] || fail "$status"
	json "d['results'] == [] and d['error']['code'] == 'not_found'"
	: >./batch
	prints '{"schema":2,"results":[]}' -j batch batch
	done_well -p batch batch
	json "d == {'schema': 2, 'results': []}"
}

@test "a batch has no batch in it" {
	new_rules_here
	for line in 'batch batch' '-q batch batch' 'batch' 'batch -' '--pin-dir /x -e batch batch'; do
		write batch "$line"
		refused 1 "batch:1: a batch within a batch, near 'batch': insert the lines here" batch batch
	done
	# Standard input has the lines that are still to come.
	try_shell 'printf "%s\n" "block 1.1.1.1" "restore -" "block 2.2.2.2" | "$LSMCTL" -q batch -'
	failed 4 "-:2: standard input is the batch, near '-': name a file" ''
	saved 'block 1.1.1.1'
	write batch 'restore -'
	try_shell 'echo 3.3.3.3 | "$LSMCTL" -q batch batch'
	[[ $status -eq 0 ]] || fail "$status"
	saved 'block 3.3.3.3'
}

@test "a thousand lines, and two at once" {
	new_rules_here 3000
	for i in 1 2; do
		for n in {0..3}; do seq -f "block 10.$i.$n.%g" 0 249; done >batch.$i
	done
	"$LSMCTL" -q batch batch.1 3>&- &
	first=$!
	done_well -q batch batch.2
	wait "$first"
	diff <("$LSMCTL" save | without_defaults | sort) <(sort batch.1 batch.2) || fail 'not all are there'
	done_well -j list
	json "len(set(r['id'] for r in d['rules'])) == 2000"
}

@test "a report that cannot be written ends it" {
	new_rules_here
	write batch 'block 1.1.1.1' 'block 2.2.2.2'
	try_shell '"$LSMCTL" batch batch >/dev/full'
	was_refused 2 'cannot write to standard output: No space left on device'
	saved
}

generation()
{
	"$PYTHON" "$BATS_TEST_DIRNAME/../kernel/word.py" "$pins/map_config" 3
}

@test "many lines compile the rules seldom" {
	local before

	new_rules_here 40000
	seq -f 'block 10.%g.0.0/16 port 1-9' 0 255 >rules
	done_well -q restore rules
	seq 4000 | awk '{ n = $1 * 40503 % 65536; print "block 11." int(n / 256) "." n % 256 "." $1 % 251 }' >batch
	before=$(generation)
	done_well -q batch batch
	# Rules that follow one another are gathered.
	[[ $(($(generation) - before)) -le 1 ]] || fail "compiled $(($(generation) - before)) times for $(wc -l <batch) lines"
}
