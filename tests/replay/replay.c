/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay - what the docker command lines sent, recorded once from two versions of it: each command's requests
 * are allowed by a policy that has the command's verbs and flags, and not all of them by one that lacks any
 * one of these. So a request means to us what its command line says.
 *
 * `commands` has for each command
 *   its line
 *   TAB verbs TAB the verbs, separated by commas; `-`: it is everybody's
 *   TAB flags TAB a flag of the policy     one line for each; none where it needs none
 *   TAB CLIENT TAB METHOD TAB TARGET TAB CONTENT-TYPE TAB BODY TAB FIELDS
 * and before a request that is refused in any case: TAB refused TAB what the reason holds. Where `-` is nothing, a body `...` is bytes that are passed on, FIELDS are further ones of the head,
 * separated by `|`. Names that begin with `mine` are the caller's own.
 *
 * `replay needs FILE` prints, for a file without verbs and flags, what each command asks.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/tar.h"
#include "together/together.h"
#include "trial/trial.h"

#define COMMANDS_MAX 512
#define REQUESTS_MAX 128
#define FLAGS_MAX 64

struct recorded {
	char *client, *method, *target, *type, *body, *fields;
	char *refused;		/* what the reason holds; NULL: it is allowed */
};

struct command {
	char *line;
	char *verbs;
	char *flags[FLAGS_MAX];
	size_t n_flags;
	struct recorded requests[REQUESTS_MAX];
	size_t n_requests;
};

static char *next_refused;
static struct command commands[COMMANDS_MAX];
static int n_commands;

/* --- reading --------------------------------------------------------------------- */
static char *next_field(char **at)
{
	char *field = *at, *tab = field != NULL ? strchr(field, '\t') : NULL;

	*at = tab != NULL ? tab + 1 : NULL;
	if (tab != NULL)
		*tab = '\0';
	return field != NULL ? strdup(field) : NULL;
}

static int take_line(char *line)
{
	struct command *c = n_commands > 0 ? &commands[n_commands - 1] : NULL;
	struct recorded r = { 0 };

	if (*line != '\t') {
		if (n_commands == COMMANDS_MAX)
			return -1;
		commands[n_commands++].line = strdup(line);
		return 0;
	}
	line++;
	if (c == NULL)
		return -1;
	r.client = next_field(&line);
	r.method = next_field(&line);
	if (strcmp(r.client, "verbs") == 0 && r.method != NULL) {
		c->verbs = r.method;
		return 0;
	}
	if (strcmp(r.client, "flags") == 0 && r.method != NULL && c->n_flags < FLAGS_MAX) {
		c->flags[c->n_flags++] = r.method;
		return 0;
	}
	if (strcmp(r.client, "refused") == 0) {
		next_refused = r.method;
		return 0;
	}
	r.refused = next_refused;
	next_refused = NULL;
	r.target = next_field(&line);
	r.type = next_field(&line);
	r.body = next_field(&line);
	r.fields = next_field(&line);
	if (r.fields == NULL || c->n_requests == REQUESTS_MAX)
		return -1;
	c->requests[c->n_requests++] = r;
	return 0;
}

static int load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	int r = f != NULL ? 0 : -1;

	while (r == 0 && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '\0' && *line != '#')
			r = take_line(line);
	}
	if (r < 0)
		(void)fprintf(stderr, "replay: %s: %s\n", path, line != NULL ? line : "cannot be read");
	free(line);
	if (f != NULL)
		(void)fclose(f);
	return r;
}

/* --- judging --------------------------------------------------------------------- */
static void to_bytes(const struct recorded *r, struct buf *out)
{
	bool stream = strcmp(r->body, "...") == 0, none = strcmp(r->body, "-") == 0;
	struct slice fields = slice_str(strcmp(r->fields, "-") != 0 ? r->fields : "");

	buf_addf(out, "%s %s HTTP/1.1\r\nHost: docker\r\nUser-Agent: Docker-Client/%s (linux)\r\n", r->method,
		 r->target, r->client);
	if (strcmp(r->type, "-") != 0)
		buf_addf(out, "Content-Type: %s\r\n", r->type);
	while (fields.n > 0) {
		struct slice one = slice_of(fields.p, slice_find(fields, '|'));

		fields = slice_after(fields, one.n + 1);
		buf_addf(out, "%.*s\r\n%s", (int)one.n, one.p,
			 slice_starts(one, "upgrade:") ? "Connection: Upgrade\r\n" : "");
	}
	if (stream) {
		/* An archive of nothing: what begins otherwise is not put into a container. */
		static const char block[TAR_BLOCK];

		buf_addf(out, "Transfer-Encoding: chunked\r\n\r\n%x\r\n", TAR_BLOCK);
		buf_add(out, block, sizeof(block));
		buf_add_str(out, "\r\n0\r\n\r\n");
	} else if (none)
		buf_add_str(out, strcmp(r->method, "POST") == 0 ? "Content-Length: 0\r\n\r\n" : "\r\n");
	else
		buf_addf(out, "Content-Length: %zu\r\n\r\n%s", strlen(r->body), r->body);
}

/* What ranks S or A needs a section that is asked for by name. `without`: an index of a flag, or -1. */
static int make_policy(const char *kind, const char *verbs, const struct command *c, int without,
		       struct policy **ret, struct error *why)
{
	struct buf text = buf_new(1 << 20);
	struct policy_file file = { "policy", { 0 } };
	int r;

	buf_addf(&text, "[%s r]\nusers = alice\nverbs = %s\n%s", kind, strcmp(verbs, "-") != 0 ? verbs : "rename",
		 strcmp(kind, "strong") == 0 ? "root = open\n" : "");
	for (size_t i = 0; i < c->n_flags; i++)
		if ((int)i != without)
			buf_addf(&text, "%s%s\n", strstr(buf_cstr(&text), "flags =") == NULL ? "flags = " : "\t",
				 c->flags[i]);
	file.text = buf_slice(&text);
	r = policy_parse(&file, 1, ret, why);
	buf_free(&text);
	return r;
}

struct judgement {
	int status;
	char reason[2048];
	const struct recorded *request;
};

/* The first request that is refused, or status 0. */
static struct judgement judge(const struct command *c, const char *verbs, int without)
{
	struct subject subject = trial_alice;
	struct judgement v = { 0 };
	struct policy *policy = NULL;
	struct error why = { 0 };

	/* A build's steps are root's: that takes a strong rule, whatever its flags rank. */
	if (strcmp(verbs, "build") == 0 || make_policy("rule", verbs, c, without, &policy, &why) < 0) {
		subject.as = "r";
		subject.reason = "a reason";
		ck_assert_msg(make_policy("strong", verbs, c, without, &policy, &why) == 0, "%s: %s", c->line,
			      why.text);
	}
	for (size_t i = 0; i < c->n_requests && v.status == 0; i++) {
		struct buf bytes = buf_new(1 << 20);
		struct trial j;

		to_bytes(&c->requests[i], &bytes);
		trial_bytes_for(policy, &subject, buf_slice(&bytes), &j);
		v.status = j.status;
		(void)snprintf(v.reason, sizeof(v.reason), "%s", j.reason);
		if (c->requests[i].refused != NULL && j.status != 0 && strstr(j.reason, c->requests[i].refused) != NULL)
			v.status = 0;
		else if (c->requests[i].refused != NULL && j.status == 0)
			v.status = -1;
		v.request = &c->requests[i];
		trial_free(&j);
		buf_free(&bytes);
	}
	policy_free(policy);
	return v;
}

START_TEST(allowed_as_its_line_says)
{
	const struct command *c = &commands[_i];
	struct judgement v = judge(c, c->verbs, -1);

	ck_assert_msg(v.status == 0, "%s: %s %s of %s: %d %s", c->line, v.request->method, v.request->target,
		      v.request->client, v.status, v.reason);
}
END_TEST

START_TEST(denied_without_one_flag)
{
	const struct command *c = &commands[_i];

	for (int i = 0; i < (int)c->n_flags; i++) {
		struct judgement v = judge(c, c->verbs, i);
		char words[256];

		/* --x, --x=y and --x<=y lack --x. */
		(void)snprintf(words, sizeof(words), "missing flag %.*s", (int)strcspn(c->flags[i], "<=\""), c->flags[i]);
		if (c->flags[i][0] == '"')
			(void)snprintf(words, sizeof(words), "missing flag %.*s", (int)strcspn(c->flags[i] + 1, "<=\""),
				       c->flags[i] + 1);
		ck_assert_msg(v.status == 403 && strstr(v.reason, words) != NULL, "%s, without %s: %d %s", c->line,
			      c->flags[i], v.status, v.reason);
	}
}
END_TEST

/* Each verb in turn is taken out, with the flags that only it has; a verb that nobody uses here stays. */
START_TEST(denied_without_one_verb)
{
	const struct command *c = &commands[_i];
	const struct command bare = { .line = c->line };
	struct slice rest = slice_str(c->verbs);

	while (rest.n > 0 && strcmp(c->verbs, "-") != 0) {
		struct slice verb = slice_trim(slice_of(rest.p, slice_find(rest, ',')));
		struct command less = bare;
		struct judgement v;
		struct buf others = buf_new(4096);

		memcpy(less.requests, c->requests, sizeof(less.requests));
		less.n_requests = c->n_requests;
		rest = slice_after(rest, slice_find(rest, ',') + 1);
		for (struct slice all = slice_str(c->verbs); all.n > 0;) {
			struct slice other = slice_trim(slice_of(all.p, slice_find(all, ',')));

			all = slice_after(all, slice_find(all, ',') + 1);
			if (!slice_eq(other, verb))
				buf_addf(&others, "%s%.*s", others.len > 0 ? ", " : "", (int)other.n, other.p);
		}
		if (others.len == 0)
			buf_add_str(&others, slice_is(verb, "rename") ? "top" : "rename");
		v = judge(&less, buf_cstr(&others), -1);
		/* Without the flags another refusal may come first, where there are other verbs. */
		ck_assert_msg(v.status == 403 && (strstr(v.reason, "missing verb") != NULL ||
						  (slice_find(slice_str(c->verbs), ',') < strlen(c->verbs) &&
						   strstr(v.reason, "missing flag") != NULL)),
			      "%s, without %.*s: %d %s", c->line, (int)verb.n, verb.p, v.status, v.reason);
		buf_free(&others);
	}
}
END_TEST

/* --- what a command asks, for whoever records a new one ------------------------------------- */
static void print_needs(const struct command *c)
{
	struct buf seen = buf_new(1 << 20);

	(void)printf("%s\n", c->line);
	for (size_t i = 0; i < c->n_requests; i++) {
		static const char text[] = "[rule r]\nusers = alice\nverbs = rename\n";
		struct policy_file file = { "policy", slice_str(text) };
		struct policy *policy = NULL;
		struct buf bytes = buf_new(1 << 20), line = buf_new(1 << 16);
		struct trial j;

		if (policy_parse(&file, 1, &policy, NULL) < 0)
			exit(99);
		to_bytes(&c->requests[i], &bytes);
		trial_bytes(policy, buf_slice(&bytes), &j);
		if (j.status != 0 && strncmp(j.reason, "missing", 7) != 0) {
			(void)printf("\t! %s %s: %d %s\n", c->requests[i].method, c->requests[i].target, j.status, j.reason);
		} else {
			buf_addf(&line, "\t= %s:", operation_name(j.request.route->operation));
			for (const enum verb *v = operation_verbs(j.request.route->operation); *v != VERB_NONE; v++)
				buf_addf(&line, " %s,", verb_name(*v));
			for (size_t k = 0; k < j.request.facts.n; k++) {
				const struct fact *f = &j.request.facts.list[k];

				buf_addf(&line, "\t%s", flag_name(f->flag));
				if (f->rank != flag_rank(f->flag))
					buf_addf(&line, "=%s", f->value);
			}
			buf_add_str(&line, "\n");
			if (seen.len == 0 || memmem(seen.data, seen.len, line.data, line.len) == NULL)
				(void)printf("%s", buf_cstr(&line));
			buf_add_slice(&seen, buf_slice(&line));
		}
		trial_free(&j);
		policy_free(policy);
		buf_free(&bytes);
		buf_free(&line);
	}
	buf_free(&seen);
}

int main(int argc, char **argv)
{
	const char *source = getenv("srcdir");
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("replay");
	SRunner *runner;
	char path[4096];
	int failed;

	(void)snprintf(path, sizeof(path), "%s/tests/replay/commands", source != NULL ? source : ".");
	if (load(argc == 3 ? argv[2] : path) < 0)
		return 99;
	if (argc == 3) {
		for (int i = 0; i < n_commands; i++)
			print_needs(&commands[i]);
		return 0;
	}
	if (n_commands == 0) {
		(void)fprintf(stderr, "replay: no commands\n");
		return 99;
	}
	tcase_add_loop_test(tcase, allowed_as_its_line_says, 0, n_commands);
	tcase_add_loop_test(tcase, denied_without_one_flag, 0, n_commands);
	tcase_add_loop_test(tcase, denied_without_one_verb, 0, n_commands);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	failed = together_run(runner);
	srunner_free(runner);
	return failed;
}
