"""How a format is found, and what every format promises."""

import inspect
from pathlib import Path

import pytest
from examples import crashed_client

from tcpexplain import read
from tcpexplain.errors import TcpexplainError
from tcpexplain.reports import draws, report_for, reports, suffixes, wants_every

MIXED = Path(__file__).parents[2] / "captures" / "mix2000" / "mix2000.pcap"


def name(report):
    return report.__name__.rsplit(".", 1)[1]


@pytest.mark.parametrize(
    ("path", "draw", "member"),
    [
        ("x.md", "diagram", "markdown"),
        ("x.MD", "ladder", "markdown"),
        ("a.b/x.mmd", "diagram", "mermaid"),
        ("x.csv", "diagram", "table"),
        ("out/", "diagram", "table"),
        ("x.json", "diagram", "json"),
        ("x.txt", "diagram", "text"),
        ("x.svg", "diagram", "diagram"),
        ("x.svg", "ladder", "ladder"),
        ("x.dot", "diagram", "dot"),
    ],
)
def test_the_suffix_and_the_picture_choose(path, draw, member):
    assert name(report_for(path, draw)) == member


@pytest.mark.parametrize("path", ["x.docx", "x", "dir.d/x", ".hidden"])
def test_an_unknown_suffix_names_the_known_ones(path):
    with pytest.raises(TcpexplainError) as caught:
        report_for(path)
    assert caught.value.code == "TE030"
    assert ".md" in caught.value.note


def test_a_picture_that_nobody_draws_names_those_there_are():
    with pytest.raises(TcpexplainError) as caught:
        report_for("x.svg", "doodle")
    assert "ladder" in caught.value.note


def test_a_near_miss_is_proposed():
    with pytest.raises(TcpexplainError) as caught:
        report_for("x.jsn")
    assert caught.value.help == "did you mean .json?"


@pytest.mark.parametrize("report", reports(), ids=name)
def test_every_format_keeps_the_interface(report):
    assert all(suffix == suffix.lower() and suffix[0] in "./" for suffix in report.SUFFIXES)
    parameters = inspect.signature(report.write).parameters
    assert [*parameters][:2] == ["capture", "target"]
    assert {"stream", "draw", "theme"} <= {
        key for key, value in parameters.items() if value.kind is inspect.Parameter.KEYWORD_ONLY
    }


def test_no_two_formats_answer_to_the_same_name():
    claims = [(suffix, draw) for report in reports() for suffix in report.SUFFIXES for draw in report.DRAWS or ("",)]
    assert len(claims) == len(set(claims))


def test_all_suffixes_and_pictures_are_listed():
    assert {".md", ".json", ".csv", ".mmd", ".txt", "/"} <= set(suffixes())
    assert {"diagram", "ladder"} <= set(draws())


def test_what_tells_everything_says_so_by_its_file_name():
    told = {suffix for suffix in suffixes() if wants_every(f"x{suffix}")}
    assert told == {".json", ".jsonl", ".ndjson", ".csv", ".parquet", "/"}


@pytest.mark.parametrize("suffix", [".txt", ".md", ".mmd", ".json", ".csv"])
def test_every_text_format_writes_what_it_found(suffix, tmp_path):
    target = tmp_path / f"x{suffix}"
    report_for(str(target)).write(crashed_client(), target)
    assert "10.10.121.101" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("name_", ["x.svg", "x.mmd", "x.md", "x.html", "x.txt"])
def test_whatever_draws_a_ladder_ends_with_the_silence_of_the_capture_s_end(name_, tmp_path):
    capture = read(MIXED)
    target = tmp_path / name_
    report_for(target, "ladder").write(capture, target, stream=9)
    assert "10 min 41 s of silence to the capture" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "capture", ["forged-reset-in-window", "two-writes-without-pause", "icmp-refuses-connect", "lost-fin"]
)
@pytest.mark.parametrize("report", [report for report in reports() if report.SUFFIXES], ids=name)
def test_every_format_writes_what_is_unusual(tmp_path, report, capture):
    target = tmp_path / f"x{report.SUFFIXES[0]}"
    report.write(read(MIXED.parents[1] / capture / "capture.pcap"), target, draw=(*report.DRAWS, "diagram")[0])
    assert target.stat().st_size
