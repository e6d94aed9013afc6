"""The kernel of this machine, really asked: needs root."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

import tcpexplain
from tcpexplain.kernel.tracefs import PREFIX, ROOT
from tcpexplain.kernel.watching import KernelWatch

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
