# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # ns and kib come from timed(), the rest from lib.bash and phase
#
# Many rules at once, one rule among many, memory: wall time, the two sides of a ratio in turn. Processor time
# (B1 to B4, B13, B14) where lsmctl, which puts tables in force, waits a moment for the kernel and others do not.

# restore ROW SIZE ROUNDS PEER: the peer's function, which sets a, against lsmctl restore.
_against_restore()
{
	local size=$2 round
	flush
	lsmctl -q restore "$rules/$size.list" && check "$size"
	for ((round = 1; round <= $3; round++)); do
		progress "$4 and lsmctl restore, $size rules, round $round of $3"
		"$4" "$size"
		flush
		timed lsmctl -q restore "$rules/$size.list"
		b=$cpu
		pair "$1"
	done
}

_ipset_restore()
{
	local entries
	ipset destroy
	timed ipset restore -f "$rules/$1.ipset"
	a=$cpu
	entries=$(ipset list -t | awk '/^Number of entries/ { n += $4 } END { print n }')
	[ "$entries" = "$(wc -l <"$rules/$1.list")" ] || wrong "ipset has $entries entries of $1"
	ipset destroy
}

_nft_restore()
{
	nft flush ruleset
	timed nft -f "$rules/$1.nft"
	a=$cpu
	nft flush ruleset
}

_lpm_batch()
{
	local how
	rm -f "$bpffs"/lpm*
	timed "$programs/lpm" load "$rules/$1.list" "$bpffs"
	a=$cpu
	how=$("$programs/probe" lpm "$rules/$1.probes" "$bpffs" 2>&1) || wrong "the LPM trie: $how"
	rm -f "$bpffs"/lpm*
}

B1()
{
	needs ipset
	_against_restore B1 "$many" "$rounds" _ipset_restore
	_against_restore B1@100k "$some" "$rounds" _ipset_restore
	_against_restore B1@v6 v6 "$rounds" _ipset_restore
	[ ! -e "$rules/lists.list" ] || _against_restore B1@lists lists "$rounds" _ipset_restore
}

B2()
{
	needs nft
	_against_restore B2@100k "$some" "$rounds" _nft_restore
	[ ! -e "$rules/lists.list" ] || _against_restore B2@lists lists 1 _nft_restore
	_against_restore B2 "$many" 1 _nft_restore
}

# A command for each entry, which is what bpftool's batch mode does.
B3()
{
	needs bpftool
	"$programs/lpm" load "$rules/1.list" "$bpffs" || wrong "no LPM trie"
	bpftool map create "$bpffs/batch" type lpm_trie key 8 value 4 entries 200000 name batch flags 1 || wrong "no trie"
	sed -n '/:/!s/^\([0-9.]*\)$/\1\/32/; /:/!p' "$rules/$some.list" | awk -F '[./]' -v map="$bpffs/batch" \
		'{ print "map update pinned " map " key " $5 " 0 0 0 " $1 " " $2 " " $3 " " $4 " value 0 0 0 0" }' \
		>"$scratch/batch"
	_against_restore B3 "$some" 1 _bpftool_batch
	rm -f "$bpffs"/{batch,lpm4,lpm6}
}

_bpftool_batch()
{
	timed bpftool batch file "$scratch/batch"
	a=$cpu
}

B4()
{
	_against_restore B4 "$many" "$rounds" _lpm_batch
	_against_restore B4@100k "$some" "$rounds" _lpm_batch
}

# What no way to restore rules can do without.
B5()
{
	local round
	for ((round = 1; round <= rounds; round++)); do
		progress "restore of a million, round $round of $rounds"
		flush
		timed lsmctl -q restore "$rules/$many.list"
		a=$cpu
		timed "$programs/probe" floor "$rules/$many.list" "$LSMCTL_PIN_DIR"
		b=$cpu
		pair B5
	done
}

B6()
{
	local round
	with_rules "$some"
	for ((round = 1; round <= rounds + 2; round++)); do
		progress "restore of a million and of 100,000, round $round"
		flush
		timed lsmctl -q restore "$rules/$many.list"
		a=$ns
		flush
		timed lsmctl -q restore "$rules/$some.list"
		b=$ns
		pair B6
	done
}

# Also with one other line: then the whole list is published again.
B7()
{
	local round
	sed '$s/.*/9.9.9.9/' "$rules/$many.list" >"$scratch/other.list"
	for ((round = 1; round <= rounds; round++)); do
		progress "the same file again, round $round of $rounds"
		flush
		timed lsmctl -q restore "$rules/$many.list"
		b=$ns
		timed lsmctl -q restore "$rules/$many.list"
		a=$ns
		pair B7
		sample B12@reload n "$kib"
		timed lsmctl -q restore "$scratch/other.list"
		sample B7@other n "$ns"
		sample B7@other d "$b"
	done
	check "$many"
}

# several ROW COMMAND...: each of the command's runs against a `true`. {} in it is a number that is not used twice.
_against_true()
{
	local id=$1 round
	shift
	for ((round = 1; round <= 3 * rounds; round++)); do
		timed "${@//\{\}/$round}"
		a=$ns
		often 5 true
		b=$ns
		pair "$id"
	done
}

B8()
{
	with_rules "$many"
	progress "one rule among a million"
	_against_true B8@block lsmctl -q block 192.0.2.{}
	"$programs/probe" walk "$rules/$many.probes" "$LSMCTL_PIN_DIR" >/dev/null || wrong "after block"
	_against_true B8@del lsmctl -q del 192.0.2.{}
	check "$many"
}

B9()
{
	local round other=$LSMCTL_PIN_DIR-one
	with_rules "$many"
	policy_on "$other"
	lsmctl -q --pin-dir "$other" restore "$rules/1.list"
	progress "one rule among a million, and beside one other"
	for ((round = 1; round <= 3 * rounds; round++)); do
		timed lsmctl -q --pin-dir "$LSMCTL_PIN_DIR" block "192.0.2.$round"
		a=$ns
		timed lsmctl -q --pin-dir "$other" block "192.0.2.$round"
		b=$ns
		pair B9
	done
	policy_off "$other"
}

B10()
{
	local round
	for ((round = 1; round <= rounds; round++)); do
		with_rules "$many"
		progress "flush and unload, round $round of $rounds"
		timed lsmctl -q flush
		sample B10@flush n "$ns"
		[ "$place" != native ] || continue
		with_rules "$many"
		timed lsmctl -q unload
		sample B10 n "$ns"
		policy_on "$LSMCTL_PIN_DIR"
	done
}

B12()
{
	flush
	timed lsmctl -q restore "$rules/$many.list"
	sample B12 n "$kib"
	check "$many"
}

# In a process namespace of its own, so that no others' connections are looked at. All addresses are for documentation.
B13()
{
	local each=2000 round found ns closed others
	[ "$place-$many" = native-1000000 ] || each=400
	for ((round = 1; round <= rounds; round++)); do
		flush
		progress "cut of $((50 * each)) in 50 network namespaces, round $round of $rounds"
		found=$(unshare -p -f --mount-proc "$programs/sockets" 50 "$each" lsmctl -q block --cut 192.0.2.0/24 \
			2>"$scratch/err") || wrong "cut failed: $(head -n 1 "$scratch/err")"
		read -r ns closed others <<<"$found"
		[ "$closed $others" = "$((50 * each)) 0" ] || wrong "$closed were closed, $others are not as they should be"
		sample B13 n "$ns"
	done
	flush
}

# Ten thousand lines that add a rule, and the same as a set.
B14()
{
	local round size id
	for ((round = 0; round < 10000; round++)); do
		echo "block 240.0.$((round >> 8)).$((round & 255))"
	done >"$scratch/lines"
	for size in 1 "$many"; do
		id=B14$([ "$size" = 1 ] || echo @many)
		for ((round = 1; round <= rounds; round++)); do
			progress "a batch of 10,000 beside $size rules, round $round of $rounds"
			with_rules "$size"
			timed lsmctl -q batch "$scratch/lines"
			a=$cpu
			with_rules "$size"
			timed lsmctl -q restore --set lines "$scratch/lines"
			b=$cpu
			pair "$id"
		done
	done
	flush
}

# Each is a change of its own. When edits have used up their room, a copy of the tables has more: so has the next ruleset,
# which is why this row comes last.
B15()
{
	local found
	with_rules "$many"
	progress "100,000 adds among a million"
	found=$("$programs/adds" "$LSMCTL_PIN_DIR" 100000 2>"$scratch/err") || wrong "$(head -n 1 "$scratch/err")"
	sample B15 n "${found% *}"
	sample B15@long n "${found#* }"
	flush
}

C6()
{
	[ "$place" != native ] || skip "only where the programs can be attached"
	with_rules "$many"
	progress "status"
	_against_true C6 lsmctl status
	strace -f -o "$scratch/trace" lsmctl status >/dev/null
	sample C6@btf n "$(grep -c /sys/kernel/btf "$scratch/trace")"
}

C7()
{
	lsmctl help test >/dev/null 2>&1 || skip "this lsmctl has no command 'test'"
	with_rules "$many"
	progress "test"
	_against_true C7 lsmctl test "$(sed -n 's/^near //p' "$rules/$many.calls")"
	_against_true C7@list lsmctl list "$(head -n 1 "$rules/$many.list")"
}

C8()
{
	local round attached
	[ "$place" != native ] || skip "only where the programs can be attached"
	attached=("$LSMCTL_PIN_DIR"/link_*) # by a load of no rules
	policy_off "$LSMCTL_PIN_DIR"
	for ((round = 1; round <= 3 * rounds; round++)); do
		progress "load of no rules, round $round"
		timed lsmctl -q load
		a=$ns
		lsmctl -q unload
		timed "$programs/attach" --for-now "$programs/lsmctl.bpf.o" "${attached[@]##*/link_}"
		b=$ns
		pair C8
	done
	policy_on "$LSMCTL_PIN_DIR"
}

# _run_against_true ROW OTHER: the other row has what it takes on top.
_run_against_true()
{
	local round
	for ((round = 1; round <= 3 * rounds; round++)); do
		timed lsmctl -q run --user nobody -- true
		a=$ns
		often 5 true
		b=$ns
		pair "$1"
		sample "$2" n "$((a - b))"
	done
}

# The first run attaches what all of them need.
C9()
{
	[ "$place" != native ] || skip "only where the programs can be attached"
	lsmctl -q run --user nobody -- true || wrong "there is no run"
	progress "run"
	_run_against_true C9 C9@over
	with_rules "$many"
	_run_against_true C9@many C9@many_over
	lsmctl -q run --user nobody --fail-on-block -- bash -c 'exec 3<>/dev/udp/192.0.2.1/9' 2>/dev/null &&
		wrong "a run reaches what it was not allowed"
}

E()
{
	local size bytes
	for size in "$many" lists 1000 3; do
		[ -e "$rules/$size.list" ] || continue
		flush
		with_rules "$size"
		bytes=$("$programs/probe" memory "$LSMCTL_PIN_DIR")
		case $size in
		"$many") sample E@many n "$((bytes / many))" ;;
		lists) sample E@lists n "$((bytes / $(wc -l <"$rules/lists.list")))" ;;
		*) sample "E@$size" n "$bytes" ;;
		esac
	done
}
