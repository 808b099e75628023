#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""serve.py HELPER COMMAND…: runs COMMAND with DOCKER_HOST at a helper's socket, as the user that runs this.

For clients other than the one that safedocker starts itself: another docker CLI, curl, socat.
SOCKET in an argument is replaced by the socket's path.
"""
import os
import socket
import subprocess
import sys
import tempfile

directory = tempfile.mkdtemp(prefix="sdserve-", dir=os.environ.get("HOME", "/tmp"))
path = directory + "/docker.sock"
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
helper = subprocess.Popen([sys.argv[1], "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
try:
    line = helper.stdout.readline().decode().strip()
    if line != "ready":
        sys.exit(f"helper: {line}")
    listener.close()
    command = [word.replace("SOCKET", path) for word in sys.argv[2:]]
    status = subprocess.call(command, env=dict(os.environ, DOCKER_HOST="unix://" + path))
finally:
    os.unlink(path)
    os.rmdir(directory)
sys.exit(status if status >= 0 else 128 - status)
