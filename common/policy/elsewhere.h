/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds policies whose pins this process does not see: in another directory, or in another mount namespace. */
#ifndef LSMCTL_POLICY_ELSEWHERE_H
#define LSMCTL_POLICY_ELSEWHERE_H

#include <stdbool.h>

/*
 * True when a program of lsmctl, of this layout or another, is attached and decides. False also when this process lacks
 * the right to look. Call it when the pins are missing: it looks at every link of the kernel.
 */
bool is_attached_elsewhere(void);

#endif
