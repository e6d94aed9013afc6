"""Servers whose protocols are lines of words or frames of their own, and clients of them, killed amid a value, a message, a job, a transfer. Frames are kept whole."""

import subprocess
from collections.abc import Callable

from midway import CUT, LEFT, PORT, REQUEST, WHOLE, narrow, rest, slowly
from stage import Stage, kill, pause, scene, server

UNANSWERED = ["closed-without-answer"]
front_cut = scene(cause=CUT, connections=server(PORT, nth=0, cause=CUT), snaplen=WHOLE)
request_cut = scene(cause=REQUEST, connections=server(PORT, cause=REQUEST), snaplen=WHOLE)
SLOWLY = """
import socket, sys, time
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
if sys.argv[2] == "greeted": server.recv(4096)
server.sendall(sys.argv[3].encode().decode("unicode_escape").encode())
for _ in range(100): server.sendall(b"x" * 500); time.sleep(0.05)
"""
TALKS = """
import socket, sys
def talk(port, *turns, greeted=False):
    server = socket.create_connection(("127.0.0.1", port)); server.settimeout(5); found = server.recv(4096) if greeted else b""
    for said, until in turns:
        server.sendall(said); found = b""
        while not found.endswith(until): found += server.recv(65536)
    server.close()
m, b, n = (int(port) for port in sys.argv[1:])
for _ in range(15):
    talk(m, (b"set a 0 0 3000\\r\\n" + b"v" * 3000 + b"\\r\\n", b"STORED\\r\\n"), (b"get a none\\r\\n", b"END\\r\\n"), (b"incr none 1\\r\\n", b"FOUND\\r\\n"), (b"stats\\r\\n", b"END\\r\\n"), (b"delete a\\r\\n", b"DELETED\\r\\n"))
    talk(b, (b"put 1 0 60 5\\r\\nhello\\r\\n", b"\\r\\n"), (b"reserve\\r\\n", b"hello\\r\\n"), (b"stats\\r\\n", b"\\n\\r\\n"))
    talk(n, (b'CONNECT {"verbose":false}\\r\\nSUB a 1\\r\\nPING\\r\\n', b"PONG\\r\\n"), (b"PUB a 900\\r\\n" + b"x" * 900 + b"\\r\\n", b"x\\r\\n"), (b"PING\\r\\n", b"PONG\\r\\n"), greeted=True)
"""


def memcached(stage: Stage, port: int = PORT) -> subprocess.Popen[str]:
    return stage.start("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", port, ready=port)


def beanstalkd(stage: Stage, port: int = PORT) -> subprocess.Popen[str]:
    return stage.start("beanstalkd", "-l", "127.0.0.1", "-p", port, ready=port)


def nats(stage: Stage, port: int = PORT) -> subprocess.Popen[str]:
    return stage.start("nats-server", "-a", "127.0.0.1", "-p", port, ready=port)


def send(stage: Stage, data: bytes) -> None:
    """One connection before the recording."""
    connection = stage.connect(PORT)
    connection.sendall(data)
    connection.recv(4096)
    connection.close()


def killed_sender(stage: Stage, kind: str, first: str) -> None:
    """A client that gets SIGKILL amid what it sends."""
    stage.record()
    client = stage.python(SLOWLY, PORT, kind, first, at="")
    pause(1)
    kill(client)
    pause(0.5)


def killed_while_it_sends(
    stage: Stage, start: Callable[[Stage], subprocess.Popen[str]], put: bytes, ask: bytes
) -> None:
    """A server that gets SIGKILL amid what it sends to a slow reader, who asks for what was put there before."""
    narrow(stage)
    program = start(stage)
    send(stage, put)
    stage.record()
    client = slowly(stage, PORT, ask)
    kill(program)
    rest(client)


@front_cut
def midway_memcached_killed_in_value(stage: Stage) -> None:
    """memcached was killed while it sent a value of 300,000 bytes; the client: "EOF after 30464"."""
    killed_while_it_sends(stage, memcached, b"set a 0 0 300000\r\n" + b"v" * 300_000 + b"\r\n", b"get a\r\n")


@request_cut
def midway_memcached_client_killed_in_set(stage: Stage) -> None:
    """A client was killed in a value that it stored."""
    memcached(stage)
    killed_sender(stage, "", r"set a 0 0 500000\r\n")


@front_cut
def midway_nats_killed_in_message(stage: Stage) -> None:
    """nats-server was killed while a slow subscriber was sent a message of 200,000 bytes."""
    narrow(stage)
    program = nats(stage)
    stage.record()
    client = slowly(stage, PORT, b'CONNECT {"verbose":false}\r\nSUB a 1\r\nPING\r\n')
    send(stage, b'CONNECT {"verbose":false}\r\nPUB a 200000\r\n' + b"x" * 200_000 + b"\r\nPING\r\n")
    pause(0.5)
    kill(program)
    rest(client)


@request_cut
def midway_nats_publisher_killed(stage: Stage) -> None:
    """A publisher was killed in a message."""
    nats(stage)
    killed_sender(stage, "greeted", r'CONNECT {"verbose":false}\r\nPUB a 500000\r\n')


@front_cut
def midway_beanstalkd_killed_in_job(stage: Stage) -> None:
    """beanstalkd was killed while it sent a job of 60,000 bytes."""
    killed_while_it_sends(stage, beanstalkd, b"put 1 0 60 60000\r\n" + b"x" * 60_000 + b"\r\n", b"reserve\r\n")


@scene(cause=UNANSWERED, connections=server(PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_beanstalkd_killed_in_reserve(stage: Stage) -> None:
    """beanstalkd was killed while a worker waited for a job: "Unexpected EOF"."""
    program = beanstalkd(stage)
    stage.record()
    client = stage.connect(PORT)
    client.sendall(b"watch orders\r\n")
    client.recv(100)
    client.sendall(b"reserve\r\n")
    pause(1)
    kill(program)
    rest(client)


def rsync(stage: Stage) -> None:
    (stage.folder / "big").write_bytes(bytes(range(256)) * 8000)
    (stage.folder / "small").write_bytes(b"ok\n")
    text = f"port={PORT}\naddress=127.0.0.1\nuse chroot=no\nuid=0\ngid=0\n[w]\npath={stage.folder}\nread only=no\n"
    stage.start("rsync", "--daemon", "--no-detach", "--config", stage.write("rsync.conf", text), ready=PORT)


@scene(cause=CUT + LEFT, connections=server(PORT, cause=CUT + LEFT), snaplen=WHOLE)
def midway_rsync_daemon_killed(stage: Stage) -> None:
    """An rsync daemon was killed in a transfer: "connection unexpectedly closed"."""
    narrow(stage)
    rsync(stage)
    stage.record()
    client = stage.start("rsync", "--bwlimit=60", f"rsync://127.0.0.1:{PORT}/w/big", stage.folder / "got", at="")
    pause(0.9)
    stage.run("pkill", "-9", "-f", "rsync --daemon")
    client.wait(20)


@scene(cause=REQUEST + LEFT, connections=server(PORT, cause=REQUEST + LEFT), snaplen=WHOLE)
def midway_rsync_client_killed(stage: Stage) -> None:
    """An rsync client was killed while it sent a file."""
    narrow(stage)
    rsync(stage)
    stage.record()
    client = stage.start("rsync", "--bwlimit=60", stage.folder / "big", f"rsync://127.0.0.1:{PORT}/w/other", at="")
    pause(0.9)
    kill(client)
    pause(1)


@front_cut
def midway_bind_killed_in_transfer(stage: Stage) -> None:
    """named was killed in a zone transfer to a slow reader."""
    narrow(stage)
    zone = "$TTL 60\n@ IN SOA a. b. 1 60 60 60 60\n@ IN NS a.\n" + "".join(
        f'h{number} IN TXT "{"t" * 200}"\n' for number in range(3000)
    )
    stage.write("zone", zone)
    options = f'directory "{stage.folder}"; listen-on port {PORT} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file none; session-keyfile none; allow-transfer {{ any; }}; recursion no;'
    text = f'options {{ {options} }};\nzone "shop.example" {{ type master; file "zone"; }};\ncontrols {{}};\n'
    program = stage.start("named", "-g", "-c", stage.write("named.conf", text), ready=PORT)
    pause(1)
    stage.record("tcp")
    question = b"\x12\x34\0\0\0\1\0\0\0\0\0\0\4shop\7example\0\0\xfc\0\1"
    client = slowly(stage, PORT, len(question).to_bytes(2, "big") + question)
    kill(program)
    rest(client)


@scene(healthy=True, snaplen=WHOLE)
def wholly_lines_of_words(stage: Stage) -> None:
    """memcached, beanstalkd and NATS: values, jobs and messages, whole; clients just close."""
    memcached(stage)
    beanstalkd(stage, PORT + 1)
    nats(stage, PORT + 2)
    stage.record()
    stage.python(TALKS, PORT, PORT + 1, PORT + 2, at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_rsync(stage: Stage) -> None:
    """Lists, pulls and pushes of rsync."""
    rsync(stage)
    stage.record()
    for turn in range(5):
        stage.run("rsync", f"rsync://127.0.0.1:{PORT}/")
        stage.run("rsync", f"rsync://127.0.0.1:{PORT}/w/small", stage.folder / "got")
        stage.run("rsync", "-z", f"rsync://127.0.0.1:{PORT}/w/small", stage.folder / "packed")
        stage.run("rsync", stage.folder / "small", f"rsync://127.0.0.1:{PORT}/w/other{turn}")
