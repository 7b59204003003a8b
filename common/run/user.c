// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/nss.h"
#include "base/num.h"
#include "user.h"

static const struct passwd *look_up(const char *name)
{
	const struct passwd *found = getpwnam(name);
	uint64_t uid;

	return found || num_parse(name, UINT32_MAX - 1, &uid) ? found : getpwuid((uid_t)uid);
}

/* sudo and doas tell who called them. They clean the environment; and whoever runs this process is root anyway. */
static const struct passwd *caller(void)
{
	const char *uid = getenv("SUDO_UID"), *name = getenv("DOAS_USER");

	if (getuid())
		return getpwuid(getuid());
	return uid ? look_up(uid) : name ? look_up(name) : NULL;
}

static int set_groups(struct run_user *user, struct error *err)
{
	int n = 0;

	getgrouplist(user->name, user->gid, NULL, &n);
	user->groups = calloc((size_t)n + 1, sizeof(*user->groups));
	if (!user->groups || getgrouplist(user->name, user->gid, user->groups, &n) < 0)
		return error_errno(err, ENOMEM, "cannot look up the groups of %.64s", user->name);
	user->n_groups = (size_t)n;
	return 0;
}

int run_user_find(struct run_user *user, const char *name, bool root, struct error *err)
{
	const struct passwd *found = name ? look_up(name) : caller();

	*user = (struct run_user){};
	if (!found && name)
		return error_set(err, ERR_INPUT, "no such user: '%.64s'%s", name, nss_users_hint());
	if (!found)
		return error_set(
			err, ERR_USAGE,
			"as whom is the command to run? Type 'lsmctl run --user NAME ...' (with sudo it is you)");
	if (!found->pw_uid && !root)
		return error_set(
			err, ERR_USAGE,
			"root can leave a run, so the run promises nothing: use another --user, or type '--user root --no-promise'");
	user->uid = found->pw_uid;
	user->gid = found->pw_gid;
	user->name = strdup(found->pw_name);
	user->home = strdup(found->pw_dir && *found->pw_dir ? found->pw_dir : "/");
	user->shell = strdup(found->pw_shell && *found->pw_shell ? found->pw_shell : "/bin/sh");
	if (user->name && user->home && user->shell && !set_groups(user, err))
		return 0;
	run_user_free(user);
	return error_errno(err, ENOMEM, "cannot look up the user");
}

void run_user_free(struct run_user *user)
{
	free(user->groups);
	free(user->name);
	free(user->home);
	free(user->shell);
	*user = (struct run_user){};
}
