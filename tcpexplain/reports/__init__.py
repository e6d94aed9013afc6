"""Something to read: one file per format."""
