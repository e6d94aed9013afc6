"""``python -m tcpexplain``."""

from tcpexplain.cli import main

if __name__ == "__main__":
    main()
