"""Batches of segments in, concluded connections out."""
