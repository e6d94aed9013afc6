"""``tcpexplain-lab``: does my kernel do this? Replay it, capture it, and compare it with the prediction."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tcpexplain.errors import TcpexplainError
from tcpexplain.lab import abilities, random_programs
from tcpexplain.lab.comparison import lines
from tcpexplain.lab.judging import judge
from tcpexplain.lab.prediction import predict
from tcpexplain.lab.replay import Replay, replay
from tcpexplain.lab.scenarios import scenarios
from tcpexplain.lab.score import Score
from tcpexplain.lab.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from tcpexplain.lab.scenario import Scenario

AHEAD = 3  # captures that may wait for their prediction
Told = tuple["Scenario", dict[str, Any]]


def named_scenarios(names: tuple[str, ...], everything: bool) -> Iterator[Told]:
    """The scenarios of these names; a name without its ask stands for all of its asks."""
    known = scenarios()
    if everything:
        slow = [scenario for scenario in known.values() if scenario.slow]
        click.echo(
            f"left out: {', '.join(f'{scenario.name} ({scenario.slow} s)' for scenario in slow)}; play them by name",
            err=True,
        )
        names = tuple(name for name, scenario in known.items() if not scenario.slow)
    for name in names:
        found = [scenario for full, scenario in known.items() if name in (full, full.split("--")[0])]
        if not found:
            raise click.UsageError(f"no scenario {name!r}; tcpexplain-lab --list shows them all")
        yield from ((scenario, {}) for scenario in found)


class Predictions:
    """Runs tcpexplain on each capture while the next scenario plays; judges and prints in the order of playing."""

    def __init__(self, pool: ThreadPoolExecutor, total: Score, *, quiet: bool) -> None:
        self.pool, self.total, self.quiet = pool, total, quiet
        self._waiting: deque[tuple[Replay, Future[list[dict[str, Any]]]]] = deque()

    def ask(self, played: Replay, capture: Path) -> None:
        """Queue one capture."""
        self._waiting.append((played, self.pool.submit(predict, capture)))
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) > AHEAD):
            self._tell(*self._waiting.popleft())

    def finish(self) -> None:
        """Wait for what is left."""
        while self._waiting:
            self._tell(*self._waiting.popleft())

    def _tell(self, played: Replay, answer: Future[list[dict[str, Any]]]) -> None:
        score = Score()
        try:
            predicted = answer.result()
        except TcpexplainError as error:
            click.echo(f"error: {error.message}\n{error.note}", err=True)
            predicted = []  # what was not predicted was missed
        judge(played.truth, predicted, score)
        self.total.facts.extend(score.facts)
        if not self.quiet:
            click.echo("\n".join(lines(played.truth, score)) + "\n")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, metavar="[SCENARIO]...")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Play every scenario but the slow ones, which wait for a timer of a minute or more.",
)
@click.option("--random", "count", type=click.IntRange(min=1), help="Play this many random socket programs.")
@click.option("--seed", default=1, show_default=True, help="Which random programs.")
@click.option(
    "--save", type=click.Path(file_okay=False, path_type=Path), help="Keep captures and truth files in this folder."
)
@click.option("--record-only", is_flag=True, help="Do not run tcpexplain on what was captured.")
@click.option("--misses", is_flag=True, help="At the end, list everything that was not predicted exactly.")
def main(
    names: tuple[str, ...],
    listing: bool,
    everything: bool,
    count: int | None,
    seed: int,
    save: Path | None,
    record_only: bool,
    misses: bool,
) -> None:
    """Replay scenarios with real sockets on this kernel, capture them, and hold tcpexplain's predictions against what every call returned."""
    if listing:
        for scenario in scenarios().values():
            slow = f" ({scenario.slow} s)" if scenario.slow else ""
            click.echo(f"{scenario.name:48} {scenario.summary}{slow}")
        return
    if not names and not everything and not count:
        raise click.UsageError("name a scenario, or --list, --all, --random N")
    if os.name != "posix":
        raise click.UsageError("the lab needs a Unix; --list works everywhere")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was set up is taken down
    able = abilities.find()
    for reason in able.missing:
        click.echo(f"left out: {reason}", err=True)
    told = [
        *named_scenarios(names, everything),
        *(random_programs.scenario(seed, number) for number in range(1, (count or 0) + 1)),
    ]
    total = Score()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = save or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            play(told, able, folder, total, record_only=record_only, quiet=bool(count))
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    if total.facts:
        click.echo("\n".join([*(total.misses() if misses else []), total.table()]))


def play(
    told: list[Told], able: abilities.Abilities, folder: Path, total: Score, *, record_only: bool, quiet: bool
) -> None:
    """Play one scenario after the other."""
    with Trace() if able.trace else nullcontext() as trace, ThreadPoolExecutor(1) as pool:
        predictions = Predictions(pool, total, quiet=quiet)
        for number, (scenario, more) in enumerate(told, 1):
            if refused := able.refuses(scenario):
                click.echo(f"left out: {scenario.name} {refused}", err=True)
                continue
            if quiet and sys.stderr.isatty():
                click.echo(f"\r{number} of {len(told)}", nl=False, err=True)
            played = replay(scenario, able, trace, **more)
            capture = folder / f"{scenario.name}.pcap"
            if able.namespaces:
                played.save(capture, folder / f"{scenario.name}.truth.json")
            if able.namespaces and not record_only:
                predictions.ask(played, capture)
            elif not quiet:
                click.echo("\n".join(lines(played.truth, Score())) + "\n")
        predictions.finish()


if __name__ == "__main__":
    main()
