"""Captures without a TCP packet: what was there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.errors import UNREADABLE, CaptureError
from tcpexplain.units import counted
from tcpexplain.wire import skipped
from tcpexplain.wire.skipped import SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)

CUT = SKIP_REASONS[skipped.CUT]
ENCRYPTED = tuple(SKIP_REASONS[code] for code in (skipped.ESP, skipped.WIREGUARD, skipped.ENCRYPTED))
UNWRAPPED = tuple(SKIP_REASONS[code] for code in (skipped.IP_OTHER, skipped.NOT_IP, skipped.TOO_DEEP))


def no_tcp(names: Sequence[str], analysis: Analysis, filter: str | None, warnings: Sequence[Warning]) -> CaptureError:
    """TE004: what was there instead."""
    found, packets = analysis.skipped.most_common(), analysis.packets
    message, note, help_ = (
        f"no TCP packet in {', '.join(names)}",
        "there are no packets at all",
        "was the filter right?  tcpdump -i any -w out.pcap tcp",
    )
    if packets:
        note = f"{counted(packets, 'packet')}: {', '.join(f'{count:,} {reason}' for reason, count in found)}"
    elif filter:
        message, note, help_ = f"no packet in {', '.join(names)} passes the filter", f"it says: {filter}", ""
    if found and found[0][0] in ENCRYPTED:
        help_ = "capture where it is not encrypted: on the tunnel's own interface (wg0, ipsec0), or inside the host it ends at"
    elif found and found[0][0] in UNWRAPPED:
        help_ = f"if TCP is inside, name what wraps it:  tcpexplain --reader tshark {names[0]}"
    if found and found[0][0] == CUT:
        help_ = "capture more of each packet:  tcpdump -i any -s 128 -w out.pcap tcp"
    said = [
        f"{warning.message}: {warning.note}" for warning in warnings if warning.code in UNREADABLE | {"TE001", "TE003"}
    ]
    return CaptureError(message, code="TE004", note="\n".join([note, *said]), help=help_)
