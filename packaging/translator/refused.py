"""What is outside the language: where it stands, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast


class RefusedError(Exception):
    """A hot function says something that has no translation.

    Parameters
    ----------
    file, line
        Where it stands.
    what
        What is refused, and why.
    instead
        What to write.
    """

    def __init__(self, file: str, line: int, what: str, instead: str) -> None:
        self.file, self.line, self.what, self.instead = file, line, what, instead
        super().__init__(f"{file}:{line}: {what}; {instead}")


class Place:
    """A file of hot functions, and the line before a function's first: turns nodes of its tree into refusals."""

    def __init__(self, file: str, before: int) -> None:
        self.file, self.before = file, before

    def line(self, node: ast.AST) -> int:
        """The line of the file that a node of the function's tree stands in."""
        return self.before + int(getattr(node, "lineno", 1))

    def refuse(self, node: ast.AST, what: str, instead: str) -> RefusedError:
        """The refusal of a node, to be raised."""
        return RefusedError(self.file, self.line(node), what, instead)
