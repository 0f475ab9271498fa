from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, RemoveImport, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import DeclarativeBaseCreated
from sqlassay.syntax import nodes as n

_IN_CLASS = frozenset(("metadata", "type_annotation_map"))
_HOMES = ("sqlalchemy.orm", "sqlalchemy.ext.declarative", "sqlalchemy.orm.decl_api")


@rule(
    "ALC303",
    "legacy-declarative-base",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
    fix="either",
)
class LegacyDeclarativeBase(Rule):
    """`declarative_base()` makes a base class that type checkers cannot follow.

    ## Why
    `declarative_base()` still works, in 2.1 too, and warns of nothing. But what it returns is made while the program
    runs, so mypy and pyright see `Any`: nothing is known of the models' attributes, constructors and queries. A class
    of your own that inherits from `DeclarativeBase` does the same and can be read. It is the form that SQLAlchemy's
    2.0 documentation uses throughout.

    ## Example
    ```python
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
    ```

    ## Fix safety
    Safe for `declarative_base()` without arguments, in a file that does not speak of `DeclarativeMeta`: the class
    gets a registry and a metadata of its own just as well. Unsafe with `metadata=` or `type_annotation_map=`, which
    become attributes of the class. With other arguments (`cls=`, `metaclass=`, `constructor=`) no fix is offered.

    ## What it cannot see
    `registry().generate_base()`, and code in other files that asks whether a class is a `DeclarativeMeta`: a class
    made from `DeclarativeBase` is not.

    ## References
    - [Defining tables with Declarative, the base class](https://docs.sqlalchemy.org/en/20/orm/declarative_styles.html#using-a-declarative-base-class)
    - [Migrating an existing mapping](https://docs.sqlalchemy.org/en/20/changelog/whatsnew_20.html#migrating-an-existing-mapping)
    """

    def declarative_base_created(self, created: DeclarativeBaseCreated) -> Iterator[Hit]:
        """Every call."""
        yield Hit(
            created.at(created.call),
            "Type checkers see `Any` in the base class that `declarative_base()` makes, and in every model of it. "
            "Write a class that inherits from `DeclarativeBase`.",
            fix=_fix(created),
        )


def _fix(created: DeclarativeBaseCreated) -> Fix | None:
    """The class, for a call that is assigned to a plain name."""
    call = created.call
    statement = next(iter(created.enclosing(call)), None)
    facts = created.world.facts(created.path)
    match statement:
        case n.Assign(targets=(n.Name(id=name),)) if facts is not None and not created.starred and not call.args:
            pass
        case _:
            return None
    given = {each.name for each in call.keywords if not _says(each, name)}
    if not given <= _IN_CLASS:
        return None
    place = created.at(statement)
    ops: tuple[AnyOp, ...] = (
        Transform(place, "declarative-base-class", {}),
        AddImport(place, "sqlalchemy.orm", "DeclarativeBase"),
        *(RemoveImport(place, home, "declarative_base") for home in _HOMES),
    )
    return Fix(f"Write `class {name}(DeclarativeBase)`", not given and "DeclarativeMeta" not in facts.imports, ops)


def _says(keyword: n.Keyword, name: str) -> bool:
    """Whether it is `name="Base"`, which the class says by itself."""
    return keyword.name == "name" and isinstance(keyword.value, n.Constant) and keyword.value.value == name
