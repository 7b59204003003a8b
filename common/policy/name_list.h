/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what the programs have learned: which addresses a name has. Needs CAP_SYS_ADMIN, and no lock. */
#ifndef LSMCTL_POLICY_NAME_LIST_H
#define LSMCTL_POLICY_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include "bpf/abi.h"
#include "base/dns_name.h"
#include "base/error.h"
#include "base/hash.h"

/* The maps, open. */
struct name_maps {
	int named, names; /* -1: names are off */
};

#define NAME_MAPS_CLOSED ((struct name_maps){-1, -1})

/* False: names are off, or the maps cannot be opened. Closing twice is harmless. */
bool name_maps_open(struct name_maps *maps, const struct config *config);
void name_maps_close(struct name_maps *maps);

/* Finds a name by its hash: of an event, for one. False: it is forgotten, or 0; the text is then "". */
bool name_maps_text(const struct name_maps *maps, __u64 hash, char text[DNS_NAME_TEXT_SIZE]);

/* An address with its name, or a name that has none. */
struct name_row {
	char *name;
	struct named key; /* net 0: there is no address */
	struct naming at;
	__u32 truncated;      /* answers to the name that were cut short */
	__u64 ids[RULED_IDS]; /* of its names in rules; 0: no more. Filled in by name_list_ruled() */
	uint32_t later;	      /* 1 + the place of a later answer with the same address and namespace; 0: none */
};

/* The caller zeroes it, and frees it with name_list_free(). */
struct name_list {
	struct name_row *at;
	size_t n;
	struct hash by_ip; /* filled in by name_list_index() */
};

/*
 * Reads all addresses that a name has now, and names without an address whose answers were cut short. Sorted by name,
 * then address, then namespace. -1 with the error set.
 */
int name_list_read(struct name_list *list, const struct name_maps *maps, struct error *err);
/* Finds for each address which names in rules it has now. Without rules for names, none. */
void name_list_ruled(struct name_list *list, const struct config *config);
/* Appends a name without an address: 0 or -ENOMEM. name_list_sort() comes after the last: one that is there stays. */
int name_list_add(struct name_list *list, const char *name);
void name_list_sort(struct name_list *list);
/*
 * Returns the name of an address in the network namespace with that inode number, or NULL. name_list_index() comes
 * first; it returns -1 with the error set without memory.
 */
int name_list_index(struct name_list *list, struct error *err);
const char *name_list_find(const struct name_list *list, const union ip *ip, __u32 net);
void name_list_free(struct name_list *list);

/* How many there are now, for status. */
struct names_count {
	uint32_t addresses, names;
};

bool names_count(const struct config *config, struct names_count *count);

#endif
