"""Connections recorded at several points of real namespaces: one connection, one verdict, and what two points prove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run

ROOT = Path(__file__).parents[2] / "captures" / "points"
PORT = 8000
CLEAN = ("clean", "certain")

SITUATIONS = {
    # name: (cause, certainty), the points' order, seconds between the clocks, what was lost or made: fate, whose, how often
    "both-ends": (CLEAN, "client server", 37.2, ()),
    "a-zone-apart": (CLEAN, "client server", 7200, ()),
    "a-day-apart": (CLEAN, "client server", 86400, ()),
    "snat": (CLEAN, "client router router server", 3.5, ()),
    "snat-other-port": (CLEAN, "client server", 0.25, ()),
    "dnat": (CLEAN, "client server", 12, ()),
    "dnat-and-snat": (CLEAN, "client server", 100, ()),
    "snat-on-the-router": (CLEAN, "router router", 0, ()),
    "dnat-on-the-router": (CLEAN, "router router", 0, ()),
    "routed-on-the-router": (CLEAN, "", 0, ()),
    "dnat-without-way-back": (("nat-not-undone", "certain"), "client client router router", 0, ()),
    "dnat-without-way-back-at-both-ends": (("nat-not-undone", "certain"), "client client server", 5, ()),
    "forged-reset-to-client": (("injected-rst", "certain"), "client server", 9, (("made", 1, 1),)),
    "forged-reset-to-server": (("injected-rst", "certain"), "client server", 8, (("lost", 1, 4), ("made", 0, 1))),
    "forged-reset-to-both": (("firewall-reset", "certain"), "client server", 4, (("made", 0, 1), ("made", 1, 1))),
    "forged-reset-behind-nat": (("injected-rst", "certain"), "client server", 2, (("made", 1, 1),)),
    "request-never-arrives": (("lost-on-the-way", "certain"), "client server", 20, (("lost", 0, 6),)),
    "answer-never-arrives": (("lost-on-the-way", "certain"), "client server", 20, (("lost", 1, 6),)),
    "request-lost-once": (CLEAN, "client server", 60, (("lost", 0, 1),)),
    "answer-lost-once": (CLEAN, "client server", 60, (("lost", 1, 1),)),
    "syn-ack-lost-once": (CLEAN, "client server", 1.5, (("lost", 1, 1),)),
    "fin-never-arrives": (("lost-on-the-way", "certain"), "client server", 30, (("lost", 1, 5),)),
    "reset-never-arrives": (("lost-on-the-way", "certain"), "client server", 7, (("lost", 1, 6),)),
    "stale-write-behind-nat": (("peer-closed-idle-connection", "certain"), "client server", 37.2, ()),
    "untranslated-answer": (("injected-rst", "certain"), "client router router server", 0.5, (("lost", 1, 1), ("made", 0, 1))),
    "conntrack-invalid-leaks": (("lost-on-the-way", "certain"), "client router router server", 6, (("lost", 0, 1), ("made", 1, 1))),
    "conntrack-invalid-dropped": (
        ("lost-on-the-way", "certain"), "client router router server", 6, (("lost", 0, 6), ("lost", 1, 1), ("made", 0, 1))
    ),
    "server-capture-starts-late": (CLEAN, "client server", 11, ()),
    "server-capture-filtered": (CLEAN, "client server", 15, ()),
    "server-capture-lost-packets": (CLEAN, "client server", 15, ()),
    "server-aborts": (("close-with-unread-data", "likely"), "client server", 33, ()),
    "client-aborts-behind-nat": (("linger-zero-abort", "likely"), "client server", 42, ()),
}  # fmt: skip


def files(name):
    return sorted(map(str, (ROOT / name).glob("*.pcap")))


def found(name, **options):
    return tcpexplain.read(files(name), port=PORT, **options)


def odd(connection):
    passages = connection.united.odd if connection.united else ()
    kinds = [(one.fate, one.side) for one in passages]
    return tuple(sorted((*kind, kinds.count(kind)) for kind in set(kinds)))


def test_every_recording_is_judged():
    assert {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_was_recorded_at_several_points_is_one_connection(name):
    verdict, points, apart, expected = SITUATIONS[name]
    capture = found(name)
    (connection,) = capture
    united = connection.united
    assert (connection.cause, connection.certainty) == verdict
    assert [Path(capture.files[point.file]).stem for point in (united.points if united else ())] == points.split()
    assert odd(connection) == expected
    offsets = [point.clock_offset for point in united.points] if united else [0]
    assert max(offsets) - min(offsets) == pytest.approx(apart, abs=0.001)


@pytest.mark.parametrize("name", [name for name, row in SITUATIONS.items() if len(row[1].split()) == 2 and row[2] > 1])
def test_without_identity_they_stay_apart_or_are_told_wrong(name):
    one, other = found(name), found(name, identify=False)
    assert all(connection.united is None for connection in other)
    assert len(other) > 1 or [one[0].packets] != [connection.packets for connection in other]


@pytest.mark.parametrize("name", ["snat", "forged-reset-behind-nat", "request-lost-once"])
def test_several_processes_agree_with_one(name):
    alone, shared = (tcpexplain.read(files(name), jobs=jobs, every=True) for jobs in (1, 2))
    assert list(map(str, alone)) == list(map(str, shared))


def test_json_says_where_each_segment_was_seen(capsys):
    assert run([*files("request-lost-once"), "--json", "--points", "near,far", "--port", str(PORT)]) == 0
    (record,) = [one for one in map(json.loads, capsys.readouterr().out.splitlines()) if one["type"] == "connection"]
    assert [(point["point"], point["file"]) for point in record["points"]] == [("near", 0), ("far", 1)]
    assert record["points"][1]["clock_offset"] == pytest.approx(-60, abs=0.001)
    (lost,) = record["between_points"]
    assert (lost["fate"], lost["from"], lost["between"], lost["came_later"]) == (
        "lost",
        "client",
        ["near", "far"],
        True,
    )
    seen = [[sight["point"] for sight in event["at"]] for event in record["events"] if event["basis"] == "seen"]
    assert seen.count(["near", "far"]) == len(seen) - seen.count(["near"]) > 3


def test_the_ladder_marks_what_never_arrived(capsys):
    assert run([*files("request-lost-once"), "--points", "near,far", "--stream", "0"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "never at far" in told
    assert "the client's 200 bytes" in told.lower()


def test_no_identify_on_the_command_line(capsys):
    assert run([*files("dnat"), "--json", "--no-identify"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (
        sum(one.get("client", {}).get("address") == "10.1.0.2" and one["server"]["port"] == PORT for one in lines) == 2
    )


def test_points_are_as_many_as_captures(capsys):
    assert run([*files("dnat"), "--points", "one"]) == 2
    assert "--points" in capsys.readouterr().err
