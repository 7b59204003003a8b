// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include "settings.h"

void settings_put(struct config *config, __u32 slot, const struct settings *settings)
{
	const __u8 bit = (__u8)(1u << slot);
	__u32 *words = (__u32 *)&config->settings[slot];

	if (settings->default_verdict != VERDICT_ALLOW)
		__atomic_store_n(&config->special.blocks, config->special.blocks | bit, __ATOMIC_RELEASE);
	for (size_t i = 0; i < sizeof(*settings) / sizeof(*words); i++)
		__atomic_store_n(&words[i], ((const __u32 *)settings)[i], __ATOMIC_RELEASE);
	if (settings->default_verdict == VERDICT_ALLOW)
		__atomic_store_n(&config->special.blocks, config->special.blocks & (__u8)~bit, __ATOMIC_RELEASE);
}
