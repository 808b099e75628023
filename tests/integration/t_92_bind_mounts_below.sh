#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is mounted below a bind: other file systems, read only or not, and one of a user's own (FUSE).
. "$SD_HERE/lib.sh"
top=$SD_PREFIX/below
home=$top/home
old_home=$(getent passwd "$SD_ALICE" | cut -d: -f6)
mkdir -p "$home/project/sub" "$home/project/fuse" "$top/data/sub" "$top/behind"
echo covered >"$home/project/sub/f"
echo behind >"$top/behind/f"
chown -R "$SD_ALICE": "$home"
usermod -d "$home" "$SD_ALICE" || not_ok "the home" "$(pgrep -au "$SD_ALICE")"
trap 'remove_all; umount "$home/project/sub" "$home/project/fuse" "$top/data/sub" 2>/dev/null; usermod -d "$old_home" "$SD_ALICE"; rm -rf "$top"; echo "# end"' EXIT
everyday
for d in "$home/project/sub" "$top/data/sub"; do
	mount -t tmpfs -o mode=0777 tmpfs "$d"
	echo mounted >"$d/f"
done

# A path that is mounted as it stands has all that is mounted below it.
allowed 'a path that nobody can exchange, and what is mounted there' sd run --rm -v "$top/data:/d" bb:1 cat /d/sub/f
is 'is what is seen' mounted "$OUT"
allowed 'can be written' sd run --rm -v "$top/data:/d" bb:1 touch /d/sub/g
denied 'read only is read only all the way down' 'ead-only' sd run --rm -v "$top/data:/d:ro" bb:1 touch /d/sub/h
is 'nothing was written' '' "$(ls "$top/data/sub/h" 2>/dev/null)"

# Below the home too: what a mount covers stays covered.
allowed 'below the home, and what is mounted there' sd run --rm -v "$home/project:/w" bb:1 cat /w/sub/f
is 'the mount is carried along' mounted "$OUT"
denied 'read only there too' 'ead-only' sd run --rm -v "$home/project:/w:ro" bb:1 touch /w/sub/h
allowed 'what is mounted there itself' sd run --rm -v "$home/project/sub:/w" bb:1 cat /w/f
is 'is what is seen' mounted "$OUT"
denied 'read only' 'ead-only' sd run --rm -v "$home/project/sub:/w:ro" bb:1 touch /w/h

# A file system that a process answers for: it lets nobody in but whom it likes, not even root.
if ! command -v bindfs >/dev/null || [ ! -c /dev/fuse ]; then
	skip 'FUSE' 'bindfs or /dev/fuse is not there'
elif ! bindfs --no-allow-other "$top/behind" "$home/project/fuse" >"$SD_WORK/fuse" 2>&1; then
	skip 'FUSE' "$(tail -1 "$SD_WORK/fuse")"
else
	run alice cat "$home/project/fuse/f"
	denied 'root'\''s FUSE mount keeps the caller out' 'ermission denied' alice cat "$home/project/fuse/f"
	run sd run --rm -v "$home:/w" bb:1 cat /w/project/fuse/f
	lacks 'and keeps the container out' "$OUT" behind
	run sd run --rm -v "$home/project/fuse:/w" bb:1 cat /w/f
	lacks 'also as the source itself' "$OUT" behind
	umount "$home/project/fuse"
	bindfs -o allow_other "$top/behind" "$home/project/fuse"
	allowed 'one that lets others in, as the source' sd run --rm -v "$home/project/fuse:/w" bb:1 cat /w/f
	is 'is what is seen' behind "$OUT"
	umount "$home/project/fuse"
fi
is 'nothing of root'\''s with content in the home' "$home/project/sub" "$(find "$home" -xdev ! -user "$SD_ALICE")"
