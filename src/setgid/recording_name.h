/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording_name - what recordings are called: by the helper that makes them, and by who reads
 * them.
 */
#ifndef SAFEDOCKER_RECORDING_NAME_H
#define SAFEDOCKER_RECORDING_NAME_H

#include "setgid/audit.h"

#define RECORDING_NAME_SIZE (10 + 1 + AUDIT_ID_LEN + 1)	/* of "UID-ID", as the record has it */
#define RECORDING_SUFFIX ".cast"			/* behind it, in SAFEDOCKER_RECORDINGS */
#define RECORDING_FILE_SIZE (RECORDING_NAME_SIZE + sizeof(RECORDING_SUFFIX))

#endif
