"""Revisions of Alembic."""
