"""What anonymous reports take from what was said: no path, no name of a server, no product; the words of protocols stay."""

from __future__ import annotations

from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.model.said import Heard, Said, pathless

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("GET /orders", "GET"), ("OPTIONS *", "OPTIONS"), ("GET http://shop/a", "GET"), ("CONNECT shop.example:443", "CONNECT"),
        ("200", "200"), ("FATAL 57P01", "FATAL 57P01"), ("ERR 1046 3D000", "ERR 1046 3D000"), ("", ""),
    ],
)  # fmt: skip
def test_only_the_target_of_a_request_goes(name, left):
    assert pathless(name) == left


def test_names_go_everywhere_and_lengths_stay():
    answer = Heard(1, "200", 5, 7, 440, 1000, whole=False, answers="GET /orders")
    said = Said("HTTP/1", "nginx", "shop.example", "GET /orders", "200", (None, answer), messages=(answer,))
    bare = said.unnamed()
    assert "orders" not in repr(bare)
    assert "shop" not in repr(bare)
    assert "nginx" not in repr(bare)
    assert bare.messages[0] == answer._replace(answers="GET")


@pytest.mark.parametrize("name", ["midway-nginx-killed-in-download", "wholly-nginx-tls"])
def test_of_real_programs_neither_paths_nor_names_stay(name):
    path = next(PROGRAMS.glob(f"{name}.pcap*"))
    told = [one.said for one in tcpexplain.read(path, messages="full")]
    assert any(said.request or said.server_name for said in told)
    assert not any("/" in said.unnamed().request or said.unnamed().server_name for said in told)
