/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the last commands changed, for undo: a file each, with who changed it, when and by which command, and the rules
 * and settings that went and came as lines with - and +. A command notes its changes, and commits them when they are in
 * force. A change on trial waits in a file of its own for confirm.
 *
 * Nothing here fails a command: what cannot be written is a warning.
 */
#ifndef LSMCTL_SHARED_HISTORY_H
#define LSMCTL_SHARED_HISTORY_H

#include "rule/rule.h"
#include "kept_sets.h"
#include "session.h"

#define HISTORY_DIR	"/var/lib/lsmctl/history"
#define HISTORY_DIR_ENV "LSMCTL_HISTORY_DIR" /* "": no history is kept */
#define HISTORY_MOST	10		     /* changes */
#define HISTORY_ROOM	(1u << 20)	     /* bytes of a file */
#define HISTORY_RULES	(HISTORY_ROOM / 12)  /* more do not fit: a line has as many bytes as "+ block ::1" */

/* The changes of one command. history_begin() fills it in. */
struct history {
	FILE *to; /* NULL: nothing is noted */
	char *text;
	size_t size;
	uint32_t before; /* the generation before the change */
	uint32_t added, removed;
	size_t noted;	       /* bytes, settings not counted */
	bool large;	       /* too large to be written down */
	struct kept_sets sets; /* what was kept with sets before the change */
};

/* Call it before the change, with the rules open. Notes nothing in a dry run. */
void history_begin(struct history *history, struct session *session, const struct invocation *inv);
/* before is NULL for a rule that came, now for one that went. */
void history_rule(struct history *history, const struct rule_spec *before, const struct rule_spec *now);
/* In place of that for each of more than HISTORY_RULES rules. */
static inline void history_many(struct history *history, uint32_t came, uint32_t went)
{
	history->added += came;
	history->removed += went;
	history->large = true;
}
void history_setting(struct history *history, const char *name, const char *before, const char *now);
/* All settings that differ. */
void history_settings(struct history *history, const struct settings *before, const struct settings *now);
/* Writes them, and what has changed of what is kept with sets, unless there are none. trial: until confirm, apart. The
 * caller still has the lock. */
void history_commit(struct history *history, struct session *session, const struct invocation *inv, bool trial);
/* Forgets them: the command failed. Harmless after a commit. */
void history_drop(struct history *history);

/* The change on trial becomes the newest. Call it before the trial ends, in force or not. */
void history_confirm(struct session *session, const struct invocation *inv);

/* A batch is one change: writes what its commands committed. */
void history_end_batch(const struct invocation *inv);

/* Warns of what could not be written: in the document's array "warnings", or with NULL on standard error. */
void history_warn(json_t *root);

/*
 * Returns the directory's path for this pin directory (free it), or NULL when no history is kept. Policies in different
 * pin directories have different histories.
 */
char *history_path(const char *pin_dir);

#endif
