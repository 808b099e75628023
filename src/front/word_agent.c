/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent - a socket that stays, for editors, SDKs and plain docker. A process of the user's own
 * waits behind it for its end; the helper ends with it. Strong rules are never used by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/capture.h"
#include "front/output.h"
#include "front/session.h"
#include "front/word.h"

/*
 * Where it is, when nothing else is said: the user's runtime directory, as the systemd unit has it
 * too.
 */
static bool usual_path(char *ret, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	return runtime != NULL && *runtime == '/' &&
		(size_t)snprintf(ret, size, "%s/safedocker/docker.sock", runtime) < size;
}

/* A connection to it; -1 where nothing listens. *ret_pid is who does, by the kernel's word. */
static int reach(const char *path, pid_t *ret_pid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	(void)strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid != getuid()) {
		(void)close(fd);
		return -1;
	}
	*ret_pid = peer.pid;
	return fd;
}

/* The one of this shell, by DOCKER_HOST, or the usual one. */
static bool find(char *ret, size_t size, pid_t *ret_pid)
{
	const char *host = getenv("DOCKER_HOST");
	int fd = -1;

	if (host != NULL && strncmp(host, "unix://", 7) == 0 &&
	    strstr(host, "/safedocker") != NULL &&
	    (size_t)snprintf(ret, size, "%s", host + 7) < size)
		fd = reach(ret, ret_pid);
	if (fd < 0 && usual_path(ret, size))
		fd = reach(ret, ret_pid);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void say_environment(const char *path)
{
	const char *shell = getenv("SHELL");
	size_t n = shell != NULL ? strlen(shell) : 0;

	if (n >= 4 && strcmp(shell + n - 4, "fish") == 0)
		(void)printf("set -gx DOCKER_HOST unix://%s;\n", path);
	else
		(void)printf("DOCKER_HOST=unix://%s; export DOCKER_HOST;\n", path);
}

/* The process that stays. Says on `ready` where its socket is, or why there is none. */
static void stay(int ready)
{
	struct helper_options options = { .claimed = "agent" };
	struct socketdir dir;
	struct error why = { 0 };
	char path[sizeof(dir.socket)];
	sigset_t end;
	int null, got;

	(void)setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	options.lasting = true;
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)sigaddset(&end, SIGINT);
	(void)sigaddset(&end, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &end, NULL) < 0 || session_start(&options, &dir, &why) < 0) {
		(void)dprintf(ready, "-%s\n", why.text);
		_exit(1);
	}
	(void)strcpy(path, dir.socket);
	(void)dprintf(ready, "%s\n", path);
	(void)close(ready);
	(void)close(dir.listening);
	/* Until it is told to end, or the helper has. What it left is tidied up by the tidier. */
	do {
		got = 0;
		if (sigwait(&end, &got) != 0)
			break;
	} while (got == SIGCHLD && waitpid(-1, NULL, WNOHANG) <= 0);
	_exit(0);
}

static int start(void)
{
	char line[1100] = "", path[200];
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (find(path, sizeof(path), &pid)) {
		say_environment(path);
		return output_done(0);
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return output_fail("cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		stay(ends[1]);
	}
	(void)close(ends[1]);
	n = pid > 0 ? read(ends[0], line, sizeof(line) - 1) : -1;
	(void)close(ends[0]);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (line[0] != '/')
		return output_fail("the agent does not start: %s",
				   line[0] == '-' ? line + 1 : "it ended without a word");
	say_environment(line);
	return output_done(0);
}

static int status(void)
{
	char path[200];
	pid_t pid;

	if (!find(path, sizeof(path), &pid)) {
		(void)puts("no agent: eval \"$(safedocker agent)\" starts one");
		return output_done(1);
	}
	(void)printf("unix://%s, process %d\n", path, (int)pid);
	return output_done(0);
}

/* A socket of systemd's is systemd's process: that one is not ours to end. */
static bool is_agent(pid_t pid)
{
	struct stat self, other;
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 &&
		self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

static int stop(void)
{
	char path[200];
	pid_t pid;

	if (!find(path, sizeof(path), &pid)) {
		(void)puts("no agent");
		return output_done(1);
	}
	if (!is_agent(pid))
		return output_fail("the socket is not an agent's: "
				   "systemctl --user stop safedocker.socket");
	if (kill(pid, SIGTERM) < 0)
		return output_fail("cannot end process %d: %s", (int)pid, strerror(errno));
	(void)puts("unset DOCKER_HOST;");
	return output_done(0);
}

static int context(void)
{
	static char docker[] = SAFEDOCKER_DOCKER_CLI, word[] = "context", create[] = "create",
		    update[] = "update", name[] = "safedocker", option[] = "--docker",
		    text[] = "--description", what[] = "through safedocker's policy",
		    inspect[] = "inspect";
	char host[300], path[200];
	char *argv[] = { docker, word, create, option, host, text, what, name, NULL };
	char *there[] = { docker, word, inspect, name, NULL };
	struct buf ignored = buf_new(64 * 1024);
	struct error why = { 0 };
	pid_t pid;

	if (session_check_cli(&why) < 0)
		return output_fail("%s", why.text);
	if (!find(path, sizeof(path), &pid) && !usual_path(path, sizeof(path)))
		return output_fail("no agent runs, and XDG_RUNTIME_DIR does not say where one "
				   "would: eval \"$(safedocker agent)\" first");
	(void)unsetenv("DOCKER_HOST");
	if (capture(there, &ignored) == 0)
		argv[2] = update;
	buf_free(&ignored);
	(void)snprintf(host, sizeof(host), "host=unix://%s", path);
	(void)execv(docker, argv);
	return output_fail("%s: %s", docker, strerror(errno));
}

int word_agent(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "start";

	if (argc > 2)
		return word_usage("agent");
	if (strcmp(what, "start") == 0)
		return start();
	if (strcmp(what, "status") == 0)
		return status();
	if (strcmp(what, "stop") == 0)
		return stop();
	if (strcmp(what, "context") == 0)
		return context();
	return word_usage("agent");
}
