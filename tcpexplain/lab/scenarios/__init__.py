"""The named situations, one chapter a file; every ``SCENARIOS`` is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.registry import members

if TYPE_CHECKING:
    from tcpexplain.lab.scenario import Scenario


def scenarios() -> dict[str, Scenario]:
    """All scenarios by name, chapter by chapter."""
    found = [scenario for chapter in members(__name__) for scenario in chapter.SCENARIOS]
    by_name = {scenario.name: scenario for scenario in found}
    if len(by_name) != len(found):
        raise ValueError("two scenarios of one name")
    return by_name
