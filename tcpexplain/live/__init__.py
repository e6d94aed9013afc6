"""Connections that end while somebody watches."""
