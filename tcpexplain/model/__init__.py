"""What users hold: calls and events, connections, captures; data and nothing else."""
