"""Tasks on any executor of ``concurrent.futures``: in this process, in processes of this machine, on a cluster. The dead are replaced."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tcpexplain.errors import TcpexplainError
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Task = TypeVar("Task")
Result = TypeVar("Result")

LOOK = 1.0
"""Seconds without a result after which one looks whether workers can still be reached."""
ATTEMPTS = 3
"""Times that workers may die without one task being done in between."""


class Here(Executor):
    """Runs everything at once, in this process."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """The result is there when this returns."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:  # noqa: BLE001 (whoever asks for the result gets it)
            future.set_exception(error)
        return future


class Crew:
    """Workers, and new ones when they die.

    Parameters
    ----------
    hire
        Makes an executor.
    jobs
        How many tasks it runs at a time.
    dead
        What else than ``BrokenExecutor`` a future raises when its worker has died.
    """

    def __init__(self, hire: Callable[[], Executor], jobs: int, dead: tuple[type[Exception], ...] = ()) -> None:
        self.hire, self.jobs = hire, jobs
        self.dead: tuple[type[Exception], ...] = (BrokenExecutor, *dead)
        self.executor: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.abandon()
        else:
            self.dismiss()

    def abandon(self) -> None:
        """End the workers in the middle of what they do, where they are ours to end: nobody waits for it any more."""
        end = getattr(self.executor, "end", None)
        if end:
            end()
        self.dismiss(wait=False)

    def dismiss(self, *, wait: bool = True) -> None:
        """Let the workers go, and perhaps wait until they have gone."""
        if self.executor:
            self.executor.shutdown(wait=wait, cancel_futures=True)
        self.executor = None

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], done: Callable[[Result], None] | None = None
    ) -> list[Result]:
        """What the function makes of each task, in their order; ``done`` is told of each as it comes.

        Raises
        ------
        TcpexplainError
            TE046 if workers die again and again. Whatever the function raises.
        """
        results: dict[int, Result] = {}
        failed = 0
        while len(results) < len(tasks):
            before = len(results)
            if self.attempt(function, tasks, results, done):
                break
            failed = 1 if len(results) > before else failed + 1
            if failed >= ATTEMPTS:
                raise self.lost(len(tasks) - len(results))
            self.dismiss()
        return [results[number] for number in range(len(tasks))]

    def attempt(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        results: dict[int, Result],
        done: Callable[[Result], None] | None,
    ) -> bool:
        """Run what is missing; False if a worker died."""
        self.executor = self.executor or self.hire()
        whole = True
        waiting: dict[Future[Any], int] = {}
        try:
            for number, task in enumerate(tasks):
                if number not in results:
                    waiting[self.executor.submit(function, task)] = number
        except self.dead:
            whole = False
        while waiting:
            done_by_now = wait(waiting, LOOK, FIRST_COMPLETED).done
            if not done_by_now and not getattr(self.executor, "is_reachable", True):
                return False
            for future in done_by_now:
                number = waiting.pop(future)
                try:
                    results[number] = future.result()
                except self.dead:
                    whole = False
                    continue
                if done:
                    done(results[number])
        return whole

    @staticmethod
    def lost(count: int) -> TcpexplainError:
        """TE046."""
        return TcpexplainError(
            "workers die again and again",
            code="TE046",
            note=f"{counted(count, 'task')} of theirs could not be done; the kernel may have ended them for want of memory",
            help="with fewer at a time:  --jobs 1",
        )


def alone() -> Crew:
    """Nobody but this process."""
    return Crew(Here, 1)


def cores() -> int:
    """Cores that this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1
