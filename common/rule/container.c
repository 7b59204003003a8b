// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "container.h"

#define ID_LEN	  64
#define SHORT_LEN 4 /* digits at least, for the beginning of an id */

#define DOCKER	"/var/lib/docker/containers"
#define STORAGE "/var/lib/containers/storage/overlay-containers/"

static size_t digits(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

static bool is_id(const char *text)
{
	return digits(text) == ID_LEN && !text[ID_LEN];
}

/* A container that is looked for. */
struct search {
	const char *word;
	char found[ID_LEN + 1]; /* "": none yet */
	bool by_name;		/* a name goes before the beginning of an id */
	bool several;
};

static void consider(struct search *search, const char *id, const char *name)
{
	size_t len = strlen(search->word);
	bool by_name = name && !strcmp(name, search->word);

	if (!id || !is_id(id) ||
	    !(by_name || (len >= SHORT_LEN && digits(search->word) == len && !strncmp(id, search->word, len))))
		return;
	if (by_name < search->by_name)
		return;
	search->several = by_name == search->by_name && *search->found && strcmp(search->found, id) != 0;
	search->by_name = by_name;
	strcpy(search->found, id);
}

/* A list of objects, each with an id and names. */
static void look_in_podman(struct search *search, const char *file)
{
	json_t *list = json_load_file(file, 0, NULL);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i), *names = json_object_get(one, "names");
		const char *id = json_string_value(json_object_get(one, "id"));

		consider(search, id, NULL);
		for (size_t k = 0; k < json_array_size(names); k++)
			consider(search, id, json_string_value(json_array_get(names, k)));
	}
	json_decref(list);
}

/* A directory for each, named by its id, with a file that has the name, with a slash before it. */
static void look_in_docker(struct search *search)
{
	DIR *dir = opendir(DOCKER);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char file[sizeof(DOCKER) + ID_LEN + 32];
		const char *name;
		json_t *config;

		if (!is_id(entry->d_name))
			continue;
		snprintf(file, sizeof(file), DOCKER "/%.64s/config.v2.json", entry->d_name);
		config = json_load_file(file, 0, NULL);
		name = json_string_value(json_object_get(config, "Name"));
		consider(search, entry->d_name, name && *name == '/' ? name + 1 : NULL);
		json_decref(config);
	}
	if (dir)
		closedir(dir);
}

int container_parse(const char *word, char cgroup[CGROUP_SIZE], struct error *err)
{
	struct search search = {.word = word};

	if (!is_id(word)) {
		look_in_podman(&search, STORAGE "containers.json");
		look_in_podman(&search, STORAGE "volatile-containers.json");
		look_in_docker(&search);
	}
	if (search.several)
		return error_set(err, ERR_INPUT,
				 "several containers, near '%.64s': type more of the id ('podman ps', 'docker ps')",
				 word);
	if (!is_id(word) && !*search.found)
		return error_set(
			err, ERR_INPUT,
			"no such container, near '%.64s': type a name or an id of root's podman or docker, or the whole id, 64 digits",
			word);
	/* As both call it: what begins with "libpod-" or "docker-". */
	snprintf(cgroup, CGROUP_SIZE, "*-%s.scope", is_id(word) ? word : search.found);
	return 0;
}
