/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit - the record, read: tables for people, lines for programs. safedocker-record gives out the
 * caller's own lines, or all of them to root and group adm; all else happens here, without any
 * privilege. One file for each of its words, and two that they share: which records are meant, and
 * how they are read.
 */
#ifndef SAFEDOCKER_FRONT_AUDIT_H
#define SAFEDOCKER_FRONT_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/slice.h"

/* --- which records (audit_filter.c) ----------------------------------------------------- */
#define AUDIT_CONDITIONS_MAX 16

struct audit_filter {
	const char *user, *verb, *flag, *rank, *rule, *object, *decision;
	char since[32], until[32];	/* as the record writes times, "" for none */
	bool json, follow;	/* how what is found is shown */
	const char *needles[AUDIT_CONDITIONS_MAX];	/* what a line must hold to be parsed */
	char texts[AUDIT_CONDITIONS_MAX][300];
	size_t n;
};

/*
 * Takes the filter options off argv, --json and --follow among them. -1: there is one that is not
 * known, without a value, or with a value that is no time.
 */
int audit_filter_take(int *argc, char ***argv, struct audit_filter *f);

/* Only lines that hold this field, as the record writes it, are worth being parsed. */
void audit_filter_need(struct audit_filter *f, const char *key, const char *value);

/* Could the line fit, by its bytes alone? A million are looked at, a few are parsed. */
bool audit_filter_could_fit(const struct audit_filter *f, struct slice line);

/* Does the record fit? */
bool audit_filter_fits(const struct audit_filter *f, const json_t *record);

/* --- how they are read (audit_read.c) ----------------------------------------------------- */
/* One line of the record, without its end; returns false to stop. */
typedef bool audit_line(void *user, struct slice line);

/*
 * Starts safedocker-record, which writes into *ret_fd: the record, as it grows with
 * `follow`, or the recording of that name. -1: it cannot be started. The caller waits for it.
 */
pid_t audit_read_start(bool follow, char *recording, int *ret_fd);

/* Hands over every line that could fit. Returns an exit status; what is wrong was said. */
int audit_read(const struct audit_filter *f, bool follow, audit_line *take, void *user);

/* A new reference; NULL: the line is no record. */
json_t *audit_read_line(struct slice line);

/* A field's text, "" where it has none; borrowed from the record. */
const char *audit_read_text(const json_t *record, const char *key);

/* How many refusals it stands for: one, but for the line of those beyond a user's budget. */
json_int_t audit_read_refusals(const json_t *record);

/* --- its words: each returns an exit status ------------------------------------------------- */
int audit_list(const struct audit_filter *f);
int audit_summary(const struct audit_filter *f);
int audit_show(const char *id);
int audit_replay(int argc, char **argv);
int audit_verify(void);

#endif
