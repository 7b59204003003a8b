/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the BPF programs and the commands: the layout of every pinned map. Both sides include it.
 *
 * A change of a struct or of the meaning of a field needs a new LSMCTL_LAYOUT. The first two words of struct config
 * never move, so that any binary can read the layout of the pins.
 */
#ifndef LSMCTL_ABI_H
#define LSMCTL_ABI_H

#include <linux/types.h>
#include "hook.h"

#define LSMCTL_MAGIC  0x4c534d43u /* "LSMC" */
#define LSMCTL_LAYOUT 14u

#define COMMENT_SIZE 128 /* bytes, with the final NUL */
#define SET_SIZE     32
#define EXCEPT_SIZE  512 /* of the words that a set excepts */
#define SOURCE_SIZE  512 /* of what a set was restored from */
#define VERSION_SIZE 32

/* How the programs treat a call. OFF is zero, so that a program without a configuration denies nothing. */
enum state {
	STATE_OFF,    /* attached but not published: during a load or an unload */
	STATE_ON = 2, /* decide by the rules */
};

enum verdict {
	VERDICT_ALLOW,
	VERDICT_BLOCK,
	VERDICT_AUDIT, /* let the call through, and count it as "would have been blocked" */
	VERDICTS,
};

enum mode {
	MODE_ENFORCE,
	MODE_AUDIT, /* treat every block as VERDICT_AUDIT */
	MODES,
};

enum attach {
	ATTACH_LSM,
	ATTACH_FMOD_RET,
	ATTACHES,
};

/* The order, narrow to wide, in which the programs ask subjects. Subject 0 of every generation is everyone. */
enum subject_kind {
	SUBJECT_EVERYONE,
	SUBJECT_UID,
	SUBJECT_CGROUP,
	SUBJECT_UIDS, /* a range of uids: asked after SUBJECT_UID, the narrowest first */
	SUBJECT_GID,  /* the real gid */
	SUBJECT_GIDS, /* as SUBJECT_UIDS */
	SUBJECT_EXE,  /* a program: the path of the file that was started */
};

/*
 * Canary calls prove that the kernel asks the programs. The programs refuse each, in every state, with an errno that no
 * network path returns, and neither count nor report it. They never let a call through for being a canary. A canary
 * call asks for 0.0.0.0, so that the fast paths need no check for it. It carries config.canary in the eight bytes of a
 * sockaddr_in that the kernel ignores. Load draws config.canary at random; only a process that may read the policy's
 * maps knows it.
 */
#define CANARY_ERRNO 131    /* Linux: ENOTRECOVERABLE */
#define CANARY_LEVEL 0x1e57 /* the level of a canary setsockopt(2), which no protocol has */
#define CANARY_PORT  9	    /* discard */

/* The canary as an option of that level, and as a protocol number; neither exists. */
static inline __u32 canary_word(__u64 canary)
{
	return (__u32)(canary >> 32) >> 2 | 0x40000000;
}

/*
 * The mark of a call that sends the canary packet, which the backstop drops: a UDP datagram to 127.0.0.1 with only
 * config.canary in it. The rules decide the call like any other, and a blocked one gets CANARY_ERRNO.
 */
static inline __u64 canary_packet(__u64 canary)
{
	return ~canary;
}

/*
 * The first bytes of a thread's name during a canary call that carries no bytes of its own. Any process can see the
 * name then: it reveals less than half of the canary.
 */
static inline __u64 canary_name(__u64 canary)
{
	return canary >> 32 | 0x8080808080808080ull;
}

/*
 * The protocol of a call is the socket's number, 0 to 255; MPTCP and SMC count as tcp, UDP-Lite as udp, ICMPv6 as icmp.
 * Any raw socket is PROTO_RAW too. PROTO_ANY is for rules only.
 */
#define PROTO_RAW 256u
#define PROTO_ANY 511u
/* A port is 0 to 65535. A call on a socket without ports has NO_PORT, which matches no rule with ports. */
#define NO_PORT 0x10000u

/* An address in the single 128-bit space: IPv4 is ::ffff:a.b.c.d. Network byte order. */
union ip {
	__u8 b[16];
	__be32 w[4];
	__be64 d[2];
};

/* The filters: see filter.h. */
#define FILTER4_BITS	    24
#define FILTER4_ALL_BITS    18
#define FILTER4_FEW_BITS    18
#define FILTER6_BITS	    20
#define FILTER6_SHORT	    (1u << 12)
#define FILTER_PORT_BITS    17 /* 65536 ports and NO_PORT */
#define FILTER_SUBJECT_BITS 17
#define FILTER_RULED_BITS   16
#define FILTER_PLACED_BITS  15
#define FILTER_WORDS(bits)  (1u << ((bits)-5))

/* Name servers whose answers count. */
#define RESOLVERS 16

struct resolvers {
	__u32 n;
	__u32 pad;
	union ip at[RESOLVERS];
};

/* The settings of a ruleset. */
struct settings {
	__u32 default_verdict;	    /* enum verdict, never VERDICT_AUDIT */
	__u32 mode;		    /* enum mode */
	__u32 strict;		    /* 1: refuse sockets whose destinations no hook can judge */
	__u32 backstop;		    /* 1: judge outgoing packets too */
	__u32 no_answers;	    /* 1: under default block a UDP socket cannot answer without a rule */
	__u32 names;		    /* 1: learn which addresses a name has */
	__u32 keep_least;	    /* s, how long an address keeps its name at least; 0: DNS_KEEP_LEAST */
	__u32 keep_most;	    /* s, after the last answer; 0: DNS_KEEP_MOST */
	struct resolvers resolvers; /* as given; none: those that were found, in struct config */
};

/* How long an address keeps its name, unless it is set: s. Programs use addresses longer than their TTL allows. */
#define DNS_KEEP_LEAST 3600u
#define DNS_KEEP_MOST  86400u

static inline __u32 settings_keep_least(const struct settings *settings)
{
	return settings->keep_least ? settings->keep_least : DNS_KEEP_LEAST;
}

static inline __u32 settings_keep_most(const struct settings *settings)
{
	return settings->keep_most ? settings->keep_most : DNS_KEEP_MOST;
}

/* The maps of names, by their places in config.names. */
enum name_map {
	MAP_QUERIES,
	MAP_NAMED,
	MAP_NAMES,
	MAP_NAME_IDS, /* from here on only while some rule is for a name */
	MAP_RULED,
	NAME_MAPS,
};

/* In special.ruled. */
#define RULED		1u /* some rule is for a name */
#define RULED_RESOLVERS 2u /* some rule is for the word "resolvers" */

/* In special.watching, beside bits 1 << enum verdict: see struct learned. */
#define LEARNING 0x80u

/*
 * What may keep a call without a rule from passing at once, whatever it is: bytes, so that each is stored alone, and a
 * word, so that the programs read all at once. A byte is set before what it tells of may hold, and cleared after.
 */
union special {
	__u64 any;
	struct {
		__u8 near;     /* stays 0: the programs put a rule near the address here: see bpf/fast.bpf.h */
		__u8 running;  /* 1: a run is there */
		__u8 ruled;    /* RULED, RULED_RESOLVERS */
		__u8 ports;    /* 1: the filter wide_ports has some port */
		__u8 watching; /* reports wanted: bits 1 << enum verdict, and LEARNING */
		__u8 blocks;   /* bits 1 << slot: its settings block by default */
		__u8 any_left; /* 1: the programs may have marked a socket for 0.0.0.0: see bpf/source.bpf.h */
		__u8 pad;
	};
};

/* The first part of the map "config". Commands write it only under the exclusive lock on the pin directory. */
struct config {
	__u32 magic;	  /* LSMCTL_MAGIC */
	__u32 layout;	  /* LSMCTL_LAYOUT */
	__u32 state;	  /* enum state */
	__u32 generation; /* its lowest bit selects the slot in force of arenas, rules, counters and settings */
	struct settings settings[2];
	__u32 fallback;	     /* the generation in force after trial_until */
	__u32 filter4_shift; /* at most 31 */
	union special special;
	__u64 trial_until;  /* CLOCK_BOOTTIME, ns; 0: no trial */
	__u32 filter6_mask; /* of words */
	__u32 attach;	    /* enum attach */
	__u32 hooks;	    /* bits 1 << enum hook: this kernel has these hooks */
	__u32 max_rules;    /* the option of load */
	__u32 max_names;    /* options of load: names in rules, and their addresses */
	__u32 max_addresses;
	__u32 last_id;		/* the newest rule's id; no id is used twice */
	__u32 pending;		/* a change has started and not finished: compile the tables again */
	__u32 inner[2][3];	/* map ids in the outer maps' slots: before 6.8 a lookup there waits for all programs */
	__u32 marks;		/* 1: the programs can mark sockets, as they found during the trial calls of load */
	__u32 found_slot;	/* of "found": that in force; a command fills the other, then stores this */
	__u64 canary;		/* the mark of canary calls; 0: none */
	__u64 loaded_at;	/* CLOCK_REALTIME, ns */
	__u64 events_lost;	/* decisions not recorded for a watcher; counted by the programs */
	__u64 senders_met;	/* entries that the programs put into the map of senders in use */
	__u32 senders;		/* that map's id; 0: none */
	__u32 bound[2];		/* map ids in the slots of "cgroups"; 0: no rule of that generation is for a cgroup */
	__u32 unbound[2];	/* cgroups that did not fit these maps: the programs refuse their calls */
	__u32 levels[2];	/* by slot: the deepest level of a cgroup that has a place, and ROOT_RULED; 0: none */
	__u32 host_net;		/* the number of the host's network namespace, for names; 0: unknown */
	__u32 names[NAME_MAPS]; /* ids of the maps of names in use; 0: none */
	__u32 exes_refused;	/* execs refused because "exes" had no room: see exe.bpf.h */
	__u64 names_seed;	/* secret: of the hashes of names */
	__u64 truncated;	/* answers that were cut short, so that nothing was learned from them */
	__u64 run_root;		/* the id of the cgroup that holds the runs: see run.h */
	struct resolvers found[2]; /* the name servers of this host, as a command found them */
	char version[VERSION_SIZE];
};

/*
 * Under default block an unconnected UDP socket may answer: to an address and port from which it has received a
 * datagram within ANSWER_TIME. The map of senders is in the only slot of "senders" while some settings need it. It
 * forgets those first from which nothing has come for the longest time. Times are CLOCK_BOOTTIME, ns.
 */
#define SENDERS	    65536
#define ANSWER_TIME 180000000000ll

struct sender {
	union ip ip;
	__u64 socket; /* its cookie, which no other socket ever has */
	__u32 port;
	__u32 pad;
};

/* Signed, since the clocks of two processors may differ a little. */
static inline int sender_is_recent(__u64 received, __u64 now)
{
	return (__s64)(now - received) < ANSWER_TIME;
}

/*
 * Names: the programs learn from the answers of name servers which addresses a name has: see bpf/dns.bpf.h. Three maps
 * are there, each in the only slot of an outer map of its name, while some settings want names or some rule is for one.
 * A full map forgets the entry that nobody has used for the longest time. Times are CLOCK_BOOTTIME, ns.
 *
 * "queries": from a query that was sent to the time; an answer takes it away. It says which answers count, so rules for
 * names rest on it. Calls are not decided by the other two. They are shown, and a new rule for a name takes the name's
 * addresses from them.
 */
#define QUERIES_ROOM 8192
#define QUERY_TIME   30000000000ll /* a later answer is none */

struct query_key {
	__u64 socket;	/* its address in the kernel: 5.10 gives programs of security hooks no cookie */
	__u64 question; /* a hash of it, letter for letter */
	union ip resolver;
	__u32 id; /* of the message */
	__u32 pad;
};

/* "named": from an address, in one network namespace, to the name by which it was asked for last. */
#define NAMED_ROOM 65536

struct named {
	union ip ip;
	__u64 net; /* low half: the namespace's inode number; high half: random, since numbers are used again */
};

struct naming {
	__u64 name; /* key of "names" */
	__u64 asked;
	__u64 expires;
};

/* "names": from a hash of the name, in small letters, to the name as it was sent: RFC 1035, 3.1. */
#define NAMES_ROOM 16384
#define WIRE_SIZE  256 /* bytes: at most 255, of which the last is 0 */

struct name {
	__u64 asked;
	__u32 truncated; /* answers that were cut short */
	__u32 pad;
	__u8 wire[WIRE_SIZE];
};

/*
 * Rules for names. In the tables such a rule stands as one for a single IPv6 address, which name_ip() makes of the id
 * of its name: see ruled.h. The arena has the text of each name. Two more maps are there while some rule is for a name.
 *
 * "name_ids": from the hash of a name, seeded as in suffix.h, to its ids. Commands fill it before rules are in force.
 */
#define NAME_RULES 10000 /* in a ruleset, at most, unless load says otherwise; there is room for twice as many */

struct name_ids {
	__u64 exact; /* of the name; 0: no rule is for it */
	__u64 below; /* of all names below it, "*.example.com"; 0: the same */
};

/*
 * "ruled": from an address, in one network namespace, to the ids of the names that it has. A full map forgets the
 * address that nobody has used for the longest time. No rule for a name holds for it then. Times are CLOCK_BOOTTIME, s.
 */
#define RULED_ROOM 65536 /* addresses, unless load says otherwise */
#define RULED_IDS  8	 /* an address of more names in rules, at the same time, is refused */

struct ruled_id {
	__u64 id;    /* 0: unused */
	__u32 asked; /* the last answer */
	__u32 until;
};

struct ruled {
	struct ruled_id at[RULED_IDS];
	__u32 lost; /* until then, an id that did not fit is missing here */
	__u32 pad;
};

/*
 * Watchers. Each puts its own ring buffer into a slot of "rings", so that each gets every event, and stores here the
 * verdicts that it wants. It holds a lock while it lives: see common/policy/watcher.h.
 */
#define WATCHERS 16

struct watcher {
	__u32 verdicts; /* bits 1 << enum verdict; 0: slot unused */
	__u32 pad;
	__u64 woken; /* last wake-up, CLOCK_BOOTTIME, ns */
	__u64 lost;  /* wanted decisions not recorded */
	__u64 pad2;
};

/* The programs wake a reader at once, then not again for this time, in which it looks by itself: ns. */
#define WATCH_PAUSE 1000000u

/*
 * Keeps a flood of events from hiding the others. Three counts cover an event, from narrow to wide: its process with
 * its rule and verdict; its rule with its uid; its uid. Each restarts in each eighth of a second, and counts only what
 * the narrower one let through. So forty processes of one uid get no more than that uid does, and a flood by one rule
 * takes nothing from the uid's other rules. The limits depend on how full the ring is: see bpf/flood.bpf.h.
 *
 * Counts may share a cell by chance. Each count has three cells, and the lowest value holds: a count is too high only
 * when all three are shared. Beside forty processes that flood with the same uid, that happens to one event of 17,000.
 * The cells of one uid are a small part of all.
 */
#define FLOOD_LEVELS 3
#define FLOOD_ROWS   3
#define FLOOD_UIDS   8	  /* parts of a row; a uid uses the cells of one part */
#define FLOOD_CELLS  1024 /* in each part */

/* One decision, as a watcher gets it. */
struct event {
	__u64 time; /* CLOCK_BOOTTIME, ns */
	union ip ip;
	__u64 cgroup;  /* id; 0: unknown */
	__u64 exe;     /* the id of the program's path; 0: no rule is for it */
	__u32 rule_id; /* 0: no rule decided */
	__u32 pid;     /* the thread's number in the initial pid namespace; 0: unknown */
	__u32 tgid;    /* the process */
	__u32 uid;
	__u32 port; /* or NO_PORT */
	__u16 proto;
	__u8 verdict;	/* enum verdict */
	__u8 error;	/* the errno of a blocked call, or 0 */
	__u8 hook;	/* enum hook */
	__u8 no_ip;	/* 1: refused for the kind of call, not for its destination */
	__u8 cut;	/* 1: no call, but an open connection that a command closed */
	__u8 by_run;	/* 1: the process's run decided, and no rule */
	__u32 gid;	/* or NO_GID */
	__u64 name;	/* by which the address was asked for, or the question's: key of "names"; 0: unknown */
	__u8 truncated; /* 1: no call, but an answer of the name server "ip" that was cut short */
	__u8 fits;	/* 1: a rule for the program's path is for this process; see struct call_event */
	__u8 pad[6];
	char comm[16];
};

/*
 * What a watcher gets of a system call: the event, and the path that the program's file has now, or had an eighth of a
 * second ago. The path ends at the last byte, and zeroes fill the bytes before it. If the first byte is not zero, the
 * path is longer, and this is its end. If all are zero, the path is unknown. A file in no directory, such as a memfd,
 * has no '/' in front. Of a packet a watcher gets the event alone.
 */
#define PROGRAM_SIZE 128

struct call_event {
	struct event event;
	char program[PROGRAM_SIZE];
};

/* Learners. Each puts a hash map into a slot of "learned": from an allowed call to its count, a __u64. */
#define LEARNERS 4

struct learned {
	union ip ip;
	__u64 cgroup;
	__u32 uid;
	__u32 port; /* or NO_PORT */
	__u32 proto;
	__u32 gid;  /* or NO_GID */
	__u64 name; /* as in struct event */
	char comm[16];
	char program[PROGRAM_SIZE]; /* as in struct call_event, if a rule for it is for this process */
};

/*
 * "reports": where threads put together what they report, so many on each processor. The path of the program stays
 * there for the process's next report.
 */
#define REPORTS 16

struct call_event_draft {
	__u64 users; /* 1: a thread has it; for a moment more, while others find that out */
	struct call_event call;
	char beyond[PROGRAM_SIZE]; /* stays 0: the verifier believes that a name may end there */
	/* How far the path was followed: see bpf/program.bpf.h. */
	__u64 at, mnt; /* addresses */
	__u64 root;    /* of the last mount before the names ended */
	__u32 text;    /* where in "program" the path begins */
	__u8 named;    /* 1: the last step was a name */
	__u8 ended;    /* 1: at the root */
	__u8 pad[2];
	/* Whose path it is, and since when: see put_program(). */
	__u64 read; /* CLOCK_BOOTTIME, ns */
	__u64 file; /* address; 0: no path is here */
	__u64 started;
	__u64 execs;
	__u32 tgid;
	__u8 fits; /* as in struct event */
	__u8 pad2[3];
	struct learned learned;
};

#define NAME_SIZE  256			   /* of a cgroup's or a file's name, bytes: at most 255, and a NUL */
#define NAME_WORDS (2 * NAME_SIZE / 8 + 1) /* so that a program may read eight bytes wherever a name may end */

/*
 * Counts of decisions. Processors use separate cache lines, so that none waits for another; processors whose numbers
 * differ by a multiple of TOTALS share one.
 */
#define TOTALS 256

struct total {
	__u64 decided[HOOK_EGRESS + 1][VERDICTS];
};

/* The map "config": one element. Each part starts at a page, so that a command maps only what it needs. */
struct shared {
	struct config config;
	__u8 pad[4096 - sizeof(struct config)];
	__u32 filter4[FILTER_WORDS(FILTER4_BITS)]; /* here the programs reach it with one instruction less */
	struct total totals[TOTALS];
	__u32 filter6[FILTER_WORDS(FILTER6_BITS)];
	__u32 filter4_all[FILTER_WORDS(FILTER4_ALL_BITS)];
	__u32 filter4_few[FILTER_WORDS(FILTER4_FEW_BITS)];
	__u8 filter6_short[FILTER6_SHORT];
	__u32 wide_ports[FILTER_WORDS(FILTER_PORT_BITS)];
	__u32 subjects[FILTER_WORDS(FILTER_SUBJECT_BITS)];
	__u32 kinds; /* bits 1 << enum subject_kind */
	__u32 pad2;
	struct watcher watchers[WATCHERS];
	__u64 unlearned[LEARNERS]; /* decisions that did not fit a learner's map */
	__u32 wanting[VERDICTS];   /* the watchers that want a verdict: bits 1 << slot */
	__u32 pad3;
	/* High half: the time in units of 1 << LAST_HIT_SHIFT; low half: events in that unit. */
	__u32 floods[FLOOD_LEVELS][FLOOD_ROWS][FLOOD_UIDS * FLOOD_CELLS];
	__u64 tick; /* private to the programs: low half: last_hit_of() the time; high half: the timer tick it is from
		     */
	__u64 name[NAME_WORDS]; /* of the cgroup that is being made; the kernel makes one at a time */
	__u64 host_root;	/* the address of the dentry that is PID 1's root */
	__u64 exes_missed;	/* running programs for which "exes" had no room, when a rule for them was new */
	__u8 ruled[1 << FILTER_RULED_BITS];   /* not 0 when "ruled" may have an address with this ruled_hash() */
	__u8 placed[1 << FILTER_PLACED_BITS]; /* the same of "cgroups", and an id with this placed_hash() */
};

/*
 * A generation is three arrays, each the inner map in one slot of an outer map: the arena (tables), the rules and their
 * counters. A rule is named by its slot, its index in "rules".
 *
 * The action is one 64-bit word, so that a program sees a change of verdict and options whole or not at all. Low half:
 * verdict (bits 0-1), errno (2-8), prefix length (9-16), protocol (17-25), ACTION_PRIVATE. High half: extra, a line of
 * the arena, or 0.
 */
struct rule {
	union ip ip;
	__u64 action;
	__u32 id;		/* 0: removed or not yet written; no table leads to it */
	__u32 next;		/* the ref to try after this rule: same prefix, then the next shorter prefix; 0: none.
				   A hidden rule: the same, of the tries of hidden rules */
	__u16 port_lo, port_hi; /* 0-65535: any port, or no port */
	__u16 subject;		/* index of its struct subject */
	__u16 set;		/* index of its set's name; 0: no set */
};

/*
 * The counters of two rules: value n has slots 2n and 2n + 1, since the values of a mapped array are multiples of 8
 * bytes. Times are CLOCK_BOOTTIME in units of 2^27 ns, an eighth of a second; they overflow after 18 years.
 */
struct counters {
	__u64 hits[2];
	__u32 last_hit[2]; /* the end of the unit of the last hit; 0: never */
};

#define LAST_HIT_SHIFT 27

static inline __u32 last_hit_of(__u64 ns)
{
	return (ns >> LAST_HIT_SHIFT) + 1;
}

/*
 * The arena consists of lines of 64 bytes; line 0 is the header. A ref is a 32-bit word: 0, a leaf (REF_LEAF | slot),
 * or the line of a node. A trie consumes the address 8 bits at a time from its root.
 *
 * A value of the array is a chunk of many lines: the next line is often in the chunk at hand, and costs no lookup. A
 * small ruleset fits one chunk.
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
 * A node: 256 refs, one for each value of the next 8 bits, with equal neighbours (a run) stored once. Bit n is set
 * where a run starts; first[i] counts the runs that start before bit 32 * i; ref n is word (refs + runs started up to n
 * - 1) of the arena.
 */
struct node {
	__u32 begins[8];
	__u8 first[8];
	__u32 refs;
	__u32 own[5]; /* the refs themselves, when they fit */
};

struct header {
	__u32 lines;	/* lines in use, from 0 on */
	__u32 rules;	/* slots in use, from 0 on */
	__u32 root[2];	/* refs for everyone: IPv4, IPv6 */
	__u32 live;	/* rules in force, expired ones included */
	__u32 subjects; /* their number; they start at line subject_line, one line each */
	__u32 subject_line;
	__u32 sets; /* number of names; they start at line set_line, SET_SIZE bytes each; name 0 is "" */
	__u32 set_line;
	__u32 hash_line; /* hash with open addressing, from (kind, id) to subject: words, 0 is empty */
	__u32 hash_mask;
	__u32 cgroups;	 /* the line of struct places; 0: no rule is for a cgroup */
	__u32 doublings; /* how often the spare room was doubled; only commands read it */
	__u32 expiring;	 /* rules with a timeout; 0: skip reading the clock */
	__u32 blocking;	 /* rules that block; 0 and default allow: nothing is refused */
	__u16 ranges[2]; /* ranges of uids, of gids: see RANGE_LINES */
};

/*
 * The ranges follow the subjects: RANGE_LINES of uids, then as many of gids. Each is a range_id(), 64 bits, in the
 * order of asking. A call may have to check all, so commands refuse rules for more than ID_RANGES of either.
 */
#define ID_RANGES   64
#define RANGE_LINES (ID_RANGES / (LINE_WORDS / 2))

/* kind: SUBJECT_UID or SUBJECT_GID. Returns the kind of its ranges, and their index in header->ranges. */
static inline __u32 range_kind(__u32 kind)
{
	return kind == SUBJECT_UID ? SUBJECT_UIDS : SUBJECT_GIDS;
}

static inline __u32 range_list(__u32 kind)
{
	return kind != SUBJECT_UID;
}

#define NO_GID 0xffffffffu /* unknown: no group has this number */

/* The id of a range of two or more uids or gids. */
static inline __u64 range_id(__u32 from, __u32 to)
{
	return (__u64)from << 32 | to;
}

static inline int is_range(__u32 kind)
{
	return kind == SUBJECT_UIDS || kind == SUBJECT_GIDS;
}

/* Returns a subject's uid or gid, or the first one of its range; 0 for other subjects. */
static inline __u32 range_first(__u32 kind, __u64 id)
{
	if (kind == SUBJECT_UID || kind == SUBJECT_GID)
		return (__u32)id;
	return is_range(kind) ? (__u32)(id >> 32) : 0;
}

static inline int range_has(__u64 id, __u32 one)
{
	return one - (__u32)(id >> 32) <= (__u32)id - (__u32)(id >> 32);
}

struct subject {
	__u32 kind;	 /* enum subject_kind */
	__u32 root[2];	 /* refs: IPv4, IPv6. Everyone: of the hidden rules of all subjects, in which no call is looked
			    up; those of everyone are in the header */
	__u32 path_line; /* cgroup, program: the line where its path starts, NUL-terminated. Everyone: the line where a
			    word for each set starts, the line of what the set excepts, NUL-terminated, or 0; 0: no set
			    does */
	__u64 id;	 /* uid, gid, range_id(), or the id of a program's path; 0 for others */
	__u32 restored_line; /* everyone: the line where a word for each set starts, the line of a struct restored, or
				0; 0: no set has one, as binaries leave it that do not know it */
	__u32 name_line; /* everyone: the line where the texts of names start, each with its NUL; 0: no rule is for one
			  */
	__u32 names;	 /* their number */
	__u32 compiled;	 /* everyone: the lines before any edit; 0, as binaries leave it that do not know it: unknown */
	__u32 pad[6];
};

/* Where a set comes from, in as many lines as needed. Commands store `at` in place, the programs never read it. */
struct restored {
	__u64 at;		  /* when it was restored last: CLOCK_BOOTTIME, ns */
	char source[SOURCE_SIZE]; /* the names of the files, for people */
};

/* Each subject lies within this many words of the hash, starting at subject_hash(). */
#define SUBJECT_PROBES 8

static inline __u32 subject_hash(__u32 kind, __u64 id)
{
	return ((id ^ (__u64)kind << 60) * 0x9e3779b97f4a7c15ull) >> 32;
}

/*
 * Places: rules name cgroups by paths, in which a name may have one '*'. The compiler turns all paths of a ruleset into
 * places. Place 1 is that of the root cgroup. A step leads from a place to the next: for a cgroup of one name, or for
 * those whose names match the same patterns. A cgroup without a step has no place, and nothing below it has one. A
 * place tells the subjects of its cgroup and of all above, in the order of asking. So one place answers for a process,
 * however deep it is.
 *
 * "cgroups" has an inner map for each slot, like "arenas": from the id of each cgroup that has a place to that place.
 * The programs add a cgroup when it is made, before a process can be in it, and delete it when it is removed: see
 * bpf/place.bpf.h. A command that publishes other paths fills a new map first: see common/table/bind.c. Rulesets with
 * the same paths have the same places, and share a map.
 *
 * All but subject_line is relative to the line of struct places, so that two rulesets can be compared.
 */
struct places {
	__u32 lines;	 /* of all places, with this one */
	__u32 places;	 /* their number, the root's included; they are numbered from 1 */
	__u32 hash_line; /* hash with open addressing, from (place, name) to the line of a step: words, 0 is empty */
	__u32 hash_mask;
	__u32 pattern_line; /* a word for each place, from 0 on: the word of its struct list of patterns, or 0 */
	__u32 depth;	    /* levels that have places; the root is level 0; at most CGROUP_DEPTH - 1 */
	__u32 most;	    /* cgroups that can have a place at the same time; 0: any number */
	__u32 subject_line; /* a word for each place: the word of the arena with its list of subjects, or 0 */
	__u32 pad[8];
};

/*
 * A list in words: its length, then so many words. Patterns: their lines. Subjects: their indices; the high half of the
 * length tells how many of them are for the place's own cgroup, and not for one above.
 */
#define PLACE_SUBJECTS 64 /* the most in a list: commands refuse rules that need more */
#define PLACE_PATTERNS 32
#define PLACES	       65536 /* the most in a ruleset */

#define PLACE_LOST 0x80000000u /* in "cgroups": a cgroup right below this one did not fit */

/*
 * Nearly all cgroups have no place. shared.placed tells so in a tenth of the time that a lookup takes. A program or a
 * command sets a cgroup's byte before it gives the cgroup a place. A removed cgroup leaves its byte set: other cgroups
 * with the same hash are then looked up, and nothing else happens. A command clears all bytes when it gives places and
 * there were none.
 */
static inline __u32 placed_hash(__u64 id)
{
	return id * 0x9e3779b97f4a7c15ull >> (64 - FILTER_PLACED_BITS);
}

#define ROOT_RULED 0x100u /* in config.levels: some rule is for the root cgroup */

/* Each step lies within this many words of the hash. */
#define STEP_PROBES 8

/* A step. Its name goes on in the next lines. */
struct step {
	__u32 from; /* a place; with STEP_PATTERNS, the name is a set of that place's patterns, eight bytes */
	__u32 to;
	__u32 len; /* of the name, bytes */
	__u32 pad;
	char name[48];
};

#define STEP_PATTERNS 0x80000000u

/* Adds a word of the name, whose bytes past the name are 0, to the hash of a step. */
static inline __u32 step_hash(__u32 from, __u64 hash, __u64 word)
{
	hash = (hash ^ word ^ (__u64)from << 32) * 0x9e3779b97f4a7c15ull;
	return (__u32)(hash >> 32) ^ (__u32)hash;
}

/* A name with one '*'. The text goes on in the next lines: the prefix, up to a multiple of 8, then the suffix. */
struct pattern {
	__u32 prefix, suffix; /* bytes */
	__u32 pad[2];
	char text[48];
};

/* More room in a map of cgroups than the literal paths need, when there are patterns. */
#define BOUND_ROOM 65536u

/*
 * Twins are rules that differ in nothing of their identity but the set. No call gets past the first of them that has no
 * timeout, so compilation hides the others: they have tries of their own, where commands find them. They use up no step
 * of a walk, however many sets have one address.
 */

#define NO_SLOT 0xffffffffu /* in place of a slot: no rule */

/*
 * Programs: "exe_names" leads from the end of a path to its start, name by name; commands write it. Its values are the
 * ids of what was followed so far, a hash that depends on nothing else, so that a path has one id in all rulesets.
 * "exes" leads from the address of a file that an exec opened to the id of its path.
 */
struct exe_name {
	__u64 from;	      /* 0: the last name comes first */
	char name[NAME_SIZE]; /* zeroes behind it; "": the path may end here */
};

#define EXE_NAMES 65536
#define EXES	  65536

#define CGROUP_DEPTH 32 /* levels of cgroups that rules can tell apart, the root's included */

#define ROOT_CGROUP 1 /* the id of the root cgroup */

#define TEST_PROG "test"
#define TELL_PROG "tell_cut"

/*
 * The question to the test program: the bytes of a packet after an Ethernet header. The ids of the process's cgroup and
 * of those above it, the root first, come last. The program answers in the control block of its context.
 */
struct test_call {
	union ip ip;
	__u32 proto;
	__u32 raw;  /* 1: the socket is PROTO_RAW too; else 0 */
	__u32 port; /* or NO_PORT */
	__u32 uid;
	__u32 cgroups; /* their number: at most CGROUP_DEPTH, since deeper ones change nothing */
	__u32 gid;
	__u64 exe; /* the id of the program's path; 0: none that a rule may be for */
};

struct test_answer {
	__u32 verdict;	 /* the verdict in the current mode */
	__u32 error;	 /* the errno of a blocked call, or 0 */
	__u32 slot;	 /* the deciding rule, or NO_SLOT */
	__u32 runner_up; /* the rule that decides without that one, or NO_SLOT */
	__u32 closed;	 /* 1: blocked without a rule, because of a cgroup that did not fit or of corrupt tables */
};

/* The most rules that a walk tries for one subject: commands refuse a ruleset that needs more. */
#define WALK_STEPS 128

/* The rare parts of a rule, in as many lines as needed. */
struct extra {
	__u64 expires; /* CLOCK_BOOTTIME, ns; 0: never */
	char comment[COMMENT_SIZE];
};

_Static_assert(sizeof(union ip) == 16, "an address is 128 bits");
_Static_assert(sizeof(struct rule) == 40, "70 bytes a rule, all told, is what a million may cost");
_Static_assert(sizeof(struct counters) == 24, "and 12 of them are these");
_Static_assert(sizeof(struct line) == 64 && sizeof(struct node) == 64 && sizeof(struct header) == 64 &&
		       sizeof(struct subject) == 64 && sizeof(struct places) == 64 && sizeof(struct step) == 64 &&
		       sizeof(struct pattern) == 64,
	       "a line");
_Static_assert(sizeof(struct event) == 104 && sizeof(struct learned) == 64 + PROGRAM_SIZE,
	       "no holes, which would be of the kernel's stack");
_Static_assert(sizeof(struct total) % 64 == 0, "whole lines of memory");
_Static_assert(sizeof(struct test_answer) == 5 * sizeof(__u32), "a control block");
_Static_assert(sizeof(struct query_key) == 40 && sizeof(struct named) == 24 && sizeof(struct naming) == 24 &&
		       sizeof(struct name) == 272 && sizeof(struct ruled) == 136,
	       "no holes here either");
_Static_assert(sizeof(struct config) == 1368, "a change here is a change of LSMCTL_LAYOUT");

/* Returns the name servers of this host that were found last. */
static inline const struct resolvers *config_found(const struct config *config)
{
	return &config->found[config->found_slot & 1];
}

/* Returns the name servers whose answers count, by settings of this configuration. */
static inline const struct resolvers *config_resolvers(const struct config *config, const struct settings *settings)
{
	return settings->resolvers.n ? &settings->resolvers : config_found(config);
}

/*
 * Returns the generation in force at a time. An unconfirmed trial expires on its own; no process has to roll it back.
 */
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

/* Returns the errno of a blocked call, positive, at most 127. */
static inline __u32 action_errno(__u64 action)
{
	return action >> 2 & 0x7f;
}

/* Returns 0 to 128 bits. */
static inline __u32 action_len(__u64 action)
{
	return action >> 9 & 0xff;
}

static inline __u32 action_proto(__u64 action)
{
	return action >> 17 & 0x1ff;
}

/* The rule is for a name, and lets calls through to private and local addresses of it too. */
#define ACTION_PRIVATE (1u << 26)

/* Returns the line of a struct extra, or 0. */
static inline __u32 action_extra(__u64 action)
{
	return action >> 32;
}

#endif
