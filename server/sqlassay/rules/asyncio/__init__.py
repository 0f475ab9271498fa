"""SQLAlchemy under asyncio."""
