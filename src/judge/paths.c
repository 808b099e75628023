/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of the host in what is made, started and entered: which of them no wide pattern allows, and which
 * a container may have that runs as its owner.
 */
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/bind.h"

/* --- what is not everybody's --------------------------------------------------------- */
/* `homes` is a directory in which homes stand. */
static int protect_homes(const struct judge *j, struct facts *facts, size_t fact, const char *homes,
			 struct error *reterr)
{
	const struct subject *subject = j->subject;
	struct slice path = slice_str(facts->list[fact].value);
	size_t n = strlen(homes);
	char *top;

	path.n = slice_find(path, ':');
	if (n < 2)
		return 0;
	/* Who has them all has the others' too. */
	if (path.n <= n) {
		if (asprintf(&top, "%s/.", homes) < 0)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
		facts_protect(facts, fact, top);
		free(top);
		return 0;
	}
	if (strncmp(path.p, homes, n) != 0 || path.p[n] != '/')
		return 0;
	top = slice_dup(slice_of(
		path.p, n + 1 + slice_find(slice_of(path.p + n + 1, path.n - n - 1), '/')));
	if (top == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (strcmp(top, subject->home) != 0 &&
	    j->port->path_is_home(j->port->context, top, subject->uid))
		facts_protect(facts, fact, top);
	free(top);
	return 0;
}

static int protect(const struct judge *j, const struct request *request, struct facts *facts,
		   size_t fact, struct error *reterr)
{
	const struct subject *subject = j->subject;
	const char *socket = policy_engine_socket(j->policy);
	const char *slash = strrchr(subject->home, '/');
	char *beside = slice_dup(
		slice_of(subject->home, slash != NULL ? (size_t)(slash - subject->home) : 0));
	int r = beside == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
				 look_at_engine(j, request, reterr);

	if (r == 0 && j->info->data_root[0] == '\0')
		r = error_set(reterr, ERR_ENGINE, "the engine does not say where it keeps its own");
	if (r == 0) {
		bind_protect_host(facts, fact);
		facts_protect(facts, fact, j->info->data_root);
		if (socket != NULL)
			facts_protect(facts, fact, socket);
		r = protect_homes(j, facts, fact, "/home", reterr);
	}
	if (r == 0)
		r = protect_homes(j, facts, fact, beside, reterr);
	free(beside);
	return r;
}

int paths_look(const struct judge *j, struct request *request, struct found *found,
	       struct error *reterr)
{
	struct references *all = &request->references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH &&
		    protect(j, request, &request->facts, all->list[i].fact, reterr) < 0)
			return -1;
	/* Of a container that is only looked at, its paths decide nothing. */
	for (size_t i = 0; i < found->mounted.n && (operation_enters(request->route->operation) ||
						 request->route->body == BODY_CREATE); i++)
		if (protect(j, request, &found->mounted, i, reterr) < 0)
			return -1;
	return 0;
}

/* --- behind the decision ------------------------------------------------------------- */
/* Of a pinned container: the engine resolves the path again at each start, as root. */
static int check_path(const struct judge *j, const char *path, bool read_only, struct error *reterr)
{
	if (!read_only)
		return error_set(reterr, ERR_DENIED,
				 "--volume %s: a container that runs as its owner sees paths of the host "
				 "only with :ro",
				 path);
	return j->port->path(j->port->context, path, reterr);
}

static int check_mounted(const struct judge *j, const struct fact *f, struct error *reterr)
{
	size_t n = strlen(f->value);
	bool read_only = n > 3 && strcmp(f->value + n - 3, ":ro") == 0;
	char *path = slice_dup(slice_of(f->value, read_only ? n - 3 : n));
	int r = path == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
		check_path(j, path, read_only, reterr);

	free(path);
	return r;
}

/* Of a mapped container the runtime opens each path with its user's own rights; an open one's root is root anyway. */
int paths_decide(const struct judge *j, const struct decision *d, const struct request *request,
		 const struct found *found, struct error *reterr)
{
	const struct references *all = &request->references;
	bool makes = request->route->body == BODY_CREATE && d->makes == CONTAINER_PINNED;
	bool enters = operation_enters(request->route->operation) &&
		      found->container.kind == CONTAINER_PINNED;

	for (size_t i = 0; i < all->n && makes; i++)
		if (all->list[i].kind == OBJECT_PATH &&
		    check_path(j, all->list[i].name, all->list[i].read_only, reterr) < 0)
			return -1;
	for (size_t i = 0; i < found->mounted.n && (makes || enters); i++)
		if (check_mounted(j, &found->mounted.list[i], reterr) < 0)
			return -1;
	return 0;
}
