"""What failed connections share of their way past several points: between which two, and behind which translation."""

import struct
from pathlib import Path

import tcpexplain
from tcpexplain.diagnosis.on_the_path import on_the_path
from tcpexplain.model.points import CapturePoint, Journey, United

POINTS = Path(__file__).parents[2] / "captures" / "points"


def united(fate="lost", server=("10.2.0.2", 80)):
    points = (
        CapturePoint("near", 0, ("10.1.0.2", 4000), ("10.9.9.9", 80), 0.0, 0.0, None, 1),
        CapturePoint("far", 1, ("10.1.0.2", 4000), server, 0.0, 0.0, None, 1),
    )
    ways = {7: Journey(7, 0, (), fate, ("near", "far"))} if fate else {}
    return United(points, ways)


def test_most_were_hit_between_the_same_two_points():
    found = {1: united(), 2: united(), 3: united(), 4: united(), 5: united(fate="")}
    told = on_the_path(found, [1, 2, 3, 4, 5])
    assert told == (
        "4 of 5 that were seen at several points lost segments between near and far",
        "all 5 that were seen at several points pass a translation of 10.9.9.9:80 to 10.2.0.2:80",
    )


def test_nothing_is_said_of_a_single_one_or_of_half():
    assert on_the_path({1: united()}, [1]) == ()
    apart = {1: united(), 2: united("", ("10.9.9.9", 80)), 3: united("made", ("10.2.0.3", 80))}
    assert on_the_path(apart, [1, 2, 3]) == ()
    assert on_the_path({}, [1, 2, 3]) == ()


def three_times(path, target):
    """A recording with its packets thrice, under other ports and initial numbers (Linux cooked v2, IPv4)."""
    data, frames, at = path.read_bytes(), [], 24
    while at < len(data):
        second, fraction, kept, length = struct.unpack_from("<IIII", data, at)
        for copy in range(3):
            frame = bytearray(data[at + 16 : at + 16 + kept])
            tcp = 20 + (frame[20] & 15) * 4
            ports = struct.unpack_from("!HH", frame, tcp)
            moved = [port + 7 * copy if port > 30_000 else port for port in ports]
            numbers = [(number + 50_021 * copy) % (1 << 32) for number in struct.unpack_from("!II", frame, tcp + 4)]
            struct.pack_into("!HHII", frame, tcp, *moved, *numbers)
            frames.append((second + 10 * copy, fraction, kept, length, bytes(frame)))
        at += 16 + kept
    frames.sort(key=lambda one: one[:2])
    target.write_bytes(data[:24] + b"".join(struct.pack("<IIII", *head) + frame for *head, frame in frames))
    return str(target)


def test_a_group_says_between_which_points_its_segments_were_lost(tmp_path):
    files = [
        three_times(POINTS / "request-never-arrives" / f"{name}.pcap", tmp_path / f"{name}.pcap")
        for name in ("client", "server")
    ]
    capture = tcpexplain.read(files, port=8000)
    (group,) = [one for one in capture.groups if one.code == "lost-on-the-way"]
    assert group.count == 3
    assert (
        "all 3 that were seen at several points lost segments between client.pcap and server.pcap"
        in group.in_common.lower()
    )
