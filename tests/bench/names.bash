# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # from lib.bash, phase and calls.bash, and for them
#
# What rules for names cost: all else is as without them.

readonly name_rows='N1 N2 N3 N4'

# more ROW STATE STATE KIND [KIND]: by how much the first is more; with a second kind, of what the first is on top of it.
more()
{
	local i a b c d
	[[ " $chosen " == *" ${1%%@*} "* ]] || return 0
	read -r -d '' -a a <<<"${measured[$2 $4]-}"
	read -r -d '' -a b <<<"${measured[$3 $4]-}"
	read -r -d '' -a c <<<"${measured[$2 ${5-}]-}"
	read -r -d '' -a d <<<"${measured[$3 ${5-}]-}"
	for i in "${!a[@]}"; do
		sample "$1" n "$(awk "BEGIN { print ${a[i]} - ${b[i]} - (${c[i]:-0} - ${d[i]:-0}) }")"
	done
}

names()
{
	local state rules_more=()
	# shellcheck disable=SC2086 # rows
	wants $name_rows || return 0
	for state in unnamed named; do
		rules_of 'set default allow' 'set resolvers 127.0.0.1' 'block 192.0.2.1' "${rules_more[@]}"
		measure "$state" udp "$free"
		measure "$state" datagram 127.0.0.1
		measure "$state" query 127.0.0.1
		measure "$state" name 127.0.0.1
		measure "$state" bulk 127.0.0.1
		rules_more=('block www.bench.example' 'block *.other.example')
	done
	lsmctl test 192.0.2.9 | grep -q www.bench.example || wrong 'no address was learned'
	rules_of 'set default allow' 'block 192.0.2.1'
	attach empty_ingress "$bpffs/link-ingress"
	measure packets datagram 127.0.0.1
	measure packets bulk 127.0.0.1
	detach "$bpffs"/link*
	more N1 named unnamed datagram
	more N1@empty packets unnamed datagram
	more N2 named unnamed query
	more N2@answer named unnamed name query
	against N3 named bulk unnamed bulk
	against N3@empty packets bulk unnamed bulk
	against N4 named udp unnamed udp
}
