# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # from lib.bash and phase; functions are called by names that are put together
#
# The contest: lsmctl and its peers, each with the same rules of each size. What a call costs then, to a destination
# that no rule covers, and what it takes to restore the rules, to list them, to add one and to take it away again.
#
# Results are lines "cell ROW WHAT SIZE VALUE", nanoseconds. Of commands it is, where the clock counts instructions,
# the time that a processor was busy with them: waiting is no instruction. "over" in the place of "cell": stopped then.

readonly contest_rows='T-bare T-lsmctl T-nft T-ipset T-cgroup'
readonly limit=60 restore_limit=240 # seconds; where the clock counts instructions, 30 and 120 thousand million

# none WHAT SIZE WHY: records that no figure exists.
none()
{
	say "none $row $*"
}

# step WHAT SIZE BEFORE COMMAND...: the command's runs, BEFORE each what is not timed. {} in it is the run's number.
step()
{
	local what=$1 size=$2 before=$3 most=$limit round out status spent=0
	shift 3
	[ "$what" != restore ] || most=$restore_limit
	progress "$what, $size rules"
	for ((round = 1; round <= rounds && spent < 20000000000; round++)); do
		"$before" || wrong "cannot clear what was there before $what"
		out=$("$programs/stopwatch" 1 "$most" "${@//\{\}/$round}" 2>"$scratch/err")
		status=$?
		if [ $status -eq 124 ]; then
			say "over $row $what $size ${most}000000000"
			return 1
		elif [ $status -ne 0 ]; then
			none "$what" "$size" "it failed: $(head -n 1 "$scratch/err")"
			return 1
		fi
		read -r ns kib cpu _ <<<"$out"
		spent=$((spent + ns))
		if [ "$place" = icount ]; then
			say "cell $row $what $size $cpu"
		else
			say "cell $row $what $size $ns"
		fi
	done
}

# cost SIZE: measures what calls cost with the current rules.
cost()
{
	local size=$1 name kind n value from=$1
	[ "$size" != 0 ] || from=$many
	for name in connect tcp sendto; do
		kind=$name n=$stream_turns
		case $name in
		connect) kind=udp n=$turns ;;
		sendto) kind=datagram ;;
		esac
		progress "$name, $size rules"
		out=$(turns_of "$kind" "$n" "$(address "$from" clear)") ||
			wrong "$name with $size rules: $(head -n 1 "$scratch/err")"
		for value in $out; do
			say "cell $row $name $size $value"
		done
	done
}

# refuses SIZE: checks that the current rules refuse a blocked address.
refuses()
{
	[ "$1" != 0 ] || return 0
	"$programs/calls" datagram 1 1 "$(address "$1" hit)" 2>"$scratch/err" && wrong "with $1 rules it refuses nothing"
	grep -q 'Operation not permitted' "$scratch/err" || wrong "with $1 rules: $(head -n 1 "$scratch/err")"
}

bare_calls()
{
	local round
	[ "$place" = native ] || cost 0
	for ((round = 1; round <= rounds; round++)); do
		step true 0 : true
	done
}

# Each of the tools: NAME_clear; NAME_restore, a command; NAME_force SIZE, which puts in force what was restored;
# NAME_list, NAME_block, NAME_del, commands.

lsmctl_clear()
{
	lsmctl -q flush
}

lsmctl_force()
{
	[ "$1" = 0 ] || check "$1"
}

nft_clear()
{
	nft flush ruleset
}

nft_force()
{
	:
}

ipset_clear()
{
	iptables -F
	ipset destroy
}

ipset_force()
{
	local entries
	entries=$(ipset list -t | awk '/^Number of entries/ { n += $4 } END { print n + 0 }')
	[ "$entries" = "$(wc -l <"$rules/$1.list")" ] || wrong "ipset has $entries entries of $1"
	iptables -A OUTPUT -m set --match-set bench4 dst -j REJECT || wrong "iptables failed"
}

cgroup_clear()
{
	detach "$bpffs"/link*
	rm -f "$bpffs"/lpm*
}

cgroup_force()
{
	[ "$1" = 0 ] || "$programs/probe" lpm "$rules/$1.probes" "$bpffs" >/dev/null || wrong "the LPM trie decides otherwise"
	[ "$place" != native ] || return 0
	for program in connect sendmsg; do
		"$programs/attach" "$programs/cgroup.bpf.o" "on_$program" "$bpffs/link-$program" "$bpffs" ||
			wrong "cannot attach to the cgroup"
	done
}

commands_of()
{
	local key='32 0 0 0 198 18'
	case $1 in
	lsmctl)
		restore=(lsmctl -q restore --allow-empty FILE.list) list=(lsmctl list)
		block=(lsmctl -q block '198.18.{}.7') del=(lsmctl -q del '198.18.{}.7')
		;;
	nft)
		restore=(nft -f FILE.nft) list=(nft list ruleset)
		block=(nft "add element inet bench bench4 { 198.18.{}.7 }")
		del=(nft "delete element inet bench bench4 { 198.18.{}.7 }")
		;;
	ipset)
		restore=(ipset restore -f FILE.ipset) list=(ipset save)
		block=(ipset add bench4 '198.18.{}.7') del=(ipset del bench4 '198.18.{}.7')
		;;
	cgroup)
		restore=("$programs/lpm" load FILE.list "$bpffs") list=(bpftool map dump pinned "$bpffs/lpm4")
		read -r -a block <<<"bpftool map update pinned $bpffs/lpm4 key $key {} 7 value 0 0 0 0"
		read -r -a del <<<"bpftool map delete pinned $bpffs/lpm4 key $key {} 7"
		;;
	esac
}

# contest ROW
contest()
{
	local tool=${1#T-} size what restore list block del
	row=$1
	case $tool in
	bare)
		bare_calls
		return
		;;
	lsmctl) policy_on "$LSMCTL_PIN_DIR" ;;
	nft) needs nft ;;
	ipset)
		needs ipset
		needs iptables
		;;
	cgroup) needs bpftool ;;
	esac
	commands_of "$tool"
	for size in $sizes; do
		if ! step restore "$size" "${tool}_clear" "${restore[@]//FILE/$rules/$size}"; then
			none all "$size" rules: they could not be restored
			continue
		fi
		"${tool}_force" "$size"
		if [ "$place" != native ]; then
			cost "$size"
			refuses "$size"
		fi
		step list "$size" : "${list[@]}"
		if step block "$size" : "${block[@]}"; then
			step del "$size" : "${del[@]}"
		else
			none del "$size" rules: nothing was added that could be taken away
		fi
	done
	"${tool}_clear"
	[ "$tool" != lsmctl ] || policy_off "$LSMCTL_PIN_DIR"
}
