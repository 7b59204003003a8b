// SPDX-License-Identifier: GPL-2.0-only
#include <nss.h>
#include "names.h"

#ifdef LSMCTL_STATIC

void names_init(void)
{
	static const char *const databases[][2] = {
		{"passwd", "files"}, {"services", "files"}, {"protocols", "files"}, {"hosts", "files dns"}};

	/* It can only fail for names that it does not know. */
	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		__nss_configure_lookup(databases[i][0], databases[i][1]);
}

const char *names_users_hint(void)
{
	return " (this lsmctl is static and knows only the users in /etc/passwd)";
}

#else

void names_init(void)
{
}

const char *names_users_hint(void)
{
	return "";
}

#endif
