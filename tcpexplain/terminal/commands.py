"""What to type next, and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.terminal.paper import Paper


def write_commands(paper: Paper, lines: list[tuple[str, str]], *, head: str = "", at: int = 2) -> None:
    """Commands and what they give, in two columns if they fit side by side."""
    longest = max(len(command) for command, _ in lines)
    aligned = min([longest, *(paper.width - at - 3 - len(text) for _, text in lines)])
    for number, (command, text) in enumerate(lines):
        margin = (head.ljust(at) if number == 0 else " " * at, "bold")
        if at + len(command) + 3 + len(text) <= paper.width:
            paper.line(margin, (command.ljust(aligned), "command"), ("   ", ""), (text, "dim"))
        else:
            paper.flow([margin, (command, "command")], indent=at)
            paper.flow([(" " * (at + 2), ""), (text, "dim")], indent=at + 2)
