/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/asking.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "helper/engine.h"
#include "helper/explain.h"
#include "helper/path.h"
#include "helper/still.h"
#include "setgid/patience.h"

void asking_anew(struct asking *a)
{
	a->n = 0;
	a->deadline = 0;
}

/*
 * Bounded for each request of the client's: nobody keeps the engine busy, or waits in it, for
 * longer.
 */
int asking_turn(struct asking *a, struct io_limit *ret, struct error *reterr)
{
	if (a->n == ASKING_MAX)
		return error_set(reterr, ERR_LIMIT,
				 "this request needs more than %d look-ups at the engine: name "
				 "fewer objects at a time",
				 ASKING_MAX);
	if (a->n++ == 0)
		a->deadline = io_now() + LOOKUP_PATIENCE;
	*ret = (struct io_limit){ .deadline = a->deadline };
	return 0;
}

/* Behind a request that was written whole. */
static int take_answer(const struct asking *a, const struct io_limit *limit, const char *field,
		       struct answer *ret, struct error *reterr)
{
	struct engine *e = a->w->engine;
	struct http_head head;
	struct slice value = slice_of("", 0);

	engine_sent(e);
	if (engine_head(e, a->w->client, limit, &head, reterr) < 0)
		return -1;
	if (field != NULL)
		value = http_field(&head, field);
	(void)snprintf(ret->field, sizeof(ret->field), "%.*s", (int)value.n,
		       value.n > 0 ? value.p : "");
	ret->status = head.status;
	return engine_whole(e, a->w->client, limit, &ret->body, reterr);
}

static int look(void *context, enum http_method method, const char *path, struct slice bytes,
		const char *field, struct answer *ret, struct error *reterr)
{
	struct asking *a = context;
	struct io_limit limit;

	if (explain_look_up(a->w->explain, path, &ret->body) == 200) {
		ret->status = 200;
		return 0;
	}
	if (asking_turn(a, &limit, reterr) < 0 ||
	    engine_begin(a->w->engine, method, bytes, &limit, reterr) < 0)
		return -1;
	return take_answer(a, &limit, field, ret, reterr);
}

int asking_change(struct asking *a, enum http_method method, struct slice bytes,
		  const struct still_question *still, struct answer *ret, struct error *reterr)
{
	struct engine *e = a->w->engine;
	struct io_limit limit;

	if (asking_turn(a, &limit, reterr) < 0 ||
	    engine_begin(e, method, slice_of(bytes.p, bytes.n - 1), &limit, reterr) < 0)
		return -1;
	if (still_ask(still, reterr) < 0)
		return engine_break(e, ERR_CHANGED, "a request was not written whole", NULL);
	if (engine_write(e, slice_after(bytes, bytes.n - 1), &limit, reterr) < 0)
		return -1;
	return take_answer(a, &limit, NULL, ret, reterr);
}

/* --- paths --------------------------------------------------------------------------- */
static int reach(void *context, const char *path, struct error *reterr)
{
	(void)context;
	return path_judge(path, reterr);
}

/* Homes belong to who lives there. What cannot be looked at may well be one. */
static bool is_home(void *context, const char *path, uid_t uid)
{
	struct stat st;

	(void)context;
	return lstat(path, &st) < 0 ? errno != ENOENT : (st.st_uid != 0 && st.st_uid != uid);
}

void asking_init(struct asking *a, const struct worker *w)
{
	*a = (struct asking){
		.w = w,
		.port = { .context = a,
			  .look = look,
			  .path = reach,
			  .path_is_home = is_home },
	};
}
