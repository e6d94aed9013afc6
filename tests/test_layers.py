"""Imports point one way, and heavy packages are loaded by whoever uses them, when it uses them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter

import pytest
from layers import FILES, NAMES, ORDER, PACKAGE, folder, imported, imports, in_order, name, nodes

ROOT = PACKAGE.parent

HEAVY = {
    "dask",
    "distributed",
    "IPython",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pyshark",
    "scapy",
}


def test_every_folder_has_its_place():
    assert {folder(path) for path in FILES} == set(ORDER)


def stands_before(other, path):
    """Whether another file is of the same folder as ``path``, or of one before it."""
    return other in NAMES and ORDER.index(folder(NAMES[other])) <= ORDER.index(folder(path))


def test_imports_point_to_what_stands_before():
    assert {
        f"{name(path)} imports {other}" for path in FILES for other in imported(path) if not stands_before(other, path)
    } == set()


def test_no_files_import_each_other_in_a_circle():
    assert set(in_order({name(path): imported(path) for path in FILES})) == set(NAMES)


def at_once(path):
    """The packages that are imported with a file, of others and of this one."""
    return {other.split(".")[0] for other, inside, typing in imports(path) if not inside and not typing}


def test_heavy_packages_are_imported_where_they_are_used():
    assert {name(path): heavy for path in FILES if (heavy := at_once(path) & HEAVY)} == {}


def test_what_users_hold_are_dataclasses_that_import_nothing_of_the_analysis():
    found = {other for path in (PACKAGE / "model").glob("*.py") for other in imported(path)}
    assert {other for other in found if not other.startswith("model.")} <= {
        "values",
        "tuples",
        "errors",
        "units",
        "moments",
        "registry",
    }


def test_no_two_classes_have_one_name():
    counted = Counter(node.name for path in FILES for node in nodes(path) if isinstance(node, ast.ClassDef))
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("package", ["readers", "sockets", "causes", "reports"])
def test_a_plural_package_holds_its_members_only(package):
    from tcpexplain.registry import members

    needed = {"readers": "read", "sockets": "ROWS", "causes": "PAGE", "reports": "render"}[package]
    assert [
        module.__name__
        for module in members(f"tcpexplain.{package}")
        if not hasattr(module, needed) and not hasattr(module, "write")
    ] == []


UNUSED = {
    "fnmatch", "glob", "importlib.metadata", "importlib.util", "ipaddress", "json", "logging", "pathlib", "pkgutil", "random",
    "click", "dataclasses", "inspect", "rich", "shutil", "string", "subprocess", "tempfile", "textwrap", "typing_extensions", "urllib",
    "tcpexplain.analysis.in_parts", "tcpexplain.cli.annotations", "tcpexplain.cli.explain", "tcpexplain.cli.live",
    "tcpexplain.diagnosis.groups", "tcpexplain.diagnosis.half_closed", "tcpexplain.diagnosis.several_points",
    "tcpexplain.diagnosis.slice", "tcpexplain.identity.linked", "tcpexplain.kernel", "tcpexplain.live", "tcpexplain.manual",
    "tcpexplain.model.group", "tcpexplain.model.kernel", "tcpexplain.model.links", "tcpexplain.model.log",
    "tcpexplain.model.points", "tcpexplain.page", "tcpexplain.picture", "tcpexplain.pseudonyms",
    "tcpexplain.reading.several", "tcpexplain.reading.tap", "tcpexplain.runtimes", "tcpexplain.story.kernel",
    "tcpexplain.story.linked", "tcpexplain.tables", "tcpexplain.terminal.kernel", "tcpexplain.terminal.problems",
    "tcpexplain.terminal.summary", "tcpexplain.wire.foreign", "tcpexplain.wire.pasted",
    "shlex",
    "tcpexplain.analysis.neighbourhood", "tcpexplain.analysis.recalled", "tcpexplain.analysis.tallies", "tcpexplain.files",
    "tcpexplain.payload.outcome", "tcpexplain.reading.excerpt", "tcpexplain.terminal.colours", "tcpexplain.wire.linknames",
}  # fmt: skip
"""What the explanation of one connection does without: each takes a thousandth of a second or more, of some hundred."""


def loaded(program):
    """What ``program`` has imported in a fresh interpreter, beside what that imports itself."""
    code = f"import sys\nbefore = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stderr.split())


def explained(capture, *options):
    """A program that explains a capture of the package."""
    arguments = [str(ROOT / "captures" / capture / "capture.pcap"), *options]
    return f"from tcpexplain.cli.command import run\nassert run({arguments!r}) == 0"


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("import tcpexplain") & HEAVY == set()


@pytest.mark.parametrize("options", [[], ["--json"], ["--stream", "0"]], ids=" ".join)
def test_a_small_report_loads_nothing_heavy(options):
    assert loaded(explained("crashed-client-2019", *options)) & HEAVY == set()


def test_one_connection_is_explained_without_what_only_others_need():
    assert loaded(explained("client-crashes-after-reading")) & (UNUSED | HEAVY) == set()


def test_one_connection_is_explained_with_few_modules():
    """Each takes a third of a million instructions to be found and read, of some 370; causes are not counted, of which all are asked."""
    ours = [name for name in loaded(explained("client-crashes-after-reading")) if name.startswith("tcpexplain")]
    assert len([name for name in ours if not name.startswith("tcpexplain.causes.")]) <= 192


def test_named_tuples_are_those_that_cost_little():
    makers = {name(path): [one for one, _, _ in imports(path) if one == "typing.NamedTuple"] for path in FILES}
    assert [file for file, found in makers.items() if found] == ["tuples"]


def test_a_page_of_the_manual_loads_nothing_heavy():
    assert loaded("from tcpexplain.cli.command import run\nassert run(['--explain', 'EPIPE']) == 0") & HEAVY == set()
