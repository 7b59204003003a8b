#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the page of the rule language shows is so: commands are run, files restored, calls asked for, bad lines refused.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

top=${BATS_TEST_DIRNAME%/tests/cli}
page=$top/man/lsmctl-rules.5

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

# Takes the page apart into the files parts/N-KIND: each display or list behind a comment that says its KIND.
take_apart()
{
	mkdir "$BATS_TEST_TMPDIR/parts"
	parts=$BATS_TEST_TMPDIR/parts
	awk -v to="$parts" '
		/^\.\\" (example|file [^ ]+|rules|grammar|calls|bad lines)$/ { kind = substr($0, 5); next }
		kind != "" && /^\.B[dl] / { file = sprintf("%s/%02d-%s", to, ++n, kind); kind = ""; printf "" >file; next }
		file != "" && /^\.E[dl]$/ { close(file); file = ""; next }
		file != "" { print >file }
	' "$page"
	# Displays have no markup; their lines are as they are shown. The file of a name is where an example finds it.
	sed -i 's/\\e/\\/g; s/\\(aq/'\''/g; s/\\(dq/"/g; s/\\&//g' "$parts"/*
}

again()
{
	rm -rf "$pins"
	mkdir -m 0700 "$pins"
	"$PINS" make "$LSMCTL_OBJECT" "$pins" 1000
}

# Runs the commands of $part from no rules on, and holds what they print against it.
run_example()
{
	local line

	again
	[[ -e $pins/prog_test ]] || ! grep -q '^# lsmctl test' "$part" || return 0
	while IFS= read -r line; do
		if [[ $line == '# '* ]]; then
			printf '%s\n' "$line"
			bash -c "${line#\# }" </dev/null 2>&1 || true
		fi
	done <"$part" >got
	# What default block cuts off differs from host to host.
	sed -i "/^lsmctl: warning: no rule \(allows\|lets\) /d" got
	diff "$part" got >&2
}

@test "examples print what the page says" {
	new_rules_here 1000
	take_apart
	mkdir bin
	ln -s "$LSMCTL" bin/lsmctl
	PATH=$PWD/bin:$PATH
	examples=0
	for part in "$parts"/*; do
		case $part in
		*-file\ *) cp "$part" "${part##*-file }" ;;
		*-example)
			# A line may be broken behind a backslash.
			sed -i -e ':a' -e '/\\$/N; s/\\\n//; ta' "$part"
			# Where a second passes, less is left of a timeout.
			run_example || run_example || run_example ||
				fail "an example is not as it is shown: $(head -n 1 "$part")"
			examples=$((examples + 1))
			;;
		esac
	done
	[[ $examples -ge 12 ]] || fail "only $examples examples"
}

@test "files are read" {
	new_rules_here 1000
	take_apart
	files=0
	for part in "$parts"/*-file\ * "$parts"/*-rules; do
		case $part in
		*twice | *.csv | *.json) continue ;; # an example has it refused, or imported
		*-rules) done_well restore "$part" ;;
		*) done_well restore "$part" ;;
		esac
		[[ $("$LSMCTL" -t list | wc -l) -ge 2 ]] || fail "$part: too few rules"
		files=$((files + 1))
	done
	[[ $files -ge 6 ]] || fail "only $files files"
}

@test "calls are decided as the table says" {
	new_rules_here
	take_apart
	[[ -e $pins/prog_test ]] || skip 'this kernel refuses to load the program'
	for name in web.slice web.slice/a web.slice/b; do
		new_cgroup "$name"
	done
	done_well restore "$parts"/*-rules
	calls=0
	while read -r call; do
		rule=${call#* Ta } call=${call%% Ta *}
		why=${rule#* Ta } rule=${rule%% Ta *}
		read -ra words <<<"$call"
		[[ " ${words[*]} " == *' uid '* ]] || words+=(uid 4242)
		try -j test "${words[@]}"
		[[ $status -le 1 && ! -s $err ]] || fail "$tried: exit status $status"
		if [[ $rule == default ]]; then
			json "d['rule'] is None"
		else
			json "d['rule']['id'] == $rule"
		fi
		# "longer prefix than 1": that one would be next.
		[[ $why != *' than '* ]] || json "d['runner_up']['id'] == ${why##* than }"
		calls=$((calls + 1))
	done < <(sed -n 's/^\.It Li //p' "$parts"/*-calls)
	[[ $calls -ge 20 ]] || fail "only $calls calls"
	# Each of the rules decides one of them.
	rules=$(sed -n 's/^\.It Li .* Ta \([0-9]*\) Ta .*/\1/p' "$parts"/*-calls | sort -un | wc -l)
	[[ $rules -eq $(wc -l <"$(echo "$parts"/*-rules)") ]] || fail "only $rules rules decide something"
}

@test "bad lines are told as they are listed" {
	new_rules_here
	take_apart
	tried_lines=0
	while IFS=$'\t' read -r line message; do
		printf '%s\n' "$line" >rules
		refused 1 'rules:1: ' restore rules
		[[ $(<"$err") == "lsmctl: rules:1: $message" ]] || fail "'$line' is told otherwise than: $message"
		tried_lines=$((tried_lines + 1))
	done < <(awk '
		/^\.It Li / { if (line) print line "\t" message; line = substr($0, 8); message = ""; next }
		{ message = message (message ? " " : "") $0 }
		END { print line "\t" message }' "$parts"/*-bad\ lines)
	[[ $tried_lines -ge 35 ]] || fail "only $tried_lines lines"
	prints "$after_load" save
}

@test "the grammar has the words of the program" {
	take_apart
	diff <(grep -oP '"\K[a-z][a-z0-9-]*(?=")' "$parts"/*-grammar | sort -u) <(
		{
			echo add
			echo set
			echo private # of names only
			offered add ''
			offered add any ''
			offered set ''
			for name in $(offered set ''); do offered set "$name" ''; done | grep -v , # no lists of values
		} | sort -u
	) >&2 || fail 'not the same words'
	# The page describes each clause and each error.
	diff <(sed -n '/^\.Sh CLAUSES/,/^\.Sh WHICH/s/^\.It Cm \([a-z-]*\) Ar.*/\1/p' "$page") <(offered block any '') >&2 ||
		fail 'not the same clauses'
	diff <(sed -n '/^\.Sh CLAUSES/,/^\.Sh WHICH/s/^\.Er \([A-Z]*\).*/\1/p' "$page") <(offered block any errno '') >&2 ||
		fail 'not the same errors'
	diff <(sed -n '/^\.Sh DESTINATIONS/,/^\.Sh CLAUSES/s/^\.It Cm //p' "$page" | tr -d ' ' | tr , '\n') \
		<(offered block '') >&2 || fail 'not the same words for destinations'
}

@test "the page is well formed" {
	type -P mandoc >/dev/null || skip 'needs mandoc'
	run mandoc -Tlint -Wwarning "$page"
	[[ -z $output && $status -eq 0 ]] || fail "$output"
	[[ $(mandoc -Tascii "$page" 2>/dev/null | col -b | expand | wc -L) -le 80 ]] || fail 'lines too long'
}

@test "pages are installed" {
	make -C "$top" -n install DESTDIR=/nowhere PREFIX=/usr BIN=lsmctl-not-built -o lsmctl-not-built >"$out" 2>"$err" ||
		fail 'make install'
	for file in "$top"/man/*.[1-9]; do
		grep -q "man/${file##*/} /nowhere/usr/share/man/man${file##*.}/${file##*/}\$" "$out" || fail "${file##*/} is not"
	done
}
