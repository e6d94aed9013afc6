"""The machine that filters run on: BPF as McCanne and Jacobson describe it (USENIX Winter 1993), as libpcap compiles for it.

An instruction is four integers: operation, two jumps, and a constant. libpcap would run a program too, but only packet by packet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.wire.frames import are_whole

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.wire.frames import Batch

LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
"""Classes: the lowest three bits of an operation."""
IMM, ABS, IND, MEM, LEN, MSH = (mode << 5 for mode in range(6))
"""Where a load takes its value from."""
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR = (operation << 4 for operation in range(11))
JA, JEQ, JGT, JGE, JSET = (condition << 4 for condition in range(5))
HALF, BYTE = 0x08, 0x10
"""Sizes of a load; none of them: four bytes."""
BY_X, OF_A, TXA = 0x08, 0x10, 0x80
"""The other operand is the index register; the accumulator is returned; it is set from the index register."""
WORD = 0xFFFFFFFF
CELLS = 16
"""Of a program's memory."""
FIELDS = 4


def fits_match(program: Array[int], memory: Array[int], batch: Batch, count: int, chosen: Array[int]) -> bool:
    """Whether no jump leaves the program, which ends by returning, and all frames lie in their buffer."""
    size = len(program) // FIELDS
    if not size or program[FIELDS * (size - 1)] & 7 != RET or len(memory) < CELLS:
        return False
    for at in range(size):
        if not goes_on(program, at, size):
            return False
    return count <= len(chosen) and are_whole(batch, 0, count)


def goes_on(program: Array[int], at: int, size: int) -> bool:
    """Whether what may follow an instruction is in the program, and the cell it names is in the memory."""
    code, yes, no, k = (
        program[FIELDS * at],
        program[FIELDS * at + 1],
        program[FIELDS * at + 2],
        program[FIELDS * at + 3],
    )
    if k < 0 or k > WORD:
        return False
    kind = code & 7
    if kind == JMP:
        furthest = k if code & 0xF0 == JA else max(yes, no)
        return min(yes, no) >= 0 and furthest < size - at - 1
    if kind in (ST, STX) or (kind in (LD, LDX) and code & 0xE0 == MEM):
        return k < CELLS
    return True


@entry(fits_match)
def match(program: Array[int], memory: Array[int], batch: Batch, count: int, kind: int, chosen: Array[int]) -> int:
    """Mark those of the first ``count`` frames that are of the link type ``kind`` and match, by 1 in ``chosen``; how many there are."""
    found = 0
    for row in range(count):
        if batch.link[row] == kind and run(
            program, memory, batch.buffer, batch.start[row], batch.captured[row], batch.wire[row]
        ):
            chosen[row] = 1
            found += 1
    return found


def run(program: Array[int], memory: Array[int], buffer: Bytes, start: int, captured: int, wire: int) -> int:
    """What the program returns of one packet: 0 if it does not match."""
    a = x = at = 0
    while at < len(program) // FIELDS:
        code, k = program[FIELDS * at], program[FIELDS * at + 3]
        kind = code & 7
        at += 1
        if kind == RET:
            return a if code & OF_A else k
        if kind == JMP:
            at += jump(program, at - 1, a, x)
        elif kind in (LD, LDX):
            value = loaded(code, k, x, memory, buffer, start, captured, wire)
            if value < 0:
                return 0
            if kind == LD:
                a = value
            else:
                x = value
        elif kind == ALU:
            a = computed(code & 0xF0, a, x if code & BY_X else k)
            if a < 0:
                return 0
        elif kind == MISC and code & TXA:
            a = x
        elif kind == MISC:
            x = a
        else:
            memory[k] = a if kind == ST else x
    return 0


def jump(program: Array[int], at: int, a: int, x: int) -> int:
    """How many instructions are passed over."""
    code, k = program[FIELDS * at], program[FIELDS * at + 3]
    condition = code & 0xF0
    if condition == JA:
        return k
    other = x if code & BY_X else k
    if condition == JEQ:
        holds = a == other
    elif condition == JGT:
        holds = a > other
    elif condition == JGE:
        holds = a >= other
    else:
        holds = a & other != 0
    return program[FIELDS * at + 1] if holds else program[FIELDS * at + 2]


def loaded(code: int, k: int, x: int, memory: Array[int], buffer: Bytes, start: int, captured: int, wire: int) -> int:
    """What a load gives; -1 if the packet ends before it."""
    mode = code & 0xE0
    if mode == IMM:
        return k
    if mode == MEM:
        return memory[k]
    if mode == LEN:
        return wire & WORD
    offset = k + x if mode == IND else k
    size = 1 if mode == MSH or code & BYTE else 2 if code & HALF else 4
    if offset > captured - size:
        return -1
    at = start + offset
    if mode == MSH:
        return 4 * (buffer[at] & 0xF)
    if size == 1:
        return buffer[at]
    if size == 2:
        return buffer[at] << 8 | buffer[at + 1]
    return buffer[at] << 24 | buffer[at + 1] << 16 | buffer[at + 2] << 8 | buffer[at + 3]


def computed(operation: int, a: int, by: int) -> int:
    """The accumulator after an operation, in 32 bits without a sign; -1 for a division by zero, which ends a program."""
    if operation in (DIV, MOD):
        if by == 0:
            return -1
        return a // by if operation == DIV else a % by
    if operation == AND:
        return a & by
    if operation == OR:
        return a | by
    if operation == XOR:
        return a ^ by
    if operation == ADD:
        return (a + by) & WORD
    if operation == SUB:
        return (a - by) & WORD
    if operation == MUL:
        return (a * by) & WORD
    if operation == NEG:
        return -a & WORD
    if by > 31:
        return 0
    return (a << by) & WORD if operation == LSH else a >> by
