"""A capture that comes with the package: a client that crashed, and a server that wrote to it 20 s later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.model.capture import changed
from tcpexplain.reading.read import read

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture

DEMO = Path(__file__).with_name("demo.pcap")


def demo(**options: Any) -> Capture:
    """Read and explain the capture that comes with the package; ``options`` are those of `read`.

    >>> import tcpexplain as tx
    >>> tx.demo()[0].finding.sees
    'server write → EPIPE + SIGPIPE'
    """
    found = read(DEMO, **options)
    # So that the commands which reports propose can be typed.
    return changed(found, found.held, files=(DEMO.name,), given=("--demo",))
