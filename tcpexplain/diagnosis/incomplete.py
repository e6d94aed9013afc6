"""What ``--decode`` adds to verdicts: a message that tshark waited for in vain, where our own readers do not know the protocol.

tshark puts messages together from several segments. A segment that it kept for one, and that no later packet completed, is the
beginning of a message without its end. tshark guesses protocols by ports, so what follows is likely at most.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.evidence.places import numbers
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.model.unread import NOT_ASKED, UNKNOWN_PROTOCOL, UNREAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcpexplain.model.connection import Connection

UNHEARD = (UNREAD[UNKNOWN_PROTOCOL], UNREAD[NOT_ASKED])
CUT = "answer-cut-short"


def note_incomplete(path: str, connections: Sequence[Connection], decode_as: Mapping[str, str]) -> None:
    """Change the verdict of connections of one file that the server closed in the middle of what tshark takes for a message."""
    last = {last_answer(one): one for one in connections if may_be_cut(one)}
    for packet in incomplete(path, sorted(last), decode_as) if last else ():
        one = last[packet]
        before = one.finding
        one.finding = replace(
            before, code=CUT, severity="failed", certainty="likely",
            title="the server closed in the middle of what tshark takes for a message",
            sees="client read → 0",
            why=f"{before.why} Packet {packet} is the server's last data; tshark keeps it for a message that no later packet ends.",
            lost="the rest of the answer; how much that is, nothing tells.",
            do="Look at the server's log at the time of its FIN: a crash, the OOM killer, a timeout while it answered.",
            sure=f"tshark's reading of the protocol, which it guesses from the port unless --decode-as names it. {before.sure}",
            alternatives=(before.code,), undecided=False,
        )  # fmt: skip


def may_be_cut(one: Connection) -> bool:
    """Whether the server closed first, in order, and nobody has followed its messages."""
    return (
        one.cause == "clean"
        and one.closed_first == "server"
        and one.messages_unread in UNHEARD
        and last_answer(one) > 0
    )


def last_answer(one: Connection) -> int:
    """The number of the packet with the server's last data; 0 if it sent none."""
    found = numbers(packet_numbers(one.facts.server.last_data_packet))
    return found[0] if found else 0


def incomplete(path: str, packets: Sequence[int], decode_as: Mapping[str, str]) -> list[int]:
    """Which of some packets of a file tshark keeps for a message without an end."""
    rules = [word for ports, protocol in decode_as.items() for word in ("-d", f"{ports},{protocol}")]
    some = " || ".join(f"frame.number == {packet}" for packet in packets)
    only = f"({some}) && tcp.segment_data && !tcp.reassembled_in"
    command = ["tshark", "-n", "-2", "-r", path, *rules, "-Y", only, "-T", "fields", "-e", "frame.number"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(word) for word in said.split() if word.isdigit()]
