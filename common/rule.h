/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as people write it: DESTINATION[,...] [port PORTS] [proto PROTO] [uid USER | cgroup PATH] [timeout DURATION]
 * [set NAME] [errno NAME] [comment TEXT]. One sentence can name several destinations and ports; each pair becomes a
 * rule of its own. A rule's identity is destination, ports, protocol and subject; verdict and options are not part of
 * it.
 */
#ifndef LSMCTL_RULE_H
#define LSMCTL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "prefix.h"

#define CGROUP_SIZE 512 /* bytes, the final NUL included */

/* One rule, apart from where it is kept. */
struct rule_spec {
	/* identity */
	struct prefix prefix;
	uint16_t port_lo, port_hi; /* 0-65535: any port, or none */
	uint16_t proto;		   /* 0-255, PROTO_RAW or PROTO_ANY, canonical: see abi.h */
	uint32_t uid;		   /* of SUBJECT_UID; of SUBJECT_UIDS the first */
	uint32_t uid_to;	   /* of SUBJECT_UIDS: the last, above the first */
	enum subject_kind subject;
	char cgroup[CGROUP_SIZE]; /* of SUBJECT_CGROUP: absolute in the cgroup v2 hierarchy, "/system.slice/x" */
	/* the rest */
	enum verdict verdict;
	int error;		    /* positive errno of a blocked call */
	uint64_t timeout;	    /* ns from now; 0: never ends */
	char set[SET_SIZE];	    /* "": none; letters, digits, '-', '_', '.' */
	char comment[COMMENT_SIZE]; /* "": none; plain text, see text_is_plain() */
};

/* A rule that is in force. */
struct rule_info {
	struct rule_spec spec; /* timeout: the time left */
	uint32_t id;
	bool cgroup_gone; /* its cgroup is not there (any more): it decides nothing */
	uint64_t hits;
	uint64_t last_hit; /* CLOCK_BOOTTIME, ns; 0: never */
};

/* A growing list; zero-initialise it, and free it with rules_free(). */
struct rules {
	struct rule_spec *at;
	size_t n, room;
};

void rules_free(struct rules *rules);
/* Room for n more behind those that are there. */
int rules_reserve(struct rules *rules, size_t n, struct error *err);

/* What is left unsaid: every port, protocol and subject, EPERM, no options. The prefix is zeroed. */
void rule_init(struct rule_spec *spec, enum verdict verdict);

#define RULES_PER_SENTENCE 65536 /* at most */

/*
 * Adds the rules that n words name, each once. The verdict is taken from the first word when it names one, else it is
 * the one given. rules_parse_identity() refuses a verdict and options that are not identity, as for del. Whether a
 * cgroup is there is not looked at. On failure nothing is added.
 */
int rules_parse(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct error *err);
int rules_parse_identity(struct rules *rules, size_t n, char *const words[], struct error *err);

/* The i-th word that can follow the destination, or NULL past the last. Those that are identity stand first. */
const char *rule_word(size_t i, bool identity);

/*
 * The same for a call: n > 0 words, of which "uid" and "cgroup" may both be there. What is left unsaid: proto
 * PROTO_ANY, uid UINT32_MAX, cgroup "". For call_parse(), which sees to it that it is one call.
 */
int rules_parse_call(struct rules *rules, size_t n, char *const words[], struct error *err);

/*
 * Splits a line into words as a shell would: blanks separate, "..." and '...' hold together, \ before a character in
 * "..." or outside quotes takes it as it is; # or ; outside quotes at the start of a word ends the line. Writes into
 * line; at most max words. Returns how many, or -1 with the error set (a quote that is left open, too many).
 */
int words_split(char *line, char *words[], size_t max, struct error *err);

/* "allow", "block", "audit" and back; -1 for another word. */
const char *verdict_name(enum verdict verdict);
int verdict_parse(const char *word);

/* "EPERM" and the others that a rule can return, and back; NULL and -1 for others. */
const char *rule_errno_name(int error);
int rule_errno_parse(const char *word);
const char *rule_errno_word(size_t i); /* the i-th, or NULL past the last */

/*
 * "tcp", "raw", a name of /etc/protocols or a number, and "any"; -1 for another word. Canonical: "mptcp" is tcp. Back:
 * a name that every host knows, or the number.
 */
int proto_parse(const char *word);
void proto_format(uint16_t proto, char text[16]);
const char *proto_word(size_t i); /* the i-th that every host knows, or NULL past the last */

/* "80" or "80-443". */
void ports_format(uint16_t lo, uint16_t hi, char text[16]);
bool rule_any_port(const struct rule_spec *spec);

/*
 * "90s", "5m", "2h30m", "1d" (units from the largest down), a bare number is seconds; at most DURATION_MAX. 0, or -1;
 * and back, in the largest units: "2h30m". ns; what is left of a second counts as one, so that only 0 reads "0s".
 */
#define DURATION_MAX (UINT64_C(1000000000) * 86400 * 36500) /* may be added to a clock without a thought */
int duration_parse(const char *text, uint64_t *ns);
void duration_format(uint64_t ns, char text[32]);

/*
 * The sentence that makes this rule again: block 1.1.1.1 port 443 proto tcp uid 1000 timeout 5m set x errno EACCES
 * comment "x". All of it is printable, whatever the rule has. Free it; NULL: no memory.
 */
char *rule_format(const struct rule_spec *spec);

/* Whether it has only verdict and destination, as nearly all of a long list. */
bool rule_is_plain(const struct rule_spec *spec);

#define RULE_PLAIN_SIZE (8 + PREFIX_TEXT_SIZE)

/* The sentence of such a rule. False: it is none. */
bool rule_format_plain(const struct rule_spec *spec, char text[RULE_PLAIN_SIZE]);

bool rule_same_identity(const struct rule_spec *a, const struct rule_spec *b);
/* Whether making a again would change nothing in b; a timeout always changes something. */
bool rule_same(const struct rule_spec *a, const struct rule_spec *b);

#endif
