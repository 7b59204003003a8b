// SPDX-License-Identifier: GPL-2.0-only
/* What doctor --selftest starts to see whom a rule for a program is for: asks for an address, and exits with the errno.
 */
#include <arpa/inet.h>
#include "doctor/subjects.h"
#include "shared/cmd.h"

static int run(struct invocation *inv, struct error *err)
{
	struct in_addr to;

	/* The last word: a script puts its own path before it. */
	if (!inv->n || inet_pton(AF_INET, inv->words[inv->n - 1], &to) != 1)
		return error_set(err, ERR_USAGE, "an IPv4 address is missing");
	inv->status = subject_reach(to);
	return 0;
}

const struct command command_reach = {
	.name = "__reach",
	.args = "ADDRESS",
	.summary = "what doctor --selftest starts",
	.max_words = 2,
	.run = run,
	.hidden = true,
};
