// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes sequences: what is likely to be something to the kernel more often than what is not, and everything now and
 * then. The same seed makes the same sequence, as long as nothing here, in words.c and in draw.c changes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "hunt.h"

static struct op start_ops[64];
static unsigned int relevant[8][128], relevant_count[8]; /* options by the bits that they suit */

static bool covert; /* see hosts.c */

/*
 * Races and io_uring are for some stretches of seeds. A process that has a thread or a ring is another one to the
 * policy from then on, so that nothing else is tried in it; and to begin a process takes longer than most sequences.
 */
#define STRETCH 64 /* seeds */
static bool leaves_traces;

static uint8_t some_host(enum purpose purpose, bool v6)
{
	const struct host_list *list = host_list_of(purpose, v6, covert);

	return list->choices[below(list->n)];
}

static uint8_t leads_elsewhere[2]; /* control messages: the first and the last */
static uint8_t fastopen, own_port, no_port, mmsg_same, by_sendmsg, len_32, flowlabel, flowinfo_send, dummy, pad_most,
	unspec; /* choices that are used by name */

void make_init(void)
{
	host_lists_init();
	for (unsigned int i = 0; i < starts_count; i++) {
		char line[100];

		snprintf(line, sizeof(line), "%s", starts[i].text);
		if (op_read(line, &start_ops[i]))
			abort();
	}
	for (unsigned int bit = 0; bit < 8; bit++) {
		for (unsigned int i = 0; i < options_count; i++) {
			if (options[i].suits & 1u << bit)
				relevant[bit][relevant_count[bit]++] = i;
		}
	}
	fastopen = choice_find(FLAGS, "fastopen");
	own_port = choice_find(PORT, "7778");
	mmsg_same = choice_find(CALL, "mmsg-same");
	flowlabel = choice_find(NAME, "flowlabel");
	flowinfo_send = choice_find(NAME, "flowinfo-send");
	dummy = choice_find(LINK, "dummy");
	by_sendmsg = choice_find(CALL, "sendmsg");
	leads_elsewhere[0] = choice_find(CMSG, "retopts");
	leads_elsewhere[1] = choice_find(CMSG, "sctp-dst6");
	len_32 = choice_find(LEN, "32");
	no_port = choice_find(PORT, "0");
	pad_most = choice_find(PAD, "17");
	unspec = choice_find(FORM, "unspec");
}

/* What a slot has, as far as is known. */
static unsigned int is[SLOTS];

static uint8_t some_slot(void)
{
	uint8_t slot = (uint8_t)(percent(70) ? 0 : below(SLOTS));

	while (!is[slot])
		slot = (uint8_t)((slot + 1) % SLOTS);
	return slot;
}

static void make_address(struct op *op, enum purpose purpose)
{
	unsigned int what = is[op->arg[SLOT]];

	op->arg[HOST] = some_host(purpose, what & FOR_V6);
	if (what & FOR_V6 && what & FOR_RAW)
		op->arg[PORT] = no_port;
	else if (percent(25))
		op->arg[PORT] = any_choice(PORT);
	if (percent(12))
		op->arg[FORM] = any_choice(FORM);
	if (percent(10))
		op->arg[LEN] = any_choice(LEN);
	else if (what == FOR_V6)
		op->arg[LEN] = len_32; /* L2TP's */
}

static void make_socket(struct op *op, uint8_t slot, const struct limits *limits)
{
	unsigned int total = 0, at, i = 0;

	for (unsigned int j = 0; j < starts_count; j++)
		total += starts[j].weight;
	for (;;) {
		for (at = below(total), i = 0; at >= starts[i].weight; i++)
			at -= starts[i].weight;
		if (may_start(starts[i].when, limits))
			break;
	}
	*op = start_ops[i];
	op->arg[SLOT] = slot;
	op->arg[WAIT] = percent(30);
	is[slot] = starts[i].is;
	if (limits->strict && percent(5)) {
		op->arg[FAMILY] = any_choice(FAMILY);
		op->arg[TYPE] = any_choice(TYPE);
		op->arg[PROTO] = any_choice(PROTO);
	}
}

/* The address and the interface of an option or a control message. */
static void make_via(struct op *op)
{
	op->arg[VIA] = some_host(BYWAY, is[op->arg[SLOT]] & FOR_V6);
	op->arg[LINK] = percent(50) ? dummy : any_choice(LINK);
}

/* Whether there is an address or an interface in an option's value. */
static bool names_a_place(uint8_t name)
{
	return options[name].shape != A_NUMBER && options[name].shape != A_ULP && options[name].shape != SIXTEEN_BYTES;
}

static void make_option(struct op *op)
{
	unsigned int what = is[op->arg[SLOT]] | FOR_ANY, bit;

	op->code = OPTION;
	do {
		do {
			bit = below(8);
		} while (!(what & 1u << bit));
		op->arg[NAME] = percent(90) ? (uint8_t)relevant[bit][below(relevant_count[bit])] : any_choice(NAME);
	} while (covert && !names_a_place(op->arg[NAME]) && percent(75));
	if (percent(40))
		op->arg[VALUE] = any_choice(VALUE);
	make_via(op);
}

/* For the later message no hook is called: only the backstop sees that it goes elsewhere. */
static bool is_left_alone(const struct op *op, const struct limits *limits)
{
	return !limits->backstop && op->arg[CALL] == mmsg_same && op->arg[CMSG] >= leads_elsewhere[0] &&
	       op->arg[CMSG] <= leads_elsewhere[1];
}

static void make_cmsg(struct op *op, const struct limits *limits)
{
	static const char *const likely4[] = {"pktinfo", "retopts", "segment"};
	static const char *const likely6[] = {"pktinfo6", "2292pktinfo", "rthdr", "2292rthdr", "pktinfo"};
	static const char *const likely_sctp[] = {"sctp-dst4", "sctp-dst6", "sctp-sndrcv", "sctp-sndinfo"};
	unsigned int what = is[op->arg[SLOT]];

	if (percent(35))
		op->arg[CMSG] = any_choice(CMSG);
	else if (what & FOR_SCTP)
		op->arg[CMSG] = choice_find(CMSG, likely_sctp[below(4)]);
	else if (what & FOR_V6)
		op->arg[CMSG] = choice_find(CMSG, likely6[below(5)]);
	else
		op->arg[CMSG] = choice_find(CMSG, likely4[below(3)]);
	make_via(op);
	if (percent(30))
		op->arg[VALUE] = any_choice(VALUE);
	if (percent(40))
		op->arg[PAD] = percent(50) ? pad_most : any_choice(PAD);
	op->arg[CALL] = percent(30) ? mmsg_same : by_sendmsg;
	if (is_left_alone(op, limits))
		op->arg[CALL] = by_sendmsg;
}

static void make_mode(struct op *op)
{
	if (leaves_traces && percent(20))
		op->arg[MODE] = any_choice(MODE);
}

static void make_send(struct op *op, const struct limits *limits)
{
	unsigned int what = is[op->arg[SLOT]];

	op->code = SEND;
	make_address(op, TARGET);
	if (percent(20))
		op->arg[CALL] = any_choice(CALL);
	if (percent(what & (FOR_TCP | FOR_SMC) ? 55 : 3))
		op->arg[FLAGS] = fastopen;
	else if (percent(20))
		op->arg[FLAGS] = any_choice(FLAGS);
	if (percent(what & (FOR_TCP | FOR_SMC) ? 5 : covert ? 60 : 35))
		make_cmsg(op, limits);
	make_mode(op);
	if (percent(10))
		op->arg[DATA] = any_choice(DATA);
	if (what & FOR_RAW && percent(30))
		op->arg[DATA] = choice_find(DATA, "forged");
}

static void make_connect(struct op *op)
{
	op->code = CONNECT;
	make_address(op, TARGET);
	make_mode(op);
}

static void make_bind(struct op *op)
{
	op->code = BIND;
	make_address(op, SOURCE);
	if (percent(50))
		op->arg[PORT] = no_port;
	make_mode(op);
}

static void make_op(struct op *op, const struct limits *limits)
{
	unsigned int at = below(100);

	*op = (struct op){};
	op->arg[SLOT] = some_slot();
	if (at < 32) {
		make_send(op, limits);
	} else if (at < 50) {
		make_connect(op);
	} else if (at < 72) {
		make_option(op);
	} else if (at < 84) {
		make_bind(op);
	} else if (at < 87) {
		make_socket(op, (uint8_t)below(SLOTS), limits);
	} else if (at < 90) {
		op->code = CONNECT; /* disconnect */
	} else {
		static const uint8_t rest[] = {LISTEN, LISTEN, ACCEPT, ACCEPT, SHUTDOWN, CLOSE, DUP, PASS, FORK};

		op->code = rest[below(sizeof(rest))];
		if (op->code == ACCEPT || op->code == DUP || op->code == PASS) {
			op->arg[OTHER] = (uint8_t)below(SLOTS);
			is[op->arg[OTHER]] = is[op->arg[SLOT]];
		} else if (op->code != LISTEN) {
			op->arg[OTHER] = 0;
		}
		if (op->code == FORK || op->code == RACE)
			op->arg[SLOT] = 0;
	}
}

/*
 * A call to 0.0.0.0 or :: goes to the source that the socket has or gets. A connect gives it that of the route, which
 * is a blocked one for nobody but the silent. By chance alone the two meet once in a hundred thousand sequences.
 */
static void make_rivals_for_a_source(struct op *op)
{
	bool v6 = is[op->arg[SLOT]] & FOR_V6;

	op[0].code = percent(70) ? SEND : CONNECT;
	op[0].arg[HOST] = choice_find(HOST, !v6 ? "any4" : percent(50) ? "any6" : "any4m");
	if (op[0].code == SEND && percent(20))
		op[0].arg[CALL] = any_choice(CALL);
	op[1].code = CONNECT;
	op[1].arg[HOST] = choice_find(HOST, !v6 || percent(50) ? "silent4" : "silent6");
	if (percent(40))
		make_bind(&op[1]);
	make_mode(&op[percent(50)]);
}

/* The two calls of a race: one sends something, the other changes where it goes. */
static void make_rivals(struct op *op, const struct limits *limits)
{
	unsigned int second = below(10);

	op[0] = op[1] = (struct op){};
	if (percent(40)) {
		make_rivals_for_a_source(op);
		return;
	}
	if (percent(50))
		make_send(&op[0], limits);
	else
		make_connect(&op[0]);
	if (second < 4)
		make_bind(&op[1]);
	else if (second < 6)
		make_connect(&op[1]);
	else if (second < 8)
		make_option(&op[1]);
	else
		make_op(&op[1], limits);
}

/* One listening socket, one that connects to it, and the accepted one, in slot 0. */
static void make_pair(struct sequence *sequence, const struct limits *limits)
{
	struct op *op = sequence->op;
	bool v6;

	make_socket(&op[0], 1, limits);
	op[1] = (struct op){.code = BIND};
	op[2] = (struct op){.code = LISTEN};
	op[3] = op[0];
	op[4] = (struct op){.code = CONNECT};
	op[5] = (struct op){.code = ACCEPT};
	v6 = is[1] & FOR_V6;
	op[1].arg[SLOT] = op[2].arg[SLOT] = op[5].arg[SLOT] = 1;
	op[3].arg[SLOT] = op[4].arg[SLOT] = 2;
	op[1].arg[PORT] = op[4].arg[PORT] = own_port;
	op[1].arg[HOST] = choice_find(HOST, v6 ? "any6" : "any4");
	op[4].arg[HOST] = choice_find(HOST, v6 ? "home6" : "home4");
	op[3].arg[WAIT] = percent(70);
	is[0] = is[2] = is[1];
	sequence->n = 6;
	if (percent(30)) {
		op[6] = (struct op){.code = CONNECT};
		op[6].arg[SLOT] = (uint8_t)(percent(70) ? 0 : 2);
		sequence->n++;
	}
}

/* A socket of datagrams, an option that names a place, a send, and nothing else that could be refused. */
static void make_plain(struct sequence *sequence, const struct limits *limits)
{
	struct op *op = sequence->op;

	do {
		make_socket(op, 0, limits);
	} while (!(is[0] & (FOR_UDP | FOR_RAW)));
	op++;
	do {
		make_option(op);
	} while (!names_a_place(op->arg[NAME]));
	op += percent(50);
	*op = (struct op){.code = SEND};
	make_address(op, TARGET);
	if (percent(25))
		op->arg[FORM] = unspec;
	sequence->n = (unsigned int)(op - sequence->op) + 1;
}

void sequence_make(struct sequence *sequence, uint64_t seed, const struct limits *limits)
{
	unsigned int more = 1;

	draw_from(seed);
	covert = percent(50);
	leaves_traces = seed / STRETCH % 10 == 9;
	*sequence = (struct sequence){.seed = seed};
	memset(is, 0, sizeof(is));
	if (seed / STRETCH % 10 == 8) {
		make_plain(sequence, limits);
		return;
	}
	if (percent(5)) {
		make_pair(sequence, limits);
	} else {
		make_socket(&sequence->op[0], 0, limits);
		sequence->n = 1;
	}
	while (percent(60) && more < 8)
		more++;
	if (leaves_traces && percent(40) && sequence->n == 1) {
		/* A race of two calls, after at most one other; what follows is done in each round. */
		if (percent(30))
			make_op(&sequence->op[sequence->n++], limits);
		sequence->op[sequence->n++] = (struct op){.code = RACE};
		make_rivals(&sequence->op[sequence->n], limits);
		sequence->n += 2;
		more = percent(40);
	}
	for (unsigned int i = 0; i < more && sequence->n < OPS_MOST; i++) {
		struct op *op = &sequence->op[sequence->n++];

		make_op(op, limits);
		/* A flow label without this means nothing. */
		if (op->code == OPTION && op->arg[NAME] == flowlabel && sequence->n < OPS_MOST) {
			sequence->op[sequence->n] = (struct op){.code = OPTION};
			sequence->op[sequence->n].arg[SLOT] = op->arg[SLOT];
			sequence->op[sequence->n++].arg[NAME] = flowinfo_send;
		}
	}
	if (percent(70) && sequence->n < OPS_MOST) {
		struct op *last = &sequence->op[sequence->n++];

		*last = (struct op){};
		last->arg[SLOT] = some_slot();
		if (percent(65))
			make_send(last, limits);
		else
			make_connect(last);
	}
	if (is[0] & FOR_SCTP && percent(60) && sequence->n < OPS_MOST)
		sequence->op[sequence->n++] = (struct op){.code = PAUSE};
}
