"""Processes of this machine as a crew."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tcpexplain.parallel.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable

LOADED = ("tcpexplain.parallel.join", "numpy")
"""Modules that all workers need; the first one alone where nothing is compiled."""


def processes(jobs: int, *, compiled: bool) -> Crew:
    """So many processes; what they need is loaded once, in the process they are forked from."""

    def hire() -> Executor:
        modules = LOADED if compiled else LOADED[:1]
        context = forked(*modules) if is_single() else served(*modules)
        return Workers(jobs, mp_context=context, initializer=end_quietly)

    return Crew(hire, jobs)


def is_single() -> bool:
    """Whether this process can be forked: threads do not survive that, nor do macOS's libraries (Python's ``multiprocessing`` says why)."""
    return sys.platform == "linux" and threading.active_count() == 1


def forked(*modules: str) -> Any:
    """Workers are copies of this process."""
    for module in modules:
        import_module(module)
    return multiprocessing.get_context("fork")


def served(*modules: str) -> Any:
    """Workers are copies of a process that has nothing but the modules; on Windows, new ones."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context


class Workers(ProcessPoolExecutor):
    """Processes that do not run the caller's script, of which tasks need nothing.

    A worker that is not forked imports it, and a script without ``if __name__ == "__main__"`` would begin anew in each.
    """

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """See ``concurrent.futures.Executor``; it may start a process."""
        script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            return super().submit(function, *arguments, **named)
        finally:
            sys.modules["__main__"] = script

    def end(self) -> None:
        """End the processes at once, and wait until they have."""
        running = list((self._processes or {}).values())
        for process in running:
            process.kill()
        for process in running:
            process.join()


def end_quietly() -> None:
    """A worker says nothing when Ctrl-C or SIGTERM ends it, and ends when the process does that it works for."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait until the parent has ended, whatever ended it; then there is nobody to work for."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
