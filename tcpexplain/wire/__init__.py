"""What a segment is: sequence numbers, link types, headers, the ladder notation."""
