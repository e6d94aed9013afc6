"""``--install-completion``: the shell completes options, causes, errno names and pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tcpexplain.cli.options import ASKED
from tcpexplain.errors import TcpexplainError

if TYPE_CHECKING:
    from pathlib import Path

    import click

SHELLS = ("bash", "zsh", "fish")


def completions(_: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell may complete an option's value to; of several after commas, the last one."""
    from tcpexplain.model.wanted import OUTCOMES, SEVERITIES, causes

    words: tuple[str, ...] = (*causes(), *SEVERITIES)
    if parameter.name == "explain":
        from tcpexplain.cli.explain import LISTS, topics

        words = (*(topic.name for topic in topics()), *causes(), *LISTS)
    elif parameter.name == "draw":
        from tcpexplain.reports import draws

        words = draws()
    elif parameter.name == "errno":
        words = OUTCOMES
    elif parameter.name == "fail_on":
        words += OUTCOMES
    before, comma, last = begun.rpartition(",")
    return [before + comma + word for word in words if word.lower().startswith(last.lower())]


def shell_of(name: str) -> str:
    """The shell that is meant: the one named, or of ``auto`` that of the user; TE040 if it is none that is known."""
    from pathlib import Path

    shell = Path(os.environ.get("SHELL", "")).name if name == "auto" else name
    if shell not in SHELLS:
        raise TcpexplainError(
            f"completion is not known for the shell {shell or 'of this user'}",
            code="TE040",
            help=f"--install-completion {' | '.join(SHELLS)}",
        )
    return shell


def target(shell: str) -> Path:
    """The file that the shell loads when tcpexplain is completed for the first time."""
    from pathlib import Path

    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "tcpexplain",
        "zsh": data / "zsh" / "site-functions" / "_tcpexplain",
        "fish": config / "fish" / "completions" / "tcpexplain.fish",
    }[shell]


def install(command: click.Command, name: str) -> list[str]:
    """Write the script of a shell; what to tell the user. OSError if it cannot be written."""
    from click.shell_completion import get_completion_class

    shell = shell_of(name)
    kind = get_completion_class(shell)
    if kind is None:
        raise TcpexplainError(f"completion is not known for the shell {shell}", code="TE040")
    path = target(shell)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(kind(command, {}, "tcpexplain", ASKED).source(), encoding="utf-8")
    said = [f"wrote {path}", "It works in every shell that is started from now on."]
    if shell == "zsh":
        said.insert(1, f"Add to ~/.zshrc, before compinit:  fpath=({path.parent} $fpath)")
    if shell == "bash":
        said.insert(1, "It is loaded by the package bash-completion.")
    return said
