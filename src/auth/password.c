/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/password.h"

#include <fcntl.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/terminal.h"
#include "setgid/trust.h"

#define SERVICE "safedocker"
#define SERVICE_FILE "/etc/pam.d/" SERVICE /* where PAM itself looks, wherever we were installed */
#define SECRET_SIZE 1024		/* bytes of an answer, with its NUL */
#define QUESTIONS_MAX 4			/* of one conversation */

/* Without the file PAM goes by the service `other`, which on some systems lets everybody in. */
int password_check_service(struct error *reterr)
{
	struct error why = { 0 };
	const char *name;
	int dir = trust_open_parent(SERVICE_FILE, false, &name, &why), fd;

	fd = dir >= 0 ? trust_open_file(dir, name, &why) : -1;
	if (dir >= 0)
		(void)close(dir);
	if (fd < 0)
		return error_set(reterr, ERR_DENIED, "the password cannot be asked for: %s: %s",
				 SERVICE_FILE, why.text);
	(void)close(fd);
	return 0;
}

struct asking {
	const struct subject *subject;
	int tty;	/* -1: nobody is asked */
	int questions;
	bool cancelled;
};

static int answer_one(struct asking *a, const struct pam_message *message, struct pam_response *ret)
{
	char secret[SECRET_SIZE], line[PASSWORD_SAID_SIZE];
	bool usual = message->msg != NULL && strncmp(message->msg, "Password", 8) == 0;
	int n;

	if (usual)
		(void)snprintf(line, sizeof(line),
			       "[safedocker] password for %s: ", a->subject->name);
	else
		(void)snprintf(line, sizeof(line), "[safedocker] %s",
			       message->msg != NULL ? message->msg : "");
	terminal_make_plain(line);

	if (message->msg_style == PAM_ERROR_MSG || message->msg_style == PAM_TEXT_INFO) {
		if (a->tty >= 0) {
			terminal_say(a->tty, line);
			terminal_say(a->tty, "\n");
		}
		return 0;
	}
	/* What would be shown while it is typed is no password, and nothing else is asked here. */
	if (message->msg_style != PAM_PROMPT_ECHO_OFF || a->tty < 0 ||
	    ++a->questions > QUESTIONS_MAX)
		return -1;
	n = terminal_read_secret(a->tty, line, secret, sizeof(secret));
	if (n >= 0)
		ret->resp = strdup(secret);
	else
		a->cancelled = true;
	explicit_bzero(secret, sizeof(secret));
	return ret->resp != NULL ? 0 : -1;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *user)
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

	return pw != NULL && pam_get_item(handle, PAM_USER, &name) == PAM_SUCCESS && name != NULL &&
		strcmp(name, pw->pw_name) == 0;
}

enum password_result password_check(const struct subject *subject, int tty,
				    char said[PASSWORD_SAID_SIZE])
{
	struct asking asking = { .subject = subject, .tty = tty }, *a = &asking;
	const struct pam_conv conversation = { converse, a };
	const struct passwd *pw = getpwuid(getuid());
	pam_handle_t *handle = NULL;
	enum password_result result = PASSWORD_FAILED;
	int r;

	(void)snprintf(said, PASSWORD_SAID_SIZE, "PAM cannot be used");
	if (pw == NULL || pam_start(SERVICE, pw->pw_name, &conversation, &handle) != PAM_SUCCESS)
		return PASSWORD_FAILED;
	if (a->tty >= 0)
		(void)pam_set_item(handle, PAM_TTY, "/dev/tty");
	(void)pam_set_item(handle, PAM_RUSER, pw->pw_name);
	r = a->tty >= 0 ? pam_authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK)
			: PAM_SUCCESS;
	if (r == PAM_SUCCESS) {
		r = pam_acct_mgmt(handle, PAM_SILENT);
		if (r == PAM_SUCCESS && is_callers(handle))
			result = PASSWORD_RIGHT;
		else
			result = PASSWORD_ACCOUNT;
	} else if (a->cancelled || terminal_is_over()) {
		result = PASSWORD_CANCELLED;
	} else if (r == PAM_AUTH_ERR || r == PAM_USER_UNKNOWN || r == PAM_MAXTRIES ||
		   r == PAM_PERM_DENIED) {
		result = PASSWORD_WRONG;
	}
	(void)snprintf(said, PASSWORD_SAID_SIZE, "%s", pam_strerror(handle, r));
	(void)pam_end(handle, r);
	return result;
}
