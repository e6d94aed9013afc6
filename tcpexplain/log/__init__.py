"""A program's log beside the packets: what a line says, which connection and instant it is about, and what no packet explains."""
