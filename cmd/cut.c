// SPDX-License-Identifier: GPL-2.0-only
/* Closes open connections that the policy refuses. */
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/cutting.h"

static int cut(const struct invocation *inv, struct cutting *cutting, struct error *err)
{
	json_t *root = NULL;
	int ret;

	cutting_do(cutting, inv);
	if (cutting->why.code != ERR_NONE)
		return error_set(err, cutting->why.code, "%s", cutting->why.text);
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
	}
	ret = cutting_tell(cutting, inv, root, err);
	if (root)
		output_json(&inv->out, root);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct cutting cutting = {.wanted = true};
	int ret = -1;

	if (!flow_filter_parse(&cutting.filter, inv->n, inv->words, err) && !output_check(&inv->out, err))
		ret = cut(inv, &cutting, err);
	if (!ret)
		inv->status = cutting.status;
	cutting_free(&cutting);
	flow_filter_free(&cutting.filter);
	return ret;
}

static void complete(struct invocation *inv)
{
	complete_filter(inv);
}

const struct command command_cut = {
	.name = "cut",
	.args = FLOW_FILTER_ARGS,
	.summary = "close open connections that the policy refuses",
	.doc = "Rules decide when a program asks, so a connection that exists already stays open. This closes those that "
	       "the policy refuses now, in all network namespaces; with words as of a rule, only those that such a rule "
	       "would cover. Their programs see an error. What has been sent already is not called back.\n\n"
	       "Only connections that this host opened are closed. Left open, and named, are those that came in: a program "
	       "waits at the local port, or the kernel would not choose that port. Left open is your own SSH connection, "
	       "too. The exit status is 2 if a connection cannot be closed: the kernel closes no MPTCP, SCTP "
	       "or UDP-Lite socket.\n\n"
	       "With --dry-run, shows what it would close.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
