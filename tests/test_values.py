"""Values are data classes to whoever holds them: frozen, compared by their fields, pickled and replaced."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, fields, replace

import pytest

from tcpexplain.model.calls import Call, Event
from tcpexplain.model.connection import Address, System

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
