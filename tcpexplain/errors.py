"""What tcpexplain raises or warns of: what happened, why, and what to type next."""

from __future__ import annotations

import os

from tcpexplain.values import frozen

UNREADABLE = {"TE002", "TE005", "TE007", "TE013", "TE014", "TE015", "TE017", "TE018", "TE021"}
"""Errors that leave out one file of several; any other (a name that is not there, a filter that does not parse) ends all."""


class TcpexplainError(Exception):
    """Something the user can put right.

    Parameters
    ----------
    message
        What happened, one line without a full stop ("cannot open captur.pcap").
    code
        Stable identifier, ``TE001`` ...; ``tcpexplain --explain TE001`` has its page.
    note
        Why, as far as it is known.
    help
        What to type next.
    exit_status
        2 for usage and unreadable input; 3 for a missing permission, interface or program.
    """

    def __init__(
        self, message: str, *, code: str = "TE000", note: str = "", help: str = "", exit_status: int = 2
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.note = note
        self.help = help
        self.exit_status = exit_status


class CaptureError(TcpexplainError):
    """A capture that cannot be read, from ``offset`` (bytes into ``file``) on."""

    def __init__(
        self, message: str, *, file: str = "", offset: int = 0, code: str = "TE002", note: str = "", help: str = ""
    ) -> None:
        super().__init__(message, code=code, note=note, help=help, exit_status=2)
        self.file = file
        self.offset = offset

    @property
    def leaves_out(self) -> bool:
        """Whether it is about one file alone, so that others are read: it is damaged, or it is there and may not, or cannot, be read."""
        return self.code in UNREADABLE or (self.code == "TE001" and os.path.lexists(self.file))


@frozen
class Warning:  # noqa: A001 (the word users see; nothing here raises the other kind)
    """Something about the capture that the user should know; worded as ``TcpexplainError`` is."""

    code: str
    message: str
    note: str = ""
    help: str = ""
