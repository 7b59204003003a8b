// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd.h"

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

/* Gives the new file the owner and the mode of the one it is to replace, or what a new file has. */
static int take_over(int fd, const char *file)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	if (stat(file, &st))
		return fchmod(fd, 0666 & ~mask);
	/* Where its group cannot be kept, another one is not let in. */
	if (fchown(fd, st.st_uid, st.st_gid))
		st.st_mode &= ~(mode_t)S_IRWXG;
	return fchmod(fd, st.st_mode & 07777);
}

/* A file beside the one that it is to become, so that neither a full disk nor a kill leaves half a ruleset there. */
static FILE *open_beside(const char *file, const char *name, char *beside, struct error *err)
{
	int fd = mkostemp(beside, O_CLOEXEC);
	FILE *to = fd < 0 || take_over(fd, file) ? NULL : fdopen(fd, "w");

	if (to)
		return to;
	error_errno(err, errno, "cannot write beside %s", name);
	if (fd >= 0) {
		unlink(beside);
		close(fd);
	}
	return NULL;
}

/* Closes the file, and says whether all that was written is there. errnum: what went wrong before, if the file says so.
 */
static int end_file(FILE *to, bool sync, int errnum)
{
	if (!ferror(to))
		errnum = 0;
	else if (!errnum)
		errnum = EIO;
	if (!errnum && (fflush(to) || (sync && fsync(fileno(to)))))
		errnum = errno;
	if (fclose(to) && !errnum)
		errnum = errno;
	return errnum;
}

static int write_file(const struct invocation *inv, FILE *to, const char *file, bool sync, struct saving *saving,
		      struct error *err)
{
	int ret, errnum;

	errno = 0;
	ret = session_print(inv, to, write_all, saving, err);
	errnum = end_file(to, sync, errno);
	if (!ret && saving->failed && !errnum)
		errnum = ENOMEM;
	return ret || !errnum ? ret : error_errno(err, errnum, "cannot write %s", file);
}

/* By way of another file, which takes its place. */
static int replace_file(const struct invocation *inv, const char *file, struct saving *saving, struct error *err)
{
	char *real = realpath(file, NULL), *beside = NULL; /* what a symbolic link leads to is replaced, not the link */
	int ret = -1, errnum = errno;
	struct stat st;
	FILE *to;

	if (!real && !lstat(file, &st)) {
		error_errno(err, errnum, "cannot follow the symbolic link %s", file);
	} else if (asprintf(&beside, "%s.XXXXXX", real ? real : file) < 0) {
		beside = NULL;
		error_errno(err, ENOMEM, "cannot write %s", file);
	} else {
		to = open_beside(real ? real : file, file, beside, err);
		ret = to ? write_file(inv, to, file, true, saving, err) : -1;
		if (!ret && rename(beside, real ? real : file))
			ret = error_errno(err, errno, "cannot write %s", file);
		if (ret && to)
			unlink(beside);
	}
	free(beside);
	free(real);
	return ret;
}

/* What is no plain file (a pipe, a terminal) is written to as it is. */
static int save_to(const struct invocation *inv, const char *file, struct saving *saving, struct error *err)
{
	struct stat st;
	FILE *to;

	if (stat(file, &st) || S_ISREG(st.st_mode))
		return replace_file(inv, file, saving, err);
	to = fopen(file, "we");
	return to ? write_file(inv, to, file, false, saving, err) : error_errno(err, errno, "cannot open %s", file);
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
