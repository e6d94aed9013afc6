"""What a scenario is, and how a chapter of scenarios is written."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from tcpexplain.lab.path import Impairment
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.lab.stage import Stage

CLEAN = Impairment()


@frozen
class Scenario:
    """One named situation; ``run`` plays it on a stage.

    ``wire`` is "loopback", "path" (two namespaces and our own router) or "router" (a third namespace whose
    kernel routes). ``needs`` names the programs it starts. ``slow``: seconds for which it waits for a timer, 0 if few;
    slow ones play when they are named.
    """

    name: str
    summary: str
    run: Callable[[Stage], None] = field(compare=False)
    wire: str = "loopback"
    vantage: str = "client"
    impairment: Impairment = CLEAN
    needs: tuple[str, ...] = ()
    slow: int = 0


class Chapter:
    """Scenarios of one kind, in the order of writing."""

    def __init__(self, wire: str = "loopback") -> None:
        self.wire = wire
        self.scenarios: list[Scenario] = []

    def tell(
        self,
        *,
        summary: str = "",
        asks: tuple[str, ...] = (),
        name: str = "",
        vantage: str = "client",
        impairment: Impairment = CLEAN,
        needs: tuple[str, ...] = (),
        wire: str = "",
        slow: int = 0,
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Add a function of (stage) as a scenario; with ``asks``, a function of (stage, ask) as one scenario for each.

        Its docstring is the summary, its name the name, unless they are given.
        An ask is the order in which the surviving end is asked at the end: p poll, r read, w write, e SO_ERROR, c connect.
        """

        def add(function: Callable[..., None]) -> Callable[..., None]:
            says = summary or (function.__doc__ or "").strip().rstrip(".")
            title = name or function.__name__.replace("_", "-")
            for ask in asks or ("",):
                run = partial(function, ask=ask) if ask else function
                full = f"{title}--{ask}" if ask else title
                self.scenarios.append(Scenario(full, says, run, wire or self.wire, vantage, impairment, needs, slow))
            return function

        return add
