/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void error_fill(struct error *reterr, enum err code, const char *format, ...)
{
	va_list ap;

	if (reterr == NULL)
		return;
	reterr->code = code;
	va_start(ap, format);
	(void)vsnprintf(reterr->text, sizeof(reterr->text), format, ap);
	va_end(ap);
}
