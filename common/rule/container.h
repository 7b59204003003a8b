/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers of podman and docker as subjects of rules. A rule for one is a rule for a unit: the scope that the runtime
 * asks systemd for, "libpod-ID.scope" or "docker-ID.scope". It holds for the container with this id, and for no other
 * that has its name later.
 */
#ifndef LSMCTL_RULE_CONTAINER_H
#define LSMCTL_RULE_CONTAINER_H

#include "rule.h"

/*
 * Accepts an id of 64 digits, which need not be there; else looks in the files of root's podman and docker for the
 * container whose id begins so, or that has this name. Sets the pattern of the unit.
 */
int container_parse(const char *word, char cgroup[CGROUP_SIZE], struct error *err);

#endif
