"""Many connections on one machine."""

from dataclasses import replace

import pytest
from examples import connection, crashed_client, mixed

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture
from tcpexplain.model.selection import groups_of
from tcpexplain.reports import groups, report_for


def many():
    """Three crashed clients, and four other causes of one connection each."""
    crashed = crashed_client()[0]
    plain = connection((), ())
    others = [replace(plain, stream=9 + n, finding=replace(plain.finding, code=f"cause-{n}")) for n in range(4)]
    return Capture([*(replace(crashed, stream=n) for n in range(3)), *others])


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_picture_of_groups_is_written(tmp_path):
    target = tmp_path / "x.png"
    assert report_for(target, "groups") is groups
    groups.write(many(), target, draw="groups")
    assert target.read_bytes().startswith(b"\x89PNG")


def test_each_transition_says_how_many_took_it():
    (client_syn,) = [move for move in groups.merged(groups.groups(many())[0]) if move.words == "SYN out"]
    assert (client_syn.numbers, client_syn.weight) == (("3",), 1.0)


def test_arrows_are_as_wide_as_many_took_them():
    crashed = crashed_client()[0]
    shorter = replace(crashed, events=crashed.events[:3])
    weights = {move.words: move.weight for move in groups.merged([crashed, shorter])}
    assert weights["SYN out"] == 1.0
    assert weights["FIN out"] == 0.5


def test_the_worst_group_comes_first_and_what_is_left_out_is_said():
    told = texts(groups.figure(many()))
    heads = [words for words in told if "connection" in words]
    assert heads[0] == "write-after-close · 3 connections"
    assert any("1 more group (cause-3): --why CAUSE" in words for words in told)


def test_a_stream_chooses_its_group():
    assert [group[0].cause for group in groups.groups(many(), 10)] == ["cause-1"]


def test_what_a_group_has_in_common_is_told():
    known = mixed()
    told = texts(groups.figure(known))
    assert known.groups[0].in_common[:40] in " ".join(told)


def test_no_connection_is_one_clear_error(tmp_path):
    with pytest.raises(TcpexplainError, match="no TCP connection to draw"):
        groups.write(Capture(()), tmp_path / "x.png")


def test_the_small_print_is_not_wider_than_the_picture():
    plain = connection((), ())
    others = [replace(plain, stream=n, finding=replace(plain.finding, code=f"cause-{n}-of-many")) for n in range(40)]
    figure = groups.figure(Capture(others))
    width = figure.get_size_inches()[0] * figure.dpi
    assert all(text.get_window_extent().x1 <= width for axes in figure.axes for text in axes.texts)
    assert any("cause-39-of-many" in words for words in texts(figure))


def test_the_groups_stand_in_the_order_of_the_summary():
    known = mixed()
    assert [group[0].cause for group in groups.groups(known)] == [group.code for group in groups_of(known)]
