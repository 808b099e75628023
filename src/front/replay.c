/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/replay.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "front/output.h"
#include "wire/screen.h"

#define STEP (256 * 1024)
#define SHOWN_MAX (4 * 1024 * 1024)	/* bytes of one event */

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

/* --- the terminal ------------------------------------------------------------------------ */
/*
 * What a terminal sends by itself must not be seen, and above all not be there for the next program
 * that reads: it could look like a command that somebody typed.
 */
static bool quiet(struct termios *was)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, was) < 0)
		return false;
	now = *was;
	now.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
	return tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
}

static int put(const struct buf *bytes)
{
	struct slice left = buf_slice(bytes);

	while (left.n > 0 && !bytes->failed) {
		ssize_t n = write(STDOUT_FILENO, left.p, left.n);

		if (n <= 0 && (errno != EINTR || told_to_end))
			return -1;
		left = slice_after(left, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

static void wait_for(double seconds, const struct replay *replay)
{
	struct timespec t;

	seconds /= replay->speed;
	if (replay->max_wait > 0 && seconds > replay->max_wait)
		seconds = replay->max_wait;
	if (seconds <= 0)
		return;
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	while (!told_to_end && nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* --- events -------------------------------------------------------------------------------- */
static void note_size(const json_t *header)
{
	int width = (int)json_integer_value(json_object_get(header, "width"));
	int height = (int)json_integer_value(json_object_get(header, "height"));
	struct winsize here;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &here) == 0 &&
	    (here.ws_col < width || here.ws_row < height))
		(void)fprintf(stderr,
			      "safedocker: this terminal is smaller (%dx%d) than the one that was "
			      "recorded (%dx%d)\n",
			      here.ws_col, here.ws_row, width, height);
}

/* A line that is no event was torn when its writer was ended: what it said was not passed on. */
static int show(const json_t *event, double *at, struct screen *screen, const struct replay *replay)
{
	const json_t *text = json_array_get(event, 2);
	const char *kind = json_string_value(json_array_get(event, 1));
	double when = json_number_value(json_array_get(event, 0));
	struct buf out = buf_new(SHOWN_MAX);
	int r;

	if (kind == NULL || strcmp(kind, "o") != 0 || !json_is_string(text))
		return 0;
	if (when > *at) {
		wait_for(when - *at, replay);
		*at = when;
	}
	screen_add(screen, slice_of(json_string_value(text), json_string_length(text)), &out);
	r = told_to_end ? -1 : put(&out);
	buf_free(&out);
	return r;
}

static void play(FILE *in, const json_t *header, const struct replay *replay)
{
	struct screen screen = { .at = SCREEN_TEXT };
	struct buf end = buf_new(SHOWN_MAX);
	char *line = NULL;
	size_t room = 0;
	double at = 0;
	struct termios was;
	bool quieted;
	ssize_t n;
	int r = 0;

	note_size(header);
	catch_signals();
	quieted = quiet(&was);
	while (r == 0 && !told_to_end && (n = getline(&line, &room, in)) > 0) {
		json_t *event = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);

		r = show(event, &at, &screen, replay);
		json_decref(event);
	}
	screen_end(&screen, &end);
	buf_add_str(&end, "\r\n");
	told_to_end = 0;
	(void)put(&end);
	if (quieted)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	buf_free(&end);
	free(line);
}

static int copy(FILE *in, const char *first)
{
	static char bytes[STEP];
	size_t n;

	(void)fputs(first, stdout);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0 && fwrite(bytes, 1, n, stdout) == n)
		;
	return output_done(0);
}

int replay_run(int fd, const struct replay *replay)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n = in != NULL ? getline(&line, &room, in) : -1;
	json_t *header = n > 0 ? json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL) : NULL;
	int status = 0;

	if (line == NULL || json_integer_value(json_object_get(header, "version")) != 2) {
		(void)fputs("safedocker: ", stderr);
		(void)fprintf(stderr, "%.*s\n",
			      line != NULL && n > 0 ? (int)strcspn(line, "\n") : 0,
			      line != NULL ? line : "");
		status = 1;
	} else if (replay->raw || isatty(STDOUT_FILENO) != 1) {
		status = copy(in, line);
	} else {
		play(in, header, replay);
	}
	json_decref(header);
	free(line);
	if (in != NULL)
		(void)fclose(in);
	return status;
}
