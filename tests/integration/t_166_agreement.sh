#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# explain says beforehand what the helper then does: for each command line of commands.txt, no disagreement.
. "$SD_HERE/lib.sh"
home=$SD_WORK/$SD_ALICE
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --publish=127.0.0.1:1024-65535
END
echo text >"$home/f.txt"
chown "$SD_ALICE:" "$home/f.txt"
sd run -d --name api-a bb:1 sleep 1000 >/dev/null
sd create --name api-b bb:1 true >/dev/null
sd run -d --name api-w bb:1 sleep 1 >/dev/null
engine tag bb:1 api-img:9
in_home() { alice sh -c 'cd "$HOME" && exec "$@"' sh "$@"; }
# What was refused by the helper, in the words of a client.
is_refused() { grep -qE 'safedocker: |logged as [0-9a-f]{16}' <<<"$1"; }
judged=0 wrong=''
while IFS= read -r line; do
	read -ra words <<<"$line"
	said=$(in_home "$SAFEDOCKER" explain --json "${words[@]}" 2>&1)
	said=$(python3 -c 'import json, sys
o = json.loads(sys.argv[1])
print("deny" if any(x["decision"] == "deny" for x in o["operations"]) else "allow")' "$said" 2>/dev/null || echo "nothing: $said")
	done=$(in_home timeout -s INT 30 "$SAFEDOCKER" "${words[@]}" 2>&1 </dev/null | tr -d '\000' | head -c 100000)
	did=allow
	is_refused "$done" && did=deny
	judged=$((judged + 1))
	[ "$said" = "$did" ] || wrong+="docker $line: explain says $said, then $did: ${done:0:300}"$'\n'
done <"$SD_HERE/commands.txt"
is 'every command line was judged' "$(wc -l <"$SD_HERE/commands.txt")" "$judged"
is 'explain and the helper agree' '' "$wrong"
at_least 'some of them are refused' 5 "$(count phase=denied | awk '{ print $1 }')"
