#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual page and the completion's words hold every row of the tables, and the page is clean mdoc.
set -u
top=${srcdir:-.}
page=man/safedocker-flags.7 words=words failed=0
fail() { echo "tables: $*"; failed=1; }

# has KIND NAME: a line of the words that begins so
tab=$(printf '\t')
has() { grep -q -F -e "$1$tab$2$tab" "$words" || fail "no $1 $2 among the words"; }

# The rows as they stand in the source, by themselves.
rows() { sed -n 's/^'"$1"'([^"]*"\([^"]*\)".*/\1/p' "$top/src/model/$2.def"; }
text=$(mktemp) || exit 99
trap 'rm -f "$text"' EXIT
# Without what only troff reads.
sed 's/\\&//g; s/\\-/-/g; s/\\(ti/~/g' "$page" > "$text"
in_page() { grep -q -e "^\.It $1[ =<]" "$text" || fail "$1 is not in the manual page"; }

n=0
for kind in verb flag set; do
	upper=$(echo $kind | tr a-z A-Z)
	list=$(rows "$upper" $kind)
	while read -r name; do
		n=$((n + 1))
		has $kind "$name"
		case $kind in set) grep -q -e "^\.It @$name\$" "$text" || fail "@$name is not in the page" ;; *) in_page "$name" ;; esac
	done <<-EOF
	$list
	EOF
done
[ $n -gt 150 ] || fail "only $n rows were found in the tables"
list=$(sed -n 's/^VERB_ALIAS("\([^"]*\)".*/\1/p' "$top/src/model/verb.def")
while read -r name; do has alias "$name"; done <<EOF
$list
EOF
list=$(sed -n 's/^FLAG_CLIENT("\([^"]*\)".*/\1/p' "$top/src/model/flag.def")
while read -r name; do
	has client "$name"
	grep -q -e "^\.It $name\$" "$text" || fail "$name is not in the page"
done <<EOF
$list
EOF
grep -q -F "fly$tab" "$words" && fail 'words that no table has'

if command -v mandoc > /dev/null; then
	# Whether the pages that it points to are installed is not the page's matter.
	found=$(mandoc -Tlint "$page" | grep -v 'referenced manual not found')
	[ -z "$found" ] || fail "$found"
else
	echo 'tables: no mandoc here, so the page is not linted'
fi
exit $failed
