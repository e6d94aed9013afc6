"""Where the states stand (the layout of RFC 9293 figure 5) and how each transition runs between them.

CLOSED stands twice, as in the RFC: above for a connection that does not exist yet (or never came to be), below for one that is over.
"""

from __future__ import annotations

from tcpexplain.machine.transitions import State
from tcpexplain.picture.geometry import Box, Curve, Point

WIDTH = 1060.0
HEIGHT = 688.0
MARGIN = 228.0
"""Left and right of this many pixels belong to the notes: no state stands there and no transition runs there."""

STATE_WIDTH = 134.0
STATE_HEIGHT = 42.0

END = "end"
"""Names the lower CLOSED where a place is asked for."""

Place = State | str

PLACES: dict[Place, Point] = {
    State.CLOSED: Point(530, 31),
    State.LISTEN: Point(530, 131),
    State.SYN_RECEIVED: Point(302, 208),
    State.SYN_SENT: Point(758, 208),
    State.ESTABLISHED: Point(530, 300),
    State.UNKNOWN: Point(758, 301),
    State.FIN_WAIT_1: Point(302, 400),
    State.CLOSE_WAIT: Point(758, 400),
    State.FIN_WAIT_2: Point(302, 516),
    State.CLOSING: Point(468, 516),
    State.LAST_ACK: Point(758, 516),
    State.TIME_WAIT: Point(368, 632),
    END: Point(630, 632),
}


def _curve(*numbers: float) -> Curve:
    x0, y0, x1, y1, x2, y2 = numbers
    return Curve(Point(x0, y0), Point(x1, y1), Point(x2, y2))


ROUTES: dict[tuple[Place, Place], Curve] = {
    # opening
    (State.CLOSED, State.SYN_SENT): _curve(597, 28, 762, 40, 774, 187),
    (State.LISTEN, State.SYN_SENT): _curve(597, 142, 650, 160, 691, 194),
    (State.LISTEN, State.SYN_RECEIVED): _curve(463, 142, 405, 160, 362, 187),
    (State.SYN_SENT, State.SYN_RECEIVED): _curve(691, 208, 530, 206, 369, 208),
    (State.SYN_SENT, State.ESTABLISHED): _curve(710, 229, 655, 261, 597, 288),
    (State.SYN_RECEIVED, State.ESTABLISHED): _curve(350, 229, 405, 261, 463, 288),
    # an opening that fails
    (State.LISTEN, State.CLOSED): _curve(530, 110, 530, 80, 530, 52),
    (State.SYN_SENT, State.CLOSED): _curve(730, 187, 662, 138, 586, 52),
    (State.SYN_RECEIVED, State.CLOSED): _curve(252, 187, 255, 34, 463, 28),
    (State.SYN_RECEIVED, State.LISTEN): _curve(288, 187, 312, 104, 463, 116),
    # starting in the middle
    (State.UNKNOWN, State.ESTABLISHED): _curve(691, 301, 645, 302, 597, 301),
    (State.UNKNOWN, State.SYN_RECEIVED): _curve(700, 280, 550, 226, 369, 217),
    (State.UNKNOWN, END): _curve(691, 314, 590, 354, 634, 611),
    # closing
    (State.SYN_RECEIVED, State.FIN_WAIT_1): _curve(294, 229, 294, 302, 294, 379),
    (State.ESTABLISHED, State.FIN_WAIT_1): _curve(463, 312, 405, 340, 350, 379),
    (State.ESTABLISHED, State.CLOSE_WAIT): _curve(597, 312, 655, 340, 710, 379),
    (State.FIN_WAIT_1, State.FIN_WAIT_2): _curve(300, 421, 300, 459, 300, 495),
    (State.FIN_WAIT_1, State.CLOSING): _curve(340, 421, 395, 459, 444, 495),
    (State.FIN_WAIT_2, State.TIME_WAIT): _curve(290, 537, 312, 579, 342, 611),
    (State.CLOSING, State.TIME_WAIT): _curve(450, 537, 435, 579, 400, 611),
    (State.CLOSE_WAIT, State.LAST_ACK): _curve(758, 421, 758, 459, 758, 495),
    (State.LAST_ACK, END): _curve(758, 537, 740, 594, 697, 624),
    (State.TIME_WAIT, END): _curve(435, 636, 500, 637, 563, 636),
    # aborting
    (State.ESTABLISHED, END): _curve(548, 321, 580, 474, 610, 611),
    (State.FIN_WAIT_1, END): _curve(369, 410, 550, 412, 590, 611),
    (State.FIN_WAIT_2, END): _curve(366, 537, 450, 579, 563, 620),
    (State.CLOSE_WAIT, END): _curve(714, 421, 656, 504, 656, 611),
    (State.CLOSING, END): _curve(520, 537, 550, 569, 574, 611),
}

STUBS: dict[Place, Curve] = {
    State.LISTEN: _curve(530, 204, 530, 180, 530, 160),
    State.SYN_RECEIVED: _curve(256, 294, 258, 262, 262, 237),
    State.SYN_SENT: _curve(802, 276, 796, 256, 790, 237),
    State.ESTABLISHED: _curve(376, 300, 416, 300, 455, 300),
    State.UNKNOWN: _curve(802, 358, 796, 344, 790, 330),
    State.FIN_WAIT_1: _curve(250, 480, 252, 454, 256, 429),
    State.CLOSE_WAIT: _curve(806, 480, 804, 454, 800, 429),
    State.FIN_WAIT_2: _curve(250, 596, 252, 570, 256, 545),
    State.CLOSING: _curve(502, 436, 498, 464, 492, 487),
    State.LAST_ACK: _curve(806, 596, 804, 570, 800, 545),
    State.TIME_WAIT: _curve(242, 668, 266, 660, 293, 644),
    END: _curve(766, 672, 734, 664, 705, 644),
}
"""Where a RST that changes nothing comes from, and where it ends: before the outline of the state that ignores it."""

_OPENING = frozenset({State.LISTEN, State.SYN_SENT, State.SYN_RECEIVED})


def target(previous: Place, state: State) -> Place:
    """Which place an arrow into ``state`` ends at: a connection that was never open goes back to the upper CLOSED."""
    return END if state is State.CLOSED and previous not in _OPENING else state


def box(place: Place) -> Box:
    """The outline of a state."""
    return Box.around(*PLACES[place], STATE_WIDTH, STATE_HEIGHT)


def name(place: Place) -> str:
    """What is written in the outline."""
    return str(State.CLOSED) if place == END else str(place)


def route(previous: Place, place: Place) -> Curve:
    """The curve of a transition; what the table does not know runs straight between the outlines."""
    known = ROUTES.get((previous, place))
    return known or _straight(box(previous), box(place))


def stub(place: Place) -> Curve:
    """The curve of a RST that a state ignores."""
    return STUBS[place]


def _straight(tail: Box, head: Box) -> Curve:
    """From outline to outline along the line between the middles."""
    start, end = _leaving(tail, head.middle), _leaving(head, tail.middle)
    return Curve(start, Point((start.x + end.x) / 2, (start.y + end.y) / 2), end)


def _leaving(outline: Box, towards: Point) -> Point:
    """Where the line from the middle of ``outline`` to ``towards`` crosses the outline."""
    middle = outline.middle
    across, down = towards.x - middle.x, towards.y - middle.y
    scale = min(outline.width / 2 / abs(across) if across else 9.0, outline.height / 2 / abs(down) if down else 9.0)
    return Point(middle.x + across * scale, middle.y + down * scale)
