// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/doctor.h"
#include "../common/text.h"

static const char *color_of(enum check_state state)
{
	switch (state) {
	case CHECK_GOOD:
		return "\033[32m";
	case CHECK_WARNING:
		return "\033[33m";
	default:
		return "\033[31m";
	}
}

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

static void print_finding(const struct output *out, const struct finding *finding, int width)
{
	const char *state = check_state_name(finding->state);
	char *message = text_escape(finding->message), *advice = finding->advice ? strdup(finding->advice) : NULL;
	char *rest = advice, *line, *plain;

	if (out->terse) {
		printf("%s\t%s\t%s\n", state, finding->name, message ? message : "");
	} else {
		printf("%s%-7s%s  %-*s  %s\n", out->color ? color_of(finding->state) : "", state,
		       out->color ? "\033[0m" : "", width, finding->name, message ? message : "");
		while ((line = strsep(&rest, "\n"))) {
			plain = text_escape(line);
			printf("%*s  -> %s\n", 7 + 2 + width, "", plain ? plain : "");
			free(plain);
		}
	}
	free(advice);
	free(message);
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

	for (size_t i = 0; i < doctor->n; i++)
		print_finding(out, &doctor->findings[i], width);
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

	/* Nobody waits for the lock while a person reads. */
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
	return examine(inv, err);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say whether this kernel can enforce, and whether it does",
	.doc = "A line for each check: good, warning or bad, what it means, and what to type. Exits 0 when a policy "
	       "that is loaded is enforced, and 2 when that is not sure or not possible. That nothing is loaded, that "
	       "the mode is audit, or that strict is off, are warnings: they can be meant. With --quiet the exit "
	       "status is all there is. Run it as root, or it does not see all.",
	.max_words = 0,
	.run = run,
};
