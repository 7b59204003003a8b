// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/new_file.h"
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "rule/format.h"
#include "rule/setting.h"
#include "history.h"

#define TRIAL "trial" /* the name of the file of a change on trial */
#define HEAD  8192    /* bytes kept free for what stands above the lines */

/* The warning, and what the commands of a batch changed. */
static char warning[PATH_MAX + 512];
static struct {
	struct history all;
	uint64_t loaded;
	uint32_t after;
} batch;

char *history_path(const char *pin_dir)
{
	const char *base = getenv(HISTORY_DIR_ENV);
	char *path, *to;

	base = base ? base : HISTORY_DIR;
	path = *base ? malloc(strlen(base) + strlen(pin_dir) + 2) : NULL;
	if (!path)
		return NULL;
	to = stpcpy(stpcpy(path, base), "/");
	/* A pin directory has no dots in its name, so that dots can take the place of slashes. */
	for (const char *from = pin_dir; *from; from++) {
		if (*from != '/')
			*to++ = *from;
		else if (from != pin_dir && from[1] && from[1] != '/')
			*to++ = '.';
	}
	*to = '\0';
	return path;
}

static void warn(const char *what, const char *path, const char *why)
{
	char text[PATH_MAX + 256], *plain;

	snprintf(text, sizeof(text), "%s%s%s%s", what, path, *path ? ": " : "", why);
	plain = text_escape(text);
	snprintf(warning, sizeof(warning), "'lsmctl undo' will not know of this change: %s", plain ? plain : "");
	free(plain);
}

void history_warn(json_t *root)
{
	json_t *warnings = root ? json_object_get(root, "warnings") : NULL;

	if (!*warning)
		return;
	if (root && !warnings) {
		warnings = json_array();
		json_object_set_new(root, "warnings", warnings);
	}
	if (root)
		json_array_append_new(warnings, json_string(warning));
	else
		fprintf(stderr, "lsmctl: warning: %s\n", warning);
	*warning = '\0';
}

void history_begin(struct history *history, struct session *session, const struct invocation *inv)
{
	const char *base = getenv(HISTORY_DIR_ENV);

	*history = (struct history){.before = ruleset_config(session->rules)->generation};
	if (!inv->dry_run && (!base || *base))
		history->to = open_memstream(&history->text, &history->size);
	if (history->to)
		kept_sets_read(&history->sets, session->rules);
}

/* Each line in turn, so that a batch of large changes is as bounded as one change. */
static void note(struct history *history, char sign, const char *text)
{
	putc_unlocked(sign, history->to);
	putc_unlocked(' ', history->to);
	fputs_unlocked(text, history->to);
	putc_unlocked('\n', history->to);
	history->noted += strlen(text) + 3;
	history->large |= history->noted > HISTORY_ROOM - HEAD;
}

static void note_kept(struct history *history, char sign, char *line)
{
	if (line && !history->large)
		note(history, sign, line);
	free(line);
}

static void note_rule(struct history *history, char sign, const struct rule_spec *rule)
{
	char plain[RULE_PLAIN_SIZE];

	*(sign == '+' ? &history->added : &history->removed) += 1;
	if (!history->large && rule_format_plain(rule, plain))
		note(history, sign, plain);
	else
		note_kept(history, sign, history->large ? NULL : rule_format(rule));
}

void history_rule(struct history *history, const struct rule_spec *before, const struct rule_spec *now)
{
	if (!history->to)
		return;
	if (before)
		note_rule(history, '-', before);
	if (now)
		note_rule(history, '+', now);
}

void history_setting(struct history *history, const char *name, const char *before, const char *now)
{
	if (!history->to || !strcmp(before, now))
		return;
	/* Few and short: noted whatever else is too much. */
	fprintf(history->to, "- set %s %s\n+ set %s %s\n", name, before, name, now);
}

void history_settings(struct history *history, const struct settings *before, const struct settings *now)
{
	char was[SETTING_SIZE], is[SETTING_SIZE];

	for (size_t i = 0; setting_name(i); i++)
		history_setting(history, setting_name(i), setting_value(before, i, was), setting_value(now, i, is));
}

static void note_except(const struct kept_set *before, const struct kept_set *now, void *arg)
{
	if (!strcmp(before->except, now->except))
		return;
	if (before->except[0])
		note_kept(arg, '-', kept_except_line(before->except, before->set));
	if (now->except[0])
		note_kept(arg, '+', kept_except_line(now->except, now->set));
}

static void note_restored(const struct kept_set *before, const struct kept_set *now, void *arg)
{
	if (before->source[0])
		note_kept(arg, '-', kept_restored_line(before));
	if (now->source[0])
		note_kept(arg, '+', kept_restored_line(now));
}

/* A list that is restored as it was is no change, although its set is newer then. */
static void note_sets(struct history *history, struct ruleset *rules, bool trial)
{
	struct kept_sets now = {};

	if (!kept_sets_read(&now, rules)) {
		kept_sets_compare(&history->sets, &now, note_except, history);
		if (ftell(history->to) > 0 || history->large || trial)
			kept_sets_compare(&history->sets, &now, note_restored, history);
	}
	kept_sets_free(&now);
}

void history_drop(struct history *history)
{
	kept_sets_free(&history->sets);
	if (history->to)
		fclose(history->to);
	free(history->text);
	*history = (struct history){};
}

/* Makes the directory, and opens it if only this user can write there. -1 with the warning set. */
static int open_directory(const char *path)
{
	char *part = strdup(path);
	struct stat st;
	int fd = -1;

	for (char *slash = part ? strchr(part + 1, '/') : NULL; part; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST && errno != EROFS)
			break;
		if (!slash)
			break;
		*slash = '/';
	}
	free(part);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || flock(fd, LOCK_EX)) {
		warn("cannot open ", path, strerror(errno));
	} else if (st.st_uid != geteuid() || st.st_mode & 022) {
		warn("cannot use ", path, "others can write there, or it is another user's");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Returns the number of a change's file, or 0. */
static uint32_t number_of(const char *name)
{
	uint64_t n;

	return name[0] == '0' || num_parse(name, UINT32_MAX - 1, &n) ? 0 : (uint32_t)n;
}

/* Returns the newest number, and removes all but the newest `keep`, and what a killed command left. */
static uint32_t tidy(int dir_fd, uint32_t keep)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint32_t newest = 0;

	while (dir && (entry = readdir(dir))) {
		uint32_t n = number_of(entry->d_name);

		newest = n > newest ? n : newest;
	}
	if (dir)
		rewinddir(dir);
	while (dir && (entry = readdir(dir))) {
		uint32_t n = number_of(entry->d_name);

		if ((n && newest - n >= keep) || !strncmp(entry->d_name, ".lsmctl-", strlen(".lsmctl-")))
			unlinkat(dir_fd, entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return newest;
}

/* A process's login user, whoever it has become since; -1 for none. */
static long login_uid(void)
{
	FILE *file = fopen("/proc/self/loginuid", "re");
	unsigned int uid = UINT32_MAX;

	if (file && fscanf(file, "%u", &uid) != 1)
		uid = UINT32_MAX;
	if (file)
		fclose(file);
	return uid == UINT32_MAX ? -1 : (long)uid;
}

static void write_lines(FILE *to, const struct history *history)
{
	const char *line = history->text, *end;

	if (!history->large) {
		fwrite(history->text, 1, history->size, to);
		return;
	}
	/* The settings alone. */
	for (; line && *line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (!strncmp(line + 2, "set ", 4) && end)
			fwrite(line, 1, (size_t)(end + 1 - line), to);
	}
}

static void write_entry(FILE *to, const struct history *history, const struct invocation *inv, uint64_t loaded,
			uint32_t after)
{
	char *words = text_escape(inv->typed);

	fprintf(to, "lsmctl-history 1\ntime %llu\nboot %llu\nuid %u\nlogin %ld\nloaded %llu\n",
		(unsigned long long)clock_ns(CLOCK_REALTIME), (unsigned long long)clock_boot(), getuid(), login_uid(),
		(unsigned long long)loaded);
	fprintf(to, "before %u\nafter %u\nadded %u\nremoved %u\nlarge %d\ncommand %s\n\n", history->before, after,
		history->added, history->removed, history->large, words ? words : "");
	free(words);
	write_lines(to, history);
}

static void write_file(const struct history *history, const struct invocation *inv, uint64_t loaded, uint32_t after,
		       bool trial)
{
	char *dir = history_path(inv->pin_dir), *path = NULL;
	int fd = dir ? open_directory(dir) : -1;
	struct error err = {};
	struct new_file file;

	if (fd < 0)
		goto out;
	if ((trial ? asprintf(&path, "%s/" TRIAL, dir)
		   : asprintf(&path, "%s/%u", dir, tidy(fd, HISTORY_MOST - 1) + 1)) < 0) {
		path = NULL;
		goto out;
	}
	if (!new_file_open(&file, path, &err)) {
		fchmod(fileno(file.to), 0600);
		write_entry(file.to, history, inv, loaded, after);
		new_file_end(&file, path, NEW_FILE_KEEP_UNSYNCED, &err);
	}
	if (err.code != ERR_NONE)
		warn("", "", err.text);
out:
	if (fd >= 0)
		close(fd);
	free(path);
	free(dir);
}

/* Adds to what the batch has changed so far. A load in between begins anew. */
static void add_to_batch(struct history *history, uint64_t loaded, uint32_t after)
{
	if (batch.loaded != loaded)
		history_drop(&batch.all);
	if (!batch.all.to) {
		batch.all.to = open_memstream(&batch.all.text, &batch.all.size);
		batch.all.before = history->before;
	}
	if (!batch.all.to)
		return;
	batch.loaded = loaded;
	batch.after = after;
	batch.all.added += history->added;
	batch.all.removed += history->removed;
	batch.all.large |= history->large;
	write_lines(batch.all.to,
		    batch.all.large ? &(struct history){.text = history->text, .size = history->size, .large = true}
				    : history);
	batch.all.large |= ftell(batch.all.to) > (long)(HISTORY_ROOM - HEAD);
}

void history_commit(struct history *history, struct session *session, const struct invocation *inv, bool trial)
{
	const struct config *config = ruleset_config(session->rules);

	if (history->to)
		note_sets(history, session->rules, trial);
	/* An empty trial is noted too, so that confirm does not take an older one for it. */
	if (history->to && !fflush(history->to) && (history->size || history->large || trial)) {
		if (inv->batch && !trial)
			add_to_batch(history, config->loaded_at, config->generation);
		else
			write_file(history, inv, config->loaded_at, config->generation, trial);
	}
	history_drop(history);
}

void history_end_batch(const struct invocation *inv)
{
	if (batch.all.to && !fflush(batch.all.to) && (batch.all.size || batch.all.large))
		write_file(&batch.all, inv, batch.loaded, batch.after, false);
	history_drop(&batch.all);
	batch.loaded = 0;
}

/* Returns whether the file is of this trial, and has changes. */
static bool is_of_trial(int dir_fd, const struct config *config)
{
	char text[512], wanted[64];
	int fd = openat(dir_fd, TRIAL, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *changes;
	bool is = false;

	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	snprintf(wanted, sizeof(wanted), "\nloaded %llu\n", (unsigned long long)config->loaded_at);
	is = strstr(text, wanted);
	snprintf(wanted, sizeof(wanted), "\nafter %u\n", config->generation);
	changes = strstr(text, "\n\n");
	return is && strstr(text, wanted) && (!changes || changes[2] || strstr(text, "\nlarge 1\n"));
}

void history_confirm(struct session *session, const struct invocation *inv)
{
	char *dir = history_path(inv->pin_dir), name[16];
	int fd = dir && !access(dir, F_OK) ? open_directory(dir) : -1;

	if (fd >= 0 && is_of_trial(fd, ruleset_config(session->rules))) {
		snprintf(name, sizeof(name), "%u", tidy(fd, HISTORY_MOST - 1) + 1);
		if (renameat(fd, TRIAL, fd, name))
			warn("cannot rename " TRIAL " in ", dir, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	free(dir);
}
