/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grammar_read - the readers that grammar.def names. Pure. For grammar.c alone: everybody else asks
 * grammar_check().
 *
 * A reader says whether one text fits. `key` is the key that it stands under in a map, and empty
 * elsewhere. Its length is not above row->high already; only what reads more out of the row looks
 * at it again.
 */
#ifndef SAFEDOCKER_GRAMMAR_READ_H
#define SAFEDOCKER_GRAMMAR_READ_H

#include <stdbool.h>

#include "common/slice.h"

struct grammar_row;

typedef bool grammar_reader(struct slice key, struct slice text, const struct grammar_row *row);

struct grammar_row {
	const char *id;
	grammar_reader *read;
	long long low, high;
	size_t most;
	const char *words;
};

/* Numbers: none of these takes a text. */
grammar_reader grammar_read_number, grammar_read_ratio;

grammar_reader grammar_read_any, grammar_read_text, grammar_read_words, grammar_read_joined,
	grammar_read_name, grammar_read_user, grammar_read_group, grammar_read_path,
	grammar_read_plain_path, grammar_read_below, grammar_read_disk, grammar_read_kept_file,
	grammar_read_signal, grammar_read_port, grammar_read_host_port, grammar_read_address,
	grammar_read_mac, grammar_read_network, grammar_read_extra_host, grammar_read_host_line,
	grammar_read_dns_option, grammar_read_domain, grammar_read_cpuset, grammar_read_size,
	grammar_read_digits, grammar_read_storage, grammar_read_tmpfs, grammar_read_permissions,
	grammar_read_cgroup_rule, grammar_read_driver, grammar_read_capability,
	grammar_read_security, grammar_read_sysctl, grammar_read_cgroup, grammar_read_log_keys,
	grammar_read_regex, grammar_read_tag, grammar_read_id_tag, grammar_read_no_template,
	grammar_read_service_hostname, grammar_read_service_env, grammar_read_service_path,
	grammar_read_constraint, grammar_read_detach_keys, grammar_read_vendor_words,
	grammar_read_require, grammar_read_device_id, grammar_read_cdi_name;

#endif
