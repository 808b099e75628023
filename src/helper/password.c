/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/password.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "helper/io.h"
#include "helper/trust.h"

#define SERVICE "safedocker"
#define SERVICE_FILE "/etc/pam.d/" SERVICE	/* where PAM itself looks, wherever we were installed */
#define SECRET_SIZE 1024		/* bytes of an answer, with its NUL */
#define PATIENCE (5 * 60 * 1000LL)	/* ms for an answer */
#define QUESTIONS_MAX 4			/* of one conversation */
#define SAID_SIZE 256

/* --- the library ---------------------------------------------------------------------- */
/* Found when it is needed: nobody else pays for it, and its modules never enter the helper itself. */
static struct {
	__typeof__(&pam_start) start;
	__typeof__(&pam_authenticate) authenticate;
	__typeof__(&pam_acct_mgmt) account;
	__typeof__(&pam_get_item) get;
	__typeof__(&pam_set_item) set;
	__typeof__(&pam_strerror) text;
	__typeof__(&pam_end) end;
} pam;

static int load_pam(void)
{
	const struct { void *slot; const char *name; } wanted[] = {
		{ &pam.start, "pam_start" }, { &pam.authenticate, "pam_authenticate" },
		{ &pam.account, "pam_acct_mgmt" }, { &pam.get, "pam_get_item" }, { &pam.set, "pam_set_item" },
		{ &pam.text, "pam_strerror" }, { &pam.end, "pam_end" },
	};
	void *library = dlopen("libpam.so.0", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library != NULL && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		void *symbol = dlsym(library, wanted[i].name);

		if (symbol == NULL)
			return -1;
		memcpy(wanted[i].slot, &symbol, sizeof(symbol));
	}
	return library != NULL ? 0 : -1;
}

/* Without the file PAM goes by the service `other`, which on some systems lets everybody in. */
static int check_service(struct error *reterr)
{
	struct error why = { 0 };
	const char *name;
	int dir = trust_open_parent(SERVICE_FILE, false, &name, &why), fd;

	fd = dir >= 0 ? trust_open_file(dir, name, &why) : -1;
	if (dir >= 0)
		(void)close(dir);
	if (fd < 0)
		return error_set(reterr, ERR_DENIED, "the password cannot be asked for: %s: %s", SERVICE_FILE, why.text);
	(void)close(fd);
	return 0;
}

/* --- the terminal ------------------------------------------------------------------------- */
static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

static void put(int tty, const char *text)
{
	size_t n = strlen(text);

	/* Nobody may be there any more; the next read tells. */
	if (write(tty, text, n) != (ssize_t)n)
		told_to_end = 1;
}

/* A module's words become one line of plain text. */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = ' ';
}

/*
 * One line without echo. The terminal's keys are read as bytes (no signal comes from them), so that
 * there is one way out: ^C, ^\ and ^Z end the question like ^D. Returns its length, -1: cancelled.
 */
static int read_keys(int tty, const struct termios *keys, char *out, size_t size)
{
	const struct io_limit limit = { .deadline = io_now() + PATIENCE };
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = tty, .events = POLLIN };
		unsigned char c;

		if (told_to_end || io_left(&limit) == 0)
			return -1;
		if (poll(&p, 1, io_left(&limit)) <= 0)
			continue;
		if (read(tty, &c, 1) != 1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (c == '\n' || c == '\r') {
			out[n] = '\0';
			return (int)n;
		}
		if (c == keys->c_cc[VINTR] || c == keys->c_cc[VQUIT] || c == keys->c_cc[VSUSP] || c == keys->c_cc[VEOF])
			return -1;
		if (c == keys->c_cc[VERASE] && n > 0)
			n--;
		else if (c == keys->c_cc[VKILL])
			n = 0;
		else if (c != keys->c_cc[VERASE] && c != '\0' && n + 1 < size)
			out[n++] = (char)c;
		else if (n + 1 == size)
			return -1;	/* nobody's password; never cut to one that fits */
	}
}

/* The question comes when the echo is off: who answers at once is not seen either. */
static int read_secret(int tty, const char *question, char *out, size_t size)
{
	struct termios before, silent;
	int n;

	if (tcgetattr(tty, &before) < 0)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ICANON | ISIG | IEXTEN);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	/* What was typed before the question is no answer to it. */
	if (tcsetattr(tty, TCSAFLUSH, &silent) < 0)
		return -1;
	put(tty, question);
	n = read_keys(tty, &before, out, size);
	/* And what was typed behind it is nobody else's to read. */
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	put(tty, "\n");
	return n;
}

/* --- in the process that asks ----------------------------------------------------------------- */
struct asking {
	const struct subject *subject;
	int tty;	/* -1: nobody is asked */
	int questions;
	bool cancelled;
};

static int answer_one(struct asking *a, const struct pam_message *message, struct pam_response *ret)
{
	char secret[SECRET_SIZE], line[SAID_SIZE];
	bool usual = message->msg != NULL && strncmp(message->msg, "Password", 8) == 0;
	int n;

	if (usual)
		(void)snprintf(line, sizeof(line), "[safedocker] password for %s: ", a->subject->name);
	else
		(void)snprintf(line, sizeof(line), "[safedocker] %s", message->msg != NULL ? message->msg : "");
	make_plain(line);

	if (message->msg_style == PAM_ERROR_MSG || message->msg_style == PAM_TEXT_INFO) {
		if (a->tty >= 0) {
			put(a->tty, line);
			put(a->tty, "\n");
		}
		return 0;
	}
	/* What would be shown while it is typed is no password, and nothing else is asked here. */
	if (message->msg_style != PAM_PROMPT_ECHO_OFF || a->tty < 0 || ++a->questions > QUESTIONS_MAX)
		return -1;
	n = read_secret(a->tty, line, secret, sizeof(secret));
	if (n >= 0)
		ret->resp = strdup(secret);
	else
		a->cancelled = true;
	explicit_bzero(secret, sizeof(secret));
	return ret->resp != NULL ? 0 : -1;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret, void *user)
{
	struct pam_response *answers;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	answers = calloc((size_t)n, sizeof(*answers));
	if (answers == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		if (answer_one(user, messages[i], &answers[i]) == 0)
			continue;
		for (int k = 0; k < n; k++)
			if (answers[k].resp != NULL) {
				explicit_bzero(answers[k].resp, strlen(answers[k].resp));
				free(answers[k].resp);
			}
		free(answers);
		return PAM_CONV_ERR;
	}
	*ret = answers;
	return PAM_SUCCESS;
}

/* The name that PAM ends with must be the caller's, by the kernel's uid. */
static bool is_callers(pam_handle_t *handle)
{
	const struct passwd *pw = getpwuid(getuid());
	const void *name = NULL;

	return pw != NULL && pam.get(handle, PAM_USER, &name) == PAM_SUCCESS && name != NULL &&
		strcmp(name, pw->pw_name) == 0;
}

static enum password_result run_pam(struct asking *a, char said[SAID_SIZE])
{
	const struct pam_conv conversation = { converse, a };
	const struct passwd *pw = getpwuid(getuid());
	pam_handle_t *handle = NULL;
	enum password_result result = PASSWORD_FAILED;
	int r;

	(void)snprintf(said, SAID_SIZE, "PAM cannot be used");
	if (pw == NULL || load_pam() < 0 || pam.start(SERVICE, pw->pw_name, &conversation, &handle) != PAM_SUCCESS)
		return PASSWORD_FAILED;
	if (a->tty >= 0)
		(void)pam.set(handle, PAM_TTY, "/dev/tty");
	(void)pam.set(handle, PAM_RUSER, pw->pw_name);
	r = a->tty >= 0 ? pam.authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK) : PAM_SUCCESS;
	if (r == PAM_SUCCESS) {
		r = pam.account(handle, PAM_SILENT);
		if (r == PAM_SUCCESS && is_callers(handle))
			result = PASSWORD_RIGHT;
		else
			result = PASSWORD_ACCOUNT;
	} else if (a->cancelled || told_to_end) {
		result = PASSWORD_CANCELLED;
	} else if (r == PAM_AUTH_ERR || r == PAM_USER_UNKNOWN || r == PAM_MAXTRIES || r == PAM_PERM_DENIED) {
		result = PASSWORD_WRONG;
	}
	(void)snprintf(said, SAID_SIZE, "%s", pam.text(handle, r));
	(void)pam.end(handle, r);
	return result;
}

/*
 * In the child: no socket, no record, no policy; the group only as a saved gid, which keeps
 * other processes of the same user from tracing this one.
 */
static void ask_and_end(const struct subject *subject, int tty, int out, pid_t parent)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };
	struct asking a = { .subject = subject, .tty = tty };
	char said[SAID_SIZE] = "";
	enum password_result result;
	gid_t r, e, s;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		(void)sigaction(ends[i], &action, NULL);
	if (getresgid(&r, &e, &s) < 0 || setresgid(r, r, e) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(PASSWORD_FAILED);
	/* Behind the change of ids, which would clear it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(PASSWORD_FAILED);
	result = run_pam(&a, said);
	if (result == PASSWORD_WRONG)
		put(tty, "safedocker: the password is wrong\n");
	if (write(out, said, strlen(said)) < 0)
		_exit(PASSWORD_FAILED);
	_exit((int)result);
}

/* --- in the helper ------------------------------------------------------------------------------ */
/* Descriptors of the child: the terminal and the answer's pipe at 3 and 4, /dev/null below, nothing above. */
static void keep_two(int *tty, int *out)
{
	int null = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC), high_tty = -1, high_out;

	if (*tty >= 0)
		high_tty = fcntl(*tty, F_DUPFD_CLOEXEC, 10);
	high_out = fcntl(*out, F_DUPFD_CLOEXEC, 10);
	if (null < 0 || high_out < 0 || (*tty >= 0 && high_tty < 0))
		_exit(PASSWORD_FAILED);
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	/* The socket was 0, the record and the policy were above 2. */
	if (high_tty >= 0 && dup3(high_tty, 3, O_CLOEXEC) < 0)
		_exit(PASSWORD_FAILED);
	if (dup3(high_out, 4, O_CLOEXEC) < 0 || syscall(SYS_close_range, 5U, ~0U, 0U) < 0)
		_exit(PASSWORD_FAILED);
	if (high_tty < 0)
		(void)close(3);
	*tty = high_tty >= 0 ? 3 : -1;
	*out = 4;
}

static void read_said(int fd, char *said)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < SAID_SIZE - 1 && got > 0) {
		got = read(fd, said + n, SAID_SIZE - 1 - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	said[n] = '\0';
}

/* The child's own way out restores the terminal; SIGKILL knows none. */
static void restore(int tty, const struct termios *before)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN }, was;

	if (tty < 0 || tcgetpgrp(tty) != getpgrp())
		return;
	(void)sigaction(SIGTTOU, &ignored, &was);
	(void)tcsetattr(tty, TCSAFLUSH, before);
	(void)sigaction(SIGTTOU, &was, NULL);
}

static enum password_result in_a_process(const struct subject *subject, int tty, struct error *reterr)
{
	static const int deferred[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM };
	struct termios before;
	char said[SAID_SIZE] = "";
	int ends[2], status = 0;
	pid_t self = getpid(), pid;
	enum password_result result = PASSWORD_FAILED;

	(void)error_set(reterr, ERR_DENIED, "the password cannot be asked for: %s", strerror(errno));
	if ((tty >= 0 && tcgetattr(tty, &before) < 0) || pipe2(ends, O_CLOEXEC) < 0)
		return PASSWORD_FAILED;
	/* An answer that was given is recorded, whatever comes from the terminal meanwhile. */
	for (size_t i = 0; i < sizeof(deferred) / sizeof(deferred[0]); i++)
		(void)signal(deferred[i], on_signal);
	pid = fork();
	if (pid == 0) {
		keep_two(&tty, &ends[1]);
		ask_and_end(subject, tty, ends[1], self);
	}
	(void)close(ends[1]);
	if (pid > 0) {
		read_said(ends[0], said);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(ends[0]);
	for (size_t i = 0; i < sizeof(deferred) / sizeof(deferred[0]); i++)
		(void)signal(deferred[i], SIG_DFL);
	if (pid > 0 && tty >= 0 && !WIFEXITED(status))
		restore(tty, &before);
	if (pid > 0 && WIFEXITED(status))
		switch (WEXITSTATUS(status)) {
		case PASSWORD_RIGHT: case PASSWORD_WRONG: case PASSWORD_CANCELLED: case PASSWORD_ACCOUNT:
			result = (enum password_result)WEXITSTATUS(status);
			break;
		default:
			break;
		}
	(void)error_set(reterr, ERR_DENIED, "%s%s", result == PASSWORD_WRONG ? "the password is wrong: " :
			result == PASSWORD_CANCELLED ? "no password was given: " :
			result == PASSWORD_ACCOUNT ? "the account may not be used: " : "the password could not be checked: ",
			*said != '\0' ? said : "the process that asks was ended");
	return result;
}

enum password_result password_ask(const struct subject *subject, struct error *reterr)
{
	enum password_result result;
	int tty;

	if (check_service(reterr) < 0)
		return PASSWORD_FAILED;
	if (told_to_end) {
		(void)error_set(reterr, ERR_DENIED, "no password was given: interrupted");
		return PASSWORD_CANCELLED;
	}
	tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0) {
		(void)error_set(reterr, ERR_DENIED, "a terminal is needed to ask for the password");
		return PASSWORD_FAILED;
	}
	result = in_a_process(subject, tty, reterr);
	(void)close(tty);
	return result;
}

enum password_result password_account(const struct subject *subject, struct error *reterr)
{
	return check_service(reterr) < 0 ? PASSWORD_FAILED : in_a_process(subject, -1, reterr);
}
