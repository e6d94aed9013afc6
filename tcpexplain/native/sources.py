"""The hot sources: what machine code is made of, and a hash of them by which it is known whether it fits."""

from __future__ import annotations

from functools import cache
from pathlib import Path

HOT = (
    "hot",
    "wire",
    "readers",
    "vantage",
    "machine",
    "tracking",
    "analysis/conclude",
    "analysis/condense",
    "analysis/found",
    "analysis/telling",
    "analysis/memory",
    "parallel/buckets",
    "parallel/copies",
    "parallel/payloads",
)
"""Packages and modules whose functions are translated, or whose numbers are in what is translated."""

PACKAGE = Path(__file__).parents[1]


def hot_files() -> list[Path]:
    """The files, in a fixed order."""
    return [path for name in HOT for path in sorted([*PACKAGE.glob(f"{name}/**/*.py"), *PACKAGE.glob(f"{name}.py")])]


@cache
def fingerprint() -> str:
    """A hash of all of them."""
    from hashlib import sha256

    digest = sha256()
    for path in hot_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
