"""Several captures on a dask cluster of separate processes: the same as by one, also when a worker is killed."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest
from examples_of_traffic import generated
from test_jobs import lines, rotated

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.errors import TcpexplainError

pytestmark = pytest.mark.needs("cluster")


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ring")
    return rotated(generated(folder / "x.pcap", "web", packets=4000), folder, 8)


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs="CRITICAL"
    ) as found:
        yield found


def pids(address):
    from distributed import Client

    with Client(address) as client:
        return list(client.run(os.getpid).values())


def test_a_cluster_finds_what_one_process_finds(ring, cluster):
    shared = tcpexplain.read(ring, cluster=cluster.scheduler_address, every=True)
    assert lines(shared) == lines(tcpexplain.read(ring, every=True))


def test_a_worker_that_is_killed_during_the_run_changes_nothing(ring, cluster):
    victim = pids(cluster.scheduler_address)[0]
    killed = []

    def kill(_packets, _bytes):
        if not killed:
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    shared = tcpexplain.read(ring, cluster=cluster.scheduler_address, every=True, progress=kill)
    assert killed
    assert lines(shared) == lines(tcpexplain.read(ring, every=True))
    assert victim not in pids(cluster.scheduler_address)


def test_a_broken_file_is_reported_and_the_rest_goes_on(ring, cluster, tmp_path):
    (tmp_path / "broken.pcap").write_bytes(b"no capture at all")
    capture = tcpexplain.read([*ring, tmp_path / "broken.pcap"], cluster=cluster.scheduler_address)
    assert ([w.code for w in capture.warnings], capture.packets) == (["TE002"], 4000)


def test_the_command_line_shares_a_folder_and_leaves_tables_there(ring, cluster, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["--cluster", cluster.scheduler_address, "-o", f"{out}/", str(ring[0].parent / "ring*.pcap")]) == 0
    assert capsys.readouterr().err == ""
    assert {path.name for path in out.iterdir()} >= {"connections", "events"}
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_nobody_at_the_address_is_one_error(ring, monkeypatch):
    monkeypatch.setattr("tcpexplain.parallel.dask.PATIENCE", 1)
    with pytest.raises(TcpexplainError) as error:
        tcpexplain.read(ring, cluster="tcp://127.0.0.1:1")
    assert error.value.code == "TE047"


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler that is a process of its own, and its worker."""
    file = tmp_path / "scheduler.json"
    commands = (
        [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, "--scheduler-file", str(file), "--no-dashboard"]
        for what, words in (("scheduler", ("--port", "0")), ("worker", ("--nthreads", "1")))
    )
    with ExitStack() as both:
        started = [both.enter_context(subprocess.Popen(words, stderr=subprocess.DEVNULL)) for words in commands]
        yield started[0], file
        for one in started:
            one.kill()


def test_a_scheduler_that_is_lost_midway_is_one_error(ring, scheduler, monkeypatch):
    from distributed import Client

    process, file = scheduler
    with Client(scheduler_file=str(file), timeout=60) as client:
        client.wait_for_workers(1, timeout=60)
        address = client.scheduler.address
    monkeypatch.setattr("tcpexplain.parallel.dask.PATIENCE", 1)
    with pytest.raises(TcpexplainError) as error:
        tcpexplain.read(ring, cluster=address, progress=lambda *_: process.kill())
    assert error.value.code == "TE047"


def test_a_cluster_can_be_started_here(ring):
    assert tcpexplain.read(ring[:2], cluster="local", jobs=1).packets == 1000
