"""Segments to connections: the table of 4-tuples, the way in, segments that become one record."""
