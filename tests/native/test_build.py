"""The process that compiles beside an analysis."""

from __future__ import annotations

import gc
import sys
import warnings

import pytest

from tcpexplain.native import build


@pytest.mark.skipif(sys.platform == "win32", reason="there is no program that does nothing")
def test_nobody_is_warned_of_a_compiler_that_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "folder", lambda: tmp_path)
    monkeypatch.setattr(sys, "executable", "true")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert build.beside()
        gc.collect()
    build.STARTED.pop().wait()
    assert not told


def test_there_is_one_compiler_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "folder", lambda: tmp_path)
    (tmp_path / "compiling").touch()
    before = len(build.STARTED)
    assert not build.beside()
    assert len(build.STARTED) == before
