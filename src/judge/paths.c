/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of the host in what is made, started and entered, seen with the caller's own rights through
 * the port; and for those that the caller could exchange, the volumes of docker/bind.h.
 */
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/bind.h"
#include "docker/create.h"

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

/* --- the volumes that hold a root ---------------------------------------------------- */
/*
 * Is the volume there that this path needs, if it needs one? Then it must be just what this makes.
 */
static int look_at_root(const struct judge *j, const struct request *request, struct reference *r,
			struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char name[BIND_NAME_LEN], path[BIND_NAME_LEN + 16];
	size_t root;
	int status;

	/* A path that cannot be mounted at all is refused after the decision, in words. */
	if (j->port->path(j->port->context, r->name, false, &root, NULL) < 0 ||
	    root == strlen(r->name) || j->info->minor < BIND_API_MINOR)
		return 0;
	bind_volume_name(j->subject->uid, slice_of(r->name, root), name);
	(void)snprintf(path, sizeof(path), "/volumes/%s", name);
	status = look_at(j, request, path, &body, reterr);
	if (status == 200)
		status = bind_volume_check(buf_slice(&body), name, slice_of(r->name, root),
					   reterr) < 0 ?
				 -1 :
				 200;
	else if (status >= 0 && status != 404)
		status = error_set(reterr, ERR_ENGINE,
				   "unexpected status %d from the engine for a look-up", status);
	buf_free(&body);
	r->owner = status == 404 ? OWNER_MISSING : OWNER_UNKNOWN;
	return status < 0 ? -1 : 0;
}

int paths_look(const struct judge *j, struct request *request, struct found *found,
	       struct error *reterr)
{
	struct references *all = &request->references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH &&
		    (protect(j, request, &request->facts, all->list[i].fact, reterr) < 0 ||
		     look_at_root(j, request, &all->list[i], reterr) < 0))
			return -1;
	/* Of a container that is only looked at, its paths decide nothing. */
	for (size_t i = 0; i < found->mounted.n && operation_enters(request->route->operation); i++)
		if (protect(j, request, &found->mounted, i, reterr) < 0)
			return -1;
	return 0;
}

/* --- behind the decision ------------------------------------------------------------- */
/* Where the process starts is made by runc, as root: below a bind it must be there already. */
static int check_workdir(const struct judge *j, const struct request *request,
			 const struct found *found, const struct reference *bind,
			 struct error *reterr)
{
	char *workdir = create_workdir(request->body, found->image), path[4096];
	size_t n = strlen(bind->behind);
	int r = 0;

	if (workdir == NULL)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	else if (strncmp(workdir, bind->behind, n) == 0 && workdir[n] == '/' &&
		 ((size_t)snprintf(path, sizeof(path), "%s%s", bind->name, workdir + n) >=
			  sizeof(path) ||
		  !j->port->path_is_there(j->port->context, path)))
		r = error_set(reterr, ERR_DENIED, "--workdir %s: %s is not there: make it first",
			      workdir, path);
	free(workdir);
	return r;
}

/*
 * As path_judge(). A rule with binds = unsafe-races takes the risk that the path is exchanged:
 * `always`, or `otherwise`, where it cannot be mounted in a safe way.
 */
static int reach(const struct judge *j, const char *path, bool always, bool otherwise,
		 size_t *ret_root, struct error *reterr)
{
	if (!always && j->port->path(j->port->context, path, false, ret_root, reterr) == 0)
		return 0;
	return always || otherwise ? j->port->path(j->port->context, path, true, ret_root, reterr) :
				     -1;
}

static int decide_path(const struct judge *j, const struct decision *d, struct request *request,
		       const struct found *found, struct reference *r, struct error *reterr)
{
	unsigned minor = j->info->minor;

	if (reach(j, r->name, minor < BIND_API_MINOR && d->unsafe_binds, d->unsafe_binds, &r->root,
		  reterr) < 0 ||
	    check_workdir(j, request, found, r, reterr) < 0)
		return -1;
	/*
	 * Whatever version the client speaks: in these, read only goes all the way down, and what
	 * is written here is known.
	 */
	if (request->minor < minor && request->minor < BIND_API_MINOR)
		request->minor = minor < BIND_API_MINOR ? minor : BIND_API_MINOR;
	if (r->root == strlen(r->name)) {
		r->owner = OWNER_UNKNOWN;
		return 0;
	}
	return minor < BIND_API_MINOR ? bind_exchangeable(r->name, r->root, reterr) : 0;
}

static int decide_mounted(const struct judge *j, const struct decision *d, const struct fact *f,
			  struct error *reterr)
{
	struct slice text = slice_str(f->value);
	char *path = slice_dup(slice_of(text.p, slice_find(text, ':')));
	size_t root = 0;
	int r = path == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
		reach(j, path, d->unsafe_binds && f->number == 0, d->unsafe_binds, &root, reterr);

	/* What was out of reach when the container was made may be within it now. */
	if (r == 0 && root < (f->number > 0 ? (size_t)f->number : strlen(path)))
		r = bind_exchangeable(path, root, reterr);
	free(path);
	return r;
}

int paths_decide(const struct judge *j, const struct decision *d, struct request *request,
		 struct found *found, struct error *reterr)
{
	struct references *all = &request->references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH &&
		    decide_path(j, d, request, found, &all->list[i], reterr) < 0)
			return -1;
	for (size_t i = 0; i < found->mounted.n && operation_enters(request->route->operation); i++)
		if (decide_mounted(j, d, &found->mounted.list[i], reterr) < 0)
			return -1;
	return 0;
}
