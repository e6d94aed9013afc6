"""gRPC, TLS and mail: calls that are killed before and amid their answers, handshakes and records without an end. Frames are kept whole."""

import subprocess

from midway import CUT, PORT, REQUEST, WHOLE, certificate, curl
from stage import Stage, kill, pause, scene, server

UNANSWERED = ["closed-without-answer"]

GRPC = """
import grpc, sys, time
from concurrent import futures
def slow(request, context): time.sleep(10); return b"ok"
def take(stream, context): return str(sum(1 for _ in stream)).encode()
def feed(request, context):
    while True: yield b"x" * 100; time.sleep(0.02)
calls = {"Slow": grpc.unary_unary_rpc_method_handler(slow), "Take": grpc.stream_unary_rpc_method_handler(take),
    "Ok": grpc.unary_unary_rpc_method_handler(lambda request, context: b"ok"), "Feed": grpc.unary_stream_rpc_method_handler(feed)}
server = grpc.server(futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Orders", calls),))
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}"); server.start(); server.wait_for_termination()
"""
CALL = """
import grpc, sys, time
channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", [("grpc.enable_retries", 0)])
def many():
    while True: yield b"y" * 100; time.sleep(0.05)
try:
    print(channel.unary_unary("/shop.Orders/Ok")(b"x"))
    if sys.argv[2] == "Take": print(channel.stream_unary("/shop.Orders/Take")(many()))
    elif sys.argv[2] == "Feed": print(len(list(channel.unary_stream("/shop.Orders/Feed")(b"x"))))
    else: print(channel.unary_unary("/shop.Orders/Slow")(b"x"))
except grpc.RpcError as error: print(error.code(), error.details())
"""
TLS = """
import os, socket, ssl, sys, time
peer, _ = socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()
if sys.argv[2] == "hello": peer.recv(4096); time.sleep(0.1); os._exit(1)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain("cert.pem", "key.pem")
safe = context.wrap_socket(peer, server_side=True); safe.recv(4096)
safe.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 50000\\r\\n\\r\\n" + b"x" * 9000)
os.write(safe.fileno(), b"\\x17\\x03\\x03\\x10\\x00" + b"z" * 700); time.sleep(0.1); os._exit(1)
"""
SMTP = """
import socket, sys
peer, _ = socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()
peer.sendall(b"220 mail.example ESMTP\\r\\n")
for line in peer.makefile("rb"):
    if line[:4] in (b"EHLO", b"MAIL", b"RCPT"): peer.sendall(b"250 OK\\r\\n")
    elif line[:4] == b"DATA": peer.sendall(b"354 go on\\r\\n")
print("EOF")
"""
MAIL = """
import smtplib, sys, time
server = smtplib.SMTP("127.0.0.1", int(sys.argv[1])); server.ehlo(); server.mail("a@b.example"); server.rcpt("c@d.example"); server.docmd("DATA")
for _ in range(400): server.send("a line of the text\\r\\n"); time.sleep(0.02)
"""
IMAP = """
import os, socket, sys, time
peer, _ = socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()
peer.sendall(b"* OK IMAP4rev1 ready\\r\\n")
for line in peer.makefile("rb"):
    tag, word = line.split()[:2]
    if word.upper() == b"CAPABILITY": peer.sendall(b"* CAPABILITY IMAP4rev1\\r\\n")
    if word.upper() == b"FETCH": peer.sendall(b"* 1 FETCH (RFC822 {5000}\\r\\n" + b"x" * 1200); time.sleep(0.2); os._exit(1)
    if word.upper() == b"SELECT": peer.sendall(b"* 1 EXISTS\\r\\n")
    peer.sendall(tag + b" OK done\\r\\n")
"""
FETCH = """
import imaplib, sys
try: mail = imaplib.IMAP4("127.0.0.1", int(sys.argv[1])); mail.login("a", "b"); mail.select(); print(mail.fetch("1", "(RFC822)"))
except Exception as error: print(repr(error))
"""


def calls(stage: Stage, which: str) -> tuple[subprocess.Popen[str], subprocess.Popen[str]]:
    """A gRPC server, and a client a second and a half into a call."""
    program = stage.python(GRPC, PORT, ready=PORT)
    stage.record()
    client = stage.python(CALL, PORT, which, at="")
    pause(1.5)
    return program, client


@scene(cause=UNANSWERED, connections=server(PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_grpc_server_killed_in_call(stage: Stage) -> None:
    """A gRPC server was killed with SIGKILL in its second call, after 1.2 s without a byte; the client: UNAVAILABLE, "Socket closed"."""
    program, client = calls(stage, "Slow")
    kill(program)
    client.wait(20)


@scene(cause=REQUEST, connections=server(PORT, cause=REQUEST), snaplen=WHOLE)
def midway_grpc_client_killed_in_stream(stage: Stage) -> None:
    """A gRPC client was killed with SIGKILL while it streamed its request; the server's late status met a RST."""
    _, client = calls(stage, "Take")
    kill(client)
    pause(0.4)


@scene(cause=UNANSWERED, connections=server(PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_tls_server_exits_after_hello(stage: Stage) -> None:
    """A server left with os._exit() after the ClientHello; curl: SSL_ERROR_SYSCALL."""
    stage.python(TLS, PORT, "hello", ready=PORT)
    stage.record()
    curl(stage, "/", "-k", scheme="https")


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_tls_server_exits_in_record(stage: Stage) -> None:
    """A server left with os._exit() in the middle of a TLS record; curl: "transfer closed with 41000 bytes remaining"."""
    certificate(stage)
    stage.python(TLS, PORT, "record", ready=PORT)
    stage.record()
    curl(stage, "/", "-k", "-o", "/dev/null", scheme="https")


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_imap_server_exits_in_literal(stage: Stage) -> None:
    """An IMAP server left with os._exit() after 1,200 of 5,000 bytes of a literal; imaplib: "FETCH => socket error: EOF"."""
    stage.python(IMAP, PORT, ready=PORT)
    stage.record()
    stage.python(FETCH, PORT, at="", wait=True)
