"""What a hot function says of itself to the translator that makes C of it (``packaging/``); in plain Python it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function")


def inlined(function: Function) -> Function:
    """Mark a hot function as one that becomes part of its callers.

    A call copies all it is given, of every array two words: for a function called once per segment that is most of its time.
    """
    function.inlined = True  # type: ignore[attr-defined]
    return function


def replaced_by(other: object) -> Callable[[Function], Function]:
    """Mark a function in whose place native code calls another one, which takes the same arguments."""

    def mark(function: Function) -> Function:
        function.native = other  # type: ignore[attr-defined]
        return function

    return mark


def entry(fits: object) -> Callable[[Function], Function]:
    """Mark a hot function that is called from outside: an entry point of the library.

    ``fits`` takes some of the same arguments, by their names, and says whether lengths, capacities and bounds let the function
    run; native code asks it at every call, so that what Python hands over cannot make it read or write elsewhere.
    """

    def mark(function: Function) -> Function:
        function.fits = fits  # type: ignore[attr-defined]
        return function

    return mark
