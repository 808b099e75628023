/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "docker/mapped.h"
#include "model/variable.h"
#include "docker/create.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/tar.h"
#include "wire/json.h"

/* From wide to narrow. What the helper itself puts into a container's body is in each of them. */
static const char *const texts[] = {
	/* All that stands outside [strong]. */
	"[rule all]\nusers = alice\nverbs = @everyday\n"
	"flags = @everyday, --publish=*:1-65535, --gpus, --volume=~/**, --volume=/srv/**:ro\n"
	"images = **\nscope = all\n",
	"[rule some]\nusers = %developers\nverbs = @everyday\nflags = @everyday\n",
	"[rule limits]\nusers = *\nverbs = run, exec, pull, network create, volume create, ps\n"
	"flags = --security-opt=no-new-privileges, --cap-drop=*, --group-add=1001, --user, --env, --memory<=1g, "
	"--cpus<=2, --pids-limit<=100, --network=none, --label=a=*, --volume, --tty, --rm, --filter\n"
	"force = --network=none\nimages = docker.io/library/*\n",
	"[rule look]\nusers = alice\nverbs = @read\nflags = @read, --filter\n",
};

#define OWN_NETWORK "safedocker-net-1001"
#define N_POLICIES (sizeof(texts) / sizeof(texts[0]))

static struct policy *policies[N_POLICIES];

static void load(void)
{
	for (size_t i = 0; i < N_POLICIES && policies[i] == NULL; i++) {
		struct policy_file file = { "fuzz", slice_str(texts[i]) };
		struct error why = { 0 };

		if (policy_parse(&file, 1, &policies[i], &why) < 0)
			(void)fprintf(stderr, "%s\n", why.text);
		MUST(policies[i] != NULL);
	}
}

/* --- what no ordinary rule lets through, said once more without the tables ---------------- */
static bool is_set(const json_t *v)
{
	return json_is_true(v) || (json_is_string(v) && json_string_length(v) > 0) ||
		(json_is_integer(v) && json_integer_value(v) != 0) || json_array_size(v) > 0 ||
		json_object_size(v) > 0;
}

static bool says(const json_t *object, const char *key, const char *prefix)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check_create(const json_t *body)
{
	static const char *const never[] = {
		"Privileged", "CapAdd", "Devices", "DeviceCgroupRules", "UTSMode", "Sysctls",
		"VolumeDriver", "OomKillDisable", "CpuRealtimePeriod", "CpuRealtimeRuntime", "Annotations",
	};
	static const char *const spaces[] = { "NetworkMode", "PidMode", "IpcMode", "CgroupnsMode" };
	const json_t *host = json_object_get(body, "HostConfig"), *one;
	const json_t *mounts = json_object_get(host, "Mounts");
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		MUST(!is_set(json_object_get(host, never[i])));
	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		MUST(!says(host, spaces[i], "host") && !says(host, spaces[i], "ns:"));
	MUST(!says(host, "IpcMode", "shareable"));
	json_array_foreach(json_object_get(host, "SecurityOpt"), i, one)
		MUST(strcmp(json_string_value(one), "no-new-privileges") == 0);
	json_array_foreach(mounts, i, one)
		MUST(says(one, "Type", "volume") || says(one, "Type", "tmpfs") || says(one, "Type", "bind"));
	MUST(!json_is_array(json_object_get(host, "MaskedPaths")));
	MUST(!json_is_array(json_object_get(host, "ReadonlyPaths")));
	/* Whose it is, and as whom it runs. */
	MUST(says(host, "ContainerIDFile", ID_FILE_PREFIX "1001"));
	MUST(says(json_object_get(body, "Labels"), LABEL_OWNER, "1001"));
	MUST(mapped_is(host, 1001, CGROUP_DRIVER_CGROUPFS));
	MUST(says(body, "WorkingDir", "/"));
	MUST(json_list_has(json_object_get(host, "CapDrop"), "NET_RAW"));
	json_array_foreach(json_object_get(host, "Binds"), i, one)
		MUST(*json_string_value(one) != '/' || strncmp(json_string_value(one), SAFEDOCKER_PLACEHOLDER ":",
							       strlen(SAFEDOCKER_PLACEHOLDER ":")) == 0);
}

/* --- the same again ----------------------------------------------------------------------- */
/* What became the runtime's, as it was asked. */
static void turn_back(json_t *value, json_t *labels, json_t *host)
{
	json_t *asked = mapped_asked(labels);
	json_t *binds = json_incref(json_object_get(host, "Binds")), *mounts = json_incref(json_object_get(host, "Mounts"));

	MUST(mapped_show_binds(&binds, asked) == 0 && mapped_show_mounts(&mounts, asked) == 0);
	mapped_show_env(json_object_get(value, "Env"));
	json_object_set(host, "Binds", binds);
	json_object_set(host, "Mounts", mounts);
	if (asked != NULL)
		json_object_set_new(value, "WorkingDir", json_string(mapped_workdir(asked)));
	else if (says(value, "WorkingDir", VARIABLE_EXEC_ROOT))
		json_object_set_new(value, "WorkingDir", json_string("/"));
	json_object_del(host, "CgroupParent");
	json_object_del(host, "Runtime");
	json_decref(binds);
	json_decref(mounts);
	json_decref(asked);
	json_object_del(labels, MAPPED_LABEL);
}

/* The network of the caller's own stands where the default one was asked for. */
static void default_again(json_t *host, json_t *endpoints)
{
	json_t *settings = json_object_get(endpoints, OWN_NETWORK);

	if (says(host, "NetworkMode", OWN_NETWORK))
		json_object_set_new(host, "NetworkMode", json_string("default"));
	if (settings != NULL)
		json_object_set(endpoints, "default", settings);
	json_object_del(endpoints, OWN_NETWORK);
}

/* What the helper writes and a client must not: taken out, so that the rest can be judged once more. */
static void strip(json_t *value)
{
	json_t *labels = json_object_get(value, "Labels"), *host = json_object_get(value, "HostConfig"), *one;
	json_t *options;
	size_t i;

	turn_back(value, labels, host);
	default_again(host, json_object_get(json_object_get(value, "NetworkingConfig"), "EndpointsConfig"));
	/* The image went by its id. */
	if (json_object_get(labels, LABEL_IMAGE) != NULL)
		json_object_set(value, "Image", json_object_get(labels, LABEL_IMAGE));
	json_object_del(labels, LABEL_IMAGE);
	json_object_del(labels, LABEL_OWNER);
	json_object_del(labels, LABEL_KIND);
	json_object_del(host, "ContainerIDFile");
	/* Of a mapped container it is what was asked. */
	if (says(value, "User", "1001:1879049193"))
		json_object_del(value, "User");
	json_array_foreach(json_object_get(host, "Mounts"), i, one) {
		options = json_object_get(one, "VolumeOptions");
		json_object_del(json_object_get(options, "Labels"), LABEL_OWNER);
		json_object_del(json_object_get(options, "Labels"), LABEL_KIND);
	}
}

/* The forwarded head is one that we would take, and means the same. */
static bool check_head(const struct trial *j, struct http_head *head, size_t *ret_used)
{
	struct request again;
	struct error why = { 0 };

	MUST(http_request_parse(buf_slice(&j->forwarded), head, ret_used, &why) == HTTP_DONE);
	/* The owner's filter may be one more than a client may have. */
	if (request_parse(head, &again, &why) < 0) {
		MUST(why.code == ERR_LIMIT && j->request.route->object == OBJECT_LIST);
		request_free(&again);
		return false;
	}
	MUST(again.route == j->request.route && again.minor == j->request.minor);
	request_free(&again);
	return true;
}

/* A body that is looked into is an archive of nothing here, cut into as few pieces as can be. */
static void add_block(const struct http_head *head, struct buf *out)
{
	static const char block[TAR_BLOCK];
	size_t n = sizeof(block);

	if (head->framing == HTTP_BODY_COUNTED)
		buf_add(out, block, head->length < n ? (size_t)head->length : n);
	if (head->framing != HTTP_BODY_CHUNKED)
		return;
	http_chunk_head(out, n);
	buf_add(out, block, n);
	buf_add_str(out, "\r\n");
	http_chunk_end(out);
}

/* What would be forwarded, judged by the same policy, is allowed and forwarded as the same. */
static void check_again(const struct policy *policy, const struct trial *j)
{
	struct buf bytes = buf_new(TRIAL_FORWARDED_MAX);
	struct slice forwarded = buf_slice(&j->forwarded), body;
	struct trial again;
	struct http_head head;
	struct error why = { 0 };
	json_t *value = NULL, *stripped = NULL, *same = NULL;
	size_t used;
	char *text;

	/* By its id alone the engine that is made up does not know whose something of another user's is. */
	if (!check_head(j, &head, &used) || (j->decision.scope_all && j->request.object != NULL)) {
		buf_free(&bytes);
		return;
	}
	body = slice_after(forwarded, used);
	if (j->request.body == NULL) {
		MUST(body.n == 0);
		buf_add_slice(&bytes, forwarded);
		add_block(&head, &bytes);
	} else {
		MUST(head.framing == HTTP_BODY_COUNTED && head.length == body.n);
		value = json_parse(body, JSON_TOKENS_MAX * 2, &why);
		MUST(value != NULL && json_equal(value, j->request.body));
		if (j->request.route->operation == OPERATION_CONTAINER_CREATE)
			check_create(value);
		stripped = json_deep_copy(value);
		strip(stripped);
		text = json_render(stripped);
		MUST(text != NULL);
		buf_addf(&bytes, "%s %.*s HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n", http_method_name(head.method), (int)head.target.n,
			 head.target.p, strlen(text));
		buf_add_str(&bytes, text);
		free(text);
	}
	trial_bytes(policy, buf_slice(&bytes), &again);
	if (again.status != 0)
		(void)fprintf(stderr, "forwarded once, then refused: %s\n%.*s\n", again.reason, (int)bytes.len,
			      bytes.data);
	MUST(again.status == 0);
	if (value == NULL) {
		MUST(slice_eq(buf_slice(&again.forwarded), forwarded));
	} else {
		same = again.request.body;
		MUST(json_equal(value, same));
	}
	json_decref(value);
	json_decref(stripped);
	trial_free(&again);
	buf_free(&bytes);
}

void fuzz_request(struct slice bytes)
{
	struct trial j;

	load();
	for (size_t i = 0; i < N_POLICIES; i++) {
		trial_bytes(policies[i], bytes, &j);
		MUST(j.status == 0 || (j.status >= 400 && j.status <= 599 && j.forwarded.len == 0));
		if (j.status == 0)
			check_again(policies[i], &j);
		trial_free(&j);
	}
}

/* Bytes as they come where there is a CR LF among them, else in the notation of judge.h. */
void fuzz_whole(struct slice in)
{
	struct buf bytes = buf_new(1 << 22);

	if (in.n > 0 && memmem(in.p, in.n, "\r\n", 2) != NULL)
		fuzz_request(in);
	else if (trial_notation(in, &bytes) == 0)
		fuzz_request(buf_slice(&bytes));
	buf_free(&bytes);
}
