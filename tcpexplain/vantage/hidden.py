"""What a capture cannot show of a connection."""

from __future__ import annotations

HIDDEN_CLIENT, HIDDEN_SERVER, HIDDEN_START, HIDDEN_PLAIN, HIDDEN_PACKETS, HIDDEN_OPTIONS, HIDDEN_ORDER = (
    1,
    2,
    4,
    8,
    16,
    32,
    64,
)
HIDDEN = 127
"""What a capture may be unable to show of a connection: what the client sent; what the server sent; how it began; segments that are
neither SYN nor FIN nor RST (a filter); single packets; TCP options (the snap length); in what order things happened (a clock step)."""
