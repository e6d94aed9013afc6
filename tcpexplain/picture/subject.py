"""Which connection a picture of one connection shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.selection import groups_of

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection


def subject_of(capture: Capture, stream: int | None) -> Connection:
    """The connection of that stream number, or the one that the summary names first.

    Raises
    ------
    TcpexplainError
        TE041 if there is no such stream, or no connection at all.
    """
    if stream is not None:
        try:
            return capture.stream(stream)
        except KeyError:
            raise TcpexplainError(f"there is no stream {stream} in this capture", code="TE041") from None
    for group in groups_of(capture):
        return capture.stream(group.worst)
    raise TcpexplainError("there is no TCP connection to draw", code="TE041")
