/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody behind us evaluates: grammars, vendors' variables and mounts, what an image brings
 * along. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/body.h"
#include "docker/grammar.h"
#include "docker/image_limit.h"
#include "docker/vendor.h"
#include "unit.h"

/* --- every row has an answer ------------------------------------------------------ */
static const enum body_kind bodies_t[] = { BODY_CREATE, BODY_UPDATE, BODY_SERVICE };

START_TEST(every_row_has_a_grammar)
{
	const struct field *f = body_fields(bodies_t[_i]);

	ck_assert_ptr_nonnull(f);
	for (; f->path != NULL; f++) {
		bool bare = f->how == FIELD_REFUSE || f->type == FIELD_BOOL ||
			    f->type == FIELD_STRICT_BOOL || f->type == FIELD_OBJECT;

		ck_assert_msg(bare || f->grammar != GRAMMAR_NONE, "%s has no grammar", f->path);
		ck_assert_msg(f->grammar != GRAMMAR_ANY, "%s may be anything", f->path);
	}
}
END_TEST

/* --- texts ----------------------------------------------------------------------------- */
#define YES(grammar, text) { GRAMMAR_##grammar, text, true },
#define NO(grammar, text) { GRAMMAR_##grammar, text, false },


static const struct { enum grammar grammar; const char *text; bool fits; } texts_t[] = {
	YES(LOG_TAG, "") YES(LOG_TAG, "{{.Name}}")
	YES(LOG_TAG, "{{ .ImageName }}|{{.Name}}/{{.ID}} x")
	NO(LOG_TAG, "{{pad \"x\" 900000000000 0}}") NO(LOG_TAG, "{{printf \"%1000000000d\" 1}}")
	NO(LOG_TAG, "{{.Name | upper}}") NO(LOG_TAG, "{{.Command}}") NO(LOG_TAG, "{{.Name}")
	NO(LOG_TAG, "{{- .Name}}") NO(LOG_TAG, "{{  .Name}}") NO(LOG_TAG, "{{.NameX}}")
	NO(LOG_TAG, "{{.ContainerEnv}}") NO(LOG_TAG, "{")
	NO(LOG_TAG, "{{.ID}}{{.ID}}{{.ID}}{{.ID}}{{.ID}}{{.ID}}{{.ID}}{{.ID}}{{.ID}}")
	YES(LOG_ID_TAG, "{{.ID}}") YES(LOG_ID_TAG, "{{.FullID}}-x") NO(LOG_ID_TAG, "safedocker")
	NO(LOG_ID_TAG, "{{.Name}}") NO(LOG_ID_TAG, "") YES(LOG_BUFFER, "4m") YES(LOG_BUFFER, "16M")
	YES(LOG_BUFFER, "1024") YES(LOG_BUFFER, "16mb") NO(LOG_BUFFER, "17m") NO(LOG_BUFFER, "6g")
	NO(LOG_BUFFER, "6 GB") NO(LOG_BUFFER, "1.5t") NO(LOG_BUFFER, "0x400") NO(LOG_BUFFER, "-1")
	NO(LOG_BUFFER, "99999999999999999999") NO(LOG_BUFFER, "8388608t") NO(LOG_BUFFER, "1e9")
	NO(LOG_BUFFER, "") NO(LOG_BUFFER, "+4m") NO(LOG_BUFFER, "04m") NO(LOG_BUFFER, "4mm")
	NO(LOG_BUFFER, "4mib") NO(LOG_BUFFER, "m") YES(LOG_SIZE, "10m") NO(LOG_SIZE, "1")
	NO(LOG_SIZE, "9k") YES(LOG_SIZE, "10k") NO(LOG_SIZE, "2048g") YES(LOG_FILES, "3")
	NO(LOG_FILES, "0") NO(LOG_FILES, "1000000") NO(LOG_FILES, "101") NO(LOG_FILES, "3 ")
	YES(LOG_SWITCH, "true") NO(LOG_SWITCH, "T") NO(LOG_SWITCH, "tru")
	NO(LOG_MODE, "non-blocking,") NO(LOG_MODE, ", ") YES(LOG_REGEX, "^(os|customer)")
	NO(LOG_REGEX, "(a{1000}){1000}") NO(LOG_REGEX, "[a]") YES(LOG_KEYS, "os,com.example/x")
	NO(LOG_KEYS, "a,,b") NO(LOG_KEYS, "a b") YES(CPUSET, "0") YES(CPUSET, "0-3,8")
	NO(CPUSET, "0-1000000000") NO(CPUSET, "3-0") NO(CPUSET, "03") NO(CPUSET, "0,")
	NO(CPUSET, "-1") NO(CPUSET, "0x1") NO(CPUSET, "0-8192") YES(CPUSET, "0-8191")
	YES(ADDRESS, "192.0.2.1") YES(ADDRESS, "::1") YES(ADDRESS, "::ffff:127.0.0.1")
	NO(ADDRESS, "192.0.2.01") NO(ADDRESS, "fe80::1%eth0") NO(ADDRESS, "0x7f.1")
	NO(ADDRESS, "127.1") NO(ADDRESS, "[::1]") NO(ADDRESS, " ::1") YES(HOST_PORT, "8080")
	YES(HOST_PORT, "8080-8090") YES(HOST_PORT, "0") NO(HOST_PORT, "08080") NO(HOST_PORT, "+80")
	NO(HOST_PORT, "70000") NO(HOST_PORT, "90-80") NO(HOST_PORT, "0-65535")
	NO(HOST_PORT, "80/tcp") NO(HOST_PORT, "80-") YES(PUBLISHED, "80/tcp") YES(PUBLISHED, "80")
	NO(PUBLISHED, "80-90/tcp") NO(PUBLISHED, "0/tcp") NO(PUBLISHED, "80/TCP")
	NO(PUBLISHED, "/tcp") NO(PUBLISHED, "080/tcp") YES(USER, "alice") YES(USER, "1001:1001")
	YES(USER, "0") NO(USER, "000") NO(USER, "+0") NO(USER, "0x0") NO(USER, "-1") NO(USER, ":")
	NO(USER, "1001:+0") NO(USER, "4294967295") YES(SIGNAL, "SIGTERM") YES(SIGNAL, "RTMIN+3")
	YES(SIGNAL, "9") NO(SIGNAL, "-9") NO(SIGNAL, "009") NO(SIGNAL, "0") NO(SIGNAL, "65")
	YES(SIGNAL, "sigterm") YES(NETWORK, "backend") YES(NETWORK, "container:mine")
	YES(NETWORK, "Host") NO(NETWORK, "container:") NO(NETWORK, "a b") NO(NETWORK, "ns:relative")
	NO(NETWORK, "ns:/proc/../x") YES(IPC, "shareable") YES(IPC, "container:mine")
	NO(IPC, "Host") NO(IPC, "container:") NO(IPC, "private,") NO(PID, "private")
	NO(HOST_WORD, "HOST") YES(HOST_WORD, "host") NO(CGROUPNS, "private, host") NO(CGROUPNS, "")
	YES(SECURITY, "no-new-privileges:false") YES(SECURITY, "seccomp={}")
	NO(SECURITY, "Seccomp=unconfined") NO(SECURITY, "") YES(HOSTNAME, "web-1")
	NO(HOSTNAME, "{{.Node.Hostname}}") NO(HOSTNAME, "a b") NO(HOSTNAME, "-x")
	YES(SERVICE_HOSTNAME, "{{.Node.Hostname}}-{{.Task.Slot}}")
	NO(SERVICE_HOSTNAME, "{{join \"a\" \"b\"}}") YES(SERVICE_ENV, "A={{.Service.Name}} {x}")
	NO(SERVICE_ENV, "A={{printf \"%1000000000d\" 1}}") NO(SERVICE_ENV, "A={{")
	NO(SERVICE_ENV, "A={{.Service.Labels}}") NO(SERVICE_ENV, "A={{{.Service.Name}}")
	YES(SERVICE_PATH, "/data") NO(SERVICE_PATH, "/{{.Task.Name}}") YES(DISK, "/dev/sda")
	NO(DISK, "/dev/../etc/shadow") NO(DISK, "/etc/shadow") NO(DISK, "/dev/")
	NO(DISK, "/dev//sda") YES(DEVICE, "/dev/fuse") NO(DEVICE, "/dev/dri/../sda")
	NO(DEVICE, "/dev/./sda") NO(DEVICE, "dev/sda") YES(PERMISSIONS, "rwm") NO(PERMISSIONS, "rr")
	NO(PERMISSIONS, "x") NO(PERMISSIONS, "") YES(CGROUP_RULES, "c 1:3 rwm")
	YES(CGROUP_RULES, "a *:* r") NO(CGROUP_RULES, "c 1:3") NO(CGROUP_RULES, "d 1:3 r")
	YES(EXTRA_HOSTS, "db:192.0.2.1") YES(EXTRA_HOSTS, "h:host-gateway")
	YES(EXTRA_HOSTS, "six:2001:db8::1") NO(EXTRA_HOSTS, "a b:192.0.2.1") NO(EXTRA_HOSTS, "db")
	NO(EXTRA_HOSTS, "db:fe80::1%eth0") NO(EXTRA_HOSTS, ":192.0.2.1")
	YES(HOSTS, "192.0.2.1 db alias") NO(HOSTS, "db 192.0.2.1") NO(HOSTS, "192.0.2.1")
	NO(HOSTS, "192.0.2.1 a  b") YES(DNS_OPTIONS, "ndots:2") YES(DNS_OPTIONS, "rotate")
	NO(DNS_OPTIONS, "ndots:999999999") NO(DNS_OPTIONS, "ndots:-1") YES(DNS_SEARCH, ".")
	YES(DNS_SEARCH, "example.org") NO(DNS_SEARCH, "a b") NO(DNS_SEARCH, "")
	YES(MAC, "02:42:ac:11:00:02") NO(MAC, "02-42-ac-11-00-02")
	NO(MAC, "02:42:ac:11:00:02:00:00") YES(SUBPATH, "a/b") NO(SUBPATH, "../x") NO(SUBPATH, "/a")
	NO(SUBPATH, "a//b") YES(CGROUP, "/team") NO(CGROUP, "team/../..")
	YES(DETACH_KEYS, "ctrl-p,ctrl-q") NO(DETACH_KEYS, "ctrl-") NO(DETACH_KEYS, "escape")
	YES(DEVICE_ID, "0") YES(DEVICE_ID, "0:1")
	YES(DEVICE_ID, "GPU-3a23c669-1f69-c64e-cf85-44e9b07e7a2a")
	YES(DEVICE_ID, "MIG-3a23c669-1f69-c64e-cf85-44e9b07e7a2a")
	YES(DEVICE_ID, "MIG-GPU-3a23c669-1f69-c64e-cf85-44e9b07e7a2a/1/0") NO(DEVICE_ID, "0,1,2,3")
	NO(DEVICE_ID, "all") NO(DEVICE_ID, "GPU-x") NO(DEVICE_ID, "00") NO(DEVICE_ID, "1 ")
	NO(DEVICE_ID, "") NO(DEVICE_ID, "MIG-GPU-3a23c669-1f69-c64e-cf85-44e9b07e7a2a/../0")
	YES(CDI_NAME, "nvidia.com/gpu=all") NO(CDI_NAME, "nvidia.com/gpu") NO(CDI_NAME, "=x")
	NO(CDI_NAME, "a/b=c,d/e=f") YES(VENDOR_WORDS, "compute,utility")
	NO(VENDOR_WORDS, "compute;x") YES(VENDOR_REQUIRE, "cuda>=12.0 brand=tesla,driver>=470")
	NO(VENDOR_REQUIRE, "cuda>=$(x)") YES(KEPT_FILE, "/run/x") NO(KEPT_FILE, "../x")
	NO(KEPT_FILE, "/a/../b") NO(NUMBER_ID, "-1") NO(NUMBER_ID, "00") NO(BYTES, "5")
	NO(NONE, "x")
};


START_TEST(texts)
{
	ck_assert_msg(grammar_fits(texts_t[_i].grammar, slice_str(texts_t[_i].text)) ==
			      texts_t[_i].fits,
		      "%s", texts_t[_i].text);
}
END_TEST

/* A NUL is no end: what follows it would be seen by others. */
START_TEST(hidden_ends)
{
	static const char text[] = "true\0x";

	for (int g = GRAMMAR_NONE + 1; g < GRAMMAR_MAX; g++) {
		enum grammar grammar = (enum grammar)g;

		/* Words of a process and the like may be anything, also this. */
		if (grammar_fits(grammar, slice_of(text, sizeof(text) - 1)))
			ck_assert_msg(grammar_fits(grammar, slice_str("{ \"\t{ ")), "%s",
				      grammar_words(grammar));
	}
}
END_TEST

/* --- numbers, lists and maps ----------------------------------------------------------------- */
static const struct {
	enum grammar grammar;
	const char *value;
	bool fits;
} values_t[] = {
	{ GRAMMAR_CHECK_EVERY, "1000000000", true },
	{ GRAMMAR_CHECK_EVERY, "999999999", false },
	{ GRAMMAR_STOP_SECONDS, "600", true },
	{ GRAMMAR_STOP_SECONDS, "-1", false },
	{ GRAMMAR_BYTES, "-1", false },
	{ GRAMMAR_SWAP, "-1", true },
	{ GRAMMAR_SWAP, "-2", false },
	{ GRAMMAR_REPLICAS, "1000", true },
	{ GRAMMAR_REPLICAS, "1000000000", false },
	{ GRAMMAR_FILE_MODE, "292", true },
	{ GRAMMAR_FILE_MODE, "8388608", false },
	{ GRAMMAR_RATIO, "0.5", true },
	{ GRAMMAR_RATIO, "1.5", false },
	{ GRAMMAR_BYTES, "\"5\"", false },
	{ GRAMMAR_CONSOLE, "[24,80]", true },
	{ GRAMMAR_CONSOLE, "[24,80,1]", false },
	{ GRAMMAR_CONSOLE, "[70000,1]", false },
	{ GRAMMAR_STORAGE, "{\"size\":\"10g\"}", true },
	{ GRAMMAR_STORAGE, "{\"size\":\"10\"}", false },
	{ GRAMMAR_STORAGE, "{\"dm.basesize\":\"10g\"}", false },
	{ GRAMMAR_TMPFS, "{\"/t\":\"size=10m,mode=1777,uid=0,noexec\"}", true },
	{ GRAMMAR_TMPFS, "{\"/t\":\"size=50%\"}", true },
	{ GRAMMAR_TMPFS, "{\"/t\":\"size=0\"}", false },
	{ GRAMMAR_TMPFS, "{\"/t\":\"size=0x10\"}", false },
	{ GRAMMAR_TMPFS, "{\"/t\":\"mode=9\"}", false },
	{ GRAMMAR_TMPFS, "{\"/t\":\"uid=-1\"}", false },
	{ GRAMMAR_TMPFS, "{\"/t\":\"size=101%\"}", false },
	{ GRAMMAR_TMPFS, "{\"t\":\"\"}", false },
	{ GRAMMAR_SYSCTLS, "{\"net.core.somaxconn\":\"5\"}", true },
	{ GRAMMAR_SYSCTLS, "{\"net/../kernel.x\":\"5\"}", false },
	{ GRAMMAR_PUBLISHED, "{\"80/tcp\":[],\"81/udp\":[{},{}]}", true },
	{ GRAMMAR_PUBLISHED, "{\"1-65535/tcp\":[{}]}", false },
	{ GRAMMAR_EXPOSED, "{\"80/tcp\":{}}", true },
	{ GRAMMAR_EXPOSED, "{\"80-90/tcp\":{}}", false },
	{ GRAMMAR_REQUEST_POWERS, "[[\"gpu\",\"compute\"],[\"nvidia\"]]", true },
	{ GRAMMAR_BORROWED, "[1]", false },
	{ GRAMMAR_BORROWED, "[null]", false },
};

START_TEST(values)
{
	json_t *value = json_loads(values_t[_i].value, JSON_DECODE_ANY, NULL);
	struct error why = { 0 };

	ck_assert_ptr_nonnull(value);
	ck_assert_msg((grammar_check(values_t[_i].grammar, "it", false, value, &why) == 0) ==
			      values_t[_i].fits,
		      "%s: %s", values_t[_i].value, why.text);
	json_decref(value);
}
END_TEST

static json_t *many(size_t n, size_t bytes)
{
	json_t *list = json_array();
	char *text = calloc(1, bytes + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', bytes);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(json_array_append_new(list, json_string(text)), 0);
	free(text);
	return list;
}

static void expect(enum grammar grammar, json_t *value, enum err code)
{
	struct error why = { 0 };

	ck_assert_int_eq(grammar_check(grammar, "it", false, value, &why),
			 code == ERR_NONE ? 0 : -1);
	ck_assert_int_eq(why.code, code);
	json_decref(value);
}

START_TEST(bounds)
{
	json_t *ports = json_object();
	json_t *secret = json_pack("[s]", "A={{hidden");
	struct error why = { 0 };

	expect(GRAMMAR_ENV, many(2048, 4), ERR_NONE);
	expect(GRAMMAR_ENV, many(2049, 4), ERR_LIMIT);
	expect(GRAMMAR_ENV, many(1, 131072), ERR_SYNTAX);
	expect(GRAMMAR_ENV, many(5, 120000), ERR_LIMIT);
	expect(GRAMMAR_ALIASES, many(64, 4), ERR_NONE);
	expect(GRAMMAR_ALIASES, many(65, 4), ERR_LIMIT);
	/* 128 of one port, and then one more under another. */
	ck_assert_int_eq(json_object_set_new(ports, "80/tcp", many(128, 1)), 0);
	expect(GRAMMAR_PUBLISHED, json_incref(ports), ERR_NONE);
	ck_assert_int_eq(json_object_set_new(ports, "81/tcp", json_array()), 0);
	expect(GRAMMAR_PUBLISHED, ports, ERR_LIMIT);
	ck_assert_int_eq(grammar_check(GRAMMAR_SERVICE_ENV, "--env", true, secret, &why), -1);
	ck_assert_ptr_null(strstr(why.text, "hidden"));
	json_decref(secret);
}
END_TEST

static const struct {
	const char *given, *spelt;
} addresses_t[] = {
	{ "::ffff:127.0.0.1", "127.0.0.1" }, { "2001:DB8:0:0::1", "2001:db8::1" },
	{ "127.0.0.1", "127.0.0.1" },	     { "0:0:0:0:0:0:0:1", "::1" },
	{ "::ffff:0:0", "0.0.0.0" },
};

START_TEST(addresses)
{
	json_t *value = json_string(addresses_t[_i].given);

	ck_assert_int_eq(grammar_check(GRAMMAR_ADDRESS, "--ip", false, value, NULL), 0);
	ck_assert_str_eq(json_string_value(value), addresses_t[_i].spelt);
	json_decref(value);
}
END_TEST

/* --- vendors ---------------------------------------------------------------------------------- */
static const struct {
	const char *env, *left;
} cleaned_t[] = {
	{ "[\"A=b\",\"CUDA_VISIBLE_DEVICES=0\",\"ROCR_VISIBLE_DEVICES=0\"]", "[\"A=b\",\"CUDA_"
									     "VISIBLE_DEVICES=0\","
									     "\"ROCR_VISIBLE_"
									     "DEVICES=0\"]" },
	{ "[\"NVIDIA_VISIBLE_DEVICES=all\",\"A=b\",\"NVIDIA_VISIBLE_DEVICES\"]", "[\"A=b\"]" },
	{ "[\"AMD_VISIBLE_DEVICES=all\",\"HABANA_VISIBLE_DEVICES=all\",\"ASCEND_VISIBLE_DEVICES="
	  "0\",\"ASCEND_RUNTIME_OPTIONS=NODRV\","
	  "\"ASCEND_VNPU_SPECS=vir04\",\"MTHREADS_VISIBLE_DEVICES=all\",\"CAMBRICON_VISIBLE_"
	  "DEVICES=0\",\"XILINX_VISIBLE_CARDS=0\","
	  "\"NVIDIA_IMEX_CHANNELS=all\",\"NVIDIA_MIG_CONFIG_DEVICES=all\",\"NVIDIA_MOFED=enabled\","
	  "\"NVIDIA_GDS=enabled\","
	  "\"DOCKER_RESOURCE_GPU=0\",\"SWARM_RESOURCE_GPU=0\",\"ACCELERATOR_DEVICES=all\",\"SYSBOX_"
	  "IGNORE_SYSFS_CHOWN=TRUE\"]",
	  "[]" },
	{ "[\"NVIDIA_DRIVER_CAPABILITIES=compute,utility\",\"NVIDIA_REQUIRE_CUDA=cuda>=11.0\"]",
	  "[\"NVIDIA_DRIVER_CAPABILITIES=compute,utility\",\"NVIDIA_REQUIRE_CUDA=cuda>=11.0\"]" },
	{ "[\"NVIDIA_DRIVER_CAPABILITIES=$(x)\"]", NULL },
	{ "[\"NVIDIA_REQUIRE_CUDA=cuda;x\"]", NULL },
};

START_TEST(cleaned)
{
	json_t *env = json_loads(cleaned_t[_i].env, 0, NULL);
	json_t *left = cleaned_t[_i].left != NULL ? json_loads(cleaned_t[_i].left, 0, NULL) : NULL;

	ck_assert_int_eq(vendor_clean_env(env, NULL), left != NULL ? 0 : -1);
	ck_assert(left == NULL || json_equal(env, left));
	json_decref(env);
	json_decref(left);
}
END_TEST

static const struct {
	const char *image, *env, *result;
} images_t[] = {
	{ "[\"AMD_VISIBLE_DEVICES=all\",\"PATH=/bin\"]", "[]",
	  "[\"NVIDIA_VISIBLE_DEVICES=void\",\"AMD_VISIBLE_DEVICES\"]" },
	{ "[\"NVIDIA_IMEX_CHANNELS=all\"]", "[\"A=b\"]",
	  "[\"A=b\",\"NVIDIA_VISIBLE_DEVICES=void\",\"NVIDIA_IMEX_CHANNELS\"]" },
	{ "[\"NVIDIA_REQUIRE_CUDA=cuda>=11.0\"]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=void\"]" },
	{ "[\"NVIDIA_REQUIRE_CUDA=$(x)\"]", "[]",
	  "[\"NVIDIA_VISIBLE_DEVICES=void\",\"NVIDIA_REQUIRE_CUDA\"]" },
	{ "[\"CUDA_VERSION=9.0\"]", "[]", "[\"NVIDIA_VISIBLE_DEVICES=void\"]" },
	{ "[\"PATH=/bin\"]", "[\"A=b\"]", "[\"A=b\"]" },
};

START_TEST(images)
{
	json_t *body = json_pack("{s:o, s:{}}", "Env", json_loads(images_t[_i].env, 0, NULL),
				 "HostConfig");
	json_t *image =
		json_pack("{s:{s:o}}", "Config", "Env", json_loads(images_t[_i].image, 0, NULL));
	json_t *result = json_loads(images_t[_i].result, 0, NULL);

	ck_assert_int_eq(vendor_set_env(body, image), 0);
	ck_assert(json_equal(json_object_get(body, "Env"), result));
	json_decref(body);
	json_decref(image);
	json_decref(result);
}
END_TEST

static const struct {
	const char *path;
	bool is;
} places_t[] = {
	{ "/var/run/nvidia-container-devices/all", true },
	{ "/run/nvidia-container-devices/0", true },
	{ "/var/./run/x/../nvidia-container-devices/cdi/a/b/c", true },
	{ "//var//run//nvidia-container-devices", true },
	{ "/var/run/nvidia-container-devicesX/all", true },
	{ "/var/run/other", false },
	{ "/", false },
	{ "/data/var/run/nvidia-container-devices", false },
};

START_TEST(places)
{
	ck_assert(vendor_is_target(places_t[_i].path) == places_t[_i].is);
}
END_TEST

static const struct {
	const char *body, *image;
	bool fits;
} targets_t[] = {
	{ "{\"HostConfig\":{\"Binds\":[\"v:/data:ro\"]}}", "{}", true },
	{ "{\"HostConfig\":{\"Binds\":[\"v:/var/run/nvidia-container-devices/all:ro\"]}}", "{}",
	  false },
	{ "{\"HostConfig\":{\"Mounts\":[{\"Target\":\"/var/run/nvidia-container-devices/0\"}]}}",
	  "{}", false },
	{ "{\"HostConfig\":{\"Tmpfs\":{\"/run/nvidia-container-devices/0\":\"\"}}}", "{}", false },
	{ "{}", "{\"Config\":{\"Volumes\":{\"/var/run/nvidia-container-devices/all\":{}}}}",
	  false },
	{ "{}", "{\"Config\":{\"Volumes\":{\"/data\":{}}}}", true },
};

START_TEST(targets)
{
	json_t *body = json_loads(targets_t[_i].body, 0, NULL),
	       *image = json_loads(targets_t[_i].image, 0, NULL);

	ck_assert_int_eq(vendor_check_targets(body, image, NULL), targets_t[_i].fits ? 0 : -1);
	json_decref(body);
	json_decref(image);
}
END_TEST

/* --- what an image brings along ------------------------------------------------------------------
 */
static const struct {
	const char *body, *image, *check;
} slow_t[] = {
	{ "{}", "{\"Config\":{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":1000000}}}",
	  "{\"Interval\":1000000000}" },
	{ "{\"Healthcheck\":{\"Retries\":2}}",
	  "{\"Config\":{\"Healthcheck\":{\"Interval\":1,\"StartInterval\":1}}}",
	  "{\"Retries\":2,\"Interval\":1000000000,\"StartInterval\":1000000000}" },
	{ "{\"Healthcheck\":{\"Interval\":5000000000}}",
	  "{\"Config\":{\"Healthcheck\":{\"Interval\":1}}}", "{\"Interval\":5000000000}" },
	{ "{}", "{\"Config\":{\"Healthcheck\":{\"Interval\":30000000000}}}", "null" },
	{ "{}", "{}", "null" },
};

START_TEST(slow)
{
	json_t *body = json_loads(slow_t[_i].body, 0, NULL),
	       *image = json_loads(slow_t[_i].image, 0, NULL);
	json_t *check = json_loads(slow_t[_i].check, JSON_DECODE_ANY, NULL), *got;

	ck_assert_int_eq(image_limit(body, image, NULL), 0);
	got = json_object_get(body, "Healthcheck");
	ck_assert(json_is_null(check) ? got == NULL : json_equal(got, check));
	json_decref(body);
	json_decref(image);
	json_decref(check);
}
END_TEST

static json_t *__attribute__((format(printf, 2, 0)))
set_of(const char *key, const char *format, size_t n)
{
	json_t *set = json_object();

	for (size_t i = 0; i < n; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), format, (int)i + 1);
		ck_assert_int_eq(json_object_set_new(set, name, json_object()), 0);
	}
	return json_pack("{s:{s:o}}", "Config", key, set);
}

START_TEST(brought)
{
	json_t *all = json_pack("{s:{s:b}}", "HostConfig", "PublishAllPorts", 1),
	       *none = json_object();
	json_t *few = set_of("ExposedPorts", "%d/tcp", 128),
	       *lots = set_of("ExposedPorts", "%d/tcp", 129);
	json_t *volumes = set_of("Volumes", "/v%d", 65), *fine = set_of("Volumes", "/v%d", 64);

	ck_assert_int_eq(image_limit(all, few, NULL), 0);
	ck_assert_int_eq(image_limit(all, lots, NULL), -1);
	ck_assert_int_eq(image_limit(none, lots, NULL), 0);
	ck_assert_int_eq(image_limit(none, fine, NULL), 0);
	ck_assert_int_eq(image_limit(none, volumes, NULL), -1);
	json_decref(all);
	json_decref(none);
	json_decref(few);
	json_decref(lots);
	json_decref(volumes);
	json_decref(fine);
}
END_TEST

Suite *values_suite(void)
{
	Suite *s = suite_create("values");
	TCase *t = tcase_create("values");

	tcase_add_loop_test(t, every_row_has_a_grammar, 0, COUNT(bodies_t));
	tcase_add_loop_test(t, texts, 0, COUNT(texts_t));
	tcase_add_test(t, hidden_ends);
	tcase_add_loop_test(t, values, 0, COUNT(values_t));
	tcase_add_test(t, bounds);
	tcase_add_loop_test(t, addresses, 0, COUNT(addresses_t));
	tcase_add_loop_test(t, cleaned, 0, COUNT(cleaned_t));
	tcase_add_loop_test(t, images, 0, COUNT(images_t));
	tcase_add_loop_test(t, places, 0, COUNT(places_t));
	tcase_add_loop_test(t, targets, 0, COUNT(targets_t));
	tcase_add_loop_test(t, slow, 0, COUNT(slow_t));
	tcase_add_test(t, brought);
	suite_add_tcase(s, t);
	return s;
}
