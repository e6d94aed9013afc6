"""The folders of the package in the order of imports, and who imports what: read by the tests and by ``docs/generate.py``."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "tcpexplain"

FLOORS = (
    ("what anything may stand on", ("values", "tuples", "errors", "units", "moments", "registry", "files")),
    ("what users hold, and what programs write", ("model", "runtimes")),
    ("bytes to segments", ("hot", "wire", "readers", "payload", "messages")),
    ("segments to states and connections", ("vantage", "machine", "tracking", "native")),
    ("states to calls, connections to facts", ("sockets", "analysis")),
    ("facts to causes, and to what users hold", ("evidence", "causes", "diagnosis")),
    ("many captures, and all of it end to end", ("kernel", "identity", "parallel", "pseudonyms", "reading", "live")),
    ("beside a program's log", ("log",)),
    ("something to read", ("story", "terminal", "picture", "page", "tables", "wireshark", "reports", "manual")),
    ("where it is used from", ("cli", "assistant", "notebook", "lab", "__main__")),
)
"""What they are for, and the folders (or files of the package's root); a file imports from its own folder and from those before it."""

ORDER = tuple(name for _, names in FLOORS for name in names)

FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
"""All files but the package's own, which names the public names of all."""


def name(path: Path) -> str:
    """``wire.headers`` for wire/headers.py, ``wire`` for wire/__init__.py."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name(path): path for path in FILES}


def folder(path: Path) -> str:
    """The folder a file belongs to: ``wire`` for wire/headers.py; a file of the package's root stands for itself."""
    return name(path).split(".")[0]


@cache
def syntax(path: Path) -> ast.Module:
    """A file as Python reads it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in it."""
    return tuple(ast.walk(syntax(path)))


@cache
def imports(path: Path) -> list[tuple[str, bool, bool]]:
    """What a file imports: the name, whether inside a function, whether for type checkers only."""
    found = []

    def visit(node: ast.AST, inside: bool, typing: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((alias.name, inside, typing) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            found.extend((f"{node.module}.{alias.name}", inside, typing) for alias in node.names)
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = typing or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for child in ast.iter_child_nodes(node):
            visit(child, inside, typing)

    visit(syntax(path), False, False)
    return found


def imported(path: Path) -> set[str]:
    """The files of the package that a file imports from, as ``name`` has them; for type checkers, too."""
    found = set()
    for whole, _, _ in imports(path):
        first, _, rest = whole.partition(".")
        if first != "tcpexplain":
            continue
        if rest in NAMES:
            found.add(rest)
        else:
            # A name of a module; what is imported from the package itself is a public name.
            found.add(rest.rpartition(".")[0] or "tcpexplain")
    return found - {name(path)}


def in_order(arrows: dict[str, set[str]]) -> list[str]:
    """The files so that each stands after those it imports from; CycleError names a circle."""
    return list(TopologicalSorter(arrows).static_order())


def about(folder: str) -> str:
    """The first line of what a folder, or a file of the root, says of itself."""
    path = PACKAGE / folder / "__init__.py"
    return (ast.get_docstring(syntax(path if path.exists() else PACKAGE / f"{folder}.py")) or "").splitlines()[0]
