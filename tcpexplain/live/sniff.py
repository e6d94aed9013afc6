"""Capture live from Python, and explain what came: for a while, or while a block of code runs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

from tcpexplain.readers import open_live
from tcpexplain.reading.read import read
from tcpexplain.wire.capture_thread import Limits

if TYPE_CHECKING:
    from types import TracebackType

    from tcpexplain.model.capture import Capture

QUIET = 0.3
"""Seconds after the block in which its last segments come: more than a read of the capture, less than anybody minds."""
PATIENCE = 10.0
"""Seconds in which an interface is open, or never."""


def sniff(
    interface: str,
    *,
    filter: str | None = None,
    timeout: float | None = None,
    count: int | None = None,
    os: str = "auto",
    client_os: str | None = None,
    server_os: str | None = None,
) -> Capture:
    """Capture on an interface and explain what came.

    Parameters
    ----------
    interface
        Its name; ``any`` for all.
    filter
        A BPF expression, applied in the kernel.
    timeout, count
        End after so many seconds, or so many packets; without either, Ctrl-C (Jupyter's stop button) ends it.
    os, client_os, server_os
        See `read`.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, TE012 if the filter does not parse,
        TE004 if no TCP packet came.
    """
    sniffer = Sniffer(
        interface, filter=filter, timeout=timeout, count=count, os=os, client_os=client_os, server_os=server_os
    )
    sniffer.start()
    try:
        while not sniffer.ended.wait(0.1):
            pass
    except KeyboardInterrupt:
        sniffer.stop()
    return sniffer.capture


class Sniffer:
    """A capture that lasts as long as a ``with`` block; afterwards ``capture`` explains what the block did.

    >>> with Sniffer("lo", filter="tcp port 8080") as sniffed:  # doctest: +SKIP
    ...     talk()
    >>> sniffed.capture                                         # doctest: +SKIP
    """

    def __init__(
        self,
        interface: str,
        *,
        filter: str | None = None,
        timeout: float | None = None,
        count: int | None = None,
        os: str = "auto",
        client_os: str | None = None,
        server_os: str | None = None,
    ) -> None:
        self.ended = threading.Event()
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._open = False
        self._os: dict[str, Any] = {"os": os, "client_os": client_os, "server_os": server_os}
        self._result: Capture | None = None
        self._error: Exception | None = None
        limits = Limits(count or 0, timeout, self._asked)
        self._file = open_live(interface, expression=filter or "", limits=limits)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin; returns once the interface is open, raises if it cannot be."""
        self._thread.start()
        self._ready.wait(PATIENCE)
        if self._error and not self._open:
            raise self._error

    def stop(self) -> None:
        """End, and wait for the explanation."""
        self._stop.set()
        self._thread.join()

    @property
    def capture(self) -> Capture:
        """What came, explained; raises what went wrong."""
        self.ended.wait()
        if self._error:
            raise self._error
        assert self._result is not None  # noqa: S101 (without an error there is a result)
        return self._result

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time.sleep(QUIET)
        self.stop()

    def _asked(self) -> bool:
        """Whether to stop; the first question says that the interface is open."""
        self._open = True
        self._ready.set()
        return self._stop.is_set()

    def _run(self) -> None:
        """Read until told to stop."""
        try:
            self._result = read([self._file], **self._os)
        except Exception as error:  # noqa: BLE001 (raised again where the result is asked for)
            self._error = error
        finally:
            self.ended.set()
            self._ready.set()
