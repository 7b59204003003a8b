# shellcheck shell=bash
# The kernel's own selftests of sockets, each in a network namespace of its own: programs and scripts that say "ok 3 NAME", or
# end with a status. In the virtual machine. The arguments are tests.
modprobe -q -a tls veth dummy vrf sch_fq sch_netem nf_tables sctp tun tap 2>/dev/null
[ $# -gt 0 ] || set -- net/{reuseport_bpf,reuseport_bpf_cpu,reuseport_dualstack,reuseaddr_conflict,sk_bind_sendto_listen} \
	net/{sk_connect_zero_addr,socket,reuseport_addr_any,tun,tap,tls,psock_tpacket,psock_fanout} \
	net/{udpgso.sh,psock_snd.sh,tcp_fastopen_backup_key.sh,reuseaddr_ports_exhausted.sh,cmsg_so_mark.sh,cmsg_time.sh} \
	net/{cmsg_ipv6.sh,ipv6_flowlabel.sh,msg_zerocopy.sh,so_txtime.sh,txtimestamp.sh,bind_bhash.sh,ip_defrag.sh,fin_ack_lat.sh} \
	net/mptcp/{mptcp_sockopt.sh,pm_netlink.sh,userspace_pm.sh,diag.sh,mptcp_connect.sh}
for program in "$@"; do
	[ -x "/others/selftests/$program" ] || continue
	status=0
	# shellcheck disable=SC2016 # for the shell within
	(cd "/others/selftests/${program%/*}" &&
		timeout -k 5 900 unshare -n -- bash -c 'ip link set lo up; exec "./$0"' "${program##*/}") >log 2>&1 || status=$?
	echo "##### $program: status $status" >&2
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
