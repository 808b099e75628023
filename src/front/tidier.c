/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/tidier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_SIZE 65		/* of a container's id, its end included */
#define MADE_MAX 64		/* the latest that are remembered; a command makes one */
#define LINE_SIZE 512

struct news {
	char line[LINE_SIZE];
	size_t len;
	char made[MADE_MAX][ID_SIZE];	/* what removes itself at its end; "": none */
	size_t next;
	bool unbuilt, session;		/* a build was refused; its session is open */
};

/*
 * All that the command still waits for ends with the helper: docker then says why it was refused,
 * and ends.
 */
static void end_helper(const struct tidied *tidied)
{
	if (!tidied->lasting && tidied->helper > 0)
		(void)kill(-tidied->helper, SIGTERM);
}

static char *find_made(struct news *news, const char *id)
{
	for (size_t i = 0; i < MADE_MAX && *id != '\0'; i++)
		if (strcmp(news->made[i], id) == 0)
			return news->made[i];
	return NULL;
}

/*
 * A helper of its own: the command's may have a strong rule, which is for the command's session
 * alone, or have ended. All signals are blocked here, and none there.
 */
static bool remove_container(char *id)
{
	static char name[] = "safedocker", command[] = "rm", volumes[] = "--volumes";
	char *argv[] = { name, command, volumes, id, NULL };
	posix_spawnattr_t attributes;
	sigset_t none;
	int status = -1;
	pid_t pid;

	(void)sigemptyset(&none);
	if (posix_spawnattr_init(&attributes) != 0)
		return false;
	if (posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
	    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) == 0 &&
	    posix_spawn(&pid, "/proc/self/exe", NULL, &attributes, argv, environ) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	(void)posix_spawnattr_destroy(&attributes);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_word(const char *line, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(line, word, n) == 0;
}

static void take_line(const struct tidied *tidied, struct news *news, const char *line)
{
	const char *space = strchr(line, ' '), *name = space != NULL ? space + 1 : "";
	size_t n = space != NULL ? (size_t)(space - line) : strlen(line);
	char *made;

	if (is_word(line, n, "made") && strlen(name) == ID_SIZE - 1) {
		(void)snprintf(news->made[news->next], ID_SIZE, "%s", name);
		news->next = (news->next + 1) % MADE_MAX;
	} else if (is_word(line, n, "unstarted")) {
		made = find_made(news, name);
		/*
		 * Where the policy does not let the user remove it, it stays; docker does not wait
		 * for that any longer.
		 */
		if (made != NULL && !remove_container(made))
			end_helper(tidied);
		if (made != NULL)
			*made = '\0';
	} else if (is_word(line, n, "unserved")) {
		end_helper(tidied);
	} else {
		news->unbuilt = news->unbuilt || is_word(line, n, "unbuilt");
		news->session = news->session || is_word(line, n, "session");
		/* In whichever order they come: docker 20.10 opens the session beside the build. */
		if (news->unbuilt && news->session)
			end_helper(tidied);
	}
}

/* -1: there is no more to come. */
static int take_news(const struct tidied *tidied, struct news *news, int fd)
{
	ssize_t n = read(fd, news->line + news->len, sizeof(news->line) - news->len);
	char *end;

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return -1;
	news->len += (size_t)n;
	while ((end = memchr(news->line, '\n', news->len)) != NULL) {
		size_t used = (size_t)(end - news->line) + 1;

		*end = '\0';
		take_line(tidied, news, news->line);
		news->len -= used;
		memmove(news->line, news->line + used, news->len);
	}
	return news->len < sizeof(news->line) ? 0 : -1;
}

/*
 * Until the front end and the helper have ended, whichever is later: a worker may still say what it
 * refused to a docker that was killed meanwhile. The directory goes with the front end.
 */
static void listen_for_news(const struct tidied *tidied, int front, int fd)
{
	static struct news news;
	struct pollfd fds[2] = {
		{ .fd = front, .events = POLLIN }, { .fd = fd, .events = POLLIN },
	};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0 && take_news(tidied, &news, fd) < 0)
			fds[1].fd = -1;
		if (fds[0].revents != 0) {
			socketdir_remove(&tidied->dir);
			fds[0].fd = -1;
		}
	}
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || chdir("/") < 0)
		_exit(1);
	for (int fd = 0; fd <= 2; fd++)
		if (null != fd && dup2(null, fd) < 0)
			_exit(1);
	if (null > 2)
		(void)close(null);
	/* Ignored, a child's end would not be told. */
	(void)signal(SIGCHLD, SIG_DFL);
}

_Noreturn void tidier_run(const struct tidied *tidied, int front, int go, int news)
{
	struct pollfd ready[2] = {
		{ .fd = front, .events = POLLIN }, { .fd = go, .events = POLLIN },
	};

	leave_terminal();
	while (poll(ready, 2, -1) < 0)
		;
	(void)close(go);
	if (!tidied->tells) {
		(void)close(news);
		news = -1;
	}
	listen_for_news(tidied, front, news);
	_exit(0);
}
