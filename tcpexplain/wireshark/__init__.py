"""Captures for Wireshark: the packets once more, each with what it means as its comment, and the verdict as that of the file."""
