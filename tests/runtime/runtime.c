/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure part of safedocker-runtime: bundle in, bundle out, and the grammars around it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/arguments.h"
#include "runtime/bundle.h"
#include "runtime/idmap.h"
#include "runtime/mountinfo.h"
#include "runtime/numbers.h"
#include "runtime/parent.h"
#include "model/subids.h"
#include "runtime/variable.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ID "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222222222222222222222222222"
#define AREA ((struct subids_range){ 2013265920, 67108864 })

/* --- whose it is ------------------------------------------------------------------- */
static const struct { const char *path; enum parent parent; unsigned uid; } parents_t[] = {
	{ "/safedocker/u1012/" ID, PARENT_USER, 1012 },
	{ "/safedocker/u0/" ID, PARENT_USER, 0 },
	{ "/safedocker/u4294967293/" ID, PARENT_USER, 4294967293U },
	{ "safedocker-u1012.slice:docker:" ID, PARENT_USER, 1012 },
	{ "safedocker-u1012.slice::" ID, PARENT_USER, 1012 },
	{ NULL, PARENT_NOBODY, 0 },
	{ "", PARENT_NOBODY, 0 },
	{ "/docker/" ID, PARENT_NOBODY, 0 },
	{ "system.slice:docker:" ID, PARENT_NOBODY, 0 },
	{ "/safedocker-test/" ID, PARENT_NOBODY, 0 },
	{ "/safedockers/u1012/" ID, PARENT_NOBODY, 0 },
	{ "/safedocker-test-1234-mapped/" ID, PARENT_NOBODY, 0 },
	{ "/safedocker-test/docker/" ID, PARENT_NOBODY, 0 },
	{ "/other/safedocker/u1012/" ID, PARENT_DOUBTFUL, 0 },
	{ "other.slice:safedocker:" ID, PARENT_NOBODY, 0 },
	{ "/safedocker", PARENT_DOUBTFUL, 0 },
	{ "/safedocker/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012", PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/", PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/x", PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/x/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u01012/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u-1/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u4294967294/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u4294968308/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u18446744073709552628/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/" ID "/x", PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/" ID "a", PARENT_DOUBTFUL, 0 },
	{ "//safedocker/u1012/" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker/u1012/" ID, PARENT_DOUBTFUL, 0 },
	{ "./safedocker/u1012/" ID, PARENT_DOUBTFUL, 0 },
	{ "/docker/../safedocker/u1012/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012/../u1013/" ID, PARENT_DOUBTFUL, 0 },
	/* Made with one cgroup driver, started with the other. */
	{ "safedocker-u1012.slice/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker-u1012.slice/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker.slice/safedocker-u1012.slice/" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker.slice/" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker/u1012:docker:" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker/u1012:docker:" ID, PARENT_DOUBTFUL, 0 },
	{ "/safedocker:docker:" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker.slice:docker:" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker-u1012.slice:docker", PARENT_DOUBTFUL, 0 },
	{ "safedocker-u1012-x.slice:docker:" ID, PARENT_DOUBTFUL, 0 },
	{ "safedocker-u1012.scope:docker:" ID, PARENT_DOUBTFUL, 0 },
};

START_TEST(parents)
{
	const char *id = NULL;
	uid_t uid = 0;

	ck_assert_int_eq(parent_of(parents_t[_i].path, &uid, &id), parents_t[_i].parent);
	if (parents_t[_i].parent == PARENT_USER) {
		ck_assert_uint_eq(uid, parents_t[_i].uid);
		ck_assert_str_eq(id, ID);
	}
}
END_TEST

/* --- the variable -------------------------------------------------------------------- */
static const struct { const char *text; const char *wrong; } variables_t[] = {
	{ "{}", NULL },
	{ "{\"cwd\":\"/\"}", NULL },
	{ "{\"cwd\":\"/a/b c\",\"mounts\":[]}", NULL },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/\"}]}", NULL },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\",\"ro\":true,\"make\":false}]}", NULL },
	{ "{\"mounts\":[{\"target\":\"/a\",\"copy\":true},{\"target\":\"/b\",\"subpath\":\"x/y\"}]}", NULL },
	{ "", "not one JSON object" },
	{ "[]", "not one JSON object" },
	{ "{} {}", "not one JSON object" },
	{ "{\"cwd\":\"/a\",\"cwd\":\"/b\"}", "not one JSON object" },
	{ "{\"CWD\":\"/a\"}", "unknown key" },
	{ "{\"cwd\":\"/a\",\"x\":1}", "unknown key" },
	{ "{\"cwd\":\"a\"}", "cwd" },
	{ "{\"cwd\":\"\"}", "cwd" },
	{ "{\"cwd\":7}", "cwd" },
	{ "{\"cwd\":\"/a/\"}", "cwd" },
	{ "{\"cwd\":\"//a\"}", "cwd" },
	{ "{\"cwd\":\"/a/../b\"}", "cwd" },
	{ "{\"cwd\":\"/a/.\"}", "cwd" },
	{ "{\"cwd\":\"/a\\nb\"}", "cwd" },
	{ "{\"cwd\":\"/a\\u0000b\"}", "not one JSON object" },
	{ "{\"mounts\":{}}", "not a list" },
	{ "{\"mounts\":[1]}", "an entry of mounts" },
	{ "{\"mounts\":[{}]}", "no target" },
	{ "{\"mounts\":[{\"source\":\"/b\"}]}", "no target" },
	{ "{\"mounts\":[{\"target\":\"/\",\"source\":\"/b\"}]}", "target" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"b\"}]}", "source" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b/../c\"}]}", "source" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\",\"ro\":1}]}", "ro" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\",\"uid\":0}]}", "a key that is unknown" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\",\"copy\":true}]}", "mixes" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\",\"subpath\":\"c\"}]}", "mixes" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"copy\":true,\"make\":true}]}", "mixes" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"subpath\":\"/c\"}]}", "subpath" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"subpath\":\"../c\"}]}", "subpath" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"subpath\":\"\"}]}", "subpath" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"subpath\":\"c\",\"copy\":true}]}", "subpath and copy" },
	{ "{\"mounts\":[{\"target\":\"/a\",\"source\":\"/b\"},{\"target\":\"/a\",\"copy\":true}]}", "two entries" },
};

START_TEST(variables)
{
	static struct variable v;
	struct error error = { .code = ERR_NONE };
	int result = variable_parse(slice_str(variables_t[_i].text), &v, &error);

	if (variables_t[_i].wrong == NULL) {
		ck_assert_msg(result == 0, "%s: %s", variables_t[_i].text, error.text);
	} else {
		ck_assert_int_eq(result, -1);
		ck_assert_msg(strstr(error.text, variables_t[_i].wrong) != NULL, "%s", error.text);
	}
	variable_free(&v);
}
END_TEST

START_TEST(variable_limits)
{
	static char text[VARIABLE_MAX + 64];
	static struct variable v;
	struct error error;

	(void)snprintf(text, sizeof(text), "{%*s}", VARIABLE_MAX - 2, "");
	ck_assert_int_eq(variable_parse(slice_str(text), &v, &error), 0);
	variable_free(&v);
	(void)snprintf(text, sizeof(text), "{%*s}", VARIABLE_MAX - 1, "");
	ck_assert_int_eq(variable_parse(slice_str(text), &v, &error), -1);
	ck_assert_int_eq(error.code, ERR_LIMIT);
	variable_free(&v);
	ck_assert(variable_is("SAFEDOCKER="));
	ck_assert(variable_is("SAFEDOCKER"));
	ck_assert(!variable_is("SAFEDOCKER_X=1"));
	ck_assert(!variable_is("safedocker=1"));
}
END_TEST

/* --- ids ------------------------------------------------------------------------------- */
static void text_is(const struct idmap *map, const char *expected)
{
	struct buf text = buf_new(IDMAP_TEXT_MAX);
	struct idmap again;
	json_t *list = idmap_json(map);

	idmap_text(map, &text);
	ck_assert_str_eq(buf_cstr(&text), expected);
	ck_assert_int_eq(idmap_parse(buf_slice(&text), &again, NULL), 0);
	ck_assert_uint_eq(again.n, map->n);
	ck_assert_int_eq(idmap_from_json(list, &again, NULL), 0);
	buf_reset(&text);
	idmap_text(&again, &text);
	ck_assert_str_eq(buf_cstr(&text), expected);
	json_decref(list);
	buf_free(&text);
}

START_TEST(maps)
{
	const uint32_t groups[] = { 1000, 27, 100005, 44 };
	struct idmap map;
	uint32_t id;

	ck_assert_int_eq(idmap_make(&map, 0, 1000, 100000, 65536, NULL, 0, NULL), 0);
	text_is(&map, "0 1000 1\n1 100000 65536\n");
	ck_assert(idmap_outside(&map, 33, &id) && id == 100032);
	ck_assert(idmap_inside(&map, 1000, &id) && id == 0);
	ck_assert(!idmap_outside(&map, 65537, &id));
	ck_assert(!idmap_inside(&map, 0, &id));
	ck_assert_int_eq(idmap_make(&map, 1000, 1012, 100000, 65536, NULL, 0, NULL), 0);
	text_is(&map, "0 100000 1000\n1000 1012 1\n1001 101000 64536\n");
	/* An id behind the range, and groups behind both; one's own and one in the range are there already. */
	ck_assert_int_eq(idmap_make(&map, 70000, 1000, 100000, 65536, groups, 4, NULL), 0);
	text_is(&map, "0 100000 65536\n70000 1000 1\n70001 27 1\n70002 44 1\n");
	ck_assert_int_eq(idmap_make(&map, 65536, 1000, 100000, 65536, groups, 2, NULL), 0);
	text_is(&map, "0 100000 65536\n65536 1000 1\n65537 27 1\n");
}
END_TEST

START_TEST(maps_refused)
{
	struct idmap map = { .n = 0 };
	uint32_t many[200];

	/* The caller's id in the range would be two ids inside. */
	ck_assert_int_eq(idmap_make(&map, 0, 100005, 100000, 65536, NULL, 0, NULL), -1);
	ck_assert_int_eq(idmap_make(&map, 0, 1000, 4294967000U, 65536, NULL, 0, NULL), -1);
	ck_assert_int_eq(idmap_make(&map, 4294967295U, 1000, 100000, 65536, NULL, 0, NULL), -1);
	map.n = 0;
	ck_assert_int_eq(idmap_add(&map, 0, 4294967294U, 1, NULL), 0);
	ck_assert_int_eq(idmap_add(&map, 5, 4294967295ULL, 1, NULL), -1);
	ck_assert_int_eq(idmap_add(&map, 5, ~0ULL, 2, NULL), -1);
	ck_assert_int_eq(idmap_add(&map, 0, 7, 1, NULL), -1);
	for (uint32_t i = 0; i < 200; i++)
		many[i] = 3000 + i;
	ck_assert_int_eq(idmap_make(&map, 0, 1000, 100000, 65536, many, 200, NULL), -1);
	ck_assert_int_eq(idmap_parse(slice_str("0 1 x\n"), &map, NULL), -1);
	ck_assert_int_eq(idmap_parse(slice_str("0 1\n"), &map, NULL), -1);
	ck_assert_int_eq(idmap_parse(slice_str("         0       1009          1\n"), &map, NULL), 0);
}
END_TEST

static const struct { const char *text; int result; uint32_t start, count; const char *wrong; } subids_t[] = {
	{ "alice:100000:65536\n", 1, 100000, 65536, NULL },
	{ "1012:100000:65536", 1, 100000, 65536, NULL },
	{ "# a comment\n\nbob:100000:65536\nalice:165536:100000\n", 1, 165536, 100000, NULL },
	{ "alice:100000:10\nalice:200000:65536\n", 1, 200000, 65536, NULL },
	{ "alice:4294901759:65536\n", 1, 4294901759U, 65536, NULL },
	{ "bob:100000:65536\n", 0, 0, 0, NULL },
	{ "", 0, 0, 0, NULL },
	{ "malice:100000:65536\n", 0, 0, 0, NULL },
	{ "alice:100000:65535\n", -1, 0, 0, "shorter" },
	{ "alice:100000:0\n", -1, 0, 0, "shorter" },
	{ "alice:4294901760:65536\n", -1, 0, 0, "beyond the last id" },
	{ "alice:4294967296:65536\n", -1, 0, 0, "unreadable" },
	{ "alice:18446744073709551615:65536\n", -1, 0, 0, "unreadable" },
	{ "alice:100000:18446744073709551615\n", -1, 0, 0, "unreadable" },
	{ "alice:100000\n", -1, 0, 0, "line 1" },
	{ "alice:100000:65536:1\n", -1, 0, 0, "line 1" },
	{ "alice:0x10000:65536\n", -1, 0, 0, "line 1" },
	{ "alice:-1:65536\n", -1, 0, 0, "line 1" },
	{ ":100000:65536\n", -1, 0, 0, "line 1" },
	{ "alice:100000:65536\nbob:165535:65536\n", -1, 0, 0, "overlap those of line 2" },
	{ "bob:99999:2\nalice:100000:65536\n", -1, 0, 0, "overlap those of line 1" },
	{ "alice:100000:65536\nbob:100000:65536\n", -1, 0, 0, "overlap" },
	{ "alice:100000:65536\nbob:1012:1\n", -1, 0, 0, "the id 1012 lies in a range" },
	{ "alice:1000:65536\n", -1, 0, 0, "the id 1012 lies in a range" },
	{ "alice:100000:65536\nbob:2013265920:1\n", -1, 0, 0, "overlaps safedocker's own" },
	{ "alice:2080374783:65536\n", -1, 0, 0, "overlaps safedocker's own" },
	{ "alice:2080374784:65536\n", 1, 2080374784, 65536, NULL },
};

START_TEST(subids)
{
	struct subids_range range = { 0, 0 };
	struct error error = { .code = ERR_NONE };
	int result = subids_own(slice_str(subids_t[_i].text), "/etc/subuid", "alice", 1012, 1012, AREA,
				&range, &error);

	ck_assert_msg(result == subids_t[_i].result, "%s: %d, %s", subids_t[_i].text, result, error.text);
	if (result == 1) {
		ck_assert_uint_eq(range.start, subids_t[_i].start);
		ck_assert_uint_eq(range.count, subids_t[_i].count);
	}
	if (result < 0)
		ck_assert_msg(strstr(error.text, subids_t[_i].wrong) != NULL, "%s", error.text);
}
END_TEST

START_TEST(an_account_in_the_area)
{
	struct subids_range range;
	struct error error = { .code = ERR_NONE };
	static const uint32_t ids[] = { 2013265920, 2080374783 };

	for (size_t i = 0; i < COUNT(ids); i++) {
		ck_assert_int_eq(subids_own(slice_str("alice:100000:65536\n"), "/etc/subuid", "alice", ids[i],
					    ids[i], AREA, &range, &error), -1);
		ck_assert_msg(strstr(error.text, "lies in safedocker's own ids") != NULL, "%s", error.text);
	}
	ck_assert_int_eq(subids_own(slice_str("alice:100000:65536\n"), "/etc/subuid", "alice", 2080374784,
				    2080374784, AREA, &range, &error), 1);
}
END_TEST

START_TEST(table)
{
	const char *text = "owner 1012 2013265920\nrange 1012 2013331456\nowner 1013 2013265921\n";
	struct subids_range small = { 2013265920, 2 * SUBIDS_LEAST }, block;
	struct buf added = buf_new(256);
	uint32_t owner;

	ck_assert_int_eq(subids_owner(slice_str(text), AREA, 1013, &owner, &added, NULL), 0);
	ck_assert_uint_eq(owner, 2013265921);
	ck_assert_int_eq(subids_block(slice_str(text), AREA, 1012, &block, &added, NULL), 0);
	ck_assert_uint_eq(block.start, 2013331456);
	ck_assert_uint_eq(added.len, 0);
	ck_assert_int_eq(subids_owner(slice_str(text), AREA, 1014, &owner, &added, NULL), 0);
	ck_assert_int_eq(subids_block(slice_str(text), AREA, 1014, &block, &added, NULL), 0);
	ck_assert_str_eq(buf_cstr(&added), "owner 1014 2013265922\nrange 1014 2013396992\n");
	/* One block besides the owners, and it is given. */
	ck_assert_int_eq(subids_block(slice_str(text), small, 1014, &block, &added, NULL), -1);
	ck_assert_int_eq(subids_owner(slice_str("owner 1 5\n"), AREA, 1, &owner, &added, NULL), -1);
	ck_assert_int_eq(subids_owner(slice_str("owner 1012 2013265920"), AREA, 1, &owner, &added, NULL), -1);
	ck_assert_int_eq(subids_owner(slice_str("owner 1012 2013265920 x\n"), AREA, 1, &owner, &added, NULL), -1);
	ck_assert_int_eq(subids_owner(slice_str("owns 1012 2013265920\n"), AREA, 1, &owner, &added, NULL), -1);
	buf_free(&added);
	ck_assert_int_eq(subids_area(slice_str("2013265920, 67108864"), &block, NULL), 0);
	ck_assert_int_eq(subids_area(slice_str("65536,131072"), &block, NULL), 0);
	ck_assert_int_eq(subids_area(slice_str("65535,131072"), &block, NULL), -1);
	ck_assert_int_eq(subids_area(slice_str("65536,131071"), &block, NULL), -1);
	ck_assert_int_eq(subids_area(slice_str("4294836224,131072"), &block, NULL), -1);
	ck_assert_int_eq(subids_area(slice_str("65536"), &block, NULL), -1);
	ck_assert_int_eq(subids_area(slice_str("65536,131072,1"), &block, NULL), -1);
}
END_TEST

/* --- mounts --------------------------------------------------------------------------------- */
static const char list[] =
	"20 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
	"30 20 0:50 / /d/overlay2/x/merged rw,relatime - overlay overlay rw,lowerdir=/d/a:/d/b,upperdir=/d/u\n"
	"31 20 0:51 / /d/overlay2/x/merged rw,nosymfollow master:3 propagate_from:2 - overlay overlay rw,x\n";

START_TEST(mountinfos)
{
	struct mountinfo m;

	ck_assert_int_eq(mountinfo_find(slice_str(list), "/d/overlay2/x/merged", &m, NULL), 1);
	ck_assert(slice_is(m.super_options, "rw,x") && slice_is(m.type, "overlay"));
	ck_assert_int_eq(mountinfo_find(slice_str(list), "/d/overlay2", &m, NULL), 0);
	ck_assert_int_eq(mountinfo_find(slice_str(list), "/a b", &m, NULL), -1);
	ck_assert_int_eq(mountinfo_find(slice_str("1 2 3\n"), "/", &m, NULL), -1);
	ck_assert_int_eq(mountinfo_find_id(slice_str(list), 20, &m), 1);
	ck_assert(slice_starts(m.optional, "shared:"));
	ck_assert_int_eq(mountinfo_find_id(slice_str(list), 30, &m), 1);
	ck_assert(!slice_starts(m.optional, "shared:"));
	ck_assert_int_eq(mountinfo_find_id(slice_str(list), 3, &m), 0);
	ck_assert(mountinfo_below(slice_str(list), "/d/overlay2"));
	ck_assert(!mountinfo_below(slice_str(list), "/d/overlay2/x/merged"));
	ck_assert(!mountinfo_below(slice_str(list), "/d/over"));
}
END_TEST

static const struct { const char *options; const char *wrong; } overlays_t[] = {
	{ "rw,lowerdir=l/A:l/B,upperdir=x/diff,workdir=x/work,index=off,xino=off", NULL },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,uuid=on,nouserxattr", "nouserxattr" },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,metacopy=on", "metacopy=on" },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,redirect_dir=on", "redirect_dir=on" },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,index=on", "index=on" },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,userxattr", "userxattr" },
	{ "rw,lowerdir=l/A,upperdir=x/diff,workdir=x/work,volatile", "volatile" },
	{ "rw,context=x,lowerdir=l/A,upperdir=x/diff,workdir=x/work", "context=x" },
	{ "ro,lowerdir=l/A:l/B", "ro" },
	{ "rw,lowerdir=l/A", "no lower, upper or work" },
};

START_TEST(overlays)
{
	static struct mountinfo_overlay o;
	struct error error = { .code = ERR_NONE };
	int result = mountinfo_overlay(slice_str(overlays_t[_i].options), &o, &error);

	ck_assert_int_eq(result, overlays_t[_i].wrong == NULL ? 0 : -1);
	if (result == 0)
		ck_assert(o.n == 2 && slice_is(o.lower[1], "l/B") && slice_is(o.work, "x/work"));
	else
		ck_assert_msg(strstr(error.text, overlays_t[_i].wrong) != NULL, "%s", error.text);
}
END_TEST

/* --- runc's command line ---------------------------------------------------------------------- */
static const struct {
	const char *line;
	int result;
	enum arguments_command command;
	const char *id, *bundle, *process;
} lines_t[] = {
	{ "--root /r --log /l --log-format json create --bundle /b --pid-file /p ID", 0, COMMAND_CREATE, "ID", "/b", NULL },
	{ "create -b /b --console-socket=/c ID", 0, COMMAND_CREATE, "ID", "/b", NULL },
	{ "-root=/r --systemd-cgroup create --bundle=/b -- ID", 0, COMMAND_CREATE, "ID", "/b", NULL },
	{ "--log create start ID", 0, COMMAND_OTHER, NULL, NULL, NULL },
	{ "start ID", 0, COMMAND_OTHER, NULL, NULL, NULL },
	{ "--version", 0, COMMAND_OTHER, NULL, NULL, NULL },
	{ "--unknown start ID", 0, COMMAND_OTHER, NULL, NULL, NULL },
	{ "exec --process /p --detach --pid-file /q ID", 0, COMMAND_EXEC, "ID", NULL, "/p" },
	{ "exec -p=/p -d ID", 0, COMMAND_EXEC, "ID", NULL, "/p" },
	{ "exec -u 0 ID sh -c create --process /x", 0, COMMAND_EXEC, "ID", NULL, NULL },
	{ "run ID", 0, COMMAND_RUN, "ID", ".", NULL },
	{ "restore -b /b ID", 0, COMMAND_RESTORE, "ID", "/b", NULL },
	{ "checkpoint --image-path /i ID", 0, COMMAND_CHECKPOINT, "ID", NULL, NULL },
	{ "--new-option create ID", -1, 0, NULL, NULL, NULL },
	{ "create --new-option ID", -1, 0, NULL, NULL, NULL },
	{ "create ID --bundle /x", -1, 0, NULL, NULL, NULL },
	{ "create --bundle", -1, 0, NULL, NULL, NULL },
	{ "create", -1, 0, NULL, NULL, NULL },
	{ "create ../x", -1, 0, NULL, NULL, NULL },
	{ "exec a/b sh", -1, 0, NULL, NULL, NULL },
};

START_TEST(command_lines)
{
	char line[256], *argv[32];
	int argc = 1;
	struct arguments a;

	argv[0] = (char *)"runc";
	(void)snprintf(line, sizeof(line), "%s", lines_t[_i].line);
	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	ck_assert_int_eq(arguments_parse(argc, argv, &a, NULL), lines_t[_i].result);
	if (lines_t[_i].result < 0)
		return;
	ck_assert_int_eq(a.command, lines_t[_i].command);
	ck_assert_pstr_eq(a.id, lines_t[_i].id);
	if (lines_t[_i].bundle != NULL)
		ck_assert_str_eq(a.bundle, lines_t[_i].bundle);
	ck_assert_pstr_eq(a.process, lines_t[_i].process);
}
END_TEST

/* --- numbers ------------------------------------------------------------------------------------------ */
static const struct { const char *text, *safe; } numbers_t[] = {
	{ "{\"a\":1,\"b\":[-12,3.5]}", NULL },
	{ "{\"a\":18446744073709551615}", "{\"a\":\"\\u000118446744073709551615\"}" },
	{ "[9223372036854771712,-1]", "[\"\\u00019223372036854771712\",-1]" },
	{ "{\"18446744073709551615\":\"x \\\" 18446744073709551615\"}", NULL },
	{ "[\"\\u00011\"]", NULL },
	{ "[0.12345678901234567890,-18446744073709551615,1e12345678901234567890]", NULL },
	{ "\"no end 18446744073709551615", NULL },
	{ "", NULL },
};

START_TEST(numbers)
{
	struct buf safe = buf_new(1024), again = buf_new(1024);
	const char *text = numbers_t[_i].text;

	numbers_protect(slice_str(text), &safe);
	ck_assert_str_eq(buf_cstr(&safe), numbers_t[_i].safe != NULL ? numbers_t[_i].safe : text);
	numbers_restore(buf_slice(&safe), &again);
	ck_assert_str_eq(buf_cstr(&again), text);
	buf_free(&safe);
	buf_free(&again);
}
END_TEST

/* --- bundles --------------------------------------------------------------------------------------- */
static json_t *load(void)
{
	const char *source = getenv("srcdir");
	char path[1024];
	json_t *config, *mounts, *mount;
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/tests/runtime/config.json", source != NULL ? source : ".");
	config = json_load_file(path, 0, NULL);
	ck_assert_msg(config != NULL, "%s", path);
	mounts = json_object_get(config, "mounts");
	json_array_foreach(mounts, i, mount)
		if (strcmp(json_string_value(json_object_get(mount, "source")), "PLACEHOLDER") == 0)
			json_object_set_new(mount, "source", json_string(SAFEDOCKER_PLACEHOLDER));
	return config;
}

/* Sets what a path like linux/namespaces/0/type leads to; "-" is behind the last of a list; no value: removed. */
static void change(json_t *config, const char *path, const char *value)
{
	char text[256], *key = text, *rest;
	json_t *at = config, *fresh = value != NULL ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;

	(void)snprintf(text, sizeof(text), "%s", path);
	for (; (rest = strchr(key, '/')) != NULL; key = rest + 1) {
		*rest = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
		ck_assert_msg(at != NULL, "%s", path);
	}
	if (json_is_array(at) && strcmp(key, "-") == 0)
		json_array_append_new(at, fresh);
	else if (json_is_array(at) && fresh == NULL)
		json_array_remove(at, (size_t)atoi(key));
	else if (json_is_array(at))
		json_array_set_new(at, (size_t)atoi(key), fresh);
	else if (fresh == NULL)
		json_object_del(at, key);
	else
		json_object_set_new(at, key, fresh);
}

/* The bundle's own entries for binds are at 8 and 9, for volumes at 10 and 11; the variable is env's third. */
#define BIND(source, target) "{\"destination\":\"" target "\",\"type\":\"bind\",\"source\":\"" source \
	"\",\"options\":[\"rbind\",\"rprivate\"]}"
#define JOIN(type) "{\"type\":\"" type "\",\"path\":\"/proc/7/ns/net\"}"
#define HOOK(name) "[{\"path\":\"/x\",\"args\":[\"" name "\"]}]"

static const struct { const char *path, *value, *wrong; } bundles_t[] = {
	{ "hostname", "\"x\"", NULL },
	{ "process/user/uid", "4294967294", NULL },
	{ "process/user/uid", "4294967295", "no valid uid" },
	{ "process/user/uid", "-1", "no valid uid" },
	{ "process/user/uid", "\"0\"", "no valid uid" },
	{ "process/user/gid", NULL, "no valid gid" },
	{ "root/path", "\"/data/overlay2/" ID "/merged\"", "this mount: /data" },
	{ "root/path", "\"rootfs\"", "not overlay2's" },
	{ "root/path", "\"/overlay2/" ID "/merged\"", "not overlay2's" },
	{ "root/path", "\"/var/lib/docker/vfs/dir/" ID "\"", "not overlay2's" },
	{ "root/path", "\"/var/lib/docker/overlay2/" ID "/merged/x\"", "not overlay2's" },
	{ "root/path", "\"/var/lib/docker/overlay2/../x/merged\"", "not overlay2's" },
	{ "root", NULL, "not overlay2's" },
	{ "newKey", "1", "newKey" },
	{ "linux/netDevices", "{}", "netDevices" },
	{ "linux/uidMappings", "[]", "uidMappings" },
	{ "linux/timeOffsets", "{}", "timeOffsets" },
	{ "linux/rootfsPropagation", "\"rprivate\"", NULL },
	{ "linux/rootfsPropagation", "\"rshared\"", "rshared" },
	{ "linux/namespaces/-", "{\"type\":\"user\"}", "userns-remap" },
	{ "linux/namespaces/-", "{\"type\":\"time\"}", "namespace" },
	{ "linux/namespaces/-", "{\"type\":\"cgroup\"}", NULL },
	{ "linux/namespaces/-", "{\"type\":\"cgroup\",\"path\":\"/x\"}", "namespace" },
	{ "linux/namespaces/0", "{\"type\":\"mount\",\"path\":\"/x\"}", "namespace" },
	{ "linux/namespaces/0", NULL, "host's namespace: mount" },
	{ "linux/namespaces/1", NULL, NULL },
	{ "linux/namespaces/1", JOIN("network"), NULL },
	{ "linux/namespaces/2", NULL, NULL },
	{ "linux/namespaces/3", NULL, "host's namespace: pid" },
	{ "linux/namespaces/4", NULL, "host's namespace: ipc" },
	{ "hooks/prestart", HOOK("nvidia-container-runtime-hook"), "nvidia" },
	{ "hooks/poststop", HOOK("libnetwork-setkey"), "this hook" },
	{ "hooks/prestart", "{}", "unknown form" },
	{ "hooks", NULL, NULL },
	{ "linux/seccomp/listenerPath", "\"/x\"", "listenerPath" },
	{ "linux/devices", "[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229}]", NULL },
	{ "linux/devices", "[{\"type\":\"c\",\"path\":\"/etc/shadow\",\"major\":10,\"minor\":229}]", "this path: /etc/shadow" },
	{ "linux/devices", "[{\"type\":\"c\",\"path\":\"/dev/../etc/shadow\",\"major\":1,\"minor\":3}]", "this path" },
	{ "linux/devices", "[{\"type\":\"p\",\"path\":\"/dev/x\"}]", "this type" },
	{ "mounts/-", BIND("/home/bob", "/x"), "this mount: /x" },
	{ "mounts/-", BIND("/var/lib/docker/volumes/v1/_data/sub", "/x"), "this mount: /x" },
	{ "mounts/-", BIND("/var/lib/docker/volumes/../_data", "/x"), "this mount: /x" },
	{ "mounts/-", BIND("/var/lib/docker/volumes/v3/_data", "/x"), NULL },
	{ "mounts/-", BIND("/var/lib/docker/containers/" OTHER "/hosts", "/etc/hosts"), "this mount: /etc/hosts" },
	{ "mounts/-", BIND("/var/lib/docker/containers/" ID "/hosts", "/x"), "this mount: /x" },
	{ "mounts/-", BIND("/var/lib/docker/containers/" ID "/config.v2.json", "/etc/hosts"), "this mount" },
	{ "mounts/-", BIND("/var/lib/docker/containers/" ID "/mounts/shm", "/dev/shm"), NULL },
	{ "mounts/-", BIND("/var/lib/docker/containers/" OTHER "/mounts/shm", "/dev/shm"), "this mount" },
	{ "mounts/-", BIND("/usr/bin/docker-init", "/sbin/x"), "this mount" },
	{ "mounts/-", BIND(SAFEDOCKER_PLACEHOLDER, "/new"), "does not say what is meant to be at /new" },
	{ "mounts/-", BIND(SAFEDOCKER_PLACEHOLDER, "/app"), "does not say what is meant to be at /app" },
	{ "mounts/-", BIND(SAFEDOCKER_PLACEHOLDER "/x", "/new"), "this mount: /new" },
	{ "mounts/-", BIND(SAFEDOCKER_PLACEHOLDER, VARIABLE_MARK), NULL },
	{ "mounts/8/options/-", "\"rshared\"", "rshared" },
	{ "mounts/10/options/-", "\"rro\"", NULL },
	{ "mounts/8/options/-", "\"exec\"", "exec" },
	/* With these runc mounts what the source names, and opens it as root. */
	{ "mounts/1/options/-", "\"bind\"", "bind" },
	{ "mounts/1/options/-", "\"rbind\"", "rbind" },
	{ "mounts/1/options/-", "\"idmap\"", "idmap" },
	{ "mounts/1/options/-", "\"remount\"", "remount" },
	{ "mounts/1/options/-", "\"rshared\"", "rshared" },
	{ "mounts/1/options/-", "\"size=5\"", NULL },
	{ "mounts/8/extra", "1", "not of the known form" },
	{ "mounts/8/destination", "\"app\"", "not of the known form" },
	{ "mounts/0/type", "\"ext4\"", "this mount: /proc" },
	{ "mounts/0/type", "\"overlay\"", "this mount: /proc" },
	{ "mounts/10", NULL, "speaks of /data" },
	{ "mounts/10/destination", "\"/other\"", "speaks of /data" },
	{ "process/env/2", NULL, "no variable" },
	{ "process/env/2", "\"SAFEDOCKER\"", "no variable" },
	{ "process/env/-", "\"SAFEDOCKER={}\"", "two variables" },
	{ "process/env/2", "\"SAFEDOCKER={}\"", "does not say what is meant" },
	{ "process/env/2", "\"SAFEDOCKER=x\"", "not one JSON object" },
};

START_TEST(bundles)
{
	static struct bundle b;
	struct error error = { .code = ERR_NONE };
	json_t *config = load();
	int result;

	change(config, bundles_t[_i].path, bundles_t[_i].value);
	result = bundle_read(config, ID, &b, &error);
	if (bundles_t[_i].wrong == NULL) {
		ck_assert_msg(result == 0, "%s: %s", bundles_t[_i].path, error.text);
	} else {
		ck_assert_msg(result == -1, "%s", bundles_t[_i].path);
		ck_assert_msg(strstr(error.text, bundles_t[_i].wrong) != NULL, "%s", error.text);
	}
	bundle_free(&b);
	json_decref(config);
}
END_TEST

/* What the texts of a list of objects are, for comparison with one line. */
static const char *at(const json_t *config, const char *path)
{
	char text[256], *key = text, *rest;
	const json_t *value = config;

	(void)snprintf(text, sizeof(text), "%s", path);
	for (; key != NULL; key = rest) {
		rest = strchr(key, '/');
		if (rest != NULL)
			*rest++ = '\0';
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(key)) :
			json_object_get(value, key);
	}
	return json_string_value(value);
}

static void rewritten(const char *path, const char *value, json_t **ret, struct bundle *b)
{
	static const gid_t groups[] = { 1000, 27 };
	struct idmap uids, gids;
	struct error error = { .code = ERR_NONE };

	*ret = load();
	if (path != NULL)
		change(*ret, path, value);
	ck_assert_int_eq(bundle_read(*ret, ID, b, &error), 0);
	ck_assert_int_eq(idmap_make(&uids, b->uid, 1012, 100000, 65536, NULL, 0, NULL), 0);
	ck_assert_int_eq(idmap_make(&gids, b->gid, 1000, 100000, 65536, groups, 2, NULL), 0);
	ck_assert_msg(bundle_rewrite(b, &uids, &gids, groups, 2, &error) == 0, "%s", error.text);
}

START_TEST(rewriting)
{
	static struct bundle b;
	json_t *config, *list_;
	struct idmap map;
	char place[BUNDLE_PATH_MAX];

	rewritten("annotations", "{\"org.systemd.property.X\":\"1\",\"safedocker.root\":\"/\"}", &config, &b);
	ck_assert_uint_eq(json_object_size(json_object_get(config, "annotations")), 1);
	ck_assert_str_eq(at(config, "root/path"), BUNDLE_ROOT);
	ck_assert_str_eq(bundle_engine_root(config), b.root);
	ck_assert_str_eq(at(config, "process/cwd"), "/app");
	list_ = json_object_get(json_object_get(config, "process"), "env");
	ck_assert_uint_eq(json_array_size(list_), 2);
	ck_assert_str_eq(at(config, "linux/namespaces/5/type"), "user");
	ck_assert_str_eq(at(config, "linux/namespaces/5/path"), BUNDLE_USER);
	/* Inside only where that can be done; each host path is a clone of ours without an option of the engine's. */
	ck_assert_str_eq(at(config, "mounts/3/type"), "sysfs");
	list_ = json_object_get(config, "mounts");
	ck_assert_uint_eq(json_array_size(list_), 15);
	for (size_t i = 7; i < 15; i++) {
		const json_t *mount = json_array_get(list_, i);

		bundle_place(place, i);
		ck_assert_str_eq(json_string_value(json_object_get(mount, "source")), place);
		ck_assert_uint_eq(json_array_size(json_object_get(mount, "options")), 2);
	}
	ck_assert(b.mount[8].read_only && !b.mount[9].read_only && !b.mount[10].read_only);
	ck_assert(b.mount[9].entry->make && b.mount[10].entry->copy);
	ck_assert_str_eq(b.mount[11].entry->subpath, "a/b");
	/* The image's own group, and behind it the caller's: the main one and another. */
	list_ = json_object_get(json_object_get(json_object_get(config, "process"), "user"), "additionalGids");
	ck_assert_uint_eq(json_array_size(list_), 3);
	ck_assert_int_eq(json_integer_value(json_array_get(list_, 1)), 100);
	ck_assert_int_eq(json_integer_value(json_array_get(list_, 2)), 65537);
	ck_assert_int_eq(idmap_from_json(json_object_get(json_object_get(config, "linux"), "uidMappings"), &map,
					 NULL), 0);
	text_is(&map, "0 100000 1000\n1000 1012 1\n1001 101000 64536\n");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(json_object_get(config, "linux"),
			 "sysctl"), "net.ipv4.ping_group_range")), "100 65534");
	bundle_free(&b);
	json_decref(config);
}
END_TEST

START_TEST(rewriting_joins)
{
	static struct bundle b;
	json_t *config;

	rewritten("linux/namespaces/1", JOIN("network"), &config, &b);
	ck_assert_str_eq(b.join[BUNDLE_NETWORK] != NULL ? "set" : "", "set");
	ck_assert_str_eq(at(config, "linux/namespaces/1/path"), BUNDLE_PLACE "/network");
	bundle_free(&b);
	json_decref(config);
	/* The host's network: sysfs cannot be mounted, so that its clone takes the place. */
	rewritten("linux/namespaces/1", NULL, &config, &b);
	ck_assert(b.host_network);
	ck_assert_str_eq(at(config, "mounts/3/type"), "bind");
	bundle_free(&b);
	json_decref(config);
	/* The mark carries the variable and is not mounted. */
	rewritten("mounts/-", BIND(SAFEDOCKER_PLACEHOLDER, VARIABLE_MARK), &config, &b);
	ck_assert_uint_eq(json_array_size(json_object_get(config, "mounts")), 15);
	bundle_free(&b);
	json_decref(config);
}
END_TEST

START_TEST(a_variable_without_a_place_holder_means_nothing)
{
	static struct bundle b;
	struct idmap map;
	json_t *config = load();

	change(config, "mounts/9", NULL);
	change(config, "mounts/8", NULL);
	change(config, "process/env/-", "\"SAFEDOCKER={\\\"cwd\\\":\\\"/evil\\\"}\"");
	ck_assert_int_eq(bundle_read(config, ID, &b, NULL), 0);
	ck_assert_int_eq(idmap_make(&map, b.uid, 1012, 100000, 65536, NULL, 0, NULL), 0);
	ck_assert_int_eq(bundle_rewrite(&b, &map, &map, NULL, 0, NULL), 0);
	ck_assert_str_eq(at(config, "process/cwd"), "/");
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(config, "process"), "env")), 2);
	for (size_t i = 0; i < b.n_mounts; i++)
		ck_assert(b.mount[i].entry == NULL);
	bundle_free(&b);
	json_decref(config);
}
END_TEST

START_TEST(exec)
{
	static struct bundle b;
	static const gid_t groups[] = { 1000, 27, 28 };
	json_t *config, *process;

	rewritten(NULL, NULL, &config, &b);
	process = json_loads("{\"cwd\":\"/\",\"env\":[\"A=1\",\"SAFEDOCKER={}\",\"SAFEDOCKER=x\"],\"user\":{\"uid\":0}}",
			     0, NULL);
	ck_assert_int_eq(bundle_rewrite_exec(process, config, groups, 3, NULL), 0);
	ck_assert_str_eq(at(process, "cwd"), "/app");
	ck_assert_uint_eq(json_array_size(json_object_get(process, "env")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(process, "user"), "additionalGids")), 2);
	json_object_set_new(process, "cwd", json_string(VARIABLE_EXEC_ROOT));
	ck_assert_int_eq(bundle_rewrite_exec(process, config, groups, 0, NULL), 0);
	ck_assert_str_eq(at(process, "cwd"), VARIABLE_EXEC_ROOT);
	json_decref(process);
	process = json_loads("{\"cwd\":\"/x\"}", 0, NULL);
	ck_assert_int_eq(bundle_rewrite_exec(process, config, groups, 0, NULL), -1);
	json_decref(process);
	bundle_free(&b);
	json_decref(config);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runtime");
	TCase *tests = tcase_create("runtime");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, an_account_in_the_area);
	tcase_add_loop_test(tests, parents, 0, COUNT(parents_t));
	tcase_add_loop_test(tests, variables, 0, COUNT(variables_t));
	tcase_add_test(tests, variable_limits);
	tcase_add_test(tests, maps);
	tcase_add_test(tests, maps_refused);
	tcase_add_loop_test(tests, subids, 0, COUNT(subids_t));
	tcase_add_test(tests, table);
	tcase_add_test(tests, mountinfos);
	tcase_add_loop_test(tests, overlays, 0, COUNT(overlays_t));
	tcase_add_loop_test(tests, command_lines, 0, COUNT(lines_t));
	tcase_add_loop_test(tests, numbers, 0, COUNT(numbers_t));
	tcase_add_loop_test(tests, bundles, 0, COUNT(bundles_t));
	tcase_add_test(tests, rewriting);
	tcase_add_test(tests, rewriting_joins);
	tcase_add_test(tests, a_variable_without_a_place_holder_means_nothing);
	tcase_add_test(tests, exec);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
