/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patience - how long a worker waits for its peers, in milliseconds. Nothing that a caller says changes these:
 * a test that cannot wait so long builds a helper of its own with other numbers (-DLOOKUP_PATIENCE=…), which is
 * never installed.
 */
#ifndef SAFEDOCKER_PATIENCE_H
#define SAFEDOCKER_PATIENCE_H

#ifndef LOOKUP_PATIENCE
#define LOOKUP_PATIENCE 30000	/* for the engine's answer to a request of ours */
#endif

#ifndef WRITE_PATIENCE
#define WRITE_PATIENCE 60000	/* in which a peer must take an answer of ours */
#endif

#ifndef LOCK_PATIENCE
#define LOCK_PATIENCE 30000	/* for the caller's other workers */
#endif

#ifndef HEAD_PATIENCE
#define HEAD_PATIENCE 30000	/* from the first byte of a client's head to its last */
#endif

#ifndef BODY_PATIENCE
#define BODY_PATIENCE 30000	/* for a client's body that we judge */
#endif

#ifndef BEGUN_PATIENCE
#define BEGUN_PATIENCE 60000	/* for which what was asked for and not answered counts: by then it is done, or lost */
#endif

#endif
