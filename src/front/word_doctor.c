/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor - which doors to root stand open on this host, and what closes them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/doctor.h"
#include "front/output.h"
#include "front/registration.h"
#include "front/word.h"

static const struct {
	const char *name;
	enum severity severity;
	const char *meaning, *mend;
} findings[FINDING_MAX] = {
#define FINDING(id, name, severity, meaning, mend) [FINDING_##id] = { name, SEVERITY_##severity, meaning, mend },
#include "front/finding.def"
};

static const char *severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_HIGH: return "high";
	case SEVERITY_MEDIUM: return "medium";
	case SEVERITY_LOW: return "low";
	case SEVERITY_NOTE:
	default: return "note";
	}
}

static enum colour severity_colour(enum severity severity)
{
	switch (severity) {
	case SEVERITY_HIGH: return COLOUR_BAD;
	case SEVERITY_MEDIUM: return COLOUR_WARN;
	case SEVERITY_LOW: return COLOUR_NONE;
	case SEVERITY_NOTE:
	default: return COLOUR_DIM;
	}
}

void doctor_found(struct doctor *d, enum finding what, const char *object, const char *format, ...)
{
	struct found *list = reallocarray(d->list, d->n + 1, sizeof(*list));
	char text[1500];
	va_list ap;

	if (list == NULL)
		exit(output_fail("out of memory"));
	d->list = list;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	/* The same socket by two names, the same port by IPv4 and IPv6. */
	for (size_t i = 0; i < d->n; i++)
		if (list[i].what == what && strcmp(list[i].detail, text) == 0)
			return;
	list[d->n++] = (struct found){ .what = what, .object = strdup(object), .detail = strdup(text) };
	if (list[d->n - 1].object == NULL || list[d->n - 1].detail == NULL)
		exit(output_fail("out of memory"));
}

const char *doctor_path(const struct doctor *d, const char *path)
{
	static char whole[4200];

	(void)snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	return whole;
}

/* Names that a shell takes as they are; whatever else was found gets no command. */
static bool is_plain(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/ -")] == '\0' &&
		text[0] != '-';
}

/* The command that mends it; "" where there is none. */
static void mend(const struct found *f, char *ret, size_t size)
{
	const char *format = findings[f->what].mend, *at;
	size_t n = 0;

	ret[0] = '\0';
	if (*format == '\0' || !is_plain(f->object))
		return;
	while ((at = strstr(format, "%s")) != NULL && n < size) {
		n += (size_t)snprintf(ret + n, size - n, "%.*s%s", (int)(at - format), format, f->object);
		format = at + 2;
	}
	if (n < size)
		(void)snprintf(ret + n, size - n, "%s", format);
}

static void print(const struct doctor *d)
{
	for (enum severity s = SEVERITY_HIGH; s <= SEVERITY_NOTE; s++)
		for (size_t i = 0; i < d->n; i++) {
			const struct found *f = &d->list[i];
			char command[5000];

			if (findings[f->what].severity != s)
				continue;
			(void)printf("%s%-6s%s  %s: ", output_start(severity_colour(s)), severity_name(s), output_end(),
				     findings[f->what].name);
			output_plain(f->detail);
			(void)printf("\n        %s\n", findings[f->what].meaning);
			mend(f, command, sizeof(command));
			if (*command != '\0') {
				(void)fputs("        mend: ", stdout);
				output_plain(command);
				(void)putchar('\n');
			}
		}
}

static json_t *as_json(const struct doctor *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct found *f = &d->list[i];
		char command[5000];

		mend(f, command, sizeof(command));
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "id", findings[f->what].name,
			"severity", severity_name(findings[f->what].severity), "detail", f->detail, "meaning",
			findings[f->what].meaning, "mend", *command != '\0' ? command : NULL));
	}
	return json_pack("{s:i, s:o}", "version", 1, "findings", list);
}

/* Each command is shown and asked for; only a y does it. */
static void fix(const struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		char command[5000], line[16] = "";

		mend(&d->list[i], command, sizeof(command));
		if (*command == '\0' || *command == '#' || findings[d->list[i].what].severity == SEVERITY_NOTE)
			continue;
		(void)fputs("\n", stdout);
		output_plain(d->list[i].detail);
		(void)fputs("\n  ", stdout);
		output_plain(command);
		(void)fputs("\ndo it? [y/N] ", stdout);
		(void)fflush(stdout);
		if (fgets(line, sizeof(line), stdin) == NULL) {
			(void)fputs("\n", stdout);
			return;
		}
		/* The words are from the table, and is_plain() has seen the rest. NOLINTNEXTLINE(cert-env33-c): root says y */
		if ((line[0] == 'y' || line[0] == 'Y') && system(command) != 0)
			(void)fputs("that did not end well\n", stdout);
	}
}

int word_doctor(int argc, char **argv)
{
	struct doctor d = { .root = "" };
	bool json = false, mending = false, registering = false, as_default = false;
	size_t worse = 0;

	if (argc == 2 && strcmp(argv[1], "migrate") == 0)
		return doctor_migrate();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--fix") == 0)
			mending = true;
		else if (strcmp(argv[i], "--register") == 0)
			registering = true;
		else if (strcmp(argv[i], "--default-runtime") == 0)
			as_default = true;
		else if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
			d.root = argv[++i];
		else
			return word_usage("doctor");
	}
	if (((mending || registering) && (json || *d.root != '\0')) || (mending && registering) ||
	    (as_default && !mending && !registering))
		return word_usage("doctor");
	if (registering && geteuid() != 0)
		return output_fail("--register is for root: it changes the engine's configuration");
	if (registering)
		return output_done(registration_run(false, as_default));
	if (mending && (geteuid() != 0 || isatty(STDIN_FILENO) != 1))
		return output_fail("--fix is for root at a terminal: it asks before each command");
	doctor_look(&d, "groups, sockets and listeners", 30, doctor_host);
	doctor_policy(&d);
	doctor_engine(&d);
	if (*d.root == '\0') {
		doctor_look(&d, "mapped containers", 90, doctor_runtime);
		doctor_look(&d, "subordinate ids", 30, doctor_subids);
		doctor_look(&d, "files that keep a group out", 10, doctor_denials);
	}
	if (geteuid() != 0 && *d.root == '\0')
		doctor_found(&d, FINDING_PARTIAL, "", "what root alone may see was not looked at");
	for (size_t i = 0; i < d.n; i++)
		worse += findings[d.list[i].what].severity != SEVERITY_NOTE;
	if (json) {
		(void)output_json(as_json(&d));
	} else {
		print(&d);
		(void)printf("%s%zu finding%s\n", d.n > 0 ? "\n" : "", worse, worse == 1 ? "" : "s");
	}
	if (mending) {
		fix(&d);
		(void)putchar('\n');
		(void)registration_run(true, as_default);
	}
	return output_done(worse > 0 ? 1 : 0);
}
