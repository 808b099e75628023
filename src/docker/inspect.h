/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inspect - what the engine says of an object that exists. Pure: the answer's bytes go in. */
#ifndef SAFEDOCKER_INSPECT_H
#define SAFEDOCKER_INSPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/slice.h"
#include "docker/adopted.h"
#include "docker/reference.h"
#include "docker/runtime_info.h"
#include "model/model.h"

#define INSPECT_MAX (8 * 1024 * 1024)	/* bytes of an answer */
#define OBJECT_ID_LEN 64

struct container {
	char id[OBJECT_ID_LEN + 1];
	bool owned;		/* the two witnesses agree on `owner`, or root gave it */
	uid_t owner;
	enum container_kind kind;	/* by what holds for it (kind.h); open where safedocker did not make it */
	time_t ends;		/* when it is stopped, by max-runtime of its rule; 0: never */
	bool tty;		/* its process has a terminal: its stream comes without frames */
	size_t execs;		/* processes of exec that the engine keeps for it, started or not */
	size_t size;		/* bytes of the engine's answer: no setting in it is longer */
	enum cgroup_driver driver;	/* a mapped one is that on an engine with this driver alone */
	char image[512];	/* the image as its maker named it (LABEL_IMAGE); "" where that is not known */
};

/*
 * The answer to GET /containers/{name}/json; ERR_ENGINE when it is not what it must be. `adopted` here and below: what
 * root gave to whom (NULL: nothing).
 */
int inspect_container(struct slice body, const struct adopted *adopted, struct container *ret, struct error *reterr);

/*
 * The same answer: adds a --volume fact for every path of the host that the container mounts, as its
 * creation would have; of a mapped one, what was asked (`asked`: mapped_asked(); NULL for other kinds).
 * -1 when memory is out, or the answer is not what it must be.
 */
int inspect_binds(struct slice body, const json_t *asked, struct facts *facts);

/* The same answer once more: what the container was made with (create_again()). */
int inspect_again(struct slice body, const struct subject *subject, struct facts *facts,
		  struct references *references, struct error *reterr);

/* The same answer: adds the names of its volumes to `names`. -1 as above. */
int inspect_volumes(struct slice body, json_t *names);

/* The same answer: those of its labels that are safedocker's. A new reference; NULL when memory is out. */
json_t *inspect_labels(struct slice body);

/*
 * The answer to GET /info: where the engine keeps everything, without a slash at its end ("" where it does not
 * say). -1 when it cannot be read. Whether it can map containers, runtime_info_read() says.
 */
int inspect_info(struct slice body, char *ret_root, size_t size);

/* The field Api-Version of any answer, "1.MINOR"; 0 for anything else. */
unsigned inspect_version(struct slice text);

/* The answer to POST /containers/create: the new container's id. */
int inspect_created(struct slice body, char ret[OBJECT_ID_LEN + 1], struct error *reterr);

struct exec {
	char container[OBJECT_ID_LEN + 1];
	bool privileged;
	char user[64];		/* as whom it runs; "?" where that is longer */
};

/* The answer to GET /exec/{id}/json. */
int inspect_exec(struct slice body, struct exec *ret, struct error *reterr);

/* What has its owner in a label alone, or from root: a network, a volume, an image, what a swarm keeps. */
struct resource {
	char id[256];		/* of a volume: its name */
	char name[256];
	bool owned;
	uid_t owner;
	bool plain;		/* a volume of the local driver without options: no directory of the host; a bridge */
	bool members;		/* of a network: containers are on it */
	enum container_kind of;	/* of a volume: which containers may mount it */
	char device[4096];	/* of a volume that is not plain: what it shows of the host, "/" where nobody can say */
};

/*
 * The answer to GET /images/{name}/json: all its names, and whether a user made it, go to the facts. -1 when memory
 * is out, or it is no such answer.
 */
int inspect_image(struct slice body, const struct subject *subject, const struct adopted *adopted, struct facts *facts,
		  struct error *reterr);

/* The answers to GET /networks/{id}, GET /volumes/{name} and POST /volumes/create. */
int inspect_network(struct slice body, const struct adopted *adopted, struct resource *ret, struct error *reterr);
int inspect_volume(struct slice body, const struct adopted *adopted, struct resource *ret, struct error *reterr);

/* The answer to a look-up of such an object, of any kind that object_path() knows. */
int inspect_resource(enum object_kind kind, struct slice body, const struct adopted *adopted, struct resource *ret,
		     struct error *reterr);

/* A list of containers (GET /containers/json): at most max of their ids. Returns how many there are, -1 when it is none. */
long inspect_list(struct slice body, char (*ret)[OBJECT_ID_LEN + 1], size_t max, struct error *reterr);

/* How many there are in a list of networks (an array) or of volumes (GET /volumes). -1 when it is
 * neither. */
long inspect_count(struct slice body, struct error *reterr);

/* A list of containers: the ids of those that are the user's, by their label or by root, become
 * keys of `ret`. -1 as above. */
int inspect_owned(struct slice body, uid_t uid, const struct adopted *adopted, json_t *ret, struct error *reterr);

#endif
