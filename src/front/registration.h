/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registration - safedocker-runtime becomes known to the running engine: the engine's directories, its
 * configuration file, SIGHUP, a trial. Nothing that runs is touched, and what does not pass the trial is
 * taken back. Doing it again changes nothing.
 */
#ifndef SAFEDOCKER_REGISTRATION_H
#define SAFEDOCKER_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "docker/runtime_info.h"

/*
 * For root. asks: each change is asked for at the terminal. as_default: the engine's default runtime as
 * well; with `asks` that is asked for, where it is not so. Says what it does; an exit status: 0 it is
 * registered and a trial container was mapped, 1 it is not (and why).
 */
int registration_run(bool asks, bool as_default);

/* What the policy's engine says of itself, and its data root. -1: *why_not is why it is not known. */
int doctor_info(struct runtime_info *ret, char *data_root, size_t size, const char **why_not);

/* safedocker-mounts looks at the engine's directories, or makes what is missing. -1: its own words in why. */
int doctor_trees(const char *data_root, bool make, char *why, size_t size);

#endif
