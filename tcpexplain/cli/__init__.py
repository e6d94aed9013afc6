"""The command line: its options, what it dispatches to, its pages."""
