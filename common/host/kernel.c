// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <bpf/btf.h>
#include "kernel.h"

#define LSM_LIST       "/sys/kernel/security/lsm"
#define LOCKDOWN_FILE  "/sys/kernel/security/lockdown"
#define BTF_FILE       "/sys/kernel/btf/vmlinux"
#define SIGNATURE_FILE "/proc/version_signature" /* Ubuntu's */

/* include/uapi/linux/lsm.h and the syscall table, 6.8 and later; Debian 12's headers are older. */
#define NR_LSM_LIST_MODULES 461
#define LSM_ID_BPF	    109

/* Reads the first line of a file, without its newline. 0 or -errno. */
static int read_line(const char *path, char text[KERNEL_TEXT_SIZE])
{
	FILE *file = fopen(path, "re");
	int ret = 0;

	if (!file)
		return -errno;
	if (!fgets(text, KERNEL_TEXT_SIZE, file))
		ret = -EIO;
	else
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return ret;
}

static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len) {
		if ((at == list || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

int kernel_bpf_lsm_active(void)
{
	char list[KERNEL_TEXT_SIZE];
	uint64_t ids[32];
	uint32_t size = sizeof(ids);
	long n;

	if (!read_line(LSM_LIST, list))
		return in_list(list, "bpf");
	n = syscall(NR_LSM_LIST_MODULES, ids, &size, 0);
	for (long i = 0; i < n; i++) {
		if (ids[i] == LSM_ID_BPF)
			return 1;
	}
	return n >= 0 ? 0 : -1;
}

bool kernel_lsm_list(char list[KERNEL_TEXT_SIZE])
{
	return !read_line(LSM_LIST, list);
}

/* Finds the last word of the text that starts with the version and has a third number: "6.1.54-1" on Debian. */
static void find_patch(const char *text, struct kernel_version *version)
{
	char begin[32];
	unsigned int patch;

	snprintf(begin, sizeof(begin), " %u.%u.", version->major, version->minor);
	for (const char *at = text; (at = strstr(at, begin)); at++) {
		if (sscanf(at + strlen(begin), "%u", &patch) == 1)
			version->patch = patch;
	}
}

void kernel_version(struct kernel_version *version)
{
	char text[KERNEL_TEXT_SIZE];
	struct utsname name;

	*version = (struct kernel_version){};
	uname(&name);
	snprintf(version->release, sizeof(version->release), "%s", name.release);
	snprintf(version->machine, sizeof(version->machine), "%s", name.machine);
	sscanf(version->release, "%u.%u.%u", &version->major, &version->minor, &version->patch);
	if (version->patch)
		return;
	/* Distributions keep the name of the first release. Debian and Ubuntu report the patch level elsewhere. */
	find_patch(name.version, version);
	if (!version->patch && !read_line(SIGNATURE_FILE, text))
		find_patch(text, version);
}

bool kernel_at_least(const struct kernel_version *version, unsigned int major, unsigned int minor, unsigned int patch)
{
	if (version->major != major)
		return version->major > major;
	return version->minor != minor ? version->minor > minor : version->patch >= patch;
}

bool kernel_has_btf(void)
{
	return !access(BTF_FILE, R_OK);
}

bool kernel_ftrace_is_off(void)
{
	char text[KERNEL_TEXT_SIZE];

	return !read_line("/proc/sys/kernel/ftrace_enabled", text) && !strcmp(text, "0");
}

bool kernel_locked_down(void)
{
	char lockdown[KERNEL_TEXT_SIZE];

	return !read_line(LOCKDOWN_FILE, lockdown) && strstr(lockdown, "[confidentiality]");
}

/* CONFIG_BPF_LSM builds the hook functions in, whether the module is active or not. */
static bool built_in(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, "bpf_lsm_socket_connect", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return found;
}

int kernel_check(struct error *err)
{
	struct kernel_version version;

	kernel_version(&version);
	if (!kernel_at_least(&version, 5, 10, 0))
		return error_set(err, ERR_UNSUPPORTED, "this kernel (%s) is too old: lsmctl needs 5.10 or later",
				 version.release);
	if (!kernel_has_btf())
		return error_set(err, ERR_UNSUPPORTED,
				 "this kernel has no type information (" BTF_FILE
				 "): use a kernel with CONFIG_DEBUG_INFO_BTF=y, as most distributions have");
	if (kernel_locked_down())
		return error_set(
			err, ERR_UNSUPPORTED,
			"the kernel is locked down (confidentiality), so BPF programs cannot read addresses: boot with lockdown=integrity, or without lockdown=");
	return 0;
}

int kernel_explain_no_lsm(struct error *err)
{
	char list[KERNEL_TEXT_SIZE];

	if (!built_in())
		return error_set(
			err, ERR_UNSUPPORTED,
			"BPF LSM is not built into this kernel (CONFIG_BPF_LSM): use another kernel, or try 'lsmctl load --attach fmod_ret'");
	if (read_line(LSM_LIST, list))
		return error_set(
			err, ERR_UNSUPPORTED,
			"BPF LSM is not active: add bpf to the list in the boot parameter lsm= and reboot, or run 'lsmctl load --attach fmod_ret', which needs no reboot");
	return error_set(
		err, ERR_UNSUPPORTED,
		"BPF LSM is not active: boot with lsm=%s%sbpf, or run 'lsmctl load --attach fmod_ret', which needs no reboot",
		list, list[0] ? "," : "");
}
