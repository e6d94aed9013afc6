"""What the capture has shown of one end so far: as far as it was seen to send, and what it acknowledged."""

from __future__ import annotations

from tcpexplain.hot.record import Record

FIELDS = (
    ("segments", "i8"),  # seen in the whole connection, ICMP errors and copies aside
    ("plain", "i8"),  # those of them that are neither SYN nor FIN nor RST
    ("fins", "i8"),
    ("data", "i8"),  # segments with payload
    ("known", "i8"),  # 1: ``next`` is set, be it by the peer's acknowledgment
    ("spoken", "i8"),  # 1: a segment of it has been seen or inferred
    ("next", "i8"),  # one past the highest number it was seen to send, or proved to have sent
    ("iss", "i8"),
    ("has_iss", "i8"),
    ("acked", "i8"),  # its highest ACK field
    ("has_acked", "i8"),
    ("dead", "i8"),  # 1: what it sent last it had sent before, and nothing new came after it
    ("dead_from", "i8"),  # the first number of that
    ("last_time", "i8"),  # ns, of its last segment with sequence space
    ("filtered", "i8"),  # 1: only segments with SYN, FIN or RST were captured
    ("time", "i8"),  # ns, of its last segment before the one at hand
    ("opens", "i8"),  # 1: it has sent a SYN without ACK
    ("synced", "i8"),  # 1: its SYN has been answered, as the capture shows it or by inference
)


class Sighting(Record):
    """One end of a connection, as the capture shows it (see ``FIELDS``)."""

    __slots__ = tuple(name for name, _ in FIELDS)
