"""Something to read: one file per format.

Every module in this package is one format and declares

``SUFFIXES: tuple[str, ...]``
    the file name endings it writes (``(".svg", ".png")``), lower case, with the dot.
``DRAWS: tuple[str, ...]``
    the names of ``--draw`` it answers to (``("ladder",)``); empty if it writes no pictures.
``write(capture, target, *, stream=None, draw="diagram", theme="light") -> None``
    writes one report about ``capture`` to the path ``target``, to standard output if it is None. ``stream`` picks one
    connection (Wireshark's number; default: the whole capture, or the worst connection where only one can be shown),
    ``draw`` the picture among the member's own, ``theme`` is light, dark or transparent. Raises
    `tcpexplain.errors.TcpexplainError` for what it cannot do (a suffix it does not have for this picture, a
    package that is not installed).

A member without pictures also offers ``render(capture, *, stream=None, ...) -> str``. One that tells everything of every connection says so
(``EVERY = True``), so that it is kept while the capture is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from tcpexplain.errors import TcpexplainError
from tcpexplain.registry import members

if TYPE_CHECKING:
    from pathlib import Path

    from tcpexplain.model.capture import Capture


class ReportFormat(Protocol):
    """One format: what every module of this package looks like from outside."""

    SUFFIXES: tuple[str, ...]
    DRAWS: tuple[str, ...]

    def write(
        self,
        capture: Capture,
        target: Path | None,
        *,
        stream: int | None = None,
        draw: str = "diagram",
        theme: str = "light",
    ) -> None:
        """Write one report."""


def reports() -> tuple[ReportFormat, ...]:
    """All formats, in the order of their names."""
    return tuple(cast("ReportFormat", member) for member in members(__name__))


def suffixes() -> tuple[str, ...]:
    """Every file name ending that some format writes, sorted."""
    return tuple(sorted({suffix for report in reports() for suffix in report.SUFFIXES}))


def draws() -> tuple[str, ...]:
    """Every name that ``--draw`` takes, sorted."""
    return tuple(sorted({draw for report in reports() for draw in report.DRAWS}))


def report_for(path: str | Path, draw: str = "diagram") -> ReportFormat:
    """Choose the format by the ending of a file name, and among pictures by ``draw``.

    Raises
    ------
    TcpexplainError
        TE030 if nothing writes such files, or not this picture.
    """
    ending = _ending(str(path))
    fitting = [report for report in reports() if ending in report.SUFFIXES]
    for report in fitting:
        if not report.DRAWS or draw in report.DRAWS:
            return report
    if fitting:
        others = sorted({suffix for report in reports() if draw in report.DRAWS for suffix in report.SUFFIXES})
        note = f"this picture is written as {', '.join(others)}" if others else f"pictures are {', '.join(draws())}"
        raise TcpexplainError(f"no {ending} file can hold --draw {draw}", code="TE030", note=note)
    from difflib import get_close_matches

    close = get_close_matches(ending, suffixes(), 1)
    raise TcpexplainError(
        f"no report is written as {ending or 'a file without a suffix'}",
        code="TE030",
        note=f"the suffix chooses the format: {', '.join(suffixes())}",
        help=f"did you mean {close[0]}?" if close else "",
    )


def wants_every(path: str | Path, draw: str = "diagram") -> bool:
    """Whether the format of a file tells everything of every connection; TcpexplainError as of `report_for`."""
    return bool(getattr(report_for(path, draw), "EVERY", False))


def _ending(name: str) -> str:
    """``.svg`` of ``x.svg``; ``/`` of a directory (``out/``)."""
    if name.endswith("/"):
        return "/"
    base = name.rsplit("/", 1)[-1]
    return "." + base.rsplit(".", 1)[1].lower() if "." in base else ""
