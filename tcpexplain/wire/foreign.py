"""Files of other kinds, by their first bytes: no reader here knows them, and a message can say what they are."""

from __future__ import annotations

CAPTURES = (
    (b"TRSNIFF data", "Sniffer (DOS)"),
    (b"XCP\0", "NetXray or Sniffer (Windows)"),
    (b"ObserverPktBuffe", "Observer"),
    (b"\x05VNF", "Visual Networks"),
    (b"TR\0d\0", "HP-UX nettl"),
    (b"\x01\x10\x4c\0\x01\x05", "Novell LANalyzer"),
    (b"\xaa\xaa\xaa\xaa\x20\0", "InfoVista 5View"),
    (b"+---------+-----", "Tektronix K12, exported as text"),
    (b"\0\0\x02\0\x12\x05\0\x10", "Tektronix K12"),
    (b"btsnoop\0", "Bluetooth (btsnoop)"),
    (b"\x7fver", "EtherPeek or OmniPeek"),
    (b"EyeSDN", "EyeSDN"),
    (b"Session Transcri", "Catapult DCT2000"),
    (b"LOGG", "Vector (BLF)"),
)
"""First bytes of captures that tshark reads, and whose they are."""

OTHERS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "compressed with bzip2"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"MDMP", "a Windows memory dump"),
)
"""First bytes of files that are no captures, and what they are."""


def whose_capture(first: bytes) -> str:
    """Whose capture begins with ``first``; empty if that is not known."""
    return _named(first, CAPTURES)


def what_else(first: bytes) -> str:
    """What a file that begins with ``first`` is, if it is no capture; empty if that is not known."""
    return _named(first, OTHERS)


def _named(first: bytes, table: tuple[tuple[bytes, str], ...]) -> str:
    return next((name for signature, name in table if first.startswith(signature)), "")
