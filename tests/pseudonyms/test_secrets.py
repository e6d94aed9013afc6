"""With --anonymize nothing that names somebody is in anything that leaves, in whatever form and encoding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planted import FOUR, LINE, leaks, plant

import tcpexplain
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.cli.command import run
from tcpexplain.diagnosis.assemble import connection_now
from tcpexplain.model.kernel import KernelEnd, KernelSaw, Process
from tcpexplain.model.log import CallBeside
from tcpexplain.pseudonyms.capture import call, live
from tcpexplain.pseudonyms.names import Pseudonyms
from tcpexplain.readers import open_capture
from tcpexplain.reading.tap import MessageTap
from tcpexplain.reports import json as json_report

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
    "messages.csv", "x.pcapng", "evidence:x.pcapng",
    *(pytest.param(name, marks=pytest.mark.needs("pyarrow")) for name in ("x.parquet", "out/")),
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
    (tmp_path / "zq7more" / "zq7notes.txt").write_text("no capture", encoding="utf-8")
    for more in ([], ["--json"], ["--compare"]):
        names = (
            [str(tmp_path / "zq7more")]
            if not more or more == ["--json"]
            else [str(tmp_path / "zq7more" / f"zq7-{n}.pcapng") for n in (1, 2)]
        )
        run([*names, "--anonymize", *more])
    out, err = capsysbinary.readouterr()
    assert b"1 file in capture-" in out + err
    assert leaks(out + err) == []
    assert b"zq7" not in out + err


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


def test_a_live_line_names_nobody(secret):
    """Connections of an analysis that goes on, as lines and as JSON have them."""
    analysis, names = Analysis(), Pseudonyms()
    analysis.tap = MessageTap()
    for frames in open_capture(str(secret[0])):
        analysis.feed(frames)
    renamed = live(analysis, names)
    real = [connection_now(analysis, stream) for stream in range(analysis.streams)]
    process = KernelEnd((), Process(7, "zq7process", 3))
    real[0].kernel = KernelSaw(client=process)
    other = [renamed(one) for one in real]
    assert [one.cause for one in other] == [one.cause for one in real]
    told = [str(one) for one in other] + [json.dumps(json_report.connection_record(one)) for one in other]
    assert '"process":{"pid":7,"name":"process","fd":3}' in "".join(told).replace(" ", "")
    assert leaks("\n".join(told).encode()) == []


def test_packets_that_are_saved_or_decoded_are_refused(secret, capsys):
    for more in (["--decode"], ["--decode-as", "tcp.port==80,http"]):
        assert run([str(secret[0]), "--anonymize", *more]) == 2
    assert run(["-i", "lo", "-w", "x.pcap", "--anonymize"]) == 2
    assert capsys.readouterr().err.count("TE040") == 3


def test_the_points_of_several_captures_have_other_names(capsys):
    """Of one connection under two addresses, in two captures."""
    folder = Path(__file__).parents[2] / "captures" / "points" / "forged-reset-behind-nat"
    files = [str(folder / name) for name in ("client.pcap", "server.pcap")]
    run([*files, "--json", "--anonymize"])
    run([*files, "--anonymize"])
    out, err = capsys.readouterr()
    for real in ("10.1.0.", "10.2.0.", "client.pcap", "server.pcap", "forged-reset-behind-nat"):
        assert real not in out + err
    assert "never passed capture-" in out
    run([*files, "--json", "--anonymize", "--points", "here,there"])
    assert "never passed there" in capsys.readouterr().out


def test_what_groups_ask_of_points_has_other_names():
    folder = Path(__file__).parents[2] / "captures" / "points" / "dnat"
    points = tcpexplain.read(folder, anonymize=True).held.analysis.united_streams
    assert len(points) == 2
    assert 0 in points
    assert "passages" in str(points[0])
    assert [name for name in ("10.1.0.", "10.2.0.", "10.9.9.", "client.pcap") if name in str(dict(points))] == []


def test_calls_of_strace_have_no_arguments():
    found = call(
        CallBeside(
            0, "client", 0, 'recvfrom(5, "zq7", 512, 0, NULL, NULL) = -1 ECONNRESET (Connection reset by peer)', True
        )
    )
    assert found == "recvfrom(5) = -1 ECONNRESET"
