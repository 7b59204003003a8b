/* SPDX-License-Identifier: GPL-2.0-only */
/* From the options of run to what a run may reach. */
#ifndef LSMCTL_RUN_WISH_H
#define LSMCTL_RUN_WISH_H

#include "run/run.h"

/* Everything that repeats: borrowed words of the command line. */
struct wish_words {
	const char **at;
	size_t n;
};

int wish_words_add(struct wish_words *words, const char *word, struct error *err);

struct wish_options {
	struct wish_words allow, files, sockets;
	bool loopback;
	bool local; /* names may have private addresses: see host_check_open() */
	bool audit;
};

/*
 * Reads the files, looks up host names and the sockets, and adds the configured name servers. May take as long as the
 * resolver. Free wish with wish_free(), also after a failure.
 */
int wish_read(struct run_wish *wish, const struct wish_options *options, struct error *err);
void wish_free(struct run_wish *wish);

#endif
