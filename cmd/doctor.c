// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "doctor/doctor.h"
#include "shared/cmd.h"
#include "shared/session.h"
#include "doctor_selftest.h"

/* Prints the advice below a finding: an arrow before each line. */
static void print_advice(const struct output *out, int indent, const char *advice)
{
	char *copy = advice && !out->terse ? strdup(advice) : NULL, *rest = copy, *line, *plain;

	while (copy && (line = strsep(&rest, "\n"))) {
		plain = text_escape(line);
		printf("%*s-> %s\n", indent, "", plain ? plain : "");
		free(plain);
	}
	free(copy);
}

#define KEY_SELFTEST 0x200

static bool selftest;

static const struct argp_option option_table[] = {
	{"selftest", KEY_SELFTEST, NULL, 0, "try for real whether each way to a blocked address is refused", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case KEY_SELFTEST:
		selftest = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

#define STATE_WIDTH 7 /* the length of "warning" */

/* Returns the longest name among findings with a message, so that the messages line up. */
static int name_width(const struct doctor *doctor)
{
	int width = 0;

	for (size_t i = 0; i < doctor->n; i++) {
		int len = (int)strlen(doctor->findings[i].name);

		width = len > width ? len : width;
	}
	return width;
}

static void print_text(const struct output *out, const struct doctor *doctor)
{
	const char *const said[] = {
		[ENFORCEMENT_SURE] =
			doctor->rules
				? "The kernel enforces the loaded policy, as far as doctor can see: 'lsmctl doctor --selftest' tries it."
				: "This kernel can enforce a policy: run 'lsmctl load'.",
		[ENFORCEMENT_NOT_SURE] = "Enforcement is not sure: see the bad lines above.",
		[ENFORCEMENT_IMPOSSIBLE] = "This kernel, as booted, cannot enforce: see the bad lines above.",
	};
	int width = name_width(doctor);

	for (size_t i = 0; i < doctor->n; i++) {
		const struct finding *f = &doctor->findings[i];
		int color = f->state == CHECK_GOOD ? 0 : f->state == CHECK_WARNING ? 1 : 2;

		output_finding(out, color, check_state_name(f->state), STATE_WIDTH, f->name, width, f->message);
		print_advice(out, STATE_WIDTH + 2 + width + 2, f->advice);
	}
	if (!out->terse)
		printf("\n%s\n", said[doctor_enforcement(doctor)]);
}

/* Returns advice of several lines as one string with newlines. */
static json_t *advice_json(const char *advice)
{
	return advice ? json_string(advice) : json_null();
}

static void print_json(const struct output *out, const struct doctor *doctor)
{
	json_t *root = output_root(), *checks = json_array();

	for (size_t i = 0; i < doctor->n; i++) {
		const struct finding *f = &doctor->findings[i];

		json_array_append_new(checks, json_pack("{s:s,s:s,s:o,s:o}", "name", f->name, "state",
							check_state_name(f->state), "message",
							output_string(f->message), "advice", advice_json(f->advice)));
	}
	json_object_set_new(root, "checks", checks);
	json_object_set_new(root, "enforcement", json_string(enforcement_name(doctor_enforcement(doctor))));
	output_json(out, root);
}

static int examine(struct invocation *inv, struct error *err)
{
	struct error why = {};
	struct session session = {.pins = PINS_CLOSED};
	bool loaded = !session_open(&session, inv, RULESET_READ, &why);
	struct doctor doctor = {.pins = loaded ? &session.pins : NULL,
				.rules = loaded ? session.rules : NULL,
				.why = &why,
				.pin_dir = inv->pin_dir};
	bool whole = doctor_run(&doctor);

	/* Release the lock before looking up users and printing. */
	if (loaded && !ruleset_detach(session.rules, &why)) {
		pins_close(&session.pins);
		check_users(&doctor);
		whole = whole && !doctor.no_memory;
	}
	if (loaded)
		session_close(&session);
	if (whole && inv->out.json)
		print_json(&inv->out, &doctor);
	else if (whole && !inv->out.quiet)
		print_text(&inv->out, &doctor);
	inv->status = doctor_enforcement(&doctor) == ENFORCEMENT_SURE ? 0 : 2;
	doctor_free(&doctor);
	return whole ? 0 : error_errno(err, ENOMEM, "cannot report the findings");
}

static int run(struct invocation *inv, struct error *err)
{
	return selftest ? selftest_run(inv, err) : examine(inv, err);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "check whether this kernel can enforce, and whether it does",
	.doc = "Each check prints a line: good, warning or bad, the meaning, and what to type. "
	       "The exit status is 0 if the loaded policy is enforced, or if a policy could be: without a policy, the programs are loaded and attached for a moment, and decide "
	       "nothing for anybody. It is 2 if enforcement "
	       "is not sure or not possible. "
	       "The command warns if nothing is loaded, if the mode is audit, or if strict or the backstop is off; you "
	       "may want it so. "
	       "With --quiet it only sets the exit status. Run it as root; otherwise it cannot check everything.\n\n"
	       "With --selftest it makes real calls instead. Rules that expire after a minute block addresses of the "
	       "test, for the cgroup of the test. "
	       "In its own network namespace, the test asks for these addresses in each way that a program has. "
	       "Each way prints a line: held (refused, and no packet left), open, with the setting that closes it, or "
	       "not on this kernel. "
	       "The exit status is 2 if a way is open that rules should hold. In mode audit all ways are open. "
	       "For the test the kernel may load modules (sctp, smc, l2tp), as it does for any program that asks.",
	.options = option_table,
	.parse = parse,
	.values = &selftest,
	.values_size = sizeof(selftest),
	.max_words = 0,
	.run = run,
};
