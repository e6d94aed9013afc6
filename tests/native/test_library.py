"""The library is used where it fits, and takes only what fits it."""

from __future__ import annotations

import ctypes
import pickle
import re
import shutil
import subprocess
import sys
from copy import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from building import ROOT

from tcpexplain.analysis.memory import KINDS, NAMES, Arrays
from tcpexplain.hot.record import dtype
from tcpexplain.machine.facts import Facts
from tcpexplain.native import library as under_test
from tcpexplain.native.sources import HOT, PACKAGE, hot_files
from tcpexplain.readers import pcap
from tcpexplain.readers.pcap import Form
from tcpexplain.reading import workplace
from tcpexplain.tracking.ended import finished
from tcpexplain.tracking.entry import Counters, Entry
from tcpexplain.tracking.table import link_free
from tcpexplain.wire.frames import Into
from tcpexplain.wire.segment import Segment

needs_library = pytest.mark.skipif(
    under_test.library() is None, reason="there is no machine code of these sources: make native"
)


@pytest.fixture
def arrays():
    return Arrays()


@pytest.fixture
def anew(monkeypatch):
    """The library is looked for again."""
    under_test.library.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    under_test.library.cache_clear()


def test_there_is_a_library():
    """``make test`` makes it where there is a compiler."""
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        pytest.skip("there is no compiler")
    assert under_test.library() is not None, "make native"


@needs_library
def test_a_library_of_other_sources_is_left_alone(anew):
    anew.setattr("tcpexplain.native.sources.fingerprint", lambda: "of others")
    assert under_test.library() is None
    assert not under_test.usable()


@needs_library
@pytest.mark.parametrize("content", [b"", b"no library", None], ids=["empty", "of something else", "cut"])
def test_a_library_that_is_none_is_left_alone(content, anew, tmp_path):
    path = tmp_path / under_test.FILE
    path.write_bytes(Path(under_test.PATH).read_bytes()[:3000] if content is None else content)
    path.with_suffix(".sum").write_bytes(Path(under_test.PATH).with_suffix(".sum").read_bytes())
    anew.setattr(under_test, "PATH", path)
    assert under_test.library() is None


def test_without_a_library_everything_works_and_a_terminal_is_told_once(anew, tmp_path, capsys):
    anew.setattr(under_test, "PATH", tmp_path / "none")
    anew.setattr("sys.stderr.isatty", lambda: True, raising=False)
    under_test.say_so_once.cache_clear()
    for _ in range(2):
        place = workplace.Workplace(SimpleNamespace(IN_PARTS=False), 1 << 40)
        assert not place.columns.now.compiled
    assert capsys.readouterr().err.count("compiled code is not there") == 1
    under_test.say_so_once.cache_clear()


@needs_library
def test_records_are_as_long_in_c_as_in_numpy():
    sizes = under_test.library().sizes
    assert sizes == {kind.__name__: Arrays().types[kind].itemsize for kind in KINDS}


def test_a_record_lies_in_memory_as_numpy_has_it():
    for kind in KINDS:
        layout = dtype(kind)
        assert ctypes.sizeof(kind) == layout.itemsize, kind
        assert {name: getattr(kind, name).offset for name, _ in kind.FIELDS} == {
            name: place for name, (_, place) in layout.fields.items()
        }


def test_a_record_has_the_fields_that_are_declared_and_is_copied_and_pickled():
    one = Segment()
    with pytest.raises(AttributeError):
        one.nothing = 1
    one.seq = (1 << 32) - 1
    assert (one.seq, one.next) == (-1, -1)
    other, third = copy(one), pickle.loads(pickle.dumps(one))
    one.seq = 5
    assert (other.seq, third.seq) == (-1, -1)


@needs_library
def test_an_array_of_something_else_is_refused(arrays):
    with pytest.raises(TypeError, match="takes an array of Segment"):
        arrays.hot(link_free)(arrays.records(Facts, 4), 0, arrays.records(Counters, 1))
    with pytest.raises(TypeError, match="takes an array of int"):
        arrays.hot(finished)(arrays.records(Entry, 4), arrays.records(Counters, 1), 0, np.zeros(4, np.int32))
    with pytest.raises(TypeError):
        arrays.hot(link_free)(arrays.records(Segment, 8)[::2], 0, arrays.records(Counters, 1))


@needs_library
def test_arrays_that_are_too_short_are_refused(arrays):
    desks = arrays.records(Counters, 1)
    desks[0].rows = 5
    with pytest.raises(ValueError, match="do not fit"):
        arrays.hot(finished)(arrays.records(Entry, 4), desks, 0, arrays.integers(9))
    with pytest.raises(ValueError, match="do not fit"):
        arrays.hot(finished)(arrays.records(Entry, 9), desks, 0, arrays.integers(4))
    assert arrays.hot(finished)(arrays.records(Entry, 9), desks, 0, arrays.integers(5)) == 0
    short, long = arrays.integers(10), arrays.integers(1 << 14)
    with pytest.raises(ValueError, match="do not fit"):
        arrays.hot(pcap.walk)(
            np.zeros(100, np.uint8), 0, 100, Form(False, 1, 16, False), 0, Into(short, long, long, long)
        )
    with pytest.raises(ValueError, match="do not fit"):
        arrays.hot(pcap.walk)(
            np.zeros(100, np.uint8), 0, 101, Form(False, 1, 16, False), 0, Into(long, long, long, long)
        )


def test_what_is_hashed_is_what_is_translated():
    """No hot function lies in a file whose edit would go unnoticed."""
    code = "import packaging_path, sys; from translator.entries import translated; print(translated())".replace(
        "import packaging_path, sys;", f"import sys; sys.path[:0] = [{str(ROOT / 'packaging')!r}, {str(ROOT)!r}];"
    )
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    used = {ROOT / name for name in re.findall(r'#line \d+ "([^"]+)"', text)}
    assert used <= set(hot_files())
    assert all(list(PACKAGE.glob(f"{name}*")) for name in HOT)
    assert set(NAMES) == {kind.__name__ for kind in KINDS}
