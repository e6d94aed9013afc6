"""Explain why a TCP connection closed, and what each application saw, from a packet capture."""
