/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "policy/ini.h"
#include "policy/pattern.h"
#include "policy/strong.h"

#define IMAGES_OWN "own"	/* in `images`: those that the caller made */
#define CONTAINERS_MAX 100000	/* and of the others that are counted */
#define NETWORKS 8	/* where a rule says nothing: an engine has addresses for some thirty in all */
#define UPTIME_MAX (1ULL << 40)

/* Two steps: the text becomes sections of words; when all files are read, words become rules. */

struct word {
	char *text;		/* owned */
	const char *file;	/* borrowed from policy->files */
	unsigned line;
};

struct words {
	struct word *list;	/* owned */
	size_t n;
};

enum section_kind { SECTION_RULE = 1, SECTION_STRONG = 2, SECTION_SET = 4, SECTION_GRANT = 8 };

struct section {
	enum section_kind kind;
	char *name;		/* owned */
	const char *file;
	unsigned line;
	size_t next;		/* of those with the like name, counted from 1; 0: the last */
	struct words users, verbs, flags, force, images, hosts, hours;
	uint64_t seen;		/* of the keys that stand once: their places in `scalars` */
	bool scope_all;
	enum root_mode root;
	long containers, networks, volumes;
	bool unsafe_binds;
	time_t from, until;	/* 0: always, never */
	struct strong strong;	/* of [strong] alone */
	bool record_max;	/* and says how large a recording may be */
	char *ticket, *why;	/* owned; NULL where they do not stand */
	char *boot;		/* of [grant] alone; owned */
	long long uptime;	/* and the second of that boot's clock in which it is over */
	struct hours *windows;	/* owned; one for each word of `hours` */
	int visiting;		/* while sets are followed: a cycle meets itself */
};

enum pattern_kind { PATTERN_BARE = 1, PATTERN_VALUE, PATTERN_MAXIMUM };

struct flag_pattern {
	enum flag flag;
	enum verb verb;		/* VERB_NONE: every verb of the rule that has the flag */
	enum pattern_kind kind;
	const char *text;	/* borrowed from a word */
	long long number;
};

#define VERB_WORDS ((VERB_MAX + 63) / 64)
#define FLAG_WORDS ((FLAG_MAX + 63) / 64)

struct rule {
	const struct section *section;
	uint64_t verbs[VERB_WORDS];
	uint64_t bare[FLAG_WORDS];	/* flags listed without a value, for every verb */
	uint64_t bounded[FLAG_WORDS];	/* flags with a maximum */
	struct flag_pattern *patterns;	/* owned; all but the plain bare ones */
	size_t n_patterns;
	struct setting *settings;	/* owned */
	size_t n_settings, n_forced;	/* forced ones first, maxima behind */
	char *verbs_text, *flags_text, *images_text;	/* owned; as the rule says it, for denials */
};

#define SECTION_CHAINS 1024	/* a power of two */

struct policy {
	char *files[POLICY_FILES_MAX];	/* owned; names */
	size_t n_files;
	struct section *sections;	/* owned */
	size_t n_sections;
	size_t chains[SECTION_CHAINS];	/* sections by their name: the first of each chain, counted from 1; 0: none */
	struct rule *rules;		/* owned */
	size_t n_rules;
	char *socket, *log_file;	/* owned */
	bool log_reads;
	long long log_day;
};

/* --- errors and small helpers -------------------------------------------------------- */
static int fail_at(struct error *reterr, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail_at(struct error *reterr, const char *file, unsigned line, const char *format, ...)
{
	char what[600];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (reterr != NULL)
		reterr->line = line;
	return error_set(reterr, ERR_SYNTAX, "%s:%u: %s", file, line, what);
}

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

static bool has_bit(const uint64_t *set, unsigned bit)
{
	return (set[bit / 64] >> (bit % 64) & 1) != 0;
}

static void set_bit(uint64_t *set, unsigned bit)
{
	set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Room for one more at the end of a list that doubles; NULL when memory is out. */
static void *grow(void *list, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return list;
	return realloc(list, (n == 0 ? 1 : n * 2) * size);
}

/* Levenshtein's distance, as far as it matters here: short words, small results. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], na = strlen(a), nb = strlen(b);

	if (na >= 64 || nb >= 64)
		return 64;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0]++;

		for (size_t j = 1; j <= nb; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

/* ", did you mean X?" for the nearest of `n` names, or nothing. */
static const char *suggestion(char *out, size_t size, const char *given, const char *(*name)(int), int n)
{
	size_t best = 3;

	out[0] = '\0';
	for (int i = 1; i < n; i++) {
		size_t d = distance(given, name(i));

		if (d < best && d < strlen(given)) {
			best = d;
			(void)snprintf(out, size, ", did you mean %s?", name(i));
		}
	}
	return out;
}

static const char *nth_verb(int i)
{
	return verb_name((enum verb)i);
}

static const char *nth_flag(int i)
{
	return flag_name((enum flag)i);
}

/* --- text to sections ------------------------------------------------------------------- */
struct parsing {
	struct policy *policy;
	const char *file;
	struct section *section;	/* NULL in [engine] and [log] */
	char kind[64];
	unsigned kind_line;
	char last_key[64];
	const char *seen_engine, *seen_log;	/* where they stood */
};

static size_t chain_of(const char *name)
{
	size_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h & (SECTION_CHAINS - 1);
}

static struct section *find_section(const struct policy *p, enum section_kind kind, const char *name)
{
	for (size_t i = p->chains[chain_of(name)]; i != 0; i = p->sections[i - 1].next)
		if (p->sections[i - 1].kind == kind && strcmp(p->sections[i - 1].name, name) == 0)
			return &p->sections[i - 1];
	return NULL;
}

static int add_section(struct parsing *s, unsigned line, enum section_kind kind, const char *name,
		       struct error *reterr)
{
	struct policy *p = s->policy;
	const struct section *same = find_section(p, kind, name);
	struct section *list;

	if (*name == '\0')
		return fail_at(reterr, s->file, line, "the section needs a name: [%s NAME]", s->kind);
	/* A rule may be granted to several. */
	if (same != NULL && kind != SECTION_GRANT)
		return fail_at(reterr, s->file, line, "[%s %s] stands at %s:%u already", s->kind, name, same->file,
			       same->line);
	if (kind == SECTION_SET && set_by_name(slice_str(name)) != 0)
		return fail_at(reterr, s->file, line, "@%s is a built-in set; choose another name", name);
	if (p->n_sections == POLICY_RULES_MAX)
		return fail_at(reterr, s->file, line, "more than %d rules and sets", POLICY_RULES_MAX);
	list = grow(p->sections, p->n_sections, sizeof(*list));
	if (list == NULL)
		return out_of_memory(reterr);
	p->sections = list;
	s->section = &list[p->n_sections++];
	*s->section = (struct section){ .kind = kind, .name = strdup(name), .file = s->file, .line = line };
	s->section->strong.remember = STRONG_REMEMBER;
	s->section->strong.record_max = STRONG_RECORD;
	if (s->section->name == NULL)
		return out_of_memory(reterr);
	s->section->next = p->chains[chain_of(name)];
	p->chains[chain_of(name)] = p->n_sections;
	return 0;
}

static int on_section(void *user, unsigned line, const char *kind, const char *name, struct error *reterr)
{
	static const struct { const char *word; enum section_kind kind; } named[] = {
		{ "rule", SECTION_RULE }, { "strong", SECTION_STRONG }, { "set", SECTION_SET },
		{ "grant", SECTION_GRANT },
	};
	struct parsing *s = user;
	bool engine = strcmp(kind, "engine") == 0, log = strcmp(kind, "log") == 0;
	const char **seen = engine ? &s->seen_engine : &s->seen_log;

	(void)snprintf(s->kind, sizeof(s->kind), "%s", kind);
	s->section = NULL;
	s->last_key[0] = '\0';
	s->kind_line = line;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strcmp(kind, named[i].word) == 0)
			return add_section(s, line, named[i].kind, name, reterr);
	if (!engine && !log)
		return fail_at(reterr, s->file, line, "unknown section [%s], expected [rule NAME], [strong NAME], "
			       "[set NAME], [grant NAME], [engine] or [log]", kind);
	if (*name != '\0' || *seen != NULL)
		return fail_at(reterr, s->file, line, "[%s] stands once, without a name", kind);
	*seen = s->file;
	return 0;
}

/* --- lists -------------------------------------------------------------------------------- */
static int add_word(struct words *words, struct slice text, const struct parsing *s, unsigned line,
		    struct error *reterr)
{
	struct word *list;

	text = slice_trim(text);
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"') {
		text = slice_of(text.p + 1, text.n - 2);
	} else {
		/* A quote may also begin behind the flag: --label="a,b". */
		size_t quote = slice_find(text, '"');

		if (quote < text.n && !(quote > 0 && text.p[quote - 1] == '=' && text.p[text.n - 1] == '"'))
			return fail_at(reterr, s->file, line, "a quote in the middle of a value");
	}
	if (text.n == 0)
		return fail_at(reterr, s->file, line, "an empty item in the list");
	list = grow(words->list, words->n, sizeof(*list));
	if (list == NULL)
		return out_of_memory(reterr);
	words->list = list;
	list[words->n] = (struct word){ .text = slice_dup(text), .file = s->file, .line = line };
	if (list[words->n].text == NULL)
		return out_of_memory(reterr);
	/* --flag="value" loses its quotes. */
	if (slice_find(text, '"') < text.n) {
		char *from = list[words->n].text, *to = from;

		for (; *from != '\0'; from++)
			if (*from != '"')
				*to++ = *from;
		*to = '\0';
	}
	words->n++;
	return 0;
}

/* Items are separated by commas and line ends; a comma at a line's end ends nothing twice. */
static int add_words(struct words *words, const char *value, const struct parsing *s, unsigned line,
		     struct error *reterr)
{
	struct slice rest = slice_trim(slice_str(value));

	if (rest.n == 0)
		return fail_at(reterr, s->file, line, "%s needs a value", s->last_key);
	while (rest.n > 0) {
		bool quoted = false;
		size_t i;

		for (i = 0; i < rest.n && (quoted || rest.p[i] != ','); i++)
			if (rest.p[i] == '"')
				quoted = !quoted;
		if (add_word(words, slice_of(rest.p, i), s, line, reterr) < 0)
			return -1;
		rest = slice_trim(slice_after(rest, i + 1));
	}
	return 0;
}

/* --- keys ----------------------------------------------------------------------------------- */
static struct words *list_of(struct section *s, const char *key)
{
	if (s->kind == SECTION_GRANT)
		return strcmp(key, "users") == 0 ? &s->users : NULL;
	if (strcmp(key, "verbs") == 0)
		return &s->verbs;
	if (strcmp(key, "flags") == 0)
		return &s->flags;
	if (s->kind == SECTION_SET)
		return NULL;
	if (strcmp(key, "users") == 0)
		return &s->users;
	if (strcmp(key, "force") == 0)
		return &s->force;
	if (strcmp(key, "images") == 0)
		return &s->images;
	if (strcmp(key, "hosts") == 0)
		return &s->hosts;
	if (strcmp(key, "hours") == 0 && s->kind == SECTION_STRONG)
		return &s->hours;
	return NULL;
}

static int twice(const struct parsing *s, unsigned line, const char *key, struct error *reterr)
{
	return fail_at(reterr, s->file, line, "%s stands twice in this section; a list goes on with indented "
		       "lines", key);
}

/* Where one of a few words is meant; `names` ends with NULL. Returns its index, -1 for none. */
static int one_of(const char *value, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return -1;
}

static int take_scope(struct section *s, const char *value)
{
	static const char *const names[] = { "own", "all", NULL };
	int which = one_of(value, names);

	s->scope_all = which == 1;
	return which;
}

static int take_root(struct section *s, const char *value)
{
	static const char *const names[] = {
		[ROOT_NEVER] = "never", [ROOT_CLOSED] = "closed", [ROOT_OPEN] = "open", NULL,
	};
	int which = one_of(value, names);

	if (which == ROOT_OPEN && s->kind != SECTION_STRONG)
		which = -1;
	s->root = which < 0 ? ROOT_NEVER : (enum root_mode)which;
	return which;
}

static int take_limit(const char *value, long *ret)
{
	unsigned long long n;

	if (slice_to_u64(slice_str(value), CONTAINERS_MAX, &n) < 0 || n == 0)
		return -1;
	*ret = (long)n;
	return 0;
}

static int take_containers(struct section *s, const char *value)
{
	return take_limit(value, &s->containers);
}

static int take_networks(struct section *s, const char *value)
{
	return take_limit(value, &s->networks);
}

static int take_volumes(struct section *s, const char *value)
{
	return take_limit(value, &s->volumes);
}

static int take_binds(struct section *s, const char *value)
{
	s->unsafe_binds = strcmp(value, "unsafe-races") == 0;
	return s->unsafe_binds ? 0 : -1;
}

static int take_from(struct section *s, const char *value)
{
	return pattern_from(value, &s->from);
}

static int take_until(struct section *s, const char *value)
{
	return pattern_until(value, &s->until);
}

static int take_why(struct section *s, const char *value)
{
	if (*value == '\0' || strlen(value) > 512)
		return -1;
	s->why = strdup(value);
	return s->why != NULL ? 0 : -1;
}

static int take_reason(struct section *s, const char *value)
{
	static const char *const names[] = {
		[REASON_REQUIRED] = "required", [REASON_OPTIONAL] = "optional", [REASON_NEVER] = "never", NULL,
	};
	int which = one_of(value, names);

	s->strong.reason = which < 0 ? REASON_REQUIRED : (enum reason_need)which;
	return which;
}

static int take_password(struct section *s, const char *value)
{
	static const char *const names[] = {
		[PASSWORD_YES] = "yes", [PASSWORD_IF_SET] = "if-set", [PASSWORD_NO] = "no", NULL,
	};
	int which = one_of(value, names);

	s->strong.password = which < 0 ? PASSWORD_YES : (enum password_need)which;
	return which;
}

static int take_ticket(struct section *s, const char *value)
{
	if (*value == '\0' || strlen(value) > 64 || strchr(value, ' ') != NULL)
		return -1;
	s->ticket = strdup(value);
	return s->ticket != NULL ? 0 : -1;
}

static int take_remember(struct section *s, const char *value)
{
	return strong_duration(value, 0, STRONG_REMEMBER_MAX, &s->strong.remember);
}

static int take_max_runtime(struct section *s, const char *value)
{
	return strong_duration(value, 60, STRONG_RUNTIME_MAX, &s->strong.max_runtime);
}

static int take_record(struct section *s, const char *value)
{
	static const char *const names[] = { "no", "yes", "with-input", NULL };
	int which = one_of(value, names);

	s->strong.record = which > 0;
	s->strong.record_input = which == 2;
	return which;
}

static int take_record_max(struct section *s, const char *value)
{
	long long *bytes = &s->strong.record_max;

	s->record_max = pattern_number(VALUE_BYTES, value, bytes) == 0 && *bytes >= STRONG_RECORD_MIN &&
		*bytes <= STRONG_RECORD_MAX;
	return s->record_max ? 0 : -1;
}

static int take_boot(struct section *s, const char *value)
{
	if (strlen(value) != 36 || strspn(value, "0123456789abcdef-") != 36)
		return -1;
	s->boot = strdup(value);
	return s->boot != NULL ? 0 : -1;
}

static int take_uptime(struct section *s, const char *value)
{
	unsigned long long n;

	if (slice_to_u64(slice_str(value), UPTIME_MAX, &n) < 0 || n == 0)
		return -1;
	s->uptime = (long long)n;
	return 0;
}

/* The keys that stand once and have one value: in which sections, and what is expected. */
static const struct {
	const char *key;
	int sections;
	int (*take)(struct section *section, const char *value);	/* -1: that is no value of it */
	const char *expected;
} scalars[] = {
	{ "scope", SECTION_RULE | SECTION_STRONG, take_scope, "own or all" },
	{ "root", SECTION_RULE | SECTION_STRONG, take_root,
	  "never or closed; open, with which root inside is root of the host, may stand only in a [strong NAME] section" },
	{ "containers", SECTION_RULE | SECTION_STRONG, take_containers, "a number from 1 to 100000" },
	{ "networks", SECTION_RULE | SECTION_STRONG, take_networks, "a number from 1 to 100000" },
	{ "volumes", SECTION_RULE | SECTION_STRONG, take_volumes, "a number from 1 to 100000" },
	{ "until", SECTION_RULE | SECTION_STRONG | SECTION_GRANT, take_until, "YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+hh:mm" },
	{ "why", SECTION_RULE | SECTION_STRONG | SECTION_GRANT, take_why, "1 to 512 characters" },
	{ "from", SECTION_STRONG, take_from, "YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+hh:mm" },
	{ "binds", SECTION_STRONG, take_binds, "unsafe-races" },
	{ "reason", SECTION_STRONG, take_reason, "required, optional or never" },
	{ "ticket", SECTION_STRONG, take_ticket, "a pattern of 1 to 64 characters without a space" },
	{ "password", SECTION_STRONG, take_password, "yes, if-set or no" },
	{ "remember", SECTION_STRONG, take_remember, "0, or a number with s, m or h, at most 8h" },
	{ "max-runtime", SECTION_STRONG, take_max_runtime, "a number with s, m, h or d, from 1m to 366d" },
	{ "record", SECTION_STRONG, take_record, "yes, with-input or no" },
	{ "record-max", SECTION_STRONG, take_record_max, "bytes, or a number with k, m or g, from 4k to 64g" },
	{ "boot", SECTION_GRANT, take_boot, "an id as in /proc/sys/kernel/random/boot_id" },
	{ "uptime", SECTION_GRANT, take_uptime, "seconds since the machine's start" },
};

static const char *keys_of(enum section_kind kind)
{
	switch (kind) {
	case SECTION_SET:
		return "verbs or flags";
	case SECTION_STRONG:
		return "users, verbs, flags, force, images, scope, root, containers, networks, "
		       "volumes, binds, hosts, reason, "
		       "ticket, password, remember, from, until, hours, max-runtime, record, "
		       "record-max or why";
	case SECTION_GRANT:
		return "users, until, boot, uptime or why";
	case SECTION_RULE:
	default:
		return "users, verbs, flags, force, images, scope, root, containers, networks, "
		       "volumes, until, hosts or why";
	}
}

/* Which words of the line are meant. Always -1. */
static int blame(struct error *reterr, const char *text)
{
	if (reterr != NULL && *reterr->at == '\0')
		(void)snprintf(reterr->at, sizeof(reterr->at), "%.99s", text);
	return -1;
}

static int scalar(struct parsing *s, unsigned line, const char *key, const char *value, struct error *reterr)
{
	struct section *section = s->section;
	size_t i = 0, n = sizeof(scalars) / sizeof(scalars[0]);

	while (i < n && strcmp(scalars[i].key, key) != 0)
		i++;
	if (i < n && (scalars[i].sections & (int)section->kind) == 0 && section->kind == SECTION_RULE)
		return fail_at(reterr, s->file, line, "%s may stand only in a [strong NAME] section", key);
	if (i == n || (scalars[i].sections & (int)section->kind) == 0)
		return fail_at(reterr, s->file, line, "unknown key %s in [%s], expected %s", key, s->kind,
			       keys_of(section->kind));
	if ((section->seen >> i & 1) != 0)
		return twice(s, line, key, reterr);
	section->seen |= UINT64_C(1) << i;
	if (scalars[i].take(section, value) < 0) {
		(void)fail_at(reterr, s->file, line, "%s = %s: expected %s", key, value, scalars[i].expected);
		return blame(reterr, value);
	}
	return 0;
}

static bool path_is_plain(const char *path)
{
	struct slice rest = slice_str(path);

	if (*path != '/' || path[1] == '\0' || !slice_is_clean_text(rest))
		return false;
	while (rest.n > 0) {
		struct slice part;

		rest = slice_after(rest, 1);
		part = slice_of(rest.p, slice_find(rest, '/'));
		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return false;
		rest = slice_after(rest, part.n);
	}
	return true;
}

static int take_path(char **slot, const struct parsing *s, unsigned line, const char *value,
		     struct error *reterr)
{
	if (*slot != NULL)
		return twice(s, line, s->last_key, reterr);
	if (!path_is_plain(value))
		return fail_at(reterr, s->file, line, "%s must be an absolute path without . and ..", value);
	*slot = strdup(value);
	return *slot != NULL ? 0 : out_of_memory(reterr);
}

static int global(struct parsing *s, unsigned line, const char *key, const char *value, struct error *reterr)
{
	struct policy *p = s->policy;
	bool engine = strcmp(s->kind, "engine") == 0;

	if (engine && strcmp(key, "socket") == 0)
		return take_path(&p->socket, s, line, value, reterr);
	if (!engine && strcmp(key, "file") == 0)
		return take_path(&p->log_file, s, line, value, reterr);
	if (!engine && strcmp(key, "reads") == 0) {
		p->log_reads = strcmp(value, "yes") == 0;
		if (!p->log_reads && strcmp(value, "no") != 0)
			return fail_at(reterr, s->file, line, "reads is yes or no, not %s", value);
		return 0;
	}
	if (!engine && strcmp(key, "day-max") == 0) {
		if (pattern_number(VALUE_BYTES, value, &p->log_day) < 0 ||
		    p->log_day < POLICY_LOG_DAY_MIN || p->log_day > POLICY_LOG_DAY_MAX)
			return fail_at(reterr, s->file, line,
				       "day-max = %s: expected bytes, or a number with k, m or g, "
				       "from 1m to 1t",
				       value);
		return 0;
	}
	return fail_at(reterr, s->file, line, "unknown key %s in [%s], expected %s", key, s->kind,
		       engine ? "socket" : "file, reads or day-max");
}

static int on_value(void *user, unsigned line, const char *key, const char *value, bool continued,
		    struct error *reterr)
{
	struct parsing *s = user;
	struct words *words = s->section != NULL ? list_of(s->section, key) : NULL;

	if (!continued && words != NULL && words->n > 0)
		return twice(s, line, key, reterr);
	(void)snprintf(s->last_key, sizeof(s->last_key), "%s", key);
	if (words != NULL)
		return add_words(words, value, s, line, reterr);
	if (continued)
		return fail_at(reterr, s->file, line, "%s is one line", key);
	return s->section != NULL ? scalar(s, line, key, value, reterr) : global(s, line, key, value, reterr);
}

/* --- sections to rules -------------------------------------------------------------------------- */
typedef int take_word(struct rule *rule, const struct word *word, bool own, struct error *reterr);

/* Calls `take` for each word, those of named sets included. `own`: it stands in the rule itself. */
static int each_word(const struct policy *p, struct rule *rule, const struct section *in, bool verbs, bool own,
		     take_word *take, struct error *reterr)
{
	const struct words *words = verbs ? &in->verbs : &in->flags;

	for (size_t i = 0; i < words->n; i++) {
		const struct word *w = &words->list[i];
		struct section *set;
		int r;

		if (w->text[0] != '@' || set_by_name(slice_str(w->text + 1)) != 0) {
			if (take(rule, w, own, reterr) < 0)
				return blame(reterr, w->text);
			continue;
		}
		set = find_section(p, SECTION_SET, w->text + 1);
		if (set == NULL) {
			(void)fail_at(reterr, w->file, w->line, "unknown set %s", w->text);
			return blame(reterr, w->text);
		}
		if (set->visiting)
			return fail_at(reterr, w->file, w->line, "set %s contains itself", w->text);
		set->visiting = 1;
		r = each_word(p, rule, set, verbs, false, take, reterr);
		set->visiting = 0;
		if (r < 0)
			return -1;
	}
	return 0;
}

/* What a built-in set stands for: the same in every rule, so it is gathered once. */
static const struct built_in {
	bool known;
	uint64_t verbs[VERB_WORDS], flags[FLAG_WORDS];
} *built_in_set(unsigned set)
{
	static struct built_in all[SET_INDEX_MAX];
	struct built_in *b = &all[__builtin_ctz(set)];

	for (int v = VERB_NONE + 1; !b->known && v < VERB_MAX; v++)
		if ((verb_sets((enum verb)v) & set) != 0)
			set_bit(b->verbs, (unsigned)v);
	for (int f = FLAG_NONE + 1; !b->known && f < FLAG_MAX; f++)
		if (flag_rank((enum flag)f) == RANK_C && (set == SET_EVERYDAY || flag_in_sets((enum flag)f, set)))
			set_bit(b->flags, (unsigned)f);
	b->known = true;
	return b;
}

static void set_bits(uint64_t *set, const uint64_t *more, size_t words)
{
	for (size_t i = 0; i < words; i++)
		set[i] |= more[i];
}

static bool is_strong(const struct rule *rule)
{
	return rule->section->kind == SECTION_STRONG;
}

static int take_verb(struct rule *rule, const struct word *w, bool own, struct error *reterr)
{
	unsigned set = w->text[0] == '@' ? set_by_name(slice_str(w->text + 1)) : 0;
	enum verb verb = set == 0 ? verb_by_name(slice_str(w->text)) : VERB_NONE;
	char guess[100];

	(void)own;
	if (set != 0) {
		set_bits(rule->verbs, built_in_set(set)->verbs, VERB_WORDS);
		return 0;
	}
	if (verb == VERB_NONE)
		return fail_at(reterr, w->file, w->line, "unknown verb %s%s", w->text,
			       suggestion(guess, sizeof(guess), w->text, nth_verb, VERB_MAX));
	if (rank_is_strong(verb_rank(verb)) && !is_strong(rule))
		return fail_at(reterr, w->file, w->line, "%s ranks %s: it may stand only in a [strong NAME] section",
			       w->text, rank_name(verb_rank(verb)));
	set_bit(rule->verbs, verb);
	return 0;
}

/* "[verb:]--flag", "…=value" or "…<=number" into its parts. */
static int parse_flag(const struct word *w, struct flag_pattern *ret, struct error *reterr)
{
	const char *text = w->text, *dashes = strstr(text, "--"), *end, *why;
	char guess[100], name[100];
	struct slice flag;

	*ret = (struct flag_pattern){ .kind = PATTERN_BARE, .text = "" };
	if (dashes == NULL || (dashes != text && dashes[-1] != ':'))
		return fail_at(reterr, w->file, w->line, "%s is no flag, expected --NAME, --NAME=VALUE, "
			       "--NAME<=MAXIMUM or @SET", text);
	if (dashes != text) {
		ret->verb = verb_by_name(slice_of(text, (size_t)(dashes - text) - 1));
		if (ret->verb == VERB_NONE)
			return fail_at(reterr, w->file, w->line, "unknown verb in %s", text);
	}
	end = dashes + strcspn(dashes, "=<");
	flag = slice_of(dashes, (size_t)(end - dashes));
	(void)snprintf(name, sizeof(name), "%.*s", (int)flag.n, flag.p);
	ret->flag = flag_by_name(flag);
	why = flag_client_only(flag);
	if (ret->flag == FLAG_NONE && why != NULL)
		return fail_at(reterr, w->file, w->line, "%s never reaches the engine: %s", name, why);
	if (ret->flag == FLAG_NONE)
		return fail_at(reterr, w->file, w->line, "unknown flag %s%s", name,
			       suggestion(guess, sizeof(guess), name, nth_flag, FLAG_MAX));
	if (*end == '<' && end[1] == '=')
		ret->kind = PATTERN_MAXIMUM;
	else if (*end == '=')
		ret->kind = PATTERN_VALUE;
	else if (*end != '\0')
		return fail_at(reterr, w->file, w->line, "%s: expected = or <= behind the flag", text);
	ret->text = *end == '\0' ? "" : end + (*end == '<' ? 2 : 1);
	return 0;
}

static bool is_number_kind(enum value_kind kind)
{
	return kind == VALUE_BYTES || kind == VALUE_CPUS || kind == VALUE_COUNT;
}

/* --ulimit=NAME<=NUMBER: each name has a maximum of its own. */
static bool is_ulimit_maximum(const struct flag_pattern *p)
{
	return p->flag == FLAG_ULIMIT && p->kind == PATTERN_VALUE && strstr(p->text, "<=") != NULL;
}

static bool ulimit_is(const struct flag_pattern *p, const char *name)
{
	size_t n = strcspn(p->text, "<");

	return is_ulimit_maximum(p) && strlen(name) == n && strncmp(p->text, name, n) == 0;
}

static int check_ulimit(const struct word *w, struct flag_pattern *p, struct error *reterr)
{
	struct slice name = slice_of(p->text, strcspn(p->text, "<"));

	if (!ulimit_name_ok(name))
		return fail_at(reterr, w->file, w->line, "%s: docker knows no limit of that name", w->text);
	if (pattern_number(VALUE_COUNT, p->text + name.n + 2, &p->number) < 0)
		return fail_at(reterr, w->file, w->line, "%s: a number is expected behind <=", w->text);
	return 0;
}

static int check_value(const struct word *w, struct flag_pattern *p, struct error *reterr)
{
	enum value_kind kind = flag_value_kind(p->flag);
	const char *name = flag_name(p->flag);

	if (p->kind == PATTERN_BARE)
		return 0;
	if (*p->text == '\0')
		return fail_at(reterr, w->file, w->line, "%s: a value is missing", w->text);
	if (kind == VALUE_NONE)
		return fail_at(reterr, w->file, w->line, "%s takes no value", name);
	if (is_ulimit_maximum(p))
		return check_ulimit(w, p, reterr);
	if (p->flag == FLAG_ULIMIT && p->kind == PATTERN_MAXIMUM)
		return fail_at(reterr, w->file, w->line, "%s: which limit? expected --ulimit=NAME<=MAXIMUM", w->text);
	if (p->kind == PATTERN_MAXIMUM && !is_number_kind(kind))
		return fail_at(reterr, w->file, w->line, "%s has no maximum: its value is no number", name);
	if (is_number_kind(kind) && strcmp(p->text, "all") != 0 && pattern_number(kind, p->text, &p->number) < 0)
		return fail_at(reterr, w->file, w->line, "%s: %s is no number that docker knows", name, p->text);
	if (kind == VALUE_PORT && !pattern_port_ok(p->text))
		return fail_at(reterr, w->file, w->line, "%s: expected [IP:]PORT[-PORT] or [IP:]ephemeral", w->text);
	if (kind == VALUE_PATH && (strstr(p->text, "/../") != NULL || strstr(p->text, "//") != NULL))
		return fail_at(reterr, w->file, w->line, "%s: a plain path is expected", w->text);
	return 0;
}

/* What ranks S or A has no place here. Binds below a listed path are pinned, hence B. */
static int check_rank(const struct rule *rule, const struct word *w, const struct flag_pattern *p,
		      struct error *reterr)
{
	enum rank rank = p->kind == PATTERN_VALUE ? flag_value_rank(p->flag, p->text, NULL) : flag_rank(p->flag);

	if (p->flag == FLAG_VOLUME)
		rank = pattern_volume_is_wide(p->text) ? RANK_A : RANK_B;
	if (rank_is_strong(rank) && !is_strong(rule))
		return fail_at(reterr, w->file, w->line, "%s ranks %s: it may stand only in a [strong NAME] section",
			       w->text, rank_name(rank));
	return 0;
}

/* A flag without a verb that has it would allow nothing, and look as if it did. */
static bool has_a_verb(const struct rule *rule, const struct flag_pattern *p)
{
	for (const enum verb *v = flag_verbs(p->flag); *v != VERB_NONE; v++)
		if (has_bit(rule->verbs, *v) && (p->verb == VERB_NONE || p->verb == *v))
			return true;
	return false;
}

static int take_flag(struct rule *rule, const struct word *w, bool own, struct error *reterr)
{
	unsigned set = w->text[0] == '@' ? set_by_name(slice_str(w->text + 1)) : 0;
	struct flag_pattern p, *list;

	if (set != 0) {
		set_bits(rule->bare, built_in_set(set)->flags, FLAG_WORDS);
		return 0;
	}
	if (parse_flag(w, &p, reterr) < 0 || check_value(w, &p, reterr) < 0)
		return -1;
	/* --network alone allows the values of rank C, never those of its own rank's neighbours above. */
	if (check_rank(rule, w, &p, reterr) < 0)
		return -1;
	if (own && !has_a_verb(rule, &p))
		return fail_at(reterr, w->file, w->line, "no verb of this rule has %s", flag_name(p.flag));
	for (size_t i = 0; i < rule->n_patterns && own; i++)
		if (rule->patterns[i].flag == p.flag && rule->patterns[i].verb == p.verb &&
		    rule->patterns[i].kind != p.kind && rule->patterns[i].kind + p.kind != PATTERN_BARE + PATTERN_VALUE)
			return fail_at(reterr, w->file, w->line, "%s stands with a maximum and without in one rule",
				       flag_name(p.flag));
	list = grow(rule->patterns, rule->n_patterns, sizeof(*list));
	if (list == NULL)
		return out_of_memory(reterr);
	rule->patterns = list;
	list[rule->n_patterns++] = p;
	if (p.kind == PATTERN_MAXIMUM)
		set_bit(rule->bounded, p.flag);
	return 0;
}

static int add_setting(struct rule *rule, enum flag flag, const struct flag_pattern *p, struct error *reterr)
{
	struct setting *list = grow(rule->settings, rule->n_settings, sizeof(*list));

	if (list == NULL)
		return out_of_memory(reterr);
	rule->settings = list;
	list[rule->n_settings++] = (struct setting){ .flag = flag, .value = p->text, .number = p->number };
	return 0;
}

static int add_settings(struct rule *rule, struct error *reterr)
{
	const struct words *force = &rule->section->force;
	struct flag_pattern p;

	for (size_t i = 0; i < force->n; i++) {
		if (parse_flag(&force->list[i], &p, reterr) < 0 || check_value(&force->list[i], &p, reterr) < 0 ||
		    check_rank(rule, &force->list[i], &p, reterr) < 0 || add_setting(rule, p.flag, &p, reterr) < 0)
			return blame(reterr, force->list[i].text);
		if (p.kind == PATTERN_MAXIMUM || is_ulimit_maximum(&p) || p.verb != VERB_NONE ||
		    strchr(p.text, '*') != NULL ||
		    (p.kind == PATTERN_BARE && flag_value_kind(p.flag) != VALUE_NONE)) {
			(void)fail_at(reterr, force->list[i].file, force->list[i].line,
				      "force sets one value: --FLAG or --FLAG=VALUE, not %s", force->list[i].text);
			return blame(reterr, force->list[i].text);
		}
	}
	rule->n_forced = rule->n_settings;
	for (size_t i = 0; i < rule->n_patterns; i++)
		if (is_ulimit_maximum(&rule->patterns[i]) &&
		    add_setting(rule, FLAG_ULIMIT, &rule->patterns[i], reterr) < 0)
			return -1;
	for (size_t i = 0; i < rule->n_patterns; i++)
		for (int f = FLAG_NONE + 1; rule->patterns[i].kind == PATTERN_MAXIMUM && f < FLAG_MAX; f++)
			if (flag_bounded_by((enum flag)f) == rule->patterns[i].flag &&
			    add_setting(rule, (enum flag)f, &rule->patterns[i], reterr) < 0)
				return -1;
	return 0;
}

/* The rule's own words on one key, as a denial shows them. */
static char *say(const char *key, const struct words *words)
{
	struct buf text = buf_new(400);
	char *result;

	buf_add_str(&text, key);
	buf_add_str(&text, " =");
	for (size_t i = 0; i < words->n && text.len + strlen(words->list[i].text) + 8 < text.max; i++) {
		buf_add_str(&text, i > 0 ? ", " : " ");
		buf_add_str(&text, words->list[i].text);
	}
	result = slice_dup(buf_slice(&text));
	buf_free(&text);
	return result;
}

static const char *section_word(const struct section *s)
{
	return s->kind == SECTION_STRONG ? "strong" : s->kind == SECTION_GRANT ? "grant" : "rule";
}

static int check_users(const struct section *s, struct error *reterr)
{
	unsigned long long uid;

	if (s->users.n == 0)
		return fail_at(reterr, s->file, s->line, "[%s %s] names no users", section_word(s), s->name);
	if (s->verbs.n == 0 && s->kind != SECTION_GRANT)
		return fail_at(reterr, s->file, s->line, "[%s %s] names no verbs", section_word(s), s->name);
	for (size_t i = 0; i < s->users.n; i++) {
		const struct word *w = &s->users.list[i];

		if (w->text[0] == '#' && slice_to_u64(slice_str(w->text + 1), 4294967294ULL, &uid) < 0)
			return fail_at(reterr, w->file, w->line, "%s is no uid", w->text);
		if (w->text[0] == '%' && w->text[1] == '\0')
			return fail_at(reterr, w->file, w->line, "a group's name is missing behind %%");
	}
	return 0;
}

/*
 * An image may hold device nodes. A process inside cannot open them, but where a directory of the host is
 * mounted, it can hand them out through it: so which images, is the administrator's to say.
 */
static int check_images(const struct rule *rule, struct error *reterr)
{
	const struct section *s = rule->section;

	for (size_t i = 0; i < rule->n_patterns; i++) {
		const struct flag_pattern *p = &rule->patterns[i];

		if (p->flag != FLAG_VOLUME || p->kind != PATTERN_VALUE ||
		    (p->text[0] != '/' && p->text[0] != '~' && strncmp(p->text, "**", 2) != 0))
			continue;
		if (s->root == ROOT_CLOSED)
			return fail_at(reterr, s->file, s->line, "root = closed goes with no path of the host "
				       "(--volume=%s): a directory is a way in; a rule with root = never takes it", p->text);
		for (size_t k = 0; k < s->images.n && !is_strong(rule); k++)
			if (strcmp(s->images.list[k].text, IMAGES_OWN) == 0)
				return fail_at(reterr, s->file, s->line, "[rule %s] mounts paths of the host: images of the "
					       "users' own may hold anything, device nodes too (images = own)", s->name);
		if (s->images.n == 0 && !is_strong(rule))
			return fail_at(reterr, s->file, s->line, "[rule %s] mounts paths of the host (--volume=%s): it must "
				       "name the images that may (images = ...)", s->name, p->text);
	}
	return 0;
}

static int check_hours(const struct rule *rule, struct error *reterr)
{
	const struct words *words = &rule->section->hours;

	for (size_t i = 0; i < words->n; i++)
		if (strong_hours(words->list[i].text, &rule->section->windows[i]) < 0)
			return fail_at(reterr, words->list[i].file, words->list[i].line, "hours = %s: expected "
				       "DAY[-DAY] hh:mm-hh:mm, as in Mon-Fri 08:00-18:00", words->list[i].text);
	return 0;
}

static int make_rule(struct policy *p, struct section *s, struct error *reterr)
{
	struct rule *rule, *list = grow(p->rules, p->n_rules, sizeof(*list));

	if (list == NULL)
		return out_of_memory(reterr);
	p->rules = list;
	rule = &list[p->n_rules++];
	*rule = (struct rule){ .section = s };
	s->windows = calloc(s->hours.n + 1, sizeof(*s->windows));
	if (s->windows == NULL)
		return out_of_memory(reterr);
	s->strong.name = s->name;
	s->strong.ticket = s->ticket;
	if (check_users(s, reterr) < 0 || each_word(p, rule, s, true, true, take_verb, reterr) < 0 ||
	    each_word(p, rule, s, false, true, take_flag, reterr) < 0 || add_settings(rule, reterr) < 0)
		return -1;
	if (s->ticket != NULL && s->strong.reason == REASON_NEVER)
		return fail_at(reterr, s->file, s->line, "[strong %s] wants a ticket in a reason that it never takes",
			       s->name);
	if (s->record_max && !s->strong.record)
		return fail_at(reterr, s->file, s->line, "[strong %s] has a record-max and records nothing: record = yes?",
			       s->name);
	if (check_images(rule, reterr) < 0 || check_hours(rule, reterr) < 0)
		return -1;
	rule->verbs_text = say("verbs", &s->verbs);
	rule->flags_text = say("flags", &s->flags);
	rule->images_text = say("images", &s->images);
	if (rule->verbs_text == NULL || rule->flags_text == NULL || rule->images_text == NULL)
		return out_of_memory(reterr);
	return 0;
}

/* Sets that no rule uses must be right too: a slip there is found on the day it is written. */
static int check_set(struct policy *p, struct section *s, struct error *reterr)
{
	struct rule scratch = { .section = s };
	int r;

	s->visiting = 1;
	r = each_word(p, &scratch, s, true, false, take_verb, reterr);
	if (r == 0)
		r = each_word(p, &scratch, s, false, false, take_flag, reterr);
	s->visiting = 0;
	free(scratch.patterns);
	return r;
}

/*
 * Whether there is such a strong rule is not asked: a grant of what is gone gives nothing, and must not take
 * everybody's rules away. What it may not be is without an end.
 */
static int check_grant(const struct section *s, struct error *reterr)
{
	if (check_users(s, reterr) < 0)
		return -1;
	if (s->until == 0 || s->boot == NULL || s->uptime == 0)
		return fail_at(reterr, s->file, s->line, "[grant %s] needs until, boot and uptime: it ends by the "
			       "date, by the clock that nobody sets, and with the boot", s->name);
	return 0;
}

static int finish(struct policy *p, struct section *s, struct error *reterr)
{
	switch (s->kind) {
	case SECTION_SET:
		return check_set(p, s, reterr);
	case SECTION_GRANT:
		return check_grant(s, reterr);
	case SECTION_RULE: case SECTION_STRONG:
	default:
		return make_rule(p, s, reterr);
	}
}

int policy_parse(const struct policy_file *files, size_t n, struct policy **ret, struct error *reterr)
{
	static const struct policy_ini_events events = { on_section, on_value };
	struct policy *p = calloc(1, sizeof(*p));
	struct parsing s = { .policy = p };
	struct error why = { 0 };
	int r = 0;

	if (p == NULL)
		return out_of_memory(reterr);
	p->log_day = POLICY_LOG_DAY;
	if (n > POLICY_FILES_MAX)
		r = error_set(&why, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	for (size_t i = 0; r == 0 && i < n; i++) {
		s.file = p->files[p->n_files] = strdup(files[i].name);
		if (s.file == NULL) {
			r = out_of_memory(&why);
			break;
		}
		p->n_files++;
		s.section = NULL;
		r = policy_ini_read(files[i].text, &events, &s, &why);
		/* What the reader itself refuses has no file and line in its text yet. */
		if (r < 0 && strncmp(why.text, s.file, strlen(s.file)) != 0) {
			struct error bare = why;

			(void)error_set(&why, bare.code, "%s:%u: %.500s", s.file, bare.line, bare.text);
		}
	}
	for (size_t i = 0; r == 0 && i < p->n_sections; i++)
		r = finish(p, &p->sections[i], &why);
	if (r < 0) {
		if (reterr != NULL)
			*reterr = why;
		policy_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

static void free_words(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->list[i].text);
	free(words->list);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_rules; i++) {
		struct rule *r = &policy->rules[i];

		free(r->patterns);
		free(r->settings);
		free(r->verbs_text);
		free(r->flags_text);
		free(r->images_text);
	}
	for (size_t i = 0; i < policy->n_sections; i++) {
		struct section *s = &policy->sections[i];

		free(s->name);
		free_words(&s->users);
		free_words(&s->verbs);
		free_words(&s->flags);
		free_words(&s->force);
		free_words(&s->images);
		free_words(&s->hosts);
		free_words(&s->hours);
		free(s->windows);
		free(s->why);
		free(s->ticket);
		free(s->boot);
	}
	for (size_t i = 0; i < policy->n_files; i++)
		free(policy->files[i]);
	free(policy->rules);
	free(policy->sections);
	free(policy->socket);
	free(policy->log_file);
	free(policy);
}

const char *policy_engine_socket(const struct policy *policy)
{
	return policy->socket;
}

const char *policy_log_file(const struct policy *policy)
{
	return policy->log_file;
}

bool policy_log_reads(const struct policy *policy)
{
	return policy->log_reads;
}

long long policy_log_day(const struct policy *policy)
{
	return policy->log_day;
}

/* --- the decision ------------------------------------------------------------------------------------ */
static bool is_user(const char *word, const struct subject *subject)
{
	unsigned long long uid;

	if (strcmp(word, "*") == 0)
		return true;
	if (word[0] == '#')
		return slice_to_u64(slice_str(word + 1), 4294967294ULL, &uid) == 0 && uid == subject->uid;
	if (word[0] != '%')
		return strcmp(word, subject->name) == 0;
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->group_names[i] != NULL && strcmp(word + 1, subject->group_names[i]) == 0)
			return true;
	return false;
}

static bool names_user(const struct section *s, const struct subject *subject)
{
	for (size_t i = 0; i < s->users.n; i++)
		if (is_user(s->users.list[i].text, subject))
			return true;
	return false;
}

static bool is_here(const struct section *s, const struct subject *subject)
{
	for (size_t i = 0; i < s->hosts.n; i++)
		if (text_fits(s->hosts.list[i].text, subject->host))
			return true;
	return s->hosts.n == 0;
}

static bool is_for(const struct section *s, const struct subject *subject)
{
	return names_user(s, subject) && is_here(s, subject);
}

static bool allows_verb(const struct rule *rule, enum operation operation)
{
	const enum verb *verbs = operation_verbs(operation);

	if (verbs[0] == VERB_NONE)
		return true;
	for (; *verbs != VERB_NONE; verbs++)
		if (has_bit(rule->verbs, *verbs))
			return true;
	return false;
}

/*
 * Does a flag listed for `verb` (or for all) hold for this operation under this rule? What a container that is
 * there was made with is measured by what is listed for making one, also where the rule makes none.
 */
static bool flag_holds(const struct rule *rule, enum operation operation, enum flag flag, enum verb verb, bool again)
{
	if (again)
		return flag_has_verb(flag, VERB_RUN) && (verb == VERB_NONE || verb == VERB_RUN || verb == VERB_CREATE);
	for (const enum verb *v = operation_verbs(operation); *v != VERB_NONE; v++)
		if (has_bit(rule->verbs, *v) && flag_has_verb(flag, *v) && (verb == VERB_NONE || verb == *v))
			return true;
	return false;
}

static bool value_fits(const struct flag_pattern *p, const struct subject *subject, const struct fact *fact)
{
	switch (flag_value_kind(p->flag)) {
	case VALUE_PATH:
		return pattern_volume_fits(p->text, subject->home, fact->value) &&
			(fact->top == 0 || pattern_volume_names(p->text, subject->home, fact->top));
	case VALUE_PORT:
		return pattern_port_fits(p->text, fact->value);
	case VALUE_BYTES:
	case VALUE_CPUS:
	case VALUE_COUNT:
		return strcmp(p->text, "all") == 0 ? fact->number < 0 :
			fact->number >= 0 && fact->number == p->number;
	case VALUE_TEXT:
		if (is_ulimit_maximum(p))
			return ulimit_is(p, fact->value) && fact->number >= 0 && fact->number <= p->number;
		return text_fits(p->text, fact->value);
	case VALUE_NONE:
	default:
		return false;
	}
}

/* What the rule itself set, where the request left it open. */
static bool is_forced(const struct rule *rule, const struct fact *fact)
{
	for (size_t i = 0; i < rule->n_forced; i++) {
		const struct setting *s = &rule->settings[i];

		if (s->flag == fact->flag && (is_number_kind(flag_value_kind(s->flag)) ? s->number == fact->number :
					      strcmp(s->value, fact->value) == 0))
			return true;
	}
	return false;
}

static bool allows_fact(const struct rule *rule, const struct subject *subject, enum operation operation,
			const struct fact *fact)
{
	enum flag limit = flag_bounded_by(fact->flag);
	bool bounded = has_bit(rule->bounded, fact->flag) || has_bit(rule->bounded, limit);

	for (size_t i = 0; i < rule->n_patterns && !bounded && fact->flag == FLAG_ULIMIT; i++)
		bounded = ulimit_is(&rule->patterns[i], fact->value);

	/* In a container that is there, what is everyday may also be the image's, or the engine's own. */
	if (fact->again && ((fact->rank == RANK_C && !bounded) || is_forced(rule, fact)))
		return true;
	/* Nothing can be handed into a closed container: not by a directory of the host either. */
	if (rule->section->root == ROOT_CLOSED && fact->flag == FLAG_VOLUME && rank_is_strong(fact->rank))
		return false;
	/* What is stopped at its time must stay stopped. */
	if (rule->section->strong.max_runtime != 0 && fact->flag == FLAG_RESTART && strcmp(fact->value, "no") != 0)
		return false;
	/* Strong facts are for strong rules; a bind is B where a path is listed for it. */
	if (rank_is_strong(fact->rank) && fact->flag != FLAG_VOLUME && !is_strong(rule))
		return false;
	if (!bounded && has_bit(rule->bare, fact->flag) && fact->rank >= flag_rank(fact->flag) &&
	    flag_holds(rule, operation, fact->flag, VERB_NONE, fact->again))
		return true;
	for (size_t i = 0; i < rule->n_patterns; i++) {
		const struct flag_pattern *p = &rule->patterns[i];

		if ((p->flag != fact->flag && !(p->kind == PATTERN_MAXIMUM && p->flag == limit)) ||
		    !flag_holds(rule, operation, p->flag, p->verb, fact->again))
			continue;
		if (p->kind == PATTERN_MAXIMUM ? fact->number >= 0 && fact->number <= p->number :
		    p->kind == PATTERN_VALUE ? value_fits(p, subject, fact) :
		    !bounded && fact->rank >= flag_rank(fact->flag))
			return true;
	}
	return false;
}

/* Does the request say otherwise than the rule forces? Lists take what is forced beside what is asked. */
static bool contradicts(const struct rule *rule, const struct fact *fact)
{
	for (size_t i = 0; i < rule->n_forced; i++) {
		const struct setting *s = &rule->settings[i];

		if (fact->again || s->flag != fact->flag || s->flag == FLAG_SECURITY_OPT || s->flag == FLAG_ENV ||
		    s->flag == FLAG_LABEL)
			continue;
		if (is_number_kind(flag_value_kind(s->flag)) ? fact->number != s->number :
		    strcmp(s->value, fact->value) != 0)
			return true;
	}
	return false;
}

/* An image by its id has the names that the engine knows for it. */
static bool fits_a_line(const char *pattern, const char *lines)
{
	struct slice rest = slice_str(lines != NULL ? lines : "");
	char name[512];

	while (rest.n > 0) {
		size_t n = slice_find(rest, '\n');

		if (n < sizeof(name)) {
			memcpy(name, rest.p, n);
			name[n] = '\0';
			if (pattern_path_fits(pattern, name))
				return true;
		}
		rest = slice_after(rest, n + 1);
	}
	return false;
}

static bool allows_image(const struct rule *rule, const struct facts *facts)
{
	const struct words *images = &rule->section->images;

	if (images->n == 0 || facts->image == NULL)
		return true;
	for (size_t i = 0; i < images->n; i++) {
		const char *pattern = images->list[i].text;

		/* What users made themselves is called as they like: of that only `own` speaks, and what trusts everything. */
		if (strcmp(pattern, "**") == 0 || strcmp(pattern, IMAGES_OWN) == 0 ? facts->image_own || pattern[0] == '*' :
		    !facts->image_made && (pattern_path_fits(pattern, facts->image) || fits_a_line(pattern, facts->image_names)))
			return true;
	}
	return false;
}

/* A registry is named by what stands before the first slash of a pattern. */
static bool allows_registry(const struct rule *rule, const struct facts *facts)
{
	const struct words *images = &rule->section->images;
	char host[300];

	if (images->n == 0 || facts->registry == NULL)
		return true;
	for (size_t i = 0; i < images->n; i++) {
		const char *pattern = images->list[i].text, *slash = strchr(pattern, '/');

		/* Without a slash it names no registry, but for the one that every name fits. */
		if (slash == NULL && strcmp(pattern, "**") != 0)
			continue;
		(void)snprintf(host, sizeof(host), "%.*s",
			       slash != NULL ? (int)(slash - pattern) : 2, pattern);
		if (pattern_path_fits(host, facts->registry))
			return true;
	}
	return false;
}

static bool mounts_paths(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_patterns; i++)
		if (rule->patterns[i].flag == FLAG_VOLUME && rule->patterns[i].kind == PATTERN_VALUE &&
		    (rule->patterns[i].text[0] == '/' || rule->patterns[i].text[0] == '~' ||
		     strncmp(rule->patterns[i].text, "**", 2) == 0))
			return true;
	return false;
}

const char *policy_lists_image(const struct policy *policy, const char *repository)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct words *images = &policy->rules[i].section->images;

		for (size_t k = 0; k < images->n; k++)
			if (strspn(images->list[k].text, "*/") != strlen(images->list[k].text) &&
			    pattern_path_fits(images->list[k].text, repository))
				return policy->rules[i].section->name;
	}
	return NULL;
}

const char *policy_keeps_image(const struct policy *policy, const char *repository)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct words *images = &policy->rules[i].section->images;

		if (!mounts_paths(&policy->rules[i]))
			continue;
		/* A pattern that every name fits trusts everything already. */
		for (size_t k = 0; k < images->n; k++)
			if (strspn(images->list[k].text, "*/") != strlen(images->list[k].text) &&
			    pattern_path_fits(images->list[k].text, repository))
				return policy->rules[i].section->name;
	}
	return NULL;
}

/* How far the rule goes along with the request: the first thing that it lacks. */
static enum missing lacks(const struct rule *rule, const struct subject *subject, enum operation operation,
			  const struct facts *facts, size_t *ret_fact)
{
	if (!allows_verb(rule, operation))
		return MISSING_VERB;
	for (*ret_fact = 0; *ret_fact < facts->n; ++*ret_fact)
		if (!allows_fact(rule, subject, operation, &facts->list[*ret_fact]))
			return MISSING_FLAG;
	for (*ret_fact = 0; *ret_fact < facts->n; ++*ret_fact)
		if (contradicts(rule, &facts->list[*ret_fact]))
			return MISSING_FORCE;
	if (facts->kind != CONTAINER_UNKNOWN && !root_allows(rule->section->root, facts->kind))
		return MISSING_ROOT;
	return allows_image(rule, facts) && allows_registry(rule, facts) ? MISSING_NONE :
									   MISSING_IMAGE;
}

static int nearness(enum missing missing)
{
	switch (missing) {
	case MISSING_NONE: return 6;
	case MISSING_IMAGE: return 5;
	case MISSING_ROOT: return 4;
	case MISSING_FORCE: return 3;
	case MISSING_FLAG: return 2;
	case MISSING_VERB: return 1;
	case MISSING_RULE:
	case MISSING_STRONG:
	case MISSING_REASON:
	case MISSING_TIME:
	default: return 0;
	}
}

static void name_rule(struct decision *d, const struct rule *rule, enum missing missing)
{
	d->rule = rule->section->name;
	d->file = rule->section->file;
	d->line = rule->section->line;
	d->root = rule->section->root;
	d->allowed = missing == MISSING_VERB ? rule->verbs_text : missing == MISSING_IMAGE ? rule->images_text :
		missing == MISSING_FLAG && rule->section->flags.n > 0 ? rule->flags_text : NULL;
}

static struct decision allowed_by(const struct rule *rule, const struct subject *subject)
{
	char value[] = "grpc";
	const struct fact interface = { .flag = FLAG_BUILDER, .value = value, .rank = RANK_S };
	struct decision d = {
		.verdict = VERDICT_ALLOW,
		.scope_all = rule->section->scope_all,
		.root = rule->section->root,
		.containers = rule->section->containers,
		.networks = rule->section->networks != 0 ? rule->section->networks : NETWORKS,
		.volumes = rule->section->volumes,
		.unsafe_binds = rule->section->unsafe_binds,
		.settings = rule->settings,
		.n_settings = rule->n_settings,
		.until = rule->section->until,
		.builder = allows_fact(rule, subject, OPERATION_BUILD_GRPC, &interface),
	};

	name_rule(&d, rule, MISSING_NONE);
	return d;
}

/* --- a strong rule, asked for by its name ------------------------------------------------------------- */
/*
 * The date is for people. It is the clock of the boot in which it was made that ends a grant, whatever the
 * other is set to; behind a reboot nobody could tell how much of it is left, so that it ends there.
 */
static bool grant_holds(const struct section *s, const struct moment *now)
{
	return now->date < s->until && now->boot != NULL && *now->boot != '\0' && strcmp(s->boot, now->boot) == 0 &&
		now->uptime < s->uptime;
}

/* The subject's grant of the rule: one that holds, else any. */
static const struct section *find_grant(const struct policy *policy, const struct subject *subject,
					const struct moment *now)
{
	const struct section *over = NULL;

	for (size_t i = policy->chains[chain_of(subject->as)]; i != 0; i = policy->sections[i - 1].next) {
		const struct section *s = &policy->sections[i - 1];

		if (s->kind != SECTION_GRANT || strcmp(s->name, subject->as) != 0 || !names_user(s, subject))
			continue;
		if (grant_holds(s, now))
			return s;
		over = s;
	}
	return over;
}

/* A strong rule as somebody may use it. */
struct strong_use {
	const struct rule *rule;	/* NULL: there is none for the subject */
	const struct section *grant;	/* whoever the rule itself does not name; else NULL */
	time_t until;			/* when the time that it is in ends; 0: never */
	long long uptime;		/* the same by the boot's clock */
};

static void find_strong(const struct policy *policy, const struct subject *subject, const struct moment *now,
			struct strong_use *ret)
{
	const struct section *grant = find_grant(policy, subject, now);

	*ret = (struct strong_use){ .rule = NULL };
	for (size_t i = 0; i < policy->n_rules && ret->rule == NULL; i++) {
		const struct rule *rule = &policy->rules[i];
		bool named;

		if (!is_strong(rule) || strcmp(rule->section->name, subject->as) != 0 ||
		    !is_here(rule->section, subject))
			continue;
		named = names_user(rule->section, subject);
		if (!named && grant == NULL)
			continue;
		ret->rule = rule;
		ret->grant = named ? NULL : grant;
	}
}

/* Is the rule there for the subject, now, with this reason? Sets when the time that it is in ends. */
static enum missing strong_lacks(struct strong_use *use, const struct subject *subject, const struct moment *now)
{
	const struct section *s = use->rule->section, *grant = use->grant;

	use->until = s->until;
	if ((s->until != 0 && now->date >= s->until) || (s->from != 0 && now->date < s->from) ||
	    !strong_in_hours(s->windows, s->hours.n, now->date, &use->until) ||
	    (grant != NULL && !grant_holds(grant, now)))
		return MISSING_TIME;
	if (grant != NULL && (use->until == 0 || grant->until < use->until))
		use->until = grant->until;
	use->uptime = grant != NULL ? grant->uptime : 0;
	return strong_takes_reason(&s->strong, subject->reason) ? MISSING_NONE : MISSING_REASON;
}

static int explain_time(const struct strong_use *use, const struct moment *now, struct error *reterr)
{
	const struct section *s = use->rule->section, *grant = use->grant;

	if (grant != NULL && !grant_holds(grant, now))
		return error_set(reterr, ERR_DENIED, "the grant of the strong rule %s at %s:%u is over; ask for another: "
				 "safedocker request --as %s --for 2h --reason TEXT", s->name, grant->file, grant->line,
				 s->name);
	return error_set(reterr, ERR_DENIED, "the strong rule %s at %s:%u %s", s->name, s->file, s->line,
			 s->until != 0 && now->date >= s->until ? "has expired" :
			 s->from != 0 && now->date < s->from ? "has not begun yet (from = ...)" :
			 "holds at other hours (hours = ...)");
}

const struct strong *policy_strong(const struct policy *policy, const struct subject *subject,
				   const struct moment *now, struct error *reterr)
{
	struct strong_use use = { .rule = NULL };

	if (subject->as != NULL)
		find_strong(policy, subject, now, &use);
	if (use.rule == NULL) {
		(void)error_set(reterr, ERR_DENIED, "there is no strong rule %s for %s",
				subject->as != NULL ? subject->as : "", subject->name);
		return NULL;
	}
	switch (strong_lacks(&use, subject, now)) {
	case MISSING_NONE:
		return &use.rule->section->strong;
	case MISSING_REASON:
		(void)strong_explain_reason(&use.rule->section->strong, subject->reason, reterr);
		return NULL;
	case MISSING_TIME:
		(void)explain_time(&use, now, reterr);
		return NULL;
	case MISSING_RULE: case MISSING_VERB: case MISSING_FLAG: case MISSING_IMAGE: case MISSING_FORCE:
	case MISSING_ROOT: case MISSING_STRONG:
	default:
		(void)error_set(reterr, ERR_DENIED, "the strong rule %s cannot be used", use.rule->section->name);
		return NULL;
	}
}

static struct decision decide_strong(const struct policy *policy, const struct subject *subject,
				     enum operation operation, const struct facts *facts, const struct moment *now)
{
	struct decision d = { .verdict = VERDICT_DENY, .missing = MISSING_STRONG };
	struct strong_use use;
	enum missing missing;
	size_t fact = 0;

	find_strong(policy, subject, now, &use);
	if (use.rule == NULL)
		return d;
	missing = strong_lacks(&use, subject, now);
	if (missing == MISSING_NONE)
		missing = lacks(use.rule, subject, operation, facts, &fact);
	if (missing == MISSING_NONE) {
		d = allowed_by(use.rule, subject);
		d.strong = &use.rule->section->strong;
		d.until = use.until;
		d.uptime = use.uptime;
		if (d.strong->max_runtime != 0)
			d.ends = now->date + d.strong->max_runtime;
	} else {
		d.missing = missing;
		d.fact = fact;
		name_rule(&d, use.rule, missing);
		d.expired = missing == MISSING_TIME &&
			((use.rule->section->until != 0 && now->date >= use.rule->section->until) ||
			 (use.grant != NULL && !grant_holds(use.grant, now)));
	}
	if (use.grant != NULL) {
		d.grant_file = use.grant->file;
		d.grant_line = use.grant->line;
	}
	return d;
}

struct decision policy_decide(const struct policy *policy, const struct subject *subject,
			      enum operation operation, const struct facts *facts, const struct moment *now)
{
	struct decision d = { .verdict = VERDICT_DENY, .missing = MISSING_RULE };
	const struct rule *expired = NULL;

	/* The one rule that was asked for, and no other; it is never fallen into. */
	if (subject->as != NULL)
		return decide_strong(policy, subject, operation, facts, now);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		size_t fact = 0;
		enum missing missing;

		if (is_strong(rule) || !is_for(rule->section, subject))
			continue;
		missing = lacks(rule, subject, operation, facts, &fact);
		if (rule->section->until != 0 && now->date >= rule->section->until) {
			if (missing == MISSING_NONE && expired == NULL)
				expired = rule;
			continue;
		}
		if (missing == MISSING_NONE)
			return allowed_by(rule, subject);
		if (nearness(missing) > nearness(d.missing)) {
			d.missing = missing;
			d.fact = fact;
			name_rule(&d, rule, missing);
		}
	}
	if (expired != NULL) {
		name_rule(&d, expired, MISSING_NONE);
		d.expired = true;
	}
	return d;
}

/* --- whom no rule is for -------------------------------------------------------------- */
/* A strong rule that the subject could use by naming it; NULL: none. */
static const char *strong_for(const struct policy *policy, const struct subject *subject,
			      const struct moment *now)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct section *s = policy->rules[i].section;
		struct subject asking = *subject;
		struct strong_use use;

		asking.as = s->name;
		if (!is_strong(&policy->rules[i]))
			continue;
		find_strong(policy, &asking, now, &use);
		if (use.rule != NULL && strong_lacks(&use, &asking, now) != MISSING_TIME)
			return s->name;
	}
	return NULL;
}

static enum deny explain_unserved(const struct policy *policy, const struct subject *subject,
				  const struct rule *expired, const struct moment *now,
				  struct error *reterr)
{
	const char *strong = strong_for(policy, subject, now);

	if (strong != NULL)
		(void)error_set(reterr, ERR_DENIED,
				"the policy has strong rules alone for %s, and each must be asked "
				"for by its name: safedocker --as %s COMMAND",
				subject->name, strong);
	else if (expired != NULL)
		(void)error_set(reterr, ERR_DENIED,
				"no rule of the policy is for %s now: %s at %s:%u has expired; ask "
				"whoever administers this host to renew it",
				subject->name, expired->section->name, expired->section->file,
				expired->section->line);
	else
		(void)error_set(reterr, ERR_DENIED,
				"no rule of the policy is for %s; ask whoever administers this "
				"host to name you in one (what it says: safedocker rights)",
				subject->name);
	return strong == NULL && expired != NULL ? DENY_EXPIRED : DENY_RULE;
}

enum deny policy_serves(const struct policy *policy, const struct subject *subject,
			const struct moment *now, struct error *reterr)
{
	const struct rule *expired = NULL;

	if (subject->as != NULL)
		return policy_strong(policy, subject, now, reterr) != NULL ? DENY_NONE :
			DENY_STRONG;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (is_strong(rule) || !is_for(rule->section, subject))
			continue;
		if (rule->section->until == 0 || now->date < rule->section->until)
			return DENY_NONE;
		expired = rule;
	}
	return explain_unserved(policy, subject, expired, now, reterr);
}

bool policy_sees_everybodys(const struct policy *policy, const struct subject *subject)
{
	/* Whoever may ask for a strong rule was looked at before anything was served under it. */
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->section->scope_all && (subject->as == NULL ? !is_strong(rule) && is_for(rule->section, subject) :
						 is_strong(rule) && strcmp(rule->section->name, subject->as) == 0))
			return true;
	}
	return false;
}

/* --- a policy as it stands ------------------------------------------------------------------------------ */
size_t policy_rules(const struct policy *policy)
{
	return policy->n_rules;
}

void policy_rule_at(const struct policy *policy, size_t rule, struct policy_rule *ret)
{
	const struct section *s = policy->rules[rule].section;

	*ret = (struct policy_rule){
		.name = s->name, .file = s->file, .line = s->line, .why = s->why, .until = s->until,
		.scope_all = s->scope_all, .from = s->from, .root = s->root, .unsafe_binds = s->unsafe_binds,
		.strong = s->kind == SECTION_STRONG ? &s->strong : NULL,
	};
}

bool policy_rule_is_for(const struct policy *policy, size_t rule, const struct subject *subject)
{
	return is_for(policy->rules[rule].section, subject);
}

bool policy_rule_has_verb(const struct policy *policy, size_t rule, enum verb verb)
{
	return has_bit(policy->rules[rule].verbs, verb);
}

bool policy_rule_has_flag(const struct policy *policy, size_t rule, enum flag flag)
{
	return has_bit(policy->rules[rule].bare, flag);
}

bool policy_rule_pattern(const struct policy *policy, size_t rule, size_t n, struct policy_pattern *ret)
{
	const struct rule *r = &policy->rules[rule];

	if (n >= r->n_patterns)
		return false;
	*ret = (struct policy_pattern){
		.flag = r->patterns[n].flag,
		.verb = r->patterns[n].verb,
		.relation = r->patterns[n].kind == PATTERN_VALUE ? '=' : r->patterns[n].kind == PATTERN_MAXIMUM ? '<' : ' ',
		.text = r->patterns[n].text,
	};
	return true;
}

const char *policy_rule_word(const struct policy *policy, size_t rule, enum policy_key key, size_t n)
{
	const struct section *s = policy->rules[rule].section;
	const struct words *words;

	switch (key) {
	case POLICY_USERS: words = &s->users; break;
	case POLICY_VERBS: words = &s->verbs; break;
	case POLICY_FLAGS: words = &s->flags; break;
	case POLICY_FORCE: words = &s->force; break;
	case POLICY_IMAGES: words = &s->images; break;
	case POLICY_HOSTS: words = &s->hosts; break;
	default: return NULL;
	}
	return n < words->n ? words->list[n].text : NULL;
}

bool policy_rule_allows_fact(const struct policy *policy, size_t rule, const struct subject *subject,
			     enum operation operation, const struct fact *fact)
{
	const struct rule *r = &policy->rules[rule];

	return allows_fact(r, subject, operation, fact) && !contradicts(r, fact);
}

/* --- grants ------------------------------------------------------------------------------------------------ */
static const struct section *nth_grant(const struct policy *policy, size_t grant)
{
	for (size_t i = 0; i < policy->n_sections; i++)
		if (policy->sections[i].kind == SECTION_GRANT && grant-- == 0)
			return &policy->sections[i];
	return NULL;
}

bool policy_grant_at(const struct policy *policy, size_t grant, const struct moment *now, struct policy_grant *ret)
{
	const struct section *s = nth_grant(policy, grant);

	if (s == NULL)
		return false;
	*ret = (struct policy_grant){
		.rule = s->name, .file = s->file, .line = s->line, .why = s->why, .until = s->until,
		.user = s->users.list[0].text, .holds = grant_holds(s, now),
	};
	return true;
}

bool policy_grant_is_for(const struct policy *policy, size_t grant, const struct subject *subject)
{
	const struct section *s = nth_grant(policy, grant);

	return s != NULL && names_user(s, subject);
}
