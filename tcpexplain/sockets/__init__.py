"""What the calls of an application return, one file per operating system."""
