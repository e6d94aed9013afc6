"""The parts of the self-contained HTML report: the document, a card for each connection, the machine as one SVG symbol."""
