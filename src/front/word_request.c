/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request - asks root for a strong rule; without arguments, what was asked and not yet answered. */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "front/capture.h"
#include "front/grant.h"
#include "front/output.h"
#include "front/word.h"

#define ANSWER_MAX (32 * 1024)

/*
 * Has safedocker-record do it: its exit status, what it said in `said`. Without a rule: what was
 * asked before.
 */
static int run_record(const char *as, const char *wanted, const char *reason, struct buf *said)
{
	char *ask[] = { (char *)SAFEDOCKER_RECORD, (char *)"request", (char *)as, (char *)wanted,
			      (char *)reason, NULL };
	char *look[] = { (char *)SAFEDOCKER_RECORD, (char *)"requested", NULL };

	return capture(as != NULL ? ask : look, said);
}

static int show(void)
{
	struct buf said = buf_new(ANSWER_MAX);
	int status = run_record(NULL, NULL, NULL, &said), r = 0;
	struct grant_request request;
	const char *text = buf_cstr(&said);

	if (status != 0) {
		r = output_fail("%s", text != NULL && *text != '\0' ? text :
				SAFEDOCKER_RECORD " cannot be started");
	} else if (said.len == 0) {
		(void)puts("nothing is asked for");
	} else if (grant_parse(buf_slice(&said), &request) < 0) {
		r = output_fail("what was asked before cannot be read");
	} else {
		(void)printf("asked for: --as %s, %ld minutes: ", request.rule,
			     request.seconds / 60);
		output_plain(request.reason);
		(void)putchar('\n');
	}
	buf_free(&said);
	return r != 0 ? r : output_done(0);
}

int word_request(int argc, char **argv)
{
	const char *as = NULL, *wanted = NULL, *reason = NULL, *text;
	const struct { const char *name, **slot; } options[] = {
		{ "--as", &as }, { "--for", &wanted }, { "--reason", &reason },
	};
	struct buf said;
	int status;

	if (argc == 1)
		return show();
	for (int i = 1; i < argc; i++) {
		size_t n = strcspn(argv[i], "="), k = 0;

		while (k < 3 &&
		       (strlen(options[k].name) != n || strncmp(options[k].name, argv[i], n) != 0))
			k++;
		if (k == 3 || *options[k].slot != NULL || (argv[i][n] == '\0' && i + 1 == argc))
			return word_usage("request");
		*options[k].slot = argv[i][n] == '=' ? argv[i] + n + 1 : argv[++i];
	}
	if (as == NULL || wanted == NULL || reason == NULL)
		return word_usage("request");
	said = buf_new(ANSWER_MAX);
	status = run_record(as, wanted, reason, &said);
	text = buf_cstr(&said);
	if (text == NULL || *text == '\0')
		text = SAFEDOCKER_RECORD " cannot be started; is safedocker installed?\n";
	if (status == 0)
		(void)fputs(text, stdout);
	else
		(void)output_fail("%.*s", (int)strcspn(text, "\n"), text);
	buf_free(&said);
	return status == 0 ? output_done(0) : status == 2 ? EXIT_USAGE : EXIT_REFUSED;
}
