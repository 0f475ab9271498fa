"""Rules on the 1.x ways of querying, and what 2.0 has instead."""
