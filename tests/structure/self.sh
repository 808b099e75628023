#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/structure/structure finds what it is there to find: a small tree that is clean, then one fault at a time.
set -u
command -v python3 > /dev/null || { echo 'self: no python3 here'; exit 77; }
top=$(cd "${srcdir:-.}" && pwd) failed=0
tree=$(mktemp -d) || exit 99
trap 'rm -rf "$tree"' EXIT
fail() { echo "self: $*"; failed=1; }

# A tree of its own, with the real tables of layers and of the C library.
fresh() {
	rm -rf "$tree/src" "$tree/tests"
	mkdir -p "$tree/src/common" "$tree/src/wire" "$tree/src/policy" "$tree/tests/structure"
	cp "$top/tests/structure/layers" "$top/tests/structure/libc" "$tree/tests/structure"
	printf 'ring all 10 4 a reason\n\tsrc/*\n' > "$tree/tests/structure/rings"
	: > "$tree/tests/structure/exceptions"
	printf '/* A comment. */\nint one(void)\n{\n\treturn 1;\n}\n' > "$tree/src/common/one.c"
}
look() { (cd "$tree" && srcdir=$tree "$top/tests/structure/structure" "$@" 2>&1); }

# clean WHAT, finds WHAT WORDS
clean() { out=$(look) || fail "$1: nothing is wrong there: $out"; }
finds() {
	if out=$(look); then fail "$1: not found"; fi
	case $out in *"$2"*) ;; *) fail "$1: it says: $out" ;; esac
}
# allow LINE: a list of exceptions with that line alone
allow() { echo "$1" > "$tree/tests/structure/exceptions"; }
# ring CEILING
ring() { printf 'ring all 10 %s a reason\n\tsrc/*\n' "$1" > "$tree/tests/structure/rings"; }
lines() { i=0; while [ "$i" -lt "$1" ]; do i=$((i + 1)); printf '%s\n' "$2"; done; }

fresh
clean 'a small tree'

printf '#include "common/one.h"\n' > "$tree/src/wire/good.h"; ring 5
clean 'wire knows common'
printf '#include "policy/policy.h"\n' > "$tree/src/wire/good.h"
finds 'an include of an upper layer' 'src/wire/good.h:1: wire must not know policy'
mkdir "$tree/src/new"; mv "$tree/src/wire/good.h" "$tree/src/new"
finds 'a directory that is not in the table' 'src/new has no line in tests/structure/layers'

fresh; ring 3
finds 'a ring over its ceiling' 'ring all has 4 lines of code, 3 is its ceiling'
look sink > /dev/null; grep -q '^ring all 10 3 a' "$tree/tests/structure/rings" || fail 'sink raised a ceiling'
ring 9; look sink > /dev/null
grep -q '^ring all 10 4 a reason$' "$tree/tests/structure/rings" || fail 'sink did not lower a ceiling'
printf 'int x = 1; /* %0150d */\n' 0 > "$tree/src/common/wide.h"; ring 5; allow 'columns src/common/wide.h 1'
clean 'a comment is no code'
printf 'int x = %0150d;\n' 0 > "$tree/src/common/wide.h"
finds 'a wide line counts as it would be wrapped' 'ring all has 6 lines'

fresh; ring 900
lines 445 '/* no code */' >> "$tree/src/common/one.c"
clean 'a file of 450 lines'
echo >> "$tree/src/common/one.c"
finds 'a long file' 'src/common/one.c: 451 lines'
allow 'file src/common/one.c 451'
clean 'a long file that is listed'
allow 'file src/common/one.c 452'
finds 'a figure that has sunk' 'has 451, not 452 any more'
allow 'file src/common/two.c 452'
finds 'an exception without its file' 'has 0, not 452 any more'
look sink > /dev/null
[ -s "$tree/tests/structure/exceptions" ] && fail 'sink kept an exception that is not needed, or made one'

fresh; ring 900
{ printf 'int long_one(void)\n{\n'; lines 58 '	;'; printf '}\n'; } > "$tree/src/common/long.c"
clean 'a function of 60 lines'
{ printf 'int long_one(void)\n{\n'; lines 59 '	;'; printf '}\n'; } > "$tree/src/common/long.c"
finds 'a long function' 'src/common/long.c:long_one: 61 lines'

fresh; ring 900
printf 'int x; /*%089d*/\n' 0 > "$tree/src/common/wide.h"
clean 'a line of 100 columns'
printf '\tint x; /*%082d*/\n' 0 > "$tree/src/common/wide.h"
finds 'a line of 101 columns, its tab counted as 8' 'src/common/wide.h: 1 lines over 100 columns'

fresh; ring 900
body() { for word in alpha beta gamma delta epsilon zeta; do [ "$word" = "$1" ] || printf '\t%s = twice(%s);\n\n' $word $word; done; }
{ printf 'void first(void)\n{\n'; body none; printf '}\nvoid second(void)\n{\n'; body none; printf '}\n'; } > "$tree/src/common/same.c"
finds 'the same six lines twice' 'src/common/same.c:first src/common/same.c:second: 6 equal lines'
allow 'same src/common/same.c:first src/common/same.c:second 6'
clean 'the same six lines, listed'
: > "$tree/tests/structure/exceptions"
{ printf 'void first(void)\n{\n'; body none; printf '}\nvoid second(void)\n{\n'; body zeta; printf '}\n'; } > "$tree/src/common/same.c"
clean 'the same five lines'

# Symbols: libraries beside the tree, as a build has them.
if command -v "${CC:-cc}" > /dev/null && command -v nm > /dev/null; then
	fresh; ring 900
	library() {	# LAYER C-TEXT
		printf '%s\n' "$2" > "$tree/$1.c"
		${CC:-cc} -w -c -o "$tree/$1.o" "$tree/$1.c" && rm -f "$tree/lib$1.a" && ar cr "$tree/lib$1.a" "$tree/$1.o"
	}
	for layer in common model wire policy docker judge; do
		library $layer "int ${layer}_one(void) { return 1; }" || fail "no library for $layer"
	done
	clean 'libraries that take nothing'
	library docker 'int common_one(void); unsigned long strlen(const char *s); int docker_one(void) { return common_one() + strlen("x"); }'
	clean 'a lower layer, and a function of the C library that only looks at memory'
	library docker 'int open(const char *p, int f); int docker_one(void) { return open("/", 0); }'
	finds 'I/O of the C library' 'libdocker.a: open is not among what may be taken from outside'
	library docker 'int judge_one(void); int docker_one(void) { return judge_one(); }'
	finds 'a symbol of an upper layer' 'libdocker.a: judge_one is of the layer judge'
	library docker 'void *json_load_file(void); void *docker_one(void) { return json_load_file(); }'
	finds 'a door of jansson to files' 'libdocker.a: json_load_file is not among'
else
	echo 'self: symbols are not tried: no compiler or nm here'
fi
exit $failed
