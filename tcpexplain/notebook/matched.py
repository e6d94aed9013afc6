"""How the lines of a log and their connections show themselves in Jupyter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tcpexplain.notebook import markup
from tcpexplain.notebook.ladder import html as connection_html
from tcpexplain.picture.svg import clean
from tcpexplain.reports.text import compose_log
from tcpexplain.terminal.paper import Paper

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.log import LogLine, Matches

WIDTH = 100
SHOWN = 50


def text(matches: Matches) -> str:
    """What a terminal shows."""
    return compose_log(Paper(WIDTH), cast("Capture", matches.capture), matches).plain()


def html(matches: Matches) -> str:
    """A table of the lines; of a single one its connection too."""
    heads = [markup.cell(name, head=True) for name in ("line", "connection", "how sure", "what it says", "why")]
    table = markup.table(heads, [row(matches, line) for line in matches.lines[:SHOWN]])
    clocks = "".join(f"<p>{clean(told)}</p>" for told in matches.clocks)
    connection = matches.connection(matches[0]) if len(matches) == 1 else None
    return table + clocks + (connection_html(connection) if connection is not None else "")


def row(matches: Matches, line: LogLine) -> str:
    """One line."""
    connection = matches.connection(line)
    where = (
        f"{markup.mark(connection.severity)} #{line.stream} {clean(connection.cause)}"
        if connection is not None
        else "not in this capture"
    )
    told = (
        clean(str(line.line)),
        where,
        clean(line.certainty or ""),
        markup.code(" ".join(line.text.split())[:200]),
        clean(line.because),
    )
    return markup.row(markup.cell(one, max_width="36em", white_space="normal") for one in told)
