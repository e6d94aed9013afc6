"""The packet list of tshark and Wireshark: its default lines, tabs, CSV, what "copy as plain text" gives; with ``-x`` the bytes below each line.

A line of a protocol above TCP (``HTTP 240 GET / HTTP/1.1``) says how long the frame was, not its ports, numbers and flags: they are those that
the connection of these two addresses goes on with.
"""

from __future__ import annotations

import csv
import itertools
import re
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire.dissected import nanoseconds
from tcpexplain.wire.hexdump import Dump
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.ip_header import from_ip_on, length_of
from tcpexplain.wire.notation import FLAGS
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed import Printed, endpoint
from tcpexplain.wire.printed_frames import batches
from tcpexplain.wire.segment import ACK, FIN, PSH, SYN
from tcpexplain.wire.tcpdump_words import service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance
    from tcpexplain.wire.packets import SocketAddress

SIGNATURES: tuple[bytes, ...] = ()

_TIME = r"(?P<time>\d+\.\d+|(?:\d{4}-\d\d-\d\d[ T])?\d{1,2}:\d\d:\d\d(?:\.\d+)?|\w{3} +\d+, \d{4} \d\d:\d\d:\d\d(?:\.\d+)?(?: \w+)?)"
_ROW = re.compile(
    rf"^\s*(?:(?P<number>\d+)\s+)?{_TIME}\s+(?P<src>\S+)\s+(?:(?:→|->|>|\u2192)\s+)?(?P<dst>\S+)\s+(?P<protocol>[A-Za-z][\w./-]*)\s+(?P<length>\d+)\s+(?P<info>\S.*)$"
)
_SEGMENT = re.compile(
    r"(?:^|\] ?)(?P<src>[\w.-]+(?:\(\d+\))?) ?(?:→|->|>) ?(?P<dst>[\w.-]+(?:\(\d+\))?) \[(?P<flags>[A-Z, <>Non]+)\](?P<rest>.*)$"
)
_PORTS = re.compile(r"(?:→|->|>)")
_VALUES = re.compile(r"\b(Seq|Ack|Win|Len|MSS|WS|TSval|TSecr|SLE|SRE)=(\d+)")
ERRORS = {
    "host administratively prohibited": (3, 10), "network administratively prohibited": (3, 9), "communication administratively filtered": (3, 13), "host unreachable": (3, 1), "port unreachable": (3, 3),
    "network unreachable": (3, 0), "fragmentation needed": (3, 4), "protocol unreachable": (3, 2), "time-to-live exceeded in transit": (11, 0), "time to live exceeded in transit": (11, 0),
}  # fmt: skip
HEADERS = 66
"""Ethernet, IPv4 and TCP with timestamps, where no frame of the connection has said more."""


def knows(text: str) -> bool:
    """Whether this is the beginning of a packet list."""
    return any((row := columns_of(line)) and _SEGMENT.search(row["info"]) for line in lines(text))


def columns_of(line: str) -> dict[str, str] | None:
    """The columns of a line: padded, separated by tabs, or CSV."""
    if line.startswith('"'):
        parts = next(csv.reader([line]))
    elif "\t" in line:
        parts = [part.strip() for part in line.split("\t") if part.strip() not in ("→", "->", ">", "")]
    else:
        found = _ROW.match(line)
        return found.groupdict("") if found else None
    if len(parts) == 6 and re.fullmatch(_TIME, parts[0]):
        parts = ["", *parts]
    if len(parts) < 7 or not parts[5].isdecimal() or not re.fullmatch(_TIME, parts[1].strip()):
        return None
    return dict(zip(("number", "time", "src", "dst", "protocol", "length", "info"), parts[:7], strict=True))


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read a packet list."""
    yield from batches(parsed(lines(decoded(source.read()))), "tshark-list", about, columns)


def parsed(rows: list[str]) -> list[Printed]:
    """A packet for each line."""
    listed = [(row, columns_of(row)) for row in rows]
    reading, dump = _Listed([said for _, said in listed if said]), Dump()
    for row, said in listed:
        if said is None:
            dump.take(row)
            continue
        reading.bytes(dump)
        reading.take(said)
    reading.bytes(dump)
    return reading.packets


def differences(rows: list[dict[str, str]]) -> bool:
    """Whether the times are those since the line before: they begin with 0 and go back again and again."""
    times = [float(row["time"]) for row in rows if re.fullmatch(r"\d+\.\d+", row["time"].strip())]
    back = sum(later < earlier for earlier, later in itertools.pairwise(times))
    return len(times) == len(rows) and times[:1] == [0.0] and back * 5 > len(times)


AHEAD = 30
"""Lines within which the other end acknowledges what it got."""


class _Listed:
    """What was listed up to now."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.rows = rows
        self.differences = differences(rows)
        self.sum = 0
        self.packets: list[Printed] = []
        self.names = HostNames()
        self.scale: dict[tuple[SocketAddress, SocketAddress], int] = {}
        self.last: dict[frozenset[str], Printed] = {}
        """The last segment between two addresses."""
        self.headers: dict[tuple[SocketAddress, SocketAddress], int] = {}
        self.next: dict[tuple[SocketAddress, SocketAddress], int] = {}
        self.day, self.before = 0, -1

    def bytes(self, dump: Dump) -> None:
        """The dump below a line."""
        if dump.data and self.packets and (data := from_ip_on(bytes(dump.data))):
            self.packets[-1].raw, self.packets[-1].wire = data, length_of(data)
        dump.clear()

    def take(self, said: dict[str, str]) -> None:
        """One line."""
        one = Printed(time=self._time(said["time"]), wire=int(said["length"]))
        self.packets.append(one)
        found = _SEGMENT.search(said["info"])
        try:
            if found:
                self._segment(one, said, found)
            elif said["protocol"].startswith("ICMP"):
                self._error(one, said)
            else:
                self._above(one, said)
        except ValueError:
            one.sender = one.receiver = None
            return
        self._remember(one, said)

    def _time(self, text: str) -> int:
        """Seconds since the first frame, or a time of the day, or a date."""
        found = time_in(text)
        now = 0 if found is None else found
        if self.differences:
            self.sum += now
            return self.sum
        if re.match(r"\d{1,2}:", text):
            if self.before > now + 43_200 * 10**9:
                self.day += 1
            self.before = now
            now += self.day * 86_400 * 10**9
        return now

    def _segment(self, one: Printed, said: dict[str, str], found: re.Match[str]) -> None:
        """A line of TCP's own."""
        values: dict[str, int] = {}
        for name, value in _VALUES.findall(found["rest"]):
            values.setdefault(name, int(value))
        six = ":" in said["src"]
        one.sender = endpoint(str(self.names.address(said["src"], six=six)), port_of(found["src"]))
        one.receiver = endpoint(str(self.names.address(said["dst"], six=six)), port_of(found["dst"]))
        one.flags = sum({FLAGS[word.strip()] for word in found["flags"].split(",") if word.strip() in FLAGS})
        one.seq, one.ack, one.length = values.get("Seq", -1), values.get("Ack", 0), values.get("Len", 0)
        way = (one.sender, one.receiver)
        if one.flags & SYN:
            shift = max(values.get("WS", 1).bit_length() - 1, 0)
            self.scale[way] = shift if "WS" in values else 0
        if "Win" in values:
            scaled = not one.flags & SYN and self.scale.get(way[::-1], 0) + self.scale.get(way, 0) > 0
            one.window = min(values["Win"] >> (self.scale.get(way, 0) if scaled else 0), 0xFFFF)
        one.options = _options(values, "SACK_PERM" in found["rest"])

    def _above(self, one: Printed, said: dict[str, str]) -> None:
        """A line of a protocol above TCP: the connection of these addresses goes on."""
        last = self.last.get(frozenset((said["src"], said["dst"])))
        if (
            said["protocol"].upper() in ("ARP", "DNS", "UDP", "QUIC", "MDNS", "DHCP", "NTP", "SSDP", "LLMNR", "STP")
            or last is None
            or last.sender is None
            or last.receiver is None
        ):
            return
        way = self._acknowledged(said) or self._going_on(said, last)
        one.sender, one.receiver = way
        one.flags, one.seq = ACK | PSH, self.next.get(way, 1)
        one.ack = self.next.get(way[::-1], last.ack)
        one.length = self._length(said, way)

    def _length(self, said: dict[str, str], way: tuple[SocketAddress, SocketAddress]) -> int:
        """Bytes of payload of a frame of a connection."""
        return max(int(said["length"]) - self.headers.get(way, self.headers.get(way[::-1], HEADERS)), 1)

    def _acknowledged(self, said: dict[str, str]) -> tuple[SocketAddress, SocketAddress] | None:
        """The connection on which a later line acknowledges just these bytes; None if that is none, or several."""
        source, target = (str(self.names.address(said[end], six=":" in said[end])) for end in ("src", "dst"))
        ways = [way for way in self.next if (str(way[0].address), str(way[1].address)) == (source, target)]
        ahead = self.rows[len(self.packets) : len(self.packets) + AHEAD]
        acked = {
            (port_of(found["src"]), port_of(found["dst"]), int(dict(_VALUES.findall(found["rest"])).get("Ack", "0")))
            for row in ahead
            if (found := _SEGMENT.search(row["info"]))
        }
        fitting = [way for way in ways if (way[1].port, way[0].port, self.next[way] + self._length(said, way)) in acked]
        return fitting[0] if len(fitting) == 1 else None

    def _going_on(self, said: dict[str, str], last: Printed) -> tuple[SocketAddress, SocketAddress]:
        """The way of the last segment between these addresses, or back."""
        assert last.sender is not None and last.receiver is not None  # noqa: S101, PT018 (the caller has looked)
        source = str(self.names.address(said["src"], six=":" in said["src"]))
        same = str(last.sender.address) == str(last.receiver.address)
        if (same and self._answers(said["info"], last)) or (not same and str(last.sender.address) != source):
            return last.receiver, last.sender
        return last.sender, last.receiver

    def _answers(self, info: str, last: Printed) -> bool:
        """Which end of a connection of one address with itself speaks: the server if it is an answer, by its words or its port."""
        if last.sender is None or last.receiver is None:
            return False
        answer = bool(re.match(r"HTTP/\d|Response|SERVER|\d{3} |Server Hello|Reply|<", info))
        from_server = last.sender.port < last.receiver.port
        return answer != from_server

    def _error(self, one: Printed, said: dict[str, str]) -> None:
        """An ICMP error, about the last segment of its receiver."""
        words = said["info"].lower()
        one.icmp = next((numbers for text, numbers in ERRORS.items() if text in words), None)
        one.protocol = 1
        one.sender = endpoint(str(self.names.address(said["src"])), 0)
        one.receiver = endpoint(str(self.names.address(said["dst"])), 0)
        sent = (
            two
            for two in reversed(self.packets[:-1])
            if two.sender and two.icmp is None and two.sender.address == one.receiver.address
        )
        one.quoted = next(sent, None)

    def _remember(self, one: Printed, said: dict[str, str]) -> None:
        """Where the connection is now."""
        if one.sender is None or one.receiver is None or one.icmp is not None or one.protocol != 6:
            return
        way = (one.sender, one.receiver)
        self.last[frozenset((said["src"], said["dst"]))] = one
        if not one.flags & SYN:
            self.headers[way] = max(int(said["length"]) - one.length, 40)
        if one.flags & FLAGS["RST"]:
            return
        after = max(one.seq, 0) + one.length + bool(one.flags & SYN) + bool(one.flags & FIN)
        self.next[way] = max(self.next.get(way, 0), after) if not one.flags & SYN else after


def _options(values: dict[str, int], permitted: bool) -> bytes:
    """The options of a line: their order is not printed, so it is none that any system has."""
    from struct import pack

    found = b""
    if "MSS" in values:
        found += pack(">BBH", 2, 4, values["MSS"] & 0xFFFF)
    if "WS" in values:
        found += pack(">BBB", 3, 3, max(values["WS"].bit_length() - 1, 0))
    if permitted:
        found += b"\x04\x02"
    if "TSval" in values:
        found += pack(">BBII", 8, 10, values["TSval"] & 0xFFFFFFFF, values.get("TSecr", 0) & 0xFFFFFFFF)
    if "SLE" in values and "SRE" in values:
        found += pack(">BBII", 5, 10, values["SLE"] & 0xFFFFFFFF, values["SRE"] & 0xFFFFFFFF)
    return found


def port_of(text: str) -> int:
    """``443``, ``https(443)``, ``https``."""
    found = re.search(r"\((\d+)\)", text)
    return int(found[1]) if found else service(text)


def time_in(text: str) -> int | None:
    """The first time in a text: nanoseconds since 1970, of a day, or since the first frame; None if there is none."""
    if found := re.search(r"(\d{4}-\d\d-\d\d)[ T](\d{1,2}:\d\d:\d\d)(?:\.(\d+))?", text):
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        return int(moment.timestamp()) * 10**9 + int(f"{found[3] or '0':0<9}"[:9])
    if found := re.search(r"(?<![\d.])(\d{1,2}):(\d\d):(\d\d)(?:\.(\d+))?", text):
        return (int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])) * 10**9 + int(f"{found[4] or '0':0<9}"[:9])
    if found := re.search(r"(?<![\d.:])(\d+\.\d+)(?![\d.])", text):
        return nanoseconds(found[1])
    return None
