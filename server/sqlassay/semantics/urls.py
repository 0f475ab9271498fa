"""Database URLs taken apart, with their holes."""

from __future__ import annotations

import re

from msgspec import Struct

from sqlassay.semantics import values as v

HOLE = "\0"
"""Stands in the text of a URL where a part of it is not literal."""

SETTINGS = frozenset(("SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_DATABASE_URL"))
"""Names of settings that hold the URL of an application's database."""

_URL = re.compile(
    r"(?P<name>[^:/?#@\s]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^/?]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
"""The grammar of `sqlalchemy.engine.make_url`, with holes allowed anywhere."""


class Url(Struct, frozen=True):
    """A URL's parts as text; empty where one is not there, `HOLE` in it where it is not (wholly) literal."""

    dialect: str
    driver: str
    user: str
    password: str
    host: str
    database: str
    literal: bool
    """Nothing in it is a hole."""


def parse(value: v.Value) -> Url | None:
    """The parts of a string value that is a database URL, None for anything else or where its scheme is not known."""
    match value:
        case v.Const(value=str(text)):
            pass
        case v.Text(literals=literals):
            text = HOLE.join(literals)
        case _:
            return None
    found = _URL.match(text)
    if found is None or HOLE in found["name"]:
        return None
    dialect, _, driver = found["name"].lower().partition("+")
    host = found["ipv6"] or found["host"] or ""
    return Url(
        dialect, driver, found["user"] or "", found["password"] or "", host, found["database"] or "", HOLE not in text
    )
