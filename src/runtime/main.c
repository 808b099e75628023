/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-runtime - the OCI runtime that the engine starts, as root, in runc's place. It always ends
 * in one of two ways: it becomes runc, or it says in one line why not.
 *
 *   any command, for a container that is nobody's	runc, untouched
 *   create	the bundle is rewritten and its mounts are made (bundle.h, mounts.h), then runc
 *   exec	the process is rewritten, then runc
 *   run, restore, checkpoint	refused: nothing of the engine's needs them for such a container
 *
 * Whose a container is says its cgroup parent (parent.h). What is the user's to decide (paths, files,
 * ids) is done with the user's ids (child.h), and everything else here is the engine's own: the bundle,
 * the directories of layers, the command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/buf.h"
#include "runtime/arguments.h"
#include "runtime/bundle.h"
#include "runtime/child.h"
#include "runtime/file.h"
#include "runtime/identity.h"
#include "runtime/join.h"
#include "runtime/mountinfo.h"
#include "runtime/mounts.h"
#include "runtime/parent.h"
#include "runtime/trees.h"

#define NAMES_SECONDS 20	/* for what is asked of name services, which may come over a network */

static struct arguments arguments;

static int become_runc(char **argv, struct error *reterr)
{
	argv[0] = (char *)SAFEDOCKER_RUNC;
	(void)execv(SAFEDOCKER_RUNC, argv);
	return error_set(reterr, ERR_SYSTEM, "cannot start %s: %s", SAFEDOCKER_RUNC, strerror(errno));
}

static void no_answer(int number)
{
	(void)number;
	file_report(&arguments, "the machine's name services do not answer");
	_exit(1);
}

/* Account, groups, subordinate ids: within a limit, since a name service may never answer. */
static int load_identity(uid_t uid, bool subids, struct identity *ret, struct error *reterr)
{
	struct sigaction action = { .sa_handler = no_answer };
	struct itimerval timer = { .it_value.tv_sec = NAMES_SECONDS };
	int result;

	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &timer, NULL) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot set a timer");
	result = identity_account(uid, ret, reterr);
	if (result == 0 && subids)
		result = identity_subids(ret, reterr);
	timer.it_value.tv_sec = 0;
	action.sa_handler = SIG_DFL;
	/* It would go on in runc. */
	if (setitimer(ITIMER_REAL, &timer, NULL) < 0 || sigaction(SIGALRM, &action, NULL) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot end a timer");
	return result;
}

/* --- create -------------------------------------------------------------------------------------- */

/* A new user namespace, or the one that is joined; its maps in *uids and *gids. */
static int open_namespace(const struct bundle *b, const struct identity *who, const struct join *join,
			  struct idmap *uids, struct idmap *gids, struct error *reterr)
{
	struct buf uid_text = buf_new(IDMAP_TEXT_MAX), gid_text = buf_new(IDMAP_TEXT_MAX);
	uint32_t count = who->uids.count < who->gids.count ? who->uids.count : who->gids.count;
	int result = -1;

	if (join->user >= 0) {
		*uids = join->uids;
		*gids = join->gids;
		return join->user;
	}
	if (idmap_make(uids, b->uid, who->uid, who->uids.start, count, NULL, 0, reterr) < 0 ||
	    idmap_make(gids, b->gid, who->gid, who->gids.start, count, who->group, who->n_groups,
		       reterr) < 0)
		return -1;
	idmap_text(uids, &uid_text);
	idmap_text(gids, &gid_text);
	if (uid_text.failed || gid_text.failed)
		(void)error_set(reterr, ERR_LIMIT, "%s is in too many groups", who->name);
	else
		result = child_namespace(who->owner, buf_slice(&uid_text), buf_slice(&gid_text), reterr);
	buf_free(&uid_text);
	buf_free(&gid_text);
	return result;
}

/* What runc is to find: mounts in a namespace of our own, and the bundle that names them. */
static int prepare(struct bundle *b, const struct identity *who, struct slice mountinfo,
		   struct error *reterr)
{
	static int trees[BUNDLE_MOUNTS_MAX];
	struct join join;
	struct idmap uids, gids;
	int user;

	if (mounts_devices(b, reterr) < 0 || mounts_volumes(b, mountinfo, reterr) < 0 ||
	    join_open(b, who, &join, reterr) < 0)
		return -1;
	user = open_namespace(b, who, &join, &uids, &gids, reterr);
	if (user < 0 || mounts_begin(reterr) < 0 || mounts_open(b, user, who, trees, reterr) < 0 ||
	    mounts_place(reterr) < 0 || mounts_namespace(BUNDLE_USER, user, reterr) < 0 ||
	    join_place(&join, reterr) < 0 || mounts_root(b, user, &uids, &gids, mountinfo, reterr) < 0 ||
	    mounts_clones(b, user, trees, reterr) < 0 ||
	    bundle_rewrite(b, &uids, &gids, who->group, who->n_groups, reterr) < 0)
		return -1;
	mounts_refresh(b->root);
	return file_replace_json(arguments.bundle, "config.json", b->config, reterr);
}

static int create(json_t *config, uid_t uid, const char *id, struct error *reterr)
{
	static struct bundle bundle;
	static struct identity who;
	struct buf mountinfo = buf_new(MOUNTINFO_MAX);
	int result = -1;

	if (strcmp(id, arguments.id) != 0)
		(void)error_set(reterr, ERR_SYNTAX, "the cgroup is not that of the container %s", arguments.id);
	else if (file_read(MOUNTINFO_PATH, &mountinfo) < 0)
		(void)error_set(reterr, ERR_SYSTEM, "cannot read %s: %s", MOUNTINFO_PATH, strerror(errno));
	else if (bundle_read(config, id, &bundle, reterr) == 0 &&
		 trees_check(bundle.data_root, reterr) == 0 &&
		 load_identity(uid, true, &who, reterr) == 0)
		result = prepare(&bundle, &who, buf_slice(&mountinfo), reterr);
	bundle_free(&bundle);
	buf_free(&mountinfo);
	return result;
}

/* --- exec and the others ------------------------------------------------------------------------------ */

/* The bundle's config.json of a container; NULL without a reason where runc knows none, or it is nobody's. */
static json_t *config_of_container(struct error *reterr)
{
	char path[4096];
	json_t *state, *labels, *config;

	(void)snprintf(path, sizeof(path), "%.3000s/%.1000s/state.json", arguments.root, arguments.id);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return NULL;
	state = file_json(path, NULL, reterr);
	labels = json_object_get(json_object_get(state, "config"), "labels");
	/* runc's own is the last: those before it are annotations, with any name. */
	for (size_t i = json_array_size(labels); i-- > 0;) {
		const char *label = json_string_value(json_array_get(labels, i));

		if (label == NULL || strncmp(label, "bundle=", 7) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.4000s/config.json", label + 7);
		config = file_json(path, PARENT_NAME, reterr);
		json_decref(state);
		return config;
	}
	if (reterr->code == ERR_NONE)
		(void)error_set(reterr, ERR_SYNTAX, "runc's state of the container names no bundle");
	json_decref(state);
	return NULL;
}

/* Without --process it is root who types, and runc takes everything from the rewritten bundle. */
static int rewrite_exec(const json_t *config, uid_t uid, char **argv, struct error *reterr)
{
	static struct identity who;
	static char option[64];
	json_t *process;
	bool joined;
	int fd = -1;

	mounts_refresh(bundle_engine_root(config));
	if (arguments.process == NULL)
		return 0;
	process = file_json(arguments.process, NULL, reterr);
	if (process != NULL && load_identity(uid, false, &who, reterr) == 0 &&
	    bundle_rewrite_exec(process, config, who.group, who.n_groups, reterr) == 0)
		fd = file_memory_json(process, reterr);
	json_decref(process);
	if (fd < 0)
		return -1;
	joined = argv[arguments.process_at] != arguments.process;
	(void)snprintf(option, sizeof(option), "%s/proc/self/fd/%d", joined ? "--process=" : "", fd);
	argv[arguments.process_at] = option;
	return 0;
}

static int handle(char **argv, struct error *reterr)
{
	bool running = arguments.command == COMMAND_EXEC || arguments.command == COMMAND_CHECKPOINT;
	char path[4096];
	const char *id;
	json_t *config;
	uid_t uid;
	int result = -1;

	(void)snprintf(path, sizeof(path), "%.4000s/config.json", arguments.bundle);
	config = running ? config_of_container(reterr) : file_json(path, PARENT_NAME, reterr);
	/* Where safedocker's name is nowhere in it, it is nobody's. */
	if (config == NULL)
		return reterr->code == ERR_NONE ? 0 : -1;
	switch (parent_of(bundle_cgroups_path(config), &uid, &id)) {
	case PARENT_NOBODY:
		result = 0;
		break;
	case PARENT_USER:
		if (arguments.command == COMMAND_CREATE)
			result = create(config, uid, id, reterr);
		else if (arguments.command == COMMAND_EXEC)
			result = rewrite_exec(config, uid, argv, reterr);
		else
			(void)error_set(reterr, ERR_DENIED, "%s is refused for a mapped container",
					arguments.name);
		break;
	case PARENT_DOUBTFUL:
	default:
		(void)error_set(reterr, ERR_DENIED, "the cgroup path %s is not one that safedocker gives",
				bundle_cgroups_path(config));
	}
	json_decref(config);
	return result;
}

int main(int argc, char **argv)
{
	struct error error = { .code = ERR_NONE };

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return 1;
	if (arguments_parse(argc, argv, &arguments, &error) == 0 &&
	    (arguments.command == COMMAND_OTHER || handle(argv, &error) == 0))
		(void)become_runc(argv, &error);
	file_report(&arguments, error.text);
	return 1;
}
