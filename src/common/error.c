/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

int error_set(struct error *reterr, enum err code, const char *format, ...)
{
	va_list ap;

	if (reterr == NULL)
		return -1;
	reterr->code = code;
	va_start(ap, format);
	(void)vsnprintf(reterr->text, sizeof(reterr->text), format, ap);
	va_end(ap);
	return -1;
}
