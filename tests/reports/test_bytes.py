"""Bytes over time."""

import pytest
from examples import connection, crashed_client

from tcpexplain.model.calls import Packet
from tcpexplain.model.connection import Ledger
from tcpexplain.picture.palette import palette
from tcpexplain.reports import bytes as report
from tcpexplain.reports import report_for


@pytest.mark.parametrize(("suffix", "signature"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_every_suffix_gets_its_format(tmp_path, suffix, signature):
    target = tmp_path / f"x{suffix}"
    assert report_for(target, "bytes") is report
    report.write(crashed_client(), target, draw="bytes")
    assert target.read_bytes().startswith(signature)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def colours(figure):
    return {line.get_color() for axes in figure.axes for line in axes.lines}


def test_the_ledger_of_each_direction_is_told():
    told = texts(report.figure(crashed_client()[0]))
    assert "sent 0 bytes, acknowledged 0 bytes" in told
    assert "sent 52 bytes, acknowledged 26 bytes" in told
    assert "lost 26 bytes" in told
    assert {"SYN", "FIN", "RST"} <= set(told)


def test_bytes_that_were_lost_have_their_own_colour():
    bad = palette("light").bad
    assert bad in colours(report.figure(crashed_client()[0]))
    fine = connection(
        [
            Packet(1, 0.0, "client", "PA", 1, 1, 10, 500),
            Packet(2, 0.1, "server", "A", 1, 11, 0, 500),
        ],
        (),
        bytes={"client": Ledger(10, 10, 0, 0), "server": Ledger(0, 0, 0, 0)},
    )
    assert bad not in colours(report.figure(fine))


def test_words_on_the_axis_do_not_cover_each_other():
    figure = report.figure(crashed_client()[0])
    axis = [text.get_window_extent() for text in figure.axes[3].texts]
    assert len(axis) > 3
    for at, one in enumerate(axis):
        assert not any(one.overlaps(other) for other in axis[at + 1 :])


def test_a_connection_without_segments_is_drawn_empty():
    assert "0 bytes" in texts(report.figure(connection((), ())))


def test_packets_that_are_not_kept_are_counted():
    told = texts(report.figure(connection((), (), omitted=1_234)))
    assert any("1,234 plain packets not drawn" in words for words in told)


def test_syn_and_fin_are_no_bytes():
    talk = [
        Packet(1, 0.0, "client", "S", 0, None, 0, 500),
        Packet(2, 0.1, "server", "SA", 0, 1, 0, 500),
        Packet(3, 0.2, "client", "FA", 1, 1, 0, 500),
        Packet(4, 0.3, "server", "A", 1, 2, 0, 500),
        Packet(5, 0.4, "client", "A", 2, 1, 0, 500),
    ]
    told = connection(talk, ())
    assert [report.direction(told, side).most for side in ("client", "server")] == [0, 0]
    assert texts(report.figure(told)).count("0 bytes") == 2
