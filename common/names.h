/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the names of users, services, protocols and hosts are looked up: the C library does it, by /etc/nsswitch.conf.
 * What that names beyond files and DNS are modules, and a static program that loads one crashes: there, files and DNS
 * are all.
 */
#ifndef NAMES_H
#define NAMES_H

/* Before the first name is looked up. */
void names_init(void);

/* What to add to "no such user": where this program has looked, if that is not everywhere. Static; begins with a space
 * or is empty. */
const char *names_users_hint(void);

#endif
