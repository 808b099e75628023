/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SAFEDOCKER_RUNTIME_INFO_H
#define SAFEDOCKER_RUNTIME_INFO_H
enum cgroup_driver { CGROUP_UNKNOWN = 0, CGROUP_CGROUPFS, CGROUP_SYSTEMD };
#endif
