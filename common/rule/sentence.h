/* SPDX-License-Identifier: GPL-2.0-only */
/* A sentence while parse.c takes its words. These functions take the words for a subject. */
#ifndef LSMCTL_RULE_SENTENCE_H
#define LSMCTL_RULE_SENTENCE_H

#include "rule.h"

/* The kind of sentence: a rule with all its options, only a rule's identity, or a call. */
enum kind {
	RULE,
	IDENTITY,
	CALL,
};

#define MAX_PROTOS 16 /* in a sentence */

/*
 * Fields common to all rules of a sentence. ports stays unparsed until the protocol is known, which decides what a
 * service name means.
 */
struct sentence {
	enum kind kind;
	struct rule_spec spec;
	uint32_t gid;	       /* of a call, whose uid is spec.id */
	char exe[CGROUP_SIZE]; /* of a call, whose cgroup is spec.cgroup */
	const char *ports;
	uint16_t protos[MAX_PROTOS];
	size_t n_protos;
};

int sentence_uid(struct sentence *s, const char *word, struct error *err);
int sentence_gid(struct sentence *s, const char *word, struct error *err);
int sentence_cgroup(struct sentence *s, const char *word, struct error *err);
int sentence_unit(struct sentence *s, const char *word, struct error *err);
int sentence_exe(struct sentence *s, const char *word, struct error *err);
int sentence_container(struct sentence *s, const char *word, struct error *err);
int sentence_slice(struct sentence *s, const char *word, struct error *err);

#endif
