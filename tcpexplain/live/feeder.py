"""A thread that reads frames into an analysis while another looks at what has ended."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.analysis.analysis import Analysis

LOOK = 0.1
"""Seconds between two looks."""
JOIN, DRAIN = 0.5, 10.0
"""Seconds given to the reader to put things away; and to one that can end by itself, to read what has been captured."""


class Feeder(threading.Thread):
    """Reads frames into the analysis until they end, ``count`` packets have come, or it is told to stop."""

    def __init__(
        self,
        frames: Iterable[Any],
        analysis: Analysis,
        lock: threading.Lock,
        count: int | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.stop = stop
        """Ends the source itself, which then delivers what it still has."""
        self.waits_since: float | None = None
        """Since when it has been waiting for packets; None while it works on some."""
        self.frames = frames
        self.analysis = analysis
        self.lock = lock
        self.count = count
        self.ended = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        """Read; an error is kept for the main thread."""
        try:
            for batch in self.waited_for():
                if self.ended.is_set():
                    return
                left = None if self.count is None else self.count - self.analysis.packets
                if left is not None:
                    batch.count = min(batch.count, left)
                with self.lock:
                    self.analysis.feed(batch)
                if left is not None and left <= batch.count:
                    return
        except Exception as error:  # noqa: BLE001 (raised again by the main thread)
            self.error = error
        finally:
            self.ended.set()

    def waited_for(self) -> Iterator[Any]:
        """The batches; meanwhile it is known whether one is waited for."""
        batches = iter(self.frames)
        while True:
            self.waits_since = time.monotonic()
            batch = next(batches, None)
            self.waits_since = None
            if batch is None:
                return
            yield batch

    @property
    def is_behind(self) -> bool:
        """Whether there may be packets that have come and were not looked at yet: then nobody's silence is known."""
        since = self.waits_since
        return since is None or time.monotonic() - since < LOOK

    def halt(self) -> None:
        """End: a live capture counts its losses, closes its file, and is read to its end; a pipe may block for ever."""
        if self.stop:
            self.stop.set()
            self.join(DRAIN)
        self.ended.set()
        self.join(JOIN)
