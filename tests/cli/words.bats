#!/usr/bin/env bats
# shellcheck disable=SC1003,SC2016,SC2119
# SPDX-License-Identifier: GPL-2.0-only
# What people type who have used other tools, or read the list, and what they want to be told.

# shellcheck source=tests/cli/common.bash
source "$BATS_TEST_DIRNAME/common.bash"
# shellcheck source=tests/cli/files.bash
source "$BATS_TEST_DIRNAME/files.bash"

# lists WORDS ID...: the list with this filter has just these.
lists()
{
	local got

	# shellcheck disable=SC2086
	got=$("$LSMCTL" -t list $1 | cut -f 1 | paste -sd ' ')
	shift
	[[ $got == "$*" ]] || fail "the list has: $got, not: $*"
}

@test "words of other tools" {
	for words in remove=del rm=del delete=del show=list ls=list monitor=watch deny=block drop=block reject=block ban=block; do
		refused 1 "unknown command '${words%=*}': did you mean '${words#*=}'?" "${words%=*}" 1.1.1.1
	done
	for words in deny drop reject ban; do
		refused 1 "unknown verdict, near '$words': did you mean 'block'?" add $words 1.1.1.1
	done
	refused 1 "bad destination, near 'all': did you mean 'any'?" block all
	refused 1 "unknown word, near 'user': did you mean 'uid'?" block 1.1.1.1 user kim
	refused 1 "unknown word, near 'for': did you mean 'timeout'?" block 1.1.1.1 for 1h
	refused 1 "unknown word, near 'dev': a rule is for where a call goes, and knows no devices" block 1.1.1.1 dev eth0
	# None of them is taken for its opposite, nor for what only looks like it.
	for words in export=save dump=save info=status insert=add append=add reload=restore 'sets=list sets' \
		'history=undo --list'; do
		refused 1 "unknown command '${words%=*}': did you mean '${words#*=}'?" "${words%=*}"
	done
	refused 1 "bad destination, near 'all': did you mean 'any'?" allow all port 80
	refused 1 "bad destination, near 'all': did you mean 'any'?" add all port 80
	for words in list watch connections cut; do
		refused 1 "unknown verdict, near 'deny': did you mean 'block'?" $words deny
		refused 1 "unknown word, near 'user': did you mean 'uid'?" $words user kim
		refused 1 "bad destination, near 'all': did you mean 'any'?" $words all
		refused 1 "unknown word, near 'tcp': type 'proto tcp'" $words tcp
	done
	for words in watch connections cut; do
		refused 1 "bad protocol, near 'tpc'" $words 1.1.1.1 2.2.2.2, 3.3.3.3 port 1, 2 proto udp, tpc
	done
	refused 1 "unknown word, near '443': if it is a port, type 'port 443'; several take commas" block 1.1.1.1 port 80 443
	refused 1 "unknown word, near 'udp': type 'proto udp'; several take commas" block 1.1.1.1 proto tcp udp
	refused 1 "bad destination, near 'tcp': a protocol stands after it" block tcp 1.1.1.1
	refused 1 "a destination is missing, near 'port': type it first, such as 'any port ...'" block port 25
	# A short word is not taken for another that it shares a letter with.
	refused 1 "bad destination, near 'dns': neither a word for addresses" allow dns
	refused 1 "unknown word, near 'min': after the destination" block 1.1.1.1 timeout 5 min
	# In a file too.
	write "$BATS_TEST_TMPDIR/rules" 'deny 1.1.1.1' 'block all'
	try -n load --file "$BATS_TEST_TMPDIR/rules"
	told 1 "$BATS_TEST_TMPDIR/rules:1: unknown verdict, near 'deny': did you mean 'block'?" \
		"$BATS_TEST_TMPDIR/rules:2: bad destination, near 'all': did you mean 'any'?"
}

@test "unblock is del" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2
	prints '- block 1.1.1.1' unblock 1.1.1.1
	prints '- block 2.2.2.2' unblock id 2
	refused 1 'no rule for 1.1.1.1' unblock 1.1.1.1
	prints '' unblock -e 1.1.1.1
	write lines 'block 3.3.3.3' 'unblock 3.3.3.3'
	done_well batch lines
	rules_are ''
	done_well help unblock
}

@test "several operands, and blanks behind commas" {
	local line words
	new_rules_here
	while IFS= read -r line; do
		read -ra words <<<"$line"
		done_well -q block "${words[@]}"
		saved 'block 1.1.1.1' 'block 2.2.2.0/24' 'block 2001:db8::1'
		done_well -q del "${words[@]}"
	done <<-'END'
		1.1.1.1,2.2.2.0/24,2001:db8::1
		1.1.1.1 2.2.2.0/24 2001:db8::1
		1.1.1.1, 2.2.2.0/24, 2001:db8::1
		1.1.1.1 ,2.2.2.0/24 , 2001:db8::1
		1.1.1.1, 2.2.2.0/24 2001:db8::1
	END
	prints '+ block 1.1.1.1 port 80 proto tcp
+ block 1.1.1.1 port 443 proto tcp
+ block 1.1.1.1 port 80 proto udp
+ block 1.1.1.1 port 443 proto udp' block 1.1.1.1 port 80, 443 proto tcp, udp
	for line in '3.3.3.0 - 3.3.3.255' '3.3.3.0- 3.3.3.255' '3.3.3.0-3.3.3.127, 3.3.3.128 - 3.3.3.255'; do
		# shellcheck disable=SC2086
		done_well -n block $line
	done
	prints '+ block 3.3.3.0/24' -n block 3.3.3.0 - 3.3.3.255
	write file '1.1.1.1 port 80,443 proto tcp,mptcp,udp'
	prints '0 added, 0 changed, 0 removed, 4 unchanged' restore file
	prints '4 rules removed' flush
	# loopback is a word for destinations; ports are none, nor are the values of others.
	prints '+ allow 127.0.0.0/8
+ allow ::1
+ allow 1.1.1.1' add allow loopback 1.1.1.1
	done_well -q block 3.3.3.3 comment 'a,' set x
	refused 1 "unknown word, near '443'" block 3.3.3.3 443
	for line in 'add block ,' 'add block ,3.3.3.3' 'add block , 3.3.3.3' 'block ,' 'block 3.3.3.3,' 'del ,'; do
		# shellcheck disable=SC2086
		refused 1 'a destination is missing' $line
	done
	refused 1 "a port is missing, near ','" block 3.3.3.3 port ,
	refused 1 "a port is missing, near ',80'" block 3.3.3.3 port , 80
	refused 1 'more than 65536 rules in one sentence' block any4 port "$(seq -s , 1 2 40000)" proto tcp,udp,sctp,dccp
	refused 1 "bad protocol, near 'tpc': did you mean 'tcp'?" block 3.3.3.3 proto udp,tpc
	refused 1 "bad protocol, near ''" block 3.3.3.3 proto udp,
	refused 2 'too many protocols' test 3.3.3.3 proto tcp,udp
	# On one line of a file two addresses may be the ends of a range.
	write file '192.0.2.0 192.0.2.255'
	refused 1 'file:1: ' restore file
	rules_are '20 allow 127.0.0.0/8' '21 allow ::1' '22 allow 1.1.1.1' '23 block 3.3.3.3 set x comment "a,"'
}

@test "several ids and sets" {
	new_rules_here
	done_well -q block 1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6
	prints '- block 1.1.1.1
- block 2.2.2.2' del id 1 2
	prints '- block 3.3.3.3
- block 4.4.4.4
- block 5.5.5.5' del id 3, 4,5 3
	refused 1 'no rule with id 7' del id 6 7
	refused 1 "bad id, near 'x'" del id 6 x
	refused 1 "'id' needs a number" del id
	refused 1 "bad id, near ''" del id 6,,6
	rules_are '6 block 6.6.6.6'
	done_well -q block 1.1.1.1 set a
	done_well -q block 2.2.2.2,3.3.3.3 set b
	refused 1 "no rule in set 'c'" del set a c
	prints '- block 1.1.1.1 set a' -n del set a
	prints '3 rules removed' del set a b
	prints '0 rules removed' -e del set a
	done_well -q block 1.1.1.1 set a
	done_well -j del set a
	json "len(d['removed']) == 1"
	prints '1 rule removed' flush
	done_well -q block 1.1.1.1,2.2.2.2
	prints '- block 1.1.1.1
- block 2.2.2.2' -n flush
	prints '' -q flush
}

@test "a line that is shown can be pasted behind del" {
	local line rows i
	new_rules_here
	rules=('block 1.1.1.1' 'allow 2001:db8::/32 port 80-443 proto tcp uid 0' 'audit 2.2.2.2 errno EACCES' \
		'block 3.3.3.3 set feed comment "two words"' 'block 4.4.4.4 timeout 1h')
	write file "${rules[@]}"
	done_well -q restore file
	"$PINS" hit "$pins" 1 12345
	for options in '' -t; do
		# shellcheck disable=SC2086
		mapfile -t rows < <("$LSMCTL" $options list | grep -v ^ID)
		[[ ${#rows[@]} -eq 5 ]] || fail 'not five'
		for line in "${rows[@]}"; do
			eval "done_well -q del $line"
		done
		rules_are ''
		done_well -q restore file
	done
	# With a remark, which a shell does not take; a batch does.
	done_well -q block 5.5.5.5 cgroup /not-there
	done_well -q block 6.6.6.6 cgroup '/not there'
	"$LSMCTL" -t list cgroup / | sed 's/^/del /' >lines
	[[ $(grep -c '(0 now)$' lines) -eq 2 ]] || fail 'not both'
	done_well -q batch lines
	lists 'cgroup /'
	mapfile -t rows < <("$LSMCTL" save | grep -v ^set)
	for line in "${rows[@]}"; do
		eval "done_well -n del $line"
		eval "done_well -q del $line"
	done
	rules_are ''
	# What others chose, such as the name of a program that learn saw, runs nothing there.
	write hostile '192.0.2.1 comment "\$(touch ran) `touch ran` it is"' '192.0.2.2 cgroup "/a;touch ran"' \
		"192.0.2.3 cgroup '/\$(touch ran)&touch ran|touch ran>ran' comment 'x;touch ran'" '192.0.2.4 comment "!! it'"'"'s $HOME"'
	done_well -q restore hostile
	for options in 'list' '-t list'; do
		# shellcheck disable=SC2086
		mapfile -t rows < <("$LSMCTL" $options | grep -v ^ID)
		for line in "${rows[@]}"; do
			eval "done_well -n del ${line%(0 now)}"
		done
	done
	mapfile -t rows < <("$LSMCTL" save | grep -v ^set)
	for line in "${rows[@]}"; do
		eval "done_well -q del $line"
	done
	[[ ! -e ran && ! -e "$BATS_TEST_TMPDIR/ran" ]] || fail 'a row ran something'
	rules_are ''
	# What is not so any more is not what was meant.
	done_well -q restore file
	i=$("$LSMCTL" -t list | head -n 1 | cut -f 1)
	refused 1 "the rule is 'block 1.1.1.1', which is not what was typed: nothing was removed" del allow 1.1.1.1
	refused 1 'no rule for 3.3.3.3 set other alone' del 3.3.3.3 set other
	refused 1 'which is not what was typed' del 3.3.3.3 set feed comment one
	refused 1 'which is not what was typed' del 1.1.1.1 errno EACCES
	refused 1 'is another one by now' del $((i + 900)) block 1.1.1.1 0 -
	[[ $("$LSMCTL" -t list | wc -l) -eq 5 ]] || fail 'something went'
}

@test "del names what is there for the same destination" {
	new_rules_here
	done_well -q block 5.5.5.5 port 443
	refused 1 "no rule for 5.5.5.5 alone, but '5.5.5.5 port 443' (id 1)" del 5.5.5.5
	done_well -q block 5.5.5.5 port 1-9
	refused 1 "no rule for 5.5.5.5 port 80 alone, but '5.5.5.5 port 443' (id 1), '5.5.5.5 port 1-9' (id 2)" \
		del 5.5.5.5 port 80
	done_well -q block 5.5.5.5 port 10,11,12,13
	refused 1 "'5.5.5.5 port 10' (id 3), ..." del 5.5.5.5
	done_well -q block 6.6.6.6 comment "$(printf 'x%.0s' {1..127})"
	done_well -q block 6.6.6.6 port 5 comment "$(printf 'y%.0s' {1..127})"
	refused 1 'no rule for 6.6.6.6 port 6 alone, but' del 6.6.6.6 port 6
	refused 1 "no rule for 7.7.7.7 ('lsmctl list' shows all rules)" del 7.7.7.7
}

@test "list by port, protocol, user, cgroup, and by what matched" {
	new_rules_here
	write file 'block any4 port 25' 'block 1.1.1.1 port 20-30 proto tcp' 'allow 1.1.1.1 uid 0' 'block 2.2.2.2 uid 1000-2000' \
		'block 3.3.3.3 cgroup /a/b' 'allow 4.4.4.4 cgroup /ab set x' 'block 5.5.5.5 proto udp' 'block 6.6.6.6'
	done_well -q restore file
	"$PINS" hit "$pins" 1 3
	"$PINS" hit "$pins" 5 1
	lists 'port 25' 1 2
	lists 'port smtp' 1 2
	lists 'port 28-99' 2
	lists 'port 25 proto tcp' 2
	lists 'proto tcp,udp' 2 7
	lists '1.1.1.0/24 port 25' 1 2
	lists 'block port 25' 1 2
	lists 'allow port 25'
	lists 'uid root' 3
	lists 'uid 1500' 4
	lists 'uid 1-1000' 4
	lists 'allow uid 0' 3
	lists 'cgroup /a' 5
	lists 'cgroup /a/b' 5
	lists 'cgroup /' 5 6
	lists 'cgroup / set x' 6
	lists 'set x cgroup /' 6
	lists hit 2 6
	lists 'block hit' 2
	lists 'hit 4.4.4.4' 6
	lists 'hit port 25' 2
	lists 'port 25 hit' 2
	lists '4.4.4.4 hit set x' 6
	lists 'block 3.3.3.3 5.5.5.5' 1 5 7
	lists '3.3.3.3, 5.5.5.5 proto tcp, udp' 7
	done_well -j list port 25
	json "[r['id'] for r in d['rules']] == [1, 2]"
	refused 1 "unexpected 'comment'" list any comment x
	refused 1 "a value is missing, near 'port'" list port
	refused 1 "bad port, near 'x'" list port x
}

@test "list sets" {
	new_rules_here
	prints 'SET  ALLOW  BLOCK  AUDIT  HITS  EXCEPT  AGE  FROM' list sets
	done_well -q block 1.1.1.1,2.2.2.2 set feed
	done_well -q allow 3.3.3.3 set feed
	done_well -q audit 4.4.4.4 set b
	done_well -q block 5.5.5.5
	"$PINS" hit "$pins" 1 7
	prints $'feed\t1\t2\t0\t7\t-\t-\t-\nb\t0\t0\t1\t0\t-\t-\t-' -t list sets
	prints '{"schema":2,"sets":[{"set":"feed","allow":1,"block":2,"audit":0,"hits":7,"except":null,"restored":null,"from":null},'\
'{"set":"b","allow":0,"block":0,"audit":1,"hits":0,"except":null,"restored":null,"from":null}]}' -j list sets
	refused 1 "near 'sets'" list sets feed
}

# Nobody reads any more: that is no error of whoever writes, and it does not wait for the next decision to find out.
@test "a pipe that closes ends what is followed, quietly" {
	new_rules_here
	for words in watch=0 '-j watch=0' 'stats -i 1=141' '-j stats -i 1=141'; do
		try_shell "timeout 20 \"\$LSMCTL\" ${words%=*} | head -c 0; exit \${PIPESTATUS[0]}"
		[[ $status -eq ${words#*=} && ! -s $err ]] || fail "$tried: $status"
	done
}

@test "what is not loaded" {
	refused 3 "not loaded (run 'lsmctl load')" block 1.1.1.1
	refused 3 "not loaded (run 'lsmctl load')" unload
	prints 'nothing was loaded' -e unload
	prints '' -q -e unload
	prints '{"schema":2,"loaded":false}' -e -j unload
}
