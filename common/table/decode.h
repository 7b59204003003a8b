/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Converts rules between the tables and struct rule_spec. Another program may have written the tables: a text may lack
 * its NUL, and a number may be out of range.
 */
#ifndef LSMCTL_TABLE_DECODE_H
#define LSMCTL_TABLE_DECODE_H

#include "rule/rule.h"
#include "kept.h"
#include "store.h"

/* Decodes the rule in a slot as of now (CLOCK_BOOTTIME, ns). Returns false when the rule was removed or has expired. */
bool decode_rule(struct tables *t, uint32_t slot, uint64_t now, struct rule_info *info);

/* Decodes the fields that the rule itself holds. Sets subject, set, comment and timeout to none. */
void decode_words(const struct rule *rule, struct rule_spec *spec);
/* Decodes the rule's subject. path: kept, of a cgroup or a program; or NULL. */
void decode_subject(uint32_t kind, uint64_t id, const char *path, struct rule_spec *spec);

/* Copies the rule's comment, with a NUL at its end, and expiry. Returns copy, or NULL when the rule has neither. */
const struct extra *decode_extra(struct tables *t, const struct rule *rule, struct extra *copy);
/* Compares two extras. Both may be NULL. */
bool extra_equal(const struct extra *a, const struct extra *b);

/* Returns the path of a cgroup or a program, kept: see kept_text.h; "" for other subjects. NULL: it cannot be read. */
const char *decode_path(struct tables *t, const struct subject *subject);
/* Returns the subject with this index, or NULL. */
const struct subject *decode_subject_at(struct tables *t, uint32_t index);
/* Copies the name of the set with this index. Returns false, and "", when it cannot read the name. */
bool decode_set_name(struct tables *t, uint32_t index, char name[SET_SIZE]);

/* Copies the words that the set with this index excepts. Returns false, and "", when it excepts nothing. */
bool decode_except(struct tables *t, uint32_t index, char words[EXCEPT_SIZE]);
/* Fills in what is kept with the set with this index, but its name. Returns false, and fills in "", for nothing. */
bool decode_kept(struct tables *t, uint32_t index, struct set_kept *kept);
/* Returns the word with the time at which the set with this index was restored last, or NULL. */
uint64_t *decode_restored_at(struct tables *t, uint32_t index);

/* Copies a text that starts at a line, and ends in size bytes. Returns false, and "", when it cannot read it whole. */
bool decode_text(struct tables *t, uint32_t line, char *text, size_t size);

/* Returns the action of a rule; extra: as the caller numbers them. */
uint64_t action_of(const struct rule_spec *spec, uint32_t extra);
/* Returns the index of the set, or -1 when no rule is in it. */
int encode_set(struct tables *t, const char *name);
/*
 * Encodes a rule of this generation, without its extra. Returns false when no rule in force has its subject or its set,
 * so that this rule is not in force either.
 */
bool encode_rule(struct tables *t, const struct rule_spec *spec, struct rule *rule);

/* True when two rules of one generation have the same identity, apart from the set. */
bool rule_is_twin(const struct rule *a, const struct rule *b);
/* True when two rules of one generation have the same identity. */
bool rule_identical(const struct rule *a, const struct rule *b);

#endif
