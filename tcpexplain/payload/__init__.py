"""What is read of payload: the bytes of a direction in order, and the messages that a protocol finds in them. Nothing of it is kept."""
