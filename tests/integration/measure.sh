#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No test: prints what the helper costs, beside the engine's bare socket in the same run.
# Run it by name: tests/integration/run BUILD measure.sh
. "$SD_HERE/lib.sh"
policy <<-END
	[rule everyday]
	users = *
	verbs = @everyday
	flags = @everyday
END
# The engine's socket is opened to the bare client for this alone.
chmod 0666 "$SD_ENGINE"
as "$SD_ALICE" python3 "$SD_HERE/measure.py" "$HELPER" "$SD_ENGINE"
chmod 0660 "$SD_ENGINE"
