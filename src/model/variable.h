/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variable - what safedocker-helper tells safedocker-runtime about one container, in the container's
 * environment, since the engine carries nothing else through unchanged. The runtime takes it out of
 * every process that it starts.
 *
 * It only describes: who the container belongs to is told by its cgroup parent alone (parent.h), and
 * everything that it names is opened with the ids of that user. So a forged one gains nothing. It
 * counts only where the engine was given the place-holder (SAFEDOCKER_PLACEHOLDER, an empty directory
 * of root's that no request can name) as the source of at least one mount; elsewhere, for instance in
 * a build step whose image sets the same variable, it means nothing. Where there is nothing else to
 * be described than a working directory, that mount has the target VARIABLE_MARK and is left out.
 *
 * Grammar: `SAFEDOCKER=` and one JSON object, at most VARIABLE_MAX bytes, without other keys than
 * these, none of them twice:
 *
 *   "cwd": PATH		the working directory of the container's own process and of each exec
 *				that asks for none; "/" where it is missing
 *   "mounts": [ENTRY…]		at most VARIABLE_ENTRIES_MAX; missing: none
 *
 * An ENTRY with "source" is a bind: one for each mount whose source is the place-holder, but not for
 * VARIABLE_MARK, and no such mount without one.
 *
 *   "target": PATH		the mount's destination
 *   "source": PATH		what the user asked for
 *   "ro": true|false		false where it is missing
 *   "make": true|false		a missing source becomes a directory, as `docker run -v` does it
 *
 * An ENTRY without "source" says more about a mount whose source is a volume:
 *
 *   "target": PATH		the mount's destination
 *   "subpath": RELATIVE	this directory or file of the volume in place of all of it
 *   "copy": true|false		what the image has at the target is copied into an empty volume;
 *				not together with "subpath"
 *
 * PATH begins with "/", RELATIVE does not; neither is longer than VARIABLE_PATH_MAX bytes, has an
 * empty, "." or ".." component, ends in "/" (but "/" itself, where a PATH is a cwd or a source) or
 * holds a control character. The engine's own spelling of targets is the same: it cleans them.
 *
 * exec: the engine sends "/" both for an exec without a working directory and for `exec -w /`. So
 * the helper sends VARIABLE_EXEC_ROOT for the latter.
 */
#ifndef SAFEDOCKER_MODEL_VARIABLE_H
#define SAFEDOCKER_MODEL_VARIABLE_H

#define VARIABLE_NAME "SAFEDOCKER"
#define VARIABLE_MARK "/.safedocker"
#define VARIABLE_EXEC_ROOT "/."
#define VARIABLE_MAX (64 * 1024)	/* bytes behind the "=" */
#define VARIABLE_ENTRIES_MAX 256
#define VARIABLE_PATH_MAX 4095		/* bytes */

/* By which name the engine knows safedocker-runtime. */
#define VARIABLE_RUNTIME "safedocker"

#endif
