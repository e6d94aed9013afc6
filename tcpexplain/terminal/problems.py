"""Errors and warnings as a terminal shows them: what, why, what to type next."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Protocol

from tcpexplain.terminal.paper import Color, Paper, Span, paper_for

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_AT = 11
"""Column at which the text of notes and help begins."""


class Problem(Protocol):
    """What `TcpexplainError` and the warnings of a capture have alike."""

    @property
    def code(self) -> str:
        """``TE003``."""

    @property
    def message(self) -> str:
        """What happened."""

    @property
    def note(self) -> str:
        """Why."""

    @property
    def help(self) -> str:
        """What to type next; further lines are commands."""


def write_problem(paper: Paper, problem: Problem, severity: str = "error") -> None:
    """``error[TE001]: cannot open captur.pcap``, its note and its help."""
    style = "bad" if severity == "error" else "suspicious"
    paper.flow([(f"{severity}[{problem.code}]", style), (": ", "bold"), (problem.message, "bold")], indent=2)
    _write_part(paper, "note", problem.note, "")
    _write_part(paper, "help", problem.help, "command")


def _write_part(paper: Paper, name: str, text: str, style: str) -> None:
    """``  = note:  …``, further lines below the first."""
    for number, line in enumerate(text.splitlines()):
        head: Span = (f"  = {name}:  " if number == 0 else " " * TEXT_AT, "dim")
        paper.flow([head, (line, style if number else "")], indent=TEXT_AT)


def show_error(problem: Problem, file: IO[str], color: Color = "auto") -> None:
    """Print one error."""
    paper = paper_for(file)
    write_problem(paper, problem)
    paper.print(file, color)


def show_warnings(problems: Iterable[Problem], file: IO[str], color: Color = "auto") -> None:
    """Print warnings, each once."""
    paper = paper_for(file)
    for problem in dict.fromkeys(problems):
        paper.line()
        write_problem(paper, problem, "warning")
    paper.print(file, color)
