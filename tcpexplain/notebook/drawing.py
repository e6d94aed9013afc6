"""Pictures as objects: matplotlib Figures that show themselves, and the ladder as SVG."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.picture.svg import clean

if TYPE_CHECKING:
    from os import PathLike

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

DOTS = 160
"""Dots per inch where a figure shows itself: sharp on a fine screen, and small enough to be stored in a notebook."""
COLOURS = 128
NOMINAL = 100
"""Dots per inch at which it has its size on the page."""


class LadderPicture:
    """The ladder of one connection: ``svg`` is its markup; ``save`` writes it to a file."""

    def __init__(self, name: str, svg: str) -> None:
        self.name = name
        self.svg = svg

    def save(self, path: str | PathLike[str]) -> None:
        """Write the SVG."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<Ladder of {self.name}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        # As an image its style sheet stays its own, and its colours follow the reader's system.
        data = b64encode(self.svg.encode()).decode()
        return f'<img alt="Ladder of {clean(self.name)}" style="max-width:100%" src="data:image/svg+xml;base64,{data}">'


def ladder(connection: Connection, *, theme: str = "auto") -> LadderPicture:
    """The ladder; theme is auto (the reader's system), light, dark or transparent."""
    from tcpexplain.reports import ladder as report

    return LadderPicture(f"stream {connection.stream}, {connection.cause}", report.svg(connection, theme))


def plot_connection(connection: Connection, draw: str = "diagram", *, theme: str = "light") -> Any:
    """One of the pictures of a connection; TE030 if there is none of this name."""
    from tcpexplain.reports import bytes as bytes_
    from tcpexplain.reports import diagram

    pictures = {"diagram": diagram.figure, "bytes": bytes_.figure}
    if draw not in pictures:
        raise TcpexplainError(
            f"a connection has no picture {draw}",
            code="TE030",
            note=f"there are: {', '.join(pictures)}",
            help="the ladder is connection.ladder(), the diagram of many connections capture.plot()",
        )
    return showing(pictures[draw](connection, theme))


def plot_capture(capture: Capture, *, theme: str = "light") -> Any:
    """The diagram of each cause's connections."""
    from tcpexplain.reports import groups

    return showing(groups.figure(capture, theme))


def showing(figure: Any) -> Any:
    """Let a Figure show itself: IPython does so only for those of pyplot, which keeps every figure alive."""
    figure._repr_png_ = lambda: png(figure)
    return figure


def png(figure: Any) -> tuple[bytes, dict[str, int]]:
    """The figure as PNG, and its size on the page."""
    from PIL import Image

    data = BytesIO()
    figure.savefig(data, format="png", dpi=DOTS)
    if figure.get_facecolor()[3] == 1:
        # Flat colours and their edges: a palette makes it a third of the size, which a stored notebook is glad of.
        drawn, data = Image.open(data).convert("RGB"), BytesIO()
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(data, "png", optimize=True)
    width, height = figure.get_size_inches() * NOMINAL
    return data.getvalue(), {"width": int(width), "height": int(height)}
