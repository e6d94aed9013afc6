"""What ``--explain`` knows by heart: errno names, ends and signals, states, error codes. Causes bring their own pages."""
