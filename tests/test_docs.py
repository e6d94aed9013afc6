"""What is generated is current, what the README says can be typed, and the documentation builds without a warning."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import generate  # noqa: E402


def test_every_generated_page_says_what_the_code_says():
    assert generate.stale() == [], "python docs/generate.py"


def test_every_cause_is_in_the_readme():
    from tcpexplain.causes import ranked

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [cause.CODE for cause in ranked() if f"`{cause.CODE}`" not in text] == []


def test_every_option_the_readme_and_the_docs_type_exists():
    from tcpexplain.cli.arguments import command

    known = {name for option in command.params for name in option.opts} | {"--help", "--version"}
    typed = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for line in page.read_text(encoding="utf-8").splitlines():
            if re.match(r"\s*(\$ )?(sudo )?tcpexplain ", line) or "| tcpexplain " in line:
                typed |= set(
                    re.findall(
                        r"(?<= )(--?[a-z][a-z-]*)",
                        line.split("|")[-1] if "| tcpexplain" in line else line.split("|")[0],
                    )
                )
    assert typed - known == set()


def test_every_file_the_readme_links_to_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [target for target in re.findall(r"\]\(([^)#:]+)\)", text) if not (ROOT / target).exists()]
    assert missing == []


def test_the_readmes_first_commands_are_in_the_makefile():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^    make ([a-z-]+)", text, re.MULTILINE)[:2] == ["run", "test"]


def test_help_fits_eighty_columns():
    from tcpexplain.cli.arguments import command

    lines = CliRunner().invoke(command, ["--help"], prog_name="tcpexplain", terminal_width=80).output.splitlines()
    assert max(len(line) for line in lines) <= 80


@pytest.mark.needs("docs")
def test_the_documentation_builds_without_a_warning(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(ROOT / "docs"), str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_manual_page_has_every_option():
    from tcpexplain.cli.arguments import command

    page = (ROOT / "docs" / "tcpexplain.1").read_text(encoding="utf-8").replace("\\-", "-")
    assert [
        name for option in command.params for name in option.opts if name.startswith("-") and name not in page
    ] == []
    assert "share/man/man1/tcpexplain.1" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man")
def test_the_manual_page_is_read_without_a_complaint():
    done = subprocess.run(
        ["man", "--warnings", "-l", str(ROOT / "docs" / "tcpexplain.1")],
        capture_output=True, text=True, check=False, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "tcpexplain - explain why TCP connections closed" in done.stdout
