// SPDX-License-Identifier: GPL-2.0-only
/* Reads files of rules, for restore and load. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"
#include "rule/duration.h"
#include "rule/file.h"
#include "rule/setting.h"
#include "rule/verdict.h"
#include "own_rules.h"
#include "source.h"

struct source {
	const char *name; /* escaped */
	struct source_options *options;
	struct replacement *replacement;
	struct settings settings; /* for a file that is only checked */
	int percent;		  /* shown last; -1: nothing is shown */
};

void tell_missing_cgroups(void)
{
	static bool told;

	if (!told)
		fprintf(stderr, "lsmctl: --" MISSING_CGROUPS
				" is no longer needed: a rule holds for a cgroup that does not exist yet\n");
	told = true;
}

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
		tell_missing_cgroups();
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What is left of one rule of a line. */
struct taking {
	struct source *source;
	size_t line;
	struct error *err;
};

static int take_rest(const struct rule_spec *spec, void *arg)
{
	const struct taking *taking = arg;
	struct source *source = taking->source;

	source->options->n_rules++;
	own_rules_look(source->options->own, spec, source->name, taking->line);
	return source->replacement ? ruleset_replace_add(source->replacement, spec, taking->line, taking->err) : 0;
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct source *source = arg;
	struct taking taking = {source, line, err};

	/* Fast path: a list without exceptions. */
	return source->options->excepts.n ? set_excepts_give(&source->options->excepts, spec, take_rest, &taking)
					  : take_rest(spec, &taking);
}

static int take_except(void *arg, const char *words, const char *set, struct error *err)
{
	struct source *source = arg;
	char kept[EXCEPT_SIZE];

	if (except_words_keep(words, kept, err) || set_excepts_add(&source->options->excepts, set, kept, err))
		return -1;
	return source->replacement ? ruleset_replace_except(source->replacement, set, kept, err) : 0;
}

static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct source *source = arg;
	struct settings *settings =
		source->replacement ? ruleset_replace_settings(source->replacement) : &source->settings;

	if (setting_set(settings, name, value, err))
		return -1;
	source->options->n_settings++;
	return 0;
}

/* Skips output to a stopped terminal: this process holds the lock. */
static bool takes_text(void)
{
	struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&terminal, 1, 0) == 1 && terminal.revents == POLLOUT;
}

static void show(void *arg, size_t done, size_t all)
{
	struct source *source = arg;
	int percent = all ? (int)(100.0 * (double)done / (double)all) : 0;

	if (percent == source->percent || !takes_text())
		return;
	source->percent = percent;
	fprintf(stderr, "\r\033[K%s: %d%%", source->name, percent);
}

/* Bytes: the most rules, 32 bytes each. */
#define MAX_PIPED (1u << 29)

static int slurp(int fd, struct source_file *file, struct error *err)
{
	size_t room = 0;
	ssize_t got;

	do {
		if (file->size == room) {
			char *text = realloc(file->text, room = room * 2 + 65536);

			if (!text)
				return error_errno(err, ENOMEM, "cannot read %s", file->name);
			file->text = text;
		}
		got = read(fd, file->text + file->size, room - file->size);
		if (got < 0 && errno != EINTR)
			return error_errno(err, errno, "cannot read %s", file->name);
		file->size += got > 0 ? (size_t)got : 0;
		if (file->size > MAX_PIPED)
			return error_set(err, ERR_INPUT,
					 "%s is longer than %u MiB and not a regular file: save it to a file first",
					 file->name, MAX_PIPED >> 20);
	} while (got);
	return 0;
}

int source_add(struct source_options *options, const char *name, struct error *err)
{
	const char **names = reallocarray(options->names, options->n_names + 1, sizeof(*names));

	if (!names)
		return error_errno(err, ENOMEM, "cannot read the command line");
	options->names = names;
	names[options->n_names++] = name;
	return 0;
}

/* Takes ownership of name. */
static struct source_file *add_file(struct source_options *options, char *name, struct error *err)
{
	struct source_file *files = name ? reallocarray(options->files, options->n_files + 1, sizeof(*files)) : NULL;

	if (!files) {
		free(name);
		error_errno(err, ENOMEM, "cannot read the files");
		return NULL;
	}
	options->files = files;
	files[options->n_files] = (struct source_file){.name = name};
	return &files[options->n_files++];
}

/* Matches as a shell's *.rules does: skips names that start with a dot. */
static int is_rules(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".rules");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int open_directory(const struct invocation *inv, const char *name, struct source_options *options,
			  struct error *err);

/* Adds a file, or the files of a directory. top: the user named it. */
static int open_one(const struct invocation *inv, char *name, bool top, struct source_options *options,
		    struct error *err)
{
	bool standard_input = top && !strcmp(name, "-"), known;
	struct source_file *file = add_file(options, name, err);
	struct stat st;
	int ret = 0, fd;

	if (!file)
		return -1;
	if (standard_input && inv->batch && !strcmp(inv->batch, "-"))
		return error_set(err, ERR_USAGE, "standard input is the batch, near '-': name a file");
	fd = standard_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", name);
	known = !standard_input && !fstat(fd, &st);
	if (known && top && S_ISDIR(st.st_mode)) {
		options->n_files--; /* the directory's files replace it */
		ret = open_directory(inv, name, options, err);
		free(name);
	} else if (!known || !S_ISREG(st.st_mode)) {
		ret = slurp(fd, file, err);
	}
	if (!standard_input)
		close(fd);
	return ret;
}

static int open_directory(const struct invocation *inv, const char *name, struct source_options *options,
			  struct error *err)
{
	struct dirent **entries = NULL;
	int n = scandir(name, &entries, is_rules, by_name), ret = 0;
	char *path;

	if (n < 0)
		return error_errno(err, errno, "cannot read %s", name);
	for (int i = 0; i < n; i++) {
		if (!ret) {
			path = asprintf(&path, "%s/%s", name, entries[i]->d_name) < 0 ? NULL : path;
			ret = open_one(inv, path, false, options, err);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

int source_open(const struct invocation *inv, struct source_options *options, struct error *err)
{
	for (size_t i = 0; i < options->n_names; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(options->names[i], "-") && !strcmp(options->names[k], "-"))
				return error_set(err, ERR_USAGE, "standard input is repeated, near '-': type it once");
		}
		if (open_one(inv, strdup(options->names[i]), true, options, err))
			return -1;
	}
	/* Refuse: probably the wrong directory, and nobody wants to lose all rules. */
	if (!options->n_files)
		return error_set(err, ERR_INPUT, "no file in %s matches *.rules", options->names[0]);
	return 0;
}

void source_close(struct source_options *options)
{
	for (size_t i = 0; i < options->n_files; i++) {
		free(options->files[i].name);
		free(options->files[i].text);
	}
	set_excepts_free(&options->excepts);
	free(options->files);
	free(options->names);
	options->files = NULL;
	options->names = NULL;
	options->n_files = options->n_names = 0;
}

static int read_one(const struct invocation *inv, struct source_options *options, const struct source_file *from,
		    struct replacement *replacement, struct bad_lines *bad, struct error *err)
{
	char *name = text_escape(from->name);
	struct source source = {.name = name ? name : "", .options = options, .replacement = replacement};
	bool shown = isatty(STDERR_FILENO) && !inv->out.quiet;
	const struct rules_file file = {
		.name = from->name,
		.verdict = options->verdict,
		.set = options->set,
		.settings = !options->set,
		.rule = take_rule,
		.setting = take_setting,
		.except = options->set ? NULL : take_except,
		.bad = bad,
		.progress = shown ? show : NULL,
		.arg = &source,
	};
	int ret = from->text ? rules_text_read(&file, from->text, from->size, err) : rules_file_read(&file, err);

	if (shown && takes_text())
		fputs("\r\033[K", stderr);
	free(name);
	return ret;
}

int source_read(const struct invocation *inv, struct source_options *options, struct replacement *replacement,
		struct error *err)
{
	struct bad_lines bad = {};

	options->n_rules = options->n_settings = 0;
	for (size_t i = 0; i < options->n_files; i++) {
		const struct source_file *file = &options->files[i];

		if (i && replacement && ruleset_replace_file(replacement, file->name, err))
			return -1;
		if (read_one(inv, options, file, replacement, &bad, err))
			return -1;
	}
	if (bad_lines_end(&bad, err))
		return -1;
	if (!options->n_rules && options->excepts.rules && !options->allow_empty)
		return error_set(err, ERR_INPUT,
				 "all rules of %s are excepted: nothing was changed (--allow-empty if that is meant)",
				 options->files[0].name);
	/* A download that failed looks like this, and must not take all rules away. */
	if (!options->n_rules && !options->n_settings && !options->allow_empty)
		return error_set(err, ERR_INPUT,
				 "no rule and no setting in %s%s: nothing was changed (--allow-empty if that is meant)",
				 options->files[0].name, options->n_files > 1 ? " and the other files" : "");
	return 0;
}

error_t confirm_option(const char *arg, uint64_t *trial, struct error *err)
{
	if (!duration_parse(arg, trial) && *trial)
		return 0;
	error_set(err, ERR_USAGE, "bad --confirm, near '%.64s': a time, such as 60s or 5m", arg);
	return EINVAL;
}
