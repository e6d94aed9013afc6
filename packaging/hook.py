"""What hatchling runs when the package is built: the library goes into the wheel, or beside the sources of an editable install.

A wheel with a library is for one platform and for every Python: ``py3-none-linux_x86_64``. Without a compiler it is for all
(``py3-none-any``), with the same answers, slower.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
INSIDE = "tcpexplain/native"


class NativeHook(BuildHookInterface[Any]):
    """Builds the library of hot functions."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is put together; ``version`` is "editable" for an editable install."""
        sys.path.insert(0, str(HERE))
        from compilers import CompilerError
        from native import build
        from translator.refused import RefusedError

        self.scratch = TemporaryDirectory()
        folder = HERE.parent / INSIDE if version == "editable" else Path(self.scratch.name)
        try:
            library = build(folder)
        except CompilerError as error:
            self.app.display_warning(
                f"tcpexplain is installed uncompiled, and takes 20 times as long on large captures: {error}"
            )
            return
        except RefusedError as error:
            sys.exit(f"error: {error}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        if version != "editable":
            for file in (library, library.with_suffix(".sum")):
                build_data["force_include"][str(file)] = f"{INSIDE}/{file.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 (hatchling's own)
        """After that."""
        self.scratch.cleanup()
