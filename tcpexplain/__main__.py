"""``tcpexplain`` and ``python -m tcpexplain``."""

from __future__ import annotations

import gc
import sys

COLLECT_AFTER = 200_000
"""Objects after which Python looks for unreachable cycles among the new ones."""


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being imported ends quietly, too."""
    # What is imported and kept of a capture is no garbage and has no cycles; to look through it again and again takes a tenth of the time.
    gc.set_threshold(COLLECT_AFTER)
    try:
        from tcpexplain.cli.command import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # Python would look once more before it ends, among all that is left: that takes longer than to let go of it.
        gc.freeze()


if __name__ == "__main__":
    main()
