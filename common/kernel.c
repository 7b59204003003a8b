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

#define LSM_LIST      "/sys/kernel/security/lsm"
#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define BTF_FILE      "/sys/kernel/btf/vmlinux"

/* include/uapi/linux/lsm.h and the syscall table, 6.8 and later; Debian 12's headers are older. */
#define NR_LSM_LIST_MODULES 461
#define LSM_ID_BPF	    109

/* The file's first line without its newline, or -errno. */
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

static void version(unsigned int *major, unsigned int *minor, char release[KERNEL_TEXT_SIZE])
{
	struct utsname name;

	*major = *minor = 0;
	uname(&name);
	snprintf(release, KERNEL_TEXT_SIZE, "%s", name.release);
	sscanf(release, "%u.%u", major, minor);
}

/* The hook functions are in the kernel when CONFIG_BPF_LSM is, whether or not the module is active. */
static bool built_in(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, "bpf_lsm_socket_connect", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return found;
}

int kernel_check(struct error *err)
{
	char release[KERNEL_TEXT_SIZE], lockdown[KERNEL_TEXT_SIZE];
	unsigned int major, minor;

	version(&major, &minor, release);
	if (major < 5 || (major == 5 && minor < 10))
		return error_set(err, ERR_UNSUPPORTED, "this kernel (%s) is too old: lsmctl needs 5.10 or later",
				 release);
	if (access(BTF_FILE, R_OK))
		return error_set(err, ERR_UNSUPPORTED,
				 "this kernel has no type information (" BTF_FILE
				 "): it needs one built with CONFIG_DEBUG_INFO_BTF=y, as most distributions' are");
	if (!read_line(LOCKDOWN_FILE, lockdown) && strstr(lockdown, "[confidentiality]"))
		return error_set(
			err, ERR_UNSUPPORTED,
			"the kernel is locked down (confidentiality), which keeps BPF programs from reading addresses: "
			"boot with lockdown=integrity, or without lockdown=");
	return 0;
}

int kernel_explain_no_lsm(struct error *err)
{
	char list[KERNEL_TEXT_SIZE];

	if (!built_in())
		return error_set(err, ERR_UNSUPPORTED,
				 "BPF LSM is not built into this kernel (CONFIG_BPF_LSM): use another kernel, or try "
				 "'lsmctl load "
				 "--attach fmod_ret'");
	if (read_line(LSM_LIST, list))
		return error_set(err, ERR_UNSUPPORTED,
				 "BPF LSM is not active: add bpf to the list in the boot parameter lsm= and reboot, or "
				 "run 'lsmctl "
				 "load --attach fmod_ret', which needs no reboot");
	return error_set(err, ERR_UNSUPPORTED,
			 "BPF LSM is not active: boot with lsm=%s%sbpf, or run 'lsmctl load --attach fmod_ret', which "
			 "needs no reboot",
			 list, list[0] ? "," : "");
}
