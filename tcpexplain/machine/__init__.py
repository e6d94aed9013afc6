"""From a connection to both endpoints' states (RFC 9293)."""
