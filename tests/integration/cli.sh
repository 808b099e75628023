# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by t_12*.sh: one scenario by one docker command line, twice, straight to the engine and through safedocker.
# shellcheck shell=bash
policy <<-'END'
	[rule cli]
	users = *
	verbs = @everyday
	flags = @everyday
END

# plain FILE LINE: what LINE printed, without what differs from one time to the next: ids (safedocker hides them in
# conflicts), times, the numbers of processes and users. Known to differ in words: the engine is asked by id and so names a container by it,
# and it adds the tag that nobody wrote to an image that it does not have. Images that were made within one second
# come from the engine in any order; that it ends while it waits for a container, docker says or not as it happens.
plain() {
	sed -E 's/in container (sdcli-[a-z]+|[0-9a-f]{64})$/in container NAME/; s/(No such image: [a-z-]+):latest/\1/
		s/[0-9a-f]{64}|\(hidden\)/ID/g; s/\b[0-9a-f]{12}\b/ID/g
		s/(About )?(a|an|[0-9]+) (second|minute|hour)s?( ago)?/TIME/g; s/Less than TIME/TIME/g; s/Up TIME/Up/
		s/^[a-z0-9+]+ +[0-9]+ +[0-9]+ .*[0-9]+:[0-9]+:[0-9]+ /PROCESS /
		/level=error msg="error waiting for container: context canceled"/d
		s/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z| [-+0-9]+ [A-Z]+)?/DATE/g
		s/"[a-z]+_[a-z]+"/NAME/g; s/[[:space:]]+/ /g; s/ $//' "$1" |
		case $2 in 'docker images'* | 'docker image ls'*) sort ;; *) cat ;; esac
}

# both NAME DOCKER: the scenario with this docker, and each command's two outcomes compared. Exit code and output
# are the same, but for ids, times and what a container measures.
both() {
	local name=$1 docker=$2 home=$SD_WORK/$SD_ALICE f line
	cp "$SD_HERE/scenario.sh" "$home/scenario.sh"
	chmod 0755 "$home/scenario.sh"
	chmod 0666 "$SD_ENGINE"
	as "$SD_ALICE" env DOCKER_HOST="unix://$SD_ENGINE" /bin/sh "$home/scenario.sh" "$docker" "$home/bare-$name"
	chmod 0660 "$SD_ENGINE"
	as "$SD_ALICE" python3 "$SD_HERE/serve.py" "$HELPER" /bin/sh "$home/scenario.sh" "$docker" "$home/ours-$name"
	at_least "$name: both went to the end" 90 "$(find "$home/ours-$name" -name '*.status' | wc -l)"
	for f in "$home/bare-$name"/*.line; do
		line=$(cat "$f") f=${f##*/}
		f=${f%.line}
		# The engine would do these as root in files that the container can change.
		case $line in 'docker cp '* | 'docker diff '*)
			has "$name: $line: refused, and why" "$(cat "$home/ours-$name/$f.out")" 'the engine would do it as root'
			continue
			;;
		esac
		is "$name: $line: exit code" "$(cat "$home/bare-$name/$f.status")" "$(cat "$home/ours-$name/$f.status" 2>&1)"
		is "$name: $line: output" "$(plain "$home/bare-$name/$f.out" "$line")" "$(plain "$home/ours-$name/$f.out" "$line" 2>&1)"
	done
}
