/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * register - makes the engine know safedocker-runtime, and proves that it works.
 *
 * What this promises:
 *   - The engine is not restarted and no container is touched: it reads daemon.json again, on a SIGHUP.
 *   - In daemon.json nothing but the runtime (and, where that was asked, the default) is changed. What cannot
 *     be read whole, is a link, or could be changed by others than root is left alone.
 *   - A trial container shows that root inside is a user outside. Where it does not, daemon.json is as it was.
 *   - Done twice, it changes nothing the second time.
 */
#ifndef SAFEDOCKER_REGISTER_H
#define SAFEDOCKER_REGISTER_H

#include <stdbool.h>

/* `doctor register [--default]`, as root: an exit status. `as_default`: build steps and all else go by the runtime too. */
int register_runtime(bool as_default);

#endif
