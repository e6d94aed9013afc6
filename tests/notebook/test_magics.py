"""The magics: what the command line takes, shown as objects; a cell's own sockets, explained."""

import socket
from pathlib import Path

import pytest

from tcpexplain import Sniffer, TcpexplainError, sniff

CAPTURES = Path(__file__).parents[2] / "captures"
ONE = CAPTURES / "half-close" / "capture.pcap"
MANY = CAPTURES / "pool-probed-before-use" / "capture.pcap"

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.needs("IPython")]


@pytest.fixture(scope="module")
def shell():
    from IPython.core import interactiveshell as interactive

    shell = interactive.InteractiveShell.instance(history_manager=None)
    shell.run_line_magic("load_ext", "tcpexplain")
    yield shell
    interactive.InteractiveShell.clear_instance()


def test_one_connection_is_a_connection(shell):
    assert repr(shell.run_line_magic("tcpexplain", str(ONE))).startswith("<Connection 0")


def test_several_are_a_capture_and_can_be_narrowed(shell):
    assert len(shell.run_line_magic("tcpexplain", str(MANY))) == 3
    assert shell.run_line_magic("tcpexplain", f"{MANY} --stream 2").stream == 2


def test_other_options_do_what_the_command_line_does(shell, tmp_path, capsys):
    assert shell.run_line_magic("tcpexplain", f"{ONE} -o {tmp_path}/x.md") is None
    assert (tmp_path / "x.md").is_file()
    assert shell.run_line_magic("tcpexplain", "--explain EPIPE") is None
    assert "SIGPIPE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"), [("nix.pcap", "TE001"), ("--bogus", "TE040"), (f"{MANY} --stream 7", "TE041")]
)
def test_an_error_is_told_without_a_traceback(shell, capsys, line, said):
    assert shell.run_line_magic("tcpexplain", line) is None
    told = capsys.readouterr().err
    assert f"error[{said}]" in told
    assert "Traceback" not in told


def test_a_cell_that_is_a_log_leads_to_its_connections(shell, capsys):
    crashed = CAPTURES / "crashed-client-2019" / "capture.pcap"
    line = "write tcp 10.10.121.102:5000->10.10.121.101:42642: write: broken pipe\n"
    shell.run_cell_magic("tcpexplain_log", str(crashed), line)
    assert [one.stream for one in shell.user_ns["matches"]] == [0]
    assert "1 line, 1 found" in capsys.readouterr().out
    shell.user_ns.pop("cap", None)
    shell.run_cell_magic("tcpexplain_log", "", line)
    assert "which capture?" in capsys.readouterr().err


def talk():
    """One clean exchange; the ports of client and server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        ports = client.getsockname()[1], server.getsockname()[1]
        client.sendall(b"ping")
        server.recv(4)
        client.close()
        server.recv(1)
        server.close()
    return ports


@pytest.mark.needs("root")
def test_a_block_of_code_is_explained():
    with Sniffer("lo", filter="tcp") as sniffed:
        client, server = talk()
    found = [one for one in sniffed.capture if (one.client.port, one.server.port) == (client, server)]
    assert [one.cause for one in found] == ["clean"]
    assert sniffed.capture.format == "live"


@pytest.mark.needs("root")
def test_a_cell_is_run_and_explained(shell, capsys):
    shell.user_ns["talk"] = talk
    shell.run_cell_magic("tcpexplain_live", "lo tcp", "ports = talk()")
    ports = shell.user_ns["ports"]
    assert ports in [(one.client.port, one.server.port) for one in shell.user_ns["cap"]]
    assert all(one.opening != "midstream" for one in shell.user_ns["cap"])
    assert "clean" in capsys.readouterr().out


@pytest.mark.needs("root")
def test_a_cell_that_fails_is_explained_all_the_same(shell, capsys):
    shell.user_ns["talk"] = talk
    shell.run_cell_magic("tcpexplain_live", "", "ports = talk(); 1 / 0")
    assert "ZeroDivisionError" in "".join(capsys.readouterr())
    assert len(shell.user_ns["cap"]) >= 1


@pytest.mark.needs("root")
def test_a_cell_without_connections_says_so(shell, capsys):
    shell.run_cell_magic("tcpexplain_live", "lo tcp port 1", "pass")
    assert "error[TE004]" in capsys.readouterr().err


@pytest.mark.needs("root")
def test_sniffing_ends_after_its_time():
    with pytest.raises(TcpexplainError, match="no TCP packet"):
        sniff("lo", filter="tcp port 1", timeout=0.2)


@pytest.mark.needs("root")
@pytest.mark.parametrize(
    ("interface", "expression", "code"), [("nope0", None, "TE011"), ("lo", "bogus bogus", "TE012")]
)
def test_an_interface_that_cannot_be_opened_is_said_at_once(interface, expression, code):
    with pytest.raises(TcpexplainError) as error:
        sniff(interface, filter=expression)
    assert error.value.code == code
