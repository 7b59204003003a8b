/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hunt: random sequences of socket calls against a policy, and sniffers that see what arrives in spite of it. What
 * its parts share. A sequence is a list of operations, each with a choice (a small number) for every kind of argument;
 * words.c says which there are, and reads and writes them as text, one operation a line:
 *
 *	socket family=smc type=stream
 *	option name=fastopen-no-cookie
 *	send to=blocked4 flags=fastopen
 *
 * An argument that is left out is the first choice of its kind, the plainest one.
 */
#ifndef HUNT_H
#define HUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#define SLOTS	   4	   /* sockets that a sequence has at a time */
#define FLOW_LABEL 0x12345 /* that IPv6 addresses carry, and an option gives a meaning to */
#define OPS_MOST   16	   /* operations in a sequence */

enum code {
	SOCKET,
	BIND,
	CONNECT,
	SEND,
	OPTION,
	LISTEN,
	ACCEPT,
	SHUTDOWN,
	CLOSE,
	DUP,
	PASS,
	FORK,
	RACE,
	PAUSE,
	CODES
};

/* Kinds of arguments. */
enum kind {
	SLOT,	/* the socket */
	OTHER,	/* the slot that gets a socket */
	FAMILY, /* of socket(2), with type and protocol */
	TYPE,
	PROTO,
	WAIT, /* whether calls block, which they never do for long */
	HOST, /* an address */
	FORM, /* the family it is given, if not its own */
	LEN,  /* its length, if not its own */
	PORT,
	FLAGS, /* of a send */
	CALL,  /* by which it is made */
	MODE,  /* by the system call itself, or by io_uring, and how */
	CMSG,  /* control message */
	VIA,   /* the address in a control message or an option */
	LINK,  /* the interface in one */
	PAD,   /* harmless control messages before it */
	DATA,  /* the payload */
	NAME,  /* of an option */
	VALUE, /* of it, where it is a number */
	KINDS
};

struct op {
	uint8_t code;
	uint8_t arg[KINDS]; /* a choice for each kind; 0 where the operation has no such argument */
};

struct sequence {
	uint64_t seed; /* 0: read from a file */
	unsigned int n;
	struct op op[OPS_MOST];
};

/* words.c */

struct choice {
	const char *name;
	long value;
};

/* The arguments of an operation. */
struct shape {
	const char *name;
	unsigned int n;
	uint8_t kind[KINDS];
};

struct host {
	int family;
	unsigned char ip[16]; /* 4 bytes of it are used where the family is AF_INET */
};

extern const struct shape shapes[CODES];

unsigned int choices_of(enum kind kind); /* their number */
const char *choice_name(enum kind kind, uint8_t choice);
long choice_value(enum kind kind, uint8_t choice);     /* what the kernel calls it */
uint8_t choice_find(enum kind kind, const char *name); /* for constants: ends the program when the name is unknown */
const struct host *host_of(uint8_t choice);	       /* NULL: no address */
void words_init(void);

/* One operation a line, each with what goes before it. */
void sequence_print(FILE *to, const char *before, const struct sequence *sequence);
/* 0, or -EINVAL with the fault on standard error. Lines that start with # are comments. */
int sequence_read(FILE *from, const char *name, struct sequence *sequence);
int op_read(char *line, struct op *op);

/* options.c */

/* What an option's value is made of. */
enum shape_of_value {
	A_NUMBER,
	A_LINK,	       /* an interface's number */
	A_LINK_BE,     /* in network byte order */
	A_LINK_NAME,   /* its name */
	A_MREQN,       /* struct ip_mreqn */
	A_PKTINFO,     /* struct in6_pktinfo */
	A_SOCKADDR,    /* packed, as SCTP has them */
	TWO_SOCKADDRS, /* nothing blocks the first */
	SCTP_PRIM,     /* struct sctp_prim */
	A_ROUTE,       /* an IPv4 source route */
	AN_RTHDR,      /* an IPv6 routing header, of the type that the value says */
	SOME_PKTOPTS,  /* control messages with one */
	A_FLOWLABEL,   /* struct in6_flowlabel_req, and such control messages */
	A_ULP,	       /* a name */
	SIXTEEN_BYTES,
};

/* Sockets that an option is for, and what a socket is: bits. */
#define FOR_ANY	 1
#define FOR_V4	 2
#define FOR_V6	 4
#define FOR_TCP	 8
#define FOR_UDP	 16
#define FOR_SCTP 32
#define FOR_RAW	 64
#define FOR_SMC	 128

struct sock_option {
	const char *name;
	int level, number;
	enum shape_of_value shape;
	unsigned int suits;
};

extern const struct sock_option options[];
extern const unsigned int options_count;

/* Sets it; or gets it, where that is what does something. Returns what the call does, a negative errno where it fails.
 */
int option_set(int fd, const struct op *op);
/* Writes a control message and those before it; returns the length, 0 for none. room is at least 1024 bytes. */
size_t cmsg_build(void *room, const struct op *op);
int link_index(uint8_t choice);
void options_init(void); /* in the network namespace where the sequences run */

/* starts.c */

struct start {
	const char *text;
	unsigned int weight, is;
	enum {
		ALWAYS,
		IF_STRICT,
		IF_RAW,
		IF_PACKET
	} when;
};

extern const struct start starts[];
extern const unsigned int starts_count;

/* hosts.c */

/* What an address is for. */
enum purpose {
	TARGET, /* where something goes */
	SOURCE, /* what a socket is bound to */
	BYWAY,	/* in an option or a control message */
	PURPOSES
};

/* Choices of hosts, from which one is as likely as the other. */
struct host_list {
	const char *names;
	uint8_t choices[40];
	unsigned int n;
};

void host_lists_init(void);
const struct host_list *host_list_of(enum purpose purpose, bool v6, bool covert);

/* draw.c: numbers by chance, the same from the same seed */

void draw_from(uint64_t seed);
unsigned int below(unsigned int n);
bool percent(unsigned int n);
uint8_t any_choice(enum kind kind);

/* make.c */

struct limits {
	bool strict;   /* the policy is, and what it leaves open otherwise is tried too */
	bool backstop; /* likewise */
	bool owns;     /* the sequence has all capabilities in its namespaces */
};

/* Whether sockets that are there at such a time are tried. */
bool may_start(int when, const struct limits *limits);
void sequence_make(struct sequence *sequence, uint64_t seed, const struct limits *limits);
void make_init(void);

/* play.c */

#define RESULT_NONE INT32_MIN /* of an operation that was not reached */

/* Carries it out, and closes what it opened. rounds: of a race. results: OPS_MOST of them, or NULL. */
void sequence_play(const struct sequence *sequence, unsigned int rounds, int *results);
/* The address that the operation names, into 128 bytes; its length, or -1 for none. */
int address_of(const struct op *op, enum kind host, unsigned char *to);
/* Once in each process. */
void play_init(void);
/* From now on a pause does not wait, but sets the sequence's sockets aside; or: wait for all of those, and close them.
 */
void play_park(bool on);
/* Whether the process is another one now, for the kernel and the policy: it has threads, or a ring. */
bool play_left_traces(void);

/* send.c */

/* On a socket of the family and protocol that these choices are. Returns what the call does, or a negative errno. */
int send_play(const struct op *op, int fd, uint8_t family, uint8_t proto);

/* uring.c */

/* What a system call would return. ENOSYS: this kernel has no such operation. */
int uring_connect(int fd, const void *address, int len, uint8_t mode);
int uring_bind(int fd, const void *address, int len, uint8_t mode);
int uring_listen(int fd, uint8_t mode);
int uring_send(int fd, const struct msghdr *message, int flags, uint8_t mode, bool zero_copy, bool by_message);
void uring_forget(void); /* after fork(), in the child */
bool uring_used(void);

/* watch.c: what arrives */

struct arrival {
	uint64_t when; /* nanoseconds, as clock_gettime(CLOCK_REALTIME) has them */
	char what[120];
};

/* Opens a sniffer in the current network namespace, which it has a name for. Ends the program on failure. */
void watch_here(const char *name);
/* The first arrival since the last call that counts, within so many milliseconds. */
bool watch_arrived(struct arrival *arrival, unsigned int wait_ms);
void watch_clear(void);
uint64_t now_ns(void);

/* serve.c: who answers. In the current network namespace, the peer's or the other; further: SCTP names blocked
 * addresses; then every so often: lets go of who has connected. */
void serve_here(bool peer, bool further);
void serve_again(void);

/* try.c: one sequence again and again, and ever shorter */

/* Carries out fn(argument) in a process of the world where the sequences run; false: it did not end in time. */
bool in_world(void (*fn)(void *), void *argument, unsigned int limit_ms);
/* Whether it arrives, in so many tries. */
bool sequence_arrives(const struct sequence *sequence, unsigned int tries, struct arrival *arrival);
/* To what still arrives; arrival is of the last that did. */
void sequence_shrink(struct sequence *sequence, unsigned int tries, struct arrival *arrival);
/* Its operations with what each returned. */
void sequence_show(const struct sequence *sequence);

/* hunt.c: new ones, until the time is over */

struct orders {
	double seconds;
	uint64_t seed;
	unsigned int stop;		/* after so many finds */
	const char *base_on, *base_off; /* commands: another policy is in force too, and no more; or NULL */
	struct limits limits;
};

void hunt_init(void);
/* How many it found, unexplained ones too. */
unsigned int hunt(const struct orders *orders);

/* main.c */

/* Ends the program. */
void die(const char *what);
/* Ends the program where it fails. NULL: nothing to do. */
void command(const char *line);

#endif
