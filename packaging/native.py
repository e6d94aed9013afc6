"""Translates the hot functions to C and compiles them: ``python packaging/native.py`` (``make native``).

The library goes into ``tcpexplain/native``, where it is found (``native.library``), unless it is there already and fits the sources.
"""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from compilers import CompilerError, compiled, library_name  # noqa: E402 (found where this file is)
from translator.entries import translated  # noqa: E402
from translator.refused import RefusedError  # noqa: E402

from tcpexplain.native.sources import fingerprint  # noqa: E402


def build(folder: Path, *, checked: bool = False, keep: Path | None = None) -> Path:
    """Make the library in a folder; ``keep``: where the C is to stay.

    Raises
    ------
    CompilerError, RefusedError
        If there is no compiler, or a hot function says what has no translation.
    """
    with TemporaryDirectory() as scratch:
        source = keep or Path(scratch) / "hot.c"
        source.write_text(translated(), encoding="utf-8")
        library = folder / library_name()
        compiled(source, library, checked=checked)
    library.with_suffix(".sum").write_text(
        f"{fingerprint()} {sha256(library.read_bytes()).hexdigest()}\n", encoding="ascii"
    )
    return library


def needed(folder: Path) -> bool:
    """Whether there is no library in a folder, or one of other sources or of an earlier translator."""
    library = folder / library_name()
    written = library.with_suffix(".sum")
    if (
        not library.exists()
        or not written.exists()
        or not written.read_text(encoding="ascii").startswith(fingerprint())
    ):
        return True
    made = written.stat().st_mtime
    return any(path.stat().st_mtime > made for path in Path(__file__).parent.rglob("*") if path.suffix in {".py", ".h"})


def main() -> int:
    """The command; 0 also where there is no compiler, as everything works without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "tcpexplain" / "native", help="where the library goes")
    parser.add_argument("--checked", action="store_true", help="check every index, overflow and address; for tests")
    parser.add_argument("--keep", type=Path, help="where the C is to stay, to be read")
    options = parser.parse_args()
    if not options.checked and not options.keep and not needed(options.folder):
        print(options.folder / library_name())
        return 0
    try:
        print(build(options.folder, checked=options.checked, keep=options.keep))
    except RefusedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except CompilerError as error:
        print(f"tcpexplain stays uncompiled: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
