"""Addresses stand for addresses, and share as many leading bits as these do."""

from __future__ import annotations

import random
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpexplain.errors import TcpexplainError
from tcpexplain.pseudonyms.names import Pseudonyms, read_key
from tcpexplain.pseudonyms.prefixes import KEPT, UNCHANGED, Addresses, PrefixMap, signed

MAPS = {version: PrefixMap(b"k" * 32, version) for version in (4, 6)}
BITS = {4: 32, 6: 128}


def shared(one, other, bits):
    """How many leading bits two numbers have in common."""
    return bits - (one ^ other).bit_length()


@given(st.sampled_from((4, 6)), st.data())
def test_two_addresses_share_exactly_as_many_leading_bits_as_before(version, data):
    bits, other = BITS[version], MAPS[version]
    one = data.draw(st.integers(0, (1 << bits) - 1))
    two = one ^ data.draw(st.integers(0, (1 << data.draw(st.integers(0, bits))) - 1))
    assert shared(other(one), other(two), bits) == shared(one, two, bits)


@pytest.mark.parametrize("block", [*KEPT[4], *KEPT[6], *UNCHANGED[4], *UNCHANGED[6]])
def test_an_address_stays_in_the_block_that_says_what_it_is_for(block):
    from ipaddress import ip_network

    network, draw = ip_network(block), random.Random(block)
    other = MAPS[network.version]
    for _ in range(50):
        real = network[draw.randrange(network.num_addresses)]
        found = type(real)(other(int(real)))
        assert found in network
        assert (found == real) or block not in (*UNCHANGED[4], *UNCHANGED[6])


@given(st.integers(0, (1 << 32) - 1))
def test_what_an_address_is_for_stays(number):
    real, found = ip_address(number), ip_address(MAPS[4](number))
    for kind in ("is_loopback", "is_multicast", "is_link_local", "is_unspecified"):
        assert getattr(real, kind) == getattr(found, kind)


def test_an_ipv4_address_within_ipv6_is_the_one_that_it_is_elsewhere():
    names = Addresses(b"k" * 32)
    assert names.text("::ffff:192.0.2.7") == str(ip_address(f"::ffff:{names.text('192.0.2.7')}"))


def test_addresses_change():
    draw = random.Random(7)
    changed = sum(MAPS[4](number) != number for number in (draw.randrange(1 << 32) for _ in range(200)))
    assert changed >= 180


def test_every_way_of_writing_an_address_gives_the_same_one():
    names = Addresses(b"k" * 32)
    for real in ("192.0.2.7", "2001:db8::7"):
        packed = ip_address(real).packed
        words = int.from_bytes(packed[:-8]), int.from_bytes(packed[-8:])
        high, low = names.words(ip_address(real).version, signed(words[0]), signed(words[1]))
        found = ip_address(names.text(real))
        assert names.packed(packed) == found.packed
        assert (high << 64 | low & (1 << 64) - 1) & (1 << 8 * len(packed)) - 1 == int(found)
        assert names.real[str(found)] == real


def test_a_key_gives_the_same_names_again_and_no_key_gives_new_ones():
    one, same, other, none = (Pseudonyms(key) for key in (b"a" * 16, b"a" * 16, b"b" * 16, None))
    told = [(each.addresses.text("192.0.2.77"), each.file("/home/me/x.pcap")) for each in (one, same, other, none)]
    assert told[0] == told[1]
    assert len({file for _, file in told}) == 3


def test_a_key_that_can_be_guessed_is_refused(tmp_path):
    with pytest.raises(TcpexplainError) as raised:
        Pseudonyms(b"secret")
    assert raised.value.code == "TE051"
    with pytest.raises(TcpexplainError) as raised:
        read_key(str(tmp_path / "none"))
    assert raised.value.code == "TE051"


@pytest.mark.parametrize(
    "sentence",
    [
        "all from 192.0.2.7.",
        "to [2001:db8::7]:443, again",
        "2001:db8::7: refused",
        "192.0.2.7:80 fits",
        "from 2001:db8::.",
    ],
)
def test_addresses_in_a_sentence_are_others(sentence):
    told = Pseudonyms(b"k" * 32).sentence(sentence)
    assert "192.0.2" not in told
    assert "2001:db8" not in told
    assert told[-1] == sentence[-1]


@pytest.mark.parametrize("sentence", ["at 21:10:20", "version 1.2.3", "10 of 20: 3", "stream 7: done"])
def test_what_is_no_address_stays(sentence):
    assert Pseudonyms(b"k" * 32).sentence(sentence) == sentence


def test_a_short_name_of_a_file_changes_no_words():
    names = Pseudonyms(b"k" * 32)
    names.file("/w/a")
    assert (
        names.sentence("was a switch at /w/a, a-b or a.")
        == f"was {names.file('/w/a')} switch at {names.file('/w/a')}, a-b or {names.file('/w/a')}."
    )


def test_a_file_keeps_what_says_what_is_in_it():
    name = Pseudonyms(b"k" * 32).file("/srv/acme.internal/db-7.pcap.gz")
    assert name.startswith("capture-")
    assert name.endswith(".pcap.gz")
    assert "acme" not in name
