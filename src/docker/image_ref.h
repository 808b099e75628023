/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_ref - names of images in one canonical form (the grammar of the
 * distribution project's reference package): `bb` is docker.io/library/bb.
 */
#ifndef SAFEDOCKER_IMAGE_REF_H
#define SAFEDOCKER_IMAGE_REF_H

#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"

struct image_ref {
	char *repository;	/* owned; canonical name without tag and digest; for an id: the id as it stood */
	struct slice tag;	/* of the text that was parsed; empty where there is none */
	struct slice digest;	/* "sha256:…", likewise */
	bool is_id;		/* sha256:HEX or 64 hex digits: names no repository */
	bool may_be_id;		/* a bare word that the engine may also take for the beginning of an id */
};

/* 0 (free with image_ref_free()) or -1 with ERR_SYNTAX. */
int image_ref_parse(struct slice text, struct image_ref *ret, struct error *reterr);

/*
 * The registry that the engine asks, "HOST" or "HOST:PORT", owned by the caller: of a name, of a
 * term that is searched for, of an address at which somebody logs in ("" is Docker Hub's). Each is
 * a grammar of its own to the engine; what it could read otherwise is no registry here. -1 with
 * ERR_SYNTAX.
 */
int registry_of_name(struct slice name, char **ret, struct error *reterr);
int registry_of_term(struct slice term, char **ret, struct error *reterr);
int registry_of_address(struct slice address, char **ret, struct error *reterr);

void image_ref_free(struct image_ref *ref);

#endif
