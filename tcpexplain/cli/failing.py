"""Whatever goes wrong as one error: what happened, why, and what to type next."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from tcpexplain.errors import TcpexplainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.terminal.paper import Color


NOBODY_READS = 141
"""128 + SIGPIPE, as shells have it."""


def told(error: Exception, arguments: Sequence[str], *, debug: bool = False) -> int:
    """Print what went wrong, the exception that is being handled; its exit status. ``debug``: raise it where it is a fault of ours."""
    if isinstance(error, BrokenPipeError):
        # The reader of our output has seen enough.
        discard_output()
        return NOBODY_READS
    if isinstance(error, TcpexplainError):
        return fail(error, arguments, debug=debug)
    if isinstance(error, OSError):
        discard_output()
        return fail(unusable(error), arguments, debug=debug)
    if debug:
        raise error
    return fail(missing(error) or unexpected(error), arguments)


def fail(error: TcpexplainError, arguments: Sequence[str], *, debug: bool = False) -> int:
    """Print an error after whatever was written so far; its exit status, also where nobody reads it.

    ``debug``: after the traceback of the exception that is being handled.
    """
    from tcpexplain.terminal.problems import show_error

    words = list(arguments)
    color = words[words.index("--color") + 1] if "--color" in words[:-1] else "auto"
    with suppress(OSError):
        sys.stdout.flush()
        if debug:
            import traceback

            traceback.print_exc()
        show_error(error, sys.stderr, cast("Color", color if color in ("always", "never") else "auto"))
    return error.exit_status


def discard_output() -> None:
    """Send to the null device what is still to be written; Python would complain again when it closes stdout."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unusable(error: OSError) -> TcpexplainError:
    """What the operating system refused; without a name it was the output."""
    why = error.strerror or str(error)
    if error.filename is None:
        return TcpexplainError("cannot write to standard output", code="TE032", note=why[:1].lower() + why[1:])
    return TcpexplainError(f"cannot use {os.fsdecode(error.filename)}", code="TE001", note=why[:1].lower() + why[1:])


def near_option(name: str, possibilities: Sequence[str]) -> str:
    """What may have been meant by an option that there is not: another option, or a word that --explain or --why knows."""
    word = name.lstrip("-")
    from tcpexplain.model.wanted import OUTCOMES, causes

    if word.upper() in OUTCOMES:
        return f"--errno {word.upper()}   or   --explain {word.upper()}"
    if word in causes():
        return f"--why {word}   or   --explain {word}"
    return f"did you mean {possibilities[0]}?" if possibilities else "tcpexplain --help"


LEFT_OUT = ("matplotlib", "networkx", "numpy", "pyshark", "scapy")
"""Packages that are installed with tcpexplain, each needed only where it is used."""


def missing(error: Exception) -> TcpexplainError | None:
    """TE031 where a package is not installed that comes with tcpexplain, unless somebody leaves it out; None if it is anything else."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in LEFT_OUT:
        return None
    return TcpexplainError(
        f"this needs {name}, and it is not installed", code="TE031", help=f"pip install {name}", exit_status=3
    )


def unexpected(error: Exception) -> TcpexplainError:
    """A fault of ours, said as one error."""
    from pathlib import Path

    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f" in {Path(where.tb_frame.f_code.co_filename).name}, line {where.tb_lineno}" if where else ""
    return TcpexplainError(
        "this is a fault in tcpexplain, not in the capture",
        code="TE099",
        note=f"{type(error).__name__}{place}: {error}"[:300],
        help="please report it, with what this prints:\n" + " ".join(["tcpexplain", "--debug", *sys.argv[1:]]),
        exit_status=2,
    )
