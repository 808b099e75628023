/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/registration.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/capture.h"
#include "front/daemon_json.h"
#include "front/dockerd.h"
#include "front/doctor.h"
#include "front/engine.h"
#include "front/output.h"
#include "front/trial.h"

#define WAIT_STEPS 75		/* each of WAIT_STEP microseconds and one question to the engine */
#define WAIT_STEP 200000
#define TRIALS_MAX 3
#define LOCK_FILE SAFEDOCKER_RUNDIR "/registration.lock"
#define UNIT "safedocker-mounts.service"
#define DEFAULT_MEANS "As the engine's default runtime it runs the classic builder's steps too, so that users may build.\n" \
	"What is in nobody's cgroup parent goes to runc untouched.\n"

struct registration {
	bool asks, as_default;
	struct runtime_info info;
	char data_root[4096];
	struct dockerd engine;
	struct daemon_json file;
	struct error why;
};

static int say(const char *text)
{
	(void)fputs("registration: ", stdout);
	output_plain(text);
	(void)putchar('\n');
	(void)fflush(stdout);
	return -1;
}

static bool yes(const struct registration *r, const char *question)
{
	char line[16] = "";

	if (!r->asks)
		return true;
	(void)printf("\n%s\ndo it? [y/N] ", question);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* --- the engine's directories -------------------------------------------------------------------- */

/* So that they are made before each start of the engine. */
static void enable_unit(void)
{
	static char enable[] = "enable", quiet[] = "--quiet", unit[] = UNIT, usual[] = "/usr/bin/systemctl", other[] = "/bin/systemctl";
	char *argv[] = { access(usual, X_OK) == 0 ? usual : other, quiet, enable, unit, NULL };
	struct buf out = buf_new(8192);

	if (access("/run/systemd/system", F_OK) < 0)
		(void)say("no systemd here: have " SAFEDOCKER_MOUNTS " run before each start of the engine");
	else if (capture(argv, &out) != 0)
		(void)say("systemctl enable " UNIT " failed: have it run before each start of the engine");
	else
		(void)say(UNIT " is enabled: it runs before each start of the engine");
	buf_free(&out);
}

static int see_to_trees(const struct registration *r)
{
	char text[1000];

	if (doctor_trees(r->data_root, false, text, sizeof(text)) == 0)
		return 0;
	(void)say(text);
	if (!yes(r, "Mount the engine's directories such that no link in them is followed, now or at its next start."))
		return say("not done");
	if (!r->engine.same_mounts)
		(void)say("the engine has a mount namespace of its own: its directories cannot be mounted from here");
	else if (doctor_trees(r->data_root, true, text, sizeof(text)) == 0 &&
		 doctor_trees(r->data_root, false, text, sizeof(text)) == 0) {
		(void)say("the engine's directories are mounted with nosymfollow");
		enable_unit();
		return 0;
	} else {
		(void)say(text);
	}
	enable_unit();
	return say("the directories are made at the engine's next start, until then root = never; after it, once more: "
		   "safedocker doctor --fix");
}

/* --- the engine's configuration ------------------------------------------------------------------- */

/* Until the engine says so itself: SIGHUP has no answer. */
static bool engine_has(struct registration *r, bool registered, bool as_default)
{
	const char *why;

	for (int i = 0; i < WAIT_STEPS; i++) {
		char root[4096];

		if (doctor_info(&r->info, root, sizeof(root), &why) == 0 && r->info.registered == registered &&
		    (!as_default || r->info.is_default))
			return true;
		(void)usleep(WAIT_STEP);
	}
	return false;
}

/* The engine changes nothing for a key that is gone: so it first reads a file that says what was. */
static int take_back(struct registration *r)
{
	struct error why = { 0 };
	struct buf forget;
	int result = -1;

	if (daemon_json_forget(buf_slice(&r->file.text), &forget, &why) == 0 &&
	    daemon_json_store(&r->file, buf_slice(&forget), &why) == 0 && dockerd_reload(&r->engine, &why) == 0)
		result = engine_has(r, false, false) ? 0 : error_set(&why, ERR_ENGINE, "the engine still has the runtime; "
								     "it will not after its next start");
	buf_free(&forget);
	if (daemon_json_restore(&r->file, &why) < 0)
		result = -1;
	if (result < 0)
		(void)say(why.text);
	(void)say(result == 0 ? "taken back: the file and the engine are as they were" : "not all of it is taken back");
	return -1;
}

/* 1: changed and taken up by the engine. 0: nothing to change. */
static int configure(struct registration *r)
{
	char backup[4200], text[4400];
	struct buf wanted;
	int change;

	change = daemon_json_add(buf_slice(&r->file.text), RUNTIME_INFO_NAME, SAFEDOCKER_RUNTIME, r->as_default, &wanted,
				 &r->why);
	if (change < 0) {
		(void)snprintf(text, sizeof(text), "%.3000s is left alone: %.1000s", r->file.path, r->why.text);
		return say(text);
	}
	if (change > 0 && r->file.exists) {
		if (daemon_json_backup(&r->file, backup, sizeof(backup), &r->why) < 0)
			goto failed;
		(void)snprintf(text, sizeof(text), "what %.2000s was is kept in %.2000s", r->file.path, backup);
		(void)say(text);
	}
	if (change > 0 && daemon_json_store(&r->file, buf_slice(&wanted), &r->why) < 0)
		goto failed;
	buf_free(&wanted);
	/* It stands in the file already, and the engine has not read it: that too is mended by reading it. */
	if (dockerd_reload(&r->engine, &r->why) < 0 || !engine_has(r, true, r->as_default)) {
		(void)say(r->why.code != ERR_NONE ? r->why.text : "the engine does not take it up: look at its log");
		return change > 0 ? take_back(r) : -1;
	}
	(void)say("the engine has read it, and nothing that runs was touched");
	return change;
failed:
	buf_free(&wanted);
	return say(r->why.text);
}

/* What stands on dockerd's command line must not stand in the file: it would not start any more. */
static int check_command_line(const struct registration *r)
{
	if (!r->info.registered && r->engine.says_runtimes)
		return say("dockerd's command line has --add-runtime, and then its file must not register any: add "
			   "--add-runtime safedocker=" SAFEDOCKER_RUNTIME " there");
	if (r->as_default && !r->info.is_default && (r->engine.says_default || r->engine.says_runtimes))
		return say("dockerd's command line has runtimes, and then its file must not: set --default-runtime there");
	return 0;
}

/* --- the trial ------------------------------------------------------------------------------------ */

static int try_it(struct registration *r)
{
	static struct account list[DOCTOR_ACCOUNTS_MAX];
	struct error why = { 0 };
	char text[1200];

	size_t n = doctor_accounts(list, DOCTOR_ACCOUNTS_MAX), i;

	if (n == 0)
		return say("the policy names no user to try it with: name one, then again");
	/* One user's own ids may be the reason, and not the runtime. */
	for (i = 0; i < n && i < TRIALS_MAX; i++) {
		why = (struct error){ .code = ERR_NONE };
		if (trial_run(list[i].uid, r->info.driver, &why) == 0)
			break;
		(void)snprintf(text, sizeof(text), "the trial with a container of %s failed: %s", list[i].name, why.text);
		(void)say(text);
	}
	if (i == n || i == TRIALS_MAX)
		return -1;
	(void)snprintf(text, sizeof(text), "a trial container of %s was mapped", list[i].name);
	(void)say(text);
	return 0;
}

/* --- all of it ------------------------------------------------------------------------------------- */

/* Two of us at once would take each other's work back. */
static int lock(void)
{
	int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

static int run(struct registration *r)
{
	const char *why = NULL;
	char socket[4096];
	int changed = 0;

	if (doctor_info(&r->info, r->data_root, sizeof(r->data_root), &why) < 0 || !r->info.fits)
		return say(why);
	engine_socket(socket, sizeof(socket));
	if (dockerd_find(socket, &r->engine, &r->why) < 0 || daemon_json_load(r->engine.config, &r->file, &r->why) < 0)
		return say(r->why.text);
	if (see_to_trees(r) < 0)
		return -1;
	if (r->asks && !r->as_default && !r->info.is_default && !r->engine.says_default && !r->engine.says_runtimes)
		r->as_default = yes(r, DEFAULT_MEANS "Set it as the default runtime as well.");
	if (check_command_line(r) < 0)
		return -1;
	if (!r->info.registered || (r->as_default && !r->info.is_default)) {
		if (!yes(r, "Register safedocker-runtime in the engine's configuration, and have the engine read that again."))
			return say("not done");
		changed = configure(r);
		if (changed < 0)
			return -1;
	}
	if (try_it(r) == 0)
		return 0;
	return changed > 0 ? take_back(r) : -1;
}

int registration_run(bool asks, bool as_default)
{
	static struct registration r;
	int held = lock(), result;

	r = (struct registration){ .asks = asks, .as_default = as_default, .engine.pidfd = -1 };
	if (held < 0)
		return say("another one is under way") < 0 ? 1 : 0;
	result = run(&r);
	dockerd_close(&r.engine);
	daemon_json_free(&r.file);
	(void)close(held);
	return result < 0 ? 1 : 0;
}
