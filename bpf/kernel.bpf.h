/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel types that the programs read, declared by hand. libbpf relocates each access to the running kernel's
 * layout (CO-RE), so the build needs no kernel's BTF. Declares only the fields that are read; the names must match the
 * kernel's, order and size need not.
 */
#ifndef LSMCTL_KERNEL_H
#define LSMCTL_KERNEL_H

#include <linux/types.h>

/* include/linux/socket.h, include/uapi/linux/in.h: user space ABI, in headers that BPF code cannot include. */
#define AF_UNSPEC  0
#define AF_UNIX	   1
#define AF_INET	   2
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_ALG	   38
#define AF_RDS	   21
#define AF_PACKET  17
#define AF_PPPOX   24
#define AF_TIPC	   30
#define AF_RXRPC   33
#define AF_SMC	   43
#define AF_XDP	   44

#define LOOPBACK_IFINDEX 1 /* in every network namespace */
#define PACKET_LOOPBACK	 5 /* the type of a packet that the host's own multicast brings back */
#define TCP_CLOSE	 7 /* the state of a datagram socket without a peer */
#define EEXIST		 17

#define SOCK_STREAM	1
#define SOCK_DGRAM	2
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
#define MSG_BATCH	0x40000 /* set by sendmmsg(2): more messages follow */
#define PF_IO_WORKER	0x10

/* Levels and names of socket options and control messages. include/uapi/linux/in.h, in6.h, ipv6.h, sctp.h */
#define SOL_SOCKET	       1
#define SO_BINDTODEVICE	       25
#define SO_BINDTOIFINDEX       62
#define SOL_IP		       0
#define IP_OPTIONS	       4
#define IP_RETOPTS	       7
#define IP_PKTINFO	       8
#define IP_UNICAST_IF	       50
#define SOL_IPV6	       41
#define IPV6_ADDRFORM	       1
#define IPV6_2292PKTINFO       2
#define IPV6_2292RTHDR	       5
#define IPV6_2292PKTOPTIONS    6
#define IPV6_FLOWLABEL_MGR     32
#define IPV6_PKTINFO	       50
#define IPV6_RTHDR	       57
#define IPV6_UNICAST_IF	       76
#define SOL_SCTP	       132
#define SCTP_DSTADDRV4	       7
#define SCTP_DSTADDRV6	       8
#define SCTP_SOCKOPT_CONNECTX  110
#define SCTP_SENDMSG_CONNECT   126
#define SCTP_PARAM_SET_PRIMARY 0x04c0 /* as in a packet: network byte order */
#define SCTP_PARAM_ADD_IP      0x01c0

#define SOCKADDR_IN_LEN	  16 /* the kernel's IPv4 protocols refuse shorter addresses */
#define SOCKADDR_IN6_FULL 28 /* with the scope id */
#define SOCKADDR_IN6_LEN  24 /* SIN6_LEN_RFC2133: the kernel accepts a sockaddr_in6 without its scope id */

/* Packet headers. include/uapi/linux/if_ether.h, in6.h; RFC 9260 for the chunks */
#define ETH_P_IP	     0x0800
#define ETH_P_IPV6	     0x86dd
#define IPPROTO_HOPOPTS	     0
#define IPPROTO_ROUTING	     43
#define IPPROTO_FRAGMENT     44
#define IPPROTO_DSTOPTS	     60
#define TCP_SYN		     0x02
#define TCP_ACK		     0x10
#define SCTP_CID_INIT	     1
#define SCTP_CID_HEARTBEAT   4
#define SCTP_CID_COOKIE_ECHO 10

#define TIOCSTI	  0x5412 /* include/uapi/asm-generic/ioctls.h: type a character into the terminal */
#define TIOCLINUX 0x541c /* drivers/tty/vt/vt.c: paste the selection into the console, among others */

#define S_IFMT	0170000 /* include/uapi/linux/stat.h */
#define S_IFCHR 0020000

#define EPERM  1
#define EAGAIN 11
#define EINVAL 22

struct cgroup;
struct socket;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	unsigned char bytes[16]; /* another name in the kernel: the programs only take the address of the whole */
};

struct user_namespace {
	int level; /* 0: the first one */
};

struct net {
	struct {
		unsigned int inum;
	} ns;
	struct user_namespace *user_ns;
	__u32 hash_mix; /* random */
};

struct sock_common {
	unsigned short skc_family;
	__be16 skc_dport;
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	int skc_bound_dev_if;
	struct {
		__s64 counter;
	} skc_cookie; /* 0: nobody has asked for it yet */
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock_cgroup_data {
	struct cgroup *cgroup; /* 5.15 and later */
};

struct sock_cgroup_data___before_5_15 {
	__u64 val; /* the same; or, with one of the lowest bits set, something else, and then the root cgroup applies */
};

typedef struct {
	__u32 val;
} kuid_t;

struct sock {
	struct sock_common __sk_common;
	unsigned int sk_kern_sock : 1;
	__u16 sk_protocol;
	kuid_t sk_uid; /* in the initial user namespace */
	struct sock_cgroup_data sk_cgrp_data;
	void *sk_bpf_storage;
	struct socket *sk_socket; /* NULL: closed */
};

struct inet_sock {
	int uc_index; /* of the interface set by IP_UNICAST_IF */
};

struct sock___before_5_15 {
	struct sock_cgroup_data___before_5_15 sk_cgrp_data;
};

/* Another view of a TCP socket, at the same address. */
struct tcp_sock {
	_Bool is_mptcp;
	__u8 syn_smc : 1; /* its SYN asks for SMC */
};

struct inet_connection_sock {
	void *icsk_ulp_data;
};

/* The icsk_ulp_data of an MPTCP subflow. */
struct mptcp_subflow_context {
	struct sock *conn; /* the process's socket */
};

struct net_device {
	void *l3mdev_ops; /* not NULL: a VRF device */
};

struct sk_buff {
	struct sock *sk;
	struct net_device *dev;
	char cb[48]; /* IP's: struct inet_skb_parm or inet6_skb_parm */
};

struct inet_skb_parm {
	__u16 frag_max_size; /* 0: it did not come in fragments */
};

struct inet6_skb_parm {
	__u16 frag_max_size;
};

typedef struct {
	__u32 val;
} kgid_t; /* as kuid_t */

struct cred {
	kuid_t uid; /* the real ones */
	kgid_t gid;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	kgid_t i_gid;
	__u32 i_rdev;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash; /* pprev NULL: deleted */
	struct dentry *d_parent;     /* itself: the root of its file system */
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root; /* what it shows; not the file system's root, for a bind mount */
};

struct mount {
	struct mount *mnt_parent; /* itself: the first of its namespace */
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct mnt_namespace {
	struct user_namespace *user_ns; /* in which its owner is root */
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct fs_struct {
	struct path root;
};

struct mm_struct {
	struct file *exe_file;
};

struct linux_binprm {
	struct file *file;
};

/* f_ref: reference count, descriptors included. */
struct file {
	unsigned int f_flags;
	const struct cred *f_cred; /* of whoever opened it */
	struct path f_path;
	struct inode *f_inode;
	struct {
		struct {
			long counter; /* one less than the references */
		} refcnt;
	} f_ref;
};

struct file___before_6_13 {
	struct {
		long counter;
	} f_count;
};

struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};

/* The kernel makes both together. */
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct sockaddr {
	unsigned short sa_family;
};

struct kernfs_node {
	__u64 id;
	const char *name;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id; /* 0: version 2 */
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct cgroup_root *root;
	int level;
	struct kernfs_node *kn;
	struct cgroup
		*ancestors[]; /* by level; 6.1 and later, where programs have bpf_get_current_ancestor_cgroup_id() */
};

struct cgroup___before_6_1 {
	int level;
	__u64 ancestor_ids[]; /* by level */
};

struct css_set {
	struct cgroup *dfl_cgrp; /* in the version 2 hierarchy */
};

struct files_struct {
	struct {
		int counter;
	} count; /* threads and processes that share it */
};

struct task_struct {
	unsigned int flags;
	int tgid;
	struct pid *thread_pid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_time;
	__u64 self_exec_id; /* counts the execs */
	char comm[16];
	struct css_set *cgroups;
	struct mm_struct *mm;
	const struct cred *cred; /* what it acts with, as current_cred() */
	struct nsproxy *nsproxy;
	struct fs_struct *fs;
	struct files_struct *files;
	void *io_uring; /* not NULL: has used io_uring */
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len; /* of the name, its family included */
	struct sockaddr_un name[];
};

struct unix_sock {
	struct unix_address *addr; /* NULL: it has no name */
	struct path path;	   /* the file that it is */
};

/* The context of an iterator. */
struct bpf_iter__task {
	struct task_struct *task; /* NULL: the end */
};

#pragma clang attribute pop

#endif
