"""Which of many like cases ``make test`` tries; the others are left, each by its name, to ``make test-rest``."""

from __future__ import annotations

import pytest


def one_of(many, values):
    """One of so many values always, the others beside what takes time."""
    return [
        pytest.param(value, marks=[] if place % many == 0 else pytest.mark.needs("time"))
        for place, value in enumerate(values)
    ]
