/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the BPF programs and the commands: the layout of every pinned map. Included by both sides.
 *
 * Whoever changes a struct or the meaning of a field here changes LSMCTL_LAYOUT too. The first two words of
 * struct config never move, so that any binary can read which layout it has met.
 */
#ifndef LSMCTL_ABI_H
#define LSMCTL_ABI_H

#include <linux/types.h>
#include "hook.h"

#define LSMCTL_MAGIC  0x4c534d43u /* "LSMC" */
#define LSMCTL_LAYOUT 5u

#define COMMENT_SIZE 128 /* bytes, the final NUL included */
#define SET_SIZE     32
#define VERSION_SIZE 32

/* What the programs do with a call. OFF is zero, so that a program that nobody has told anything denies nothing. */
enum state {
	STATE_OFF,    /* attached but not published: a load that has not finished, or an unload that has begun */
	STATE_ON = 2, /* decide by the rules */
};

enum verdict {
	VERDICT_ALLOW,
	VERDICT_BLOCK,
	VERDICT_AUDIT, /* let through, count as "would have been blocked" */
	VERDICTS,
};

enum mode {
	MODE_ENFORCE,
	MODE_AUDIT, /* every block is treated as VERDICT_AUDIT */
	MODES,
};

enum attach {
	ATTACH_LSM,
	ATTACH_FMOD_RET,
	ATTACHES,
};

/* Narrow to wide is the order in which subjects are asked; everyone is subject 0 of every generation. */
enum subject_kind {
	SUBJECT_EVERYONE,
	SUBJECT_UID,
	SUBJECT_CGROUP,
	SUBJECT_UIDS, /* a range of uids: behind SUBJECT_UID, the narrowest first */
};

/*
 * Canary calls show that the kernel asks the programs: each is refused with an errno that no network path returns, in
 * every state, and is neither counted nor told of. Nothing is let through for being one. They ask for 0.0.0.0, so that
 * the fast paths need not know of them, and bring config.canary in the eight bytes of a sockaddr_in that the kernel
 * does not look at. It is drawn at random when a policy is loaded, and only who may read its maps knows it.
 */
#define CANARY_ERRNO 131    /* Linux: ENOTRECOVERABLE */
#define CANARY_LEVEL 0x1e57 /* of the setsockopt(2) among them, which no protocol has */
#define CANARY_PORT  9	    /* discard */

/* As an option of that level, and as a protocol, which none is. */
static inline __u32 canary_word(__u64 canary)
{
	return (__u32)(canary >> 32) >> 2 | 0x40000000;
}

/*
 * A packet for the backstop, which drops it: a UDP datagram to 127.0.0.1 with config.canary as all that it carries. The
 * call that sends it brings this mark. The rules decide of it as of any other, and refuse it with CANARY_ERRNO.
 */
static inline __u64 canary_packet(__u64 canary)
{
	return ~canary;
}

/*
 * The first bytes of the name that a thread has while it makes a canary call which brings no bytes of its own. Anybody
 * can see it meanwhile: it tells less than half of the number.
 */
static inline __u64 canary_name(__u64 canary)
{
	return canary >> 32 | 0x8080808080808080ull;
}

/*
 * A protocol is its number, 0 to 255, of the socket: MPTCP and SMC are tcp, UDP-Lite is udp, ICMPv6 is icmp. Any raw
 * socket is PROTO_RAW too. PROTO_ANY is for rules only.
 */
#define PROTO_RAW 256u
#define PROTO_ANY 511u
/* A port is 0 to 65535; a call on a socket without ports has NO_PORT, which no rule with ports matches. */
#define NO_PORT 0x10000u

/* An address in the one 128-bit space: IPv4 is ::ffff:a.b.c.d. Network byte order. */
union ip {
	__u8 b[16];
	__be32 w[4];
	__be64 d[2];
};

/*
 * Which destinations some rule mentions: bit n of a filter stands for the addresses whose first 32 bits, shifted right
 * by config.filter_shift, are n. A bit that is clear answers "no rule" without a look at the tables. A bit that is set
 * may be there for nothing. Fewer rules use fewer bits, which stay in the processor's caches.
 */
#define FILTER4_BITS	   24
#define FILTER6_BITS	   20
#define FILTER_WORDS(bits) (1u << ((bits)-5))

/* What a ruleset says apart from its rules. */
struct settings {
	__u32 default_verdict; /* enum verdict, never VERDICT_AUDIT */
	__u32 mode;	       /* enum mode */
	__u32 strict;	       /* 1: sockets whose destinations no hook can judge are refused */
	__u32 backstop;	       /* 1: packets are judged too, as they leave */
};

/* The first of the two things in the map "config": writable only under the exclusive lock on the pin directory. */
struct config {
	__u32 magic;	  /* LSMCTL_MAGIC */
	__u32 layout;	  /* LSMCTL_LAYOUT */
	__u32 state;	  /* enum state */
	__u32 generation; /* which of the two slots of arenas, rules, counters and settings is in force: its
			   * lowest bit */
	struct settings settings[2];
	__u32 fallback;	       /* the generation to go back to when trial_until has come */
	__u32 watching;	       /* who wants to be told of decisions: bits 1 << enum verdict, and LEARNING */
	__u64 trial_until;     /* CLOCK_BOOTTIME, ns; 0: what is in force is there to stay */
	__u32 filter_shift[2]; /* IPv4, IPv6; 31 and less */
	__u32 attach;	       /* enum attach */
	__u32 hooks;	       /* bits 1 << enum hook: those that are attached; this kernel lacks the others */
	__u32 max_rules;       /* as load was told */
	__u32 last_id;	       /* the newest rule's id; ids are not used twice */
	__u32 pending;	       /* a change has begun and has not ended: build the tables anew */
	__u32 inner[2][3];     /* the ids of what is in the slots of the outer maps: a look there waits for all
				* programs, on kernels before 6.8 */
	__u32 marks;	       /* 1: the programs can leave marks in sockets, as they found out when load tried them */
	__u64 canary;	       /* what canary calls bring; 0: there are none */
	__u64 loaded_at;       /* CLOCK_REALTIME, ns */
	__u64 events_lost;     /* decisions that could not be recorded for a watcher: the programs count them */
	char version[VERSION_SIZE];
};

/*
 * Watchers. Each brings a ring buffer of its own as the inner map of a slot of "rings", so that each sees everything,
 * and says here which decisions it wants. It holds a lock for as long as it lives: see common/seat.h.
 */
#define WATCHERS 16

struct watcher {
	__u32 verdicts; /* bits 1 << enum verdict; 0: nobody */
	__u32 pad;
	__u64 woken; /* when last, CLOCK_BOOTTIME, ns */
	__u64 lost;  /* decisions it wanted and was not told of */
	__u64 pad2;
};

/* A reader is woken at once, then not again for so long, in which it looks by itself: ns. */
#define WATCH_PAUSE 1000000u

/*
 * A flood must not hide the rest. Three counts are kept of an event, from narrow to wide: of its process with its rule
 * and verdict, of its rule with its uid, and of its uid. Each begins anew in each eighth of a second, and counts only
 * what the narrower one let through, so that forty processes of one uid get no more than that uid does, and what floods
 * by one rule takes nothing from the uid's others. How many of each are told depends on how full the ring is: see
 * bpf/flood.h.
 *
 * Counts share a cell by chance. Each is kept in two cells, of which the lower one holds, so that it takes two others,
 * each in one of them, to be counted too high; and the cells of one uid are a few of all.
 */
#define FLOOD_LEVELS 3
#define FLOOD_ROWS   2
#define FLOOD_UIDS   64 /* parts of a row; a uid's cells are in one of them */
#define FLOOD_CELLS  64 /* of a part */

struct flood {
	__u16 tick; /* of the time in units of 1 << LAST_HIT_SHIFT */
	__u16 n;    /* in that unit */
};

/* What a watcher is told: one decision. */
struct event {
	__u64 time; /* CLOCK_BOOTTIME, ns */
	union ip ip;
	__u64 cgroup;  /* id; 0: not known */
	__u32 rule_id; /* 0: no rule decided */
	__u32 pid;     /* the thread, as the kernel numbers it; 0: not known */
	__u32 tgid;    /* the process */
	__u32 uid;
	__u32 port; /* or NO_PORT */
	__u16 proto;
	__u8 verdict; /* enum verdict */
	__u8 error;   /* the errno of a blocked call, or 0 */
	__u8 hook;    /* enum hook */
	__u8 no_ip;   /* 1: refused for what it is, and not for where it goes */
	__u8 pad[6];
	char comm[16];
};

/* Learners bring a hash map each, in a slot of "learned": from what was let through to how often, a __u64. */
#define LEARNERS 4
#define LEARNING 0x80000000u /* in config.watching */

struct learned {
	union ip ip;
	__u64 cgroup;
	__u32 uid;
	__u32 port; /* or NO_PORT */
	__u32 proto;
	__u32 pad;
};

/*
 * What was decided, lines of memory for each processor, so that none waits for another; processors whose numbers are
 * TOTALS apart share them.
 */
#define TOTALS 256

struct total {
	__u64 decided[HOOK_EGRESS + 1][VERDICTS];
};

/* The map "config": one element. Each part begins at a page, so that a command maps only what it needs. */
struct shared {
	struct config config;
	__u8 pad[4096 - sizeof(struct config)];
	struct total totals[TOTALS];
	__u32 filter4[FILTER_WORDS(FILTER4_BITS)];
	__u32 filter6[FILTER_WORDS(FILTER6_BITS)];
	struct watcher watchers[WATCHERS];
	__u64 unlearned[LEARNERS]; /* decisions for which a learner's map had no room */
	struct flood floods[FLOOD_LEVELS][FLOOD_ROWS][FLOOD_UIDS * FLOOD_CELLS];
	__u64 tick; /* the programs' own: low half, last_hit_of() the time when the timer tick was the high half */
};

/*
 * A generation is three arrays, each the inner map of one slot of an outer map: the arena (tables), the rules and their
 * counters. All that refers to a rule is its slot, its index in "rules".
 *
 * The action is one 64-bit word, so that a change of verdict and options is seen whole or not at all. Low half: verdict
 * (bits 0-1), errno (2-8), prefix length (9-16), protocol (17-25). High half: extra, a line of the arena, or 0.
 */
struct rule {
	union ip ip;
	__u64 action;
	__u32 id;   /* 0: removed, or not yet there; no table leads to it */
	__u32 next; /* the ref to try when this one does not match: same prefix, then the next shorter prefix; 0: none
		     */
	__u16 port_lo, port_hi; /* 0-65535: any port, or none */
	__u16 subject;		/* index of its struct subject */
	__u16 set;		/* index of its set's name; 0: none */
};

/*
 * What two rules have counted: those of slots 2n and 2n + 1 are value n, since the values of a mapped array are
 * multiples of 8 bytes. Times are CLOCK_BOOTTIME in units of 2^27 ns, an eighth of a second, which last 18 years.
 */
struct counters {
	__u64 hits[2];
	__u32 last_hit[2]; /* the end of the unit in which it was; 0: never */
};

#define LAST_HIT_SHIFT 27

static inline __u32 last_hit_of(__u64 ns)
{
	return (ns >> LAST_HIT_SHIFT) + 1;
}

/*
 * The arena is lines of 64 bytes; line 0 is the header. A ref is a 32-bit word: 0, or a leaf (REF_LEAF | slot), or the
 * line of a node. A trie takes the address 8 bits at a time from its root.
 *
 * A value of the array is a chunk of many lines: what a program looks at next is often in the chunk it has already, and
 * costs no lookup. All of a small ruleset is in one.
 */
#define LINE_WORDS  16
#define CHUNK_LINES 1024
#define REF_LEAF    0x80000000u

struct line {
	__u32 w[LINE_WORDS];
};

struct chunk {
	struct line lines[CHUNK_LINES];
};

/*
 * A node: 256 refs, one for each value of the next 8 bits, runs of equal ones written once. Bit n is set where a run
 * begins; first[i] is how many do before bit 32 * i; ref n is word (refs + runs begun up to n - 1) of the arena.
 */
struct node {
	__u32 begins[8];
	__u8 first[8];
	__u32 refs;
	__u32 own[5]; /* the refs, where there are no more of them */
};

struct header {
	__u32 lines;	/* used from the start */
	__u32 rules;	/* slots used from the start */
	__u32 root[2];	/* refs, everyone's: IPv4, IPv6 */
	__u32 live;	/* rules that are in force, expired ones among them */
	__u32 subjects; /* how many, at line subject_line, one line each */
	__u32 subject_line;
	__u32 sets; /* how many names, at line set_line, SET_SIZE bytes each; name 0 is "" */
	__u32 set_line;
	__u32 hash_line; /* open addressing from (kind, id) to subject: words, 0 is empty */
	__u32 hash_mask;
	__u32 uids, cgroups; /* subjects of that kind, ranges too, whether to look at all */
	__u32 expiring;	     /* rules with a timeout, whether to look at the clock */
	__u32 blocking;	     /* rules that block, whether anything may be refused */
	__u32 ranges;	     /* subjects that are ranges of uids: words of 64 bits behind the subjects, in the order in
			      * which they are asked, each what uids_id() says */
};

/* Ranges that a call may have to be held against, at most: commands refuse more. */
#define UID_RANGES 64

/* What stands for a range of uids, of which there are at least two. */
static inline __u64 uids_id(__u32 from, __u32 to)
{
	return (__u64)from << 32 | to;
}

/* Of a subject: the uid, or the first of a range; 0 of others. */
static inline __u32 uids_first(__u32 kind, __u64 id)
{
	return kind == SUBJECT_UID ? (__u32)id : kind == SUBJECT_UIDS ? (__u32)(id >> 32) : 0;
}

static inline int uids_have(__u64 id, __u32 uid)
{
	return uid - (__u32)(id >> 32) <= (__u32)id - (__u32)(id >> 32);
}

struct subject {
	__u32 kind;	 /* enum subject_kind */
	__u32 root[2];	 /* refs: IPv4, IPv6; everyone's are in the header */
	__u32 path_line; /* cgroup: its path, NUL-terminated, from that line on */
	__u64 id; /* uid, uids_id(), or cgroup id (the inode number of its directory); 0 for a cgroup that was not there
		   */
	__u32 pad[10];
};

/* A subject is found within this many words of the hash, from where subject_hash() says. */
#define SUBJECT_PROBES 8

static inline __u32 subject_hash(__u32 kind, __u64 id)
{
	return ((id ^ (__u64)kind << 60) * 0x9e3779b97f4a7c15ull) >> 32;
}

#define NO_SLOT 0xffffffffu /* where a slot is expected: there is no rule */

/* Cgroups of a process, its own and those around it; one deeper down is refused while there are rules for cgroups. */
#define CGROUP_DEPTH 32

#define ROOT_CGROUP 1 /* the id of the one that all others are in */

#define TEST_PROG "test"

/*
 * What that program is asked: the bytes of a packet behind an Ethernet header, of which the ids of the cgroups,
 * the process's own first, are the last. Its answer are the words of its context's control block.
 */
struct test_call {
	union ip ip;
	__u32 proto;
	__u32 raw;  /* 1: it is PROTO_RAW too; 0 */
	__u32 port; /* or NO_PORT */
	__u32 uid;
	__u32 cgroups; /* how many, also where that is more than CGROUP_DEPTH, and no ids follow */
	__u32 pad;
};

struct test_answer {
	__u32 verdict;	 /* what would come of it in this mode */
	__u32 error;	 /* the errno of a blocked call, or 0 */
	__u32 slot;	 /* of the rule that decides, or NO_SLOT */
	__u32 runner_up; /* of the rule that would decide if that one were not there, or NO_SLOT */
	__u32 closed;	 /* 1: blocked by no rule, but for too many cgroups or for tables that are broken */
};

/* Rules looked at for one subject, at most: commands refuse a ruleset that would need more. */
#define WALK_STEPS 128

/* What few rules have, in as many lines as it needs. */
struct extra {
	__u64 expires; /* CLOCK_BOOTTIME, ns; 0: never */
	char comment[COMMENT_SIZE];
};

_Static_assert(sizeof(union ip) == 16, "an address is 128 bits");
_Static_assert(sizeof(struct rule) == 40, "70 bytes a rule, all told, is what a million may cost");
_Static_assert(sizeof(struct counters) == 24, "and 12 of them are these");
_Static_assert(sizeof(struct line) == 64 && sizeof(struct node) == 64 && sizeof(struct header) == 64 &&
		       sizeof(struct subject) == 64,
	       "a line");
_Static_assert(sizeof(struct event) == 80 && sizeof(struct learned) == 40 && sizeof(struct flood) == 4,
	       "no holes, which would be of the kernel's stack");
_Static_assert(sizeof(struct total) % 64 == 0, "whole lines of memory");
_Static_assert(sizeof(struct test_answer) == 5 * sizeof(__u32), "a control block");
_Static_assert(sizeof(struct config) == 176, "a change here is a change of LSMCTL_LAYOUT");

/* The generation in force at a time. What was on trial and not confirmed ends by itself: nobody has to be there. */
static inline __u32 generation_at(const struct config *config, __u64 now)
{
	return config->trial_until && now >= config->trial_until ? config->fallback : config->generation;
}

static inline __u64 action_make(__u32 verdict, __u32 error, __u32 len, __u32 proto, __u32 extra)
{
	return verdict | error << 2 | len << 9 | proto << 17 | (__u64)extra << 32;
}

static inline __u32 action_verdict(__u64 action)
{
	return action & 3;
}

/* The errno that a blocked call gets, positive, at most 127. */
static inline __u32 action_errno(__u64 action)
{
	return action >> 2 & 0x7f;
}

/* Bits of 128. */
static inline __u32 action_len(__u64 action)
{
	return action >> 9 & 0xff;
}

static inline __u32 action_proto(__u64 action)
{
	return action >> 17 & 0x1ff;
}

/* The line of a struct extra, or 0. */
static inline __u32 action_extra(__u64 action)
{
	return action >> 32;
}

#endif
