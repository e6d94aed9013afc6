"""Every public name has an example, in docs/howto/python.md or in its docstring, and the examples are true."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tcpexplain as tx

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "howto" / "python.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LIVE = "## Capture live"
MACHINERY = {"held", "choose", "known_groups", "records", "only", "connections", "given", "facts", "file_names"}
"""Names of attributes that other folders of the package use, and no user has to know."""


def sections():
    """The page's heads and texts; what is defined in one holds in those that follow."""
    return re.split(r"(?m)^(?=## )", PAGE.read_text(encoding="utf-8"))


def played(text, folder, name):
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    known = {"CAPTURES": ROOT / "captures", "FOLDER": folder}
    examples = doctest.DocTestParser().get_doctest(text.replace("```", ""), known, name, str(PAGE), 0)
    said = []
    runner.run(examples, out=said.append)
    return runner.summarize(verbose=False).failed, "".join(said)


@pytest.mark.needs("pandas", "polars")
@pytest.mark.filterwarnings("default")
def test_the_pages_examples_are_true(tmp_path):
    text = "".join(one for one in sections() if not one.startswith(LIVE))
    failed, said = played(text, tmp_path, "python.md")
    assert failed == 0, said


@pytest.mark.needs("root")
@pytest.mark.filterwarnings("default")
def test_the_examples_of_live_captures_are_true(tmp_path):
    text = "".join(one for one in sections() if one.startswith((LIVE, "## Read")))
    assert played(text, tmp_path, "live") == (0, "")


def test_the_packages_own_examples_are_true():
    for text in (tx.__doc__, tx.demo.__doc__):
        assert played(text, ROOT, "docstring") == (0, "")


def test_only_public_names_are_listed():
    assert dir(tx) == sorted(tx.__all__)
    assert all(getattr(tx, name) is not None for name in tx.__all__)


def test_every_public_name_has_an_example():
    text = PAGE.read_text(encoding="utf-8")
    missing = [f"tx.{name}" for name in tx.__all__ if f"tx.{name}" not in text]
    for kind in (tx.Capture, tx.Connection, tx.Event, tx.Finding):
        names = (
            {
                name
                for name, value in inspect.getmembers(kind)
                if not name.startswith("_") and (isinstance(value, property) or inspect.isfunction(value))
            }
            - MACHINERY
            - {"index", "count"}
        )
        missing += [f"{kind.__name__}.{name}" for name in sorted(names) if not re.search(rf"\.{name}\b", text)]
    assert missing == []


@pytest.mark.needs("mypy", "time")
def test_a_type_checker_knows_what_comes_back(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import tcpexplain as tx\n"
        "cap = tx.demo()\n"
        "reveal_type(cap.to_pandas())\nreveal_type(cap.failed[0].cause)\nreveal_type(cap[:2])\nreveal_type(cap[0].started)\n"
        "reveal_type(cap.where(errno='EPIPE'))\nreveal_type(tx.__version__)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache"), str(program)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    revealed = re.findall(r'Revealed type is "([^"]+)"', done.stdout)
    assert revealed == [
        "pandas.DataFrame" if "pandas.DataFrame" in revealed else "pandas.core.frame.DataFrame",
        "str" if "str" in revealed else "builtins.str",
        "tcpexplain.model.capture.Capture",
        "datetime.datetime",
        "tcpexplain.model.capture.Capture",
        "str" if "str" in revealed else "builtins.str",
    ]
