"""What a capture cannot show has a name in JSON, a sentence for one connection, and words for several."""

from __future__ import annotations

import json
from pathlib import Path

import tcpexplain
from tcpexplain.vantage.hidden import NAMES, PLURAL, SENTENCES


def test_each_has_a_sentence_and_words_for_several():
    assert NAMES.keys() == SENTENCES.keys()
    assert set(NAMES.values()) == PLURAL.keys()


def test_the_schema_has_all_that_may_be_missing():
    schema = json.loads((Path(tcpexplain.__file__).parent / "schema" / "tcpexplain-1.json").read_text())
    listed = [one for one in enumerations(schema) if "client-direction" in one]
    assert listed
    assert all(set(one) == set(NAMES.values()) for one in listed)


def enumerations(part):
    """All lists of words that a part of a schema allows."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key == "enum":
            yield value
        elif isinstance(value, dict | list):
            yield from enumerations(value)
