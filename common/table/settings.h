/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_TABLE_SETTINGS_H
#define LSMCTL_TABLE_SETTINGS_H

#include "bpf/abi.h"

/*
 * Puts settings into a slot, word by word, and tells in config.special whether they block by default. Only this writes
 * either.
 */
void settings_put(struct config *config, __u32 slot, const struct settings *settings);

#endif
