"""Progress: quiet for a second, then one line that writes over itself."""

import io

from tcpexplain.terminal.progress import Progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_who_waits_less_than_a_second_sees_nothing():
    out, clock = io.StringIO(), Clock()
    shown = Progress(out, 1000, clock)
    clock.now = 0.9
    shown(10, 100)
    shown.done()
    assert out.getvalue() == ""


def test_a_line_tells_the_rate_and_what_is_left():
    shown = Progress(io.StringIO(), 300_000_000)
    assert (
        shown.line(1_000_000, 100_000_000, 2.0)
        == "1,000,000 packets   500,000/s   100 MB of 300 MB   50.0 MB/s   4.0 s left"
    )
    assert Progress(io.StringIO()).line(10, 0, 2.0) == "10 packets   5/s"


def test_it_is_shown_at_a_measured_pace_and_taken_away():
    out, clock = io.StringIO(), Clock()
    shown = Progress(out, 1000, clock)
    for clock.now in (1.0, 1.1, 1.25):
        shown(10, 100)
    shown.done()
    assert out.getvalue().count("packets") == 2
    assert out.getvalue().endswith("\r\x1b[K")


def test_it_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    out, clock = io.StringIO(), Clock()
    shown = Progress(out, 10**9, clock)
    clock.now = 2.0
    shown(10**6, 10**8)
    assert len(out.getvalue().strip("\r").removesuffix("\x1b[K")) <= 29
