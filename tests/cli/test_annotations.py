"""What --fail-on found, where GitHub reads along; and the action that runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from examples_of_traffic import generated

from tcpexplain.cli.annotations import MOST, escaped, plain
from tcpexplain.cli.command import run

ROOT = Path(__file__).parents[2]
CRASHED = ROOT / "captures" / "crashed-client-2019" / "capture.pcap"


@pytest.fixture
def told(capsys, monkeypatch):
    """The annotations of a run."""

    def annotations(*arguments, github="true"):
        monkeypatch.setenv("GITHUB_ACTIONS", github)
        status = run(list(map(str, arguments)))
        return status, [line for line in capsys.readouterr().err.splitlines() if line.startswith("::")]

    return annotations


def test_each_connection_that_made_the_step_fail_is_an_annotation(told):
    status, (line,) = told(CRASHED, "--fail-on", "EPIPE")
    assert status == 1
    assert line.startswith(
        f"::error file={plain(str(CRASHED))},title=write-after-close%2C stream 0::the server wrote to"
    )
    assert "server write → EPIPE + SIGPIPE (certain); packets 6, 8, 9%0ARead until 0" in line


def test_there_are_no_more_than_github_shows(told, tmp_path):
    refused = generated(tmp_path / "x.pcap", "flood", packets=200)
    assert len(told(refused, "--fail-on", "failed")[1]) == MOST


@pytest.mark.parametrize(
    ("arguments", "github"), [(("--fail-on", "port-closed"), "true"), ((), "true"), (("--fail-on", "failed"), "")]
)
def test_nothing_found_or_nobody_reading_writes_nothing(told, arguments, github):
    assert told(CRASHED, *arguments, github=github)[1] == []


def test_what_has_a_meaning_in_commands_is_escaped():
    assert escaped("100%\r\n") == "100%25%0D%0A"
    assert plain("a:b,c") == "a%3Ab%2Cc"


@pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs bash")
@pytest.mark.parametrize(
    ("fail_on", "status"),
    [("failed", 1), ("", 0), ("nonsense", 2), pytest.param("port-closed", 0, marks=pytest.mark.needs("time"))],
)
def test_the_action_ends_with_the_status_of_fail_on_and_leaves_its_reports(tmp_path, fail_on, status):
    program = tmp_path / "tcpexplain"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tcpexplain "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ, "TCPEXPLAIN": str(program), "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "CAPTURES": str(CRASHED), "FAIL_ON": fail_on,
        "REPORT": str(tmp_path / "report.html"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(ROOT / "packaging" / "action.sh")], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert ("::error " in done.stderr) is (status == 1)
    if status < 2:
        assert "write-after-close" in (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "write-after-close" in (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "✖ write-after-close" in done.stdout
