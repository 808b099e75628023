#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same with another docker command line, where one is installed beside the distribution's.
. "$SD_HERE/lib.sh"
. "$SD_HERE/cli.sh"
if [ -x /usr/local/bin/docker ]; then
	both "$(/usr/local/bin/docker --version | tr -dc '0-9.' | cut -c1-6)" /usr/local/bin/docker
else
	skip 'another docker command line' 'there is no /usr/local/bin/docker'
fi
