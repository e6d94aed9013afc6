"""Replay scenarios with real sockets on this kernel, and record what every call returned."""
