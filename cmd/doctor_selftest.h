/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_CMD_DOCTOR_SELFTEST_H
#define LSMCTL_CMD_DOCTOR_SELFTEST_H

#include "shared/cmd.h"

/* `doctor --selftest`. */
int selftest_run(struct invocation *inv, struct error *err);

#endif
