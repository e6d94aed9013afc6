"""connection-age-limit: the server closes connections at a certain age, in use or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.questions import in_use
from tcpexplain.evidence.words import packet_numbers, rounded, seconds, sentence, span
from tcpexplain.units import counted, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "connection-age-limit", "Closing badly", 8, "failed"

PAGE = Page(
    title="the server closed a connection that was in use because of its age",
    what=(
        "Servers, proxies and connection pools limit how old a connection may become (gRPC max_connection_age, nginx keepalive_time, Envoy max_connection_duration, HikariCP maxLifetime), "
        "so that load spreads anew. The limit ran out in the middle of the client's work, and what the client sent at that moment met a closed socket."
    ),
    recognised="Several connections of one server were closed by it at the same age while their clients were still using them; what this client sent then was refused or not answered.",
    sees="The client's write succeeds; then read returns 0 (EOF), or says ECONNRESET, and the next write EPIPE.",
    do=(
        "Let the server finish what is under way before it closes (a grace period: gRPC max_connection_age_grace), and announce the close (HTTP/2 GOAWAY, Connection: close). "
        "Client: replace connections somewhat before the server does, and repeat on a new connection what is safe to repeat."
    ),
    near_misses="peer-closed-idle-connection: the connection was idle, and the silence is what they share. write-after-close: one connection alone, whose age may be chance.",
    references=("gRPC proposal A9", "nginx ngx_http_core_module keepalive_time"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Two siblings at least were closed at the same age, and this client was writing."""
    hit = in_use(client, server) | (client.crossed_packet > 0) | (client.unacknowledged > 0)
    return (facts.age_alike >= 2) & hit & (facts.closed_first == 1)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: a common age is no proof of a limit."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """The age, how many share it, and what was under way."""
    facts, client, server = case.facts, case.client, case.server
    age = server.fin_time - facts.established
    late = client.late_bytes or client.unacknowledged
    return Explanation(
        title=f"the server closed it in use, at an age of {rounded(age)} as {counted(facts.age_alike, 'other')}",
        sees=f"client write → ok, {case.sees(0, 'read').removeprefix('client ')}",
        why=lambda: sentence(
            f"The server closed at {seconds(server.fin_time)}, {span(age)} after the handshake and {span(server.fin_heard)} after the client's last data.",
            f"{counted(facts.age_alike, 'other connection')} to it {'was' if facts.age_alike == 1 else 'were'} closed in use at the same age: the server limits the age of connections, not their idle time.",
        ),
        lost=lambda: f"{size(late)}, sent when the server had closed." if late else "",
        do=PAGE.do,
        sure="the FIN and its age. That a limit of age made it is an inference from connections that share it.",
        evidence=packet_numbers(server.fin_packet, client.late_packet or client.crossed_packet, facts.reset_packet),
        alternatives=("write-after-close",),
    )
