/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "docker/create.h"
#include "docker/inspect.h"
#include "wire/json.h"

struct slice fuzz_word(struct slice *in)
{
	struct slice word = slice_of(in->p, slice_find(*in, '\n'));

	*in = slice_after(*in, word.n + 1);
	return word;
}

static void check_id(const char *id)
{
	MUST(strlen(id) == OBJECT_ID_LEN && strspn(id, "0123456789abcdef") == OBJECT_ID_LEN);
}

static void take_binds(struct slice in)
{
	struct facts facts = { 0 };

	if (inspect_binds(in, NULL, &facts) == 0)
		for (size_t i = 0; i < facts.n; i++)
			MUST(facts.list[i].flag == FLAG_VOLUME && rank_is_strong(facts.list[i].rank));
	facts_free(&facts);
}

static void take_image(struct slice in)
{
	json_t *image = json_parse(in, JSON_TOKENS_MAX, NULL);
	json_t *body = json_loads("{\"Image\":\"bb\",\"HostConfig\":{}}", 0, NULL);

	MUST(body != NULL);
	if (image != NULL)
		(void)create_image_volumes(body, image, NULL);
	json_decref(image);
	json_decref(body);
}

/* KIND LF, then what the engine answered: it may be broken, and it repeats what users wrote. */
void fuzz_answer(struct slice in)
{
	struct slice word = fuzz_word(&in);
	struct container container;
	struct resource resource;
	struct exec exec;
	char id[OBJECT_ID_LEN + 1];

	if (slice_is(word, "container") && inspect_container(in, NULL, &container, NULL) == 0)
		check_id(container.id);
	else if (slice_is(word, "binds"))
		take_binds(in);
	else if (slice_is(word, "created") && inspect_created(in, id, NULL) == 0)
		check_id(id);
	else if (slice_is(word, "exec") && inspect_exec(in, &exec, NULL) == 0)
		check_id(exec.container);
	else if (slice_is(word, "network") && inspect_network(in, NULL, &resource, NULL) == 0)
		MUST(strlen(resource.id) > 0);
	else if (slice_is(word, "volume") && inspect_volume(in, NULL, &resource, NULL) == 0)
		MUST(strlen(resource.id) > 0);
	else if (slice_is(word, "image"))
		take_image(in);
}
