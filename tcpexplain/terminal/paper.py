"""A page of styled lines for a terminal: who writes on it thinks of columns, it thinks of encodings and wrapping."""

from __future__ import annotations

import os
import re
from typing import IO, TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text

Span = tuple[str, str]
Color = Literal["auto", "always", "never"]

UNKNOWN = "?"
"""The mark of what counts as fine only because nothing shows that it is not."""
MARKS = {"failed": "✖", "suspicious": "▲", "fine": "●"}

ASCII = {
    "→": "->", "←": "<-", "▶": ">", "◀": "<", "▷": ">", "◁": "<", "✕": "X", "─": "-", "┄": ".", "╌": "-", "✖": "x", "▲": "!", "●": "o", "•": "o", "┊": ":",
    "·": "-", "…": "...", "–": "-", "—": "-", "µ": "u", "×": "x", "≥": ">=", "≤": "<=", "’": "'", "“": '"', "”": '"', "§": "section ",  # noqa: RUF001 (what is replaced)
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▍": "#", "▎": "|", "▏": "|",
}  # fmt: skip


def mark_of(severity: str, undecided: bool) -> str:
    """The mark of a severity, or that of what is fine only because nothing shows that it is not."""
    return UNKNOWN if undecided else MARKS[severity]


NARROWEST, WIDEST = 40, 160
PROSE = 110
"""Longer lines of prose are hard to read, whatever the terminal's width."""

ERRNO = re.compile(r"\bE[A-Z]{3,}(?: \+ SIGPIPE)?\b|\bSIG[A-Z]{3,}\b|\bEOF\b")


BREAKS = re.compile(r"((?<!\d)\s+|\s+(?!(?:µs|us|ms|s|min|h|d|kB|MB|GB)\b))")
"""Where a line may end: not between a number and its unit."""


class Paper:
    """Lines to be, each a sequence of ``(text, style)``; styles are the names in ``colours.STYLES``."""

    def __init__(self, width: int = 80, *, ascii_only: bool = False) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self.ascii_only = ascii_only
        self.lines: list[tuple[Span, ...]] = []

    def clean(self, text: str) -> str:
        """What may go to a terminal: no control characters, nothing its encoding does not have."""
        if not text.isprintable():
            text = "".join(character if character.isprintable() else "?" for character in text)
        if self.ascii_only:
            text = "".join(ASCII.get(character, character if character.isascii() else "?") for character in text)
        return text

    def line(self, *spans: Span) -> None:
        """One line as it is; an empty one without arguments."""
        self.lines.append(tuple((self.clean(text), style) for text, style in spans if text))

    def flow(self, spans: Sequence[Span], *, indent: int = 0, width: int = 0) -> None:
        """Wrap spans at words, all lines but the first indented."""
        width = min(width or self.width, self.width)
        for line in wrapped([(self.clean(text), style) for text, style in spans], width, indent):
            self.lines.append(tuple(line))

    def hang(self, head: Sequence[Span], at: int, spans: Sequence[Span]) -> None:
        """Write ``head`` at the margin, and ``spans`` wrapped from column ``at`` on beside it."""
        width = min(self.width, PROSE) - at
        used = sum(len(self.clean(text)) for text, _ in head)
        for number, line in enumerate(wrapped([(self.clean(text), style) for text, style in spans], width, 0)):
            margin = (*head, (" " * (at - used), "")) if number == 0 else ((" " * at, ""),)
            self.line(*margin, *line)

    def columns(self, cells: Sequence[tuple[int, int, Sequence[Span]]]) -> None:
        """Write cells ``(column, width, spans)`` side by side, each wrapped within its own width."""
        wraps = [(at, list(wrapped([(self.clean(t), s) for t, s in spans], width, 0))) for at, width, spans in cells]
        for row in range(max((len(lines) for _, lines in wraps), default=0)):
            self.lines.append(tuple(_beside((at, lines[row]) for at, lines in wraps if row < len(lines))))

    def plain(self) -> str:
        """The page without styles."""
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in self.lines)

    def texts(self, styles: Mapping[str, str]) -> Iterable[Text]:
        """The page as rich texts, in styles by their names."""
        from rich.text import Text

        for line in self.lines:
            yield Text.assemble(*((text, styles.get(style, style)) for text, style in line), end="")

    def print(self, file: IO[str], color: Color = "auto") -> None:
        """Write the page to ``file`` and forget it."""
        if not colored(file, color):
            file.write(self.plain())
        else:
            from tcpexplain.terminal.colours import looks

            console = terminal(file, self.width)
            for text in self.texts(looks(console.color_system)):
                text.rstrip()
                console.print(text, soft_wrap=True, crop=False)
        self.lines.clear()


def paper_for(file: IO[str], width: int = 0) -> Paper:
    """A page as wide as the terminal behind ``file`` (80 columns if there is none), in what its encoding can say."""
    return Paper(width or columns_of(file), ascii_only=not can_encode(file))


def columns_of(file: IO[str]) -> int:
    """COLUMNS, or the terminal's width, or 80."""
    told = os.environ.get("COLUMNS", "")
    # A superscript is a digit to ``isdigit``, and no number.
    if told.isascii() and told.isdecimal() and 0 < len(told) < 6 and int(told):
        return int(told)
    try:
        return os.get_terminal_size(file.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def can_encode(file: IO[str]) -> bool:
    """Whether the arrows and bars of a report can be written to ``file``."""
    try:
        "".join(ASCII).encode(getattr(file, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def colored(file: IO[str], color: Color = "auto") -> bool:
    """Whether to colour: ``--color``, else NO_COLOR (no-color.org), FORCE_COLOR, a terminal that is not dumb."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return file.isatty() and os.environ.get("TERM") != "dumb"


def terminal(file: IO[str], width: int) -> Any:
    """A rich console that adds nothing of its own."""
    from rich.console import Console

    return Console(
        file=file, force_terminal=True, width=width, highlight=False, markup=False, emoji=False, no_color=False
    )


def wrapped(spans: Sequence[Span], width: int, indent: int) -> Iterable[list[Span]]:
    """Lines of at most ``width`` columns; words longer than a line are broken."""
    line: list[Span] = []
    used, gap = 0, ""
    for piece, style in _pieces(spans):
        if piece.isspace():
            gap = piece
            continue
        if used and used + len(gap) + len(piece) > width and used > indent:
            yield line
            line, used, gap = [(" " * indent, "")] if indent else [], indent, ""
        word = piece
        while used + len(gap) + len(word) > width and len(word) > width - indent:
            room = width - used - len(gap)
            yield [*line, (gap + word[:room], style)]
            word, line, used, gap = word[room:], [(" " * indent, "")], indent, ""
        line.append((gap + word, style))
        used, gap = used + len(gap) + len(word), ""
    yield line


def _pieces(spans: Sequence[Span]) -> Iterable[Span]:
    """Words and the spaces between them."""
    for text, style in spans:
        for piece in BREAKS.split(text):
            if piece:
                yield piece, style


def _beside(cells: Iterable[tuple[int, list[Span]]]) -> Iterable[Span]:
    """Spans of several cells with the blanks between them."""
    used = 0
    for at, spans in cells:
        yield " " * (at - used), ""
        yield from spans
        used = max(at, used) + sum(len(text) for text, _ in spans)


def errnos(text: str, style: str = "") -> list[Span]:
    """Spans of ``text`` with errno and signal names standing out."""
    spans: list[Span] = []
    at = 0
    for match in ERRNO.finditer(text):
        bad = match[0] != "EOF"
        spans += [(text[at : match.start()], style), (match[0], "bad" if bad else style)]
        at = match.end()
    return [span for span in [*spans, (text[at:], style)] if span[0]]
