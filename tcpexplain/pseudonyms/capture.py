"""A capture under other names, as users hold it: its connections, their groups, its files, and the lines of a log beside it."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from tcpexplain.diagnosis.assemble import connection_now
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture, Origin, changed
from tcpexplain.model.log import LogLine, Matches
from tcpexplain.pseudonyms.names import Pseudonyms
from tcpexplain.pseudonyms.view import RenamedAnalysis
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.model.connection import Address, Connection
    from tcpexplain.model.connections import Connections
    from tcpexplain.model.kernel import KernelEnd, KernelSaw
    from tcpexplain.model.log import CallBeside
    from tcpexplain.pseudonyms.names import Key

HOST = re.compile(
    r"\b(?!port\b)([A-Za-z][\w.-]*)(?=:\d)|(?<=has an end )([A-Za-z]\S*)|(?<=between )([A-Za-z]\S*)|(?<= and )([A-Za-z][\w.-]*)(?= is in )"
)
"""A host in what is said of a line of a log."""
CALL = re.compile(r"(\w+)\((\d*).*\)\s*= (-?\d+(?: E[A-Z]+)?)")
"""A call as strace prints it: its name, the descriptor, and what it returned."""


@frozen
class HiddenOrigin(Origin):
    """Where packets are read again, to be written with other addresses; it is not pickled."""

    names: Pseudonyms = field(default_factory=Pseudonyms, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()

    def __repr__(self) -> str:
        return "<captures that are not named>"


def anonymize(capture: Capture, key: Key | Pseudonyms | None = None) -> Capture:
    """The same capture under other names: ``key`` gives the same in every run, those of other captures theirs; None gives new ones."""
    names = key if isinstance(key, Pseudonyms) else Pseudonyms(key)
    if isinstance(capture.origin, HiddenOrigin):
        return capture
    held, origin = capture.held, capture.origin
    files = tuple(map(names.file, capture.files))
    found = changed(
        capture,
        explained(held, names, capture.files) if isinstance(held, Explained) else unknown(held),
        files=files,
        given=tuple(map(names.file, capture.given)),
        interfaces=tuple(map(names.interface, capture.interfaces)),
        warnings=tuple(map(names.warning, capture.warnings)),
        origin=origin
        and HiddenOrigin(origin.paths, origin.reader, origin.filter, origin.count, origin.connections, names),
    )
    found.runtime = capture.runtime
    if capture.matches is not None:
        found.matches = matches(capture.matches, found, names)
    return found


def explained(held: Explained, names: Pseudonyms, paths: tuple[str, ...]) -> Explained:
    """The connections of an analysis under other names."""
    view: Any = RenamedAnalysis(held.analysis, names, paths)
    among = None if held.among is held.streams else held.among
    beside = hidden_kernel(held.beside, names) if held.beside else None
    return Explained(view, held.streams, view.reader_again(held.again), among, held.hear, beside)


def unknown(held: Connections) -> Connections:
    """Connections whose facts are gone (they were pickled) cannot have other names."""
    raise TcpexplainError(
        "this capture cannot be given other names any more",
        code="TE051",
        note=f"what its sentences were made of is gone ({type(held).__name__}), as after pickling",
        help="anonymize it first, then pickle it",
    )


def live(analysis: Analysis, names: Pseudonyms) -> Callable[[Connection], Connection]:
    """Makes connections of an analysis that goes on once more, under other names."""
    view: Any = RenamedAnalysis(analysis, names, ())

    def renamed(connection: Connection) -> Connection:
        found = connection_now(view, connection.stream)
        found.kernel = connection.kernel and nameless(connection.kernel)
        return found

    return renamed


def hidden_kernel(
    beside: Callable[[Connection], KernelSaw | None], names: Pseudonyms
) -> Callable[[Connection], KernelSaw | None]:
    """Asks what the kernel did under the real names, and leaves out those of processes."""

    def real(one: Address) -> Address:
        return replace(one, address=names.addresses.real.get(one.address, one.address))

    def asked(connection: Connection) -> KernelSaw | None:
        found = beside(replace(connection, client=real(connection.client), server=real(connection.server)))
        return found and nameless(found)

    return asked


def nameless(saw: KernelSaw) -> KernelSaw:
    """What the kernel did, and the numbers of the processes."""

    def end(one: KernelEnd | None) -> KernelEnd | None:
        return one and replace(one, process=one.process and replace(one.process, name="process"))

    return replace(saw, client=end(saw.client), server=end(saw.server))


def matches(found: Matches, capture: Capture, names: Pseudonyms) -> Matches:
    """The lines of a log without their texts."""
    return Matches(
        capture,
        [line(one, names) for one in found.lines],
        ignored=found.ignored,
        clocks=found.clocks,
        calls=[replace(one, text=call(one)) for one in found.calls],
    )


def line(one: LogLine, names: Pseudonyms) -> LogLine:
    """A line as what it says, in the words of this tool; hosts in what was found of it have other names."""

    def told(text: str) -> str:
        return HOST.sub(lambda host: names.word("host", host[0]), names.sentence(text))

    others = tuple(replace(other, because=told(other.because)) for other in one.candidates)
    said = one.says or one.outcome or "not known"
    return replace(one, text=f"line {one.line} of the log: {said}", because=told(one.because), candidates=others)


def call(one: CallBeside) -> str:
    """A call without its arguments but the descriptor."""
    found = CALL.search(one.text)
    return f"{found[1]}({found[2]}) = {found[3]}" if found else "a call"
