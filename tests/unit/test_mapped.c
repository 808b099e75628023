/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a create becomes for the runtime of mapped containers, and how answers are turned back. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/mapped.h"
#include "runtime/variable.h"
#include "wire/json.h"

#define PLACE SAFEDOCKER_PLACEHOLDER
#define MARK PLACE ":/.safedocker:ro"

/* Apostrophes in place of quotes: there are none in what is written here. */
static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	ck_assert_msg(value != NULL, "%s", text);
	free(copy);
	return value;
}

static void is_same(const json_t *value, const char *expected)
{
	json_t *other = parse(expected);
	char *text = json_render(value);

	ck_assert_msg(json_equal(value, other), "%s\nin place of\n%s", text, expected);
	free(text);
	json_decref(other);
}

static const char *last_env(const json_t *body)
{
	const json_t *env = json_object_get(body, "Env");

	return json_string_value(json_array_get(env, json_array_size(env) - 1));
}

/* --- making one ---------------------------------------------------------------------- */
/* HostConfig as it is asked; Binds, Mounts and the variable as they become. */
static const struct { const char *host, *workdir, *lent, *binds, *mounts, *variable; } made_t[] = {
	{ "{}", NULL, NULL, "null", "null", "{}" },
	{ "{}", "/", NULL, "null", "null", "{}" },
	{ "{}", "/app", NULL, "['" MARK "']", "null", "{'cwd':'/app'}" },
	/* -v of a path: a missing one is made. */
	{ "{'Binds':['/home/alice/x:/app']}", "/app", NULL, "['" PLACE ":/app:ro']", "null",
	  "{'cwd':'/app','mounts':[{'target':'/app','source':'/home/alice/x','ro':false,'make':true}]}" },
	{ "{'Binds':['/home/alice/x/:/app/:ro']}", NULL, NULL, "['" PLACE ":/app:ro']", "null",
	  "{'mounts':[{'target':'/app','source':'/home/alice/x','ro':true,'make':true}]}" },
	{ "{'Binds':['/:/host']}", NULL, NULL, "['" PLACE ":/host:ro']", "null",
	  "{'mounts':[{'target':'/host','source':'/','ro':false,'make':true}]}" },
	/* --mount of a path: only where it is asked. */
	{ "{'Mounts':[{'Type':'bind','Source':'/home/alice/x','Target':'/app'}]}", NULL, NULL, "null",
	  "[{'Type':'bind','Source':'" PLACE "','Target':'/app','ReadOnly':true}]",
	  "{'mounts':[{'target':'/app','source':'/home/alice/x','ro':false,'make':false}]}" },
	{ "{'Mounts':[{'Type':'bind','Source':'/home/alice/x','Target':'/app','ReadOnly':true,"
	  "'BindOptions':{'CreateMountpoint':true,'Propagation':'rprivate'}}]}", NULL, NULL, "null",
	  "[{'Type':'bind','Source':'" PLACE "','Target':'/app','ReadOnly':true}]",
	  "{'mounts':[{'target':'/app','source':'/home/alice/x','ro':true,'make':true}]}" },
	/* Volumes: the engine copies nothing. */
	{ "{'Binds':['data:/data']}", NULL, NULL, "['data:/data:nocopy','" MARK "']", "null",
	  "{'mounts':[{'target':'/data','copy':true}]}" },
	{ "{'Binds':['data:/data:ro']}", NULL, NULL, "['data:/data:ro,nocopy','" MARK "']", "null",
	  "{'mounts':[{'target':'/data','copy':true}]}" },
	{ "{'Binds':['data:/data:nocopy']}", NULL, NULL, "['data:/data:nocopy']", "null", "{}" },
	{ "{'Mounts':[{'Type':'volume','Source':'data','Target':'/data'}]}", NULL, NULL, "['" MARK "']",
	  "[{'Type':'volume','Source':'data','Target':'/data','VolumeOptions':{'NoCopy':true}}]",
	  "{'mounts':[{'target':'/data','copy':true}]}" },
	{ "{'Mounts':[{'Type':'volume','Target':'/data','VolumeOptions':{'NoCopy':true}}]}", NULL, NULL, "null",
	  "[{'Type':'volume','Target':'/data','VolumeOptions':{'NoCopy':true}}]", "{}" },
	{ "{'Mounts':[{'Type':'volume','Source':'data','Target':'/data','VolumeOptions':{'Subpath':'a/b'}}]}", NULL, NULL,
	  "['" MARK "']", "[{'Type':'volume','Source':'data','Target':'/data','VolumeOptions':{'NoCopy':true}}]",
	  "{'mounts':[{'target':'/data','subpath':'a/b'}]}" },
	/* A volume inside a bind. */
	{ "{'Binds':['/home/alice/x:/app'],'Mounts':[{'Type':'volume','Target':'/app/node_modules'}]}", NULL, NULL,
	  "['" PLACE ":/app:ro']", "[{'Type':'volume','Target':'/app/node_modules','VolumeOptions':{'NoCopy':true}}]",
	  "{'mounts':[{'target':'/app','source':'/home/alice/x','ro':false,'make':true},"
	  "{'target':'/app/node_modules','copy':true}]}" },
	/* --volumes-from: what another was given; its own mount counts first, then that of the last. */
	{ "{}", NULL, "[{'Target':'/app','Source':'/home/alice/x','RO':true,'Make':false}]", "null", "null",
	  "{'mounts':[{'target':'/app','source':'/home/alice/x','ro':true,'make':false}]}" },
	{ "{'Tmpfs':{'/app':''}}", NULL, "[{'Target':'/app','Source':'/home/alice/x','RO':true,'Make':false}]", "null", "null",
	  "{}" },
	{ "{'Binds':['data:/app:nocopy']}", NULL, "[{'Target':'/app','Source':'/home/alice/x','RO':true,'Make':false}]",
	  "['data:/app:nocopy']", "null", "{}" },
	{ "{}", NULL, "[{'Target':'/a','Source':'/one','RO':true,'Make':false},{'Target':'/a','Source':'/two','RO':true,"
	  "'Make':false}]", "null", "null", "{'mounts':[{'target':'/a','source':'/two','ro':true,'make':false}]}" },
	{ "{'Mounts':[{'Type':'tmpfs','Target':'/t'}]}", NULL, NULL, "null", "[{'Type':'tmpfs','Target':'/t'}]", "{}" },
};

static json_t *body_with(const char *host)
{
	json_t *body = json_object(), *config = parse(host);

	json_object_set_new(body, "HostConfig", config);
	json_object_set_new(body, "Env", parse("['A=b']"));
	return body;
}

START_TEST(made)
{
	json_t *body = body_with(made_t[_i].host), *lent = made_t[_i].lent != NULL ? parse(made_t[_i].lent) : NULL, *told;
	const struct mapped_how how = { .uid = 1001, .driver = CGROUP_DRIVER_CGROUPFS, .workdir = made_t[_i].workdir, .lent = lent };
	const json_t *host = json_object_get(body, "HostConfig");
	struct variable variable;
	struct error why = { 0 };

	ck_assert_msg(mapped_make(body, &how, &why) == 0, "%s", why.text);
	ck_assert(mapped_is(host, 1001, CGROUP_DRIVER_CGROUPFS));
	is_same(json_object_get(body, "WorkingDir"), "'/'");
	is_same(json_object_get(host, "CapDrop"), "['NET_RAW']");
	is_same(json_array_get(json_object_get(body, "Env"), 0), "'A=b'");
	ck_assert(mapped_is_variable(last_env(body)));
	/* What is told is what the runtime reads. */
	ck_assert_msg(variable_parse(slice_str(strchr(last_env(body), '=') + 1), &variable, &why) == 0, "%s", why.text);
	variable_free(&variable);
	told = json_loads(strchr(last_env(body), '=') + 1, 0, NULL);
	is_same(told, made_t[_i].variable);
	json_decref(told);
	if (strcmp(made_t[_i].binds, "null") == 0)
		ck_assert_ptr_null(json_object_get(host, "Binds"));
	else
		is_same(json_object_get(host, "Binds"), made_t[_i].binds);
	if (strcmp(made_t[_i].mounts, "null") != 0)
		is_same(json_object_get(host, "Mounts"), made_t[_i].mounts);
	json_decref(lent);
	json_decref(body);
}
END_TEST

static const struct { const char *host, *workdir, *says; } refused_t[] = {
	{ "{'Binds':['/home/alice:/x:z']}", NULL, "root = open" },
	{ "{'Binds':['data:/x:Z']}", NULL, "root = open" },
	{ "{'Mounts':[{'Type':'bind','Source':'/x','Target':'/x','BindOptions':{'Propagation':'rshared'}}]}", NULL,
	  "bind-propagation" },
	{ "{'Mounts':[{'Type':'bind','Source':'/x','Target':'/x','BindOptions':{'NonRecursive':true}}]}", NULL,
	  "bind-recursive=disabled" },
	{ "{'Mounts':[{'Type':'bind','Source':'/x','Target':'/x','BindOptions':{'ReadOnlyNonRecursive':true}}]}", NULL,
	  "bind-recursive=writable" },
	{ "{'Mounts':[{'Type':'image','Source':'x','Target':'/x'}]}", NULL, "type=image" },
	{ "{}", "app", "absolute path" },
};

START_TEST(refused)
{
	json_t *body = body_with(refused_t[_i].host);
	const struct mapped_how how = { .uid = 1001, .driver = CGROUP_DRIVER_CGROUPFS, .workdir = refused_t[_i].workdir };
	struct error why = { 0 };

	ck_assert_int_eq(mapped_make(body, &how, &why), -1);
	ck_assert_msg(strstr(why.text, refused_t[_i].says) != NULL, "%s", why.text);
	json_decref(body);
}
END_TEST

START_TEST(too_much)
{
	const struct mapped_how how = { .uid = 1001, .driver = CGROUP_DRIVER_CGROUPFS };
	json_t *body = body_with("{'Binds':[]}"), *binds = json_object_get(json_object_get(body, "HostConfig"), "Binds");
	struct error why = { 0 };

	for (int i = 0; i < 257; i++)
		json_array_append_new(binds, json_sprintf("v:/%d", i));
	ck_assert_int_eq(mapped_make(body, &how, &why), -1);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	json_decref(body);
	body = body_with("{'Binds':[]}");
	binds = json_object_get(json_object_get(body, "HostConfig"), "Binds");
	for (int i = 0; i < 200; i++)
		json_array_append_new(binds, json_sprintf("/%0400d:/%d", i, i));
	ck_assert_int_eq(mapped_make(body, &how, &why), -1);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	json_decref(body);
}
END_TEST

/* --- whose it is --------------------------------------------------------------------- */
static const struct { const char *host; enum cgroup_driver driver; bool is; } is_t[] = {
	{ "{'CgroupParent':'/safedocker/u1001','Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, true },
	{ "{'CgroupParent':'safedocker-u1001.slice','Runtime':'safedocker'}", CGROUP_DRIVER_SYSTEMD, true },
	/* After a change of the driver the parent means another place. */
	{ "{'CgroupParent':'/safedocker/u1001','Runtime':'safedocker'}", CGROUP_DRIVER_SYSTEMD, false },
	{ "{'CgroupParent':'safedocker-u1001.slice','Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "{'CgroupParent':'/safedocker/u1001','Runtime':'safedocker'}", CGROUP_DRIVER_NONE, false },
	{ "{'CgroupParent':'/safedocker/u1002','Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "{'CgroupParent':'/safedocker/u1001/x','Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "{'CgroupParent':'/safedocker/u1001','Runtime':'runc'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "{'CgroupParent':'','Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "{'Runtime':'safedocker'}", CGROUP_DRIVER_CGROUPFS, false },
	{ "null", CGROUP_DRIVER_CGROUPFS, false },
};

START_TEST(is)
{
	json_t *host = parse(is_t[_i].host);

	ck_assert_int_eq(mapped_is(host, 1001, is_t[_i].driver), is_t[_i].is);
	json_decref(host);
}
END_TEST

START_TEST(net_raw)
{
	const struct mapped_how how = { .uid = 1001, .driver = CGROUP_DRIVER_SYSTEMD };
	json_t *body = body_with("{'CapAdd':['CAP_NET_RAW']}"), *host = json_object_get(body, "HostConfig");

	ck_assert_int_eq(mapped_make(body, &how, NULL), 0);
	ck_assert_ptr_null(json_object_get(host, "CapDrop"));
	is_same(json_object_get(host, "CgroupParent"), "'safedocker-u1001.slice'");
	json_decref(body);
}
END_TEST

/* --- turning back -------------------------------------------------------------------- */
/* Binds and Mounts come back as they were asked, whatever that was. */
START_TEST(turned_back)
{
	json_t *body = body_with(made_t[_i].host), *before = json_deep_copy(json_object_get(body, "HostConfig"));
	const struct mapped_how how = { .uid = 1001, .driver = CGROUP_DRIVER_CGROUPFS, .workdir = made_t[_i].workdir };
	json_t *host = json_object_get(body, "HostConfig"), *asked, *binds, *mounts;

	ck_assert_int_eq(mapped_make(body, &how, NULL), 0);
	asked = mapped_asked(json_object_get(body, "Labels"));
	ck_assert_ptr_nonnull(asked);
	ck_assert_str_eq(mapped_workdir(asked), how.workdir != NULL ? how.workdir : "");
	binds = json_incref(json_object_get(host, "Binds"));
	mounts = json_incref(json_object_get(host, "Mounts"));
	ck_assert_int_eq(mapped_show_binds(&binds, asked), 0);
	ck_assert_int_eq(mapped_show_mounts(&mounts, asked), 0);
	if (json_object_get(before, "Binds") != NULL)
		ck_assert(json_equal(binds, json_object_get(before, "Binds")));
	else
		ck_assert(binds == NULL || json_is_null(binds));
	ck_assert(mounts == NULL || json_equal(mounts, json_object_get(before, "Mounts")));
	mapped_show_env(json_object_get(body, "Env"));
	is_same(json_object_get(body, "Env"), "['A=b']");
	json_decref(binds);
	json_decref(mounts);
	json_decref(asked);
	json_decref(before);
	json_decref(body);
}
END_TEST

START_TEST(points)
{
	static const char given[] = "[{'Type':'bind','Source':'" PLACE "','Destination':'/app','Mode':'ro','RW':false,"
		"'Propagation':'rprivate'},{'Type':'bind','Source':'" PLACE "','Destination':'/.safedocker','RW':false},"
		"{'Type':'volume','Name':'data','Source':'/var/lib/x','Destination':'/data','Mode':'nocopy','RW':true},"
		"{'Type':'volume','Name':'other','Source':'/var/lib/y','Destination':'/o','Mode':'','RW':true}]";
	static const char shown[] = "[{'Type':'bind','Source':'/home/alice/x','Destination':'/app','Mode':'','RW':true,"
		"'Propagation':'rprivate'},"
		"{'Type':'volume','Name':'data','Source':'/var/lib/x','Destination':'/data','Mode':'z','RW':true},"
		"{'Type':'volume','Name':'other','Source':'/var/lib/y','Destination':'/o','Mode':'','RW':true}]";
	json_t *asked = parse("{'cwd':'','mounts':[{'Target':'/app','Source':'/home/alice/x','RO':false,'Make':true,"
			      "'Was':'/home/alice/x:/app'},{'Target':'/data','Was':'data:/data'}]}");
	json_t *list = parse(given);
	bool read_only = true;

	ck_assert_int_eq(mapped_show_points(list, asked), 0);
	is_same(list, shown);
	ck_assert_str_eq(mapped_source(asked, "/app", &read_only), "/home/alice/x");
	ck_assert(!read_only);
	ck_assert_ptr_null(mapped_source(asked, "/data", &read_only));
	ck_assert_ptr_null(mapped_source(NULL, "/app", &read_only));
	json_decref(list);
	json_decref(asked);
}
END_TEST

/* An image may bring any label: what is no such object says nothing. */
static const char *const no_labels[] = {
	"{}", "{'" MAPPED_LABEL "':''}", "{'" MAPPED_LABEL "':'[]'}", "{'" MAPPED_LABEL "':'{}'}",
	"{'" MAPPED_LABEL "':'junk'}", "null",
};

START_TEST(no_label)
{
	json_t *labels = parse(no_labels[_i]);

	ck_assert_ptr_null(mapped_asked(labels));
	json_decref(labels);
}
END_TEST

START_TEST(lends)
{
	json_t *lent = json_array(), *labels = json_object();

	json_object_set_new(labels, MAPPED_LABEL, json_string(
		"{\"cwd\":\"\",\"mounts\":[{\"Target\":\"/a\",\"Source\":\"/x\",\"RO\":false,\"Make\":true},"
		"{\"Target\":\"/v\",\"Was\":\"v:/v\"}]}"));
	ck_assert_int_eq(mapped_lend(lent, labels, false), 0);
	is_same(lent, "[{'Target':'/a','Source':'/x','RO':false,'Make':true}]");
	json_array_clear(lent);
	ck_assert_int_eq(mapped_lend(lent, labels, true), 0);
	is_same(lent, "[{'Target':'/a','Source':'/x','RO':true,'Make':true}]");
	json_decref(lent);
	json_decref(labels);
}
END_TEST

START_TEST(variables)
{
	ck_assert(mapped_is_variable("SAFEDOCKER={}"));
	ck_assert(mapped_is_variable("SAFEDOCKER"));
	ck_assert(!mapped_is_variable("SAFEDOCKER_X=1"));
	ck_assert(!mapped_is_variable("safedocker=1"));
}
END_TEST

Suite *mapped_suite(void)
{
	Suite *suite = suite_create("mapped");
	TCase *tc = tcase_create("mapped");

	tcase_add_loop_test(tc, made, 0, COUNT(made_t));
	tcase_add_loop_test(tc, refused, 0, COUNT(refused_t));
	tcase_add_test(tc, too_much);
	tcase_add_loop_test(tc, is, 0, COUNT(is_t));
	tcase_add_test(tc, net_raw);
	tcase_add_loop_test(tc, turned_back, 0, COUNT(made_t));
	tcase_add_test(tc, points);
	tcase_add_loop_test(tc, no_label, 0, COUNT(no_labels));
	tcase_add_test(tc, lends);
	tcase_add_test(tc, variables);
	suite_add_tcase(suite, tc);
	return suite;
}
