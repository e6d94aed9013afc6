"""What tcpdump prints, in all its manners: -v, -e, -S, -x and -X (whose bytes hold the packets), any form of time, names for numbers, versions 3 and 4."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import CaptureError
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.ip_header import from_ip_on, length_of
from tcpexplain.wire.notation import FLAGS
from tcpexplain.wire.packets import SocketAddress
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed import Printed, options_of, pair
from tcpexplain.wire.printed_frames import batches
from tcpexplain.wire.printed_numbers import Numbers, settled
from tcpexplain.wire.segment import ACK
from tcpexplain.wire.tcpdump_times import set_times
from tcpexplain.wire.tcpdump_words import icmp_of, service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address, IPv6Address

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()
"""None: text is known by its lines."""

LETTERS = {
    "S": FLAGS["SYN"],
    "F": FLAGS["FIN"],
    "R": FLAGS["RST"],
    "P": FLAGS["PSH"],
    ".": ACK,
    "U": FLAGS["URG"],
    "E": FLAGS["ECE"],
    "W": FLAGS["CWR"],
}
IP = ("IP", "ip", "ethertype")

_TIME = r"(?P<date>\d{4}-\d\d-\d\d )?(?:(?P<clock>\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?)|(?P<epoch>\d{9,10}\.\d{1,9}))\s+"
_ENDS = r"(?P<src>\S+) > (?P<dst>\S+?): "
_HEAD = re.compile(
    rf"^(?P<margin>\s*(?:\d+  )?)(?:{_TIME})?(?P<link>.*?)(?P<kind>\bIP6?\b|\bip6?:|ethertype IPv[46][^:]*:|\bARP\b[, ]|\bARP,|\bIPX\b|\b802\.1\w*\b|\bLLDP\b|\bSTP\b)\s*(?P<rest>.*)$"
)
_SAYS_ENDS = re.compile(rf"^\s*{_ENDS}(?P<rest>.*)$")
_IN_PARENTHESES = re.compile(r"^\((?P<header>(?:[^()]|\([^()]*\))*)\)\s*(?P<rest>.*)$")
_MODERN = re.compile(r"^Flags \[(?P<flags>[^\]]*)\](?P<rest>.*)$")
_OLD = re.compile(
    r"^(?P<flags>[SFRPWE.]+)(?: \[[^\]]*\])?,? (?:(?P<first>\d+):(?P<last>\d+)\((?P<length>\d+)\) ?)?(?P<rest>.*)$"
)
_SEQ = re.compile(r"\bseq (\d+)(?::(\d+))?")
_ACKED = re.compile(r"\back (\d+)")
_WINDOW = re.compile(r"\bwin(?:dow)? (\d+)")
_LENGTH = re.compile(r"\blength (\d+)")
_OPTIONS = re.compile(r"options \[(.*?)\](?:,|$)|<([^>]*)>")
_HEX = re.compile(r"^\s+0x(?P<offset>[0-9a-f]{4,}):\s+(?P<bytes>(?:[0-9a-f]{2,4} ?)+)(?:\s{2,}.*)?$")
_ICMP = re.compile(r"^ICMP6?,? (?P<what>.*)$")


def knows(text: str) -> bool:
    """Whether this is the beginning of what tcpdump printed."""
    return any(_packet_begins(row) for row in lines(text))


def _packet_begins(row: str) -> bool:
    """Whether a line tells of a TCP segment."""
    return bool(
        re.search(r" > \S+: (?:Flags \[[SFRPUEW.none]*\]|[SFRP.]{1,4} (?:\d+:\d+\(\d+\)|ack \d+)|tcp \d+$)", row)
    )


def _quiet(rows: list[str]) -> bool:
    """Whether it was printed with -q."""
    return any(re.search(r" > \S+: tcp \d+$", row) for row in rows)


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read printed packets.

    Raises
    ------
    CaptureError
        TE017 if the packets were printed with -q, without flags and numbers.
    """
    yield from batches(parsed(lines(decoded(source.read())), about.name), "tcpdump", about, columns)


def parsed(rows: list[str], name: str) -> list[Printed]:
    """All packets of the text, numbers and times absolute."""
    if _quiet(rows) and not any("Flags [" in row for row in rows):
        raise CaptureError(
            f"{name} was printed with -q",
            file=name,
            code="TE017",
            note="it has neither flags nor sequence numbers, from which everything follows",
            help="print it again without -q, or save packets:  tcpdump -i any -w out.pcap tcp",
        )
    reading = _Reading()
    for row in rows:
        reading.take(row)
    reading.end()
    set_times(reading.packets, reading.stamps)
    without = {id(one) for one in reading.without_seq}
    numbers = Numbers()
    return settled(
        reading.packets,
        lambda one: (
            numbers.settle(one, has_seq=id(one) not in without) if one.icmp is None and one.protocol == 6 else None
        ),
    )


class _Reading:
    """The packets of the text as they come, line by line."""

    def __init__(self) -> None:
        self.packets: list[Printed] = []
        self.stamps: list[tuple[str, str, str]] = []
        """Of each packet the date, the clock and the seconds since 1970, as printed."""
        self.without_seq: list[Printed] = []
        self.names = HostNames()
        self.now: Printed | None = None
        self.bytes = bytearray()
        self.six = False
        self.waiting = False
        """Whether the ends of the packet stand on the next line (-v)."""
        self.quoting = False
        """Whether the next lines are the packet that an ICMP error quotes (-v)."""
        self.last: dict[tuple[str, str], Printed] = {}

    def take(self, row: str) -> None:
        """One line."""
        if self.quoting and re.match(r"^\s+IP6? \(", row):
            return
        if self.quoting and (said := _SAYS_ENDS.match(row)):
            self.quoting = False
            self._quoted(said)
            return
        if dump := _HEX.match(row):
            self._hex(dump)
            return
        if self.waiting and (said := _SAYS_ENDS.match(row)):
            self.waiting = False
            self._ends(said)
            return
        head = _HEAD.match(row)
        if head and (head["clock"] or head["epoch"] or (head["kind"].startswith(IP) and _begins(head))):
            self.end()
            self._begin(head)
        elif not head and (said := re.match(rf"^\s*(?:{_TIME}){_ENDS}(?P<rest>.*)$", row)):
            # Versions before 4 print no "IP".
            self.end()
            self._open(said["date"], said["clock"], said["epoch"], "IP")
            self._ends(said)

    def _begin(self, head: re.Match[str]) -> None:
        """A packet's first line."""
        self._open(head["date"], head["clock"], head["epoch"], head["kind"])
        if self.now is None or not head["kind"].startswith(IP) or head["kind"] == "IPX":
            return
        rest = head["rest"].removeprefix(": ")
        header = _IN_PARENTHESES.match(rest)
        if header:
            self._header(header["header"])
            rest = header["rest"]
        if said := _SAYS_ENDS.match(rest):
            self._ends(said)
        else:
            self.waiting = True

    def _open(self, date: str | None, clock: str | None, epoch: str | None, kind: str) -> None:
        self.now = Printed()
        self.six = "6" in kind
        self.packets.append(self.now)
        self.stamps.append((date or "", clock or "", epoch or ""))
        self.waiting = self.quoting = False

    def _header(self, said: str) -> None:
        """What -v says of the IP header."""
        if self.now is None:
            return
        for field, pattern in (("ttl", r"\b(?:ttl|hlim) (\d+)"), ("ip_id", r"\bid (\d+)")):
            if found := re.search(pattern, said):
                setattr(self.now, field, int(found[1]))

    def _ends(self, said: re.Match[str]) -> None:
        """The ends, and what they say to each other."""
        one, rest = self.now, said["rest"]
        if one is None:
            return
        if _ICMP.match(rest):
            self._icmp(one, said["src"], said["dst"], rest)
            return
        one.sender, one.receiver = self._end(said["src"]), self._end(said["dst"])
        modern, old = _MODERN.match(rest), _OLD.match(rest)
        if modern:
            self._segment(one, modern["flags"], modern["rest"])
        elif old and (old["first"] or _ACKED.search(old["rest"]) or _WINDOW.search(old["rest"])):
            self._old(one, old)
        else:
            one.protocol, found = 17, _LENGTH.search(rest)
            one.length = int(found[1]) if found else 0
        if between := pair(one):
            self.last[str(between[0].address), str(between[1].address)] = one

    def _segment(self, one: Printed, flags: str, rest: str) -> None:
        """A segment as versions from 4 print it."""
        one.flags = sum({LETTERS[letter] for letter in flags if letter in LETTERS}) if flags != "none" else 0
        number, acked, window, options = (
            _SEQ.search(rest),
            _ACKED.search(rest),
            _WINDOW.search(rest),
            _OPTIONS.search(rest),
        )
        one.seq = int(number[1]) if number else 0
        one.ack = int(acked[1]) if acked else 0
        one.flags |= ACK if acked else 0
        one.window = int(window[1]) if window else None
        one.options = options_of(options[1] or options[2] or "") if options else b""
        lengths = _LENGTH.search(
            rest.partition("options [")[0] if not options else rest[options.end() :]
        ) or _LENGTH.search(rest)
        if lengths:
            one.length = int(lengths[1])
        elif number and number[2]:
            one.length = int(number[2]) - int(number[1])
        if not number:
            self.without_seq.append(one)

    def _old(self, one: Printed, old: re.Match[str]) -> None:
        """A segment as versions before 4 print it: ``P 1:251(250) ack 1 win 502``."""
        rest = old["rest"]
        self._segment(one, old["flags"], rest)
        if old["first"]:
            one.seq, one.length = int(old["first"]), int(old["length"])
            if self.without_seq and self.without_seq[-1] is one:
                self.without_seq.pop()

    def _icmp(self, one: Printed, src: str, dst: str, rest: str) -> None:
        """An ICMP error: the segment that it is about is the last one of its receiver to the host it names."""
        one.sender, one.receiver = SocketAddress(self._address(src), 0), SocketAddress(self._address(dst), 0)
        one.protocol = 58 if self.six else 1
        one.icmp = icmp_of(rest)
        about = re.search(r"(?:ICMP6?,?|unreachable,?) (?:host |net )?(\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+)", rest)
        target = str(self._address(about[1])) if about else str(one.sender.address)
        ends = sorted((str(one.receiver.address), target))
        quoted = self.last.get((ends[0], ends[1]))
        if one.icmp and quoted and quoted.sender and str(quoted.sender.address) == str(one.receiver.address):
            one.quoted = quoted
        self.quoting = one.icmp is not None

    def _quoted(self, said: re.Match[str]) -> None:
        """The segment that an ICMP error quotes: which conversation it is of; its numbers are those of the last one."""
        if self.now is None:
            return
        sender, receiver = self._end(said["src"]), self._end(said["dst"])
        known = [
            one
            for one in reversed(self.packets[:-1])
            if one.sender == sender and one.receiver == receiver and one.icmp is None
        ]
        number = _SEQ.search(said["rest"])
        exact = next((one for one in known if number and one.seq == int(number[1])), None)
        if exact or known:
            self.now.quoted = exact or known[0]

    def _address(self, host: str) -> IPv4Address | IPv6Address:
        return self.names.address(host.rstrip(","), six=self.six)

    def _end(self, said: str) -> SocketAddress:
        """``192.0.2.1.80``, ``host.example.http``."""
        host, _, port = said.rpartition(".")
        if not host or ":" in port:
            host, port = said, "0"
        return SocketAddress(self._address(host), service(port))

    def _hex(self, dump: re.Match[str]) -> None:
        """A line of -x, -xx, -X or -XX."""
        if int(dump["offset"], 16) == 0:
            self.bytes.clear()
        digits = dump["bytes"].replace(" ", "")
        self.bytes += bytes.fromhex(digits[: len(digits) // 2 * 2])

    def end(self) -> None:
        """The packet's last line has come."""
        if self.now is not None and self.bytes and (data := from_ip_on(bytes(self.bytes))):
            self.now.raw, self.now.wire = data[: length_of(data)], length_of(data)
        self.bytes.clear()


def _begins(head: re.Match[str]) -> bool:
    """Whether a line without a time (-t) is a packet's first: its link part is empty, or an interface's, or a link header."""
    link = head["link"].strip()
    return bool(
        (" > " in head["rest"] or head["rest"].startswith("("))
        and (
            not link
            or re.fullmatch(
                r"[\w.@-]+\s+(?:In|Out|B|M|P)|(?:In|Out|B|M|P)\b.*|[0-9a-f:]{17} .*,|[0-9a-f:]{17} .*", link
            )
        )
    )
