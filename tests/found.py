"""What an analysis has found, to compare it with what another way finds."""

from __future__ import annotations

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.step import ResetRow
from tcpexplain.readers import open_capture

SCRATCH = {"large", "large_end"}
"""Which segment is under way: nobody asks at the end."""


def analysed(path, memory=None, **how):
    analysis = Analysis(memory=memory, **how)
    for frames in open_capture(path, columns=memory):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def told(analysis, *, without):
    """Facts, those of both ends, and RSTs of every connection, but for some fields."""
    for stream in range(analysis.streams):
        for record, fields in zip(
            analysis.results.of(stream), (Facts.FIELDS, EndFacts.FIELDS, EndFacts.FIELDS), strict=True
        ):
            yield {name: getattr(record, name) for name, _ in fields if name not in without}
        for reset in analysis.results.resets_of(stream):
            yield {name: getattr(reset, name) for name, _ in ResetRow.FIELDS}


def assert_same(one, other, *, without=()):
    """Fail where another analysis has found something else."""
    for expected, found in zip(told(one, without=without), told(other, without=without), strict=True):
        assert found == expected
