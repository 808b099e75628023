#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion in the three shells: words of ours, and docker's own behind them.
# shellcheck disable=SC2016 # what is written here is for the shell inside
. "$SD_HERE/lib.sh"
share=$SD_PREFIX/share
# completes WORD…: what bash offers for the last of them
completes() {
	bash --norc -c '
		. "$1"
		# Docker'"'"'s own completion, as it is asked for: its words are offered.
		_docker_like() { COMPREPLY=($(compgen -W "run ps pull --privileged --publish" -- "$2")); }
		complete -F _docker_like docker
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_safedocker
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd" "' sh "$share/bash-completion/completions/safedocker" "$@"
}
is 'bash: words of ours and docker'\''s' 'policy ps pull' "$(completes safedocker p)"
is 'bash: one of ours' explain "$(completes safedocker exp)"
is 'bash: docker'\''s own behind its word' '--privileged --publish' "$(completes safedocker run --p)"
is 'bash: behind an option of ours' 'policy ps pull' "$(completes safedocker --as debug p)"
is 'bash: behind explain' '--privileged --publish' "$(completes safedocker explain run --p)"
is 'bash: policy' 'check' "$(completes safedocker policy ch)"
is 'bash: audit' 'replay' "$(completes safedocker audit rep)"
is 'bash: a filter of the record' '--decision' "$(completes safedocker audit --json --dec)"
is 'bash: a user of it' "$SD_ALICE" "$(completes safedocker audit --user "$SD_ALICE")"
is 'bash: request' '--for' "$(completes safedocker request --fo)"
is 'bash: what the table has not' '' "$(completes safedocker agent rep)"
is 'bash: agent' 'start status stop' "$(completes safedocker agent st)"
is 'bash: an option'\''s own value is nobody'\''s' '' "$(completes safedocker --as d)"
if command -v zsh >/dev/null; then
	allowed 'zsh: the script is understood' zsh -n "$share/zsh/site-functions/_safedocker"
	# What would be offered, without a terminal: compadd says it.
	run zsh -f -c 'compadd() { print -l -- ${@:#--}; }; _normal() { print docker:$words[1] $words[2] $CURRENT; }
		typeset -A _comps; _comps[docker]=x
		words=(safedocker p) CURRENT=2; source "$1"
		print --; words=(safedocker run --p) CURRENT=3; _safedocker
		print --; words=(safedocker policy "") CURRENT=3; _safedocker' zsh "$share/zsh/site-functions/_safedocker"
	has 'zsh: words of ours' "$OUT" policy
	has 'zsh: docker'\''s behind its word' "$OUT" 'docker:docker run 3'
	has 'zsh: policy' "$OUT" learn
else
	skip zsh 'it is not installed'
fi
if command -v fish >/dev/null; then
	run alice fish -N -c "source $share/fish/vendor_completions.d/safedocker.fish; complete -C 'safedocker expl'"
	has 'fish: words of ours' "$OUT" explain
	run alice fish -N -c "complete -c docker -f -a pullx; source $share/fish/vendor_completions.d/safedocker.fish; complete -C 'safedocker pull'"
	has 'fish: docker'\''s' "$OUT" pullx
	run alice fish -N -c "source $share/fish/vendor_completions.d/safedocker.fish; complete -C 'safedocker policy le'"
	has 'fish: policy' "$OUT" learn
else
	skip fish 'it is not installed'
fi
