#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What an unprivileged user may do by docker's command line gives the same through safedocker as without it.
. "$SD_HERE/lib.sh"
. "$SD_HERE/cli.sh"
both "$(/usr/bin/docker --version | tr -dc '0-9.' | cut -c1-7)" /usr/bin/docker
