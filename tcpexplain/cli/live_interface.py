"""A capture on an interface, told in lines until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tcpexplain.cli.kernel import beside, packets_beside
from tcpexplain.cli.live import watch_lines
from tcpexplain.cli.privileges import give_up, invoker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcpexplain.cli.options import Options
    from tcpexplain.pseudonyms.names import Pseudonyms


def watch_interface(options: Options, names: Pseudonyms | None = None) -> int:
    """Capture live until Ctrl-C or ``-c`` packets; the exit status.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, TE012 if the filter does not parse.
    """
    from tcpexplain.readers import open_live
    from tcpexplain.wire.capture_thread import Limits

    stop = threading.Event()
    save = options.save
    with rotating(options.save) as rotate, beside(options) as kernel:
        if kernel and kernel.journal and options.save:
            save = packets_beside(options.save)
        limits = Limits(options.count or 0, None, stop.is_set, rotate)
        opened = open_live(
            str(options.interface), expression=" ".join(options.captures), limits=limits, save=save,
            snap_length=options.snap_length or 0, owner=invoker(),
        )  # fmt: skip
        opened.begin()
        if kernel is None:
            # Whoever watches the kernel reads what belongs to root until the end.
            give_up()
        note = f"listening on {options.interface}, Ctrl-C for the summary"
        return watch_lines(opened, options, note=note, stop=stop, kernel=kernel, names=names)


@contextmanager
def rotating(save: str | None) -> Iterator[Callable[[], bool] | None]:
    """Whether SIGHUP has come since it was asked last, as logrotate sends it: then ``save`` is begun anew. Without -w, or on Windows, None."""
    if not save or not hasattr(signal, "SIGHUP"):
        yield None
        return
    come = threading.Event()

    def asked_to() -> bool:
        wanted = come.is_set()
        come.clear()
        return wanted

    before = signal.signal(signal.SIGHUP, lambda *_: come.set())
    try:
        yield asked_to
    finally:
        signal.signal(signal.SIGHUP, before)
