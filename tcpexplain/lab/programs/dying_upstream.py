"""Accepts one connection, reads ten bytes of the request, and is killed."""

import os
import signal
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    connection, _ = listener.accept()
    print("read", len(connection.recv(10)), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
