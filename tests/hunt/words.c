// SPDX-License-Identifier: GPL-2.0-only
/* The words of sequences: the operations, their arguments, and the values of those. See hunt.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "hunt.h"

#define MSG_MAXIMUM 0x7fffffff

const struct shape shapes[CODES] = {
	[SOCKET] = {"socket", 5, {SLOT, FAMILY, TYPE, PROTO, WAIT}},
	[BIND] = {"bind", 6, {SLOT, HOST, FORM, LEN, PORT, MODE}},
	[CONNECT] = {"connect", 6, {SLOT, HOST, FORM, LEN, PORT, MODE}},
	[SEND] = {"send", 14, {SLOT, HOST, FORM, LEN, PORT, FLAGS, CALL, MODE, CMSG, VIA, LINK, PAD, DATA, VALUE}},
	[OPTION] = {"option", 5, {SLOT, NAME, VALUE, VIA, LINK}},
	[LISTEN] = {"listen", 2, {SLOT, MODE}},
	[ACCEPT] = {"accept", 2, {SLOT, OTHER}},
	[SHUTDOWN] = {"shutdown", 1, {SLOT}},
	[CLOSE] = {"close", 1, {SLOT}},
	[DUP] = {"dup", 2, {SLOT, OTHER}},
	[PASS] = {"pass", 2, {SLOT, OTHER}},
	[FORK] = {"fork", 0, {0}},
	[RACE] = {"race", 0, {0}},
	[PAUSE] = {"pause", 0, {0}},
};

static const struct choice slots[] = {{"0", 0}, {"1", 1}, {"2", 2}, {"3", 3}};

static const struct choice families[] = {
	{"inet", AF_INET}, {"inet6", AF_INET6}, {"smc", 43},	 {"packet", AF_PACKET}, {"rds", 21},
	{"rxrpc", 33},	   {"tipc", 30},	{"pppox", 24},	 {"kcm", 41},		{"vsock", 40},
	{"xdp", 44},	   {"unix", AF_UNIX},	{"netlink", 16}, {"key", 15},		{"alg", 38},
	{"qipcrtr", 42},   {"llc", 26},		{"can", 29},	 {"ieee802154", 36},	{"phonet", 35},
	{"ax25", 3},	   {"x25", 9},		{"mctp", 45},
};

static const struct choice types[] = {
	{"dgram", SOCK_DGRAM}, {"stream", SOCK_STREAM}, {"seqpacket", SOCK_SEQPACKET},
	{"raw", SOCK_RAW},     {"rdm", SOCK_RDM},	{"packet", 10},
	{"dccp", 6},
};

static const struct choice protocols[] = {
	{"0", 0},	{"tcp", 6},   {"udp", 17},   {"icmp", 1},  {"icmpv6", 58}, {"sctp", 132},  {"udplite", 136},
	{"mptcp", 262}, {"smc", 256}, {"l2tp", 115}, {"dccp", 33}, {"raw", 255},   {"other", 253}, {"ip", 0x0008},
};

static const struct choice waits[] = {{"no", 0}, {"yes", 1}};

/* Blocked are the first seven and all that means the same. tests/hunt/guest makes them. */
static const struct choice hosts[] = {
	{"none", 0},	 {"blocked4", 1}, {"blocked6", 2}, {"blocked4m", 3}, {"own4", 4},   {"own6", 5},
	{"own4m", 6},	 {"lo4", 7},	  {"lo4m", 8},	   {"any4", 9},	     {"any6", 10},  {"any4m", 11},
	{"home4", 12},	 {"home6", 13},	  {"home4m", 14},  {"open4", 15},    {"open6", 16}, {"open4m", 17},
	{"mine4", 18},	 {"mine6", 19},	  {"compat6", 20}, {"nat64", 21},    {"all4", 22},  {"group4", 23},
	{"silent4", 24}, {"silent6", 25},
};

static const char *const host_texts[] = {
	"",
	"10.66.6.6",
	"fd66::6",
	"::ffff:10.66.6.6",
	"10.9.9.9",
	"fd09::9",
	"::ffff:10.9.9.9",
	"127.9.9.9",
	"::ffff:127.9.9.9",
	"0.0.0.0",
	"::",
	"::ffff:0.0.0.0",
	"127.0.0.1",
	"::1",
	"::ffff:127.0.0.1",
	"10.77.0.2",
	"fd77::2",
	"::ffff:10.77.0.2",
	"10.77.0.1",
	"fd77::1",
	"::10.66.6.6",
	"64:ff9b::10.66.6.6",
	"255.255.255.255",
	"224.9.9.9",
	"10.78.0.1", /* nobody answers, so that what has more addresses takes the next; the source is own4 */
	"fd78::1",
};

static const struct choice forms[] = {
	{"own", 0},  {"unspec", AF_UNSPEC}, {"inet", AF_INET}, {"inet6", AF_INET6},
	{"smc", 43}, {"rxrpc", 33},	    {"packet", 17},
};

static const struct choice lens[] = {
	{"own", -1}, {"0", 0},	 {"2", 2},   {"4", 4},	 {"8", 8},   {"15", 15},   {"16", 16},
	{"20", 20},  {"24", 24}, {"28", 28}, {"32", 32}, {"36", 36}, {"128", 128},
};

/* served: who answers is at it; 7778 is for the sequence's own. */
static const struct choice ports[] = {{"served", 7777}, {"mptcp", 7775}, {"7778", 7778}, {"0", 0}, {"445", 445}};

static const struct choice flags[] = {
	{"none", 0},
	{"fastopen", MSG_FASTOPEN},
	{"more", MSG_MORE},
	{"zerocopy", MSG_ZEROCOPY},
	{"fastopen+more", MSG_FASTOPEN | MSG_MORE},
	{"fastopen+zerocopy", MSG_FASTOPEN | MSG_ZEROCOPY},
	{"fastopen+oob", MSG_FASTOPEN | MSG_OOB},
	{"oob", MSG_OOB},
	{"dontroute", MSG_DONTROUTE},
	{"confirm", MSG_CONFIRM},
	{"probe", 0x10},
	{"eor", MSG_EOR},
	{"batch", 0x40000},
	{"errqueue", MSG_ERRQUEUE},
	{"fastopen+probe", MSG_FASTOPEN | 0x10},
	{"all", MSG_MAXIMUM & ~MSG_OOB},
};

enum {
	BY_SENDTO,
	BY_SENDMSG,
	BY_MMSG,
	BY_MMSG_SAME,
	BY_MMSG_THEN,
	BY_WRITE,
	BY_SPLICE,
	BY_ZC
};
static const struct choice calls[] = {
	{"sendto", BY_SENDTO},	     {"sendmsg", BY_SENDMSG}, {"mmsg", BY_MMSG},     {"mmsg-same", BY_MMSG_SAME},
	{"mmsg-then", BY_MMSG_THEN}, {"write", BY_WRITE},     {"splice", BY_SPLICE}, {"zc", BY_ZC},
};

static const struct choice modes[] = {
	{"call", 0}, {"uring", 1}, {"uring-async", 2}, {"uring-poll", 3}, {"uring-fixed", 4}, {"uring-link", 5},
};

/* The values are those of options.c. */
static const struct choice cmsgs[] = {
	{"none", 0},	     {"pktinfo", 1},	   {"pktinfo6", 2},  {"2292pktinfo", 3}, {"retopts", 4},
	{"rthdr", 5},	     {"2292rthdr", 6},	   {"sctp-dst4", 7}, {"sctp-dst6", 8},	 {"sctp-init", 9},
	{"sctp-sndrcv", 10}, {"sctp-sndinfo", 11}, {"segment", 12},  {"tos", 13},	 {"ttl", 14},
	{"tclass", 15},	     {"hoplimit", 16},	   {"dstopts", 17},  {"mark", 18},	 {"txtime", 19},
	{"protocol", 20},    {"flowinfo", 21},	   {"dontfrag", 22}, {"hopopts", 23},	 {"rights", 24},
	{"bad", 25},
};

static const struct choice links[] = {{"none", 0}, {"lo", 1}, {"dummy", 2}, {"out", 3}, {"other", 4}};
static const struct choice pads[] = {{"0", 0}, {"1", 1}, {"15", 15}, {"16", 16}, {"17", 17}};

/* forged: a packet with its own header, to the blocked address. Others are so many bytes. */
static const struct choice data[] = {{"8", 8},	     {"0", 0},	       {"1", 1},       {"1400", 1400},
				     {"5000", 5000}, {"40000", 40000}, {"forged", -1}, {"70000", 70000}};

static const struct choice values[] = {
	{"1", 1},   {"0", 0},	{"2", 2},     {"3", 3},	      {"4", 4},
	{"10", 10}, {"16", 16}, {"100", 100}, {"7778", 7778}, {"-1", -1},
};

#define TABLE(key, choices)                                                                                            \
	{                                                                                                              \
		key, choices, sizeof(choices) / sizeof((choices)[0])                                                   \
	}

static const struct {
	const char *key;
	const struct choice *choices;
	unsigned int n;
} tables[KINDS] = {
	[SLOT] = TABLE("s", slots),	  [OTHER] = TABLE("to-s", slots),      [FAMILY] = TABLE("family", families),
	[TYPE] = TABLE("type", types),	  [PROTO] = TABLE("proto", protocols), [WAIT] = TABLE("wait", waits),
	[HOST] = TABLE("to", hosts),	  [FORM] = TABLE("as", forms),	       [LEN] = TABLE("len", lens),
	[PORT] = TABLE("port", ports),	  [FLAGS] = TABLE("flags", flags),     [CALL] = TABLE("by", calls),
	[MODE] = TABLE("mode", modes),	  [CMSG] = TABLE("cmsg", cmsgs),       [VIA] = TABLE("via", hosts),
	[LINK] = TABLE("link", links),	  [PAD] = TABLE("pad", pads),	       [DATA] = TABLE("data", data),
	[VALUE] = TABLE("value", values), [NAME] = {"name", NULL, 0},
};

static struct host known[sizeof(hosts) / sizeof(hosts[0])];

void words_init(void)
{
	for (unsigned int i = 1; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		known[i].family = strchr(host_texts[i], ':') ? AF_INET6 : AF_INET;
		if (inet_pton(known[i].family, host_texts[i], known[i].ip) != 1)
			abort();
	}
}

const struct host *host_of(uint8_t choice)
{
	return choice ? &known[choice] : NULL;
}

unsigned int choices_of(enum kind kind)
{
	return kind == NAME ? options_count : tables[kind].n;
}

const char *choice_name(enum kind kind, uint8_t choice)
{
	return kind == NAME ? options[choice].name : tables[kind].choices[choice].name;
}

long choice_value(enum kind kind, uint8_t choice)
{
	return tables[kind].choices[choice].value;
}

static int look_for(enum kind kind, const char *name)
{
	for (unsigned int i = 0; i < choices_of(kind); i++) {
		if (!strcmp(choice_name(kind, (uint8_t)i), name))
			return (int)i;
	}
	return -1;
}

uint8_t choice_find(enum kind kind, const char *name)
{
	int found = look_for(kind, name);

	if (found < 0) {
		fprintf(stderr, "hunt: no %s is called '%s'\n", tables[kind].key, name);
		exit(2);
	}
	return (uint8_t)found;
}

void sequence_print(FILE *to, const char *before, const struct sequence *sequence)
{
	for (unsigned int i = 0; i < sequence->n; i++) {
		const struct op *op = &sequence->op[i];
		const struct shape *shape = &shapes[op->code];

		fprintf(to, "%s%s", before, shape->name);
		for (unsigned int j = 0; j < shape->n; j++) {
			enum kind kind = shape->kind[j];

			if (op->arg[kind] || kind == NAME)
				fprintf(to, " %s=%s", tables[kind].key, choice_name(kind, op->arg[kind]));
		}
		fputc('\n', to);
	}
}

static int read_argument(const struct shape *shape, char *word, struct op *op)
{
	char *name = strchr(word, '=');

	if (!name)
		return -EINVAL;
	*name++ = '\0';
	for (unsigned int i = 0; i < shape->n; i++) {
		int found;

		if (strcmp(tables[shape->kind[i]].key, word))
			continue;
		found = look_for(shape->kind[i], name);
		if (found < 0)
			return -EINVAL;
		op->arg[shape->kind[i]] = (uint8_t)found;
		return 0;
	}
	return -EINVAL;
}

int op_read(char *line, struct op *op)
{
	char *rest = NULL, *word = strtok_r(line, " \t\n", &rest);
	unsigned int code = 0;

	*op = (struct op){};
	while (code < CODES && word && strcmp(shapes[code].name, word))
		code++;
	if (!word || code == CODES)
		return -EINVAL;
	op->code = (uint8_t)code;
	while ((word = strtok_r(NULL, " \t\n", &rest))) {
		if (*word == '#')
			return 0;
		if (read_argument(&shapes[code], word, op))
			return -EINVAL;
	}
	return 0;
}

int sequence_read(FILE *from, const char *name, struct sequence *sequence)
{
	char line[512];

	*sequence = (struct sequence){};
	for (unsigned int number = 1; fgets(line, sizeof(line), from); number++) {
		if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
			continue;
		if (sequence->n == OPS_MOST || op_read(line, &sequence->op[sequence->n])) {
			fprintf(stderr, "%s:%u: no operation, or one too many\n", name, number);
			return -EINVAL;
		}
		sequence->n++;
	}
	return 0;
}
