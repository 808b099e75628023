/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-helper - the setgid program between users and the docker engine.
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

#include "helper/confine.h"
#include "helper/die.h"
#include "helper/door.h"
#include "helper/explain.h"
#include "helper/gatekeeper.h"
#include "helper/identity.h"
#include "helper/io.h"
#include "helper/petition.h"
#include "helper/reader.h"
#include "helper/sanitize.h"
#include "helper/unserved.h"
#include "policy/strong.h"

/* fd 0 must be a stream socket of this machine: listening, or connected. */
static void check_socket(void)
{
	int domain = 0, type = 0;
	socklen_t n = sizeof(domain);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0 || domain != AF_UNIX ||
	    getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &n) < 0 || type != SOCK_STREAM)
		die(EXIT_USAGE, "standard input must be a unix stream socket; users start `safedocker`");
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

/* jansson would open a file for its seed when the first object is made; later nothing can be opened. */
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

	(void)snprintf(text, sizeof(text), "workers are shut off from files by Landlock, ABI %ld", abi);
	audit_debug(audit, abi < 1 ? "this kernel has no Landlock; seccomp alone confines workers" : text);
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

/* jansson 2.14 reads on behind a token that it had no memory to keep: so it is never told that there is none. */
static void *memory_or_end(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		die(EXIT_FAILED, "out of memory");
	return p;
}

/* What the caller may cost others; and whom no rule is for is told so, before anything is begun. */
static void check_caller(struct gatekeeper *g)
{
	char text[UNSERVED_TEXT_MAX];
	int status;

	if (g->audit.fd < 0)
		die(EXIT_CONFIG, "the record cannot be written: %s", g->audit.error.text);
	/* A client that is there already hears it from a worker; a strong rule has its own door. */
	if (g->as == NULL && gatekeeper_listens() && unserved(g, &status, text))
		die(EXIT_NOT_ALLOWED, "%s", text);
}

int main(int argc, char **argv)
{
	static struct gatekeeper gatekeeper = { .parent = -1, .tty = -1, .recording = { .fd = -1 },
						.audit = { .fd = -1, .dir = -1, .journal = -1 } };
	static struct claims claims;
	static struct terminal terminal;
	static char boot[BOOT_ID_SIZE];
	struct error why = { 0 };

	/* What the caller made of this process. */
	sanitize_arguments(argc, argv, &claims);
	sanitize_process(&claims);
	json_set_alloc_funcs(memory_or_end, free);
	if (claims.forget) {
		identity_check_self(identity_group());
		door_forget(identity_group());
	}
	if (claims.record) {
		identity_check_self(identity_group());
		reader_run(identity_group(), claims.follow, claims.recording);
	}
	if (claims.request) {
		identity_check_self(identity_group());
		petition_run(identity_group(), &claims);
	}
	check_socket();

	/* Who we are, who asks. */
	gatekeeper.group = identity_group();
	identity_check_self(gatekeeper.group);
	identity_terminal(&terminal);
	identity_boot(boot);

	/* What the policy says, where the record is. */
	gatekeeper.terminal = &terminal;
	gatekeeper.claimed = claims.claimed;
	gatekeeper.cwd = claims.cwd;
	gatekeeper.boot = boot;
	if (*claims.reason != '\0' && !strong_is_reason(claims.reason))
		die(EXIT_USAGE, "a reason is 1 to %d characters of UTF-8 without control characters", REASON_MAX);
	gatekeeper.as = *claims.as != '\0' ? claims.as : NULL;
	gatekeeper.reason = *claims.reason != '\0' ? claims.reason : NULL;
	gatekeeper.tells = claims.tell;
	if (claims.explain)
		gatekeeper.explain = explain_prepare();
	if (budget_open(&gatekeeper.budget, gatekeeper.group, boot, &why) < 0)
		die(EXIT_CONFIG, "nobody can be served: %s", why.text);
	gatekeeper_load(&gatekeeper);
	if (gatekeeper.config.policy == NULL)
		die(EXIT_CONFIG, "%s", gatekeeper.config.error.text);
	check_caller(&gatekeeper);

	/* A strong rule: on whose word. The last moment at which other programs can be asked. */
	if (gatekeeper.as != NULL)
		door_pass(&gatekeeper, &claims);

	/* The terminal is the CLI's alone: ^C and ^Z must not reach us. */
	if (claims.until_parent_ends)
		gatekeeper.parent = watch_parent();
	(void)setsid();
	gatekeeper.children = watch_children();
	seed_json();
	say_ready(claims.explain || claims.tell);

	note_kernel(&gatekeeper.audit);

	/* Nothing can be gained from here on. */
	confine_gatekeeper();

	gatekeeper_serve(&gatekeeper);
	return EXIT_DONE;
}
