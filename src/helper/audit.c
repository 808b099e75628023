/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "helper/die.h"
#include "helper/trust.h"
#include "policy/strong.h"

#define LOCK_STEP 20	/* ms */
#define LOCK_TRIES (30000 / LOCK_STEP)
#define RECORD_MAX (64 * 1024)		/* bytes of one line */
#define FLAGS_RECORDED_MAX 200		/* flags of one operation; how many more there were is said */
#define TEXT_RECORDED_MAX 512		/* bytes of one value */
#define PRIORITY_NOTICE 5		/* syslog(3) */
#define PRIORITY_DEBUG 7

/* --- opening ----------------------------------------------------------------- */
static int connect_journal(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void open_journal(struct audit *a)
{
	/* Its own protocol needs no library; only there does the kernel vouch for our group. */
	a->native = true;
	a->journal = SAFEDOCKER_JOURNAL ? connect_journal("/run/systemd/journal/socket") : -1;
	if (a->journal >= 0)
		return;
	a->native = false;
	a->journal = connect_journal("/dev/log");
}

void audit_open(struct audit *ret, const char *path, gid_t group, const struct terminal *terminal,
		const char *claimed)
{
	const char *name;
	struct stat st;

	*ret = (struct audit){ .fd = -1, .journal = -1, .group = group, .terminal = terminal,
			       .claimed = claimed };
	ret->dir = trust_open_parent(path, true, &name, &ret->error);
	if (ret->dir < 0)
		return;
	if (strlen(name) >= sizeof(ret->name)) {
		(void)error_set(&ret->error, ERR_SYSTEM, "%s: the name is too long", path);
		return;
	}
	(void)strcpy(ret->name, name);
	ret->fd = trust_open_log(ret->dir, name, group, &ret->error);
	if (ret->fd >= 0 && fstat(ret->fd, &st) == 0) {
		ret->dev = st.st_dev;
		ret->ino = st.st_ino;
	}
	open_journal(ret);
}

void audit_close(struct audit *audit)
{
	if (audit->fd >= 0)
		(void)close(audit->fd);
	if (audit->dir >= 0)
		(void)close(audit->dir);
	if (audit->journal >= 0)
		(void)close(audit->journal);
	audit->fd = audit->dir = audit->journal = -1;
}

/* What is not recorded needs none. */
void audit_make_id(char ret[AUDIT_ID_LEN + 1])
{
	unsigned char bytes[AUDIT_ID_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		die(EXIT_FAILED, "no random numbers");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

/* --- one line ------------------------------------------------------------------ */
static void add_time(struct buf *out)
{
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &utc) == NULL)
		utc = (struct tm){ 0 };
	buf_addf(out, "{\"version\":1,\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\"", utc.tm_year + 1900,
		 utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
}

static void add_text_of(struct buf *out, const char *key, const char *text, size_t max)
{
	struct slice cut = slice_str(text);

	if (text == NULL)
		return;
	if (cut.n > max)
		cut.n = max;
	buf_addf(out, ",\"%s\":", key);
	buf_add_json(out, cut);
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	add_text_of(out, key, text, TEXT_RECORDED_MAX);
}

static void add_flags(struct buf *out, const struct facts *facts)
{
	size_t n = facts != NULL ? facts->n : 0, asked = 0;

	buf_add_str(out, ",\"flags\":[");
	for (size_t i = 0; i < n; i++) {
		const struct fact *f = &facts->list[i];
		char text[TEXT_RECORDED_MAX];

		/* What a container was made with stands in the record of its making. */
		if (f->again || asked++ >= FLAGS_RECORDED_MAX)
			continue;
		(void)snprintf(text, sizeof(text), "%s%s%s", flag_name(f->flag), *f->value != '\0' ? "=" : "",
			       f->value);
		buf_add_str(out, asked > 1 ? "," : "");
		buf_add_json(out, slice_str(text));
	}
	buf_add_str(out, "]");
	if (asked > FLAGS_RECORDED_MAX)
		buf_addf(out, ",\"flags_more\":%zu", asked - FLAGS_RECORDED_MAX);
}

static unsigned written;	/* records of this process, and of the gatekeeper before it was one */

static void add_who(struct buf *out, const struct audit *a, const struct audit_entry *e)
{
	add_text(out, "submituser", e->subject->name);
	buf_addf(out, ",\"uid\":%u,\"pid\":%d,\"session\":%d,\"seq\":%u", (unsigned)e->subject->uid, (int)getpid(),
		 (int)a->terminal->session, written + 1);
	add_text(out, "submithost", e->subject->host);
	add_text(out, "submitcwd", a->cwd);
	add_text(out, "ttyname", a->terminal->tty);
	add_text(out, "loginuid", a->terminal->loginuid);
}

/* Which word of the reason was the ticket that the rule wants. */
static void add_ticket(struct buf *out, const struct decision *d, const char *reason)
{
	struct slice ticket = d != NULL && d->strong != NULL && reason != NULL ? strong_ticket(d->strong, reason) :
		slice_of("", 0);

	if (ticket.n == 0)
		return;
	buf_add_str(out, ",\"ticket\":");
	buf_add_json(out, ticket);
}

static void add_what(struct buf *out, const struct audit *a, const struct audit_entry *e)
{
	const struct decision *d = e->decision;

	if (e->operation != OPERATION_NONE)
		add_text(out, "operation", operation_name(e->operation));
	if (e->verb != VERB_NONE)
		add_text(out, "verb", verb_name(e->verb));
	add_flags(out, e->facts);
	add_text(out, "rank", rank_name(e->facts != NULL ? facts_rank(e->facts) : RANK_C));
	add_text(out, "object", e->object);
	add_text(out, "object_id", e->object_id);
	add_text(out, "image", e->facts != NULL ? e->facts->image : NULL);
	add_text(out, "registry", e->facts != NULL ? e->facts->registry : NULL);
	if (d != NULL && d->rule != NULL) {
		char where[TEXT_RECORDED_MAX];

		add_text(out, "rule", d->rule);
		(void)snprintf(where, sizeof(where), "%s:%u", d->file, d->line);
		add_text(out, "rule_at", where);
	}
	if (d != NULL && d->grant_file != NULL) {
		char where[TEXT_RECORDED_MAX];

		(void)snprintf(where, sizeof(where), "%s:%u", d->grant_file, d->grant_line);
		add_text(out, "grant_at", where);
	}
	/* Whatever becomes of it: the strong rule that was asked for, and the reason, verbatim. */
	add_text(out, "as", e->subject->as);
	add_text(out, "auth", a->auth);
	add_text_of(out, "reason", e->subject->reason, REASON_BYTES);
	add_ticket(out, d, e->subject->reason);
	add_text(out, "recording", a->recording);
	add_text(out, "ended", e->ended);
	add_text(out, "mode", a->mode);
	add_text(out, "command_id", a->command);
	add_text(out, "claimed", a->claimed);
}

/* --- writing --------------------------------------------------------------------- */
/*
 * journald takes our group from the message only if the kernel vouches for it
 * (SCM_CREDENTIALS): nobody without the group can send such an entry.
 */
static void send_journal(const struct audit *a, int priority, struct slice said)
{
	union {
		char space[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control = { .space = { 0 } };
	struct buf text = buf_new(2 * RECORD_MAX);
	struct iovec iov;
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct ucred self = { .pid = getpid(), .uid = getuid(), .gid = a->group };
	struct cmsghdr *cmsg;

	if (a->journal < 0)
		return;
	if (a->native) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_CREDENTIALS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(self));
		memcpy(CMSG_DATA(cmsg), &self, sizeof(self));
		buf_addf(&text, "PRIORITY=%d\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=safedocker\nMESSAGE=", priority);
	} else {
		/* authpriv */
		buf_addf(&text, "<%d>safedocker[%d]: ", 10 * 8 + priority, (int)self.pid);
	}
	buf_add_slice(&text, said);
	buf_add_str(&text, a->native ? "\n" : "");
	iov = (struct iovec){ .iov_base = text.data, .iov_len = text.len };
	/* The file decides; a full or absent journal must not hold anybody up. */
	if (!text.failed)
		(void)sendmsg(a->journal, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&text);
}

static int set_lock(const struct audit *audit, short type, uid_t uid)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = uid, .l_len = 1 };

	return fcntl(audit->fd, F_SETLK, &lock);
}

int audit_lock(const struct audit *audit, uid_t uid)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (set_lock(audit, F_WRLCK, uid) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return -1;
		(void)poll(NULL, 0, LOCK_STEP);
	}
	return -1;
}

void audit_unlock(const struct audit *audit, uid_t uid)
{
	(void)set_lock(audit, F_UNLCK, uid);
}

bool audit_replaced(const struct audit *audit)
{
	struct stat st;

	return audit->fd >= 0 &&
		(fstatat(audit->dir, audit->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		 st.st_dev != audit->dev || st.st_ino != audit->ino || st.st_uid != 0 ||
		 st.st_gid != audit->group || st.st_nlink != 1 || (st.st_mode & S_IWOTH) != 0);
}

/* `line` is a finished object; the newlines on both sides keep a torn one from spoiling its neighbours. */
static int write_line(const struct audit *a, struct buf *line, struct error *reterr)
{
	ssize_t n;

	if (a->fd < 0)
		return error_set(reterr, ERR_SYSTEM, "the record cannot be written: %s", a->error.text);
	if (line->failed)
		return error_set(reterr, ERR_LIMIT, "the record of this operation would be too long");
	n = write(a->fd, line->data, line->len);
	if (n != (ssize_t)line->len)
		return error_set(reterr, ERR_SYSTEM, "the record cannot be written: %s",
				 n < 0 ? strerror(errno) : "the disk is full");
	written++;
	if (audit_replaced(a))
		return error_set(reterr, ERR_SYSTEM, "the record was rotated just now; try again");
	return 0;
}

static int record(const struct audit *a, struct audit_entry *e, const char *phase, int status,
		  const char *message, struct error *reterr)
{
	struct buf line = buf_new(RECORD_MAX);
	bool denied = e->decision == NULL || e->decision->verdict != VERDICT_ALLOW || message != NULL;
	int r;

	if (*e->id == '\0')
		audit_make_id(e->id);
	buf_add_str(&line, "\n");
	add_time(&line);
	add_text(&line, "id", e->id);
	add_text(&line, "phase", phase);
	add_who(&line, a, e);
	/* Nothing is decided of what is asked of root. */
	if (e->wanted == 0)
		add_text(&line, "decision", denied ? "deny" : "allow");
	add_what(&line, a, e);
	if (e->wanted != 0)
		buf_addf(&line, ",\"for\":%ld", e->wanted);
	if (status != 0)
		buf_addf(&line, ",\"status\":%d", status);
	if (message != NULL)
		add_text(&line, "deny_code", deny_code(e->deny));
	add_text(&line, "missing", message);
	buf_add_str(&line, "}\n");
	r = write_line(a, &line, reterr);
	if (!line.failed)
		send_journal(a, PRIORITY_NOTICE, slice_of(line.data + 1, line.len - 2));
	buf_free(&line);
	return r;
}

int audit_intent(const struct audit *audit, struct audit_entry *entry, struct error *reterr)
{
	return record(audit, entry, "intent", 0, NULL, reterr);
}

void audit_outcome(const struct audit *audit, struct audit_entry *entry, int status)
{
	(void)record(audit, entry, "outcome", status, NULL, NULL);
}

void audit_end(const struct audit *audit, struct audit_entry *entry, int status)
{
	(void)record(audit, entry, "end", status, NULL, NULL);
}

int audit_denied(const struct audit *audit, struct audit_entry *entry, int status, const char *message,
		 struct error *reterr)
{
	return record(audit, entry, "denied", status, message, reterr);
}

int audit_request(const struct audit *audit, struct audit_entry *entry, struct error *reterr)
{
	return record(audit, entry, "request", 0, NULL, reterr);
}

void audit_debug(const struct audit *audit, const char *text)
{
	send_journal(audit, PRIORITY_DEBUG, slice_str(text));
}
