#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the docker command line does with containers besides running them, and how builds are refused.
. "$SD_HERE/lib.sh"
home=$SD_WORK/$SD_ALICE

sd run -d --name c1 bb:1 sleep 1000 >/dev/null
allowed 'update' sd update --memory 64m --memory-swap 64m c1
is 'the limit holds' 67108864 "$(engine inspect -f '{{.HostConfig.Memory}}' c1)"
allowed 'update --restart' sd update --restart=no c1
denied 'update of nothing' 'No such container' sd update --memory 64m nothing-there
engine run -d --name roots bb:1 sleep 1000 >/dev/null
denied 'update of root'\''s' 'No such container' sd update --memory 64m roots
denied 'update --cpu-rt-runtime' 'denied: --cpu-rt-runtime' sd update --cpu-rt-runtime 1000 c1
run api "$SD_ALICE" 'json:POST:/v1.41/containers/c1/update:{"Devices":[{"PathOnHost":"/dev/sda"}]}' recv
has 'a device in an update' "$OUT" 'Devices[].PathOnHost is refused'
policy <<-END
	[rule limits]
	users = %safedocker
	verbs = @everyday
	flags = --memory<=64m, --cpus<=1, --pids-limit<=100
END
allowed 'update below the limit' sd update --memory 32m --memory-swap 32m c1
denied 'update above the limit' 'denied: --memory=' sd update --memory 128m --memory-swap 128m c1
denied 'update of a period alone' 'denied: --' sd update --cpu-period 1000 c1
run api "$SD_ALICE" 'json:POST:/v1.41/containers/c1/update:{"PidsLimit":0}' recv
has 'update to no limit of processes' "$OUT" 'denied: --pids-limit=-1'
everyday

sd create --name old1 bb:1 true >/dev/null
sd_bob create --name old2 bb:1 true >/dev/null
allowed 'container prune' sd container prune -f
is 'own ended ones are gone' 1 "$(engine inspect old1 >/dev/null 2>&1; echo $?)"
is 'others are there' 0 "$(engine inspect old2 >/dev/null 2>&1; echo $?)"
is 'and so is what runs' true "$(engine inspect -f '{{.State.Running}}' c1)"
# Root's container of an image that carries alice's label.
engine commit -c "LABEL safedocker.uid=$(uid)" c1 sdt-mine:1 >/dev/null
engine create --name labelled sdt-mine:1 true >/dev/null
denied 'container prune with a label that an image gave' 'carries your label' sd container prune -f
is 'it is still there' 0 "$(engine inspect labelled >/dev/null 2>&1; echo $?)"
engine rm labelled >/dev/null
engine rmi sdt-mine:1 >/dev/null
denied 'system prune is not everyday' 'denied: builder prune' sd system prune -f
allowed 'network prune' sd network prune -f
allowed 'volume prune' sd volume prune -f

run api "$SD_ALICE" 'get:/v1.41/containers/c1/attach/ws?stdin=1' recv
has 'a websocket' "$OUT" '403 '
run api "$SD_ALICE" 'get:/debug/vars' recv
has 'the engine'\''s own state' "$OUT" '403 '
run api "$SD_ALICE" 'get:/v1.41/fly' recv
has 'an unknown route is 404' "$OUT" '404 '
at_least 'and recorded' 1 "$(count status=404)"
run api "$SD_ALICE" 'get:/v1.50/containers/c1/json' recv
has 'a version that the engine does not know' "$OUT" 'Maximum supported API version'

mkdir -p "$home/context"
printf 'FROM bb:1\nRUN id\n' >"$home/context/Dockerfile"
chown -R "$SD_ALICE": "$home/context"
build() { alice env DOCKER_BUILDKIT=0 "$SAFEDOCKER" build "$@"; }
denied 'build is not everyday' 'denied: build' build -t sdt-built:1 "$home/context"
policy <<-END
	[rule builders]
	users = %safedocker
	verbs = @everyday, @build
	flags = @everyday
END
denied 'build, whose steps nobody confines' 'comes with a later version' build -t sdt-built:1 "$home/context"
denied 'build in the host'\''s network' 'denied: --network=host' build --network host "$home/context"
denied 'build in another control group' 'denied: --cgroup-parent' build --cgroup-parent /x "$home/context"
denied 'build over another'\''s name' 'is not yours: take another name' build -t bb:1 "$home/context"
run api "$SD_ALICE" 'send:POST /v1.41/build?version=2&session=x HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: 0\r\n\r\n' recv
has 'a builder into which nobody sees' "$OUT" 'denied: --builder=buildkit'
run api "$SD_ALICE" 'send:POST /session HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n' recv
has 'its session' "$OUT" 'denied: --builder=buildkit'
run api "$SD_ALICE" 'send:POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n' recv
has 'its whole interface' "$OUT" 'denied: --builder=grpc'
run api "$SD_ALICE" 'send:POST /v1.41/build HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\nnetworkmode=host' recv
has 'a form' "$OUT" 'Content-Type must be application/x-tar'

denied 'swarm init' 'denied: swarm init' sd swarm init
denied 'plugin install' 'denied: plugin install' sd plugin install --grant-all-permissions api/none
denied 'node ls: the engine itself says that there is no swarm' 'swarm' sd node ls
lacks 'and safedocker does not refuse it' "$OUT" 'denied'
