"""The lowest versions that pyproject.toml allows are installed, and captures are explained and written with them."""

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CAPTURE = ROOT / "captures" / "crashed-client-2019" / "capture.pcap"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOWEST_PYTHON = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
EXTRAS = ("pandas", "polars", "parquet", "zstd")
FRAMES = """
import sys, tcpexplain
capture = tcpexplain.read(sys.argv[1])
for what in ("connections", "events", "segments"):
    pandas, polars = capture.to_pandas(what), capture.to_polars(what)
    assert pandas.shape == polars.shape, what
    assert not [name for name, kind in polars.schema.items() if str(kind) == "Object"], what
print(*capture.to_polars("connections")["cause"])
"""

pytestmark = [
    pytest.mark.needs("index"),
    pytest.mark.skipif(
        sys.version_info[:2] != LOWEST_PYTHON, reason="the lowest versions are those of the lowest Python"
    ),
]


def bounds():
    """``click>=8.1`` as ``click==8.1``."""
    asked = [*PROJECT["dependencies"], *(one for extra in EXTRAS for one in PROJECT["optional-dependencies"][extra])]
    for one in asked:
        assert re.fullmatch(r"[a-z]+>=[0-9.]+", one), f"{one} has no lower bound"
        yield one.replace(">=", "==")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment with the package and the lowest version of all that it needs."""
    folder = tmp_path_factory.mktemp("lowest")
    venv.create(folder, with_pip=True)
    path = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [path, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    if subprocess.run([*pip, "--dry-run", "--no-deps", "click"], capture_output=True, check=False).returncode:
        pytest.skip("no package index can be reached")
    for words in ([*bounds()], ["--no-deps", ROOT]):
        done = subprocess.run([*pip, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return path


def ran(*words):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)


def test_a_capture_is_explained(python):
    done = ran(python, "-m", "tcpexplain", CAPTURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "write-after-close" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        *(("-o", f"x.{suffix}") for suffix in ("png", "pdf", "svg", "csv", "dot", "html", "md", "json", "parquet")),
        ("-o", "x.png", "--draw", "bytes"),
        ("-o", "x.png", "--draw", "groups"),
    ],
    ids=" ".join,
)
def test_every_format_is_written(python, words, tmp_path):
    path = tmp_path / words[1]
    done = ran(python, "-m", "tcpexplain", CAPTURE, "-o", path, *words[2:])
    assert (done.returncode, done.stderr) == (0, "")
    assert path.stat().st_size > 300


def test_a_capture_becomes_data_frames(python):
    done = ran(python, "-c", FRAMES, CAPTURE)
    assert (done.returncode, done.stdout.strip()) == (0, "write-after-close"), done.stderr


def test_zstandard_unpacks(python, tmp_path):
    """A package of the lowest version packs, ours unpacks."""
    path = tmp_path / "x.pcap.zst"
    pack = "import sys, zstandard; open(sys.argv[2], 'wb').write(zstandard.compress(open(sys.argv[1], 'rb').read()))"
    assert ran(python, "-c", pack, CAPTURE, path).returncode == 0
    done = ran(python, "-m", "tcpexplain", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "write-after-close" in done.stdout
