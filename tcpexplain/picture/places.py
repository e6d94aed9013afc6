"""Where the states stand (the layout of RFC 9293 figure 5) and how each transition runs between them.

CLOSED stands twice, as in the RFC: above for a connection that does not exist yet (or never came to be), below for one that is over.
"""

from __future__ import annotations

from tcpexplain.machine.transitions import State
from tcpexplain.picture.geometry import Box, Curve, Point

WIDTH = 960.0
HEIGHT = 688.0
MARGIN = 178.0
"""Left and right of this many pixels belong to the notes: no state stands there and no transition runs there."""

STATE_WIDTH = 134.0
STATE_HEIGHT = 42.0

END = "end"
"""Names the lower CLOSED where a place is asked for."""

Place = State | str

PLACES: dict[Place, Point] = {
    State.CLOSED: Point(480, 31),
    State.LISTEN: Point(480, 131),
    State.SYN_RECEIVED: Point(252, 208),
    State.SYN_SENT: Point(708, 208),
    State.ESTABLISHED: Point(480, 300),
    State.UNKNOWN: Point(708, 301),
    State.FIN_WAIT_1: Point(252, 400),
    State.CLOSE_WAIT: Point(708, 400),
    State.FIN_WAIT_2: Point(252, 516),
    State.CLOSING: Point(418, 516),
    State.LAST_ACK: Point(708, 516),
    State.TIME_WAIT: Point(318, 632),
    END: Point(580, 632),
}


def _curve(*numbers: float) -> Curve:
    x0, y0, x1, y1, x2, y2 = numbers
    return Curve(Point(x0, y0), Point(x1, y1), Point(x2, y2))


ROUTES: dict[tuple[Place, Place], Curve] = {
    # opening
    (State.CLOSED, State.SYN_SENT): _curve(547, 28, 712, 40, 724, 187),
    (State.LISTEN, State.SYN_SENT): _curve(547, 142, 600, 160, 641, 194),
    (State.LISTEN, State.SYN_RECEIVED): _curve(413, 142, 355, 160, 312, 187),
    (State.SYN_SENT, State.SYN_RECEIVED): _curve(641, 208, 480, 206, 319, 208),
    (State.SYN_SENT, State.ESTABLISHED): _curve(660, 229, 605, 261, 547, 288),
    (State.SYN_RECEIVED, State.ESTABLISHED): _curve(300, 229, 355, 261, 413, 288),
    # an opening that fails
    (State.LISTEN, State.CLOSED): _curve(480, 110, 480, 80, 480, 52),
    (State.SYN_SENT, State.CLOSED): _curve(680, 187, 612, 138, 536, 52),
    (State.SYN_RECEIVED, State.CLOSED): _curve(202, 187, 205, 34, 413, 28),
    (State.SYN_RECEIVED, State.LISTEN): _curve(238, 187, 262, 104, 413, 116),
    # starting in the middle
    (State.UNKNOWN, State.ESTABLISHED): _curve(641, 301, 595, 302, 547, 301),
    (State.UNKNOWN, State.SYN_RECEIVED): _curve(650, 280, 500, 226, 319, 217),
    (State.UNKNOWN, END): _curve(641, 314, 540, 354, 584, 611),
    # closing
    (State.SYN_RECEIVED, State.FIN_WAIT_1): _curve(244, 229, 244, 302, 244, 379),
    (State.ESTABLISHED, State.FIN_WAIT_1): _curve(413, 312, 355, 340, 300, 379),
    (State.ESTABLISHED, State.CLOSE_WAIT): _curve(547, 312, 605, 340, 660, 379),
    (State.FIN_WAIT_1, State.FIN_WAIT_2): _curve(250, 421, 250, 459, 250, 495),
    (State.FIN_WAIT_1, State.CLOSING): _curve(290, 421, 345, 459, 394, 495),
    (State.FIN_WAIT_2, State.TIME_WAIT): _curve(240, 537, 262, 579, 292, 611),
    (State.CLOSING, State.TIME_WAIT): _curve(400, 537, 385, 579, 350, 611),
    (State.CLOSE_WAIT, State.LAST_ACK): _curve(708, 421, 708, 459, 708, 495),
    (State.LAST_ACK, END): _curve(708, 537, 690, 594, 647, 624),
    (State.TIME_WAIT, END): _curve(385, 636, 450, 637, 513, 636),
    # aborting
    (State.ESTABLISHED, END): _curve(498, 321, 530, 474, 560, 611),
    (State.FIN_WAIT_1, END): _curve(319, 410, 500, 412, 540, 611),
    (State.FIN_WAIT_2, END): _curve(316, 537, 400, 579, 513, 620),
    (State.CLOSE_WAIT, END): _curve(664, 421, 606, 504, 606, 611),
    (State.CLOSING, END): _curve(470, 537, 500, 569, 524, 611),
}

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
