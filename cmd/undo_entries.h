/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the history: see shared/history.h. */
#ifndef LSMCTL_UNDO_ENTRIES_H
#define LSMCTL_UNDO_ENTRIES_H

#include "shared/history.h"

struct entry {
	uint32_t number;     /* of its file */
	uint64_t time, boot; /* CLOCK_REALTIME and CLOCK_BOOTTIME, ns */
	uint32_t uid;
	long login; /* -1: none */
	uint64_t loaded;
	uint32_t before, after; /* generations */
	uint32_t added, removed;
	bool large;
	char *text;	     /* the file */
	const char *command; /* points into it */
	char *lines;	     /* the changes, which end with the text */
};

/* Zero it. Free it with entries_free(). */
struct entries {
	struct entry at[HISTORY_MOST]; /* the newest first */
	size_t n;
};

/* Reads the changes since the policy was loaded. */
int entries_read(struct entries *entries, const char *pin_dir, uint64_t loaded, struct error *err);
void entries_free(struct entries *entries);

#endif
