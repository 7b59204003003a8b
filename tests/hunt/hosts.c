// SPDX-License-Identifier: GPL-2.0-only
/* Which addresses sequences name, and how often. */
#include <stdio.h>
#include <string.h>
#include "hunt.h"

/* The first of each two for IPv4. */
static struct host_list open_lists[PURPOSES][2] = {
	[TARGET] = {{.names = "blocked4 blocked4 blocked4 own4 own4 lo4 any4 any4 any4 home4 home4 open4 open4 mine4 "
			      "none all4 group4 silent4 blocked6"},
		    {.names = "blocked6 blocked6 blocked4m blocked4m own6 own4m lo4m any6 any6 any4m home6 home4m "
			      "open6 open4m mine6 none compat6 nat64 silent6 blocked4 own4 lo4 any4 home4 open4"}},
	[SOURCE] = {{.names = "own4 own4 lo4 lo4 any4 home4 mine4 open4 blocked4"},
		    {.names = "own6 own6 own4m lo4m lo4m any6 any4m home6 home4m mine6 open6"}},
	[BYWAY] = {{.names = "own4 own4 lo4 blocked4 blocked4 none open4 mine4 home4 any4 blocked4m"},
		   {.names = "own6 own6 own4m lo4m blocked6 blocked6 blocked4m none open6 open4m own4 lo4"}},
};

/*
 * Of a covert sequence. No call names a blocked address as the one where it goes, since that is refused and nothing
 * else comes of it; sources, options and control messages name little else.
 */
static struct host_list covert_lists[PURPOSES][2] = {
	[TARGET] = {{.names = "any4 any4 any4 home4 open4 open4 mine4 none silent4 silent4"},
		    {.names = "any6 any4m any4m any4 any6 home6 home4m open6 open6 open4m mine6 none silent6 silent6"}},
	[SOURCE] = {{.names = "own4 own4 lo4 lo4 any4 home4"}, {.names = "own6 own6 own4m own4m lo4m lo4m any6 home6"}},
	[BYWAY] = {{.names = "own4 lo4 blocked4 blocked4 none"},
		   {.names = "own6 own4m lo4m blocked6 blocked6 blocked4m none"}},
};

static void read_list(struct host_list *list)
{
	char text[400], *rest = NULL;

	snprintf(text, sizeof(text), "%s", list->names);
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		list->choices[list->n++] = choice_find(HOST, word);
}

void host_lists_init(void)
{
	for (unsigned int i = 0; i < PURPOSES; i++) {
		for (unsigned int v6 = 0; v6 < 2; v6++) {
			read_list(&open_lists[i][v6]);
			read_list(&covert_lists[i][v6]);
		}
	}
}

const struct host_list *host_list_of(enum purpose purpose, bool v6, bool covert)
{
	return &(covert ? covert_lists : open_lists)[purpose][v6];
}
