from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, library_name, maps_dataclass
from sqlassay.rules.models.sql_types import sql_type
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n

_CONSTRAINTS = frozenset(("UniqueConstraint", "CheckConstraint", "Index", "ForeignKeyConstraint"))
_FIELDS = frozenset(("pydantic.Field", "pydantic.fields.Field"))


@rule("ALC334", "non-column-attribute", severity=Severity.ERROR, fix="unsafe")
class NonColumnAttribute(Rule):
    """A mapped class assigns a bare type, a `ForeignKey` or a constraint: no column and no constraint comes of it.

    ## Why
    `name = String(50)` is an attribute that holds a type. SQLAlchemy takes columns, relationships and the like from a
    class body and leaves everything else alone: the table has no such column, and nobody says so. An instance
    gives back the type. A constraint or an index that names its columns by strings belongs into `__table_args__`;
    as an attribute it is never attached.

    ## Example
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        name = String(50)
    ```

    ## Use instead
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        name = mapped_column(String(50))
    ```

    ## Fix safety
    Unsafe: the table gets a column, which takes a migration.

    ## What it cannot see
    Types that the class body uses itself (`KIND = String(50)`, then `mapped_column(KIND)`), names that begin with an
    underscore or are all capitals, and types of the project's own are taken to be meant. Constraints of `Column`
    objects attach themselves.

    ## References
    - [Declarative table with mapped_column](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#declarative-table-with-mapped-column)
    - [Declarative table configuration](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#declarative-table-configuration)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Such an attribute in the body of a mapped class."""
        model = declared.model
        if not model.mapped or model.flavour == "sqlmodel" or is_migration(declared.world, declared.path):
            return
        for statement in declared.node.body:
            match statement:
                case n.Assign(targets=(n.Name(id=name),), value=value):
                    pass
                case n.AnnAssign(target=n.Name(id=name), value=value) if value is not None:
                    pass
                case _:
                    continue
            if name.startswith("_") or name.isupper():
                continue
            message = _message(declared, name, value)
            if message is not None and not _is_used(declared, statement, name):
                yield Hit(declared.at(value), message, fix=_fix(declared, value))


def _message(declared: ModelDeclared, name: str, value: n.Expr) -> str | None:
    """What becomes of the attribute; None where it may be meant."""
    func = value.func if isinstance(value, n.Call) else value
    if not isinstance(func, n.Name | n.Attribute):
        return None
    known = library_name(declared.world, declared.path, func)
    if isinstance(value, n.Call) and known in _CONSTRAINTS and _by_strings(value):
        return f"`{name}` is not in the table: a {known} that names columns by strings goes into `__table_args__`."
    if isinstance(value, n.Call) and known == "ForeignKey":
        return f"`{name}` is no column: a bare ForeignKey is left out of the mapping. Put it into `mapped_column(...)`."
    binding = names.resolve_expression(declared.world, declared.path, func)
    if isinstance(binding, names.Outside) and binding.name in _FIELDS:
        return f"`{name}` is no column: pydantic's Field is left out of the mapping. Write `mapped_column(...)`."
    found = sql_type(declared.world, declared.path, value)
    if found is None or found.decorated or found.kind is None or found.node is not value:
        return None
    return f"`{name}` is no column: a bare type is left out of the mapping. Put it into `mapped_column(...)`."


def _by_strings(call: n.Call) -> bool:
    """Whether a constraint names its columns by strings alone, so that nothing attaches it."""
    plain = all(isinstance(each, n.Constant | n.ListExpr | n.TupleExpr) for each in call.args)
    return (
        bool(call.args)
        and plain
        and not any(isinstance(e, n.Name | n.Attribute) for each in call.args for e in walk(each))
    )


def _is_used(declared: ModelDeclared, statement: n.Stmt, name: str) -> bool:
    """Whether another statement of the class body, methods apart, uses the name."""
    for each in declared.node.body:
        if each is statement or isinstance(each, n.FunctionDef):
            continue
        if any(isinstance(inner, n.Name) and inner.id == name for inner in walk(each)):
            return True
    return False


def _fix(declared: ModelDeclared, value: n.Expr) -> Fix | None:
    """`mapped_column(...)` around a type or a key, where the file has SQLAlchemy's names as they are."""
    func = value.func if isinstance(value, n.Call) else value
    last = library_name(declared.world, declared.path, func)
    if last in _CONSTRAINTS or not last or maps_dataclass(declared.world, declared.model.ref):
        return None
    if declared.model.flavour != "declarative" or not declared.world.allows(">=2.0"):
        return None
    facts = declared.world.facts(declared.path)
    if facts is None or "mapped_column" not in facts.imports:
        return None
    place = declared.at(value)
    ops = (Replace(place, "mapped_column({0})", (place,)), AddImport(place, "sqlalchemy.orm", "mapped_column"))
    return Fix("Put it into `mapped_column(...)`", False, ops)
