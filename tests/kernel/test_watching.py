"""The kernel of this machine, really asked: needs root."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

import tcpexplain
from tcpexplain.kernel.counts import counts_kept
from tcpexplain.kernel.tracefs import PREFIX, ROOT
from tcpexplain.kernel.watching import KernelWatch
from tcpexplain.reports import json as json_report

pytestmark = pytest.mark.needs("root")


def talk():
    """A client that closes with unread data; both ends' addresses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        server.send(b"never read")
        time.sleep(0.02)
        client.close()
        server.close()
        return listener.getsockname()[1]


def test_prediction_and_kernel_agree_on_a_connection_captured_here_and_now():
    with KernelWatch() as kernel:
        with tcpexplain.Sniffer("lo", filter="tcp") as sniffed:
            port = talk()
        kernel.ask()
        (found,) = sniffed.capture.where(port=port)
        kernel.add_to(found)
    assert found.kernel.differences == ()
    assert [one.reason for one in found.kernel.client.of_kind("reset-sent")] == ["TCP_ABORT_ON_CLOSE"]
    assert found.kernel.client.process.fd is not None
    assert (kernel.compared, kernel.as_predicted) == (1, 1)


def first_line(process, patience=15.0):
    """The first line of a process that is a connection's."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        record = json.loads(process.stdout.readline())
        if record["type"] == "connection":
            return record
    raise TimeoutError


def test_the_command_tells_it_counts_it_and_keeps_it(tmp_path):
    target = tmp_path / "k.pcapng"
    command = [sys.executable, "-m", "tcpexplain", "-i", "lo", "--kernel", "--json", "-w", str(target)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        watching = subprocess.Popen([*command, "port", str(address[1])], stdout=subprocess.PIPE, text=True)
        end = time.monotonic() + 15
        while not (tmp_path / ".k.pcapng.pcap").exists() and time.monotonic() < end:
            time.sleep(0.05)
        with socket.create_connection(address), listener.accept()[0] as server:
            server.send(b"never read")
            time.sleep(0.02)
        told = first_line(watching)["kernel"]
        watching.send_signal(signal.SIGINT)
        summary = json.loads(watching.communicate(timeout=15)[0].splitlines()[-1])
    assert told["as_predicted"], told
    assert told["server"]["process"]["pid"] == os.getpid()
    assert summary["kernel"] == {"compared": 1, "as_predicted": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["k.pcapng"]
    assert tcpexplain.read(target)[0].kernel.differences == ()
    without_events = tcpexplain.read(target, events=False)
    assert without_events[0].kernel.differences == ()
    assert counts_kept(without_events) == (1, 1)
    assert '"kernel":{"compared":1,"as_predicted":1}' in json_report.render(without_events, events=False)
    assert "process" in {one.kernel.server.process.name for one in without_events.anonymize()}


def left_behind():
    return [one for one in (ROOT / "instances").iterdir() if one.name.startswith(PREFIX) and "dies" in one.name]


def test_an_instance_is_gone_when_its_process_is_killed():
    code = (
        "import os, signal; from tcpexplain.kernel.tracefs import Instance\n"
        "with Instance(name='-dies'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    end = time.monotonic() + 5
    while left_behind() and time.monotonic() < end:
        time.sleep(0.05)
    assert left_behind() == []
