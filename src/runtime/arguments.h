/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arguments - runc's command line, as far as it must be understood. Only for the five commands that
 * make a process in a container is it read strictly: there an option that we do not know is refused,
 * since what follows it could be its value or the container's name.
 */
#ifndef SAFEDOCKER_RUNTIME_ARGUMENTS_H
#define SAFEDOCKER_RUNTIME_ARGUMENTS_H

#include <stdbool.h>

#include "common/error.h"

enum arguments_command {
	COMMAND_OTHER = 0,	/* runc's own business */
	COMMAND_CREATE,
	COMMAND_EXEC,
	COMMAND_RUN,
	COMMAND_RESTORE,
	COMMAND_CHECKPOINT,
};

struct arguments {
	enum arguments_command command;
	const char *name;	/* of the command */
	const char *root;	/* where runc keeps its state */
	const char *log;	/* NULL: none */
	bool log_json;
	const char *bundle;	/* "." where it is not given */
	const char *process;	/* exec: NULL where it is not given */
	int process_at;		/* where in argv it stands, with --process= before it or without */
	const char *id;		/* NULL where there is none */
};

/* *ret is filled as far as it could be read, also when -1 is returned, so that the log is known. */
int arguments_parse(int argc, char **argv, struct arguments *ret, struct error *reterr);

#endif
