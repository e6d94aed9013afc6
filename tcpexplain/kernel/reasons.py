"""The kernel's reasons for a RST, and the words of predictions (``Reset.reason``) that say the same."""

from __future__ import annotations

ACTIVE = {
    "TCP_ABORT_ON_CLOSE": "close-with-unread-data",
    "TCP_STATE": "abort-close",
    "TCP_KEEPALIVE_TIMEOUT": "keepalive-timeout",
}
"""Of a RST that ends the kernel's own socket."""
REPLY = {
    "TCP_TIMEWAIT_SOCKET": "segment-after-close",
    "TCP_ABORT_ON_DATA": "segment-after-close",
    "TCP_INVALID_ACK_SEQUENCE": "bad-acknowledgment",
}
"""Of a RST that answers a segment."""
NOBODY = ("NO_SOCKET", "TCP_FLAGS")
"""There is no socket, for one of several reasons."""
NO_SOCKET = ("closed-port", "no-such-connection", "segment-after-close")


def meant(reason: str) -> tuple[str, ...]:
    """The predicted reasons that agree with the kernel's; empty where it says nothing that can be compared."""
    if reason in NOBODY:
        return NO_SOCKET
    if reason == "TCP_ABORT_ON_LINGER":
        return ("abort-close",)
    found = ACTIVE.get(reason) or REPLY.get(reason)
    return (found,) if found else ()
