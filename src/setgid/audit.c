/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/audit.h"

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
#include "setgid/die.h"
#include "setgid/io.h"
#include "setgid/patience.h"
#include "setgid/record.h"
#include "setgid/trust.h"

#define LOCK_STEP 20	/* ms */
#define TEXT_OF(number) #number
#define MORE_THAN(number) "more refusals than " TEXT_OF(number) " in a minute, or than the day's " \
	"bytes, are not recorded one by one"
#define MORE_REFUSALS MORE_THAN(BUDGET_REFUSALS)
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

static unsigned written;	/* records of this process, and of the gatekeeper before it was one */

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

static int no_record(const struct audit *a, struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "the record cannot be written: %s", a->error.text);
}

static int set_lock(const struct audit *audit, short type, uid_t uid)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = uid, .l_len = 1 };

	return fcntl(audit->fd, F_SETLK, &lock);
}

int audit_lock(const struct audit *audit, uid_t uid, struct error *reterr)
{
	long long end;

	if (audit->fd < 0)
		return no_record(audit, reterr);
	for (end = io_now() + LOCK_PATIENCE; io_now() < end; (void)poll(NULL, 0, LOCK_STEP)) {
		if (set_lock(audit, F_WRLCK, uid) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return error_set(reterr, ERR_SYSTEM, "the record cannot be locked: %s", strerror(errno));
	}
	return error_set(reterr, ERR_CHANGED, "another command of yours is being carried out; try again");
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
		return no_record(a, reterr);
	n = write(a->fd, line->data, line->len);
	if (n != (ssize_t)line->len)
		return error_set(reterr, ERR_SYSTEM, "the record cannot be written: %s",
				 n < 0 ? strerror(errno) : "the disk is full");
	written++;
	if (audit_replaced(a))
		return error_set(reterr, ERR_CHANGED, "the record was rotated just now; try again");
	return 0;
}

static int make_line(const struct audit *a, struct audit_entry *e, const struct record_line *what,
		     struct buf *line, struct error *reterr)
{
	struct record_line numbered = *what;

	if (a->budget == NULL)
		bug("a record without a budget");
	if (*e->id == '\0')
		audit_make_id(e->id);
	numbered.seq = written + 1;
	return record_render(a, e, &numbered, line, reterr);
}

static int send_line(const struct audit *a, struct buf *line, struct error *reterr)
{
	int r = write_line(a, line, reterr);

	send_journal(a, PRIORITY_NOTICE, slice_of(line->data + 1, line->len - 2));
	return r;
}

/* What is written in any case, and counts all the same. */
static int record(const struct audit *a, struct audit_entry *e, const struct record_line *what,
		  struct error *reterr)
{
	struct buf line = buf_new(what->max);
	int r = make_line(a, e, what, &line, reterr);

	if (r == 0) {
		budget_spend_bytes(a->budget, io_now(), line.len);
		r = send_line(a, &line, reterr);
	}
	buf_free(&line);
	return r;
}

/* The day's bytes are used up: said to the user each time, in the record once. Always -1. */
static int refuse_day(const struct audit *a, const struct audit_entry *e, struct error *reterr)
{
	struct audit_entry once = { .subject = e->subject, .operation = e->operation,
				    .verb = e->verb, .deny = DENY_LIMIT };
	struct record_line what = { .phase = "denied", .status = 429, .max = RECORD_REFUSAL_MAX };
	struct error why = { 0 };
	int r = error_set(&why, ERR_BUDGET, "%s has filled the record with %llu kB since the day "
			  "began, as much as one user may: what is recorded is refused until the "
			  "day is over (24 hours of uptime, not the date's); ask whoever "
			  "administers this host (day-max in [log])", e->subject->name, a->day_max / 1024);

	what.message = why.text;
	if (budget_tell_day(a->budget, io_now()))
		(void)record(a, &once, &what, NULL);
	if (reterr != NULL)
		*reterr = why;
	return r;
}

/* What is refused beyond the day's bytes. */
static int record_within(const struct audit *a, struct audit_entry *e,
			 const struct record_line *what, struct error *reterr)
{
	struct buf line = buf_new(what->max);
	int r = make_line(a, e, what, &line, reterr);

	if (r == 0 && budget_take_bytes(a->budget, io_now(), line.len, a->day_max))
		r = send_line(a, &line, reterr);
	else if (r == 0)
		r = refuse_day(a, e, reterr);
	buf_free(&line);
	return r;
}

void audit_counted(const struct audit *audit, const struct subject *subject)
{
	struct audit_entry e = { .subject = subject, .deny = DENY_LIMIT };
	struct record_line what = { .phase = "denied", .max = RECORD_REFUSAL_MAX };
	uint64_t mark;

	what.refusals = budget_unreported(audit->budget, io_now(), &mark);
	if (what.refusals == 0)
		return;
	what.message = MORE_REFUSALS;
	if (record_within(audit, &e, &what, NULL) == 0)
		budget_reported(audit->budget, mark);
}

int audit_intent(const struct audit *audit, struct audit_entry *entry, struct error *reterr)
{
	const struct record_line what = { .phase = "intent", .max = RECORD_MAX, .whole = true };
	int r;

	audit_counted(audit, entry->subject);
	r = record_within(audit, entry, &what, reterr);
	/* It stands in the old file, and nothing follows from it: who reads that file is told so. */
	if (r < 0 && reterr->code == ERR_CHANGED)
		audit_outcome(audit, entry, 503);
	return r;
}

void audit_outcome(const struct audit *audit, struct audit_entry *entry, int status)
{
	const struct record_line what = { .phase = "outcome", .status = status, .max = RECORD_MAX };

	(void)record(audit, entry, &what, NULL);
}

void audit_end(const struct audit *audit, struct audit_entry *entry, int status)
{
	const struct record_line what = { .phase = "end", .status = status, .max = RECORD_MAX };

	(void)record(audit, entry, &what, NULL);
}

int audit_reserve(const struct audit *audit, struct audit_entry *entry, struct error *reterr)
{
	entry->reserved = budget_take_refusal(audit->budget, io_now());
	if (entry->reserved)
		return 0;
	return error_set(reterr, ERR_BUDGET, "more than %d refusals and requests of %s in this "
			 "minute; try again in a minute", BUDGET_REFUSALS, entry->subject->name);
}

int audit_denied(const struct audit *audit, struct audit_entry *entry, int status, const char *message,
		 struct error *reterr)
{
	const struct record_line what = { .phase = "denied", .status = status,
					  .message = message, .max = RECORD_REFUSAL_MAX };
	struct error why = { 0 };

	audit_counted(audit, entry->subject);
	if (!entry->reserved && !budget_take_refusal(audit->budget, io_now()))
		return AUDIT_COUNTED;
	if (record_within(audit, entry, &what, &why) == 0)
		return 0;
	if (reterr != NULL)
		*reterr = why;
	if (why.code != ERR_BUDGET)
		return -1;
	budget_count_refusal(audit->budget);
	return AUDIT_COUNTED;
}

int audit_request(const struct audit *audit, struct audit_entry *entry, struct error *reterr)
{
	const struct record_line what = { .phase = "request", .max = RECORD_MAX, .whole = true };

	audit_counted(audit, entry->subject);
	if (audit_reserve(audit, entry, reterr) < 0)
		return -1;
	return record_within(audit, entry, &what, reterr);
}

void audit_debug(const struct audit *audit, const char *text)
{
	send_journal(audit, PRIORITY_DEBUG, slice_str(text));
}
