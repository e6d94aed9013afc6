"""Named tuples as ``typing.NamedTuple`` makes them, at a third of what each costs when it is imported.

The standard library's compiles the type of every field, which only a type checker reads: most of a thousandth of a second for two classes,
and some forty are imported before the first packet is read.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class Tuples(type):
        """Makes a named tuple of a class body: of its annotations the fields, the rest as it is."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """Make it; one without a base is ``NamedTuple`` itself."""
            if not bases:
                return super().__new__(mcs, name, bases, body)
            types = body.get("__annotations__", {})
            defaults = [body.pop(field) for field in types if field in body]
            made = namedtuple(name, types, defaults=defaults, module=body["__module__"])  # noqa: PYI024
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=Tuples):
        """What a class names as its base to become a named tuple."""
