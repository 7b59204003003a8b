# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kernel's own selftests of sockets, each in a network namespace of its own: programs and scripts that say "ok 3 NAME", or
# end with a status. In the virtual machine. The arguments are tests. Without net/tls: the machine's modules have no cipher
# for it, so that 736 of its tests fail at their start.
modprobe -q -a veth dummy vrf sch_fq sch_netem nf_tables sctp tun tap 2>/dev/null
[ $# -gt 0 ] || set -- landlock/net_test \
	net/{socket,bind_wildcard,bind_timewait,ip_local_port_range,reuseaddr_conflict,sk_bind_sendto_listen,sk_so_peek_off} \
	net/{sk_connect_zero_addr,reuseport_bpf,reuseport_bpf_cpu,reuseport_dualstack,reuseport_addr_any,so_incoming_cpu} \
	net/{epoll_busy_poll,tun,tap,psock_tpacket,psock_fanout,tcp_fastopen_backup_key.sh,reuseaddr_ports_exhausted.sh} \
	net/{udpgso.sh,psock_snd.sh,cmsg_so_mark.sh,cmsg_time.sh,cmsg_ipv6.sh,ipv6_flowlabel.sh,msg_zerocopy.sh,so_txtime.sh} \
	net/{txtimestamp.sh,bind_bhash.sh,ip_defrag.sh,fin_ack_lat.sh,stress_reuseport_listen.sh} \
	net/mptcp/{mptcp_sockopt.sh,pm_netlink.sh,userspace_pm.sh,diag.sh}
for program in "$@"; do
	[ -x "/others/selftests/$program" ] || continue
	status=0 started=$SECONDS
	# shellcheck disable=SC2016 # for the shell within
	(cd "/others/selftests/${program%/*}" &&
		timeout -k 5 200 unshare -n -- bash -c 'ip link set lo up; exec "./$0"' "${program##*/}") >log 2>&1 || status=$?
	echo "##### $program: status $status, $((SECONDS - started)) s" >&2
	cat log >&2
	awk -v program="$program" '
		match($0, /(not )?ok [0-9]+ /) {
			outcome = $0 ~ /not ok/ ? "failed" : /# SKIP/ ? "skipped" : "passed"
			name = substr($0, RSTART + RLENGTH); sub(/ *#.*/, "", name)
			print program " " name "\t" outcome
		}
		/\[ *(OK|FAIL|SKIP) *\] *$/ {
			outcome = /OK *\]/ ? "passed" : /SKIP/ ? "skipped" : "failed"
			sub(/[ \t]*\[ *(OK|FAIL|SKIP) *\] *$/, ""); gsub(/[ \t]+/, " "); sub(/\(duration[^)]*\)/, "")
			print program " " $0 "\t" outcome
		}' log
	case $status in
	0) outcome=passed ;;
	4) outcome=skipped ;;
	*) outcome="failed status $status" ;;
	esac
	printf '%s\t%s\n' "$program" "$outcome"
done
