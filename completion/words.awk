# SPDX-License-Identifier: GPL-2.0-or-later
# From the front end's table of words (src/front/word.def) to a script for sed: @words@ are the words, @of_NAME@ what
# may stand behind one, first those that begin a form of it, then the options.
BEGIN { FS = "\"" }
/^WORD\(/ {
	name = $1
	gsub(/^WORD\(|, *$/, "", name)
	all = all (all == "" ? "" : " ") name
	gsub(/[][]/, " & ", $2)
	n = split($2, token, " ")
	words = options = ""
	begins = 1
	for (i = 1; i <= n; i++) {
		if (begins && token[i] ~ /^[a-z]+$/)
			words = words " " token[i]
		else if (token[i] ~ /^--[a-z-]+$/ && index(options " ", " " token[i] " ") == 0)
			options = options " " token[i]
		begins = token[i] == "|" || (token[i] == "[" && i == 1)
	}
	of = words options
	sub(/^ /, "", of)
	printf "s|@of_%s@|%s|g\n", name, of
}
END { printf "s|@words@|%s|g\n", all }
