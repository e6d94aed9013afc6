"""Times as users type them."""

from __future__ import annotations

from datetime import UTC, datetime

from tcpexplain.errors import TcpexplainError
from tcpexplain.quantity import NANOSECOND


def moment(text: str | None) -> int | None:
    """Nanoseconds since 1970 of ``2026-11-21T12:00:00.5``, UTC unless it names a zone; None of None.

    Raises
    ------
    TcpexplainError
        TE044 if it is no time.
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TcpexplainError(
            f"{text} is not a time",
            code="TE044",
            help="as in  --since 2026-11-21T12:00:00  (UTC), or with a zone: 2026-11-21T12:00:00+01:00",
        ) from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return int(aware.timestamp()) * NANOSECOND + aware.microsecond * 1000
