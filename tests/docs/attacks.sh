#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every attack of doc/ATTACKS.md names tests that are there.
command -v python3 >/dev/null || { echo 'attacks: no python3 here'; exit 77; }
exec python3 "${srcdir:-.}/scripts/check-attacks"
