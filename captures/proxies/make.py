"""Record connections at proxies that end them, in real namespaces: client, proxy (HAProxy, nginx), backend. Needs root, nft, tcpdump, haproxy, nginx.

    python captures/proxies/make.py [NAME ...]     writes captures/proxies/NAME/{client,proxy,backend}.pcap

What a request asks for is its path: the backend resets on ``/reset``, closes on ``/close``, never answers ``/slow``, and so on.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

HERE = Path(__file__).parent
NETWORK = run_path(str(HERE.parent / "points" / "make.py"))
PROXY, BACKEND, PORT = "10.1.0.1", "10.2.0.2", 8000

SERVER_PROGRAM = """
import socket, struct, sys, threading, time
def serve(c):
    try:
        c.settimeout(4)
        while True:
            data = c.recv(65536)
            if not data: break
            path = data.split()[1].decode().split("?")[0] if len(data.split()) > 1 else "/ok"
            time.sleep(0.01)
            if path == "/reset": c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); break
            if path == "/close": break
            if path == "/slow": c.settimeout(6); c.recv(1); break
            if path == "/late": time.sleep(0.6)
            if path == "/cut": c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5000\\r\\n\\r\\n" + b"a" * 1000); time.sleep(0.05); break
            c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 300\\r\\n\\r\\n" + b"a" * 300)
    except OSError as error: print(error)
    c.close()
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 8000)); s.listen()
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
CLIENT_PROGRAM = """
import socket, struct, sys, threading, time
def ask(after, host, port, path, then, source=""):
    time.sleep(float(after))
    try:
        c = socket.create_connection((host, int(port)), 4, (source, 0) if source else None); c.settimeout(4)
        for each in path.split("+"):
            c.sendall(f"GET {each} HTTP/1.1\\r\\nHost: shop\\r\\nUser-Agent: test\\r\\n\\r\\n".encode())
            if then != "read": break
            c.recv(65536); time.sleep(0.1)
        if then == "abort": time.sleep(0.1); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()
    except OSError as error: print(error)
jobs = [threading.Thread(target=ask, args=one.split(",")) for one in sys.argv[1:]]
for job in jobs: job.start()
for job in jobs: job.join()
time.sleep(0.4)
"""
HAPROXY = """
defaults
  mode {mode}
  timeout connect 800ms
  timeout client 5s
  timeout server 800ms
  retries {retries}
  option abortonclose
frontend f
  bind 10.1.0.1:8000
  default_backend b
backend b
  server s 10.2.0.2:{port} {source}
"""
NGINX = """
daemon off; master_process off; error_log /dev/null; pid {pid};
events {{}}
http {{
  access_log off;
  server {{ listen 10.1.0.1:8000; location / {{
    proxy_pass http://10.2.0.2:8000; proxy_bind 10.1.0.1; proxy_read_timeout 1s; proxy_connect_timeout 1s; }} }}
}}
"""
NGINX_STREAM = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; error_log /dev/null; pid {pid};
events {{}}
stream {{ server {{ listen 10.1.0.1:8000; proxy_pass 10.2.0.2:8000; proxy_bind 10.1.0.1; proxy_timeout 2s; proxy_connect_timeout 1s; }} }}
"""
ENDS = {"client": "c", "proxy": "r", "backend": "s"}
BLACKHOLE = "add rule ip t in tcp dport 8000 drop"
TABLE = "add table ip t\nadd chain ip t in { type filter hook input priority 0; }\n"


@dataclass(frozen=True)
class Situation:
    """How one recording is made; ``asks``: seconds after which a client asks, path, and what it does then."""

    about: str
    proxy: str
    asks: tuple[tuple[float, str, str], ...]
    kept: tuple[str, ...] = ("proxy",)
    rules: str = ""
    beside: tuple[tuple[float, int], ...] = ()
    """Connections that the proxy's machine makes for itself: seconds, and the backend's port."""


def haproxy(mode: str = "http", port: int = 8000, retries: int = 0, source: str = "source 10.1.0.1") -> str:
    """HAProxy's configuration."""
    return HAPROXY.format(mode=mode, port=port, retries=retries, source=source)


EVERYWHERE = ("client", "proxy", "backend")
SITUATIONS = {
    "haproxy-http-reset": Situation("The backend resets; the client gets 502.", haproxy(), ((0, "/reset", "read"),), EVERYWHERE),
    "haproxy-http-closed": Situation("The backend closes without an answer; 502.", haproxy(), ((0, "/close", "read"),)),
    "haproxy-http-slow": Situation("The backend never answers; 504.", haproxy(), ((0, "/slow", "read"),)),
    "haproxy-http-refused": Situation("Nobody listens; 503.", haproxy(port=8009), ((0, "/ok", "read"),)),
    "haproxy-http-retries": Situation("Nobody listens; two retries, then 503.", haproxy(port=8009, retries=2), ((0, "/ok", "read"),)),
    "haproxy-http-unreachable": Situation("SYNs to the backend are dropped; 503.", haproxy(), ((0, "/ok", "read"),), rules=BLACKHOLE),
    "haproxy-http-client-aborts": Situation("The client aborts; HAProxy aborts upstream.", haproxy(), ((0, "/slow", "abort"),)),
    "haproxy-http-fine": Situation("A whole answer.", haproxy(), ((0, "/ok", "read"),)),
    "haproxy-two-addresses": Situation("The proxy asks from another address than it is asked at.", haproxy(source=""), ((0, "/reset", "read"),)),
    "haproxy-tcp-reset": Situation("Mode tcp: the backend resets.", haproxy("tcp"), ((0, "/reset", "read"),), EVERYWHERE),
    "haproxy-tcp-refused": Situation("Mode tcp: nobody listens.", haproxy("tcp", port=8009), ((0, "/ok", "read"),)),
    "nginx-http-reset": Situation("The backend resets; 502.", NGINX, ((0, "/reset", "read"),), EVERYWHERE),
    "nginx-http-slow": Situation("The backend never answers; 504.", NGINX, ((0, "/slow", "read"),)),
    "nginx-http-cut": Situation("The backend closes in the middle of its answer.", NGINX, ((0, "/cut", "read"),)),
    "nginx-stream-reset": Situation("nginx stream: the backend resets.", NGINX_STREAM, ((0, "/reset", "read"),), EVERYWHERE),
    "two-clients-one-reset": Situation("Two at a time: one is reset, the other answered.", haproxy(), ((0, "/late", "read"), (0.1, "/reset", "read"))),
    "two-clients-alike": Situation("Two requests of one size at the same time: one backend connection is reset, one closed.", haproxy(), ((0, "/reset", "read"), (0.001, "/close", "read"))),
    "own-business": Situation("The proxy's machine is refused on its own business while a client is answered.", haproxy(), ((0, "/late", "read"),), beside=((0.2, 9000),)),
    "own-business-before-502": Situation("It is refused on its own business long before a client gets 502.", haproxy(), ((0, "/late+/reset", "read"),), beside=((0.2, 9000),)),
}  # fmt: skip


def run(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    """A program in a namespace."""
    started: subprocess.Popen[bytes] = NETWORK["start"](name, command)
    return started


def dump(name: str, path: Path) -> subprocess.Popen[bytes]:
    """A capture in a namespace, with enough of each packet for the heads of messages."""
    return run(
        name, ["tcpdump", "-i", "any", "-U", "--immediate-mode", "-Z", "root", "-s", "600", "-w", str(path), "tcp"]
    )


def record(name: str, one: Situation) -> None:
    """One situation."""
    NETWORK["lay"](NETWORK["Situation"](""))
    NETWORK["sh"]("ip netns exec tp-s nft -f -", input=(TABLE + one.rules).encode())
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        settings = Path(place) / "settings"
        settings.write_text(one.proxy.format(pid=f"{place}/pid") if "daemon off" in one.proxy else one.proxy)
        command = ["nginx", "-c"] if "daemon off" in one.proxy else ["haproxy", "-db", "-f"]
        background = [dump(ENDS[point], folder / f"{point}.pcap") for point in one.kept]
        background.append(run("s", [sys.executable, "-c", SERVER_PROGRAM]))
        background.append(run("r", [*command, str(settings)]))
        time.sleep(1.0)
        asks = [f"{after},{PROXY},{PORT},{path},{then}" for after, path, then in one.asks]
        client = run("c", [sys.executable, "-c", CLIENT_PROGRAM, *asks])
        own = [f"{after},{BACKEND},{port},/ok,read,{PROXY}" for after, port in one.beside]
        if own:
            run("r", [sys.executable, "-c", CLIENT_PROGRAM, *own]).wait()
        client.wait()
        time.sleep(0.6)
        for process in reversed(background):
            process.terminate()
            process.wait()
    NETWORK["clear"]()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SITUATIONS:
        record(chosen, SITUATIONS[chosen])
