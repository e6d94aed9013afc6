"""Whatever Wireshark opens, by tshark: only on request.

The packets are written anew as pcapng, by editcap if it is there: it comes with tshark and starts at once. What cannot be
written so, and link types that are not known here, tshark takes apart; its JSON says where the IP headers are.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.readers import pcapng
from tcpexplain.readers.tshark_json import layers_in
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import Columns, Frames, Provenance, gather
from tcpexplain.wire.layered import RAW, LayeredPacket, Pairs, packet_of
from tcpexplain.wire.link import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from subprocess import Popen

SIGNATURES: tuple[bytes, ...] = ()

BATCH = 1000
"""Packets in a batch of those that tshark has taken apart."""
LAYERS = "frame eth ip ipv6"
TSHARK, EDITCAP = ("tshark", "-n", "-r"), ("editcap", "-F", "pcapng")
AS_PCAPNG, AS_JSON = ("-F", "pcapng", "-w", "-"), ("-T", "json", "-x", "-j", LAYERS)
"""How tshark is asked to hand over the packets."""
ROOT_NOTICE = "Running as user "
"""What tshark says to root, whatever else happens."""


CUT_SHORT = "cut short"
"""What editcap says of a file that ends too early, and takes for no failure."""


class Running(NamedTuple):
    """A program that is handing over packets, and what it says."""

    process: Popen[bytes]
    errors: IO[bytes]

    @property
    def output(self) -> BinaryIO:
        """Its packets."""
        return cast("BinaryIO", self.process.stdout)

    def said(self) -> str | None:
        """Its last words, once it has ended; None if all went well."""
        status = self.process.wait()
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().decode(errors="replace").splitlines() if line.strip()]
        words = " ".join(line for line in lines if not line.startswith(ROOT_NOTICE))
        if status == 0 and CUT_SHORT not in words:
            return None
        return words.removeprefix("tshark: ").removeprefix("editcap: ") or f"it ended with status {status}"


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read whatever tshark reads.

    Raises
    ------
    TcpexplainError
        TE020 if there is no tshark.
    CaptureError
        TE021 if tshark cannot read the file.
    """
    if not which("tshark"):
        raise missing()
    with ExitStack() as stack:
        path = Path(about.name)
        if not path.is_file():
            from tempfile import TemporaryDirectory

            path = Path(stack.enter_context(TemporaryDirectory()), "capture")
            path.write_bytes(source.read())
        yield from converted(path, about, columns)
        if not about.packets:
            yield from dissected(path, about, columns)


def converted(path: Path, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """The packets as tshark writes them anew; none if it cannot, or if their link type is not known here."""
    command = (*EDITCAP, str(path), "-") if which("editcap") else (*TSHARK, str(path), *AS_PCAPNG)
    with started(command) as running:
        try:
            for frames in pcapng.read(running.output, about, columns):
                if not about.format.startswith("tshark") and all(one.family == UNKNOWN for one in about.link_types):
                    break
                about.format = "tshark"
                yield frames
            else:
                finish(running.said(), about)
                return
        except CaptureError:
            pass  # not even a file header: it says why when it is asked again
        about.packets = 0
        about.link_types.clear()
        about.interfaces.clear()
        about.warnings.clear()


def dissected(path: Path, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """The packets as tshark takes them apart."""
    about.format = "tshark"
    about.link_types[:] = [linktype.find(101)]
    with started((*TSHARK, str(path), *AS_JSON)) as running:
        found: list[LayeredPacket] = []
        for layers in documents(running.output):
            if packet := packet_of(layers):
                found.append(packet)
            if len(found) == BATCH:
                yield batch(found, about, columns)
                found = []
        if found:
            yield batch(found, about, columns)
        finish(running.said() or (None if about.packets else "it finds no packet in it"), about)


def documents(output: BinaryIO) -> Iterator[Pairs]:
    """The layers of each packet, of an array of which each object begins and ends with two blanks and a brace; the last may be cut."""
    lines: list[bytes] = []
    for line in output:
        if line.startswith(b"  {"):
            lines = [b"{"]
        elif line.startswith(b"  }"):
            try:
                document = json.loads(b"".join([*lines, b"}"]), object_pairs_hook=list)
            except ValueError:
                continue
            yield from layers_in(document)
        else:
            lines.append(line)


def batch(found: list[LayeredPacket], about: Provenance, columns: Columns) -> Frames:
    """Packets as frames."""
    frames = gather([packet[:3] for packet in found], RAW, about, columns)
    frames.link = columns.column([packet.kind for packet in found])
    return frames


@contextmanager
def started(command: Sequence[str]) -> Iterator[Running]:
    """A program that hands over packets; it is ended if nobody wants more of it."""
    from subprocess import DEVNULL, PIPE, Popen
    from tempfile import TemporaryFile

    with TemporaryFile() as errors, Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=errors) as process:
        try:
            yield Running(process, errors)
        finally:
            process.kill()


def finish(said: str | None, about: Provenance) -> None:
    """TE021: an error if there was no packet, else a warning."""
    if said is None:
        return
    message = f"tshark cannot read {about.name}"
    if not about.packets:
        raise CaptureError(message, file=about.name, code="TE021", note=said)
    about.warn("TE021", f"{message} to its end", f"{said}; {about.packets:,} packets were used")


def missing() -> TcpexplainError:
    """TE020: there is no tshark."""
    return TcpexplainError(
        "this needs the program tshark, and there is none in PATH",
        code="TE020",
        help="leave out --reader (tcpexplain reads this file itself), or install it\napt install tshark   or   brew install wireshark",
        exit_status=3,
    )
