/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model - the words that every layer above shares: verbs, flags, operations and
 * ranks (generated from the .def tables beside this file), who asks, what an
 * operation wants, and what was decided. No bytes, no files, no I/O.
 */
#ifndef SAFEDOCKER_MODEL_H
#define SAFEDOCKER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/slice.h"
#include "model/rank.h"

/* --- built-in sets ------------------------------------------------------- */
enum set_index {
#define SET(id, name, meaning) SET_INDEX_##id,
#include "model/set.def"
	SET_INDEX_MAX,
};
enum {
#define SET(id, name, meaning) SET_##id = 1u << SET_INDEX_##id,
#include "model/set.def"
};

/* Name (without the @) and meaning of one set, for tables; NULL beyond the last. */
const char *set_name(enum set_index set);
const char *set_meaning(enum set_index set);

/* The set's bit, or 0 for an unknown name ("everyday", without the @). */
unsigned set_by_name(struct slice name);

/* True when text fits the pattern, in which `*` stands for any run of characters, also none. */
bool text_fits(const char *pattern, const char *text);

/* --- verbs --------------------------------------------------------------- */
enum verb {
	VERB_NONE = 0,
#define VERB(id, words, rank, sets, meaning) VERB_##id,
#include "model/verb.def"
	VERB_MAX,
};

const char *verb_name(enum verb verb);
enum rank verb_rank(enum verb verb);
unsigned verb_sets(enum verb verb);
const char *verb_meaning(enum verb verb);

/* Aliases included; VERB_NONE for an unknown one. Words are separated by exactly one space. */
enum verb verb_by_name(struct slice words);

/* --- what a container is --------------------------------------------------- */
/* How far root inside a container is root outside (docker/kind.h). */
enum container_kind {
	CONTAINER_UNKNOWN = 0,	/* none is made or entered */
	CONTAINER_PINNED,
	CONTAINER_MAPPED,
	CONTAINER_OPEN,
};

#define CONTAINER_KINDS (CONTAINER_OPEN + 1)

/* How far a rule lets root inside a container be root: its key `root`. */
enum root_mode {
	ROOT_UNSAID = 0,	/* mapped where the host can, else never */
	ROOT_NEVER,		/* containers run as their owner, without storage */
	ROOT_MAPPED,		/* root inside is the owner outside */
	ROOT_OPEN,		/* docker's ordinary container: root inside is root outside */
};

const char *root_name(enum root_mode root);	/* "never", "mapped", "open"; "" where a rule says nothing */

/*
 * What a rule with this root makes on a host that can, or cannot, map containers. CONTAINER_UNKNOWN: nothing, since it
 * insists on what the host cannot.
 */
enum container_kind root_makes(enum root_mode root, bool can_map);

/* May such a rule enter a container of this kind, or borrow from it? What is confined more than it asks, it may. */
bool root_allows(enum root_mode root, enum container_kind kind);

/* --- flags --------------------------------------------------------------- */
enum value_kind {
	VALUE_NONE = 0,	/* the flag takes none */
	VALUE_TEXT,	/* a pattern: `*` stands for any run of characters */
	VALUE_PATH,	/* SOURCE[:ro]; `*` stops at a slash, `**` does not, a leading `~` is the home */
	VALUE_PORT,	/* [IP:]PORT[-PORT] of the host, or `ephemeral` */
	VALUE_BYTES,	/* a number with k, m, g, t (powers of 1024); <= sets a maximum */
	VALUE_CPUS,	/* a decimal number, counted in thousand-millionths; <= sets a maximum */
	VALUE_COUNT,	/* a whole number; <= sets a maximum */
};

enum flag {
	FLAG_NONE = 0,
#define FLAG(id, name, value, rank, effect, ...) FLAG_##id,
#include "model/flag.def"
	FLAG_MAX,
};

const char *flag_name(enum flag flag);		/* "--privileged" */
enum value_kind flag_value_kind(enum flag flag);
enum rank flag_rank(enum flag flag);		/* of a bare flag */
bool flag_has_verb(enum flag flag, enum verb verb);
const enum verb *flag_verbs(enum flag flag);	/* all that have it, VERB_NONE behind the last */

/* Does any verb of these sets have the flag? */
bool flag_in_sets(enum flag flag, unsigned sets);

/* With the dashes; FLAG_NONE for an unknown one. */
enum flag flag_by_name(struct slice name);

/* In FLAG_RANK: a port of the loopback, from 1024 on, or one that the kernel picks. */
#define FLAG_OWN_PORT "%own-port"

/* Why a flag never reaches the engine, or NULL for one that is not such. */
const char *flag_client_only(struct slice name);

/*
 * The rank of this value of the flag in a container of this kind, and in one line what it can do to the host.
 * RANK_NONE: no container of the kind can have it, under any rule; the line says why.
 */
enum rank flag_value_rank(enum flag flag, const char *value, enum container_kind kind, const char **ret_effect);

/* The least strong of its ranks in the kinds that a rule with this root may come to make. */
enum rank flag_least_rank(enum flag flag, const char *value, enum root_mode root);

/*
 * The flag whose maximum bounds this one, and is filled in where a request
 * leaves this one open, since open means without limit: --memory bounds itself
 * and --memory-swap. FLAG_NONE where open is not unlimited (--gpus).
 */
enum flag flag_bounded_by(enum flag flag);

/* A limit of --ulimit by the name that docker has for it: "nofile", "nproc", … */
bool ulimit_name_ok(struct slice name);

/* --- operations ---------------------------------------------------------- */
enum operation_kind {
	KIND_NONE = 0,
	KIND_READ,	/* recorded only where the policy says reads = yes */
	KIND_CHANGE,
	KIND_ENTER,	/* gives a way into a container */
	KIND_EGRESS,	/* lets data leave */
};

enum operation {
	OPERATION_NONE = 0,
#define OPERATION(id, name, kind, ...) OPERATION_##id,
#include "model/operation.def"
	OPERATION_MAX,
};

/* Further columns of operation.def. */
enum trait {
	TRAIT_ENTERS, TRAIT_ROOT, TRAIT_RUNS, TRAIT_COPIES, TRAIT_WALKS, TRAIT_ENDS, TRAIT_STREAMS_TERMINAL, TRAIT_RESIZES,
	TRAIT_MADE_WHOLE, TRAIT_FORCED_AWAY, TRAIT_MAKES_CONTAINER, TRAIT_MAKES_EXEC, TRAIT_MAKES_NETWORK,
	TRAIT_MAKES_VOLUME, TRAIT_NAMES_RESULT, TRAIT_TAKES_CHANGES, TRAIT_FETCHES_ADDRESS, TRAIT_ROLLS_BACK,
	TRAIT_NAMES_IMAGE, TRAIT_PRUNES_CONTAINERS, TRAIT_SHOWS_CONTAINER, TRAIT_SHOWS_MEMBERS, TRAIT_UNVERSIONED,
	TRAIT_SETTINGS, TRAIT_KEEPS_PRIVATE, TRAIT_WAITS, TRAIT_ANSWERS_TAR, TRAIT_ANSWERS_CODE, TRAIT_ANSWERS_LIST,
	TRAIT_ANSWERS_NOTHING, TRAIT_TELLS_UNSTARTED, TRAIT_TELLS_UNBUILT, TRAIT_TELLS_SESSION,
};

bool operation_has(enum operation operation, enum trait trait);

#define OPERATION_VERBS_MAX 12
#define FLAG_VERBS_MAX 24

const char *operation_name(enum operation operation);
enum operation_kind operation_kind(enum operation operation);

/* Does it start, enter, copy or keep a container? Then what that one is counts too. */
bool operation_enters(enum operation operation);

/* The verbs that bring it, ended by VERB_NONE; none at all: everybody's whom a rule is for. */
const enum verb *operation_verbs(enum operation operation);

/* Its processes are root inside and cannot be pinned: on an engine that does not map users, root on the host. */
bool operation_needs_root(enum operation operation);

/* Does any verb that brings the operation have the flag? */
bool flag_has_operation(enum flag flag, enum operation operation);

/* --- who asks ------------------------------------------------------------ */
struct subject {
	uid_t uid;
	gid_t gid;
	const char *name;		/* of passwd, or the number where there is none */
	const char *home;		/* of passwd, or "" */
	const char *host;		/* of uname(2) */
	uid_t uid_min;			/* the first uid that login accounts have on this machine */
	const gid_t *groups;		/* fresh from NSS, the primary one included */
	const char *const *group_names;	/* beside groups; NULL where a gid has no name */
	size_t n_groups;
	const char *as;			/* the strong rule that is asked for by name; NULL: none, and none is used */
	const char *reason;		/* given with it, or NULL; clean text of REASON_MAX characters at most */
};

#define REASON_MAX 512			/* characters */
#define REASON_BYTES (REASON_MAX * 4)
#define RULE_NAME_MAX 32		/* bytes of a rule's name */

/* When it is asked: clocks can be set, the time since the machine's start cannot. */
struct moment {
	time_t date;
	long long uptime;		/* seconds of CLOCK_BOOTTIME */
	const char *boot;		/* this boot's id, "" where it is not known */
};

/*
 * The group that processes in a user's containers run with: a number that no group has, and so
 * nobody outside can take on. The kernel lets a user into /proc/PID/root, and at the descriptors,
 * of a process only where uid and gid are the user's own (ptrace(2), access mode checking): with this
 * gid the files of an image, device nodes among them, stay out of reach from outside the container.
 * 0x70000000 and above is given to nobody (systemd's UIDS-GIDS); docker takes gids below 2^31.
 */
gid_t pinned_gid(uid_t uid);

bool subject_in_group(const struct subject *subject, gid_t gid);

/* --- what an operation wants --------------------------------------------- */
/*
 * One flag with one value, as a request asks it. `value` is canonical (docker's
 * own spelling), "" for a flag without one; `number` is what numeric kinds
 * compare, in the unit of the kind, negative for "unlimited".
 */
struct fact {
	enum flag flag;
	enum rank rank;		/* for the record and for people: facts_settle(); before that, of kind UNKNOWN */
	enum rank ranks[CONTAINER_KINDS];	/* in a container of each kind; what rules go by */
	char *value;		/* owned */
	long long number;
	const char *field;	/* where it stood: "HostConfig.Privileged"; static */
	bool again;		/* of a container that is there already, not of the request */
	/*
	 * A path that is the host's own, or another user's: so many bytes of `value` must stand in a pattern
	 * without a star in or before them (0: none, FACT_WHOLE: the path alone). See facts_protect().
	 */
	size_t top;
};

#define FACT_WHOLE ((size_t)-1)

#define FACTS_MAX 4096

struct facts {
	struct fact *list;	/* owned */
	size_t n;
	char *image;		/* owned; canonical repository name, NULL where no image is named */
	char *registry;		/* owned; HOST or HOST:PORT that is asked, NULL: none, or that of the image */
	/* What the look-up of the image says. */
	char *image_names;	/* owned; all its repositories, a line each; NULL: not looked up */
	bool image_made;	/* some user made it here: then its names are that user's choice, and say nothing */
	bool image_own;		/* and that is the caller */
	enum container_kind kind;	/* of the container that is entered or borrowed from; UNKNOWN: none */
	bool makes;		/* something is made whose kind counts: a container, a volume, the steps of a build */
	bool can_map;		/* where that is so, the look-up of the engine: it can be mapped */
};

void facts_free(struct facts *facts);

/* Copies value. -1 when there are FACTS_MAX already or memory is out. */
int facts_add(struct facts *facts, enum flag flag, const char *value, long long number, const char *field);

/*
 * Moves all of `from`, as facts of a container that is there already; `from` is empty afterwards. -1 when there
 * are too many, or memory is out.
 */
int facts_add_again(struct facts *facts, struct facts *from);

/* Only the first n stay. */
void facts_cut(struct facts *facts, size_t n);

/*
 * The kind by which ranks go under a rule with this root: of what is entered, else of what is made. UNKNOWN: neither, or
 * nothing can be made, since the rule insists on what the host cannot.
 */
enum container_kind facts_kind(const struct facts *facts, enum root_mode root);

/*
 * The decision is made, for a container of this kind: each fact has its rank there; what cannot
 * be had there, its rank of no kind.
 */
void facts_settle(struct facts *facts, enum container_kind kind);

/*
 * The object that the fact names is the caller's own: nothing of anybody else's is reached by it. What a kind cannot
 * have, it still cannot.
 */
void facts_own(struct facts *facts, size_t i);

/* Another spelling of the value, ranked anew. -1 when memory is out. */
int facts_rename(struct facts *facts, size_t i, const char *value);

/*
 * Fact `i` is a path. Where it is `top` or lies below it, or holds it, no wide pattern allows it any more: only one
 * that names `top` itself, or, for a path above it, just that path. Paths have no slash at their end.
 */
void facts_protect(struct facts *facts, size_t i, const char *top);

/* The strongest rank among them, RANK_C where there are none. */
enum rank facts_rank(const struct facts *facts);

/* --- what was decided ---------------------------------------------------- */
/* Far apart, so that no flipped bit turns one into the other; compare with ALLOW only. */
enum verdict {
	VERDICT_DENY = 0,
	VERDICT_ALLOW = 0x52a2925,
};

enum missing {
	MISSING_NONE = 0,
	MISSING_RULE,		/* no rule names this user */
	MISSING_VERB,		/* rules do, none has the verb */
	MISSING_FLAG,		/* a rule has the verb; decision.fact is what it lacks */
	MISSING_IMAGE,		/* a rule has all but the image */
	MISSING_FORCE,		/* decision.fact contradicts what the rule forces */
	MISSING_STRONG,		/* the strong rule that was asked for is not there for this user */
	MISSING_REASON,		/* it takes no such reason */
	MISSING_TIME,		/* it holds at another time */
	MISSING_ROOT,		/* the container has more of root than the rule gives */
};

/* Zero is the strictest of each. */
enum reason_need { REASON_REQUIRED = 0, REASON_OPTIONAL, REASON_NEVER };
enum password_need { PASSWORD_YES = 0, PASSWORD_IF_SET, PASSWORD_NO };

/* On what terms a strong rule may be used. */
struct strong {
	const char *name;		/* all borrowed from the policy */
	enum reason_need reason;
	const char *ticket;		/* one word of the reason must fit this pattern; NULL: none need */
	enum password_need password;
	long remember;			/* seconds for which the password holds */
	long max_runtime;		/* seconds that a container may run; 0: no limit */
	bool record, record_input;	/* the terminal, what is typed too */
	long long record_max;		/* bytes of one recording */
};

/* A flag that a rule sets where the request leaves it open: force, and maxima. */
struct setting {
	enum flag flag;
	const char *value;
	long long number;
};

struct decision {
	enum verdict verdict;
	enum missing missing;
	size_t fact;			/* index, for MISSING_FLAG and MISSING_FORCE */
	/* The rule that allowed, or that came nearest; NULL for MISSING_RULE. Borrowed from the policy. */
	const char *rule;
	const char *file;
	unsigned line;
	const char *allowed;		/* nearest rule's own words on the missing thing, or NULL; borrowed */
	bool expired;			/* a rule that would have allowed it has expired: `rule` names it */
	bool scope_all;			/* other people's objects too */
	long containers;		/* how many the caller may have; 0: any number */
	long networks;			/* likewise, the private one among them; never 0 */
	long volumes;			/* likewise; 0: any number */
	enum root_mode root;
	enum container_kind makes;	/* facts_kind(): what is made or entered by it */
	bool builder;			/* the builder's own interface too: sessions keep the names by which it asks */
	const struct strong *strong;	/* terms of the strong rule that allowed; NULL: an ordinary one did */
	const struct setting *settings;	/* borrowed from the policy */
	size_t n_settings;
	time_t until;			/* when the permission ends; 0 = never */
	long long uptime;		/* the same by the boot's clock, of what is granted; 0 = by the date alone */
	const char *grant_file;		/* where the rule is granted to whom it does not name; NULL: it names him */
	unsigned grant_line;
	time_t ends;			/* when a container that is made now is stopped; 0 = never */
};

/* --- why not --------------------------------------------------------------- */
enum deny {
	DENY_NONE = 0,
#define DENY(id, code, meaning) DENY_##id,
#include "model/deny.def"
	DENY_MAX,
};

const char *deny_code(enum deny deny);		/* "E_VERB" */
const char *deny_meaning(enum deny deny);

/* The code of a decision that is no; DENY_RULE where it does not say. */
enum deny deny_of(const struct decision *decision, const struct facts *facts);

#endif
