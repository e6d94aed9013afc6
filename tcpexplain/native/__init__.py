"""Machine code of the hot functions, made when the package was built: found, checked against the sources, called."""
