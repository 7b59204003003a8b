// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>
#include "bpf/lock.h"
#include "pins.h"

struct locked pins_locked(const struct pins *pins)
{
	struct locked locked = {};
	int prog = pins_get_prog(pins, LOCK_STATE_PROG);

	if (prog >= 0) {
		locked = locked_ask(prog);
		close(prog);
	}
	return locked;
}
