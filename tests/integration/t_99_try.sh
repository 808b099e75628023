. "$SD_HERE/lib.sh"
h=$SD_WORK/$SD_ALICE
A() { curl -s --unix-socket "$SD_ENGINE" "$@" 2>&1 || python3 - "$@" ; }
api2() { # METHOD PATH BODY
python3 - "$SD_ENGINE" "$@" <<'P'
import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); b=(sys.argv[4] if len(sys.argv)>4 else '').encode()
s.sendall(f"{sys.argv[2]} {sys.argv[3]} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(b)}\r\nConnection: close\r\n\r\n".encode()+b)
d=b''
while True:
    x=s.recv(65536)
    if not x: break
    d+=x
print(d.decode()[:int(sys.argv[5]) if len(sys.argv)>5 else 3000])
P
}
mkdir -p $h/d/e $h/real; echo f >$h/d/f; echo e > $h/d/e/e; ln -s real $h/ln; ln -s /etc $h/out; mkdir $h/d/sub; mount -t tmpfs tmpfs $h/d/sub; echo s > $h/d/sub/s
time api2 GET /info '' 700
api2 POST /v1.45/volumes/create "{\"Name\":\"safedocker-bind-1\",\"Driver\":\"local\",\"DriverOpts\":{\"type\":\"none\",\"o\":\"rbind\",\"device\":\"$h\"},\"Labels\":{\"safedocker.kind\":\"bind\"}}"
try() { # sub ro cmd
 api2 POST "/v1.${3:-45}/containers/create?name=c1" "{\"Image\":\"bb:1\",\"Cmd\":[\"sh\",\"-c\",\"cat /proc/self/mountinfo|grep ' /w'; ls -la /w /w/*; touch /w/new /w/sub/new; cat /w/s\"],\"User\":\"$(id -u $SD_ALICE)\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"safedocker-bind-1\",\"Target\":\"/w\",\"ReadOnly\":$2,\"VolumeOptions\":{\"NoCopy\":true,\"Subpath\":\"$1\",\"DriverConfig\":{\"Name\":\"local\",\"Options\":{\"type\":\"none\",\"o\":\"rbind\",\"device\":\"$h\"}}}}]}}" | tail -1
 engine start -a c1
 [ -z "${4:-}" ] || engine inspect c1 | grep -A60 Mounts
 engine rm -f c1 >/dev/null
}
echo == d; try d false 45 show
echo == d ro; try d true
echo == d/sub; try d/sub true
echo == d/f; try d/f true
echo == ln; try ln false
echo == out; try out false
echo == ..; try ../bob false
echo == missing; try none false
echo == ""; try "" false
echo == old; try d false 44
engine volume inspect safedocker-bind-1
umount $h/d/sub
