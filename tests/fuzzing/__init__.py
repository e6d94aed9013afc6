"""Inputs that nobody would make, many at a time: each module has ``batch(seed)``, which gives how many it tried and what was found."""
