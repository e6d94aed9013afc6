"""What the pictures share, drawn by nobody yet: colours, geometry, where each state stands and what is written where."""
