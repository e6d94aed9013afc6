"""Connections as they end, as lines of JSON."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.cli.options import Options
    from tcpexplain.live.watch import Watch
    from tcpexplain.model.connection import Connection
    from tcpexplain.pseudonyms.names import Pseudonyms


class JsonLines:
    """Lines of JSON: the capture first, each connection once, a summary last."""

    def __init__(
        self, file: IO[str], options: Options, source: Any, analysis: Analysis, names: Pseudonyms | None = None
    ) -> None:
        self.file, self.options, self.source, self.analysis, self.names = file, options, source, analysis, names
        self.begun = False

    def head(self) -> None:
        """The capture's line, before the first connection's."""
        from tcpexplain.model.capture import Capture
        from tcpexplain.reports import json

        if not self.begun:
            links = tuple(link.name for link in self.source.link_types)
            name = self.source.name
            if self.names and self.source.format == "live":
                name = self.names.interface(name)
            json.write_live(
                self.file,
                json.head(Capture([], files=(name,), format=self.source.format, link_types=links, os=self.options.os)),
            )
        self.begun = True

    def connection(self, connection: Connection, again: bool) -> None:
        """One connection."""
        from tcpexplain.reports import json

        self.head()
        if not again:
            json.write_live(self.file, json.connection_record(connection, events=self.options.events))

    def summary(self, watched: Watch, kernel: tuple[int, int] | None = None) -> None:
        """The last line; ``kernel``: connections compared with it, and as predicted."""
        from tcpexplain.model.capture import Capture
        from tcpexplain.reports import json

        self.head()
        a = self.analysis
        record = json.summary(
            Capture(
                [],
                packets=a.packets,
                segments=a.segments,
                skipped=dict(a.skipped),
                warnings=tuple(map(self.names.warning, self.source.warnings) if self.names else self.source.warnings),
            )
        )
        # What they have in common is known of captures that have ended.
        del record["groups"], record["half_closed"]
        causes = {code: count for code, count in watched.causes.most_common() if count}
        if kernel is not None:
            record["kernel"] = {"compared": kernel[0], "as_predicted": kernel[1]}
        json.write_live(self.file, {**record, "connections": sum(causes.values()), "causes": causes})
