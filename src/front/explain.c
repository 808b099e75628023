/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "front/asked.h"
#include "front/grant.h"
#include "front/policyfile.h"
#include "front/readonly.h"
#include "front/session.h"
#include "front/target.h"
#include "front/who.h"

#define OUTPUT_MAX (64 * 1024)
#define REPORT_MAX (4 * 1024 * 1024)
#define ARGUMENTS_MAX 1000
#define DRAIN_PATIENCE 200	/* ms for what is still on its way when docker has ended */

static const struct {
	const char *name;
	enum rank rank;
	const char *effect;
} known[] = {
#define KNOWN(name, rank, effect) { name, rank, effect },
#include "front/known.def"
};

/* --- around it -------------------------------------------------------------------------- */
static int write_config(const char *dir, struct error *reterr)
{
	char own[4096], path[128];
	json_t *config = json_object();
	int r;

	if (target_config(own, sizeof(own)) && strlen(own) + 20 < sizeof(own)) {
		(void)strcat(own, "/cli-plugins");
		(void)json_object_set_new(config, "cliPluginsExtraDirs", json_pack("[s]", own));
	}
	(void)snprintf(path, sizeof(path), "%s/config.json", dir);
	r = json_dump_file(config, path, JSON_COMPACT);
	json_decref(config);
	return r < 0 ? error_set(reterr, ERR_SYSTEM, "cannot write %s", path) : 0;
}

int explain_open(struct explainer *x, struct error *reterr)
{
	struct helper_options options = {
		.claimed = "explain", .explain = true, .report = &x->report,
	};
	struct error ignored = { 0 };
	struct moment now = grant_moment();

	*x = (struct explainer){ .report = -1, .config = "/tmp/safedocker-explain-XXXXXX" };
	if (session_check_cli(reterr) < 0 || readonly_check(reterr) < 0 ||
	    who_is(NULL, &x->subject, reterr) < 0)
		return -1;
	if (policyfile_load(&x->policy, &ignored) < 0)
		x->policy = NULL;
	if (x->policy != NULL &&
	    policy_serves(x->policy, &x->subject, &now, &x->unserved) != DENY_NONE)
		return 0;
	if (session_start(&options, &x->dir, reterr) < 0)
		return -1;
	if (mkdtemp(x->config) == NULL)
		return error_set(reterr, ERR_SYSTEM, "cannot make %s: %s", x->config,
				 strerror(errno));
	return write_config(x->config, reterr);
}

void explain_close(struct explainer *x)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/config.json", x->config);
	if (x->unserved.code == ERR_NONE) {
		(void)unlink(path);
		(void)rmdir(x->config);
	}
	if (x->report >= 0)
		(void)close(x->report);
	policy_free(x->policy);
	x->policy = NULL;
}

/* --- docker ------------------------------------------------------------------------------ */
static void become_docker(const struct explainer *x, int argc, char **argv)
{
	struct error why = { 0 };

	if (session_enter(&x->dir, false, &why) < 0 || setenv("DOCKER_CONFIG", x->config, 1) < 0 ||
	    setenv("DOCKER_CLI_HINTS", "false", 1) < 0 || readonly_enter(&why) < 0) {
		(void)fprintf(stderr, "safedocker: %s\n", why.text);
		_exit(126);
	}
	_exit(session_become_docker(argc, argv));
}

static long long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is there, as far as it fits; false at the end. */
static bool take(int fd, struct buf *out)
{
	char chunk[8192];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	if (out->len + (size_t)n <= out->max)
		buf_add(out, chunk, (size_t)n);
	return true;
}

/*
 * docker has a terminal of its own: `run -it` asks for one, and what is typed at ours is not for
 * it.
 */
static int watch(struct explainer *x, pid_t pid, int terminal, struct buf *output,
		 struct buf *report)
{
	long long end = now_ms() + EXPLAIN_PATIENCE * 1000LL, drained = 0;
	int status = -1;
	bool running = true, talking = true;

	while (running || now_ms() < drained) {
		struct pollfd fds[2] = {
			{ .fd = x->report, .events = POLLIN },
			{ .fd = talking ? terminal : -1, .events = POLLIN },
		};

		(void)poll(fds, 2, 20);
		if (fds[0].revents != 0 && take(x->report, report) && !running)
			drained = now_ms() + 20;
		if (fds[1].revents != 0)
			talking = take(terminal, output);
		if (running && now_ms() > end) {
			(void)kill(pid, SIGKILL);
			status = -2;
		}
		if (running && waitpid(pid, status == -2 ? NULL : &status, WNOHANG) == pid) {
			running = false;
			drained = now_ms() + 20;
		}
	}
	return status == -2 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(struct explainer *x, int argc, char **argv, struct buf *output, struct buf *report,
	       struct error *reterr)
{
	struct winsize size = { .ws_row = 24, .ws_col = 200 };
	int terminal, flags;
	pid_t pid;
	int status;

	(void)fflush(NULL);
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid == 0)
		become_docker(x, argc, argv);
	if (pid < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot start a process: %s", strerror(errno));
	flags = fcntl(x->report, F_GETFL);
	(void)fcntl(x->report, F_SETFL, flags | O_NONBLOCK);
	status = watch(x, pid, terminal, output, report);
	(void)close(terminal);
	return status;
}

/* --- one command line ------------------------------------------------------------------------ */
static void say(struct explanation *e, enum rank rank, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct explanation *e, enum rank rank, const char *format, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	e->said = strdup(text);
	e->rank = rank;
}

static bool ends_in(const char *text, const char *name)
{
	const char *slash = strrchr(text, '/');

	return strcmp(slash != NULL ? slash + 1 : text, name) == 0;
}

/*
 * Puts `docker` in front of what is docker's; returns the new argc, 0 where it is another program
 * (said).
 */
static int as_docker(int argc, char **argv, char *out[ARGUMENTS_MAX], struct explanation *e)
{
	static char docker[] = "docker", compose[] = "compose";
	int n = 0, from = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ends_in(argv[0], known[i].name)) {
			say(e, known[i].rank, "%s: %s", known[i].name, known[i].effect);
			return 0;
		}
	out[n++] = docker;
	if (ends_in(argv[0], "docker") || ends_in(argv[0], "safedocker"))
		from = 1;
	else if (ends_in(argv[0], "docker-compose")) {
		out[n++] = compose;
		from = 1;
	} else if (strchr(argv[0], '/') != NULL) {
		say(e, RANK_S, "%.200s is not docker: it cannot be explained", argv[0]);
		return 0;
	}
	if (from == 1 && argc > 1 && strcmp(argv[1], "--") == 0)
		from = 2;
	for (; from < argc && n < ARGUMENTS_MAX - 1; from++)
		out[n++] = argv[from];
	out[n] = NULL;
	return n;
}

/* What the docker command line itself reaches past the helper. */
static bool goes_past(int argc, char **argv, struct explanation *e)
{
	struct target target;
	bool local;

	target_of(argc, argv, &target);
	if (!target.chosen || (!target.bypasses && strncmp(target.endpoint, "unix://", 7) == 0))
		return false;
	local = strncmp(target.endpoint, "unix://", 7) == 0 || *target.endpoint == '\0';
	if (local)
		say(e, RANK_S, "%s goes to the engine itself: the policy has no part in it",
		    target.said);
	else
		say(e, target.plain_tcp ? RANK_S : RANK_A,
		    "%s goes to another engine, %s: this host's policy has no part in it",
		    target.said, target.endpoint);
	return true;
}

int explain_command(struct explainer *x, int argc, char **argv, struct explanation *ret,
		    struct error *reterr)
{
	struct buf output = buf_new(OUTPUT_MAX), report = buf_new(REPORT_MAX);
	char *command[ARGUMENTS_MAX];
	int n, status;

	*ret = (struct explanation){ .rank = RANK_C };
	n = as_docker(argc, argv, command, ret);
	if (n == 0 || goes_past(n, command, ret))
		return 0;
	if (x->unserved.code != ERR_NONE) {
		say(ret, RANK_C, "%s", x->unserved.text);
		return 0;
	}
	status = run(x, n, command, &output, &report, reterr);
	ret->status = status;
	for (struct slice rest = buf_slice(&report); rest.n > 0; ) {
		struct slice line = slice_of(rest.p, slice_find(rest, '\n'));

		asked_add_line(ret, line);
		rest = slice_after(rest, line.n + 1);
	}
	asked_merge(ret);
	asked_judge(x, ret);
	ret->output = slice_dup(buf_slice(&output));
	buf_free(&output);
	buf_free(&report);
	return ret->output != NULL ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
}

void explain_free(struct explanation *e)
{
	for (size_t i = 0; i < e->n; i++)
		asked_free(&e->list[i]);
	free(e->list);
	free(e->said);
	free(e->output);
}

static json_t *flags_json(const struct asked *a)
{
	json_t *flags = json_array();

	for (size_t k = 0; k < a->n_facts; k++) {
		const struct asked_fact *f = &a->facts[k];

		(void)json_array_append_new(flags, json_pack("{s:s, s:s, s:s, s:s, s:b}",
			"flag", flag_name(f->fact.flag), "value", f->fact.value,
			"rank", rank_name(f->fact.rank),
			"effect", f->effect != NULL ? f->effect : "", "allowed", f->allowed));
	}
	return flags;
}

static json_t *asked_json(const struct asked *a)
{
	const char *decision = a->allowed ? "allow" : asked_is_absence(a) ? "absent" : "deny";

	return json_pack("{s:s?, s:s?, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:i, s:o, s:i, s:s?, "
			 "s:s?, s:s?}",
			 "operation", a->operation, "verb", a->verb, "rank", rank_name(a->rank),
			 "decision", decision, "object", a->object, "image", a->image,
			 "rule", a->rule, "file", a->file, "line", (int)a->line,
			 "flags", flags_json(a), "times", (int)a->times, "code", a->code,
			 "message", a->message, "change", a->change);
}

json_t *explain_json(const struct explanation *e, int argc, char **argv)
{
	json_t *root = json_object(), *command = json_array(), *operations = json_array();

	for (int i = 0; i < argc; i++)
		(void)json_array_append_new(command,
					    json_stringn_nocheck(argv[i], strlen(argv[i])));
	for (size_t i = 0; i < e->n; i++)
		(void)json_array_append_new(operations, asked_json(&e->list[i]));
	(void)json_object_set_new(root, "version", json_integer(1));
	(void)json_object_set_new(root, "command", command);
	(void)json_object_set_new(root, "decision", json_string(e->allowed ? "allow" : "deny"));
	(void)json_object_set_new(root, "rank", json_string(rank_name(e->rank)));
	if (e->said != NULL)
		(void)json_object_set_new(root, "message", json_string(e->said));
	(void)json_object_set_new(root, "operations", operations);
	return root;
}
