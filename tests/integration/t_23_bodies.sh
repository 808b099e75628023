#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Raw bodies that the command line would not send, routes that are none, what a rule may add; and the rarer flags.
. "$SD_HERE/lib.sh"
id=$(id -u "$SD_ALICE")

engine run -d --name root1 bb:1 sleep 1000 >/dev/null
engine volume create rootvol >/dev/null
engine network create rootnet >/dev/null
before=$(containers)

# refused TEXT ARGUMENTS…: `run ARGUMENTS` is denied, says TEXT, makes no container and leaves one denial.
refused() {
	local text=$1 denials
	shift
	denials=$(count phase=denied)
	denied "run $*" "$text" sd run --rm "$@" bb:1 true
	is "run $*: nothing was made" "$before" "$(containers)"
	is "run $*: the denial is in the record" 1 $(($(count phase=denied) - denials))
}
allowed 'run, for comparison' sd run --rm bb:1 true
is 'no denial so far' 0 "$(count phase=denied)"

# What is root's is not told from what is not there.
nobodys='No such container: root1'
refused 'denied: --volume=/root' -v /root:/x:ro
refused '--volume' -v /var/run/docker.sock:/var/run/docker.sock
refused 'is not yours' -v rootvol:/x
refused --mount --mount type=npipe,source=/,target=/x
refused "$nobodys" --volumes-from root1
refused --volume-driver -v /fresh --volume-driver other
refused "$nobodys" --pid container:root1
refused "$nobodys" --network container:root1
refused --network=rootnet --network rootnet
refused "$nobodys" --ipc container:root1
refused "$nobodys" --link root1
refused --cap-add=ALL --cap-add ALL
refused --gpus --gpus all
refused --security-opt=label=disable --security-opt label=disable
refused --mac-address --mac-address 02:42:ac:11:00:09
refused --publish -p 127.0.0.1:18080:80
refused --publish-all -P
refused 'huge=always' --tmpfs /x:huge=always
refused --log-opt --log-driver json-file --log-opt syslog-address=unix:///run/x
refused --cpu-rt-runtime --cpu-rt-runtime 1000
refused "safedocker's own" --label "safedocker.uid=$id"
refused "safedocker's own" --label SafeDocker.kind=x

# The same words with harmless values pass.
for harmless in '--security-opt no-new-privileges' '--network none' '--network bridge' '--ipc private' '--ipc none' \
	'--cgroupns private' '--tmpfs /x:noexec,size=1m' '--log-driver json-file' '--log-driver none' \
	'--log-driver json-file --log-opt max-size=1m' '--oom-score-adj 500' '--label safedockerx=1' '-v /fresh' \
	'--mount type=tmpfs,target=/x' '--mount type=volume,target=/x' '--cap-drop ALL' \
	"--group-add $(id -g "$SD_ALICE")"; do
	# shellcheck disable=SC2086
	allowed "run $harmless" sd run --rm $harmless bb:1 true
done

# --- what the command line does not send: raw bodies ------------------------------------------
create=/v1.41/containers/create
is 'a raw body, for comparison' 201 "$(api "$SD_ALICE" "json:POST:$create:{\"Image\":\"bb:1\",\"Cmd\":[\"true\"]}" recv | cut -c1-3)"
before=$(containers)
# body NAME STATUS TEXT BODY: TEXT or, where there is none, at least that it was us who refused
body() {
	local got text=${3:-"safedocker: "}
	got=$(api "$SD_ALICE" "json:POST:$create:$4" recv)
	is "$1: status" "$2" "${got%% *}"
	has "$1: words" "$got" "$text"
	is "$1: nothing was made" "$before" "$(containers)"
}
body 'a field that does not exist' 403 Foo '{"Image":"bb:1","Foo":1}'
body 'a field that does not exist, empty' 403 Foo '{"Image":"bb:1","Foo":null}'
body 'one inside HostConfig' 403 HostConfig.Foo '{"Image":"bb:1","HostConfig":{"Foo":""}}'
body 'a folded key' 403 hostconfig '{"Image":"bb:1","hostconfig":{"Privileged":true}}'
body 'a folded key inside' 403 privileged '{"Image":"bb:1","HostConfig":{"privileged":true}}'
body 'an upper-case key' 403 HOSTCONFIG '{"Image":"bb:1","HOSTCONFIG":{"Privileged":true}}'
body 'a key with U+017F' 403 'Ho' '{"Image":"bb:1","HoſtConfig":{"Privileged":true}}'
body 'a key with U+212A' 403 'Networ' '{"Image":"bb:1","HostConfig":{"NetworKMode":"host"}}'
body 'an escaped key' 403 --privileged '{"Image":"bb:1","HostConfig":{"Privilege\u0064":true}}'
body 'a key twice' 400 '' '{"Image":"bb:1","HostConfig":{},"HostConfig":{"Privileged":true}}'
body 'a key twice, once escaped' 400 '' '{"Image":"bb:1","HostConfig":{},"Host\u0043onfig":{"Privileged":true}}'
body 'a key twice inside' 400 '' '{"Image":"bb:1","HostConfig":{"Privileged":false,"Privileged":true}}'
body 'Privileged' 403 --privileged '{"Image":"bb:1","HostConfig":{"Privileged":true}}'
body 'a number for a boolean' 400 Privileged '{"Image":"bb:1","HostConfig":{"Privileged":1}}'
body 'a text for a boolean' 400 Privileged '{"Image":"bb:1","HostConfig":{"Privileged":"true"}}'
body 'a list for an object' 400 HostConfig '{"Image":"bb:1","HostConfig":[]}'
body 'a text for a list' 400 Binds '{"Image":"bb:1","HostConfig":{"Binds":"/:/host"}}'
body 'Binds' 403 --volume '{"Image":"bb:1","HostConfig":{"Binds":["/:/host"]}}'
body 'a second bind' 403 --volume '{"Image":"bb:1","HostConfig":{"Binds":["fresh:/x","/:/host"]}}'
body 'a relative bind' 400 --volume '{"Image":"bb:1","HostConfig":{"Binds":["../../etc:/host"]}}'
body 'Mounts' 403 --volume '{"Image":"bb:1","HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/host"}]}}'
body 'Mounts without a type' 403 --mount '{"Image":"bb:1","HostConfig":{"Mounts":[{"Source":"/","Target":"/host"}]}}'
body 'the label of the owner' 403 safedocker '{"Image":"bb:1","Labels":{"safedocker.uid":"0"}}'
body 'the witness of the owner' 403 ContainerIDFile '{"Image":"bb:1","HostConfig":{"ContainerIDFile":"safedocker:0"}}'
body 'a network by endpoint' 403 --network '{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"host":{}}}}'
body 'a network by id' 403 --network "{\"Image\":\"bb:1\",\"HostConfig\":{\"NetworkMode\":\"$(engine network inspect -f '{{.Id}}' host)\"}}"
body 'MaskedPaths' 403 --security-opt '{"Image":"bb:1","HostConfig":{"MaskedPaths":[]}}'
body 'ReadonlyPaths' 403 --security-opt '{"Image":"bb:1","HostConfig":{"ReadonlyPaths":[]}}'
never
body 'a user of the image' 403 'runs as its owner' '{"Image":"bb:1","User":"root"}'
everyday
body 'a user that overflows' 400 'invalid value for --user' '{"Image":"bb:1","User":"4294967296"}'
body 'no image' 400 Image '{"Cmd":["true"]}'
body 'no object' 400 '' '[]'
body 'null' 400 '' null
body 'nothing' 400 '' ''
body 'two values' 400 '' '{"Image":"bb:1"}{"HostConfig":{"Privileged":true}}'
body 'a comment' 400 '' '{"Image":"bb:1"/*,*/}'
body 'a comma too many' 400 '' '{"Image":"bb:1",}'
body 'a lone surrogate' 400 '' '{"Image":"bb:1","Hostname":"\ud800"}'
body 'a zero character' 400 '' '{"Image":"bb:1","Hostname":"a\u0000b"}'
body 'a control character in a volume' 400 '' '{"Image":"bb:1","Volumes":{"/a\u000ab":{}}}'
body 'depth' 413 '' "{\"Image\":$(printf '[%.0s' $(seq 5000))"
body 'an image by no name' 400 '' '{"Image":"../../etc"}'

got=$(api "$SD_ALICE" "send:POST $create HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 16\r\n\r\n{\"Image\":\"bb:1\"}" recv)
is 'JSON that says it is text' 400 "${got%% *}"
got=$(api "$SD_ALICE" "send:POST $create?name=x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nname=y" recv)
is 'a form' 400 "${got%% *}"
got=$(api "$SD_ALICE" "send:POST $create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n" recv)
is 'a body beyond the limit is refused unread' 413 "${got%% *}"
head -c 1100000 /dev/zero | tr '\0' ' ' >"$SD_WORK/large"
chmod 644 "$SD_WORK/large"
got=$(api "$SD_ALICE" "send:POST $create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" "file:$SD_WORK/large" recv)
has 'and one in chunks' "$got" '413 '

for path in /v1.23/containers/json /v1.999/containers/json; do
	got=$(api "$SD_ALICE" "get:$path" recv)
	is "$path" 400 "${got%% *}"
done
for path in /v01.41/containers/json /v1.41.0/containers/json /V1.41/containers/json /v2.0/containers/json \
	/v1.41/containers/root1/export /v1.41/containers/root1/archive?path=/ /metrics; do
	got=$(api "$SD_ALICE" "get:$path" recv)
	is "GET $path is no route" 404 "${got%% *}"
done
for path in /v1.41/swarm /v1.41/secrets /v1.41/distribution/bb/json /debug/vars /v1.41/containers/root1/attach/ws; do
	got=$(api "$SD_ALICE" "get:$path" recv)
	at_least "GET $path gives nothing" 400 "${got%% *}"
done
for path in /v1.41/build /v1.41/commit?container=root1 /v1.41/images/load /v1.41/session /grpc /v1.41/swarm/init \
	/v1.41/containers/root1/update \
	/v1.41/plugins/pull /v1.41/auth /v1.41/containers/root1/pause; do
	got=$(api "$SD_ALICE" "post:$path" recv)
	at_least "POST $path is refused" 400 "${got%% *}"
done
got=$(api "$SD_ALICE" 'post:/v1.41/images/create?fromSrc=-&repo=x' recv)
is 'an image from a tar stream' 403 "${got%% *}"

# --- what a rule may add ---------------------------------------------------------------------------
remove_all
policy <<-END
	[rule r]
	users = $SD_ALICE
	verbs = run
	flags = @everyday, --publish=127.0.0.1:18000-18999, --memory<=64m, --cpus<=0.5, --network=rootnet
	force = --read-only
	images = docker.io/library/bb
END
allowed 'publish within the rule' sd run --rm -p 127.0.0.1:18080:80 bb:1 true
denied 'a port below' --publish sd run --rm -p 127.0.0.1:17999:80 bb:1 true
denied 'a port above' --publish sd run --rm -p 127.0.0.1:19000:80 bb:1 true
denied 'another address' --publish sd run --rm -p 127.0.0.2:18080:80 bb:1 true
denied 'no address is every address' --publish sd run --rm -p 18080:80 bb:1 true
allowed 'a listed network' sd run --rm --network rootnet bb:1 true
denied 'its container is a verb away' 'denied: ps' sd ps
allowed 'memory within' sd run --rm -m 32m bb:1 true
denied 'memory beyond' --memory sd run --rm -m 65m bb:1 true
denied 'memory without bound' --memory sd run --rm -m 32m --memory-swap -1 bb:1 true
allowed 'memory not said' sd run -d --name limited bb:1 sleep 1000
is 'is filled in' 67108864 "$(engine inspect -f '{{.HostConfig.Memory}}' limited)"
is 'swap too' 67108864 "$(engine inspect -f '{{.HostConfig.MemorySwap}}' limited)"
is 'processors too' 500000000 "$(engine inspect -f '{{.HostConfig.NanoCpus}}' limited)"
is 'what is forced is set' true "$(engine inspect -f '{{.HostConfig.ReadonlyRootfs}}' limited)"
denied 'processors beyond' --cpus sd run --rm --cpus 0.6 bb:1 true
denied 'the same by quota' --cpu sd run --rm --cpu-quota 60000 bb:1 true
denied 'the same by quota and period' --cpu sd run --rm --cpu-period 10000 --cpu-quota 6000 bb:1 true
denied 'another verb' 'denied: stop' sd stop limited
tar -C "$SD_WORK/image" -c . | engine import -c 'ENV OTHER=yes' - docker.io/other/bb:1 >/dev/null
denied 'another image' 'image docker.io/other/bb' sd run --rm other/bb:1 true
engine rmi other/bb:1 >/dev/null
remove_all

new_log
denied 'the denial names the nearest rule' "rule: r at $CONF:" sd run --rm --privileged bb:1 true
has 'and the record' "$OUT" 'logged as '

# What would make root of anybody is no matter of a plain rule.
for strong in --privileged --pid=host --network=ns:/x '--volume=/run/docker.sock' --cap-add=SYS_ADMIN --device --security-opt=seccomp=unconfined; do
	policy <<-END
		[rule r]
		users = $SD_ALICE
		verbs = run
		flags = @everyday, $strong
	END
	run sd run --rm bb:1 true
	is "a rule with $strong: nothing is allowed" 125 "$STATUS"
	has "a rule with $strong: file and line" "$OUT" "$CONF:6: "
done
everyday
engine network rm rootnet >/dev/null
engine volume rm rootvol >/dev/null
