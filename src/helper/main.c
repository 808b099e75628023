/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-helper - the setgid program between users and the docker engine. What it promises:
 *   - Who reads a client's bytes, a worker, has given the group up, can open, connect and start
 *     nothing, and holds one connection to the engine (confine.h, engine.h).
 *   - Who holds the group, the gatekeeper, reads no byte of any client.
 *   - Whom no rule of the policy is for gets no engine at all; a strong rule is served only behind
 *     its own door (door.h). It asks nobody for a password.
 *   - What is forwarded was allowed by one rule, and was written down first (worker.h).
 *
 * WARNING: the caller owns this process. Arguments, environment, descriptors,
 * directory, umask, signals, timers and limits are what a hostile parent made
 * them, and it may stop or kill us between any two instructions. main() puts
 * each of those right, in this order, before anything is read that is not root's.
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/carry.h"
#include "helper/confine.h"
#include "helper/door.h"
#include "helper/explain.h"
#include "helper/gatekeeper.h"
#include "helper/news.h"
#include "helper/unserved.h"
#include "helper/worker.h"
#include "policy/strong.h"
#include "setgid/caller.h"
#include "setgid/die.h"
#include "setgid/sanitize.h"

static const char usage[] =
	"usage: safedocker-helper [--until-parent-ends] [--mode=explain | --tell] "
	"[--claimed TEXT] [--as NAME] [--reason TEXT]";

enum { UNTIL_PARENT_ENDS, EXPLAIN, TELL, CLAIMED, AS, REASON, OPTIONS };

static const struct sanitize_word options[OPTIONS] = {
	/* The parent's end is ours. */
	[UNTIL_PARENT_ENDS] = { "--until-parent-ends", { 0 } },
	/* Judged, answered, not done (explain.h). */
	[EXPLAIN] = { "--mode=explain", { 0 } },
	/* Standard output is told what is refused (news.h). */
	[TELL] = { "--tell", { 0 } },
	/* For the record alone; nothing is decided by it. */
	[CLAIMED] = { "--claimed", { CLAIMED_MAX } },
	/* A strong rule, for whom the policy names, and why. */
	[AS] = { "--as", { RULE_NAME_MAX } },
	[REASON] = { "--reason", { REASON_BYTES } },
};

/* fd 0 must be a stream socket of this machine: listening, or connected. */
static void check_socket(void)
{
	int domain = 0, type = 0;
	socklen_t n = sizeof(domain);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0 || domain != AF_UNIX ||
	    getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &n) < 0 || type != SOCK_STREAM)
		die(EXIT_USAGE,
		    "standard input must be a unix stream socket; users start `safedocker`");
}

/* By its pidfd: a number alone could be another process's by the time it is looked at. */
static int watch_parent(void)
{
	pid_t parent = getppid();
	int fd = (int)syscall(SYS_pidfd_open, parent, 0);

	if (fd < 0 || getppid() != parent)
		die(EXIT_FAILED, "cannot watch the process that started the helper");
	return fd;
}

static int watch_children(void)
{
	sigset_t children;
	int fd;

	if (sigemptyset(&children) < 0 || sigaddset(&children, SIGCHLD) < 0 ||
	    sigprocmask(SIG_BLOCK, &children, NULL) < 0)
		die(EXIT_FAILED, "cannot block SIGCHLD");
	fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die(EXIT_FAILED, "cannot watch for the end of workers");
	return fd;
}

/*
 * jansson would open a file for its seed when the first object is made; later nothing can be
 * opened.
 */
static void seed_json(void)
{
	size_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		die(EXIT_FAILED, "no random numbers");
	json_object_seed(seed | 1);
}

/* Confinement goes as far as the kernel can; how far that is can be seen. */
static void note_kernel(const struct audit *audit)
{
	long abi = confine_landlock_abi();
	char text[64];

	(void)snprintf(text, sizeof(text), "workers are shut off from files by Landlock, ABI %ld",
		       abi);
	audit_debug(audit,
		    abi < 1 ? "this kernel has no Landlock; seccomp alone confines workers" : text);
}

/*
 * The front end waits for this line; whoever started us otherwise may read it too. What
 * is explained, or told (news.h), is said there too, later.
 */
static void say_ready(bool goes_on)
{
	static const char ready[] = "ready\n";
	int null = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (null < 0 || write(STDOUT_FILENO, ready, sizeof(ready) - 1) < 0)
		die(EXIT_FAILED, "cannot report");
	if ((!goes_on && dup2(null, STDOUT_FILENO) < 0) || dup2(null, STDERR_FILENO) < 0)
		die(EXIT_FAILED, "cannot leave the terminal");
	(void)close(null);
}

/*
 * jansson 2.14 reads on behind a token that it had no memory to keep: so it is never told that
 * there is none.
 */
static void *memory_or_end(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		die(EXIT_FAILED, "out of memory");
	return p;
}

/* What is asked of us, beside the socket. */
static void take_options(struct gatekeeper *g, const struct sanitize_said *said)
{
	const char *as = said[AS].texts[0], *reason = said[REASON].texts[0];

	if (*reason != '\0' && !strong_is_reason(reason))
		die(EXIT_USAGE,
		    "a reason is 1 to %d characters of UTF-8 without control characters",
		    REASON_MAX);
	g->caller.claimed = said[CLAIMED].texts[0];
	g->caller.subject.as = *as != '\0' ? as : NULL;
	g->caller.subject.reason = *reason != '\0' ? reason : NULL;
	g->tells = said[TELL].there;
	if (said[EXPLAIN].there)
		g->explain = explain_prepare();
}

/* Whom no rule is for is told so, before anything is begun. */
static void check_served(const struct gatekeeper *g)
{
	char text[UNSERVED_TEXT_MAX];
	int status;

	/* A client that is there already hears it from a worker; a strong rule has its own door. */
	if (g->caller.subject.as == NULL && gatekeeper_listens() && unserved(g, &status, text))
		die(EXIT_NOT_ALLOWED, "%s", text);
}

/* The terminal is the CLI's alone: ^C and ^Z must not reach us. */
static void leave_terminal(struct gatekeeper *g, const struct sanitize_said *said)
{
	if (said[UNTIL_PARENT_ENDS].there)
		g->parent = watch_parent();
	(void)setsid();
	g->children = watch_children();
	seed_json();
	say_ready(said[EXPLAIN].there || said[TELL].there);
	note_kernel(&g->caller.audit);
}

static struct worker make_worker(const struct gatekeeper *g, const struct connection *c)
{
	return (struct worker){
		.client = c->client,
		.engine = c->engine,
		.config = &g->caller.config,
		.subject = &g->caller.subject,
		.boot = g->caller.boot,
		.audit = &g->caller.audit,
		.recording = g->recording.fd >= 0 ? &g->recording : NULL,
		.handover = c->handover,
		.explain = g->explain,
		.way = g->explain != NULL ? &explain_way : &carry_way,
		.tells = g->tells,
		.proved_until = g->proved_until,
		.tty = g->tty,
		.identity_until = g->identity_until,
	};
}

/* Without an engine and without a parser, where the caller is served nothing. */
static enum exit_status serve(const struct worker *worker, const struct connection *c)
{
	if (worker->engine != NULL)
		return worker_serve(worker);
	unserved_answer(worker->client, c->status, c->text);
	if (worker->tells)
		news_unserved();
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	static struct gatekeeper gatekeeper = { .caller = CALLER_UNKNOWN, .parent = -1, .tty = -1,
						.recording = { .fd = -1 } };
	static struct worker worker;
	const struct connection *connection;
	struct sanitize_said said[OPTIONS];

	/* What the caller made of this process. */
	sanitize_arguments(argc, argv, usage, options, OPTIONS, said);
	sanitize_process(gatekeeper.caller.cwd);
	json_set_alloc_funcs(memory_or_end, free);
	check_socket();

	/* Who we are, who asks, and for what. */
	caller_know(&gatekeeper.caller);
	take_options(&gatekeeper, said);

	/* What the policy says, where the record is. */
	gatekeeper_load(&gatekeeper);
	caller_check(&gatekeeper.caller);
	check_served(&gatekeeper);

	/* A strong rule: on whose word. */
	if (gatekeeper.caller.subject.as != NULL)
		door_pass(&gatekeeper, said[UNTIL_PARENT_ENDS].there);
	leave_terminal(&gatekeeper, said);

	/* Nothing can be gained from here on. */
	confine_gatekeeper();

	/* From here on a worker, with one connection of a client's and one to the engine. */
	connection = gatekeeper_next(&gatekeeper);
	worker = make_worker(&gatekeeper, connection);
	if (connection->bound_to != 0)
		worker_end_on_sigterm(&worker);
	confine_worker(gatekeeper.caller.group, connection->bound_to);

	/* --- no byte of HTTP has been read above this line --- */
	_exit(serve(&worker, connection));
}
