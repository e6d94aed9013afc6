"""A file that is there stays as it was until its successor is whole."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.files import replaced

CAPTURE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


def begun(target):
    with replaced(target) as path:
        path.write_text("half")
        raise KeyboardInterrupt


def test_what_goes_wrong_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    target = tmp_path / "x.md"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        begun(target)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x.md", "old")]


def test_a_report_takes_the_place_of_the_old_one_with_its_mode(tmp_path):
    target = tmp_path / "x.md"
    target.write_text("old")
    target.chmod(0o640)
    assert run([str(CAPTURE), "-o", str(target)]) == 0
    assert target.read_text() != "old"
    if sys.platform != "win32":
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["x.md"]


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "x.json").symlink_to(tmp_path / "there" / "y.json")
    tcpexplain.read(CAPTURE).report().save(tmp_path / "x.json")
    assert (tmp_path / "x.json").is_symlink()
    assert (tmp_path / "there" / "y.json").stat().st_size > 300


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_FSIZE stands for a full disk")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    target = tmp_path / "x.html"
    target.write_text("old")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
        "from tcpexplain.cli.command import run; sys.exit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-B", "-c", code, str(CAPTURE), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error[TE032]")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x.html", "old")]
