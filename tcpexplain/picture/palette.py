"""The colours of all pictures: the client blue, the server green, what went wrong orange (Okabe and Ito's set, darkened or lightened until it reads)."""

from __future__ import annotations

from tcpexplain.errors import TcpexplainError
from tcpexplain.tuples import NamedTuple


class Palette(NamedTuple):
    """One theme; every colour is ``#rrggbb``, and words have a contrast of at least 4.5 to 1 on their ground (3.6 if it is unknown)."""

    background: str
    text: str
    muted: str
    faint: str
    box: str
    client: str
    server: str
    bad: str
    warn: str
    client_fill: str
    server_fill: str
    bad_fill: str
    on_marker: str
    transparent: bool = False


THEMES = {
    "light": Palette(
        background="#ffffff",
        text="#1c2430",
        muted="#66707d",
        faint="#c9ced6",
        box="#f4f6fa",
        client="#0072b2",
        server="#00755a",
        bad="#b83a0b",
        warn="#8a5a00",
        client_fill="#e8f3fa",
        server_fill="#e0f3ec",
        bad_fill="#fff1e8",
        on_marker="#ffffff",
    ),
    "dark": Palette(
        background="#16181d",
        text="#e3e7ee",
        muted="#97a1b0",
        faint="#3d4450",
        box="#20242c",
        client="#56b4e9",
        server="#2fc49a",
        bad="#ff8a55",
        warn="#e6b54a",
        client_fill="#12303f",
        server_fill="#10342a",
        bad_fill="#36200f",
        on_marker="#10131a",
    ),
    # No background of its own, so every colour has to read on white and on black.
    "transparent": Palette(
        background="none",
        text="#757e8a",
        muted="#757e8a",
        faint="#aab1bb",
        box="none",
        client="#1f83c6",
        server="#128a68",
        bad="#d25a1e",
        warn="#a17417",
        client_fill="none",
        server_fill="none",
        bad_fill="none",
        on_marker="#ffffff",
        transparent=True,
    ),
}


def palette(theme: str) -> Palette:
    """The colours of ``light``, ``dark`` or ``transparent``; TcpexplainError for any other theme."""
    try:
        return THEMES[theme]
    except KeyError:
        raise TcpexplainError(f"no theme {theme!r}", code="TE040", help=f"themes: {', '.join(THEMES)}") from None
