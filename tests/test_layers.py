"""Imports point one way, and heavy packages are loaded by whoever uses them, when it uses them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tcpexplain"

ORDER = (
    # what anything may stand on
    "errors", "units", "registry",
    # what users hold
    "model",
    # bytes -> segments -> states of both ends -> connections; ``vantage`` will stand before ``machine``, ``messages`` after ``readers``
    "hot", "wire", "readers", "machine", "tracking", "native",
    # states -> calls; facts -> causes -> what users hold
    "sockets", "analysis", "evidence", "causes", "diagnosis",
    # many captures, and all of it from end to end
    "parallel", "reading", "live",
    # something to read
    "story", "terminal", "picture", "page", "tables", "reports", "manual",
    # where it is used from
    "cli", "notebook", "lab", "__main__",
)  # fmt: skip
"""A file imports from its own folder and from those that stand before it."""

HEAVY = {
    "dask",
    "distributed",
    "IPython",
    "matplotlib",
    "networkx",
    "llvmlite",
    "numba",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pyshark",
    "scapy",
}

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part(path):
    """The part of the package a file belongs to: ``wire`` for wire/headers.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """(imported module, whether inside a function) of a file; what is only for type checkers does not count."""
    found = []

    def visit(node, inside):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            found.extend((alias.name, inside) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            found.extend((f"{node.module}.{alias.name}", inside) for alias in node.names)
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(ast.parse(path.read_text(encoding="utf-8")), False)
    return found


def parts_imported(path):
    """(part, whether inside a function) of every import from the package's other parts."""
    for name, inside in imports(path):
        words = name.split(".")
        if words[0] == "tcpexplain" and len(words) > 1 and words[1] in ORDER and words[1] != part(path):
            yield words[1], inside


def test_every_part_has_its_place():
    assert {part(path) for path in MODULES} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_to_the_left(path):
    here = ORDER.index(part(path))
    wrong = {name for name, inside in parts_imported(path) if ORDER.index(name) > here}
    assert wrong == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_are_imported_where_they_are_used(path):
    assert {name.split(".")[0] for name, inside in imports(path) if not inside} & HEAVY == set()


def test_what_users_hold_are_dataclasses_that_import_nothing_of_the_analysis():
    found = {name for path in (PACKAGE / "model").glob("*.py") for name, _ in parts_imported(path)}
    assert found <= {"errors", "units", "registry"}


@pytest.mark.parametrize("package", ["readers", "sockets", "causes", "reports"])
def test_a_plural_package_holds_its_members_only(package):
    from tcpexplain.registry import members

    needed = {"readers": "read", "sockets": "ROWS", "causes": "PAGE", "reports": "render"}[package]
    assert [
        module.__name__
        for module in members(f"tcpexplain.{package}")
        if not hasattr(module, needed) and not hasattr(module, "write")
    ] == []


def loaded(program):
    """The heavy packages in ``sys.modules`` after ``program`` has run in a fresh interpreter."""
    code = f"import sys\n{program}\nprint(*sorted(set(name.split('.')[0] for name in sys.modules)), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stderr.split()) & HEAVY


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("import tcpexplain") == set()


@pytest.mark.parametrize("options", [[], ["--json"], ["--stream", "0"]], ids=" ".join)
def test_a_small_report_loads_nothing_heavy(options):
    arguments = [str(ROOT / "captures" / "crashed-client-2019" / "capture.pcap"), *options]
    assert loaded(f"from tcpexplain.cli.command import run\nassert run({arguments!r}) == 0") == set()


def test_a_page_of_the_manual_loads_nothing_heavy():
    assert loaded("from tcpexplain.cli.command import run\nassert run(['--explain', 'EPIPE']) == 0") == set()
