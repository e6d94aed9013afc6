"""conntrack-invalid: an end's own kernel reset a connection for a packet that NAT had not translated back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import by_stranger
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.machine.resets import REPLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "conntrack-invalid", "Only in also", 160, "failed"

PAGE = Page(
    title="NAT let a packet through untranslated, and a kernel answered it with RST",
    what=(
        "Connection tracking judges a packet INVALID (out of its window, or its entry is gone) and does not translate it. It reaches the host under an address and port "
        "for which its kernel has no socket; that kernel answers with RST, and the RST is translated: the peer is reset, while the application's own connection goes on."
    ),
    recognised="A RST with the shape of a kernel's answer, in the name of an end that goes on with the connection.",
    sees="The peer's next read says ECONNRESET; the end itself notices when it writes next, and is reset in turn.",
    do="Drop what connection tracking calls INVALID instead of passing it (nft add rule ... ct state invalid drop; iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP), or set net.netfilter.nf_conntrack_tcp_be_liberal=1. conntrack -S counts such packets.",
    near_misses="injected-rst: a device in between made the RST; only a capture at the end itself tells these two apart. half-open-peer: the end itself does not know the connection any more.",
    references=("Linux Documentation/networking/nf_conntrack-sysctl.rst nf_conntrack_tcp_be_liberal",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A kernel's answer, accepted, from an end that goes on."""
    return by_stranger(facts) & (facts.reset_shape == REPLY) & (facts.reset_alive == 1) & (facts.reset_accepted == 1)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: a forger may give its RST this shape."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Whose kernel answered what."""
    facts = case.facts
    sender, hit = facts.reset_by, 1 - facts.reset_by
    return Explanation(
        title=f"the {SIDES[sender]}'s kernel reset the {SIDES[hit]} for a packet it could not place",
        sees=case.sees(hit, "read"),
        why=lambda: (
            f"The RST in packet {facts.reset_packet} has the shape of a kernel's answer, and the {SIDES[sender]} goes on with the connection."
        ),
        lost="what the other end sends afterwards.",
        do=PAGE.do,
        sure="the RST's form, and that its sender goes on. A forged RST may have this form.",
        evidence=packet_numbers(facts.reset_answers, facts.reset_packet),
        alternatives=("injected-rst", "firewall-reset"),
    )
