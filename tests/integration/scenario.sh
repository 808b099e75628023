#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scenario.sh DOCKER DIR: one command after the other, each one's line, output and exit code in DIR. $DOCKER_HOST
# says where it goes. Run twice, the outputs are compared: so nothing here may depend on what was there before.
docker=$1 dir=$2 n=0
mkdir -p "$dir/files" && cd "$dir/files" || exit 1
# c WORD…: a command of docker's. Its standard input is ours.
c() {
	n=$((n + 1))
	name=$dir/$(printf %03d $n)
	echo "docker $*" >"$name.line"
	timeout 60 "$docker" "$@" >"$name.out" 2>&1
	echo $? >"$name.status"
}
# later WORD…: the same, unrecorded: what the next command needs.
later() { "$docker" "$@" >/dev/null 2>&1; }
exec </dev/null
echo some text >f.txt

c version
c info --format '{{.OSType}} {{.Driver}}'
c images
c images -a
c images --digests bb
c image ls
c history bb:1
c image inspect --format '{{.Os}} {{.Config.Cmd}}' bb:1
c inspect bb:1 --format '{{.RepoTags}}'
c inspect sdcli-zz
c container inspect sdcli-zz
c run --rm --network none bb:1 echo hi
c run --rm --network none bb:1 false
c run --rm bb:1 /nonexistent
echo piped | c run -i --rm --network none bb:1 cat
c run --rm --network none sdcli-nosuch:1 true
c run -d --name sdcli-a --network none bb:1 sleep 1000
c run -d --name sdcli-a bb:1 true
c create --name sdcli-b --network none -e A=b --label l=m bb:1 sh -c 'echo one; sleep 1; echo two >&2; exit 3'
c ps
c ps -a
c ps -a --no-trunc --filter name=sdcli-b
c ps -aq --filter name=sdcli-a
c ps -a --filter label=l=m --format '{{.Names}} {{.Status}}'
c start -a sdcli-b
c wait sdcli-b
c logs sdcli-b
c logs --tail 1 sdcli-b
c logs -f sdcli-b
c start sdcli-a
c exec sdcli-a echo hi
c exec sdcli-a sh -c 'exit 7'
echo piped | c exec -i sdcli-a cat
c exec -d sdcli-a true
c exec -e X=y -w /tmp sdcli-a sh -c 'echo $X; pwd'
c exec sdcli-zz true
c exec sdcli-b true
c inspect --format '{{.Name}} {{.State.Status}} {{.Config.Cmd}} {{.Config.Env}}' sdcli-a
c container inspect -s --format '{{.Name}}' sdcli-a
c cp ./f.txt sdcli-a:/tmp/f.txt
c cp sdcli-a:/tmp/f.txt ./out.txt
c cp sdcli-a:/nothing ./out.txt
c top sdcli-a
c diff sdcli-b
c port sdcli-a
c stats --no-stream --format '{{.Name}}' sdcli-a
c pause sdcli-a
c unpause sdcli-a
c update --memory 64m --memory-swap 64m sdcli-b
c update --restart=no sdcli-b
c rename sdcli-b sdcli-new
c kill -s USR1 sdcli-a
c export -o ./e.tar sdcli-a
c save -o ./s.tar bb:1
c rmi sdcli-zz
c image rm -f sdcli-zz
c network create --internal sdcli-net
c network create sdcli-net
c network ls --filter name=sdcli
c network inspect --format '{{.Name}} {{.Driver}} {{.Internal}}' sdcli-net
c network inspect sdcli-zz
c run -d --name sdcli-n --network sdcli-net bb:1 sleep 1000
c network disconnect -f sdcli-net sdcli-n
c network connect --alias al sdcli-net sdcli-n
c network rm sdcli-net
c rm -f sdcli-n
c network rm sdcli-net
c network rm sdcli-net
c volume ls
c volume create sdcli-v
c volume create sdcli-v
c volume inspect --format '{{.Name}} {{.Driver}}' sdcli-v
c run --rm -v sdcli-v:/v bb:1 ls /v
c volume ls -q
c volume rm sdcli-v
c volume rm sdcli-v
c volume rm -f sdcli-v
c restart -t 0 sdcli-a
c attach --no-stdin sdcli-zz
c stop -t 0 sdcli-a
c rm sdcli-zz
c rm sdcli-a
c rm -fv sdcli-new
c container prune -f --filter label=sdcli-none
c network prune -f --filter label=sdcli-none
c volume prune -f --filter label=sdcli-none
c events --since 1s --until 0s --filter type=plugin
c system df --format '{{.Type}}'
c pull sdcli.invalid/x:1
c node ls
c service ls
c secret ls
later rm -f sdcli-a sdcli-b sdcli-new sdcli-n
later network rm sdcli-net
later volume rm sdcli-v
