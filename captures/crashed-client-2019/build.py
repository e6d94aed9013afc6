"""Rebuild capture.pcap packet for packet from what tcpdump printed (tcpdump.txt).

python captures/crashed-client-2019/build.py [OUT.pcap]

tcpdump prints neither MAC addresses, IP identifications and TTLs nor payload: these are invented (the
payload is the 26 bytes of the server's ctime() line).  All else is as printed.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tcpexplain.lab.packets import IPv4Endpoint, ethernet, options, segment
from tcpexplain.lab.pcapfile import MICROSECONDS, write_pcap

HERE = Path(__file__).parent
MIDNIGHT = datetime(2019, 7, 5, tzinfo=UTC)
MAC = {"10.10.121.101": "02:00:00:0a:79:65", "10.10.121.102": "02:00:00:0a:79:66"}
LINE = re.compile(r"(\d+):(\d+):(\d+)\.(\d+) IP (\S+)\.(\d+) > (\S+)\.(\d+): Flags \[(\S+)\], (.*)")


def number(name: str, text: str) -> int | None:
    """The number printed after ``name``; None where there is none."""
    found = re.search(rf"\b{name} (\d+)", text)
    return int(found.group(1)) if found else None


def printed_options(text: str) -> bytes:
    stamps = re.search(r"TS val (\d+) ecr (\d+)", text)
    return options(
        mss=number("mss", text),
        sack_permitted="sackOK" in text,
        timestamps=(int(stamps.group(1)), int(stamps.group(2))) if stamps else None,
        window_scale=number("wscale", text),
    )


def frames(text: str) -> list[tuple[int, bytes]]:
    """(nanoseconds, frame) of every line; numbers printed relative are made absolute with the SYNs before them."""
    built, isn, following = [], {}, {}
    for count, line in enumerate(text.splitlines()):
        hour, minute, second, microsecond, host, port, other, other_port, flags, rest = LINE.match(line).groups()
        sender, receiver = IPv4Endpoint(host, int(port)), IPv4Endpoint(other, int(other_port))
        flags, length = flags.replace(".", "A"), number("length", rest)
        seq, ack = number("seq", rest), number("ack", rest) or 0
        if "S" in flags:
            isn[sender] = seq
        elif "R" not in flags:  # without ACK flag tcpdump prints the number as it stands
            seq = following[sender] if seq is None else isn[sender] + seq
            ack += isn[receiver]
        following[sender] = seq + length + ("S" in flags or "F" in flags)
        since_midnight = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
        moment = MIDNIGHT + since_midnight
        packet = segment(
            sender,
            receiver,
            flags,
            seq=seq,
            ack=ack,
            window=number("win", rest),
            tcp_options=printed_options(rest),
            payload=f"{moment:%a %b %e %H:%M:%S %Y}\r\n".encode() if length else b"",
            identification=0 if flags in ("SA", "R") else 0x5F00 + count,  # Linux numbers neither
        )
        nanoseconds = int(moment.timestamp()) * 10**9 + int(microsecond) * 1000
        built.append((nanoseconds, ethernet(MAC[host], MAC[other], packet)))
    return built


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "capture.pcap"
    write_pcap(target, frames((HERE / "tcpdump.txt").read_text()), magic=MICROSECONDS)
