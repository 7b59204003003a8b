#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034,SC2086,SC2129
# SPDX-License-Identifier: GPL-2.0-only
# What restore reads: where it comes from, and what it may look like.

# shellcheck disable=SC2016 # for the shells that run it

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

teardown()
{
	remove_cgroups
	[[ -z ${pins-} ]] || rm -rf "$pins"
}

@test "from a pipe, a fifo, and a file on standard input" {
	new_rules_here 200000
	write rules 1.1.1.1 'allow 2.2.2.2'
	try_shell '"$LSMCTL" restore - <rules'
	[[ $status -eq 0 && $(<"$out") == '2 added, 0 changed, 0 removed, 0 unchanged' ]] || fail "$status"
	try_shell 'sed s/2.2/3.2/ rules | "$LSMCTL" restore -'
	[[ $status -eq 0 ]] || fail "$status"
	saved 'block 1.1.1.1' 'allow 3.2.2.2'
	mkfifo fifo
	sed s/2.2/4.2/ rules >fifo 3>&- &
	run -0 timeout 20 "$LSMCTL" restore fifo
	saved 'block 1.1.1.1' 'allow 4.2.2.2'
	# Half a line in one write and half in another, which comes later; more than a pipe holds.
	try_shell '{ printf "bloc"; sleep 0.2; printf "k 9.9.9.9\n1.1.1"; sleep 0.2; echo .1; } | "$LSMCTL" restore -'
	[[ $status -eq 0 ]] || fail "$status"
	saved 'block 9.9.9.9' 'block 1.1.1.1'
	try_shell 'for i in {0..249}; do seq -f "10.0.$i.%g" 0 249; done | "$LSMCTL" restore -'
	[[ $(<"$out") == '62500 added, 0 changed, 2 removed, 0 unchanged' ]] || fail 'not all'
	try_shell 'printf "1.1.1.1\nblok 2.2.2.2" | "$LSMCTL" restore -'
	was_refused 1 "-:2: unknown verdict, near 'blok': did you mean 'block'?"
	prints '0 added, 0 changed, 62500 removed, 0 unchanged' restore --allow-empty /dev/null
	try_shell '"$LSMCTL" restore - <&-'
	was_refused 2 'cannot read -: '
	try_shell '"$LSMCTL" restore - </'
	was_refused 2 'cannot read -: Is a directory'
}

@test "who waits for a pipe keeps nobody waiting" {
	new_rules_here
	mkfifo fifo
	timeout 40 "$LSMCTL" restore fifo >first 3>&- &
	first=$!
	exec 9>fifo
	echo 1.1.1.1 >&9
	run -0 timeout 20 "$LSMCTL" block 2.2.2.2 9>&-
	saved 'block 2.2.2.2' 9>&-
	exec 9>&-
	wait "$first"
	[[ $(<first) == '1 added, 0 changed, 1 removed, 0 unchanged' ]] || fail "$(<first)"
}

@test "files that are no list" {
	new_rules_here
	done_well -q block 1.1.1.1
	refused 2 'cannot open nosuch: No such file or directory' restore nosuch
	refused 1 'no file in . matches *.rules' restore .
	refused 2 'cannot open : No such file or directory' restore ''
	refused_json 2 system -j restore nosuch
	printf '2.2.2.2\n1.1.1.1 \0 x\n\0\n3.3.3.3 # \0\nblock 4.4.4.4\n' >nul
	try restore nul
	told 1 "nul:2: a NUL byte, near '1.1.1.1 ': the file is not text, or is in UTF-16" \
		"nul:3: a NUL byte, near '': the file is not text, or is in UTF-16" \
		"nul:4: a NUL byte, near '3.3.3.3 # ': the file is not text, or is in UTF-16"
	printf '2.2.2.2\n' | iconv -f ASCII -t UTF-16 >wide
	try restore wide
	told 1 "wide: this is text in UTF-16: type 'iconv -f UTF-16 -t UTF-8 wide |' before the command, and '-' for the file"
	refused 1 'nul:1: ' restore "$LSMCTL" || grep -q "lsmctl: .*:1: a NUL byte, near '\\\\x7fELF" "$err"
	saved 'block 1.1.1.1'
	ln -s loop loop
	refused 2 'cannot open loop: Too many levels of symbolic links' restore loop
	refused 1 '/dev/zero is longer than 512 MiB and not a regular file: save it to a file first' restore /dev/zero
}

@test "files that are hardly a list" {
	new_rules_here
	done_well -q block 1.1.1.1
	: >empty
	refused 1 'no rule and no setting in empty: nothing was changed' restore empty
	prints '0 added, 0 changed, 1 removed, 0 unchanged' restore --allow-empty empty
	printf '# nothing\n\n \t\r\n;\n#' >comments
	prints '0 added, 0 changed, 0 removed, 0 unchanged' restore --allow-empty comments
	refused 1 'no rule and no setting in comments: nothing was changed' restore comments
	printf '2.2.2.2' >short
	prints '1 added, 0 changed, 0 removed, 0 unchanged' restore short
	printf 'block 2.2.2.2 comment "x"' >short
	done_well restore short
	saved 'block 2.2.2.2 comment "x"'
	printf '\xef\xbb\xbf2.2.2.2\r\n\r\n# x\r\nallow 3.3.3.3 port 80 comment "a b"\r\nset default block\r\n' >dos
	done_well restore dos
	saved 'set default block' 'block 2.2.2.2' 'allow 3.3.3.3 port 80 comment "a b"'
	printf '\xef\xbb\xbfallow 2.2.2.2 port 80\n' >mark
	done_well restore mark
	saved 'set default block' 'allow 2.2.2.2 port 80'
	done_well -q set default allow
	printf '\xef\xbb\xbf' >mark
	done_well restore --allow-empty mark
	# Anywhere else it is no mark.
	printf '1.1.1.1\n\xef\xbb\xbf2.2.2.2\n' >mark
	refused 1 "mark:2: an invisible character, near '\\xef\\xbb\\xbf2.2.2.2': a byte order mark (U+FEFF)" restore mark
	printf '\t  1.1.1.1\t\n\vblock\f2.2.2.2\v\n  allow   3.3.3.3   # x\n' >blanks
	done_well restore blanks
	saved 'block 1.1.1.1' 'block 2.2.2.2' 'allow 3.3.3.3'
	printf '1.1.1.1\r2.2.2.2\r' >mac
	refused 1 "mac:1: two columns of addresses, near '1.1.1.1 2.2.2.2'" restore mac
}

@test "lines as long as they may be, and longer" {
	new_rules_here
	for length in 65535 65536 65537 66560 400000; do
		for line in "block 2.2.2.2 port 80 #" "2.2.2.2 #" "#" "2.2.2.2"; do
			{
				echo 1.1.1.1
				printf '%s%*s' "$line" $((length - ${#line} - 1)) ''
				printf '\r\n'
				echo 3.3.3.3 port x
			} >long
			try restore long
			if ((length <= 65536)); then
				told 1 "long:3: bad port, near 'x': not a number, a range such as 8000-8100, or a service of \
/etc/services"
				sed -i '3s/x/1/' long
				done_well restore long
			else
				[[ $status -eq 1 && $(<"$err") == *"long:2: a line of more than 65536 bytes, near '"* &&
					$(<"$err") == *"long:3: bad port, near 'x'"* ]] || fail "$length"
			fi
		done
	done
	# The last line, without a newline.
	printf '2.2.2.2%65529s' '' >long
	done_well restore long
	printf ' ' >>long
	refused 1 "long:1: a line of more than 65536 bytes, near '2.2.2.2 " restore long
	saved 'block 2.2.2.2'
}

@test "a hundred thousand lines" {
	new_rules_here 200000
	for i in {0..199}; do
		seq -f "block 10.7.$i.%g" 0 249
		seq -f "2001:db8:$i::%g comment \"number $i\"" 0 249
	done >rules
	prints '100000 added, 0 changed, 0 removed, 0 unchanged' restore rules
	"$PINS" hit "$pins" 50000 3
	sed '1,10d' rules >fewer
	echo 9.9.9.9 >>fewer
	prints '1 added, 0 changed, 10 removed, 99990 unchanged' restore fewer
	done_well -j list
	json "len(d['rules']) == 99991 and sum(r['hits'] for r in d['rules']) == 3 and d['rules'][0]['id'] == 11 and
		d['rules'][-1]['id'] == 100001 and [r['id'] for r in d['rules'] if r['hits']] == [50001]"
	echo x >>fewer
	refused 1 "fewer:99992: bad destination, near 'x'" restore fewer
	done_well -q save copy
	[[ $(grep -vc '^set' copy) -eq 99991 ]]
	prints '0 added, 0 changed, 0 removed, 99991 unchanged' restore copy
}

# shellcheck disable=SC2016 # for the shell that script runs
@test "a terminal is told how far it is, and then no more" {
	type -P script >/dev/null || skip 'needs script'
	local shown i
	new_rules_here 200000
	for i in {0..199}; do
		seq -f "block 10.7.$i.%g" 0 249
	done >rules
	shown=$(on_terminal '"$LSMCTL" restore rules')
	[[ $shown == $'\e[Krules: '[1-9]*%*$'\e[Krules: 100%\e[K50000 added, '* ]] || fail "$shown"
	[[ $(on_terminal '"$LSMCTL" -q restore rules') == '' ]] || fail 'quiet'
	[[ $(on_terminal '"$LSMCTL" restore rules 2>err') == '0 added, 0 changed, 0 removed, 50000 unchanged' ]]
	[[ ! -s err ]] || fail 'standard error is no terminal'
	echo x >>rules
	shown=$(on_terminal '"$LSMCTL" restore rules')
	[[ $shown == *$'100%\e[Klsmctl: rules:50001: bad destination, '* ]] || fail "$shown"
}
