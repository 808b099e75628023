/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of text into words, as a shell would. */
#include "front/explain.h"

#include <stdlib.h>
#include <string.h>

int explain_split(const char *line, char ***ret, int *ret_n, struct error *reterr)
{
	size_t size = strlen(line) + 1, n = 0;
	char **words = malloc((size + 1) * sizeof(*words) + 2 * size), *out, quote = 0;
	bool in_word = false;

	if (words == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	out = (char *)(words + size + 1);
	for (; *line != '\0'; line++) {
		char c = *line;

		if (quote != '\'' && (c == '$' || c == '`'))
			goto shell;
		if (quote == 0 &&
		    (strchr("|&;<>()*?[]{}\n", c) != NULL || (!in_word && (c == '~' || c == '#'))))
			goto shell;
		if (quote == 0 && (c == ' ' || c == '\t')) {
			if (in_word)
				*out++ = '\0';
			in_word = false;
			continue;
		}
		if (!in_word)
			words[n++] = out;
		in_word = true;
		if (c == quote && quote != 0)
			quote = 0;
		else if (quote == 0 && (c == '\'' || c == '"'))
			quote = c;
		else if (c == '\\' && quote != '\'' && line[1] != '\0')
			*out++ = *++line;
		else
			*out++ = c;
	}
	if (quote != 0)
		goto shell;
	*out = '\0';
	words[n] = NULL;
	*ret = words;
	*ret_n = (int)n;
	return 0;
shell:
	free(words);
	return error_set(reterr, ERR_SYNTAX,
			 "more than one command's words (variables, pipes, patterns): explain what "
			 "the shell makes of it");
}
