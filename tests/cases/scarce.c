/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/scarce.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long left;
static bool failed, paused;

static bool fails(void)
{
	if (paused || left == 0 || --left > 0)
		return false;
	failed = true;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

static int print(char **ret, const char *format, va_list list)
{
	if (!fails())
		return vasprintf(ret, format, list);
	*ret = NULL;
	return -1;
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = print(ret, format, list);
	va_end(list);
	return n;
}

/* What the other is called where the compiler checks formats as well. */
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list list;
	int n;

	(void)flag;
	va_start(list, format);
	n = print(ret, format, list);
	va_end(list);
	return n;
}

void scarce_begin(unsigned long nth)
{
	failed = false;
	left = nth;
}

void scarce_pause(bool pause)
{
	paused = pause;
}

bool scarce_end(void)
{
	left = 0;
	return failed;
}
