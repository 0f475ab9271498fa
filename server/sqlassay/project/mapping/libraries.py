"""What the bases and mixins of other libraries bring to a model: their columns and relationships, as data."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.project.mapping.columns import RawColumn, RawKey
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.things import Arguments, Const, Scope
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, RelationshipInfo, TypeInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Brought(Struct, frozen=True):
    """A column that a library's class brings. `key` is what its foreign key points to."""

    attribute: str
    type: tuple[str, str]
    """The class and how it prints."""
    nullable: bool = False
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    key: str | None = None
    name: str | None = None
    """In the database, where it is not the attribute."""


class Bringing(Struct, frozen=True):
    """What a library's class brings."""

    columns: tuple[Brought, ...] = ()
    relationships: tuple[str, ...] = ()
    """Many-to-ones to a class of the library."""


_GUID = ("GUID", "BINARY(16)")
_BIGINT = ("BigInteger", "BIGINT")
_UTC = ("DateTimeUTC", "DATETIME")
_TEXT = ("String", "VARCHAR")

_UUID_KEY = (
    Brought("_sentinel", ("Integer", "INTEGER"), nullable=True, name="sa_orm_sentinel"),
    Brought("id", _GUID, primary_key=True),
)
_BIGINT_KEY = (Brought("id", _BIGINT, primary_key=True),)
_AUDIT = (Brought("created_at", _UTC), Brought("updated_at", _UTC))
_SLUG = (Brought("slug", ("String", "VARCHAR(100)"), unique=True, index=True),)

_ADVANCED: dict[str, tuple[Brought, ...]] = {
    "UUIDBase": _UUID_KEY,
    "UUIDv6Base": _UUID_KEY,
    "UUIDv7Base": _UUID_KEY,
    "UUIDAuditBase": _UUID_KEY + _AUDIT,
    "UUIDv6AuditBase": _UUID_KEY + _AUDIT,
    "UUIDv7AuditBase": _UUID_KEY + _AUDIT,
    "BigIntBase": _BIGINT_KEY,
    "BigIntAuditBase": _BIGINT_KEY + _AUDIT,
    "IdentityBase": _BIGINT_KEY,
    "IdentityAuditBase": _BIGINT_KEY + _AUDIT,
    "UUIDPrimaryKey": _UUID_KEY,
    "BigIntPrimaryKey": _BIGINT_KEY,
    "IdentityPrimaryKey": _BIGINT_KEY,
    "AuditColumns": _AUDIT,
    "SlugKey": _SLUG,
    "DefaultBase": (),
    "AdvancedDeclarativeBase": (),
    "CommonTableAttributes": (),
    "SentinelMixin": _UUID_KEY[:1],
}
"""Advanced Alchemy's."""

_USERS = (
    Brought("email", ("String", "VARCHAR(320)"), unique=True, index=True),
    Brought("hashed_password", ("String", "VARCHAR(1024)")),
    Brought("is_active", ("Boolean", "BOOLEAN")),
    Brought("is_superuser", ("Boolean", "BOOLEAN")),
    Brought("is_verified", ("Boolean", "BOOLEAN")),
)

_AUDITED = (
    Brought("created_on", ("DateTime", "DATETIME")),
    Brought("changed_on", ("DateTime", "DATETIME")),
    Brought("created_by_fk", ("Integer", "INTEGER"), key="ab_user.id"),
    Brought("changed_by_fk", ("Integer", "INTEGER"), key="ab_user.id"),
)

_KNOWN: dict[str, Bringing] = {
    "flask_appbuilder.models.mixins.AuditMixin": Bringing(_AUDITED, ("created_by", "changed_by")),
    "fastapi_users.db.SQLAlchemyBaseUserTable": Bringing(_USERS),
    "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTable": Bringing(_USERS),
    "fastapi_users.db.SQLAlchemyBaseUserTableUUID": Bringing(
        (Brought("id", ("GUID", "CHAR(36)"), primary_key=True), *_USERS)
    ),
    "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTableUUID": Bringing(
        (Brought("id", ("GUID", "CHAR(36)"), primary_key=True), *_USERS)
    ),
}

_ADVANCED_MODULES = ("advanced_alchemy.", "litestar.contrib.sqlalchemy.", "litestar.plugins.sqlalchemy.")


def brought_by(dotted: str) -> Bringing | None:
    """What a class of a library brings; None where nobody knows it."""
    known = _KNOWN.get(dotted)
    if known is None and dotted.startswith(_ADVANCED_MODULES):
        columns = _ADVANCED.get(dotted.rsplit(".", 1)[-1])
        return Bringing(columns) if columns is not None else None
    return known


def column(dotted: str, brought: Brought, place: Place) -> RawColumn:
    """A column that a library's class brings; `place` is where the class that inherits it stands."""
    name, sql = brought.type
    call = n.Call(place.start, place.end, n.Name(place.start, place.end, "ForeignKey"), (), ())
    info = ColumnInfo(
        brought.attribute,
        brought.name or brought.attribute,
        Ref("", dotted),
        "mapped",
        None,
        None,
        name,
        brought.primary_key,
        brought.nullable,
        brought.unique,
        brought.index,
        (),
        {},
        True,
        place,
        None,
        sql_type=TypeInfo(name, sql),
        attributes=(brought.attribute,),
    )
    keys = []
    if brought.key is not None:
        keys.append(RawKey(Const(brought.key), ForeignKeyInfo(brought.key, False, place, call)))
    return RawColumn(info, keys, key=info.name, identity=f"{dotted}.{brought.attribute}")


def relationship(dotted: str, name: str, place: Place) -> RawRelationship:
    """A many-to-one to a class of the library."""
    info = RelationshipInfo(
        name,
        Ref("", dotted),
        None,
        "",
        "select",
        False,
        "many-to-one",
        None,
        None,
        False,
        None,
        False,
        {},
        None,
        place,
        None,
    )
    return RawRelationship(info, Arguments([], {}, True), Scope(place.path, place.anchor), None)
