// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as rules, and changes of them one after the other, in tables in memory: every decision must be the one that
 * a look at all rules gives, also in the middle of each change.
 */
#include "../unit/changes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	changes_run(data, size);
	return 0;
}
