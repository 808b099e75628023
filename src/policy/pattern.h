/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pattern - how the policy writes values, and whether a request's value fits. Pure. */
#ifndef SAFEDOCKER_PATTERN_H
#define SAFEDOCKER_PATTERN_H

#include <stdbool.h>
#include <time.h>

#include "model/model.h"

/*
 * Paths, images: `*` stands for any run of bytes but a slash, `**` for any run at
 * all. `/x/` followed by `**` at the end fits `/x` itself too.
 */
bool pattern_path_fits(const char *pattern, const char *text);

/*
 * SOURCE[:ro] of a request against SOURCE[:ro] of the policy. A leading `~` in the
 * policy is `home`. What is allowed for reading only refuses a writable request.
 */
bool pattern_volume_fits(const char *pattern, const char *home, const char *text);

/*
 * Does the pattern name the first `top` bytes of a path in so many letters (struct fact), and not
 * by a star? For a path that it fits.
 */
bool pattern_volume_names(const char *pattern, const char *home, size_t top);

/* Would this SOURCE reach what is the machine's own: /, /etc, /proc, …? */
bool pattern_volume_is_wide(const char *pattern);

/* [IP:]PORT[-PORT] or `ephemeral`; the request's is canonical, with an address. */
bool pattern_port_fits(const char *pattern, const char *text);
bool pattern_port_ok(const char *pattern);

/* docker's units: bytes with b k m g t, processors with a decimal point. -1 for what is neither. */
int pattern_number(enum value_kind kind, const char *text, long long *ret);

/*
 * `2027-03-31` (to the end of that day, local time) or an RFC 3339 time with a
 * zone. *ret is the first second in which it is over.
 */
int pattern_until(const char *text, time_t *ret);

/* The same notation; *ret is the first second of it. */
int pattern_from(const char *text, time_t *ret);

#endif
