#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No test: prints what the helper costs, beside the engine's bare socket in the same run, and the budget that
# each figure has. On a busy machine only CPU times mean something.
# Run it by name: tests/integration/run BUILD bench.sh
. "$SD_HERE/lib.sh"
policy <<-END
	[rule everyday]
	users = *
	verbs = @everyday
	flags = @everyday
END
# The engine's socket is opened to the bare client for this alone.
chmod 0666 "$SD_ENGINE"
sd run -d --name bench bb:1 sleep 100000 >/dev/null
as "$SD_ALICE" python3 "$SD_HERE/../bench/bench.py" "$HELPER" "$SD_ENGINE" "$SAFEDOCKER"
engine rm -f bench >/dev/null
chmod 0660 "$SD_ENGINE"
# Rules: the load and the decision alone, in one process.
"$SD_BUILD/tests/bench/rules" 2000
