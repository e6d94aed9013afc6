"""Many captures on many workers: halves, order, one result."""
