"""Values: frozen data classes with slots, whose methods are written when the first one is made.

``@dataclass(frozen=True, slots=True)`` writes and compiles six methods of each class: half a thousandth of a second, and some forty
classes are imported before the first packet is read. What no class needs in words of its own is written here once: how two are
compared, hashed, shown and pickled. ``__init__`` is compiled when it is first called, and what ``fields``, ``replace`` and ``asdict``
look at, the standard library writes itself when they first look.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class one of values, compared by its fields; one written with a method of its own (``__repr__``) keeps it."""
    fixed = {"__setattr__": refuse_to_set, "__delattr__": refuse_to_delete}
    return slotted(cls, frozen=True, **fixed, __getstate__=state, __setstate__=set_state)


@dataclass_transform(field_specifiers=(field,))
def changing(cls: type[T]) -> type[T]:
    """Make a class like ``frozen``, but one whose fields may be set."""
    return slotted(cls, frozen=False)


def slotted(cls: type[T], *, frozen: bool, **methods: object) -> type[T]:
    """The class once more, with slots for its fields, and with methods where it has none of its own."""
    own = {name: vars(cls).get(name, MISSING) for name in cls.__annotations__}
    every = getattr(cls, "__declared__", {}) | own
    special = {name: said for name, said in every.items() if isinstance(said, Field)}
    compared = attrgetter(*(name for name in every if name not in special or special[name].compare))
    shown = tuple(name for name in every if name not in special or special[name].repr)
    general = {"__eq__": equality(compared), "__repr__": showing(shown), "__replace__": replace, **methods}
    general["__hash__"] = hashing(compared) if frozen else None
    body = {**general, **vars(cls), "__slots__": (*own,), "__match_args__": (*every,), "__declared__": every}
    for name in (*own, "__dict__", "__weakref__"):
        body.pop(name, None)
    body |= {"__init__": Making(cls, every, frozen), "__dataclass_fields__": Described(cls, every, frozen)}
    made: type[T] = type(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


class Later:
    """Attributes of a class that take this one's place when one of them is first asked for."""

    def __init__(self, written: type, every: Mapping[str, object], frozen: bool) -> None:
        self.written, self.every, self.frozen = written, every, frozen
        """The class as it stands in the source, with its defaults."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, one: object, cls: type) -> object:
        for name, made in self.made().items():
            setattr(self.owner, name, made)
        return getattr(cls if one is None else one, self.name)

    def made(self) -> dict[str, object]:
        """The attributes."""
        raise NotImplementedError


class Described(Later):
    """What ``fields``, ``replace`` and ``asdict`` look at; ``dataclass`` writes it."""

    def made(self) -> dict[str, object]:
        """The description and how it was asked for."""
        found: object = dataclass(init=False, repr=False, eq=False, frozen=self.frozen)(self.written)
        return {name: getattr(found, name) for name in ("__dataclass_fields__", "__dataclass_params__")}


class Making(Later):
    """``__init__``: each field a parameter, with its default."""

    def made(self) -> dict[str, object]:
        """The function, with its signature."""
        step = "_set(self, '{0}', {0})" if self.frozen else "self.{0} = {0}"
        names: dict[str, Any] = {"_set": object.__setattr__, "__name__": self.owner.__module__}
        parameters, steps = ["self"], []
        for name, said in self.every.items():
            default, make = (said.default, said.default_factory) if isinstance(said, Field) else (said, MISSING)
            if make is not MISSING:
                default = FOR_EACH
                steps.append(f"if {name} is _default_{name}: {name} = _make_{name}()")
                names[f"_make_{name}"] = make
            names[f"_default_{name}"] = default
            parameters.append(name if default is MISSING else f"{name}=_default_{name}")
            steps.append(step.format(name))
        exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(steps), names)  # noqa: S102 (names of fields)
        init = names["__init__"]
        init.__qualname__, init.__annotations__ = f"{self.owner.__qualname__}.__init__", types(self.owner)
        return {"__init__": init}


class ForEach:
    """The default of a field that is made anew for each value."""

    def __repr__(self) -> str:
        return "<made for each>"


FOR_EACH = ForEach()


def types(cls: type) -> dict[str, object]:
    """The types of what makes a value."""
    bases = reversed(cls.__mro__[:-1])
    return {name: said for base in bases for name, said in base.__annotations__.items()} | {"return": None}


def equality(compared: Callable[[object], object]) -> Callable[[object, object], bool]:
    """``__eq__`` of values with these fields: those of another class are others."""

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return compared(self) == compared(other) if type(self) is type(other) else NotImplemented

    return __eq__


def hashing(compared: Callable[[object], object]) -> Callable[[object], int]:
    """``__hash__`` of values with these fields."""

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(compared(self))

    return __hash__


def showing(shown: tuple[str, ...]) -> Callable[[object], str]:
    """``__repr__`` of values with these fields: ``Address(address='10.0.0.1', port=80)``."""

    def __repr__(self: object) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return __repr__


def refuse_to_set(_: object, name: str, __: object) -> NoReturn:
    """``__setattr__`` of what is frozen."""
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def refuse_to_delete(_: object, name: str) -> NoReturn:
    """``__delattr__`` of what is frozen."""
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def state(self: Any) -> list[object]:
    """``__getstate__``: the fields, for copies and pickles."""
    return [getattr(self, name) for name in self.__match_args__]


def set_state(self: Any, state: list[object]) -> None:
    """``__setstate__``, past what refuses to set them."""
    for name, value in zip(self.__match_args__, state, strict=True):
        object.__setattr__(self, name, value)
