/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon_json - the engine's configuration file, to which a runtime is added. It is the administrator's:
 * what is added is added as text, and every other byte stays as it was. A file that is not plainly
 * root's, or not plainly JSON, is left alone.
 */
#ifndef SAFEDOCKER_DAEMON_JSON_H
#define SAFEDOCKER_DAEMON_JSON_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

#define DAEMON_JSON_PATH "/etc/docker/daemon.json"
#define DAEMON_JSON_MAX (1 << 20)	/* bytes */

struct daemon_json {
	const char *path;	/* borrowed */
	bool exists;
	mode_t mode;
	gid_t gid;
	struct buf text;	/* owned; empty where the file does not exist */
};

/*
 * Reads the file. -1: it is no regular file (a symbolic link neither), root does not own it, others can
 * write to it or to its directory, or it is longer than DAEMON_JSON_MAX. One that is missing is none.
 */
int daemon_json_load(const char *path, struct daemon_json *ret, struct error *reterr);
void daemon_json_free(struct daemon_json *f);

/*
 * Pure: `text` with the runtime `name` of this path added, and, where as_default, as default-runtime.
 * 1 and *ret is the new text; 0 where all of it stands there already; -1 where the text is no JSON
 * object, has the name with something else, or has another default-runtime: that is root's to change.
 */
int daemon_json_add(struct slice text, const char *name, const char *path, bool as_default,
		    struct buf *ret, struct error *reterr);

/*
 * Pure: what makes a running engine forget every runtime that `text` does not name. An engine changes
 * nothing for a key that is missing, so that both keys are in it. -1: no JSON, or out of memory.
 */
int daemon_json_forget(struct slice text, struct buf *ret, struct error *reterr);

/* Writes a new file of the old one's mode and group beside it, and renames it over it. */
int daemon_json_store(const struct daemon_json *f, struct slice text, struct error *reterr);

/* As it was when it was loaded: its text again, or gone where there was none. */
int daemon_json_restore(const struct daemon_json *f, struct error *reterr);

/* A copy of what was loaded, with the same mode, under a new name beside it; its name into ret. */
int daemon_json_backup(const struct daemon_json *f, char *ret, size_t size, struct error *reterr);

#endif
