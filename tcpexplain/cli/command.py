"""Arguments in, one report out, exit status; the only place that prints errors."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from tcpexplain.cli.options import ASKED, Options
from tcpexplain.cli.privileges import trust_own_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def main() -> None:
    """Run the command line and exit; a shell that asks for completions gets them."""
    # Nothing here multiplies matrices: numpy's threads for that take time to start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if os.environ.get(ASKED):
        from tcpexplain.cli.arguments import command

        command.main(prog_name="tcpexplain")
    trust_own_folders()
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
    leave(run(sys.argv[1:]))


def leave(status: int) -> NoReturn:
    """End the process, at once where nothing is left to be done: to take module after module apart takes as long as to read a hundred packets."""
    if not awaited():
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    sys.exit(status)


def awaited() -> bool:
    """Whether Python may have something to do before it ends: functions registered for it, threads, or a program that called this one."""
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    called = not program.endswith(("/tcpexplain", "/tcpexplain/__main__.py"))
    return called or "threading" in sys.modules or bool(atexit._ncallbacks() or sys.flags.inspect)  # noqa: SLF001 (no public name)


class EndedBySignal(KeyboardInterrupt):
    """SIGTERM or SIGHUP: ends what runs as Ctrl-C does, so that workers and temporary files go too; its argument is the signal's number."""


def end(number: int, _: object) -> None:
    """A signal's handler; what comes after the first one finds everything being put away, and is left alone."""
    signal.signal(number, signal.SIG_IGN)
    raise EndedBySignal(number)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status. Nothing that can go wrong ends in a traceback, but with --debug."""
    mend_streams()
    debug = "--debug" in arguments or bool(os.environ.get("TCPEXPLAIN_TRACEBACK"))
    try:
        status = obey(arguments)
        sys.stdout.flush()
    except EndedBySignal as ended:
        return 128 + int(ended.args[0])
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (each is told)
        from tcpexplain.cli.failing import told

        return told(error, arguments, debug=debug)
    return status


def obey(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; the exit status. Without an option there is nothing for click to read, which takes long to import."""
    if all(word == "-" or not word.startswith("-") for word in arguments):
        from tcpexplain.cli.dispatch import dispatch

        return dispatch(Options(captures=tuple(arguments)))
    from tcpexplain.cli import arguments as options

    return options.run(arguments)


def mend_streams() -> None:
    """Open the null device where a standard stream is closed, before a capture gets its number."""
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, mode))
