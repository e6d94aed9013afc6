"""The command line: arguments in, one report out, exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from examples import crashed_client, mixed

import tcpexplain
from tcpexplain.cli import arguments, command
from tcpexplain.cli.explain import LISTS, topic_for, topics
from tcpexplain.cli.options import Options
from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.model.wanted import causes, end_of


@pytest.fixture(autouse=True)
def read(monkeypatch):
    """Stands in for the analysis: knows a few names, remembers what it was asked."""
    asked = {}
    known = {"seed004.pcap": crashed_client, "mix2000.pcap": mixed}

    def stand_in(paths, **options):
        asked.update(options, paths=list(paths))
        name = Path(paths[0]).name
        if name not in known:
            raise CaptureError(
                f"cannot open {name}", code="TE001", note="no such file in /srv", help="did you mean seed004.pcap?"
            )
        return known[name]()

    monkeypatch.setattr("tcpexplain.reading.read.read", stand_in)
    monkeypatch.setenv("COLUMNS", "100")
    return asked


def run(capsys, *arguments):
    status = command.run(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def test_one_capture_gives_the_report(capsys):
    status, out, err = run(capsys, "seed004.pcap")
    assert (status, err) == (0, "")
    assert "✖ write-after-close  the server wrote to a client that was gone" in out


def test_json_is_json_lines(capsys):
    status, out, _ = run(capsys, "seed004.pcap", "--json")
    assert status == 0
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["capture", "connection", "summary"]


def test_no_events_is_told_to_the_analysis_as_well(read, capsys):
    _, out, _ = run(capsys, "seed004.pcap", "--json", "--no-events")
    assert "events" not in json.loads(out.splitlines()[1])
    assert read["events"] is False


def test_words_after_r_are_a_filter_wherever_options_stand(read, capsys):
    status, out, _ = run(capsys, "-n", "-r", "seed004.pcap", "tcp", "port", "5000", "--json")
    assert (status, read["filter"], read["paths"]) == (0, "tcp port 5000", ["seed004.pcap"])
    assert out.startswith("{")


def test_what_narrows_the_reading_is_told_to_it(read, capsys):
    run(capsys, "seed004.pcap", "-c", "9")
    assert read["count"] == 9


@pytest.mark.parametrize(
    "conditions",
    [
        ("--client", "10.10.121.101"),
        ("--client", "10.10.121.101:42642", "--server", ":5000"),
        ("--port", "5000", "--errno", "broken pipe"),
        ("--errno", "ECONNRESET,EPIPE"),
        ("--errno", "EOF", "--errno", "SIGPIPE"),
        ("--why", "clean,write-after-close"),
        ("--since", "2019/07/05 15:15:28", "--until", "15:15:28"),
        ("--since", "17:15:29", "--tz", "Europe/Berlin"),
        ("--until", "05/Jul/2019:17:15:29 +0200"),
    ],
)
def test_connections_are_chosen(capsys, conditions):
    status, out, err = run(capsys, "seed004.pcap", *conditions)
    assert (status, err) == (0, "")
    assert "✖ write-after-close" in out


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("--client", "10.9.9.9"), "the clients are: 10.10.121.101 (1)"),
        (("--server", ":443"), "the servers are: 10.10.121.102:5000 (1)"),
        (("--port", "443"), "the servers' ports are: 5000 (1)"),
        (("--errno", "ECONNRESET"), "there are: EPIPE (1), SIGPIPE (1)"),
        (("--why", "clean"), "there are: write-after-close (1)"),
        (("--since", "2020-01-01"), "the capture runs from 2019-07-05 15:15:28 to 2019-07-05 15:15:48 UTC"),
        (("--until", "17:00", "--tz", "+02:00"), "the capture runs from 2019-07-05 17:15:28 to"),
    ],
)
def test_a_choice_that_excludes_everything_says_what_there_is(capsys, conditions, said):
    status, out, err = run(capsys, "seed004.pcap", *conditions)
    assert (status, out) == (2, "")
    assert err.startswith(f"error[TE043]: no connection fits {conditions[0]} ")
    assert said in " ".join(err.split())


def test_conditions_that_only_together_exclude_everything_are_counted(capsys):
    _, _, err = run(capsys, "mix2000.pcap", "--why", "clean", "--errno", "EPIPE")
    assert "--why clean fits 1," in err
    assert "but none fits all of them" in " ".join(err.split())


def test_a_stream_is_shown_alone(capsys):
    _, out, _ = run(capsys, "mix2000.pcap", "--stream", "12")
    assert "✖ write-after-close" in out
    assert "stream 12" in out


def test_why_lists_the_connections_of_a_cause(capsys):
    _, out, _ = run(capsys, "mix2000.pcap", "--why", "write-after-close")
    assert "✖ 41 failed" in out
    assert "#12 " in out


def test_fail_on_sets_the_exit_status(capsys):
    assert run(capsys, "seed004.pcap", "--fail-on", "failed")[0] == 1
    assert run(capsys, "seed004.pcap", "--fail-on", "suspicious")[0] == 1
    assert run(capsys, "seed004.pcap", "--fail-on", "fine")[0] == 0
    assert run(capsys, "seed004.pcap", "--fail-on", "clean,EPIPE")[0] == 1
    assert run(capsys, "seed004.pcap", "--fail-on", "ECONNRESET")[0] == 0


def test_o_chooses_the_format_by_the_suffix(capsys, tmp_path):
    assert run(capsys, "seed004.pcap", "-o", str(tmp_path / "x.md"), "-o", str(tmp_path / "x.csv"))[:2] == (0, "")
    assert (tmp_path / "x.md").read_text(encoding="utf-8").startswith("# The server wrote")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("stream,")


def test_comparison_names_what_is_new(capsys):
    _, out, _ = run(capsys, "seed004.pcap", "mix2000.pcap", "--compare")
    line = next(line for line in out.splitlines() if "port-closed" in line)
    assert line.split()[-1] == "new"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothere.pcap"], "TE001"),
        ([], "TE040"),
        (["--strem", "1", "seed004.pcap"], "TE040"),
        (["seed004.pcap", "--stream", "x"], "TE040"),
        (["seed004.pcap", "--stream", "7"], "TE041"),
        (["seed004.pcap", "--why", "no-such-cause"], "TE042"),
        (["seed004.pcap", "--fail-on", "failde"], "TE042"),
        (["seed004.pcap", "--why", "suspicious"], "TE043"),
        (["seed004.pcap", "--why", "EPIPE"], "TE042"),
        (["seed004.pcap", "--errno", "clean"], "TE042"),
        (["seed004.pcap", "--since", "yesterday"], "TE044"),
        (["seed004.pcap", "--since", "2026-13-01"], "TE044"),
        (["seed004.pcap", "--since", "12:00", "--tz", "Mars"], "TE044"),
        (["seed004.pcap", "--demo"], "TE040"),
        (["--install-completion", "tcsh"], "TE040"),
        (["--explain", "econreset"], "TE045"),
        (["seed004.pcap", "-o", "x.docx"], "TE030"),
        (["seed004.pcap", "-o", "/nowhere/x.md"], "TE032"),
        (["seed004.pcap", "--draw", "ladder"], "TE040"),
        (["-r", "a", "-i", "lo"], "TE040"),
        (["seed004.pcap", "-w", "x"], "TE040"),
        (["seed004.pcap", "--os", "plan9"], "TE040"),
        (["seed004.pcap", "--reader", "magic"], "TE040"),
        (["seed004.pcap", "--reader", "live"], "TE040"),
        (["seed004.pcap", "--client", "example.org"], "TE040"),
        (["seed004.pcap", "--compare"], "TE040"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(capsys, arguments, code):
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert err.startswith(f"error[{code}]: ")
    assert "Traceback" not in err
    assert out == ""


def test_an_error_says_what_why_and_what_to_type(capsys):
    _, _, err = run(capsys, "captur.pcap")
    assert (
        err
        == "error[TE001]: cannot open captur.pcap\n  = note:  no such file in /srv\n  = help:  did you mean seed004.pcap?\n"
    )


def test_filter_words_without_r_get_the_hint(capsys, monkeypatch, tmp_path):
    capture = tmp_path / "x.pcap"
    capture.touch()
    monkeypatch.setattr(
        "tcpexplain.reading.read.read", raising(CaptureError("cannot open port", file="port", code="TE001"))
    )
    _, _, err = run(capsys, str(capture), "port", "443")
    assert f"a filter goes with -r:  tcpexplain -r {capture} port 443" in " ".join(err.split()).replace("-r: ", "-r:  ")


def test_a_word_that_explain_knows_is_no_file(capsys, monkeypatch):
    monkeypatch.setattr(
        "tcpexplain.reading.read.read", raising(CaptureError("cannot open EPIPE", file="EPIPE", code="TE001"))
    )
    assert "tcpexplain --explain EPIPE" in run(capsys, "EPIPE")[2]


def test_a_page_that_there_is_not_may_be_an_option(capsys):
    assert "--since is an option" in run(capsys, "--explain", "sinc")[2]
    assert "did you mean ECONNRESET?" in run(capsys, "--explain", "econreset")[2]


def test_errors_wrap_at_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(
        "tcpexplain.reading.read.read",
        raising(TcpexplainError("it " * 30, note="n " * 60, help="do this\n" + "command " * 20)),
    )
    _, _, err = run(capsys, "x.pcap")
    assert max(len(line) for line in err.splitlines()) <= 60


def raising(error):
    def read(*_, **__):
        raise error

    return read


def test_a_fault_of_ours_is_one_error_too(capsys, monkeypatch):
    monkeypatch.setattr("tcpexplain.reading.read.read", raising(ZeroDivisionError("oops")))
    status, _, err = run(capsys, "x.pcap")
    assert status == 2
    assert "error[TE099]" in err
    assert "ZeroDivisionError" in err
    assert "tcpexplain --debug" in err
    with pytest.raises(ZeroDivisionError):
        command.run(["x.pcap", "--debug"])
    monkeypatch.setenv("TCPEXPLAIN_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        command.run(["x.pcap"])


def test_ctrl_c_is_quiet(capsys, monkeypatch):
    monkeypatch.setattr("tcpexplain.reading.read.read", raising(KeyboardInterrupt()))
    assert run(capsys, "x.pcap") == (130, "", "")


def test_missing_permission_has_its_own_status(capsys, monkeypatch):
    monkeypatch.setattr("tcpexplain.reading.read.read", raising(TcpexplainError("no", code="TE010", exit_status=3)))
    assert run(capsys, "x.pcap")[0] == 3


def test_warnings_go_to_stderr_after_the_report(capsys, monkeypatch):
    from tcpexplain.errors import Warning as CaptureWarning

    capture = crashed_client()
    capture.warnings = (CaptureWarning("TE003", "x ends inside packet 6", "8 of its 66 bytes are there"),)
    monkeypatch.setattr("tcpexplain.reading.read.read", lambda *_, **__: capture)
    status, out, err = run(capsys, "x.pcap")
    assert status == 0
    assert err.lstrip().startswith("warning[TE003]: x ends inside packet 6\n  = note:  8 of")
    assert "write-after-close" in out


def test_color_is_for_errors_as_well(capsys, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in run(capsys, "nothere.pcap", "--color", "always")[2]
    assert "\x1b[" not in run(capsys, "nothere.pcap", "--color", "never")[2]


def test_help_and_version_are_no_errors(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert "--explain" in out
    assert run(capsys, "--version")[0] == 0


@pytest.mark.parametrize("name", ["EPIPE", "epipe", "broken pipe", "32"])
def test_a_page_is_found_by_any_of_its_names(capsys, name):
    status, out, _ = run(capsys, "--explain", name)
    assert status == 0
    assert out.startswith("EPIPE  Broken pipe")


def test_every_page_fits_the_terminal(capsys, monkeypatch):
    for width in (50, 60, 80, 100):
        monkeypatch.setenv("COLUMNS", str(width))
        for name in (*(topic.name for topic in topics()), *causes(), *LISTS):
            status, out, _ = run(capsys, "--explain", name)
            assert status == 0
            assert max(len(line) for line in out.splitlines()) <= width


def test_no_two_pages_share_a_name():
    names = [name.lower() for topic in topics() for name in (topic.name, *topic.aliases)]
    assert len(names) == len(set(names))


def test_every_error_code_has_a_page():
    source = Path(tcpexplain.__file__).parent
    used = {
        code for file in source.rglob("*.py") for code in re.findall(r"\bTE\d{3}\b", file.read_text(encoding="utf-8"))
    }
    assert {topic_for(code).name for code in used} == used


def test_pages_for_machines(capsys):
    _, out, _ = run(capsys, "--explain", "EPIPE", "--json")
    assert json.loads(out)["name"] == "EPIPE"
    _, out, _ = run(capsys, "--explain", "topics", "--json")
    assert {json.loads(line)["type"] for line in out.splitlines()} == {"page"}


def test_nothing_heavy_is_imported_to_explain_a_word():
    code = "import sys; from tcpexplain.cli.command import run; run(['--explain', 'EPIPE']); print(sorted({m.split('.')[0] for m in sys.modules}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "scapy", "pyshark", "networkx", "matplotlib", "pandas"} & set(
        re.findall(r"'(\w+)'", out.splitlines()[-1])
    )


def test_a_small_report_imports_nothing_heavy():
    capture = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"
    code = f"import sys; from tcpexplain.cli.command import run; run([{str(capture)!r}]); print(sorted({{m.split('.')[0] for m in sys.modules}}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "write-after-close" in out
    assert not {"numpy", "scapy", "pyshark", "networkx", "matplotlib", "pandas", "rich"} & set(
        re.findall(r"'(\w+)'", out.splitlines()[-1])
    )


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tcpexplain --explain EPI", "EPIPE"),
        ("tcpexplain x.pcap --why write-", "write-after-close"),
        ("tcpexplain x --fail-on susp", "suspicious"),
        ("tcpexplain x --draw lad", "ladder"),
        ("tcpexplain x --errno EPI", "EPIPE"),
        ("tcpexplain x --why clean,write-", "clean,write-after-close"),
    ],
)
def test_a_shell_completes_words(line, offered):
    words = line.split()
    env = {**os.environ, "_TCPEXPLAIN_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    out = subprocess.run(
        [sys.executable, "-m", "tcpexplain"], capture_output=True, text=True, check=False, env=env
    ).stdout
    assert f"plain,{offered}" in out.splitlines()


def test_every_option_is_in_the_help():
    listed = {name for names in arguments.SECTIONS.values() for name in names}
    assert {parameter.name for parameter in arguments.command.params if isinstance(parameter, click.Option)} | {
        "help"
    } == listed


@pytest.mark.parametrize("words", [[], ["-"], ["x.pcap"], ["before.pcap", "", "after.pcap"]], ids=" ".join)
def test_words_without_an_option_are_read_as_click_reads_them(words, monkeypatch):
    with arguments.command.make_context("tcpexplain", list(words)) as context:
        read = Options(**context.params)
    asked = []
    monkeypatch.setattr("tcpexplain.cli.dispatch.dispatch", lambda options: asked.append(options) or 0)
    monkeypatch.setattr(arguments, "run", lambda _: pytest.fail("click was asked"))
    assert command.run(words) == 0
    assert asked == [read]


def test_a_reader_that_leaves_early_is_told_by_the_status_alone():
    pipe = f"{sys.executable} -m tcpexplain --explain topics --json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", pipe], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert (done.returncode, done.stderr) == (141, "")


ENDING = """
import sys
{before}
from tcpexplain.__main__ import main
try:
    main()
finally:
    print("taken apart", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("name", "before", "said"),
    [
        ("tcpexplain", "", ""),
        ("other", "", "taken apart\n"),
        ("tcpexplain", "import threading", "taken apart\n"),
        ("tcpexplain", "import atexit; atexit.register(print, 'done', file=sys.stderr)", "taken apart\ndone\n"),
    ],
)
def test_the_process_ends_at_once_where_nothing_waits_for_its_end(name, before, said, tmp_path):
    (tmp_path / name).write_text(ENDING.format(before=before))
    done = subprocess.run(
        [sys.executable, tmp_path / name, SAMPLE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, said)
    assert "the server wrote to a client that was gone" in done.stdout


SHELL = f"{sys.executable} -m tcpexplain"
PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"
SAMPLE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (f"{SHELL} - <&-", 2, "standard input is empty"),
        (f"{SHELL} {SAMPLE} >&-", 0, ""),
        (f"{SHELL} nothere.pcap 2>&-", 2, ""),
        (f"{SHELL} {SAMPLE} > /dev/full", 2, "cannot write to standard output"),
        (f"{SHELL} {SAMPLE} --json > /dev/full", 2, "cannot write to standard output"),
    ],
)
def test_standard_streams_may_be_closed_or_full(line, status, said):
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    first = done.stderr.splitlines()[:1]
    assert (done.returncode, [text for text in first if said in text]) == (status, first)
    assert bool(first) == bool(said)


def test_ctrl_c_while_the_command_is_imported_is_quiet():
    code = (
        "import sys, runpy\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'tcpexplain.cli.command': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop()); runpy.run_module('tcpexplain', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_an_address_may_be_written_in_any_way():
    assert end_of("FE80:0::1") == end_of("[fe80::1]") == ("fe80::1", None)
    assert end_of("[FE80::1]:443") == ("fe80::1", 443)
    assert end_of("10.0.0.1:4711") == ("10.0.0.1", 4711)
    assert end_of(":443") == (None, 443)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--strem", "did you mean --stream?"),
        ("--EPIPE", "--errno EPIPE or --explain EPIPE"),
        ("--port-closed", "--why port-closed or --explain port-closed"),
    ],
)
def test_an_option_that_there_is_not_is_guessed(capsys, typed, meant):
    _, _, err = run(capsys, typed, "seed004.pcap")
    assert meant in " ".join(err.split())


def test_the_one_connection_that_is_not_fine_is_shown_at_once():
    done = subprocess.run(
        [sys.executable, "-m", "tcpexplain", str(PROGRAMS / "nginx-keepalive-stale.pcap")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "✖ 1 failed   ● 2 fine" in done.stdout
    assert "stream 1 · failed " in done.stdout
    assert "why      The server closed at 3.003 s" in done.stdout


def test_the_demo_explains_a_capture_of_the_package():
    done = subprocess.run([sys.executable, "-m", "tcpexplain", "--demo"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("demo.pcap  9 packets")
    assert "tcpexplain --demo -o report.html" in done.stdout
    assert Path(tcpexplain.__file__).with_name("reading").joinpath("demo.pcap").read_bytes() == SAMPLE.read_bytes()


def test_versions_are_named(capsys):
    lines = run(capsys, "--version")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["tcpexplain", "Python", "libpcap", "tshark"]


@pytest.mark.parametrize(
    ("shell", "file"), [("bash", "tcpexplain"), ("zsh", "_tcpexplain"), ("fish", "tcpexplain.fish")]
)
def test_completion_is_installed(capsys, monkeypatch, tmp_path, shell, file):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    status, out, _ = run(capsys, "--install-completion", shell)
    written = next(path for path in tmp_path.rglob(file) if path.is_file())
    assert (status, str(written) in out) == (0, True)
    assert "_TCPEXPLAIN_COMPLETE" in written.read_text(encoding="utf-8")


def test_strict_ends_with_an_error_where_there_is_a_warning(capsys, monkeypatch):
    from tcpexplain.errors import Warning as CaptureWarning

    capture = crashed_client()
    capture.warnings = (CaptureWarning("TE003", "x ends inside packet 6", "8 of its 66 bytes are there"),)
    monkeypatch.setattr("tcpexplain.reading.read.read", lambda *_, **__: capture)
    status, out, err = run(capsys, "x.pcap", "--strict")
    assert status == 2
    assert "write-after-close" in out
    assert "error[TE048]: --strict: 1 warning" in err
    assert run(capsys, "x.pcap")[0] == 0


def test_debug_shows_where_an_error_came_from(capsys):
    _, _, err = run(capsys, "nothere.pcap", "--debug")
    assert err.startswith("Traceback (most recent call last)")
    assert "error[TE001]" in err


def test_who_asked_for_a_verdict_gets_it_though_nobody_reads_on():
    line = f"{SHELL} {SAMPLE} --json --fail-on EPIPE | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert (done.returncode, done.stderr) == (1, "")
