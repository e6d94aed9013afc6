"""Slots of integers: what the loops write down, in plain mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


class Record:
    """Slots of integers, all 0 at first; the fields are the class's slots."""

    __slots__: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        if "__init__" in cls.__dict__:
            return
        # Written for the fields: a tenth of the time of a loop over their names.
        space: dict[str, Any] = {}
        exec(f"def __init__(self): {'='.join(f'self.{name}' for name in cls.__slots__)} = 0", space)  # noqa: S102 (the names are our own)
        cls.__init__ = space["__init__"]  # type: ignore[method-assign]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...
        def __setattr__(self, name: str, value: int) -> None: ...
