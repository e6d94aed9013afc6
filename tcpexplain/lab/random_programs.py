"""Random socket programs: 3 to 14 operations on both sides in random order, some over an impaired path."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from tcpexplain.lab.path import Impairment
from tcpexplain.lab.recording import SIDES
from tcpexplain.lab.scenario import Scenario

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

Step = tuple[str, str, int | None, float]  # side, call, bytes, seconds of pause before it
WEIGHTS = {
    "send": 30,
    "recv": 26,
    "poll": 14,
    "so_error": 6,
    "shutdown_wr": 7,
    "shutdown_rd": 1.5,
    "shutdown_rdwr": 1.5,
    "close": 6,
    "close_linger0": 3.5,
    "kill": 2,
}
ENDINGS = ("close", "close_linger0", "kill")
SIZES = {"send": (1, 3, 8, 16, 20, 40), "recv": (10, 64)}
PAUSES = (0.003, 0.006, 0.015, 0.06)
PATH_PAUSES = (0.01, 0.05, 0.05, 0.3)


def program(chance: random.Random, pauses: tuple[float, ...] = PAUSES) -> list[Step]:
    """The operations of one program; an end that is gone does nothing more."""
    steps: list[Step] = []
    alive = list(SIDES)
    for _ in range(chance.randint(3, 14)):
        if not alive:
            break
        side = chance.choice(alive)
        call = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        size = chance.choice(SIZES[call]) if call in SIZES else None
        steps.append((side, call, size, chance.choice(pauses)))
        if call in ENDINGS:
            alive.remove(side)
    return steps


def perform(stage: Stage, steps: list[Step]) -> None:
    """Connect, then do what the program says, as far as the path lets the connection come up."""
    connection = stage.connect()
    if connection.server.socket is None:
        return
    for side, call, size, pause in steps:
        end = stage.connections[0].end(side)
        end.gap = pause
        getattr(end, call)(*(() if size is None else (size,)))


def impairment(chance: random.Random) -> Impairment:
    """What one impaired path does."""
    return Impairment(
        chance.choice((0.0, 0.004, 0.02)),
        chance.choice((0, 0.05, 0.15)),
        chance.choice((0, 0, 0.1)),
        chance.choice((0, 0, 0.15)),
    )


def scenario(seed: int, number: int) -> tuple[Scenario, dict[str, object]]:
    """Program ``number`` of ``seed``, and what its truth file says of it; one in five plays over an impaired path."""
    chance = random.Random(f"{seed}-{number}")  # noqa: S311 (repeatable programs)
    steps = program(chance, PAUSES if number % 5 else PATH_PAUSES)
    more: dict[str, object] = {"seed": number, "program": steps}
    if number % 5:
        return Scenario(
            f"random-{seed}-{number}", f"random program, seed {seed}-{number}", partial(perform, steps=steps)
        ), more
    path, vantage = impairment(chance), chance.choice(SIDES)
    more["path"] = {"delay": path.delay, "loss": path.loss, "duplicate": path.duplicate, "reorder": path.reorder}
    summary = f"random program, seed {seed}-{number}, impaired path, captured at the {vantage}"
    return Scenario(f"random-wire-{seed}-{number}", summary, partial(perform, steps=steps), "path", vantage, path), more
