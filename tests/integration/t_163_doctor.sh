#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor: a host made up of files, then this one with its engine.
. "$SD_HERE/lib.sh"
fake=$SD_WORK/fake
mkdir -p "$fake"/{etc/docker,etc/systemd/system/docker.service.d,lib/systemd/system,run,proc/net,proc/77,root/.docker/contexts/meta/x,etc/safedocker}
cd "$fake" || exit
doctor() { run sd doctor --root "$fake" "$@"; }
doctor
is 'nothing there: no finding' 0 "$STATUS"
golden doctor-clean "$OUT"

printf 'root:x:0:\ndocker:x:999:carol,dave\nlxd:x:998:erin\nusers:x:100:\n' >etc/group
printf 'root:x:0:0::/root:/bin/sh\nfrank:x:1005:999::/home/frank:/bin/sh\n' >etc/passwd
touch run/docker.sock
chmod 0666 run/docker.sock
printf '{"hosts": ["unix:///run/docker.sock", "tcp://0.0.0.0:2375"]}\n' >etc/docker/daemon.json
printf '[Service]\n# ExecStart=/usr/bin/dockerd -H tcp://1.2.3.4:2375\nExecStart=/usr/bin/dockerd -H fd:// -H tcp://10.0.0.1:2376 --tlsverify\n' \
	>etc/systemd/system/docker.service.d/override.conf
printf '[Socket]\nListenStream=/run/docker.sock\nListenStream=2375\n' >lib/systemd/system/docker.socket
printf '/usr/bin/dockerd\0-H\0tcp://0.0.0.0:4000\0' >proc/77/cmdline
printf 'Linux version 5.15.0-microsoft-standard-WSL2\n' >proc/version
printf '  sl  local_address rem_address   st\n   0: 00000000:0947 00000000:0000 0A\n   1: 0100007F:0948 00000000:0000 01\n' >proc/net/tcp
printf '{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2375"}}}\n' >root/.docker/contexts/meta/x/meta.json
printf '[rule old]\nusers = a\nverbs = ps\nuntil = 2020-01-01\n\n[strong s]\nusers = a\nverbs = run\nflags = --pid=host\nimages = **\nwhy = x\n' \
	>etc/safedocker/safedocker.conf
chmod 664 etc/safedocker/safedocker.conf
doctor
is 'an open host: findings' 1 "$STATUS"
golden doctor-open "$OUT"
doctor --json
is '--json holds the same' 1 "$STATUS"
python3 - "$OUT" <<-'END' >"$SD_WORK/doctor.json"
	import json, sys
	o = json.loads(sys.argv[1])
	assert o["version"] == 1
	for f in o["findings"]:
	    assert f["meaning"] and f["severity"] in ("high", "medium", "low", "note")
	    print(f["severity"], f["id"], f["mend"])
END
golden doctor-json "$(sort "$SD_WORK/doctor.json")"
printf 'users:x:100:\n' >etc/group
chmod 0660 run/docker.sock
printf '{"hosts": ["unix:///run/docker.sock"]}\n' >etc/docker/daemon.json
rm -r etc/systemd lib proc root/.docker etc/safedocker
doctor
is 'mended: no finding' 0 "$STATUS"
cd / || exit

# This host, its engine, as root.
run "$SAFEDOCKER" doctor --json
finds() { python3 -c 'import json, sys
print("\n".join(f["id"] + " " + f["detail"] for f in json.loads(sys.argv[1])["findings"]))' "$OUT"; }
has 'the runtime is not registered: a finding' "$(finds)" 'runtime-'
lacks 'no look fails' "$(finds)" 'not-looked'
lacks 'helper, policy and record are as they should be' "$(finds)" 'helper-mode'
lacks 'the policy too' "$(finds)" 'policy-owner'
lacks 'the record too' "$(finds)" 'record-mode'
has 'a rule without a why' "$(finds)" 'rule-no-why everyday'
has 'an engine of 20.10 has known holes' "$(finds)$(engine version --format '{{.Server.Version}}' | grep -qv '^20\.10' && echo CVE-)" 'CVE-'
engine run -d --name bad --privileged -v "$SD_ENGINE:/run/docker.sock" -v /etc:/host bb:1 sleep 1000 >/dev/null 2>&1
engine run -d --name spaces --pid=host --network=host bb:1 sleep 1000 >/dev/null
sd run -d --name good bb:1 sleep 1000 >/dev/null
run "$SAFEDOCKER" doctor --json
is 'findings: 1' 1 "$STATUS"
has 'a privileged container' "$(finds)" 'container-privileged bad'
has 'one that holds the socket' "$(finds)" 'container-socket bad'
has 'one that mounts what is the host'\''s' "$(finds)" 'container-bind bad'
has 'one in the host'\''s namespaces' "$(finds)" 'container-host-namespace spaces, nobody'
lacks 'an ordinary one' "$(finds)" ' good'
for program in "$HELPER" "$AUTH" "$RECORD"; do
	mode=$(stat -c %a "$program")
	chmod 0755 "$program"
	run "$SAFEDOCKER" doctor --json
	has "${program##*/} without its bit" "$(finds)" "helper-mode $program"
	chmod "$mode" "$program"
done
chmod 0666 "$CONF"
run "$SAFEDOCKER" doctor --json
has 'a policy that others can write' "$(finds)" 'policy-owner'
chmod 0644 "$CONF"
policy <<-END
	[strong s]
	users = $SD_ALICE
	verbs = run
	flags = --pid=host
	images = **
	root = open
	password = no
END
run "$SAFEDOCKER" doctor --json
has 'root = open on a plain engine' "$(finds)" 'root-open'
has 'a strong rule without an end' "$(finds)" 'strong-no-until s'
everyday
# Engines that this machine has not: what `docker version` and `docker info` say of them.
engine_is() { # PLATFORM OPERATING-SYSTEM SECURITY-OPTIONS ENGINE RUNC
	stand_in 'HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Length: 0\r\n\r\n' \
		/version '{"Version":"'"$4"'","ApiVersion":"1.45","MinAPIVersion":"1.24","Platform":{"Name":"'"$1"'"},"Components":['"\
"'{"Name":"Engine","Version":"'"$4"'","Details":{}},{"Name":"runc","Version":"'"$5"'","Details":{}}]}' \
		/info '{"Driver":"overlay2","OperatingSystem":"'"$2"'","SecurityOptions":['"$3"']}'
	everyday
	sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
	run "$SAFEDOCKER" doctor --json
}
plain='"name=seccomp,profile=default"'
engine_is 'Docker Engine - Community' Debian "$plain,\"name=rootless\"" 29.9.0 1.5.3
has 'a rootless engine' "$(finds)" 'rootless the engine is rootless'
lacks 'needs no mapping' "$(finds)" 'remapped'
lacks 'versions without a known hole' "$(finds)" 'known-hole'
engine_is 'Docker Engine - Community' Debian "$plain,\"name=userns\"" 27.1.0 1.1.11
has 'a remapped engine' "$(finds)" 'remapped userns-remap is on'
has 'has no mapped containers' "$(finds)" 'runtime-never the engine maps user ids itself'
has 'an engine with a known hole' "$(finds)" 'CVE-2024-41110'
has 'a runc with one' "$(finds)" 'CVE-2024-21626'
engine_is 'Docker Desktop 4.44.2 (202017)' 'Docker Desktop' "$plain" 27.1.1 1.1.12
has 'Docker Desktop' "$(finds)" 'docker-desktop Docker Desktop'
has 'and has its hole' "$(finds)" 'CVE-2025-9074'
engine_is 'Docker Desktop 4.44.3 (202357)' 'Docker Desktop' "$plain" 27.1.1 1.1.12
lacks 'the mended one has not' "$(finds)" 'CVE-2025-9074'
stand_down
run "$SAFEDOCKER" doctor --json
has 'an engine that is silent: a note' "$(finds)" 'engine-silent'
everyday
usermod -aG docker "$SD_BOB"
run "$SAFEDOCKER" doctor --json
has 'a member of the group docker' "$(finds)" "root-group $SD_BOB is in group docker"
run sd doctor --json
has 'a user sees that it is not all' "$(finds)" 'not-root'
lacks 'and no container of others' "$(finds)" 'bad'
denied '--fix is for a terminal' '--fix is for root at a terminal' "$SAFEDOCKER" doctor --fix

# --fix asks, and does what is said yes to.
run python3 "$SD_HERE/terminal.py" expect:"$SD_BOB is in group docker" expect:'do it? [y/N]' 'type:n\r' 'type:\x04' -- "$SAFEDOCKER" doctor --fix
has 'no: nothing is done' "$(id -nG "$SD_BOB")" docker
run python3 "$SD_HERE/terminal.py" expect:"gpasswd -d $SD_BOB docker" expect:"gpasswd -d $SD_BOB docker" expect:'do it? [y/N]' 'type:y\r' expect:'do it?' 'type:\x04' \
	-- "$SAFEDOCKER" doctor --fix
lacks 'yes: it is mended' " $(id -nG "$SD_BOB") " ' docker '

# migrate
usermod -aG docker "$SD_BOB"
engine run -d --name bobs -v "$SD_WORK/$SD_BOB/site:/site" -p 127.0.0.1:8081:80 bb:1 sleep 1000 >/dev/null
engine run -d --name bobs-strong --privileged -v "$SD_WORK/$SD_BOB:/h" bb:1 sleep 1000 >/dev/null 2>&1
# Other runs on this machine have users in the group too: only this one's are looked at.
run sh -c "printf 'n\n' | $SAFEDOCKER doctor migrate"
has 'migrate lists the member' "$OUT" "$SD_BOB"
has 'what a rule could have made' "$OUT" 'bobs: the rule below could have made it'
has 'and what not, and why' "$OUT" 'bobs-strong: no rule could have made it, it is privileged'
has 'the rule: the bind' "$OUT" "--volume=$SD_WORK/$SD_BOB/site/**"
has 'the rule: the port' "$OUT" '--publish=127.0.0.1:8081'
is 'no: nothing is installed' '' "$(ls /etc/safedocker/conf.d 2>/dev/null)"
run sh -c "printf 'y\nn\n' | $SAFEDOCKER doctor migrate"
has 'yes: it is' "$(cat /etc/safedocker/conf.d/migrated.conf)" "[rule migrated-$SD_BOB]"
allowed 'and is understood' sd policy check
has 'the group is left as it is' "$(id -nG "$SD_BOB")" docker
has 'nothing is given unasked' "$("$SAFEDOCKER" audit adopt)" USER
lacks 'nobody has anything' "$("$SAFEDOCKER" audit adopt)" "$SD_BOB"
rm -rf /etc/safedocker/conf.d
run sh -c "printf 'y\ny\nn\n' | $SAFEDOCKER doctor migrate"
has 'yes: what a rule could have made is given' "$OUT" "is $SD_BOB's"
is 'he lists it, and no other' bobs "$(sd_bob ps -a --format '{{.Names}}')"
is 'alice does not' '' "$(sd ps -aq --filter name=bobs)"
denied 'as root runs inside, he does not enter it' 'denied: exec: the container' sd_bob exec bobs true
allowed 'he stops it' sd_bob stop -t 0 bobs
rm -f /etc/safedocker/adopted
engine rm -f bobs bobs-strong >/dev/null
allowed 'bob goes on by the rule' sd_bob run --rm -p 127.0.0.1:8081:80 bb:1 true
rm -rf /etc/safedocker/conf.d
gpasswd -d "$SD_BOB" docker >/dev/null
denied 'migrate is root'\''s' 'is root' sd doctor migrate
