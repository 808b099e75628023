/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine - the connection that is the privilege: who holds it is root. */
#ifndef SAFEDOCKER_ENGINE_H
#define SAFEDOCKER_ENGINE_H

#include "common/error.h"

/* A stream to the engine's socket whose other end is root's; -1 with ERR_ENGINE. */
int engine_connect(const char *path, struct error *reterr);

#endif
