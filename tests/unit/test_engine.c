/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link to the engine. The test is the engine's side: it says things into the other end of the connection,
 * before and after it is asked, and the link must be in step or broken, never anything between.
 */
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/engine.h"

#define OK(body) "HTTP/1.1 200 OK\r\nContent-Length: " body
#define ASKED "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
#define SHORTLY IO_WITHIN(20)

static char directory[] = "/tmp/safedocker-unit.XXXXXX";
static struct sockaddr_un address;
static int listener, other, client[2];
static struct engine *e;

/* The link takes root for the engine alone: without root it has to be broken from the first. */
static bool is_root(void)
{
	return getuid() == 0;
}

static void set_up(void)
{
	(void)strcpy(strrchr(directory, '.'), ".XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	address.sun_family = AF_UNIX;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	e = engine_open(address.sun_path);
	other = accept(listener, NULL, NULL);
	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
}

static void tear_down(void)
{
	engine_free(e);
	if (other >= 0)
		(void)close(other);
	(void)close(client[0]);
	if (client[1] >= 0)
		(void)close(client[1]);
	(void)close(listener);
	(void)unlink(address.sun_path);
	(void)rmdir(directory);
}

static void says(const char *text)
{
	ck_assert_int_eq(write(other, text, strlen(text)), (ssize_t)strlen(text));
}

/* What was asked is read first: the end of a connection that holds unread bytes is an error to the other side. */
static void hangs_up(void)
{
	char nowhere[200];

	while (recv(other, nowhere, sizeof(nowhere), MSG_DONTWAIT) > 0)
		;
	(void)close(other);
	other = -1;
}

static void ask_it(void)
{
	ck_assert_int_eq(engine_begin(e, HTTP_GET, slice_str(ASKED), SHORTLY, NULL), 0);
	engine_sent(e);
	ck_assert_int_eq(engine_state(e), ENGINE_HEAD);
}

/* Broken for good: nothing that can be called helps, and the reason stays. */
static void is_broken(enum err code)
{
	struct error why = { 0 };
	struct http_head head;
	struct slice data;

	ck_assert_int_eq(engine_state(e), ENGINE_BROKEN);
	ck_assert(!engine_in_step(e));
	ck_assert_int_eq(engine_why(e)->code, code);
	ck_assert_int_eq(engine_begin(e, HTTP_GET, slice_str(ASKED), SHORTLY, &why), -1);
	ck_assert_int_eq(why.code, code);
	engine_sent(e);
	ck_assert_int_eq(engine_head(e, -1, SHORTLY, &head, &why), -1);
	ck_assert_int_eq(engine_write(e, slice_str("x"), SHORTLY, &why), -1);
	ck_assert_int_eq(engine_body(e, &data, &why), HTTP_ERROR);
	ck_assert_int_eq(engine_fill(e, -1, SHORTLY, &why), -1);
	ck_assert_int_eq(engine_rest(e, client[0]), -1);
	ck_assert_int_eq(engine_switch(e, &why), -1);
	ck_assert_int_eq(engine_poll(e, POLLIN).fd, -1);
	ck_assert_int_eq(engine_state(e), ENGINE_BROKEN);
	ck_assert_int_eq(engine_why(e)->code, code);
}

/* Head and body of one answer, as it comes from the link; -1 as soon as something fails. */
static int answer(struct buf *body, const struct io_limit *limit, struct error *why)
{
	struct http_head head;

	if (engine_head(e, client[0], limit, &head, why) < 0)
		return -1;
	return engine_whole(e, client[0], limit, body, why) < 0 ? -1 : head.status;
}

START_TEST(not_roots)
{
	if (!is_root()) {
		ck_assert_int_eq(engine_state(e), ENGINE_BROKEN);
		ck_assert_ptr_nonnull(strstr(engine_why(e)->text, "does not belong to root"));
	}
}
END_TEST

START_TEST(absent)
{
	struct engine *none = engine_open("/nowhere/socket");

	ck_assert_int_eq(engine_state(none), ENGINE_BROKEN);
	ck_assert_int_eq(engine_why(none)->code, ERR_ENGINE);
	/* A client can still be told so. */
	ck_assert_int_eq(write(client[1], "x", 1), 1);
	ck_assert_int_eq(engine_rest(none, client[0]), 0);
	engine_free(none);
}
END_TEST

/* What the engine says, then whether it hangs up; the body that comes of it (NULL: none), and how it ends. */
static const struct {
	const char *said;
	bool hang_up;
	const char *body;
	enum err ended;		/* ERR_NONE: in step */
} answers_t[] = {
	{ OK("2\r\n\r\nhi"), false, "hi", ERR_NONE },
	{ OK("0\r\n\r\n"), false, "", ERR_NONE },
	{ "HTTP/1.1 204 No Content\r\n\r\n", false, "", ERR_NONE },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false, "hi", ERR_NONE },
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK("2\r\n\r\nhi"), false, "hi", ERR_NONE },
	/* An answer that ends with the connection is whole, but nothing can follow it. */
	{ "HTTP/1.1 200 OK\r\n\r\nhi", true, "hi", ERR_ENGINE },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", false, "hi", ERR_ENGINE },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, "hi", ERR_ENGINE },
	/* Too little. */
	{ "", true, NULL, ERR_ENGINE },
	{ "", false, NULL, ERR_TIMEOUT },
	{ "HTTP/1.1 200 OK\r\nConte", true, NULL, ERR_ENGINE },
	{ "HTTP/1.1 200 OK\r\nConte", false, NULL, ERR_TIMEOUT },
	{ OK("3\r\n\r\nhi"), true, NULL, ERR_ENGINE },
	{ OK("3\r\n\r\nhi"), false, NULL, ERR_TIMEOUT },
	{ "HTTP/1.1 200 OK\r\n\r\nhi", false, NULL, ERR_TIMEOUT },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", true, NULL, ERR_ENGINE },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", false, NULL, ERR_TIMEOUT },
	/* Rubbish. */
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false, NULL, ERR_ENGINE },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false, NULL,
	  ERR_ENGINE },
	{ "HTTP/1.1 200 OK\nContent-Length: 0\n\n", false, NULL, ERR_ENGINE },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n", false, NULL, ERR_ENGINE },
};

/* A process of its own says it byte by byte, so that the link waits in as many places as there are. */
static pid_t say_in_pieces(const char *said)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (; *said != '\0'; said++) {
			if (write(other, said, 1) != 1)
				_exit(1);
			(void)sched_yield();
		}
		_exit(0);
	}
	hangs_up();
	return pid;
}

static void is_answered(size_t i, const struct io_limit *limit)
{
	struct buf body = buf_new(100);
	struct error why = { 0 };
	int status = answer(&body, limit, &why);

	if (answers_t[i].body != NULL) {
		ck_assert_int_ge(status, 200);
		ck_assert_str_eq(buf_cstr(&body), answers_t[i].body);
	} else {
		ck_assert_int_eq(status, -1);
		ck_assert_int_eq(why.code, answers_t[i].ended);
	}
	buf_free(&body);
	if (answers_t[i].ended != ERR_NONE)
		is_broken(answers_t[i].ended);
	else
		ck_assert(engine_in_step(e));
}

START_TEST(answers)
{
	if (!is_root())
		return;
	ask_it();
	says(answers_t[_i].said);
	if (answers_t[_i].hang_up)
		hangs_up();
	is_answered((size_t)_i, SHORTLY);
}
END_TEST

START_TEST(answers_in_pieces)
{
	pid_t pid;

	/* A process that has said all hangs up: what would be waited for then is not tried here. */
	if (!is_root() || answers_t[_i].ended == ERR_TIMEOUT)
		return;
	ask_it();
	pid = say_in_pieces(answers_t[_i].said);
	is_answered((size_t)_i, IO_WITHIN(60000));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* Whatever stands behind an answer breaks the link before anybody can take it for the next one's. */
START_TEST(behind_the_answer)
{
	static const char *const behind[] = { "x", "\r\n", OK("6\r\n\r\nforged"), "HTTP/1.1 100 Continue\r\n\r\n" };
	struct buf body = buf_new(100);
	struct error why = { 0 };

	if (!is_root())
		return;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		ask_it();
		says(OK("2\r\n\r\nhi"));
		says(behind[i]);
		ck_assert_int_eq(answer(&body, SHORTLY, &why), -1);
		is_broken(ERR_ENGINE);
		tear_down();
		set_up();
	}
	/* It comes a moment later. */
	ask_it();
	says(OK("2\r\n\r\nhi"));
	ck_assert_int_eq(answer(&body, SHORTLY, &why), 200);
	ck_assert(engine_in_step(e));
	says(OK("6\r\n\r\nforged"));
	ck_assert_int_eq(engine_begin(e, HTTP_GET, slice_str(ASKED), SHORTLY, &why), -1);
	is_broken(ERR_ENGINE);
	buf_free(&body);
}
END_TEST

START_TEST(before_it_is_asked)
{
	if (!is_root())
		return;
	says(OK("6\r\n\r\nforged"));
	ck_assert_int_eq(engine_rest(e, client[0]), -1);
	is_broken(ERR_ENGINE);
}
END_TEST

/* The first edition's fall: who overlooks a time-out gets the late answer for the next question. */
START_TEST(late)
{
	struct buf body = buf_new(100);
	struct error why = { 0 };

	if (!is_root())
		return;
	ask_it();
	ck_assert_int_eq(answer(&body, SHORTLY, &why), -1);
	says(OK("4\r\n\r\nlate"));
	is_broken(ERR_TIMEOUT);
	ck_assert_int_eq(answer(&body, SHORTLY, NULL), -1);
	ck_assert_uint_eq(body.len, 0);
}
END_TEST

/* A caller who stops us past every limit gains nothing: what has arrived has arrived. */
START_TEST(stopped)
{
	struct buf body = buf_new(100);
	struct http_head head;

	if (!is_root())
		return;
	ask_it();
	says(OK("2\r\n\r\nhi"));
	ck_assert_int_eq(engine_head(e, -1, IO_WITHIN(-1000), &head, NULL), 0);
	ck_assert_int_eq(engine_whole(e, -1, IO_WITHIN(-1000), &body, NULL), 0);
	ck_assert(engine_in_step(e));
	ask_it();
	ck_assert_int_eq(engine_head(e, -1, IO_WITHIN(-1000), &head, NULL), -1);
	is_broken(ERR_TIMEOUT);
	buf_free(&body);
}
END_TEST

START_TEST(interim)
{
	struct buf body = buf_new(100);
	struct error why = { 0 };

	if (!is_root())
		return;
	ask_it();
	for (int i = 0; i < ENGINE_INTERIM_MAX; i++)
		says("HTTP/1.1 103 Early Hints\r\n\r\n");
	says(OK("2\r\n\r\nhi"));
	ck_assert_int_eq(answer(&body, SHORTLY, &why), 200);
	ask_it();
	for (int i = 0; i <= ENGINE_INTERIM_MAX; i++)
		says("HTTP/1.1 103 Early Hints\r\n\r\n");
	says(OK("2\r\n\r\nhi"));
	ck_assert_int_eq(answer(&body, SHORTLY, &why), -1);
	is_broken(ERR_ENGINE);
	buf_free(&body);
}
END_TEST

START_TEST(client_goes)
{
	struct http_head head;
	struct error why = { 0 };

	if (!is_root())
		return;
	ask_it();
	(void)close(client[1]);
	client[1] = -1;
	ck_assert_int_eq(engine_head(e, client[0], IO_WITHIN(10000), &head, &why), -1);
	is_broken(ERR_CLOSED);
}
END_TEST

START_TEST(early)
{
	struct buf body = buf_new(100);
	struct error why = { 0 };

	if (!is_root())
		return;
	ck_assert_int_eq(engine_begin(e, HTTP_POST, slice_str("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"), SHORTLY, NULL),
			 0);
	ck_assert_int_eq(engine_write(e, slice_str("123"), SHORTLY, NULL), 0);
	ck_assert_int_eq(engine_state(e), ENGINE_WRITING);
	says(OK("2\r\n\r\nno"));
	ck_assert_int_eq(engine_wait_client(e, client[0], SHORTLY, NULL), 0);
	ck_assert_int_eq(engine_state(e), ENGINE_EARLY);
	ck_assert_int_eq(engine_write(e, slice_str("456"), SHORTLY, NULL), 1);
	/* It is passed on, and nothing comes behind it: half a request stands before the next one. */
	ck_assert_int_eq(answer(&body, SHORTLY, &why), 200);
	ck_assert_str_eq(buf_cstr(&body), "no");
	is_broken(ERR_ENGINE);
	buf_free(&body);
}
END_TEST

/* The head of an answer is asked for where none can come, and a request is begun where one is under way. */
START_TEST(out_of_order)
{
	struct http_head head;
	struct slice data;

	if (!is_root())
		return;
	switch (_i) {
	case 0:
		ck_assert_int_eq(engine_head(e, -1, SHORTLY, &head, NULL), -1);
		break;
	case 1:
		ask_it();
		ck_assert_int_eq(engine_begin(e, HTTP_GET, slice_str(ASKED), SHORTLY, NULL), -1);
		break;
	case 2:
		ask_it();
		ck_assert_int_eq(engine_body(e, &data, NULL), HTTP_ERROR);
		break;
	case 3:
		engine_sent(e);
		break;
	case 4:
		ck_assert_int_eq(engine_switch(e, NULL), -1);
		break;
	default:
		ask_it();
		says(OK("2\r\n\r\nhi"));
		ck_assert_int_eq(engine_head(e, -1, SHORTLY, &head, NULL), 0);
		ck_assert_int_eq(engine_begin(e, HTTP_GET, slice_str(ASKED), SHORTLY, NULL), -1);
		break;
	}
	is_broken(ERR_ENGINE);
}
END_TEST

START_TEST(raw)
{
	struct buf in = buf_new(100);
	struct http_head head;

	if (!is_root())
		return;
	ask_it();
	says("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst");
	ck_assert_int_eq(engine_head(e, client[0], SHORTLY, &head, NULL), 0);
	ck_assert_int_eq(head.status, 101);
	ck_assert_int_eq(engine_raw_read(e, &in, 100), -1);
	ck_assert_int_eq(engine_switch(e, NULL), 0);
	ck_assert_int_ge(engine_poll(e, POLLIN).fd, 0);
	ck_assert_int_eq(engine_raw_read(e, &in, 3), 3);
	ck_assert_int_eq(engine_raw_read(e, &in, 100), 2);
	ck_assert_int_eq(engine_raw_read(e, &in, 50), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(engine_raw_write(e, slice_str("up")), 2);
	engine_raw_end(e);
	hangs_up();
	ck_assert_int_eq(engine_raw_read(e, &in, 50), 0);
	ck_assert_str_eq(buf_cstr(&in), "first");
	ck_assert(!engine_in_step(e));
	buf_free(&in);
}
END_TEST

/* An answer that is larger than whoever asked can take is not an answer in half. */
START_TEST(too_large)
{
	struct buf body = buf_new(1);
	struct error why = { 0 };

	if (!is_root())
		return;
	ask_it();
	says(OK("2\r\n\r\nhi"));
	ck_assert_int_eq(answer(&body, SHORTLY, &why), -1);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	is_broken(ERR_LIMIT);
	buf_free(&body);
}
END_TEST

Suite *engine_suite(void)
{
	Suite *suite = suite_create("engine");
	TCase *tcase = tcase_create("link");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, not_roots);
	tcase_add_test(tcase, absent);
	tcase_add_loop_test(tcase, answers, 0, sizeof(answers_t) / sizeof(answers_t[0]));
	tcase_add_loop_test(tcase, answers_in_pieces, 0, sizeof(answers_t) / sizeof(answers_t[0]));
	tcase_add_test(tcase, behind_the_answer);
	tcase_add_test(tcase, before_it_is_asked);
	tcase_add_test(tcase, late);
	tcase_add_test(tcase, stopped);
	tcase_add_test(tcase, interim);
	tcase_add_test(tcase, client_goes);
	tcase_add_test(tcase, early);
	tcase_add_loop_test(tcase, out_of_order, 0, 6);
	tcase_add_test(tcase, raw);
	tcase_add_test(tcase, too_large);
	suite_add_tcase(suite, tcase);
	return suite;
}
