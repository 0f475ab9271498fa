from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, ReplaceStatement
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_UNDERSTOOD = frozenset(("Mapped", "DynamicMapped", "WriteOnlyMapped", "ClassVar"))
"""Annotations that SQLAlchemy takes without `__allow_unmapped__`."""


@rule(
    "ALC384",
    "allow-unmapped-leftover",
    severity=Severity.HINT,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
    fix="safe",
)
class AllowUnmappedLeftover(Rule):
    """`__allow_unmapped__` stands in a class where every annotation is `Mapped[...]` already.

    ## Why
    `__allow_unmapped__ = True` is a step on the way from SQLAlchemy 1.4 to 2.0: it lets annotations pass that are not
    `Mapped[...]`. Once there are none left it only hides new ones: SQLAlchemy takes `number: int = mapped_column()`
    without a word then, and type checkers take `Item.number == 1` for a bool where it is a condition.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        __allow_unmapped__ = True


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    Safe: nothing that the project declares is read otherwise.

    ## What it cannot see
    Classes of other packages that inherit from this one, and classes that functions make: off by default for that.
    Nothing is said where a class below has a base that is not in the project, or where one annotation is anything but
    `Mapped[...]`, of whichever attribute.

    ## References
    - [Migration to 2.0 step six: add __allow_unmapped__ to explicitly typed ORM models](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-to-2-0-step-six-add-allow-unmapped-to-explicitly-typed-orm-models)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The statement in the class's own body."""
        statement = next((each for each in declared.node.body if _allows(each)), None)
        if statement is None or not all(_is_mapped(declared, each) for each in _family(declared)):
            return
        place = declared.at(statement)
        yield Hit(
            place,
            "Every annotation of these classes is `Mapped[...]`: `__allow_unmapped__` only hides those to come. "
            "Remove it.",
            fix=Fix("Remove `__allow_unmapped__`", True, (ReplaceStatement(place, ""),)),
        )


def _allows(node: n.Stmt) -> bool:
    match node:
        case n.Assign(targets=(n.Name(id="__allow_unmapped__"),), value=n.Constant(value=True)):
            return True
        case _:
            return False


def _family(declared: ModelDeclared) -> set[Ref | None]:
    """The class, those below it, and what they inherit from; None among them where that is not all known."""
    world, ref = declared.world, declared.model.ref
    out: set[Ref | None] = {ref, *declared.model.bases}
    if not declared.model.certain:
        out.add(None)
    for each in world.models():
        model = world.model(each)
        if model is not None and ref in model.bases:
            out |= {each, *model.bases}
            if not model.certain:
                out.add(None)
    return out


def _is_mapped(declared: ModelDeclared, ref: Ref | None) -> bool:
    """Whether every annotation in the body of a class is one that SQLAlchemy takes by itself."""
    fact = names.class_fact(declared.world, ref) if ref is not None else None
    return fact is not None and all(
        each.annotation is None or each.name.startswith("__") or _outer(each.annotation) in _UNDERSTOOD
        for each in fact.attributes
    )


def _outer(annotation: n.Expr) -> str:
    """The last name of what an annotation begins with: `Mapped` of `orm.Mapped[int]`."""
    match annotation:
        case n.Constant(value=str(text)):
            inner = expression_from(text)
            return _outer(inner) if inner is not None and not isinstance(inner, n.Constant) else ""
        case n.Subscript(value=value):
            return _outer(value)
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case _:
            return ""
