"""Where segments come from: one file per source; each says which first bytes are its own."""
