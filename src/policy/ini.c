/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/ini.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 49	/* inih cuts section names and keys at 50 */
/* No policy may hold this byte. It stands for a `;` within quotes while inih has the line. */
#define QUOTED_SEMICOLON '\001'

struct reader {
	struct slice rest;
	unsigned line;
	bool in_section;
	bool has_key;		/* since the section began */
	bool continued;		/* the line just handed over */
	const struct policy_ini_events *events;
	void *user;
	struct error *reterr;
	bool failed;
};

/* The first thing that is wrong ends the reading. */
static int refuse(struct reader *r, enum err code, const char *what)
{
	r->failed = true;
	r->reterr->line = r->line;
	return error_set(r->reterr, code, "%s", what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= WORD_MAX && s.p[0] != '-';
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return s.n > 0 && s.n <= 32;
}

static bool is_comment_or_empty(struct slice s)
{
	s = slice_trim(s);
	return s.n == 0 || s.p[0] == ';' || s.p[0] == '#';
}

/* "[kind]" or "[kind name]", and at most a comment behind it. */
static int take_section(struct reader *r, struct slice line)
{
	size_t close = slice_find(line, ']'), space;
	struct slice inside = slice_of(line.p + 1, close - 1), kind, name;
	struct slice behind = slice_after(line, close + 1);
	char *kind_text, *name_text;
	int result = -1;

	if (close == line.n || !is_comment_or_empty(behind) ||
	    (slice_trim(behind).n > 0 && !is_blank(behind.p[0])))
		return refuse(r, ERR_SYNTAX,
			      "expected [rule NAME], [strong NAME], [set NAME], [grant NAME], "
			      "[engine] or [log]");
	space = slice_find(inside, ' ');
	kind = slice_of(inside.p, space);
	name = slice_after(inside, space + 1);
	if (!is_word(kind) || (space < inside.n && !is_name(name)))
		return refuse(r, ERR_SYNTAX,
			      "a section is [KIND] or [KIND NAME], the name 1 to 32 of "
			      "A-Z a-z 0-9 _ -");
	kind_text = slice_dup(kind);
	name_text = slice_dup(name);
	if (kind_text == NULL || name_text == NULL)
		(void)refuse(r, ERR_SYSTEM, "out of memory");
	else
		result = r->events->section(r->user, r->line, kind_text, name_text, r->reterr);
	r->failed = result < 0;
	free(kind_text);
	free(name_text);
	r->in_section = true;
	r->has_key = false;
	return result;
}

/* What a line that is neither comment nor section must look like. */
static int check_key(struct reader *r, struct slice line)
{
	size_t equals = slice_find(line, '=');
	bool indented = is_blank(line.p[0]);
	struct slice key = slice_trim(slice_of(line.p, equals));

	if (!r->in_section)
		return refuse(r, ERR_SYNTAX, "a line before the first section");
	if (indented && equals < line.n && is_word(key))
		return refuse(r, ERR_SYNTAX,
			      "a key begins at the start of its line; what is indented goes on "
			      "with the key above");
	if (indented && !r->has_key)
		return refuse(r, ERR_SYNTAX, "an indented line with no key above it");
	if (!indented && (equals == line.n || !is_word(key)))
		return refuse(r, ERR_SYNTAX, "expected KEY = VALUE");
	r->continued = indented;
	r->has_key = true;
	return 0;
}

static int check_bytes(struct reader *r, struct slice line)
{
	while (line.n > 0) {
		uint32_t point;
		size_t used;

		/* Nearly all of it. */
		if (line.p[0] >= ' ' && line.p[0] <= '~') {
			line = slice_after(line, 1);
			continue;
		}
		used = slice_utf8_next(line, &point);
		if (used == 0)
			return refuse(r, ERR_SYNTAX, "not UTF-8");
		if ((point < 0x20 && point != '\t') || (point >= 0x7f && point < 0xa0) ||
		    point == 0xfeff)
			return refuse(r, ERR_SYNTAX, "a control character, CR or byte order mark");
		line = slice_after(line, used);
	}
	return 0;
}

/* Copies the line; within quotes a `;` is hidden from inih, which knows no quotes. */
static int copy_line(struct reader *r, struct slice line, char *out)
{
	bool quoted = false;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (!quoted && c == ';' && i > 0 && is_blank(line.p[i - 1])) {
			line.n = i;
			break;
		}
		if (c == '"')
			quoted = !quoted;
		out[i] = quoted && c == ';' ? QUOTED_SEMICOLON : c;
	}
	if (quoted)
		return refuse(r, ERR_SYNTAX, "a quote that does not end on its line");
	out[line.n] = '\n';
	out[line.n + 1] = '\0';
	return 0;
}

static int take_line(struct reader *r, struct slice line, char *out, size_t size)
{
	struct slice text = slice_trim(line);

	if (line.n > POLICY_LINE_MAX || line.n + 2 > size)
		return refuse(r, ERR_LIMIT,
			      "the line is too long: continue on the next line, indented");
	if (check_bytes(r, line) < 0)
		return -1;
	if (line.n > 0 && is_blank(line.p[0]) && text.n > 1 && text.p[0] == '#' &&
	    text.p[1] >= '0' && text.p[1] <= '9')
		return refuse(r, ERR_SYNTAX,
			      "a line that begins with # is a comment: put #UID behind another "
			      "user");
	if (is_comment_or_empty(line)) {
		(void)strcpy(out, "\n");
		return 0;
	}
	if (line.p[0] == '[' ? take_section(r, line) < 0 : check_key(r, line) < 0)
		return -1;
	return copy_line(r, line, out);
}

/* inih's idea of fgets(): one line into `out`, NULL at the end, or when the line is refused. */
static char *next_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	struct slice line;

	if (r->failed || r->rest.n == 0)
		return NULL;
	r->line++;
	line = slice_of(r->rest.p, slice_find(r->rest, '\n'));
	r->rest = slice_after(r->rest, line.n + 1);
	return take_line(r, line, out, (size_t)size) == 0 ? out : NULL;
}

/* inih calls this before it reads on: the reader's line is the value's. Returns 1 for success. */
static int on_value(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;
	char *text = strdup(value != NULL ? value : "");
	int result;

	(void)section;
	if (text == NULL)
		return refuse(r, ERR_SYSTEM, "out of memory") == 0;
	for (char *c = text; *c != '\0'; c++)
		if (*c == QUOTED_SEMICOLON)
			*c = ';';
	result = r->failed ? -1 :
		r->events->value(r->user, r->line, key, text, r->continued, r->reterr);
	free(text);
	if (result < 0) {
		r->reterr->line = r->line;
		r->failed = true;
	}
	return result == 0;
}

int policy_ini_read(struct slice text, const struct policy_ini_events *events, void *user,
		    struct error *reterr)
{
	struct reader r = { .rest = text, .events = events, .user = user, .reterr = reterr };
	int result;

	if (text.n > POLICY_FILE_MAX) {
		reterr->line = 0;
		return error_set(reterr, ERR_LIMIT, "the file is larger than %d bytes",
				 POLICY_FILE_MAX);
	}
	result = ini_parse_stream(next_line, &r, on_value, &r);
	if (!r.failed && result != 0) {
		r.line = result > 0 ? (unsigned)result : 0;
		(void)refuse(&r, ERR_SYNTAX, "expected KEY = VALUE");
	}
	return r.failed ? -1 : 0;
}
