// SPDX-License-Identifier: GPL-2.0-only
/* Checks the loaded policy and its parts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/time.h"
#include "host/cgroup.h"
#include "host/second_mount.h"
#include "policy/answers.h"
#include "policy/elsewhere.h"
#include "policy/needed.h"
#include "rule/duration.h"
#include "rule/verdict.h"
#include "doctor.h"

void check_loaded(struct doctor *doctor)
{
	const struct config *config = doctor->rules ? ruleset_config(doctor->rules) : NULL;
	char loaded_at[TIME_TEXT_SIZE], version[VERSION_SIZE];

	if (!config && doctor->why->code == ERR_NOT_LOADED && is_attached_elsewhere())
		doctor_found(
			doctor, "loaded", CHECK_WARNING,
			"nsenter -t 1 -m lsmctl doctor\nor, for another directory: lsmctl --pin-dir DIR doctor",
			"no pins here, in %s, but programs of lsmctl are attached: their pins are in another mount namespace or directory",
			doctor->pin_dir);
	else if (!config && doctor->why->code == ERR_NOT_LOADED)
		doctor_found(doctor, "loaded", CHECK_WARNING, "lsmctl load", "no: nothing is refused");
	else if (!config)
		doctor_found(doctor, "loaded", CHECK_BAD, NULL, "%s", doctor->why->text);
	if (!config)
		return;
	time_format(config->loaded_at, loaded_at);
	snprintf(version, sizeof(version), "%.*s", VERSION_SIZE - 1, config->version);
	if (strcmp(version, LSMCTL_VERSION))
		doctor_found(doctor, "loaded", CHECK_WARNING, "lsmctl upgrade",
			     "since %s, by lsmctl %s, and this is " LSMCTL_VERSION, loaded_at, version);
	else
		doctor_found(doctor, "loaded", CHECK_GOOD, NULL, "since %s, by lsmctl %s, as %s", loaded_at, version,
			     attach_name(config->attach));
}

/* Without a policy: tries what load tries, unless an earlier finding says already that it would fail. */
void check_load(struct doctor *doctor)
{
	struct error err = {};

	if (doctor->rules || doctor->why->code != ERR_NOT_LOADED || doctor_enforcement(doctor) != ENFORCEMENT_SURE)
		return;
	if (loader_try(doctor->pin_dir, &err))
		doctor_found(doctor, "load", CHECK_BAD, "lsmctl -d load, for what the kernel says",
			     "load would fail: %s", err.text);
	else
		doctor_found(doctor, "load", CHECK_GOOD, NULL,
			     "the programs were loaded and attached for a moment, and refused the trial calls");
}

/* The first pin with a foreign owner, with access for others, or with a foreign name. */
struct odd_pin {
	int dir_fd;
	char name[256];
	unsigned int uid, mode;
	size_t n;
};

static int look_at_pin(const char *name, void *arg)
{
	struct odd_pin *odd = arg;
	struct stat st;

	odd->n++;
	if (fstatat(odd->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (pins_is_ours(name) && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077))
		return 0;
	snprintf(odd->name, sizeof(odd->name), "%s", name);
	odd->uid = st.st_uid;
	odd->mode = st.st_mode & 07777;
	return 1;
}

void check_pins(struct doctor *doctor)
{
	struct odd_pin odd = {.dir_fd = doctor->pins ? doctor->pins->dir_fd : -1};
	char advice[512];
	int ret;

	if (!doctor->pins)
		return;
	ret = pins_each(doctor->pins, look_at_pin, &odd);
	if (ret < 0) {
		doctor_found(doctor, "pins", CHECK_BAD, NULL, "cannot examine %s: %s", doctor->pin_dir, strerror(-ret));
	} else if (!ret) {
		doctor_found(doctor, "pins", CHECK_GOOD, NULL, "%zu in %s, for uid %u only", odd.n, doctor->pin_dir,
			     geteuid());
	} else if (!pins_is_ours(odd.name)) {
		snprintf(advice, sizeof(advice), "look at it, then rm -r %s/%s", doctor->pin_dir, odd.name);
		doctor_found(doctor, "pins", CHECK_WARNING, advice, "%s/%s is not lsmctl's", doctor->pin_dir, odd.name);
	} else {
		doctor_found(doctor, "pins", CHECK_BAD, "lsmctl unload, then lsmctl load",
			     "%s/%s has changed since load: uid %u, mode %04o", doctor->pin_dir, odd.name, odd.uid,
			     odd.mode);
	}
}

static void check_hook(struct doctor *doctor, size_t i, const struct program_info *program)
{
	if (program->lacking)
		doctor_found(doctor, program->hook, CHECK_WARNING, hook_advice(i), "not on this kernel: open are %s",
			     hook_open(i));
	else if (!program->prog_id)
		doctor_found(doctor, program->hook, CHECK_BAD,
			     hook_is_on_demand(i) ? "lsmctl upgrade" : "lsmctl unload, then lsmctl load",
			     "not attached: its pin is gone");
	else if (program->recursion_misses)
		doctor_found(doctor, program->hook, CHECK_BAD, "see preemption",
			     "program %u: the kernel skipped it for %llu calls", program->prog_id,
			     (unsigned long long)program->recursion_misses);
	else if (truth_fault(&doctor->truth, i))
		doctor_found(doctor, program->hook, CHECK_BAD, "see bpf_lsm, ftrace and foreign",
			     "program %u, link %u: %s", program->prog_id, program->link_id,
			     truth_fault(&doctor->truth, i));
	else if (doctor->truth.proven[i].proof == PROOF_UNTRIED)
		doctor_found(doctor, program->hook, CHECK_GOOD, NULL, "attached: program %u, link %u; not tried: %s",
			     program->prog_id, program->link_id, doctor->truth.proven[i].why);
	else
		doctor_found(doctor, program->hook, CHECK_GOOD, NULL,
			     "attached: program %u, link %u; it refused the trial call", program->prog_id,
			     program->link_id);
}

void check_hooks(struct doctor *doctor)
{
	const struct config *config = doctor->rules ? ruleset_config(doctor->rules) : NULL;
	struct error err = {};

	if (!config)
		return;
	if (programs_read(doctor->pins, config->hooks, doctor->programs, &err) ||
	    truth_read(&doctor->truth, doctor->pins, config, ruleset_settings(doctor->rules), doctor->programs, false,
		       true, &err)) {
		doctor_found(doctor, "hooks", CHECK_BAD, "run it as root, outside of containers", "%s", err.text);
		return;
	}
	for (size_t i = 0; i < HOOKS; i++) {
		const struct program_info *program = &doctor->programs[i];

		if (!hook_is_on_demand(i) || program->prog_id || program->lacking ||
		    needed_at_creation(doctor->pins, doctor->rules))
			check_hook(doctor, i, program);
	}
}

/* Programs of others did not cancel the refusal of the trial calls, but may cancel a later one. */
void check_foreign(struct doctor *doctor)
{
	const struct truth *truth = &doctor->truth;
	char program[TRUTH_TEXT_SIZE];

	if (!doctor->rules || !truth->tried)
		return;
	for (size_t i = 0; i < truth->n_foreign && i < TRUTH_FOREIGN; i++) {
		truth_foreign(&truth->foreign[i], program);
		doctor_found(doctor, "foreign", CHECK_WARNING, "bpftool prog show, to find its owner",
			     "%s: not lsmctl's, and may cancel refusals", program);
	}
	if (truth->n_foreign > TRUTH_FOREIGN)
		doctor_found(doctor, "foreign", CHECK_WARNING, NULL, "and %zu more", truth->n_foreign - TRUTH_FOREIGN);
	if (!truth->n_foreign)
		doctor_found(doctor, "foreign", CHECK_GOOD, NULL, "no program of others is attached to the same hooks");
}

void check_mode(struct doctor *doctor)
{
	if (!doctor->rules)
		return;
	if (ruleset_settings(doctor->rules)->mode == MODE_AUDIT)
		doctor_found(doctor, "mode", CHECK_WARNING, "lsmctl set mode enforce",
			     "audit: nothing is refused; calls that enforce would refuse are counted");
	else
		doctor_found(doctor, "mode", CHECK_GOOD, NULL, "enforce");
}

void check_rules(struct doctor *doctor)
{
	const char *verdict;
	uint32_t n, room;

	if (!doctor->rules)
		return;
	n = ruleset_count(doctor->rules);
	room = ruleset_config(doctor->rules)->max_rules;
	verdict = verdict_name(ruleset_settings(doctor->rules)->default_verdict);
	if (!n && ruleset_settings(doctor->rules)->default_verdict == VERDICT_ALLOW)
		doctor_found(doctor, "rules", CHECK_WARNING, "lsmctl block ADDRESS",
			     "none, and default allow: nothing is refused");
	else if (n >= room)
		doctor_found(doctor, "rules", CHECK_WARNING,
			     "lsmctl save FILE, lsmctl unload, then lsmctl load --max-rules N --file FILE",
			     "%u of %u: no room for more; default %s", n, room, verdict);
	else
		doctor_found(doctor, "rules", CHECK_GOOD, NULL, "%u of %u; default %s", n, room, verdict);
}

void check_strict(struct doctor *doctor)
{
	if (!doctor->rules)
		return;
	if (!has_hook(ruleset_config(doctor->rules)->hooks, HOOK_CREATE))
		doctor_found(doctor, "strict", CHECK_WARNING, hook_advice(HOOK_CREATE),
			     "%s, but this kernel lacks the hook that refuses such sockets",
			     ruleset_settings(doctor->rules)->strict ? "on" : "off");
	else if (ruleset_settings(doctor->rules)->strict)
		doctor_found(doctor, "strict", CHECK_GOOD, NULL,
			     "on: sockets whose destinations no program can judge are refused");
	else
		doctor_found(
			doctor, "strict", CHECK_WARNING, "lsmctl set strict on",
			"off: open are packet, XDP and raw sockets, peers that SCTP and MPTCP add by themselves, PPPoX, RDS, RxRPC and TIPC");
}

/* Only the default pin directory has a second mount. */
void check_second_mount(struct doctor *doctor)
{
	if (!doctor->pins || !second_mount_is_for(doctor->pins->path))
		return;
	if (!second_mount_is_there())
		doctor_found(doctor, "second_mount", CHECK_WARNING, "lsmctl upgrade",
			     "none at " SECOND_MOUNT ": 'umount -l /sys' would end all enforcement");
	else if (!second_mount_is_first_there())
		doctor_found(doctor, "second_mount", CHECK_WARNING, "mount --bind " SECOND_MOUNT " /sys/fs/bpf",
			     "in use, at " SECOND_MOUNT ": " PINS_DEFAULT_DIR " has gone");
	else
		doctor_found(doctor, "second_mount", CHECK_GOOD, NULL, "at " SECOND_MOUNT);
}

/* Checks the setting in force, and whether the program is attached to the root cgroup. */
void check_backstop(struct doctor *doctor)
{
	struct program_info program = {};
	struct proven proven = {};
	struct error err = {};

	if (!doctor->rules)
		return;
	if (ruleset_settings(doctor->rules)->mode == MODE_AUDIT)
		proven.why = "mode audit lets all packets pass";
	else if (ruleset_settings(doctor->rules)->backstop)
		proven = prove(ruleset_config(doctor->rules), HOOK_EGRESS, false);
	if (programs_read_one(doctor->pins, HOOK_EGRESS, &program, &err))
		doctor_found(doctor, "backstop", CHECK_BAD, "run it as root, outside of containers", "%s", err.text);
	else if (!ruleset_settings(doctor->rules)->backstop)
		doctor_found(
			doctor, "backstop", CHECK_WARNING, "lsmctl set backstop on",
			"off: no program judges packets that go elsewhere than the call said (raw sockets, peers that SCTP and MPTCP add by themselves, routing headers by sendmmsg)");
	else if (!program.prog_id)
		doctor_found(doctor, "backstop", CHECK_BAD, "lsmctl -e set backstop on",
			     "on, but not attached: its pin is gone");
	else if (program.cgroup_id != ROOT_CGROUP)
		doctor_found(doctor, "backstop", CHECK_BAD, "lsmctl -e set backstop on",
			     "on, but not attached to the root cgroup: its link was detached");
	else if (proven.proof == PROOF_SILENT)
		doctor_found(doctor, "backstop", CHECK_BAD, "lsmctl upgrade",
			     "on, but the trial packet was not dropped: program %u, link %u", program.prog_id,
			     program.link_id);
	else
		doctor_found(doctor, "backstop", CHECK_GOOD, NULL,
			     "on: packets are judged as they leave; program %u, link %u; %s%s", program.prog_id,
			     program.link_id,
			     proven.proof == PROOF_HELD ? "it dropped the trial packet" : "not tried: ",
			     proven.why ? proven.why : "");
}

/* Says what answers open, since a default that blocks is expected to open nothing. */
void check_answers(struct doctor *doctor)
{
	struct program_info program = {};
	struct answers_count senders;
	struct error err = {};

	if (!doctor->rules || ruleset_settings(doctor->rules)->default_verdict != VERDICT_BLOCK)
		return;
	if (ruleset_settings(doctor->rules)->no_answers)
		doctor_found(doctor, "answers", CHECK_GOOD, NULL,
			     "off: UDP servers answer only where a rule allows it");
	else if (programs_read_one(doctor->pins, HOOK_INGRESS, &program, &err))
		doctor_found(doctor, "answers", CHECK_WARNING, "run it as root, outside of containers", "%s", err.text);
	else if (program.cgroup_id == ROOT_CGROUP && pins_locked(doctor->pins).on)
		doctor_found(doctor, "answers", CHECK_GOOD, NULL,
			     "on: a UDP socket may answer who has sent to it; locked, so senders are not counted");
	else if (program.cgroup_id != ROOT_CGROUP || !answers_count(ruleset_config(doctor->rules), &senders))
		doctor_found(doctor, "answers", CHECK_WARNING, "lsmctl -e set answers on",
			     "on, but not attached to the root cgroup: UDP servers cannot answer");
	else if (senders.forgotten && senders.recent > SENDERS / 2)
		doctor_found(
			doctor, "answers", CHECK_WARNING, NULL,
			"more senders than the %u that there is room for: %llu were forgotten, and may not be answered",
			SENDERS, (unsigned long long)senders.forgotten);
	else
		doctor_found(
			doctor, "answers", CHECK_GOOD, NULL,
			"on: a UDP socket may answer who has sent to it in the last three minutes, whoever that is ('lsmctl set answers off' closes it)");
}

/* Checks what rules for cgroups need: the programs that see cgroups being made, and room. */
void check_cgroups(struct doctor *doctor)
{
	struct program_info made = {}, removed = {};
	struct cgroup_tally tally = {};
	struct error err = {};

	if (doctor->rules)
		ruleset_cgroups(doctor->rules, &tally);
	if (!tally.paths)
		return;
	if (programs_read_one(doctor->pins, HOOK_MKDIR, &made, &err) ||
	    programs_read_one(doctor->pins, HOOK_RMDIR, &removed, &err))
		doctor_found(doctor, "cgroups", CHECK_BAD, "run it as root, outside of containers", "%s", err.text);
	else if (!made.prog_id || !removed.prog_id)
		doctor_found(
			doctor, "cgroups", CHECK_BAD, "lsmctl unload, then lsmctl load with the rules",
			"the programs that see cgroups being made and removed are not attached: no rule is for a new cgroup");
	else if (tally.unbound)
		doctor_found(doctor, "cgroups", CHECK_BAD,
			     "write patterns that fewer cgroups match, or remove cgroups; then restore the rules again",
			     "no room for %u that rules may be for: their calls to addresses of such rules are refused",
			     tally.unbound);
	else
		doctor_found(doctor, "cgroups", CHECK_GOOD, NULL,
			     "%u in rules, of which %u have no cgroup now: program %u, link %u", tally.paths,
			     tally.missing, made.prog_id, made.link_id);
}

void check_trial(struct doctor *doctor)
{
	uint64_t left = doctor->rules ? ruleset_trial_left(doctor->rules) : 0;
	char text[32];

	if (!doctor->rules)
		return;
	if (!left) {
		doctor_found(doctor, "trial", CHECK_GOOD, NULL, "nothing is on trial");
		return;
	}
	duration_format(left, text);
	doctor_found(doctor, "trial", CHECK_WARNING, "lsmctl confirm, or lsmctl confirm --revert",
		     "a ruleset is on trial: in %s the previous rules return", text);
}

/* A policy that is not locked is as good as root's own: no finding. */
void check_lock(struct doctor *doctor)
{
	struct locked locked = doctor->pins ? pins_locked(doctor->pins) : (struct locked){};
	char since[TIME_TEXT_SIZE];

	if (!locked.on || !doctor->rules)
		return;
	time_format(locked.since, since);
	doctor_found(doctor, "lock", CHECK_GOOD, NULL, "since %s, until %s: %u attempts to change the policy refused",
		     since, locked.has_key ? "'lsmctl unlock --key-file FILE'" : "this host reboots", locked.refused);
}

void check_events(struct doctor *doctor)
{
	unsigned long long lost = doctor->rules ? ruleset_config(doctor->rules)->events_lost : 0;

	if (!doctor->rules)
		return;
	if (lost)
		doctor_found(doctor, "events", CHECK_WARNING, NULL,
			     "%llu decisions were made but could not be recorded for a watcher", lost);
	else
		doctor_found(doctor, "events", CHECK_GOOD, NULL, "none was lost");
}
