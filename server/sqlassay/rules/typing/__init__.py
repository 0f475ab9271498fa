"""Rules on annotations: what SQLAlchemy 2.0 reads in `Mapped[...]`."""
