/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/view.h"

#include "docker/label.h"

static int is_own(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	const struct subject *subject = context;
	uid_t owner;

	(void)rule;
	(void)key;
	(void)reterr;
	return label_owner(json_object_get(*value, "Labels"), &owner) && owner == subject->uid;
}

/* Which operations' answers are lists of what somebody owns, and where the objects stand in them. */
static const struct {
	enum operation operation;
	size_t n;
	struct sieve_rule rules[2];
} lists[] = {
	{ OPERATION_CONTAINER_LIST, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_NETWORK_LIST, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_VOLUME_LIST, 2, { { "Volumes/*", SIEVE_TAKE }, { "Warnings", SIEVE_PASS } } },
};

bool view_sieve(const struct request *request, const struct http_head *answer, const struct subject *subject,
		bool everybody, struct sieve *ret)
{
	if (everybody || answer->status != 200 || answer->framing == HTTP_BODY_NONE)
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].operation != request->route->operation)
			continue;
		*ret = sieve_new(lists[i].rules, lists[i].n, SIEVE_DROP);
		ret->take = is_own;
		ret->context = (void *)subject;
		return true;
	}
	return false;
}
