"""With every index checked, and what C leaves undefined: captures and random cases give the same, and nothing is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from building import checked_library, sanitizers

pytestmark = pytest.mark.needs("gcc")
TESTS = Path(__file__).parents[1]
PROGRAM = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
sys.path[:0] = [sys.argv[1]]
from tcpexplain.native import library
library.PATH = Path(sys.argv[2])
assert library.library() is not None
import comparing
first, last = map(int, sys.argv[3:5])
with TemporaryDirectory() as folder:
    comparing.compare_random(range(first, last), Path(folder))
comparing.compare_captures(map(Path, sys.argv[5:]))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return checked_library(tmp_path_factory.mktemp("checked"))


def checked(library, first, last, *captures):
    command = [sys.executable, "-c", PROGRAM, str(TESTS), str(library), str(first), str(last), *map(str, captures)]
    done = subprocess.run(command, env=os.environ | sanitizers(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def test_captures_are_clean(library):
    checked(library, 0, 0, *sorted((TESTS.parent / "captures").rglob("*.pcap*")))


def test_random_cases_are_clean(library):
    checked(library, 100_000, 103_000)


OVERFLOW = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/native"]
from pathlib import Path
import constructs, numpy
from building import native
from tcpexplain.hot.inline import entry
found = native(Path(sys.argv[2]), *[one for one in vars(constructs).values() if hasattr(one, "fits")], checked=True)
exec(sys.argv[3])
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("found['counts'](1 << 62, 1 << 62)", "signed integer overflow"),
        ("found['shifts'](1 << 62, 5)", "signed integer overflow"),
        ("found['masks'](1 << 62, 1 << 62)", ""),
    ],
)
def test_what_goes_wrong_is_noticed(code, said, tmp_path):
    command = [sys.executable, "-c", OVERFLOW, str(TESTS), str(tmp_path), code]
    done = subprocess.run(command, env=os.environ | sanitizers(), capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not said), done.stderr
    assert "tests/native/constructs.py:" in done.stderr if said else not done.stderr
    assert said in done.stderr
