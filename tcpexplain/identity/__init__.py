"""Which connections of several 4-tuples or captures are one, and what each point of capture saw of it."""
