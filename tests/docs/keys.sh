#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each key of the policy (src/policy/key.def) has its row in safedocker.conf(5), in the section in which it may stand, and
# the manual has no row of a key that is none. The keys come from the program's own table, by way of `words`.
set -u
page=${srcdir:-.}/man/safedocker.conf.5
command -v awk > /dev/null || { echo 'keys: no awk here'; exit 77; }
awk -F '\t' -v page="$page" '
	function wrong(text) { print "keys: " text; failed = 1 }
	$1 == "key" {
		n++
		count = split($3, kinds, ",")
		for (i = 1; i <= count; i++)
			has[kinds[i] " " $2] = 1
		if ($5 == "" || $4 == "") wrong($2 " has no meaning, or expects nothing")
	}
	END {
		if (n < 25) wrong("only " n " keys among the words")
		while ((getline line < page) > 0) {
			if (line ~ /^\.S[hs] /) {
				kind = line ~ /^\.Ss \[/ ? line : ""
				sub(/^\.Ss \[/, "", kind)
				sub(/[] ].*/, "", kind)
			}
			if (kind == "" || line !~ /^\.It Ic /)
				continue
			sub(/^\.It Ic /, "", line)
			sub(/ Ns.*/, "", line)
			count = split(line, names, " , ")
			for (i = 1; i <= count; i++) {
				at = kind " " names[i]
				rows[at]++
				if (!(at in has)) wrong(names[i] " has a row in [" kind "] of the manual, and is no key there")
				if (rows[at] > 1) wrong(names[i] " has two rows in [" kind "] of the manual")
			}
		}
		for (at in has) {
			split(at, part, " ")
			# A strong rule has the keys of a rule, of which the manual says so once.
			if (!(at in rows) && !(part[1] == "strong" && ("rule " part[2]) in rows))
				wrong(part[2] " has no row in [" part[1] "] of the manual")
		}
		exit failed
	}' words
