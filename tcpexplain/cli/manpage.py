"""The manual page tcpexplain(1), made of the command line's own words."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from tcpexplain.cli.arguments import EXAMPLES, SECTIONS, STATUSES, command

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = (
    ("NO_COLOR", "If it is set, reports have no colours."),
    ("COLUMNS", "The width of reports; that of the terminal if it is not set."),
    (
        "TCPEXPLAIN_COMPILED",
        "0 or 1: never or always run the loops that were translated to C; by the size of the capture if it is not set.",
    ),
    ("TCPEXPLAIN_TRACEBACK", "If it is set, the same as --debug."),
)
SEE = ("tcpdump(1)", "tshark(1)", "pcap-filter(7)", "tcp(7)")


def page() -> str:
    """The page in the language of man(7)."""
    return "\n".join(lines()) + "\n"


def lines() -> Iterator[str]:
    """Its lines."""
    yield f'.TH TCPEXPLAIN 1 "" "tcpexplain {version("tcpexplain")}" "User Commands"'
    yield from (".SH NAME", "tcpexplain \\- explain why TCP connections closed, and what each application saw")
    yield ".SH SYNOPSIS"
    for form in ("[OPTIONS] CAPTURE...", "-r CAPTURE [FILTER]", "-i INTERFACE [FILTER]", "--explain WHAT"):
        yield from (f".B tcpexplain\n{escaped(form)}", ".br")
    yield ".SH DESCRIPTION"
    for paragraph in (command.help or "").split("\n\n"):
        yield from (escaped(" ".join(paragraph.split())), ".PP")
    yield ".SH OPTIONS"
    for title, names in SECTIONS.items():
        yield f".SS {escaped(title)}"
        for name in names:
            yield from option(name)
    yield ".SH EXIT STATUS"
    for status, meaning in STATUSES.items():
        yield from (".TP", f".B {status}", escaped(meaning))
    yield ".SH ENVIRONMENT"
    for name, meaning in ENVIRONMENT:
        yield from (".TP", f".B {name}", escaped(meaning))
    yield from (".SH EXAMPLES", ".nf", *(escaped(line) for line in EXAMPLES.splitlines()), ".fi")
    yield from (".SH SEE ALSO", escaped(", ".join(SEE)))


def option(name: str) -> Iterator[str]:
    """One option: how it is written, and what it does."""
    context = click.Context(command, info_name="tcpexplain", **command.context_settings)
    record = next((one.get_help_record(context) for one in command.get_params(context) if one.name == name), None)
    if record:
        written, meaning = record
        yield from (".TP", f".B {escaped(written)}", escaped(re.sub(r"\s+", " ", meaning)))


def escaped(text: str) -> str:
    """Text as man(7) has it: hyphens of options, backslashes, and points at the beginning of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
