"""What the strings of mapping code mean, by the call and the argument they stand in."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.queries.cursor import Cursor
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

FOREIGN_KEY = "foreign key"
CLASS = "class"
OTHER_SIDE = "other side"
BACKREF = "backref"
TABLE = "table"
OWN_TABLE = "own table"
EXPRESSION = "expression"
OWN_COLUMN = "own column"
OWN_ATTRIBUTE = "own attribute"
TARGET_ATTRIBUTE = "target attribute"
ANNOTATION = "annotation"

LAZY, CASCADE, ONDELETE = "lazy", "cascade", "ondelete"
WORDS = frozenset({LAZY, CASCADE, ONDELETE})

Arguments = dict[object, str]
"""Keyword name or position (`None`: any other position) to role."""

_RELATIONSHIP: Arguments = {
    0: CLASS,
    "argument": CLASS,
    1: TABLE,
    "secondary": TABLE,
    "back_populates": OTHER_SIDE,
    "backref": BACKREF,
    "lazy": LAZY,
    "cascade": CASCADE,
    **dict.fromkeys(("primaryjoin", "secondaryjoin", "foreign_keys", "remote_side", "order_by"), EXPRESSION),
}

ROLES: dict[str, Arguments] = {
    "ForeignKey": {0: FOREIGN_KEY, "column": FOREIGN_KEY, "ondelete": ONDELETE, "onupdate": ONDELETE},
    "ForeignKeyConstraint": {
        0: OWN_COLUMN,
        "columns": OWN_COLUMN,
        1: FOREIGN_KEY,
        "refcolumns": FOREIGN_KEY,
        "ondelete": ONDELETE,
        "onupdate": ONDELETE,
    },
    "relationship": _RELATIONSHIP,
    "dynamic_loader": _RELATIONSHIP,
    "Relationship": {key: role for key, role in _RELATIONSHIP.items() if isinstance(key, str)},
    "backref": {**_RELATIONSHIP, 0: BACKREF},
    "Field": {"foreign_key": FOREIGN_KEY, "ondelete": ONDELETE},
    "UniqueConstraint": {None: OWN_COLUMN},
    "PrimaryKeyConstraint": {None: OWN_COLUMN},
    "Index": {None: OWN_COLUMN, 0: ""},
    "Table": {0: OWN_TABLE},
    "association_proxy": {
        0: OWN_ATTRIBUTE,
        "target_collection": OWN_ATTRIBUTE,
        1: TARGET_ATTRIBUTE,
        "attr": TARGET_ATTRIBUTE,
    },
    "synonym": {0: OWN_ATTRIBUTE, "name": OWN_ATTRIBUTE},
}
"""By the (last) name of what is called."""

_NAMES = {f"sa:{name}": name for name in ROLES} | {
    "sqlalchemy.ext.associationproxy.association_proxy": "association_proxy",
    "sa:relation": "relationship",
}
_HANDED_ON = "sa_relationship_kwargs"
"""An argument of SQLModel's Relationship: a dict of arguments for SQLAlchemy's."""


class Role(Struct):
    """What a string is for."""

    name: str
    call: n.Call | None
    """The call it is an argument of."""
    function: str = ""
    """The name of what is called, as in ROLES."""


def role_of(world: World, cursor: Cursor) -> Role | None:
    """The role of the string at a cursor; None where it has none that we know."""
    chain = cursor.chain
    for index in range(len(chain) - 2, -1, -1):
        node, inner = chain[index], chain[index + 1]
        match node:
            case n.ListExpr() | n.TupleExpr() | n.SetExpr() | n.Starred() | n.Lambda():
                continue
            case n.DictExpr():
                key = next((k for k, v in zip(node.keys, node.values, strict=True) if v is inner), None)
                if not isinstance(key, n.Constant):
                    return None
                outer = chain[index - 1] if index else None
                if not (isinstance(outer, n.Keyword) and outer.name == _HANDED_ON):
                    return None
                call: n.Node | None = chain[index - 2]
                return _argument(world, cursor.path, call, key.value) if isinstance(call, n.Call) else None
            case n.Keyword():
                call = chain[index - 1] if index else None
                return _argument(world, cursor.path, call, node.name) if isinstance(call, n.Call) else None
            case n.Call():
                position = next((i for i, each in enumerate(node.args) if each is inner), None)
                return _argument(world, cursor.path, node, position) if position is not None else None
            case n.AnnAssign() if node.annotation is inner:
                return Role(ANNOTATION, None) if cursor.classes else None
            case n.Subscript(value=n.Name(id="Literal") | n.Attribute(attr="Literal")):
                return None
            case n.Subscript() | n.BinOp():
                continue
            case n.Assign(targets=(n.Name(id="__tablename__"), *_)) if node.value is inner and cursor.classes:
                return Role(OWN_TABLE, None)
            case n.AnnAssign(target=n.Name(id="__tablename__")) if node.value is inner and cursor.classes:
                return Role(OWN_TABLE, None)
            case _:
                return None
    return None


def _argument(world: World, path: str, call: n.Call, key: object) -> Role | None:
    function = called(world, path, call)
    arguments = ROLES.get(function)
    if arguments is None:
        return None
    name = arguments.get(key)
    if name is None and isinstance(key, int):
        name = arguments.get(None)
    return Role(name, call, function) if name else None


def called(world: World, path: str, call: n.Call) -> str:
    """The name in ROLES of what a call calls; '' for anything else.

    What is an attribute of some object (`db.ForeignKey`), or not imported yet, goes by its name.
    """
    binding = names.resolve_expression(world, path, call.func)
    if isinstance(binding, names.Outside):
        return _NAMES.get(canonical(binding.name), "")
    match call.func:
        case n.Attribute(attr=name) | n.Name(id=name) if binding is None and name in ROLES:
            return name
        case _:
            return ""
