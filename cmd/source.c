// SPDX-License-Identifier: GPL-2.0-only
/* Reading a file of rules, for restore and load. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd.h"
#include "../common/rules_file.h"
#include "../common/text.h"

struct source {
	const char *name; /* escaped */
	struct replacement *replacement;
	struct settings settings; /* of a file that is only checked */
	int percent;		  /* shown last; -1: nothing is shown */
};

error_t source_option(struct source_options *options, int key, const char *arg, struct error *err)
{
	int verdict;

	switch (key) {
	case KEY_VERDICT:
		verdict = verdict_parse(arg);
		if (verdict < 0) {
			error_set(err, ERR_USAGE, "bad --verdict, near '%.64s': allow, block or audit", arg);
			return EINVAL;
		}
		options->verdict = (enum verdict)verdict;
		return 0;
	case KEY_MISSING_CGROUPS:
		options->missing_cgroups = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct source *source = arg;

	return source->replacement ? ruleset_replace_add(source->replacement, spec, line, err) : 0;
}

static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct source *source = arg;
	struct settings *settings =
		source->replacement ? ruleset_replace_settings(source->replacement) : &source->settings;
	__u32 choice, *word = setting_parse(settings, name, value, &choice, err);

	if (!word)
		return -1;
	*word = choice;
	return 0;
}

static void show(void *arg, size_t done, size_t all)
{
	struct source *source = arg;
	int percent = all ? (int)(100.0 * (double)done / (double)all) : 0;

	if (percent == source->percent)
		return;
	source->percent = percent;
	fprintf(stderr, "\r\033[K%s: %d%%", source->name, percent);
}

/* Bytes: as many rules as there can be, and 32 for each. */
#define MAX_PIPED (1u << 29)

static int slurp(int fd, struct source_options *options, struct error *err)
{
	size_t room = 0;
	ssize_t got;

	do {
		if (options->size == room) {
			char *text = realloc(options->text, room = room * 2 + 65536);

			if (!text)
				return error_errno(err, ENOMEM, "cannot read %s", options->file);
			options->text = text;
		}
		got = read(fd, options->text + options->size, room - options->size);
		if (got < 0 && errno != EINTR)
			return error_errno(err, errno, "cannot read %s", options->file);
		options->size += got > 0 ? (size_t)got : 0;
		if (options->size > MAX_PIPED)
			return error_set(err, ERR_INPUT, "%s has more than %u MiB, and is no plain file: make it one",
					 options->file, MAX_PIPED >> 20);
	} while (got);
	return 0;
}

int source_open(const struct invocation *inv, struct source_options *options, struct error *err)
{
	bool standard_input = !strcmp(options->file, "-");
	struct stat st;
	int ret = 0, fd;

	if (standard_input && inv->batch && !strcmp(inv->batch, "-"))
		return error_set(err, ERR_USAGE, "standard input is the batch, near '-': name a file");
	fd = standard_input ? STDIN_FILENO : open(options->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", options->file);
	if (standard_input || fstat(fd, &st) || !S_ISREG(st.st_mode))
		ret = slurp(fd, options, err);
	if (!standard_input)
		close(fd);
	return ret;
}

void source_close(struct source_options *options)
{
	free(options->text);
	options->text = NULL;
}

int source_read(const struct invocation *inv, const struct source_options *options, struct replacement *replacement,
		struct error *err)
{
	char *name = text_escape(options->file);
	struct source source = {.name = name ? name : "", .replacement = replacement};
	bool shown = isatty(STDERR_FILENO) && !inv->out.quiet;
	const struct rules_file file = {
		.name = options->file,
		.verdict = options->verdict,
		.set = options->set,
		.settings = !options->set,
		.rule = take_rule,
		.setting = take_setting,
		.progress = shown ? show : NULL,
		.arg = &source,
	};
	int ret =
		options->text ? rules_text_read(&file, options->text, options->size, err) : rules_file_read(&file, err);

	if (shown)
		fputs("\r\033[K", stderr);
	free(name);
	return ret;
}
