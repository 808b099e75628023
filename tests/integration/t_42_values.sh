#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the engine evaluates: log options, device requests, ranges, sizes, durations. Each allowed value runs for
# real, its twin is refused, and the engine is afterwards what it was before.
. "$SD_HERE/lib.sh"
engine_pid() { cat "$SD_ROOT/pid"; }
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$(engine_pid)/status"; }
# All of the engine's goroutines, as it writes them itself when it is told so.
goroutines() {
	local file
	rm -f "$SD_ROOT"/exec/goroutine-stacks-*.log /var/run/docker/goroutine-stacks-*.log
	kill -USR1 "$(engine_pid)"
	for _ in $(seq 100); do
		file=$(find "$SD_ROOT/exec" /var/run/docker -maxdepth 1 -name 'goroutine-stacks-*.log' -size +0 2>/dev/null | head -1)
		[ -n "$file" ] && sleep 0.2 && grep -c '^goroutine ' "$file" && return
		sleep 0.1
	done
	echo 0
}
policy <<-END
	[rule r]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --gpus<=1, --publish=127.0.0.1:1024-65535, --publish=127.0.0.1:ephemeral, --publish-all
END
sd run --rm bb:1 true >/dev/null
before=$(goroutines) rss=$(resident) pid=$(engine_pid)
at_least 'the engine tells its goroutines' 5 "$before"

# --- the log
allowed 'a log with a tag' sd run --name tagged --log-driver json-file --log-opt 'tag={{.Name}}-{{.ImageID}}' \
	--log-opt max-size=64k --log-opt max-file=2 bb:1 echo hello
has 'has it' "$(engine logs --details tagged)" 'tag=tagged-sha256'
allowed 'a local one' sd run --rm --log-driver local --log-opt max-size=1m --log-opt compress=true bb:1 echo hello
allowed 'one that waits in memory' sd run --rm --log-opt mode=non-blocking --log-opt max-buffer-size=4m bb:1 echo hello
allowed 'the default driver, with the container'\''s id' sd run --rm --log-opt max-size=10m --log-opt 'tag={{.ID}}' bb:1 echo hello
for tag in '{{pad "x" 900000000000 0}}' '{{printf "%1000000000d" 1}}' '{{.Name | upper}}' '{{range .ContainerEnv}}x{{end}}'; do
	denied "tag=$tag" 'invalid value for --log-opt tag' sd run --rm --log-driver json-file --log-opt "tag=$tag" bb:1 true
done
for size in 6g 17m '6 GB' 1.5t 0x40000000 99999999999999999999; do
	denied "max-buffer-size=$size" 'invalid value for --log-opt max-buffer-size' \
		sd run --rm --log-opt mode=non-blocking --log-opt "max-buffer-size=$size" bb:1 true
done
denied 'a log that turns at each byte' 'invalid value for --log-opt max-size' sd run --rm --log-driver json-file --log-opt max-size=1 bb:1 true
denied 'a million log files' 'invalid value for --log-opt max-file' \
	sd run --rm --log-driver json-file --log-opt max-size=64k --log-opt max-file=1000000 bb:1 true
denied 'our own identifier in the journal' 'begins with {{.ID}}' sd run --rm --log-driver journald --log-opt tag=safedocker bb:1 true
denied 'the same, where the default may be the journal' 'begins with {{.ID}}' sd run --rm --log-opt tag=safedocker bb:1 true
denied 'by a variable' 'denied: --log-opt=journald:env=SYSLOG_IDENTIFIER' \
	sd run --rm -e SYSLOG_IDENTIFIER=safedocker --log-driver journald --log-opt env=SYSLOG_IDENTIFIER bb:1 true

# --- devices: no machine here has one, so the engine's own answer is what comes through
gpu='could not select device driver'
denied 'one GPU gets as far as the engine' "$gpu" sd run --rm --gpus 1 bb:1 true
denied 'one by its id too' "$gpu" sd run --rm --gpus device=0 bb:1 true
denied 'all' 'denied: --gpus=all' sd run --rm --gpus all bb:1 true
denied 'two' 'denied: --gpus=2' sd run --rm --gpus '"device=0,1"' bb:1 true
engine import -c 'ENV NVIDIA_VISIBLE_DEVICES=all' -c 'ENV AMD_VISIBLE_DEVICES=all' -c 'ENV NVIDIA_IMEX_CHANNELS=0' \
	-c 'ENV KEPT=yes' - values:gpu < <(tar -C "$SD_WORK/image" -c .) >/dev/null
allowed 'an image that speaks of devices' sd run --rm -e HABANA_VISIBLE_DEVICES=all values:gpu env
has 'gets none' "$OUT" 'NVIDIA_VISIBLE_DEVICES=void'
lacks 'of no maker' "$OUT" AMD_VISIBLE_DEVICES
lacks 'not by the request either' "$OUT" HABANA_VISIBLE_DEVICES
lacks 'and no channel' "$OUT" NVIDIA_IMEX_CHANNELS
has 'and keeps the rest' "$OUT" KEPT=yes
engine import -c 'VOLUME /var/run/nvidia-container-devices/all' - values:hook < <(tar -C "$SD_WORK/image" -c .) >/dev/null
denied 'an image with a volume by which a hook hands out devices' 'say --gpus' sd run --rm values:hook true
denied 'a volume there' 'say --gpus' sd run --rm -v values:/var/run/nvidia-container-devices/0 bb:1 true
allowed 'a volume elsewhere' sd run --rm -v values:/data bb:1 true

# --- limits of processes
# In a namespace of the user's, the kernel wants the capability of runc itself.
if [ $((0x$(sed -n 's/^CapEff:\s*//p' /proc/self/status) >> 24 & 1)) = 1 ]; then
	allowed '--ulimit nofile' sd run --rm --ulimit nofile=512 bb:1 sh -c 'ulimit -n'
	is 'is kept' 512 "$OUT"
else
	skip '--ulimit nofile' 'root has no CAP_SYS_RESOURCE here'
fi
for limit in rtprio=99 nice=40 memlock=-1 sigpending=100000 msgqueue=1000000; do
	denied "--ulimit $limit" "denied: --ulimit=${limit%%=*}" sd run --rm --ulimit "$limit" bb:1 true
done

# --- numbers and ranges
allowed '--cpuset-cpus 0' sd run --rm --cpuset-cpus 0 bb:1 true
denied 'a range of a thousand million' 'numbers and ranges up to 8191' sd run --rm --cpuset-cpus 0-1000000000 bb:1 true
allowed '--cpu-shares 512' sd run --rm --cpu-shares 512 bb:1 true
denied 'more weight than the host'\''s services' 'denied: --cpu-shares=2048' sd run --rm --cpu-shares 2048 bb:1 true
allowed '--stop-timeout 5' sd create --name waits --stop-timeout 5 bb:1 true
denied 'for ever' 'from 0 to 600 seconds' sd run --rm --stop-timeout -1 bb:1 true
allowed 'update --cpuset-cpus' sd update --cpuset-cpus 0 waits
denied 'its twin' 'numbers and ranges up to 8191' sd update --cpuset-cpus 0-1000000000 waits
allowed '--health-interval 1s' sd run -d --name checked --health-cmd true --health-interval 1s bb:1 sleep 1000
waits 'is checked' sh -c "docker -H unix://$SD_ENGINE inspect -f '{{.State.Health.Status}}' checked | grep -q healthy"
denied 'a thousand times a second' 'from 1s to 24h' sd run -d --health-cmd true --health-interval 1ms bb:1 sleep 1000
engine import -c 'HEALTHCHECK --interval=1ms CMD ["true"]' - values:busy < <(tar -C "$SD_WORK/image" -c .) >/dev/null
allowed 'an image that wants it so' sd create --name busy values:busy sleep 1000
is 'gets a second' 1s "$(engine inspect -f '{{.Config.Healthcheck.Interval}}' busy)"
is 'and its own command' '[CMD true]' "$(engine inspect -f '{{.Config.Healthcheck.Test}}' busy)"

# --- ports: each is a process of the engine's
allowed '-p 127.0.0.1:18080:80' sd run --rm -p 127.0.0.1:18080:80 bb:1 true
many=()
for i in $(seq 129); do many+=(-p "127.0.0.1:$((20000 + i)):$i"); done
denied '129 of them' 'too many values for --publish' sd run --rm "${many[@]}" bb:1 true
engine import -c 'EXPOSE 1000-1128' - values:ports < <(tar -C "$SD_WORK/image" -c .) >/dev/null
denied 'an image with as many, and --publish-all' 'too many ports' sd run --rm -P values:ports true
allowed 'without it' sd run --rm values:ports true

# --- memory: a file system in memory is the container's own
limited=$(engine info -f '{{.MemoryLimit}}')
if [ "$limited" = true ]; then
	sd run --name full --memory 32m --memory-swap 32m --tmpfs /t:size=256m bb:1 sh -c 'busybox dd if=/dev/zero of=/t/x bs=1M count=128' >/dev/null 2>&1
	is 'what lies in a tmpfs counts against --memory' true "$(engine inspect -f '{{.State.OOMKilled}}' full)"
	sd run --name fits --memory 32m --memory-swap 32m --tmpfs /t:size=8m bb:1 sh -c 'busybox dd if=/dev/zero of=/t/x bs=1M count=4' >/dev/null 2>&1
	is 'what fits is no harm' false-0 "$(engine inspect -f '{{.State.OOMKilled}}-{{.State.ExitCode}}' fits)"
else
	skip 'memory' 'this engine knows no limit of it'
fi
denied 'a tmpfs without end' 'options of tmpfs' sd run --rm --tmpfs /t:size=0 bb:1 true

# --- the engine is what it was
sd rm -f tagged waits checked busy full fits >/dev/null 2>&1
is 'the engine is the same' "$pid" "$(engine_pid)"
allowed 'and serves' sd run --rm bb:1 true
at_most 'it holds no more memory than a few containers cost' $((rss + 65536)) "$(resident)"
after=$(goroutines)
at_most 'nor goroutines' $((before + 20)) "$after"
# --- services: what swarmkit expands, where the engine can pin a service at all
if [ "$SD_ENGINE_API" -lt 44 ]; then
	skip 'services' 'this engine cannot run them as their owner'
elif ! engine swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377 >/dev/null 2>&1; then
	skip 'services' 'the engine makes no swarm here'
else
	policy <<-END
		[rule stack]
		users = %safedocker
		verbs = @everyday, @stack, @swarm-view
		flags = @everyday, @stack
	END
	service() { sd service create --detach --no-resolve-image "$@" bb:1 sleep 1000; }
	task() { engine ps -q --filter label=com.docker.swarm.service.name=web; }
	env_of() { engine inspect -f '{{.Config.Env}} {{.Config.Hostname}}' "$(task)"; }
	allowed 'a service with templates' service --name web --env 'WHO={{.Service.Name}}-{{.Task.Slot}}' --hostname '{{.Service.Name}}-x' \
		--log-driver json-file --log-opt 'tag={{.Name}}'
	waits 'runs' sh -c '[ -n "$(docker -H "unix://$1" ps -q --filter label=com.docker.swarm.service.name=web)" ]' sh "$SD_ENGINE"
	has 'filled in' "$(env_of)" 'WHO=web-1'
	has 'its hostname too' "$(env_of)" 'web-x'
	denied 'a template that counts' 'invalid value for --env' service --name evil --env 'A={{printf "%1000000000d" 1}}'
	denied 'in the hostname' 'invalid value for --hostname' service --name evil --hostname '{{printf "%1000000000d" 1}}'
	denied 'in the tag of its log' 'invalid value for --log-opt tag' service --name evil --log-driver json-file --log-opt 'tag={{pad "x" 900000000 0}}'
	denied 'a thousand million tasks' 'from 0 to 1000' service --name evil --replicas 1000000000
	denied 'tasks that begin anew at once' 'from 1s to 7 days' service --name evil --restart-delay 1ms
	printf '{{printf "%%1000000000d" 1}}' >"$SD_WORK/$SD_ALICE/template"
	denied 'a config that is a template' 'denied: --template-driver=golang' \
		sd config create --template-driver golang evil "$SD_WORK/$SD_ALICE/template"
	is 'nothing of that is there' web "$(engine service ls --format '{{.Name}}')"
	is 'the engine is still the same' "$pid" "$(engine_pid)"
	engine service rm web >/dev/null
	engine swarm leave --force >/dev/null
fi
engine rmi -f values:gpu values:hook values:busy values:ports >/dev/null
engine volume rm -f values >/dev/null 2>&1
