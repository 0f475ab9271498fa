"""Engines and their pools of connections."""
