#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A caller exchanges the source of a bind for a link, as fast as one can: while containers are made, started,
# restarted and entered, and while the engine itself starts again.
# SD_SECONDS: for how long; `scripts/test long` gives it a minute.
. "$SD_HERE/lib.sh"
top=$SD_PREFIX/race
home=$top/home
old_home=$(getent passwd "$SD_ALICE" | cut -d: -f6)
mkdir -p "$home/a/x" "$home/b" "$top/secret/x"
# Whoever gets behind the wall may read what is there: only the wall keeps it.
echo CANARY >"$top/secret/canary"
echo CANARY >"$top/secret/x/canary"
chmod 0700 "$top/secret"
echo honest >"$home/a/x/honest"
ln -s "$top/secret/x" "$home/a/link"
ln -s ../../secret/x "$home/a/relative"
ln -s "$top/secret/x" "$home/b/x"
chown -hR "$SD_ALICE": "$home"
usermod -d "$home" "$SD_ALICE" || not_ok "the home" "$(pgrep -au "$SD_ALICE")"
attackers=()
stop_attack() {
	local p
	pkill -TERM -u "$SD_ALICE" -f swap.py
	for p in "${attackers[@]}"; do wait "$p"; done 2>/dev/null
	attackers=()
}
trap 'stop_attack; remove_all; usermod -d "$old_home" "$SD_ALICE"; rm -rf "$top"; echo "# end"' EXIT
everyday
# attack A B SECONDS
attack() {
	alice python3 "$SD_HERE/swap.py" "$1" "$2" "$3" >>"$SD_WORK/swaps" 2>&1 &
	attackers+=($!)
}
look='cat /w/canary /w/honest 2>/dev/null; true'
denied 'the wall keeps the caller out' 'ermission denied' alice cat "$top/secret/canary"

# The attack works: an engine that is asked directly for the same container mounts what the link leads to.
attack "$home/a/x" "$home/a/link" 120
reached=0
for _ in $(seq 40); do
	case $(engine run --rm -u "$(uid):$(uid)" -v "$home/a/x:/w" bb:1 sh -c "$look" 2>/dev/null) in *CANARY*) reached=$((reached + 1)); break ;; esac
done
at_least 'without safedocker the attack gets there' 1 "$reached"
stop_attack
rm -rf "$home/a" && mkdir -p "$home/a/x" && echo honest >"$home/a/x/honest"
ln -s "$top/secret/x" "$home/a/link"
ln -s ../../secret/x "$home/a/relative"
chown -hR "$SD_ALICE": "$home"

# One that was made in peace, and comes back by itself.
allowed 'a container that restarts always' sd run -d --name back --restart=always -v "$home/a/x:/w" bb:1 sh -c "$look; sleep 1000"
allowed 'one that is started again and again' sd create --name again -v "$home/a/x:/w" bb:1 sh -c "$look"

lasts=${SD_SECONDS:-15} began=$SECONDS runs=0 honest=0 canaries=0
attack "$home/a/x" "$home/a/link" 200
attack "$home/a/x" "$home/a/relative" 200
attack "$home/a" "$home/b" 200
see() {
	runs=$((runs + 1))
	case $1 in *CANARY*) canaries=$((canaries + 1)) ;; esac
	case $1 in *honest*) honest=$((honest + 1)) ;; esac
}
while [ $((SECONDS - began)) -lt "$lasts" ]; do
	see "$(sd run --rm -v "$home/a/x:/w" bb:1 sh -c "$look" 2>/dev/null)"
	see "$(sd run --rm --mount "type=bind,source=$home/a/x,target=/w,readonly" bb:1 sh -c "$look" 2>/dev/null)"
	see "$(sd run --rm -v "$home/a/x/canary:/f" bb:1 cat /f 2>/dev/null)"
	see "$(sd start again >/dev/null 2>&1; sd logs again 2>/dev/null)"
	see "$(sd restart -t 0 back >/dev/null 2>&1; sd exec back sh -c "$look" 2>/dev/null; sd logs back 2>/dev/null)"
	# Past the helper's own look: the engine alone decides.
	see "$(engine start again >/dev/null 2>&1; engine wait again >/dev/null 2>&1; engine logs again 2>/dev/null)"
	see "$(engine restart -t 0 back >/dev/null 2>&1; engine logs back 2>/dev/null)"
done
echo "# $runs looks in $((SECONDS - began)) s, $honest of them at what is the caller's"
is 'not one look behind the wall' 0 "$canaries"
at_least 'the attack lasted' "$lasts" $((SECONDS - began))
at_least 'and what is the caller'\''s was seen' 1 "$honest"

# The engine's own start brings back what shall always run.
restart_engine && ok 'the engine starts again' || not_ok 'the engine starts again'
for _ in 1 2 3; do
	engine restart -t 0 back >/dev/null 2>&1
	sleep 1
done
lacks 'after it: nothing from behind the wall' "$(engine logs back 2>&1; sd exec back sh -c "$look" 2>&1)" CANARY
stop_attack
is 'all attackers came to their end, and had no trouble' 4 "$(grep -cE '^[0-9]+$' "$SD_WORK/swaps")"
is 'nor said anything else' '' "$(grep -vE '^[0-9]+$' "$SD_WORK/swaps")"
at_least 'each exchanged the names' 1000 "$(sort -n "$SD_WORK/swaps" | head -1)"
is 'nothing setuid in the home' '' "$(find "$home" -perm /6000)"
is 'nothing of root'\''s with content in it' '' "$(find "$home" ! -user "$SD_ALICE" ! -empty)"
is 'and behind the wall all is as it was' "$(printf 'canary\nx\nx/canary')" "$(cd "$top/secret" && find . -mindepth 1 | sed 's,^./,,' | sort)"
