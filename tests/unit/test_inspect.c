/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine says of objects that exist, and what the helper asks of it on its own behalf. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "docker/bind.h"
#include "docker/create.h"
#include "docker/inspect.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/profile.h"
#include "docker/request.h"
#include "docker/runtime_info.h"
#include "docker/tar.h"
#include "docker/vendor.h"
#include "wire/json.h"

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define UID_MIN 1000

static const struct subject alice = { .uid = 1001, .gid = 1001, .name = "alice", .home = "/home/alice", .uid_min = UID_MIN };

/* --- whose it is ---------------------------------------------------------------------- */
static const struct { enum object_kind kind; const char *text; bool owned; } resources_t[] = {
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\",\"Labels\":{\"safedocker.uid\":\"1001\"}}", true },
	{ OBJECT_NETWORK, "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\",\"Labels\":{}}", false },
	{ OBJECT_VOLUME, "{\"Name\":\"v\",\"Driver\":\"local\",\"Labels\":{\"safedocker.uid\":\"1001\"},\"Options\":null}", true },
	{ OBJECT_VOLUME, "{\"Name\":\"v\",\"Driver\":\"local\",\"Labels\":null,\"Options\":null}", false },
	{ OBJECT_IMAGE, "{\"Id\":\"sha256:" ID "\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}", true },
	{ OBJECT_IMAGE, "{\"Id\":\"sha256:" ID "\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"+1001\"}}}", false },
	{ OBJECT_IMAGE, "{\"Id\":\"sha256:" ID "\",\"Labels\":{\"safedocker.uid\":\"1001\"}}", false },
	{ OBJECT_SERVICE, "{\"ID\":\"abc\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}", true },
	{ OBJECT_SERVICE, "{\"ID\":\"abc\",\"Labels\":{\"safedocker.uid\":\"1001\"}}", false },
	{ OBJECT_SECRET, "{\"ID\":\"abc\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}", true },
	{ OBJECT_TASK, "{\"ID\":\"abc\",\"Spec\":{\"ContainerSpec\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}}", true },
	{ OBJECT_TASK, "{\"ID\":\"abc\",\"Spec\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}", false },
};

START_TEST(resources)
{
	struct resource r;

	ck_assert_int_eq(inspect_resource(resources_t[_i].kind, slice_str(resources_t[_i].text), NULL, &r, NULL), 0);
	ck_assert_int_eq(r.owned, resources_t[_i].owned);
	if (r.owned)
		ck_assert_uint_eq(r.owner, 1001);
}
END_TEST

static const struct { enum object_kind kind; const char *text; } no_resources_t[] = {
	{ OBJECT_NETWORK, "{}" }, { OBJECT_NETWORK, "{\"Id\":\"x\",\"Name\":\"n\"}" }, { OBJECT_NETWORK, "junk" },
	{ OBJECT_VOLUME, "{}" }, { OBJECT_VOLUME, "[]" }, { OBJECT_IMAGE, "{\"Id\":\"\"}" },
	{ OBJECT_IMAGE, "{\"Id\":\"../x\"}" }, { OBJECT_SERVICE, "{\"ID\":1}" }, { OBJECT_TASK, "null" },
	{ OBJECT_CONTAINER, "{\"Id\":\"" ID "\"}" }, { OBJECT_NODE, "{\"ID\":\"abc\"}" },
};

START_TEST(no_resources)
{
	struct resource r;
	struct error why = { 0 };

	ck_assert_int_eq(inspect_resource(no_resources_t[_i].kind, slice_str(no_resources_t[_i].text), NULL, &r, &why), -1);
	ck_assert_int_eq(why.code, ERR_ENGINE);
}
END_TEST

START_TEST(images)
{
	struct facts facts = { 0 };

	ck_assert_int_eq(inspect_image(slice_str("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"bb:1\",\"<none>:<none>\",\"r.example.com/a/b:2\"],"
						 "\"RepoDigests\":[\"c@sha256:" ID "\"],\"Config\":{\"Labels\":{\"safedocker.uid\":\"1001\"}}}"),
				       &alice, NULL, &facts, NULL), 0);
	ck_assert_str_eq(facts.image_names, "docker.io/library/bb\nr.example.com/a/b\ndocker.io/library/c\n");
	ck_assert(facts.image_made && facts.image_own);
	/* Somebody else's making; then nobody's. */
	ck_assert_int_eq(inspect_image(slice_str("{\"Id\":\"x\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"1002\"}}}"), &alice, NULL, &facts, NULL), 0);
	ck_assert(facts.image_made && !facts.image_own);
	ck_assert_str_eq(facts.image_names, "");
	ck_assert_int_eq(inspect_image(slice_str("{\"Id\":\"x\"}"), &alice, NULL, &facts, NULL), 0);
	ck_assert(!facts.image_made && !facts.image_own);
	ck_assert_int_eq(inspect_image(slice_str("{\"RepoTags\":[\"bb:1\"]}"), &alice, NULL, &facts, NULL), -1);
	facts_free(&facts);
}
END_TEST

START_TEST(engines)
{
	static const struct { const char *said, *root; bool remapped; } infos[] = {
		{ "{\"SecurityOptions\":[\"name=seccomp\",\"name=userns\"],\"DockerRootDir\":\"/d/1.1//\"}", "/d/1.1", true },
		{ "{\"SecurityOptions\":[\"name=userns-not\"],\"DockerRootDir\":\"d\"}", "", false },
		{ "{\"DockerRootDir\":\"/a/path/that/is/too/long\"}", "", false },
	};
	bool remapped;
	char root[16];

	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		ck_assert_int_eq(inspect_info(slice_str(infos[i].said), &remapped, root, sizeof(root)), 0);
		ck_assert_str_eq(root, infos[i].root);
		ck_assert(remapped == infos[i].remapped);
	}
	/* What cannot be read is not an engine of any kind. */
	ck_assert_int_eq(inspect_info(slice_str("junk"), &remapped, root, sizeof(root)), -1);
	ck_assert_int_eq(inspect_info(slice_str("[]"), &remapped, root, sizeof(root)), -1);
	ck_assert_uint_eq(inspect_version(slice_str("1.45")), 45);
	ck_assert_uint_eq(inspect_version(slice_str("1.4x")), 0);
	ck_assert_uint_eq(inspect_version(slice_str("2.45")), 0);
	ck_assert_uint_eq(inspect_version(slice_of(NULL, 0)), 0);
}
END_TEST

START_TEST(lists)
{
	char ids[2][OBJECT_ID_LEN + 1] = { "", "" };

	ck_assert_int_eq(inspect_list(slice_str("[{\"Id\":\"" ID "\"},{\"Id\":\"" OTHER "\"},{\"Id\":\"" ID "\"}]"), ids, 2, NULL), 3);
	ck_assert_str_eq(ids[0], ID);
	ck_assert_str_eq(ids[1], OTHER);
	ck_assert_int_eq(inspect_list(slice_str("[]"), ids, 2, NULL), 0);
	ck_assert_int_eq(inspect_list(slice_str("[{\"Id\":\"x\"}]"), ids, 2, NULL), -1);
	ck_assert_int_eq(inspect_list(slice_str("{}"), ids, 2, NULL), -1);
}
END_TEST

/* --- how far root inside is root outside ------------------------------------------------ */
#define PINNED_HOST "\"SecurityOpt\":[\"no-new-privileges\"],\"CapDrop\":[\"ALL\"]"

static const struct { const char *user, *host, *mounts; enum container_kind kind; } kinds_t[] = {
	{ "1001:PINNED", PINNED_HOST, "", CONTAINER_PINNED },
	{ "1001:1001", PINNED_HOST, "", CONTAINER_OPEN },
	{ "1001", PINNED_HOST, "", CONTAINER_OPEN },
	{ "1001:PINNED", PINNED_HOST ",\"CapAdd\":[\"CHOWN\"]", "", CONTAINER_OPEN },
	{ "1001:PINNED", PINNED_HOST ",\"Privileged\":true", "", CONTAINER_OPEN },
	{ "1001:PINNED", "\"SecurityOpt\":[],\"CapDrop\":[\"ALL\"]", "", CONTAINER_OPEN },
	{ "1001:PINNED", "\"SecurityOpt\":[\"no-new-privileges\"],\"CapDrop\":[\"MKNOD\"]", "", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"NET_RAW\",\"MKNOD\"]", "", CONTAINER_CLOSED },
	{ "", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"NET_RAW\",\"MKNOD\"]", "", CONTAINER_OPEN },
	{ "1000", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"NET_RAW\",\"MKNOD\"]", "", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"NET_RAW\"]", "", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\"],\"CapDrop\":[\"NET_RAW\",\"MKNOD\"]", "", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\",\"seccomp=unconfined\"],\"CapDrop\":[\"ALL\"]", "", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"ALL\"]",
	  "{\"Type\":\"bind\",\"Source\":\"/srv\"}", CONTAINER_OPEN },
	{ "0", "\"SecurityOpt\":[\"no-new-privileges\",\"PROFILE\"],\"CapDrop\":[\"ALL\"]",
	  "{\"Type\":\"volume\",\"Name\":\"v\"}", CONTAINER_CLOSED },
};

/* `text` with what stands for a word in it put in. Static until the next call. */
static const char *put_in(const char *text, const char *word, const char *with)
{
	static char out[2][64 * 1024];
	static int turn;
	const char *at = strstr(text, word);

	turn = !turn;
	(void)snprintf(out[turn], sizeof(out[turn]), "%.*s%s%s", at != NULL ? (int)(at - text) : (int)strlen(text), text,
		       at != NULL ? with : "", at != NULL ? at + strlen(word) : "");
	return out[turn];
}

START_TEST(kinds)
{
	char *profile = profile_text(UID_MIN), number[16], user[64];
	json_t *quoted = json_string(profile), *host, *mounts, *root;
	bool mappable;

	(void)snprintf(number, sizeof(number), "%u", (unsigned)pinned_gid(1001));
	(void)snprintf(user, sizeof(user), "%s", put_in(kinds_t[_i].user, "PINNED", number));
	host = json_loads(put_in("{X}", "X", put_in(kinds_t[_i].host, "PROFILE", "?")), 0, NULL);
	for (size_t i = 0; i < json_array_size(json_object_get(host, "SecurityOpt")); i++)
		if (strcmp(json_string_value(json_array_get(json_object_get(host, "SecurityOpt"), i)), "?") == 0)
			(void)json_array_set(json_object_get(host, "SecurityOpt"), i, quoted);
	mounts = json_loads(put_in("[X]", "X", kinds_t[_i].mounts), 0, NULL);
	ck_assert(host != NULL && mounts != NULL);
	root = json_pack("{s:{s:s}, s:o, s:o}", "Config", "User", user, "HostConfig", host, "Mounts", mounts);
	ck_assert_int_eq(kind_of_container(root, 1001, UID_MIN, &mappable), kinds_t[_i].kind);
	/* What is another's kind is not one's own. */
	if (kinds_t[_i].kind == CONTAINER_PINNED)
		ck_assert_int_eq(kind_of_container(root, 1002, UID_MIN, &mappable), CONTAINER_OPEN);
	json_decref(root);
	json_decref(quoted);
	free(profile);
}
END_TEST

START_TEST(volumes_have_kinds)
{
	json_t *labels = json_pack("{s:s}", "safedocker.kind", "closed");

	ck_assert_int_eq(kind_of_volume(labels), CONTAINER_CLOSED);
	ck_assert_int_eq(json_object_set_new(labels, "safedocker.kind", json_string("Closed")), 0);
	ck_assert_int_eq(kind_of_volume(labels), CONTAINER_OPEN);
	ck_assert_int_eq(kind_of_volume(NULL), CONTAINER_OPEN);
	json_decref(labels);
}
END_TEST

/* --- judged again ------------------------------------------------------------------------ */
static const struct { const char *host; enum flag flag; } again_t[] = {
	{ "\"Privileged\":true", FLAG_PRIVILEGED }, { "\"PidMode\":\"host\"", FLAG_PID }, { "\"CapAdd\":[\"SYS_ADMIN\"]", FLAG_CAP_ADD },
	{ "\"Runtime\":\"other\"", FLAG_RUNTIME }, { "\"SecurityOpt\":[\"seccomp=unconfined\"]", FLAG_SECURITY_OPT },
	{ "\"Memory\":1000000,\"MemorySwap\":3000000", FLAG_MEMORY_SWAP }, { "\"NetworkMode\":\"host\"", FLAG_NETWORK },
	/* What the engine and the helper set by themselves asks for nothing. */
	{ "\"Privileged\":false", FLAG_NONE }, { "\"Runtime\":\"runc\"", FLAG_NONE }, { "\"NetworkMode\":\"some\"", FLAG_NONE },
	{ "\"UsernsMode\":\"host\"", FLAG_NONE }, { "\"SecurityOpt\":[\"no-new-privileges\"]", FLAG_NONE },
	{ "\"MaskedPaths\":[\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/timer_list\","
	  "\"/proc/timer_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/sys/firmware\"],\"ReadonlyPaths\":[\"/proc/bus\",\"/proc/fs\","
	  "\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]", FLAG_NONE },
};

START_TEST(again)
{
	struct facts facts = { 0 };
	struct references references = { 0 };
	struct error why = { 0 };
	bool found = false;

	ck_assert_msg(inspect_again(slice_str(put_in("{\"HostConfig\":{X}}", "X", again_t[_i].host)), &alice, &facts, &references,
				    &why) == 0, "%s", why.text);
	for (size_t i = 0; i < facts.n; i++)
		found = found || facts.list[i].flag == again_t[_i].flag;
	if (again_t[_i].flag == FLAG_NONE)
		ck_assert_uint_eq(facts.n, 0);
	else
		ck_assert(found);
	facts_free(&facts);
	references_free(&references);
}
END_TEST

START_TEST(not_again)
{
	struct facts facts = { 0 };
	struct references references = { 0 };
	struct error why = { 0 };

	ck_assert_int_eq(inspect_again(slice_str("{\"HostConfig\":1}"), &alice, &facts, &references, &why), -1);
	ck_assert_int_eq(why.code, ERR_ENGINE);
	/* A setting of a newer engine that no table knows is no setting to enter with. */
	ck_assert_int_eq(inspect_again(slice_str("{\"HostConfig\":{\"Unheard\":true}}"), &alice, &facts, &references, &why), -1);
	ck_assert_int_eq(why.code, ERR_DENIED);
	facts_free(&facts);
	references_free(&references);
}
END_TEST

/* --- paths of the host --------------------------------------------------------------------- */
START_TEST(binds)
{
	struct facts facts = { 0 };
	json_t *names = json_array(), *asked = NULL;
	const char *text = "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/a\",\"RW\":false},{\"Type\":\"bind\",\"Source\":\"b\",\"RW\":true},"
		"{\"Type\":\"volume\",\"Name\":\"v\"},{\"Type\":\"tmpfs\"}],\"HostConfig\":{}}";

	ck_assert_int_eq(inspect_binds(slice_str(text), &facts), 0);
	ck_assert_uint_eq(facts.n, 2);
	ck_assert_str_eq(facts.list[0].value, "/srv/a:ro");
	/* What is no path may be any. */
	ck_assert_str_eq(facts.list[1].value, "/");
	ck_assert_int_eq(inspect_volumes(slice_str(text), names, &asked), 0);
	ck_assert_uint_eq(json_array_size(names), 1);
	ck_assert_str_eq(json_string_value(json_array_get(names, 0)), "v");
	ck_assert_ptr_null(asked);
	/* An image's files are what was asked for; borrowed ones may be anything. */
	ck_assert_int_eq(inspect_binds(slice_str(
		"{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"/x\",\"Destination\":\"/i\",\"RW\":false},"
		"{\"Type\":\"image\",\"Source\":\"/x\",\"Destination\":\"/j\",\"RW\":true}],"
		"\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"bb:1\",\"Target\":\"/i\"},"
		"{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/j\"}]}}"), &facts), 0);
	ck_assert_uint_eq(facts.n, 4);
	ck_assert_int_eq(facts.list[2].flag, FLAG_MOUNT);
	ck_assert_str_eq(facts.list[2].value, "type=image,source=bb:1");
	ck_assert_int_eq(facts.list[3].flag, FLAG_VOLUME);
	ck_assert_str_eq(facts.list[3].value, "/");
	ck_assert_int_eq(inspect_binds(slice_str("{}"), &facts), -1);
	ck_assert_int_eq(inspect_volumes(slice_str("{}"), names, &asked), -1);
	facts_free(&facts);
	json_decref(names);
}
END_TEST

START_TEST(volumes_of_binds)
{
	struct slice root = slice_str("/home/alice");
	char name[BIND_NAME_LEN], *body, *other;
	size_t bytes = 0;
	json_t *mount;

	bind_volume_name(1001, root, name);
	ck_assert(bind_is_volume(name) && !bind_is_volume("safedocker") && !bind_is_volume(NULL));
	body = bind_volume_body(name, root);
	ck_assert_ptr_nonnull(strstr(body, "\"device\":\"/home/alice\""));
	/* The engine's answer about it has other names for the same: what was made, and what somebody else made. */
	other = (char *)put_in(put_in("{\"Name\":\"?\",\"Driver\":\"local\",\"Labels\":{\"safedocker.kind\":\"bind\"},\"Options\":!}", "?", name), "!",
			       "{\"type\":\"none\",\"o\":\"rbind\",\"device\":\"/home/alice\"}");
	ck_assert_int_eq(bind_volume_check(slice_str(other), name, root, NULL), 0);
	ck_assert_int_eq(bind_volume_check(slice_str(other), name, slice_str("/root"), NULL), -1);
	ck_assert_int_eq(bind_volume_check(slice_str(put_in(other, "rbind", "bind")), name, root, NULL), -1);
	ck_assert_int_eq(bind_volume_check(slice_str(put_in(other, "\"bind\"", "\"open\"")), name, root, NULL), -1);
	ck_assert_int_eq(bind_volume_check(slice_str("{}"), name, root, NULL), -1);
	free(body);
	mount = json_pack("{s:s, s:s, s:{s:s, s:{s:{s:s}}}}", "Type", "volume", "Source", name, "VolumeOptions", "Subpath", "project",
			  "DriverConfig", "Options", "device", "/home/alice");
	body = bind_source(mount, &bytes);
	ck_assert_str_eq(body, "/home/alice/project");
	ck_assert_uint_eq(bytes, strlen("/home/alice"));
	free(body);
	ck_assert_int_eq(json_object_set_new(mount, "Source", json_string("data")), 0);
	ck_assert_ptr_null(bind_source(mount, &bytes));
	json_decref(mount);
}
END_TEST

START_TEST(targets)
{
	json_t *body = json_loads("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\"},"
				  "{\"Type\":\"volume\",\"Source\":\"r\",\"Target\":\"/r\",\"ReadOnly\":true},"
				  "{\"Type\":\"bind\",\"Source\":\"/b\",\"Target\":\"/b\"}],"
				  "\"Binds\":[\"w:/w\",\"o:/o:ro\",\"/host:/h\",\"x:/x:rw\"]}}", 0, NULL);
	struct slice list[8];

	ck_assert_uint_eq(create_volume_targets(body, list, 8), 3);
	ck_assert(slice_is(list[0], "/v") && slice_is(list[1], "/w") && slice_is(list[2], "/x"));
	ck_assert_uint_eq(create_volume_targets(body, list, 1), 1);
	json_decref(body);
}
END_TEST

/* --- GPUs ------------------------------------------------------------------------------------ */
static const struct { const char *requests, *env, *image, *result; } gpus_t[] = {
	{ "[]", "[\"A=b\"]", "[\"A=b\"]", "[\"A=b\"]" },
	{ "[]", "[\"NVIDIA_VISIBLE_DEVICES=all\"]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=void\"]" },
	{ "[]", "[\"NVIDIA_VISIBLE_DEVICES\",\"A=b\"]", "[]", "[\"A=b\",\"NVIDIA_VISIBLE_DEVICES=void\"]" },
	{ "[]", "[\"A=b\"]", "[\"NVIDIA_VISIBLE_DEVICES=all\"]", "[\"A=b\",\"NVIDIA_VISIBLE_DEVICES=void\"]" },
	{ "[{\"Count\":2}]", "[]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=0,1\"]" },
	{ "[{\"Count\":-1}]", "[]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=all\"]" },
	{ "[{\"DeviceIDs\":[\"3\",\"GPU-x\"]}]", "[\"NVIDIA_VISIBLE_DEVICES=0\"]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=3,GPU-x\"]" },
	{ "[{\"Driver\":\"cdi\",\"DeviceIDs\":[\"x\"]}]", "[]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=void\"]" },
};

START_TEST(gpus)
{
	json_t *body = json_pack("{s:o, s:{s:o}}", "Env", json_loads(gpus_t[_i].env, 0, NULL), "HostConfig", "DeviceRequests",
				 json_loads(gpus_t[_i].requests, 0, NULL));
	json_t *image = json_pack("{s:{s:o}}", "Config", "Env", json_loads(gpus_t[_i].image, 0, NULL));
	json_t *expected = json_loads(gpus_t[_i].result, 0, NULL);

	ck_assert_int_eq(vendor_set_env(body, image), 0);
	ck_assert(json_equal(json_object_get(body, "Env"), expected));
	json_decref(body);
	json_decref(image);
	json_decref(expected);
}
END_TEST

/* --- what is asked on the helper's own behalf -------------------------------------------------- */
START_TEST(own_requests)
{
	struct request request = { .minor = 41, .kind = CONTAINER_PINNED };
	struct buf out = buf_new(16 * 1024);

	request_render_lookup(&request, "/info", &out);
	ck_assert_str_eq(buf_cstr(&out), "GET /v1.41/info HTTP/1.1\r\nHost: docker\r\n\r\n");
	buf_reset(&out);
	request_render_post(&request, "/networks/create", "{}", &out);
	ck_assert_str_eq(buf_cstr(&out), "POST /v1.41/networks/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
			 "Content-Length: 2\r\n\r\n{}");
	buf_reset(&out);
	request_render_volume(&request, "v", &alice, &out);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "{\"Name\":\"v\",\"Driver\":\"local\",\"Labels\":{\"safedocker.uid\":\"1001\","
				     "\"safedocker.kind\":\"pinned\"}}"));
	buf_reset(&out);
	request_render_stat(&request, ID, slice_str("/a b&c"), &out);
	ck_assert_str_eq(buf_cstr(&out), "HEAD /v1.41/containers/" ID "/archive?path=%2Fa%20b%26c HTTP/1.1\r\nHost: docker\r\n\r\n");
	buf_reset(&out);
	request_render_give(&request, ID, slice_str("/data/x/"), 01755, &alice, &out);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "?noOverwriteDirNonDir=true&path=%2Fdata%2F HTTP/1.1\r\n"));
	buf_free(&out);
}
END_TEST

START_TEST(archives)
{
	struct buf out = buf_new(16 * 1024);
	char name[100];

	tar_directory(&out, slice_str("x"), 01755, 1001, 0x10000000);
	ck_assert_uint_eq(out.len % 512, 0);
	ck_assert_str_eq((const char *)out.data, "x/");
	ck_assert_str_eq((const char *)out.data + 100, "0001755");
	ck_assert_str_eq((const char *)out.data + 108, "0001751");
	/* Seven octal digits do not hold it. */
	ck_assert_mem_eq(out.data + 116, "\x80\0\0\0\x10\0\0\0", 8);
	ck_assert_int_eq(out.data[156], '5');
	buf_reset(&out);
	memset(name, 'x', sizeof(name));
	tar_directory(&out, slice_of(name, 98), 0755, 1001, 1001);
	ck_assert(!out.failed);
	tar_directory(&out, slice_of(name, 99), 0755, 1001, 1001);
	ck_assert(out.failed);
	buf_free(&out);
}
END_TEST

/* What we make ourselves is plain; a byte that changes is told by the sum. Kinds of compression: tests/cases. */
START_TEST(plain_archives)
{
	struct buf out = buf_new(16 * 1024);
	struct error why = { 0 };
	char text[TAR_BLOCK];

	tar_directory(&out, slice_str("x"), 0755, 1001, 0x10000000);
	ck_assert_int_eq(tar_check_plain(slice_of(out.data, TAR_BLOCK), &why), 0);
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		/* Behind the digits of the sum stands what nobody reads. */
		bool counts = i < 148 + 6 || i >= 148 + 8;

		out.data[i] ^= 1;
		why.code = ERR_NONE;
		ck_assert_msg((tar_check_plain(slice_of(out.data, TAR_BLOCK), &why) < 0) == counts, "byte %zu", i);
		ck_assert_int_eq(why.code, counts ? ERR_SYNTAX : ERR_NONE);
		out.data[i] ^= 1;
	}
	ck_assert_int_eq(tar_check_plain(slice_of(out.data, TAR_BLOCK - 1), &why), -1);
	ck_assert_int_eq(tar_check_plain(slice_str(""), &why), 0);
	memset(text, 0, sizeof(text));
	ck_assert_int_eq(tar_check_plain(slice_of(text, TAR_BLOCK), &why), 0);
	ck_assert_int_eq(tar_check_plain(slice_of(text, 100), &why), -1);
	/* An octal number too large for a long does not come right by itself. */
	memset(text + 148, '7', 8);
	ck_assert_int_eq(tar_check_plain(slice_of(text, TAR_BLOCK), &why), -1);
	for (int b = 0; b < 256; b++) {
		char magic[4] = { (char)b, 0x2a, 0x4d, 0x18 };

		why.code = ERR_NONE;
		ck_assert_int_eq(tar_check_plain(slice_of(magic, 4), &why), -1);
		ck_assert_int_eq(why.code, (b & 0xf0) == 0x50 ? ERR_DENIED : ERR_SYNTAX);
	}
	buf_free(&out);
}
END_TEST

START_TEST(more_answers)
{
	static const struct { enum err code; int status; } statuses[] = {
		{ ERR_SYNTAX, 400 }, { ERR_DENIED, 403 }, { ERR_NOT_FOUND, 404 }, { ERR_TIMEOUT, 408 }, { ERR_LIMIT, 413 },
		{ ERR_SYSTEM, 500 }, { ERR_ENGINE, 502 }, { ERR_NONE, 500 }, { ERR_CLOSED, 500 },
	};
	static const struct { const char *head, *rendered; } heads[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" },
		{ "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
		{ "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
		  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" },
		{ "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
		  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" },
	};
	struct buf out = buf_new(4096);
	struct http_head head;
	char text[8];
	size_t used;

	for (int i = 0; i < COUNT(statuses); i++)
		ck_assert_int_eq(answer_status(statuses[i].code), statuses[i].status);
	for (int i = 0; i < COUNT(heads); i++) {
		ck_assert_int_eq(http_answer_parse(slice_str(heads[i].head), HTTP_GET, &head, &used, NULL), HTTP_DONE);
		answer_head(&out, &head, false);
		ck_assert_str_eq(buf_cstr(&out), heads[i].rendered);
		buf_reset(&out);
	}
	answer_json(&out, 201, slice_str("{}"), true);
	ck_assert_str_eq(buf_cstr(&out), "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
			 "Connection: close\r\n\r\n{}");
	buf_free(&out);
	ck_assert(answer_message(slice_str("{\"message\":\"client version 9 is too new\"}"), "client version ", text, sizeof(text)));
	ck_assert_str_eq(text, "client ");
	ck_assert(!answer_message(slice_str("{\"message\":\"no\"}"), "client version ", text, sizeof(text)));
	ck_assert(!answer_message(slice_str("junk"), "client version ", text, sizeof(text)));
}
END_TEST

/* --- can it have mapped containers? ------------------------------------------------------ */
#define OURS "\"Runtimes\":{\"runc\":{\"path\":\"runc\"},\"safedocker\":{\"path\":\"" SAFEDOCKER_RUNTIME "\"}}"
#define STORE "\"Driver\":\"overlay2\",\"DriverStatus\":[[\"Backing Filesystem\",\"extfs\"],[\"Native Overlay Diff\",\"true\"]]"
#define GROUPS "\"CgroupDriver\":\"systemd\""
#define SECURE "\"SecurityOptions\":[\"name=seccomp,profile=default\"]"

static const struct {
	const char *info;
	bool registered, is_default, fits, can_map;
	enum cgroup_driver driver;
	const char *why;	/* a part of it; NULL: no reason */
} runtimes_t[] = {
	{ "{" OURS "," STORE "," GROUPS "," SECURE "}", true, false, true, true, CGROUP_DRIVER_SYSTEMD, NULL },
	{ "{" OURS "," STORE ",\"CgroupDriver\":\"cgroupfs\",\"DefaultRuntime\":\"safedocker\"}", true, true, true, true,
	  CGROUP_DRIVER_CGROUPFS, NULL },
	/* Not registered, or not as it was installed. */
	{ "{" STORE "," GROUPS "," SECURE "}", false, false, true, false, CGROUP_DRIVER_SYSTEMD, "is not registered" },
	{ "{\"Runtimes\":{\"safedocker\":{\"path\":\"/tmp/x\"}}," STORE "," GROUPS ",\"DefaultRuntime\":\"safedocker\"}",
	  false, false, true, false, CGROUP_DRIVER_SYSTEMD, "is not " SAFEDOCKER_RUNTIME },
	{ "{\"Runtimes\":{\"safedocker\":{\"path\":\"" SAFEDOCKER_RUNTIME "\",\"runtimeArgs\":[\"--root=/x\"]}}," STORE "," GROUPS "}",
	  false, false, true, false, CGROUP_DRIVER_SYSTEMD, "without arguments" },
	{ "{\"Runtimes\":[]," STORE "," GROUPS "}", false, false, true, false, CGROUP_DRIVER_SYSTEMD, "is not registered" },
	/* Engines that cannot, registered or not. */
	{ "{" OURS "," STORE "," GROUPS ",\"SecurityOptions\":[\"name=seccomp,profile=default\",\"name=userns\"]}", true, false, false,
	  false, CGROUP_DRIVER_SYSTEMD, "userns-remap" },
	{ "{" STORE "," GROUPS ",\"SecurityOptions\":[\"name=userns\"]}", false, false, false, false, CGROUP_DRIVER_SYSTEMD, "userns-remap" },
	{ "{" OURS "," STORE "," GROUPS ",\"SecurityOptions\":[\"name=rootless\"]}", true, false, false, false, CGROUP_DRIVER_SYSTEMD, "rootless" },
	{ "{" OURS ",\"Driver\":\"vfs\"," GROUPS "}", true, false, false, false, CGROUP_DRIVER_SYSTEMD, "not overlay2" },
	{ "{" OURS ",\"Driver\":\"overlay2\"," GROUPS "}", true, false, false, false, CGROUP_DRIVER_SYSTEMD, "Native Overlay Diff" },
	{ "{" OURS ",\"Driver\":\"overlay2\",\"DriverStatus\":[[\"Native Overlay Diff\",\"false\"]]," GROUPS "}", true, false, false, false,
	  CGROUP_DRIVER_SYSTEMD, "Native Overlay Diff" },
	{ "{" OURS ",\"Driver\":\"overlayfs\",\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]," GROUPS "}", true, false,
	  false, false, CGROUP_DRIVER_SYSTEMD, "containerd" },
	{ "{" OURS ",\"Driver\":\"overlay2\",\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"],"
	  "[\"Native Overlay Diff\",\"true\"]]," GROUPS "}", true, false, false, false, CGROUP_DRIVER_SYSTEMD, "containerd" },
	{ "{" OURS "," STORE ",\"CgroupDriver\":\"none\"}", true, false, false, false, CGROUP_DRIVER_NONE, "cgroup driver" },
	{ "{" OURS "," STORE "}", true, false, false, false, CGROUP_DRIVER_NONE, "cgroup driver" },
	{ "{}", false, false, false, false, CGROUP_DRIVER_NONE, "not overlay2" },
};

START_TEST(runtimes)
{
	struct runtime_info info;
	const char *why = "";

	ck_assert_int_eq(runtime_info_read(slice_str(runtimes_t[_i].info), &info, &why), 0);
	ck_assert_int_eq(info.registered, runtimes_t[_i].registered);
	ck_assert_int_eq(info.is_default, runtimes_t[_i].is_default);
	ck_assert_int_eq(info.fits, runtimes_t[_i].fits);
	ck_assert_int_eq(info.can_map, runtimes_t[_i].can_map);
	ck_assert_int_eq(info.driver, runtimes_t[_i].driver);
	ck_assert_int_eq(why == NULL, runtimes_t[_i].why == NULL);
	if (why != NULL)
		ck_assert_ptr_nonnull(strstr(why, runtimes_t[_i].why));
}
END_TEST

START_TEST(no_runtimes)
{
	static const char *const texts[] = { "", "[]", "null", "junk", "{\"Driver\":\"overlay2\",\"Driver\":\"vfs\"}" };
	struct runtime_info info = { .can_map = true };
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(runtime_info_read(slice_str(texts[i]), &info, &why), -1);
		ck_assert(!info.can_map && !info.registered && why != NULL);
	}
}
END_TEST

Suite *inspect_suite(void)
{
	Suite *s = suite_create("inspect");
	TCase *t = tcase_create("inspect");

	tcase_add_loop_test(t, resources, 0, COUNT(resources_t));
	tcase_add_loop_test(t, no_resources, 0, COUNT(no_resources_t));
	tcase_add_test(t, images);
	tcase_add_test(t, engines);
	tcase_add_test(t, lists);
	tcase_add_loop_test(t, kinds, 0, COUNT(kinds_t));
	tcase_add_test(t, volumes_have_kinds);
	tcase_add_loop_test(t, again, 0, COUNT(again_t));
	tcase_add_test(t, not_again);
	tcase_add_test(t, binds);
	tcase_add_test(t, volumes_of_binds);
	tcase_add_test(t, targets);
	tcase_add_loop_test(t, gpus, 0, COUNT(gpus_t));
	tcase_add_test(t, own_requests);
	tcase_add_test(t, archives);
	tcase_add_test(t, plain_archives);
	tcase_add_test(t, more_answers);
	tcase_add_loop_test(t, runtimes, 0, COUNT(runtimes_t));
	tcase_add_test(t, no_runtimes);
	suite_add_tcase(s, t);
	return s;
}
