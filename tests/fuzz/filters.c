/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "docker/filters.h"
#include "docker/label.h"

void fuzz_filters(struct slice in)
{
	static const char keys[] = "label name until dangling id";
	struct facts facts = { 0 }, same = { 0 };
	struct references references = { .n = 0 };
	char *text = filters_take(in, keys, OPERATION_CONTAINER_LIST, &facts, &references, NULL), *again, *owned;

	if (text != NULL) {
		again = filters_take(slice_str(text), keys, OPERATION_CONTAINER_LIST, &same, &references, NULL);
		MUST(again != NULL && strcmp(text, again) == 0 && facts.n == same.n);
		/* What the caller wrote cannot take the owner's filter's place. */
		owned = filters_with_label(text, LABEL_OWNER "=1001");
		MUST(owned != NULL && strstr(owned, "\"" LABEL_OWNER "=1001\"") != NULL);
		free(again);
		free(owned);
	}
	free(text);
	references_free(&references);
	facts_free(&facts);
	facts_free(&same);
}
