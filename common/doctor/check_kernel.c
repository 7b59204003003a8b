// SPDX-License-Identifier: GPL-2.0-only
/* Checks the kernel, and the rights of this process. */
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "doctor.h"

#define BPFFS "/sys/fs/bpf"

void check_kernel(struct doctor *doctor)
{
	const struct kernel_version *version = &doctor->version;

	if (kernel_at_least(version, 5, 10, 0))
		doctor_found(doctor, "kernel", CHECK_GOOD, NULL, "Linux %s", version->release);
	else
		doctor_found(doctor, "kernel", CHECK_IMPOSSIBLE, "boot Linux 5.10 or later", "Linux %s is too old",
			     version->release);
}

/* The first kernel that attaches BPF programs to its functions on each architecture. */
static const struct {
	const char *machine;
	unsigned int major, minor;
	bool tried;
} architectures[] = {
	{"x86_64", 5, 10, true},
	{"aarch64", 6, 4, true},
	{"s390x", 6, 3, false},
	{"riscv64", 6, 4, false},
};

void check_architecture(struct doctor *doctor)
{
	const struct kernel_version *version = &doctor->version;
	char advice[64];

	for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++) {
		unsigned int major = architectures[i].major, minor = architectures[i].minor;

		if (strcmp(version->machine, architectures[i].machine))
			continue;
		snprintf(advice, sizeof(advice), "boot Linux %u.%u or later", major, minor);
		if (!kernel_at_least(version, major, minor, 0))
			doctor_found(doctor, "architecture", CHECK_IMPOSSIBLE, advice,
				     "%s: this kernel cannot attach programs to its functions", version->machine);
		else if (architectures[i].tried)
			doctor_found(doctor, "architecture", CHECK_GOOD, NULL, "%s", version->machine);
		else
			doctor_found(doctor, "architecture", CHECK_WARNING, "lsmctl doctor --selftest",
				     "%s: lsmctl is not tested there", version->machine);
		return;
	}
	doctor_found(doctor, "architecture", CHECK_WARNING, "lsmctl load\nlsmctl doctor --selftest",
		     "%s: lsmctl is not tested there, and not every kernel can attach programs to its functions",
		     version->machine);
}

/*
 * Returns how to boot with this list of security modules. attached: fmod_ret programs are attached before the modules.
 */
static char *boot_advice(const char *list, bool attached)
{
	char present[KERNEL_TEXT_SIZE], *advice;
	const char *where = kernel_parameter("lsm", present) ? ", in place of the present lsm=," : "";

	if (asprintf(&advice,
		     "boot with lsm=%s\nGRUB: put it into GRUB_CMDLINE_LINUX in /etc/default/grub%s then update-grub "
		     "(elsewhere grub2-mkconfig -o /boot/grub2/grub.cfg), and reboot\nsystemd-boot: put it into the "
		     "options line of /boot/loader/entries/*.conf%s and into /etc/kernel/cmdline, and reboot%s",
		     list, where, where, attached ? "" : "\nor, without a reboot: lsmctl load --attach fmod_ret") < 0)
		return NULL;
	return advice;
}

/* Programs attached by fmod_ret do not need the module. */
static void not_active(struct doctor *doctor, bool attached)
{
	enum check_state state = attached ? CHECK_WARNING : CHECK_BAD;
	char list[KERNEL_TEXT_SIZE], with[KERNEL_TEXT_SIZE + 8], *advice;
	bool known = kernel_lsm_list(list);
	int built_in = kernel_bpf_lsm_built_in();

	if (built_in == 0) {
		doctor_found(doctor, "bpf_lsm", state,
			     attached ? NULL
				      : "boot a kernel with CONFIG_BPF_LSM=y\nor: lsmctl load --attach "
					"fmod_ret",
			     "BPF LSM is not built into this kernel");
		return;
	}
	snprintf(with, sizeof(with), "%s%sbpf", known ? list : "LIST", known && !*list ? "" : ",");
	advice = boot_advice(with, attached);
	doctor_found(doctor, "bpf_lsm", state, advice, "BPF LSM is %s but not active%s%s%s",
		     built_in < 0 ? "perhaps built in" : "built in",
		     known ? " (active: " : " (mount -t securityfs securityfs /sys/kernel/security shows LIST",
		     known ? list : "", ")");
	free(advice);
}

void check_bpf_lsm(struct doctor *doctor)
{
	bool fmod_ret = doctor->rules && ruleset_config(doctor->rules)->attach == ATTACH_FMOD_RET;
	char list[KERNEL_TEXT_SIZE];

	switch (kernel_bpf_lsm_active()) {
	case 1:
		if (!kernel_lsm_list(list))
			list[0] = '\0';
		doctor_found(doctor, "bpf_lsm", CHECK_GOOD, NULL, "BPF LSM is built in and active%s%s",
			     *list ? ": " : "", list);
		return;
	case 0:
		not_active(doctor, fmod_ret);
		return;
	}
	doctor_found(doctor, "bpf_lsm", CHECK_WARNING, "mount -t securityfs securityfs /sys/kernel/security",
		     "cannot tell whether BPF LSM is active: 'lsmctl load' finds out");
}

void check_btf(struct doctor *doctor)
{
	if (kernel_has_btf())
		doctor_found(doctor, "btf", CHECK_GOOD, NULL, "/sys/kernel/btf/vmlinux exists");
	else
		doctor_found(doctor, "btf", CHECK_IMPOSSIBLE,
			     "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as most distributions have",
			     "this kernel has no type information (/sys/kernel/btf/vmlinux)");
}

void check_lockdown(struct doctor *doctor)
{
	if (kernel_locked_down())
		doctor_found(doctor, "lockdown", CHECK_IMPOSSIBLE, "boot with lockdown=integrity, or without lockdown=",
			     "the kernel is locked down (confidentiality): BPF programs cannot read addresses");
	else
		doctor_found(doctor, "lockdown", CHECK_GOOD, NULL, "BPF programs may read addresses");
}

/*
 * From 5.12 on, the kernel skips a program that is already running on the same processor, after a preemption, and lets
 * the call through. From 6.2 on, and in 6.1.54, it no longer skips BPF LSM programs.
 */
void check_preemption(struct doctor *doctor)
{
	static const char *const names[] = {
		[PREEMPTION_UNKNOWN] = "cannot tell whether preemption is full",
		[PREEMPTION_VOLUNTARY] = "preemption is voluntary, or off",
		[PREEMPTION_LAZY] = "preemption is lazy",
		[PREEMPTION_FULL] = "preemption is full",
	};
	const struct kernel_version *version = &doctor->version;
	bool fmod_ret = doctor->rules && ruleset_config(doctor->rules)->attach == ATTACH_FMOD_RET;
	bool fixed = kernel_at_least(version, 6, 2, 0) ||
		     (version->major == 6 && version->minor == 1 && kernel_at_least(version, 6, 1, 54));
	enum preemption preemption = kernel_preemption();
	const char *why = fmod_ret ? "the kernel skips interrupted fmod_ret programs: calls may get through"
				   : "this kernel skips interrupted programs: calls may get through";

	if (!kernel_at_least(version, 5, 12, 0) || (fixed && !fmod_ret))
		doctor_found(doctor, "preemption", CHECK_GOOD, NULL, "%s, and this kernel skips no program",
			     names[preemption]);
	else if (preemption == PREEMPTION_VOLUNTARY)
		doctor_found(doctor, "preemption", CHECK_GOOD, NULL, "%s, so the kernel skips no program",
			     names[preemption]);
	else
		doctor_found(doctor, "preemption", preemption == PREEMPTION_UNKNOWN ? CHECK_WARNING : CHECK_BAD,
			     fixed ? "boot with bpf in lsm=, then 'lsmctl load --attach lsm'"
				   : "boot with preempt=voluntary, or Linux 6.1.54 or later",
			     "%s, and %s", names[preemption], why);
}

/* With a loaded policy, the trial calls show whether ftrace matters. */
void check_ftrace(struct doctor *doctor)
{
	if (kernel_ftrace_is_off())
		doctor_found(doctor, "ftrace", CHECK_WARNING, "sysctl kernel.ftrace_enabled=1",
			     "kernel.ftrace_enabled is 0: many kernels then call no program attached to a function");
	else
		doctor_found(doctor, "ftrace", CHECK_GOOD, NULL, "the kernel calls programs attached to functions");
}

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	syscall(SYS_capget, &header, data);
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* Capabilities in another user namespace than the first do not allow BPF. */
static bool in_user_namespace(void)
{
	unsigned int inside = 0, outside = 0, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool whole;

	if (!map)
		return false;
	whole = fscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && !inside && !outside && count == UINT32_MAX;
	fclose(map);
	return !whole;
}

void check_capabilities(struct doctor *doctor)
{
	static const struct {
		const char *name;
		int bit;
	} wanted[] = {{"CAP_BPF", 39}, {"CAP_PERFMON", 38}, {"CAP_SYS_ADMIN", 21}};
	uint64_t has = capabilities();
	char missing[64] = "";

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!(has >> wanted[i].bit & 1))
			sprintf(missing + strlen(missing), "%s%s", *missing ? ", " : "", wanted[i].name);
	}
	if (*missing)
		doctor_found(doctor, "capabilities", CHECK_BAD, "run it as root, outside of containers",
			     "this process lacks %s: it can neither load programs nor see attached ones", missing);
	else if (in_user_namespace())
		doctor_found(doctor, "capabilities", CHECK_BAD, "run it as root, outside of containers",
			     "this process has its capabilities in a user namespace only, where they do not allow BPF");
	else
		doctor_found(doctor, "capabilities", CHECK_GOOD, NULL, "CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
}

void check_bpffs(struct doctor *doctor)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs))
		doctor_found(doctor, "bpffs", CHECK_BAD, "mount -t sysfs sysfs /sys",
			     "there is no " BPFFS " (a container may hide it)");
	else if (fs.f_type != BPF_FS_MAGIC)
		doctor_found(doctor, "bpffs", CHECK_WARNING, "mount -t bpf bpf " BPFFS,
			     "no BPF file system on " BPFFS ": 'lsmctl load' mounts one");
	else
		doctor_found(doctor, "bpffs", CHECK_GOOD, NULL, "a BPF file system is on " BPFFS);
}
