// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/new_file.h"
#include "rule/file.h"
#include "rule/format.h"
#include "rule/setting.h"
#include "shared/cmd.h"
#include "shared/kept_sets.h"
#include "shared/session.h"
#include "table/ruleset.h"

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

/* Before the rules of the set. */
static int write_except(const char *set, const char *words, void *arg)
{
	struct saving *saving = arg;
	char *line = kept_except_line(words, set);

	saving->failed = !line || fprintf(saving->to, "%s\n", line) < 0;
	free(line);
	return saving->failed;
}

static void write_all(struct ruleset *rules, FILE *to, void *arg)
{
	const struct settings *settings = ruleset_settings(rules);
	struct saving *saving = arg;
	struct error ignored = {}; /* without memory: what is printed then says so */
	char text[SETTING_SIZE];

	saving->to = to;
	for (size_t i = 0; setting_name(i); i++)
		fprintf(to, "set %s %s\n", setting_name(i), setting_value(settings, i, text));
	saving->failed = ruleset_each_except(rules, write_except, saving, &ignored) != 0;
	if (!saving->failed)
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

/* Under whatever name: a report would come in between the rules. */
static bool is_standard_output(const char *file)
{
	static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
	struct stat named, out;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(file, names[i]))
			return true;
	}
	return !stat(file, &named) && !fstat(STDOUT_FILENO, &out) && !S_ISREG(out.st_mode) && !S_ISCHR(out.st_mode) &&
	       named.st_dev == out.st_dev && named.st_ino == out.st_ino;
}

static int run(struct invocation *inv, struct error *err)
{
	const char *file = inv->n ? inv->words[0] : "-";
	struct saving saving = {};
	json_t *root;

	if (is_standard_output(file)) {
		if (inv->out.json)
			return error_set(err, ERR_USAGE, "save prints commands, not JSON: see 'lsmctl -j list'");
		if (session_print(inv, stdout, write_all, &saving, err))
			return -1;
		if (saving.failed && !ferror(stdout))
			return error_errno(err, ENOMEM, "cannot print the rules");
		return 0;
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
	.doc = "Without a FILE, the command writes to standard output. "
	       "It replaces the FILE in one step; if something fails, the old content stays.",
	.max_words = 1,
	.run = run,
};
