"""A FIFO: read while somebody writes; said in seconds that nobody does. One bad file of many is left out."""

import os
import threading
from pathlib import Path

import pytest

from tcpexplain import readers
from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_capture
from tcpexplain.reading.read import read

CAPTURE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_a_fifo_that_nobody_writes_to_is_said(fifo, monkeypatch):
    monkeypatch.setattr(readers, "PATIENCE", 0.0)
    with pytest.raises(CaptureError, match="nobody writes to") as error:
        open_capture(fifo)
    assert error.value.code == "TE001"


def test_a_fifo_is_read_whole(fifo):
    writer = threading.Thread(target=lambda: fifo.write_bytes(CAPTURE.read_bytes()))
    writer.start()
    assert sum(frames.count for frames in open_capture(fifo)) == 9
    writer.join()


def test_of_many_files_one_that_leads_nowhere_is_left_out_and_said(tmp_path):
    whole, gone = tmp_path / "whole.pcap", tmp_path / "gone.pcap"
    whole.write_bytes(CAPTURE.read_bytes())
    gone.symlink_to(tmp_path / "nowhere")
    capture = read([gone, whole])
    assert [warning.code for warning in capture.warnings] == ["TE001"]
    assert capture.packets == 9


def test_a_name_that_is_not_there_ends_all(tmp_path):
    whole = tmp_path / "whole.pcap"
    whole.write_bytes(CAPTURE.read_bytes())
    with pytest.raises(CaptureError, match="cannot open"):
        read([tmp_path / "captur.pcap", whole])


def test_a_disk_that_does_not_give_out_a_file_is_an_error_of_that_file():
    class Broken:
        def readinto(self, _):
            raise OSError(5, "Input/output error")

        def close(self):
            pass

    with pytest.raises(CaptureError, match="cannot open") as error:
        readers.open_stream(Broken(), "x.pcap")
    assert (error.value.code, error.value.note) == ("TE001", "input/output error")
