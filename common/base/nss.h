/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C library looks up users, services, protocols and hosts, as /etc/nsswitch.conf says. Sources other than files and
 * DNS are modules, and a static program crashes when it loads one. A static lsmctl therefore uses files and DNS only.
 */
#ifndef LSMCTL_BASE_NSS_H
#define LSMCTL_BASE_NSS_H

/* Call it before the first lookup of a name. */
void nss_setup(void);

/*
 * Returns what to append to "no such user" when this program does not look everywhere. Static; starts with a space, or
 * is empty.
 */
const char *nss_users_hint(void);

#endif
