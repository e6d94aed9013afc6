"""``atheris``: bytes that reach lines of the readers, or of the readers of messages, that no bytes reached before (Linux; pip install atheris).

python tests/fuzzing/guided.py readers --seconds 600        prints how many inputs were tried; what raised is kept in fuzzing/found
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

TESTS = Path(__file__).parents[1]
FOUND = Path(__file__).parent / "found"
sys.path.insert(0, str(TESTS))
LONGEST = 4096
"""Bytes of an input."""


def of_readers():
    """Any bytes are a capture, or no capture."""
    from fuzzing.files import corpus, read
    from tcpexplain.errors import CaptureError

    def one(data):
        with suppress(CaptureError):
            read(data)

    return one, [data[:LONGEST] for data in corpus()]


def of_messages():
    """Any bytes are a conversation: which protocol, then pieces, each behind the byte that says whose and how long it is."""
    from fuzzing.payloads import MOST, corpus
    from tcpexplain.messages import languages, say
    from tcpexplain.payload.talk import Talk

    def one(data):
        talk, at, position, number = Talk(every=50), [0, 0], 1, 0
        known = languages()
        language = known[data[0] % (len(known) + 1) - 1] if data and data[0] % (len(known) + 1) else None
        if language:
            talk.protocol = language
            for side in (0, 1):
                talk.read(side, language.reading(talk, side))
        while position < len(data):
            side, length = data[position] & 1, data[position] >> 1
            piece = data[position + 1 : position + 1 + length] or b"\0"
            number, position = number + 1, position + 1 + length
            say(talk, side, at[side], piece, len(piece), number, number, None)
            at[side] += len(piece)
        talk.finish((at[0], at[1]))
        assert all(len(flow.buffer) <= MOST for flow in talk.flows)

    return one, [
        b"\0" + b"".join(bytes([2 * len(piece[:127]) + number % 2]) + piece[:127] for number, piece in enumerate(talk))
        for talk in corpus()
    ]


def main():
    """Fuzz; the process ends with libFuzzer's status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("readers", "messages"))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    import atheris

    with atheris.instrument_imports(
        include=["tcpexplain.readers", "tcpexplain.wire", "tcpexplain.messages", "tcpexplain.payload"]
    ):
        one, seeds = of_readers() if options.what == "readers" else of_messages()
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds):
            (Path(folder) / str(number)).write_bytes(data)
        flags = {"max_total_time": options.seconds, "max_len": LONGEST, "print_final_stats": 1, "verbosity": 0}
        words = [f"-{name}={value}" for name, value in flags.items()]
        atheris.Setup([sys.argv[0], *words, f"-artifact_prefix={FOUND}/{options.what}-", folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
