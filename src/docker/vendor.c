/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine and the runtimes' hooks have three ways to ask for an accelerator, and none is called
 * --device. What is counted here is what the engine would hand out: all requests together, each id,
 * and never less.
 */
#include "docker/vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "docker/bind.h"
#include "docker/member.h"
#include "docker/target.h"
#include "wire/json.h"

enum how { HOW_PLAIN = 1, HOW_CHECKED, HOW_DEVICES };

static const struct vendor_variable {
	const char *pattern;
	enum how how;
	enum grammar grammar;
} variables[] = {
#define VENDOR_VARIABLE(pattern, how, grammar) { pattern, HOW_##how, GRAMMAR_##grammar },
#include "docker/vendor.def"
};

#define VISIBLE "NVIDIA_VISIBLE_DEVICES"

static const char *text_at(const json_t *list, size_t i)
{
	const char *text = json_string_value(json_array_get(list, i));

	return text != NULL ? text : "";
}

/* --- requests ------------------------------------------------------------------ */
/* Does it hand out devices through the container device interface alone? -1: no such driver. */
static int is_cdi_driver(const char *driver)
{
	static const struct {
		const char *name;
		int cdi;
	} drivers[] = {
		{ "", 0 },	     { "nvidia", 0 }, { "nvidia.runtime-hook", 0 },
		{ "nvidia.cdi", 0 }, { "amd", 0 },    { "cdi", 1 },
	};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i].name, driver) == 0)
			return drivers[i].cdi;
	return -1;
}

static bool is_power(const char *text)
{
	static const char *const powers[] = {
		"gpu",	    "nvidia",  "amd",	"compute", "compat32",
		"graphics", "utility", "video", "display", "ngx",
	};

	for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++)
		if (strcmp(powers[i], text) == 0)
			return true;
	return false;
}

static int check_powers(struct judging *j, const json_t *lists)
{
	for (size_t i = 0; i < json_array_size(lists); i++)
		for (size_t k = 0; k < json_array_size(json_array_get(lists, i)); k++)
			if (!is_power(text_at(json_array_get(lists, i), k)))
				return error_set(
					j->reterr, ERR_SYNTAX,
					"invalid value for --gpus capabilities: %s (expected gpu, "
					"compute, utility or another that docker knows)",
					text_at(json_array_get(lists, i), k));
	return 0;
}

/* Adds to *total, in which -1 stays what it is. */
static void add(long long *total, long long n)
{
	*total = *total < 0 || n < 0 ? -1 : *total + n;
}

static int judge_ids(struct judging *j, const struct field *field, const json_t *ids, bool cdi,
		     long long *total)
{
	for (size_t i = 0; i < json_array_size(ids); i++) {
		struct slice id = slice_str(text_at(ids, i));

		if (cdi || slice_find(id, '=') < id.n ||
		    (slice_find(id, '/') < id.n && !slice_starts(id, "MIG-"))) {
			if (!grammar_fits(GRAMMAR_CDI_NAME, id))
				return error_set(j->reterr, ERR_SYNTAX,
						 "invalid value for --device: %.64s (expected %s)",
						 id.p, grammar_words(GRAMMAR_CDI_NAME));
			/* Edits made by the host, not a processor. */
			if (fields_fact(j, field, FLAG_DEVICE, id.p, 0) < 0)
				return -1;
			continue;
		}
		if (slice_is(id, "all")) {
			*total = -1;
			continue;
		}
		if (!grammar_fits(GRAMMAR_DEVICE_ID, id))
			return error_set(j->reterr, ERR_SYNTAX,
					 "invalid value for --gpus device: %.64s (expected %s)",
					 id.p, grammar_words(GRAMMAR_DEVICE_ID));
		add(total, 1);
	}
	return 0;
}

static int judge_request(struct judging *j, const struct field *field, const json_t *request,
			 long long *total, bool *ret_counts)
{
	const char *driver = json_string_value(json_object_get(request, "Driver"));
	const json_t *ids = json_object_get(request, "DeviceIDs");
	json_int_t count = json_integer_value(json_object_get(request, "Count"));
	int cdi = is_cdi_driver(driver != NULL ? driver : "");

	if (cdi < 0)
		return error_set(j->reterr, ERR_DENIED,
				 "--gpus driver=%s is refused: nvidia, amd and cdi are known",
				 driver);
	if (count != 0 && (cdi > 0 || json_array_size(ids) > 0))
		return error_set(j->reterr, ERR_SYNTAX,
				 "--gpus: either a count or devices, not both");
	if (cdi == 0 && check_powers(j, json_object_get(request, "Capabilities")) < 0)
		return -1;
	if (cdi == 0) {
		*ret_counts = true;
		add(total, (long long)count);
	}
	return judge_ids(j, field, ids, cdi > 0, total);
}

int vendor_judge_requests(struct judging *j, const struct field *field, json_t *value)
{
	long long total = 0;
	bool counts = false;
	char text[32];

	for (size_t i = 0; i < json_array_size(value); i++)
		if (judge_request(j, field, json_array_get(value, i), &total, &counts) < 0)
			return -1;
	if (!counts)
		return 0;
	(void)snprintf(text, sizeof(text), "%lld", total);
	return fields_fact(j, field, field->flag, total < 0 ? "all" : text, total);
}

/* --- variables ------------------------------------------------------------------- */
static const struct vendor_variable *find(const char *entry)
{
	char name[256];

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(entry, "="), entry);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (text_fits(variables[i].pattern, name))
			return &variables[i];
	return NULL;
}

static bool is_bad(const struct vendor_variable *v, const char *entry)
{
	return v->how == HOW_CHECKED && entry[strcspn(entry, "=")] == '=' &&
	       !grammar_fits(v->grammar, slice_str(strchr(entry, '=') + 1));
}

int vendor_clean_env(json_t *env, struct error *reterr)
{
	for (size_t i = json_array_size(env); i-- > 0;) {
		const struct vendor_variable *v = find(text_at(env, i));

		if (v == NULL)
			continue;
		if (is_bad(v, text_at(env, i)))
			return error_set(reterr, ERR_SYNTAX,
					 "invalid value for --env %.*s (expected %s)",
					 (int)strcspn(text_at(env, i), "="), text_at(env, i),
					 grammar_words(v->grammar));
		if (v->how == HOW_DEVICES)
			(void)json_array_remove(env, i);
	}
	return 0;
}

static bool speaks_of_devices(const json_t *env)
{
	for (size_t i = 0; i < json_array_size(env); i++)
		if (find(text_at(env, i)) != NULL || strncmp(text_at(env, i), "NVIDIA_", 7) == 0 ||
		    strncmp(text_at(env, i), "CUDA_", 5) == 0)
			return true;
	return false;
}

/* As the engine counts them: all of them, the first ones, or those that are named. */
static void granted(const json_t *requests, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(requests); i++) {
		const json_t *one = json_array_get(requests, i),
			     *ids = json_object_get(one, "DeviceIDs");
		const char *driver = json_string_value(json_object_get(one, "Driver"));
		json_int_t count = json_integer_value(json_object_get(one, "Count"));

		if (driver != NULL && (strcmp(driver, "cdi") == 0 || strcmp(driver, "amd") == 0))
			continue;
		for (size_t k = 0; k < json_array_size(ids); k++)
			buf_addf(out, "%s%s", out->len > 0 ? "," : "", text_at(ids, k));
		if (json_array_size(ids) > 0)
			continue;
		if (count < 0)
			buf_addf(out, "%sall", out->len > 0 ? "," : "");
		/* Not more than REQUEST_COUNT of grammar.def lets through. */
		for (json_int_t k = 0; k < count && k < 256; k++)
			buf_addf(out, "%s%lld", out->len > 0 ? "," : "", (long long)k);
	}
	if (out->len == 0)
		buf_add_str(out, "void");
}

/* A name without = takes the image's variable away; a word of the body's own stands. */
static int unset(json_t *env, const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (size_t i = 0; i < json_array_size(env); i++)
		if (strncmp(text_at(env, i), entry, n) == 0 &&
		    strchr("=", text_at(env, i)[n]) != NULL)
			return 0;
	return json_array_append_new(env, json_stringn(entry, n));
}

int vendor_set_env(json_t *body, const json_t *image)
{
	const json_t *requests =
		json_object_get(json_object_get(body, "HostConfig"), "DeviceRequests");
	const json_t *theirs = json_object_get(json_object_get(image, "Config"), "Env");
	json_t *env = json_object_get(body, "Env");
	struct buf text = buf_new(8192);
	int failed;

	if (json_array_size(requests) == 0 && !speaks_of_devices(env) && !speaks_of_devices(theirs))
		return 0;
	if (env == NULL && json_object_set_new(body, "Env", env = json_array()) < 0)
		return -1;
	for (size_t i = json_array_size(env); i-- > 0;)
		if (find(text_at(env, i)) != NULL && find(text_at(env, i))->how == HOW_DEVICES)
			(void)json_array_remove(env, i);
	granted(requests, &text);
	failed = buf_cstr(&text) == NULL ||
		 json_array_append_new(env, json_sprintf(VISIBLE "=%s", buf_cstr(&text))) < 0;
	buf_free(&text);
	for (size_t i = 0; i < json_array_size(theirs) && !failed; i++) {
		const struct vendor_variable *v = find(text_at(theirs, i));

		if (v != NULL && (v->how == HOW_DEVICES || is_bad(v, text_at(theirs, i))))
			failed = unset(env, text_at(theirs, i)) < 0;
	}
	return failed ? -1 : 0;
}

/* --- mounts ----------------------------------------------------------------------- */
bool vendor_is_target(const char *path)
{
	/* The hook compares the beginning; /var/run is a link to /run in most images. */
	static const char *const places[] = { "/var/run/nvidia-container-devices",
					      "/run/nvidia-container-devices" };
	char *clean = target_clean(slice_str(path));
	bool is = clean == NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !is; i++)
		is = strncmp(clean, places[i], strlen(places[i])) == 0;
	free(clean);
	return is;
}

int vendor_check_target(const char *target, struct error *reterr)
{
	return !vendor_is_target(target)
		       ? 0
		       : error_set(reterr, ERR_DENIED,
				   "a mount at %.128s asks for devices of the host; say --gpus",
				   target);
}

static int check_set(json_t *set, struct error *reterr)
{
	const char *target;
	json_t *nothing;

	json_object_foreach(set, target, nothing)
		if (vendor_check_target(target, reterr) < 0)
			return -1;
	return 0;
}

int vendor_check_targets(const json_t *body, const json_t *image, struct error *reterr)
{
	const json_t *host = json_object_get(body, "HostConfig");
	const json_t *mounts = json_object_get(host, "Mounts"),
		     *binds = json_object_get(host, "Binds");

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (vendor_check_target(text_of(json_array_get(mounts, i), "Target"), reterr) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(binds); i++) {
		struct bind_text b;
		char *target;
		int r;

		if (bind_parse(slice_str(text_at(binds, i)), &b, reterr) < 0)
			return -1;
		target = slice_dup(b.target);
		r = target == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory")
				   : vendor_check_target(target, reterr);
		free(target);
		if (r < 0)
			return -1;
	}
	return check_set(json_object_get(host, "Tmpfs"), reterr) < 0 ||
			       check_set(json_object_get(body, "Volumes"), reterr) < 0 ||
			       check_set(json_object_get(json_object_get(image, "Config"),
							 "Volumes"),
					 reterr) < 0
		       ? -1
		       : 0;
}
