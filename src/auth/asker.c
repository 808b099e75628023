/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/asker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/terminal.h"
#include "setgid/giveup.h"

/* What comes back for each question, in one piece. */
struct reply {
	unsigned char result;
	char said[PASSWORD_SAID_SIZE];
};

/* --- in the process that asks --------------------------------------------------------- */
/*
 * Descriptors from 3 on: the questions' pipe, the answers', the terminal. /dev/null below, nothing
 * above.
 */
static void keep_three(int *from, int *to, int *tty)
{
	int null = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int *const kept[] = { from, to, tty };
	const unsigned n = *tty >= 0 ? 3 : 2;
	int high[3] = { -1, -1, -1 };

	for (unsigned i = 0; i < n; i++)
		high[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, 10);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(PASSWORD_FAILED);
	for (unsigned i = 0; i < n; i++) {
		*kept[i] = (int)(3 + i);
		if (high[i] < 0 || dup3(high[i], *kept[i], O_CLOEXEC) < 0)
			_exit(PASSWORD_FAILED);
	}
	/* Record, policy and the tickets' directory are among what goes. */
	if (syscall(SYS_close_range, 3 + n, ~0U, 0U) < 0)
		_exit(PASSWORD_FAILED);
}

/* A question is a byte; when there is nobody left to ask one, it ends. */
static void ask_and_end(const struct subject *subject, int from, int to, int tty)
	__attribute__((noreturn));

static void ask_and_end(const struct subject *subject, int from, int to, int tty)
{
	char question;

	while (read(from, &question, 1) == 1) {
		struct reply reply = { .result = PASSWORD_FAILED };

		reply.result = (unsigned char)password_check(subject, tty, reply.said);
		if (reply.result == PASSWORD_WRONG)
			terminal_say(tty, "safedocker: the password is wrong\n");
		if (write(to, &reply, sizeof(reply)) != (ssize_t)sizeof(reply))
			break;
	}
	_exit(0);
}

static void become_asker(const struct subject *subject, gid_t group, int from, int to, int tty,
			 pid_t parent)
{
	keep_three(&from, &to, &tty);
	giveup_group(group);
	/* Behind the change of ids, which would clear it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(PASSWORD_FAILED);
	ask_and_end(subject, from, to, tty);
}

/* --- in the one that is confined -------------------------------------------------------- */
int asker_start(struct asker *ret, gid_t group, const struct subject *subject, bool asks,
		struct error *reterr)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	pid_t self = getpid();

	*ret = (struct asker){ .pid = -1, .tty = -1, .own = getpgrp() };
	if (password_check_service(reterr) < 0)
		return -1;
	if (asks)
		ret->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (asks && ret->tty < 0)
		return error_set(reterr, ERR_DENIED,
				 "a terminal is needed to ask for the password");
	if ((asks && tcgetattr(ret->tty, &ret->before) < 0) || pipe2(to, O_CLOEXEC) < 0 ||
	    pipe2(from, O_CLOEXEC) < 0)
		return error_set(reterr, ERR_DENIED, "the password cannot be asked for: %s",
				 strerror(errno));
	terminal_note_signals();
	ret->pid = fork();
	if (ret->pid == 0)
		become_asker(subject, group, to[0], from[1], ret->tty, self);
	if (ret->pid < 0)
		return error_set(reterr, ERR_DENIED, "the password cannot be asked for: %s",
				 strerror(errno));
	/*
	 * Only this process can end the conversation; the terminal is set right from the
	 * background too.
	 */
	(void)signal(SIGTTOU, SIG_IGN);
	(void)close(to[0]);
	(void)close(from[1]);
	ret->to = to[1];
	ret->from = from[0];
	return 0;
}

/* The asker's own way out restores the terminal; SIGKILL knows none. */
static void restore(const struct asker *asker)
{
	if (asker->tty >= 0 && tcgetpgrp(asker->tty) == asker->own)
		(void)tcsetattr(asker->tty, TCSAFLUSH, &asker->before);
}

/* All of a reply, or false: the process that asks was ended. */
static bool read_reply(const struct asker *asker, struct reply *ret)
{
	size_t n = 0;

	while (n < sizeof(*ret)) {
		ssize_t got = read(asker->from, (char *)ret + n, sizeof(*ret) - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	ret->said[PASSWORD_SAID_SIZE - 1] = '\0';
	return true;
}

static const char *what_is_wrong(enum password_result result)
{
	switch (result) {
	case PASSWORD_WRONG:
		return "the password is wrong: ";
	case PASSWORD_CANCELLED:
		return "no password was given: ";
	case PASSWORD_ACCOUNT:
		return "the account may not be used: ";
	case PASSWORD_FAILED:
	case PASSWORD_RIGHT:
		break;
	}
	return "the password could not be checked: ";
}

enum password_result asker_ask(struct asker *asker, struct error *reterr)
{
	struct reply reply = { .result = PASSWORD_FAILED };
	enum password_result result = PASSWORD_FAILED;

	if (terminal_is_over()) {
		(void)error_set(reterr, ERR_DENIED, "no password was given: interrupted");
		return PASSWORD_CANCELLED;
	}
	if (write(asker->to, "?", 1) != 1 || !read_reply(asker, &reply)) {
		restore(asker);
		(void)strcpy(reply.said, "the process that asks was ended");
		reply.result = PASSWORD_FAILED;
	}
	switch (reply.result) {
	case PASSWORD_RIGHT: case PASSWORD_WRONG: case PASSWORD_CANCELLED: case PASSWORD_ACCOUNT:
		result = (enum password_result)reply.result;
		break;
	default:
		break;
	}
	terminal_make_plain(reply.said);
	(void)error_set(reterr, ERR_DENIED, "%s%s", what_is_wrong(result), reply.said);
	return result;
}
