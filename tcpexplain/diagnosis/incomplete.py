"""What ``--decode`` adds to verdicts: a message that tshark waited for in vain, where our own readers do not know the protocol.

tshark puts messages together from several segments. A segment that it kept for one, and that no later packet completed, is the
beginning of a message without its end. tshark guesses protocols by ports, so what follows is likely at most.
"""

from __future__ import annotations

import subprocess
from dataclasses import fields
from typing import TYPE_CHECKING

from tcpexplain.analysis.shapes import DISSECTED
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.evidence.places import numbers
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.model.unread import NOT_ASKED, UNKNOWN_PROTOCOL, UNREAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

UNHEARD = (UNREAD[UNKNOWN_PROTOCOL], UNREAD[NOT_ASKED])


def note_incomplete(
    capture: Capture, path: str, connections: Sequence[Connection], decode_as: Mapping[str, str]
) -> None:
    """Change the verdict of connections of one file that the server closed in the middle of what tshark takes for a message.

    It is in their facts then: groups, counts and every report tell the same.
    """
    held = capture.held
    last = {last_answer(one): one for one in connections if may_be_cut(one)}
    if not last or not isinstance(held, Explained):
        return
    for packet in incomplete(path, sorted(last), decode_as):
        one = last[packet]
        told = held.learn(one.stream, {"shape": DISSECTED, "shape_by": 1})
        for field in fields(told):
            setattr(one, field.name, getattr(told, field.name))
        capture.known_groups = ()


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
