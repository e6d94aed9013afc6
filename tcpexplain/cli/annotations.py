"""What ``--fail-on`` found, as annotations of a run in GitHub Actions."""

from __future__ import annotations

import os
import sys
from itertools import islice
from typing import TYPE_CHECKING

from tcpexplain.cli.choice import alarms, told
from tcpexplain.story.files import evidence_words
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.cli.options import Options
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""
CITED = 6
"""Packets of the evidence that are named."""


def annotate(options: Options, capture: Capture) -> None:
    """Write a line for each connection that ``--fail-on`` found, where GitHub Actions reads along (``GITHUB_ACTIONS=true``)."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    # On stderr, where GitHub reads them too: what is on stdout may be JSON for another program.
    for one in islice(found(options, capture), MOST):
        print(line(capture, one), file=sys.stderr)


def found(options: Options, capture: Capture) -> Iterator[Connection]:
    """The connections that made the step fail, in order."""
    looked_for = alarms(options)
    return (connection for connection in capture if looked_for & told(connection))


def line(capture: Capture, connection: Connection) -> str:
    """``::error file=x.pcap,title=write-after-close, stream 0::the server wrote ...``."""
    finding = connection.finding
    cited = evidence_words(finding, CITED)
    packets = f"; {counted(len(cited), 'packet').split(' ')[1]} {', '.join(cited)}" if cited else ""
    words = (
        f"{finding.title}: {connection.client} → {connection.server}; {finding.sees} ({finding.certainty}){packets}",
        finding.do,
    )
    file = capture.files[0] if capture.files else ""
    title = f"{finding.code}, stream {connection.stream}"
    return f"::error file={plain(file)},title={plain(title)}::{escaped(chr(10).join(word for word in words if word))}"


def escaped(text: str) -> str:
    """As a message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def plain(text: str) -> str:
    """As a property of one."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
