"""tls-alert: one end refused the other with a fatal TLS alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "tls-alert", "Closing badly", 3, "failed"

PAGE = Page(
    title="one end ended the TLS handshake with a fatal alert",
    what=(
        "TLS ends a handshake that cannot succeed with an alert that names the reason: unknown_ca (the certificate's authority is not trusted), certificate_expired, bad_certificate, handshake_failure "
        "(no common cipher), protocol_version, unrecognized_name (no certificate for the name asked for), certificate_required."
    ),
    recognised="A fatal alert that is not encrypted, from either end.",
    sees='The end that receives it: "tlsv1 alert unknown ca", "remote error: tls: handshake failure", SSLV3_ALERT_CERTIFICATE_UNKNOWN. The end that sends it has its own words: "certificate verify failed", "certificate has expired".',
    do="Look at the end that sent the alert: it knows the reason. unknown_ca, bad_certificate, certificate_unknown: check what it trusts and the chain that the other sends. handshake_failure, protocol_version: compare versions and ciphers. unrecognized_name: check the name (SNI).",
    near_misses="An alert within an encrypted connection cannot be read: its length alone says that there is one. close_notify is no failure.",
    references=("RFC 8446 section 6", "RFC 5246 section 7.2"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """There is one."""
    return facts.alert > 0


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """It is there to be read."""
    return (facts.alert > 0) & (facts.foreign == 0)


likely = when


def explain(case: Case) -> Explanation:
    """Which, by whom."""
    facts, said = case.facts, case.said
    sender, code = facts.alert_from, facts.alert - 1
    name = said.alert or f"alert {code}"
    asked = f" The client had asked for {said.server_name}." if said.server_name else ""
    return Explanation(
        title=f"the {SIDES[sender]} refused with the TLS alert {name}",
        sees=f"{SIDES[1 - sender]} read → data, then 0",
        why=lambda: (
            f"Packet {facts.alert_at} is a fatal alert of the {SIDES[sender]}, not encrypted: {name} ({code}).{asked}"
        ),
        lost="",
        do=PAGE.do,
        sure="the alert. What made the end send it, that end's log says.",
        evidence=packet_numbers(facts.alert_at),
    )
