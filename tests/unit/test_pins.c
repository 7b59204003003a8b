// SPDX-License-Identifier: GPL-2.0-only
/* The pin directory and its lock, in a directory that says it is on a BPF file system, with files in the place of pins.
 */
#include "unit.h"
#include <pthread.h>
#include <sys/file.h>
#include "policy.h"

static char place[PATH_MAX]; /* what the directory is in */

static int begin(void **state)
{
	(void)state;
	fake_begin();
	strcpy(place, "/tmp/lsmctl-unit-XXXXXX");
	return !mkdtemp(place);
}

static int end(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", place);
	return system(command);
}

static const char *in_place(const char *name)
{
	static char paths[4][PATH_MAX + 64];
	static unsigned int n;
	char *path = paths[n++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
	return path;
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void assert_refused(const char *path, enum error_code code, const char *part)
{
	struct pins pins = PINS_CLOSED;
	struct error err = {};

	assert_case(pins_open(&pins, path, PINS_SHARED, &err) == -1, path);
	assert_int_equal(pins.dir_fd, -1);
	if (err.code != code)
		fail_msg("%s: %s", path, err.text);
	assert_in(err.text, part);
}

static void opens_only_a_directory_of_our_own(void **state)
{
	struct pins pins;
	struct error err = {};
	char longest[PATH_MAX + 8];

	(void)state;
	mkdir(in_place("pins"), 0700);
	assert_refused(in_place("nothing"), ERR_NOT_LOADED, "not loaded");
	assert_refused("relative/pins", ERR_USAGE, "absolute");
	assert_refused("", ERR_USAGE, "absolute");
	assert_refused(in_place("pi.ns"), ERR_USAGE, "dot");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_refused(longest, ERR_SYSTEM, "");
	make_file(in_place("file"));
	assert_refused(in_place("file"), ERR_LAYOUT, "not a directory");
	assert_int_equal(symlink("pins", in_place("link")), 0);
	assert_refused(in_place("link"), ERR_LAYOUT, "not a directory");
	assert_refused(in_place("link///"), ERR_LAYOUT, "not a directory"); /* which open() would follow */
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod(in_place("pins"), 0700 | bit), 0);
		assert_refused(in_place("pins"), ERR_LAYOUT, "chmod 0700");
	}
	chmod(in_place("pins"), 0700);
	fake.no_bpffs = true;
	assert_refused(in_place("pins"), ERR_LAYOUT, "BPF file system");
	fake.no_bpffs = false;
	if (!geteuid()) {
		assert_int_equal(chown(in_place("pins"), 4343, 4343), 0);
		assert_refused(in_place("pins"), ERR_NOT_LOADED, "uid 4343");
		assert_int_equal(chown(in_place("pins"), 0, 0), 0);
		assert_int_equal(lchown(in_place("link"), 4343, 4343), 0);
		assert_refused(in_place("link"), ERR_NOT_LOADED, "uid 4343");
	}
	MUST(pins_open(&pins, in_place("pins//"), PINS_SHARED, &err));
	pins_close(&pins);
	assert_int_equal(pins.dir_fd, -1);
	pins_close(&pins);
}

static bool can_lock(const char *path, int how)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool can = !flock(fd, how | LOCK_NB);

	close(fd);
	return can;
}

static void readers_share_the_lock_and_a_writer_has_it_alone(void **state)
{
	struct pins one, other;
	struct error err = {};

	(void)state;
	mkdir(in_place("pins"), 0700);
	MUST(pins_open(&one, in_place("pins"), PINS_SHARED, &err));
	MUST(pins_open(&other, in_place("pins"), PINS_SHARED, &err));
	assert_false(can_lock(in_place("pins"), LOCK_EX));
	pins_close(&one);
	assert_false(can_lock(in_place("pins"), LOCK_EX));
	pins_close(&other);
	assert_true(can_lock(in_place("pins"), LOCK_EX));
	MUST(pins_open(&one, in_place("pins"), PINS_EXCLUSIVE, &err));
	assert_false(can_lock(in_place("pins"), LOCK_SH));
	pins_close(&one);
	assert_true(can_lock(in_place("pins"), LOCK_EX));
}

static struct pins waited;

static void *wait_for_it(void *arg)
{
	struct error err = {};

	return pins_open(&waited, arg, PINS_EXCLUSIVE, &err) ? arg : NULL;
}

/* Who waits for the lock of a directory that is replaced meanwhile has that of the new one. */
static void a_directory_that_is_replaced_is_not_the_one(void **state)
{
	struct stat held, there;
	struct error err = {};
	struct pins pins;
	pthread_t thread;
	void *failed;
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s", in_place("pins"));
	mkdir(path, 0700);
	MUST(pins_open(&pins, path, PINS_EXCLUSIVE, &err));
	assert_int_equal(pthread_create(&thread, NULL, wait_for_it, path), 0);
	usleep(100000);
	assert_int_equal(rename(path, in_place("old")), 0);
	mkdir(path, 0700);
	pins_close(&pins);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_int_equal(fstat(waited.dir_fd, &held) | stat(path, &there), 0);
	assert_int_equal(held.st_ino, there.st_ino);
	assert_true(can_lock(in_place("old"), LOCK_EX));
	pins_close(&waited);
}

/* What an upgrade that was killed left goes with the next writer. */
static void half_made_pins_go(void **state)
{
	static const char *const names[] = {"map_config", "prog_x-new", "link_y-new", "map_z-new",
					    "other-new",  "prog_new",	"link_-newer"};
	struct error err = {};
	struct pins pins;

	(void)state;
	mkdir(in_place("pins"), 0700);
	for (size_t i = 0; i < LENGTH(names); i++) {
		char name[64];

		snprintf(name, sizeof(name), "pins/%s", names[i]);
		make_file(in_place(name));
	}
	MUST(pins_open(&pins, in_place("pins"), PINS_SHARED, &err));
	pins_close(&pins);
	assert_int_equal(access(in_place("pins/prog_x-new"), F_OK), 0);
	MUST(pins_open(&pins, in_place("pins"), PINS_EXCLUSIVE, &err));
	for (size_t i = 0; i < LENGTH(names); i++)
		assert_case(faccessat(pins.dir_fd, names[i], F_OK, 0) == (i >= 1 && i <= 3 ? -1 : 0), names[i]);
	pins_close(&pins);
}

static int pinned(const struct pins *pins, const char *name)
{
	int fd = pins_get_map(pins, name, true), id = fd < 0 ? fd : (int)fake_id(fd);

	if (fd >= 0)
		close(fd);
	return id;
}

static void pins_are_put_got_and_replaced(void **state)
{
	__u32 a = fake_make(BPF_MAP_TYPE_ARRAY, 8, 1), b = fake_make(BPF_MAP_TYPE_ARRAY, 8, 1);
	struct error err = {};
	struct pins pins;
	int fd;

	(void)state;
	mkdir(in_place("pins"), 0700);
	MUST(pins_open(&pins, in_place("pins"), PINS_EXCLUSIVE, &err));
	assert_int_equal(pins_get_map(&pins, "x", false), -ENOENT);
	assert_int_equal(pins_put_map(&pins, "x", fake_map(a)->fd), 0);
	assert_int_equal(pinned(&pins, "x"), a);
	assert_int_equal(pins_put_map(&pins, "x", fake_map(b)->fd), -EEXIST);
	assert_int_equal(pinned(&pins, "x"), a);
	/* Each kind has its own names. */
	assert_int_equal(pins_get_prog(&pins, "x"), -ENOENT);
	assert_int_equal(pins_get_link(&pins, "x"), -ENOENT);
	assert_int_equal(pins_put_prog(&pins, "x", fake_map(b)->fd), 0);
	fd = pins_get_prog(&pins, "x");
	assert_int_equal(fake_id(fd), b);
	close(fd);
	assert_int_equal(pins_replace_link(&pins, "x", fake_map(b)->fd), 0); /* there was none */
	assert_int_equal(pins_replace_link(&pins, "x", fake_map(a)->fd), 0);
	/* Where the new one cannot be made, or not get its place, the old one stays, and nothing else. */
	fake.calls = 0;
	fake.fail_at = 1;
	assert_int_equal(pins_replace_link(&pins, "x", fake_map(b)->fd), -ENOMEM);
	fake.fail_at = 0;
	fd = pins_get_link(&pins, "x");
	assert_int_equal(fake_id(fd), a);
	close(fd);
	mkdir(in_place("pins/link_dir"), 0700);
	assert_int_equal(pins_replace_link(&pins, "dir", fake_map(b)->fd), -EISDIR);
	assert_int_equal(access(in_place("pins/link_dir-new"), F_OK), -1);
	rmdir(in_place("pins/link_dir"));
	for (int i = 0; i < 2; i++)
		assert_int_equal(pins_remove_link(&pins, "x") | pins_remove_prog(&pins, "x"), 0);
	assert_true(pins_get_link(&pins, "x") == -ENOENT && pins_get_prog(&pins, "x") == -ENOENT);
	pins_close(&pins);
}

/* In the directory that was opened, wherever it is by now. */
static void pins_are_found_in_the_directory_that_is_locked(void **state)
{
	__u32 a = fake_make(BPF_MAP_TYPE_ARRAY, 8, 1);
	struct error err = {};
	struct pins pins;

	(void)state;
	mkdir(in_place("pins"), 0700);
	MUST(pins_open(&pins, in_place("pins"), PINS_EXCLUSIVE, &err));
	assert_int_equal(rename(in_place("pins"), in_place("moved")), 0);
	mkdir(in_place("pins"), 0700);
	assert_int_equal(pins_put_map(&pins, "x", fake_map(a)->fd), 0);
	assert_int_equal(access(in_place("moved/map_x"), F_OK), 0);
	assert_int_equal(pinned(&pins, "x"), a);
	pins_close(&pins);
}

static int count(const char *name, void *arg)
{
	assert_true(strcmp(name, ".") && strcmp(name, ".."));
	return ++*(int *)arg == 2 ? 77 : 0;
}

static void each_ends_where_it_is_told_to(void **state)
{
	struct error err = {};
	struct pins pins;
	int n = 0;

	(void)state;
	mkdir(in_place("pins"), 0700);
	MUST(pins_open(&pins, in_place("pins"), PINS_EXCLUSIVE, &err));
	assert_int_equal(pins_each(&pins, count, &n), 0);
	assert_int_equal(n, 0);
	make_file(in_place("pins/map_a"));
	make_file(in_place("pins/map_b"));
	make_file(in_place("pins/map_c"));
	assert_int_equal(pins_each(&pins, count, &n), 77);
	assert_int_equal(n, 2);
	pins_close(&pins);
	assert_true(pins_each(&pins, count, &n) < 0);
}

static void all_of_ours_go_links_first(void **state)
{
	struct error err = {};
	struct pins pins;

	(void)state;
	mkdir(in_place("pins"), 0700);
	MUST(pins_open(&pins, in_place("pins"), PINS_EXCLUSIVE, &err));
	make_file(in_place("pins/map_a"));
	make_file(in_place("pins/prog_a"));
	make_file(in_place("pins/foreign"));
	make_file(in_place("pins/link_a"));
	mkdir(in_place("pins/link_b"), 0700); /* cannot be removed: then programs stay attached, with all they need */
	assert_int_equal(pins_remove_all(&pins, &err), -1);
	assert_in(err.text, place);
	assert_int_equal(access(in_place("pins/map_a"), F_OK) | access(in_place("pins/prog_a"), F_OK), 0);
	rmdir(in_place("pins/link_b"));
	err = (struct error){};
	MUST(pins_remove_all(&pins, &err));
	assert_int_equal(access(in_place("pins/map_a"), F_OK) & access(in_place("pins/prog_a"), F_OK) &
				 access(in_place("pins/link_a"), F_OK),
			 -1);
	assert_int_equal(access(in_place("pins/foreign"), F_OK), 0);
	pins_close(&pins);
}

static void knows_its_own_names(void **state)
{
	(void)state;
	assert_true(pins_is_ours("map_x") && pins_is_ours("prog_x") && pins_is_ours("link_x") && pins_is_ours("link_"));
	assert_false(pins_is_ours("map") || pins_is_ours("xmap_") || pins_is_ours("Map_x") || pins_is_ours(""));
	assert_true(pins_is_link("link_x"));
	assert_false(pins_is_link("map_x") || pins_is_link("link"));
}

static void makes_the_directory_where_it_may(void **state)
{
	struct error err = {};
	struct pins pins;
	struct stat st;

	(void)state;
	MUST(pins_check_create(in_place("pins"), false, &err));
	assert_int_equal(access(in_place("pins"), F_OK), -1);
	MUST(pins_create(&pins, in_place("pins"), false, &err));
	assert_int_equal(stat(in_place("pins"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_false(can_lock(in_place("pins"), LOCK_SH));
	pins_close(&pins);
	MUST(pins_create(&pins, in_place("pins"), false, &err)); /* is there */
	pins_close(&pins);
	MUST(pins_check_create(in_place("pins"), false, &err));
	assert_int_equal(pins_create(&pins, in_place("no/pins"), false, &err), -1);
	err = (struct error){};
	fake.no_bpffs = true;
	assert_int_equal(pins_create(&pins, in_place("other"), true, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(access(in_place("other"), F_OK), -1);
	err = (struct error){};
	assert_int_equal(pins_check_create(in_place("other"), true, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
}

/* What others put in its place, as root can find it; anyone else leaves it alone. */
static void moves_aside_what_is_anothers(void **state)
{
	struct error err = {};
	char aside[PATH_MAX] = "x";
	uid_t owner = 1;
	struct stat st;

	(void)state;
	MUST(pins_claim(in_place("pins"), aside, &owner, &err));
	assert_string_equal(aside, "");
	mkdir(in_place("pins"), 0700);
	MUST(pins_claim(in_place("pins"), aside, &owner, &err));
	assert_string_equal(aside, "");
	if (geteuid())
		return;
	make_file(in_place("pins/thing"));
	assert_int_equal(chown(in_place("pins"), 4343, 4343), 0);
	MUST(pins_claim(in_place("pins//"), aside, &owner, &err));
	assert_int_equal(owner, 4343);
	assert_ptr_equal(strstr(aside, in_place("pins-of-uid-4343-")), aside);
	assert_int_equal(faccessat(AT_FDCWD, strcat(aside, "/thing"), F_OK, 0), 0);
	assert_int_equal(lstat(in_place("pins"), &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* A symbolic link is moved, and not what it leads to. */
	rmdir(in_place("pins"));
	mkdir(in_place("target"), 0700);
	assert_int_equal(symlink(in_place("target"), in_place("pins")) | lchown(in_place("pins"), 4343, 4343), 0);
	MUST(pins_claim(in_place("pins/"), aside, &owner, &err));
	assert_int_equal(lstat(aside, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(access(in_place("target"), F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_only_a_directory_of_our_own, begin, end),
		cmocka_unit_test_setup_teardown(readers_share_the_lock_and_a_writer_has_it_alone, begin, end),
		cmocka_unit_test_setup_teardown(a_directory_that_is_replaced_is_not_the_one, begin, end),
		cmocka_unit_test_setup_teardown(half_made_pins_go, begin, end),
		cmocka_unit_test_setup_teardown(pins_are_put_got_and_replaced, begin, end),
		cmocka_unit_test_setup_teardown(pins_are_found_in_the_directory_that_is_locked, begin, end),
		cmocka_unit_test_setup_teardown(each_ends_where_it_is_told_to, begin, end),
		cmocka_unit_test_setup_teardown(all_of_ours_go_links_first, begin, end),
		cmocka_unit_test_setup_teardown(knows_its_own_names, begin, end),
		cmocka_unit_test_setup_teardown(makes_the_directory_where_it_may, begin, end),
		cmocka_unit_test_setup_teardown(moves_aside_what_is_anothers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
