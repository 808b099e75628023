/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit - the record: what is asked is written down before the first byte goes
 * to the engine, how it ended after. No record, no operation. One JSON object a
 * line, in one write(2) to a file opened for appending, without a lock: a caller
 * may stop us at any point, and nobody else may wait for that. safedocker-record(5)
 * names the fields.
 *
 * What one user can make of it is bounded, so that nobody fills the disk of all: a line by
 * record.h, refusals by the minute and bytes by the day (budget.h). A refusal that is not written
 * is counted, and one line says later how many there were. Beyond the day's bytes that user alone
 * is refused, which is said once in the record.
 */
#ifndef SAFEDOCKER_AUDIT_H
#define SAFEDOCKER_AUDIT_H

#include <sys/types.h>

#include "common/error.h"
#include "model/model.h"
#include "setgid/budget.h"
#include "setgid/identity.h"

#define AUDIT_ID_LEN 16

struct audit {
	int fd;			/* the file, for appending; -1 when it cannot be used */
	int dir;		/* its directory, to see whether it is still the named file */
	char name[256];		/* in that directory */
	dev_t dev;
	ino_t ino;
	struct budget *budget;	/* the caller's; NULL: nothing can be written */
	unsigned long long day_max;	/* bytes of the caller's records on one day */
	int journal;		/* journald's socket, or syslog's; -1 where there is neither */
	bool native;		/* it is journald's */
	gid_t group;
	const struct terminal *terminal;
	const char *claimed;
	const char *cwd;	/* where the caller was */
	const char *command;	/* one number for all that one helper serves */
	const char *mode;	/* "explain" where nothing is done; NULL: it is */
	const char *auth;	/* how the caller proved to be there; NULL: nobody asked */
	const char *recording;	/* where the terminal's recording is; NULL: nothing is recorded */
	struct error error;	/* why fd is -1 */
};

/* What stands in every line about one operation. */
struct audit_entry {
	char id[AUDIT_ID_LEN + 1];	/* made with the first line; "" before */
	const struct subject *subject;
	enum operation operation;	/* OPERATION_NONE: a request that is none */
	enum verb verb;
	const struct facts *facts;	/* NULL: none */
	const char *object;		/* as the client named it, or NULL */
	const char *object_id;		/* what it resolved to, or NULL */
	const struct decision *decision;	/* NULL: never got that far */
	enum deny deny;			/* of a refusal */
	const char *ended;		/* of a stream: why it was ended here; NULL: it was not */
	long wanted;			/* seconds of a strong rule that root is asked for; 0: an operation */
	bool reserved;			/* audit_reserve() was called for this refusal */
};

/* A number that nobody else has: joins the lines about one operation, or about one command. */
void audit_make_id(char ret[AUDIT_ID_LEN + 1]);

/* Opens file and journal; failure is kept in ->error, and every later write refuses with it. */
void audit_open(struct audit *ret, const char *path, gid_t group, const struct terminal *terminal,
		const char *claimed);
void audit_close(struct audit *audit);

/*
 * Before anything is forwarded. -1: refuse the operation. ERR_LIMIT: its record cannot hold what
 * it must; ERR_BUDGET: the caller's bytes of this day are used up; ERR_CHANGED: the record is
 * another file by now, so that it can be judged anew; ERR_SYSTEM: the file.
 */
int audit_intent(const struct audit *audit, struct audit_entry *entry, struct error *reterr);

/* After it: the engine's status, or 0 where no answer came. Best effort: readers take its absence for `interrupted`. */
void audit_outcome(const struct audit *audit, struct audit_entry *entry, int status);

/* A stream that had its outcome when it began has ended. */
void audit_end(const struct audit *audit, struct audit_entry *entry, int status);

#define AUDIT_COUNTED 1

/*
 * A refusal, with the text that the client gets. 0: it is written. AUDIT_COUNTED: it is beyond what
 * is written of one user in a minute or on a day, and counted. -1: it cannot be written.
 */
int audit_denied(const struct audit *audit, struct audit_entry *entry, int status, const char *message,
		 struct error *reterr);

/*
 * Takes a refusal's place in this minute before it is known whether there will be one, so that what
 * must not go unrecorded (a wrong password) cannot. -1: there is none left.
 */
int audit_reserve(const struct audit *audit, struct audit_entry *entry, struct error *reterr);

/* One line in a minute at most: how many refusals of the subject were counted and not written. */
void audit_counted(const struct audit *audit, const struct subject *subject);

/*
 * The subject asks root for the strong rule subject->as, for entry->wanted seconds, with
 * subject->reason. -1 with ERR_BUDGET: too many refusals and requests in this minute.
 */
int audit_request(const struct audit *audit, struct audit_entry *entry, struct error *reterr);

/* For the journal alone, at debug level: text of our own, one line. */
void audit_debug(const struct audit *audit, const char *text);

/*
 * One worker of this user at a time: waits for 30 s at most; who holds others of the own up harms nobody else. It is a
 * lock on the record's byte number `uid`; it ends with audit_unlock() or with the process (fcntl(2), F_SETLK). -1:
 * ERR_CHANGED where it was not had in that time, ERR_SYSTEM without a record.
 */
int audit_lock(const struct audit *audit, uid_t uid, struct error *reterr);
void audit_unlock(const struct audit *audit, uid_t uid);

/* The file was rotated, replaced, or is no longer what may be trusted: the next connection must open it anew. */
bool audit_replaced(const struct audit *audit);

#endif
