"""``tcpexplain`` and ``python -m tcpexplain``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being imported ends quietly, too."""
    try:
        from tcpexplain.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
