"""A word on the command line that is no capture: words of a filter, or one that --explain knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.errors import CaptureError, TcpexplainError

if TYPE_CHECKING:
    from tcpexplain.cli.options import Options


def perhaps_filter(error: CaptureError, options: Options) -> CaptureError:
    """The error, or the hint that words of a filter, or a word that --explain knows, were taken for files."""
    first, *rest = options.captures or ("",)
    if error.code != "TE001" or options.read:
        return error
    from pathlib import Path

    hint = ""
    if rest and Path(first).exists() and error.file != first:
        hint = f"a filter goes with -r:  tcpexplain -r {first} {' '.join(rest)}"
    elif error.file and has_page(error.file):
        hint = f"tcpexplain --explain {error.file}"
    return CaptureError(error.message, file=error.file, code="TE001", note=error.note, help=hint) if hint else error


def has_page(word: str) -> bool:
    """Whether --explain knows a word."""
    from tcpexplain.cli.explain import topic_for

    try:
        topic_for(word)
    except TcpexplainError:
        return False
    return True
