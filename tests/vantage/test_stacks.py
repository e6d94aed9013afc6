"""SYNs of the systems that are told apart, those that say nothing, and what is made of it in Python, JSON and reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stories import play

import tcpexplain as tx
from tcpexplain.analysis.systems import BASES, BY_CODE, MOST, PREDICTED, basis, code, predicted, systems
from tcpexplain.model.connection import System
from tcpexplain.reports import json as json_lines
from tcpexplain.reports import text
from tcpexplain.sockets import names
from tcpexplain.vantage.stacks import SYSTEMS

CAPTURES = sorted((Path(__file__).parents[2] / "captures").glob("*/capture.pcap"))

LADDER = """
     client                     server
1.   SYN-SENT     --> <SEQ=100><CTL=SYN>{syn} --> SYN-RECEIVED
2.   ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK>{syn_ack} <-- SYN-RECEIVED
3.   ESTABLISHED  --> <SEQ=101><ACK=301><CTL=ACK> --> ESTABLISHED
"""

SYNS = {
    "linux": "<TSV=1><TSE=0><OPT=MSS:1460,SACKOK,TS,NOP,WS:7><WND=64240><TTL=64>",
    "linux, some routers away": "<TSV=1><TSE=0><OPT=MSS:1380,SACKOK,TS,NOP,WS:10><WND=29200><TTL=47>",
    "linux without timestamps": "<OPT=MSS:1460,NOP,NOP,SACKOK,NOP,WS:7><WND=64240><TTL=64>",
    "windows": "<OPT=MSS:1460,NOP,WS:8,NOP,NOP,SACKOK><WND=64240><TTL=128>",
    "windows, some routers away": "<OPT=MSS:1440,NOP,WS:8,NOP,NOP,SACKOK><WND=65535><TTL=112>",
    "windows with timestamps": "<TSV=1><TSE=0><OPT=MSS:1460,NOP,WS:8,SACKOK,TS><WND=8192><TTL=128>",
    "macos": "<TSV=1><TSE=0><OPT=MSS:1460,NOP,WS:6,NOP,NOP,TS,SACKOK,EOL><WND=65535><TTL=64>",
    "freebsd": "<TSV=1><TSE=0><OPT=MSS:1460,NOP,WS:6,SACKOK,TS><WND=65535><TTL=64>",
    "openbsd": "<TSV=1><TSE=0><OPT=MSS:1460,NOP,NOP,SACKOK,NOP,WS:6,NOP,NOP,TS><WND=16384><TTL=64>",
    "solaris": "<TSV=1><TSE=0><OPT=SACKOK,TS,MSS:1460,NOP,WS:5><WND=32850><TTL=64>",
}
SILENT = [
    "",
    "<OPT=MSS:1460>",
    "<TTL=128>",
    "<OPT=MSS:1460,SACKOK><TTL=128>",
    "<TSV=1><TSE=0><OPT=MSS:1460,SACKOK,TS,NOP,WS:7><TTL=128>",
    "<TSV=1><TSE=0><OPT=MSS:1460,NOP,WS:6,SACKOK,TS><WND=14600><TTL=64>",
]


def connection(syn="", syn_ack="", **options):
    (found,) = play(LADDER.format(syn=syn, syn_ack=syn_ack), **options)
    return found


@pytest.mark.parametrize("name", SYNS)
def test_a_syn_shows_its_system(name):
    system = name.partition(",")[0].partition(" ")[0]
    known = system in PREDICTED
    expected = System(system if known else "linux", system, "fingerprint" if known else "default")
    assert connection(SYNS[name]).systems["client"] == expected
    assert connection(SYNS["linux"], SYNS[name]).systems["server"] == expected


@pytest.mark.parametrize("syn", SILENT)
def test_what_goes_together_with_no_system_is_unknown(syn):
    assert connection(syn).systems["client"] == System("linux", None, "default")


def test_options_that_come_last_change_nothing():
    syn = SYNS["linux"].replace("WS:7", "WS:7,FASTCLOSE")
    assert connection(syn).systems["client"].fingerprint == "linux"


def test_each_end_has_its_own_calls():
    last = connection(SYNS["windows"], SYNS["freebsd"]).events[-1]
    assert last.client.next.write.signal is None
    both = play(
        LADDER.format(syn=SYNS["windows"], syn_ack=SYNS["freebsd"]) + "4. CLOSED --> <SEQ=101><CTL=RST> --> CLOSED\n"
    )[0]
    assert both.events[-1].server.next.write.now == "EPIPE"


def test_a_system_is_forced_for_both_ends_or_for_one():
    both = connection(SYNS["macos"], os="windows").systems
    assert both == {
        "client": System("windows", "macos", "forced"),
        "server": System("windows", None, "forced"),
    }
    one = connection(SYNS["macos"], server_os="freebsd").systems
    assert one == {"client": System("macos", "macos", "fingerprint"), "server": System("freebsd", None, "forced")}
    mixed = connection(os="windows", client_os="auto").systems
    assert [mixed[side].basis for side in ("client", "server")] == ["default", "forced"]


def test_a_system_whose_calls_are_not_known_is_refused():
    for options in ({"os": "plan9"}, {"client_os": "openbsd"}, {"server_os": "posix"}):
        with pytest.raises(KeyError):
            systems(**options)


def test_every_system_that_has_a_profile_has_a_code_of_four_bits():
    assert set(PREDICTED) == set(names())
    assert len(BY_CODE) - 1 <= MOST


def test_one_end_and_columns_of_ends_are_judged_alike():
    np = pytest.importorskip("numpy")
    pairs = [(forced, shown) for forced in (0, *map(code, PREDICTED)) for shown in range(len(SYSTEMS))]
    forced, shown = (np.array(column, np.int8) for column in zip(*pairs, strict=True))
    assert predicted(forced, shown).tolist() == [predicted(*pair) for pair in pairs]
    assert basis(forced, shown).tolist() == [basis(*pair) for pair in pairs]
    assert {BASES[basis(*pair)] for pair in pairs} == set(BASES)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.parent.name)
def test_no_end_of_this_kernel_is_taken_for_another_system(path):
    found = {one.systems[side].fingerprint for one in tx.read(path) for side in ("client", "server")}
    assert found <= {"linux", None}


def test_json_says_which_system_and_why():
    capture = play(LADDER.format(syn=SYNS["windows"], syn_ack=""))
    head, line, _ = (json.loads(one) for one in json_lines.render(capture).splitlines())
    assert head["os"] == "auto"
    assert line["systems"] == {
        "client": {"os": "windows", "fingerprint": "windows", "basis": "fingerprint"},
        "server": {"os": "linux", "fingerprint": None, "basis": "default"},
    }


@pytest.mark.parametrize(
    ("syn", "syn_ack", "said"),
    [
        ("", "", "calls as on Linux"),
        (SYNS["macos"], SYNS["macos"], "calls as on macOS"),
        (SYNS["macos"], "", "calls as on macOS (client) and Linux (server)"),
    ],
)
def test_a_report_names_the_system_once(syn, syn_ack, said):
    report = text.render(play(LADDER.format(syn=syn, syn_ack=syn_ack)), width=200)
    assert report.count("calls as on") == 1
    assert said in report
