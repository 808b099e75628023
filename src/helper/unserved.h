/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unserved - whom no rule of the policy is for. Such a user gets no engine connection and no
 * parser: at the start one line that says so and what to do, and one record. A connection that is
 * there all the same (an agent whose policy has changed since) gets a fixed answer, whatever it
 * says; what it says is thrown away.
 */
#ifndef SAFEDOCKER_UNSERVED_H
#define SAFEDOCKER_UNSERVED_H

#include <stdbool.h>

#include "helper/gatekeeper.h"

/*
 * true: the caller is served nothing now; *ret_status and `text` are what a client gets, and it is
 * in the record. So it is where the policy cannot be read, but for the record: nobody is named
 * then.
 */
bool unserved(const struct gatekeeper *g, int *ret_status, char text[UNSERVED_TEXT_MAX]);

/* In a confined worker: takes 16 kB at most, unread, for 5 s at most, and gives the answer. */
void unserved_answer(int client, int status, const char *text);

#endif
