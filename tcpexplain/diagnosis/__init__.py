"""From the facts of a connection to what users hold: its cause, its events, its groups."""
