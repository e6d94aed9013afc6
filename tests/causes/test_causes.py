"""Every cause has a page and a story; what the stories of this folder say holds, near misses too."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from stories import check, found_in, play

import tcpexplain
from tcpexplain import causes
from tcpexplain.cli.command import run
from tcpexplain.evidence.cause import GROUPS
from tcpexplain.evidence.words import is_round, rounded
from tcpexplain.wire.notation_written import render

HERE = Path(__file__).parent
STORIES = [(name.split(":")[0], name, ladder) for name, ladder in found_in(HERE)]
CODES = {cause.CODE: cause for cause in causes.ranked()}
NEAR = "Near miss"
RECORDED = {
    "nat-not-undone": ("dnat-without-way-back", "dnat-on-the-router"),
    "lost-on-the-way": ("request-never-arrives", "request-lost-once"),
}
"""Causes that several points of capture prove, which no ladder has: the recordings of ``captures/points`` that are their story and near miss."""
POINTS = HERE.parents[1] / "captures" / "points"


def recorded(name):
    """The captures of a recording."""
    return sorted(map(str, (POINTS / name).glob("*.pcap")))


@pytest.mark.parametrize(("code", "name", "ladder"), STORIES, ids=[name for _, name, _ in STORIES])
def test_story_holds(code, name, ladder):
    check(ladder)
    finding = play(ladder)[int(dict(ladder.meta).get("stream", 0))].finding
    if NEAR not in name:
        assert code in (finding.code, *finding.also)
    elif CODES[code].GROUP == causes.ALSO_ONLY:
        assert code not in (finding.code, *finding.also)
    else:
        assert code != finding.code


@pytest.mark.parametrize("code", sorted(RECORDED))
def test_recording_holds_and_its_near_miss_does_not(code):
    story, near = (tcpexplain.read(recorded(name), port=8000)[0] for name in RECORDED[code])
    assert (story.cause, story.certainty) == (code, "certain")
    assert code not in (near.cause, *near.finding.also)


@pytest.mark.parametrize("code", sorted(CODES.keys() - RECORDED.keys()))
def test_cause_has_a_story_and_a_near_miss(code):
    told = [(name, ladder) for of, name, ladder in STORIES if of == code]
    assert [name for name, ladder in told if NEAR not in name and ladder.causes]
    assert [name for name, ladder in told if NEAR in name and ladder.causes]


def test_no_story_is_of_a_cause_that_is_not():
    assert {code for code, _, _ in STORIES} == CODES.keys() - RECORDED.keys()


def test_story_whose_near_miss_holds_fails():
    _, _, ladder = next(story for story in STORIES if story[0] == "clean" and NEAR in story[1])
    wrong = ladder.__class__(ladder.lines, ladder.left, ladder.right, (), ("clean",))
    with pytest.raises(AssertionError):
        check(wrong)


@pytest.mark.parametrize("code", sorted(CODES))
def test_page_is_complete(code):
    cause = CODES[code]
    page = cause.PAGE
    assert cause.GROUP in GROUPS
    assert cause.SEVERITY in ("failed", "suspicious", "fine")
    assert code == cause.__name__.rpartition(".")[2].replace("_", "-")
    for text in (page.title, page.what, page.recognised, page.sees, page.do, page.near_misses):
        assert text
        assert "\n" not in text
    named = re.findall(r"(?:^|[.,] )([a-z]+(?:-[a-z]+)+)(?=[:,] )", page.near_misses)
    assert set(named) <= set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_alternatives_have_pages(code):
    tree = ast.parse(Path(CODES[code].__file__).read_text(encoding="utf-8"))
    given = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "alternatives"]
    named = {
        leaf.value
        for value in given
        for leaf in ast.walk(value)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }
    assert named <= set(CODES) - {code}


@pytest.mark.parametrize("code", sorted(CODES))
def test_why_finds_the_connection_of_every_cause(code, tmp_path, capsys):
    paths = recorded(RECORDED[code][0]) if code in RECORDED else [str(tmp_path / "x.ladder")]
    if code not in RECORDED:
        ladder = next(ladder for of, name, ladder in STORIES if of == code and NEAR not in name)
        Path(paths[0]).write_text(render(ladder), encoding="utf-8")
    assert run([*paths, "--why", code, "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()[1:-1]]
    assert found
    assert all(code in (one["cause"], *one["also"]) for one in found)


def test_order_within_groups_is_unambiguous():
    places = [(cause.GROUP, cause.RANK) for cause in causes.ranked()]
    assert len(places) == len(set(places))


def test_whatever_is_explained_reads_well():
    for _, name, ladder in STORIES:
        for connection in play(ladder):
            finding = connection.finding
            for text in (finding.title, finding.sees, finding.why, finding.lost, finding.do, finding.sure):
                assert "  " not in text, name
                assert text == text.strip(), name
            assert not finding.title.endswith("."), name
            assert finding.why.endswith("."), name
            assert set(finding.evidence) <= {segment.packet for segment in connection.segments_seen}, name


@pytest.mark.parametrize(
    "nanoseconds", [30_000_000_000, 30_040_000_000, 1_000_000_000, 2_001_000_000, 500_000_000, 60_010_000_000]
)
def test_round_spans_are_called_round(nanoseconds):
    assert is_round(nanoseconds)
    assert rounded(nanoseconds).endswith("(a round number)")


@pytest.mark.parametrize("nanoseconds", [29_300_000_000, 1_234_000_000, 730_000_000, 61_700_000_000, 3_000_000])
def test_other_spans_are_not(nanoseconds):
    assert not is_round(nanoseconds)


def test_causes_speak_of_connections_whose_packets_are_not_kept():
    for _, name, ladder in STORIES:
        for connection in play(ladder):
            bare = replace(connection.facts, segments=())
            held = [cause for cause in causes.ranked() if cause.when(bare.facts, bare.client, bare.server)]
            assert all(causes.explain(cause, bare).why for cause in held), name
