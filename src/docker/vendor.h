/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vendor - the ways to a device of the host that are not called --device: device requests (--gpus),
 * variables that hooks of the vendors' read, and mounts by whose place they do. Pure.
 */
#ifndef SAFEDOCKER_VENDOR_H
#define SAFEDOCKER_VENDOR_H

#include "docker/fields.h"

/*
 * HostConfig.DeviceRequests: one fact --gpus with the sum over all requests (-1, "all", where one
 * has no end), and one fact --device for each name of the container device interface, wherever it
 * stands.
 */
field_judge vendor_judge_requests;

/*
 * Env of any body: what asks for devices is taken out of the list, so that no hook sees it; -1
 * where the value of another variable that a hook reads is not what its row says.
 */
int vendor_clean_env(json_t *env, struct error *reterr);

/*
 * NVIDIA_VISIBLE_DEVICES is what the GPU runtime goes by, whoever set it: it is set to what the
 * request was granted
 * (`void`: nothing), and every other variable of that kind is unset, where the image (its inspect
 * answer) or the request has a word on such devices. -1 when memory is out.
 */
int vendor_set_env(json_t *body, const json_t *image);

/* Is it a place in the container by which a hook hands out devices? `path` may have `.`, `..` and
 * empty parts. */
bool vendor_is_target(const char *path);

/* The same as an answer: -1 with ERR_DENIED where it is one. */
int vendor_check_target(const char *target, struct error *reterr);

/* No mount of a rendered create, and no volume of the image, stands at such a place; -1 with
 * ERR_DENIED. */
int vendor_check_targets(const json_t *body, const json_t *image, struct error *reterr);

#endif
