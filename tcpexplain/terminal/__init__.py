"""How the report looks in a terminal: colours for light and dark, widths from 60 columns, ASCII where it must be."""
