"""Workers of a dask cluster as a crew."""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.parallel.crew import Crew, cores

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = "local"
"""The address of a cluster that is started here."""
PATIENCE = 10
"""Seconds within which a scheduler answers."""


class Hired(Executor):
    """The executor of a client, which ends with it."""

    def __init__(self, client: Any, closing: ExitStack) -> None:
        self.client, self.closing = client, closing
        self.executor = client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """See ``concurrent.futures.Executor``."""
        future: Future[Any] = self.executor.submit(function, *arguments, **named)
        return future

    @property
    def is_reachable(self) -> bool:
        """Whether there is a connection to the scheduler: what is submitted without one is never done, nor is it an error."""
        return bool(self.client.status == "running")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; one that was started here ends."""
        self.executor.shutdown(wait=wait and not cancel_futures)
        self.closing.close()


def workers(address: str, jobs: int = 0) -> Crew:
    """The workers of a scheduler (``tcp://host:8786``), or of a cluster of processes that is started here (``local``).

    Parameters
    ----------
    address
        Where the scheduler is.
    jobs
        Processes of a cluster that is started here; 0: as many as there are cores.

    Raises
    ------
    TcpexplainError
        TE047 if dask.distributed is not installed, or nobody answers, be it at first or after the scheduler was lost.
    """
    try:
        from distributed import KilledWorker
    except ImportError:
        raise TcpexplainError(
            "a cluster needs dask.distributed, which is not installed",
            code="TE047",
            help="pip install 'tcpexplain[cluster]'",
        ) from None
    # A scheduler that is lost cancels what waits for it: it is looked for once more, and the error says that nobody answers.
    crew = Crew(lambda: hire(crew, address, jobs), 1, (KilledWorker, CancelledError))
    return crew


def hire(crew: Crew, address: str, jobs: int) -> Hired:
    """A client of the cluster; the crew learns how many tasks it can do at a time."""
    closing = ExitStack()
    try:
        client = closing.enter_context(client_of(address, jobs, closing))
    except (OSError, ValueError) as error:
        closing.close()
        raise TcpexplainError(
            f"no cluster answers at {address}",
            code="TE047",
            note=str(error).split(chr(10))[0],
            help="a scheduler's address is like tcp://host:8786; without one:  --cluster local",
        ) from None
    crew.jobs = max(sum(client.nthreads().values()), 1)
    return Hired(client, closing)


def client_of(address: str, jobs: int, closing: ExitStack) -> Any:
    """A client of a scheduler, which is started if it is to be one of our own."""
    from distributed import Client, LocalCluster

    # What became of the connection is said by our own error, and not by a traceback before it.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    if address != LOCAL:
        return Client(address, timeout=PATIENCE)
    own = LocalCluster(  # type: ignore[no-untyped-call, unused-ignore]
        n_workers=jobs or cores(), threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs="CRITICAL"
    )
    return Client(closing.enter_context(own))
