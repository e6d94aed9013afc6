"""Addresses and community IDs of many connections are those of each."""

from __future__ import annotations

import numpy as np

from tcpexplain.diagnosis.assemble import endpoints, packed
from tcpexplain.hot.record import dtype
from tcpexplain.tables.identity import community_ids
from tcpexplain.tracking.entry import Entry
from tcpexplain.tracking.table import community_id
from tcpexplain.units import address

KEYS = (
    (4, 0, 0x0A000001, 0, 0xC0000201, 40000, 443),
    (6, 0x20010DB800000000, 1, -0x7FFFFFFFFFFFFFFF, -1, 1, 65535),
    (4, 0, 0x7F000001, 0, 0x7F000001, 1024, 1025),
    (6, 0, 1, 0x20010DB800000000, 0xFF, 8080, 9090),
)
"""Version, both words of either address as signed numbers, ports."""


def test_community_ids_are_those_of_each_connection():
    rows = np.zeros(len(KEYS), dtype(Entry))
    for row, key in zip(rows, KEYS, strict=True):
        for (name, _), value in zip(Entry.FIELDS, key, strict=False):
            row[name] = value
    expected = [community_id(key[0], packed(key, 0), packed(key, 1), key[5], key[6]) for key in KEYS]
    assert community_ids(np, rows) == expected


def test_addresses_read_as_people_write_them():
    assert address(4, 0, 0xC0000201) == "192.0.2.1"
    assert address(4, 0, -1) == "255.255.255.255"
    assert address(6, 0x20010DB800000000, 1) == "2001:db8::1"
    assert address(6, -1, -1) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    assert [str(end) for end in endpoints(KEYS[1])] == ["[2001:db8::1]:1", "[8000::1:ffff:ffff:ffff:ffff]:65535"]
