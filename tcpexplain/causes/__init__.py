"""From evidence to diagnosis, one file per cause."""
