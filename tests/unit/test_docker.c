/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "docker/create.h"
#include "docker/filters.h"
#include "docker/image_ref.h"
#include "docker/inspect.h"
#include "docker/kind.h"
#include "docker/private.h"
#include "docker/target.h"
#include "docker/view.h"
#include "wire/json.h"

static const struct { const char *text, *repository, *tag; int id; } image_names_t[] = {
	{ "bb", "docker.io/library/bb", "", 0 }, { "bb:1", "docker.io/library/bb", "1", 0 },
	{ "library/bb", "docker.io/library/bb", "", 0 }, { "docker.io/bb", "docker.io/library/bb", "", 0 },
	{ "index.docker.io/a/b:c", "docker.io/a/b", "c", 0 }, { "localhost/x", "localhost/x", "", 0 },
	{ "localhost:5000/x:y", "localhost:5000/x", "y", 0 }, { "r.example.com/a/b/c", "r.example.com/a/b/c", "", 0 },
	{ "a/b", "docker.io/a/b", "", 0 }, { "a__b", "docker.io/library/a__b", "", 0 }, { "a--b", "docker.io/library/a--b", "", 0 },
	{ "bb@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "docker.io/library/bb", "", 0 },
	{ "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
	  "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "", 1 },
	{ "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
	  "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "", 1 },
	/* refused */
	{ "", NULL, "", 0 }, { "BB", NULL, "", 0 }, { "a//b", NULL, "", 0 }, { "/a", NULL, "", 0 }, { "a/", NULL, "", 0 },
	{ "a:", NULL, "", 0 }, { "a:-b", NULL, "", 0 }, { "a@b", NULL, "", 0 }, { "a b", NULL, "", 0 }, { "a..b", NULL, "", 0 },
	{ "a___b", NULL, "", 0 }, { "-a", NULL, "", 0 }, { "a.", NULL, "", 0 }, { "sha256:ccc", NULL, "", 0 },
	{ "a:b\n", NULL, "", 0 }, { "a/../b", NULL, "", 0 }, { "a@sha256:cc", NULL, "", 0 }, { "x:99999/b", NULL, "", 0 },
};

START_TEST(image_names)
{
	struct image_ref ref;
	int r = image_ref_parse(slice_str(image_names_t[_i].text), &ref, NULL);

	if (image_names_t[_i].repository == NULL) {
		ck_assert_msg(r == -1, "accepted %s", image_names_t[_i].text);
		return;
	}
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(ref.repository, image_names_t[_i].repository);
	ck_assert(slice_is(ref.tag, image_names_t[_i].tag));
	ck_assert_int_eq(ref.is_id, image_names_t[_i].id);
	image_ref_free(&ref);
}
END_TEST

static const struct { const char *text; bool may; } words_that_could_be_ids_t[] = {
	{ "abc", true }, { "abc:1", false }, { "bb", true }, { "busybox", false }, { "x/abc", false }, { "0", true },
};

START_TEST(words_that_could_be_ids)
{
	struct image_ref ref;

	ck_assert_int_eq(image_ref_parse(slice_str(words_that_could_be_ids_t[_i].text), &ref, NULL), 0);
	ck_assert(ref.may_be_id == words_that_could_be_ids_t[_i].may);
	image_ref_free(&ref);
}
END_TEST

static const struct { const char *body, *result; int used; } privates_t[] = {
	{ "{}", "{\"HostConfig\":{\"NetworkMode\":\"n\"}}", 1 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"default\"}}", "{\"HostConfig\":{\"NetworkMode\":\"n\"}}", 1 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"bridge\"}}", "{\"HostConfig\":{\"NetworkMode\":\"n\"}}", 1 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"none\"}}", "{\"HostConfig\":{\"NetworkMode\":\"none\"}}", 0 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"mine\"}}", "{\"HostConfig\":{\"NetworkMode\":\"mine\"}}", 0 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"default\"},\"NetworkingConfig\":{\"EndpointsConfig\":{\"default\":{\"Aliases\":[\"a\"]}}}}",
	  "{\"HostConfig\":{\"NetworkMode\":\"n\"},\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{\"Aliases\":[\"a\"]}}}}", 1 },
	{ "{\"HostConfig\":{\"NetworkMode\":\"mine\"},\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{}}}}",
	  "{\"HostConfig\":{\"NetworkMode\":\"mine\"},\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{}}}}", 1 },
	{ "{\"HostConfig\":{\"Links\":[\"x:y\"]}}",
	  "{\"HostConfig\":{\"NetworkMode\":\"n\"},\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{\"Links\":[\"x:y\"]}}}}", 1 },
};

START_TEST(privates)
{
	json_t *body = json_loads(privates_t[_i].body, 0, NULL);
	json_t *result = json_loads(privates_t[_i].result, 0, NULL);
	char *text;

	ck_assert(body != NULL && result != NULL);
	ck_assert_int_eq(private_use(body, "n"), privates_t[_i].used);
	text = json_dumps(body, JSON_COMPACT);
	ck_assert_msg(json_equal(body, result), "%s", text);
	free(text);
	json_decref(body);
	json_decref(result);
}
END_TEST

#define ID "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define PINNED "\"SecurityOpt\":[\"no-new-privileges\"],\"CapDrop\":[\"ALL\"],\"CapAdd\":null,\"Privileged\":false"

static const struct { const char *text; int result; bool owned, pinned; } owners_t[] = {
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\"," PINNED "},\"Mounts\":[]}", 0, true, true },
	/* one witness alone */
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"\"," PINNED "}}", 0, false, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\"," PINNED "}}", 0, false, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:8\"," PINNED "}}", 0, false, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"07\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:07\"," PINNED "}}", 0, false, false },
	/* owned, not pinned */
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:7\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\"," PINNED "}}", 0, true, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"0:0\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\"," PINNED "}}", 0, true, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\"," PINNED "}}", 0, true, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\",\"CapDrop\":[\"ALL\"]}}", 0, true, false },
	{ "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\",\"Labels\":{\"safedocker.uid\":\"7\"}},\"HostConfig\":"
	  "{\"ContainerIDFile\":\"safedocker:7\",\"SecurityOpt\":[\"no-new-privileges\"],\"CapDrop\":[\"ALL\"],"
	  "\"CapAdd\":[\"SYS_ADMIN\"]}}", 0, true, false },
	/* no container at all */
	{ "{\"Id\":\"cc\",\"Config\":{},\"HostConfig\":{}}", -1, false, false }, { "[]", -1, false, false },
	{ "{\"Id\":\"" ID "\",\"HostConfig\":{}}", -1, false, false }, { "junk", -1, false, false },
};

START_TEST(owners)
{
	struct container c = { .owned = false };
	struct error why = { 0 };

	ck_assert_int_eq(inspect_container(slice_str(owners_t[_i].text), NULL, &c, &why), owners_t[_i].result);
	if (owners_t[_i].result < 0) {
		ck_assert_int_eq(why.code, ERR_ENGINE);
		return;
	}
	ck_assert(c.owned == owners_t[_i].owned && (c.kind == CONTAINER_PINNED) == owners_t[_i].pinned);
	if (c.owned)
		ck_assert_uint_eq(c.owner, 7);
}
END_TEST

#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DATE "2026-11-25T02:00:00Z"
#define GIVEN "container " ID " 7\nnetwork " ID " 7\nimage sha256:" ID " 7\nvolume data 7 " DATE " mapped\n" \
	"volume any 8 - open\n"

static const struct { const char *text; int result; size_t n; } adopted_t[] = {
	{ "", 0, 0 }, { "# a word\n\n", 0, 0 }, { GIVEN, 0, 5 },
	{ "container " ID " 7", -1, 0 }, { "container " ID " 7 \n", -1, 0 }, { "container  " ID " 7\n", -1, 0 },
	{ " container " ID " 7\n", -1, 0 }, { "container " ID "\n", -1, 0 }, { "container cc 7\n", -1, 0 },
	{ "container " ID " 07\n", -1, 0 }, { "container " ID " -1\n", -1, 0 }, { "container " ID " 4294967295\n", -1, 0 },
	{ "container " ID " alice\n", -1, 0 }, { "image " ID " 7\n", -1, 0 }, { "exec " ID " 7\n", -1, 0 },
	{ "container " ID " 7\ncontainer " ID " 8\n", -1, 0 }, { "container " ID " 7\r\n", -1, 0 },
	{ "volume data 7\n", -1, 0 }, { "volume data 7 " DATE "\n", -1, 0 }, { "volume data 7 " DATE " loose\n", -1, 0 },
	{ "volume data 7 now mapped\n", -1, 0 }, { "volume ../x 7 - mapped\n", -1, 0 },
	{ "volume data 7 - pinned\n", -1, 0 },
};

START_TEST(adopted_files)
{
	struct adopted all = { .n = 0 };
	struct error why = { 0 };
	struct buf out = buf_new(4096);

	ck_assert_int_eq(adopted_parse(slice_str(adopted_t[_i].text), &all, &why), adopted_t[_i].result);
	ck_assert_uint_eq(all.n, adopted_t[_i].n);
	if (adopted_t[_i].result < 0) {
		ck_assert_int_eq(why.code, ERR_SYNTAX);
		ck_assert(strncmp(why.text, "line ", 5) == 0);
	} else {
		struct adopted again = { .n = 0 };

		adopted_render(&all, &out);
		ck_assert_int_eq(adopted_parse(buf_slice(&out), &again, NULL), 0);
		ck_assert_uint_eq(again.n, all.n);
		adopted_free(&again);
	}
	adopted_free(&all);
	buf_free(&out);
}
END_TEST

START_TEST(a_nul_ends_no_line)
{
	static const char text[] = "container " ID " 7\0\n";
	struct adopted all = { .n = 0 };

	ck_assert_int_eq(adopted_parse(slice_of(text, sizeof(text) - 1), &all, NULL), -1);
}
END_TEST

/* What is somebody's by root's word alone: 0 is nobody's. */
static const struct { enum object_kind kind; const char *text; uid_t owner; enum container_kind of; } given_t[] = {
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"a\":\"b\"}},\"HostConfig\":{}}", 7, CONTAINER_OPEN },
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID_B "\",\"Config\":{\"Labels\":{}},\"HostConfig\":{}}", 0, CONTAINER_OPEN },
	/* However much it looks like one of ours. */
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\",\"Config\":{\"User\":\"7:1879048199\"},\"HostConfig\":{\"ContainerIDFile\":\"\"," PINNED
	  "}}", 7, CONTAINER_OPEN },
	/* A label or a witness of ours is there already. */
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"8\"}},\"HostConfig\":{}}", 0,
	  CONTAINER_OPEN },
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"x\"}},\"HostConfig\":{}}", 0,
	  CONTAINER_OPEN },
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\",\"Config\":{},\"HostConfig\":{\"ContainerIDFile\":\"safedocker:8\"}}", 0,
	  CONTAINER_OPEN },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\",\"Labels\":{}}", 7, 0 },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\",\"Labels\":{\"safedocker.kind\":\"private\"}}", 0, 0 },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"macvlan\",\"Labels\":{}}", 0, 0 },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"host\",\"Driver\":\"host\",\"Labels\":{}}", 0, 0 },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"bridge\",\"Driver\":\"bridge\",\"Labels\":{}}", 0, 0 },
	{ OBJECT_VOLUME, "{\"Name\":\"data\",\"Driver\":\"local\",\"CreatedAt\":\"" DATE "\"}", 7, CONTAINER_MAPPED },
	{ OBJECT_VOLUME, "{\"Name\":\"data\",\"Driver\":\"local\",\"CreatedAt\":\"2026-11-25T02:00:01Z\"}", 0, CONTAINER_OPEN },
	{ OBJECT_VOLUME, "{\"Name\":\"data\",\"Driver\":\"local\"}", 0, CONTAINER_OPEN },
	{ OBJECT_VOLUME, "{\"Name\":\"data\",\"Driver\":\"local\",\"CreatedAt\":\"" DATE "\",\"Labels\":{\"safedocker.uid\":\"8\"}}",
	  8, CONTAINER_OPEN },
	{ OBJECT_VOLUME, "{\"Name\":\"any\",\"Driver\":\"local\",\"CreatedAt\":\"" DATE "\"}", 8, CONTAINER_OPEN },
	{ OBJECT_IMAGE_OWN, "{\"Id\":\"sha256:" ID "\",\"Config\":{}}", 7, 0 },
	{ OBJECT_IMAGE, "{\"Id\":\"sha256:" ID "\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"8\"}}}", 8, 0 },
	{ OBJECT_IMAGE_OWN, "{\"Id\":\"sha256:" ID_B "\",\"Config\":{}}", 0, 0 },
	/* What a swarm keeps is not given away. */
	{ OBJECT_SERVICE, "{\"ID\":\"" ID "\",\"Spec\":{}}", 0, 0 },
};

START_TEST(given)
{
	struct slice text = slice_str(given_t[_i].text);
	enum object_kind kind = given_t[_i].kind;
	struct adopted all = { .n = 0 };
	struct container c = { .owned = false };
	struct resource r = { .owned = false };

	ck_assert_int_eq(adopted_parse(slice_str(GIVEN), &all, NULL), 0);
	if (kind == OBJECT_CONTAINER) {
		ck_assert_int_eq(inspect_container(text, &all, &c, NULL), 0);
		ck_assert_int_eq(c.owned, given_t[_i].owner != 0);
		ck_assert_uint_eq(c.owned ? c.owner : 0, given_t[_i].owner);
		ck_assert_int_eq(c.kind, given_t[_i].of);
		ck_assert_int_eq(inspect_container(text, NULL, &c, NULL), 0);
		ck_assert(!c.owned);
	} else {
		ck_assert_int_eq(inspect_resource(kind, text, &all, &r, NULL), 0);
		ck_assert_int_eq(r.owned, given_t[_i].owner != 0);
		ck_assert_uint_eq(r.owned ? r.owner : 0, given_t[_i].owner);
		if (kind == OBJECT_VOLUME)
			ck_assert_int_eq(r.of, given_t[_i].of);
	}
	adopted_free(&all);
}
END_TEST

START_TEST(given_away_and_taken_back)
{
	struct adopted all = { .n = 0 };
	struct adoption one = { .kind = OBJECT_CONTAINER, .name = ID, .owner = 7 };

	ck_assert_int_eq(adopted_add(&all, &one, NULL), 0);
	one.owner = 8;
	ck_assert_int_eq(adopted_add(&all, &one, NULL), 0);
	ck_assert_uint_eq(all.n, 1);
	ck_assert(adopted_has(&all, OBJECT_CONTAINER, 8) && !adopted_has(&all, OBJECT_CONTAINER, 7));
	ck_assert(!adopted_has(&all, OBJECT_VOLUME, 8) && adopted_has(&all, OBJECT_NONE, 8));
	ck_assert_uint_eq(adopted_find(&all, OBJECT_CONTAINER, ID, NULL)->owner, 8);
	ck_assert_ptr_null(adopted_find(&all, OBJECT_NETWORK, ID, NULL));
	ck_assert_ptr_null(adopted_find(&all, OBJECT_CONTAINER, NULL, NULL));
	ck_assert_ptr_null(adopted_find(NULL, OBJECT_CONTAINER, ID, NULL));
	ck_assert(adopted_remove(&all, OBJECT_CONTAINER, ID) && !adopted_remove(&all, OBJECT_CONTAINER, ID));
	ck_assert_ptr_null(adopted_find(&all, OBJECT_CONTAINER, ID, NULL));
	adopted_free(&all);
}
END_TEST

START_TEST(owned_of_a_list)
{
	static const char list[] = "[{\"Id\":\"" ID "\",\"Labels\":{}},{\"Id\":\"x\",\"Labels\":{\"safedocker.uid\":\"7\"}},"
		"{\"Id\":\"y\",\"Labels\":{\"safedocker.uid\":\"8\"}},{\"Labels\":{\"safedocker.uid\":\"7\"}}]";
	struct adopted all = { .n = 0 };
	json_t *alone = json_object(), *with = json_object();

	ck_assert_int_eq(adopted_parse(slice_str(GIVEN), &all, NULL), 0);
	ck_assert_int_eq(inspect_owned(slice_str(list), 7, NULL, alone, NULL), 0);
	ck_assert(json_object_size(alone) == 1 && json_object_get(alone, "x") != NULL);
	ck_assert_int_eq(inspect_owned(slice_str(list), 7, &all, with, NULL), 0);
	ck_assert(json_object_size(with) == 2 && json_object_get(with, ID) != NULL);
	ck_assert_int_eq(inspect_owned(slice_str("{}"), 7, NULL, alone, NULL), -1);
	json_decref(alone);
	json_decref(with);
	adopted_free(&all);
}
END_TEST

static const struct { const char *body, *image, *place; } workdirs_t[] = {
	{ "{}", NULL, "" }, { "{\"WorkingDir\":\"/a/b\"}", NULL, "/a/b" }, { "{\"WorkingDir\":\"/a//b/\"}", NULL, "/a/b" },
	{ "{\"WorkingDir\":\"/x/../w/./new\"}", NULL, "/w/new" }, { "{\"WorkingDir\":\"/../../w\"}", NULL, "/w" },
	{ "{\"WorkingDir\":\"/a/..\"}", NULL, "/" }, { "{\"WorkingDir\":\"w/new\"}", NULL, "w/new" }, { "{}", "{\"Config\":{\"WorkingDir\":\"w/new\"}}", "/w/new" },
	{ "{}", "{\"Config\":{\"WorkingDir\":\"/w/new\"}}", "/w/new" },
	{ "{\"WorkingDir\":\"\"}", "{\"Config\":{\"WorkingDir\":\"/w/new\"}}", "/w/new" },
	{ "{\"WorkingDir\":\"/a\"}", "{\"Config\":{\"WorkingDir\":\"/w/new\"}}", "/a" },
	{ "{}", "{\"Config\":{\"WorkingDir\":7}}", "" },
};

START_TEST(workdirs)
{
	json_t *body = json_loads(workdirs_t[_i].body, 0, NULL);
	json_t *image = workdirs_t[_i].image != NULL ? json_loads(workdirs_t[_i].image, 0, NULL) : NULL;
	char *place = create_workdir(body, image);

	ck_assert_str_eq(place, workdirs_t[_i].place);
	free(place);
	json_decref(body);
	json_decref(image);
}
END_TEST

static const struct { const char *host; long long cpus; int result; long long quota; } cpus_t[] = {
	{ "{}", 2000000000, 0, 0 }, { "{\"CpuPeriod\":50000}", 2000000000, 1, 100000 },
	{ "{\"CpuPeriod\":100000}", 500000000, 1, 50000 }, { "{\"CpuPeriod\":50000,\"CpuQuota\":7000}", 2000000000, 1, 7000 },
	{ "{\"CpuQuota\":7000}", 2000000000, 1, 7000 }, { "{\"CpuPeriod\":-1}", 2000000000, 0, 0 },
	{ "{\"CpuPeriod\":9223372036854775807}", 2000000000, 0, 0 },
};

START_TEST(cpus_in_one_unit)
{
	json_t *host = json_loads(cpus_t[_i].host, 0, NULL), *body = json_pack("{s:o}", "HostConfig", host);
	struct setting s = { .flag = FLAG_CPUS, .number = cpus_t[_i].cpus };

	ck_assert_int_eq(create_cpus(body, &s), cpus_t[_i].result);
	ck_assert_int_eq(json_integer_value(json_object_get(host, "CpuQuota")), cpus_t[_i].quota);
	json_decref(body);
}
END_TEST

static const struct { const char *text; int result; bool privileged, has_user; } execs_t[] = {
	{ "{\"ContainerID\":\"" ID "\",\"ProcessConfig\":{\"user\":\"7:1879048199\",\"privileged\":false}}", 0, false, true },
	{ "{\"ContainerID\":\"" ID "\",\"ProcessConfig\":{\"user\":\"7:1879048199\",\"privileged\":true}}", 0, true, true },
	{ "{\"ContainerID\":\"" ID "\",\"ProcessConfig\":{\"user\":\"7\",\"privileged\":false}}", 0, false, false },
	{ "{\"ContainerID\":\"" ID "\",\"ProcessConfig\":{\"user\":\"root\",\"privileged\":false}}", 0, false, false },
	{ "{\"ContainerID\":\"" ID "\"}", 0, true, false },
	{ "{\"ContainerID\":\"../" ID "\"}", -1, false, false }, { "{}", -1, false, false }, { "junk", -1, false, false },
};

START_TEST(execs)
{
	struct exec e;
	uid_t user;

	ck_assert_int_eq(inspect_exec(slice_str(execs_t[_i].text), &e, NULL), execs_t[_i].result);
	if (execs_t[_i].result == 0) {
		ck_assert_str_eq(e.container, ID);
		ck_assert(e.privileged == execs_t[_i].privileged && kind_pinned_user(e.user, &user) == execs_t[_i].has_user);
	}
}
END_TEST

static const struct { const char *text, *result; } filters_t[] = {
	{ "{\"name\":{\"x\":true}}", "{\"name\":[\"x\"]}" }, { "{\"name\":[\"x\",\"y\"]}", "{\"name\":[\"x\",\"y\"]}" },
	{ "{}", "{}" }, { "{\"nam\":[\"x\"]}", NULL }, { "{\"Name\":[\"x\"]}", NULL }, { "{\"name\":{\"x\":false}}", NULL },
	{ "{\"name\":\"x\"}", NULL }, { "[]", NULL }, { "{\"name\":[1]}", NULL }, { "{\"name\":[\"a\\nb\"]}", NULL },
	{ "{\"name\":[\"x\"],\"name\":[\"y\"]}", NULL }, { "", NULL },
};

START_TEST(filters)
{
	struct facts facts = { 0 };
	struct references references = { .n = 0 };
	char *text = filters_take(slice_str(filters_t[_i].text), "name label", OPERATION_CONTAINER_LIST, &facts,
				  &references, NULL);

	if (filters_t[_i].result == NULL)
		ck_assert_ptr_null(text);
	else
		ck_assert_str_eq(text, filters_t[_i].result);
	free(text);
	facts_free(&facts);
}
END_TEST

START_TEST(owner_filter)
{
	char *text = filters_with_label(NULL, "safedocker.uid=7");

	ck_assert_str_eq(text, "{\"label\":[\"safedocker.uid=7\"]}");
	free(text);
	text = filters_with_label("{\"label\":[\"a\"],\"name\":[\"x\"]}", "safedocker.uid=7");
	ck_assert_str_eq(text, "{\"label\":[\"a\",\"safedocker.uid=7\"],\"name\":[\"x\"]}");
	free(text);
}
END_TEST

START_TEST(answers)
{
	struct buf b = buf_new(10000);
	struct http_head h;
	size_t used;

	answer_error(&b, 403, "no \"x\"\n", HTTP_GET, true);
	ck_assert_int_eq(http_answer_parse(buf_slice(&b), HTTP_GET, &h, &used, NULL), HTTP_DONE);
	ck_assert_int_eq(h.status, 403);
	ck_assert(h.close);
	ck_assert_uint_eq(b.len - used, h.length);
	ck_assert_str_eq(buf_cstr(&b) + used, "{\"message\":\"no \\\"x\\\"\\u000a\"}\n");
	buf_reset(&b);
	answer_error(&b, 404, "x", HTTP_HEAD, false);
	ck_assert_int_eq(http_answer_parse(buf_slice(&b), HTTP_HEAD, &h, &used, NULL), HTTP_DONE);
	ck_assert_uint_eq(used, b.len);
	ck_assert(!h.close);
	/* The engine's head: only the fields that a client needs, framing and all. */
	ck_assert_int_eq(http_answer_parse(slice_str("HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nX-Secret: y\r\n"
						     "Transfer-Encoding: chunked\r\n\r\n"), HTTP_GET, &h, &used, NULL),
			 HTTP_DONE);
	buf_reset(&b);
	answer_head(&b, &h, false);
	ck_assert_str_eq(buf_cstr(&b), "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n");
	buf_free(&b);
}
END_TEST

static const struct { const char *body, *message; } ids_are_hidden_t[] = {
	{ "{\"message\":\"in use by container \\\"" ID "\\\".\"}", "in use by container \"(hidden)\"." },
	{ "{\"message\":\"face the facade\"}", "face the facade" }, { "{\"message\":\"\"}", "" },
	{ "{\"message\":1}", NULL }, { "[]", NULL }, { "junk", NULL },
};

START_TEST(ids_are_hidden)
{
	char *message = answer_without_ids(slice_str(ids_are_hidden_t[_i].body));

	if (ids_are_hidden_t[_i].message == NULL)
		ck_assert_ptr_null(message);
	else
		ck_assert_str_eq(message, ids_are_hidden_t[_i].message);
	free(message);
}
END_TEST

static const struct { const char *target; int status; bool everybody; const char *body, *seen; } views_t[] = {
	{ "/v1.41/containers/json", 200, false, "[{\"Id\":1,\"Labels\":{\"safedocker.uid\":\"7\"}},"
	  "{\"Id\":2,\"Labels\":{\"safedocker.uid\":\"8\"}},{\"Id\":3,\"Labels\":{}},{\"Id\":4},5,null]\n",
	  "[{\"Id\":1,\"Labels\":{\"safedocker.uid\":\"7\"}}]" },
	{ "/v1.41/networks", 200, false, "[{\"Id\":1,\"Labels\":null},{\"Id\":2,\"Labels\":{\"safedocker.uid\":\"7\"}}]",
	  "[{\"Id\":2,\"Labels\":{\"safedocker.uid\":\"7\"}}]" },
	{ "/v1.41/volumes", 200, false, "{\"Volumes\":[{\"Name\":\"a\",\"Labels\":{\"safedocker.uid\":\"70\"}}],\"Warnings\":[]}",
	  "{\"Volumes\":[],\"Warnings\":[]}" },
	{ "/v1.41/volumes", 200, false, "{\"Volumes\":null,\"Other\":[1]}", "{\"Volumes\":null}" },
	{ "/v1.41/services", 200, false, "[{\"ID\":\"a\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"7\"}}},"
	  "{\"ID\":\"b\",\"Labels\":{\"safedocker.uid\":\"7\"},\"Spec\":{}}]",
	  "[{\"ID\":\"a\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"7\"}}}]" },
	{ "/v1.41/tasks", 200, false, "[{\"ID\":\"a\",\"Spec\":{\"ContainerSpec\":{\"Labels\":{\"safedocker.uid\":\"7\"}}}},"
	  "{\"ID\":\"b\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"7\"}}}]",
	  "[{\"ID\":\"a\",\"Spec\":{\"ContainerSpec\":{\"Labels\":{\"safedocker.uid\":\"7\"}}}}]" },
	{ "/v1.41/system/df", 200, false, "{\"LayersSize\":5,\"Images\":[{\"Id\":1}],\"Containers\":[{\"Id\":2,\"Labels\":{}}],"
	  "\"Volumes\":[{\"Name\":\"a\",\"Labels\":{\"safedocker.uid\":\"7\"}}],\"BuildCache\":[{\"Description\":\"x\"}]}",
	  "{\"LayersSize\":5,\"Images\":[{\"Id\":1}],\"Containers\":[],\"Volumes\":[{\"Name\":\"a\",\"Labels\":"
	  "{\"safedocker.uid\":\"7\"}}]}" },
	{ "/v1.41/plugins", 200, false, "[{\"Name\":\"p\",\"Config\":{\"Description\":\"d\",\"Env\":[{\"Name\":\"A\"}]},"
	  "\"Settings\":{\"Env\":[\"A=secret\"]}}]", "[{\"Name\":\"p\",\"Config\":{\"Description\":\"d\"}}]" },
	{ "/v1.41/plugins/p/json", 200, false, "{\"Name\":\"p\",\"Settings\":{\"Env\":[\"A=secret\"]}}", "{\"Name\":\"p\"}" },
	{ "/v1.41/containers/json", 200, true, "[{\"Id\":4,\"Labels\":{}}]", "[{\"Id\":4,\"Labels\":{}}]" },
	{ "/v1.41/networks/n", 200, false, "{\"Name\":\"n\",\"Containers\":{\"" ID "\":{\"Name\":\"a\"},\"" ID_B "\":{\"Name\":\"b\"}},"
	  "\"Options\":{},\"Services\":{\"s\":{}}}", "{\"Name\":\"n\",\"Containers\":{\"" ID "\":{\"Name\":\"a\"}},\"Options\":{}}" },
	{ "/v1.41/networks/n", 200, true, "", NULL },
	{ "/v1.41/containers/c/json", 200, false, "", NULL },
	/* As they are. */
	{ "/v1.41/containers/json", 500, false, "", NULL },
	{ "/v1.41/version", 200, false, "", NULL },
};

/* What root gave is asked for without a filter, and found in the list; nothing else of others is. */
static const struct { const char *target; bool asks_all; const char *body, *seen; } given_views_t[] = {
	{ "/v1.41/containers/json", true, "[{\"Id\":\"" ID "\",\"Labels\":{}},{\"Id\":\"" ID_B "\",\"Labels\":{}}]",
	  "[{\"Id\":\"" ID "\",\"Labels\":{}}]" },
	{ "/v1.41/containers/json", true, "[{\"Id\":\"" ID "\",\"Labels\":{\"safedocker.uid\":\"8\"}}]", "[]" },
	/* The newest of everybody's would not be the caller's. */
	{ "/v1.41/containers/json?limit=3", false, "[]", "[]" },
	{ "/v1.41/networks", true, "[{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\"}]",
	  "[{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\"}]" },
	{ "/v1.41/networks", true, "[{\"Id\":\"" ID "\",\"Name\":\"host\",\"Driver\":\"host\"}]", "[]" },
	{ "/v1.41/volumes", true, "{\"Volumes\":[{\"Name\":\"data\",\"CreatedAt\":\"" DATE "\"},{\"Name\":\"any\"}]}",
	  "{\"Volumes\":[{\"Name\":\"data\",\"CreatedAt\":\"" DATE "\"}]}" },
	{ "/v1.41/volumes", true, "{\"Volumes\":[{\"Name\":\"data\",\"CreatedAt\":\"2020\"}]}", "{\"Volumes\":[]}" },
	{ "/v1.41/events", true, "{\"Type\":\"container\",\"Actor\":{\"ID\":\"" ID "\"}}\n"
	  "{\"Type\":\"network\",\"Actor\":{\"ID\":\"" ID_B "\"}}\n{\"Type\":\"container\",\"Actor\":{\"ID\":\"" ID_B "\","
	  "\"Attributes\":{\"safedocker.uid\":\"8\"}}}\n",
	  "{\"Type\":\"container\",\"Actor\":{\"ID\":\"" ID "\"}}\n" },
	{ "/v1.41/events", true, "{\"Type\":\"container\",\"Actor\":{\"ID\":\"" ID_B "\",\"Attributes\":{\"safedocker.uid\":\"7\"}}}\n",
	  "{\"Type\":\"container\",\"Actor\":{\"ID\":\"" ID_B "\",\"Attributes\":{\"safedocker.uid\":\"7\"}}}\n" },
};

START_TEST(given_views)
{
	static const struct subject subject = { .uid = 7 };
	struct http_head head = { .method = HTTP_GET, .target = slice_str(given_views_t[_i].target) };
	struct http_head answer = { .status = 200, .framing = HTTP_BODY_CHUNKED };
	struct buf out = buf_new(4096);
	struct adopted all = { .n = 0 };
	struct request request;
	struct sieve sieve;
	struct view view;

	ck_assert_int_eq(adopted_parse(slice_str(GIVEN), &all, NULL), 0);
	ck_assert_int_eq(request_parse(&head, &request, NULL), 0);
	view = (struct view){ .request = &request, .subject = &subject };
	ck_assert(!view_asks_all(&view));
	view.adopted = &all;
	ck_assert_int_eq(view_asks_all(&view), given_views_t[_i].asks_all);
	ck_assert(view_sieve(&view, &answer, &sieve));
	ck_assert_int_eq(sieve_feed(&sieve, slice_str(given_views_t[_i].body), &out, NULL), 0);
	ck_assert_int_eq(sieve_end(&sieve, &out, NULL), 0);
	ck_assert_str_eq(buf_cstr(&out), given_views_t[_i].seen);
	sieve_free(&sieve);
	buf_free(&out);
	adopted_free(&all);
	request_free(&request);
}
END_TEST

/* Each long answer and its twin that ends by itself. */
static const struct {
	enum http_method method;
	const char *target;
	bool lasts;
} lasting_t[] = {
	{ HTTP_GET, "/v1.41/events", true },
	{ HTTP_GET, "/v1.41/containers/json", false },
	{ HTTP_GET, "/v1.41/containers/web/logs?stdout=1&follow=1", true },
	{ HTTP_GET, "/v1.41/containers/web/logs?stdout=1&follow=true", true },
	{ HTTP_GET, "/v1.41/containers/web/logs?stdout=1&follow=0", false },
	{ HTTP_GET, "/v1.41/containers/web/logs?stdout=1&follow=", false },
	{ HTTP_GET, "/v1.41/containers/web/logs?stdout=1", false },
	{ HTTP_GET, "/v1.41/services/web/logs?follow=1&stdout=1", true },
	{ HTTP_GET, "/v1.41/services/web/logs?stdout=1", false },
	{ HTTP_GET, "/v1.41/tasks/aaaaaaaaaaaaaaaaaaaaaaaaa/logs?follow=1&stdout=1", true },
	{ HTTP_GET, "/v1.41/containers/web/stats", true },
	{ HTTP_GET, "/v1.41/containers/web/stats?stream=1", true },
	{ HTTP_GET, "/v1.41/containers/web/stats?stream=0", false },
	{ HTTP_GET, "/v1.41/containers/web/stats?stream=false", false },
	{ HTTP_POST, "/v1.41/containers/web/wait", true },
	{ HTTP_POST, "/v1.41/containers/web/start", false },
	{ HTTP_POST, "/v1.41/containers/web/attach?stream=1&stdout=1", true },
	{ HTTP_POST, "/v1.41/containers/web/attach?logs=1&stdout=1", false },
	{ HTTP_POST, "/v1.41/images/create?fromImage=debian&tag=12", true },
	{ HTTP_GET, "/v1.41/containers/web/export", true },
	{ HTTP_GET, "/v1.41/images/debian/get", true },
	{ HTTP_GET, "/v1.41/images/debian/json", false },
};

START_TEST(lasting)
{
	struct http_head head = { .method = lasting_t[_i].method,
				  .target = slice_str(lasting_t[_i].target) };
	struct request request;
	struct error why = { 0 };

	ck_assert_msg(request_parse(&head, &request, &why) == 0, "%s: %s", lasting_t[_i].target,
		      why.text);
	ck_assert_msg(request_lasts(&request) == lasting_t[_i].lasts, "%s", lasting_t[_i].target);
	/* An exec that is started without a stream has none. */
	request.detach = true;
	ck_assert(!request_lasts(&request));
	request_free(&request);
}
END_TEST

START_TEST(targets)
{
	static const struct { enum target_kind kind; const char *target; enum err code; } rows[] = {
		{ TARGET_VOLUME, "/d", ERR_NONE }, { TARGET_VOLUME, "/d//", ERR_NONE }, { TARGET_VOLUME, "", ERR_SYNTAX },
		{ TARGET_VOLUME, "d", ERR_SYNTAX }, { TARGET_VOLUME, "/d//e", ERR_SYNTAX },
		{ TARGET_VOLUME, "/d/../dev", ERR_SYNTAX }, { TARGET_VOLUME, "/d/.", ERR_SYNTAX },
		{ TARGET_VOLUME, "/d/...", ERR_NONE }, { TARGET_VOLUME, "/", ERR_DENIED }, { TARGET_VOLUME, "///", ERR_DENIED },
		{ TARGET_VOLUME, "/dev", ERR_DENIED }, { TARGET_VOLUME, "/devices", ERR_NONE },
		{ TARGET_VOLUME, "/dev/shm", ERR_DENIED }, { TARGET_TMPFS, "/dev/shm", ERR_NONE },
		{ TARGET_TMPFS, "/dev/shm/", ERR_NONE }, { TARGET_TMPFS, "/dev/shm/x", ERR_DENIED },
		{ TARGET_TMPFS, "/dev/shmx", ERR_DENIED }, { TARGET_BIND, "/dev/shm", ERR_DENIED },
		{ TARGET_OTHER, "/dev/shm", ERR_DENIED }, { TARGET_BIND, "/run/x", ERR_DENIED },
		{ TARGET_VOLUME, "/run/x", ERR_NONE }, { TARGET_TMPFS, "/run", ERR_NONE }, { TARGET_OTHER, "/run", ERR_DENIED },
		{ TARGET_VOLUME, "/etc", ERR_DENIED }, { TARGET_VOLUME, "/etc/x", ERR_NONE },
		{ TARGET_VOLUME, "/etc/hosts", ERR_DENIED }, { TARGET_VOLUME, "/etc/hosts/x", ERR_DENIED },
		{ TARGET_NONE, "/run", ERR_DENIED },
	};
	static const struct { const char *spelt, *clean; } paths[] = {
		{ "", "/" }, { "a", "/a" }, { "/a//b/./c/", "/a/b/c" }, { "/a/../../b", "/b" }, { "/..", "/" }, { "//", "/" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error why = { 0 };
		int r = target_check(rows[i].kind, slice_str("x"), slice_str(rows[i].target), &why);

		ck_assert_msg(why.code == rows[i].code && r == (rows[i].code == ERR_NONE ? 0 : -1), "%s: %s", rows[i].target,
			      why.text);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *clean = target_clean(slice_str(paths[i].spelt));

		ck_assert_str_eq(clean, paths[i].clean);
		free(clean);
	}
}
END_TEST

/* What an image asks for, against what the request has. */
START_TEST(volumes_of_images)
{
	static const struct { const char *volume, *result; } rows[] = {
		{ "/v", "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/v\",\"VolumeOptions\":{}}]}}" },
		{ "/x/..//v/", "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/v\",\"VolumeOptions\":{}}]}}" },
		{ "v", NULL }, { "/dev", NULL }, { "/dev/", NULL }, { "/x/../dev/null", NULL }, { "//etc/hosts", NULL }, { "/..", NULL },
		{ "/a\nb", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *body = json_object(), *image = json_pack("{s:{s:{s:{}}}}", "Config", "Volumes", rows[i].volume);
		struct error why = { 0 };
		int r = create_image_volumes(body, image, &why);
		char *text = json_render(body);

		ck_assert_msg(r == (rows[i].result != NULL ? 0 : -1), "%s: %s", rows[i].volume, why.text);
		ck_assert_str_eq(text, rows[i].result != NULL ? rows[i].result : "{}");
		ck_assert(r == 0 || why.code == ERR_DENIED);
		free(text);
		json_decref(body);
		json_decref(image);
	}
}
END_TEST

START_TEST(views)
{
	static const struct subject subject = { .uid = 7 };
	struct http_head head = { .method = HTTP_GET, .target = slice_str(views_t[_i].target) };
	struct http_head answer = { .status = views_t[_i].status, .framing = HTTP_BODY_CHUNKED };
	struct buf out = buf_new(4096);
	struct request request;
	struct sieve sieve;
	struct view view;
	json_t *shown;
	bool sieved;

	ck_assert_int_eq(request_parse(&head, &request, NULL), 0);
	shown = json_pack("{s:b}", ID, 1);
	view = (struct view){ .request = &request, .subject = &subject, .shown = shown, .everybody = views_t[_i].everybody };
	sieved = view_sieve(&view, &answer, &sieve);
	ck_assert_int_eq(sieved, views_t[_i].seen != NULL);
	if (sieved) {
		ck_assert_int_eq(sieve_feed(&sieve, slice_str(views_t[_i].body), &out, NULL), 0);
		ck_assert_int_eq(sieve_end(&sieve, &out, NULL), 0);
		ck_assert_str_eq(buf_cstr(&out), views_t[_i].seen);
		sieve_free(&sieve);
	}
	json_decref(shown);
	buf_free(&out);
	request_free(&request);
}
END_TEST

Suite *docker_suite(void)
{
	Suite *s = suite_create("docker");
	TCase *t = tcase_create("docker");

	tcase_add_loop_test(t, privates, 0, COUNT(privates_t));
	tcase_add_loop_test(t, image_names, 0, COUNT(image_names_t));
	tcase_add_loop_test(t, words_that_could_be_ids, 0, COUNT(words_that_could_be_ids_t));
	tcase_add_loop_test(t, owners, 0, COUNT(owners_t));
	tcase_add_loop_test(t, adopted_files, 0, COUNT(adopted_t));
	tcase_add_test(t, a_nul_ends_no_line);
	tcase_add_loop_test(t, given, 0, COUNT(given_t));
	tcase_add_test(t, given_away_and_taken_back);
	tcase_add_test(t, owned_of_a_list);
	tcase_add_loop_test(t, workdirs, 0, COUNT(workdirs_t));
	tcase_add_loop_test(t, cpus_in_one_unit, 0, COUNT(cpus_t));
	tcase_add_loop_test(t, given_views, 0, COUNT(given_views_t));
	tcase_add_loop_test(t, execs, 0, COUNT(execs_t));
	tcase_add_loop_test(t, filters, 0, COUNT(filters_t));
	tcase_add_test(t, owner_filter);
	tcase_add_test(t, targets);
	tcase_add_test(t, volumes_of_images);
	tcase_add_test(t, answers);
	tcase_add_loop_test(t, ids_are_hidden, 0, COUNT(ids_are_hidden_t));
	tcase_add_loop_test(t, lasting, 0, COUNT(lasting_t));
	tcase_add_loop_test(t, views, 0, COUNT(views_t));
	suite_add_tcase(s, t);
	return s;
}
