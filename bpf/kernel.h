/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel types that the programs read, declared by hand: libbpf relocates each access to the running kernel's
 * layout (CO-RE), so the build needs no kernel's BTF. Only the fields that are read are here; their order and size in
 * the real structs do not matter, their names do.
 */
#ifndef LSMCTL_KERNEL_H
#define LSMCTL_KERNEL_H

#include <linux/types.h>

/* include/linux/socket.h, include/uapi/linux/in.h: user space ABI, but not in headers that BPF code can include. */
#define AF_UNSPEC 0
#define AF_INET	  2
#define AF_INET6  10
#define AF_RDS	  21
#define AF_PACKET 17
#define AF_PPPOX  24
#define AF_TIPC	  30
#define AF_RXRPC  33
#define AF_SMC	  43
#define AF_XDP	  44

#define SOCK_STREAM	1
#define SOCK_RAW	3
#define SOCK_PACKET	10 /* AF_INET's old name for AF_PACKET */
#define IPPROTO_ICMP	1
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_DCCP	33
#define IPPROTO_ICMPV6	58
#define IPPROTO_SCTP	132
#define IPPROTO_UDPLITE 136
#define IPPROTO_SMC	256 /* 6.12 and later */
#define IPPROTO_MPTCP	262
#define MSG_FASTOPEN	0x20000000

/* Levels and names of socket options and control messages. include/uapi/linux/in.h, in6.h, ipv6.h, sctp.h */
#define SOL_IP		       0
#define IP_OPTIONS	       4
#define IP_RETOPTS	       7
#define SOL_IPV6	       41
#define IPV6_2292RTHDR	       5
#define IPV6_2292PKTOPTIONS    6
#define IPV6_FLOWLABEL_MGR     32
#define IPV6_RTHDR	       57
#define SOL_SCTP	       132
#define SCTP_DSTADDRV4	       7
#define SCTP_DSTADDRV6	       8
#define SCTP_SOCKOPT_CONNECTX  110
#define SCTP_SENDMSG_CONNECT   126
#define SCTP_PARAM_SET_PRIMARY 0x04c0 /* as it stands in a packet: network byte order */
#define SCTP_PARAM_ADD_IP      0x01c0

#define SOCKADDR_IN_LEN	  16 /* below this the kernel's IPv4 protocols refuse an address */
#define SOCKADDR_IN6_FULL 28 /* with it */
#define SOCKADDR_IN6_LEN  24 /* SIN6_LEN_RFC2133: the kernel takes a sockaddr_in6 without its scope id */

#define EPERM  1
#define EINVAL 22

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	unsigned char bytes[16]; /* named otherwise in the kernel: only the address of the whole is taken */
};

struct sock_common {
	unsigned short skc_family;
	__be32 skc_rcv_saddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	unsigned int sk_kern_sock : 1;
	__u16 sk_protocol;
};

struct socket {
	short type;
	struct sock *sk;
};

struct sockaddr {
	unsigned short sa_family;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[]; /* by level; 6.1 and later */
};

struct cgroup___before_6_1 {
	int level;
	__u64 ancestor_ids[]; /* by level */
};

struct css_set {
	struct cgroup *dfl_cgrp; /* in the version 2 hierarchy */
};

struct task_struct {
	struct css_set *cgroups;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
	void *msg_control; /* a kernel copy by the time the hook is called */
	unsigned long msg_controllen;
};

#pragma clang attribute pop

/* struct cmsghdr, which is user space ABI: as it is, not relocated. */
struct cmsg_head {
	unsigned long len; /* this head included */
	int level;
	int type;
};

#endif
