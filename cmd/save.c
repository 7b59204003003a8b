// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/new_file.h"

struct saving {
	FILE *to;
	uint32_t rules;
	bool failed;
};

static int write_rule(const struct rule_info *rule, void *arg)
{
	struct saving *saving = arg;
	char plain[RULE_PLAIN_SIZE];
	char *text = rule_format_plain(&rule->spec, plain) ? NULL : rule_format(&rule->spec);
	const char *line = text ? text : plain;

	saving->failed = !*line || fputs_unlocked(line, saving->to) < 0 || putc_unlocked('\n', saving->to) < 0;
	free(text);
	saving->rules++;
	return saving->failed;
}

static void write_all(struct ruleset *rules, FILE *to, void *arg)
{
	static const struct settings after_load;
	const struct settings *settings = ruleset_settings(rules);
	struct saving *saving = arg;

	saving->to = to;
	for (size_t i = 0; setting_name(i); i++) {
		if (strcmp(setting_value(settings, i), setting_value(&after_load, i)))
			fprintf(to, "set %s %s\n", setting_name(i), setting_value(settings, i));
	}
	ruleset_each(rules, write_rule, saving);
}

static int save_to(const struct invocation *inv, const char *path, struct saving *saving, struct error *err)
{
	struct new_file file;
	int ret;

	if (new_file_open(&file, path, err))
		return -1;
	ret = session_print(inv, file.to, write_all, saving, err);
	if (!ret && saving->failed && !ferror(file.to))
		ret = error_errno(err, ENOMEM, "cannot write %s", path);
	return new_file_end(&file, path, !ret, err) ? -1 : ret;
}

static int run(struct invocation *inv, struct error *err)
{
	const char *file = inv->n ? inv->words[0] : "-";
	struct saving saving = {};
	json_t *root;

	if (!strcmp(file, "-")) {
		if (inv->out.json)
			return error_set(err, ERR_USAGE, "save prints commands, not JSON: see 'lsmctl -j list'");
		if (session_print(inv, stdout, write_all, &saving, err))
			return -1;
		return saving.failed && !ferror(stdout) ? error_errno(err, ENOMEM, "cannot print the rules") : 0;
	}
	if (output_check(&inv->out, err) || save_to(inv, inv->dry_run ? "/dev/null" : file, &saving, err))
		return -1;
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(root, "file", output_string(file));
		json_object_set_new(root, "rules", json_integer(saving.rules));
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		printf("%u rule%s %ssaved\n", saving.rules, saving.rules == 1 ? "" : "s",
		       inv->dry_run ? "would be " : "");
	}
	return 0;
}

const struct command command_save = {
	.name = "save",
	.args = "[FILE]",
	.summary = "write the rules and settings as commands that restore reads",
	.doc = "To standard output, unless a FILE is named. It is replaced in one step: what is there stays as it is "
	       "when "
	       "something fails.",
	.max_words = 1,
	.run = run,
};
