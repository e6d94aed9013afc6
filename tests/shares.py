"""Which of many like cases ``make test`` tries; the others are left, each by its name, to ``make test-rest``, and most random examples to ``--everything``."""

from __future__ import annotations

import pytest
from hypothesis import settings

ALL, SOME = 100, 40
"""Of how many random examples that ``--everything`` tries, ``make test`` tries how many. They are others each time."""


def examples(many: int) -> settings:
    """So many random examples, or the share of them that this run tries; they may take as long as they take."""
    return settings(max_examples=many * settings.default.max_examples // ALL, deadline=None)


def one_of(many, values):
    """One of so many values always, the others beside what takes time."""
    return [
        pytest.param(value, marks=[] if place % many == 0 else pytest.mark.needs("time"))
        for place, value in enumerate(values)
    ]
