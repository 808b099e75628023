/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/gatekeeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/confine.h"
#include "helper/engine.h"
#include "helper/unserved.h"
#include "helper/worker.h"
#include "setgid/die.h"
#include "setgid/io.h"

#define LISTENING STDIN_FILENO

static struct connection next;	/* the one that is being taken over */

static const char *engine_path(const struct gatekeeper *g)
{
	const char *path = g->caller.config.policy != NULL
				   ? policy_engine_socket(g->caller.config.policy)
				   : NULL;

	return path != NULL ? path : SAFEDOCKER_SOCKET;
}

void gatekeeper_load(struct gatekeeper *g)
{
	caller_load(&g->caller);
	caller_open_record(&g->caller);
	if (*g->command == '\0')
		audit_make_id(g->command);
	g->caller.audit.command = g->command;
	g->caller.audit.mode = g->explain != NULL ? "explain" : NULL;
	g->caller.audit.auth = g->auth;
	g->caller.audit.recording = g->recording.fd >= 0 ? g->recording.name : NULL;
	g->identity_until = io_now() + IDENTITY_AGE;
}

static bool is_stale(const struct gatekeeper *g)
{
	return config_changed(&g->caller.config) || config_names_changed(&g->caller.config) ||
	       g->caller.config.policy == NULL || g->caller.audit.fd < 0 ||
	       audit_replaced(&g->caller.audit) || io_now() >= g->identity_until;
}

/* Whose the other end is, by the kernel's word: the caller's own, or root's. */
static bool peer_is_caller(const struct gatekeeper *g, int client)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 ||
	    (peer.uid != g->caller.subject.uid && peer.uid != 0))
		return false;
	/*
	 * A strong rule is for the session in which it was asked for, and so for its terminal: a
	 * session has one.
	 */
	return g->caller.subject.as == NULL ||
	       (peer.pid > 0 && getsid(peer.pid) == g->caller.terminal.session);
}

/*
 * In the child: the client comes down to where the socket was; what is the gatekeeper's alone is
 * closed.
 */
static void keep_own(const struct gatekeeper *g, size_t slot)
{
	/* The listening socket, and every other worker's client, are the gatekeeper's alone. */
	if (dup3(g->workers[slot].client, LISTENING, O_CLOEXEC) < 0 ||
	    close_range(CLIENT_FD_MIN, ~0U, 0) < 0)
		_exit(EXIT_FAILED);
	(void)close(g->children);
	if (g->parent >= 0)
		(void)close(g->parent);
}

/*
 * A client that gets no worker is told so; nothing of what it says is read. It is
 * not waited for either: who does not take this line does without.
 */
static void turn_away(int client, const char *why)
{
	char text[600], body[300];

	(void)snprintf(body, sizeof(body), "{\"message\":\"safedocker: %s\"}\n", why);
	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
		       "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		       strlen(body), body);
	(void)send(client, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(client);
}

/* What a worker left there belongs to no other client, and its pages go back. */
static void empty_handover(struct gatekeeper *g, size_t slot)
{
	g->handovers[slot].n = 0;
	(void)madvise(&g->handovers[slot], sizeof(g->handovers[slot]), MADV_REMOVE);
}

static void drop_client(struct gatekeeper *g, size_t slot)
{
	empty_handover(g, slot);
	(void)close(g->workers[slot].client);
	g->workers[slot].pid = 0;
	g->n_workers--;
}

/*
 * Takes the client over; it is closed when it cannot be served. true: this is the worker that
 * serves it.
 */
static bool start_worker(struct gatekeeper *g, size_t slot, int client)
{
	struct connection *c = &next;
	pid_t pid;

	if (is_stale(g))
		gatekeeper_load(g);
	g->workers[slot].client = client;
	*c = (struct connection){ .client = LISTENING, .handover = &g->handovers[slot],
				  .bound_to = g->caller.subject.as != NULL ? g->self : 0 };
	/* Whom no rule is for gets no engine, and no parser. */
	if (!unserved(g, &c->status, c->text))
		c->engine = engine_open(engine_path(g));
	pid = fork();
	if (pid == 0) {
		keep_own(g, slot);
		return true;
	}
	if (c->engine != NULL)
		engine_free(c->engine);
	g->workers[slot].pid = pid;
	g->n_workers++;
	if (g->n_workers == WORKERS_MAX)
		g->full_since = io_now();
	if (pid < 0) {
		/* The next client in this place must not find what was read of this one's. */
		empty_handover(g, slot);
		turn_away(client, "no worker can be started: too many processes, or too little "
				  "memory (ulimit -u)");
		g->workers[slot].pid = 0;
		g->n_workers--;
	}
	return false;
}

static size_t free_slot(const struct gatekeeper *g)
{
	size_t slot = 0;

	while (slot < WORKERS_MAX && g->workers[slot].pid != 0)
		slot++;
	return slot;
}

static bool accept_client(struct gatekeeper *g)
{
	int low = accept4(LISTENING, NULL, NULL, SOCK_CLOEXEC), client;

	if (low < 0)
		return false;
	client = fcntl(low, F_DUPFD_CLOEXEC, CLIENT_FD_MIN);
	(void)close(low);
	if (client < 0)
		return false;
	if (!peer_is_caller(g, client))
		(void)close(client);
	else if (g->n_workers == WORKERS_MAX)
		turn_away(client, "too many connections at a time");
	else
		return start_worker(g, free_slot(g), client);
	return false;
}

/*
 * Full: the next clients wait in the socket's backlog for a while, then they are turned away at
 * once.
 */
static int patience_left(const struct gatekeeper *g)
{
	return g->n_workers < WORKERS_MAX ?
		       -1 :
		       io_left(&(struct io_limit){ .deadline = g->full_since + FULL_PATIENCE });
}

/*
 * A worker that found the policy changed before it had read a byte leaves its
 * client whole: it goes on with a worker of the new policy. Its client is kept
 * open here for that alone.
 */
static bool reap_workers(struct gatekeeper *g)
{
	struct signalfd_siginfo ignored;
	int status;
	pid_t pid;

	if (read(g->children, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		bug("signalfd");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		size_t slot = 0;
		int client;

		while (slot < WORKERS_MAX && g->workers[slot].pid != pid)
			slot++;
		if (slot == WORKERS_MAX)
			continue;
		client = g->workers[slot].client;
		if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STALE) {
			g->workers[slot].pid = 0;
			g->n_workers--;
			gatekeeper_load(g);
			if (start_worker(g, slot, client))
				return true;
		} else {
			drop_client(g, slot);
		}
	}
	return false;
}

bool gatekeeper_listens(void)
{
	int listening = 0;
	socklen_t n = sizeof(listening);

	return getsockopt(LISTENING, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 &&
	       listening != 0;
}

/* Zeroed, and without a page until one is used. */
static struct handover *share_handovers(void)
{
	void *memory = mmap(NULL, WORKERS_MAX * sizeof(struct handover), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		die(EXIT_FAILED, "out of memory");
	return memory;
}

/* inetd's shape: one connection, ours already. */
static bool take_connected(struct gatekeeper *g)
{
	int client = fcntl(LISTENING, F_DUPFD_CLOEXEC, CLIENT_FD_MIN);

	if (client >= 0 && peer_is_caller(g, client))
		return start_worker(g, 0, client);
	if (client >= 0)
		(void)close(client);
	return false;
}

/* One round: what has happened is done. true: this is a worker now. */
static bool wait_and_do(struct gatekeeper *g, bool *accepting)
{
	int patience = patience_left(g);
	struct pollfd fds[3] = {
		{ .fd = g->children, .events = POLLIN },
		{ .fd = *accepting ? g->parent : -1, .events = POLLIN },
		{ .fd = *accepting && patience <= 0 ? LISTENING : -1, .events = POLLIN },
	};

	if (poll(fds, 3, patience == 0 ? -1 : patience) < 0) {
		if (errno == EINTR)
			return false;
		bug("poll");
	}
	if (fds[0].revents != 0 && reap_workers(g))
		return true;
	if (fds[1].revents != 0)
		*accepting = false;
	else if (fds[2].revents != 0)
		return accept_client(g);
	return false;
}

const struct connection *gatekeeper_next(struct gatekeeper *g)
{
	bool accepting = gatekeeper_listens();

	g->self = getpid();
	g->handovers = share_handovers();
	audit_counted(&g->caller.audit, &g->caller.subject);
	if (!accepting && take_connected(g))
		return &next;
	/* Under a strong rule the workers are told by the kernel that it is over. */
	while (accepting || (g->n_workers > 0 && g->caller.subject.as == NULL))
		if (wait_and_do(g, &accepting))
			return &next;
	audit_counted(&g->caller.audit, &g->caller.subject);
	_exit(EXIT_DONE);
}
