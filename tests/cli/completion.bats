#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Completion: what lsmctl offers for a command line, and what bash makes of it.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"

completion=${BATS_TEST_DIRNAME%/tests/cli}/completions/lsmctl.bash

# offers WORDS... = CHOICES...: just these are offered when the last word is under the cursor.
offers()
{
	local words=() got

	while [[ $1 != = ]]; do
		words+=("$1")
		shift
	done
	shift
	got=$(offered "${words[@]}" | tr '\n' ' ')
	[[ $got == "$*${1+ }" ]] || fail "for '${words[*]}': offered '$got', not '$*'"
}

commands='load unload upgrade status set add block allow audit del flush list stats test watch save restore import undo confirm refresh batch learn names doctor connections cut run lock unlock help version'
destinations='any any4 any6 loopback lan link-local multicast autoconf resolvers'
of_a_rule='port proto uid gid exe cgroup unit container user-slice timeout set errno comment'
common='--json --pretty --terse --quiet --exist --dry-run --debug --pin-dir --help --version'

# shellcheck disable=SC2086 # words
@test "lsmctl offers commands, words and options" {
	offers '' = $commands
	offers lo = load lock
	offers xyz =
	offers -j --pin-dir /x '' = $commands
	offers help '' = $commands
	offers help load '' =
	offers - = $common
	offers list - = $common
	offers list --p = --pretty --pin-dir
	offers list -- -x =
	offers load -- = --default --mode --backstop --max-rules --max-names --max-addresses --attach --file --verdict --missing-cgroups --confirm --no-mount $common
	offers block -- = --resolve --local --wide --confirm --cut --missing-cgroups $common
	offers restore -- = --set --keep-set --allow-empty --max-shrink --except --from --reset-settings --confirm --cut --verdict --missing-cgroups $common
	offers import -- = --format --column --skip-bad --merge $common
	offers set -- = --confirm --cut $common
	offers run -- = --allow --file --loopback --local --unix --audit --report --allowlist --tell --fail-on-block --user --keep-fd --linger --new-privs --no-promise --load $common
	offers run --user roo = root
	offers confirm -- = --revert --cut $common
	offers del -- = --confirm --missing-cgroups $common
	offers flush -- = --confirm $common
	offers undo -- = --list --confirm $common
	offers status -- = --prove --verbose $common
	offers lock -- = --until-reboot --key-file --create $common
	offers unlock -- = --key-file $common
	offers stats -q - = --interval --top --by --prometheus --into $common
	offers set '' = default mode strict backstop answers names resolvers name-keep
	offers set default '' = allow block
	offers set mode '' = enforce audit
	offers set strict '' = off on
	offers set backstop '' = off on
	offers set answers '' = on off
	offers set names '' = off on
	offers set resolvers '' = auto
	offers set name-keep '' = 1h,1d
	offers set mode audit '' =
	offers block '' = $destinations
	offers block -q '' = $destinations
	offers block any '' = $of_a_rule
	offers block any errno '' = EPERM EACCES ECONNREFUSED EHOSTUNREACH ENETUNREACH ETIMEDOUT
	for word in timeout set comment; do
		offers block any $word '' =
	done
	offers block any port 80 '' = proto uid gid exe cgroup unit container user-slice timeout set errno comment
	offers add '' = allow block audit $destinations
	offers add allow '' = $destinations
	offers add allow any '' = $of_a_rule
	offers list '' = allow block audit sets hit $destinations port proto uid gid exe cgroup unit container user-slice set
	offers list allow '' = hit $destinations port proto uid gid exe cgroup unit container user-slice set
	offers list any '' = port proto uid gid exe cgroup unit container user-slice set
	offers list allow hit any port 25 '' = proto uid gid exe cgroup unit container user-slice set
	offers list proto t = tcp
	offers list set '' =
	offers list set x '' =
	offers connections '' = refused $destinations port proto uid gid exe cgroup unit container user-slice
	offers connections refused '' = $destinations port proto uid gid exe cgroup unit container user-slice
	offers connections refused any port 25 '' = proto uid gid exe cgroup unit container user-slice
	offers cut '' = $destinations port proto uid gid exe cgroup unit container user-slice
	offers cut any '' = port proto uid gid exe cgroup unit container user-slice
	offers watch '' = allow block audit $destinations port proto uid gid exe cgroup unit container user-slice
	offers watch block '' = $destinations port proto uid gid exe cgroup unit container user-slice
	offers watch port 80 '' = proto uid gid exe cgroup unit container user-slice
	offers watch block any '' = port proto uid gid exe cgroup unit container user-slice
	offers watch any uid 0 '' = port proto
	offers watch -- = --count --summary $common
	offers learn '' =
	offers learn -- = --merge --by --into $common
	offers learn --by '' = uid gid cgroup exe everyone name
	offers flush '' =
	offers del '' = id set
	offers del any '' = port proto uid gid exe cgroup unit container user-slice set
	offers del any uid 0 '' = port proto set
	offers del set '' =
	offers del id 1 '' =
	offers del set x '' =
}

@test "lsmctl offers the values of options, wherever they stand" {
	offers load --default '' = allow block
	offers load --mode '' = enforce audit
	offers load --verdict '' = allow block audit
	offers restore --verdict '' = allow block audit
	offers restore --except '' = self gateway resolvers lan loopback none
	offers import --format '' = plain columns csv json netmask range ipset
	offers import --column '' =
	offers load --attach '' = lsm fmod_ret auto
	offers load --max-rules '' =
	offers load --max-names '' =
	offers load -q --default block --attach '' = lsm fmod_ret auto
	offers --pin-dir '' = $'\tdirectory'
	offers list --pin-dir=/ = $'\tdirectory'
	offers load --default=b = --default=block
	offers load --nosuch=b =
	offers load --no-mount=b =
	for words in restore 'restore other' import 'import --merge other' save batch 'load --file' 'restore --set x' '--pin-dir /x restore'; do
		read -ra words <<<"$words"
		offers "${words[@]}" '' = $'\tfile'
	done
	offers save other '' =
	offers stats -i '' =
	offers stats --by '' = uid gid cgroup exe everyone
}

@test "lsmctl does not offer what it would refuse" {
	offers block any errno EPERM '' = port proto uid gid exe cgroup unit container user-slice timeout set comment
	offers block any comment x port 80 '' = proto uid gid exe cgroup unit container user-slice timeout set errno
	offers block any comment errno '' = port proto uid gid exe cgroup unit container user-slice timeout set errno
	offers allow www.example uid 0 '' = port proto timeout set errno comment private
	offers allow www.example private uid 0 '' = port proto timeout set errno comment
	offers block any uid 0 '' = port proto timeout set errno comment
	offers block any gid 0 '' = port proto timeout set errno comment
	offers block any cgroup / '' = port proto timeout set errno comment
	offers block any errno EPERM comment x port 1 proto tcp uid 0 timeout 1 set x '' =
	for word in proto uid gid; do
		[[ $(offered block any "$word" '' | wc -l) -gt 0 ]] || fail "nothing for $word"
		[[ -z $(offered block any "$word" '' | sort | uniq -d) ]] || fail "one $word twice"
		for value in $(offered block any "$word" ''); do
			refused 3 'not loaded' block any "$word" "$value"
		done
	done
	offered block any proto '' | grep -qx raw || fail 'no raw'
}

@test "lsmctl is never at a loss" {
	for words in '' 'nosuch' '-x' '--nosuch' '--' '-- ' '__complete' 'list --pin-dir /nosuch' 'help help' 'del id'; do
		read -ra words <<<"$words"
		run -0 --separate-stderr "$LSMCTL" __complete "${words[@]}" ''
		# shellcheck disable=SC2154 # run sets it
		[[ -z $stderr ]] || fail "${words[*]}: $stderr"
	done
	run -0 --separate-stderr "$LSMCTL" __complete
	[[ -z $output$stderr ]]
}

# press LINE CHOICES...: what the function makes of LINE, as bash would break it, with the cursor at its end.
press()
{
	local got

	got=$(bash --norc --noprofile -uc '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() COMP_CWORD=0 rest=$2
		while [[ $rest =~ ^([[:blank:]]*)([=:]+|[^=:[:blank:]]+)(.*)$ ]]; do
			COMP_WORDS+=("${BASH_REMATCH[2]}") rest=${BASH_REMATCH[3]}
		done
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_lsmctl "${COMP_WORDS[0]}" "${COMP_WORDS[-1]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		echo "${COMPREPLY[@]+${COMPREPLY[@]}}"' - "$completion" "$1" 2>&1)
	shift
	[[ $got == "$*" ]] || fail "gave '$got', not '$*'"
}

# A directory in front of PATH with the real lsmctl in it.
real_on_path()
{
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$LSMCTL" "$BATS_TEST_TMPDIR/bin/lsmctl"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "bash: commands, options and words" {
	real_on_path
	press 'lsmctl loa' load
	press 'lsmctl l' load list learn lock
	press 'lsmctl x'
	press 'lsmctl -j sta' status stats
	press 'lsmctl set mode e' enforce
	press 'lsmctl block lo' loopback
	press 'lsmctl block any errno EP' EPERM
	press 'lsmctl load --m' --mode --max-rules --max-names --max-addresses --missing-cgroups
	press 'lsmctl list --p' --pretty --pin-dir
	press 'lsmctl   help    se' set
	press 'lsmctl set default ' allow block
	press 'lsmctl block any comment "wor'
	press 'lsmctl'
}

@test "bash: the value of an option, behind a blank or =" {
	real_on_path
	press 'lsmctl load --default ' allow block
	press 'lsmctl load --default b' block
	press 'lsmctl load --default=' allow block
	press 'lsmctl load --default=b' block
	press 'lsmctl load --default=block --attach=f' fmod_ret
	press 'lsmctl --pin-dir=/x load --mode=e' enforce
	mkdir -p "$BATS_TEST_TMPDIR/here/one two"
	press "lsmctl --pin-dir $BATS_TEST_TMPDIR/he" "$BATS_TEST_TMPDIR/here"
	press "lsmctl list --pin-dir=$BATS_TEST_TMPDIR/here/o" "$BATS_TEST_TMPDIR/here/one two"
}

@test "bash: files, where a file goes" {
	real_on_path
	mkdir -p "$BATS_TEST_TMPDIR/here"
	touch "$BATS_TEST_TMPDIR/here/rules one" "$BATS_TEST_TMPDIR/here/other"
	cd "$BATS_TEST_TMPDIR/here"
	for words in restore 'restore other' save batch 'load --file' 'load --file x --file' '-j restore --set x' '--pin-dir /x restore'; do
		press "lsmctl $words r" 'rules one'
		press "lsmctl $words ./o" ./other
	done
	press 'lsmctl load --file=o' other
	press 'lsmctl restore --verdict a' allow audit
	press 'lsmctl restore --s' --set
	# Not elsewhere.
	for words in list block 'del set' status '--pin-dir restore list' 'help restore' 'block any comment restore' 'save other'; do
		press "lsmctl $words ot"
	done
}

# shellcheck disable=SC2016 # for the shell that runs it
@test "bash: the cursor in the midst of a word" {
	real_on_path
	run -0 bash -uc '. "$1"; COMP_WORDS=(lsmctl stats -j) COMP_CWORD=1 COMP_LINE="lsmctl stats -j" COMP_POINT=9
		_lsmctl lsmctl; echo "${COMPREPLY[@]}"' - "$completion"
	[[ $output == 'status stats' ]] || fail "$output"
}

# shellcheck disable=SC2016
@test "bash: without the line, as some callers have it" {
	real_on_path
	run -0 bash -uc '. "$1"; COMP_WORDS=(lsmctl load --def) COMP_CWORD=2; _lsmctl lsmctl; echo "${COMPREPLY[@]}"' - \
		"$completion"
	[[ $output == --default ]] || fail "$output"
}

@test "bash: no lsmctl, no words, and no noise" {
	PATH=/usr/bin:/bin press 'no-such-lsmctl l'
}

@test "bash-completion loads it when it is wanted" {
	[[ -r /usr/share/bash-completion/bash_completion ]] || skip 'needs bash-completion'
	real_on_path
	mkdir -p "$BATS_TEST_TMPDIR/share/completions"
	ln -s "$completion" "$BATS_TEST_TMPDIR/share/completions/lsmctl"
	run -0 "$PYTHON" "$BATS_TEST_DIRNAME/tab.py" bash "BASH_COMPLETION_USER_DIR=$BATS_TEST_TMPDIR/share
		. /usr/share/bash-completion/bash_completion" 'lsmctl unloa' 'sudo lsmctl unloa'
	[[ $output == 'lsmctl unload 
sudo lsmctl unload ' ]] || fail "$output"
}
