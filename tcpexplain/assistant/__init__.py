"""For assistants: tools of the Model Context Protocol that explain captures, in answers of bounded length, without payload."""
