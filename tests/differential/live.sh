#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where Go is installed: the vectors are what it says today, and what the golden cases forward means to it what
# it means to us.
set -eu
top=${srcdir:-.}
if ! command -v go > /dev/null; then
	echo 'SKIP: no Go here (Debian: golang-go)'
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$top/tests/differential/view.go" "$work/"
(cd "$work" && HOME=$work GOCACHE=$work/cache GO111MODULE=off GOFLAGS='' go build -o view view.go) || {
	echo 'SKIP: Go is here, but builds nothing'
	exit 77
}
"$work/view" < "$top/tests/differential/hostile" > "$work/vectors"
# Newer ones word their errors differently.
strip() { sed 's/"error":"[^"]*"/"error":"x"/; s/"error":"x[^}]*}/"error":"x"}/' "$1"; }
strip "$top/tests/differential/vectors" > "$work/frozen"
strip "$work/vectors" > "$work/now"
if ! cmp -s "$work/frozen" "$work/now"; then
	echo "FAIL: this Go ($(go version)) understands something differently:"
	diff "$work/frozen" "$work/now" | head -20
	exit 1
fi
tests/differential/differential rendered > "$work/rendered"
"$work/view" < "$work/rendered" > "$work/views"
tests/differential/differential compare "$work/views"
