"""What a conversion reads off what it is given, as plain data: a tree that is unfolded while values are followed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from sqlassay.semantics import values as v
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax.nodes import Expr
from sqlassay.syntax.place import Place

VALIDATING = frozenset(["model_validate", "from_orm", "parse_obj", "validate"])
"""Class methods of a pydantic schema that read an object."""


class Shape(Struct, frozen=True):
    """What is expected in one place."""


class Schema(Shape, frozen=True):
    """One object, read by the fields of a class. `library` says whose class it is (`steps` has the table)."""

    library: str
    ref: Ref
    types: tuple[tuple[Ref, Shape], ...] = ()
    """What stands for the type variables of a generic schema."""
    only: tuple[str, ...] | None = None
    """Fields that are wanted, dotted ones of nested schemas; None for all."""
    exclude: tuple[str, ...] = ()


class Many(Shape, frozen=True):
    """A list, or another container that is gone through."""

    inner: Shape


class Step(Struct, frozen=True):
    """One field: how it reads the object, and what then happens to what it read."""

    field: str
    key: str
    """By what name a dictionary, or the schema's constructor, is given it."""
    ways: tuple[tuple[str, ...], ...]
    """Attributes to read, dotted paths: the first that the object has is taken."""
    inner: Shape | None
    """None where the field keeps what it read, or nobody can say what it makes of it."""
    place: Place


class Conversion(Struct):
    """A conversion under way, in the code being walked."""

    node: Expr
    """The call that does it, or what is returned to who does it."""
    library: str
    forced: bool = False
    """Attributes are read whatever the schemas' configuration says."""
    leaving: bool = False
    """It happens once the function has returned: what the function closes is closed."""
    certain: bool = True
    """It comes by here whenever it runs."""
    seen: tuple[tuple[Ref, Ref], ...] = ()
    """The schemas around, with the models they read: a schema that holds itself ends there."""


class Converter(v.Value, frozen=True):
    """An object that converts what its methods are given: a marshmallow schema, a TypeAdapter."""

    shape: Shape
    library: str
    many: bool = False


class SchemaClass(v.Value, frozen=True):
    """A generic schema with its types: `Page[UserOut]`."""

    schema: Schema


Steps = Callable[[World, Schema], tuple[Step, ...]]
