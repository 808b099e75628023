/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/policy_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/output.h"
#include "front/word.h"

void policy_say_error(const struct policyfile *files, const struct error *why)
{
	const char *text = why->text, *colon = strchr(text, ':');
	char name[4096] = "";
	struct slice line;
	size_t column = 0;

	if (colon != NULL && (size_t)(colon - text) < sizeof(name))
		(void)memcpy(name, text, (size_t)(colon - text));
	line = policyfile_line(files, name, why->line);
	if (why->line == 0 || line.n == 0 || colon == NULL) {
		(void)fprintf(stderr, "%s\n", text);
		return;
	}
	while (column < line.n && (line.p[column] == ' ' || line.p[column] == '\t'))
		column++;
	if (*why->at != '\0') {
		const char *at = memmem(line.p, line.n, why->at, strlen(why->at));

		column = at != NULL ? (size_t)(at - line.p) : column;
	}
	/* "FILE:LINE: what" gets its column between the two. */
	text = colon != NULL ? strstr(colon, ": ") : NULL;
	(void)fprintf(stderr, "%s:%u:%zu%s\n  ", name, why->line, column + 1, text != NULL ? text : "");
	for (size_t i = 0; i < line.n; i++)
		(void)fputc(line.p[i] == '\t' ? ' ' : line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?', stderr);
	(void)fprintf(stderr, "\n  %*s^\n", (int)column, "");
}

int policy_install_for(const char *file, struct slice text, gid_t group, mode_t mode, struct error *reterr)
{
	char path[4096], copy[4096];
	const char *dir;
	int fd, parent, r = -1;

	(void)snprintf(copy, sizeof(copy), "%s", file);
	dir = dirname(copy);
	/* A name that is no policy's, should it be left behind. */
	(void)snprintf(path, sizeof(path), "%s/.safedocker-new-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot write below %s: %s", dir, strerror(errno));
	parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (write(fd, text.p, text.n) == (ssize_t)text.n && fchown(fd, 0, group) == 0 && fchmod(fd, mode) == 0 &&
	    fsync(fd) == 0 && rename(path, file) == 0 && parent >= 0 && fsync(parent) == 0)
		r = 0;
	if (r < 0) {
		(void)error_set(reterr, ERR_SYSTEM, "cannot put %s in place: %s", file, strerror(errno));
		(void)unlink(path);
	}
	(void)close(fd);
	if (parent >= 0)
		(void)close(parent);
	return r;
}

int policy_install(const char *file, struct slice text, struct error *reterr)
{
	return policy_install_for(file, text, 0, 0644, reterr);
}

static int run_editor(const char *path)
{
	const char *editor = getenv("VISUAL");
	int status = -1;
	pid_t pid;

	if (editor == NULL || *editor == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || *editor == '\0')
		editor = access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* The variable may hold options, as everywhere. */
		(void)execl("/bin/sh", "sh", "-c", "exec $0 \"$1\"", editor, path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)output_fail("the editor %s did not end well; nothing is changed", editor);
		return -1;
	}
	return 0;
}

int policy_try(const char *file, struct slice text)
{
	static struct policyfile p;
	struct policy *policy = NULL;
	struct error why = { 0 };
	bool found = false;
	int r = 0;

	p = (struct policyfile){ .n = 0 };
	if (policyfile_add_installed(&p, &why) < 0 && access(SAFEDOCKER_CONF, F_OK) == 0)
		r = -1;
	for (size_t i = 0; r == 0 && i < p.n; i++)
		if (strcmp(p.names[i], file) == 0) {
			found = true;
			p.files[i].text = text;
		}
	if (r == 0 && !found && p.n == POLICY_FILES_MAX)
		r = error_set(&why, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	if (r == 0 && !found) {
		p.names[p.n] = strdup(file);
		p.texts[p.n] = buf_new(1);
		p.files[p.n] = (struct policy_file){ .name = p.names[p.n], .text = text };
		p.n++;
	}
	if (r == 0)
		r = policy_parse(p.files, p.n, &policy, &why);
	if (r < 0)
		policy_say_error(&p, &why);
	policy_free(policy);
	policyfile_free(&p);
	return r;
}

static int check(const char *file, const char *edited, struct buf *text)
{
	static struct policyfile one;
	struct error why = { 0 };
	int r;

	one = (struct policyfile){ .n = 0 };
	if (policyfile_add(&one, edited, &why) < 0) {
		policyfile_free(&one);
		return output_fail("%s", why.text);
	}
	r = policy_try(file, one.files[0].text);
	if (r == 0)
		buf_add_slice(text, one.files[0].text);
	policyfile_free(&one);
	return r;
}

/* e edits again, x gives up. End of input gives up too. */
static bool again(void)
{
	for (;;) {
		char line[16] = "";

		(void)fputs("What now? (e)dit again, e(x)it without a change: ", stderr);
		if (fgets(line, sizeof(line), stdin) == NULL)
			return false;
		if (line[0] == 'e')
			return true;
		if (line[0] == 'x' || line[0] == 'q')
			return false;
	}
}

static int edit_copy(const char *file, const char *copy)
{
	struct error why = { 0 };

	for (;;) {
		struct buf text = buf_new(POLICY_FILE_MAX);
		int r = run_editor(copy);

		if (r == 0)
			r = check(file, copy, &text);
		else
			return 1;
		if (r == 0) {
			r = policy_install(file, buf_slice(&text), &why);
			buf_free(&text);
			if (r < 0)
				return output_fail("%s", why.text);
			(void)fprintf(stderr, "safedocker: %s is in place; it holds from the next request on\n", file);
			return 0;
		}
		buf_free(&text);
		if (!again()) {
			(void)fputs("safedocker: nothing is changed\n", stderr);
			return 1;
		}
	}
}

int policy_edit(const char *file)
{
	char copy[] = "/tmp/safedocker-policy-XXXXXX";
	struct error why = { 0 };
	static struct policyfile now;
	int lock, fd, status;

	if (geteuid() != 0)
		return output_fail("only root may change %s", file);
	lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (lock < 0)
		return output_fail("%s: %s", file, strerror(errno));
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return output_fail("%s is being edited by somebody else; try again later", file);
	now = (struct policyfile){ .n = 0 };
	fd = mkstemp(copy);
	if (fd < 0 || policyfile_add(&now, file, &why) < 0 ||
	    write(fd, now.files[0].text.p, now.files[0].text.n) != (ssize_t)now.files[0].text.n)
		return output_fail("cannot copy %s to %s", file, copy);
	(void)close(fd);
	policyfile_free(&now);
	status = edit_copy(file, copy);
	(void)unlink(copy);
	(void)close(lock);
	return status;
}
