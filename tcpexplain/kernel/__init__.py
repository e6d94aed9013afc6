"""The kernel's own account, from tracefs: what it did with each connection, beside what was predicted (Linux, no BPF)."""

from __future__ import annotations

HEADING = "tcpexplain kernel 1"
"""The first line of each comment of a capture that holds a part of the account."""
