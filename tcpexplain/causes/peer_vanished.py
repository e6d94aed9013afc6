"""peer-vanished: data repeated, never acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence import noticed
from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import LONG, answered_by_nobody, dead, swallowed
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.units import NANOSECOND, counted, size
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "peer-vanished", "Dying", 10, "failed"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the peer no longer answers",
    what="One end sent data and repeated it with growing intervals; nothing ever came back: the peer lost power or its network, or the path between was cut.",
    recognised="Three or more copies of data (or of a FIN) at the end of the connection and no packet of the peer after them, no RST, no ICMP error.",
    sees="The writer's calls succeed or block, then fail once with ETIMEDOUT: on Linux after about 15 min (tcp_retries2), or after TCP_USER_TIMEOUT. The peer, if it still runs, sees no error.",
    do="Set TCP_USER_TIMEOUT or an application timeout: the kernel's default waits a quarter of an hour. Keepalive does not help while data is outstanding.",
    near_misses="keepalive-timeout: an idle end probed. icmp-unreachable: a router said why. idle-nat-timeout: it began with the first packet after a long silence. path-mtu-blackhole: small segments still pass. accept-queue-full: the server never acknowledged anything.",
    references=("RFC 9293 section 3.8.3", "RFC 6298", "tcp(7) TCP_USER_TIMEOUT"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Copies that nothing answers, and nothing that explains it better."""
    known = answered_by_nobody(facts) & (facts.reset_accepted == 1)
    explained = known | (facts.icmp > 0) | (facts.quiet >= LONG) | swallowed(client) | swallowed(server)
    return (dead(client) | dead(server)) & (explained == 0) & (facts.established + facts.midstream > 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """So many copies that chance loss is out of the question, and for so long that the peer would have spoken, or the sender has stopped."""
    over = lasted(facts, client) | lasted(facts, server)
    return when(facts, client, server) & ((client.repeats >= 5) | (server.repeats >= 5)) & (facts.one_way == 0) & over


def lasted(facts: Facts, me: EndFacts) -> int:
    """Copies over half a minute; or a further one was due and did not come; or it stopped by itself (its own RST or FIN)."""
    waited = facts.duration - me.repeats_since
    return (me.repeats >= 5) & ((waited >= 30 * NANOSECOND) | (facts.left > 2 * waited) | (me.resets > 0))


likely = when


def explain(case: Case) -> Explanation:
    """What was sent how often, since when, and what its sender is told."""
    facts = case.facts
    side = 0 if case.client.repeats >= case.server.repeats else 1
    me = case.end(side)
    what = size(me.unacknowledged) if me.unacknowledged else "its FIN"
    # The gaps between copies double: one that is longer than all of them together would have brought the next.
    silent = me.repeats_since and facts.left > 2 * (facts.duration - me.repeats_since)
    over = noticed.sentence(case, side) or (
        f"No further copy came for {span(facts.left)}: its kernel had given up (ETIMEDOUT)."
        if silent
        else "The capture ends before the next copy was due."
    )
    return Explanation(
        title=f"no answer to {'data' if me.unacknowledged else 'the FIN'}, {counted(me.repeats, 'retransmission')}",
        sees=noticed.sees(case, side, "read"),
        why=lambda: (
            f"The {SIDES[side]} sent {what} at {seconds(me.repeats_since or me.last_data)}, repeated it {counted(me.repeats, 'time')} and received nothing more from the {SIDES[1 - side]}. {over}"
        ),
        lost=lambda: f"{what}: sent, never acknowledged." if me.unacknowledged else "",
        do=PAGE.do,
        sure=lambda: (
            f"{counted(me.repeats, 'copy', 'copies')} without an answer. Packets here do not show whether the peer or the path failed, nor whether the peer received the data."
        ),
        evidence=packet_numbers(me.last_data_packet, case.last_packet()),
        alternatives=("capture-loss",) if facts.missed else (),
    )
