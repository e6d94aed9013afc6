"""Connections explained while they happen: a line for each that ends or gets no answer, a corrected one where that was too early.

A reader thread feeds the analysis; the main thread looks every tenth of a second at what has come to an end. A connection
counts as ended after a RST, or a FIN of each end, once it has been quiet for a moment.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING

from tcpexplain.analysis.together import Together
from tcpexplain.diagnosis.assemble import connections_now
from tcpexplain.live.feeder import LOOK, Feeder
from tcpexplain.live.watched import PATIENCE, QUIET, Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.model.connection import Connection

FORGET, SOON = 120.0, 10.0
"""Seconds after which a closed connection leaves memory; and that where there are ``MANY`` of them."""
MANY = 10_000
"""Closed connections that are remembered for ``FORGET``, in some 15 kB each: a thousand that end in a second would take two gigabytes."""
AGAIN = 1.0
"""Seconds after which a connection that was told is looked at again."""
AT_ONCE = 1000
"""Connections that are explained together at most, so that their packets are not in memory twice."""


class Watch:
    """What has been told of which connection.

    Parameters
    ----------
    analysis
        Where frames go.
    tell
        Called with a connection that ended, and whether this corrects what was told before.
    clock
        Seconds, for tests.
    ask
        Called before each look, to hear what others know by now.
    """

    def __init__(
        self,
        analysis: Analysis,
        tell: Callable[[Connection, bool], None],
        clock: Callable[[], float] = time.monotonic,
        ask: Callable[[], None] | None = None,
    ) -> None:
        self.analysis = analysis
        self.together = Together(analysis)
        self.tell = tell
        self.clock = clock
        self.ask = ask
        self.open: dict[int, Watched] = {}
        self.closed: deque[tuple[float, Watched]] = deque()
        """Those that were told and are quiet, with the time they are looked at next."""
        self.known = self.packets = self.last = 0
        self.came = 0.0
        self.lost: Callable[[], int] = int
        """How many packets the capturing system has dropped so far."""
        self.tell_lost: Callable[[int], None] = lambda _: None
        """Called when they have become twice as many as were told."""
        self.lost_told = 0
        self.causes: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()

    def look(self) -> None:
        """Tell whatever ended since the last look."""
        now = self.clock()
        if self.ask:
            self.ask()
        self.pass_time(now)
        self.look_for_losses()
        for stream in range(self.known, self.analysis.streams):
            self.open[stream] = Watched(stream)
        self.known = self.analysis.streams
        due = []
        for watched in list(self.open.values()):
            watched.look(self.analysis.rows[watched.stream], now)
            if watched.due(now):
                due.append(watched)
            elif watched.over and now - watched.changed > (QUIET if watched.ended else 2 * PATIENCE):
                del self.open[watched.stream]
                self.put_away(watched, now)
        self.tell_all(due, open_too=False)
        self.look_again(now)

    def put_away(self, watched: Watched, now: float) -> None:
        """One that is over: it is looked at now and then, and forgotten when it has been quiet for long."""
        if now - watched.changed > (FORGET if len(self.closed) < MANY else SOON):
            self.analysis.forget(watched.stream)
        else:
            self.closed.append((now + AGAIN, watched))

    def look_again(self, now: float) -> None:
        """Of those that were told: whether something came after all; forget those that have been quiet for long.

        At a thousand connections a second they are a hundred thousand: each is looked at every ``AGAIN`` seconds.
        """
        while self.closed and self.closed[0][0] <= now:
            _, watched = self.closed.popleft()
            if self.analysis.rows[watched.stream].packets != watched.seen:
                self.open[watched.stream] = watched
            else:
                self.put_away(watched, now)

    def look_for_losses(self) -> None:
        """Packets that were dropped cast doubt on every verdict from then on."""
        lost = self.lost()
        self.analysis.lossy |= lost > 0
        if lost > 2 * self.lost_told:
            self.lost_told = lost
            self.tell_lost(lost)

    def pass_time(self, now: float) -> None:
        """Let the analysis know how long there has been no packet: what an end did not do since is part of the story."""
        if self.packets != self.analysis.packets:
            self.packets, self.last, self.came = self.analysis.packets, self.analysis.end, now
        elif self.packets:
            self.analysis.end = self.last + int((now - self.came) * 1e9)

    def finish(self, *, everything: bool = False) -> None:
        """Tell what ended and was not told yet; with ``everything`` also what is still open."""
        self.look()
        every = sorted([*self.open.values(), *(one for _, one in self.closed)], key=attrgetter("stream"))
        self.tell_all(
            [
                watched
                for watched in every
                if (watched.ended and watched.told_at != watched.seen) or (everything and not watched.told)
            ]
        )

    def tell_all(self, due: Sequence[Watched], *, open_too: bool = True) -> None:
        """Explain connections; ``open_too``: even if there is nothing wrong with one yet that is open."""
        for at in range(0, len(due), AT_ONCE):
            part = due[at : at + AT_ONCE]
            found = connections_now(self.together, [watched.stream for watched in part])
            for watched, connection in zip(part, found, strict=True):
                self.tell_one(watched, connection, open_too=open_too)

    def tell_one(self, watched: Watched, connection: Connection, *, open_too: bool) -> None:
        """Tell of one connection, unless its story is the one already told."""
        watched.told_at = watched.seen
        watched.silence_told = True
        wrong = watched.ended or watched.first_fin or connection.opening == "unanswered"
        if connection.cause == watched.told or not (wrong or open_too):
            return
        if watched.told:
            self.causes[watched.told] -= 1
        self.causes[connection.cause] += 1
        self.severities[connection.severity] += 1
        self.tell(connection, bool(watched.told))
        watched.told = connection.cause


@contextmanager
def terminated() -> Iterator[None]:
    """Let SIGTERM (timeout(1), systemd, docker stop) end what runs here as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def watch(watch_: Watch, feeder: Feeder, *, everything: bool = False) -> None:
    """Look until the frames end, or Ctrl-C or SIGTERM; then tell the rest."""
    feeder.start()
    try:
        with terminated():
            while not feeder.ended.wait(LOOK):
                with feeder.lock:
                    # Silence is known by the clock, not by the next packet, unless that is waiting to be looked at.
                    if not feeder.is_behind:
                        watch_.analysis.end = max(watch_.analysis.end, time.time_ns())
                    watch_.look()
    except KeyboardInterrupt:
        pass
    feeder.halt()
    with feeder.lock:
        watch_.finish(everything=everything)
    if feeder.error:
        raise feeder.error
