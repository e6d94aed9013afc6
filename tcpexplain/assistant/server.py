"""``tcpexplain-mcp``: the tools on standard input and output, by the official SDK (``pip install 'tcpexplain[mcp]'``)."""

from __future__ import annotations

import sys
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.assistant import answers
from tcpexplain.errors import TcpexplainError
from tcpexplain.pseudonyms.names import Pseudonyms

if TYPE_CHECKING:
    from collections.abc import Callable

INSTRUCTIONS = (
    "Explains why TCP connections in packet captures ended, and what the applications at both ends see. Begin with explain_capture; "
    "streams are Wireshark's tcp.stream numbers. Verdicts name the packets they rest on and how sure they are: repeat both. "
    "Payload is never told."
)
USAGE = "usage: tcpexplain-mcp [--anonymize] [FOLDER]      (captures below FOLDER only; default: any that this user may read)"
ANONYMIZE = "--anonymize"


def server(folder: Path | None = None, names: Pseudonyms | None = None) -> Any:
    """The server with its four tools; ``folder``: the only one whose captures may be read; ``names`` stand for those in captures.

    Raises
    ------
    TcpexplainError
        TE031 if the SDK is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
    except ImportError:
        raise TcpexplainError(
            "this needs the SDK of the Model Context Protocol",
            code="TE031",
            help="pip install 'tcpexplain[mcp]'",
            exit_status=3,
        ) from None
    made = MCPServer("tcpexplain", instructions=INSTRUCTIONS, version=version("tcpexplain"))

    def explain_capture(path: str, stream: int | None = None) -> dict[str, Any]:
        """Why the TCP connections in a capture file ended: causes with counts, and the worst connections; with `stream`, everything about one connection, packet by packet."""
        return answers.explain_capture(inside(path, folder), stream, names)

    def list_connections(
        path: str, why: str = "", errno: str = "", server: str = "", client: str = "", first: int = 0, most: int = 20
    ) -> dict[str, Any]:
        """Connections of a capture file: by cause or severity (`why`), by what the application sees (`errno`: EPIPE, ECONNRESET ...), by `server` or `client` (address, address:port, :port); `most` (50 at most) from `first` on."""
        return answers.list_connections(inside(path, folder), why, errno, server, client, first, most, names)

    def match_log_line(path: str, line: str) -> dict[str, Any]:
        """The connection in a capture file that a line of a program's log is about ("2026/11/20 21:10:20 writev() failed (32: Broken pipe) ..."), and why it failed."""
        return answers.match_log_line(inside(path, folder), line, names)

    def explain_code(word: str) -> dict[str, Any]:
        """What a cause (idle-close-race), an errno (EPIPE), a TCP state, an error code (TE003) or a line of a log means, without a capture."""
        return answers.explain_code(word)

    for tool in (explain_capture, list_connections, match_log_line, explain_code):
        made.tool(annotations=read_only())(told(tool, folder, names))
    return made


def read_only() -> Any:
    """That no tool changes anything, or asks anybody else."""
    from mcp.types import ToolAnnotations

    return ToolAnnotations(read_only_hint=True, open_world_hint=False)


def told(
    tool: Callable[..., dict[str, Any]], folder: Path | None = None, names: Pseudonyms | None = None
) -> Callable[..., dict[str, Any]]:
    """A tool whose errors are those of tcpexplain, in its words, and under other ``names`` if there are any."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def asked(*arguments: Any, **named: Any) -> dict[str, Any]:
        try:
            return tool(*arguments, **named)
        except TcpexplainError as raised:
            error = raised
            if names:
                for path in (folder, named.get("path"), *arguments[:1]):
                    names.file(str(path or ""))
                error = names.error(raised)
            words = (f"{error.code}: {error.message}", error.note, error.help)
            raise ToolError("\n".join(word for word in words if word)) from None

    return asked


def inside(path: str, folder: Path | None) -> str:
    """A path, if it may be read; TE040 if not."""
    if folder is not None and not Path(path).resolve().is_relative_to(folder):
        raise TcpexplainError(f"{path} is not below {folder}", code="TE040", note="this server reads no other captures")
    return path


def main() -> None:
    """Serve until standard input ends."""
    given = [word for word in sys.argv[1:] if word != ANONYMIZE]
    folder = Path(given[0]).resolve() if given else None
    if len(given) > 1 or (folder and not folder.is_dir()):
        sys.exit(USAGE)
    try:
        server(folder, Pseudonyms() if ANONYMIZE in sys.argv else None).run()
    except TcpexplainError as error:
        print(f"error[{error.code}]: {error.message}\n  help: {error.help}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
