// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/doctor.h"
#include "../common/text.h"

void doctor_line(const struct output *out, int color, const char *word, int word_width, const char *name,
		 int name_width, const char *message)
{
	static const char *const colors[] = {"\033[32m", "\033[33m", "\033[31m"};
	char *plain = text_escape(message);

	if (out->terse)
		printf("%s\t%s\t%s\n", word, name, plain ? plain : "");
	else
		printf("%s%-*s%s  %-*s%s%s\n", out->color ? colors[color] : "", word_width, word,
		       out->color ? "\033[0m" : "", plain && *plain ? name_width : 0, name, plain && *plain ? "  " : "",
		       plain ? plain : "");
	free(plain);
}

/* Below it: a line with an arrow for each of the text's. */
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
	case ARGP_KEY_INIT: /* a batch may have more than one */
		selftest = false;
		return 0;
	case KEY_SELFTEST:
		selftest = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

#define STATE_WIDTH 7 /* "warning" */

/* Longest names, which are of rows that all have: what is behind them begins in one column. */
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
		[ENFORCEMENT_SURE] = doctor->rules ? "What is loaded does what it says, as far as can be seen: 'lsmctl "
						     "doctor --selftest' tries."
						   : "This kernel can enforce what 'lsmctl load' loads.",
		[ENFORCEMENT_NOT_SURE] = "Enforcement is not sure: see what is bad above.",
		[ENFORCEMENT_IMPOSSIBLE] = "This kernel, as it is booted, cannot enforce: see what is bad above.",
	};
	int width = name_width(doctor);

	for (size_t i = 0; i < doctor->n; i++) {
		const struct finding *f = &doctor->findings[i];
		int color = f->state == CHECK_GOOD ? 0 : f->state == CHECK_WARNING ? 1 : 2;

		doctor_line(out, color, check_state_name(f->state), STATE_WIDTH, f->name, width, f->message);
		print_advice(out, STATE_WIDTH + 2 + width + 2, f->advice);
	}
	if (!out->terse)
		printf("\n%s\n", said[doctor_enforcement(doctor)]);
}

/* An advice of several lines is one string with a newline between them. */
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

	/* Nobody waits for the lock while users are looked up, and a person reads. */
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
	return whole ? 0 : error_errno(err, ENOMEM, "cannot tell what was found");
}

static int run(struct invocation *inv, struct error *err)
{
	return selftest ? selftest_run(inv, err) : examine(inv, err);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say whether this kernel can enforce, and whether it does",
	.doc = "A line for each check: good, warning or bad, what it means, and what to type. Exits 0 when a policy "
	       "that is loaded is enforced, and 2 when that is not sure or not possible. That nothing is loaded, that "
	       "the mode is audit, or that strict or the backstop is off, are warnings: they can be meant. With "
	       "--quiet the exit "
	       "status is all there is. Run it as root, or it does not see all.\n\nWith --selftest it tries instead: "
	       "rules that go by themselves after a minute block addresses of its own for its own cgroup, and in a "
	       "network namespace of its own it asks for them in each way that a program has. A line for each: held "
	       "(refused, and no packet left), open, with what closes it, or not on this kernel. Exits 2 when one is "
	       "open that rules should hold, as all are in mode audit. The kernel may load modules for it (sctp, smc, "
	       "l2tp), as it does for any program that asks.",
	.options = option_table,
	.parse = parse,
	.max_words = 0,
	.run = run,
};
