"""Sqlassay assays SQLAlchemy code: a language server and a command line over one engine."""

__version__ = "0.1.0"
