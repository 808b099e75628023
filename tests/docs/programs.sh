#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The layers of the setgid programs: who may include whom, and that each main() has its line. What is linked from them
# is looked at on the installed programs (tests/integration/t_143_programs.sh).
set -u
top=${srcdir:-.}/src failed=0
fail() { echo "programs: $*"; failed=1; }

# only LAYER OTHER…: whom a layer includes of ours, beside itself
only() {
	layer=$1
	shift
	n=0
	for file in "$top/$layer"/*.[ch]; do
		n=$((n + 1))
		for included in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
			case " $layer $* " in *" $included "*) ;; *) fail "src/$layer/$(basename "$file") includes $included/" ;; esac
		done
	done
	[ $n -gt 4 ] || fail "src/$layer: only $n files were found"
}
only setgid common model policy docker
only auth common model policy setgid
only record common model policy setgid
only helper common model wire policy docker judge setgid
# Of docker, the common stages read the list of what root gave away, and nothing that a client says.
others=$(grep -h '^#include "docker/' "$top"/setgid/*.[ch] | sort -u | grep -v '"docker/adopted.h"')
[ -z "$others" ] || fail "src/setgid: $others"
grep -qF '/* --- no byte of HTTP has been read above this line --- */' "$top/helper/main.c" || fail 'src/helper/main.c: its line is not there'
grep -qF '/* --- no byte of a record, a recording or a request has been read above this line --- */' "$top/record/main.c" ||
	fail 'src/record/main.c: its line is not there'
exit $failed
