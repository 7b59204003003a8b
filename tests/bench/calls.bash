# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # from lib.bash and phase, and for them
#
# What a call costs. In a machine whose clock counts instructions the figures are all but the same each time, so the
# states that are compared follow one another: nothing attached, an empty program, lsmctl with ever more rules, and the
# peers on the same maps.

readonly call_rows="A1 A2 A3 A4 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 D2 D3 $setup_rows $name_rows"
# A list's turns are fewer than half of a watcher's ring holds, so that each is told of.
readonly turns=3000 stream_turns=400 list_turns=800

# measured[STATE KIND]: the nanoseconds of a turn, a number for each round.
declare -A measured

# measure STATE KIND ADDRESS
measure()
{
	local n=$turns kind=$2
	case $kind in
	tcp | send | bulk | datagram | answer | query | name) n=$stream_turns ;;
	near | nested | udp6) kind=udp ;;
	denied-list) n=$list_turns ;;
	esac
	row=${chosen%% *}
	progress "$1: $2"
	measured[$1 $2]=$(turns_of "$kind" "$n" "$3") || wrong "$1, $2: $(head -n 1 "$scratch/err")"
}

# address SIZE KIND
address()
{
	sed -n "s/^$2 //p" "$rules/$1.calls"
}

# against ROW STATE KIND STATE KIND: the first is the numerator.
against()
{
	local value
	[[ " $chosen " == *" ${1%%@*} "* ]] || return 0
	for value in ${measured[$2 $3]-}; do
		sample "$1" n "$value"
	done
	for value in ${measured[$4 $5]-}; do
		sample "$1" d "$value"
	done
}

# beyond ROW STATE STATE KIND: what the one costs on top of a bare call, against what the other does.
beyond()
{
	local i bare a b
	[[ " $chosen " == *" $1 "* ]] || return 0
	read -r -d '' -a bare <<<"${measured[bare $4]-}"
	read -r -d '' -a a <<<"${measured[$2 $4]-}"
	read -r -d '' -a b <<<"${measured[$3 $4]-}"
	for i in "${!a[@]}"; do
		sample "$1" n "$(awk "BEGIN { print ${a[i]} - ${bare[i]} }")"
		sample "$1" d "$(awk "BEGIN { print ${b[i]} - ${bare[i]} }")"
	done
}

wants()
{
	local each
	for each; do
		[[ " $chosen " != *" $each "* ]] || return 0
	done
	return 1
}

# attach NAME [LINK]: one of the peers, on lsmctl's maps, in the place of its programs.
attach()
{
	"$programs/attach" "$programs/peers.bpf.o" "$1" "${2:-$bpffs/link}" "$LSMCTL_PIN_DIR" "$bpffs" 2>"$scratch/err" ||
		wrong "cannot attach $1: $(head -n 1 "$scratch/err")"
}

# The kernel detaches when it gets round to it.
detach()
{
	rm -f "$@"
	sleep 0.2
}

everything_at()
{
	local size=$1 hit
	hit=$(address "$size" hit)
	with_rules "$size"
	measure "$size" udp "$(address "$size" clear)"
	measure "$size" near "$(address "$size" near)"
	measure "$size" denied "$hit"
}

# Denials of a thousand rules in turn, and of one all the while, with a watcher and without. The watcher is stopped: what
# it does with events is not what a call costs.
watched()
{
	local watcher
	with_rules 1000
	grep -x '[0-9.]*' "$rules/1000.list" >"$scratch/hosts"
	measure unwatched denied-list "$scratch/hosts"
	lsmctl -q watch >"$scratch/watched" &
	watcher=$!
	sleep 1
	kill -STOP "$watcher"
	measure watched denied-list "$scratch/hosts"
	measure watched denied "$(address 1000 hit)"
	kill -CONT "$watcher"
	sleep 1
	kill -INT "$watcher"
	wait "$watcher"
	[ "$(grep -c "$(head -n 1 "$scratch/hosts")" "$scratch/watched")" -gt 0 ] || wrong "the watcher was told of nothing"
}

# told READER...: what reads some thousands of reports, while eight processes make calls that are refused. Sets cpu.
told()
{
	local process callers=()
	for process in {1..8}; do
		"$programs/calls" denied-list 1000000 "$list_turns" "$scratch/hosts" >/dev/null &
		callers+=($!)
	done
	timed "$@"
	kill "${callers[@]}"
	wait "${callers[@]}" 2>/dev/null
}

# Reports, by processor time. Both readers wait as long between two looks.
reports()
{
	local round
	with_rules 1000
	grep -x '[0-9.]*' "$rules/1000.list" >"$scratch/hosts"
	for round in {1..5}; do
		row=D2
		progress "reports, round $round"
		told "$programs/drain" "$LSMCTL_PIN_DIR" 10000
		a=$cpu
		told lsmctl -j watch --count 10000 block
		b=$cpu
		! wants D2 || pair D2
		! wants D3 || sample D3 n "$(awk "BEGIN { print $waits / ($ns / 1000000) }")"
	done
}

# nested N: a call that is let through after a look at N rules, each of a prefix around the next, none of which is of
# its port.
nested()
{
	local len
	for ((len = 24; len > 24 - $1; len--)); do
		python3 -c 'import ipaddress, sys; print("block", ipaddress.ip_network(sys.argv[1], False), "port 9")' \
			"200.63.239.103/$len"
	done >"$scratch/nested"
	lsmctl -q restore "$scratch/nested" || wrong "cannot restore nested rules"
	measure "nested-$1" nested 200.63.239.103
}

# What answers cost under default block: without them, another host needs a rule.
answers()
{
	local state
	ip netns add outside
	ip link add inside type veth peer name out netns outside
	ip addr add 198.51.100.1/24 dev inside
	ip link set inside up
	ip -n outside addr add 198.51.100.2/24 dev out
	ip -n outside link set out up
	printf '%s\n' 'set default block' 'set answers off' "allow $free" 'allow 198.51.100.1-198.51.100.2' >"$scratch/answers"
	for state in default-block answers; do
		lsmctl -q restore "$scratch/answers" 2>"$scratch/err" || wrong "cannot restore: $(head -n 1 "$scratch/err")"
		measure "$state" send "$free"
		measure "$state" datagram "$free"
		measure "$state" answer 198.51.100.1
		sed -i -e 's/answers off/answers on/' -e 's/-198.51.100.2$//' "$scratch/answers"
	done
	ip link del inside
	ip netns del outside
}

calls()
{
	chosen=$*
	local free
	free=$(address "$many" clear)
	measure bare udp "$free"
	measure bare tcp "$free"
	measure bare send "$free"
	setups_bare
	attach empty
	measure empty udp "$free"
	measure empty tcp "$free"
	attach empty_send "$bpffs/link-send"
	measure empty send "$free"
	detach "$bpffs"/link*
	policy_on "$LSMCTL_PIN_DIR"
	measure 0 udp "$free"
	setups
	names
	if wants A14; then
		nested 1
		nested 8
	fi
	everything_at 1
	everything_at 1000
	if wants A12; then
		watched
	fi
	if wants D2 D3; then
		reports
	fi
	everything_at "$many"
	measure "$many" tcp "$free"
	measure "$many" send "$free"

	if wants A15; then
		measure "$many" datagram "$free"
		lsmctl -q set backstop on || wrong "the backstop cannot be attached"
		measure backstop send "$free"
		measure backstop datagram "$free"
		lsmctl -q set backstop off
	fi

	against A1 0 udp bare udp
	against A2 "$many" udp bare udp
	against A2@near "$many" near bare udp
	against A3 "$many" udp empty udp
	against A4 "$many" udp 1 udp
	against A4@1k "$many" udp 1000 udp
	against A6 "$many" tcp bare tcp
	against A11 "$many" denied bare udp
	against A11@1 1 denied bare udp
	against A13 "$many" send bare send
	against A15 backstop send "$many" send
	against A15@udp backstop datagram "$many" datagram
	against A13@empty "$many" send empty send
	against A12 watched denied-list unwatched denied-list
	against A12@flood watched denied 1000 denied
	against A14 nested-8 nested nested-1 nested

	# The maps stay, the programs go.
	detach "$LSMCTL_PIN_DIR"/link_*
	if wants A9; then
		attach on_cgroup
		"$programs/probe" connect4 "$rules/$many.probes" >/dev/null || wrong "cgroup/connect4 decides otherwise"
		measure cgroup udp "$free"
		against A9 "$many" udp cgroup udp
		detach "$bpffs/link"
	fi
	if wants A10; then
		progress "filling an LPM trie"
		"$programs/lpm" load "$rules/$many.list" "$bpffs" || wrong "no LPM trie"
		attach on_lpm
		"$programs/probe" connect4 "$rules/$many.probes" >/dev/null || wrong "the LPM trie decides otherwise"
		measure lpm udp "$free"
		measure lpm near "$(address "$many" near)"
		against A10 "$many" udp lpm udp
		against A10@near "$many" near lpm near
		detach "$bpffs/link"
		rm -f "$bpffs"/lpm*
	fi
	if wants A8; then
		needs ipset
		needs iptables
		progress "filling an ipset"
		ipset restore -f "$rules/$many.ipset" || wrong "ipset restore failed"
		iptables -A OUTPUT -m set --match-set bench4 dst -j REJECT || wrong "iptables failed"
		measure ipset tcp "$free"
		beyond A8 ipset "$many" tcp
		iptables -F
		ipset destroy
	fi
	if wants A7; then
		needs nft
		progress "filling a set of nft"
		nft -f "$rules/$some.nft" || wrong "nft -f failed"
		measure nft tcp "$(address "$some" clear)"
		beyond A7 nft "$many" tcp
		nft flush ruleset
	fi
	rm -rf "$LSMCTL_PIN_DIR"

	# Last: once there was another host, the kernel takes longer for each call.
	if wants A16; then
		policy_on "$LSMCTL_PIN_DIR"
		answers
		policy_off "$LSMCTL_PIN_DIR"
		against A16 answers send default-block send
		against A16@udp answers datagram default-block datagram
		against A16@answer answers answer default-block answer
	fi
}

# On many addresses, one after the other, where caches and not instructions decide: by the clock. Natively the same program
# is behind a hook of a cgroup of its own.
A5()
{
	local round cgroup=/sys/fs/cgroup
	if [ "$place" = native ]; then
		cgroup=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/lsmctl-bench
		mkdir -p "$cgroup" || skip "there is no cgroup to attach to"
		BENCH_CGROUP=$cgroup attach on_cgroup
	fi
	for ((round = 1; round <= rounds; round++)); do
		progress "calls to 100,000 addresses, round $round of $rounds"
		with_rules "$many"
		a=$(_calls_to_many "$cgroup")
		flush
		b=$(_calls_to_many "$cgroup")
		pair A5
	done
	[ "$place" != native ] || detach "$bpffs/link"
	[ "$place" != native ] || rmdir "$cgroup"
}

# _calls_to_many CGROUP: from a process in it.
_calls_to_many()
{
	echo "$BASHPID" >"$1/cgroup.procs"
	"$programs/calls" udp-list 1 "$some" "$rules/$many.misses"
}
