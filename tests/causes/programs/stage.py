"""A private piece of network for one capture: namespaces of its own, programs in them, tcpdump on one interface.

Every scene runs in fresh network, mount and PID namespaces, so it may use any port, drop any segment and kill
anything, and nothing of it outlives the recording.
"""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# The packages of requirements.txt beside this file.
VENV = Path(os.environ.get("PROGRAMS_VENV", Path(tempfile.gettempdir()) / "programs-venv"))
CLIENT, SERVER = "10.1.0.1", "10.2.0.1"
SCENES: dict[str, "Scene"] = {}


@dataclass(frozen=True)
class Scene:
    """One capture: what is done, where, and what may be said of it."""

    name: str
    act: Callable[["Stage"], None]
    told: str
    cause: list[str] = field(default_factory=list)
    severity: list[str] = field(default_factory=list)
    healthy: bool = False
    connections: list[dict[str, Any]] = field(default_factory=list)
    path: str = "loopback"
    snaplen: int = 160
    """Bytes of a frame that are kept; 96 where all is healthy and no other number is given."""


def scene(**label: Any) -> Callable[[Callable[["Stage"], None]], Callable[["Stage"], None]]:
    """Register a function as the scene named after it; its docstring says what was done, the arguments what holds."""

    def register(act: Callable[["Stage"], None]) -> Callable[["Stage"], None]:
        name = act.__name__.replace("_", "-")
        if name in SCENES:
            raise ValueError(f"two scenes named {name}")
        SCENES[name] = Scene(name, act, " ".join((act.__doc__ or "").split()), **label)
        return act

    return register


def server(*ports: int, **label: Any) -> list[dict[str, Any]]:
    """What holds for every connection to these server ports (or the one given by nth=, counted from 0)."""
    return [{"server": port, **label} for port in ports]


FINE = ["fine"]


class Stage:
    """The programs of one scene.

    Paths: `loopback` (one host), `pair` (client and server namespaces, one veth), `router` (a third one between them),
    `slow` (a relay in user space between the two that delays every frame by 100 ms).
    """

    def __init__(self, path: str, snaplen: int = 160) -> None:
        self.snaplen = snaplen
        self.folder = Path(tempfile.mkdtemp(prefix="scene-"))
        self.folder.chmod(0o777)
        self.path = path
        self.host = "127.0.0.1" if path == "loopback" else SERVER
        self.programs: list[subprocess.Popen[str]] = []
        self.kept: object = None
        self.relay: subprocess.Popen[str] | None = None
        {"loopback": lambda: sh("ip link set lo up"), "pair": pair, "router": router, "slow": self.slow}[path]()

    def record(self, what: str = "tcp or icmp") -> None:
        """Start tcpdump on the client's interface; the scene calls this when its programs are up."""
        interface = "lo" if self.path == "loopback" else "client0"
        words = [
            "tcpdump",
            "-Z",
            "root",
            "-i",
            interface,
            "-s",
            str(self.snaplen),
            "-B",
            "65536",
            "--immediate-mode",
            "-U",
        ]
        self.tcpdump = subprocess.Popen(
            [*words, "-w", str(self.folder / "scene.pcap"), what], stderr=subprocess.PIPE, text=True
        )
        assert self.tcpdump.stderr is not None
        while "listening" not in self.tcpdump.stderr.readline():
            pass

    def recorded(self) -> bytes:
        """Stop tcpdump and return the capture; raises RuntimeError where packets were missed."""
        time.sleep(0.3)
        self.tcpdump.send_signal(signal.SIGINT)
        said = self.tcpdump.communicate()[1]
        if dropped := re.search(r"[1-9]\d* packets dropped by", said):
            raise RuntimeError(f"tcpdump: {dropped[0]}")
        return (self.folder / "scene.pcap").read_bytes()

    def slow(self) -> None:
        """Client and server joined by a process that holds every frame for 100 ms: segments can cross."""
        hosts()
        for name, at in (("client0", ""), ("server0", "server")):
            sh(f"ip tuntap add {name} mode tap")
            if at:
                sh(f"ip link set {name} netns {at}")
        self.relay = subprocess.Popen([sys.executable, str(HERE / "relay.py")], text=True, stdout=subprocess.PIPE)
        assert self.relay.stdout is not None
        self.relay.stdout.readline()
        address("client0", CLIENT, SERVER)
        address("server0", SERVER, CLIENT, "server")

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, words: tuple[object, ...], at: str) -> list[str]:
        split = [str(word) for word in words]
        return ["ip", "netns", "exec", at, *split] if at and self.path != "loopback" else split

    def start(
        self, *words: object, at: str = "server", ready: int | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start a program; with `ready`, wait until something listens on that port."""
        log = (self.folder / f"{len(self.programs)}.log").open("w")
        chosen: dict[str, Any] = {
            "stdout": log,
            "stderr": subprocess.STDOUT,
            "stdin": subprocess.DEVNULL,
            "text": True,
            "cwd": self.folder,
        } | options
        program: subprocess.Popen[str] = subprocess.Popen(self.command(words, at), **chosen)
        self.programs.append(program)
        if ready is not None:
            self.wait(ready, at)
        return program

    def run(self, *words: object, at: str = "", seconds: float = 60, **options: Any) -> str:
        """Run a program to its end and return what it said; how it ended is the scene's affair."""
        chosen: dict[str, Any] = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "stdin": subprocess.DEVNULL,
            "text": True,
            "cwd": self.folder,
        } | options
        with suppress(subprocess.TimeoutExpired):
            said = subprocess.run(self.command(words, at), timeout=seconds, check=False, **chosen).stdout or ""
            with (self.folder / "run.log").open("a") as log:
                log.write(f"$ {' '.join(map(str, words))[:200]}\n{said}\n")
            return said
        return ""

    def python(
        self, code: str, *arguments: object, at: str = "server", ready: int | None = None, wait: bool = False
    ) -> Any:
        """Run Python source with the packages of requirements.txt: to its end with `wait`, otherwise in the background."""
        script = self.write(f"script{time.monotonic_ns()}.py", code)
        if wait:
            return self.run(VENV / "bin/python", script, *arguments, at=at)
        return self.start(VENV / "bin/python", "-u", script, *arguments, at=at, ready=ready)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def wait(self, port: int, at: str = "server", seconds: float = 40) -> None:
        """Until something listens on the port; asks the kernel's table, so that no connection is made."""
        for _ in range(int(seconds * 20)):
            if f":{port} " in self.run("ss", "-Hltn", at=at):
                return
            time.sleep(0.05)
        logs = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
        raise TimeoutError(f"nothing listens on port {port}\n{logs}")

    def nft(self, rule: str, hook: str = "input", at: str = "server") -> None:
        """Add one rule to a filter chain of that hook."""
        self.run(
            "nft",
            f"add table inet f; add chain inet f {hook} {{ type filter hook {hook} priority 0; }}; add rule inet f {hook} {rule}",
            at=at,
        )

    def heal(self, at: str = "server") -> None:
        """Take every rule away again."""
        self.run("nft", "flush ruleset", at=at)

    def sysctl(self, *settings: str, at: str = "server") -> None:
        self.run("sysctl", "-w", *settings, at=at)

    def connect(self, port: int, source: int | None = None, seconds: float = 20) -> socket.socket:
        """Connect a plain client socket to the server's port."""
        return socket.create_connection(
            (self.host, port), timeout=seconds, source_address=("", source) if source else None
        )

    def ask(self, connection: socket.socket, path: str = "/", *, answer: bool = True, extra: str = "") -> bytes:
        """One HTTP/1.1 request on an open connection, and its answer where one is expected."""
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n{extra}\r\n".encode())
        if not answer:
            return b""
        first = connection.recv(65536)
        # A server may send header and body in two segments.
        more = first and select.select([connection], [], [], 0.05)[0]
        return first + connection.recv(65536) if more else first


def sh(command: str) -> None:
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def hosts(*more: str) -> None:
    sh("mount -t tmpfs tmpfs /run/netns; ip link set lo up")
    for name in ("server", *more):
        sh(f"ip netns add {name} && ip -n {name} link set lo up")


def address(interface: str, own: str, other: str, at: str = "") -> None:
    ip = f"ip -n {at}" if at else "ip"
    sh(
        f"{ip} address add {own}/32 dev {interface}; {ip} link set {interface} up; {ip} route add {other}/32 dev {interface}"
    )


def pair() -> None:
    hosts()
    sh("ip link add client0 type veth peer name server0 netns server")
    address("client0", CLIENT, SERVER)
    address("server0", SERVER, CLIENT, "server")


def router() -> None:
    """Client, router and server, so that something in between can drop, reject and forge with a TTL of its own."""
    hosts("router")
    sh("ip link add client0 type veth peer name left netns router")
    sh("ip -n server link add server0 type veth peer name right netns router")
    address("client0", CLIENT, "10.1.0.254")
    address("server0", SERVER, "10.2.0.254", "server")
    address("left", "10.1.0.254", CLIENT, "router")
    address("right", "10.2.0.254", SERVER, "router")
    sh(f"ip route add {SERVER}/32 via 10.1.0.254; ip -n server route add {CLIENT}/32 via 10.2.0.254")
    sh("ip netns exec router sysctl -q -w net.ipv4.ip_forward=1")


def kill(program: subprocess.Popen[str], how: int = signal.SIGKILL) -> None:
    """Send a signal and, where it ends the program, collect it."""
    os.kill(program.pid, how)
    if how not in (signal.SIGSTOP, signal.SIGCONT, signal.SIGHUP):
        program.wait(10)


def pause(seconds: float) -> None:
    time.sleep(seconds)
