"""What an assistant is told, asked through the official client."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tcpexplain.assistant import answers
from tcpexplain.errors import TcpexplainError
from tcpexplain.pseudonyms.names import Pseudonyms

CAPTURES = Path(__file__).parents[2] / "captures"
CRASHED = str(CAPTURES / "crashed-client-2019" / "capture.pcap")
MIXED = str(CAPTURES / "mix2000" / "mix2000.pcap")
LARGEST = 24_000
"""Letters of an answer."""


def ask(tool, folder=None, names=None, **arguments):
    """An answer through client and server, or the error's text."""
    import anyio
    from mcp import Client

    from tcpexplain.assistant.server import server

    async def asked():
        async with Client(server(folder, names)) as client:
            tools = {one.name for one in (await client.list_tools()).tools}
            return tools, await client.call_tool(tool, arguments)

    tools, answer = anyio.run(asked)
    assert tools == {"explain_capture", "list_connections", "match_log_line", "explain_code"}
    text = "".join(part.text for part in answer.content)
    return text if answer.is_error else json.loads(text)


@pytest.mark.needs("mcp")
def test_a_capture_is_explained_with_its_evidence_by_packet_number():
    (worst,) = ask("explain_capture", path=CRASHED)["worst"]
    assert (worst["cause"], worst["certainty"]) == ("write-after-close", "certain")
    assert worst["evidence_packets"] == ["6", "8", "9"]


@pytest.mark.needs("mcp")
def test_an_error_says_what_to_do():
    said = ask("explain_capture", path="/nowhere/x.pcap")
    assert "TE001" in said
    assert "there is no folder" in said


@pytest.mark.needs("mcp")
def test_a_folder_keeps_the_server_from_other_captures(tmp_path):
    assert "TE040" in ask("explain_capture", tmp_path, path=CRASHED)


@pytest.mark.needs("mcp")
def test_other_names_are_told_in_errors_too(tmp_path):
    names = Pseudonyms()
    refused = ask("explain_capture", tmp_path / "secret", names, path=CRASHED)
    missing = ask("explain_capture", names=names, path=str(tmp_path / "secret" / "x.pcap"))
    told = json.dumps(ask("explain_capture", names=names, path=CRASHED))
    assert "TE040" in refused
    assert "TE001" in missing
    assert "write-after-close" in told
    for real in ("secret", str(tmp_path), "crashed-client", "10.10.121."):
        assert real not in refused + missing + told


@pytest.mark.needs("mcp")
def test_standard_input_is_refused():
    assert "TE040" in ask("explain_capture", path="-")


def test_one_connection_has_its_ladder():
    told = answers.explain_capture(CRASHED, 0)
    assert any(
        "server next write → EPIPE + SIGPIPE" in line or "next write → EPIPE + SIGPIPE" in line
        for line in told["ladder"]
    )
    with pytest.raises(TcpexplainError, match="no stream 7"):
        answers.explain_capture(CRASHED, 7)


def test_a_list_is_read_on_page_by_page():
    first = answers.list_connections(MIXED, why="failed", most=3)
    then = answers.list_connections(MIXED, why="failed", first=3, most=3)
    assert first["connections"] == then["connections"] > 6
    streams = [one["stream"] for part in (first, then) for one in part["listed"]]
    assert streams == sorted(set(streams))
    assert {one["severity"] for one in first["listed"]} == {"failed"}


def test_a_line_of_a_log_finds_its_connection():
    line = (
        "2019/07/05 15:15:48 [error] 9#9: send() failed (32: Broken pipe) while sending response, client: 10.10.121.101"
    )
    (found,) = answers.match_log_line(CRASHED, line)["lines"]
    assert found["found"]
    assert found["connection"]["cause"] == "write-after-close"


@pytest.mark.parametrize("word", ["EPIPE", "idle-close-race", "TIME-WAIT", "TE003"])
def test_words_are_explained(word):
    assert len(json.dumps(answers.explain_code(word))) > 200


def test_answers_are_bounded_whatever_the_capture():
    for told in (
        answers.explain_capture(MIXED),
        answers.list_connections(MIXED, most=10_000),
        *(answers.explain_capture(MIXED, stream) for stream in (9, 71)),
    ):
        assert len(json.dumps(told, ensure_ascii=False)) < LARGEST


def test_payload_is_never_told(tmp_path):
    secret = b"hunter2-is-what-nobody-says"[:26]
    data, found = re.subn(rb"\w{3} \w{3} +\d+ [\d:]{8} 2019\r\n", secret, Path(CRASHED).read_bytes())
    assert found
    (tmp_path / "x.pcap").write_bytes(data)
    told = [answers.explain_capture(str(tmp_path / "x.pcap"), stream) for stream in (None, 0)]
    assert "hunter2" not in json.dumps(told)


def test_without_the_sdk_one_line_says_how_to_get_it():
    code = (
        "import sys; sys.modules['mcp'] = None; sys.modules['mcp.server.mcpserver'] = None; sys.argv = ['tcpexplain-mcp']\n"
        "from tcpexplain.assistant.server import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("error[TE031]")
    assert "tcpexplain[mcp]" in done.stderr
