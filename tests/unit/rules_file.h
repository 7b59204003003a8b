/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of rules, read in all three ways: as a text, from a file and from a pipe. */
#ifndef LSMCTL_RULES_FILE_H
#define LSMCTL_RULES_FILE_H

#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "base/bad_lines.h"
#include "rule/file.h"
#include "rule/format.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* What a file's reader was given, as text: "LINE: RULE", "set NAME VALUE", one a line. */
struct seen {
	char *text;
	size_t len, room;
	size_t rules, settings;
	size_t stop_at; /* the rule that is refused, from 1; 0: none */
	enum error_code refusal;
	size_t done, all;
};

static inline void note(struct seen *seen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void note(struct seen *seen, const char *fmt, ...)
{
	va_list args;

	if (seen->room - seen->len < 4096) {
		seen->room = seen->room * 2 + 8192;
		seen->text = realloc(seen->text, seen->room);
		assert_non_null(seen->text);
	}
	va_start(args, fmt);
	seen->len += (size_t)vsnprintf(seen->text + seen->len, seen->room - seen->len, fmt, args);
	va_end(args);
}

static inline int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct seen *seen = arg;
	char *text;

	if (++seen->rules == seen->stop_at)
		return error_set(err, seen->refusal, "no room");
	text = rule_format(spec);
	note(seen, "%zu: %s\n", line, text);
	free(text);
	return 0;
}

static inline int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct seen *seen = arg;

	seen->settings++;
	if (strcmp(name, "default") && strcmp(name, "mode"))
		return error_set(err, ERR_USAGE, "unknown setting, near '%s': default or mode", name);
	note(seen, "set %s %s\n", name, value);
	return 0;
}

static inline void progress(void *arg, size_t done, size_t all)
{
	struct seen *seen = arg;

	assert_true(done >= seen->done);
	seen->done = done;
	seen->all = all;
}

static inline struct rules_file file_for(struct seen *seen)
{
	return (struct rules_file){
		.name = "f",
		.verdict = VERDICT_BLOCK,
		.settings = true,
		.rule = take_rule,
		.setting = take_setting,
		.progress = progress,
		.arg = seen,
	};
}

/* The same through the kernel, as a regular file and as a pipe with pieces of its own size. */
static inline int read_as_file(struct rules_file file, const char *text, size_t size, struct error *err)
{
	int fd = memfd_create("rules", 0), ret;
	char name[64];

	assert_int_equal(write(fd, text, size), size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	file.name = name;
	ret = rules_file_read(&file, err);
	close(fd);
	return ret;
}

static inline int read_as_pipe(struct rules_file file, const char *text, size_t size, struct error *err)
{
	char name[64];
	int ends[2], ret, status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		/* Ends early when the reader does. */
		signal(SIGPIPE, SIG_DFL);
		for (size_t at = 0; at < size;) {
			size_t piece = size - at < 1999 ? size - at : 1999;
			ssize_t put = write(ends[1], text + at, piece);

			if (put < 0)
				break;
			at += (size_t)put;
		}
		_exit(0);
	}
	close(ends[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	file.name = name;
	ret = rules_file_read(&file, err);
	close(ends[0]);
	waitpid(child, &status, 0);
	return ret;
}

/* Reads the text in all three ways, which must give the same but for the name. Leaves the last in seen and err. */
static inline int read_all(struct rules_file file, const char *text, size_t size, struct error *err)
{
	struct seen *seen = file.arg, first;
	struct error first_err = {};
	int ret = rules_text_read(&file, text, size, &first_err);

	first = *seen;
	for (int pipe = 0; pipe < 2; pipe++) {
		const char *at = "", *name;

		*seen = (struct seen){.stop_at = first.stop_at, .refusal = first.refusal};
		*err = (struct error){};
		assert_int_equal(pipe ? read_as_pipe(file, text, size, err) : read_as_file(file, text, size, err), ret);
		assert_string_equal(seen->text ? seen->text : "", first.text ? first.text : "");
		assert_int_equal(seen->all, pipe ? 0 : size);
		assert_true(ret || seen->done == size);
		assert_int_equal(err->code, first_err.code);
		/* Line by line: f:7: ... and /proc/self/fd/3:7: ... */
		name = first_err.text;
		for (at = err->text; *at && *name; at = strchrnul(at, '\n'), name = strchrnul(name, '\n')) {
			at += *at == '\n';
			name += *name == '\n';
			if (strncmp(at, "/proc/", 6) || strncmp(name, "f:", 2))
				continue;
			at = strchr(at, ':');
			name = strchr(name, ':');
			assert_int_equal(strcspn(at, "\n"), strcspn(name, "\n"));
			assert_memory_equal(at, name, strcspn(at, "\n"));
		}
		if (!pipe)
			free(seen->text);
	}
	free(first.text);
	*err = first_err;
	return ret;
}

/* The reading of a text with file's own settings; err's text when it fails. */
static inline const char *outcome(struct rules_file file, const char *text, size_t size)
{
	static char out[65536];
	struct error err = {};

	if (read_all(file, text, size, &err)) {
		struct seen *seen = file.arg;

		snprintf(out, sizeof(out), "! %s", err.text);
		assert_true(seen->rules || !seen->stop_at);
	} else {
		struct seen *seen = file.arg;

		snprintf(out, sizeof(out), "%s", seen->text ? seen->text : "");
	}
	free(((struct seen *)file.arg)->text);
	return out;
}

static inline const char *read_text(const char *text)
{
	struct seen seen = {};

	return outcome(file_for(&seen), text, strlen(text));
}

#endif
