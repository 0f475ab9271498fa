"""Sessions: how they open, who closes them, what they commit."""
