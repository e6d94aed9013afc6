"""What a capture cannot show of a connection: bits of ``facts.hidden``."""

from __future__ import annotations

HIDDEN_CLIENT, HIDDEN_SERVER = 1, 2
"""What the client sent; what the server sent."""
HIDDEN_START = 4
"""How it began."""
HIDDEN_PLAIN = 8
"""Segments that are neither SYN nor FIN nor RST: a filter left them out."""
HIDDEN_PACKETS = 16
"""Single packets, which the other end had."""
HIDDEN_OPTIONS = 32
"""TCP options: the snap length cut them."""
HIDDEN_ORDER = 64
"""In what order things happened: the clock was set."""
RESETS_ONLY = 128
"""All but RSTs."""
HIDDEN = 255
"""Any of it."""
HIDDEN_SIDE = HIDDEN_CLIENT | HIDDEN_SERVER
HIDDEN_END = 256
"""How it ended: the port pair was used again, or what was sent is neither acknowledged nor sent again."""
