"""``--kernel``: watch this kernel beside a live capture, where that can be done, and keep its account with the packets."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.files import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.cli.options import Options
    from tcpexplain.kernel.watching import KernelWatch


@contextmanager
def beside(options: Options) -> Iterator[KernelWatch | None]:
    """The kernel watched while the block lasts; None if nobody asks for it, or if it cannot be, which is said."""
    if not options.kernel:
        yield None
        return
    from tcpexplain.kernel.journal import Journal
    from tcpexplain.kernel.tracefs import unavailable
    from tcpexplain.kernel.watching import KernelWatch

    why = unavailable()
    if why:
        print(f"tcpexplain: {why}; going on without --kernel", file=sys.stderr)
        yield None
        return
    with KernelWatch(Journal() if keeps(options.save) else None) as watched:
        yield watched


def keeps(save: str | None) -> bool:
    """Whether the file that is saved can hold what the kernel did."""
    return bool(save) and str(save).lower().endswith(".pcapng")


def counts_of(kernel: KernelWatch | None) -> tuple[int, int] | None:
    """Connections that were compared, and those as predicted."""
    return None if kernel is None else (kernel.compared, kernel.as_predicted)


def packets_beside(save: str) -> str:
    """Where the packets are until the kernel's account is put before them."""
    return str(Path(save).with_name(f".{Path(save).name}.pcap"))


def keep(kernel: KernelWatch, analysis: Analysis, save: str) -> None:
    """Write the file: the kernel's account of the connections in it, and the packets."""
    from tcpexplain.diagnosis.assemble import endpoints
    from tcpexplain.wireshark.recorded import write_recorded

    packets = Path(packets_beside(save))
    ends = {frozenset(endpoints(analysis.key(stream))) for stream in range(analysis.streams)}
    comments = kernel.journal.comments(kernel.account, ends) if kernel.journal else iter(())
    with replaced(Path(save)) as target:
        write_recorded(packets, target, comments)
    packets.unlink()
