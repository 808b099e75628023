/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - an engine that is made up, behind the port of judge/port.h.
 *
 * Whose something is goes by how its name begins: `theirs` is bob's, `roots` nobody's, `absent` is not there; any other
 * name in a path is alice's. In bodies and queries `mine` is alice's, and any other name is not there. What a path
 * names has the id made of 64 `c`, others 64 `d` (a volume: its name); the caller's own network 64 `e`, an image 64 `f`.
 * `pinned` or `open` in a name is the object's kind, and its id ends in 1 or 2; else it is mapped. `host` in
 * it: it reaches the host. An image whose name ends in -made is some user's, in -own the caller's. The engine can map
 * containers, but where the script begins with `never`. What lies in ~/own, alice could exchange.
 */
#ifndef SAFEDOCKER_TESTS_ENGINE_H
#define SAFEDOCKER_TESTS_ENGINE_H

#include "docker/request.h"
#include "judge/port.h"

struct made_up {
	const struct request *request;
	const struct subject *alice;
	bool cannot_map;
	const char *script;	/* trial_script(); NULL: none */
	struct port port;	/* whose context this is */
};

/* Called with true before the engine thinks, with false behind it: its memory is not the helper's. NULL: by nobody. */
extern void (*engine_thinks)(bool);

void engine_make_up(struct made_up *engine);

/* What it says to a request of a plan: all bytes of it. */
int engine_answer(const struct made_up *engine, struct slice bytes, struct answer *ret);

#endif
