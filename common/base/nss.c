// SPDX-License-Identifier: GPL-2.0-only
#include <nss.h>
#include "nss.h"

#ifdef LSMCTL_STATIC

void nss_setup(void)
{
	static const char *const databases[][2] = {{"passwd", "files"},
						   {"group", "files"},
						   {"services", "files"},
						   {"protocols", "files"},
						   {"hosts", "files dns"}};

	/* Fails only for a database that the C library does not know: these it knows. */
	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		__nss_configure_lookup(databases[i][0], databases[i][1]);
}

const char *nss_users_hint(void)
{
	return " (this lsmctl is static and knows only those in /etc/passwd and /etc/group)";
}

#else

void nss_setup(void)
{
}

const char *nss_users_hint(void)
{
	return "";
}

#endif
