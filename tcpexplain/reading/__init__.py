"""Captures in, one Capture out."""
