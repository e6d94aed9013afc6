"""With --anonymize nothing that names somebody is in anything that leaves, in whatever form and encoding."""

from __future__ import annotations

import json

import pytest
from planted import FOUR, LINE, leaks, plant

import tcpexplain
from tcpexplain.cli.command import run

FORMS = {
    "text": [],
    "one connection": ["--stream", "0"],
    "json": ["--json"],
    "messages": ["--json", "--messages", "full"],
    "log line": ["--log", LINE],
    "log line in json": ["--log", LINE, "--json"],
    "by real address": ["--client", FOUR[0], "--json"],
    "no connection": ["--client", "192.0.2.1"],
    "alarms": ["--fail-on", "failed"],
    "runtime": ["--runtime", "nginx", "--stream", "0"],
}
FILES = [
    "x.html", "x.md", "x.svg", "ladder:x.svg", "bytes:x.svg", "groups:x.svg", "ladder:x.mmd", "x.mmd", "x.dot", "x.json", "x.csv", "events.csv", "segments.csv",
    "messages.csv", "x.pcapng", "evidence:x.pcapng", "x.parquet", "out/",
]  # fmt: skip


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    return plant(tmp_path_factory.mktemp("captures"))


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_printed(form, secret, capsysbinary, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    run([str(secret[0]), "--anonymize", *FORMS[form]])
    out, err = capsysbinary.readouterr()
    assert len(out + err) > 50
    assert leaks(out + err) == []


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_in_a_file(name, secret, tmp_path):
    draw, _, name = name.rpartition(":")
    if name in ("x.parquet", "out/"):
        pytest.importorskip("pyarrow")
    more = ["--evidence"] if draw == "evidence" else ["--draw", draw] if draw else []
    target = tmp_path / name
    wanted = f"{target}/" if name == "out/" else str(target)
    assert run([str(secret[0]), "--anonymize", "--messages", "full", "--log", str(secret[1]), *more, "-o", wanted]) == 0
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert found
    for path in found:
        assert leaks(plain(path)) == []


def plain(path):
    """The bytes of a file; of Parquet what it says."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        data += "\n".join(map(str, pq.read_table(path).to_pylist())).encode()
    return data


def test_the_secrets_are_found_where_nothing_is_hidden(secret, capsysbinary, tmp_path):
    """What the tests above look for is there without the option."""
    run([str(secret[0]), "--json", "--messages", "full", "--log", LINE])
    out, _ = capsysbinary.readouterr()
    found = leaks(out)
    for one in (
        b"203.0.113.77",
        b"2001:db8:5ec:2e7::99",
        b"zq7path",
        b"zq7sni",
        b"OpenSSH_9.7",
        b"zq7folder",
        b"zq7if0",
    ):
        assert one in found
    run([str(secret[0]), "-o", str(tmp_path / "x.pcapng")])
    found = leaks((tmp_path / "x.pcapng").read_bytes())
    for one in (b"\xda\x5e\xc2\xe7\x00\x03", b"zq7option", b"zq7body", bytes((198, 51, 100, 201))):
        assert one in found


def test_an_error_names_nobody(secret, capsysbinary):
    for name in (secret[0].with_name("zq7nothing.pcap"), secret[1]):
        assert run([str(name), "--anonymize"]) == 2
    out, err = capsysbinary.readouterr()
    assert b"error[TE001]" in err
    assert leaks(out + err) == []


def test_several_captures_and_a_folder_name_nobody(secret, tmp_path, capsysbinary):
    (tmp_path / "zq7more").mkdir()
    for number in (1, 2):
        (tmp_path / "zq7more" / f"zq7-{number}.pcapng").write_bytes(secret[0].read_bytes())
    (tmp_path / "zq7more" / "zq7-3.pcap").write_bytes(b"\xd4\xc3\xb2\xa1zq7")
    for more in ([], ["--json"], ["--compare"]):
        names = (
            [str(tmp_path / "zq7more")]
            if not more or more == ["--json"]
            else [str(tmp_path / "zq7more" / f"zq7-{n}.pcapng") for n in (1, 2)]
        )
        run([*names, "--anonymize", *more])
    out, err = capsysbinary.readouterr()
    assert leaks(out + err) == []


def test_verdicts_stay_what_they_are(secret, capsys):
    """Only names differ."""
    run([str(secret[0]), "--json"])
    real = list(map(json.loads, capsys.readouterr().out.splitlines()))
    run([str(secret[0]), "--json", "--anonymize"])
    other = list(map(json.loads, capsys.readouterr().out.splitlines()))
    told = ("cause", "certainty", "severity", "events", "bytes", "resets", "retry", "seen", "final")
    assert [[one.get(name) for name in told] for one in real] == [[one.get(name) for name in told] for one in other]
    assert real[-1]["causes"] == other[-1]["causes"]


def test_python_shows_nothing(secret):
    capture = tcpexplain.read(secret[0], anonymize=True)
    shown = [
        capture,
        repr(capture),
        capture._repr_html_(),
        capture.origin,
        capture[0],
        capture[0].report().html,
        capture.report().json,
    ]
    shown += [repr(one.facts) for one in capture] + [repr(one.segments_seen) for one in capture]
    assert leaks("\n".join(map(str, shown)).encode()) == []


def test_an_anonymized_capture_can_be_pickled_without_its_names(secret):
    import pickle

    packed = pickle.dumps(tcpexplain.read(secret[0]).anonymize())
    assert leaks(packed) == []
    assert len(pickle.loads(packed)) == 6


def test_an_assistant_is_told_nothing(secret):
    from tcpexplain.assistant import answers
    from tcpexplain.pseudonyms.names import Pseudonyms

    names, path = Pseudonyms(), str(secret[0])
    told = [answers.explain_capture(path, names=names), answers.explain_capture(path, 0, names=names)]
    listed = answers.list_connections(path, names=names)
    client = listed["listed"][0]["client"]
    told += [
        listed,
        answers.list_connections(path, client=client, names=names),
        answers.match_log_line(path, LINE, names),
    ]
    assert told[-2]["connections"] == 1
    assert told[-1]["lines"][0]["found"]
    assert leaks(json.dumps(told).encode()) == []
