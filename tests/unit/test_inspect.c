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
	static const struct { const char *said, *root; } infos[] = {
		{ "{\"DockerRootDir\":\"/d/1.1//\"}", "/d/1.1" }, { "{\"DockerRootDir\":\"d\"}", "" },
		{ "{\"DockerRootDir\":\"/a/path/that/is/too/long\"}", "" },
	};
	char root[16];

	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		ck_assert_int_eq(inspect_info(slice_str(infos[i].said), root, sizeof(root)), 0);
		ck_assert_str_eq(root, infos[i].root);
	}
	/* What cannot be read is not an engine of any kind. */
	ck_assert_int_eq(inspect_info(slice_str("junk"), root, sizeof(root)), -1);
	ck_assert_int_eq(inspect_info(slice_str("[]"), root, sizeof(root)), -1);
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
	{ "1001:PINNED", PINNED_HOST ",\"GroupAdd\":[\"1001\"]", "", CONTAINER_OPEN },
	{ "1001:PINNED", PINNED_HOST ",\"Runtime\":\"safedocker\"", "", CONTAINER_OPEN },
	/* It keeps nothing, and sees what it cannot write to. */
	{ "1001:PINNED", PINNED_HOST, "{\"Type\":\"volume\",\"Name\":\"v\"}", CONTAINER_OPEN },
	{ "1001:PINNED", PINNED_HOST, "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":true}", CONTAINER_OPEN },
	{ "1001:PINNED", PINNED_HOST, "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":false},{\"Type\":\"tmpfs\"}", CONTAINER_PINNED },
	{ "0", "\"Runtime\":\"safedocker\",\"CgroupParent\":\"/safedocker/u1001\"", "", CONTAINER_MAPPED },
	{ "", "\"Runtime\":\"safedocker\",\"CgroupParent\":\"safedocker-u1001.slice\"", "{\"Type\":\"volume\",\"Name\":\"v\"}",
	  CONTAINER_MAPPED },
	/* Another's parent, or one that only looks like it; another runtime. */
	{ "0", "\"Runtime\":\"safedocker\",\"CgroupParent\":\"/safedocker/u1002\"", "", CONTAINER_OPEN },
	{ "0", "\"Runtime\":\"safedocker\",\"CgroupParent\":\"/safedocker/u01001\"", "", CONTAINER_OPEN },
	{ "0", "\"Runtime\":\"safedocker\",\"CgroupParent\":\"/safedocker/u1001/\"", "", CONTAINER_OPEN },
	{ "0", "\"Runtime\":\"runc\",\"CgroupParent\":\"/safedocker/u1001\"", "", CONTAINER_OPEN },
	{ "0", "\"CgroupParent\":\"/safedocker/u1001\"", "", CONTAINER_OPEN },
	{ "0", "\"Runtime\":\"safedocker\"", "", CONTAINER_OPEN },
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
	char number[16], user[64];
	json_t *host, *mounts, *root;
	enum cgroup_driver driver;

	(void)snprintf(number, sizeof(number), "%u", (unsigned)pinned_gid(1001));
	(void)snprintf(user, sizeof(user), "%s", put_in(kinds_t[_i].user, "PINNED", number));
	host = json_loads(put_in("{X}", "X", kinds_t[_i].host), 0, NULL);
	mounts = json_loads(put_in("[X]", "X", kinds_t[_i].mounts), 0, NULL);
	ck_assert(host != NULL && mounts != NULL);
	root = json_pack("{s:{s:s}, s:o, s:o}", "Config", "User", user, "HostConfig", host, "Mounts", mounts);
	ck_assert_int_eq(kind_of_container(root, 1001, &driver), kinds_t[_i].kind);
	ck_assert((driver != CGROUP_DRIVER_NONE) == (kinds_t[_i].kind == CONTAINER_MAPPED));
	/* What is another's kind is not one's own. */
	ck_assert_int_eq(kind_of_container(root, 1003, &driver), CONTAINER_OPEN);
	json_decref(root);
}
END_TEST

START_TEST(volumes_have_kinds)
{
	json_t *labels = json_pack("{s:s}", "safedocker.kind", "mapped");

	ck_assert_int_eq(kind_of_volume(labels), CONTAINER_MAPPED);
	ck_assert_int_eq(json_object_set_new(labels, "safedocker.kind", json_string("Mapped")), 0);
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
	{ "\"UsernsMode\":\"host\"", FLAG_USERNS }, { "\"Runtime\":\"safedocker\"", FLAG_RUNTIME },
	{ "\"CgroupParent\":\"/safedocker/u1001\"", FLAG_CGROUP_PARENT },
	{ "\"Runtime\":\"safedocker\",\"CgroupParent\":\"/safedocker/u1001\"", FLAG_NONE }, { "\"SecurityOpt\":[\"no-new-privileges\"]", FLAG_NONE },
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
	json_t *names = json_array();
	const char *text = "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/a\",\"RW\":false},{\"Type\":\"bind\",\"Source\":\"b\",\"RW\":true},"
		"{\"Type\":\"volume\",\"Name\":\"v\"},{\"Type\":\"tmpfs\"}],\"HostConfig\":{}}";

	ck_assert_int_eq(inspect_binds(slice_str(text), NULL, &facts), 0);
	ck_assert_uint_eq(facts.n, 2);
	ck_assert_str_eq(facts.list[0].value, "/srv/a:ro");
	/* What is no path may be any. */
	ck_assert_str_eq(facts.list[1].value, "/");
	ck_assert_int_eq(inspect_volumes(slice_str(text), names), 0);
	ck_assert_uint_eq(json_array_size(names), 1);
	ck_assert_str_eq(json_string_value(json_array_get(names, 0)), "v");
	/* An image's files are what was asked for; borrowed ones may be anything. */
	ck_assert_int_eq(inspect_binds(slice_str(
		"{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"/x\",\"Destination\":\"/i\",\"RW\":false},"
		"{\"Type\":\"image\",\"Source\":\"/x\",\"Destination\":\"/j\",\"RW\":true}],"
		"\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"bb:1\",\"Target\":\"/i\"},"
		"{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/j\"}]}}"), NULL, &facts), 0);
	ck_assert_uint_eq(facts.n, 4);
	ck_assert_int_eq(facts.list[2].flag, FLAG_MOUNT);
	ck_assert_str_eq(facts.list[2].value, "type=image,source=bb:1");
	ck_assert_int_eq(facts.list[3].flag, FLAG_VOLUME);
	ck_assert_str_eq(facts.list[3].value, "/");
	ck_assert_int_eq(inspect_binds(slice_str("{}"), NULL, &facts), -1);
	ck_assert_int_eq(inspect_volumes(slice_str("{}"), names), -1);
	facts_free(&facts);
	json_decref(names);
}
END_TEST

START_TEST(binds_of_mapped)
{
	static const char text[] = "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"" SAFEDOCKER_PLACEHOLDER "\",\"Destination\":\"/a\",\"RW\":false},"
		"{\"Type\":\"bind\",\"Source\":\"" SAFEDOCKER_PLACEHOLDER "\",\"Destination\":\"/.safedocker\",\"RW\":false},"
		"{\"Type\":\"bind\",\"Source\":\"" SAFEDOCKER_PLACEHOLDER "\",\"Destination\":\"/unknown\",\"RW\":false}]}";
	json_t *asked = json_loads("{\"cwd\":\"/\",\"mounts\":[{\"Target\":\"/a\",\"Source\":\"/home/alice/p\",\"RO\":false}]}", 0, NULL);
	struct facts facts = { 0 };

	ck_assert_int_eq(inspect_binds(slice_str(text), asked, &facts), 0);
	ck_assert_uint_eq(facts.n, 2);
	ck_assert_str_eq(facts.list[0].value, "/home/alice/p");
	/* What nobody asked for may be anything. */
	ck_assert_str_eq(facts.list[1].value, "/");
	facts_free(&facts);
	json_decref(asked);
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
	struct request request = { .minor = 41, .kind = CONTAINER_MAPPED };
	struct buf out = buf_new(16 * 1024);

	request_render_lookup(&request, "/info", &out);
	ck_assert_str_eq(buf_cstr(&out), "GET /v1.41/info HTTP/1.1\r\nHost: docker\r\n\r\n");
	buf_reset(&out);
	request_render_volume(&request, "v", &alice, &out);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "{\"Name\":\"v\",\"Driver\":\"local\",\"Labels\":{\"safedocker.uid\":\"1001\","
				     "\"safedocker.kind\":\"mapped\"}}"));
	buf_free(&out);
}
END_TEST

/* A header of a directory x, whose sum is right. */
static void make_header(char block[TAR_BLOCK])
{
	unsigned sum = 0;

	memset(block, 0, TAR_BLOCK);
	(void)strcpy(block, "x/");
	memset(block + 148, ' ', 8);
	block[156] = '5';
	memcpy(block + 257, "ustar\00000", 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum);
}

/* A byte that changes is told by the sum. Kinds of compression: tests/cases. */
START_TEST(plain_archives)
{
	struct error why = { 0 };
	char text[TAR_BLOCK], header[TAR_BLOCK];

	make_header(header);
	ck_assert_int_eq(tar_check_plain(slice_of(header, TAR_BLOCK), &why), 0);
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		/* Behind the digits of the sum stands what nobody reads. */
		bool counts = i < 148 + 6 || i >= 148 + 8;

		header[i] ^= 1;
		why.code = ERR_NONE;
		ck_assert_msg((tar_check_plain(slice_of(header, TAR_BLOCK), &why) < 0) == counts, "byte %zu", i);
		ck_assert_int_eq(why.code, counts ? ERR_SYNTAX : ERR_NONE);
		header[i] ^= 1;
	}
	ck_assert_int_eq(tar_check_plain(slice_of(header, TAR_BLOCK - 1), &why), -1);
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
	tcase_add_test(t, binds_of_mapped);
	tcase_add_loop_test(t, gpus, 0, COUNT(gpus_t));
	tcase_add_test(t, own_requests);
	tcase_add_test(t, plain_archives);
	tcase_add_test(t, more_answers);
	tcase_add_loop_test(t, runtimes, 0, COUNT(runtimes_t));
	tcase_add_test(t, no_runtimes);
	suite_add_tcase(s, t);
	return s;
}
