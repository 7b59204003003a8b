// SPDX-License-Identifier: GPL-2.0-only
/* The start and end of most commands. */
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include "policy/elsewhere.h"
#include "policy/watcher.h"
#include "session.h"

/* "Not loaded" is only half of the truth while a policy decides whose pins are not here. */
int session_missing(const struct invocation *inv, struct error *err)
{
	if (err->code == ERR_NOT_LOADED && is_attached_elsewhere()) {
		*err = (struct error){};
		error_set(
			err, ERR_NOT_LOADED,
			"not loaded: no pins here, in %s, but programs of lsmctl are attached, and their pins are elsewhere (in another mount namespace: 'nsenter -t 1 -m lsmctl ...'; in another directory: --pin-dir)",
			inv->pin_dir);
	}
	return -1;
}

int session_open(struct session *session, const struct invocation *inv, enum ruleset_access access, struct error *err)
{
	enum ruleset_access wanted = access;

	for (;;) {
		struct pins pins = PINS_CLOSED;
		struct ruleset *rules;

		if (pins_open(&pins, inv->pin_dir, wanted == RULESET_READ ? PINS_SHARED : PINS_EXCLUSIVE, err))
			return session_missing(inv, err);
		rules = ruleset_open(&pins, wanted, err);
		/*
		 * A reader must not show what a killed writer left unfinished: open for writing once, which completes
		 * it.
		 */
		if (rules && ruleset_is_pending(rules)) {
			ruleset_close(rules);
			pins_close(&pins);
			wanted = RULESET_WRITE;
			continue;
		}
		if (!rules) {
			pins_close(&pins);
			return session_missing(inv, err);
		}
		*session = (struct session){.pins = pins, .rules = rules};
		if (wanted != RULESET_READ) {
			keeper_init(&session->keeper, &session->pins, rules);
			watchers_sweep(&pins, rules);
		}
		return 0;
	}
}

void session_close(struct session *session)
{
	if (session->rules)
		ruleset_close(session->rules);
	session->rules = NULL;
	pins_close(&session->pins);
}

int session_print(const struct invocation *inv, FILE *to, void (*write)(struct ruleset *rules, FILE *to, void *arg),
		  void *arg, struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_detach(session.rules, err);
	pins_close(&session.pins);
	if (!ret)
		write(session.rules, to, arg);
	session_close(&session);
	return ret;
}
