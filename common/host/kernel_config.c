// SPDX-License-Identifier: GPL-2.0-only
/* Reports how the running kernel was built and booted, as the kernel and the distribution describe it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>
#include "kernel.h"

#define PREEMPT_FILE "/sys/kernel/debug/sched/preempt"

/* Opens the build configuration, where one exists. zlib also reads uncompressed files. */
static gzFile open_config(void)
{
	static const char *const places[] = {"/boot/config-%s", "/lib/modules/%s/config",
					     "/lib/modules/%s/build/.config"};
	gzFile file = gzopen("/proc/config.gz", "re");
	struct utsname name;
	char path[256];

	uname(&name);
	for (size_t i = 0; !file && i < sizeof(places) / sizeof(places[0]); i++) {
		const char *hole = strstr(places[i], "%s");

		snprintf(path, sizeof(path), "%.*s%s%s", (int)(hole - places[i]), places[i], name.release, hole + 2);
		file = gzopen(path, "re");
	}
	return file;
}

int kernel_config(const char *option)
{
	size_t len = strlen(option);
	gzFile file = open_config();
	char line[1024];
	int found = 0;

	if (!file)
		return -1;
	while (!found && gzgets(file, line, sizeof(line)))
		found = !strncmp(line, option, len) && !strncmp(line + len, "=y", 2);
	gzclose(file);
	return found;
}

/* CONFIG_BPF_LSM builds the hook functions in. Their addresses may be hidden, but not their names. */
static int has_hook_functions(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char line[1024];
	size_t lines = 0;
	bool found = false;

	if (!symbols)
		return -1;
	for (; !found && fgets(line, sizeof(line), symbols); lines++)
		found = strstr(line, " bpf_lsm_socket_connect\n") != NULL;
	fclose(symbols);
	return lines ? found : -1;
}

int kernel_bpf_lsm_built_in(void)
{
	int built_in = kernel_config("CONFIG_BPF_LSM");

	return built_in < 0 ? has_hook_functions() : built_in;
}

bool kernel_parameter(const char *name, char value[KERNEL_TEXT_SIZE])
{
	FILE *file = fopen("/proc/cmdline", "re");
	size_t len = strlen(name);
	char line[4096], *rest = line, *word;
	bool found = false;

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	while ((word = strsep(&rest, " \n"))) {
		if (strncmp(word, name, len) || word[len] != '=')
			continue;
		snprintf(value, KERNEL_TEXT_SIZE, "%s", word + len + 1);
		found = true;
	}
	return found;
}

static enum preemption by_name(const char *name)
{
	if (!strcmp(name, "full"))
		return PREEMPTION_FULL;
	if (!strcmp(name, "lazy"))
		return PREEMPTION_LAZY;
	return !strcmp(name, "voluntary") || !strcmp(name, "none") ? PREEMPTION_VOLUNTARY : PREEMPTION_UNKNOWN;
}

/* Parses "none voluntary (full)": the choices, with the current one in brackets. */
static enum preemption chosen(void)
{
	FILE *file = fopen(PREEMPT_FILE, "re");
	char line[128] = "", *open, *close;

	if (!file)
		return PREEMPTION_UNKNOWN;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	open = strchr(line, '(');
	close = open ? strchr(open, ')') : NULL;
	if (!close)
		return PREEMPTION_UNKNOWN;
	*close = '\0';
	return by_name(open + 1);
}

enum preemption kernel_preemption(void)
{
	enum preemption preemption;
	char value[KERNEL_TEXT_SIZE];
	struct utsname name;

	uname(&name);
	if (strstr(name.version, " PREEMPT_RT "))
		return PREEMPTION_FULL;
	preemption = chosen();
	if (preemption != PREEMPTION_UNKNOWN)
		return preemption;
	/* Without debugfs: the built-in choice. Only PREEMPT_DYNAMIC lets a boot parameter change it. */
	if (!strstr(name.version, " PREEMPT_DYNAMIC "))
		return strstr(name.version, " PREEMPT ")	? PREEMPTION_FULL
		       : strstr(name.version, " PREEMPT_LAZY ") ? PREEMPTION_LAZY
								: PREEMPTION_VOLUNTARY;
	if (kernel_parameter("preempt", value) && by_name(value) != PREEMPTION_UNKNOWN)
		return by_name(value);
	if (kernel_config("CONFIG_PREEMPT") == 1)
		return PREEMPTION_FULL;
	if (kernel_config("CONFIG_PREEMPT_LAZY") == 1)
		return PREEMPTION_LAZY;
	return kernel_config("CONFIG_PREEMPT") < 0 ? PREEMPTION_UNKNOWN : PREEMPTION_VOLUNTARY;
}
