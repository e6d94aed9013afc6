"""One connection in the HTML report: verdict, ladder, reasons, ledger, resets, states."""

from __future__ import annotations

from base64 import b64encode
from json import dumps
from typing import TYPE_CHECKING
from zlib import compress

from tcpexplain.picture.svg import clean
from tcpexplain.story.files import evidence_words
from tcpexplain.story.linked import linked
from tcpexplain.story.moments import moments
from tcpexplain.terminal.paper import mark_of
from tcpexplain.units import clock, size
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.model.calls import Reset
    from tcpexplain.model.connection import Connection

LEVEL = 4
"""Of deflate: an eighth larger than what the usual 6 makes of it, in half the time."""
LABELS = (("why", "why"), ("lost", "lost"), ("do", "do"))


@frozen
class Parts:
    """The markup that a card is made around: pictures are empty where a script draws them when the card is opened."""

    steps: str
    ladder: str = ""
    printed: str = ""
    """A shorter ladder for a page of paper, if the whole one does not fit on it."""
    machine: str = ""
    words: Sequence[str] = ()
    """How the logs of the programs at both ends will word what their calls return."""


def card(connection: Connection, parts: Parts, *, unfolded: bool) -> str:
    """One ``<details>``."""
    drawn = " data-drawn" if parts.ladder else ""
    start = f'<details class="connection" id="{key(connection)}"{drawn} data-severity="{box_of(connection)}" data-words="{clean(searched_text(connection))}"{" open" if unfolded else ""}>'
    places = f'<section class="states"><h3>States</h3>{states(connection)}{picture("machine", "States", parts.machine)}</section>'
    return "".join(
        (
            start,
            summary(connection),
            '<div class="inside">',
            verdict(connection),
            buttons(connection),
            f'<div class="columns"><div>{picture("ladder", "Ladder", parts.ladder)}{picture("printed", "Ladder in short", parts.printed)}{parts.steps}</div>',
            f'<div>{reasons(connection)}{logs(parts.words)}<div class="two"><div>{ledger(connection)}</div><div>{resets(connection)}</div></div>{places if connection.events else ""}</div></div>',
            "</div></details>\n",
        )
    )


def logs(words: Sequence[str]) -> str:
    """How the logs of the programs at both ends will word it."""
    rows = "".join(f"<dd>{clean(one)}</dd>" for one in words)
    return f"<dl><dt>logs</dt>{rows}</dl>" if rows else ""


def picture(name: str, label: str, markup: str) -> str:
    """Where a picture stands, or will be drawn; it can be scrolled by keys."""
    return f'<div class="picture" data-picture="{name}" tabindex="0" role="group" aria-label="{label}">{markup}</div>'


def box_of(connection: Connection) -> str:
    """The filter box that it belongs to."""
    return "unknown" if connection.finding.undecided else clean(connection.severity)


def key(connection: Connection) -> str:
    """What the page calls a connection."""
    return f"s{connection.stream}"


def searched_text(connection: Connection) -> str:
    """What the search box looks into, lower case."""
    finding = connection.finding
    return " ".join(
        (
            f"#{connection.stream}",
            str(connection.client),
            str(connection.server),
            finding.code,
            finding.severity,
            finding.certainty,
            *finding.also,
            finding.title,
            finding.sees,
        )
    ).lower()


def summary(connection: Connection) -> str:
    """The line that opens the card."""
    finding = connection.finding
    return (
        f'<summary><span class="{finding.severity}" aria-hidden="true">{mark_of(finding.severity, finding.undecided)}</span>'
        f'<b>#{connection.stream}</b> <b class="{finding.severity}">{clean(finding.code)}</b>'
        f'<span class="title">{clean(finding.title)}</span>'
        f'<span class="mono muted">{clock(connection.failed_at or connection.start)}</span>'
        f'<span class="mono"><span class="client">{clean(connection.client)}</span> → <span class="server">{clean(connection.server)}</span></span></summary>'
    )


def verdict(connection: Connection) -> str:
    """The sentence to take away."""
    finding = connection.finding
    sees = f" <code>{clean(finding.sees)}</code>" if finding.sees else ""
    return (
        f'<div class="verdict {finding.severity}"><p><b>{clean(finding.code)}</b> <span>{clean(capital(finding.title))}.</span>{sees}</p>'
        f"<p><span>{clean(capital(' · '.join(moments(connection))))}</span></p></div>"
    )


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def buttons(connection: Connection) -> str:
    """What can be taken along."""
    client, server = connection.client, connection.server
    wireshark = f"tcp.stream == {connection.stream}"
    tcpdump = f"tcp and host {client.address} and host {server.address} and port {client.port} and port {server.port}"
    given = (
        ("Mermaid", "mermaid", ""),
        ("Wireshark filter", "wireshark", wireshark),
        ("tcpdump filter", "tcpdump", tcpdump),
        ("text", "text", ""),
        ("JSON", "json", ""),
    )
    return (
        '<div class="buttons">'
        + "".join(
            f'<button type="button" data-copy="{name}"{f" data-text={chr(34)}{clean(text)}{chr(34)}" if text else ""}>Copy as {label}</button>'
            for label, name, text in given
        )
        + "</div>"
    )


def reasons(connection: Connection) -> str:
    """Why, lost, do, sure, retry, also."""
    finding = connection.finding
    rows = [(label, getattr(finding, name)) for label, name in LABELS]
    others = f" It may also be {' or '.join(finding.alternatives)}." if finding.alternatives else ""
    rows.append(("sure", f"{finding.certainty}: {finding.sure}{others}"))
    if connection.retry.verdict != "not-applicable":
        rows.append(("retry", f"{connection.retry.verdict}: {connection.retry.because}"))
    rows.append(("evidence", ", ".join(f"packet {packet}" for packet in evidence_words(finding))))
    rows.append(("shown", finding.vantage))
    rows.append(("linked", linked(connection)))
    rows.append(("also", ", ".join(finding.also)))
    return (
        '<dl class="facts">'
        + "".join(f"<dt>{label}</dt><dd>{clean(text)}</dd>" for label, text in rows if text)
        + "</dl>"
    )


def ledger(connection: Connection) -> str:
    """What became of the bytes."""
    rows = "".join(
        f'<tr><th scope="row" class="{side}">{side}</th>'
        + "".join(
            f'<td class="number">{size(count)}</td>'
            for count in (one.sent, one.acknowledged, one.perhaps_unread, one.lost)
        )
        + "</tr>"
        for side, one in connection.bytes.items()
    )
    heads = "".join(
        f'<th scope="col" class="number">{head}</th>' for head in ("sent", "acknowledged", "perhaps unread", "lost")
    )
    return f'<h3>Bytes</h3><div class="scroll" tabindex="0" role="group" aria-label="Bytes"><table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def resets(connection: Connection) -> str:
    """Every RST: by whom, what it looks like, why it was sent."""
    if not connection.resets:
        return ""
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("packet", "by", "made by", "accepted", "shape", "reason")
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{clean(value)}</td>' for value in reset(one, connection))}</tr>"
        for one in connection.resets[:12]
    )
    more = f"<p class=muted>and {len(connection.resets) - 12} more</p>" if len(connection.resets) > 12 else ""
    return f'<h3>Resets</h3><div class="scroll" tabindex="0" role="group" aria-label="Resets"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{more}'


def reset(one: Reset, connection: Connection) -> Iterator[object]:
    """The cells of one RST."""
    names = connection.file_names
    packet = f"{one.packet} of {names[one.file]}" if names else one.packet
    yield from (packet, one.by, one.origin, {True: "yes", False: "no", None: "not proved"}[one.accepted], one.shape)
    yield one.reason if isinstance(one.reason, str) else " or ".join(one.reason)


def states(connection: Connection) -> str:
    """The ways in words, for paper and for whoever sees no pictures."""
    return "".join(
        f'<p class="way"><b class="{side}">{side}</b> <span class="mono">{clean(" → ".join(way(connection, side)))}</span></p>'
        for side in ("client", "server")
    )


def way(connection: Connection, side: str) -> Iterator[str]:
    """The states of one end in order."""
    for number, event in enumerate(connection.events):
        end = event.client if side == "client" else event.server
        if number == 0:
            yield end.previous
        if end.state != end.previous:
            yield end.state


def pack(parts: Mapping[str, object]) -> str:
    """What the script unpacks: JSON, deflated, in base64. Cannot end the element it stands in."""
    data = dumps(parts, separators=(",", ":")).encode()
    return f'<script type="application/octet-stream" id="packed">{b64encode(compress(data, LEVEL)).decode()}</script>'
