/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "docker/image_ref.h"

void fuzz_image_ref(struct slice in)
{
	struct image_ref a, b;

	if (image_ref_parse(in, &a, NULL) < 0)
		return;
	/* What is rendered into a path holds no byte that means something there. */
	for (const char *p = a.repository; *p != '\0'; p++)
		MUST(strchr("%?#& ;\\\"'", *p) == NULL && *p > ' ' && *p <= '~');
	MUST(strstr(a.repository, "..") == NULL && strstr(a.repository, "//") == NULL);
	MUST(a.tag.n == 0 || (a.tag.p >= in.p && a.tag.p + a.tag.n <= in.p + in.n));
	MUST(a.digest.n == 0 || (a.digest.p >= in.p && a.digest.p + a.digest.n <= in.p + in.n));
	/* The canonical name is its own. */
	MUST(image_ref_parse(slice_str(a.repository), &b, NULL) == 0);
	MUST(strcmp(a.repository, b.repository) == 0 && a.is_id == b.is_id);
	image_ref_free(&a);
	image_ref_free(&b);
}
