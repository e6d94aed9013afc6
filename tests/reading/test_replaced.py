"""A capture that is replaced by another while it is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.errors import CaptureError

OTHER = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


def test_a_capture_that_is_another_when_it_is_read_again_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", 500)
    monkeypatch.setattr("tcpexplain.analysis.analysis.QUIET", (0,))
    path = generated(tmp_path / "x.pcap", "web", 3000)
    capture = tcpexplain.read(path)
    path.write_bytes(OTHER.read_bytes())
    with pytest.raises(CaptureError, match="no longer what was read") as error:
        list(capture)
    assert error.value.code == "TE001"
