#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The shape of the sources: tests/structure/structure says what is looked at.
command -v python3 > /dev/null || { echo "structure: no python3 here"; exit 77; }
exec python3 "${srcdir:-.}/tests/structure/structure"
