/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file - whole files, and what the engine shows its user. */
#ifndef SAFEDOCKER_RUNTIME_FILE_H
#define SAFEDOCKER_RUNTIME_FILE_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"
#include "runtime/arguments.h"

#define FILE_JSON_MAX (32 << 20)	/* bytes of a config.json, state.json or process.json */

/* Adds the file's bytes, at most ret->max of them. -1: errno says why, EFBIG for a longer one. */
int file_read(const char *path, struct buf *ret);

/*
 * The JSON object in a file of root's; the caller's. NULL with a reason; and NULL without one where `word`
 * is not NULL and the text, which the engine wrote, does not hold it: such a file is not looked at.
 */
json_t *file_json(const char *path, const char *word, struct error *reterr);

/* Writes all of it to fd. -1: errno says why. */
int file_write(int fd, const void *p, size_t n);

/*
 * Replaces DIRECTORY/NAME by the object, as one step. A file that a killed run left half written is
 * written over, and goes with the bundle.
 */
int file_replace_json(const char *directory, const char *name, const json_t *object,
		      struct error *reterr);

/* The object as a file without a name; its descriptor, which is passed on by exec. */
int file_memory_json(const json_t *object, struct error *reterr);

/* The one line that docker shows: to runc's log in runc's form, and to stderr. */
void file_report(const struct arguments *arguments, const char *text);

#endif
