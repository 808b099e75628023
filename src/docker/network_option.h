/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network_option - what drivers of networks, and the engine's keeper of addresses, read. Pure. */
#ifndef SAFEDOCKER_NETWORK_OPTION_H
#define SAFEDOCKER_NETWORK_OPTION_H

#include "docker/fields.h"

/* Options of a network, and of a container on it: each by its row of network_option.def; a fact
 * NAME=VALUE for each. */
field_judge judge_network_options, judge_endpoint_options;

/*
 * A.B.C.D/N or its like of IPv6, without bits behind the prefix: the engine passes over those, and
 * takes the whole of what a rule thought to be one address.
 */
field_judge judge_subnet;

/* An address; a list, or a map of names to addresses; a list of at most 16 pools. */
field_judge judge_address, judge_address_list, judge_addresses, judge_pools;

/* Names by which others on a network find a container. */
field_judge judge_aliases;

#endif
