"""The mapper graph: classes, tables and relationships as SQLAlchemy itself would configure them."""
