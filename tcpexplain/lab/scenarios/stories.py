"""Stories people have told, with programs of their own: C, Go, nc, nginx."""

from __future__ import annotations

import os
import signal
import time
from importlib.resources import files
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter
from tcpexplain.lab.troupe import Troupe

if TYPE_CHECKING:
    import subprocess

    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios
HOST, PORT = "127.0.0.1", "5000"
ADDRESS = f"{HOST}:{PORT}"


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the program that runs under strace."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:  # noqa: PTH123 (one line of /proc)
        os.kill(int(children.read().split()[0]), signal.SIGKILL)


@chapter.tell(needs=("gcc", "strace"))
def c_client_crashes_after_reading(stage: Stage) -> None:
    """A C client reads and divides by zero; a C server sends twice, much later."""
    with Troupe(stage) as troupe:
        troupe.run("clock_server.c", PORT, "1200")
        troupe.run("crashing_client.c", HOST, PORT)


@chapter.tell(needs=("gcc", "strace"))
def c_client_crashes_with_unread_data(stage: Stage) -> None:
    """A C client divides by zero with the server's line unread; the server sends twice."""
    with Troupe(stage) as troupe:
        troupe.run("clock_server.c", PORT, "1200")
        troupe.run("crashing_client.c", HOST, PORT, "unread")


@chapter.tell(needs=("gcc", "nc", "strace"))
def epoll_client_meets_nc(stage: Stage) -> None:
    """Nc listens and is gone after a second; a C client that waits with epoll then writes twice."""
    with Troupe(stage) as troupe:
        troupe.built("epoll_client.c")
        listener = troupe.start("nc", "-l", HOST, PORT)
        troupe.run("epoll_client.c", HOST, PORT)
        time.sleep(0.6)
        kill(listener)


@chapter.tell(needs=("go", "strace"))
def go_client_idle_connection_closed(stage: Stage) -> None:
    """A Go server closes an idle connection of a Go client's pool; the client writes twice."""
    with Troupe(stage) as troupe:
        troupe.run("idle.go", "server", ADDRESS, "close")
        troupe.run("idle.go", "client", ADDRESS, "write")


@chapter.tell(needs=("go", "strace"))
def go_client_idle_connection_half_closed(stage: Stage) -> None:
    """The same with CloseWrite: both writes arrive."""
    with Troupe(stage) as troupe:
        troupe.run("idle.go", "server", ADDRESS, "closewrite")
        troupe.run("idle.go", "client", ADDRESS, "write")


@chapter.tell(needs=("go", "strace"))
def go_server_leaks_close_wait(stage: Stage) -> None:
    """A Go client connects and closes; the Go server reads EOF and does not close."""
    with Troupe(stage) as troupe:
        troupe.run("idle.go", "server", ADDRESS, "leak")
        troupe.run("idle.go", "client", ADDRESS, "leave")


@chapter.tell(needs=("go", "strace"))
def go_client_full_buffers(stage: Stage) -> None:
    """A Go client has filled both buffers and is blocked in Write; the server is killed."""
    with Troupe(stage) as troupe:
        server = troupe.run("flood.go", "server", ADDRESS)
        troupe.run("flood.go", "client", ADDRESS)
        time.sleep(1.0)
        kill(server)


@chapter.tell(needs=("nginx", "gcc", "curl", "strace"))
def nginx_upstream_dies(stage: Stage) -> None:
    """Nginx in front of an upstream that is killed with most of the request unread: 502."""
    with Troupe(stage) as troupe:
        text = (files("tcpexplain.lab") / "programs" / "nginx.conf").read_text()
        configuration = troupe.folder / "nginx.conf"
        configuration.write_text(
            text.replace("PREFIX", str(troupe.folder)).replace("PORT", PORT).replace("UPSTREAM", "5001")
        )
        troupe.folder.chmod(0o755)
        troupe.run("dying_upstream.c", "5001")
        proxy = troupe.start(
            "nginx", "-p", str(troupe.folder), "-c", str(configuration), "-e", str(troupe.folder / "error.log")
        )
        troupe.start("curl", "-s", "-o", "/dev/null", f"http://{ADDRESS}/report")
        time.sleep(0.3)
        kill(proxy)
