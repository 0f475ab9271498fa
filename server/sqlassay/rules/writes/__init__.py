"""Rules on writing many rows."""
