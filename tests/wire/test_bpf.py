"""Programs of filters return what libpcap's own interpreter returns of them."""

import ctypes

import pytest
from forged import DATA, HIGH, LOW, ethernet, ipv4
from hypothesis import given
from hypothesis import strategies as st

from tcpexplain.errors import TcpexplainError
from tcpexplain.readers.filter import Instruction, compile_filter, libpcap
from tcpexplain.wire import bpf
from tcpexplain.wire.frames import Lists

try:
    LIBRARY = libpcap()
except TcpexplainError as missing:
    pytest.skip(f"no libpcap: {missing}", allow_module_level=True)
LIBRARY.bpf_filter.argtypes = (ctypes.POINTER(Instruction), ctypes.c_char_p, ctypes.c_uint, ctypes.c_uint)
LIBRARY.bpf_filter.restype = ctypes.c_uint

FRAMES = (
    ethernet(ipv4(DATA)),
    ethernet(ipv4(DATA, HIGH, LOW)),
    ethernet(bytes(28), 0x0806),
    ethernet(b"\0\5\x08\0" + ipv4(DATA), 0x8100),
    ethernet(b"\x60" + bytes(5) + b"\x06\x40" + bytes(31) + b"\1" + bytes(15) + b"\1" + bytes(20), 0x86DD),
    b"",
)
EXPRESSIONS = (
    "",
    "tcp and host 10.0.0.1 and not src port 80",
    "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0",
    "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
    "ip[2:2] - ((ip[0] & 0xf) << 2) > 20",
    "ip[8] * 3 % 7 = 3 or ip[9] / 2 = 3 or -ip[8] > 5 or ip[4:2] ^ ip[2:2] = 9",
    "portrange 1-1000 or net 192.168.0.0/16",
    "len > 60 and less 200",
    "vlan 5 and tcp port 80",
    "ip6 and tcp",
    "ether[0] & 1 = 0 and ether src 02:00:00:00:00:01",
    "icmp or arp or pppoes",
)


def theirs(program, frame, wire):
    """What libpcap says."""
    rows = [Instruction(*program[at : at + 4]) for at in range(0, len(program), 4)]
    return LIBRARY.bpf_filter((Instruction * len(rows))(*rows), frame, wire, len(frame))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_libpcap_compiles_picks_the_same_frames(expression):
    program = compile_filter(expression, 1)
    for frame in FRAMES:
        for cut in {len(frame), len(frame) // 2, 30}:
            part = frame[:cut]
            ours = bpf.run(program, [0] * 16, part, 0, len(part), len(frame))
            assert ours == theirs(program, part, len(frame)), (expression, part)


WORDS = st.one_of(st.integers(0, 40), st.sampled_from((0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)), st.integers(0, 0xFFFFFFFF))
LOADS = [0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80]
INDEX_LOADS = [0x01, 0x61, 0x81, 0xB1]
COMPUTING = [0x04 | operation << 4 | by for operation in range(11) for by in (0, 8) if (operation, by) != (8, 8)]
OPERATIONS = [*LOADS, *INDEX_LOADS, 0x02, 0x03, *COMPUTING, 0x07, 0x87]
JUMPS = [0x05] + [0x05 | condition << 4 | by for condition in range(1, 5) for by in (0, 8)]


@st.composite
def programs(draw):
    """Any program that ends."""
    size = draw(st.integers(1, 12))
    program = []
    for at in range(size - 1):
        left = size - at - 2
        code = draw(st.sampled_from(OPERATIONS + JUMPS))
        k = draw(WORDS)
        if code & 7 in (2, 3) or (code & 7 in (0, 1) and code & 0xE0 == 0x60):
            k %= 16
        if code & 0x0F == 4 and code & 0xF0 in (0x30, 0x90):
            k = (
                k or 1
            )  # libpcap's validation refuses a constant 0, and a shift by 32; run without it, it dies of the first
        if code & 0x0F == 4 and code & 0xF0 in (0x60, 0x70):
            k %= 32
        if code == 0x05:
            k %= left + 1
        # A jump by a condition has one byte for each way; libpcap takes a shift by 32 or more for 0, as we do.
        yes, no = (draw(st.integers(0, left)) for _ in range(2)) if code & 7 == 5 and code != 0x05 else (0, 0)
        program += [code, yes, no, k]
    return [*program, *draw(st.sampled_from(([0x16, 0, 0, 0], [0x06, 0, 0, 7])))]


@given(programs(), st.binary(max_size=48), st.integers(0, 2000))
def test_any_program_returns_the_same(program, frame, wire):
    # libpcap leaves its memory as it was: a program that reads a cell before it writes one has no answer.
    cleared = [word for cell in range(16) for word in (0x02, 0, 0, cell)]
    assert bpf.run(cleared + program, [9] * 16, frame, 0, len(frame), wire) == theirs(cleared + program, frame, wire)


def test_a_program_that_leaves_itself_is_refused():
    batch = Lists().frames(bytearray(4)).batch
    runs = [
        [0x05, 0, 0, 0],
        [0x05, 0, 0, 7, 0x06, 0, 0, 1],
        [0x15, 9, 0, 1, 0x06, 0, 0, 1],
        [0x02, 0, 0, 16, 0x06, 0, 0, 1],
    ]
    assert not any(bpf.fits_match(program, [0] * 16, batch, 0, []) for program in runs)
    assert bpf.fits_match([0x06, 0, 0, 1], [0] * 16, batch, 0, [])
