"""Machine code of the hot functions: how it is made of their source, kept on disk, found and called."""
