"""Play one scenario and keep what happened: packets, and the truth about every call and state."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tcpexplain.lab.loopback import Loopback
from tcpexplain.lab.path import Path as Forwarded
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.lab.routed import Routed
from tcpexplain.lab.stage import Stage
from tcpexplain.lab.truth import document
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from tcpexplain.lab.abilities import Abilities
    from tcpexplain.lab.recording import RecordedPacket
    from tcpexplain.lab.scenario import Scenario
    from tcpexplain.lab.trace import Trace

LAST_WORDS = 0.12  # seconds: delayed ACKs and late answers still belong to the story


@frozen
class Replay:
    """One scenario played: its truth file and the packets of its capture."""

    truth: dict[str, Any]
    packets: list[RecordedPacket]
    link_type: int

    def save(self, capture: Path, truth: Path) -> None:
        """Write ``capture`` (pcap, nanoseconds) and ``truth`` (JSON)."""
        write_pcap(capture, [(packet.time, packet.captured) for packet in self.packets], link_type=self.link_type)
        truth.write_text(json.dumps(self.truth) + "\n")


def wire(scenario: Scenario, abilities: Abilities, seed: int) -> Loopback | Forwarded | Routed:
    """What carries the packets of ``scenario``."""
    if scenario.wire == "router":
        return Routed()
    if scenario.wire == "loopback":
        return Loopback(own_namespace=abilities.namespaces)
    return Forwarded(scenario.impairment, vantage=scenario.vantage, seed=seed)


def replay(scenario: Scenario, abilities: Abilities, trace: Trace | None = None, **more: Any) -> Replay:
    """Play ``scenario``; ``more`` goes into the truth file's head (seed, program, path)."""
    if trace:
        trace.clear()
    stage = Stage(wire(scenario, abilities, more.get("seed", 0)))
    try:
        scenario.run(stage)
        stage.pause(LAST_WORDS)
        with stage.wire.quiet():
            traced = trace.rows() if trace else []
        truth = document(scenario.name, scenario.summary, stage.connections, stage.wire.recording, traced)
    finally:
        with suppress(OSError):
            stage.close()
    truth.update(more)
    return Replay(truth, stage.wire.recording.packets, stage.wire.recording.link_type)
