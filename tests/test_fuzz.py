"""A share of ``make fuzz``: captures that nobody would make are read the same in all ways, and every line holds to the schema."""

import pytest
from fuzz import ways

from tcpexplain.native.library import library

pytestmark = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")


@pytest.mark.parametrize("part", range(3))
def test_a_capture_is_read_the_same_in_all_ways(part, tmp_path, monkeypatch, request):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    cases = 500 if request.config.getoption("--everything") else 8
    found = {seed: ways(seed, tmp_path) for seed in range(part * cases, (part + 1) * cases)}
    assert not {seed: differs for seed, differs in found.items() if differs}
