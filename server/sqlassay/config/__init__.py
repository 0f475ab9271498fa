"""`[tool.sqlassay]` and `sqlassay.toml`: found, read, refused where wrong, and resolved for each file."""

from __future__ import annotations

from sqlassay.config.errors import ConfigError
from sqlassay.config.resolve import Config, Settings

__all__ = ["Config", "ConfigError", "Settings"]
