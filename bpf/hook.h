/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_HOOK_H
#define LSMCTL_HOOK_H

/* Where a decision is made: common/hooks.h. */
enum hook {
	HOOK_CONNECT,
	HOOK_SENDMSG,
	HOOK_SETSOCKOPT,
	HOOK_CREATE,
	HOOK_SCTP,
	HOOK_POST_CREATE,
	HOOK_BIND,
	HOOKS,		     /* of security modules */
	HOOK_EGRESS = HOOKS, /* packets, of the backstop */
};

#endif
