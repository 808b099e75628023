/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "docker/bind.h"
#include "docker/create.h"
#include "helper/path.h"
#include "policy/policy.h"

/* --- what is not everybody's ------------------------------------------------------------ */
/*
 * Is `top` the home of somebody else? Homes stand beside the caller's own, and in /home; they belong to who lives
 * there. What cannot be looked at may well be one.
 */
static bool is_home(const char *top, uid_t uid)
{
	struct stat st;

	return lstat(top, &st) < 0 ? errno != ENOENT : (st.st_uid != 0 && st.st_uid != uid);
}

/* `homes` is a directory in which homes stand. */
static int protect_homes(struct facts *facts, size_t fact, const char *homes, const struct subject *subject,
			 struct error *reterr)
{
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
	top = slice_dup(slice_of(path.p, n + 1 + slice_find(slice_of(path.p + n + 1, path.n - n - 1), '/')));
	if (top == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (strcmp(top, subject->home) != 0 && is_home(top, subject->uid))
		facts_protect(facts, fact, top);
	free(top);
	return 0;
}

static int protect(struct turn *t, struct facts *facts, size_t fact, struct error *reterr)
{
	const struct subject *subject = t->w->subject;
	const char *socket = policy_engine_socket(t->w->config->policy);
	const char *slash = strrchr(subject->home, '/');
	char *beside = slice_dup(slice_of(subject->home, slash != NULL ? (size_t)(slash - subject->home) : 0));
	int r = beside == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") : engine_info(t, reterr);

	if (r == 0 && t->info->data_root[0] == '\0')
		r = error_set(reterr, ERR_ENGINE, "the engine does not say where it keeps its own");
	if (r == 0) {
		bind_protect_host(facts, fact);
		facts_protect(facts, fact, t->info->data_root);
		if (socket != NULL)
			facts_protect(facts, fact, socket);
		r = protect_homes(facts, fact, "/home", subject, reterr);
	}
	if (r == 0)
		r = protect_homes(facts, fact, beside, subject, reterr);
	free(beside);
	return r;
}

int bind_protect(struct turn *t, struct error *reterr)
{
	const struct references *all = &t->request.references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH && protect(t, &t->request.facts, all->list[i].fact, reterr) < 0)
			return -1;
	return 0;
}

int bind_protect_mounted(struct turn *t, struct error *reterr)
{
	for (size_t i = 0; i < t->mounted.n; i++)
		if (protect(t, &t->mounted, i, reterr) < 0)
			return -1;
	return 0;
}

/* --- what is asked ---------------------------------------------------------------------- */
/* Where the process starts is made by runc, as root: below a bind it must be there already. */
static int check_workdir(const struct turn *t, const struct reference *bind, struct error *reterr)
{
	char *workdir = create_workdir(t->request.body, t->image), path[4096];
	size_t n = strlen(bind->behind);
	int r = 0;

	if (workdir == NULL)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	else if (strncmp(workdir, bind->behind, n) == 0 && workdir[n] == '/' &&
		 ((size_t)snprintf(path, sizeof(path), "%s%s", bind->name, workdir + n) >= sizeof(path) ||
		  !path_exists(path)))
		r = error_set(reterr, ERR_DENIED, "--workdir %s: %s is not there: make it first", workdir, path);
	free(workdir);
	return r;
}

/*
 * As path_judge(). A rule with binds = unsafe-races takes the risk that the path is exchanged: `always`, or `otherwise`,
 * where it cannot be mounted in a safe way.
 */
static int judge(const struct turn *t, const char *path, bool always, bool otherwise, size_t *ret_root,
		 struct error *reterr)
{
	uid_t uid = t->w->subject->uid;

	if (!always && path_judge(path, uid, false, ret_root, reterr) == 0)
		return 0;
	return always || otherwise ? path_judge(path, uid, true, ret_root, reterr) : -1;
}

static int check_one(struct turn *t, struct reference *r, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char name[BIND_NAME_LEN], path[BIND_NAME_LEN + 16];
	int status;

	if (engine_info(t, reterr) < 0 ||
	    judge(t, r->name, t->info->minor < BIND_API_MINOR && t->decision.unsafe_binds, t->decision.unsafe_binds,
		  &r->root, reterr) < 0 || check_workdir(t, r, reterr) < 0)
		return -1;
	/* Whatever version the client speaks: in these, read only goes all the way down, and what is written here is known. */
	if (t->request.minor < t->info->minor && t->request.minor < BIND_API_MINOR)
		t->request.minor = t->info->minor < BIND_API_MINOR ? t->info->minor : BIND_API_MINOR;
	if (r->root == strlen(r->name))
		return 0;
	if (t->info->minor < BIND_API_MINOR)
		return path_exchangeable(r->name, r->root, reterr);
	bind_volume_name(t->w->subject->uid, slice_of(r->name, r->root), name);
	(void)snprintf(path, sizeof(path), "/volumes/%s", name);
	status = look_up(t, path, &body, reterr);
	if (status == 200)
		status = bind_volume_check(buf_slice(&body), name, slice_of(r->name, r->root), reterr) < 0 ? -1 : 200;
	else if (status >= 0 && status != 404)
		status = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	buf_free(&body);
	r->owner = status == 404 ? OWNER_MISSING : OWNER_UNKNOWN;
	return status < 0 ? -1 : 0;
}

int bind_check(struct turn *t, struct error *reterr)
{
	struct references *all = &t->request.references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH && check_one(t, &all->list[i], reterr) < 0)
			return -1;
	return 0;
}

/* --- what is there ------------------------------------------------------------------------ */
int bind_check_mounted(struct turn *t, bool unsafe, struct error *reterr)
{
	for (size_t i = 0; i < t->mounted.n; i++) {
		const struct fact *f = &t->mounted.list[i];
		struct slice text = slice_str(f->value);
		char *path = slice_dup(slice_of(text.p, slice_find(text, ':')));
		size_t root = 0;
		int r = path == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
			judge(t, path, unsafe && f->number == 0, unsafe, &root, reterr);

		/* What was out of reach when the container was made may be within it now. */
		if (r == 0 && root < (f->number > 0 ? (size_t)f->number : strlen(path)))
			r = path_exchangeable(path, root, reterr);
		free(path);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* --- the volumes ---------------------------------------------------------------------------- */
static int make_one(struct turn *t, const struct reference *r, struct error *reterr)
{
	struct slice root = slice_of(r->name, r->root);
	char name[BIND_NAME_LEN], *asked;
	struct audit_entry entry = {
		.subject = t->w->subject, .operation = OPERATION_VOLUME_CREATE, .verb = t->entry.verb,
		.object = name, .decision = &t->decision,
	};
	struct buf bytes = buf_new(64 * 1024), body = buf_new(INSPECT_MAX);
	int status = -1;

	bind_volume_name(t->w->subject->uid, root, name);
	asked = bind_volume_body(name, root);
	if (asked == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	request_render_post(&t->request, "/volumes/create", asked, &bytes);
	free(asked);
	if (bytes.failed)
		status = error_set(reterr, ERR_LIMIT, "the path is too long");
	else if (audit_intent(t->w->audit, &entry, reterr) == 0) {
		status = ask(t, HTTP_POST, buf_slice(&bytes), &body, reterr);
		audit_outcome(t->w->audit, &entry, status < 0 ? 0 : status);
	}
	if (status == 201)
		/* The engine answers with the volume that is there, when there is one. */
		status = bind_volume_check(buf_slice(&body), name, root, reterr);
	else if (status >= 0)
		status = error_set(reterr, ERR_ENGINE, "the engine does not make volume %s: %d", name, status);
	buf_free(&bytes);
	buf_free(&body);
	return status;
}

int bind_make(struct turn *t, struct error *reterr)
{
	const struct references *all = &t->request.references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_PATH && all->list[i].owner == OWNER_MISSING &&
		    make_one(t, &all->list[i], reterr) < 0)
			return -1;
	return 0;
}
