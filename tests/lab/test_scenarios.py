"""The scenarios are well told: names, summaries, asks; and random programs are repeatable."""

import random
import re

import pytest
from click.testing import CliRunner

from tcpexplain.lab.__main__ import main, named_scenarios
from tcpexplain.lab.abilities import Abilities
from tcpexplain.lab.random_programs import ENDINGS, program, scenario
from tcpexplain.lab.scenario import Chapter
from tcpexplain.lab.scenarios import scenarios

ALL = scenarios().values()


@pytest.mark.parametrize("told", ALL, ids=lambda told: told.name)
def test_every_scenario_has_a_name_in_kebab_case_a_summary_and_a_wire(told):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(--[prwec]+)?", told.name)
    assert len(told.summary) > 20
    assert told.wire in ("loopback", "path", "router")
    assert told.vantage in ("client", "server")


def test_a_function_becomes_a_scenario_for_each_ask():
    chapter = Chapter()

    @chapter.tell(asks=("pr", "rw"))
    def peer_goes(stage, ask):
        """The peer goes."""

    assert [(told.name, told.summary) for told in chapter.scenarios] == [
        ("peer-goes--pr", "The peer goes"),
        ("peer-goes--rw", "The peer goes"),
    ]


def test_a_scenario_that_cannot_be_played_says_what_it_needs():
    path = next(told for told in ALL if told.wire == "path")
    assert "namespaces" in Abilities(namespaces=False).refuses(path)
    assert Abilities().refuses(path) == ""


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_has_3_to_14_steps_and_the_dead_do_nothing(seed):
    steps = program(random.Random(seed))
    assert len(steps) <= 14
    gone = set()
    for side, call, size, pause in steps:
        assert side not in gone
        assert (size is None) == (call not in ("send", "recv"))
        assert pause > 0
        if call in ENDINGS:
            gone.add(side)
    assert len(steps) >= 3 or len(gone) == 2


def test_the_same_seed_and_number_make_the_same_program():
    (first, head), (second, again) = scenario(3, 5), scenario(3, 5)
    assert (first.name, first.wire, first.impairment) == (second.name, second.wire, second.impairment)
    assert head == again
    assert scenario(4, 5)[1]["program"] != head["program"]


def test_list_shows_every_scenario():
    shown = CliRunner().invoke(main, ["--list"]).output
    assert len(shown.splitlines()) == len(scenarios())


def test_a_slow_scenario_plays_only_when_it_is_named(capsys):
    slow = [told.name for told in ALL if told.slow]
    assert "syn-ack-given-up" in slow
    assert not {told.name for told, _ in named_scenarios((), everything=True)} & set(slow)
    assert "syn-ack-given-up (70 s)" in capsys.readouterr().err
    assert [told.name for told, _ in named_scenarios(("syn-ack-given-up",), everything=False)] == ["syn-ack-given-up"]


@pytest.mark.parametrize("arguments", [[], ["no-such-scenario"]])
def test_nothing_to_play_is_a_usage_error(arguments):
    assert CliRunner().invoke(main, arguments).exit_code == 2
