"""How many connections of a capture went as predicted, where the kernel's account was kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture


def counts_kept(capture: Capture) -> tuple[int, int] | None:
    """Connections that were compared, and those as predicted; None without an account."""
    if capture.held.beside is None:
        return None
    compared = [one.kernel for one in capture if one.kernel]
    return len(compared), sum(not saw.differences for saw in compared)
