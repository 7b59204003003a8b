/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that addresses were asked for by, for commands that show them. */
#ifndef LSMCTL_SHARED_KNOWN_NAMES_H
#define LSMCTL_SHARED_KNOWN_NAMES_H

#include "policy/name_list.h"
#include "cmd.h"

/* For names of events. Set pin_dir, and zero the rest. Close it with known_names_close(). */
struct known_names {
	const char *pin_dir;
	bool patient; /* waits for a command that has the lock: no event is lost meanwhile */
	struct name_maps maps;
	bool open;
	uint64_t tried; /* CLOCK_BOOTTIME, ns: when the maps were opened last */
	char text[DNS_NAME_TEXT_SIZE];
};

/*
 * Returns the name with this hash, until the next call: printable ASCII. NULL: 0, or it is forgotten, or another
 * command has the lock, for which only a patient one waits.
 */
const char *known_names_text(struct known_names *names, uint64_t hash);
void known_names_close(struct known_names *names);

/* Reads all that is known now. *on: names are learned; false: the list stays empty. -1 with the error set. */
int known_names_list(const struct invocation *inv, struct name_list *list, bool *on, struct error *err);

/* Returns an array of their addresses. */
json_t *output_resolvers(const struct resolvers *list);

#endif
