"""Addresses, ports and community IDs of many connections."""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha1
from typing import TYPE_CHECKING, Any, TypeVar

from tcpexplain.diagnosis.assemble import tunnel
from tcpexplain.hot.columns import listed
from tcpexplain.units import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.hot.array import RecordArray

HASHED = {
    4: (("seed", ">u2"), ("low", ">u4"), ("high", ">u4"), ("protocol", "u1", 2), ("ports", ">u2", 2)),
    6: (("seed", ">u2"), ("low", ">u8", 2), ("high", ">u8", 2), ("protocol", "u1", 2), ("ports", ">u2", 2)),
}
"""What a Community ID version 1 is the SHA-1 of, by version of IP."""
TCP = 6


T = TypeVar("T")


def identity(part: Slice) -> dict[str, Sequence[Any]]:
    """The columns that come from the 4-tuple."""
    keys, swapped = part.keys, part.client.tolist()
    low, high = (list(map(address, keys["version"], keys[f"{end}_hi"], keys[f"{end}_lo"])) for end in ("low", "high"))
    return {
        "tunnel": [tunnel((0, 0, 0, 0, 0, 0, 0, one)) for one in listed(keys["tunnel"])],
        "community_id": community_ids(part.np, part.rows),
        "client_address": unswapped(low, high, swapped),
        "client_port": unswapped(keys["low_port"], keys["high_port"], swapped),
        "server_address": unswapped(high, low, swapped),
        "server_port": unswapped(keys["high_port"], keys["low_port"], swapped),
    }


def unswapped(first: Iterable[T], second: Iterable[T], swapped: Iterable[int]) -> list[T]:
    """The first, or the second where ``swapped`` is 1."""
    return [two if swap else one for one, two, swap in zip(first, second, swapped, strict=True)]


def community_ids(np: ModuleType, rows: RecordArray) -> list[str]:
    """``tracking.table.community_id`` of each."""
    found, rows = np.empty(len(rows), object), in_order(rows)
    for version in (4, 6):
        places = np.flatnonzero(rows["version"] == version)
        data = hashed(np, rows[places], version)
        size = len(data) // max(len(places), 1)
        for at, place in enumerate(places.tolist()):
            digest = sha1(data[at * size : (at + 1) * size], usedforsecurity=False).digest()
            found[place] = "1:" + b2a_base64(digest, newline=False).decode()
    return list(found)


def in_order(rows: RecordArray) -> Any:
    """The rows with the lower endpoint first; under other names it may be the higher one."""
    words = [[rows[f"{end}_{part}"].view("u8") for part in ("hi", "lo", "port")] for end in ("low", "high")]
    (low_hi, low_lo, low_port), (high_hi, high_lo, high_port) = words
    same = low_hi == high_hi
    turned = (low_hi > high_hi) | (same & (low_lo > high_lo)) | (same & (low_lo == high_lo) & (low_port > high_port))
    if not turned.any():
        return rows
    found = rows.copy()
    for part in ("hi", "lo", "port"):
        found[f"low_{part}"][turned], found[f"high_{part}"][turned] = (
            rows[f"high_{part}"][turned],
            rows[f"low_{part}"][turned],
        )
    return found


def hashed(np: ModuleType, rows: RecordArray, version: int) -> bytes:
    """The bytes that are hashed, of one connection after the other."""
    data = np.zeros(len(rows), np.dtype(list(HASHED[version])))
    data["protocol"][:, 0] = TCP
    for side, end in enumerate(("low", "high")):
        data["ports"][:, side] = rows[f"{end}_port"]
        if version == 4:
            data[end] = rows[f"{end}_lo"] & 0xFFFFFFFF
        else:
            for word, half in enumerate(("hi", "lo")):
                data[end][:, word] = rows[f"{end}_{half}"].view(np.uint64)
    return bytes(data.tobytes())
