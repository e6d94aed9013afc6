"""What workers leave to each other goes with its process; workers go with whoever gave up."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tcpexplain.cli import command
from tcpexplain.parallel.crew import Crew
from tcpexplain.parallel.scratch import Scratch, sweeper


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_the_folder_goes_when_its_process_had_no_time_to_remove_it(tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "blocks").write_bytes(b"1")
    program = sweeper(str(folder))
    assert folder.exists()
    program.stdin.close()  # as the kernel does when a process ends, by SIGKILL too
    assert program.wait(10) == 0
    assert not folder.exists()


def test_the_folder_is_the_users_alone_and_goes_when_it_is_removed(tmp_path):
    scratch = Scratch(tmp_path)
    assert Path(scratch.path).stat().st_mode & 0o777 == 0o700
    scratch.remove()
    assert not list(tmp_path.iterdir())


def test_a_place_that_may_not_be_written_to_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Scratch(tmp_path / "file")


def test_who_gives_up_ends_the_workers_first():
    class Own:
        ended = False

        def end(self):
            self.ended = True

        def shutdown(self, **_):
            assert self.ended

    own = Own()
    crew = Crew(lambda: own, 1)
    crew.executor = own
    crew.__exit__(KeyboardInterrupt)
    assert own.ended


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals are the main thread's")
def test_sigterm_ends_with_its_own_status(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(command, "obey", lambda _: command.end(signal.SIGTERM, None))
    try:
        assert command.run([]) == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
