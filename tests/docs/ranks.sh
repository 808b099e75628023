#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of ranks by kind in safedocker.conf(5) says what tests/unit/ranks says, which the unit tests hold against
# the program.
set -u
top=${srcdir:-.}
page=$top/man/safedocker.conf.5
command -v awk > /dev/null || { echo 'ranks: no awk here'; exit 77; }
awk -v page="$page" '
	function wrong(text) { print "ranks: " text; failed = 1 }
	/^--/ {
		name = $0
		sub(/ +[^ ]+ +[^ ]+ +[^ ]+$/, "", name)
		expected[name] = $(NF - 2) " Ta " $(NF - 1) " Ta " $NF
	}
	END {
		while ((getline line < page) > 0) {
			if (line !~ /^\.It \\-\\-.* Ta /)
				continue
			n++
			sub(/^\.It /, "", line)
			gsub(/\\-/, "-", line)
			name = line
			sub(/ Ta .*/, "", name)
			ranks = substr(line, length(name) + 5)
			if (!(name in expected)) wrong(name " has no line in tests/unit/ranks")
			else if (expected[name] != ranks) wrong(name ": " ranks ", expected " expected[name])
		}
		if (n < 20) wrong("only " n " rows in the manual")
		exit failed
	}
' "$top/tests/unit/ranks"
