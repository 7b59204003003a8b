// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "prefix.h"
#include "rule.h"

void rules_free(struct rules *rules)
{
	free(rules->at);
	*rules = (struct rules){};
}

int rules_reserve(struct rules *rules, size_t n, struct error *err)
{
	size_t need = rules->n + n;

	if (need > rules->room) {
		size_t room = need > rules->room * 2 ? need : rules->room * 2;
		struct rule_spec *at = realloc(rules->at, room * sizeof(*at));

		if (!at)
			return error_errno(err, ENOMEM, "cannot read the rules");
		rules->at = at;
		rules->room = room;
	}
	return 0;
}

void rule_init(struct rule_spec *spec, enum verdict verdict)
{
	*spec = (struct rule_spec){
		.port_hi = UINT16_MAX,
		.proto = PROTO_ANY,
		.subject = SUBJECT_EVERYONE,
		.cgroup = "",
		.verdict = verdict,
		.error = EPERM,
	};
}

bool rule_any_port(const struct rule_spec *spec)
{
	return spec->port_lo == 0 && spec->port_hi == UINT16_MAX;
}

static bool same_subject(const struct rule_spec *a, const struct rule_spec *b)
{
	if (a->subject != b->subject)
		return false;
	switch (a->subject) {
	case SUBJECT_UID:
	case SUBJECT_GID:
		return a->id == b->id;
	case SUBJECT_UIDS:
	case SUBJECT_GIDS:
		return a->id == b->id && a->id_to == b->id_to;
	case SUBJECT_CGROUP:
	case SUBJECT_EXE: /* whose path is in the same place */
		return !strcmp(a->cgroup, b->cgroup);
	case SUBJECT_EVERYONE:
		break;
	}
	return true;
}

bool rule_same_identity(const struct rule_spec *a, const struct rule_spec *b)
{
	return prefix_equal(&a->prefix, &b->prefix) && a->port_lo == b->port_lo && a->port_hi == b->port_hi &&
	       a->proto == b->proto && same_subject(a, b) && !strcmp(a->set, b->set);
}

bool rule_same(const struct rule_spec *a, const struct rule_spec *b)
{
	return rule_same_identity(a, b) && a->verdict == b->verdict && a->error == b->error && a->local == b->local &&
	       !a->timeout && !b->timeout && !strcmp(a->comment, b->comment);
}
