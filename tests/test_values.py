"""Values are data classes to whoever holds them: frozen, compared by their fields, pickled and replaced. Named tuples are the standard ones."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import get_type_hints

import pytest

from tcpexplain.model.calls import Call, Event
from tcpexplain.model.connection import Address, System
from tcpexplain.tuples import NamedTuple
from tcpexplain.values import changing, frozen

CLIENT = Address("10.0.0.1", 4711)


def test_equal_fields_are_equal_values_with_one_hash():
    assert {CLIENT, Address("10.0.0.1", 4711), Address("10.0.0.1", 4712)} == {CLIENT, replace(CLIENT, port=4712)}
    assert CLIENT != ("10.0.0.1", 4711)
    assert Call("eof") != System("eof")


@pytest.mark.parametrize("change", [lambda one: setattr(one, "port", 1), lambda one: delattr(one, "port")])
def test_nobody_changes_a_value(change):
    with pytest.raises(FrozenInstanceError):
        change(CLIENT)
    assert not hasattr(CLIENT, "__dict__")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_and_pickles_are_the_same(again):
    assert again(CLIENT) == CLIENT


def test_values_say_what_they_hold_and_how_they_are_made():
    assert repr(CLIENT) == "Address(address='10.0.0.1', port=4711)"
    assert asdict(CLIENT) == {"address": "10.0.0.1", "port": 4711}
    assert [one.name for one in fields(Call)] == [*inspect.signature(Call).parameters] == ["now", "then", "signal"]


def test_a_class_keeps_the_words_it_has_for_itself():
    assert "__repr__" in vars(Event)
    assert Event.__repr__.__qualname__ == "Event.__repr__"


@frozen
class Bag:
    owner: str
    things: list[str] = field(default_factory=list)
    weight: int = field(default=0, compare=False, repr=False)


@frozen
class Suitcase(Bag):
    wheels: int = 2


@changing
class Queue:
    waiting: list[str] = field(default_factory=list)
    open: bool = True


def test_nothing_is_written_of_a_class_before_one_is_made():
    @frozen
    class Unused:
        size: int

    assert not inspect.isfunction(vars(Unused)["__init__"])
    Unused(1)
    assert inspect.isfunction(vars(Unused)["__init__"])


def test_each_value_has_a_default_of_its_own_where_one_is_made():
    mine, yours = Bag("me"), Bag("you")
    mine.things.append("towel")
    assert (mine.things, yours.things) == (["towel"], [])


def test_fields_left_out_are_neither_compared_nor_shown():
    assert Bag("me", weight=3) == Bag("me")
    assert repr(Bag("me", weight=3)) == "Bag(owner='me', things=[])"


def test_a_class_of_values_has_the_fields_of_its_base_first():
    assert Suitcase("me", ["towel"], 7, wheels=4) == replace(Suitcase("me", ["towel"]), wheels=4)
    assert [one.name for one in fields(Suitcase)] == ["owner", "things", "weight", "wheels"]
    assert Suitcase("me") != Bag("me")


def test_what_changes_is_compared_and_is_no_key():
    queue = Queue()
    queue.open = False
    assert queue == Queue(open=False) != Queue()
    assert replace(queue, open=True) == Queue()
    with pytest.raises(TypeError):
        hash(queue)


def test_a_missing_argument_is_named():
    with pytest.raises(TypeError, match=r"Bag\.__init__\(\) missing 1 required positional argument: 'owner'"):
        Bag()


class Trip(NamedTuple):
    """From here to there."""

    start: str
    end: str = "home"

    @property
    def words(self) -> str:
        return f"{self.start} > {self.end}"


def test_a_named_tuple_is_one_with_its_words_and_methods():
    trip = Trip("work")
    assert (trip, trip.words, trip._replace(end="sea").end) == (("work", "home"), "work > home", "sea")
    assert (Trip._fields, Trip._field_defaults, Trip.__doc__) == (
        ("start", "end"),
        {"end": "home"},
        "From here to there.",
    )
    assert pickle.loads(pickle.dumps(trip)) == trip
    assert get_type_hints(Trip) == {"start": str, "end": str}
