"""Declarative models: their columns, bases and defaults."""
