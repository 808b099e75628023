/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_option - what a request may say to the engine's log drivers: log_option.def. Pure. */
#ifndef SAFEDOCKER_LOG_OPTION_H
#define SAFEDOCKER_LOG_OPTION_H

#include "docker/fields.h"

/* Judges an object that holds a driver (Type, or Name in services) and its options (Config, or
 * Options). */
field_judge log_option_judge;

#endif
