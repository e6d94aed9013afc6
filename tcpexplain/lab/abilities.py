"""What this machine lets the lab do, and what has to be left out."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tcpexplain.lab import namespaces, trace
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.lab.scenario import Scenario


@frozen
class Abilities:
    """``namespaces``: own networks can be made, and captured; ``trace``: the kernel's trace can be read."""

    namespaces: bool = True
    trace: bool = True
    missing: tuple[str, ...] = ()

    def refuses(self, scenario: Scenario) -> str:
        """Empty, or why ``scenario`` cannot be played here."""
        if scenario.wire != "loopback" and not self.namespaces:
            return "needs network namespaces"
        absent = [program for program in scenario.needs if shutil.which(program) is None]
        return f"needs {', '.join(absent)}" if absent else ""


def find() -> Abilities:
    """Look at this machine; a user who is not root gets namespaces through a user namespace where that is allowed."""
    no_trace = trace.available()
    if os.name == "posix" and os.geteuid() != 0:
        namespaces.become_root_inside()
    no_namespaces = namespaces.available()
    missing = []
    if no_namespaces:
        missing.append(f"{no_namespaces}: calls are made on the machine's loopback, nothing is captured, no prediction")
    if no_trace:
        missing.append(f"{no_trace}: no states, no reasons of RSTs")
    return Abilities(not no_namespaces, not no_trace, tuple(missing))
